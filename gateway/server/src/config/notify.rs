//! What leaves by itself: `[mail]`, `[callbacks]` and `[outbox]`.

use std::fs;
use std::net::IpAddr;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, bail, ensure};
use gateway::notify::Roots;
use gateway::notify::callback::{AddressRules, CallSettings};
use gateway::notify::dispatch::DispatchSettings;
use gateway::notify::mail::{Credentials, MailSettings, Security};
use payment_domain::{EmailAddress, Label};
use serde::Deserialize;
use zeroize::Zeroizing;

use super::count;

/// `[mail]`: where letters go. Without a relay and without a folder none are sent; they wait.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Mail {
    /// The relay's name, as in its certificate.
    pub(crate) relay: Option<String>,
    /// Its port.
    pub(crate) port: u16,
    /// How the connection is secured; never not at all.
    pub(crate) security: MailSecurity,
    /// How we log in, if the relay wants it.
    pub(crate) user: Option<String>,
    /// The file that holds the password, and nothing else.
    pub(crate) password_file: Option<PathBuf>,
    /// A folder that letters are written into instead, for demonstrations.
    pub(crate) folder: Option<PathBuf>,
    /// Our name for people, also on documents.
    pub(crate) sender_name: String,
    /// Our address.
    pub(crate) sender: String,
    /// Certificates in PEM that are trusted beside the machine's.
    pub(crate) authorities: Option<PathBuf>,
    /// Connections to the relay, and letters that are under way at a time.
    pub(crate) connections: NonZeroUsize,
    /// For one letter.
    pub(crate) time_limit_ms: u64,
}

/// How the connection to the relay is secured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum MailSecurity {
    /// A required STARTTLS.
    StartTls,
    /// TLS from the first byte.
    Tls,
}

/// `[callbacks]`: merchants' servers.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Callbacks {
    /// Whether receipts are posted.
    pub(crate) enabled: bool,
    /// Whether endpoints without TLS are called: not where money is real.
    pub(crate) plain_http: bool,
    /// Networks and names inside that may be called all the same.
    pub(crate) allow: Vec<String>,
    /// Certificates in PEM that are trusted beside the machine's.
    pub(crate) authorities: Option<PathBuf>,
    /// For a connection.
    pub(crate) connect_limit_ms: u64,
    /// For one callback.
    pub(crate) time_limit_ms: u64,
    /// Callbacks that are under way at a time.
    pub(crate) parallel: NonZeroUsize,
    /// And to one server.
    pub(crate) per_server: NonZeroUsize,
}

/// `[outbox]`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Outbox {
    /// The pause between two looks when nothing is due.
    pub(crate) poll_ms: u64,
}

impl Mail {
    pub(super) fn check(&self) -> anyhow::Result<()> {
        self.sender_name()?;
        self.sender()?;
        ensure!(self.time_limit_ms > 0, "mail.time_limit_ms: must be above 0");
        ensure!(self.relay.is_none() || self.folder.is_none(), "mail: a relay or a folder, not both");
        ensure!(
            self.user.is_some() == self.password_file.is_some(),
            "mail: user and password_file go together"
        );
        Ok(())
    }

    pub(crate) fn sender_name(&self) -> anyhow::Result<Label> {
        Label::parse(&self.sender_name).context("mail.sender_name")
    }

    pub(crate) fn sender(&self) -> anyhow::Result<EmailAddress> {
        EmailAddress::parse(&self.sender).context("mail.sender")
    }

    /// The relay; `None` if there is none. Paths start from the folder of the file.
    pub(crate) fn relay(&self, folder: &Path) -> anyhow::Result<Option<(MailSettings, Roots)>> {
        let Some(host) = &self.relay else { return Ok(None) };
        let credentials = match (&self.user, &self.password_file) {
            (Some(user), Some(file)) => {
                Some(Credentials { user: user.clone(), password: password(&folder.join(file))? })
            }
            _ => None,
        };
        let settings = MailSettings {
            host: host.clone(),
            port: self.port,
            security: match self.security {
                MailSecurity::StartTls => Security::StartTls,
                MailSecurity::Tls => Security::Tls,
            },
            credentials,
            sender_name: self.sender_name()?,
            sender: self.sender()?,
            connections: self.connections.get(),
            time_limit: Duration::from_millis(self.time_limit_ms),
        };
        Ok(Some((settings, roots(folder, self.authorities.as_deref()).context("mail.authorities")?)))
    }

    pub(crate) fn dispatch(&self, outbox: &Outbox) -> DispatchSettings {
        // One that waits for a connection waits inside its time, so twice that is enough for all.
        let lease = Duration::from_millis(self.time_limit_ms).saturating_mul(2);
        let connections = self.connections.get();
        DispatchSettings { parallel: connections, per_destination: connections, lease, poll: outbox.poll() }
    }
}

impl Callbacks {
    pub(super) fn check(&self) -> anyhow::Result<()> {
        for (key, limit_ms) in [
            ("callbacks.connect_limit_ms", self.connect_limit_ms),
            ("callbacks.time_limit_ms", self.time_limit_ms),
        ] {
            ensure!(limit_ms > 0, "{key}: must be above 0");
        }
        self.rules().map(drop)
    }

