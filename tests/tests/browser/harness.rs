//! The harness itself, on a site of its own: it works, and each of its checks can fail.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use payment_domain::{PartyId, Role};
use payment_trust::{Credential, Directory, Host, Lifetimes, Plan, PrivateKey};
use rcgen::{CertificateParams, KeyPair};
use tests::browser::{Browser, Visit, hand_over};
use tests::clock;
use tests::scratch::{Scratch, repository};

#[test]
fn the_harness_finds_what_it_is_there_to_find() -> Result<()> {
    let Some(browser) = Browser::find() else { return Ok(()) };
    let folder = Scratch::new("harness")?;
    let town = folder.path();
    let directory = found(town)?;
    let (now, day) = (clock::now(), Duration::from_secs(24 * 60 * 60));
    let (olga, key) = (PartyId::parse("olga")?, PrivateKey::generate()?);
    let certificate = directory.issue(&olga, &Role::Operator(None), &key.public_key()?, day, now)?;
    hand_over(town, "olga", &Credential::new(key, certificate)?)?;
    forge_a_site(town)?;
    browser.run("harness", &Visit { town: town.to_owned(), ..Visit::default() })
}

#[test]
fn a_run_without_flows_or_with_a_failed_one_is_no_success() -> Result<()> {
    let Some(browser) = Browser::find() else { return Ok(()) };
    let folder = Scratch::new("harness")?;
    found(folder.path())?;
    let visit = Visit { town: folder.path().to_owned(), ..Visit::default() };
    let said = |flows| browser.run(flows, &visit).err().context("a success").map(|error| error.to_string());
    ensure!(said("failing")?.contains("does not say Welcome"), "{}", said("failing")?);
    ensure!(said("nonsense")?.contains("Cannot find module"), "{}", said("nonsense")?);
    Ok(())
}

#[test]
fn the_list_of_packages_names_no_place_to_get_them_from() -> Result<()> {
    let folder = repository().join("tests/browser");
    for name in ["package.json", "package-lock.json"] {
        let text = std::fs::read_to_string(folder.join(name))?;
        ensure!(!text.contains("://"), "{name}: npm has written where it downloads from");
    }
    Ok(())
}

fn found(town: &Path) -> Result<Directory> {
    let plan = Plan {
        party: PartyId::parse("meteore")?,
        hosts: vec![Host::Dns("localhost".to_owned())],
        lifetimes: Lifetimes::default(),
    };
    Ok(Directory::init(&town.join("pki"), &plan, clock::now().saturating_add_millis(-60_000))?)
}

/// A certificate for the right host, by nobody in town.
fn forge_a_site(town: &Path) -> Result<()> {
    let key = KeyPair::generate()?;
    let certificate = CertificateParams::new(vec!["localhost".to_owned()])?.self_signed(&key)?;
    std::fs::write(town.join("people/stranger.pem"), certificate.pem())?;
    std::fs::write(town.join("people/stranger.key"), key.serialize_pem())?;
    Ok(())
}
