//! Bills are collected, tried again, reminded of, paid late, taken back, given up.

use aggregation::dunning::Plan;
use aggregation::period::Book;
use aggregation::terms::Terms;
use aggregation::{Advanced, SettleError};
use anyhow::Result;
use payment_domain::Bill;
use tests::database::Database;
use tests::on_each_database;
use tests::town::euros;

use crate::stage::{DAY, Stage, act, micros, terms};

on_each_database!(
    a_bill_is_collected_and_the_account_is_level,
    who_never_pays_is_suspended_and_reinstated_with_the_payment,
    a_collection_that_the_bank_takes_back_is_owed_beyond_the_limit,
    a_debt_that_is_given_up_is_a_loss,
    what_does_not_fit_a_bill_is_refused,
);

/// One retry, one reminder that costs 2.00, suspension, no giving up.
pub(crate) fn short() -> Terms {
    let dunning = Plan {
        collect_after_ms: 0,
        retry_after_ms: vec![DAY],
        remind_after_ms: vec![DAY],
        suspend_after_ms: DAY,
        write_off_after_ms: None,
        reminder_fee_micros: micros("2.00"),
    };
    Terms { dunning, ..terms() }
}

pub(crate) async fn billed(stage: &Stage, consumer: &str, price: &str) -> Result<Bill> {
    let offer = stage.offer("bakery", price).await?;
    stage.pay(consumer, &offer).await?;
    stage.aggregation.close_all(&[Book::Postpaid]).await?;
    Ok(stage.bills(consumer)?.pop().unwrap())
}

pub(crate) fn state(stage: &Stage, bill: &Bill) -> Result<String> {
    let query = format!("SELECT state AS value FROM bill WHERE position = {}", bill.position);
    Ok(stage.database.sql()?.words(&query)?.remove(0))
}

pub(crate) async fn advance(stage: &Stage) -> Result<Advanced> {
    Ok(stage.aggregation.advance_dunning(stage.now()).await?)
}

async fn a_bill_is_collected_and_the_account_is_level(database: Database) -> Result<()> {
    let stage = Stage::open(database, terms()).await?;
    let bill = billed(&stage, "frida", "7.00").await?;
    assert_eq!(advance(&stage).await?.collections, 1);
    assert_eq!(
        (advance(&stage).await?, state(&stage, &bill)?),
        (Advanced::default(), "collecting".to_owned())
    );
    assert_eq!(stage.answer("bill", true).await?, 1);
    assert_eq!((state(&stage, &bill)?, stage.balance("frida")?), ("paid".to_owned(), "0.00".to_owned()));
    // A bill that was paid is no part of the next one.
    let next = billed(&stage, "frida", "3.00").await?;
    assert_eq!((next.opening, next.credits, next.amount_due), (euros("0.00"), euros("0.00"), euros("3.00")));
    stage.close()
}

async fn who_never_pays_is_suspended_and_reinstated_with_the_payment(database: Database) -> Result<()> {
    let stage = Stage::open(database, short()).await?;
    let bill = billed(&stage, "frida", "7.00").await?;
    for expected in ["retrying", "reminding"] {
        assert_eq!(advance(&stage).await?.collections, 1);
        stage.answer("bill", false).await?;
        assert_eq!(state(&stage, &bill)?, expected);
        stage.wait(DAY);
    }
    assert_eq!(advance(&stage).await?.reminders, 1);
    assert_eq!(stage.balance("frida")?, "-9.00");
    stage.wait(DAY);
    assert_eq!(advance(&stage).await?.suspended, 1);
    let bun = stage.offer("bakery", "1.00").await?;
    assert!(stage.pay("frida", &bun).await.is_err(), "a suspended consumer pays");

    stage.aggregation.pay_bill(act(), bill.position, "bank", euros("3.00")).await?;
    assert_eq!(state(&stage, &bill)?, "suspended");
    let too_much = stage.aggregation.pay_bill(act(), bill.position, "bank", euros("4.01")).await;
    assert_eq!(too_much, Err(SettleError::TooMuch(euros("4.00"))));
    stage.aggregation.pay_bill(act(), bill.position, "bank", euros("4.00")).await?;
    assert_eq!(advance(&stage).await?.reinstated, 1);
    stage.pay("frida", &bun).await?;
    assert_eq!(stage.number("SELECT raised FROM bill")?, 0);
    // The reminder's price is in the next bill.
    stage.aggregation.close_all(&[Book::Postpaid]).await?;
    let next = stage.bills("frida")?.pop().unwrap();
    assert_eq!((next.credits, next.amount_due), (euros("-2.00"), euros("3.00")));
    stage.close()
}

