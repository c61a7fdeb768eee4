//! Nobody sees, confirms or changes what is somebody else's: it is answered like what nobody has.

use anyhow::{Context as _, Result, ensure};
use backoffice::web::Route;
use tests::belongings::{Belongings, EVERYBODYS, PAYMENTS};
use tests::database::Database;
use tests::on_each_database;
use tests::portal::{Portals, Visitor};
use tests::town::people::{ALICE, ALICE_NUMBER, BOB, BOB_NUMBER};

use crate::roles::{ask_at, routes, token};

on_each_database!(what_is_somebody_elses_is_answered_like_what_nobody_has);

async fn what_is_somebody_elses_is_answered_like_what_nobody_has(database: Database) -> Result<()> {
    let mut portals = Portals::open(database).await?;
    let (mut alice, mut bob) = (portals.browser()?, portals.browser()?);
    alice.sign_in(ALICE_NUMBER).await?;
    bob.sign_in(BOB_NUMBER).await?;
    // So that Bob has a bill, where Alice has a statement.
    let scene = &portals.scene;
    let offer = scene.deposit(scene.town.offer("news", "0.30")).await?;
    scene.pay(&scene.town.order(&offer).by(&scene.town.party(BOB)).sign()?).await?;
    let hers = Belongings::of(scene, &mut alice, ALICE).await?;
    let before = sight(&mut alice, &hers).await?;

    for everybodys in EVERYBODYS {
        ensure!(routes().any(|route| route.path == everybodys), "{everybodys} is no route");
    }
    let own = || routes().filter(|route| route.path.contains('{') && !EVERYBODYS.contains(&route.path));
    let mut tried = 0;
    for route in own() {
        let theirs = hers.address(route.path)?;
        if route.method == "GET" {
            let page = alice.get(&theirs).await?;
            ensure!([200, 303].contains(&page.status.as_u16()), "{theirs} is not there for her: {page:?}");
        }
        is_not_there(&mut bob, route, &theirs).await?;
        let nonsense = route.path.replace(['{', '}'], "");
        let token = token(&mut bob).await?;
        let answer = ask_at(&mut bob, route, &nonsense, &token).await?;
        ensure!(answer.status == 404, "{} {nonsense}: {answer:?}", route.method);
        tried += 1;
    }
    ensure!(tried >= 20, "{tried} routes with a thing in them");
    let bill = bob.get("/bills").await?.shown()?.link("/bills/").context("no bill")?;
    for route in own().filter(|route| route.path.contains("{number}")) {
        let his = route.path.replace("/bills/{number}", &bill);
        bob.get(&his).await?.shown()?;
        is_not_there(&mut alice, route, &his).await?;
    }

    // Nor does it show anywhere else.
    for (path, thing) in [
        ("/payments".to_owned(), format!("/payments/{}", hers.order)),
        (format!("/payments?q={}", hers.order), format!("/payments/{}", hers.order)),
        ("/bills".to_owned(), format!("/bills/{}", hers.bill)),
        ("/coupons".to_owned(), format!("/coupons/{}", hers.coupon)),
        ("/terminals".to_owned(), format!("/terminals/{}/revoke", hers.serial)),
    ] {
        let page = bob.get(&path).await?.shown()?;
        ensure!(!page.text.contains(&format!("\"{thing}\"")), "{path}: {page:?}");
    }
    for (now, before) in sight(&mut alice, &hers).await?.iter().zip(&before) {
        ensure!(now == before, "it has changed: {now}\ninstead of: {before}");
    }
    // What waits for her still waits.
    for address in [format!("/pay/{}", hers.waiting), format!("/instructions/{}", hers.instruction)] {
        let token = token(&mut alice).await?;
        let done = alice.post(&address, &[("form_token".to_owned(), token)]).await?;
        ensure!(done.leads()?.starts_with(['/']) && !done.leads()?.starts_with("/pay/"), "{done:?}");
    }
    ensure!(portals.scene.balance(ALICE)? == 117_900_000, "100.00 less 1.80 and 0.30, and 20.00 more");
    portals.scene.close(PAYMENTS + 2)
}

/// To whom it does not belong it is not there, as what nobody has.
async fn is_not_there(thief: &mut Visitor, route: &Route, theirs: &str) -> Result<()> {
    let nobodys = Belongings::of_nobody().address(route.path)?;
    let token = token(thief).await?;
    let answers = [
        ask_at(thief, route, theirs, &token).await?.plain(theirs),
        ask_at(thief, route, &nobodys, &token).await?.plain(&nobodys),
    ];
    ensure!(answers[0].0 == 404, "{} {theirs}: {:?}", route.method, answers[0]);
    ensure!(answers[0] == answers[1], "{} {}: {answers:?}", route.method, route.path);
    Ok(())
}

/// All that she sees of what others must not change.
async fn sight(who: &mut Visitor, things: &Belongings) -> Result<Vec<String>> {
    let mut seen = Vec::new();
    for path in [
        format!("/payments/{}", things.order),
        format!("/bills/{}", things.bill),
        format!("/coupons/{}", things.coupon),
        "/payments".to_owned(),
        "/coupons".to_owned(),
        "/terminals".to_owned(),
        "/top-up".to_owned(),
    ] {
        seen.push(who.get(&path).await?.shown()?.plain(&path).2);
    }
    Ok(seen)
}
