//! Nobody is asked for more than the account owes: what was given back after a bill settles it, once.

use aggregation::Advanced;
use aggregation::audit;
use aggregation::period::Book;
use anyhow::{Result, ensure};
use core_payment::DatabaseUrl;
use payment_domain::{Bill, Currency, PaymentOrder};
use tests::database::Database;
use tests::on_each_database;
use tests::town::euros;

use crate::dunning::{advance, short, state};
use crate::stage::{DAY, Stage, act, micros, terms};

on_each_database!(
    what_was_refunded_in_full_is_not_collected,
    what_was_refunded_in_part_is_not_collected_and_not_credited_twice,
    who_is_refunded_while_suspended_is_reinstated,
    new_payments_use_credit_before_old_bills_do,
    credit_below_what_banks_move_stays_for_the_next_bill,
    credit_that_settled_a_bill_is_nothing_that_a_bank_can_take_back,
    a_changed_set_off_is_found,
);

/// Pays for something, and is billed for it.
async fn bought(stage: &Stage, consumer: &str, price: &str) -> Result<(Bill, PaymentOrder)> {
    let offer = stage.offer("bakery", price).await?;
    let (_, order) = stage.pay(consumer, &offer).await?;
    Ok((bill(stage, consumer).await?, order))
}

async fn bill(stage: &Stage, consumer: &str) -> Result<Bill> {
    stage.aggregation.close_all(&[Book::Postpaid]).await?;
    Ok(stage.bills(consumer)?.pop().unwrap())
}

/// What the bank was asked for.
fn asked(stage: &Stage) -> Result<i64> {
    stage.number("SELECT COALESCE(SUM(micros), 0) FROM attempt WHERE purpose = 'bill'")
}

/// What all bills have asked for and got, and what is carried, is what was bought and not given back: nobody is ever asked for
/// anything twice, or let off.
async fn everything_is_asked_for(stage: &Stage) -> Result<()> {
    stage.aggregation.close_due(stage.now()).await?;
    let flow = stage.aggregation.audit()?.flows[&Currency::EUR];
    let owed = stage.number(
        "(SELECT COALESCE(SUM(due - collected - written_off), 0) FROM bill)
         + (SELECT COALESCE(SUM(standing), 0) FROM period WHERE book = 'postpaid' AND closed_fold IS NULL)",
    )?;
    ensure!(owed == flow.owed, "bills and open periods ask for {owed}, {} is owed", flow.owed);
    Ok(())
}

async fn what_was_refunded_in_full_is_not_collected(database: Database) -> Result<()> {
    let stage = Stage::open(database, terms()).await?;
    let (first, order) = bought(&stage, "frida", "7.00").await?;
    stage.refund(&order, "7.00").await?;
    assert_eq!(advance(&stage).await?, Advanced { set_off: 1, ..Advanced::default() });
    assert_eq!(
        (asked(&stage)?, state(&stage, &first)?, stage.balance("frida")?),
        (0, "paid".to_owned(), "0.00".to_owned())
    );
    // The credit is used: the next bill asks for all that it is about.
    let (next, _) = bought(&stage, "frida", "5.00").await?;
    assert_eq!((next.refunds, next.credits, next.amount_due), (euros("7.00"), euros("-7.00"), euros("5.00")));
    let flow = stage.aggregation.audit()?.flows[&Currency::EUR];
    assert_eq!((flow.collected, flow.credited, flow.owed), (0, micros("7.00"), micros("5.00")));
    everything_is_asked_for(&stage).await?;
    stage.close()
}

async fn what_was_refunded_in_part_is_not_collected_and_not_credited_twice(database: Database) -> Result<()> {
    let stage = Stage::open(database, terms()).await?;
    let (first, order) = bought(&stage, "frida", "7.00").await?;
    stage.refund(&order, "2.50").await?;
    // The period with the refund is closed before the bill is collected: the credit is carried, and comes out of that.
    let between = {
        stage.aggregation.close_due(stage.now()).await?;
        bill(&stage, "frida").await?
    };
    assert_eq!((between.amount_due, between.carried), (euros("0.00"), euros("-2.50")));
    assert_eq!(advance(&stage).await?.collections, 1);
    assert_eq!(asked(&stage)?, micros("4.50"));
    stage.answer("bill", true).await?;
    assert_eq!((state(&stage, &first)?, stage.balance("frida")?), ("paid".to_owned(), "0.00".to_owned()));
    let (next, _) = bought(&stage, "frida", "5.00").await?;
    assert_eq!(
        (next.opening, next.credits, next.amount_due),
        (euros("-2.50"), euros("-2.50"), euros("5.00"))
    );
    everything_is_asked_for(&stage).await?;
    // Once more: nothing is left to be set off.
    advance(&stage).await?;
    assert_eq!(asked(&stage)?, micros("9.50"));
    stage.answer("bill", true).await?;
    assert_eq!(stage.balance("frida")?, "0.00");
    stage.close()
}

