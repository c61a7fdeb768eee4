//! What is charged and collected from: given, and taken back unless something needs it.

use anyhow::{Context as _, Result, ensure};
use tests::database::Database;
use tests::on_each_database;
use tests::portal::{Page, Portals, Visitor};
use tests::town::people::{BOB, BOB_NUMBER};

on_each_database!(
    a_bank_account_is_given_with_consent_and_taken_back_unless_the_bank_still_has_to_answer,
    a_card_is_taken_back_unless_nothing_else_could_pay_what_is_owed,
);

const NEW: &str = "+33699999904";
const BANK: &str = "[bank]\niban = 'DE44500105175407324931'\ncreditor_id = 'DE98ZZZ09999999999'\n";
const ACCOUNT: [(&str, &str); 3] =
    [("holder", "Nora Neu"), ("iban", "DE89 3704 0044 0532 0130 00"), ("agreed", "yes")];

async fn means(who: &mut Visitor) -> Result<Page> {
    who.get("/means").await?.shown()
}

/// Presses a button of the page, which does what it says.
async fn press(who: &mut Visitor, action: &str, said: &str) -> Result<()> {
    let page = means(who).await?;
    let done = who.submit(&page, action, &[]).await?;
    ensure!(done.leads()? == "/means", "{done:?}");
    ensure!(means(who).await?.text.contains(said), "no {said}");
    Ok(())
}

/// Presses it, and nothing is removed.
async fn press_in_vain(who: &mut Visitor, action: &str, why: &str) -> Result<()> {
    let page = means(who).await?;
    let refused = who.submit(&page, action, &[]).await?;
    ensure!(refused.status == 422 && refused.text.contains(why), "{refused:?}");
    ensure!(!means(who).await?.actions(action).is_empty(), "it is still there");
    Ok(())
}

async fn give_bank(who: &mut Visitor) -> Result<()> {
    let page = means(who).await?;
    let given = who.submit(&page, "/means/bank", &ACCOUNT).await?;
    ensure!(given.leads()? == "/means", "{given:?}");
    let page = means(who).await?;
    for text in ["The bank account is on file", "a bank account in DE", "by direct debit"] {
        ensure!(page.text.contains(text), "no {text}: {page:?}");
    }
    for secret in ["DE89", "0532", "Nora Neu"] {
        ensure!(!page.text.contains(secret), "{secret} is shown again: {page:?}");
    }
    Ok(())
}

async fn a_bank_account_is_given_with_consent_and_taken_back_unless_the_bank_still_has_to_answer(
    database: Database,
) -> Result<()> {
    let mut portals = Portals::open_with(database, BANK).await?;
    let mut new = portals.browser()?;
    new.sign_in(NEW).await?;
    let page = means(&mut new).await?;
    ensure!(page.actions("/means/bank/remove").is_empty(), "there is nothing to remove: {page:?}");
    let [holder, iban, _] = ACCOUNT;
    let without = new.submit(&page, "/means/bank", &[holder, iban]).await?;
    ensure!(without.status == 422 && without.text.contains("Without your consent"), "{without:?}");

    give_bank(&mut new).await?;
    ensure!(means(&mut new).await?.actions("/means/card/remove").is_empty(), "it goes with the mandate");
    press(&mut new, "/means/bank/remove", "The bank account is not on file any more").await?;
    let page = means(&mut new).await?;
    ensure!(page.text.matches("nothing on file").count() == 2, "{page:?}");
    ensure!(new.get("/top-up").await?.shown()?.actions("/top-up").is_empty(), "nothing to charge");

    // Once money is on its way, its account stays.
    give_bank(&mut new).await?;
    let page = new.get("/top-up").await?.shown()?;
    let opened = new.submit(&page, "/top-up", &[("amount", "20")]).await?;
    let address = opened.leads()?.to_owned();
    let page = new.get(&address).await?.shown()?;
    new.submit(&page, &address, &[]).await?.leads()?;
    let waiting = "SELECT COUNT(*) FROM attempt WHERE state = 'pending' AND system = 'sepa'";
    ensure!(portals.scene.database.sql()?.number(waiting)? == 1, "no collection is under way");
    press_in_vain(&mut new, "/means/bank/remove", "your bank still has to answer").await?;
    portals.scene.close(0)
}

async fn a_card_is_taken_back_unless_nothing_else_could_pay_what_is_owed(database: Database) -> Result<()> {
    let mut portals = Portals::open(database).await?;
    let mut bob = portals.browser()?;
    bob.sign_in(BOB_NUMBER).await?;
    // Nothing is owed yet: the card goes, and comes again.
    press(&mut bob, "/means/card/remove", "The card is not on file any more").await?;
    let page = means(&mut bob).await?;
    ensure!(page.text.matches("nothing on file").count() == 2, "{page:?}");
    bob.submit(&page, "/means/card", &[("card", "approved")]).await?.leads()?;

    let offer = portals.scene.deposit(portals.scene.town.offer("parking", "1.80")).await?;
    let page = bob.get(&format!("/pay/{}", offer.digest)).await?.shown()?;
    let pay = page.actions("/pay/").into_iter().find(|action| !action.ends_with("/code")).context("pay")?;
    bob.submit(&page, &pay, &[]).await?.leads()?;
    ensure!(portals.scene.balance(BOB)? == -1_800_000, "bob owes it");
    press_in_vain(&mut bob, "/means/card/remove", "what you owe").await?;

    // With a bank account as well, either of them goes, and then the other one stays.
    give_bank(&mut bob).await?;
    press_in_vain(&mut bob, "/means/bank/remove", "what you owe").await?;
    let page = means(&mut bob).await?;
    bob.submit(&page, "/means/card", &[("card", "approved")]).await?.leads()?;
    press(&mut bob, "/means/card/remove", "The card is not on file any more").await?;
    press_in_vain(&mut bob, "/means/bank/remove", "what you owe").await?;
    portals.scene.close(1)
}
