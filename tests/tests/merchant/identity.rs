//! A customer is a pseudonym (R46): no page, no file and no program of a shop says who it is.

use anyhow::{Context as _, Result, ensure};
use hyper::Method;
use hyper::body::Bytes;
use serde_json::Value;
use tests::database::Database;
use tests::on_each_database;
use tests::portal::{Page, Visitor};
use tests::shop::{Shop, Street, until};
use tests::town::people::{ALICE, ALICE_NUMBER};

use crate::stage::routes;

on_each_database!(a_shop_never_learns_who_its_customers_are);

async fn a_shop_never_learns_who_its_customers_are(database: Database) -> Result<()> {
    let mut street = Street::open(database).await?;
    let mut shop = street.shop("ada@example.org", "Kiosk Ada", "Tram").await?;
    // By number, without a name; and by address, with one.
    let by_number = street.buy(&mut shop).await?;
    street.ask_back(&by_number, "0.20", "It rained").await?;
    let mut will = street.portals.browser()?;
    will.sign_in_as("wilhelmina.quux@example.net", "Wilhelmina Featherstone", "").await?;
    let page = will.get("/means").await?.shown()?;
    will.submit(&page, "/means/card", &[("card", "approved")]).await?.leads()?;
    let page = will.get("/top-up").await?.shown()?;
    let opened = will.submit(&page, "/top-up", &[("amount", "20")]).await?;
    confirm(&mut will, &opened).await?;
    let page = will.get("/privacy").await?.shown()?;
    let all: Value = serde_json::from_str(&will.submit(&page, "/privacy/export", &[]).await?.shown()?.text)?;
    let party = all["consumer"].as_str().context("what she is called here")?.to_owned();
    ensure!(party.len() > 4 && all["person"]["name"] == "Wilhelmina Featherstone", "{all}");
    street.buyer = will;
    street.furnish(&mut shop).await?;

    // Everything that there is to say of a payment is said of hers.
    let order = shop.things.order.clone();
    let dispute = format!("/payments/{order}/dispute");
    let page = street.buyer.get(&dispute).await?.shown()?;
    let opened = street.buyer.submit(&page, &dispute, &[("amount", "1"), ("reason", "Late")]).await?;
    confirm(&mut street.buyer, &opened).await?;
    until(&mut shop.owner, "/disputes", "Late").await?;

    let secrets = [
        "wilhelmina",
        "quux",
        "featherstone",
        "example.net",
        ALICE,
        &ALICE_NUMBER[1..],
        &ALICE_NUMBER[3..],
        party.as_str(),
    ];
    for thing in [by_number, order] {
        shop.things.order = thing;
        tells_nobody(&mut shop, &secrets).await?;
    }
    street.close()
}

/// Confirms what was just opened, by the code of a moment ago.
async fn confirm(who: &mut Visitor, opened: &Page) -> Result<()> {
    let address = opened.leads()?.to_owned();
    let page = who.get(&address).await?.shown()?;
    who.submit(&page, &address, &[]).await?.leads()?;
    Ok(())
}

/// Opens everything that a shop can look at, also through the eyes of its programs.
async fn tells_nobody(shop: &mut Shop, secrets: &[&str]) -> Result<()> {
    let mut looked = 0;
    for route in routes().filter(|route| route.method == "GET") {
        let mut who = match route.path.starts_with("/api/") {
            true => shop.owner.program(&shop.things.secret),
            false => shop.owner.another_window(),
        };
        let address = shop.things.address(route.path)?;
        let page = who.send(Method::GET, &address, Bytes::new()).await?;
        if page.status != 200 {
            // Signing in is for others.
            ensure!(page.status == 303, "{address}: {page:?}");
            continue;
        }
        let text = page.text.to_lowercase();
        for secret in secrets {
            ensure!(!text.contains(secret), "{address} says {secret}: {}", page.text);
        }
        looked += 1;
    }
    ensure!(looked > 25, "{looked} pages");
    // They are those on which she would be named.
    for path in ["/payments", "/payments.csv"] {
        let page = shop.owner.get(path).await?.shown()?;
        ensure!(page.text.contains(&shop.things.order), "{path}: {page:?}");
    }
    let page = shop.owner.program(&shop.things.secret).get("/api/v1/payments").await?.shown()?;
    ensure!(page.text.contains(&shop.things.order), "{page:?}");
    Ok(())
}
