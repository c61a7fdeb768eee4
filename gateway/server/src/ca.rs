//! `meteore ca`: the installation's certificate authority.
//!
//! The folder is the authority's own record; the database is where the servers look. What is issued or revoked here is
//! therefore registered there in the same command.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, bail, ensure};
use clap::{Args, Subcommand, ValueEnum};
use core_payment::{AdminError, Clock as _, Core, Details, NewParty};
use payment_domain::{PartyId, Role, Timestamp};
use payment_trust::{
    Certificate, CertificateRequest, Directory, PrivateKey, RevocationList, RevocationReason, Sealer, Serial,
    VerifyingKey,
};

use crate::clock::SystemClock;
use crate::config::Config;
use crate::installation;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);
const CRL_LIFETIME: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// What `meteore ca` can do.
#[derive(Debug, Subcommand)]
pub(crate) enum Ca {
    /// Make a new root, an issuing authority, the system's own certificates and the key for personal data
    Init,
    /// Certify a party's key and register the certificate in the database
    Issue(Issue),
    /// Revoke a certificate for good and publish the new revocation list
    Revoke(Revoke),
    /// Publish a fresh revocation list with the same revocations
    Crl {
        /// For how long it holds
        #[arg(long, default_value_t = 7)]
        days: u32,
    },
    /// List every certificate that was issued here
    Show,
    /// Replace the system's signing certificate, or the door's; running servers take it over on SIGHUP
    Rotate {
        /// Which one
        #[arg(value_enum)]
        what: Rotated,
    },
}

/// `meteore ca issue`.
#[derive(Debug, Args)]
pub(crate) struct Issue {
    /// The party's name: lower-case letters, digits and hyphens
    party: String,
    /// merchant, terminal, adapter:sms, adapter:wap, adapter:web or operator
    #[arg(long)]
    role: String,
    /// The party's PKCS#10 request in PEM; without it a key is made here
    #[arg(long, conflicts_with = "key")]
    csr: Option<PathBuf>,
    /// Where a key that is made here goes; by default PARTY.key
    #[arg(long)]
    key: Option<PathBuf>,
    /// Where the certificate goes; by default PARTY.pem
    #[arg(long, short)]
    output: Option<PathBuf>,
    /// For how long it holds
    #[arg(long, default_value_t = 365)]
    days: u32,
}

/// `meteore ca revoke`.
#[derive(Debug, Args)]
pub(crate) struct Revoke {
    /// The certificate's serial number, as `ca show` prints it
    serial: String,
    /// unspecified, key-compromise, affiliation-changed, superseded, cessation-of-operation or privilege-withdrawn
    #[arg(long, default_value = "unspecified")]
    reason: String,
}

/// What `ca rotate` replaces.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Rotated {
    /// What receipts are signed with
    Cps,
    /// What the door presents
    Tls,
}

/// Runs one of them.
pub(crate) async fn run(command: Ca, config: &Config, out: &mut impl Write) -> anyhow::Result<()> {
    let now = SystemClock.now();
    match command {
        Ca::Init => init(config, now, out),
        Ca::Issue(issue) => run_issue(&issue, config, out).await,
        Ca::Revoke(revoke) => run_revoke(&revoke, config, now, out).await,
        Ca::Crl { days } => {
            let list = installation::directory(config)?.renew_crl(lifetime(days)?, now)?;
            publish(&installation::core(config)?, &list, out).await
        }
        Ca::Show => show(config, now, out),
        Ca::Rotate { what } => rotate(what, config, now, out),
    }
}

/// Makes the PKI folder and the sealing key.
pub(crate) fn init(config: &Config, now: Timestamp, out: &mut impl Write) -> anyhow::Result<()> {
    let folder = config.pki_folder();
    let directory = Directory::init(&folder, &config.plan()?, now).context("the PKI was not made")?;
    let sealing_key = config.path(&config.pki.sealing_key);
    // An existing key stays: without it the personal data in the database could not be read any more.
    if !sealing_key.exists() {
        Sealer::create(&sealing_key).context("pki.sealing_key")?;
    }
    writeln!(out, "Made a PKI in {}.", folder.display())?;
    writeln!(out, "  root            {}", directory.chain()?.root().not_after())?;
    writeln!(out, "  issuing         {}", directory.chain()?.issuing().not_after())?;
    writeln!(out, "  cps, receipts   {}", directory.cps()?.certificate().not_after())?;
    writeln!(out, "  tls, the door   {}", directory.tls()?.certificate().not_after())?;
    writeln!(out, "Move {} off this machine: it is not needed again.", folder.join("root.key").display())?;
    Ok(())
}

async fn run_issue(issue: &Issue, config: &Config, out: &mut impl Write) -> anyhow::Result<()> {
    let party = PartyId::parse(&issue.party)?;
    let role = Role::parse(&issue.role)?;
    if matches!(role, Role::Cps | Role::Tls) {
        bail!("the system's own certificates are made by `ca init` and `ca rotate`");
    }
    let output = issue.output.clone().unwrap_or_else(|| format!("{party}.pem").into());
    ensure!(!output.exists(), "{} exists already", output.display());
    let made = if issue.csr.is_none() { Some(PrivateKey::generate()?) } else { None };
    let key = match (&issue.csr, &made) {
        (Some(csr), _) => CertificateRequest::from_pem(&read(csr)?)?.key().clone(),
        (None, Some(made)) => made.public_key()?,
        (None, None) => bail!("there is no key to certify"),
    };
    let directory = installation::directory(config)?;
    let core = installation::core(config)?;
    let certified = certify(&core, &directory, (&party, &role), &key, lifetime(issue.days)?).await;
    core.shut_down();
    let certificate = certified?;
    if let Some(made) = made {
        let path = issue.key.clone().unwrap_or_else(|| format!("{party}.key").into());
        made.save(&path)?;
        writeln!(out, "key          {}", path.display())?;
    }
    std::fs::write(&output, certificate.to_pem()).with_context(|| output.display().to_string())?;
    writeln!(out, "certificate  {}", output.display())?;
    writeln!(out, "serial       {}", certificate.serial())?;
    writeln!(out, "fingerprint  {}", certificate.fingerprint())?;
    Ok(())
}

