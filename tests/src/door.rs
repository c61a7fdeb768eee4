//! A client of the real HTTPS port: one keep-alive connection, and replies that are verified before they are believed.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Bytes;
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::header::{CONTENT_TYPE, HOST, HeaderMap};
use hyper::{Method, Request, StatusCode};
use hyper_util::rt::TokioIo;
use payment_domain::{Digest, OrderId, PaymentReceipt, RefundReceipt};
use payment_message::{Code, Message, Rejection, StatusReport};
use payment_trust::client_config;
use rustls::crypto::aws_lc_rs::default_provider;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use crate::town::{System, Town};

/// How long any reply may take. Far above every time-out of the server, so that a test that hangs says where.
const PATIENCE: Duration = Duration::from_secs(60);

/// Where the door is, and how to know that it is the right one.
#[derive(Clone)]
pub struct Door {
    address: SocketAddr,
    tls: TlsConnector,
    system: Arc<System>,
}

/// One open connection.
pub struct Connection {
    requests: SendRequest<Full<Bytes>>,
    system: Arc<System>,
}

/// A reply, as it came.
#[derive(Debug, Clone)]
pub struct Reply {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
    system: Arc<System>,
}

impl Door {
    /// The door of a server with the town's certificates.
    ///
    /// # Errors
    /// If the root certificate cannot be read.
    pub fn new(address: SocketAddr, town: &Town) -> Result<Self> {
        Self::with_tls(address, town, client_config(town.chain()?.root())?)
    }

    /// The same for whoever shows a certificate, in PEM files.
    ///
    /// # Errors
    /// If a certificate or key cannot be read.
    pub fn showing(address: SocketAddr, town: &Town, certificate: &Path, key: &Path) -> Result<Self> {
        let chain = town.chain()?;
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from(chain.root().der().to_vec()))?;
        let own = CertificateDer::from_pem_file(certificate)?;
        let path = vec![own, CertificateDer::from(chain.issuing().der().to_vec())];
        let config = ClientConfig::builder_with_provider(default_provider().into())
            .with_safe_default_protocol_versions()?
            .with_root_certificates(roots)
            .with_client_auth_cert(path, PrivateKeyDer::from_pem_file(key)?)?;
        Self::with_tls(address, town, config)
    }

    fn with_tls(address: SocketAddr, town: &Town, mut config: ClientConfig) -> Result<Self> {
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Self { address, tls: TlsConnector::from(Arc::new(config)), system: Arc::new(town.system()?) })
    }

    /// Its address, for whoever else knocks.
    #[must_use]
    pub fn url(&self) -> String {
        format!("https://{}", self.address)
    }

    /// Opens a connection.
    ///
    /// # Errors
    /// If nobody answers, or somebody with another certificate.
    pub async fn connect(&self) -> Result<Connection> {
        let stream = TcpStream::connect(self.address).await?;
        stream.set_nodelay(true)?;
        let name = ServerName::IpAddress(self.address.ip().into());
        let stream = self.tls.connect(name, stream).await?;
        let (requests, connection) = handshake(TokioIo::new(stream)).await?;
        tokio::spawn(connection);
        Ok(Connection { requests, system: Arc::clone(&self.system) })
    }

    /// Posts one message on a connection of its own.
    ///
    /// # Errors
    /// If there is no reply.
    pub async fn post(&self, document: &[u8]) -> Result<Reply> {
        self.connect().await?.post(document).await
    }

    /// Fetches one path on a connection of its own.
    ///
    /// # Errors
    /// If there is no reply.
    pub async fn fetch(&self, path: &str) -> Result<Reply> {
        self.connect().await?.fetch(path).await
    }
}

impl Connection {
    /// Posts a message.
    ///
    /// # Errors
    /// If there is no reply: the connection or the server is gone.
    pub async fn post(&mut self, document: &[u8]) -> Result<Reply> {
        let request = Request::builder()
            .method(Method::POST)
            .uri("/v1/messages")
            .header(HOST, "localhost")
            .header(CONTENT_TYPE, "application/xml")
            .body(Full::new(Bytes::copy_from_slice(document)))?;
        self.send(request).await
    }

