//! What every answer has: headers, cookies, a language, and the form that its terminal understands.

use anyhow::{Context as _, Result, ensure};
use backoffice::web::{Audience, Rate, Rates};
use reqwest::header::SET_COOKIE;
use tests::database::Database;
use tests::on_each_database;

use crate::browser::{Answer, between};
use crate::stage::{Stage, UNLIMITED};

on_each_database!(
    every_answer_says_how_it_may_be_used,
    cookies_are_ours_alone,
    files_of_the_look_are_kept_for_ever_and_pages_never,
    a_page_is_said_in_the_language_that_was_asked_for_and_the_choice_is_kept,
    an_old_phone_gets_a_page_that_it_can_show,
    programs_are_told_what_went_wrong_as_a_problem,
    an_address_that_asks_too_often_has_to_wait,
);

const ADA: &str = "ada@example.org";

async fn every_answer_says_how_it_may_be_used(database: Database) -> Result<()> {
    let stage = Stage::open(database, Audience::Consumers).await?;
    let mut ada = stage.signed_in(ADA).await?;
    let style = style(&ada.get("/keys").await?)?;
    let answers = [
        (200, ada.get("/keys").await?),
        (303, ada.get("/sign-in").await?),
        (404, ada.get("/nowhere").await?),
        (404, ada.get("/api/nowhere").await?),
        (404, ada.get("/look/nowhere.css").await?),
        (403, ada.post_as("/sign-out", &[], None).await?),
        (200, ada.get(&style).await?),
    ];
    for (status, answer) in &answers {
        ensure!(answer.status == *status, "{status}: {answer:?}");
        let policy = answer.header("content-security-policy");
        for part in ["default-src 'none'", "script-src 'self'", "frame-ancestors 'none'", "base-uri 'none'"] {
            ensure!(policy.contains(part), "{part} in {policy}");
        }
        ensure!(!policy.contains("unsafe"), "{policy}");
        for (name, value) in [
            ("strict-transport-security", "max-age=63072000; includeSubDomains"),
            ("x-content-type-options", "nosniff"),
            ("x-frame-options", "DENY"),
            ("referrer-policy", "same-origin"),
            ("cross-origin-opener-policy", "same-origin"),
            ("cross-origin-resource-policy", "same-origin"),
        ] {
            ensure!(answer.header(name) == value, "{name}: {} {:?}", answer.header(name), answer.headers);
        }
        ensure!(answer.header("permissions-policy").contains("camera=()"));
        ensure!(answer.header("x-request-id").len() > 17);
        ensure!(answer.headers.get("server").is_none());
    }
    Ok(())
}

async fn cookies_are_ours_alone(database: Database) -> Result<()> {
    let stage = Stage::open(database, Audience::Consumers).await?;
    let mut ada = stage.browser()?;
    let first = ada.get("/sign-in?lang=fr").await?;
    let asked = ada.post("/sign-in", &[("reach", ADA)]).await?;
    let cookies: Vec<_> =
        [&first, &asked].iter().flat_map(|answer| answer.headers.get_all(SET_COOKIE)).collect();
    ensure!(cookies.len() >= 3, "{cookies:?}");
    for cookie in cookies {
        let cookie = cookie.to_str()?;
        ensure!(cookie.starts_with("__Host-meteore-consumer"), "{cookie}");
        for attribute in ["Secure", "HttpOnly", "SameSite=Lax", "Path=/"] {
            ensure!(cookie.contains(attribute), "{attribute}: {cookie}");
        }
        ensure!(!cookie.contains("Domain"), "{cookie}");
        ensure!(!cookie.contains("ada"), "{cookie}");
    }
    Ok(())
}

