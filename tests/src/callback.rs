//! A merchant's server for callbacks on loopback, plain or with TLS, which answers as it is told.

use std::collections::BTreeMap;
use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context as _, Result};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs::default_provider;
use rustls::pki_types::PrivateKeyDer;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;

/// A running receiver. It stops when it is dropped.
#[derive(Debug)]
pub struct Receiver {
    address: SocketAddr,
    shared: Arc<Shared>,
    root_pem: Option<String>,
    task: JoinHandle<()>,
}

/// How to answer one callback.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    Status(u16),
    /// A redirect to this address.
    Redirect(String),
    /// Take the request and say nothing.
    Hang,
    /// 200, and a body that never ends.
    Flood,
    /// Close the connection without a word.
    Close,
}

/// A callback as it came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// Method, path and version.
    pub line: String,
    pub headers: BTreeMap<String, String>,
    pub body: Vec<u8>,
}

#[derive(Debug, Default)]
struct Shared {
    answers: Mutex<VecDeque<Answer>>,
    calls: Mutex<Vec<Call>>,
}

impl Receiver {
    /// A receiver without TLS. It gives these answers one after the other, then 204.
    ///
    /// # Errors
    /// If no port is free.
    pub async fn plain(answers: &[Answer]) -> Result<Self> {
        Self::start(SocketAddr::from(([127, 0, 0, 1], 0)), answers, None).await
    }

    /// A receiver without TLS at this address; port 0 takes any free one.
    ///
    /// # Errors
    /// If the port is taken.
    pub async fn plain_at(address: SocketAddr, answers: &[Answer]) -> Result<Self> {
        Self::start(address, answers, None).await
    }

    /// A receiver with TLS for `localhost`, certified by a CA of its own.
    ///
    /// # Errors
    /// If no port is free.
    pub async fn secured(answers: &[Answer]) -> Result<Self> {
        let mut root = CertificateParams::new(Vec::new())?;
        root.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        let root = CertifiedIssuer::self_signed(root, KeyPair::generate()?)?;
        let key = KeyPair::generate()?;
        let leaf = CertificateParams::new(vec!["localhost".to_owned()])?.signed_by(&key, &root)?;
        let private = PrivateKeyDer::try_from(key.serialize_der()).map_err(anyhow::Error::msg)?;
        let config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_single_cert(vec![leaf.der().clone()], private)?;
        let address = SocketAddr::from(([127, 0, 0, 1], 0));
        Self::start(address, answers, Some((TlsAcceptor::from(Arc::new(config)), root.pem()))).await
    }

    async fn start(
        address: SocketAddr,
        answers: &[Answer],
        tls: Option<(TlsAcceptor, String)>,
    ) -> Result<Self> {
        let listener = TcpListener::bind(address).await?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared::default());
        shared.answers.lock().unwrap_or_else(PoisonError::into_inner).extend(answers.iter().cloned());
        let (acceptor, root_pem) = tls.unzip();
        let task = tokio::spawn(accept(listener, acceptor, Arc::clone(&shared)));
        Ok(Self { address, shared, root_pem, task })
    }

    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// The URL of a path at this name, or at the receiver's address.
    #[must_use]
    pub fn url(&self, host: &str) -> String {
        let scheme = if self.root_pem.is_some() { "https" } else { "http" };
        format!("{scheme}://{host}:{}/receipts", self.address.port())
    }

    /// The root that certified it.
    #[must_use]
    pub fn root_pem(&self) -> Option<&str> {
        self.root_pem.as_deref()
    }

    /// What came so far.
    #[must_use]
    pub fn calls(&self) -> Vec<Call> {
        self.shared.calls.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn accept(listener: TcpListener, tls: Option<TlsAcceptor>, shared: Arc<Shared>) {
    while let Ok((tcp, _)) = listener.accept().await {
        let (tls, shared) = (tls.clone(), Arc::clone(&shared));
        tokio::spawn(async move {
            let served = match tls {
                Some(tls) => match tls.accept(tcp).await {
                    Ok(stream) => serve(stream, &shared).await,
                    Err(error) => Err(error.into()),
                },
                None => serve(tcp, &shared).await,
            };
            // A client that goes away is what some tests are about.
            drop(served);
        });
    }
}

async fn serve(mut stream: impl AsyncRead + AsyncWrite + Unpin, shared: &Shared) -> Result<()> {
    let mut unread = Vec::new();
    loop {
        let call = read(&mut stream, &mut unread).await?;
        shared.calls.lock().unwrap_or_else(PoisonError::into_inner).push(call);
        let answer = shared.answers.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
        match answer.unwrap_or(Answer::Status(204)) {
            Answer::Status(status) => {
                stream
                    .write_all(format!("HTTP/1.1 {status} x\r\ncontent-length: 0\r\n\r\n").as_bytes())
                    .await?;
            }
            Answer::Redirect(to) => {
                let head = format!("HTTP/1.1 307 x\r\nlocation: {to}\r\ncontent-length: 0\r\n\r\n");
                stream.write_all(head.as_bytes()).await?;
            }
            Answer::Hang => std::future::pending().await,
            Answer::Flood => {
                stream.write_all(b"HTTP/1.1 200 x\r\ntransfer-encoding: chunked\r\n\r\n").await?;
                loop {
                    stream.write_all(b"8\r\nand on \n\r\n").await?;
                }
            }
            Answer::Close => return Ok(()),
        }
        stream.flush().await?;
    }
}

/// One request with a content length.
async fn read(stream: &mut (impl AsyncRead + Unpin), unread: &mut Vec<u8>) -> Result<Call> {
    let end = loop {
        if let Some(end) = unread.windows(4).position(|window| window == b"\r\n\r\n") {
            break end;
        }
        more(stream, unread).await?;
    };
    let head = String::from_utf8(unread.drain(..end + 4).collect())?;
    let mut lines = head.lines();
    let line = lines.next().context("a request line")?.to_owned();
    let headers: BTreeMap<_, _> = lines
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
        .collect();
    let length = headers.get("content-length").context("a content length")?.parse()?;
    while unread.len() < length {
        more(stream, unread).await?;
    }
    Ok(Call { line, headers, body: unread.drain(..length).collect() })
}

async fn more(stream: &mut (impl AsyncRead + Unpin), unread: &mut Vec<u8>) -> Result<()> {
    let count = stream.read_buf(unread).await?;
    anyhow::ensure!(count > 0, "the client has gone");
    Ok(())
}
