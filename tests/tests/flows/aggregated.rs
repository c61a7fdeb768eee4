//! Payments from an account here, summed up into a bill later (R13, R14, R52).

use anyhow::Result;
use payment_domain::{Capability, Funding, Method, Mode};
use payment_message::Code;
use tests::database::Database;
use tests::on_each_database;
use tests::scene::Scene;
use tests::town::people::{ALICE, ALICE_NUMBER, BOB, BOB_NUMBER, ERIN};

on_each_database!(
    a_prepaid_consumer_pays_from_the_account,
    a_postpaid_consumer_pays_on_credit,
    every_terminal_pays_in_its_own_way,
    a_merchant_knows_a_consumer_by_one_name_that_no_other_merchant_knows,
    what_a_terminal_may_not_pay_is_refused_with_the_reason,
    an_empty_account_pays_nothing,
);

async fn a_prepaid_consumer_pays_from_the_account(database: Database) -> Result<()> {
    let mut scene = Scene::open(database).await?;
    let offer = scene.deposit(scene.town.offer("news", "0.002")).await?;
    let receipt = scene.pay(&scene.town.order(&offer).sign()?).await?;
    assert_eq!((receipt.mode, receipt.funding), (Mode::Aggregated, Funding::Prepaid));
    assert_eq!(receipt.rule.as_str(), "eu-default/aggregate-micropayment");
    assert!(receipt.accepted_at >= receipt.ordered_at);
    assert_eq!((scene.balance("alice")?, scene.balance("news")?), (99_998_000, 2_000));
    scene.close(1)
}

async fn a_postpaid_consumer_pays_on_credit(database: Database) -> Result<()> {
    let mut scene = Scene::open(database).await?;
    let offer = scene.deposit(scene.town.offer("parking", "1.80")).await?;
    let receipt = scene.pay(&scene.town.order(&offer).by(&scene.town.party(BOB)).sign()?).await?;
    assert_eq!((receipt.mode, receipt.funding), (Mode::Aggregated, Funding::Postpaid));
    assert_eq!((scene.balance(BOB)?, scene.balance("parking")?), (-1_800_000, 1_800_000));
    scene.close(1)
}

async fn every_terminal_pays_in_its_own_way(database: Database) -> Result<()> {
    let mut scene = Scene::open(database).await?;
    let offer = scene.deposit(scene.town.offer("parking", "1.80")).await?;
    let passkey = scene.passkey(ALICE).await?;
    let ways = [
        (Capability::App, Method::DeviceKey),
        (Capability::Passkey, Method::Passkey),
        (Capability::Browser, Method::OneTimeCode),
        (Capability::Wap, Method::MsisdnPin),
        (Capability::Sms, Method::MsisdnCode),
    ];
    for (capability, method) in ways {
        let order = scene.town.order(&offer);
        let order = match capability {
            Capability::Passkey => order.by_passkey(&passkey)?,
            Capability::Wap | Capability::Sms => order.from(capability, method).msisdn(ALICE_NUMBER),
            Capability::App | Capability::Browser => order.from(capability, method),
        };
        let receipt = scene.pay(&order.sign()?).await?;
        assert_eq!(receipt.mode, Mode::Aggregated, "{capability}");
    }
    assert_eq!(scene.balance("alice")?, 100_000_000 - 5 * 1_800_000);
    scene.close(5)
}

async fn a_merchant_knows_a_consumer_by_one_name_that_no_other_merchant_knows(
    database: Database,
) -> Result<()> {
    let mut scene = Scene::open(database).await?;
    let parking = scene.deposit(scene.town.offer("parking", "1.00")).await?;
    let news = scene.deposit(scene.town.offer("news", "0.002")).await?;
    let first = scene.pay(&scene.town.order(&parking).sign()?).await?;
    let again = scene.pay(&scene.town.order(&parking).sign()?).await?;
    let elsewhere = scene.pay(&scene.town.order(&news).sign()?).await?;
    let by_text = scene.town.order(&parking).from(Capability::Sms, Method::MsisdnCode).msisdn(ALICE_NUMBER);
    let by_text = scene.pay(&by_text.sign()?).await?;
    let of_bob = scene.pay(&scene.town.order(&parking).by(&scene.town.party(BOB)).sign()?).await?;
    assert_eq!(first.consumer, again.consumer);
    assert_eq!(first.consumer, by_text.consumer);
    assert_ne!(first.consumer, elsewhere.consumer);
    assert_ne!(first.consumer, of_bob.consumer);
    scene.close(5)
}

async fn what_a_terminal_may_not_pay_is_refused_with_the_reason(database: Database) -> Result<()> {
    let mut scene = Scene::open(database).await?;
    let small = scene.deposit(scene.town.offer("parking", "1.80")).await?;
    let middling = scene.deposit(scene.town.offer("concert", "6.00")).await?;
    let huge = scene.deposit(scene.town.offer("concert", "1000.01")).await?;

    let by_number_alone = scene.town.order(&small).from(Capability::Sms, Method::Msisdn).msisdn(BOB_NUMBER);
    let refused = scene.order(&by_number_alone.sign()?).await?.refused(402, Code::StepUpRequired)?;
    assert_eq!(refused.challenge, Some(payment_domain::Challenge::OneTimeCode));

    let by_text = scene.town.order(&middling).from(Capability::Sms, Method::MsisdnCode).msisdn(BOB_NUMBER);
    let refused = scene.order(&by_text.sign()?).await?.refused(422, Code::OverLimit)?;
    assert_eq!(
        refused.rule.map(|rule| rule.as_str().to_owned()).as_deref(),
        Some("eu-default/terminal-limit")
    );

    let by_wap = scene.town.order(&middling).from(Capability::Wap, Method::MsisdnPin).msisdn(BOB_NUMBER);
    let refused = scene.order(&by_wap.sign()?).await?.refused(402, Code::StepUpRequired)?;
    assert_eq!(refused.challenge, Some(payment_domain::Challenge::OneTimeCode));

    // With the code that was asked for, the same purchase goes through.
    let stepped_up =
        scene.town.order(&middling).from(Capability::Wap, Method::MsisdnPinCode).msisdn(BOB_NUMBER);
    assert_eq!(scene.pay(&stepped_up.sign()?).await?.mode, Mode::Aggregated);

    scene.order(&scene.town.order(&huge).sign()?).await?.refused(422, Code::OverLimit)?;
    let foreign = scene.town.order(&small).from(Capability::Browser, Method::DeviceKey);
    scene.order(&foreign.sign()?).await?.refused(402, Code::StepUpRequired)?;
    assert_eq!(scene.balance(BOB)?, -6_000_000);
    scene.close(1)
}

async fn an_empty_account_pays_nothing(database: Database) -> Result<()> {
    let mut scene = Scene::open(database).await?;
    let offer = scene.deposit(scene.town.offer("news", "0.002")).await?;
    let order = scene.town.order(&offer).by(&scene.town.party(ERIN)).sign()?;
    let rejection = scene.order(&order).await?.refused(402, Code::InsufficientFunds)?;
    assert_eq!(rejection.request_digest, Some(order.digest));
    assert_eq!((scene.balance(ERIN)?, scene.balance("news")?), (0, 0));
    scene.close(0)
}
