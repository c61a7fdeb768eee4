//! Single payments and refunds that came back after the bank had booked them: a break until a person says who bears it, then
//! booked once, with what the bank took for it; and nothing of it goes back a second time.

use std::sync::Arc;

use anyhow::{Context as _, Result};
use core_payment::bank::{Back, Bearer, Effect, Hear, Heard, Kind, OpenBreak, Said, TakeBack, TakenBack};
use payment_domain::{AttemptId, PaymentOrder};
use serde_json::json;
use tests::counter::said;
use tests::database::Database;
use tests::on_each_database;
use tests::town::Signed;

use crate::stage::{BAKERY, INES, Stage};

on_each_database!(
    a_payment_that_came_back_is_its_merchants_to_bear_if_somebody_says_so,
    what_was_refunded_before_is_lost,
    what_the_house_bears_costs_the_merchant_nothing_and_is_not_refunded,
    what_is_being_refunded_waits_for_the_end_of_it,
    a_refund_that_did_not_arrive_is_the_merchants_again,
);

async fn a_payment_that_came_back_is_its_merchants_to_bear_if_somebody_says_so(
    database: Database,
) -> Result<()> {
    let Some(stage) = Stage::open(database).await? else { return Ok(()) };
    let (order, attempt) = paid(&stage, "45.00").await?;
    stage.bank.give_back(&attempt.to_string(), "MD06", "3.50")?;
    assert!(stage.notified().await?.starts_with("1 break; "));
    // The statement says it again: two breaks, and one of them books it.
    assert!(stage.stated().await?.contains("1 break; "));
    let [first, second] = <[OpenBreak; 2]>::try_from(stage.town.core.bank_breaks(None, 10)?)
        .map_err(|all| anyhow::anyhow!("{all:?}"))?;
    assert_eq!((first.back, second.back), (Some(Back::Payment), Some(Back::Payment)));
    // A file that says less of the same takes nothing back of what is known of it.
    let less = Said::Returned { returned_as: None, reason: "MD06".to_owned(), fee: None };
    let effects = stage.town.core.perform(Arc::new(Hear(vec![Heard { attempt, said: less }]))).await?;
    assert!(matches!(effects.as_slice(), [Effect::Back(_)]), "{effects:?}");
    // Nobody has said who bears it.
    let expected = format!("attempt {attempt}: it is a payment: the merchant or the house has to bear it");
    assert_eq!(book(&stage, &first, None).await?, TakenBack::Refused(expected));
    assert_eq!(
        (balances(&stage)?, stage.state(attempt)?),
        (("45.00".into(), 0, 0, -45_000_000), "settled approved".into())
    );
    let TakenBack::Now(words) = book(&stage, &first, Some(Bearer::Merchant)).await? else {
        panic!("refused")
    };
    assert_eq!(
        words,
        format!(
            "attempt {attempt} of EUR 45.00: borne by the merchant: EUR 45.00 from the merchant, EUR 0.00 lost"
        )
    );
    // We owe the bank what it took for it, as its own books say.
    assert_eq!(
        (balances(&stage)?, stage.state(attempt)?),
        (("0.00".into(), 0, -3_500_000, 3_500_000), "returned approved".into())
    );
    // Once: the other break has nothing to book any more, and neither has the bank.
    assert_eq!(book(&stage, &first, Some(Bearer::Merchant)).await?, TakenBack::Unknown);
    let open = stage.town.core.bank_breaks(None, 10)?;
    assert_eq!(open, [OpenBreak { back: None, ..second.clone() }]);
    let expected = format!("attempt {attempt}: that it came back is booked");
    assert_eq!(book(&stage, &second, Some(Bearer::House)).await?, TakenBack::Refused(expected));
    // All of it is back.
    let refund = stage.town.town.refund(&order.message, "1.00").sign()?;
    assert_eq!(said(&stage.town.hand_in(&refund).await?)?, "refused refund-exceeds-payment");
    assert_eq!(balances(&stage)?, ("0.00".into(), 0, -3_500_000, 3_500_000));
    let Stage { town, desk, .. } = stage;
    drop(desk);
    let ended = town.end();
    let expected = "of a bank's file does not agree";
    for statement in [
        "DELETE FROM transfer WHERE kind = 'payment-returned'",
        "UPDATE transfer SET kind = 'payment-lost' WHERE kind = 'payment-returned'",
        "UPDATE transfer SET micros = micros - 1 WHERE kind = 'payment-returned'",
        "UPDATE bank_entry SET state = 'settled' WHERE state = 'returned'",
        "UPDATE bank_entry SET fee_micros = 1 WHERE state = 'returned'",
    ] {
        ended.tamper(statement, expected)?;
    }
    ended.tamper(
        "UPDATE attempt SET returned_at = returned_at + 1 WHERE returned_at IS NOT NULL",
        "came back, evidence names",
    )?;
    ended.tamper("UPDATE payment SET refunded_micros = 0", "its refunds differ from what it says by")?;
    ended.passes(1)
}

