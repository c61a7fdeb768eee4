//! Money that came back, at the operators' portal of the real server: one person asks for it to be booked and says who bears
//! it, another one agrees, and it is booked once.

use anyhow::{Context as _, Result, ensure};
use tests::database::Database;
use tests::officer::certify;
use tests::on_each_database;
use tests::scene::Scene;
use tests::town::Town;

use crate::browser::{Answer, Browser, between};
use crate::operator::{browser, serve};

on_each_database!(two_people_book_a_payment_that_came_back_and_it_moves_once);

/// Asks for it to be booked; the number under which that waits.
async fn prepare(who: &mut Browser, path: &str, bearer: &str) -> Result<String> {
    who.get("/breaks").await?.says(200, "Who bears it")?;
    let form = [("bearer", bearer), ("reason", "the dispute was lost")];
    who.post(&format!("{path}/take-back"), &form).await?.leads_to("/approvals")?;
    let page = who.get("/approvals").await?;
    page.says(200, "the dispute was lost (charge.dispute.created at simulator about dp_1")?;
    between(&page.body, "action=\"/approvals/", "/").map(str::to_owned).context("nothing waits")
}

async fn agree(who: &mut Browser, approval: &str) -> Result<Answer> {
    who.get("/approvals").await?;
    who.post(&format!("/approvals/{approval}/approve"), &[]).await
}

async fn two_people_book_a_payment_that_came_back_and_it_moves_once(database: Database) -> Result<()> {
    let town = Town::found(&database).await?;
    let (app, port) = serve(&town, &database).await?;
    for (name, role) in [("anna", "finance"), ("bert", "finance"), ("carl", "audit")] {
        certify(&app, &town.folder(), name, &format!("operator:{role}"), name)?;
    }
    let [mut anna, mut bert, mut carl] =
        [browser(&town, port, "anna")?, browser(&town, port, "bert")?, browser(&town, port, "carl")?];
    anna.get("/breaks").await?.says(200, "Everything the bank said fits")?;
    let mut scene = Scene { app, database, town };
    let path = format!("/breaks/{}", scene.charged_back().await?);
    ensure!(scene.balance("concert")? == 45_000_000, "nothing moves by itself");

    // Who only looks at the books prepares nothing.
    let page = carl.get("/breaks").await?;
    page.says(200, "charge of EUR 45.00 (order), is approved")?;
    ensure!(!page.body.contains("take-back"), "{}", page.body);
    let form = [("bearer", "take-back-from-merchant"), ("reason", "the dispute was lost")];
    carl.post(&format!("{path}/take-back"), &form).await?.says(403, "")?;

    // Nothing is prepared without a reason, by nobody's charge, or about nothing.
    anna.get("/breaks").await?.says(200, "Ask a second person")?;
    for (path, bearer, reason, said) in [
        (path.as_str(), "take-back-from-merchant", "", "Say why"),
        (path.as_str(), "", "the dispute was lost", "Choose who bears it"),
        (path.as_str(), "decide-for-merchant", "the dispute was lost", "Choose who bears it"),
        ("/breaks/1/1", "take-back-from-house", "the dispute was lost", "dealt with it before"),
    ] {
        let form = [("bearer", bearer), ("reason", reason)];
        anna.post(&format!("{path}/take-back"), &form).await?.leads_to("/breaks")?;
        anna.get("/breaks").await?.says(200, said)?;
    }

    // One prepares, another one agrees, once.
    let waits = prepare(&mut anna, &path, "take-back-from-merchant").await?;
    let opposite = prepare(&mut bert, &path, "take-back-from-house").await?;
    agree(&mut anna, &waits).await?.leads_to("/approvals")?;
    anna.get("/approvals").await?.says(200, "You prepared it")?;
    ensure!(scene.balance("concert")? == 45_000_000, "by one person");
    agree(&mut bert, &waits).await?.leads_to("/approvals")?;
    bert.get("/approvals").await?.says(200, "It is done")?;
    ensure!(scene.balance("concert")? == 0, "not taken back");
    // What was asked for about the same is over.
    agree(&mut anna, &opposite).await?.says(422, "dealt with it before")?;
    anna.get("/approvals").await?.says(200, "Nothing waits")?;
    anna.get("/breaks").await?.says(200, "Everything the bank said fits")?;
    ensure!(scene.balance("concert")? == 0, "twice");

    // Or we bear it.
    let path = format!("/breaks/{}", scene.charged_back().await?);
    let waits = prepare(&mut bert, &path, "take-back-from-house").await?;
    agree(&mut anna, &waits).await?.leads_to("/approvals")?;
    ensure!(scene.balance("concert")? == 45_000_000, "the merchant keeps it");
    scene.close(2)
}
