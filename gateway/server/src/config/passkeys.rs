//! `[passkeys]`: the domain that consumers' passkeys belong to, and the pages where they are used.

use anyhow::Context as _;
use payment_trust::passkey::RelyingParty;
use serde::Deserialize;

use super::Config;

/// `[passkeys]`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Passkeys {
    /// The domain: the relying party id of WebAuthn. Passkeys that were made for another one are lost.
    rp_id: String,
    /// The origins of the pages. Without one no passkey is accepted.
    origins: Vec<String>,
}

impl Default for Passkeys {
    fn default() -> Self {
        Self { rp_id: "localhost".to_owned(), origins: Vec::new() }
    }
}

impl Config {
    /// Where passkeys may be used.
    pub(crate) fn relying_party(&self) -> anyhow::Result<RelyingParty> {
        let Passkeys { rp_id, origins } = &self.passkeys;
        let portal = self.portals.enabled.then_some(&self.portals.consumer_origin);
        let portal = portal.filter(|portal| !origins.contains(portal));
        RelyingParty::new(rp_id, origins.iter().chain(portal)).context("passkeys")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_pages_there_is_a_relying_party_that_accepts_nothing() {
        let here = Config::default().relying_party().unwrap();
        assert_eq!((here.id(), here.origins()), ("localhost", &[][..]));
    }

    #[test]
    fn pages_are_on_the_domain_and_what_is_not_is_named() {
        let parse =
            |text: &str| Config::parse(text, "/srv".into()).map(|config| config.relying_party().unwrap());
        let here = parse("[passkeys]\nrp_id = 'example.org'\norigins = ['https://pay.example.org']").unwrap();
        assert_eq!(here.origins(), ["https://pay.example.org"]);
        for (text, expected) in [
            ("[passkeys]\nrp_id = 'https://example.org'", "`https://example.org` is no domain"),
            ("[passkeys]\norigins = ['https://example.org']", "passkeys: `https://example.org` is not"),
            ("[passkeys]\norigin = 'https://localhost'", "unknown field `origin`"),
        ] {
            let error = format!("{:#}", parse(text).unwrap_err());
            assert!(error.contains(expected), "{text}: {error}");
        }
    }
}
