//! Which system is asked, and when another one is.

use anyhow::Result;
use core_payment::Outcome;
use payment_domain::AttemptId;
use payment_message::State;
use tests::app::{App, Setup};
use tests::clock;
use tests::counter::Counter;
use tests::database::Database;
use tests::on_each_database;
use tests::postgres::free_port;
use tests::town::{Town, euros};

use crate::stage::{IRIS, Play, Stage};

on_each_database!(
    a_rule_by_amount_says_which_system_is_asked,
    where_nothing_can_have_been_sent_the_next_system_is_asked_and_it_is_on_record,
    where_something_may_have_been_sent_no_other_system_is_asked,
    a_route_to_nowhere_keeps_the_server_from_starting,
    an_attempt_is_moved_only_where_it_is_before_anything_is_known_of_it_and_in_time,
);

const STRIPE_FIRST: &str = r#"
[[external.route]]
scheme = "card"
systems = ["stripe", "simulator"]
"#;

const BY_AMOUNT: &str = r#"
[[external.route]]
scheme = "card"
currency = "EUR"
below = "40.00"
systems = ["simulator"]
[[external.route]]
scheme = "card"
systems = ["stripe"]
"#;

async fn a_rule_by_amount_says_which_system_is_asked(database: Database) -> Result<()> {
    let play = Play { routes: BY_AMOUNT, ..Play::default() };
    let Some(mut stage) = Stage::open_with(database, play).await? else { return Ok(()) };
    stage.scene.pay(&stage.order(IRIS, "39.99").await?).await?;
    assert_eq!(stage.stripe.list("payment_intents").await?.len(), 0);
    let order = stage.order(IRIS, "40.00").await?;
    stage.scene.pay(&order).await?;
    stage.stripe.only("payment_intents").await?;
    assert_eq!((stage.attempts_at("simulator")?, stage.attempts_at("stripe")?), (1, 1));
    // A refund is no matter of routing, whatever its amount.
    let refund = stage.scene.town.refund(&order.message, "1.00").sign()?;
    stage.scene.door().post(&refund.document).await?.refund()?;
    stage.stripe.only("refunds").await?;
    assert_eq!(stage.attempts_at("simulator")?, 1);
    stage.scene.close(2)
}

async fn where_nothing_can_have_been_sent_the_next_system_is_asked_and_it_is_on_record(
    database: Database,
) -> Result<()> {
    let base_url = Some(format!("http://127.0.0.1:{}", free_port()?));
    let play = Play { base_url, routes: STRIPE_FIRST, ..Play::default() };
    let Some(mut stage) = Stage::open_with(database, play).await? else { return Ok(()) };
    let order = stage.order(IRIS, "45.00").await?;
    stage.scene.pay(&order).await?;
    assert_eq!((stage.attempts_at("simulator")?, stage.attempts_at("stripe")?), (1, 0));
    let declared = "SELECT COUNT(*) FROM evidence WHERE kind = 'declared'";
    assert_eq!(stage.scene.database.sql()?.number(declared)?, 1);
    // What goes back goes to the system that was asked in the end.
    let refund = stage.scene.town.refund(&order.message, "20.00").sign()?;
    let receipt = stage.scene.door().post(&refund.document).await?.refund()?;
    assert_eq!(receipt.refunded_total, euros("20.00"));
    assert_eq!(stage.attempts_at("simulator")?, 2);
    assert_eq!(stage.scene.balance("concert")?, 25_000_000);
    stage.scene.app.stop()?;
    // An attempt that somebody moved without saying so is found.
    let copy = stage.scene.database.copy()?;
    copy.sql()?.touch("UPDATE attempt SET system = 'stripe' WHERE kind = 'charge'")?;
    let findings = tests::audit::audit(&stage.scene.town, &copy)?.findings;
    assert!(findings.iter().any(|finding| finding.fault.contains("went to")), "{findings:#?}");
    tests::audit::passes(&stage.scene.town, &stage.scene.database, 1)
}

async fn where_something_may_have_been_sent_no_other_system_is_asked(database: Database) -> Result<()> {
    let play = Play { routes: STRIPE_FIRST, ..Play::default() };
    let Some(mut stage) = Stage::open_with(database, play).await? else { return Ok(()) };
    let order = stage.order(IRIS, "45.00").await?;
    stage.line.cut();
    assert_eq!(stage.scene.order(&order).await?.status, 202);
    stage.until(IRIS, order.message.order_id, State::Accepted).await?;
    stage.stripe.only("payment_intents").await?;
    assert_eq!((stage.attempts_at("simulator")?, stage.attempts_at("stripe")?), (0, 1));
    assert_eq!(stage.scene.balance("concert")?, 45_000_000);
    stage.scene.close(1)
}

async fn a_route_to_nowhere_keeps_the_server_from_starting(database: Database) -> Result<()> {
    let town = Town::found(&database).await?;
    let more = "[[external.route]]\nscheme = \"card\"\nsystems = [\"nowhere\"]\n".to_owned();
    let started = App::start_with(&town, &database, &Setup { more, ..Setup::default() }).await;
    let error = format!("{:#}", started.expect_err("it started"));
    assert!(error.contains("no system `nowhere`"), "{error}");
    Ok(())
}

/// The core alone: what it lets nobody do.
async fn an_attempt_is_moved_only_where_it_is_before_anything_is_known_of_it_and_in_time(
    database: Database,
) -> Result<()> {
    let counter = Counter::open(database, Vec::new(), |_| ()).await?;
    let offer = counter.deposit(counter.town.offer("concert", "45.00")).await?;
    let (soon, past) =
        (clock::now().saturating_add_millis(60_000), clock::now().saturating_add_millis(-60_000));
    let moved = async |id, from, to, before| counter.core.reroute_attempt(id, from, to, before).await;

    let first = counter.begin(&counter.town.order(&offer).sign()?).await?.id;
    assert!(!moved(first, "stripe", "sepa", soon).await?, "it is elsewhere");
    assert!(!moved(first, "simulator", "stripe", past).await?, "it is too late");
    assert!(moved(first, "simulator", "stripe", soon).await?);
    assert!(!moved(first, "simulator", "stripe", soon).await?, "it has moved already");
    assert!(moved(first, "stripe", "sepa", soon).await?);
    counter.finish(first, "approved").await?;
    assert!(!moved(first, "sepa", "stripe", soon).await?, "it has ended");

    let order = counter.town.order(&offer).sign()?;
    let named = counter.begin(&order).await?.id;
    let (url, reference) = ("https://bank.example/3ds".to_owned(), "pi_1".to_owned());
    counter.core.finish_attempt(named, Outcome::ActionRequired { url, reference }).await?;
    assert!(!moved(named, "simulator", "stripe", soon).await?, "its system has named it");
    counter.finish(named, "approved").await?;

    let back = counter.begin(&counter.town.refund(&order.message, "5.00").sign()?).await?.id;
    assert!(!moved(back, "simulator", "stripe", soon).await?, "a refund goes where the charge went");
    counter.finish(back, "approved").await?;
    assert!(!moved(AttemptId::new(12_345)?, "simulator", "stripe", soon).await?, "there is none");
    let declared = "SELECT COUNT(*) FROM evidence WHERE kind = 'declared'";
    assert_eq!(counter.database.sql()?.number(declared)?, 2);
    counter.close(2)
}
