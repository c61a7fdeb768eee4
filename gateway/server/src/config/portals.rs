//! `[portals]`: the HTTPS ports for people.

use std::net::SocketAddr;
use std::path::PathBuf;

use anyhow::Context as _;
use backoffice::web::{Origin, PortalSettings, Rate, Rates};
use payment_domain::PartyId;
use serde::Deserialize;

use super::Config;

/// `[portals]`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Portals {
    /// Whether they are opened.
    pub(crate) enabled: bool,
    /// Where consumers are served; port 0 takes any free one.
    pub(crate) consumer_listen: SocketAddr,
    /// Where their browsers find it.
    pub(crate) consumer_origin: String,
    /// Where merchants are served.
    pub(crate) merchant_listen: SocketAddr,
    /// Where their browsers find it.
    pub(crate) merchant_origin: String,
    /// Where operators are served: a port of its own, for client certificates only.
    pub(crate) operator_listen: SocketAddr,
    /// Where their browsers find it.
    pub(crate) operator_origin: String,
    /// By which name the portals sign what consumers tell them: an adapter, `adapter:web`.
    pub(crate) party: String,
    /// Requests a second from one network address; 0 is without limit.
    pub(crate) address_per_second: u32,
    /// Requests a second of one person; 0 is without limit.
    pub(crate) person_per_second: u32,
    /// Codes a minute that one network address asks for or enters; 0 is without limit.
    pub(crate) codes_per_minute: u32,
    /// Where codes for telephone numbers are written, and those for e-mail addresses where there is no relay: for
    /// demonstrations. Without it only e-mail addresses can sign in.
    pub(crate) codes_folder: Option<PathBuf>,
}

impl Default for Portals {
    fn default() -> Self {
        Self {
            enabled: false,
            consumer_listen: SocketAddr::from(([127, 0, 0, 1], 8444)),
            consumer_origin: "https://localhost:8444".to_owned(),
            merchant_listen: SocketAddr::from(([127, 0, 0, 1], 8445)),
            merchant_origin: "https://localhost:8445".to_owned(),
            operator_listen: SocketAddr::from(([127, 0, 0, 1], 8446)),
            operator_origin: "https://localhost:8446".to_owned(),
            party: "web-portal".to_owned(),
            address_per_second: 50,
            person_per_second: 20,
            codes_per_minute: 20,
            codes_folder: None,
        }
    }
}

impl Portals {
    pub(super) fn check(&self) -> anyhow::Result<()> {
        self.party()?;
        self.consumer_origin()?;
        self.merchant_origin()?;
        self.operator_origin().map(drop)
    }

    pub(crate) fn party(&self) -> anyhow::Result<PartyId> {
        PartyId::parse(&self.party).context("portals.party")
    }

    pub(crate) fn consumer_origin(&self) -> anyhow::Result<Origin> {
        Origin::parse(&self.consumer_origin).context("portals.consumer_origin")
    }

    pub(crate) fn merchant_origin(&self) -> anyhow::Result<Origin> {
        Origin::parse(&self.merchant_origin).context("portals.merchant_origin")
    }

    pub(crate) fn operator_origin(&self) -> anyhow::Result<Origin> {
        Origin::parse(&self.operator_origin).context("portals.operator_origin")
    }

    pub(crate) const fn rates(&self) -> Rates {
        Rates {
            address: Rate::per_second(self.address_per_second),
            person: Rate::per_second(self.person_per_second),
            code: Rate::per_minute(self.codes_per_minute),
        }
    }
}

impl Config {
    /// A portal is served as the door is.
    pub(crate) fn portal_settings(&self, listen: SocketAddr) -> PortalSettings {
        let door = self.door_settings();
        PortalSettings {
            listen,
            workers: door.workers,
            max_connections: door.max_connections,
            header_timeout: door.timeouts.header,
            keep_alive: door.timeouts.keep_alive,
            shutdown_timeout: door.timeouts.shutdown,
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::config::Config;

    #[test]
    fn a_mistake_is_reported_with_the_key_it_is_in() {
        for (text, expected) in [
            ("[portals]\nconsumer_origin = 'https://localhost:8444/'", "portals.consumer_origin"),
            ("[portals]\nmerchant_origin = 'http://pay.example.org'", "portals.merchant_origin"),
            ("[portals]\nparty = 'Web Portal'", "portals.party"),
            ("[portals]\nenabled = true\nconsumer_origin = 'https://pay.example.org'", "passkeys"),
            ("[portals]\nconsumer = 1", "unknown field"),
        ] {
            let error = format!("{:#}", Config::parse(text, "/srv".into()).unwrap_err());
            assert!(error.contains(expected), "{text}: {error}");
        }
    }

    #[test]
    fn where_portals_are_opened_consumers_sign_payments_on_their_pages() {
        let config = Config::parse("[portals]\nenabled = true", "/srv".into()).unwrap();
        assert_eq!(config.relying_party().unwrap().origins(), ["https://localhost:8444"]);
    }
}
