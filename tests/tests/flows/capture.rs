//! Orders that are authorised first: captured whole or in part, never beyond, set free, and asked about when no answer
//! comes.

use anyhow::Result;
use payment_domain::{
    Capability, CaptureId, CaptureOrder, Challenge, Method, Mode, OrderId, PaymentOrder, VoidOrder,
};
use payment_message::{Code, State};
use tests::clock;
use tests::database::Database;
use tests::on_each_database;
use tests::random;
use tests::scene::Scene;
use tests::town::people::{ALICE, BOB};
use tests::town::{Signed, euros};

on_each_database!(
    a_part_of_what_was_authorised_is_captured_and_the_rest_set_free,
    a_capture_above_the_authorisation_is_refused_and_moves_nothing,
    a_repeated_capture_returns_the_first_receipt_and_a_second_is_refused,
    what_was_voided_is_not_captured,
    a_declined_authorisation_leaves_nothing_to_capture,
    a_terminal_that_may_pay_nothing_singly_is_asked_for_more_however_little_is_set_aside,
    only_its_merchant_captures,
    what_was_captured_in_part_is_refunded_up_to_that_part,
);

async fn authorise(scene: &Scene) -> Result<Signed<PaymentOrder>> {
    let offer = scene.deposit(scene.town.offer("parking", "20.00").deferred()).await?;
    let order = scene.town.order(&offer).sign()?;
    let report = scene.order(&order).await?.report()?;
    assert_eq!((report.state, report.amount), (State::Authorised, Some(euros("20.00"))));
    assert_eq!(scene.balance("parking")?, 0, "nothing is credited before it is captured");
    Ok(order)
}

fn capture(scene: &Scene, order: OrderId, amount: &str, id: CaptureId) -> Result<Signed<CaptureOrder>> {
    let parking = scene.town.party("parking");
    let merchant = payment_domain::MerchantId::new(parking.id.clone());
    let amount = euros(amount);
    Signed::by(
        &parking,
        CaptureOrder { capture_id: id, order_id: order, merchant, amount, created_at: clock::now() },
    )
}

fn void(scene: &Scene, order: OrderId) -> Result<Signed<VoidOrder>> {
    let parking = scene.town.party("parking");
    let merchant = payment_domain::MerchantId::new(parking.id.clone());
    let void_id = CaptureId::new(random::uuid());
    Signed::by(&parking, VoidOrder { void_id, order_id: order, merchant, created_at: clock::now() })
}

fn new_id() -> CaptureId {
    CaptureId::new(random::uuid())
}

async fn a_part_of_what_was_authorised_is_captured_and_the_rest_set_free(database: Database) -> Result<()> {
    let mut scene = Scene::open(database).await?;
    let order = authorise(&scene).await?;
    let asked = capture(&scene, order.message.order_id, "7.50", new_id())?;
    let receipt = scene.door().post(&asked.document).await?.receipt()?;
    assert_eq!((receipt.amount, receipt.mode), (euros("7.50"), Mode::Single));
    assert_eq!((receipt.order_id, receipt.order_digest), (order.message.order_id, order.digest));
    assert_eq!(receipt.rule.as_str(), "eu-default/deferred-goes-single");
    assert_eq!(scene.balance("parking")?, 7_500_000);
    let status = scene.town.ask(ALICE, order.message.order_id)?;
    let status = scene.door().post(&status.document).await?.report()?;
    assert_eq!((status.state, status.amount), (State::Accepted, Some(euros("7.50"))));
    scene.close(1)
}

async fn a_capture_above_the_authorisation_is_refused_and_moves_nothing(database: Database) -> Result<()> {
    let mut scene = Scene::open(database).await?;
    let order = authorise(&scene).await?;
    let asked = capture(&scene, order.message.order_id, "20.000001", new_id())?;
    scene.door().post(&asked.document).await?.refused(422, Code::CaptureExceedsAuthorisation)?;
    assert_eq!(scene.balance("parking")?, 0);
    let all = capture(&scene, order.message.order_id, "20.00", new_id())?;
    assert_eq!(scene.door().post(&all.document).await?.receipt()?.amount, euros("20.00"));
    assert_eq!(scene.balance("parking")?, 20_000_000);
    scene.close(1)
}

