//! A mail relay of another make (`peers/smtp.py`), in a process of its own, with a certificate from a CA of its own.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use serde_json::Value;

use crate::peer;
use crate::process::{Running, tied};
use crate::scratch::{Scratch, repository};

/// The login that the relay takes.
pub const USER: &str = "meteore";
/// Its password.
pub const WORD: &str = "a word for the relay";

/// A running relay. What a recipient is called decides what happens to a letter: see the script.
#[derive(Debug)]
pub struct Smtp {
    process: Option<Running>,
    folder: Scratch,
    port: u16,
    root_pem: String,
}

/// A letter as the relay took it, and as Python's mail parser reads it.
#[derive(Debug, Clone)]
pub struct Received {
    pub sender: String,
    pub recipients: Vec<String>,
    pub tls: bool,
    pub login: Option<String>,
    pub headers: BTreeMap<String, String>,
    /// What the parser objects to.
    pub defects: Vec<String>,
    pub parts: Vec<Part>,
}

/// A part of a letter that is not made of parts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    pub media_type: String,
    pub name: Option<String>,
    pub content: Vec<u8>,
}

impl Smtp {
    /// A relay on a free port, or `None` if the peer is missing.
    ///
    /// # Errors
    /// If it does not start.
    pub fn start() -> Result<Option<Self>> {
        let Some(python) = peer::python() else { return Ok(None) };
        let folder = Scratch::new("smtp")?;
        let root_pem = certify(&folder)?;
        std::fs::create_dir(folder.path().join("letters"))?;
        let mut smtp = Self { process: None, folder, port: 0, root_pem };
        smtp.listen(&python)?;
        Ok(Some(smtp))
    }

    fn listen(&mut self, python: &Path) -> Result<()> {
        let file = |name: &str| self.folder.path().join(name);
        let mut command = tied("KILL", python);
        command
            .arg(repository().join("tests/peers/smtp.py"))
            .arg("--port")
            .arg(self.port.to_string())
            .arg("--certificate")
            .arg(file("chain.pem"))
            .arg("--key")
            .arg(file("key.pem"))
            .arg("--letters")
            .arg(file("letters"))
            .arg("--announce")
            .arg(file("port"))
            .args(["--user", USER, "--word", WORD]);
        // What an earlier one has announced says nothing about this one.
        drop(std::fs::remove_file(file("port")));
        let mut process = Running::start(&mut command)?;
        let start = Instant::now();
        self.port = loop {
            if let Ok(port) = std::fs::read_to_string(file("port")) {
                break port.trim().parse().context("the relay says which port it has")?;
            }
            if let Some(status) = process.ended()? {
                bail!("the relay has ended: {status}");
            }
            ensure!(start.elapsed() < Duration::from_secs(30), "the relay does not start");
            std::thread::sleep(Duration::from_millis(10));
        };
        self.process = Some(process);
        Ok(())
    }

    /// The relay goes down.
    pub fn stop(&mut self) {
        self.process = None;
    }

    /// The relay comes back, on the same port.
    ///
    /// # Errors
    /// If it does not start.
    pub fn restart(&mut self) -> Result<()> {
        let python = peer::python().context("it was there a moment ago")?;
        self.listen(&python)
    }

    #[must_use]
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// The root of the CA that certified the relay.
    #[must_use]
    pub fn root_pem(&self) -> &str {
        &self.root_pem
    }

    /// The letters so far, in the order in which they came.
    ///
    /// # Errors
    /// If one cannot be read.
    pub fn letters(&self) -> Result<Vec<Received>> {
        let mut paths: Vec<_> = std::fs::read_dir(self.folder.path().join("letters"))?
            .map(|entry| entry.map(|entry| entry.path()))
            .collect::<Result<_, _>>()?;
        paths.retain(|path| path.extension().is_some_and(|extension| extension == "json"));
        paths.sort();
        paths.iter().map(|path| read(&std::fs::read(path)?)).collect()
    }

    /// Waits for so many letters.
    ///
    /// # Errors
    /// If they are not there after `limit`.
    pub fn wait_for(&self, count: usize, limit: Duration) -> Result<Vec<Received>> {
        let start = Instant::now();
        loop {
            let letters = self.letters()?;
            if letters.len() >= count {
                return Ok(letters);
            }
            if start.elapsed() > limit {
                bail!("{} letters of {count} after {limit:?}", letters.len());
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

/// The root of a CA that has certified nobody.
///
/// # Errors
/// If no key can be made.
pub fn self_signed_root() -> Result<String> {
    Ok(authority()?.pem())
}

fn authority() -> Result<CertifiedIssuer<'static, KeyPair>> {
    let mut root = CertificateParams::new(Vec::new())?;
    root.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    Ok(CertifiedIssuer::self_signed(root, KeyPair::generate()?)?)
}

/// Writes a chain and a key for 127.0.0.1 and returns the root.
fn certify(folder: &Scratch) -> Result<String> {
    let root = authority()?;
    let key = KeyPair::generate()?;
    let names = vec!["127.0.0.1".to_owned(), "localhost".to_owned()];
    let leaf = CertificateParams::new(names)?.signed_by(&key, &root)?;
    std::fs::write(folder.path().join("chain.pem"), leaf.pem())?;
    std::fs::write(folder.path().join("key.pem"), key.serialize_pem())?;
    Ok(root.pem())
}

fn read(json: &[u8]) -> Result<Received> {
    let letter: Value = serde_json::from_slice(json)?;
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let texts = |value: &Value| value.as_array().into_iter().flatten().filter_map(text).collect();
    let part = |part: &Value| -> Result<Part> {
        Ok(Part {
            media_type: text(&part["type"]).unwrap_or_default(),
            name: text(&part["name"]),
            content: STANDARD.decode(part["content"].as_str().unwrap_or_default())?,
        })
    };
    let headers = letter["headers"].as_object().into_iter().flatten();
    Ok(Received {
        sender: text(&letter["sender"]).unwrap_or_default(),
        recipients: texts(&letter["recipients"]),
        tls: letter["tls"] == Value::Bool(true),
        login: text(&letter["login"]),
        headers: headers.map(|(name, value)| (name.clone(), text(value).unwrap_or_default())).collect(),
        defects: texts(&letter["defects"]),
        parts: letter["parts"].as_array().into_iter().flatten().map(part).collect::<Result<_>>()?,
    })
}
