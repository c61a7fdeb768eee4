//! `party change` and `party fees`.

use anyhow::{Context as _, Result};
use payment_message::Code;
use tests::database::Database;
use tests::{clock, on_each_database};

use crate::desk::{Desk, FRIDA, PARKING};

on_each_database!(a_party_is_changed_suspended_and_reinstated, fees_are_agreed_on_from_a_day_to_come);

const DAY: i64 = 24 * 60 * 60 * 1000;

async fn a_party_is_changed_suspended_and_reinstated(database: Database) -> Result<()> {
    let desk = Desk::open(database, []).await?;
    let offer = desk.offer("1.80").await?;
    let change = |more: &[&str]| desk.works(&[&["party", "change", FRIDA], more].concat());
    let refused = |more: &[&str], words: &str| desk.fails(&[&["party", "change"], more].concat(), words);

    refused(&[], "<NAME>")?;
    refused(&[FRIDA], "nothing to change: see `meteore party change --help`")?;
    refused(&["Frida", "--suspend"], "lower-case letters")?;
    refused(&["nobody", "--suspend"], "nobody: no such party")?;
    refused(&["nobody", "--email", "a@example.org"], "nobody is not registered")?;
    refused(&[FRIDA, "--suspend", "--reinstate"], "cannot be used with")?;
    refused(&[FRIDA, "--email", "frida"], "--email: not an e-mail address")?;
    refused(&[FRIDA, "--iban", "DE89370400440532013000"], "--holder")?;
    let bank = ["--holder", "Frida", "--iban"];
    refused(&[&[FRIDA][..], &bank, &["DE89370400440532013001"]].concat(), "--iban: not an IBAN")?;
    refused(&[FRIDA, "--external", "card"], "SYSTEM:TOKEN")?;

    assert_eq!(change(&["--suspend"])?, "changed     frida\n");
    let town = &desk.scene.town;
    let order = town.order(&offer).by(&town.party(FRIDA)).sign()?;
    // Servers see it within seconds.
    let mut reply = desk.scene.order(&order).await?;
    for _ in 0..100 {
        if reply.refused(403, Code::ConsumerSuspended).is_ok() {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        reply = desk.scene.order(&town.order(&offer).by(&town.party(FRIDA)).sign()?).await?;
    }
    reply.refused(403, Code::ConsumerSuspended)?;
    assert_eq!(change(&["--reinstate"])?, "changed     frida\n");

    // What is personal is not repeated.
    let kept = change(&[&bank[..], &["DE89370400440532013000", "--email", "frida@example.org"]].concat())?;
    assert_eq!(kept, "changed     frida\n");
    let callback = "https://shop.example.org/receipts";
    let key = desk.works(&["party", "change", PARKING, "--callback", callback])?;
    assert!(key.starts_with("callback    whsec_") && key.contains("It is shown only here."), "{key}");
    let another = desk.works(&["party", "change", PARKING, "--callback-key"])?;
    assert!(another.starts_with("callback    whsec_") && another.lines().next() != key.lines().next());
    assert!(
        another.contains("The last key signs too until 20") && !key.contains("The last key"),
        "{another}"
    );
    refused(&[FRIDA, "--callback-key"], "there is no callback address")?;
    let core = town.core(&desk.scene.database)?;
    let details = core.details(&town.party(FRIDA).id)?.context("frida")?;
    core.shut_down();
    assert!(details.email.is_some() && details.bank.is_some());
    assert!(!desk.scene.app.log().contains("frida@example.org"));
    let payments = u64::try_from(desk.scene.database.sql()?.number("SELECT COUNT(*) FROM payment")?)?;
    desk.close(payments)
}

async fn fees_are_agreed_on_from_a_day_to_come(database: Database) -> Result<()> {
    let desk = Desk::open(database, []).await?;
    let day = |days| clock::now().saturating_add_millis(days * DAY).to_string()[..10].to_owned();
    let (begins, past) = (day(10), day(-1));
    let fees = |name: &str, more: &[&str]| {
        desk.say(&[&["party", "fees", name, "--share-ppm", "12000"], more].concat())
    };
    let refused = |name: &str, more: &[&str], words: &str| {
        desk.fails(&[&["party", "fees", name, "--share-ppm", "12000"], more].concat(), words)
    };
    let agreed = fees(PARKING, &["--cadence", "daily", "--minimum", "1.00", "--from", &begins])?;
    assert_eq!(agreed.out, format!("agreed with parking, from {begins}T00:00:00.000Z\n"), "{agreed:?}");
    let agreed = fees(PARKING, &["--fixed", "0.02"])?;
    assert!(agreed.code == Some(0) && agreed.out.starts_with("agreed with parking, from 20"), "{agreed:?}");
    let kept = "SELECT CAST(COUNT(*) AS TEXT) AS value FROM fee_schedule WHERE share_ppm = 12000";
    assert_eq!(desk.word(kept)?, "2");

    desk.fails(&["party", "fees", PARKING], "--share-ppm <MILLIONTHS>")?;
    desk.fails(&["party", "fees", PARKING, "--share-ppm", "1.5"], "invalid value '1.5'")?;
    desk.fails(&["party", "fees", PARKING, "--share-ppm", "1000001"], "at most 1,000,000 millionths")?;
    refused(PARKING, &["--from", &begins], "parking: other terms begin at the same time")?;
    refused(PARKING, &["--from", &past], "a schedule begins at a midnight to come")?;
    refused(PARKING, &["--from", "tomorrow"], "--from: a day is written 2026-12-01")?;
    refused(PARKING, &["--cadence", "hourly"], "--cadence: a cadence is daily, weekly or monthly")?;
    refused(PARKING, &["--fixed", "two"], "--fixed: not a decimal amount")?;
    refused(PARKING, &["--minimum=-1.00"], "not below zero")?;
    refused(PARKING, &["--currency", "USD"], "parking: the merchant has no account in USD")?;
    refused("nobody", &[], "nobody: no such merchant")?;
    refused(FRIDA, &[], "frida: no such merchant")?;
    assert_eq!(desk.word(kept)?, "2");
    desk.close(0)
}
