//! A partner's side of the door: posts signed messages over HTTPS, trusting our root and no other, and keeps copies.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail, ensure};
use payment_domain::{Digest, OrderId};
use payment_message::canonical::scan;
use payment_message::{Kind, Message};
use payment_trust::client_config;
use reqwest::header::CONTENT_TYPE;

use crate::serve::Service;

/// A client of the door.
pub(crate) struct Client {
    http: reqwest::Client,
    door: String,
    saved: Option<PathBuf>,
    exchanges: u32,
}

/// A message and its answer.
pub(crate) struct Exchange {
    /// The HTTP status.
    pub(crate) status: u16,
    /// The answer.
    pub(crate) reply: Message,
    /// The answer as it came.
    pub(crate) document: Vec<u8>,
    /// From sending to the last byte.
    pub(crate) took: Duration,
}

impl Client {
    /// A client of this server, which writes what it sends and gets to a folder, if there is one.
    pub(crate) fn new(service: &Service, saved: Option<&Path>) -> anyhow::Result<Self> {
        let mut tls = client_config(service.chain.root())?;
        tls.alpn_protocols = vec![b"http/1.1".to_vec()];
        let http = reqwest::Client::builder().tls_backend_preconfigured(tls).https_only(true).build()?;
        if let Some(folder) = saved {
            std::fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
            let empty = std::fs::read_dir(folder)?.next().is_none();
            ensure!(empty, "{} is not empty: name a new folder", folder.display());
            std::fs::write(folder.join("ca.pem"), service.chain.root().to_pem())?;
            std::fs::write(folder.join("issuing.pem"), service.chain.issuing().to_pem())?;
        }
        let door = format!("https://{}", service.door);
        Ok(Self { http, door, saved: saved.map(Path::to_owned), exchanges: 0 })
    }

    /// Posts a signed message. Its copy is called `NN-NAME.xml`, that of the answer after its kind.
    pub(crate) async fn send(&mut self, name: &str, document: &[u8]) -> anyhow::Result<Exchange> {
        self.exchanges = self.exchanges.saturating_add(1);
        let started = Instant::now();
        let request = self.http.post(format!("{}/v1/messages", self.door));
        let request = request.header(CONTENT_TYPE, "application/xml").body(document.to_vec());
        let response = request.send().await.context("the door does not answer")?;
        let status = response.status().as_u16();
        let body = response.bytes().await?.to_vec();
        let took = started.elapsed();
        let reply = read(&body).with_context(|| format!("the answer to {name}, HTTP {status}"))?;
        self.save(name, document)?;
        self.save(file_name(reply.kind()), &body)?;
        Ok(Exchange { status, reply, document: body, took })
    }

    /// Asks for a receipt that was not in the answer.
    pub(crate) async fn receipt(&mut self, order: OrderId, digest: Digest) -> anyhow::Result<Exchange> {
        let started = Instant::now();
        let request = self.http.get(format!("{}/v1/orders/{order}/receipt", self.door));
        let response = request.header("Meteore-Order-Digest", digest.to_string()).send().await?;
        let status = response.status().as_u16();
        let body = response.bytes().await?.to_vec();
        if status != 200 {
            bail!("no receipt for order {order}: HTTP {status}");
        }
        let reply = read(&body)?;
        self.save(file_name(reply.kind()), &body)?;
        Ok(Exchange { status, reply, document: body, took: started.elapsed() })
    }

    fn save(&self, name: &str, document: &[u8]) -> anyhow::Result<()> {
        let Some(folder) = &self.saved else { return Ok(()) };
        let path = folder.join(format!("{:02}-{name}.xml", self.exchanges));
        std::fs::write(&path, document).with_context(|| path.display().to_string())
    }
}

/// The message of a document that our own server answered with.
pub(super) fn read(document: &[u8]) -> anyhow::Result<Message> {
    Ok(Message::parse(scan(document)?.body())?)
}

/// What a copy of a message is called.
pub(crate) const fn file_name(kind: Kind) -> &'static str {
    match kind {
        Kind::Offer => "offer",
        Kind::PaymentOrder => "order",
        Kind::PaymentReceipt => "receipt",
        Kind::Rejection => "rejection",
        Kind::StatusRequest => "status-request",
        Kind::StatusReport => "status-report",
        Kind::RefundOrder => "refund-order",
        Kind::RefundReceipt => "refund-receipt",
        Kind::EnrolmentRequest => "enrolment-request",
        Kind::EnrolmentResponse => "enrolment-response",
        Kind::TopUpOrder => "top-up-order",
        Kind::TopUpReceipt => "top-up-receipt",
        Kind::RedemptionOrder => "redemption-order",
        Kind::RedemptionReceipt => "redemption-receipt",
        Kind::CouponOrder => "coupon-order",
        Kind::CouponReceipt => "coupon-receipt",
        Kind::Campaign => "campaign",
        Kind::QuoteRequest => "quote-request",
        Kind::Quote => "quote",
        Kind::CaptureOrder => "capture-order",
        Kind::VoidOrder => "void-order",
        Kind::DisputeOrder => "dispute-order",
        Kind::Bill => "bill",
        Kind::Statement => "statement",
        Kind::PayoutAdvice => "payout-advice",
        Kind::CreditNote => "credit-note",
        Kind::Reminder => "reminder",
        Kind::InclusionProof => "inclusion-proof",
    }
}
