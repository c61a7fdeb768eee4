//! A Stripe-compatible service of another make (`peers/localstripe_server.py`) in a process of its own, and a line to it
//! that can lose answers.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use aws_lc_rs::hmac;
use reqwest::Client;
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use crate::peer;
use crate::process::{Running, tied};
use crate::scratch::{Scratch, repository};

/// The key that every installation in the tests has.
pub const KEY: &str = "sk_test_meteore";
/// The secret that events are signed with.
pub const EVENT_SECRET: &str = "whsec_meteore";

/// Cards, by what becomes of charging them.
pub mod cards {
    pub const GOOD: &str = "4242424242424242";
    /// It can be saved, and is declined when it is charged.
    pub const DECLINED: &str = "4000000000000341";
    /// The consumer has to confirm.
    pub const CONFIRMED: &str = "4000002500003155";
}

/// A running service.
#[derive(Debug)]
pub struct Stripe {
    _process: Running,
    _folder: Scratch,
    address: String,
    http: Client,
}

/// A line to the service. While it is cut, what was ordered arrives, and the answer does not come back; while it is held,
/// nothing that is ordered arrives.
#[derive(Debug)]
pub struct Line {
    address: String,
    fault: Arc<AtomicU8>,
}

const NONE: u8 = 0;
const CUT: u8 = 1;
const HELD: u8 = 2;

impl Stripe {
    /// A service with nothing in it, or `None` if the peer is missing. It trusts the root in this file when it posts
    /// events.
    ///
    /// # Errors
    /// If it does not start.
    pub fn start(root_pem: &Path) -> Result<Option<Self>> {
        let Some(python) = peer::python() else { return Ok(None) };
        let folder = Scratch::new("stripe")?;
        let announced = folder.path().join("port");
        let mut command = tied("KILL", python);
        command.arg(repository().join("tests/peers/localstripe_server.py")).arg("--announce").arg(&announced);
        let mut process = Running::start(command.env("SSL_CERT_FILE", root_pem))?;
        let start = Instant::now();
        let port = loop {
            if let Ok(port) = std::fs::read_to_string(&announced) {
                break port;
            }
            if let Some(status) = process.ended()? {
                bail!("localstripe has ended: {status}");
            }
            ensure!(start.elapsed() < Duration::from_secs(30), "localstripe does not start");
            std::thread::sleep(Duration::from_millis(10));
        };
        let address = format!("127.0.0.1:{}", port.trim());
        Ok(Some(Self { _process: process, _folder: folder, address, http: client()? }))
    }

    /// Host and port.
    #[must_use]
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Saves a card with a new customer, and returns our instrument for it.
    ///
    /// # Errors
    /// If it is not saved.
    pub async fn save_card(&self, number: &str) -> Result<String> {
        let customer = self.post("/v1/customers", &[("description", "somebody")]).await?;
        let card = [
            ("type", "card"),
            ("card[number]", number),
            ("card[exp_month]", "12"),
            ("card[exp_year]", "2030"),
            ("card[cvc]", "123"),
        ];
        let method = self.post("/v1/payment_methods", &card).await?;
        let (customer, method) = (id(&customer)?, id(&method)?);
        self.post(&format!("/v1/payment_methods/{method}/attach"), &[("customer", customer)]).await?;
        Ok(format!("stripe:{customer}/{method}"))
    }

    /// Where it posts its events.
    ///
    /// # Errors
    /// If it does not take the address.
    pub async fn post_events_to(&self, url: &str) -> Result<()> {
        let request = self.http.post(format!("http://{}/_config/webhooks/meteore", self.address));
        let form = encode(&[("url", url), ("secret", EVENT_SECRET)]);
        let answer = request.header("content-type", FORM).body(form).send().await?;
        ensure!(answer.status().is_success(), "{}", answer.status());
        Ok(())
    }

    /// Everything in a list, such as `payment_intents`.
    ///
    /// # Errors
    /// If it is not answered.
    pub async fn list(&self, objects: &str) -> Result<Vec<Value>> {
        let list = self.get(&format!("/v1/{objects}?limit=1000")).await?;
        Ok(list["data"].as_array().context("no list")?.clone())
    }

    /// The only one in a list.
    ///
    /// # Errors
    /// If there are none, or several.
    pub async fn only(&self, objects: &str) -> Result<Value> {
        match self.list(objects).await?.as_slice() {
            [only] => Ok(only.clone()),
            other => bail!("{} {objects} instead of one: {other:#?}", other.len()),
        }
    }

    /// The consumer confirms an intent at their bank, or fails to.
    ///
    /// # Errors
    /// If it is not taken.
    pub async fn confirm(&self, intent: &Value, as_consumer: bool) -> Result<()> {
        let secret = intent["client_secret"].as_str().context("no secret")?;
        let path = format!("/v1/payment_intents/{}/_authenticate", id(intent)?);
        let success = if as_consumer { "true" } else { "false" };
        self.post(&path, &[("client_secret", secret), ("success", success)]).await.map(drop)
    }

