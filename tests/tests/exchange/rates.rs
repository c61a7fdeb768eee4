//! Rates are declared once for a day, by a source, and never changed.

use anyhow::Result;
use core_payment::exchange::{Day, RatesDeclared, RatesRefused};
use payment_domain::Currency;
use tests::clock;
use tests::database::Database;
use tests::on_each_database;

use crate::Fair;

on_each_database!(
    a_day_is_declared_once,
    the_newest_day_counts_in_whatever_order_days_come,
    the_audit_sees_rates_that_were_tampered_with,
);

async fn a_day_is_declared_once(database: Database) -> Result<()> {
    let fair = Fair::without_rates(database, |_| {}).await?;
    assert_eq!(fair.counter.core.rates()?, None);
    let rates = [("USD", "1.0432"), ("JPY", "161.5")];
    let Ok(RatesDeclared::New(at)) = fair.declare(1, &rates).await? else { panic!("not declared") };
    // The same again is nothing new, in any order and spelling.
    let same = [("JPY", "161.50"), ("USD", "1.0432")];
    assert_eq!(fair.declare(1, &same).await?, Ok(RatesDeclared::Known(at)));
    let yesterday = Day::of(clock::now().saturating_add_millis(-crate::DAY_MS));
    for other in [
        vec![("USD", "1.0433"), ("JPY", "161.5")],
        vec![("USD", "1.0432")],
        vec![("USD", "1.0432"), ("JPY", "161.5"), ("CHF", "0.93")],
    ] {
        let refused = fair.declare(1, &other).await?;
        assert_eq!(refused, Err(RatesRefused::Contradiction { source_name: "ECB".into(), day: yesterday }));
    }
    assert!(matches!(fair.declare(-1, &rates).await?, Err(RatesRefused::Future(_))));
    let (one, other) = tokio::join!(fair.declare(0, &rates), fair.declare(0, &rates));
    let count = [one?, other?].iter().filter(|done| matches!(done, Ok(RatesDeclared::New(_)))).count();
    assert_eq!(count, 1);
    fair.counter.close(0)
}

async fn the_newest_day_counts_in_whatever_order_days_come(database: Database) -> Result<()> {
    let fair = Fair::without_rates(database, |_| {}).await?;
    let rate = |core: &core_payment::Core| -> Result<String> {
        let rates = core.rates()?.expect("rates");
        Ok(rates.of(crate::usd()).expect("a rate").to_string())
    };
    for (days_ago, declared, counts) in [(3, "1.03", "1.03"), (1, "1.01", "1.01"), (2, "1.02", "1.01")] {
        assert!(fair.declare(days_ago, &[("USD", declared)]).await?.is_ok());
        assert_eq!(rate(&fair.counter.core)?, counts, "{days_ago} days ago");
    }
    let days: Vec<_> = fair.counter.core.rate_days(10)?.iter().map(|day| day.day).collect();
    assert!(days.is_sorted_by(|newer, older| newer > older) && days.len() == 3, "{days:?}");
    let newest = fair.counter.core.rates()?.expect("rates");
    assert_eq!(newest.of(Currency::EUR).map(|rate| rate.to_string()).as_deref(), Some("1"));
    fair.counter.close(0)
}

async fn the_audit_sees_rates_that_were_tampered_with(database: Database) -> Result<()> {
    let fair = Fair::open(database).await?;
    let ended = fair.counter.end();
    for (statement, expected) in [
        ("UPDATE rate SET nanos = nanos + 1 WHERE currency = 'USD'", "are registered otherwise"),
        ("DELETE FROM rate WHERE currency = 'USD'", "are registered otherwise"),
        ("UPDATE rate SET day = day - 86400000", "are registered otherwise"),
        ("DELETE FROM evidence WHERE kind = 'declared'", "1 days are registered, 0 were declared"),
    ] {
        ended.tamper(statement, expected)?;
    }
    ended.passes(0)
}
