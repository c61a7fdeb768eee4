//! The configuration file: TOML, an unknown key refused. Paths in it are relative to its own folder.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

use payment_domain::MerchantId;
use serde::Deserialize;
use thiserror::Error;
use url::Url;

use crate::id::text;
use crate::sales::Trade;

/// A configuration.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Config {
    /// Where this server listens. Without `[tls]` put a TLS terminator before it.
    #[serde(default = "loopback")]
    pub(crate) listen: SocketAddr,
    /// This server as browsers see it.
    #[serde(deserialize_with = "text::deserialize")]
    pub(crate) origin: Url,
    /// The gateway's door.
    #[serde(deserialize_with = "text::deserialize")]
    pub(crate) door: Url,
    /// The gateway's consumer portal.
    #[serde(deserialize_with = "text::deserialize")]
    pub(crate) consumer: Url,
    /// The gateway's root certificate, and that of its issuing authority.
    root: PathBuf,
    issuing: PathBuf,
    /// The folder with `ID.key` and `ID.pem` of each merchant.
    keys: PathBuf,
    /// The folder for what has to survive.
    state: PathBuf,
    /// Who the merchants are at the gateway.
    pub(crate) merchants: BTreeMap<Trade, MerchantName>,
    #[serde(default)]
    tls: Option<Tls>,
    #[serde(skip)]
    folder: PathBuf,
}

/// One merchant.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct MerchantName {
    id: String,
    /// The key that callbacks are signed with.
    pub(crate) callback: Option<String>,
}

/// `[tls]`: PEM files.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Tls {
    certificate: PathBuf,
    key: PathBuf,
}

/// Why there is no configuration.
#[derive(Debug, Error)]
pub(crate) enum ConfigError {
    #[error("{path}: {source}")]
    File { path: String, source: std::io::Error },
    #[error("{0}")]
    Form(#[from] toml::de::Error),
    #[error("{0} has to be the origin of an https server, such as https://pay.example")]
    Origin(&'static str),
    #[error("merchants.{0:?} is missing, or is no party's name")]
    Merchant(Trade),
}

impl Config {
    /// Reads a file.
    pub(crate) fn load(path: &Path) -> Result<Self, ConfigError> {
        let text = std::fs::read_to_string(path);
        let text = text.map_err(|source| ConfigError::File { path: path.display().to_string(), source })?;
        Self::parse(&text, path.parent().unwrap_or(Path::new("")))
    }

    fn parse(text: &str, folder: &Path) -> Result<Self, ConfigError> {
        let config: Self = toml::from_str(text)?;
        for (name, url, plain) in [
            ("origin", &config.origin, true),
            ("door", &config.door, false),
            ("consumer", &config.consumer, false),
        ] {
            let bare = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
            let scheme = url.scheme() == "https" || (plain && url.scheme() == "http");
            if !bare || !scheme || !url.has_host() || !url.username().is_empty() {
                return Err(ConfigError::Origin(name));
            }
        }
        for trade in Trade::ALL {
            config.merchant(trade)?;
        }
        Ok(Self { folder: folder.to_owned(), ..config })
    }

    /// A merchant's name at the gateway.
    pub(crate) fn merchant(&self, trade: Trade) -> Result<MerchantId, ConfigError> {
        let name = self.merchants.get(&trade).and_then(|name| MerchantId::parse(&name.id).ok());
        name.ok_or(ConfigError::Merchant(trade))
    }

    pub(crate) fn root(&self) -> PathBuf {
        self.folder.join(&self.root)
    }

    pub(crate) fn issuing(&self) -> PathBuf {
        self.folder.join(&self.issuing)
    }

    pub(crate) fn keys(&self) -> PathBuf {
        self.folder.join(&self.keys)
    }

    pub(crate) fn state(&self) -> PathBuf {
        self.folder.join(&self.state)
    }

    /// Certificate and key, if this server speaks TLS itself.
    pub(crate) fn tls(&self) -> Option<(PathBuf, PathBuf)> {
        let tls = self.tls.as_ref()?;
        Some((self.folder.join(&tls.certificate), self.folder.join(&tls.key)))
    }
}

fn loopback() -> SocketAddr {
    SocketAddr::from((Ipv4Addr::LOCALHOST, 8447))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_is_read_and_a_typing_error_is_not() {
        let example = include_str!("../mobility.example.toml");
        let config = Config::parse(example, Path::new("/etc/mobility")).unwrap();
        assert_eq!(config.merchant(Trade::Tram).unwrap().as_str(), "tram");
        assert_eq!(config.keys(), Path::new("/etc/mobility/keys"));
        for (from, to) in [
            ("origin", "orogin"),
            ("https://127.0.0.1:8443", "http://127.0.0.1:8443"),
            ("https://localhost:8444", "https://localhost:8444/pay"),
            ("id = \"tram\"", "id = \"The Tram\""),
            ("[merchants.gazette]", "[merchants.paper]"),
        ] {
            assert!(example.contains(from), "{from}");
            assert!(Config::parse(&example.replace(from, to), Path::new("")).is_err(), "{from} -> {to}");
        }
    }
}
