//! Consumers' complaints at the operators' portal of the real server: seen by those who have the books, decided by two, once,
//! through the same aggregation as by command.

use anyhow::{Context as _, Result, ensure};
use payment_domain::{ConsumerId, DisputeId, DisputeOrder, Label};
use payment_message::State;
use tests::database::Database;
use tests::officer::certify;
use tests::scene::Scene;
use tests::town::{Town, by_app, euros};
use tests::{on_each_database, random};

use crate::browser::{Browser, between};
use crate::operator::{browser, serve};

on_each_database!(two_people_decide_a_dispute_and_its_money_moves_once);

const ALICE: &str = "alice";

/// A payment of 1.80, and a complaint of alice's about 1.00 of it; the complaint's id.
async fn complained(scene: &Scene, said: &str) -> Result<(String, payment_domain::PaymentOrder)> {
    let town = &scene.town;
    let offer = scene.deposit(town.offer("parking", "1.80")).await?;
    let order = town.order(&offer).sign()?;
    scene.pay(&order).await?;
    let authentication = by_app();
    let dispute = DisputeOrder {
        dispute_id: DisputeId::new(random::uuid()),
        consumer: ConsumerId::new(town.party(ALICE).id.clone()),
        order_id: order.message.order_id,
        amount: euros("1.00"),
        reason: Label::parse(said)?,
        created_at: authentication.authenticated_at,
        authentication,
    };
    let signed = town.sign(ALICE, dispute)?;
    let report = scene.door().post(&signed.document).await?.report()?;
    ensure!(report.state == State::Pending, "{report:?}");
    Ok((signed.message.dispute_id.to_string(), order.message))
}

/// Prepares a decision; the number under which it waits.
async fn prepare(who: &mut Browser, dispute: &str, winner: &str) -> Result<String> {
    who.get(&format!("/disputes/{dispute}")).await?.says(200, "Prepare a decision")?;
    let form = [("winner", winner), ("reason", "as the photographs show")];
    who.post(&format!("/disputes/{dispute}/decide"), &form).await?.leads_to("/approvals")?;
    let page = who.get("/approvals").await?;
    page.says(200, "€1.00, parking")?;
    let newest = between(&page.body, "action=\"/approvals/", "/");
    newest.map(str::to_owned).context("nothing waits")
}

async fn agree(who: &mut Browser, approval: &str) -> Result<crate::browser::Answer> {
    who.get("/approvals").await?;
    who.post(&format!("/approvals/{approval}/approve"), &[]).await
}

/// All of it is in the log.
async fn logged(olga: &mut Browser, won: &str) -> Result<()> {
    let log = olga.get("/audit").await?;
    for act in ["prepare decide-for-consumer", "approve decide-for-merchant", "decide-for-consumer", won] {
        log.says(200, act)?;
    }
    olga.post("/audit/check", &[]).await?.says(200, "nothing is missing")
}

