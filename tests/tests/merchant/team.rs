//! Who may do what in a team, from the next request on; a team that always has an owner; and invitations that were taken back.

use anyhow::{Context as _, Result, ensure};
use tests::database::Database;
use tests::on_each_database;
use tests::portal::{Page, Visitor};
use tests::shop::{Shop, Street};

use crate::stage::{arrive, token};

on_each_database!(
    another_role_counts_from_the_next_request_on,
    the_last_owner_stays_one,
    an_invitation_that_was_taken_back_opens_nothing,
);

const NEEDED: &str = "A team needs an owner";

async fn set_role(owner: &mut Visitor, member: &str, role: &str) -> Result<()> {
    let answer = ask_role(owner, member, role).await?;
    ensure!(answer.leads()? == "/team", "{answer:?}");
    Ok(())
}

/// The same, whatever comes of it, and whether the page offers it or not.
async fn ask_role(owner: &mut Visitor, member: &str, role: &str) -> Result<Page> {
    let fields = [token(owner).await?, vec![("role".to_owned(), role.to_owned())]].concat();
    owner.post(&format!("/team/{member}/role"), &fields).await
}

/// The only owner of the only shop.
fn the_owner(street: &Street) -> Result<String> {
    let owners = "FROM person WHERE audience = 'merchant' AND state = 'active' AND role = 'owner'";
    let mut sql = street.portals.scene.database.sql()?;
    let count = sql.number(&format!("SELECT COUNT(*) {owners}"))?;
    ensure!(count == 1, "{count} owners");
    Ok(sql.number(&format!("SELECT MAX(id) {owners}"))?.to_string())
}

async fn another_role_counts_from_the_next_request_on(database: Database) -> Result<()> {
    let mut street = Street::open(database).await?;
    let mut shop = street.shop("ada@example.org", "Kiosk Ada", "Tram").await?;
    let mut max = street.join(&mut shop, "max@example.org", "manager").await?;
    let number = shop.things.member.clone();
    let order = street.buy(&mut shop).await?;
    let (refund, item) =
        (format!("/payments/{order}/refund"), [("code", "X1"), ("title", "Ice"), ("price", "1")]);
    // Open in front of him while he becomes somebody who only looks.
    let (new, back) = (max.get("/items/new").await?.shown()?, max.get(&refund).await?.shown()?);
    set_role(&mut shop.owner, &number, "viewer").await?;
    ensure!(max.submit(&new, "/items", &item).await?.status == 403);
    ensure!(max.submit(&back, &refund, &[("amount", "0.40")]).await?.status == 403);
    for path in ["/items/new", refund.as_str(), "/team"] {
        ensure!(max.get(path).await?.status == 403, "{path}");
    }
    ensure!(!max.get("/items").await?.shown()?.text.contains("Ice"));
    let moved = "SELECT COALESCE(SUM(refunded_micros), 0) FROM payment";
    ensure!(street.portals.scene.database.sql()?.number(moved)? == 0);

    // With the same form, and no other session, once he may again.
    set_role(&mut shop.owner, &number, "manager").await?;
    max.submit(&new, "/items", &item).await?.leads()?;
    ensure!(max.get("/team").await?.status == 403);
    set_role(&mut shop.owner, &number, "owner").await?;
    max.get("/team").await?.shown()?;
    set_role(&mut shop.owner, &number, "viewer").await?;
    ensure!(max.get("/team").await?.status == 403);
    // A role that nobody has is none.
    ensure!(ask_role(&mut shop.owner, &number, "emperor").await?.status == 422);
    street.close()
}

