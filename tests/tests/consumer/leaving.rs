//! Taking everything along, and leaving: what is personal is gone, what the law keeps is kept.

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;
use tests::database::Database;
use tests::on_each_database;
use tests::portal::Portals;
use tests::town::people::ALICE_NUMBER;

on_each_database!(everything_can_be_taken_along, whoever_leaves_is_forgotten_and_the_ledger_is_not);

const NEW: &str = "+33699999902";

async fn everything_can_be_taken_along(database: Database) -> Result<()> {
    let mut portals = Portals::open(database).await?;
    let mut alice = portals.browser()?;
    alice.sign_in(ALICE_NUMBER).await?;
    let offer = portals.scene.deposit(portals.scene.town.offer("parking", "1.80")).await?;
    let page = alice.get(&format!("/pay/{}", offer.digest)).await?.shown()?;
    let pay = page.actions("/pay/").into_iter().find(|action| !action.ends_with("/code")).context("pay")?;
    alice.submit(&page, &pay, &[]).await?.leads()?;
    let page = alice.get("/privacy").await?.shown()?;
    let file = alice.submit(&page, "/privacy/export", &[]).await?.shown()?;
    let all: Value = serde_json::from_str(&file.text)?;
    ensure!(all["person"]["telephone"] == ALICE_NUMBER, "{all}");
    ensure!(all["payments"][0]["price"]["amount"] == "1.80" && all["paymentsComplete"] == true, "{all}");
    ensure!(!file.text.contains("simulator:approve"), "a token is for the bank only");
    portals.scene.close(1)
}

async fn whoever_leaves_is_forgotten_and_the_ledger_is_not(database: Database) -> Result<()> {
    let mut portals = Portals::open(database).await?;
    let mut alice = portals.browser()?;
    alice.sign_in(ALICE_NUMBER).await?;
    let page = alice.get("/privacy/leave").await?.shown()?;
    let unsure = alice.submit(&page, "/privacy/leave", &[]).await?;
    ensure!(unsure.status == 422, "{unsure:?}");
    let rich = alice.submit(&page, "/privacy/leave", &[("sure", "yes")]).await?;
    ensure!(rich.status == 422 && rich.text.contains("money on your account"), "{rich:?}");

    let mut new = portals.browser()?;
    new.sign_in(NEW).await?;
    let page = new.get("/interests").await?.shown()?;
    new.submit(&page, "/interests", &[("news", "yes")]).await?;
    let page = new.get("/privacy/leave").await?.shown()?;
    let left = new.submit(&page, "/privacy/leave", &[("sure", "yes")]).await?;
    ensure!(left.leads()? == "/sign-in", "{left:?}");
    ensure!(new.get("/").await?.leads()?.starts_with("/sign-in"), "the session is over");
    let mut sql = portals.scene.database.sql()?;
    for nothing in [
        "SELECT COUNT(*) FROM interest",
        "SELECT COUNT(*) FROM person WHERE state = 'gone' AND (email_index IS NOT NULL OR phone_index IS NOT NULL)",
        "SELECT COUNT(*) FROM party p JOIN person q ON q.party = p.id WHERE q.state = 'gone' AND p.state <> 'suspended'",
        "SELECT COUNT(*) FROM party p JOIN person q ON q.party = p.id WHERE q.state = 'gone' AND p.msisdn_index IS NOT NULL",
    ] {
        ensure!(sql.number(nothing)? == 0, "{nothing}");
    }
    ensure!(sql.number("SELECT COUNT(*) FROM person WHERE state = 'gone'")? == 1);
    // The number is free again, for whoever has it now.
    new.sign_in(NEW).await?;
    portals.scene.close(0)
}