async fn files_of_the_look_are_kept_for_ever_and_pages_never(database: Database) -> Result<()> {
    let stage = Stage::open(database, Audience::Consumers).await?;
    let mut ada = stage.browser()?;
    let page = ada.get("/sign-in").await?;
    ensure!(page.header("cache-control") == "no-store");
    let style = ada.get(&style(&page)?).await?;
    ensure!(style.header("cache-control") == "public, max-age=31536000, immutable");
    ensure!(style.header("content-type") == "text/css; charset=utf-8");
    ensure!(style.headers.get(SET_COOKIE).is_none());
    ada.says = vec![("accept-encoding", "gzip".to_owned())];
    ensure!(ada.get("/sign-in").await?.header("content-encoding") == "gzip");
    Ok(())
}

async fn a_page_is_said_in_the_language_that_was_asked_for_and_the_choice_is_kept(
    database: Database,
) -> Result<()> {
    let stage = Stage::open(database, Audience::Consumers).await?;
    let mut ada = stage.browser()?;
    ada.get("/sign-in").await?.says(200, "There is no password")?;
    ada.says = vec![("accept-language", "fr-CH, en;q=0.5".to_owned())];
    let french = ada.get("/sign-in").await?;
    french.says(200, "Il n’y a pas de mot de passe")?;
    french.says(200, "lang=\"fr\"")?;
    french.says(200, "/sign-in?lang=en")?;
    ada.get("/sign-in?next=%2Fkeys&lang=en").await?.says(200, "There is no password")?;
    // The choice counts for more than what the browser says.
    ada.get("/nowhere").await?.says(404, "Nothing here")?;
    ada.get("/sign-in?lang=xx").await?.says(200, "There is no password")?;
    ada.get("/nowhere?lang=fr").await?.says(404, "Rien ici")
}

async fn an_old_phone_gets_a_page_that_it_can_show(database: Database) -> Result<()> {
    let stage = Stage::open(database, Audience::Consumers).await?;
    let mut ada = stage.browser()?;
    let accept = "application/vnd.wap.xhtml+xml, application/xhtml+xml;q=0.9, text/vnd.wap.wml";
    ada.says = vec![("accept", accept.to_owned()), ("user-agent", "Nokia6600/1.0 MIDP-2.0".to_owned())];
    let page = ada.get("/sign-in").await?;
    page.says(200, "XHTML Mobile 1.0")?;
    ensure!(page.header("content-type") == "application/vnd.wap.xhtml+xml; charset=utf-8");
    // It says nothing about where a form comes from.
    let token = ada.token.clone();
    let fields = [("reach", ADA), ("form_token", token.as_str())];
    ada.post_as("/sign-in", &fields, None).await?.leads_to("/code")?;
    ada.get("/code").await?.says(200, "XHTML Mobile 1.0")?;
    ada.get("/nowhere").await?.says(404, "XHTML Mobile 1.0")
}

async fn programs_are_told_what_went_wrong_as_a_problem(database: Database) -> Result<()> {
    let stage = Stage::open(database, Audience::Merchants).await?;
    let mut program = stage.browser()?;
    let answer = program.get("/api/nowhere").await?;
    answer.says(404, "\"type\":\"urn:meteore:problem:not-found\"")?;
    ensure!(answer.header("content-type") == "application/problem+json", "{:?}", answer.headers);
    ensure!(answer.headers.get(SET_COOKIE).is_none());
    program.get("/apiary").await?.says(404, "<!doctype html>")
}

async fn an_address_that_asks_too_often_has_to_wait(database: Database) -> Result<()> {
    let rates = Rates { address: Rate::per_second(1), ..UNLIMITED };
    let stage = Stage::open_with(database, Audience::Consumers, rates).await?;
    let mut ada = stage.browser()?;
    let mut turned_away = 0;
    for _ in 0..15 {
        let answer = ada.get("/sign-in").await?;
        if answer.status == 429 {
            answer.says(429, "too often")?;
            ensure!(!answer.header("retry-after").is_empty() && !answer.header("x-request-id").is_empty());
            turned_away += 1;
        }
    }
    ensure!((1..=5).contains(&turned_away), "{turned_away}");
    Ok(())
}

fn style(page: &Answer) -> Result<String> {
    let style = between(&page.body, "rel=\"stylesheet\" href=\"", "\"").context("a page without a style")?;
    Ok(style.to_owned())
}
