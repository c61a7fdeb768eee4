//! The way to a system that is spoken to over HTTPS: one place, one client, no redirects, no retries of its own.
//!
//! What this must not do: decide what an answer means, send a request twice, or let the key into a log. A request that
//! found no connection is told apart from every other failure: only then is it certain that nothing was sent.

use std::error::Error as _;
use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use reqwest::redirect::Policy;
use reqwest::{Client, Method, Url};
use rustls::crypto::aws_lc_rs::default_provider;
use rustls::{ClientConfig, RootCertStore};
use thiserror::Error;
use zeroize::Zeroizing;

use super::{Format, Request, Response, Transport, TransportError, Verb};
use crate::notify::Roots;

/// HTTPS to one system.
#[derive(Clone)]
pub struct HttpTransport {
    client: Client,
    base: Url,
}

/// Where a system is: `https`, or `http` on this very machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BaseUrl(Url);

/// Text that is no [`BaseUrl`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("a base URL is https://HOST, or http:// to a loopback address, without user, query or fragment")]
pub struct InvalidBaseUrl;

/// A key that a system gave us. Never shown.
#[derive(Clone)]
pub struct Secret(Zeroizing<String>);

/// Text that is no [`Secret`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("a key is one line of 8 to 500 printable characters")]
pub struct InvalidSecret;

/// Why there is no way to a system.
#[derive(Debug, Error)]
pub enum HttpTransportError {
    /// TLS cannot be set up.
    #[error("TLS cannot be set up")]
    Tls(#[from] rustls::Error),
    /// HTTP cannot be set up.
    #[error("HTTP cannot be set up")]
    Client(#[from] reqwest::Error),
}

/// The longest answer: a page of a list.
const MOST_BYTES: usize = 4 * 1024 * 1024;
/// How long a connection may take. Much shorter than a request may: there must be time to go elsewhere.
const CONNECT_LIMIT: Duration = Duration::from_secs(5);

impl HttpTransport {
    /// A way to a system. Without `roots` it trusts nobody, which suffices on this very machine. Each of `headers` goes
    /// with every request.
    ///
    /// # Errors
    /// [`HttpTransportError`].
    pub fn new(
        base: BaseUrl,
        key: &Secret,
        headers: &[(&'static str, &'static str)],
        roots: Option<&Roots>,
    ) -> Result<Self, HttpTransportError> {
        let mut tls = match roots {
            Some(roots) => roots.client_config()?,
            None => trusts_nobody()?,
        };
        tls.alpn_protocols = vec![b"http/1.1".to_vec()];
        let mut always = HeaderMap::new();
        for (name, value) in headers {
            always.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
        }
        if let Ok(mut bearer) = HeaderValue::from_str(&format!("Bearer {}", key.reveal())) {
            bearer.set_sensitive(true);
            always.insert(AUTHORIZATION, bearer);
        }
        let client = Client::builder()
            .tls_backend_preconfigured(tls)
            .http1_only()
            .https_only(!base.is_plain())
            .redirect(Policy::none())
            .retry(reqwest::retry::never())
            .no_proxy()
            .default_headers(always)
            .connect_timeout(CONNECT_LIMIT)
            .pool_idle_timeout(Duration::from_secs(30))
            .user_agent(concat!("meteore/", env!("CARGO_PKG_VERSION")))
            .build()?;
        Ok(Self { client, base: base.0 })
    }
}

impl Transport for HttpTransport {
    fn send(&self, request: Request) -> BoxFuture<'static, Result<Response, TransportError>> {
        let Ok(url) = self.base.join(&request.path) else {
            return futures_util::future::ready(Err(TransportError::NotSent("no such path".to_owned())))
                .boxed();
        };
        let client = self.client.clone();
        async move { exchange(&client, url, request).await }.boxed()
    }
}

async fn exchange(client: &Client, url: Url, request: Request) -> Result<Response, TransportError> {
    let builder = match request.verb {
        Verb::Read => client.request(Method::GET, url),
        Verb::Submit => {
            let media_type = match request.format {
                Format::Json => "application/json",
                Format::Form => "application/x-www-form-urlencoded",
            };
            client.request(Method::POST, url).header(CONTENT_TYPE, media_type).body(request.body)
        }
    };
    let builder = match request.key {
        Some(key) => builder.header("idempotency-key", key.to_string()),
        None => builder,
    };
    let mut answer = builder.send().await.map_err(failure)?;
    let status = answer.status().as_u16();
    let mut body = Vec::new();
    while let Some(chunk) = answer.chunk().await.map_err(failure)? {
        if body.len().saturating_add(chunk.len()) > MOST_BYTES {
            return Err(TransportError::Failed("the answer is too long".to_owned()));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Response { status, body })
}

/// No connection: nothing was sent. Everything else may have happened after the system had read all of it.
fn failure(error: reqwest::Error) -> TransportError {
    let (connect, timeout) = (error.is_connect(), error.is_timeout());
    let error = error.without_url();
    let reason = error.source().map_or_else(|| error.to_string(), |source| format!("{error}: {source}"));
    match (connect, timeout) {
        (true, _) => TransportError::NotSent(reason),
        (false, true) => TransportError::NoAnswer,
        (false, false) => TransportError::Failed(reason),
    }
}

fn trusts_nobody() -> Result<ClientConfig, rustls::Error> {
    Ok(ClientConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()?
        .with_root_certificates(RootCertStore::empty())
        .with_no_client_auth())
}

impl BaseUrl {
    /// Reads where a system is.
    ///
    /// # Errors
    /// [`InvalidBaseUrl`].
    pub fn parse(text: &str) -> Result<Self, InvalidBaseUrl> {
        let url = Url::parse(text).map_err(|_| InvalidBaseUrl)?;
        let loopback = url.host_str().is_some_and(is_loopback);
        let bare = url.username().is_empty()
            && url.password().is_none()
            && url.query().is_none()
            && url.fragment().is_none()
            && url.path() == "/";
        match url.scheme() {
            "https" if bare && url.has_host() => Ok(Self(url)),
            "http" if bare && loopback => Ok(Self(url)),
            _ => Err(InvalidBaseUrl),
        }
    }

    /// Whether it is spoken to without TLS.
    #[must_use]
    pub fn is_plain(&self) -> bool {
        self.0.scheme() == "http"
    }
}

/// An address, not a name: whoever answers for a name may lead elsewhere.
fn is_loopback(host: &str) -> bool {
    host.trim_matches(['[', ']']).parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

impl Secret {
    /// Reads a key; white space around it is not part of it.
    ///
    /// # Errors
    /// [`InvalidSecret`].
    pub fn parse(text: &str) -> Result<Self, InvalidSecret> {
        let text = text.trim();
        let plain = (8..=500).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic());
        if plain { Ok(Self(Zeroizing::new(text.to_owned()))) } else { Err(InvalidSecret) }
    }

    /// The key, for whoever uses it.
    pub(super) fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(sealed)")
    }
}

#[cfg(test)]
mod tests;