async fn a_collection_that_the_bank_takes_back_is_owed_beyond_the_limit(database: Database) -> Result<()> {
    let stage = Stage::open(database, short()).await?;
    let cake = stage.offer("bakery", "5.00").await?;
    for _ in 0..3 {
        stage.pay("hanna", &cake).await?;
    }
    let bill = billed(&stage, "hanna", "5.00").await?;
    assert_eq!(bill.amount_due, euros("20.00"));
    advance(&stage).await?;
    stage.answer("bill", true).await?;
    // Everything is spent again before the bank takes the collection back.
    for _ in 0..4 {
        stage.pay("hanna", &cake).await?;
    }
    let limit = "SELECT credit_limit FROM account a JOIN party p ON p.id = a.owner WHERE p.name = 'hanna'";
    stage.aggregation.return_collection(act(), bill.position, "simulator", euros("20.00")).await?;
    assert_eq!(
        (state(&stage, &bill)?, stage.balance("hanna")?),
        ("retrying".to_owned(), "-40.00".to_owned())
    );
    assert_eq!(stage.number(limit)?, micros("40.00"));
    let bun = stage.offer("bakery", "0.01").await?;
    assert!(stage.pay("hanna", &bun).await.is_err(), "the raised limit is for the debt alone");

    stage.wait(DAY);
    assert_eq!(advance(&stage).await?.collections, 1);
    stage.answer("bill", true).await?;
    advance(&stage).await?;
    assert_eq!((state(&stage, &bill)?, stage.balance("hanna")?), ("paid".to_owned(), "-20.00".to_owned()));
    assert_eq!(stage.number(limit)?, micros("20.00"));
    stage.close()
}

async fn a_debt_that_is_given_up_is_a_loss(database: Database) -> Result<()> {
    let plan = Plan { write_off_after_ms: Some(5 * DAY), reminder_fee_micros: 0, ..short().dunning };
    let stage = Stage::open(database, Terms { dunning: plan, ..terms() }).await?;
    // gustav has nothing to collect from: he is asked at once.
    let bill = billed(&stage, "gustav", "7.00").await?;
    advance(&stage).await?;
    assert_eq!(state(&stage, &bill)?, "reminding");
    for _ in 0..2 {
        stage.wait(DAY);
        advance(&stage).await?;
    }
    assert_eq!(state(&stage, &bill)?, "suspended");
    stage.wait(5 * DAY);
    assert_eq!(advance(&stage).await?.written_off, 1);
    assert_eq!(
        (state(&stage, &bill)?, stage.balance("gustav")?),
        ("written-off".to_owned(), "0.00".to_owned())
    );
    assert_eq!(stage.number("SELECT SUM(balance) FROM account WHERE kind = 'loss'")?, -micros("7.00"));
    let flow = stage.aggregation.audit()?.flows[&payment_domain::Currency::EUR];
    assert_eq!(flow.written_off, micros("7.00"));
    stage.close()
}

async fn what_does_not_fit_a_bill_is_refused(database: Database) -> Result<()> {
    let stage = Stage::open(database, terms()).await?;
    let bill = billed(&stage, "frida", "7.00").await?;
    let aggregation = &stage.aggregation;
    let unknown = payment_domain::LedgerPosition::new(7)?;
    assert_eq!(aggregation.pay_bill(act(), unknown, "bank", euros("1.00")).await, Err(SettleError::Unknown));
    assert_eq!(aggregation.return_payout(unknown).await, Err(SettleError::Unknown));
    let nothing = aggregation.pay_bill(act(), bill.position, "bank", euros("0.00")).await;
    assert_eq!(nothing, Err(SettleError::WrongAmount));
    let never = aggregation.return_collection(act(), bill.position, "bank", euros("1.00")).await;
    assert_eq!(never, Err(SettleError::TooMuch(euros("0.00"))));
    let fraction = aggregation.pay_bill(act(), bill.position, "bank", euros("0.005")).await;
    assert_eq!(fraction, Err(SettleError::WrongAmount));
    assert!(matches!(aggregation.write_off(bill.position).await, Err(SettleError::Refused(_))));
    aggregation.pay_bill(act(), bill.position, "bank", euros("7.00")).await?;
    // The collection that time would have brought does not come.
    assert_eq!(advance(&stage).await?, Advanced::default());
    stage.close()
}
