//! What is allowed, changed while servers run: written by one operator, put into force by another one, and decided by from then
//! on, on every server and after each start.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use core_payment::policy::PolicyRefused;
use payment_domain::Offer;
use tests::app::App;
use tests::audit;
use tests::database::Database;
use tests::officer::certify;
use tests::on_each_database;
use tests::town::{Signed, Town};

use crate::browser::{Browser, between};
use crate::operator::{browser, serve};

on_each_database!(a_policy_holds_from_when_two_people_have_agreed_on_it);

/// What a server's answer to an order says: the rule of the receipt, or the code of the refusal.
async fn decided(app: &App, town: &Town, offer: &Signed<Offer>) -> Result<String> {
    let reply = app.door().post(&town.order(offer).sign()?.document).await?;
    Ok(match reply.receipt() {
        Ok(receipt) => receipt.rule.as_str().to_owned(),
        Err(_) => reply.rejection()?.code.as_str().to_owned(),
    })
}

/// The text of the form, changed.
async fn text_of(who: &mut Browser, name: &str, most: &str) -> Result<String> {
    let page = who.get("/policy/new").await?;
    let text = between(&page.body, "<textarea", "</textarea>").context("no field")?;
    let text = text.split_once('>').context("a tag")?.1.replace("&#34;", "\"");
    let line = |line: &str| match line.split_once(" = ") {
        Some(("name", _)) => format!("name = \"{name}\"\n"),
        Some((key @ ("aggregated_max" | "single_max"), _)) => format!("{key} = \"{most}\"\n"),
        _ => format!("{line}\n"),
    };
    Ok(text.trim_start().lines().map(line).collect())
}

async fn propose(who: &mut Browser, name: &str, most: &str) -> Result<String> {
    let text = text_of(who, name, most).await?;
    who.post("/policy/new", &[("text", &text), ("reason", "as the board has decided")])
        .await?
        .leads_to("/approvals")?;
    let page = who.get("/approvals").await?;
    let id = page.body.split("action=\"/approvals/").nth(1).and_then(|rest| rest.split('/').next());
    id.map(str::to_owned).context("nothing waits")
}

async fn a_policy_holds_from_when_two_people_have_agreed_on_it(database: Database) -> Result<()> {
    let town = Town::found(&database).await?;
    let (mut app, port) = serve(&town, &database).await?;
    for name in ["anna", "bert"] {
        certify(&app, &town.folder(), name, "operator:finance", name)?;
    }
    let (mut anna, mut bert) = (browser(&town, port, "anna")?, browser(&town, port, "bert")?);
    let offers = [town.offer("parking", "0.40").sign()?, town.offer("parking", "1.80").sign()?];
    for offer in &offers {
        app.door().post(&offer.document).await?.report()?;
    }
    let [cheap, dear] = &offers;
    // Another server of the same database, which does nothing meanwhile.
    let other = town.core(&database)?;

    ensure!(decided(&app, &town, dear).await?.starts_with("eu-default/"));
    anna.get("/policy").await?.says(200, "from this server")?;
    let first = propose(&mut anna, "small-things", "1.00").await?;
    ensure!(decided(&app, &town, dear).await?.starts_with("eu-default/"), "proposed is not in force");
    let late = propose(&mut bert, "written-before", "9.00").await?;
    ensure!(first != late);

    // Nobody is two people.
    anna.post(&format!("/approvals/{first}/approve"), &[]).await?.leads_to("/approvals")?;
    anna.get("/approvals").await?.says(200, "You prepared it")?;
    ensure!(decided(&app, &town, dear).await?.starts_with("eu-default/"), "by one person");
    bert.get("/approvals").await?;
    bert.post(&format!("/approvals/{first}/approve"), &[]).await?.leads_to("/approvals")?;
    ensure!(decided(&app, &town, dear).await? == "over-limit");
    ensure!(decided(&app, &town, cheap).await?.starts_with("small-things/"));
    bert.get("/policy").await?.says(200, "anna, agreed by bert")?;

    // What was compared with something else does not come into force.
    anna.get("/approvals").await?;
    anna.post(&format!("/approvals/{late}/approve"), &[]).await?.leads_to("/approvals")?;
    anna.get("/approvals").await?.says(200, "Another policy came into force since")?;
    ensure!(decided(&app, &town, cheap).await?.starts_with("small-things/"));

    // The other server follows by itself, and so does whoever starts later.
    let started = Instant::now();
    while other.policy_in_force().version != Some(2) {
        ensure!(started.elapsed() < Duration::from_secs(20), "the other server goes by an old policy");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    ensure!(other.policy().name.as_str() == "small-things");
    let again = core_payment::policy::to_toml(&other.policy());
    ensure!(matches!(other.propose_policy(&again, "anna")?, Err(PolicyRefused::Same)));
    ensure!(!other.declare_policy()?, "the configuration still counts");
    let versions = other.policy_versions(i64::MAX, 10)?;
    let told: Vec<_> = versions
        .iter()
        .map(|one| (one.version, one.name.as_str(), one.proposed_by.as_deref(), one.approved_by.as_deref()))
        .collect();
    ensure!(
        told == [(Some(2), "small-things", Some("anna"), Some("bert")), (Some(1), "eu-default", None, None)],
        "{told:?}"
    );
    other.shut_down();
    app.stop()?;
    app.restart().await?;
    ensure!(decided(&app, &town, dear).await? == "over-limit", "after a start");
    app.stop()?;
    audit::passes(&town, &database, 5)
}
