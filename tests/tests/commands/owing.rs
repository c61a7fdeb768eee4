//! `bill`: who never pays is reminded and suspended, sends money in the end, and can pay again.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use payment_domain::Offer;
use payment_message::Code;
use tests::database::Database;
use tests::town::{Newcomer, Signed};
use tests::{on_each_database, random};

use crate::desk::{Desk, FRIDA};

on_each_database!(
    who_never_pays_is_suspended_and_reinstated_by_a_transfer,
    whom_an_operator_has_suspended_no_transfer_reinstates,
    what_is_booked_on_bills_is_checked,
);

/// Everything at once: asked, reminded for 2.00, suspended.
const SETTINGS: &str = "\
[aggregation]
every_ms = 100
[aggregation.dunning]
collect_after_days = 0
retry_after_days = []
remind_after_days = [0]
suspend_after_days = 0
reminder_fee = '2.00'
[bank]
holder = 'City Transport'
iban = 'DE44500105175407324931'
";

const OTTO: &str = "otto";

/// Buys for 3.60 and is billed; returns the number of the bill.
async fn billed(desk: &Desk, consumer: &str, offer: &Signed<Offer>) -> Result<String> {
    desk.pay(consumer, offer).await?;
    desk.pay(consumer, offer).await?;
    desk.works(&["close-period", "--all", "--of", "consumers"])?;
    desk.word(&format!(
        "SELECT CAST(MAX(b.position) AS TEXT) AS value FROM bill b JOIN party p ON p.id = b.consumer WHERE p.name = '{consumer}'"
    ))
}

