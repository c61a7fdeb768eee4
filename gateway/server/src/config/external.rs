//! `[external]`: which external payment systems there are, how they are reached, and which one is asked.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use anyhow::{Context as _, ensure};
use core_payment::{Route, Routes};
use gateway::external::BaseUrl;
use payment_domain::{Currency, Money, Operation};
use serde::Deserialize;

use super::count;

/// `[external]`: single payments.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct External {
    /// How long the door waits for an external system before it answers "pending".
    pub(crate) wait_ms: u64,
    /// When a request to an external system is given up, and asked about later.
    pub(crate) time_limit_ms: u64,
    /// Requests that are under way at a time.
    pub(crate) parallel: NonZeroUsize,
    /// The first pause between two questions about one attempt; pauses double up to five minutes.
    pub(crate) ask_again_ms: u64,
    pub(crate) simulator: Simulator,
    pub(crate) stripe: Stripe,
    /// Which system is asked: the first rule that fits. Without one, the system that the instrument names.
    pub(crate) route: Vec<Rule>,
}

/// `[external.simulator]`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Simulator {
    /// Whether instruments of the simulator are served. By default wherever no other system is, so that no money is real.
    enabled: Option<bool>,
    /// That the systems beside it are sandboxes, where no money is real either. Without this it is refused beside them.
    with_sandboxes: bool,
    /// Its own books.
    pub(crate) journal: PathBuf,
    /// How long `simulator:slow` takes.
    pub(crate) slow_ms: u64,
}

/// `[external.stripe]`: Stripe, or a system that speaks its API.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Stripe {
    /// Whether instruments of it are served.
    pub(crate) enabled: bool,
    /// Where it is: https, or http to a loopback address.
    pub(crate) base_url: String,
    /// The secret API key, on one line.
    pub(crate) key_file: PathBuf,
    /// The secrets that its events are signed with, one a line; without it no events are taken.
    pub(crate) webhook_secret_file: Option<PathBuf>,
    /// Where a bank sends the consumer back to after 3-D Secure.
    pub(crate) return_url: Option<String>,
    /// A page that runs Stripe.js, for steps of 3-D Secure that have no address of their own.
    pub(crate) action_page: Option<String>,
    /// Whether it keeps its word on idempotency keys: then what is unanswered is asked about by sending it again, else by
    /// going through its list.
    pub(crate) honours_keys: bool,
    /// For how long the consumer may take to confirm, until it is told to cancel.
    pub(crate) action_limit_ms: u64,
}

/// `[[external.route]]`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Rule {
    /// What the instrument names before its colon.
    pub(crate) scheme: Option<String>,
    pub(crate) currency: Option<String>,
    pub(crate) operation: Option<String>,
    /// The least amount, of the currency.
    pub(crate) at_least: Option<String>,
    /// The amount from which on it fits no more, of the currency.
    pub(crate) below: Option<String>,
    /// The systems, the preferred one first.
    pub(crate) systems: Vec<String>,
}

impl External {
    /// Whether instruments of the simulator are served, `beside` a bank that is spoken to by files. Then no money is real.
    pub(super) fn simulates(&self, beside: bool) -> bool {
        self.simulator.enabled.unwrap_or(!beside && !self.stripe.enabled)
    }

    /// What can be checked without reading a file, `beside` a bank that is spoken to by files or without one.
    pub(super) fn check(&self, beside: bool) -> anyhow::Result<()> {
        let real = beside || self.stripe.enabled;
        ensure!(
            !real || !self.simulates(beside) || self.simulator.with_sandboxes,
            "external.simulator.enabled: where payments go through another system, too, nobody could tell which money is \
             real; say external.simulator.with_sandboxes if it is real nowhere"
        );
        let stripe = &self.stripe;
        BaseUrl::parse(&stripe.base_url).context("external.stripe.base_url")?;
        for (key, url) in [("return_url", &stripe.return_url), ("action_page", &stripe.action_page)] {
            let good =
                url.as_ref().is_none_or(|url| url.starts_with("https://") && !url.contains(['?', '#', ' ']));
            ensure!(good, "external.stripe.{key}: an https address without query or fragment");
        }
        self.routes().map(drop)
    }

    /// The rules.
    pub(super) fn routes(&self) -> anyhow::Result<Routes> {
        let route = |(index, rule): (usize, &Rule)| {
            rule.route().with_context(|| format!("external.route {}", index.saturating_add(1)))
        };
        let routes = self.route.iter().enumerate().map(route).collect::<anyhow::Result<Vec<_>>>()?;
        Routes::new(routes).context("external")
    }
}

