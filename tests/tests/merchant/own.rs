//! Nobody sees or changes what is another shop's: for them it is not there, and what they are answered does not tell it from
//! what nobody has.

use anyhow::{Context as _, Result, ensure};
use tests::database::Database;
use tests::on_each_database;
use tests::random;
use tests::shop::{Shop, Street, Things};

use crate::stage::{ask, routes, token};

on_each_database!(
    another_shops_things_are_answered_like_things_that_do_not_exist,
    an_act_of_another_shop_is_not_done_again_for_this_one,
);

async fn another_shops_things_are_answered_like_things_that_do_not_exist(database: Database) -> Result<()> {
    let mut street = Street::open(database).await?;
    let mut shop = street.shop("ada@example.org", "Kiosk Ada", "Tram of Ada").await?;
    street.join(&mut shop, "max@example.org", "manager").await?;
    street.furnish(&mut shop).await?;
    let mut other = street.shop("eve@example.org", "Kiosk Eve", "Tram of Eve").await?;
    street.furnish(&mut other).await?;

    let before = sight(&mut shop).await?;
    let program = other.things.secret.clone();
    let token = token(&mut other.owner).await?;
    let mut tried = 0;
    for route in routes().filter(|route| route.path.contains('{')) {
        let mut eve = if route.path.starts_with("/api/") {
            other.owner.program(&program)
        } else {
            other.owner.another_window()
        };
        let (theirs, nobodys) = (shop.things.address(route.path)?, Things::of_nobody().address(route.path)?);
        let answers = [
            ask(&mut eve, route, &theirs, &token).await?.plain(&theirs),
            ask(&mut eve, route, &nobodys, &token).await?.plain(&nobodys),
        ];
        ensure!(answers[0].0 == 404, "{} {theirs}: {:?}", route.method, answers[0]);
        ensure!(answers[0] == answers[1], "{} {}: {answers:?}", route.method, route.path);
        let nonsense = route.path.replace(['{', '}'], "");
        let answer = ask(&mut eve, route, &nonsense, &token).await?;
        ensure!(answer.status == 404, "{} {nonsense}: {answer:?}", route.method);
        // There is such a thing for whoever owns it.
        if route.method == "GET" {
            let mut owner = if route.path.starts_with("/api/") {
                shop.owner.program(&shop.things.secret)
            } else {
                shop.owner.another_window()
            };
            owner.get(&theirs).await?.shown()?;
        }
        tried += 1;
    }
    ensure!(tried >= 14, "{tried} routes with a thing in them");
    // Nor does it show anywhere else.
    let order = shop.things.order.clone();
    for path in [
        format!("/payments?q={order}"),
        "/payments".into(),
        "/payments.csv".into(),
        "/links".into(),
        "/items".into(),
    ] {
        let page = other.owner.get(&path).await?.shown()?;
        let shown = page.text.contains("Tram of Ada") || page.text.contains(&format!("/payments/{order}"));
        ensure!(!shown, "{path}: {page:?}");
    }
    for (now, before) in sight(&mut shop).await?.iter().zip(&before) {
        ensure!(now == before, "the shop has changed: {now}\ninstead of: {before}");
    }
    street.close()
}

/// All that a shop's owner sees of what others must not change.
async fn sight(shop: &mut Shop) -> Result<Vec<String>> {
    let order = format!("/payments/{}", shop.things.order);
    let item = format!("/items/{}", shop.things.item);
    let mut seen = Vec::new();
    shop.owner.program(&shop.things.secret).get("/api/v1/balance").await?.shown()?;
    for path in [order.as_str(), &item, "/links", "/certificates", "/api-keys", "/team", "/payouts", "/bank"]
    {
        let page = shop.owner.get(path).await?.shown()?;
        // Callbacks go on by themselves; all else stays.
        let text = page.plain(path).2;
        seen.push(text.split("<ol class=\"timeline\">").next().unwrap_or_default().to_owned());
    }
    Ok(seen)
}

async fn an_act_of_another_shop_is_not_done_again_for_this_one(database: Database) -> Result<()> {
    let mut street = Street::open(database).await?;
    let mut ada = street.shop("ada@example.org", "Kiosk Ada", "Tram").await?;
    let mut eve = street.shop("eve@example.org", "Kiosk Eve", "Tram").await?;
    let (of_ada, of_eve) = (street.buy(&mut ada).await?, street.buy(&mut eve).await?);
    let id = random::uuid().to_string();
    ada.refund(&of_ada, &[("id", &id), ("amount", "0.40")]).await?.leads()?;
    // The same id by somebody else: neither done nor told what it was.
    let answer = eve.refund(&of_eve, &[("id", &id), ("amount", "0.70")]).await?;
    ensure!(answer.status == 404, "{answer:?}");
    // By the same, but for another amount: what was said first counts.
    let again = ada.refund(&of_ada, &[("id", &id), ("amount", "0.90")]).await?;
    ensure!(again.leads()? == format!("/payments/{of_ada}"), "{again:?}");
    let mut sql = street.portals.scene.database.sql()?;
    let refunded = sql
        .words("SELECT CAST(refunded_micros AS TEXT) AS value FROM payment ORDER BY id")
        .context("payments")?;
    ensure!(refunded == ["400000", "0"], "{refunded:?}");
    drop(sql);
    street.close()
}
