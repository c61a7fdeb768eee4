//! By e-mail, as with real money: codes to sign in, letters that were asked for, and where somebody is reached, all of it over
//! STARTTLS to a relay of another make.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use payment_domain::Timestamp;
use tests::database::Database;
use tests::on_each_database;
use tests::portal::{Portals, Visitor};
use tests::smtp::{Received, Smtp, USER, WORD};
use tests::town::Town;
use tests::town::people::ALICE;

on_each_database!(codes_and_letters_come_by_the_relay);

const OLD: &str = "alice@example.org";
const NEW: &str = "alice@example.net";
const PATIENCE: Duration = Duration::from_secs(30);

/// The letter of this number: whole, under TLS, after login, to one address alone.
fn letter(smtp: &Smtp, number: usize, to: &str) -> Result<Received> {
    let mut letters = smtp.wait_for(number, PATIENCE)?;
    ensure!(letters.len() == number, "{letters:?}");
    let letter = letters.pop().context("a letter")?;
    ensure!(letter.tls && letter.login.as_deref() == Some(USER), "{letter:?}");
    ensure!(letter.recipients == [to] && letter.defects.is_empty(), "{letter:?}");
    let kinds: Vec<_> = letter.parts.iter().map(|part| part.media_type.as_str()).collect();
    ensure!(kinds == ["text/plain", "text/html"], "{kinds:?}");
    Ok(letter)
}

fn text(letter: &Received) -> String {
    String::from_utf8_lossy(&letter.parts[0].content).into_owned()
}

fn code(letter: &Received) -> Result<String> {
    let text = text(letter);
    let digits = |word: &&str| word.len() == 6 && word.bytes().all(|byte| byte.is_ascii_digit());
    let mut words = text.split(|c: char| !c.is_ascii_alphanumeric());
    words.find(digits).map(str::to_owned).context("no code in the letter")
}

/// Enters the code of a letter where it is asked for.
async fn enter(who: &mut Visitor, letter: &Received, leads_to: &str) -> Result<()> {
    let page = who.get("/code").await?.shown()?;
    let entered = who.submit(&page, "/code", &[("code", &code(letter)?)]).await?;
    ensure!(entered.leads()? == leads_to, "{entered:?}");
    Ok(())
}

async fn codes_and_letters_come_by_the_relay(database: Database) -> Result<()> {
    let Some(smtp) = Smtp::start()? else { return Ok(()) };
    let town = Town::found(&database).await?;
    std::fs::write(town.folder().join("relay.pem"), smtp.root_pem())?;
    std::fs::write(town.folder().join("relay-password"), WORD)?;
    let mail = format!(
        "[mail]\nrelay = \"127.0.0.1\"\nport = {}\nuser = \"{USER}\"\npassword_file = \"relay-password\"\n\
         authorities = \"relay.pem\"\n[aggregation]\nzone = \"+05:30\"\n",
        smtp.port()
    );
    let mut portals = Portals::open_in(town, database, &mail).await?;
    portals.scene.app.command(&["party", "sign-in", ALICE, "--reach", OLD])?;

    let mut alice = portals.browser()?;
    let page = alice.get("/sign-in").await?;
    alice.submit(&page, "/sign-in", &[("reach", OLD)]).await?;
    enter(&mut alice, &letter(&smtp, 1, OLD)?, "/").await?;

    let page = alice.get("/interests").await?.shown()?;
    ensure!(alice.submit(&page, "/interests", &[("payments", "yes")]).await?.leads()? == "/interests");
    let town = &portals.scene.town;
    let offer = portals.scene.deposit(town.offer("parking", "1.80")).await?;
    let order = portals.scene.pay(&town.order(&offer).sign()?).await?.order_id;
    let paid = letter(&smtp, 2, OLD)?;
    let address = format!("{}/payments/{order}", portals.consumer);
    for part in &paid.parts {
        let content = String::from_utf8_lossy(&part.content);
        ensure!(content.contains("€1.80") && content.contains(&address), "{content}");
    }

    // The portal's clock shows the operator's zone, as letters and bills do.
    let page = alice.get(&format!("/payments/{order}")).await?.shown()?;
    let (_, rest) = page.text.split_once("datetime=\"").context("no time")?;
    let (machine, rest) = rest.split_once("\">").context("no time")?;
    let there = Timestamp::parse(machine)?.saturating_add_millis((5 * 60 + 30) * 60 * 1000).to_string();
    let shown = rest.split_once("</time>").context("no time")?.0;
    ensure!(shown.ends_with(&there[11..16]), "{machine} is shown as {shown}");

    // Another address: its code goes there, and the one before is told.
    let page = alice.get("/account").await?.shown()?;
    ensure!(alice.submit(&page, "/account/reach", &[("reach", NEW)]).await?.leads()? == "/code");
    enter(&mut alice, &letter(&smtp, 3, NEW)?, "/account").await?;
    let told = text(&letter(&smtp, 4, OLD)?);
    ensure!(told.contains("is reached at a…@example.net") && !told.contains(NEW), "{told}");
    portals.scene.close(1)
}
