//! Payments that an external system authorises: approved, declined, late, and unknown until asked again (R9, R13).

use std::time::Duration;

use anyhow::{Result, bail};
use payment_domain::{Funding, Mode, OrderId};
use payment_message::{Code, State};
use tests::app::Setup;
use tests::database::Database;
use tests::on_each_database;
use tests::scene::Scene;
use tests::town::people::{ALICE, BOB, CAROL, DAVE};

on_each_database!(
    an_approved_payment_is_receipted_at_once,
    a_declined_payment_moves_nothing_and_stays_declined,
    a_late_answer_is_pending_first_and_receipted_after,
    an_answer_that_never_came_is_asked_for_until_it_is_known,
    a_payment_that_was_pending_in_a_crash_is_resolved_after_it,
);

const PATIENT: Setup = Setup {
    workers: None,
    queue: 4096,
    sender_per_second: 0,
    external_wait_ms: 100,
    ask_again_ms: 100,
    slow_ms: 600,
    shadow_one_in: 4,
    log: "info",
    time_limit_ms: 30_000,
    simulator: true,
    passkey_origins: &[],
    more: String::new(),
};

async fn an_approved_payment_is_receipted_at_once(database: Database) -> Result<()> {
    let mut scene = Scene::open(database).await?;
    let offer = scene.deposit(scene.town.offer("concert", "45.00")).await?;
    let receipt = scene.pay(&scene.town.order(&offer).sign()?).await?;
    assert_eq!((receipt.mode, receipt.funding), (Mode::Single, Funding::External));
    assert_eq!(receipt.rule.as_str(), "eu-default/large-goes-single");
    // The money came from outside: the account is as it was.
    assert_eq!((scene.balance(ALICE)?, scene.balance("concert")?), (100_000_000, 45_000_000));
    scene.close(1)
}

async fn a_declined_payment_moves_nothing_and_stays_declined(database: Database) -> Result<()> {
    let mut scene = Scene::open(database).await?;
    let offer = scene.deposit(scene.town.offer("concert", "45.00")).await?;
    let order = scene.town.order(&offer).by(&scene.town.party(BOB)).sign()?;
    let first = scene.order(&order).await?;
    first.refused(402, Code::Declined)?;
    let again = scene.order(&order).await?;
    assert_eq!(again.body, first.body, "the same refusal again");
    assert_eq!(state(&scene, BOB, order.message.order_id).await?, State::Refused);
    assert_eq!((scene.balance(BOB)?, scene.balance("concert")?), (0, 0));
    scene.close(1)
}

async fn a_late_answer_is_pending_first_and_receipted_after(database: Database) -> Result<()> {
    let mut scene = Scene::open_with(database, &PATIENT).await?;
    let offer = scene.deposit(scene.town.offer("concert", "45.00")).await?;
    let order = scene.town.order(&offer).by(&scene.town.party(CAROL)).sign()?;
    let reply = scene.order(&order).await?;
    assert_eq!((reply.status.as_u16(), reply.report()?.state), (202, State::Pending));
    assert!(reply.headers.contains_key("retry-after"));
    assert_eq!(scene.balance("concert")?, 0, "nothing is credited on a guess");
    until(&scene, CAROL, order.message.order_id, State::Accepted).await?;
    let receipt = scene.pay(&order).await?;
    assert_eq!(receipt.mode, Mode::Single);
    assert_eq!(scene.balance("concert")?, 45_000_000);
    scene.close(1)
}

async fn an_answer_that_never_came_is_asked_for_until_it_is_known(database: Database) -> Result<()> {
    let mut scene = Scene::open_with(database, &PATIENT).await?;
    let offer = scene.deposit(scene.town.offer("concert", "45.00")).await?;
    let order = scene.town.order(&offer).by(&scene.town.party(DAVE)).sign()?;
    let reply = scene.order(&order).await?;
    assert_eq!((reply.status.as_u16(), reply.report()?.state), (202, State::Pending));
    until(&scene, DAVE, order.message.order_id, State::Accepted).await?;
    scene.pay(&order).await?;
    assert_eq!(scene.balance("concert")?, 45_000_000, "charged once");
    scene.close(1)
}

async fn a_payment_that_was_pending_in_a_crash_is_resolved_after_it(database: Database) -> Result<()> {
    let mut scene = Scene::open_with(database, &PATIENT).await?;
    let offer = scene.deposit(scene.town.offer("concert", "45.00")).await?;
    let order = scene.town.order(&offer).by(&scene.town.party(CAROL)).sign()?;
    assert_eq!(scene.order(&order).await?.status, 202);
    scene.app.kill()?;
    scene.app.restart().await?;
    until(&scene, CAROL, order.message.order_id, State::Accepted).await?;
    scene.pay(&order).await?;
    assert_eq!(scene.balance("concert")?, 45_000_000, "charged once");
    scene.close(1)
}

async fn state(scene: &Scene, who: &str, order: OrderId) -> Result<State> {
    Ok(scene.door().post(&scene.town.ask(who, order)?.document).await?.report()?.state)
}

async fn until(scene: &Scene, who: &str, order: OrderId, wanted: State) -> Result<()> {
    for _ in 0..200 {
        if state(scene, who, order).await? == wanted {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    bail!("never {wanted}:\n{}", scene.app.log())
}
