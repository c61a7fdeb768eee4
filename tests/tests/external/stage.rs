//! A town whose people have cards, the service that they are charged at, and a server between them.

use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use payment_domain::{Offer, OrderId, PaymentOrder};
use payment_message::{State, StatusReport};
use serde_json::Value;
use tests::app::{App, Setup};
use tests::database::Database;
use tests::door::Reply;
use tests::scene::Scene;
use tests::stripe::{EVENT_SECRET, KEY, Line, Stripe, cards};
use tests::town::{Newcomer, OfferDraft, Signed, Town};

/// Has a good card.
pub(crate) const FRED: &str = "fred";
/// Has a card that is declined.
pub(crate) const GINA: &str = "gina";
/// Has a card that has to be confirmed.
pub(crate) const HUGO: &str = "hugo";
/// Has a card that several systems take.
pub(crate) const IRIS: &str = "iris";
/// Is paid out through the service, and has EUR 80.00 on the account.
pub(crate) const JULE: &str = "jule";

/// Has EUR 10.00 on the account, and a card that has to be confirmed.
pub(crate) const NORA: &str = "nora";
/// A merchant that is paid out through the service.
pub(crate) const KIOSK: &str = "kiosk";

/// Everything that a test needs.
pub(crate) struct Stage {
    pub(crate) scene: Scene,
    pub(crate) stripe: Stripe,
    pub(crate) line: Line,
}

/// What differs from test to test.
#[derive(Debug, Clone)]
pub(crate) struct Play {
    /// Where the server believes the service to be; by default where it is.
    pub(crate) base_url: Option<String>,
    /// Routes, and whole tables after them.
    pub(crate) routes: &'static str,
    pub(crate) ask_again_ms: u64,
    pub(crate) time_limit_ms: u64,
    pub(crate) action_limit_ms: u64,
}

impl Default for Play {
    fn default() -> Self {
        Self { base_url: None, routes: "", ask_again_ms: 100, time_limit_ms: 5_000, action_limit_ms: 600_000 }
    }
}

impl Stage {
    /// `None` if the service is missing.
    pub(crate) async fn open(database: Database) -> Result<Option<Self>> {
        Self::open_with(database, Play::default()).await
    }

    pub(crate) async fn open_with(database: Database, play: Play) -> Result<Option<Self>> {
        let mut town = Town::found(&database).await?;
        let folder = town.folder();
        let Some(stripe) = Stripe::start(&folder.join("pki/root.pem"))? else { return Ok(None) };
        let line = Line::to(&stripe).await?;
        let newcomers = vec![
            Newcomer::consumer(FRED).with_external(stripe.save_card(cards::GOOD).await?),
            Newcomer::consumer(GINA).with_external(stripe.save_card(cards::DECLINED).await?),
            Newcomer::consumer(HUGO).with_external(stripe.save_card(cards::CONFIRMED).await?),
            Newcomer::consumer(IRIS).with_external("card:pm_card_visa"),
            Newcomer::prepaid(JULE, "80.00").with_external("stripe:default"),
            Newcomer::prepaid(NORA, "10.00").with_external(stripe.save_card(cards::CONFIRMED).await?),
            Newcomer::merchant(KIOSK).with_external("stripe:default"),
        ];
        town.settle(&database, newcomers).await?;
        std::fs::write(folder.join("stripe.key"), KEY)?;
        std::fs::write(folder.join("stripe.whsec"), format!("whsec_next_one\n{EVENT_SECRET}\n"))?;
        let base_url = play.base_url.unwrap_or_else(|| format!("http://{}", line.address()));
        let more = format!(
            r#"
[external.stripe]
enabled = true
base_url = "{base_url}"
key_file = "stripe.key"
webhook_secret_file = "stripe.whsec"
action_page = "https://shop.example/3ds"
action_limit_ms = {}
{}"#,
            play.action_limit_ms, play.routes
        );
        let (ask_again_ms, time_limit_ms) = (play.ask_again_ms, play.time_limit_ms);
        let setup = Setup { more, ask_again_ms, time_limit_ms, ..Setup::default() };
        let app = App::start_with(&town, &database, &setup).await?;
        Ok(Some(Self { scene: Scene { app, database, town }, stripe, line }))
    }

    /// An order of somebody's for something at this price.
    pub(crate) async fn order(&self, who: &str, price: &str) -> Result<Signed<PaymentOrder>> {
        self.order_for(who, self.scene.town.offer("concert", price)).await
    }

    pub(crate) async fn order_for(&self, who: &str, offer: OfferDraft) -> Result<Signed<PaymentOrder>> {
        let offer: Signed<Offer> = self.scene.deposit(offer).await?;
        self.scene.town.order(&offer).by(&self.scene.town.party(who)).sign()
    }

    /// What is known of somebody's order.
    pub(crate) async fn status(&self, who: &str, order: OrderId) -> Result<StatusReport> {
        self.scene.door().post(&self.scene.town.ask(who, order)?.document).await?.report()
    }

    /// Waits until an order is so far.
    pub(crate) async fn until(&self, who: &str, order: OrderId, wanted: State) -> Result<StatusReport> {
        for _ in 0..300 {
            let report = self.status(who, order).await?;
            if report.state == wanted {
                return Ok(report);
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        bail!("never {wanted}:\n{}", self.scene.app.log())
    }

    /// Repeats a message until it is answered for good.
    pub(crate) async fn until_answered(&self, document: &[u8]) -> Result<Reply> {
        for _ in 0..300 {
            let reply = self.scene.door().post(document).await?;
            if reply.status != 202 {
                return Ok(reply);
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        bail!("never answered for good:\n{}", self.scene.app.log())
    }

    /// Waits until a single payment has to be confirmed, and returns what it is at the service.
    pub(crate) async fn until_to_be_confirmed(&self, who: &str, order: OrderId) -> Result<Value> {
        for _ in 0..300 {
            let report = self.status(who, order).await?;
            if let Some(url) = report.action_url {
                let intent = self.stripe.only("payment_intents").await?;
                let (id, secret) = (text(&intent["id"])?, text(&intent["client_secret"])?);
                let page = "https://shop.example/3ds";
                let expected = format!("{page}?payment_intent={id}&payment_intent_client_secret={secret}");
                assert_eq!(url.as_str(), expected);
                return Ok(intent);
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        bail!("never to be confirmed:\n{}", self.scene.app.log())
    }

    /// Attempts at a system.
    pub(crate) fn attempts_at(&self, system: &str) -> Result<i64> {
        self.scene.database.sql()?.number(&format!("SELECT COUNT(*) FROM attempt WHERE system = '{system}'"))
    }
}

pub(crate) fn text(value: &Value) -> Result<&str> {
    value.as_str().context("no text")
}
