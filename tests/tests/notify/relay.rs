//! A relay that is down when a bill is issued: the bill waits, the ledger does not, and the letter goes out once it is back.

use std::sync::Arc;
use std::time::Duration;

use aggregation::Aggregation;
use aggregation::period::Book;
use aggregation::terms::Terms;
use anyhow::{Context as _, Result, ensure};
use core_payment::{DatabaseUrl, Details, Filter};
use gateway::notify::dispatch::{Channel, DispatchSettings, Dispatcher};
use gateway::notify::notices::Letters;
use payment_domain::EmailAddress;
use payment_message::{Message, canonical};
use tests::clock;
use tests::counter::{Calendar, Counter, said};
use tests::database::Database;
use tests::on_each_database;
use tests::smtp::Smtp;
use tests::town::{Newcomer, euros};

use crate::outbox::{issuer, postman};

on_each_database!(a_bill_waits_for_the_relay_and_is_sent_when_it_is_back);

const PIA: &str = "pia";
const MINUTE_MS: i64 = 60 * 1000;

async fn a_bill_waits_for_the_relay_and_is_sent_when_it_is_back(database: Database) -> Result<()> {
    let Some(mut smtp) = Smtp::start()? else { return Ok(()) };
    let details = Details { email: Some(EmailAddress::parse("pia@example.org")?), ..Details::default() };
    let pia = Newcomer::postpaid(PIA, "50.00").with_details(details);
    let counter = Counter::open(database, vec![pia], |_| {}).await?;
    let offer = counter.deposit(counter.town.offer("parking", "1.80")).await?;
    let order = counter.town.order(&offer).by(&counter.town.party(PIA)).sign()?;
    assert_eq!(said(&counter.hand_in(&order).await?)?, "paid EUR 1.80");
    smtp.stop();
    let url = DatabaseUrl::parse(counter.database.url())?;
    let (terms, calendar) = (Arc::new(Terms::default()), Arc::new(Calendar::default()));
    let aggregation = Aggregation::new(counter.core.clone(), url, terms, calendar);
    assert_eq!(aggregation.close_all(&[Book::Postpaid]).await?.bills, 1);
    drop(aggregation);

    let before = standing(&counter)?;
    let mut waited_ms = 0;
    // Two minutes, eight minutes, each a little more or less.
    for tries in 1..=2 {
        deliver(&counter, &smtp, waited_ms).await?;
        assert_eq!(states(&counter)?, [format!("{PIA} due {tries} no connection")]);
        // Nothing is tried before its time.
        deliver(&counter, &smtp, waited_ms).await?;
        assert_eq!(states(&counter)?, [format!("{PIA} due {tries} no connection")]);
        assert_eq!(
            standing(&counter)?,
            before,
            "the ledger does not wait for letters, nor for their failing"
        );
        counter.wait(10 * MINUTE_MS);
        waited_ms += 10 * MINUTE_MS;
    }
    assert_eq!(smtp.letters()?.len(), 0);
    smtp.restart()?;
    for _ in 0..2 {
        deliver(&counter, &smtp, waited_ms).await?;
    }
    ensure!(states(&counter)?[0].starts_with(&format!("{PIA} sent 3 ")), "{:?}", states(&counter)?);
    let letters = smtp.letters()?;
    let [letter] = &letters[..] else { panic!("{letters:?}") };
    assert_eq!(letter.recipients, ["pia@example.org"]);
    let xml = letter.parts.iter().find(|part| part.media_type == "application/xml").context("no document")?;
    match Message::parse(canonical::scan(&xml.content)?.body())? {
        Message::Bill(bill) => assert_eq!(bill.amount_due, euros("1.80")),
        other => anyhow::bail!("not a bill: {:?}", other.kind()),
    }
    assert_eq!(standing(&counter)?, before);
    counter.close(1)
}

/// Delivers what is due, once, by the test's clock.
async fn deliver(counter: &Counter, smtp: &Smtp, waited_ms: i64) -> Result<()> {
    let settings = DispatchSettings {
        parallel: 2,
        per_destination: 2,
        lease: Duration::from_secs(60),
        poll: Duration::from_millis(10),
    };
    let letters = Arc::new(Letters::new(counter.core.clone(), issuer()));
    let now = move || clock::now().saturating_add_millis(waited_ms);
    let mut dispatcher = Dispatcher::new(Channel::Email, letters, postman(smtp), settings, Arc::new(now));
    while dispatcher.begin().await {}
    dispatcher.finish().await;
    Ok(())
}

/// `party state tries fault` of every letter.
fn states(counter: &Counter) -> Result<Vec<String>> {
    let line = |item: &core_payment::Listed| {
        format!("{} {} {} {}", item.party, item.state, item.tries, item.fault.as_deref().unwrap_or("-"))
    };
    let listed = counter.core.notices(&Filter { limit: 100, ..Filter::default() })?;
    Ok(listed.iter().map(line).collect())
}

/// Everything that the ledger holds.
fn standing(counter: &Counter) -> Result<Vec<String>> {
    let mut sql = counter.database.sql()?;
    let mut all = sql
        .words("SELECT CAST(id AS TEXT) || ' ' || CAST(balance AS TEXT) AS value FROM account ORDER BY id")?;
    all.extend(sql.words("SELECT CAST(COUNT(*) AS TEXT) AS value FROM transfer")?);
    all.extend(sql.words("SELECT CAST(COUNT(*) AS TEXT) AS value FROM evidence")?);
    all.extend(sql.words("SELECT state AS value FROM bill")?);
    Ok(all)
}
