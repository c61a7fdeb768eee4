//! Money back: ordered by the merchant, in parts if need be, never more than was paid.

use anyhow::Result;
use payment_domain::RefundId;
use payment_message::{Code, State};
use tests::database::Database;
use tests::on_each_database;
use tests::random;
use tests::scene::Scene;
use tests::town::euros;
use tests::town::people::{ALICE, BOB};

on_each_database!(
    a_payment_is_given_back_whole,
    a_payment_is_given_back_in_parts_and_never_beyond,
    a_repeated_refund_returns_the_first_receipt,
    only_the_merchant_who_was_paid_gives_back,
    what_was_not_paid_is_not_given_back,
    a_single_payment_goes_back_to_the_external_system,
);

async fn a_payment_is_given_back_whole(database: Database) -> Result<()> {
    let mut scene = Scene::open(database).await?;
    let offer = scene.deposit(scene.town.offer("parking", "1.80")).await?;
    let order = scene.town.order(&offer).sign()?;
    let paid = scene.pay(&order).await?;
    let refund = scene.town.refund(&order.message, "1.80").sign()?;
    let receipt = scene.door().post(&refund.document).await?.refund()?;
    assert_eq!((receipt.amount, receipt.refunded_total), (euros("1.80"), euros("1.80")));
    assert_eq!((receipt.order_id, receipt.refund_digest), (order.message.order_id, refund.digest));
    assert_eq!(receipt.consumer, paid.consumer);
    assert_eq!((scene.balance(ALICE)?, scene.balance("parking")?), (100_000_000, 0));
    let asked = scene.town.ask(ALICE, order.message.order_id)?;
    assert_eq!(scene.door().post(&asked.document).await?.report()?.state, State::Refunded);
    scene.close(1)
}

async fn a_payment_is_given_back_in_parts_and_never_beyond(database: Database) -> Result<()> {
    let mut scene = Scene::open(database).await?;
    let offer = scene.deposit(scene.town.offer("parking", "1.80")).await?;
    // Somebody else's money is with the merchant, too: it must not be what limits the refund.
    scene.pay(&scene.town.order(&offer).by(&scene.town.party(BOB)).sign()?).await?;
    let order = scene.town.order(&offer).sign()?;
    scene.pay(&order).await?;
    for (part, total) in [("0.80", "0.80"), ("0.999999", "1.799999")] {
        let refund = scene.town.refund(&order.message, part).sign()?;
        assert_eq!(scene.door().post(&refund.document).await?.refund()?.refunded_total, euros(total));
    }
    let too_much = scene.town.refund(&order.message, "0.000002").sign()?;
    scene.door().post(&too_much.document).await?.refused(422, Code::RefundExceedsPayment)?;
    let the_rest = scene.town.refund(&order.message, "0.000001").sign()?;
    assert_eq!(scene.door().post(&the_rest.document).await?.refund()?.refunded_total, euros("1.80"));
    assert_eq!((scene.balance(ALICE)?, scene.balance("parking")?), (100_000_000, 1_800_000));
    scene.close(2)
}

async fn a_repeated_refund_returns_the_first_receipt(database: Database) -> Result<()> {
    let mut scene = Scene::open(database).await?;
    let offer = scene.deposit(scene.town.offer("parking", "1.80")).await?;
    let order = scene.town.order(&offer).sign()?;
    scene.pay(&order).await?;
    let id = RefundId::new(random::uuid());
    let refund = scene.town.refund(&order.message, "1.00").id(id).sign()?;
    let first = scene.door().post(&refund.document).await?;
    first.refund()?;
    let again = scene.door().post(&refund.document).await?;
    assert_eq!((again.status, again.body), (first.status, first.body));
    let other = scene.town.refund(&order.message, "0.50").id(id).sign()?;
    scene.door().post(&other.document).await?.refused(409, Code::IdReused)?;
    assert_eq!(scene.balance("parking")?, 800_000);
    scene.close(1)
}

async fn only_the_merchant_who_was_paid_gives_back(database: Database) -> Result<()> {
    let mut scene = Scene::open(database).await?;
    let offer = scene.deposit(scene.town.offer("parking", "1.80")).await?;
    let order = scene.town.order(&offer).sign()?;
    scene.pay(&order).await?;
    let forged = scene.town.refund(&order.message, "1.80").signed_by(&scene.town.party("news")).sign()?;
    scene.door().post(&forged.document).await?.refused(403, Code::WrongRole)?;
    let by_consumer = scene.town.refund(&order.message, "1.80").signed_by(&scene.town.party(ALICE)).sign()?;
    scene.door().post(&by_consumer.document).await?.refused(403, Code::WrongRole)?;
    let mut of_another = order.message.clone();
    of_another.merchant = payment_domain::MerchantId::parse("news")?;
    let meddling = scene.town.refund(&of_another, "1.80").sign()?;
    scene.door().post(&meddling.document).await?.refused(404, Code::UnknownOrder)?;
    assert_eq!(scene.balance("parking")?, 1_800_000);
    scene.close(1)
}

async fn what_was_not_paid_is_not_given_back(database: Database) -> Result<()> {
    let mut scene = Scene::open(database).await?;
    let offer = scene.deposit(scene.town.offer("concert", "45.00")).await?;
    let unsent = scene.town.order(&offer).sign()?;
    let refund = scene.town.refund(&unsent.message, "45.00").sign()?;
    scene.door().post(&refund.document).await?.refused(404, Code::UnknownOrder)?;
    let declined = scene.town.order(&offer).by(&scene.town.party(BOB)).sign()?;
    scene.order(&declined).await?.refused(402, Code::Declined)?;
    let refund = scene.town.refund(&declined.message, "45.00").sign()?;
    scene.door().post(&refund.document).await?.refused(404, Code::UnknownOrder)?;
    assert_eq!(scene.balance("concert")?, 0);
    scene.close(1)
}

async fn a_single_payment_goes_back_to_the_external_system(database: Database) -> Result<()> {
    let mut scene = Scene::open(database).await?;
    let offer = scene.deposit(scene.town.offer("concert", "45.00")).await?;
    let order = scene.town.order(&offer).sign()?;
    scene.pay(&order).await?;
    let refund = scene.town.refund(&order.message, "20.00").sign()?;
    let receipt = scene.door().post(&refund.document).await?.refund()?;
    assert_eq!(receipt.refunded_total, euros("20.00"));
    assert_eq!((scene.balance(ALICE)?, scene.balance("concert")?), (100_000_000, 25_000_000));
    scene.close(1)
}
