//! Periods that are closed at the operators' portal of the real server: asked about first, closed once, told what came of it.

use anyhow::{Context as _, Result, ensure};
use tests::database::Database;
use tests::officer::certify;
use tests::on_each_database;
use tests::scene::Scene;
use tests::town::Town;

use crate::browser::{Answer, Browser, between};
use crate::operator::{browser, serve};

on_each_database!(an_operator_closes_one_period_or_what_is_due_and_sees_what_came_of_it);

/// What a page says a fact is.
fn told<'p>(page: &'p Answer, fact: &str) -> Result<&'p str> {
    let value = between(&page.body, &format!("<dt>{fact}</dt><dd>"), "</dd>");
    value.with_context(|| format!("no {fact} in {}", page.body))
}

/// Asks, and closes.
async fn close(who: &mut Browser, account: i64, whose: &str) -> Result<Answer> {
    let page = who.get(&format!("/periods/close?account={account}")).await?;
    for text in [whose, "cannot be opened again"] {
        page.says(200, text)?;
    }
    ensure!(!page.body.contains("bob"), "{}", page.body);
    who.post("/periods/close", &[("account", &account.to_string())]).await
}

async fn an_operator_closes_one_period_or_what_is_due_and_sees_what_came_of_it(
    database: Database,
) -> Result<()> {
    let town = Town::found(&database).await?;
    let (app, port) = serve(&town, &database).await?;
    for (name, role) in [("anna", "finance"), ("carl", "audit"), ("olga", "security")] {
        certify(&app, &town.folder(), name, &format!("operator:{role}"), name)?;
    }
    let [mut anna, mut carl, mut olga] =
        [browser(&town, port, "anna")?, browser(&town, port, "carl")?, browser(&town, port, "olga")?];
    let mut scene = Scene { app, database, town };
    let offer = scene.deposit(scene.town.offer("parking", "1.80")).await?;
    for name in ["alice", "bob"] {
        let order = scene.town.order(&offer).by(&scene.town.party(name)).sign()?;
        scene.door().post(&order.document).await?.receipt()?;
    }
    let count = |scene: &Scene, what: &str| scene.database.sql()?.number(what);

    // Nothing is due; what was paid stands in open periods now.
    anna.get("/periods").await?.says(200, "Close what is due")?;
    anna.get("/periods/close").await?.says(200, "by the calendar")?;
    let due = anna.post("/periods/close", &[]).await?;
    due.says(200, "Nothing was to be closed")?;
    ensure!(told(&due, "Payout advices")? == "0", "{}", due.body);
    let open = anna.get("/periods").await?;
    open.says(200, "parking")?;
    ensure!(!open.body.contains("bob"), "{}", open.body);
    // Whoever has only the books looks.
    let looked = carl.get("/periods").await?;
    looked.says(200, "parking")?;
    ensure!(!looked.body.contains("/periods/close"), "{}", looked.body);
    for path in ["/periods/close", "/periods/close?account=1"] {
        carl.get(path).await?.says(403, "")?;
    }
    anna.get("/periods/close?account=1").await?.says(404, "")?;

    // One of a merchant, one of a consumer who is billed: once each.
    let of = |name: &str| {
        format!(
            "SELECT a.id FROM account a JOIN party p ON p.id = a.owner WHERE p.name = '{name}' AND a.currency = 'EUR'"
        )
    };
    let (merchant, consumer) = (count(&scene, &of("parking"))?, count(&scene, &of("bob"))?);
    open.says(200, &format!("/periods/close?account={merchant}"))?;
    open.says(200, &format!("/periods/close?account={consumer}"))?;
    let closed = close(&mut anna, merchant, "parking").await?;
    closed.says(200, "This is what came of it")?;
    ensure!(told(&closed, "Payout advices")? == "1" && told(&closed, "Bills")? == "0", "{}", closed.body);
    let closed = close(&mut anna, consumer, &consumer.to_string()).await?;
    ensure!(told(&closed, "Payout advices")? == "0" && told(&closed, "Bills")? == "1", "{}", closed.body);
    ensure!(told(&closed, "asked for")? == "€1.80", "{}", closed.body);
    // The merchant has no bank account: what is carried stands in the next period. The consumer's next one has nothing in it.
    anna.get(&format!("/periods/close?account={consumer}")).await?.says(404, "")?;
    anna.get("/periods/close").await?;
    let again = anna.post("/periods/close", &[("account", &consumer.to_string())]).await?;
    again.leads_to("/periods")?;
    anna.get("/periods").await?.says(200, "Nothing was to be closed")?;
    for table in ["payout", "bill"] {
        ensure!(count(&scene, &format!("SELECT COUNT(*) FROM {table}"))? == 1, "{table}");
    }
    let log = olga.get("/audit").await?;
    for text in ["close-periods", "due", &merchant.to_string()] {
        log.says(200, text)?;
    }
    olga.post("/audit/check", &[]).await?.says(200, "nothing is missing")?;
    scene.close(2)
}
