//! Through the real door, where the portal is an adapter like any other.

use anyhow::Result;
use payment_domain::{
    Authentication, CampaignId, Capability, Channel, ConsumerId, CouponAct, CouponOrder, DisputeId,
    DisputeOrder, Label, Method, Mode, PaymentOrder, RequestId,
};
use payment_message::{Code, Message};
use tests::app::Setup;
use tests::database::Database;
use tests::passkey::{Authenticator, PRESENT};
use tests::scene::Scene;
use tests::town::people::{ALICE, ALICE_NUMBER, BOB};
use tests::town::{adapter, by_app};
use tests::{on_each_database, random};

on_each_database!(
    a_passkey_pays_what_it_signed_for_and_nothing_else,
    every_way_to_make_an_assertion_up_is_refused_and_posts_nothing,
    the_same_order_again_is_answered_as_before_even_when_the_passkey_was_revoked,
    a_consumer_is_found_by_telephone_number_too,
    every_instruction_of_a_consumer_needs_the_passkey_that_it_speaks_of,
    without_a_page_no_passkey_is_accepted,
);

/// What makes an order's evidence.
type Forge = Box<dyn Fn(PaymentOrder) -> Result<PaymentOrder>>;

async fn a_passkey_pays_what_it_signed_for_and_nothing_else(database: Database) -> Result<()> {
    let mut scene = Scene::open(database).await?;
    let passkey = scene.passkey(ALICE).await?;
    let small = scene.deposit(scene.town.offer("parking", "1.80")).await?;
    let large = scene.deposit(scene.town.offer("concert", "45.00")).await?;

    let first = scene.town.order(&small).by_passkey(&passkey)?;
    let receipt = scene.pay(&first.clone().sign()?).await?;
    assert_eq!((receipt.mode, receipt.method), (Mode::Aggregated, Method::Passkey));
    let receipt = scene.pay(&scene.town.order(&large).by_passkey(&passkey)?.sign()?).await?;
    assert_eq!(receipt.mode, Mode::Single);

    // The portal has a good assertion in hand, and signs whatever it likes around it.
    let balance = scene.balance(ALICE)?;
    let taken = first.order.evidence.clone();
    for (what, order) in [
        ("another order", scene.town.order(&small).from(Capability::Passkey, Method::Passkey)),
        ("more money", first.clone().id(scene.town.order(&small).order.order_id).amount("1.81")),
        ("another merchant's offer", scene.town.order(&large).from(Capability::Passkey, Method::Passkey)),
        (
            "a later moment",
            first.clone().with(|order| {
                order.order_id = scene.town.order(&small).order.order_id;
                order.expires_at = order.expires_at.saturating_add_millis(1);
            }),
        ),
    ] {
        let order = order.with(|order| order.evidence.clone_from(&taken)).sign()?;
        let refused = scene.order(&order).await?.refused(403, Code::AuthenticationInvalid)?;
        assert_eq!(refused.reason.as_str(), "the assertion is over another challenge", "{what}");
    }
    // The same id with another amount was used before; that is not even asked.
    let altered = first.amount("0.01").sign()?;
    scene.order(&altered).await?.refused(403, Code::AuthenticationInvalid)?;
    assert_eq!(scene.balance(ALICE)?, balance);
    scene.close(2)
}

async fn every_way_to_make_an_assertion_up_is_refused_and_posts_nothing(database: Database) -> Result<()> {
    let mut scene = Scene::open(database).await?;
    let offer = scene.deposit(scene.town.offer("parking", "1.80")).await?;
    let before = counts(&scene)?;
    for (reason, forge) in forgeries(&scene).await? {
        let draft = scene.town.order(&offer).from(Capability::Passkey, Method::Passkey);
        let forged = forge(draft.order.clone())?;
        let order = draft.with(|order| *order = forged).sign()?;
        let refused = scene.order(&order).await?.refused(403, Code::AuthenticationInvalid)?;
        assert_eq!(refused.reason.as_str(), reason);
        assert_eq!(refused.in_reply_to, Some(order.message.order_id.into()), "{reason}");
    }
    // Three passkeys were registered and one revoked; nothing else happened.
    let [payments, transfers, evidence] = counts(&scene)?;
    assert_eq!([payments, transfers, evidence], [before[0], before[1], before[2] + 4]);

    // A refusal is not kept: with the right passkey the same order is paid.
    let passkey = scene.passkey(ALICE).await?;
    let draft = scene.town.order(&offer).from(Capability::Passkey, Method::Passkey);
    scene.order(&draft.clone().sign()?).await?.refused(403, Code::AuthenticationInvalid)?;
    scene.pay(&draft.by_passkey(&passkey)?.sign()?).await?;
    scene.close(1)
}