impl Rule {
    fn route(&self) -> anyhow::Result<Route> {
        let currency = self.currency.as_deref().map(Currency::parse).transpose().context("currency")?;
        let amount = |key: &'static str, text: &Option<String>| {
            let Some(text) = text else { return Ok(None) };
            let currency = currency.with_context(|| format!("{key} needs a currency"))?;
            Money::parse(text, currency).map(Some).context(key)
        };
        Ok(Route {
            scheme: self.scheme.clone(),
            currency,
            operation: self.operation.as_deref().map(Operation::parse).transpose().context("operation")?,
            at_least: amount("at_least", &self.at_least)?,
            below: amount("below", &self.below)?,
            systems: self.systems.clone(),
        })
    }
}

impl Default for External {
    fn default() -> Self {
        Self {
            wait_ms: 5_000,
            time_limit_ms: 30_000,
            parallel: count(256),
            ask_again_ms: 1_000,
            simulator: Simulator::default(),
            stripe: Stripe::default(),
            route: Vec::new(),
        }
    }
}

impl Default for Simulator {
    fn default() -> Self {
        Self { enabled: None, with_sandboxes: false, journal: "simulator.jsonl".into(), slow_ms: 8_000 }
    }
}

impl Default for Stripe {
    fn default() -> Self {
        Self {
            enabled: false,
            base_url: "https://api.stripe.com".to_owned(),
            key_file: "stripe.key".into(),
            webhook_secret_file: None,
            return_url: None,
            action_page: None,
            honours_keys: false,
            action_limit_ms: 15 * 60 * 1000,
        }
    }
}

#[cfg(test)]
mod tests {
    use core_payment::Routing;

    use super::*;

    fn check(text: &str) -> anyhow::Result<Routes> {
        let external: External = toml::from_str(text)?;
        external.check(false)?;
        external.routes()
    }

    #[test]
    fn routes_are_read_in_order() {
        let routes = check(
            "[[route]]\nscheme = 'card'\ncurrency = 'EUR'\nbelow = '10.00'\nsystems = ['cheap', 'stripe']\n\
             [[route]]\noperation = 'payout'\nsystems = ['sepa']",
        )
        .unwrap();
        let amount = |text| Money::parse(text, Currency::EUR).unwrap();
        let small = Routing { scheme: "card", operation: Operation::Charge, amount: amount("9.99") };
        let large = Routing { amount: amount("10.00"), ..small };
        let payout = Routing { operation: Operation::Payout, ..large };
        assert_eq!(routes.first(&small), "cheap");
        assert_eq!(routes.after("cheap", &small), Some("stripe"));
        assert_eq!(routes.first(&large), "card");
        assert_eq!(routes.first(&payout), "sepa");
    }

    #[test]
    fn the_simulator_gives_way_to_what_may_be_real_and_stands_beside_it_only_where_that_is_said() {
        let read = |text: &str| toml::from_str::<External>(text).unwrap();
        let simulates = |text: &str, bank: bool| {
            let external = read(text);
            external.check(bank).ok().map(|()| external.simulates(bank))
        };
        let (on, stripe) = ("[simulator]\nenabled = true\n", "[stripe]\nenabled = true\n");
        let sandboxes = format!("{on}with_sandboxes = true\n");
        for (text, bank, expected) in [
            (String::new(), false, Some(true)),
            (String::new(), true, Some(false)),
            (stripe.to_owned(), false, Some(false)),
            ("[simulator]\nslow_ms = 5".to_owned(), true, Some(false)),
            ("[simulator]\nenabled = false".to_owned(), false, Some(false)),
            (on.to_owned(), false, Some(true)),
            (on.to_owned(), true, None),
            (format!("{on}{stripe}"), false, None),
            (sandboxes.clone(), true, Some(true)),
            (format!("{sandboxes}{stripe}"), true, Some(true)),
            // To say what the others are turns nothing on.
            (format!("[simulator]\nwith_sandboxes = true\n{stripe}"), false, Some(false)),
        ] {
            assert_eq!(simulates(&text, bank), expected, "{text} {bank}");
        }
    }

    #[test]
    fn what_makes_no_sense_is_refused_with_its_place() {
        for (text, place) in [
            ("[[route]]\nsystems = []", "names no system"),
            ("[[route]]\nsystems = ['a']\nbelow = '1.00'", "below needs a currency"),
            ("[[route]]\nsystems = ['a']\ncurrency = 'euro'", "external.route 1"),
            ("[[route]]\nsystems = ['a']\noperation = 'steal'", "external.route 1"),
            ("[[route]]\nsystems = ['a']\noperation = 'refund'", "go where the original went"),
            ("[[route]]\nsystem = 'a'", "unknown field"),
            ("[stripe]\nbase_url = 'http://stripe.example'", "external.stripe.base_url"),
            ("[stripe]\naction_page = 'http://shop.example/3ds'", "external.stripe.action_page"),
            ("[stripe]\nkey = 'sk_live'", "unknown field"),
        ] {
            let error = format!("{:#}", check(text).unwrap_err());
            assert!(error.contains(place), "{text}: {error}");
        }
    }
}
