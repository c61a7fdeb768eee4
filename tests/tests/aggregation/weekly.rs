//! Merchants are paid out by their schedule, whoever looks how often.

use aggregation::calendar::Cadence;
use anyhow::{Context as _, Result};
use payment_domain::Timestamp;
use tests::database::Database;
use tests::on_each_database;
use tests::town::euros;

use crate::stage::{DAY, Stage, micros, terms};

on_each_database!(a_merchant_is_paid_out_at_the_end_of_every_week_and_not_before);

async fn a_merchant_is_paid_out_at_the_end_of_every_week_and_not_before(database: Database) -> Result<()> {
    let stage = Stage::open(database, terms()).await?;
    let zone = stage.terms.zone;
    let cake = stage.offer("bakery", "5.00").await?;
    let days = (1..9).map(|day| zone.next_midnight(stage.now().saturating_add_millis(day * DAY)));
    let monday = days.into_iter().find(|day| Cadence::Weekly.ends_at(*day, zone)).context("no Monday")?;
    let go = |at: Timestamp| stage.wait(at.millis_since(stage.now()));
    go(monday.saturating_add_millis(-60_000));
    stage.pay("frida", &cake).await?;
    assert_eq!(stage.aggregation.close_due(stage.now()).await?.advices, 0, "the week is not over");
    assert_eq!(stage.answer("payout", true).await?, 0);

    go(monday.saturating_add_millis(1_000));
    stage.pay("frida", &cake).await?;
    assert_eq!(stage.aggregation.close_due(stage.now()).await?.advices, 1);
    assert_eq!(stage.aggregation.close_due(stage.now()).await?.advices, 0, "paid out twice");
    let [first] = &stage.advices("bakery")?[..] else { panic!("one advice") };
    // 1.5 % of 5.00 and 0.001: what is below a cent is carried.
    assert_eq!((first.to, first.sales, first.payout), (monday, euros("5.00"), euros("4.92")));
    assert_eq!(stage.answer("payout", true).await?, 1);

    for day in 1..7 {
        go(monday.saturating_add_millis(day * DAY + 1_000));
        assert_eq!(stage.aggregation.close_due(stage.now()).await?.advices, 0, "day {day}");
    }
    go(monday.saturating_add_millis(7 * DAY + 1_000));
    assert_eq!(stage.aggregation.close_due(stage.now()).await?.advices, 1);
    let [_, second] = &stage.advices("bakery")?[..] else { panic!("two advices") };
    assert_eq!((second.from, second.to), (monday, monday.saturating_add_millis(7 * DAY)));
    assert_eq!((second.opening, second.sales, second.payout), (first.carried, euros("5.00"), euros("4.92")));
    assert_eq!(stage.answer("payout", true).await?, 1);
    let paid = stage.number("SELECT SUM(amount) FROM payout WHERE state = 'paid'")?;
    assert_eq!(paid, micros("9.84"));
    assert_eq!(stage.balance("bakery")?, second.carried.decimal());
    stage.close()
}