async fn who_is_refunded_while_suspended_is_reinstated(database: Database) -> Result<()> {
    let stage = Stage::open(database, short()).await?;
    let (first, order) = bought(&stage, "gustav", "7.00").await?;
    for expected in ["reminding", "reminding", "suspended"] {
        advance(&stage).await?;
        assert_eq!(state(&stage, &first)?, expected);
        stage.wait(DAY);
    }
    stage.aggregation.pay_bill(act(), first.position, "bank", euros("1.00")).await?;
    let bun = stage.offer("bakery", "1.00").await?;
    assert!(stage.pay("gustav", &bun).await.is_err(), "a suspended consumer pays");
    // The reminder cost 2.00, which no bill has asked for: 3.00 of what comes back is credit.
    stage.refund(&order, "5.00").await?;
    advance(&stage).await?;
    assert_eq!(
        (state(&stage, &first)?, stage.balance("gustav")?),
        ("suspended".to_owned(), "-3.00".to_owned())
    );
    stage.refund(&order, "2.00").await?;
    assert_eq!(advance(&stage).await?.reinstated, 0, "1.00 is open");
    stage.aggregation.pay_bill(act(), first.position, "bank", euros("1.00")).await?;
    assert_eq!(advance(&stage).await?.reinstated, 1);
    stage.pay("gustav", &bun).await?;
    let next = bill(&stage, "gustav").await?;
    assert_eq!((state(&stage, &first)?, next.amount_due), ("paid".to_owned(), euros("1.00")));
    everything_is_asked_for(&stage).await?;
    stage.close()
}

async fn new_payments_use_credit_before_old_bills_do(database: Database) -> Result<()> {
    let stage = Stage::open(database, terms()).await?;
    let (first, order) = bought(&stage, "frida", "7.00").await?;
    stage.refund(&order, "3.00").await?;
    let cake = stage.offer("bakery", "2.00").await?;
    stage.pay("frida", &cake).await?;
    // 6.00 are owed, 2.00 of them without a bill: 1.00 is credit.
    advance(&stage).await?;
    assert_eq!(asked(&stage)?, micros("6.00"));
    stage.answer("bill", true).await?;
    assert_eq!((state(&stage, &first)?, stage.balance("frida")?), ("paid".to_owned(), "0.00".to_owned()));
    let next = bill(&stage, "frida").await?;
    assert_eq!((next.payments, next.refunds, next.credits), (euros("2.00"), euros("3.00"), euros("-1.00")));
    assert_eq!((next.amount_due, next.carried), (euros("0.00"), euros("0.00")));
    everything_is_asked_for(&stage).await?;
    stage.close()
}

async fn credit_below_what_banks_move_stays_for_the_next_bill(database: Database) -> Result<()> {
    let stage = Stage::open(database, terms()).await?;
    let (_, order) = bought(&stage, "frida", "7.00").await?;
    stage.refund(&order, "1.009").await?;
    advance(&stage).await?;
    assert_eq!(asked(&stage)?, micros("6.00"));
    stage.answer("bill", true).await?;
    assert_eq!(stage.balance("frida")?, "0.009");
    let (next, _) = bought(&stage, "frida", "5.009").await?;
    assert_eq!((next.amount_due, next.carried), (euros("5.00"), euros("0.00")));
    everything_is_asked_for(&stage).await?;
    stage.close()
}

async fn credit_that_settled_a_bill_is_nothing_that_a_bank_can_take_back(database: Database) -> Result<()> {
    let stage = Stage::open(database, terms()).await?;
    let (first, order) = bought(&stage, "frida", "7.00").await?;
    stage.refund(&order, "2.00").await?;
    advance(&stage).await?;
    stage.answer("bill", true).await?;
    let back =
        |amount: &str| stage.aggregation.return_collection(act(), first.position, "simulator", euros(amount));
    assert_eq!(back("5.01").await, Err(aggregation::SettleError::TooMuch(euros("5.00"))));
    back("5.00").await?;
    assert_eq!(
        (state(&stage, &first)?, stage.balance("frida")?),
        ("retrying".to_owned(), "-5.00".to_owned())
    );
    stage.wait(3 * DAY);
    advance(&stage).await?;
    assert_eq!(asked(&stage)?, micros("10.00"));
    stage.answer("bill", true).await?;
    assert_eq!((state(&stage, &first)?, stage.balance("frida")?), ("paid".to_owned(), "0.00".to_owned()));
    everything_is_asked_for(&stage).await?;
    stage.close()
}

async fn a_changed_set_off_is_found(database: Database) -> Result<()> {
    let stage = Stage::open(database, terms()).await?;
    let (_, order) = bought(&stage, "frida", "7.00").await?;
    stage.refund(&order, "2.00").await?;
    advance(&stage).await?;
    stage.aggregation.fold_all()?;
    let Stage { core, database, aggregation, .. } = stage;
    core.shut_down();
    ensure!(aggregation.audit()?.passes(), "{:#?}", aggregation.audit()?.findings);
    drop((core, aggregation));
    for (statement, expected) in [
        ("UPDATE bill_credit SET micros = micros + 10000", "settled by another credit"),
        ("DELETE FROM bill_credit", "settled by another credit"),
        ("UPDATE bill SET collected = 0 WHERE collected > 0", "was collected"),
        ("UPDATE transfer SET micros = micros + 1 WHERE kind = 'credit-used'", "settled by another credit"),
        ("UPDATE transfer SET kind = 'bank-fee' WHERE kind = 'credit-used'", "settled by another credit"),
    ] {
        let copy = database.copy()?;
        ensure!(copy.sql()?.touch(statement)? > 0, "nothing was touched: {statement}");
        let findings = audit::audit(&DatabaseUrl::parse(copy.url())?)?.findings;
        let found = findings.iter().any(|finding| finding.fault.contains(expected));
        ensure!(found, "{statement}\n  expected {expected}, found {findings:#?}");
    }
    Ok(())
}