/// Waits until the server has brought a bill to a state.
async fn comes_to(desk: &Desk, bill: &str, state: &str) -> Result<()> {
    let mut found = String::new();
    for _ in 0..300 {
        found = desk.word(&format!("SELECT state AS value FROM bill WHERE position = {bill}"))?;
        if found == state {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    anyhow::bail!("bill {bill} is {found}, not {state}")
}

/// Orders until the answer is this; servers see within seconds who is suspended. Returns how often was paid.
async fn orders_until(desk: &Desk, consumer: &str, offer: &Signed<Offer>, suspended: bool) -> Result<u64> {
    let town = &desk.scene.town;
    let mut paid = 0;
    for _ in 0..200 {
        let reply = desk.scene.order(&town.order(offer).by(&town.party(consumer)).sign()?).await?;
        let refused = reply.refused(403, Code::ConsumerSuspended).is_ok();
        if !refused {
            reply.receipt().context("neither paid nor suspended")?;
            paid += 1;
        }
        if refused == suspended {
            return Ok(paid);
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    anyhow::bail!("{consumer} is not {}", if suspended { "suspended" } else { "reinstated" })
}

async fn who_never_pays_is_suspended_and_reinstated_by_a_transfer(database: Database) -> Result<()> {
    let desk = Desk::open_with(database, [], SETTINGS).await?;
    assert_eq!(desk.works(&["bill", "list"])?, "nothing is open\n");
    let offer = desk.offer("1.80").await?;
    let bill = billed(&desk, FRIDA, &offer).await?;
    comes_to(&desk, &bill, "suspended").await?;
    let mut payments = 2 + orders_until(&desk, FRIDA, &offer, true).await?;
    let listed = format!("{bill}  frida  EUR 3.60 due  EUR 3.60 open  suspended\n");
    for list in [&["bill", "list"][..], &["bill", "list", "--consumer", FRIDA, "--settled"]] {
        assert_eq!(desk.works(list)?, listed);
    }

    // What frida was told.
    let issued = "SELECT CAST(id AS TEXT) AS value FROM evidence WHERE kind = 'issued' ORDER BY id";
    let letters = desk.scene.database.sql()?.words(issued)?;
    let [.., reminder, suspension] = &letters[..] else { anyhow::bail!("no letters: {letters:?}") };
    let text = desk.works(&["show-bill", reminder])?;
    for words in [
        format!("Reminder 1 of bill {bill}").as_str(),
        "3.60",
        "This reminder costs €2.00",
        format!("METEORE bill {bill}").as_str(),
        "DE44500105175407324931 (City Transport)",
    ] {
        ensure!(text.contains(words), "no `{words}` in {text}");
    }
    let text = desk.works(&["show-bill", suspension])?;
    ensure!(text.contains("Payments suspended") && text.contains("at once"), "{text}");
    let path = desk.path("reminder.xml")?;
    desk.works(&["show-bill", reminder, "--format", "xml", "-o", &path])?;
    let verified = desk.works(&["verify", &path, "--ca", &desk.root()?])?;
    ensure!(verified.contains("good") && verified.contains("Reminder"), "{verified}");

    // Two parts, and the first of them once more.
    let id = random::uuid().to_string();
    let first = ["bill", "pay", &bill, "1.60", "--id", &id];
    let said = desk.works(&first)?;
    ensure!(
        said.starts_with(&format!("paid      EUR 1.60 on bill {bill} of frida\nid        {id}\n")),
        "{said}"
    );
    ensure!(said.ends_with("open      EUR 2.00, suspended\n"), "{said}");
    let again = desk.works(&first)?;
    ensure!(again.contains("under this id: nothing is booked now"), "{again}");
    ensure!(again.ends_with("open      EUR 2.00, suspended\n"), "{again}");
    desk.fails(&["bill", "pay", &bill, "2.01"], "at most EUR 2.00 can be booked on this bill")?;
    desk.fails(&["bill", "pay", &bill, "2.00", "--id", &id], "the id was used before, for something else")?;
    let said = desk.works(&["bill", "pay", &bill, "2.00"])?;
    ensure!(said.contains("open      EUR 0.00, paid"), "{said}");
    comes_to(&desk, &bill, "paid").await?;
    payments += orders_until(&desk, FRIDA, &offer, false).await?;
    assert_eq!(desk.works(&["bill", "list"])?, "nothing is open\n");
    let shown = desk.works(&["bill", "show", &bill])?;
    for words in [
        format!("bill         {bill} of frida\n"),
        "paid         EUR 3.60, EUR 0.00 of it by credit on the account\n".to_owned(),
        "open         EUR 0.00\nstate        paid\n".to_owned(),
        "paid         EUR 1.60 at bank, 20".to_owned(),
        format!(", id {id}\n"),
        "paid         EUR 2.00 at bank, 20".to_owned(),
    ] {
        ensure!(shown.contains(&words), "no `{words}` in {shown}");
    }
    desk.close(payments)
}

async fn whom_an_operator_has_suspended_no_transfer_reinstates(database: Database) -> Result<()> {
    let desk = Desk::open_with(database, [Newcomer::postpaid(OTTO, "50.00")], SETTINGS).await?;
    let offer = desk.offer("1.80").await?;
    desk.pay(OTTO, &offer).await?;
    desk.pay(OTTO, &offer).await?;
    desk.works(&["party", "change", OTTO, "--suspend"])?;
    desk.works(&["close-period", "--all", "--of", "consumers"])?;
    let bill = desk.word("SELECT CAST(position AS TEXT) AS value FROM bill")?;
    comes_to(&desk, &bill, "suspended").await?;
    let paid = orders_until(&desk, OTTO, &offer, true).await?;
    desk.works(&["bill", "pay", &bill, "3.60"])?;
    comes_to(&desk, &bill, "paid").await?;
    // Long enough for every server to forget what it knew of otto.
    tokio::time::sleep(Duration::from_secs(11)).await;
    assert_eq!(orders_until(&desk, OTTO, &offer, true).await?, 0, "a payment ended what an operator began");
    desk.works(&["party", "change", OTTO, "--reinstate"])?;
    let reinstated = orders_until(&desk, OTTO, &offer, false).await?;
    desk.close(2 + paid + reinstated)
}

async fn what_is_booked_on_bills_is_checked(database: Database) -> Result<()> {
    let desk = Desk::open_with(database, [], SETTINGS).await?;
    let offer = desk.offer("1.80").await?;
    let bill = billed(&desk, FRIDA, &offer).await?;
    comes_to(&desk, &bill, "suspended").await?;
    for command in ["pay", "return"] {
        let fails = |rest: &[&str], words: &str| desk.fails(&[&["bill", command], rest].concat(), words);
        fails(&[], "<NUMBER>")?;
        fails(&[&bill], "<AMOUNT>")?;
        fails(&["seven", "1.00"], "the number of a bill is a whole number")?;
        fails(&["7", "1.00"], "there is no bill 7")?;
        fails(&[&bill, "much"], "the amount: ")?;
        fails(&[&bill, "0.00"], "the amount must be above zero")?;
        fails(&[&bill, "0.005"], "not in fractions of what banks move")?;
        fails(&[&bill, "1.00", "--id", "first"], "--id: ")?;
        fails(&[&bill, "1.00", "--system", "bnak"], "--system: bank")?;
    }
    desk.fails(&["bill", "return", &bill, "1.00"], "at most EUR 0.00 can be booked on this bill")?;
    desk.fails(&["bill", "show", "seven"], "the number of a bill is a whole number")?;
    desk.fails(&["bill", "write-off", "7"], "there is no bill 7")?;
    desk.fails(&["bill", "list", "--consumer", "nobody"], "--consumer: nobody is not registered")?;

    desk.works(&["bill", "pay", &bill, "3.60"])?;
    comes_to(&desk, &bill, "paid").await?;
    desk.fails(&["bill", "write-off", &bill], "a bill that is paid cannot take being given up")?;
    let id = random::uuid().to_string();
    let back = ["bill", "return", &bill, "1.50", "--id", &id];
    let said = desk.works(&back)?;
    ensure!(said.starts_with(&format!("returned  EUR 1.50 on bill {bill} of frida\n")), "{said}");
    ensure!(desk.works(&back)?.contains("nothing is booked now"), "a repeated return");
    comes_to(&desk, &bill, "suspended").await?;
    let said = desk.works(&["bill", "write-off", &bill])?;
    assert_eq!(said, format!("given up  EUR 1.50 of bill {bill} of frida\n"));
    let twice = "a bill that is written-off cannot take being given up";
    desk.fails(&["bill", "write-off", &bill], twice)?;
    let settled = desk.works(&["bill", "list", "--settled"])?;
    assert_eq!(settled, format!("{bill}  frida  EUR 3.60 due  EUR 0.00 open  written-off\n"));
    desk.close(2)
}
