//! Who is let in by an operator signs in with a code at once; and two operators learn of whoever never signed in what the
//! core knows of them.

use anyhow::{Context as _, Result, ensure};
use tests::database::Database;
use tests::officer::certify;
use tests::on_each_database;
use tests::portal::Portals;
use tests::town::people::{ALICE, ALICE_NUMBER};

use crate::browser::{Browser, between};
use crate::operator::browser;

on_each_database!(
    whoever_is_let_in_with_an_address_signs_in_there,
    two_people_learn_who_paid_though_they_never_signed_in_and_for_as_long_as_they_may,
);

const NUMBER: &str = "+33699999905";

async fn operators<const N: usize>(portals: &Portals, who: [(&str, &str); N]) -> Result<Vec<Browser>> {
    let (town, port) = (&portals.scene.town, portals.operator.rsplit_once(':').context("a port")?.1);
    let mut browsers = Vec::new();
    for (name, scope) in who {
        certify(&portals.scene.app, &town.folder(), name, &format!("operator:{scope}"), name)?;
        browsers.push(browser(town, port.parse()?, name)?);
    }
    Ok(browsers)
}

async fn whoever_is_let_in_with_an_address_signs_in_there(database: Database) -> Result<()> {
    const IBAN: &str = "DE89 3704 0044 0532 0130 00";
    let mut portals = Portals::open(database).await?;
    let [bert] = &mut operators(&portals, [("bert", "support")]).await?[..] else { anyhow::bail!("one") };
    bert.get("/admit").await?.says(200, "E-mail address or telephone number")?;
    let shop = |reach, iban| {
        [
            ("name", "new-shop"),
            ("kind", "merchant"),
            ("currency", "EUR"),
            ("reach", reach),
            ("holder", "New Shop"),
            ("iban", iban),
        ]
    };
    for (reach, iban, said) in [
        ("nowhere", IBAN, "This is no e-mail address"),
        ("shop@example.org", "DE00 3704 0044 0532 0130 00", "This is no IBAN"),
    ] {
        bert.post("/admit", &shop(reach, iban)).await?.says(422, said)?;
    }
    bert.post("/admit", &shop("shop@example.org", IBAN)).await?.says(200, "It is shown only here")?;
    bert.get("/admit").await?;
    let again =
        [("name", "other-shop"), ("kind", "merchant"), ("currency", "EUR"), ("reach", "shop@example.org")];
    bert.post("/admit", &again).await?.says(422, "Somebody is reached there already")?;
    let registered = "SELECT COUNT(*) FROM party WHERE name = 'other-shop'";
    ensure!(portals.scene.database.sql()?.number(registered)? == 0, "nobody signs in for it");
    let consumer = |name, reach| [("name", name), ("kind", "prepaid"), ("currency", "EUR"), ("reach", reach)];
    bert.post("/admit", &consumer("new-one", NUMBER)).await?.says(200, "It is shown only here")?;
    bert.get("/admit").await?;
    // A number that pays by text message is taken, too, though nobody signs in with it.
    bert.post("/admit", &consumer("new-two", ALICE_NUMBER))
        .await?
        .says(422, "Somebody is reached there already")?;
    let page = bert.get("/parties/new-shop").await?;
    for secret in ["shop@example.org", "0532"] {
        ensure!(!page.body.contains(secret), "{secret}: {}", page.body);
    }

    // No sheet to fill in: the account is there.
    let mut merchant = portals.merchant_browser()?;
    merchant.sign_in("shop@example.org").await?;
    ensure!(merchant.get("/bank").await?.shown()?.text.contains("DE…3000"));
    let mut person = portals.browser()?;
    person.sign_in(NUMBER).await?;
    ensure!(person.get("/").await?.shown()?.text.contains("€0.00"));
    let named = "SELECT COUNT(*) FROM party WHERE role IN ('terminal', 'merchant') AND name LIKE 'new-%'";
    ensure!(portals.scene.database.sql()?.number(named)? == 2, "no other account was opened");
    portals.scene.close(0)
}

/// Prepares something, and has somebody else agree.
async fn both(first: &mut Browser, second: &mut Browser, form: (&str, &[(&str, &str)])) -> Result<()> {
    first.post(form.0, form.1).await?.leads_to("/approvals")?;
    let list = second.get("/approvals").await?;
    let waits = between(&list.body, "action=\"/approvals/", "/approve\"").context("nothing waits")?;
    let approve = format!("/approvals/{waits}/approve");
    let agreed = second.post(&approve, &[]).await?;
    // Back to the list, or to what two people may look at now.
    ensure!(agreed.status == 303 && agreed.location() != Some("/"), "{}", agreed.body);
    Ok(())
}

async fn two_people_learn_who_paid_though_they_never_signed_in_and_for_as_long_as_they_may(
    database: Database,
) -> Result<()> {
    let mut portals = Portals::open(database).await?;
    let who = [("anna", "security"), ("bert", "support"), ("carl", "security")];
    let [anna, bert, carl] = &mut operators(&portals, who).await?[..] else { anyhow::bail!("three") };
    let scene = &portals.scene;
    let offer = scene.deposit(scene.town.offer("parking", "1.80")).await?;
    let order = scene.town.order(&offer).sign()?;
    scene.pay(&order).await?;
    let order = order.message.order_id.to_string();

    anna.get("/reveals").await?;
    let asked: [(&str, &str); 2] = [("order", &order), ("reason", "a court has asked")];
    both(anna, bert, ("/reveals", &asked)).await?;
    // However much is agreed to meanwhile, it stays in the list of both, and of nobody else.
    for round in 0..26 {
        for act in ["suspend", "reinstate"] {
            anna.get("/parties/news").await?;
            let path = format!("/parties/news/{act}");
            let reason = format!("as agreed, {round}");
            both(anna, bert, (&path, &[("reason", &reason)])).await?;
        }
    }
    for who in [&mut *anna, &mut *bert] {
        let list = who.get("/reveals").await?;
        list.says(200, &order)?;
        let shown = between(&list.body, "href=\"/reveals/", "\"").context("nothing to look at")?.to_owned();
        let page = who.get(&format!("/reveals/{shown}")).await?;
        page.says(200, ALICE_NUMBER)?;
        page.says(200, ALICE)?;
        carl.get(&format!("/reveals/{shown}")).await?.says(403, "")?;
    }
    ensure!(!carl.get("/reveals").await?.body.contains(&order), "it is nobody else's to look at");
    portals.scene.close(1)
}
