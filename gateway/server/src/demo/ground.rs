//! Where a demo takes place: a folder of its own, a configuration, a PKI, a database, free ports.
//!
//! Every run makes a new folder `.meteore/demo-…` and deletes nothing: what an earlier run left can still be looked at.

use std::io::Write;
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, ensure};
use core_payment::Clock as _;

use super::mobility::Mobility;
use super::{Demo, passkey};
use crate::clock::SystemClock;
use crate::config::Config;
use crate::serve::Service;
use crate::{ca, migrate};

/// The place, ready to be served.
pub(crate) struct Ground {
    pub(crate) config: Config,
    folder: PathBuf,
}

/// The demo's own bank account.
pub(crate) const IBAN: &str = "DE44500105175407324931";

const CONFIGURATION: &str = r#"# Made by `meteore demo`. `meteore serve --config FILE` serves this place again.

[door]
listen = "DOOR"

[metrics]
listen = "METRICS"

[database]
url = "DATABASE"

[external]
wait_ms = 500
ask_again_ms = 200

[external.simulator]
enabled = true
# No bank reads the files that are written here.
with_sandboxes = true
slow_ms = 1500

[mail]
folder = "letters"
sender_name = "Meteore demo"

[outbox]
poll_ms = 100

[bank]
holder = "Meteore demo"
iban = "IBAN"
creditor_id = "DE98ZZZ09999999999"

[aggregation.dunning]
collect_after_days = 0

[portals]
enabled = true
consumer_listen = "127.0.0.1:CONSUMER"
consumer_origin = "https://localhost:CONSUMER"
merchant_listen = "127.0.0.1:MERCHANT"
merchant_origin = "https://localhost:MERCHANT"
operator_listen = "127.0.0.1:OPERATOR"
operator_origin = "https://localhost:OPERATOR"
# Instead of text messages and e-mail.
codes_folder = "codes"

[passkeys]
rp_id = "RP_ID"
origins = ["https://localhost:CONSUMER"]

# The merchants' own web server is on this machine, too.
[callbacks]
plain_http = true
allow = ["127.0.0.1"]

[shadow]
one_in = 4
"#;

impl Ground {
    /// Makes the folder, the configuration, the PKI and the tables.
    pub(crate) fn prepare(demo: &Demo, out: &mut impl Write) -> anyhow::Result<Self> {
        let folder = new_folder(&demo.dir)?;
        writeln!(out, "Setting up in {}:\n", folder.display())?;
        let database = demo.database.as_deref().unwrap_or("sqlite:meteore.db");
        let text = CONFIGURATION
            .replace("DOOR", &free_address(8443)?.to_string())
            .replace("\"IBAN\"", &format!("\"{IBAN}\""))
            .replace("RP_ID", passkey::RP_ID)
            .replace("CONSUMER", &free_address(8444)?.port().to_string())
            .replace("MERCHANT", &free_address(8445)?.port().to_string())
            .replace("OPERATOR", &free_address(8446)?.port().to_string())
            .replace("METRICS", &free_address(9464)?.to_string())
            .replace("DATABASE", &absolute(database)?);
        let file = folder.join("meteore.toml");
        std::fs::write(&file, text).with_context(|| file.display().to_string())?;
        std::fs::create_dir(folder.join("letters"))?;
        let config = Config::load(Some(&file))?;

        ca::init(&config, SystemClock.now(), &mut std::io::sink())?;
        writeln!(out, "  PKI        root, issuing authority, certificates for receipts and for the door")?;
        migrate::run(&config, &mut std::io::sink())?;
        writeln!(out, "  database   {}", config.database_url()?.engine())?;
        Ok(Self { config, folder })
    }

    /// A folder of the demo's.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// What can be looked at while the demo serves.
    pub(crate) fn addresses(
        &self,
        service: &Service,
        mobility: Option<&Mobility>,
        out: &mut impl Write,
    ) -> anyhow::Result<()> {
        let portals = &self.config.portals;
        let ca = self.path("pki/root.pem");
        let people = self.path("people");
        writeln!(out, "\nServing until Ctrl-C. With a browser:\n")?;
        writeln!(out, "  consumers  {}", portals.consumer_origin)?;
        writeln!(out, "             sign up with any address, or sign in as alice@demo.example")?;
        writeln!(out, "  merchants  {}", portals.merchant_origin)?;
        writeln!(out, "             sign up with any address, or sign in as tram@demo.example")?;
        match mobility {
            Some(mobility) => writeln!(out, "  mobility   {}", mobility.origin)?,
            None => writeln!(out, "  mobility   not built: cargo build --package mobility")?,
        }
        writeln!(out, "             a town's portal whose merchants sell through the payment system")?;
        writeln!(out, "  operators  {}", portals.operator_origin)?;
        writeln!(out, "             with a certificate in the browser: olga's or omar's, made ready by")?;
        let (key, certificate) = (people.join("olga.key"), people.join("olga.pem"));
        let (key, certificate) = (key.display(), certificate.display());
        writeln!(out, "             openssl pkcs12 -export -inkey {key} -in {certificate} -out olga.p12")?;
        writeln!(out, "\n  Browsers warn of an authority that they do not know: import {}", ca.display())?;
        writeln!(out, "  as an authority for web sites, or go on for now. No money here is real.\n")?;
        writeln!(out, "With a program:\n")?;
        writeln!(out, "  messages   https://{}/v1/messages", service.door)?;
        writeln!(out, "  schema     https://{}/v1/schema/meteore-payment-1.xsd", service.door)?;
        writeln!(out, "  ready?     curl --cacert {} https://{}/readyz", ca.display(), service.door)?;
        writeln!(out, "  reports    {}/api/v1/openapi.json", portals.merchant_origin)?;
        writeln!(out, "  metrics    http://{}/metrics", service.metrics)?;
        writeln!(out, "  settings   {}", self.path("meteore.toml").display())?;
        writeln!(out, "\nCodes that are sent to people appear here:\n")?;
        Ok(out.flush()?)
    }
}

fn new_folder(parent: &Path) -> anyhow::Result<PathBuf> {
    std::fs::create_dir_all(parent).with_context(|| parent.display().to_string())?;
    let name = SystemClock.now().to_string().replace([':', '.'], "-").to_lowercase();
    let folder = parent.join(format!("demo-{name}"));
    std::fs::create_dir(&folder).with_context(|| folder.display().to_string())?;
    Ok(folder)
}

/// The usual port if it is free, else any.
pub(crate) fn free_address(usual: u16) -> anyhow::Result<SocketAddr> {
    let listener =
        TcpListener::bind(("127.0.0.1", usual)).or_else(|_| TcpListener::bind(("127.0.0.1", 0)))?;
    Ok(listener.local_addr()?)
}

/// A path given on the command line starts from where the caller stands, not from the demo's folder.
fn absolute(database: &str) -> anyhow::Result<String> {
    ensure!(!database.contains('"'), "the database's URL contains a quotation mark");
    match database.strip_prefix("sqlite:") {
        Some("meteore.db") | None => Ok(database.to_owned()),
        Some(path) => {
            let path = path.strip_prefix("//").unwrap_or(path);
            Ok(format!("sqlite:{}", std::path::absolute(path)?.display()))
        }
    }
}
