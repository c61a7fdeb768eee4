//! Routes of the merchants' portal, and how they are asked for.

use anyhow::Result;
use backoffice::web::Route;
use backoffice::{api, merchant, people};
use hyper::Method;
use hyper::body::Bytes;
use tests::portal::{Page, Visitor};
use tests::random;

/// Where the merchants' portal answers.
pub(crate) fn routes() -> impl Iterator<Item = &'static Route> {
    merchant::ROUTES.iter().chain(people::ROUTES).chain(api::ROUTES)
}

/// All that any form of the portal is filled in with.
pub(crate) fn sheet() -> Vec<(String, String)> {
    let id = random::uuid().to_string();
    [
        ("id", id.as_str()),
        ("amount", "0.10"),
        ("code", "X1"),
        ("title", "Another title"),
        ("price", "9.99"),
        ("active", "yes"),
        ("role", "viewer"),
        ("reason", "key-compromise"),
        ("credential", "{}"),
        ("state", "none"),
        ("name", "Any"),
        ("reach", "any@example.org"),
        ("kind", "phone"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .into()
}

/// The token that somebody's forms carry, signed in or not.
pub(crate) async fn token(who: &mut Visitor) -> Result<Vec<(String, String)>> {
    let page = who.get("/sign-in").await?;
    if page.status == 200 {
        return page.form("/sign-in").map(|fields| only_token(&fields));
    }
    Ok(only_token(&who.get("/keys").await?.shown()?.form("/sign-out")?))
}

fn only_token(fields: &[(String, String)]) -> Vec<(String, String)> {
    fields.iter().filter(|(name, _)| name == "form_token").cloned().collect()
}

/// Asks for a route, with a sheet that any form would take.
pub(crate) async fn ask(
    who: &mut Visitor,
    route: &Route,
    address: &str,
    token: &[(String, String)],
) -> Result<Page> {
    match route.method {
        "GET" => who.send(Method::GET, address, Bytes::new()).await,
        _ => who.post(address, &[sheet(), token.to_vec()].concat()).await,
    }
}

/// Signs in as somebody new, and stops where they are asked who they are.
pub(crate) async fn arrive(who: &mut Visitor, reach: &str) -> Result<Page> {
    let page = who.get("/sign-in").await?.shown()?;
    who.submit(&page, "/sign-in", &[("reach", reach)]).await?.leads()?;
    let page = who.get("/code").await?.shown()?;
    let code = who.code(reach)?;
    who.submit(&page, "/code", &[("code", &code)]).await?.leads()?;
    who.get("/welcome").await?.shown()
}