async fn the_last_owner_stays_one(database: Database) -> Result<()> {
    let street = Street::open(database).await?;
    let mut shop = street.shop("ada@example.org", "Kiosk Ada", "Tram").await?;
    let me = the_owner(&street)?;
    is_needed(&mut shop, &me).await?;
    let mut max = street.join(&mut shop, "max@example.org", "owner").await?;
    let his = shop.things.member.clone();
    // One of two may go, and then the other is the last.
    set_role(&mut max, &me, "viewer").await?;
    ensure!(shop.owner.get("/team").await?.status == 403);
    let alone = ask_role(&mut max, &his, "manager").await?;
    ensure!(alone.leads()? == "/team" && max.get("/team").await?.shown()?.text.contains(NEEDED));
    ensure!(the_owner(&street)? == his);

    // Each does it to the other at the same moment.
    let mut ada = shop.owner.another_window();
    let viewer =
        |token: Vec<(String, String)>| [token, vec![("role".to_owned(), "viewer".to_owned())]].concat();
    for round in 0..10 {
        let last = the_owner(&street)?;
        let (owner, other) = if last == me { (&mut ada, &his) } else { (&mut max, &me) };
        set_role(owner, other, "owner").await?;
        let forms = (viewer(token(&mut ada).await?), viewer(token(&mut max).await?));
        let acts = (format!("/team/{his}/role"), format!("/team/{me}/role"));
        let (first, second) = tokio::join!(ada.post(&acts.0, &forms.0), max.post(&acts.1, &forms.1));
        for answer in [first?, second?] {
            ensure!([303, 403].contains(&answer.status.as_u16()), "round {round}: {answer:?}");
        }
        the_owner(&street).with_context(|| format!("round {round}"))?;
    }
    street.close()
}

/// Neither less than an owner, nor gone.
async fn is_needed(shop: &mut Shop, me: &str) -> Result<()> {
    let page = shop.owner.get("/team").await?.shown()?;
    ensure!(page.actions("/team/") == ["/team/invite"], "it is not even offered: {page:?}");
    let token = token(&mut shop.owner).await?;
    for role in ["viewer", "manager"] {
        ask_role(&mut shop.owner, me, role).await?.leads()?;
        ensure!(shop.owner.get("/team").await?.shown()?.text.contains(NEEDED));
    }
    let removed = shop.owner.post(&format!("/team/{me}/remove"), &token).await?;
    ensure!(removed.leads()? == "/team", "{removed:?}");
    ensure!(shop.owner.get("/team").await?.shown()?.text.contains(NEEDED));
    shop.owner.get("/bank").await?.shown()?;
    Ok(())
}

async fn an_invitation_that_was_taken_back_opens_nothing(database: Database) -> Result<()> {
    let street = Street::open(database).await?;
    let mut shop = street.shop("ada@example.org", "Kiosk Ada", "Tram").await?;
    shop.invite("nina@example.org", "owner").await?;
    let mut nina = street.portals.merchant_browser()?;
    let welcome = arrive(&mut nina, "nina@example.org").await?;
    ensure!(welcome.text.contains("Kiosk Ada invited you"), "{welcome:?}");

    let withdraw = format!("/team/invitations/{}/withdraw", shop.things.invitation);
    let page = shop.owner.get("/team").await?.shown()?;
    shop.owner.submit(&page, &withdraw, &[]).await?.leads()?;
    let joined = nina.submit(&welcome, "/welcome", &[("name", "Nina")]).await?;
    ensure!(joined.status == 404, "{joined:?}");
    ensure!(nina.get("/").await?.leads()?.starts_with("/sign-in"), "she is let in");

    // Who comes afterwards may open a shop of their own; the other one cannot be had by asking for it.
    let mut later = street.portals.merchant_browser()?;
    let welcome = arrive(&mut later, "nina@example.org").await?;
    ensure!(!welcome.text.contains("Kiosk Ada"), "{welcome:?}");
    let forced = later.submit(&welcome, "/welcome", &[("join", "yes"), ("terms", "yes")]).await?;
    ensure!(forced.status == 404, "{forced:?}");
    let people = "SELECT COUNT(*) FROM person WHERE audience = 'merchant'";
    ensure!(street.portals.scene.database.sql()?.number(people)? == 1);
    // Nor does it come back.
    let own = token(&mut shop.owner).await?;
    let again = shop.owner.post(&withdraw, &own).await?;
    ensure!(again.status == 404, "{again:?}");
    the_owner(&street)?;
    street.close()
}