async fn two_people_decide_a_dispute_and_its_money_moves_once(database: Database) -> Result<()> {
    let town = Town::found(&database).await?;
    let (app, port) = serve(&town, &database).await?;
    for (name, role) in [("anna", "finance"), ("bert", "finance"), ("carl", "audit"), ("olga", "security")] {
        certify(&app, &town.folder(), name, &format!("operator:{role}"), name)?;
    }
    let [mut anna, mut bert, mut carl, mut olga] = [
        browser(&town, port, "anna")?,
        browser(&town, port, "bert")?,
        browser(&town, port, "carl")?,
        browser(&town, port, "olga")?,
    ];
    anna.get("/disputes").await?.says(200, "No dispute waits")?;
    let mut scene = Scene { app, database, town };
    let (won, _) = complained(&scene, "Never <b>arrived</b>").await?;
    let (lost, _) = complained(&scene, "I was not there").await?;
    let (refunded, order) = complained(&scene, "Much too loud").await?;

    // Those with the books see it, by pseudonym; only those who settle prepare.
    let list = carl.get("/disputes").await?;
    for text in
        ["€1.00", "parking", "I was not there", "Never &#60;b&#62;arrived", won.as_str(), lost.as_str()]
    {
        list.says(200, text)?;
    }
    ensure!(!list.body.contains(ALICE) && !list.body.contains("<b>arrived"), "{}", list.body);
    let page = carl.get(&format!("/disputes/{won}")).await?;
    page.says(200, "waits for a decision")?;
    ensure!(!page.body.contains(ALICE) && !page.body.contains("/decide"), "{}", page.body);
    olga.get("/disputes").await?.says(403, "")?;
    for nothing in ["7".to_owned(), DisputeId::new(random::uuid()).to_string()] {
        anna.get(&format!("/disputes/{nothing}")).await?.says(404, "")?;
    }

    // Nothing is prepared without a reason, nor for anybody else.
    let path = format!("/disputes/{won}");
    anna.get(&path).await?.says(200, "Prepare a decision")?;
    for (winner, reason, said) in [
        ("decide-for-consumer", "", "Say why"),
        ("", "as agreed", "Choose for whom"),
        ("release-file", "as agreed", "Choose for whom"),
    ] {
        let form = [("winner", winner), ("reason", reason)];
        anna.post(&format!("{path}/decide"), &form).await?.says(422, said)?;
    }

    // One prepares, another one agrees, once.
    let before = scene.balance(ALICE)?;
    let waits = prepare(&mut anna, &won, "decide-for-consumer").await?;
    let again = [("winner", "decide-for-consumer"), ("reason", "as the photographs show")];
    anna.post(&format!("{path}/decide"), &again).await?.leads_to("/approvals")?;
    anna.get("/approvals").await?.says(200, "The same waits")?;
    agree(&mut anna, &waits).await?.leads_to("/approvals")?;
    anna.get("/approvals").await?.says(200, "You prepared it")?;
    ensure!(scene.balance(ALICE)? == before, "by one person");
    agree(&mut bert, &waits).await?.leads_to("/approvals")?;
    bert.get("/approvals").await?.says(200, "It is done")?;
    ensure!(scene.balance(ALICE)? == before + 1_000_000, "the money is not back");
    bert.get(&path).await?.says(200, "decided for the consumer")?;
    agree(&mut bert, &waits).await?.leads_to("/approvals")?;
    bert.get("/approvals").await?.says(200, "This was decided before")?;
    ensure!(scene.balance(ALICE)? == before + 1_000_000, "twice");

    // Two opposite decisions: the one that was agreed to first counts, the other one is over.
    let for_merchant = prepare(&mut anna, &lost, "decide-for-merchant").await?;
    let for_consumer = prepare(&mut bert, &lost, "decide-for-consumer").await?;
    agree(&mut bert, &for_merchant).await?.leads_to("/approvals")?;
    agree(&mut anna, &for_consumer).await?.says(422, "was decided before")?;
    anna.get(&format!("/disputes/{lost}")).await?.says(200, "decided for the merchant")?;
    anna.get("/approvals").await?.says(200, "Nothing waits")?;
    ensure!(scene.balance(ALICE)? == before + 1_000_000, "the payment stands");

    // What the merchant has given back meanwhile cannot be given back again.
    let refund = scene.town.refund(&order, "1.80").sign()?;
    scene.door().post(&refund.document).await?.refund()?;
    let late = prepare(&mut anna, &refunded, "decide-for-consumer").await?;
    agree(&mut bert, &late).await?.says(422, "Everything was refunded")?;
    let rest = prepare(&mut bert, &refunded, "decide-for-merchant").await?;
    agree(&mut anna, &rest).await?.leads_to("/approvals")?;
    ensure!(scene.balance(ALICE)? == before + 2_800_000, "refunded once");
    anna.get("/disputes").await?.says(200, "No dispute waits")?;
    ensure!(scene.app.command(&["dispute", "list"])?.starts_with("no dispute waits"), "by command as well");

    logged(&mut olga, &won).await?;
    scene.close(3)
}
