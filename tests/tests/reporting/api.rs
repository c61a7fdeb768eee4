//! The reporting interface of a running server, with a shop that has sold, given back and been paid out.

use std::collections::BTreeSet;

use anyhow::{Context as _, Result, ensure};
use hyper::Method;
use hyper::body::Bytes;
use serde_json::Value;
use tests::database::Database;
use tests::on_each_database;
use tests::portal::{Page, Visitor};
use tests::schemathesis::{Interface, ask};

use crate::stage::{Trade, json};

on_each_database!(
    schemathesis_finds_nothing_with_a_key_and_without,
    every_page_by_cursor_comes_once_and_nothing_is_left_out,
    whatever_goes_wrong_is_said_as_a_problem,
    a_key_reads_its_own_merchant_and_nothing_once_it_is_removed,
);

async fn schemathesis_finds_nothing_with_a_key_and_without(database: Database) -> Result<()> {
    let trade = Trade::open(database, 5).await?;
    let address = trade.street.portals.merchant.clone();
    let document = format!("{address}/api/v1/openapi.json");
    let folder = trade.street.portals.scene.town.folder();
    let root = folder.join("pki/root.pem");
    // Nobody guesses an order: the document that is asked by with the key names one.
    let mut named = json(&trade.program().get("/api/v1/openapi.json").await?.shown()?)?;
    let order = &mut named["paths"]["/api/v1/payments/{order}"]["get"]["parameters"][0]["schema"];
    ensure!(order["pattern"].is_string(), "{order}");
    *order = serde_json::json!({ "type": "string", "enum": [trade.shop.things.order] });
    let by_name = folder.join("openapi.json");
    std::fs::write(&by_name, named.to_string())?;
    let bearer = format!("Bearer {}", trade.shop.things.secret);
    let found = tokio::task::spawn_blocking(move || {
        let interface =
            Interface { document: &document, root: Some(&root), examples: 60, ..Interface::default() };
        let with_key = Interface {
            document: by_name.to_str().context("a path that is no text")?,
            address: Some(&address),
            headers: vec![("Authorization", &bearer)],
            ..interface.clone()
        };
        ask(&with_key).context("with a key")?;
        ask(&interface).context("without a key")
    });
    let found = found.await?;
    let log = trade.street.portals.scene.app.log();
    found.with_context(|| log.clone())?;
    ensure!(!log.contains("a request failed"), "{log}");
    trade.close()
}

/// All rows of a list, so many at a time, as texts; and how many answers that took.
async fn all(program: &mut Visitor, list: &str, filter: &str, limit: usize) -> Result<(Vec<String>, usize)> {
    let (mut rows, mut next, mut answers) = (Vec::new(), None::<String>, 0);
    loop {
        let cursor = next.map(|next| format!("&cursor={next}")).unwrap_or_default();
        let answer =
            json(&program.get(&format!("/api/v1/{list}?limit={limit}{filter}{cursor}")).await?.shown()?)?;
        let page = answer[list].as_array().context("rows")?;
        ensure!(page.len() <= limit, "more than {limit}: {answer}");
        rows.extend(page.iter().map(Value::to_string));
        answers += 1;
        ensure!(answers < 100, "{list} never ends");
        next = answer["next"].as_str().map(str::to_owned);
        if next.is_none() {
            return Ok((rows, answers));
        }
    }
}

async fn every_page_by_cursor_comes_once_and_nothing_is_left_out(database: Database) -> Result<()> {
    let mut trade = Trade::open(database, 7).await?;
    let mut program = trade.program();
    // At least two: what a payout itself has moved may be drawn up as one of nothing.
    let payouts = trade.street.portals.scene.database.sql()?.number("SELECT COUNT(*) FROM payout")?;
    let payouts = usize::try_from(payouts).ok().filter(|count| *count >= 2).context("two payouts")?;
    for (list, count, name) in
        [("payments", 7, "order"), ("items", 4, "code"), ("payouts", payouts, "position")]
    {
        let (whole, answers) = all(&mut program, list, "", 100).await?;
        ensure!(answers == 1 && whole.len() == count, "{list}: {whole:?}");
        let names: BTreeSet<String> = whole
            .iter()
            .map(|row| Ok(serde_json::from_str::<Value>(row)?[name].as_str().context("a name")?.to_owned()))
            .collect::<Result<_>>()?;
        ensure!(names.len() == count, "{list}: twice in {whole:?}");
        for limit in 1..=count + 1 {
            let (rows, _) = all(&mut program, list, "", limit).await?;
            ensure!(rows == whole, "{list} by {limit}: {rows:?}");
        }
    }
    let (whole, _) = all(&mut program, "payments", "", 100).await?;
    let states = [("partly-refunded", 1), ("paid", 6), ("disputed", 0), ("refunded", 0)];
    for (state, count) in states {
        for limit in [1, 2, 100] {
            let (rows, _) = all(&mut program, "payments", &format!("&state={state}"), limit).await?;
            ensure!(rows.len() == count && rows.iter().all(|row| whole.contains(row)), "{state}: {rows:?}");
        }
    }
    for (filter, count) in
        [("&q=Tram", 7), ("&q=Nothing", 0), ("&from=2099-01-01T00:00:00Z", 0), ("&q=Z7", 7)]
    {
        let (rows, _) = all(&mut program, "payments", filter, 3).await?;
        ensure!(rows.len() == count, "{filter}: {rows:?}");
    }
    // What is sold in between is newer: it shifts nothing.
    let first = json(&program.get("/api/v1/payments?limit=3").await?.shown()?)?;
    let Trade { street, shop } = &mut trade;
    street.buy(shop).await?;
    let next = first["next"].as_str().context("there is more")?;
    let rest = json(&program.get(&format!("/api/v1/payments?limit=100&cursor={next}")).await?.shown()?)?;
    let rows =
        [&first, &rest].into_iter().flat_map(|answer| answer["payments"].as_array().into_iter().flatten());
    ensure!(rows.map(Value::to_string).collect::<Vec<_>>() == whole);
    trade.close()
}