/// Each with the reason that it is refused for.
async fn forgeries(scene: &Scene) -> Result<Vec<(&'static str, Forge)>> {
    let unknown = "no such passkey of this consumer is in force";
    let altered = "the signature of the assertion does not verify";
    let passkey = scene.passkey(ALICE).await?;
    let (bobs, revoked) = (scene.passkey(BOB).await?, scene.passkey(ALICE).await?);
    let core = scene.town.core(&scene.database)?;
    core.revoke_passkey(&scene.town.party(ALICE).id, &revoked.credential).await?;
    core.shut_down();
    // A key of the portal's own, under the id of alice's.
    let mut portals = Authenticator::make()?;
    portals.credential = passkey.credential.clone();
    let by = |passkey: Authenticator| -> Forge { Box::new(move |order| passkey.authenticate(order)) };
    let like = |change: fn(&mut Authenticator)| {
        let mut wrong = passkey.clone();
        change(&mut wrong);
        by(wrong)
    };
    let edited = |edit: fn(&mut Vec<u8>)| -> Forge {
        let own = passkey.clone();
        Box::new(move |order| {
            let mut order = own.authenticate(order)?;
            edit(&mut order.evidence);
            Ok(order)
        })
    };
    // After the version, both lengths and the id: the last byte of the counter.
    let counted = |evidence: &mut Vec<u8>| evidence[1 + 2 + 32 + 2 + 36] ^= 1;
    let with = |evidence: &'static [u8]| -> Forge {
        Box::new(move |order| Ok(PaymentOrder { evidence: evidence.to_vec(), ..order }))
    };
    Ok(vec![
        ("the evidence is not an assertion in encoding 1", with(b"")),
        ("the evidence is not an assertion in encoding 1", with(b"she pressed the button, I swear")),
        ("the evidence ends too early or too late", with(&[1, 0, 4, 1])),
        ("the evidence ends too early or too late", edited(|evidence| evidence.push(0))),
        (unknown, by(Authenticator::make()?)),
        (unknown, by(bobs)),
        (unknown, by(revoked)),
        (altered, by(portals)),
        (altered, edited(counted)),
        (
            "the assertion was made at an origin that is not accepted",
            like(|key| key.origin = "https://localhost.example".to_owned()),
        ),
        (
            "the assertion was made at an origin that is not accepted",
            like(|key| key.origin = "https://localhost".to_owned()),
        ),
        ("the assertion was made for another relying party", like(|key| key.rp_id = "example".to_owned())),
        ("the user was not verified by the authenticator", like(|key| key.flags = PRESENT)),
        ("the user was not present", like(|key| key.flags = 0)),
    ])
}

async fn the_same_order_again_is_answered_as_before_even_when_the_passkey_was_revoked(
    database: Database,
) -> Result<()> {
    let mut scene = Scene::open(database).await?;
    let passkey = scene.passkey(ALICE).await?;
    let offer = scene.deposit(scene.town.offer("parking", "1.80")).await?;
    let order = scene.town.order(&offer).by_passkey(&passkey)?.sign()?;
    let first = scene.order(&order).await?;
    assert_eq!(first.status, 200);
    assert_eq!(scene.order(&order).await?.body, first.body);

    let core = scene.town.core(&scene.database)?;
    core.revoke_passkey(&scene.town.party(ALICE).id, &passkey.credential).await?;
    core.shut_down();
    let again = scene.order(&order).await?;
    assert_eq!((again.status.as_u16(), &again.body), (200, &first.body));
    let new = scene.town.order(&offer).by_passkey(&passkey)?.sign()?;
    scene.order(&new).await?.refused(403, Code::AuthenticationInvalid)?;
    assert_eq!(scene.balance(ALICE)?, 98_200_000);
    scene.close(1)
}

