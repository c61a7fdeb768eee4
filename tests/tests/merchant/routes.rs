//! The table of routes and roles, held against the sources of the rooms and tried with everybody.

use std::collections::BTreeSet;

use anyhow::{Context as _, Result, ensure};
use backoffice::web::{MemberRole, Route};
use backoffice::{api, merchant, people};
use tests::database::Database;
use tests::on_each_database;
use tests::portal::{Page, Visitor};
use tests::scratch::repository;
use tests::shop::{Street, Things};

use crate::stage::{ask, routes, token};

on_each_database!(every_route_is_for_those_whom_the_table_names_and_for_nobody_else);

/// What is routed in a source file, by method and address.
fn routed(source: &str) -> BTreeSet<(String, String)> {
    let routes = source.split(".route(\"").skip(1).filter_map(|call| {
        let (path, rest) = call.split_once("\", ")?;
        Some((rest.split('(').next()?.to_uppercase(), path.to_owned()))
    });
    let resources = source.split("resource(\"").skip(1).filter_map(|call| {
        let method = call.split_once(".route(")?.1.split('(').next()?;
        Some((method.to_uppercase(), call.split('"').next()?.to_owned()))
    });
    routes.chain(resources).collect()
}

fn table(routes: &[Route]) -> BTreeSet<(String, String)> {
    routes.iter().map(|route| (route.method.to_owned(), route.path.to_owned())).collect()
}

#[test]
fn what_is_routed_in_a_room_stands_in_its_table_and_nothing_else() -> Result<()> {
    for (file, routes) in [
        ("merchant.rs", merchant::ROUTES),
        ("merchant/pay_link.rs", merchant::pay_link::ROUTES),
        ("people.rs", people::ROUTES),
        ("api.rs", api::ROUTES),
    ] {
        let source = std::fs::read_to_string(repository().join("backoffice/src").join(file)).context(file)?;
        let source = source.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
        ensure!(
            routed(source) == table(routes),
            "{file}: {:?}",
            routed(source).symmetric_difference(&table(routes))
        );
        ensure!(table(routes).len() == routes.len(), "{file}: an address stands twice in the table");
    }
    // A route that is not in the table is found.
    let more = ".route(\"/more\", post().to(more)) resource(\"/other\").route(get().to(x))";
    let pair = |method: &str, path: &str| (method.to_owned(), path.to_owned());
    ensure!(routed(more) == BTreeSet::from([pair("POST", "/more"), pair("GET", "/other")]));
    // No other room of the merchants' portal has addresses: those that the server opens it with.
    let server = std::fs::read_to_string(repository().join("gateway/server/src/portals.rs"))?;
    let opened = server
        .split_once("fn merchants(")
        .and_then(|(_, rest)| rest.split_once("\n    }\n"))
        .context("merchants")?;
    let rooms: BTreeSet<&str> =
        opened.0.split("::routes(routes)").filter_map(|part| part.split_whitespace().last()).collect();
    ensure!(rooms == BTreeSet::from(["people", "merchant", "api", "}))"]), "{rooms:?}");
    Ok(())
}

/// Somebody in front of a browser, and what they are.
struct Role {
    name: &'static str,
    is: Option<MemberRole>,
    browser: Visitor,
}

async fn every_route_is_for_those_whom_the_table_names_and_for_nobody_else(database: Database) -> Result<()> {
    let mut street = Street::open(database).await?;
    let mut shop = street.shop("ada@example.org", "Kiosk Ada", "Tram").await?;
    street.furnish(&mut shop).await?;
    let viewer = street.join(&mut shop, "vera@example.org", "viewer").await?;
    let manager = street.join(&mut shop, "max@example.org", "manager").await?;
    let roles = [
        Role { name: "nobody", is: None, browser: street.portals.merchant_browser()? },
        Role { name: "viewer", is: Some(MemberRole::Viewer), browser: viewer },
        Role { name: "manager", is: Some(MemberRole::Manager), browser: manager },
        // Last: nothing is refused them.
        Role { name: "owner", is: Some(MemberRole::Owner), browser: shop.owner.another_window() },
    ];
    let mut tried = 0;
    for mut role in roles {
        // Who may change things looks at them first; what signs out comes after everything else.
        let mut all: Vec<&Route> = routes().collect();
        all.sort_by_key(|route| (route.path == "/sign-out", route.method != "GET"));
        for route in all {
            let own = token(&mut role.browser).await?;
            // Who may do it, does it to what does not exist; who looks, looks at what does.
            let things = if route.method == "GET" { shop.things.clone() } else { Things::of_nobody() };
            let page = ask(&mut role.browser, route, &things.address(route.path)?, &own).await?;
            let verdict = judge(route, role.is, &page);
            ensure!(verdict, "{} {} by {}: {page:?}", route.method, route.path, role.name);
            tried += 1;
        }
    }
    ensure!(tried == 4 * routes().count() && tried > 200, "{tried} tries");
    street.close()
}

/// Whether an answer is what a role has to get.
fn judge(route: &Route, role: Option<MemberRole>, page: &Page) -> bool {
    let to = page.location.as_deref().unwrap_or_default();
    if route.path.starts_with("/api/") {
        // Programs are known by keys: who is signed in is nobody here.
        return page.status == if route.path.ends_with("openapi.json") { 200 } else { 401 };
    }
    if route.roles.is_empty() {
        return [200, 303, 422].contains(&page.status.as_u16());
    }
    match role {
        None => page.status == 303 && to.starts_with("/sign-in?next="),
        Some(role) if route.roles.contains(&role) => {
            let done = [200, 303, 404, 422].contains(&page.status.as_u16());
            let there = route.method != "GET" || page.status == 200;
            done && there && !to.starts_with("/sign-in") && !to.starts_with("/confirm")
        }
        Some(_) => page.status == 403,
    }
}
