//! Offers: deposited by the merchant before they are bought, from a catalogue or once (R54).

use anyhow::Result;
use payment_domain::{Digest, OfferId};
use payment_message::Code;
use tests::clock::now;
use tests::database::Database;
use tests::on_each_database;
use tests::random;
use tests::scene::Scene;
use tests::town::Signed;
use tests::town::people::{ALICE, BOB};

on_each_database!(
    a_catalogue_offer_is_bought_many_times,
    a_single_use_offer_is_bought_once,
    an_offer_is_deposited_once_and_never_altered,
    only_the_merchant_offers,
    an_order_for_another_offer_than_was_deposited_is_refused,
    an_offer_is_bought_only_while_it_is_valid,
);

async fn a_catalogue_offer_is_bought_many_times(database: Database) -> Result<()> {
    let mut scene = Scene::open(database).await?;
    let offer = scene.deposit(scene.town.offer("news", "0.002")).await?;
    for _ in 0..5 {
        scene.pay(&scene.town.order(&offer).sign()?).await?;
    }
    assert_eq!(scene.balance("news")?, 10_000);
    scene.close(5)
}

async fn a_single_use_offer_is_bought_once(database: Database) -> Result<()> {
    let mut scene = Scene::open(database).await?;
    let offer = scene.deposit(scene.town.offer("parking", "1.80").once()).await?;
    let order = scene.town.order(&offer).sign()?;
    scene.pay(&order).await?;
    let second = scene.town.order(&offer).by(&scene.town.party(BOB)).sign()?;
    scene.order(&second).await?.refused(409, Code::OfferUsed)?;
    // The first buyer still gets the receipt again.
    scene.pay(&order).await?;
    assert_eq!((scene.balance(BOB)?, scene.balance("parking")?), (0, 1_800_000));
    scene.close(1)
}

async fn an_offer_is_deposited_once_and_never_altered(database: Database) -> Result<()> {
    let mut scene = Scene::open(database).await?;
    let id = OfferId::new(random::uuid());
    let draft = scene.town.offer("parking", "1.80").id(id);
    let offer = scene.deposit(draft.clone()).await?;
    let again = scene.door().post(&offer.document).await?;
    assert_eq!(again.report()?.state, payment_message::State::Deposited);
    let cheaper = scene.town.offer("parking", "0.80").id(id).sign()?;
    scene.door().post(&cheaper.document).await?.refused(409, Code::IdReused)?;
    scene.pay(&scene.town.order(&offer).sign()?).await?;
    let bargain = scene.town.order(&cheaper).sign()?;
    scene.order(&bargain).await?.refused(422, Code::OfferAltered)?;
    scene.close(1)
}

async fn only_the_merchant_offers(database: Database) -> Result<()> {
    let mut scene = Scene::open(database).await?;
    let offer = scene.town.offer("parking", "1.80").offer;
    for impostor in ["news", ALICE, "adapter-web"] {
        let forged = Signed::by(&scene.town.party(impostor), offer.clone())?;
        scene.door().post(&forged.document).await?.refused(403, Code::WrongRole)?;
    }
    scene.close(0)
}

async fn an_order_for_another_offer_than_was_deposited_is_refused(database: Database) -> Result<()> {
    let mut scene = Scene::open(database).await?;
    let deposited = scene.deposit(scene.town.offer("parking", "1.80")).await?;
    let other = scene.deposit(scene.town.offer("parking", "1.80")).await?;
    let never = scene.town.offer("parking", "1.80").sign()?;
    scene.order(&scene.town.order(&never).sign()?).await?.refused(422, Code::UnknownOffer)?;
    let altered = scene.town.order(&deposited).with(|order| order.offer_digest = Digest::new([7; 32]));
    scene.order(&altered.sign()?).await?.refused(422, Code::OfferAltered)?;
    let crossed = scene.town.order(&deposited).with(|order| order.offer_digest = other.digest);
    scene.order(&crossed.sign()?).await?.refused(422, Code::OfferAltered)?;
    let diverted = scene.town.order(&deposited);
    let diverted =
        diverted.with(|order| order.merchant = payment_domain::MerchantId::parse("news").expect("a name"));
    scene.order(&diverted.sign()?).await?.refused(422, Code::OfferAltered)?;
    let cheaper = scene.town.order(&deposited).amount("1.79").sign()?;
    scene.order(&cheaper).await?.refused(422, Code::AmountDiffers)?;
    assert_eq!(scene.balance("parking")?, 0);
    scene.close(0)
}

async fn an_offer_is_bought_only_while_it_is_valid(database: Database) -> Result<()> {
    let mut scene = Scene::open(database).await?;
    let minute = 60_000;
    let in_a_minute = now().saturating_add_millis(minute);
    let future =
        scene.town.offer("parking", "1.80").valid(in_a_minute, in_a_minute.saturating_add_millis(minute));
    let future = scene.deposit(future).await?;
    scene.order(&scene.town.order(&future).sign()?).await?.refused(422, Code::OfferExpired)?;

    let soon = now().saturating_add_millis(1_500);
    let brief = scene.town.offer("parking", "1.80").valid(now().saturating_add_millis(-minute), soon);
    let brief = scene.deposit(brief).await?;
    scene.pay(&scene.town.order(&brief).sign()?).await?;
    tokio::time::sleep(std::time::Duration::from_millis(1_600)).await;
    scene.order(&scene.town.order(&brief).sign()?).await?.refused(422, Code::OfferExpired)?;

    let past = scene.town.offer("parking", "1.80").valid(now().saturating_add_millis(-minute), now());
    scene.door().post(&past.sign()?.document).await?.refused(422, Code::OfferExpired)?;
    scene.close(1)
}