/// Issues a certificate and registers it.
pub(crate) async fn certify(
    core: &Core,
    directory: &Directory,
    (party, role): (&PartyId, &Role),
    key: &VerifyingKey,
    lifetime: Duration,
) -> anyhow::Result<Certificate> {
    if matches!(role, Role::Operator(_)) {
        register_operator(core, party, role).await?;
    }
    let now = SystemClock.now();
    let certificate = directory.issue(party, role, key, lifetime, now)?;
    if let Err(error) = core.register_certificate(&certificate).await {
        // Nobody has seen it yet; what was issued and cannot be used must not lie about.
        let reason = RevocationReason::CessationOfOperation;
        let list = directory.revoke(certificate.serial(), reason, CRL_LIFETIME, now)?;
        publish(core, &list, &mut std::io::sink()).await?;
        return Err(error)
            .with_context(|| format!("{party} cannot be certified (`meteore party add` comes first)"));
    }
    Ok(certificate)
}

/// An operator banks nowhere and is never invited: who issues the certificate registers them.
async fn register_operator(core: &Core, name: &PartyId, role: &Role) -> anyhow::Result<()> {
    let new = NewParty {
        name: name.clone(),
        role: role.clone(),
        accounts: Vec::new(),
        msisdn: None,
        external: None,
        details: Details::default(),
    };
    match core.register_party(new).await {
        // Whoever has the name in another role is refused with the certificate.
        Ok(()) | Err(AdminError::Exists) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

async fn run_revoke(
    revoke: &Revoke,
    config: &Config,
    now: Timestamp,
    out: &mut impl Write,
) -> anyhow::Result<()> {
    let serial = Serial::parse(&revoke.serial)?;
    let reason = RevocationReason::parse(&revoke.reason)
        .with_context(|| format!("`{}` is no reason for a revocation", revoke.reason))?;
    let directory = installation::directory(config)?;
    let core = installation::core(config)?;
    let list = directory.revoke(serial, reason, CRL_LIFETIME, now)?;
    let published = publish(&core, &list, out).await;
    core.shut_down();
    published
}

fn rotate(what: Rotated, config: &Config, now: Timestamp, out: &mut impl Write) -> anyhow::Result<()> {
    let directory = installation::directory(config)?;
    let new = match what {
        Rotated::Tls => directory.rotate_tls(&config.hosts()?, DAY.saturating_mul(90), now)?,
        Rotated::Cps => directory.rotate_cps(DAY.saturating_mul(730), now)?,
    };
    writeln!(out, "serial       {}", new.certificate().serial())?;
    writeln!(out, "valid until  {}", new.certificate().not_after())?;
    writeln!(out, "Send SIGHUP to the running servers; they present it from then on.")?;
    Ok(())
}

async fn publish(core: &Core, list: &RevocationList, out: &mut impl Write) -> anyhow::Result<()> {
    let number = i64::try_from(list.number()).context("the number of the revocation list")?;
    let published = core.publish_crl(number, list.to_pem().as_bytes()).await;
    published.context("the revocation list was made, but not published: run `meteore ca crl`")?;
    writeln!(
        out,
        "Published revocation list {number}: {} revoked, valid until {}.",
        list.len(),
        list.next_update()
    )?;
    Ok(())
}

fn show(config: &Config, now: Timestamp, out: &mut impl Write) -> anyhow::Result<()> {
    let directory = installation::directory(config)?;
    writeln!(out, "{:<40} {:<20} {:<12} {:<25} state", "serial", "party", "role", "valid until")?;
    for issued in directory.list()? {
        let state = match issued.revoked {
            Some(revocation) => format!("revoked {} ({})", revocation.at, revocation.reason),
            None if issued.not_after < now => "expired".to_owned(),
            None => "valid".to_owned(),
        };
        let serial = issued.serial.to_string();
        writeln!(
            out,
            "{serial:<40} {:<20} {:<12} {:<25} {state}",
            issued.party, issued.role, issued.not_after
        )?;
    }
    let list = directory.revocation_list()?;
    writeln!(
        out,
        "revocation list {} of {}, next by {}",
        list.number(),
        list.this_update(),
        list.next_update()
    )?;
    Ok(())
}

/// A certificate file, in PEM.
pub(crate) fn read_certificate(path: &Path) -> anyhow::Result<Certificate> {
    Certificate::from_pem(&read(path)?).with_context(|| path.display().to_string())
}

/// A file.
pub(crate) fn read(path: &Path) -> anyhow::Result<Vec<u8>> {
    std::fs::read(path).with_context(|| path.display().to_string())
}

fn lifetime(days: u32) -> anyhow::Result<Duration> {
    ensure!(days > 0, "a certificate or list holds for at least a day");
    Ok(DAY.saturating_mul(days))
}