/// A problem, complete, and of the status that the answer has (RFC 9457).
fn problem(page: &Page, status: u16, what: &str) -> Result<()> {
    ensure!(page.status == status, "{what}: {page:?}");
    ensure!(page.content_type == "application/problem+json", "{what}: {page:?}");
    let said = json(page)?;
    for field in ["type", "title", "detail", "instance"] {
        ensure!(said[field].as_str().is_some_and(|text| !text.is_empty()), "{what}: no {field} in {said}");
    }
    ensure!(said["type"].as_str().is_some_and(|kind| kind.starts_with("urn:meteore:problem:")), "{said}");
    ensure!(said["status"] == status, "{what}: {said}");
    Ok(())
}

async fn whatever_goes_wrong_is_said_as_a_problem(database: Database) -> Result<()> {
    let trade = Trade::open(database, 1).await?;
    let mut program = trade.program();
    let nobody = uuid();
    for (path, status) in [
        ("/api".to_owned(), 404),
        ("/api/".into(), 404),
        ("/api/v2/payments".into(), 404),
        ("/api/v1".into(), 404),
        ("/api/v1/payments/".into(), 404),
        ("/api/v1/payments/%00".into(), 404),
        ("/api/v1/payments/x".into(), 404),
        ("/api/v1/payments/%ff%fe".into(), 404),
        (format!("/api/v1/payments/{nobody}"), 404),
        (format!("/api/v1/payments/{}", nobody.to_uppercase()), 404),
        (format!("/api/v1/{}", "x".repeat(4000)), 404),
        ("/api/v1/payments?page=2".into(), 422),
        ("/api/v1/payments?limit=0".into(), 422),
        ("/api/v1/payments?limit=1&limit=2".into(), 422),
        ("/api/v1/payments?cursor=zz".into(), 422),
        ("/api/v1/payments?state=Paid".into(), 422),
        ("/api/v1/payments?from=yesterday".into(), 422),
        ("/api/v1/payments?q=".into(), 422),
        ("/api/v1/payouts?limit=x".into(), 422),
        ("/api/v1/items?cursor=-1".into(), 422),
        ("/api/v1/balance?x=1".into(), 422),
        (format!("/api/v1/payments/{nobody}?x=1"), 422),
    ] {
        problem(&program.get(&path).await?, status, &path)?;
    }
    for path in ["payments", "payouts", "items", "balance", &format!("payments/{nobody}"), "openapi.json"] {
        let path = format!("/api/v1/{path}");
        for method in
            [Method::POST, Method::PUT, Method::DELETE, Method::PATCH, Method::OPTIONS, Method::TRACE]
        {
            let answer = program.send(method.clone(), &path, Bytes::from_static(b"{}")).await?;
            problem(&answer, 405, &format!("{method} {path}"))?;
        }
    }
    let mut strangers = [
        trade.shop.owner.program("nonsense"),
        trade.shop.owner.program(&trade.shop.things.secret.to_lowercase()),
    ];
    for stranger in &mut strangers {
        for path in ["payments", "payouts", "items", "balance", &format!("payments/{nobody}")] {
            problem(&stranger.get(&format!("/api/v1/{path}")).await?, 401, path)?;
        }
    }
    // Whoever is signed in at the portal is nobody here.
    let mut owner = trade.shop.owner.another_window();
    problem(&owner.get("/api/v1/payments").await?, 401, "a browser")?;
    trade.close()
}

async fn a_key_reads_its_own_merchant_and_nothing_once_it_is_removed(database: Database) -> Result<()> {
    let mut trade = Trade::open(database, 2).await?;
    let mut program = trade.program();
    let listed = json(&program.get("/api/v1/payments").await?.shown()?)?;
    let order = listed["payments"][0]["order"].as_str().context("an order")?.to_owned();
    let one = json(&program.get(&format!("/api/v1/payments/{order}")).await?.shown()?)?;
    ensure!(one["payment"] == listed["payments"][0], "{one}");
    ensure!(one["events"][0]["kind"] == "ordered", "{one}");
    let text = listed.to_string();
    ensure!(!text.contains("alice") && !text.contains("+336"), "a consumer is named: {text}");

    let mut other = trade.street.shop("eve@example.org", "Kiosk Eve", "Bus").await?;
    other.make_key("Books").await?;
    let mut other = other.owner.program(&other.things.secret);
    problem(&other.get(&format!("/api/v1/payments/{order}")).await?, 404, "another shop's order")?;
    for list in ["payments", "payouts"] {
        let answer = json(&other.get(&format!("/api/v1/{list}")).await?.shown()?)?;
        ensure!(answer[list].as_array().is_some_and(Vec::is_empty), "{answer}");
    }
    let page = trade.shop.owner.get("/api-keys").await?.shown()?;
    let remove = format!("/api-keys/{}/remove", trade.shop.things.api_key);
    trade.shop.owner.submit(&page, &remove, &[]).await?.leads()?;
    problem(&program.get("/api/v1/payments").await?, 401, "a key that was removed")?;
    trade.close()
}

fn uuid() -> String {
    tests::random::uuid().to_string()
}
