//! Letters that consumers asked for: sent once to whoever switched them on, to nobody else, and by no rebuilding again.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use backoffice::sales::fold::SalesWorker;
use core_payment::DatabaseUrl;
use tests::clock::MachineClock;
use tests::database::Database;
use tests::on_each_database;
use tests::portal::{Portals, Visitor};
use tests::town::people::{ALICE_NUMBER, BOB, BOB_NUMBER};

on_each_database!(
    whoever_switched_letters_on_is_told_of_a_payment_once,
    that_little_is_left_is_said_once_a_day,
    a_letter_that_cannot_be_sent_holds_nobody_up_and_comes_later,
);

/// How long a letter may take: the read model looks every half second, the worker every second.
const PATIENCE: Duration = Duration::from_secs(30);

/// Where the texts for a number arrive; the newest takes the place of the one before.
fn note(portals: &Portals, number: &str) -> PathBuf {
    portals.scene.town.folder().join(format!("codes/{number}.note.txt"))
}

/// The text for a number, which is gone afterwards.
async fn read(portals: &Portals, number: &str) -> Result<String> {
    let (file, start) = (note(portals, number), Instant::now());
    while !file.exists() {
        ensure!(start.elapsed() < PATIENCE, "no text came for {number}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let text = std::fs::read_to_string(&file)?;
    std::fs::remove_file(file)?;
    Ok(text)
}

/// Waits until the read model has come to every payment, and no letter waits that is due.
async fn until_quiet(portals: &Portals) -> Result<()> {
    let (mut sql, start) = (portals.scene.database.sql()?, Instant::now());
    loop {
        let unread = sql.number(
            "SELECT COUNT(*) FROM payment p WHERE NOT EXISTS (SELECT 1 FROM sale s WHERE s.merchant = p.merchant AND s.id = p.id)",
        )?;
        if unread == 0 && sql.number("SELECT COUNT(*) FROM alert WHERE tries = 0")? == 0 {
            // What was taken is sent within moments; what was put off waits a minute at least.
            tokio::time::sleep(Duration::from_millis(500)).await;
            return Ok(());
        }
        ensure!(start.elapsed() < PATIENCE, "{unread} payments are not read");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

async fn switch_on(who: &mut Visitor, what: &[(&str, &str)]) -> Result<()> {
    let page = who.get("/interests").await?.shown()?;
    ensure!(who.submit(&page, "/interests", what).await?.leads()? == "/interests");
    Ok(())
}

/// Alice, or somebody else, pays at the door.
async fn pay(portals: &Portals, price: &str, who: Option<&str>) -> Result<String> {
    let town = &portals.scene.town;
    let offer = portals.scene.deposit(town.offer("parking", price)).await?;
    let mut order = town.order(&offer);
    if let Some(who) = who {
        order = order.by(&town.party(who));
    }
    Ok(portals.scene.pay(&order.sign()?).await?.order_id.to_string())
}

async fn whoever_switched_letters_on_is_told_of_a_payment_once(database: Database) -> Result<()> {
    let mut portals = Portals::open(database).await?;
    let (mut alice, mut bob) = (portals.browser()?, portals.browser()?);
    alice.sign_in(ALICE_NUMBER).await?;
    bob.sign_in(BOB_NUMBER).await?;
    pay(&portals, "0.70", None).await?;
    let page = alice.get("/interests").await?.shown()?;
    ensure!(page.text.contains("nothing is ever sent") && page.text.contains("€5.00"), "{page:?}");
    switch_on(&mut alice, &[("payments", "yes")]).await?;
    // Interested, but not in letters.
    switch_on(&mut bob, &[("advantages", "yes"), ("news", "yes")]).await?;
    until_quiet(&portals).await?;
    ensure!(!note(&portals, ALICE_NUMBER).exists(), "what was paid before is not written about");

    let order = pay(&portals, "1.80", None).await?;
    pay(&portals, "2.30", Some(BOB)).await?;
    let text = read(&portals, ALICE_NUMBER).await?;
    ensure!(text.contains("€1.80") && text.contains("parking") && !text.contains("€5.00"), "{text}");
    ensure!(text.contains(&format!("{}/payments/{order}", portals.consumer)), "where to look: {text}");
    ensure!(!text.contains("€97"), "what is left is not for everybody who reads it: {text}");
    until_quiet(&portals).await?;
    let mut sql = portals.scene.database.sql()?;
    ensure!(sql.number("SELECT COUNT(*) FROM alert")? == 0, "nothing waits");

    // Neither a restart nor folding again from zero, by another worker, writes again.
    portals.scene.app.stop()?;
    let core = portals.scene.town.core(&portals.scene.database)?;
    let url = DatabaseUrl::parse(portals.scene.database.url())?;
    let worker = SalesWorker::new(core.clone(), url, Arc::new(MachineClock));
    tokio::task::spawn_blocking(move || worker.rebuild()).await??;
    core.shut_down();
    ensure!(sql.number("SELECT COUNT(*) FROM sale")? == 3, "everything is folded again");
    ensure!(sql.number("SELECT COUNT(*) FROM alert")? == 0, "rebuilding asks for nothing");
    portals.scene.app.restart().await?;
    tokio::time::sleep(Duration::from_secs(3)).await;
    for number in [ALICE_NUMBER, BOB_NUMBER] {
        ensure!(!note(&portals, number).exists(), "{number} was written to again, or at all");
    }

    // It still works, and switched off it ends.
    pay(&portals, "0.90", None).await?;
    ensure!(read(&portals, ALICE_NUMBER).await?.contains("€0.90"));
    let mut alice = portals.browser()?;
    alice.sign_in(ALICE_NUMBER).await?;
    switch_off(&mut alice).await?;
    pay(&portals, "0.80", None).await?;
    until_quiet(&portals).await?;
    tokio::time::sleep(Duration::from_secs(2)).await;
    ensure!(!note(&portals, ALICE_NUMBER).exists(), "it was switched off");
    portals.scene.close(5)
}

async fn switch_off(who: &mut Visitor) -> Result<()> {
    let page = who.get("/interests").await?.shown()?;
    let mut form = page.form("/interests")?;
    form.retain(|(name, _)| !["payments", "low"].contains(&name.as_str()));
    ensure!(who.post("/interests", &form).await?.leads()? == "/interests");
    ensure!(!who.get("/interests").await?.text.contains(" checked"));
    Ok(())
}

async fn that_little_is_left_is_said_once_a_day(database: Database) -> Result<()> {
    let mut portals = Portals::open(database).await?;
    let mut alice = portals.browser()?;
    alice.sign_in(ALICE_NUMBER).await?;
    switch_on(&mut alice, &[("low", "yes")]).await?;
    let mut sql = portals.scene.database.sql()?;
    pay(&portals, "1.80", None).await?;
    until_quiet(&portals).await?;
    ensure!(!note(&portals, ALICE_NUMBER).exists(), "EUR 98.20 is not little");

    // To EUR 4.90, as small payments, which need no passkey.
    while portals.scene.balance("alice")? > 9_000_000 {
        pay(&portals, "4.50", None).await?;
    }
    let payments = sql.number("SELECT COUNT(*) FROM payment")?;
    until_quiet(&portals).await?;
    ensure!(!note(&portals, ALICE_NUMBER).exists(), "it is not little yet");
    pay(&portals, "4.00", None).await?;
    let text = read(&portals, ALICE_NUMBER).await?;
    ensure!(text.contains("Less than €5.00") && !text.contains("€4.00"), "this letter only: {text}");
    pay(&portals, "0.30", None).await?;
    until_quiet(&portals).await?;
    ensure!(!note(&portals, ALICE_NUMBER).exists(), "one a day");
    sql.execute("UPDATE interest SET little_at = little_at - 86400000")?;
    pay(&portals, "0.30", None).await?;
    ensure!(read(&portals, ALICE_NUMBER).await?.contains("Less than €5.00"));
    portals.scene.close(u64::try_from(payments + 3)?)
}

async fn a_letter_that_cannot_be_sent_holds_nobody_up_and_comes_later(database: Database) -> Result<()> {
    let mut portals = Portals::open(database).await?;
    let (mut alice, mut bob) = (portals.browser()?, portals.browser()?);
    alice.sign_in(ALICE_NUMBER).await?;
    bob.sign_in(BOB_NUMBER).await?;
    switch_on(&mut alice, &[("payments", "yes")]).await?;
    switch_on(&mut bob, &[("payments", "yes")]).await?;
    // Nothing can be written where her texts are made.
    let blocked = portals.scene.town.folder().join(format!("codes/.{ALICE_NUMBER}.note.part"));
    std::fs::create_dir(&blocked)?;
    pay(&portals, "1.80", None).await?;
    until_quiet(&portals).await?;
    pay(&portals, "2.30", Some(BOB)).await?;
    ensure!(read(&portals, BOB_NUMBER).await?.contains("€2.30"), "she does not hold him up");
    let mut sql = portals.scene.database.sql()?;
    ensure!(sql.number("SELECT tries FROM alert")? == 1, "hers waits, and is the only one");
    ensure!(!note(&portals, ALICE_NUMBER).exists());

    std::fs::remove_dir(&blocked)?;
    sql.execute("UPDATE alert SET due_at = 0")?;
    ensure!(read(&portals, ALICE_NUMBER).await?.contains("€1.80"), "later");

    // In the end it is given up, and written down without a word about whom it was for.
    std::fs::create_dir(&blocked)?;
    pay(&portals, "0.90", None).await?;
    until_quiet(&portals).await?;
    sql.execute("UPDATE alert SET tries = 8, due_at = 0")?;
    let start = Instant::now();
    while sql.number("SELECT COUNT(*) FROM alert")? > 0 {
        ensure!(start.elapsed() < PATIENCE, "it is never given up");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let log = std::fs::read_to_string(portals.scene.town.folder().join("server.log"))?;
    log.lines().find(|line| line.contains("a letter was given up")).context("it is written down")?;
    ensure!(!log.contains(ALICE_NUMBER) && !log.contains("33612345601"), "no number stands in the log");
    ensure!(!note(&portals, ALICE_NUMBER).exists());
    portals.scene.close(3)
}
