//! Taking everything along, and leaving: what is personal is gone, what the law keeps is kept.

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;
use tests::database::Database;
use tests::on_each_database;
use tests::portal::{Portals, Visitor};
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
    let order = only_order(&mut alice).await?;
    let address = format!("/payments/{order}/request");
    let page = alice.get(&address).await?.shown()?;
    alice.submit(&page, &address, &[("amount", "0.50"), ("reason", "It was late")]).await?.leads()?;
    let address = format!("/payments/{order}/dispute");
    let page = alice.get(&address).await?.shown()?;
    let opened = alice.submit(&page, &address, &[("amount", "1"), ("reason", "It was raining")]).await?;
    let address = opened.leads()?.to_owned();
    let page = alice.get(&address).await?.shown()?;
    alice.submit(&page, &address, &[]).await?.leads()?;
    let page = alice.get("/interests").await?.shown()?;
    alice.submit(&page, "/interests", &[("news", "yes")]).await?.leads()?;
    // By what a merchant knows her is there once the portals have read of her payment.
    for _ in 0..300 {
        if portals.scene.database.sql()?.number("SELECT COUNT(*) FROM acquaintance")? > 0 {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    let page = alice.get("/privacy").await?.shown()?;
    let file = alice.submit(&page, "/privacy/export", &[]).await?.shown()?;
    let all: Value = serde_json::from_str(&file.text)?;
    for (list, complete) in all["complete"].as_object().context("nothing about lists")? {
        ensure!(*complete == Value::Bool(true), "{list} is cut: {all}");
    }
    ensure!(all["complete"].as_object().is_some_and(|lists| lists.len() == 11), "{all}");
    ensure!(
        all["terminals"][0]["state"] == "in-force" && all["pseudonyms"][0]["merchant"] == "parking",
        "{all}"
    );
    ensure!(all["person"]["telephone"] == ALICE_NUMBER, "{all}");
    ensure!(all["payments"][0]["price"]["amount"] == "1.80" && all["complete"]["payments"] == true, "{all}");
    ensure!(!file.text.contains("simulator:approve"), "a token is for the bank only");
    // As much as there is of her, table by table.
    let mut sql = portals.scene.database.sql()?;
    let hers = "(SELECT id FROM party WHERE name = 'alice')";
    let person = format!("(SELECT id FROM person WHERE party = {hers})");
    for (what, count) in [
        ("/payments", format!("SELECT COUNT(*) FROM payment WHERE consumer = {hers}")),
        ("/accounts", format!("SELECT COUNT(*) FROM account WHERE owner = {hers}")),
        ("/bills", format!("SELECT COUNT(*) FROM bill WHERE consumer = {hers}")),
        ("/coupons", format!("SELECT COUNT(*) FROM coupon WHERE holder = {hers}")),
        ("/instructions", format!("SELECT COUNT(*) FROM instruction WHERE person = {person}")),
        ("/requests", format!("SELECT COUNT(*) FROM refund_request WHERE consumer = {hers}")),
        (
            "/terminals",
            format!("SELECT COUNT(*) FROM certificate WHERE party = {hers} AND role = 'terminal'"),
        ),
        ("/pseudonyms", format!("SELECT COUNT(*) FROM acquaintance WHERE consumer = {hers}")),
        ("/person/devices", format!("SELECT COUNT(*) FROM portal_session WHERE person = {person}")),
        ("/person/passkeys", format!("SELECT COUNT(*) FROM person_passkey WHERE person = {person}")),
    ] {
        let told = all.pointer(what).and_then(Value::as_array).map_or(-1, |rows| rows.len() as i64);
        ensure!(told == sql.number(&count)?, "{what}: {told} are told, {count} says otherwise");
    }
    ensure!(all["interests"]["news"] == true && all["chargedAt"] == "simulator", "{all}");
    for words in ["It was raining", "It was late"] {
        ensure!(file.text.contains(words), "the words of a complaint and of a request are hers");
    }
    portals.scene.close(1)
}

/// The number of her only order.
async fn only_order(alice: &mut Visitor) -> Result<String> {
    let page = alice.get("/payments").await?.shown()?;
    let (_, rest) = page.text.split_once("href=\"/payments/").context("no payment")?;
    Ok(rest.split('"').next().context("no number")?.to_owned())
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