    /// A payout arrives, or comes back.
    ///
    /// # Errors
    /// If it is not taken.
    pub async fn settle_payout(&self, payout: &Value, status: &str) -> Result<()> {
        self.post(&format!("/v1/payouts/{}", id(payout)?), &[("status", status)]).await.map(drop)
    }

    /// Posts a form.
    ///
    /// # Errors
    /// If it is refused.
    pub async fn post(&self, path: &str, form: &[(&str, &str)]) -> Result<Value> {
        let request = self.http.post(format!("http://{}{path}", self.address)).bearer_auth(KEY);
        read(request.header("content-type", FORM).body(encode(form)).send().await?).await
    }

    async fn get(&self, path: &str) -> Result<Value> {
        read(self.http.get(format!("http://{}{path}", self.address)).bearer_auth(KEY).send().await?).await
    }
}

impl Line {
    /// A line to a service.
    ///
    /// # Errors
    /// If there is no free port.
    pub async fn to(stripe: &Stripe) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?.to_string();
        let fault = Arc::new(AtomicU8::new(NONE));
        tokio::spawn(carry_all(listener, stripe.address.clone(), Arc::clone(&fault)));
        Ok(Self { address, fault })
    }

    /// Host and port.
    #[must_use]
    pub fn address(&self) -> &str {
        &self.address
    }

    /// From now on, answers to what is ordered are lost. Questions are answered.
    pub fn cut(&self) {
        self.fault.store(CUT, Ordering::SeqCst);
    }

    /// From now on, nothing that is ordered arrives. Questions do, and are answered.
    pub fn hold(&self) {
        self.fault.store(HELD, Ordering::SeqCst);
    }

    /// From now on nothing is lost.
    pub fn mend(&self) {
        self.fault.store(NONE, Ordering::SeqCst);
    }
}

/// The header of an event that is signed now.
#[must_use]
pub fn sign_event(secret: &str, body: &str) -> String {
    let time = crate::clock::now().as_millis() / 1000;
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    let tag = hmac::sign(&key, format!("{time}.{body}").as_bytes());
    let tag: String = tag.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    format!("t={time},v1={tag}")
}

/// The id of an object.
///
/// # Errors
/// If it has none.
pub fn id(object: &Value) -> Result<&str> {
    object["id"].as_str().with_context(|| format!("no id: {object}"))
}

const FORM: &str = "application/x-www-form-urlencoded";

fn client() -> Result<Client> {
    // It speaks plain HTTP on loopback and trusts nobody.
    let tls =
        rustls::ClientConfig::builder_with_provider(Arc::new(rustls::crypto::aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()?
            .with_root_certificates(rustls::RootCertStore::empty())
            .with_no_client_auth();
    Ok(Client::builder()
        .tls_backend_preconfigured(tls)
        .no_proxy()
        .timeout(Duration::from_secs(30))
        .build()?)
}

fn encode(form: &[(&str, &str)]) -> String {
    let quote = |text: &str| {
        let byte = |byte: u8| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'_' | b'-' | b'.' => char::from(byte).to_string(),
            _ => format!("%{byte:02X}"),
        };
        text.bytes().map(byte).collect::<String>()
    };
    form.iter().map(|(key, value)| format!("{}={}", quote(key), quote(value))).collect::<Vec<_>>().join("&")
}

async fn read(answer: reqwest::Response) -> Result<Value> {
    let status = answer.status();
    let body = answer.bytes().await?;
    ensure!(status.is_success(), "{status}: {}", String::from_utf8_lossy(&body));
    Ok(serde_json::from_slice(&body)?)
}

async fn carry_all(listener: TcpListener, service: String, fault: Arc<AtomicU8>) {
    while let Ok((caller, _)) = listener.accept().await {
        tokio::spawn(carry(caller, service.clone(), Arc::clone(&fault)));
    }
}

/// Carries one connection. Once something was ordered over it while the line is bad, nothing comes back over it.
async fn carry(caller: TcpStream, service: String, fault: Arc<AtomicU8>) -> Result<()> {
    let (mut from_caller, mut to_caller) = caller.into_split();
    let (mut from_service, mut to_service) = TcpStream::connect(service).await?.into_split();
    let dead = Arc::new(AtomicBool::new(false));
    let ordered = Arc::clone(&dead);
    tokio::spawn(async move {
        let mut bytes = vec![0; 64 * 1024];
        let mut held = false;
        loop {
            let length = from_caller.read(&mut bytes).await?;
            if length == 0 {
                return anyhow::Ok(());
            }
            if bytes.starts_with(b"POST ") && fault.load(Ordering::SeqCst) != NONE {
                ordered.store(true, Ordering::SeqCst);
                held = held || fault.load(Ordering::SeqCst) == HELD;
            }
            if held {
                continue;
            }
            to_service.write_all(&bytes[..length]).await?;
        }
    });
    let mut bytes = vec![0; 64 * 1024];
    loop {
        let length = from_service.read(&mut bytes).await?;
        if length == 0 {
            return Ok(());
        }
        if !dead.load(Ordering::SeqCst) {
            to_caller.write_all(&bytes[..length]).await?;
        }
    }
}