    /// Fetches a path.
    ///
    /// # Errors
    /// If there is no reply: the connection or the server is gone.
    pub async fn fetch(&mut self, path: &str) -> Result<Reply> {
        let request = Request::builder().uri(path).header(HOST, "localhost").body(Full::default())?;
        self.send(request).await
    }

    /// Fetches a receipt again, as whoever knows the order's digest.
    ///
    /// # Errors
    /// If there is no reply.
    pub async fn fetch_receipt(&mut self, order: OrderId, digest: &Digest) -> Result<Reply> {
        let request = Request::builder()
            .uri(format!("/v1/orders/{order}/receipt"))
            .header(HOST, "localhost")
            .header("meteore-order-digest", digest.to_string())
            .body(Full::default())?;
        self.send(request).await
    }

    /// Sends any request.
    ///
    /// # Errors
    /// If there is no reply: the connection or the server is gone.
    pub async fn send(&mut self, request: Request<Full<Bytes>>) -> Result<Reply> {
        let answered = async {
            self.requests.ready().await?;
            let response = self.requests.send_request(request).await?;
            let (head, body) = response.into_parts();
            let body = body.collect().await?.to_bytes().to_vec();
            anyhow::Ok(Reply {
                status: head.status,
                headers: head.headers,
                body,
                system: Arc::clone(&self.system),
            })
        };
        tokio::time::timeout(PATIENCE, answered).await.context("no reply in time")?
    }

    /// Whether the server would still read from it.
    #[must_use]
    pub fn is_open(&self) -> bool {
        !self.requests.is_closed()
    }
}

impl Reply {
    /// What the system signed.
    ///
    /// # Errors
    /// If the body is not a message of the system's.
    pub fn message(&self) -> Result<Message> {
        let opened = self.system.open(&self.body);
        let opened =
            opened.with_context(|| format!("{}: {}", self.status, String::from_utf8_lossy(&self.body)))?;
        Ok(opened.into_message())
    }

    /// The receipt that it has to be.
    ///
    /// # Errors
    /// If it is something else.
    pub fn receipt(&self) -> Result<PaymentReceipt> {
        match self.message()? {
            Message::PaymentReceipt(receipt) => Ok(receipt),
            other => bail!("{}: not a receipt: {other:?}", self.status),
        }
    }

    /// The receipt of a refund that it has to be.
    ///
    /// # Errors
    /// If it is something else.
    pub fn refund(&self) -> Result<RefundReceipt> {
        match self.message()? {
            Message::RefundReceipt(receipt) => Ok(receipt),
            other => bail!("{}: not a receipt of a refund: {other:?}", self.status),
        }
    }

    /// The report that it has to be.
    ///
    /// # Errors
    /// If it is something else.
    pub fn report(&self) -> Result<StatusReport> {
        match self.message()? {
            Message::StatusReport(report) => Ok(report),
            other => bail!("{}: not a report: {other:?}", self.status),
        }
    }

    /// The refusal that it has to be.
    ///
    /// # Errors
    /// If it is something else.
    pub fn rejection(&self) -> Result<Rejection> {
        match self.message()? {
            Message::Rejection(rejection) => Ok(rejection),
            other => bail!("{}: not a rejection: {other:?}", self.status),
        }
    }

    /// Checks that it is a refusal with this code and HTTP status.
    ///
    /// # Errors
    /// If it is not.
    pub fn refused(&self, status: u16, code: Code) -> Result<Rejection> {
        let rejection = self.rejection()?;
        ensure!(rejection.code == code, "{} instead of {code}: {rejection:?}", rejection.code);
        ensure!(self.status == status, "{code} came with {} instead of {status}", self.status);
        Ok(rejection)
    }
}

impl std::fmt::Debug for Door {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Door({})", self.address)
    }
}
