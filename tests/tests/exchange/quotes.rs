//! A quote is a signed promise for one consumer and one price.

use anyhow::{Result, ensure};
use payment_domain::{Channel, Currency, Money, RequestId};
use tests::counter::said;
use tests::database::Database;
use tests::on_each_database;
use tests::town::adapter;
use tests::town::people::{ALICE, BOB, CAROL, ERIN};
use tests::{clock, random};

use crate::{DAY_MS, Fair, dollars, usd};

on_each_database!(
    a_quote_says_what_a_price_comes_to_with_the_margin,
    whoever_could_not_pay_by_it_gets_no_quote,
    rates_that_are_too_old_or_missing_make_no_quote,
    a_repeated_question_gets_the_first_quote,
    the_audit_sees_a_quote_that_was_tampered_with,
);

async fn a_quote_says_what_a_price_comes_to_with_the_margin(database: Database) -> Result<()> {
    let fair = Fair::open(database).await?;
    // 1.00 / 1.25 and one per cent.
    let quote = fair.quote(ALICE, dollars("10.00")).await?;
    assert_eq!((quote.price, quote.charged.to_string()), (dollars("10.00"), "EUR 8.08".to_owned()));
    assert_eq!(quote.rate.to_string(), "0.808");
    assert_eq!(quote.valid_until.millis_since(quote.quoted_at), 300_000);
    let today = clock::now().to_string();
    assert_eq!(quote.source.as_str(), format!("ECB {}", &today[..10]));
    // Rounded up to a micro-unit, however little it is.
    let yen = |text| Money::parse(text, Currency::parse("JPY").expect("a currency")).expect("an amount");
    let quote = fair.quote(BOB, yen("1.00")).await?;
    // 1 / 161.5 * 1.01 = 0.006253869969…
    assert_eq!(
        (quote.rate.to_string(), quote.charged.to_string()),
        ("0.00625387".into(), "EUR 0.006254".into())
    );
    assert_eq!(fair.quote(BOB, yen("0.000001")).await?.charged.micros(), 1);
    let rounded = fair.counter.database.sql()?.number("SELECT SUM(rounded_nanos) FROM quote")?;
    assert_eq!(rounded, 130_000_000 + (1_000_000_000 - 6_253_870), "the remainder is noted");
    // An adapter asks for the consumers that it speaks to.
    let request = fair.counter.town.quote_request(ALICE, dollars("1.00"));
    let request = fair.counter.town.sign(adapter(Channel::Web), request)?;
    let answer = said(&fair.counter.hand_in(&request).await?)?;
    assert_eq!(answer, "quoted EUR 0.808 for USD 1.00 at 0.808");
    fair.counter.close(0)
}

async fn whoever_could_not_pay_by_it_gets_no_quote(database: Database) -> Result<()> {
    let fair = Fair::open(database).await?;
    let town = &fair.counter.town;
    let ask = |name, price| town.quote_request(name, price);
    let into = |mut request: payment_domain::QuoteRequest, currency| {
        request.currency = currency;
        request
    };
    for (signer, request, expected) in [
        (ERIN, ask(ALICE, dollars("1.00")), "refused wrong-role"),
        ("parking", ask(ALICE, dollars("1.00")), "refused wrong-role"),
        // Pays from outside only: external systems have rates of their own.
        (CAROL, ask(CAROL, dollars("1.00")), "refused wrong-currency"),
        (ALICE, ask(ALICE, tests::town::euros("1.00")), "refused wrong-currency"),
        (ALICE, into(ask(ALICE, tests::town::euros("1.00")), usd()), "refused wrong-currency"),
        (ALICE, ask(ALICE, Money::parse("1.00", Currency::parse("CHF")?)?), "refused no-rate"),
    ] {
        let request = town.sign(signer, request)?;
        assert_eq!(said(&fair.counter.hand_in(&request).await?)?, expected, "{signer}");
    }
    assert_eq!(fair.counter.database.sql()?.number("SELECT COUNT(*) FROM quote")?, 0);
    fair.counter.close(0)
}

async fn rates_that_are_too_old_or_missing_make_no_quote(database: Database) -> Result<()> {
    let fair = Fair::without_rates(database, |policy| policy.exchange.max_rate_age_days = 2).await?;
    let ask = async || -> Result<String> {
        let request =
            fair.counter.town.sign(ALICE, fair.counter.town.quote_request(ALICE, dollars("1.00")))?;
        said(&fair.counter.hand_in(&request).await?)
    };
    assert_eq!(ask().await?, "refused no-rate");
    assert!(fair.declare(3, &[("USD", "1.25")]).await?.is_ok());
    assert_eq!(ask().await?, "refused no-rate");
    assert!(fair.declare(2, &[("USD", "1.25")]).await?.is_ok());
    assert_eq!(ask().await?, "quoted EUR 0.808 for USD 1.00 at 0.808");
    // The rates grow old while the server runs.
    fair.counter.wait(DAY_MS);
    assert_eq!(ask().await?, "refused no-rate");
    fair.counter.close(0)
}

async fn a_repeated_question_gets_the_first_quote(database: Database) -> Result<()> {
    let fair = Fair::open(database).await?;
    let town = &fair.counter.town;
    let request = town.sign(ALICE, town.quote_request(ALICE, dollars("1.00")))?;
    let (first, second) = tokio::join!(fair.counter.hand_in(&request), fair.counter.hand_in(&request));
    let (first, second) = (first?, second?);
    assert_eq!(first.document(), second.document());
    fair.counter.wait(1000);
    assert_eq!(fair.counter.hand_in(&request).await?.document(), first.document());
    let mut other = request.message.clone();
    other.price = dollars("0.01");
    assert_eq!(said(&fair.counter.hand_in(&town.sign(ALICE, other)?).await?)?, "refused id-reused");
    let mut new = request.message.clone();
    new.request_id = RequestId::new(random::uuid());
    ensure!(fair.counter.hand_in(&town.sign(ALICE, new)?).await?.document() != first.document());
    assert_eq!(fair.counter.database.sql()?.number("SELECT COUNT(*) FROM quote")?, 2);
    fair.counter.close(0)
}

async fn the_audit_sees_a_quote_that_was_tampered_with(database: Database) -> Result<()> {
    let fair = Fair::open(database).await?;
    fair.quote(ALICE, dollars("10.00")).await?;
    let ended = fair.counter.end();
    for (statement, expected) in [
        ("UPDATE quote SET charged_micros = charged_micros - 1", "not as it was signed"),
        ("UPDATE quote SET nanos = nanos - 1", "not as it was signed"),
        ("UPDATE quote SET rounded_nanos = 1", "not as it was signed"),
        ("UPDATE quote SET valid_until = valid_until + 1", "not as it was signed"),
        ("UPDATE quote SET price_currency = 'JPY'", "not as it was signed"),
        ("UPDATE quote SET consumer = (SELECT id FROM party WHERE name = 'bob')", "not as it was signed"),
        ("DELETE FROM quote", "not as it was signed"),
        ("UPDATE quote SET payment = 1", "1 are registered and 1 used"),
    ] {
        ended.tamper(statement, expected)?;
    }
    ended.passes(0)
}
