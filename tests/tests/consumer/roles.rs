//! Every route of the consumers' portal, and who it is for: nobody, a consumer, one who has proved nothing lately, one who is
//! suspended, and whoever comes with the cookie of another portal.

use anyhow::{Context as _, Result, ensure};
use backoffice::merchant::pay_link;
use backoffice::web::Route;
use backoffice::{checkout, consumer, people};
use tests::database::Database;
use tests::on_each_database;
use tests::portal::{Page, Portals, Visitor};
use tests::town::people::ALICE_NUMBER;

on_each_database!(each_route_is_for_those_whom_its_table_names);

/// What takes a proof of a moment ago.
const FRESH: [&str; 12] = [
    "/means/bank",
    "/means/card",
    "/means/bank/remove",
    "/means/card/remove",
    "/privacy/export",
    "/privacy/leave",
    "/keys/add",
    "/keys/remove",
    "/account/reach",
    "/account/reach/remove",
    "/terminals/invite",
    "/terminals/{serial}/revoke",
];

/// What any form of ours asks for. What a route does not ask for it does not read.
const SHEET: [(&str, &str); 13] = [
    ("credential", "{}"),
    ("state", "x"),
    ("name", "Alice"),
    ("id", "00"),
    ("reach", "somebody@example.org"),
    ("kind", "x"),
    ("amount", "0"),
    ("holder", "Alice"),
    ("iban", "x"),
    ("card", "approved"),
    ("to", "x"),
    ("reason", "x"),
    ("code", "000000"),
];

/// Where the consumers' portal answers.
pub(crate) fn routes() -> impl Iterator<Item = &'static Route> {
    people::ROUTES.iter().chain(consumer::ROUTES).chain(checkout::ROUTES).chain(pay_link::ROUTES)
}

/// With things that nobody has in the places of its braces.
fn path(route: &Route) -> String {
    let nobodys = |part: &str| match part {
        "{offer}" => "ab".repeat(32),
        "{number}" => "12345".to_owned(),
        part if part.starts_with('{') => "018f4b2e-0000-7000-8000-000000000001".to_owned(),
        part => part.to_owned(),
    };
    route.path.split('/').map(nobodys).collect::<Vec<_>>().join("/")
}

async fn ask(who: &mut Visitor, route: &Route, token: &str) -> Result<Page> {
    ask_at(who, route, &path(route), token).await
}

/// Asks for a route at an address of it, with a sheet that any form would take.
pub(crate) async fn ask_at(who: &mut Visitor, route: &Route, address: &str, token: &str) -> Result<Page> {
    if route.method == "GET" {
        return who.get(address).await;
    }
    let given = SHEET.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    let token = (!token.is_empty()).then(|| ("form_token".to_owned(), token.to_owned()));
    who.post(address, &given.chain(token).collect::<Vec<_>>()).await
}

fn leads_to(page: &Page, where_to: &str) -> bool {
    page.location.as_deref().is_some_and(|to| to == where_to || to.starts_with(&format!("{where_to}?")))
}

async fn each_route_is_for_those_whom_its_table_names(database: Database) -> Result<()> {
    let mut portals = Portals::open(database).await?;
    ensure!(routes().count() > 60, "there are routes");

    let mut nobody = portals.browser()?;
    nobody_gets_in(&mut nobody).await?;

    let mut alice = portals.browser()?;
    alice.sign_in(ALICE_NUMBER).await?;
    let token = token(&mut alice).await?;
    for route in routes().filter(|route| route.method == "POST") {
        let page = ask(&mut alice, route, "").await?;
        ensure!(page.status == 403, "{route:?} without a token: {page:?}");
    }
    for route in routes().filter(|route| route.method == "GET") {
        let page = ask(&mut alice, route, &token).await?;
        let theirs = matches!(page.status.as_u16(), 200 | 404 | 410) || leads_to(&page, "/");
        let welcome = route.path == "/welcome" && leads_to(&page, "/sign-in");
        ensure!(theirs || welcome, "{route:?}: {page:?}");
    }

    // Her session is good for months, her proof for minutes.
    portals.scene.database.sql()?.execute("UPDATE portal_session SET proved_at = proved_at - 3600000")?;
    for route in routes().filter(|route| route.method == "POST" && route.path != "/sign-out") {
        let page = ask(&mut alice, route, &token).await?;
        let fresh = FRESH.contains(&route.path);
        ensure!(fresh == leads_to(&page, "/confirm"), "{route:?}: {page:?}");
        ensure!(page.status.as_u16() < 500, "{route:?}: {page:?}");
    }

    // The other portals do not know her.
    let mut elsewhere = alice.at(&portals, &portals.merchant)?;
    let page = elsewhere.get("/payments").await?;
    ensure!(leads_to(&page, "/sign-in"), "a consumer at the merchants' portal: {page:?}");

    portals.scene.database.sql()?.execute("UPDATE person SET state = 'suspended'")?;
    nobody_gets_in(&mut alice).await?;
    portals.scene.close(0)
}

/// The token that somebody's forms carry.
pub(crate) async fn token(who: &mut Visitor) -> Result<String> {
    let form = who.get("/interests").await?.shown()?.form("/interests")?;
    let token = form.into_iter().find(|(name, _)| name == "form_token").context("a token")?;
    Ok(token.1)
}

async fn nobody_gets_in(nobody: &mut Visitor) -> Result<()> {
    for route in routes() {
        let page = ask(nobody, route, "").await?;
        let right = match (route.method, route.roles.is_empty()) {
            ("GET", false) => leads_to(&page, "/sign-in"),
            ("GET", true) => matches!(page.status.as_u16(), 200 | 404 | 410) || leads_to(&page, "/sign-in"),
            _ => page.status == 403,
        };
        ensure!(right, "{route:?}: {page:?}");
    }
    Ok(())
}
