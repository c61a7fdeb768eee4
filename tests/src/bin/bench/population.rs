//! Who pays whom: enough consumers and merchants that a load is a crowd, and the orders they sign beforehand.

use std::sync::Arc;

use anyhow::Result;
use payment_domain::{Offer, PaymentOrder};
use tests::app::{App, Setup};
use tests::database::Database;
use tests::scene::Scene;
use tests::town::{Newcomer, Party, Signed, Town};

const CONSUMERS: usize = 500;
const MERCHANTS: usize = 100;

/// Whom the orders go to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Load {
    /// Every merchant alike.
    Uniform,
    /// All to one.
    HotMerchant,
}

/// A crowd and its server.
pub(crate) struct Population {
    pub(crate) scene: Scene,
    consumers: Vec<Arc<Party>>,
    offers: Vec<Signed<Offer>>,
}

impl Load {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Uniform => "uniform",
            Self::HotMerchant => "one hot merchant",
        }
    }
}

impl Population {
    pub(crate) async fn settle(database: Database) -> Result<Self> {
        let name = |kind: &str, number: usize| format!("{kind}-{number}");
        let consumers = (0..CONSUMERS).map(|number| Newcomer::prepaid(&name("consumer", number), "10000.00"));
        let merchants = (0..MERCHANTS).map(|number| Newcomer::merchant(&name("merchant", number)));
        let town = Town::found_with(&database, consumers.chain(merchants).collect()).await?;
        // As an operator runs it, apart from the rate limits that one load generator would run into.
        let setup = Setup { shadow_one_in: 256, log: "warn", ..Setup::default() };
        let app = App::start_with(&town, &database, &setup).await?;
        let scene = Scene { app, database, town };
        let mut offers = Vec::new();
        for number in 0..MERCHANTS {
            offers.push(scene.deposit(scene.town.offer(&name("merchant", number), "0.002")).await?);
        }
        let consumers = (0..CONSUMERS).map(|number| scene.town.party(&name("consumer", number))).collect();
        Ok(Self { scene, consumers, offers })
    }

    /// Signs orders: consumers take turns, and so do merchants unless one is hot.
    pub(crate) fn orders(&self, load: Load, count: usize) -> Result<Vec<Signed<PaymentOrder>>> {
        (0..count)
            .map(|number| {
                let merchant = if load == Load::HotMerchant { 0 } else { number * 7 % MERCHANTS };
                let consumer = &self.consumers[number * 13 % CONSUMERS];
                self.scene.town.order(&self.offers[merchant]).by(consumer).sign()
            })
            .collect()
    }
}
