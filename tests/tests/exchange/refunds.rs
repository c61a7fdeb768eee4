//! What is given back of a payment in another currency goes at the rate of the payment: all of it in the end, never more.

use anyhow::Result;
use payment_domain::{MerchantId, RefundId, RefundOrder};
use tests::clock;
use tests::counter::said;
use tests::database::Database;
use tests::on_each_database;
use tests::random;
use tests::town::people::ALICE;

use crate::{ABROAD, Fair, dollars, usd};

on_each_database!(
    parts_go_back_in_proportion_and_the_last_one_takes_the_remainder,
    parts_that_are_worth_less_than_a_micro_unit_add_up,
    the_audit_sees_a_restored_leg_that_was_tampered_with,
);

async fn give_back(fair: &Fair, order: &payment_domain::PaymentOrder, amount: &str) -> Result<String> {
    let refund = RefundOrder {
        refund_id: RefundId::new(random::uuid()),
        order_id: order.order_id,
        merchant: MerchantId::parse(ABROAD)?,
        amount: dollars(amount),
        created_at: clock::now(),
    };
    said(&fair.counter.hand_in(&fair.counter.town.sign(ABROAD, refund)?).await?)
}

async fn parts_go_back_in_proportion_and_the_last_one_takes_the_remainder(database: Database) -> Result<()> {
    let fair = Fair::without_rates(database, |policy| policy.exchange.margin_ppm = 12_345).await?;
    assert!(fair.declare(1, &[("USD", "1.0432")]).await?.is_ok());
    let (offer, quote) = (fair.offer("10.00").await?, fair.quote(ALICE, dollars("10.00")).await?);
    // 1.012345 / 1.0432 = 0.970422737… for one.
    assert_eq!((quote.rate.to_string(), quote.charged.micros()), ("0.970422738".into(), 9_704_228));
    let order = fair.order(&offer, &quote).sign()?;
    fair.pay(&order).await?;
    // The rates of another day change nothing.
    assert!(fair.declare(0, &[("USD", "2")]).await?.is_ok());
    for (amount, expected, alice) in [
        ("3.33", "refunded 3.33", 100_000_000 - 9_704_228 + 3_231_507),
        ("3.33", "refunded 6.66", 100_000_000 - 9_704_228 + 6_463_015),
        ("3.35", "refused refund-exceeds-payment", 100_000_000 - 9_704_228 + 6_463_015),
        ("3.34", "refunded 10.00", 100_000_000),
        ("0.000001", "refused refund-exceeds-payment", 100_000_000),
    ] {
        assert_eq!(give_back(&fair, &order.message, amount).await?, expected, "{amount}");
        let balance = fair.counter.database.sql()?.number(
            "SELECT a.balance FROM account a JOIN party p ON p.id = a.owner WHERE p.name = 'alice'",
        )?;
        assert_eq!(balance, alice, "{amount}");
    }
    assert_eq!((fair.position("EUR")?, fair.position("USD")?), (0, 0));
    assert_eq!(fair.counter.balance_in(ABROAD, usd())?, "0.00");
    let in_euros = RefundOrder {
        amount: tests::town::euros("1.00"),
        ..fair.counter.town.refund(&order.message, "1.00").refund
    };
    let in_euros = fair.counter.town.sign(ABROAD, in_euros)?;
    assert_eq!(said(&fair.counter.hand_in(&in_euros).await?)?, "refused wrong-currency");
    fair.counter.close(1)
}

async fn parts_that_are_worth_less_than_a_micro_unit_add_up(database: Database) -> Result<()> {
    let fair = Fair::open(database).await?;
    let (offer, quote) = (fair.offer("0.00001").await?, fair.quote(ALICE, dollars("0.00001")).await?);
    assert_eq!(quote.charged.micros(), 9, "8.08 rounded up");
    let order = fair.order(&offer, &quote).sign()?;
    fair.pay(&order).await?;
    for _ in 0..10 {
        give_back(&fair, &order.message, "0.000001").await?;
    }
    assert_eq!(fair.counter.balance(ALICE)?, "100.00");
    let restored = "SELECT COUNT(*) FROM transfer WHERE kind = 'exchange-restored'";
    assert_eq!(fair.counter.database.sql()?.number(restored)?, 9);
    fair.counter.close(1)
}

async fn the_audit_sees_a_restored_leg_that_was_tampered_with(database: Database) -> Result<()> {
    let fair = Fair::open(database).await?;
    let (offer, quote) = (fair.offer("10.00").await?, fair.quote(ALICE, dollars("10.00")).await?);
    let order = fair.order(&offer, &quote).sign()?;
    fair.pay(&order).await?;
    give_back(&fair, &order.message, "5.00").await?;
    let ended = fair.counter.end();
    for (statement, expected) in [
        (
            "UPDATE transfer SET micros = micros + 1 WHERE kind = 'exchange-restored'",
            "at the rate that it was paid",
        ),
        ("DELETE FROM transfer WHERE kind = 'exchange-restored'", "at the rate that it was paid"),
        (
            "UPDATE transfer SET micros = micros + 1 WHERE kind = 'exchange-returned'",
            "at the rate that it was paid",
        ),
        ("UPDATE payment SET refunded_micros = refunded_micros + 1", "its refunds differ"),
    ] {
        ended.tamper(statement, expected)?;
    }
    ended.passes(1)
}
