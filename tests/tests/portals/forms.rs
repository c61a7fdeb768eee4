//! Forms: only from a page of ours, in this browser.

use anyhow::{Result, ensure};
use backoffice::web::Audience;
use tests::database::Database;
use tests::on_each_database;
use tests::passkey::ORIGIN;

use crate::browser::Browser;
use crate::stage::Stage;

on_each_database!(
    a_form_without_its_token_or_with_another_browsers_does_nothing,
    a_form_from_another_site_does_nothing_whatever_it_carries,
    a_form_that_is_none_or_too_long_does_nothing,
    nobody_looks_a_form_into_being_sent,
);

const ADA: &str = "ada@example.org";

async fn a_form_without_its_token_or_with_another_browsers_does_nothing(database: Database) -> Result<()> {
    let stage = Stage::open(database, Audience::Consumers).await?;
    let mut ada = stage.signed_in(ADA).await?;
    let mut eve = stage.signed_in("eve@example.org").await?;
    eve.get("/keys").await?;
    ada.get("/keys").await?;
    let (mine, other) = (ada.token.clone(), eve.token.clone());
    ensure!(mine != other);
    let twice = [("form_token", mine.as_str()), ("form_token", mine.as_str())];
    for fields in [&[][..], &[("form_token", "")], &[("form_token", other.as_str())], &twice] {
        let answer = ada.post_as("/sign-out", fields, Some(ORIGIN)).await?;
        answer.says(403, "Nothing was done")?;
        still_signed_in(&mut ada).await?;
    }
    // Each page has another token, and each of them holds.
    ensure!(ada.token != mine);
    ada.post_as("/sign-out", &[("form_token", mine.as_str())], Some(ORIGIN)).await?.leads_to("/sign-in")?;
    ada.get("/keys").await?.leads_to("/sign-in?next=%2Fkeys")
}

async fn a_form_from_another_site_does_nothing_whatever_it_carries(database: Database) -> Result<()> {
    let stage = Stage::open(database, Audience::Consumers).await?;
    let mut ada = stage.signed_in(ADA).await?;
    ada.get("/keys").await?;
    for (origin, site) in [
        (Some("https://evil.example"), None),
        (Some("null"), None),
        (Some("https://localhost:8445"), None),
        (None, Some("cross-site")),
        (Some(ORIGIN), Some("same-site")),
    ] {
        ada.says = site.map(|site| ("sec-fetch-site", site.to_owned())).into_iter().collect();
        let token = ada.token.clone();
        let answer = ada.post_as("/sign-out", &[("form_token", token.as_str())], origin).await?;
        answer.says(403, "Nothing was done")?;
        still_signed_in(&mut ada).await?;
    }
    // A phone of old says nothing about where it comes from.
    ada.says.clear();
    let token = ada.token.clone();
    ada.post_as("/sign-out", &[("form_token", token.as_str())], None).await?.leads_to("/sign-in")
}

async fn a_form_that_is_none_or_too_long_does_nothing(database: Database) -> Result<()> {
    let stage = Stage::open(database, Audience::Consumers).await?;
    let mut ada = stage.browser()?;
    ada.get("/sign-in").await?;
    let long = "a".repeat(70_000);
    ada.post("/sign-in", &[("reach", &long)]).await?.says(422, "Nothing was done")?;
    ada.post("/sign-in", &[("other", "x")]).await?.says(422, "Nothing was done")?;
    ada.post("/code", &[("reach", ADA)]).await?.says(422, "Nothing was done")?;
    ensure!(stage.post.count(ADA) == 0);
    Ok(())
}

async fn nobody_looks_a_form_into_being_sent(database: Database) -> Result<()> {
    let stage = Stage::open(database, Audience::Consumers).await?;
    let mut ada = stage.signed_in(ADA).await?;
    for path in ["/sign-out", "/keys/end-others", "/keys/add", "/keys/remove"] {
        ada.get(path).await?.says(404, "Nothing here")?;
    }
    still_signed_in(&mut ada).await
}

async fn still_signed_in(browser: &mut Browser) -> Result<()> {
    browser.get("/keys").await?.says(200, "Where you are signed in")
}
