//! Codes: once, soon, few, here, and the same for everybody.

use anyhow::{Result, ensure};
use backoffice::web::{Audience, Rate, Rates};
use payment_domain::{Currency, PartyId};
use tests::database::Database;
use tests::on_each_database;

use crate::browser::{Browser, between};
use crate::stage::{HOUR_MS, MINUTE_MS, Stage, UNLIMITED, sheet};

on_each_database!(
    a_newcomer_opens_an_account_by_a_code_and_comes_back_by_another,
    a_phone_number_is_an_account_too_and_its_spelling_does_not_matter,
    a_merchant_opens_an_account_with_bank_data_that_is_checked,
    a_code_counts_once_and_in_the_browser_that_asked,
    a_code_is_too_old_after_ten_minutes,
    five_wrong_codes_are_the_end_of_a_code,
    wrong_codes_lock_an_address_for_a_while_whoever_tries,
    codes_to_one_address_are_few,
    codes_asked_from_one_place_are_few,
    nobody_learns_who_has_an_account,
    a_code_that_was_not_sent_is_said_to_be_so,
    an_address_that_is_none_is_said_to_be_so_and_not_echoed_as_markup,
    nobody_is_led_to_another_site,
);

const ADA: &str = "ada@example.org";

async fn a_newcomer_opens_an_account_by_a_code_and_comes_back_by_another(database: Database) -> Result<()> {
    let stage = Stage::open(database, Audience::Consumers).await?;
    let mut ada = stage.browser()?;
    stage.enter(&mut ada, ADA).await?.leads_to("/welcome")?;
    ada.get("/keys").await?.leads_to("/sign-in?next=%2Fkeys")?;
    ada.get("/welcome").await?.says(200, ADA)?;
    ada.post("/welcome", &[("name", "Ada")]).await?.says(422, "Without the terms")?;
    ada.post("/welcome", &[("name", "Ada"), ("terms", "yes")]).await?.leads_to("/")?;
    ada.get("/keys").await?.says(200, "Where you are signed in")?;
    // What was proved counts once.
    ada.get("/welcome").await?.leads_to("/sign-in")?;

    let mut elsewhere = stage.browser()?;
    stage.enter(&mut elsewhere, "Ada@Example.ORG").await.expect_err("a code to another spelling");
    stage.enter(&mut elsewhere, ADA).await?.leads_to("/")?;
    elsewhere.get("/keys").await?.says(200, "Ada")?;
    Ok(())
}

async fn a_phone_number_is_an_account_too_and_its_spelling_does_not_matter(database: Database) -> Result<()> {
    let stage = Stage::open(database, Audience::Consumers).await?;
    stage.signed_in("+33699887766").await?;
    let mut again = stage.browser()?;
    again.get("/sign-in").await?;
    again.post("/sign-in", &[("reach", "0033 6 99-88-77-66")]).await?.leads_to("/code")?;
    again.get("/code").await?;
    again.post("/code", &[("code", &stage.post.code("+33699887766")?)]).await?.leads_to("/")?;
    // Whoever pays by text message has an account already.
    let alice = payment_domain::Msisdn::parse("+33699887766")?;
    let party = stage.core.consumer_with(&alice)?.expect("a consumer with this number");
    ensure!(stage.core.balance(&party, Currency::parse("EUR")?)?.is_some_and(|money| money.micros() == 0));
    Ok(())
}

async fn a_merchant_opens_an_account_with_bank_data_that_is_checked(database: Database) -> Result<()> {
    let stage = Stage::open(database, Audience::Merchants).await?;
    let mut ada = stage.browser()?;
    stage.enter(&mut ada, ADA).await?.leads_to("/welcome")?;
    ada.get("/welcome").await?.says(200, "IBAN")?;
    let mut wrong = sheet();
    wrong.iter_mut().filter(|(name, _)| *name == "iban").for_each(|field| field.1 = "DE00 1234");
    ada.post("/welcome", &wrong).await?.says(422, "This is not an IBAN")?;
    ada.post("/welcome", &sheet()).await?.leads_to("/")?;
    ada.get("/keys").await?.says(200, "Ada")?;
    let named = "SELECT name AS value FROM party WHERE name LIKE 'kiosk-ada-%' AND role = 'merchant'";
    let parties = stage.database.sql()?.words(named)?;
    ensure!(parties.len() == 1, "{parties:?}");
    let details = stage.core.details(&PartyId::parse(&parties[0])?)?.expect("details");
    let bank = details.bank.expect("a bank account").account;
    ensure!(bank.iban.reveal() == "DE89370400440532013000" && bank.holder.as_str() == "Kiosk Ada");
    ensure!(details.email.is_some_and(|email| email.reveal() == ADA));
    Ok(())
}

