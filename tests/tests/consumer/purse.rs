//! Money in and out of an account that was opened at the portal, limits, disputes, bills.

use anyhow::{Context as _, Result, ensure};
use tests::database::Database;
use tests::on_each_database;
use tests::portal::{Page, Portals, Visitor};
use tests::town::people::{ALICE, ALICE_NUMBER, BOB_NUMBER};

on_each_database!(
    somebody_new_adds_a_card_tops_up_and_takes_it_out_again,
    a_declined_card_moves_nothing_and_says_so,
    a_dispute_keeps_the_merchants_money_back,
    whoever_is_billed_sees_limits_and_no_top_up,
);

const NEW: &str = "+33699999901";

/// Confirms what was just opened: whoever has signed in a moment ago has proved enough.
async fn confirm(who: &mut Visitor, opened: &Page) -> Result<Page> {
    let address = opened.leads()?.to_owned();
    let page = who.get(&address).await?.shown()?;
    let sent = who.submit(&page, &address, &[]).await?;
    ensure!(sent.leads()? == address, "{sent:?}");
    let again = who.submit(&page, &address, &[]).await?;
    ensure!(again.leads()? == address, "pressed twice: {again:?}");
    who.get(&address).await?.shown()
}

async fn take_card(who: &mut Visitor, card: &str) -> Result<()> {
    let page = who.get("/means").await?.shown()?;
    let kept = who.submit(&page, "/means/card", &[("card", card)]).await?;
    ensure!(kept.leads()? == "/means", "{kept:?}");
    Ok(())
}

async fn somebody_new_adds_a_card_tops_up_and_takes_it_out_again(database: Database) -> Result<()> {
    let mut portals = Portals::open(database).await?;
    let mut new = portals.browser()?;
    new.sign_in(NEW).await?;
    let nothing = new.get("/top-up").await?.shown()?;
    ensure!(nothing.actions("/top-up").is_empty(), "without a card there is nothing to charge: {nothing:?}");
    take_card(&mut new, "approved").await?;
    ensure!(!new.get("/means").await?.text.contains("simulator:"), "a token is never shown");

    let page = new.get("/top-up").await?.shown()?;
    for wrong in ["", "0", "-5", "abc", "1e3"] {
        let again = new.submit(&page, "/top-up", &[("amount", wrong)]).await?;
        ensure!(again.status == 422, "{wrong}: {again:?}");
    }
    let opened = new.submit(&page, "/top-up", &[("amount", "20,00")]).await?;
    let done = confirm(&mut new, &opened).await?;
    ensure!(done.text.contains("€20.00 is on your account"), "{done:?}");
    ensure!(new.get("/").await?.text.contains("€20.00"));

    let page = new.get("/redeem").await?.shown()?;
    let too_much = new.submit(&page, "/redeem", &[("amount", "20.01")]).await?;
    ensure!(too_much.status == 422, "{too_much:?}");
    let opened = new.submit(&page, "/redeem", &[("amount", "5")]).await?;
    let done = confirm(&mut new, &opened).await?;
    ensure!(done.text.contains("€5.00 is on its way"), "{done:?}");
    ensure!(new.get("/").await?.text.contains("€15.00"));
    portals.scene.close(0)
}

async fn a_declined_card_moves_nothing_and_says_so(database: Database) -> Result<()> {
    let mut portals = Portals::open(database).await?;
    let mut new = portals.browser()?;
    new.sign_in(NEW).await?;
    take_card(&mut new, "declined").await?;
    let page = new.get("/top-up").await?.shown()?;
    let opened = new.submit(&page, "/top-up", &[("amount", "20")]).await?;
    let done = confirm(&mut new, &opened).await?;
    ensure!(done.text.contains("Your bank declined"), "{done:?}");
    ensure!(new.get("/").await?.text.contains("€0.00"));
    portals.scene.close(0)
}

async fn a_dispute_keeps_the_merchants_money_back(database: Database) -> Result<()> {
    let mut portals = Portals::open(database).await?;
    let mut alice = portals.browser()?;
    alice.sign_in(ALICE_NUMBER).await?;
    let offer = portals.scene.deposit(portals.scene.town.offer("parking", "1.80")).await?;
    let page = alice.get(&format!("/pay/{}", offer.digest)).await?.shown()?;
    let pay = page.actions("/pay/").into_iter().find(|action| !action.ends_with("/code")).context("pay")?;
    let paid = alice.submit(&page, &pay, &[]).await?;
    let order = paid.leads()?.rsplit('/').next().context("an order")?.to_owned();

    let address = format!("/payments/{order}/dispute");
    let page = alice.get(&address).await?.shown()?;
    let too_much = alice.submit(&page, &address, &[("amount", "1.81"), ("reason", "no")]).await?;
    ensure!(too_much.status == 422, "{too_much:?}");
    let opened =
        alice.submit(&page, &address, &[("amount", "1.80"), ("reason", "<b>It never came</b>")]).await?;
    let done = confirm(&mut alice, &opened).await?;
    ensure!(done.text.contains("We look into it") && !done.text.contains("<b>It never"), "{done:?}");
    let shown = alice.get(&format!("/payments/{order}")).await?.shown()?;
    ensure!(shown.text.contains("disputed"), "{shown:?}");
    let second = alice.submit(&page, &address, &[("amount", "1.80"), ("reason", "again")]).await?;
    let refused = confirm(&mut alice, &second).await?;
    ensure!(refused.text.contains("already"), "{refused:?}");
    ensure!(portals.scene.balance(ALICE)? == 98_200_000, "nothing is decided yet");
    portals.scene.close(1)
}

async fn whoever_is_billed_sees_limits_and_no_top_up(database: Database) -> Result<()> {
    let mut portals = Portals::open(database).await?;
    let mut bob = portals.browser()?;
    bob.sign_in(BOB_NUMBER).await?;
    let limits = bob.get("/limits").await?.shown()?;
    ensure!(limits.text.contains("€300.00") && limits.text.contains("eu-default"), "{limits:?}");
    ensure!(bob.get("/top-up").await?.shown()?.actions("/top-up").is_empty());
    ensure!(bob.get("/bills").await?.shown()?.text.contains("No bills yet"));
    ensure!(bob.get("/coupons").await?.shown()?.text.contains("no coupons"));
    let page = bob.get("/interests").await?.shown()?;
    let kept = bob.submit(&page, "/interests", &[("advantages", "yes"), ("culture", "yes")]).await?;
    ensure!(kept.leads()? == "/interests");
    ensure!(bob.get("/interests").await?.text.matches(" checked").count() == 2);
    let stored = portals.scene.database.sql()?.number("SELECT COUNT(*) FROM interest")?;
    ensure!(stored == 1);
    portals.scene.close(0)
}