async fn what_was_refunded_before_is_lost(database: Database) -> Result<()> {
    let Some(stage) = Stage::open(database).await? else { return Ok(()) };
    let (order, attempt) = paid(&stage, "45.00").await?;
    // A part was refunded: the payer has that twice now. The merchant gives what is left, and no more.
    let refund = stage.town.town.refund(&order.message, "15.00").sign()?;
    stage.town.begin(&refund).await?;
    assert_eq!(stage.settle(Kind::Payouts).await?, "1 settled, 15.00");
    assert_eq!(balances(&stage)?, ("30.00".into(), 0, 0, -30_000_000));
    stage.bank.give_back(&attempt.to_string(), "MD06", "0")?;
    stage.notified().await?;
    let one = only(&stage)?;
    let TakenBack::Now(words) = book(&stage, &one, Some(Bearer::Merchant)).await? else { panic!("refused") };
    assert!(words.ends_with("EUR 30.00 from the merchant, EUR 15.00 lost"), "{words}");
    assert_eq!(balances(&stage)?, ("0.00".into(), -15_000_000, 0, 15_000_000));
    stage.town.close(1)
}

async fn what_the_house_bears_costs_the_merchant_nothing_and_is_not_refunded(
    database: Database,
) -> Result<()> {
    let Some(stage) = Stage::open(database).await? else { return Ok(()) };
    let (order, attempt) = paid(&stage, "45.00").await?;
    stage.bank.give_back(&attempt.to_string(), "MD06", "3.50")?;
    stage.notified().await?;
    let one = only(&stage)?;
    let TakenBack::Now(words) = book(&stage, &one, Some(Bearer::House)).await? else { panic!("refused") };
    assert!(words.ends_with("borne by the house: EUR 0.00 from the merchant, EUR 45.00 lost"), "{words}");
    assert_eq!(balances(&stage)?, ("45.00".into(), -45_000_000, -3_500_000, 3_500_000));
    // The payer has it: a refund would be a second time.
    let refund = stage.town.town.refund(&order.message, "45.00").sign()?;
    assert_eq!(said(&stage.town.hand_in(&refund).await?)?, "refused refund-exceeds-payment");
    stage.town.close(1)
}

async fn what_is_being_refunded_waits_for_the_end_of_it(database: Database) -> Result<()> {
    let Some(stage) = Stage::open(database).await? else { return Ok(()) };
    let (order, attempt) = paid(&stage, "45.00").await?;
    let refund = stage.town.town.refund(&order.message, "15.00").sign()?;
    let refunded = stage.town.begin(&refund).await?.id;
    stage.bank.give_back(&attempt.to_string(), "MD06", "0")?;
    stage.notified().await?;
    let one = only(&stage)?;
    let expected = format!("attempt {attempt}: a refund of it is under way: wait until that has ended");
    assert_eq!(book(&stage, &one, Some(Bearer::Merchant)).await?, TakenBack::Refused(expected));
    assert_eq!(only(&stage)?, one);
    // It is refused by the bank: then all of the payment is there to be taken.
    let file = stage.write(Kind::Payouts).await?;
    stage.hand_in(&file, &json!({ "reject": { refunded.to_string(): "AC04" } })).await?;
    assert_eq!(stage.town.balance(BAKERY)?, "45.00");
    let TakenBack::Now(words) = book(&stage, &one, Some(Bearer::Merchant)).await? else { panic!("refused") };
    assert!(words.ends_with("EUR 45.00 from the merchant, EUR 0.00 lost"), "{words}");
    assert_eq!(balances(&stage)?, ("0.00".into(), 0, 0, 0));
    stage.town.close(1)
}

