//! A pay link that can be used so often is sold so often, whoever presses at the same moment.

use anyhow::{Context as _, Result, ensure};
use tests::database::Database;
use tests::on_each_database;
use tests::portal::{Page, Visitor};
use tests::shop::{Street, decide, pay};
use tests::town::people::BOB_NUMBER;

on_each_database!(a_link_of_one_use_gives_one_receipt_and_closes, two_who_press_at_once_buy_one_thing_once,);

const SOLD: &str = "The offer was sold already";
const USED_UP: &str = "sold as often as it could be";

/// The checkout that a link leads somebody to.
async fn checkout(who: &mut Visitor, link: &str) -> Result<String> {
    who.get(link).await?.shown()?.link("/pay/").context("no way on")
}

fn payments(street: &Street) -> Result<i64> {
    street.portals.scene.database.sql()?.number("SELECT COUNT(*) FROM payment")
}

/// What became of an order.
async fn ended(who: &mut Visitor, answer: &Page) -> Result<Page> {
    ensure!(answer.leads()?.starts_with("/paid/"), "{answer:?}");
    who.get(answer.leads()?).await?.shown()
}

async fn a_link_of_one_use_gives_one_receipt_and_closes(database: Database) -> Result<()> {
    let mut street = Street::open(database).await?;
    let mut shop = street.shop("ada@example.org", "Kiosk Ada", "Tram").await?;
    let mut bob = street.portals.browser()?;
    bob.sign_in(BOB_NUMBER).await?;
    let once = shop.make_link("1").await?;
    let offer = checkout(&mut street.buyer, &once).await?;
    ensure!(checkout(&mut bob, &once).await? == offer, "there is one offer for one thing");
    let (hers, pays) = decide(&mut street.buyer, &offer).await?;
    let (his, tries) = decide(&mut bob, &offer).await?;

    let paid = street.buyer.submit(&hers, &pays, &[]).await?;
    let receipt = ended(&mut street.buyer, &paid).await?;
    ensure!(receipt.text.contains("€2.40") && !receipt.text.contains(SOLD), "{receipt:?}");
    let late = bob.submit(&his, &tries, &[]).await?;
    let refused = ended(&mut bob, &late).await?;
    ensure!(refused.text.contains(SOLD), "{refused:?}");
    // Pressed again it stays refused.
    let again = bob.submit(&his, &tries, &[]).await?;
    ensure!(ended(&mut bob, &again).await?.text.contains(SOLD));
    ensure!(bob.get(&offer).await?.shown()?.actions("/pay/").is_empty(), "nothing to press");
    let mut stranger = street.portals.browser()?;
    for who in [&mut stranger, &mut bob, &mut street.buyer] {
        let closed = who.get(&once).await?;
        ensure!(closed.status == 410 && closed.text.contains(USED_UP), "{closed:?}");
        ensure!(closed.link("/pay/").is_none(), "{closed:?}");
    }
    ensure!(payments(&street)? == 1);

    // Twice is two people, each with an offer of their own.
    let twice = shop.make_link("2").await?;
    let first = checkout(&mut street.buyer, &twice).await?;
    pay(&mut street.buyer, &twice).await?;
    ensure!(checkout(&mut bob, &twice).await? != first, "that one was sold");
    pay(&mut bob, &twice).await?;
    ensure!(street.buyer.get(&twice).await?.status == 410);
    ensure!(payments(&street)? == 3);
    street.portals.scene.close(3)
}

async fn two_who_press_at_once_buy_one_thing_once(database: Database) -> Result<()> {
    const ROUNDS: i64 = 5;
    let mut street = Street::open(database).await?;
    let mut shop = street.shop("ada@example.org", "Kiosk Ada", "Tram").await?;
    let mut bob = street.portals.browser()?;
    bob.sign_in(BOB_NUMBER).await?;
    for round in 1..=ROUNDS {
        let once = shop.make_link("1").await?;
        // Also the offer is made by whoever comes first.
        let mut alice = street.buyer.another_window();
        let (hers, his) = tokio::join!(checkout(&mut alice, &once), checkout(&mut bob, &once));
        let offer = hers?;
        ensure!(his? == offer, "round {round}: two offers for one thing");
        let (hers, pays) = decide(&mut alice, &offer).await?;
        let (his, tries) = decide(&mut bob, &offer).await?;
        let answers = tokio::join!(alice.submit(&hers, &pays, &[]), bob.submit(&his, &tries, &[]));
        let ends = [ended(&mut alice, &answers.0?).await?, ended(&mut bob, &answers.1?).await?]
            .map(|page| page.text);
        let refused = ends.iter().filter(|text| text.contains(SOLD)).count();
        let sold = ends.iter().filter(|text| text.contains("To the receipt")).count();
        ensure!((sold, refused) == (1, 1), "round {round}: {ends:?}");
        ensure!(payments(&street)? == round, "round {round}");
        ensure!(bob.get(&once).await?.status == 410, "round {round}");
    }
    street.portals.scene.close(u64::try_from(ROUNDS)?)
}
