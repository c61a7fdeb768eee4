//! Another name, another address: proven by its code, told to the one before, and nobody else's.

use anyhow::{Result, ensure};
use payment_domain::{Msisdn, PartyId};
use tests::database::Database;
use tests::on_each_database;
use tests::portal::{Page, Portals, Visitor};
use tests::town::people::{ALICE, ALICE_NUMBER, BOB_NUMBER};

on_each_database!(
    an_address_moves_with_its_account,
    one_of_two_addresses_is_removed_and_never_the_last,
    a_code_for_one_thing_is_none_for_another,
);

const NEW: &str = "+33699999904";

/// Asks to be reached elsewhere and enters the code that was sent there: the account's page afterwards.
async fn move_to(who: &mut Visitor, reach: &str) -> Result<Page> {
    let page = who.get("/account").await?.shown()?;
    let sent = who.submit(&page, "/account/reach", &[("reach", reach)]).await?;
    ensure!(sent.leads()? == "/code", "{sent:?}");
    let (page, code) = (who.get("/code").await?.shown()?, who.code(reach)?);
    ensure!(
        page.text.contains("href=\"/account\""),
        "another code is asked for where this one was: {page:?}"
    );
    let entered = who.submit(&page, "/code", &[("code", &code)]).await?;
    ensure!(entered.leads()? == "/account", "{entered:?}");
    who.get("/account").await?.shown()
}

async fn an_address_moves_with_its_account(database: Database) -> Result<()> {
    let mut portals = Portals::open(database).await?;
    let (mut alice, mut other, mut bob) = (portals.browser()?, portals.browser()?, portals.browser()?);
    alice.sign_in(ALICE_NUMBER).await?;
    other.sign_in(ALICE_NUMBER).await?;
    bob.sign_in(BOB_NUMBER).await?;

    let taken = move_to(&mut alice, BOB_NUMBER).await?;
    ensure!(taken.text.contains("There is an account with this address already"), "{taken:?}");
    ensure!(taken.text.contains(ALICE_NUMBER), "nothing was changed: {taken:?}");

    let moved = move_to(&mut alice, NEW).await?;
    ensure!(moved.text.contains(NEW) && !moved.text.contains(ALICE_NUMBER), "{moved:?}");
    let told =
        std::fs::read_to_string(portals.scene.town.folder().join(format!("codes/{ALICE_NUMBER}.txt")))?;
    ensure!(told.contains("is now reached at +33…04") && !told.contains(NEW), "{told}");
    ensure!(other.get("/").await?.leads()?.starts_with("/sign-in"), "every other browser is out");
    let both = move_to(&mut alice, "alice@example.org").await?;
    ensure!(both.text.contains(NEW) && both.text.contains("alice@example.org"), "one of each kind: {both:?}");

    // What she pays with by text message moves along, and the number that she had leads to nobody.
    let core = portals.scene.town.core(&portals.scene.database)?;
    let leads_to = |number| Ok::<_, anyhow::Error>(core.consumer_with(&Msisdn::parse(number)?)?);
    ensure!(leads_to(NEW)?.is_some_and(|party| party.as_str() == ALICE));
    ensure!(leads_to(ALICE_NUMBER)?.is_none());
    core.shut_down();
    // Whoever gets that number has an account of their own.
    let mut stranger = portals.browser()?;
    stranger.sign_in(ALICE_NUMBER).await?;
    ensure!(stranger.get("/").await?.shown()?.text.contains("€0.00"));
    other.sign_in(NEW).await?;
    ensure!(other.get("/").await?.shown()?.text.contains("€100.00"));
    portals.scene.close(0)
}