async fn a_repeated_capture_returns_the_first_receipt_and_a_second_is_refused(
    database: Database,
) -> Result<()> {
    let mut scene = Scene::open(database).await?;
    let order = authorise(&scene).await?;
    let asked = capture(&scene, order.message.order_id, "5.00", new_id())?;
    let first = scene.door().post(&asked.document).await?;
    let again = scene.door().post(&asked.document).await?;
    assert_eq!(first.body, again.body);
    let second = capture(&scene, order.message.order_id, "5.00", new_id())?;
    scene.door().post(&second.document).await?.refused(409, Code::NotAuthorised)?;
    assert_eq!(scene.balance("parking")?, 5_000_000);
    scene.close(1)
}

async fn what_was_voided_is_not_captured(database: Database) -> Result<()> {
    let mut scene = Scene::open(database).await?;
    let order = authorise(&scene).await?;
    let report = scene.door().post(&void(&scene, order.message.order_id)?.document).await?.report()?;
    assert_eq!(report.state, State::Voided);
    let late = capture(&scene, order.message.order_id, "5.00", new_id())?;
    scene.door().post(&late.document).await?.refused(409, Code::NotAuthorised)?;
    assert_eq!(scene.balance("parking")?, 0);
    let status = scene.town.ask(ALICE, order.message.order_id)?;
    assert_eq!(scene.door().post(&status.document).await?.report()?.state, State::Voided);
    scene.close(1)
}

async fn a_declined_authorisation_leaves_nothing_to_capture(database: Database) -> Result<()> {
    let mut scene = Scene::open(database).await?;
    let offer = scene.deposit(scene.town.offer("parking", "20.00").deferred()).await?;
    let order = scene.town.order(&offer).by(&scene.town.party(BOB)).sign()?;
    scene.order(&order).await?.refused(402, Code::Declined)?;
    let late = capture(&scene, order.message.order_id, "5.00", new_id())?;
    scene.door().post(&late.document).await?.refused(409, Code::NotAuthorised)?;
    assert_eq!(scene.balance("parking")?, 0);
    scene.close(1)
}

/// R14: what is set aside is a single payment, although so little would otherwise be aggregated.
async fn a_terminal_that_may_pay_nothing_singly_is_asked_for_more_however_little_is_set_aside(
    database: Database,
) -> Result<()> {
    let mut scene = Scene::open(database).await?;
    let offer = scene.deposit(scene.town.offer("parking", "2.00").deferred()).await?;
    let by = |capability, method| scene.town.order(&offer).from(capability, method).sign();
    let weak = by(Capability::Wap, Method::MsisdnPin)?;
    let refusal = scene.order(&weak).await?.refused(402, Code::StepUpRequired)?;
    assert_eq!(refusal.challenge, Some(Challenge::OneTimeCode));
    let told = refusal.rule.map(|rule| rule.as_str().to_owned());
    assert_eq!(told.as_deref(), Some("eu-default/limit-needs-step-up"));
    let no_more = by(Capability::Sms, Method::MsisdnCode)?;
    scene.order(&no_more).await?.refused(422, Code::OverLimit)?;
    let strong = by(Capability::Wap, Method::MsisdnPinCode)?;
    let report = scene.order(&strong).await?.report()?;
    assert_eq!((report.state, report.amount), (State::Authorised, Some(euros("2.00"))));
    assert_eq!(scene.balance("parking")?, 0);
    scene.close(1)
}

async fn only_its_merchant_captures(database: Database) -> Result<()> {
    let mut scene = Scene::open(database).await?;
    let order = authorise(&scene).await?;
    let concert = scene.town.party("concert");
    let forged = CaptureOrder {
        capture_id: new_id(),
        order_id: order.message.order_id,
        merchant: payment_domain::MerchantId::new(concert.id.clone()),
        amount: euros("5.00"),
        created_at: clock::now(),
    };
    let forged = Signed::by(&concert, forged)?;
    scene.door().post(&forged.document).await?.refused(404, Code::UnknownOrder)?;
    assert_eq!((scene.balance("parking")?, scene.balance("concert")?), (0, 0));
    scene.close(1)
}

async fn what_was_captured_in_part_is_refunded_up_to_that_part(database: Database) -> Result<()> {
    let mut scene = Scene::open(database).await?;
    let order = authorise(&scene).await?;
    let asked = capture(&scene, order.message.order_id, "7.50", new_id())?;
    scene.door().post(&asked.document).await?.receipt()?;
    let too_much = scene.town.refund(&order.message, "7.500001").sign()?;
    scene.door().post(&too_much.document).await?.refused(422, Code::RefundExceedsPayment)?;
    let all = scene.town.refund(&order.message, "7.50").sign()?;
    assert_eq!(scene.door().post(&all.document).await?.refund()?.amount, euros("7.50"));
    assert_eq!(scene.balance("parking")?, 0);
    scene.close(1)
}