async fn a_refund_that_did_not_arrive_is_the_merchants_again(database: Database) -> Result<()> {
    let Some(stage) = Stage::open(database).await? else { return Ok(()) };
    let (order, _) = paid(&stage, "45.00").await?;
    let mut refunds = Vec::new();
    for part in ["15.00", "30.00"] {
        let refund = stage.town.town.refund(&order.message, part).sign()?;
        let refunded = stage.town.begin(&refund).await?.id;
        assert_eq!(stage.settle(Kind::Payouts).await?, format!("1 settled, {part}"));
        refunds.push(refunded);
    }
    for refund in refunds {
        stage.bank.give_back(&refund.to_string(), "AC04", "0")?;
    }
    assert_eq!(balances(&stage)?, ("0.00".into(), 0, 0, 0));
    let told = stage.notified().await?;
    assert!(told.contains("nothing takes back EUR 30.00 (order) by itself"), "{told}");
    let open = stage.town.core.bank_breaks(None, 10)?;
    for (one, part) in open.iter().zip(["15.00", "30.00"]) {
        assert_eq!(one.back, Some(Back::Other));
        let TakenBack::Now(words) = book(&stage, one, None).await? else { panic!("refused") };
        let expected = format!("a refund that did not arrive: EUR {part} to the merchant");
        assert!(words.ends_with(&expected), "{words}");
    }
    assert_eq!((balances(&stage)?, open.len()), (("45.00".into(), 0, 0, -45_000_000), 2));
    // The merchant can try again.
    let again = stage.town.town.refund(&order.message, "45.00").sign()?;
    stage.town.begin(&again).await?;
    assert_eq!(stage.settle(Kind::Payouts).await?, "1 settled, 45.00");
    assert_eq!(balances(&stage)?, ("0.00".into(), 0, 0, 0));
    let Stage { town, desk, .. } = stage;
    drop(desk);
    let ended = town.end();
    for statement in [
        "UPDATE transfer SET micros = micros - 1 WHERE kind = 'refund-returned'",
        "UPDATE transfer SET kind = 'refund-void' WHERE kind = 'refund-returned'",
    ] {
        ended.tamper(statement, "of a bank's file does not agree")?;
    }
    ended.passes(1)
}

/// A single payment of Inês' at the bakery that the bank has booked.
async fn paid(stage: &Stage, price: &str) -> Result<(Signed<PaymentOrder>, AttemptId)> {
    let offer = stage.town.deposit(stage.town.town.offer(BAKERY, price)).await?;
    let order = stage.town.town.order(&offer).by(&stage.town.town.party(INES)).sign()?;
    let attempt = stage.town.begin(&order).await?.id;
    assert_eq!(stage.settle(Kind::Collections).await?, format!("1 settled, {price}"));
    Ok((order, attempt))
}

/// The one break that waits.
fn only(stage: &Stage) -> Result<OpenBreak> {
    let open = stage.town.core.bank_breaks(None, 10)?;
    assert_eq!(open.len(), 1, "{open:?}");
    open.into_iter().next().context("no break")
}

async fn book(stage: &Stage, one: &OpenBreak, bearer: Option<Bearer>) -> Result<TakenBack> {
    let act = TakeBack { answer: one.answer, number: one.number, bearer };
    Ok(stage.town.core.perform(Arc::new(act)).await?)
}

/// On the merchant's account; lost on payments; lost on the bank's fees; owed to us by the bank.
fn balances(stage: &Stage) -> Result<(String, i64, i64, i64)> {
    let own = |kind, label| stage.town.own(kind, label);
    Ok((
        stage.town.balance(BAKERY)?,
        own("loss", "payments")?,
        own("loss", "bank-fees")?,
        own("external", "sepa")?,
    ))
}