async fn one_of_two_addresses_is_removed_and_never_the_last(database: Database) -> Result<()> {
    const REMOVE: &str = "/account/reach/remove";
    const EMAIL: &str = "alice@example.org";
    let mut portals = Portals::open(database).await?;
    let (mut alice, mut other) = (portals.browser()?, portals.browser()?);
    alice.sign_in(ALICE_NUMBER).await?;
    let only = alice.get("/account").await?.shown()?;
    ensure!(only.actions(REMOVE).is_empty(), "there is but one: {only:?}");
    let token = only.form("/account/name")?.into_iter().find(|(name, _)| name == "form_token");
    let token = token.into_iter().collect::<Vec<_>>();
    let remove = |kind: &str| [token.clone(), vec![("kind".to_owned(), kind.to_owned())]].concat();
    let last = alice.post(REMOVE, &remove("phone")).await?;
    ensure!(last.leads()? == "/account", "{last:?}");
    let page = alice.get("/account").await?.shown()?;
    ensure!(page.text.contains("the last address") && page.text.contains(ALICE_NUMBER), "{page:?}");

    let both = move_to(&mut alice, EMAIL).await?;
    ensure!(both.actions(REMOVE).len() == 2, "either can go: {both:?}");
    other.sign_in(EMAIL).await?;
    let token = both.form("/account/name")?.into_iter().find(|(name, _)| name == "form_token");
    let token = token.into_iter().collect::<Vec<_>>();
    let remove = |kind: &str| [token.clone(), vec![("kind".to_owned(), kind.to_owned())]].concat();
    // Both at once: one stays.
    let mut window = alice.another_window();
    let (one, two) = (remove("email"), remove("phone"));
    let (first, second) = tokio::join!(alice.post(REMOVE, &one), window.post(REMOVE, &two));
    ensure!([first?, second?].iter().all(|page| page.location.as_deref() == Some("/account")));
    let left = alice.get("/account").await?.shown()?;
    let (email, phone) = (left.text.contains(EMAIL), left.text.contains(ALICE_NUMBER));
    ensure!(email != phone && left.actions(REMOVE).is_empty(), "one is left: {left:?}");
    ensure!(other.get("/").await?.leads()?.starts_with("/sign-in"), "every other browser is out");
    let folder = portals.scene.town.folder();
    let told = std::fs::read_to_string(folder.join(format!("codes/{ALICE_NUMBER}.txt")))?;
    ensure!(told.contains("is now reached at"), "{told}");

    // What is left leads to her, what is not leads to nobody; the payment system agrees with the portal.
    let core = portals.scene.town.core(&portals.scene.database)?;
    ensure!(core.consumer_with(&Msisdn::parse(ALICE_NUMBER)?)?.is_some() == phone);
    ensure!(core.details(&PartyId::parse(ALICE)?)?.is_some_and(|of| of.email.is_some() == email));
    core.shut_down();
    let (hers, free) = if email { (EMAIL, ALICE_NUMBER) } else { (ALICE_NUMBER, EMAIL) };
    other.sign_in(hers).await?;
    ensure!(other.get("/").await?.shown()?.text.contains("€100.00"));
    let mut stranger = portals.browser()?;
    stranger.sign_in(free).await?;
    ensure!(stranger.get("/").await?.shown()?.text.contains("€0.00"));
    portals.scene.close(0)
}

async fn a_code_for_one_thing_is_none_for_another(database: Database) -> Result<()> {
    let mut portals = Portals::open(database).await?;
    let (mut alice, mut window) = (portals.browser()?, portals.browser()?);
    alice.sign_in(ALICE_NUMBER).await?;
    // A code that somebody else's browser asked for moves nothing here.
    let page = window.get("/sign-in").await?;
    window.submit(&page, "/sign-in", &[("reach", NEW)]).await?.leads()?;
    let code = alice.code(NEW)?;
    let page = alice.get("/code").await?.shown()?;
    let refused = alice.submit(&page, "/code", &[("code", &code)]).await?;
    ensure!(refused.status == 422, "{refused:?}");
    // Nor does one without a session that asks for it.
    let page = alice.get("/account").await?.shown()?;
    alice.submit(&page, "/account/reach", &[("reach", NEW)]).await?.leads()?;
    let (page, code) = (alice.get("/code").await?.shown()?, alice.code(NEW)?);
    portals.scene.database.sql()?.execute("UPDATE portal_session SET proved_at = proved_at - 3600000")?;
    let stale = alice.submit(&page, "/code", &[("code", &code)]).await?;
    ensure!(stale.leads()?.starts_with("/confirm"), "{stale:?}");
    ensure!(alice.get("/account").await?.shown()?.text.contains(ALICE_NUMBER), "nothing was changed");
    portals.scene.close(0)
}
