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

/// What the form of limits holds.
fn filled(page: &str) -> Vec<(String, String)> {
    let inputs =
        page.split("<input ").skip(1).filter_map(|input| input.split_once('>')).map(|(input, _)| input);
    let named = |input: &str| {
        Some((between(input, "name=\"", "\"")?.to_owned(), between(input, "value=\"", "\"")?.to_owned()))
    };
    let sent = |input: &&str| !input.contains("checkbox") || input.contains(" checked");
    inputs.filter(sent).filter_map(named).filter(|(name, _)| name != "form_token").collect()
}

/// Proposes in the form that no payment is above an amount; the number of the proposal, and what waits for a second person.
async fn propose(who: &mut Browser, name: &str, most: &str) -> Result<(String, String)> {
    let page = who.get("/policy/new").await?;
    let mut fields = filled(&page.body);
    ensure!(fields.len() > 25, "{fields:?}");
    for (field, value) in &mut fields {
        match field.as_str() {
            "aggregated_max" | "single_max" => most.clone_into(value),
            "name" => name.clone_into(value),
            "reason" => "as the board has decided".clone_into(value),
            _ => {}
        }
    }
    proposed(who, "/policy/new", &fields).await
}

/// The same in the text, and only for the app.
async fn propose_text(who: &mut Browser, name: &str, most: &str) -> Result<(String, String)> {
    let page = who.get("/policy/text").await?;
    let text = between(&page.body, "<textarea", "</textarea>").context("no field")?;
    let text = text.split_once('>').context("a tag")?.1.replace("&#34;", "\"");
    let line = |line: &str| match line.split_once(" = ") {
        Some(("name", _)) => format!("name = \"{name}\"\n"),
        Some(("single_max", _)) => format!("single_max = \"{most}\"\n"),
        _ => format!("{line}\n"),
    };
    let text: String = text.trim_start().lines().map(line).collect();
    let fields = [("text", text.as_str()), ("reason", "as the board has decided")];
    let fields: Vec<_> = fields.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
    proposed(who, "/policy/text", &fields).await
}

async fn proposed(who: &mut Browser, path: &str, fields: &[(String, String)]) -> Result<(String, String)> {
    let fields: Vec<_> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let answer = who.post(path, &fields).await?;
    let at = answer.location().with_context(|| answer.body.clone())?;
    let id = at.strip_prefix("/policy/versions/").context("leads to what changes")?.to_owned();
    // The one that was prepared last stands first.
    let page = who.get("/approvals").await?;
    let waits = page.body.split("action=\"/approvals/").nth(1).and_then(|rest| rest.split('/').next());
    Ok((id, waits.context("nothing waits")?.to_owned()))
}

/// What is wrong is said at its field, and nothing waits for anybody; a form of before another policy came is not taken.
async fn refused(who: &mut Browser) -> Result<()> {
    let page = who.get("/policy/new").await?;
    let with = |field: &str, text: &str| -> Vec<(String, String)> {
        let mut fields = filled(&page.body);
        for (name, value) in &mut fields {
            match name.as_str() {
                "name" => "other".clone_into(value),
                "reason" => "to try it".clone_into(value),
                _ => {}
            }
            if name == field {
                text.clone_into(value);
            }
        }
        fields
    };
    for (field, text, said) in [
        ("single_max", "<b>1e3</b>", "This is no amount"),
        ("low_value.since_strong_amount", "", "and not both"),
        ("coupon.gifts_per_month", "-1", "no whole number"),
        ("name", "eu-default", "was in force before"),
        ("name", "a/b", "no slash"),
        ("reason", "", "Say why"),
        ("", "", "Nothing would change"),
    ] {
        let mut fields = with(field, text);
        if !["", "single_max"].contains(&field) {
            fields
                .iter_mut()
                .filter(|(name, _)| name == "single_max")
                .for_each(|(_, value)| "2".clone_into(value));
        }
        let fields: Vec<_> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let answer = who.post("/policy/new", &fields).await?;
        answer.says(422, said).with_context(|| format!("{field}: {text}"))?;
        ensure!(!answer.body.contains("<b>1e3"), "{}", answer.body);
        ensure!(answer.body.contains("aria-invalid") || field.is_empty(), "{field}: {}", answer.body);
    }
    let mut old = with("base", "written-before");
    old.retain(|(name, _)| name != "form_token");
    let old: Vec<_> = old.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    who.post("/policy/new", &old).await?.leads_to("/policy/new")?;
    who.get("/approvals").await?.says(200, "Nothing waits")
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
    refused(&mut anna).await?;
    let (version, first) = propose(&mut anna, "small-things", "1.00").await?;
    ensure!(decided(&app, &town, dear).await?.starts_with("eu-default/"), "proposed is not in force");
    let (_, late) = propose_text(&mut bert, "written-before", "9.00").await?;
    ensure!(first != late);

    // Both see the same difference, where it was prepared and where it is agreed to.
    let changed = ["Aggregated at most", "€10.00", "Single at most", "€1,000.00", "€1.00", "small-things"];
    for page in [anna.get(&format!("/policy/versions/{version}")).await?, bert.get("/approvals").await?] {
        for text in changed {
            page.says(200, text)?;
        }
        ensure!(!page.body.contains("low_value.each"), "what stays is no difference");
    }
    bert.get("/approvals").await?.says(200, "grant app device-key.single_max")?;

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