    /// How to call; `None` if nobody is called.
    pub(crate) fn settings(&self, folder: &Path) -> anyhow::Result<Option<(CallSettings, Roots)>> {
        if !self.enabled {
            return Ok(None);
        }
        let settings = CallSettings {
            rules: self.rules()?,
            plain_http: self.plain_http,
            connect_limit: Duration::from_millis(self.connect_limit_ms),
            time_limit: Duration::from_millis(self.time_limit_ms),
        };
        Ok(Some((settings, roots(folder, self.authorities.as_deref()).context("callbacks.authorities")?)))
    }

    pub(crate) fn dispatch(&self, outbox: &Outbox) -> DispatchSettings {
        DispatchSettings {
            parallel: self.parallel.get(),
            per_destination: self.per_server.get(),
            lease: Duration::from_millis(self.time_limit_ms).saturating_mul(2),
            poll: outbox.poll(),
        }
    }

    /// `10.1.0.0/16`, `10.1.2.3` or `shop.internal`.
    fn rules(&self) -> anyhow::Result<AddressRules> {
        let mut rules = AddressRules::default();
        for allowed in &self.allow {
            let name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.');
            if let Ok(network) = allowed.parse() {
                rules.networks.push(network);
            } else if let Ok(address) = allowed.parse::<IpAddr>() {
                rules.networks.push(address.into());
            } else if !allowed.is_empty() && allowed.chars().all(name) {
                rules.hosts.push(allowed.to_ascii_lowercase());
            } else {
                bail!("callbacks.allow: `{allowed}` is neither a network, an address nor a name");
            }
        }
        Ok(rules)
    }
}

impl Outbox {
    pub(super) fn check(&self) -> anyhow::Result<()> {
        ensure!(self.poll_ms > 0, "outbox.poll_ms: must be above 0");
        Ok(())
    }

    fn poll(&self) -> Duration {
        Duration::from_millis(self.poll_ms)
    }
}

impl Default for Mail {
    fn default() -> Self {
        Self {
            relay: None,
            port: 587,
            security: MailSecurity::StartTls,
            user: None,
            password_file: None,
            folder: None,
            sender_name: "Meteore".to_owned(),
            sender: "billing@meteore.example".to_owned(),
            authorities: None,
            connections: count(4),
            time_limit_ms: 60_000,
        }
    }
}

impl Default for Callbacks {
    fn default() -> Self {
        Self {
            enabled: true,
            plain_http: false,
            allow: Vec::new(),
            authorities: None,
            connect_limit_ms: 5_000,
            time_limit_ms: 15_000,
            parallel: count(64),
            per_server: count(8),
        }
    }
}

impl Default for Outbox {
    fn default() -> Self {
        Self { poll_ms: 1_000 }
    }
}

fn roots(folder: &Path, authorities: Option<&Path>) -> anyhow::Result<Roots> {
    let added = match authorities {
        Some(file) => {
            let path = folder.join(file);
            Some(fs::read(&path).with_context(|| path.display().to_string())?)
        }
        None => None,
    };
    Ok(Roots::machine_and(added.as_deref())?)
}

fn password(path: &Path) -> anyhow::Result<Zeroizing<String>> {
    let content =
        fs::read_to_string(path).with_context(|| format!("mail.password_file: {}", path.display()))?;
    let content = Zeroizing::new(content);
    Ok(Zeroizing::new(content.trim_end_matches(['\r', '\n']).to_owned()))
}

#[cfg(test)]
mod tests {
    use crate::config::Config;

    fn parse(text: &str) -> anyhow::Result<Config> {
        Config::parse(text, "/srv/meteore".into())
    }

    #[test]
    fn networks_addresses_and_names_can_be_allowed() {
        let config =
            parse("[callbacks]\nallow = ['10.1.0.0/16', '127.0.0.1', 'fd00::/8', 'Shop.internal']").unwrap();
        let rules = config.callbacks.rules().unwrap();
        let networks: Vec<_> = rules.networks.iter().map(ToString::to_string).collect();
        assert_eq!(networks, ["10.1.0.0/16", "127.0.0.1/32", "fd00::/8"]);
        assert_eq!(rules.hosts, ["shop.internal"]);
    }

    #[test]
    fn a_mistake_is_reported_with_the_key_it_is_in() {
        for (text, expected) in [
            ("[callbacks]\nallow = ['10.0.0.0/33 ']", "callbacks.allow"),
            ("[callbacks]\ntime_limit_ms = 0", "callbacks.time_limit_ms"),
            ("[callbacks]\nper_server = 0", "per_server"),
            ("[mail]\nsender = 'nobody'", "mail.sender"),
            ("[mail]\nsecurity = 'none'", "security"),
            ("[mail]\nsecurity = 'opportunistic'", "security"),
            ("[mail]\nuser = 'me'", "password_file"),
            ("[mail]\nrelay = 'a'\nfolder = 'b'", "a relay or a folder"),
            ("[outbox]\npoll_ms = 0", "outbox.poll_ms"),
        ] {
            let error = format!("{:#}", parse(text).unwrap_err());
            assert!(error.contains(expected), "{text}: {error}");
        }
    }
}
