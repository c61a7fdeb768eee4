//! Sessions: nobody can plant one, and each of them ends.

use anyhow::{Context as _, Result, ensure};
use backoffice::web::Audience;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use tests::database::{Database, Engine};
use tests::on_each_database;
use tests::storage::Sql;

use crate::browser::{Browser, between};
use crate::stage::{HOUR_MS, MINUTE_MS, Stage};

on_each_database!(
    the_token_of_a_browser_changes_when_somebody_signs_in,
    a_session_that_is_over_cannot_be_taken_up_again,
    a_merchants_session_ends_after_half_an_hour_of_rest_and_twelve_hours_of_work,
    a_consumers_session_lasts_a_month_but_keys_are_touched_with_a_fresh_proof_only,
    somebody_ends_their_other_sessions_and_nobody_elses,
    what_is_in_the_database_is_no_token,
);

const ADA: &str = "ada@example.org";
const COOKIE: &str = "__Host-meteore-consumer";

async fn the_token_of_a_browser_changes_when_somebody_signs_in(database: Database) -> Result<()> {
    let stage = Stage::open(database, Audience::Consumers).await?;
    stage.signed_in(ADA).await?;
    let mut ada = stage.browser()?;
    ada.get("/sign-in").await?;
    let planted = ada.cookies.clone();
    stage.enter(&mut ada, ADA).await?.leads_to("/")?;
    ensure!(planted.contains_key(COOKIE) && planted.get(COOKIE) != ada.cookies.get(COOKIE));
    let mut eve = stage.browser()?;
    eve.cookies = planted;
    signed_out(&mut eve).await?;
    // And again when they prove it once more.
    let before = ada.cookies.clone();
    ada.get("/confirm?next=%2Fkeys").await?.says(200, "Is it you?")?;
    ada.post("/confirm", &[("next", "/keys")]).await?.leads_to("/code")?;
    ada.get("/code").await?;
    ada.post("/code", &[("code", &stage.post.code(ADA)?)]).await?.leads_to("/keys")?;
    eve.cookies = before;
    signed_out(&mut eve).await?;
    signed_in(&mut ada).await
}

async fn a_session_that_is_over_cannot_be_taken_up_again(database: Database) -> Result<()> {
    let stage = Stage::open(database, Audience::Consumers).await?;
    let mut ada = stage.signed_in(ADA).await?;
    ada.get("/keys").await?;
    let before = ada.cookies.clone();
    ada.post("/sign-out", &[]).await?.leads_to("/sign-in")?;
    ensure!(!ada.cookies.contains_key(COOKIE));
    ada.get("/sign-in").await?.says(200, "You are signed out.")?;
    ada.cookies = before;
    signed_out(&mut ada).await
}

async fn a_merchants_session_ends_after_half_an_hour_of_rest_and_twelve_hours_of_work(
    database: Database,
) -> Result<()> {
    let stage = Stage::open(database, Audience::Merchants).await?;
    let mut resting = stage.signed_in(ADA).await?;
    stage.clock.pass(30 * MINUTE_MS - 1);
    signed_in(&mut resting).await?;
    stage.clock.pass(30 * MINUTE_MS);
    signed_out(&mut resting).await?;

    let mut working = stage.signed_in(ADA).await?;
    for _ in 0..35 {
        stage.clock.pass(20 * MINUTE_MS);
        signed_in(&mut working).await?;
    }
    stage.clock.pass(20 * MINUTE_MS);
    signed_out(&mut working).await
}

async fn a_consumers_session_lasts_a_month_but_keys_are_touched_with_a_fresh_proof_only(
    database: Database,
) -> Result<()> {
    let stage = Stage::open(database, Audience::Consumers).await?;
    let mut ada = stage.signed_in(ADA).await?;
    ada.get("/keys").await?;
    ada.post("/keys/remove", &[("id", "00")]).await?.says(404, "Nothing here")?;
    stage.clock.pass(10 * MINUTE_MS);
    ada.post("/keys/remove", &[("id", "00")]).await?.leads_to("/confirm?next=%2F")?;
    stage.clock.pass(29 * 24 * HOUR_MS);
    signed_in(&mut ada).await?;
    stage.clock.pass(24 * HOUR_MS);
    signed_out(&mut ada).await
}

async fn somebody_ends_their_other_sessions_and_nobody_elses(database: Database) -> Result<()> {
    let stage = Stage::open(database, Audience::Consumers).await?;
    let (mut laptop, mut phone) = (stage.signed_in(ADA).await?, stage.signed_in(ADA).await?);
    let (mut tablet, mut eve) = (stage.signed_in(ADA).await?, stage.signed_in("eve@example.org").await?);
    let page = laptop.get("/keys").await?;
    let others: Vec<String> = page
        .body
        .split("action=\"/keys/end-session\"")
        .skip(1)
        .filter_map(|form| between(form, "name=\"id\" value=\"", "\"").map(str::to_owned))
        .collect();
    ensure!(others.len() == 2, "{others:?}");
    eve.get("/keys").await?;
    eve.post("/keys/end-session", &[("id", &others[0])]).await?.says(404, "Nothing here")?;
    signed_in(&mut tablet).await?;
    signed_in(&mut phone).await?;
    laptop.post("/keys/end-session", &[("id", &others[0])]).await?.leads_to("/keys")?;
    let left = [tablet.get("/keys").await?.status, phone.get("/keys").await?.status];
    ensure!(left.iter().filter(|status| **status == 200).count() == 1, "{left:?}");
    laptop.get("/keys").await?;
    laptop.post("/keys/end-others", &[("id", "")]).await?.leads_to("/keys")?;
    signed_out(&mut tablet).await?;
    signed_out(&mut phone).await?;
    signed_in(&mut laptop).await?;
    signed_in(&mut eve).await
}

async fn what_is_in_the_database_is_no_token(database: Database) -> Result<()> {
    let stage = Stage::open(database, Audience::Consumers).await?;
    let ada = stage.signed_in(ADA).await?;
    let token = URL_SAFE_NO_PAD.decode(ada.cookies.get(COOKIE).context("no token")?)?;
    let dumped = |columns: &[&str], table: &str| -> Result<String> {
        let hex = |column: &&str| match stage.database.engine() {
            Engine::Sqlite => format!("hex({column})"),
            Engine::Postgres => format!("upper(encode({column}, 'hex'))"),
        };
        let columns: Vec<_> = columns.iter().map(hex).collect();
        let query = format!("SELECT {} AS value FROM {table}", columns.join(" || '/' || "));
        Ok(Sql::open(stage.database.url())?.words(&query)?.join("\n"))
    };
    let sessions = dumped(&["token_hash"], "portal_session")?;
    ensure!(sessions.len() == 64 && !sessions.contains(&hex(&token)), "{sessions}");
    let persons = dumped(&["sealed", "email_index"], "person")?;
    ensure!(
        persons.len() > 64 && !persons.contains(&hex(b"ada@")) && !persons.contains(&hex(b"Ada")),
        "{persons}"
    );
    Ok(())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02X}")).collect()
}

async fn signed_in(browser: &mut Browser) -> Result<()> {
    browser.get("/keys").await?.says(200, "Where you are signed in")
}

async fn signed_out(browser: &mut Browser) -> Result<()> {
    browser.get("/keys").await?.leads_to("/sign-in?next=%2Fkeys")
}
