//! `kill -9` under load, over and over, and what must hold after it. Shared by the tests and `./x bench faults`.

use std::collections::HashSet;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use payment_domain::{Offer, OrderId, PaymentOrder};

use crate::app::App;
use crate::database::Database;
use crate::load::{self, Orders};
use crate::scene::Scene;
use crate::town::{Newcomer, Signed, Town};
use crate::{audit, ledger, random};

/// Somebody who can pay for as many rounds as one has patience for.
pub const WHALE: &str = "whale";
const CONNECTIONS: usize = 24;
const ORDERS_A_ROUND: usize = 1_500;

/// What so many rounds came to.
#[derive(Debug, Default)]
pub struct Tally {
    pub rounds: usize,
    /// Acknowledged before a kill, and found in the ledger after it.
    pub acknowledged: usize,
    /// In flight at a kill. Sent again after it, and paid once.
    pub in_flight: usize,
    /// In flight at a kill, and durable although nobody was told: the repetition got the first receipt.
    pub durable_unanswered: usize,
}

/// A town with somebody rich in it, its server, and one cheap offer.
///
/// # Errors
/// If it does not come up.
pub async fn scene_with_whale(database: Database) -> Result<(Scene, Signed<Offer>)> {
    let town = Town::found_with(&database, vec![Newcomer::prepaid(WHALE, "1000000.00")]).await?;
    let app = App::start(&town, &database).await?;
    let scene = Scene { app, database, town };
    let offer = scene.deposit(scene.town.offer("news", "0.002")).await?;
    Ok((scene, offer))
}

/// Orders of the whale's for an offer.
///
/// # Errors
/// If the key fails.
pub fn orders(scene: &Scene, offer: &Signed<Offer>, count: usize) -> Result<Vec<Signed<PaymentOrder>>> {
    let whale = scene.town.party(WHALE);
    (0..count).map(|_| scene.town.order(offer).by(&whale).sign()).collect()
}

/// Kills the server under load and starts it again, so many times. Checks after every round that everything
/// acknowledged is in the ledger exactly once, sends again what was in flight, and runs the audit at the end.
///
/// # Errors
/// With the first thing that does not hold.
pub async fn kill_under_load(
    database: Database,
    rounds: usize,
    mut each: impl FnMut(&Tally),
) -> Result<Tally> {
    let (mut scene, offer) = scene_with_whale(database).await?;
    let mut tally = Tally::default();
    let mut paid = HashSet::new();
    for _ in 0..rounds {
        round(&mut scene, &offer, &mut tally, &mut paid)
            .await
            .with_context(|| format!("in round {}", tally.rounds))?;
        each(&tally);
    }
    scene.app.stop()?;
    let durable = ledger::paid(&scene.database)?;
    ensure!(durable == paid, "{} orders in the ledger, {} were acknowledged", durable.len(), paid.len());
    audit::passes(&scene.town, &scene.database, u64::try_from(paid.len())?)?;
    Ok(tally)
}

async fn round(
    scene: &mut Scene,
    offer: &Signed<Offer>,
    tally: &mut Tally,
    paid: &mut HashSet<OrderId>,
) -> Result<()> {
    let orders = Orders::new(orders(scene, offer, ORDERS_A_ROUND)?);
    let door = scene.door().clone();
    let load = tokio::spawn({
        let orders = orders.clone();
        async move { load::run(&door, &orders, CONNECTIONS).await }
    });
    // Somewhere between the first orders and the last.
    let [low, high] = random::bytes();
    let after =
        CONNECTIONS + usize::from(u16::from_le_bytes([low, high])) % (ORDERS_A_ROUND - 2 * CONNECTIONS);
    while orders.taken() < after && !load.is_finished() {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    scene.app.kill()?;
    let outcome = load.await??;
    ensure!(outcome.refused.is_empty(), "refused under load: {:?}", outcome.refused.first());
    scene.app.restart().await?;

    let durable = ledger::paid(&scene.database)?;
    for order in &outcome.acknowledged {
        ensure!(durable.contains(order), "{order} was acknowledged and is not in the ledger");
    }
    let mut connection = scene.door().connect().await?;
    let in_flight: HashSet<_> = outcome.unanswered.iter().copied().collect();
    for order in orders.all().iter().filter(|order| in_flight.contains(&order.message.order_id)) {
        connection.post(&order.document).await?.receipt().context("sent again after the kill")?;
    }
    tally.rounds += 1;
    tally.acknowledged += outcome.acknowledged.len();
    tally.in_flight += in_flight.len();
    tally.durable_unanswered += in_flight.intersection(&durable).count();
    paid.extend(outcome.acknowledged);
    paid.extend(in_flight);
    Ok(())
}