async fn a_code_counts_once_and_in_the_browser_that_asked(database: Database) -> Result<()> {
    let stage = Stage::open(database, Audience::Consumers).await?;
    stage.signed_in(ADA).await?;
    let (mut mine, mut thief) = (stage.browser()?, stage.browser()?);
    ask(&mut mine, ADA).await?;
    let code = stage.post.code(ADA)?;
    thief.get("/code").await?;
    thief.post("/code", &[("code", &code)]).await?.says(422, "can no longer be used")?;
    mine.get("/code").await?;
    let (cookies, token) = (mine.cookies.clone(), mine.token.clone());
    mine.post("/code", &[("code", &code)]).await?.leads_to("/")?;
    // The same request again, as somebody who listened would send it.
    let mut replay = stage.browser()?;
    (replay.cookies, replay.token) = (cookies, token);
    replay.post("/code", &[("code", &code)]).await?.says(422, "can no longer be used")?;
    replay.get("/keys").await?.leads_to("/sign-in?next=%2Fkeys")?;
    Ok(())
}

async fn a_code_is_too_old_after_ten_minutes(database: Database) -> Result<()> {
    let stage = Stage::open(database, Audience::Consumers).await?;
    let mut ada = stage.browser()?;
    ask(&mut ada, ADA).await?;
    stage.clock.pass(10 * MINUTE_MS);
    ada.post("/code", &[("code", &stage.post.code(ADA)?)]).await?.says(422, "can no longer be used")?;
    ask(&mut ada, ADA).await?;
    stage.clock.pass(10 * MINUTE_MS - 1);
    ada.post("/code", &[("code", &stage.post.code(ADA)?)]).await?.leads_to("/welcome")?;
    // And opening an account has half an hour.
    stage.clock.pass(30 * MINUTE_MS);
    ada.get("/welcome").await?.leads_to("/sign-in")?;
    Ok(())
}

async fn five_wrong_codes_are_the_end_of_a_code(database: Database) -> Result<()> {
    let stage = Stage::open(database, Audience::Consumers).await?;
    let mut ada = stage.browser()?;
    ask(&mut ada, ADA).await?;
    let code = stage.post.code(ADA)?;
    for left in ["4 more times", "3 more times", "2 more times", "once more", "Ask for another one"] {
        ada.post("/code", &[("code", &wrong(&code))]).await?.says(422, left)?;
    }
    ada.post("/code", &[("code", &code)]).await?.says(422, "can no longer be used")?;
    ada.post("/code", &[("code", "12345")]).await?.says(422, "six digits")?;
    Ok(())
}

async fn wrong_codes_lock_an_address_for_a_while_whoever_tries(database: Database) -> Result<()> {
    let stage = Stage::open(database, Audience::Consumers).await?;
    stage.signed_in(ADA).await?;
    for _ in 0..2 {
        let mut thief = stage.browser()?;
        ask(&mut thief, ADA).await?;
        let code = stage.post.code(ADA)?;
        for _ in 0..5 {
            thief.post("/code", &[("code", &wrong(&code))]).await?.says(422, "This is not the code")?;
        }
    }
    let sent = stage.post.count(ADA);
    let mut ada = stage.browser()?;
    ada.get("/sign-in").await?;
    ada.post("/sign-in", &[("reach", ADA)]).await?.says(422, "Try again in 15 minutes")?;
    ensure!(stage.post.count(ADA) == sent, "a code was sent to an address that is locked");
    stage.clock.pass(15 * MINUTE_MS);
    stage.enter(&mut ada, ADA).await?.leads_to("/")?;
    Ok(())
}

async fn codes_to_one_address_are_few(database: Database) -> Result<()> {
    let stage = Stage::open(database, Audience::Consumers).await?;
    for _ in 0..5 {
        ask(&mut stage.browser()?, ADA).await?;
    }
    let mut sixth = stage.browser()?;
    sixth.get("/sign-in").await?;
    sixth.post("/sign-in", &[("reach", ADA)]).await?.says(422, "Try again in 60 minutes")?;
    ensure!(stage.post.count(ADA) == 5);
    // Others are not concerned.
    ask(&mut sixth, "bob@example.org").await?;
    stage.clock.pass(HOUR_MS);
    ask(&mut sixth, ADA).await
}