async fn a_consumer_is_found_by_telephone_number_too(database: Database) -> Result<()> {
    let mut scene = Scene::open(database).await?;
    let (alices, bobs) = (scene.passkey(ALICE).await?, scene.passkey(BOB).await?);
    let offer = scene.deposit(scene.town.offer("parking", "1.80")).await?;
    let order = || scene.town.order(&offer).msisdn(ALICE_NUMBER);
    let refused = scene.order(&order().by_passkey(&bobs)?.sign()?).await?;
    refused.refused(403, Code::AuthenticationInvalid)?;
    scene.pay(&order().by_passkey(&alices)?.sign()?).await?;
    assert_eq!(scene.balance(BOB)?, 0);
    scene.close(1)
}

async fn every_instruction_of_a_consumer_needs_the_passkey_that_it_speaks_of(
    database: Database,
) -> Result<()> {
    let mut scene = Scene::open(database).await?;
    let (passkey, bobs) = (scene.passkey(ALICE).await?, scene.passkey(BOB).await?);
    let offer = scene.deposit(scene.town.offer("parking", "1.80")).await?;
    let paid = scene.town.order(&offer).by_passkey(&passkey)?.sign()?;
    scene.pay(&paid).await?;
    for (mut message, expected) in instructions(&scene, &paid.message)? {
        let kind = message.kind();
        message.set_evidence(b"of course it was her".to_vec());
        let made_up = scene.town.sign(adapter(Channel::Web), message.clone())?;
        scene.door().post(&made_up.document).await?.refused(403, Code::AuthenticationInvalid)?;
        bobs.attach(&mut message)?;
        let anothers = scene.town.sign(adapter(Channel::Web), message.clone())?;
        scene.door().post(&anothers.document).await?.refused(403, Code::AuthenticationInvalid)?;
        passkey.attach(&mut message)?;
        let proven = scene.town.sign(adapter(Channel::Web), message)?;
        let reply = scene.door().post(&proven.document).await?;
        assert_eq!(reply.status, expected, "{kind:?}: {:?}", reply.message()?);
    }
    scene.close(1)
}

async fn without_a_page_no_passkey_is_accepted(database: Database) -> Result<()> {
    let setup = Setup { passkey_origins: &[], ..Setup::default() };
    let mut scene = Scene::open_with(database, &setup).await?;
    let passkey = scene.passkey(ALICE).await?;
    let offer = scene.deposit(scene.town.offer("parking", "1.80")).await?;
    let order = scene.town.order(&offer).by_passkey(&passkey)?.sign()?;
    let refused = scene.order(&order).await?.refused(403, Code::AuthenticationInvalid)?;
    assert_eq!(refused.reason.as_str(), "the assertion was made at an origin that is not accepted");
    assert_eq!(scene.balance(ALICE)?, 100_000_000);
    scene.close(0)
}

/// One of each kind but the order that was paid, from a browser with a passkey; and the status that comes once it is proven.
fn instructions(scene: &Scene, paid: &PaymentOrder) -> Result<Vec<(Message, u16)>> {
    let authentication =
        Authentication { capability: Capability::Passkey, method: Method::Passkey, ..by_app() };
    let (consumer, created_at) = (ConsumerId::parse(ALICE)?, authentication.authenticated_at);
    let mut top_up = scene.town.top_up(ALICE, "20.00");
    let mut redemption = scene.town.redemption(ALICE, "10.00");
    (top_up.authentication, top_up.created_at) = (authentication.clone(), created_at);
    (redemption.authentication, redemption.created_at) = (authentication.clone(), created_at);
    let claim = CouponOrder {
        request_id: RequestId::new(random::uuid()),
        consumer: consumer.clone(),
        act: CouponAct::Claim(CampaignId::new(random::uuid())),
        authentication: authentication.clone(),
        created_at,
    };
    let dispute = DisputeOrder {
        dispute_id: DisputeId::new(random::uuid()),
        consumer,
        order_id: paid.order_id,
        amount: paid.amount,
        reason: Label::parse("There was no place to park")?,
        authentication,
        created_at,
    };
    // There is no such campaign: the proof was good, and then the core had a look.
    Ok(vec![(top_up.into(), 200), (redemption.into(), 200), (claim.into(), 422), (dispute.into(), 200)])
}

/// Payments, transfers and pieces of evidence.
fn counts(scene: &Scene) -> Result<[i64; 3]> {
    let mut sql = scene.database.sql()?;
    let mut count = |table| sql.number(&format!("SELECT COUNT(*) FROM {table}"));
    Ok([count("payment")?, count("transfer")?, count("evidence")?])
}
