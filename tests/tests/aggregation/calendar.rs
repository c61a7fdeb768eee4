//! Days end at midnight, whenever it is that somebody closes them.

use aggregation::calendar::{Cadence, Zone};
use aggregation::fold::Step;
use aggregation::terms::{Closing, Terms};
use anyhow::Result;
use payment_domain::Timestamp;
use tests::database::Database;
use tests::on_each_database;
use tests::town::euros;

use crate::stage::{DAY, Stage, terms};

on_each_database!(
    a_payment_after_midnight_is_in_the_next_period_however_late_the_close,
    months_end_where_the_operator_is,
);

fn daily() -> Closing {
    Closing { cadence: Some(Cadence::Daily), ..Closing::default() }
}

async fn a_payment_after_midnight_is_in_the_next_period_however_late_the_close(
    database: Database,
) -> Result<()> {
    let stage = Stage::open(database, Terms { postpaid: daily(), ..terms() }).await?;
    let coffee = stage.offer("bakery", "1.00").await?;
    let midnight = stage.terms.zone.next_midnight(stage.now());
    stage.pay("frida", &coffee).await?;
    stage.wait(midnight.millis_since(stage.now()) + 1000);
    stage.pay("frida", &coffee).await?;
    stage.pay("frida", &coffee).await?;
    stage.wait(3 * DAY);
    stage.pay("frida", &coffee).await?;

    // The fold does not pass the midnight by itself.
    assert_eq!(stage.aggregation.fold_all()?.waiting_at, Some(midnight));
    assert_eq!(stage.aggregation.fold_step()?, Step::AtMidnight(midnight));
    assert_eq!(stage.aggregation.close_due(stage.now()).await?.bills, 2);
    assert_eq!(stage.aggregation.close_due(stage.now()).await?.bills, 0);
    let told: Vec<_> = stage.bills("frida")?.iter().map(|bill| (bill.to, bill.amount_due)).collect();
    let next = midnight.saturating_add_millis(DAY);
    assert_eq!(told, [(midnight, euros("1.00")), (next, euros("2.00"))]);
    stage.close()
}

async fn months_end_where_the_operator_is(database: Database) -> Result<()> {
    let zone = Zone::parse("+05:00")?;
    let stage = Stage::open(database, Terms { zone, ..terms() }).await?;
    let coffee = stage.offer("bakery", "1.00").await?;
    // Two months on, so that the month is whole.
    let now = stage.now();
    let month = (0..80)
        .map(|day| zone.midnight(now.saturating_add_millis(day * DAY)))
        .filter(|midnight| Cadence::Monthly.ends_at(*midnight, zone))
        .collect::<Vec<_>>();
    let (first, second) = (month[1], month[1].saturating_add_millis(DAY));
    let go = |at: Timestamp| stage.wait(at.millis_since(stage.now()));
    go(first.saturating_add_millis(-60_000));
    stage.pay("frida", &coffee).await?;
    go(first.saturating_add_millis(60_000));
    stage.pay("frida", &coffee).await?;
    go(second);
    stage.aggregation.close_due(stage.now()).await?;
    let [bill] = &stage.bills("frida")?[..] else { panic!("one bill") };
    assert_eq!((bill.to, bill.amount_due), (first, euros("1.00")));
    stage.close()
}