async fn codes_asked_from_one_place_are_few(database: Database) -> Result<()> {
    let rates = Rates { code: Rate::per_minute(2), ..UNLIMITED };
    let stage = Stage::open_with(database, Audience::Consumers, rates).await?;
    ask(&mut stage.browser()?, ADA).await?;
    ask(&mut stage.browser()?, "bob@example.org").await?;
    let mut third = stage.browser()?;
    third.get("/sign-in").await?;
    let answer = third.post("/sign-in", &[("reach", "eve@example.org")]).await?;
    answer.says(429, "too often")?;
    ensure!(answer.header("retry-after").parse::<u64>()? > 0);
    Ok(())
}

async fn nobody_learns_who_has_an_account(database: Database) -> Result<()> {
    let stage = Stage::open(database, Audience::Consumers).await?;
    stage.signed_in(ADA).await?;
    let mut seen = Vec::new();
    for address in [ADA, "bob@example.org"] {
        for entry in ["/sign-in", "/sign-up"] {
            let mut browser = stage.browser()?;
            browser.get(entry).await?;
            let asked = browser.post("/sign-in", &[("reach", address)]).await?;
            let page = browser.get("/code").await?;
            let wrong = browser.post("/code", &[("code", &wrong(&stage.post.code(address)?))]).await?;
            let body = [asked.body, page.body, wrong.body].map(|body| masked(&body, address));
            let headers: Vec<String> = asked.headers.keys().map(ToString::to_string).collect();
            seen.push((asked.status, asked.headers.get("location").cloned(), headers, wrong.status, body));
        }
    }
    ensure!(seen.iter().all(|other| *other == seen[0]), "{seen:#?}");
    Ok(())
}

async fn a_code_that_was_not_sent_is_said_to_be_so(database: Database) -> Result<()> {
    let stage = Stage::open(database, Audience::Consumers).await?;
    stage.post.break_down();
    let mut ada = stage.browser()?;
    ada.get("/sign-in").await?;
    ada.post("/sign-in", &[("reach", ADA)]).await?.says(422, "could not be sent")
}

async fn an_address_that_is_none_is_said_to_be_so_and_not_echoed_as_markup(database: Database) -> Result<()> {
    let stage = Stage::open(database, Audience::Consumers).await?;
    let mut ada = stage.browser()?;
    ada.get("/sign-in").await?;
    let answer = ada.post("/sign-in", &[("reach", "\"><script>alert(1)</script>")]).await?;
    answer.says(422, "neither an e-mail address nor a phone number")?;
    ensure!(!answer.body.contains("<script>alert"), "{}", answer.body);
    Ok(())
}

async fn nobody_is_led_to_another_site(database: Database) -> Result<()> {
    let stage = Stage::open(database, Audience::Consumers).await?;
    stage.signed_in(ADA).await?;
    for (next, place) in [
        ("/keys?x=1", "/keys?x=1"),
        ("//evil.example/", "/"),
        ("https://evil.example/", "/"),
        ("/\\evil.example", "/"),
        ("javascript:alert(1)", "/"),
    ] {
        stage.clock.pass(HOUR_MS);
        let mut ada = stage.browser()?;
        ada.get("/sign-in").await?;
        ada.post("/sign-in", &[("reach", ADA), ("next", next)]).await?.leads_to("/code")?;
        ada.get("/code").await?;
        ada.post("/code", &[("code", &stage.post.code(ADA)?)]).await?.leads_to(place)?;
    }
    Ok(())
}

async fn ask(browser: &mut Browser, address: &str) -> Result<()> {
    browser.get("/sign-in").await?;
    browser.post("/sign-in", &[("reach", address)]).await?.leads_to("/code")?;
    browser.get("/code").await.map(drop)
}

/// Another one.
fn wrong(code: &str) -> String {
    let first = if code.starts_with('1') { "2" } else { "1" };
    format!("{first}{}", &code[1..])
}

/// A page without what differs on every page.
fn masked(body: &str, address: &str) -> String {
    let mut body = body.replace(address, "ADDRESS");
    while let Some(token) = between(&body, "name=\"form_token\" value=\"", "\"").map(str::to_owned) {
        body = body.replace(&format!("name=\"form_token\" value=\"{token}\""), "TOKEN");
    }
    body
}
