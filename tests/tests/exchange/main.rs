//! Payments in another currency: declared rates, quotes, both legs, and what is given back (R55).
//!
//! The core runs in this process but for `door`, which goes through the real server and its commands. Start at
//! [`Fair`]: a merchant who sells in dollars.

mod door;
mod payments;
mod quotes;
mod rates;
mod refunds;

use std::sync::Arc;

use anyhow::{Result, bail};
use core_payment::NewAccount;
use core_payment::exchange::{Day, DeclareRates, DeclaredRates, RatesDeclared, RatesRefused};
use payment_domain::{Currency, Digest, Money, Offer, PaymentOrder, Policy, Quote, Rate};
use payment_message::Message;
use tests::clock;
use tests::counter::{Counter, message, said};
use tests::database::Database;
use tests::town::{Newcomer, OrderDraft, Signed};

/// Sells in dollars and in yen.
const ABROAD: &str = "abroad";
const DAY_MS: i64 = 24 * 60 * 60 * 1000;

fn usd() -> Currency {
    Currency::parse("USD").expect("a currency")
}

fn dollars(text: &str) -> Money {
    Money::parse(text, usd()).expect("an amount")
}

/// A merchant who sells abroad.
fn seller() -> Newcomer {
    let yen = Currency::parse("JPY").expect("a currency");
    let accounts = [Currency::EUR, usd(), yen].map(|currency| NewAccount::Merchant { currency });
    Newcomer { accounts: accounts.to_vec(), ..Newcomer::merchant(ABROAD) }
}

/// A core, a merchant who sells in dollars, and today's rates.
struct Fair {
    counter: Counter,
}

impl Fair {
    /// One per cent margin, five minutes, and rates of today.
    async fn open(database: Database) -> Result<Self> {
        let fair = Self::without_rates(database, |_| {}).await?;
        let declared = fair.declare(0, &[("USD", "1.25"), ("JPY", "161.5")]).await?;
        assert!(matches!(declared, Ok(RatesDeclared::New(_))));
        Ok(fair)
    }

    async fn without_rates(database: Database, change: impl FnOnce(&mut Policy)) -> Result<Self> {
        Ok(Self { counter: Counter::open(database, vec![seller()], change).await? })
    }

    /// Declares rates of so many days ago.
    async fn declare(
        &self,
        days_ago: i64,
        rates: &[(&str, &str)],
    ) -> Result<Result<RatesDeclared, RatesRefused>> {
        let day = Day::of(clock::now().saturating_add_millis(-days_ago * DAY_MS));
        let rates: Vec<_> = rates
            .iter()
            .map(|(currency, rate)| Ok((Currency::parse(currency)?, Rate::parse(rate)?)))
            .collect::<Result<_>>()?;
        let rates = DeclaredRates::new("ECB", day, Currency::EUR, rates)?;
        let file = Digest::new([7; 32]);
        Ok(self.counter.core.perform(Arc::new(DeclareRates { rates, file })).await?)
    }

    /// A quote for somebody.
    async fn quote(&self, name: &str, price: Money) -> Result<Quote> {
        let town = &self.counter.town;
        let request = town.sign(name, town.quote_request(name, price))?;
        let reply = self.counter.hand_in(&request).await?;
        match message(&reply)? {
            Message::Quote(quote) => Ok(quote),
            _ => bail!("no quote: {}", said(&reply)?),
        }
    }

    /// An offer in dollars.
    async fn offer(&self, price: &str) -> Result<Signed<Offer>> {
        let draft = self.counter.town.offer(ABROAD, "1.00");
        self.counter.deposit(draft.with(|offer| offer.price = dollars(price))).await
    }

    /// An order of alice's by a quote.
    fn order(&self, offer: &Signed<Offer>, quote: &Quote) -> OrderDraft {
        self.counter.town.order(offer).with(|order| order.quote = Some(quote.quote_id))
    }

    /// Hands an order in and says what was answered.
    async fn pay(&self, order: &Signed<PaymentOrder>) -> Result<String> {
        said(&self.counter.hand_in(order).await?)
    }

    /// What we hold of a currency against the others.
    fn position(&self, currency: &str) -> Result<i64> {
        self.counter.database.sql()?.number(&format!(
            "SELECT COALESCE(SUM(balance), 0) FROM account WHERE kind = 'position' AND currency = '{currency}'"
        ))
    }
}
