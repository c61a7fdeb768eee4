//! Who of the town has a browser: owners of shops, consumers, operators with a certificate; and the codes sent to them.

use std::collections::HashMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use anyhow::Context as _;
use backoffice::Store;
use backoffice::people::{Admission, Reach, admit};
use backoffice::web::MemberRole;
use backoffice::words::Locale;
use core_payment::{Clock as _, Core};
use payment_domain::{Label, PartyId, Role};
use payment_trust::PrivateKey;

use super::town::email;
use crate::clock::SystemClock;
use crate::config::Config;
use crate::portals::SystemRandomness;
use crate::{ca, installation};

/// Party, and what whoever signs in for it is called.
const PEOPLE: &[(&str, &str)] = &[
    ("parking", "Pia of the car park"),
    ("tram", "Tom of the tram"),
    ("news", "Nora of the news"),
    ("concert", "Carl of the concert hall"),
    ("alice", "Alice"),
    ("bruno", "Bruno"),
];
/// Two, because some acts take two people.
const OPERATORS: [&str; 2] = ["olga", "omar"];
/// For how long an operator of the demo is certified.
const CERTIFIED: Duration = Duration::from_secs(30 * 24 * 60 * 60);
/// Between two looks for codes.
const LOOK_EVERY: Duration = Duration::from_millis(200);

/// Lets them sign in at the portals.
pub(crate) async fn let_in(config: &Config, out: &mut impl Write) -> anyhow::Result<()> {
    let store = Store::open(&config.database_url()?, installation::sealer(config)?);
    for (party, name) in PEOPLE {
        let admission = Admission {
            party: PartyId::parse(party)?,
            role: MemberRole::Owner,
            reach: Reach::parse(&email(party)).context("an address of the demo")?,
            name: Some(Label::parse(name)?),
            locale: Locale::English,
        };
        admit(&store, &SystemRandomness, SystemClock.now(), admission).await?;
    }
    let names: Vec<_> = PEOPLE.iter().map(|(party, _)| email(party)).collect();
    writeln!(out, "  people     {} can sign in", names.join(", "))?;
    Ok(())
}

/// Certifies the operators, and puts key and certificate of each into a folder.
pub(crate) async fn certify_operators(
    config: &Config,
    core: &Core,
    folder: &Path,
    out: &mut impl Write,
) -> anyhow::Result<()> {
    std::fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
    let directory = installation::directory(config)?;
    for name in OPERATORS {
        let key = PrivateKey::generate()?;
        let (party, role) = (PartyId::parse(name)?, Role::Operator(None));
        let public = key.public_key()?;
        let certificate = ca::certify(core, &directory, (&party, &role), &public, CERTIFIED).await?;
        key.save(&folder.join(format!("{name}.key")))?;
        std::fs::write(folder.join(format!("{name}.pem")), certificate.to_pem())?;
    }
    writeln!(out, "  operators  {}, certified", OPERATORS.join(", "))?;
    Ok(())
}

/// Prints each code that is sent, as a telephone or a mailbox would show it, until it is stopped.
pub(crate) async fn show_codes(folder: PathBuf) {
    let mut shown: HashMap<PathBuf, SystemTime> = HashMap::new();
    loop {
        for (path, at, text) in texts(&folder) {
            if shown.insert(path.clone(), at) != Some(at) {
                let to = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
                // Without a terminal the code is still in the folder.
                let _ = writeln!(std::io::stdout(), "  to {to}: {}", text.trim());
            }
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

fn texts(folder: &Path) -> Vec<(PathBuf, SystemTime, String)> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let read = |entry: std::fs::DirEntry| {
        let path = entry.path();
        let text = path.extension().is_some_and(|extension| extension == "txt").then_some(&path)?;
        Some((path.clone(), entry.metadata().ok()?.modified().ok()?, std::fs::read_to_string(text).ok()?))
    };
    entries.filter_map(read).collect()
}
