//! Merchants' callbacks: a signed receipt, POSTed to where the merchant wants it, with Standard Webhooks headers.
//!
//! The endpoint is a stranger's: every address that is connected to has passed [`guard`], redirects are not followed,
//! no proxy is used, an answer is bounded in time and size, and only its status counts.
//!
//! What this must not do: decide when to try again ([`schedule`](super::schedule)), or keep anything. Start at
//! [`Caller::deliver`].

mod guard;
mod signature;

use std::error::Error as _;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use payment_domain::Timestamp;
use reqwest::header::{CONTENT_TYPE, RETRY_AFTER};
use reqwest::redirect::Policy;
use reqwest::{Client, StatusCode, Url};
use thiserror::Error;

pub use guard::{AddressRules, MachineResolver, Resolver};
pub use signature::{InvalidSigningKey, SigningKey};

use super::delivery::{Delivery, Fault, Reason};
use super::roots::Roots;
use guard::{GuardedResolver, NotAllowed};

/// Where a merchant takes callbacks: an absolute HTTP(S) URL without credentials or fragment.
#[derive(Clone, PartialEq, Eq)]
pub struct Endpoint(Url);

/// Text that is no endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error(
    "an endpoint is an absolute https URL of at most {} characters, without user, password or fragment",
    Endpoint::MAX_CHARS
)]
pub struct InvalidEndpoint;

/// One callback.
#[derive(Debug, Clone)]
pub struct Callback {
    /// Names the event, the same at every try: the receiver drops what it has seen before.
    pub event: EventId,
    /// Where it goes.
    pub endpoint: Endpoint,
    /// What it is signed with; while keys change, the new and the old one.
    pub keys: Vec<KeyInUse>,
    /// The signed XML.
    pub body: Arc<[u8]>,
}

/// A key and how long it signs.
#[derive(Debug, Clone)]
pub struct KeyInUse {
    /// The key.
    pub key: SigningKey,
    /// When it signs no more; never, if not set.
    pub until: Option<Timestamp>,
}

/// What `webhook-id` carries: 1 to 64 letters, digits, `_` and `-`. No full stop, which parts the signed fields.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct EventId(String);

/// Text that is no event id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("an event id is 1 to 64 letters, digits, `_` and `-`")]
pub struct InvalidEventId;

/// How callbacks are made.
#[derive(Debug, Clone)]
pub struct CallSettings {
    /// Which addresses may be called.
    pub rules: AddressRules,
    /// Whether endpoints without TLS are called.
    pub plain_http: bool,
    /// For a connection.
    pub connect_limit: Duration,
    /// For everything from the look-up of the name to the last byte of the answer.
    pub time_limit: Duration,
}

/// Why callbacks cannot be made at all.
#[derive(Debug, Error)]
pub enum CallerError {
    /// The TLS library refused what it was given.
    #[error(transparent)]
    Tls(#[from] rustls::Error),
    /// The HTTP library refused what it was given.
    #[error(transparent)]
    Client(#[from] reqwest::Error),
}

/// Makes callbacks. Cheap to clone.
#[derive(Clone)]
pub struct Caller {
    client: Client,
    rules: AddressRules,
    plain_http: bool,
}

/// What is read of an answer, so that the connection can be used again. Nothing in it counts.
const MAX_ANSWER_BYTES: usize = 16 * 1024;

impl Caller {
    /// Calls through this resolver, trusting these authorities.
    ///
    /// # Errors
    /// [`CallerError`].
    pub fn new(
        settings: CallSettings,
        roots: &Roots,
        resolver: Arc<dyn Resolver>,
    ) -> Result<Self, CallerError> {
        let CallSettings { rules, plain_http, connect_limit, time_limit } = settings;
        let mut tls = roots.client_config()?;
        tls.alpn_protocols = vec![b"http/1.1".to_vec()];
        let client = Client::builder()
            .tls_backend_preconfigured(tls)
            .http1_only()
            .https_only(!plain_http)
            // Either would take the request to where no rule was asked.
            .redirect(Policy::none())
            .no_proxy()
            .dns_resolver(Arc::new(GuardedResolver::new(rules.clone(), resolver)))
            .connect_timeout(connect_limit)
            .timeout(time_limit)
            .pool_idle_timeout(Duration::from_secs(30))
            .pool_max_idle_per_host(1)
            .user_agent(concat!("meteore/", env!("CARGO_PKG_VERSION")))
            .build()?;
        Ok(Self { client, rules, plain_http })
    }

    /// Makes one call. `now` goes into the signature, so that a receiver can refuse old copies.
    pub async fn deliver(&self, callback: &Callback, now: Timestamp) -> Delivery {
        if let Err(reason) = self.admit(&callback.endpoint) {
            return Delivery::Refused(reason);
        }
        let in_use = callback.keys.iter().filter(|used| used.until.is_none_or(|until| now < until));
        let keys = in_use.map(|used| &used.key);
        let Some(signature) = signature::sign(keys, &callback.event, &callback.body, now) else {
            return Delivery::Refused(Reason::Unbuildable);
        };
        let request = self
            .client
            .post(callback.endpoint.0.clone())
            .header("webhook-id", callback.event.as_str())
            .header("webhook-timestamp", signature.timestamp.to_string())
            .header("webhook-signature", signature.value)
            .header(CONTENT_TYPE, "application/xml")
            .body(callback.body.to_vec());
        match request.send().await {
            Ok(answer) => {
                let outcome = outcome(answer.status(), answer.headers().contains_key(RETRY_AFTER));
                drain(answer).await;
                outcome
            }
            Err(error) => Delivery::retry(reason(&error), Fault::Way),
        }
    }

    /// What the URL alone already decides. An address in it never comes to the resolver, so it is judged here; a name
    /// is judged by what it resolves to.
    fn admit(&self, endpoint: &Endpoint) -> Result<(), Reason> {
        if endpoint.0.scheme() != "https" && !self.plain_http {
            return Err(Reason::NotHttps);
        }
        match endpoint.address() {
            Some(address) if !self.rules.allow(address) => Err(Reason::AddressNotAllowed),
            _ => Ok(()),
        }
    }
}

/// A status that asks for a pause, and one that says that the server is broken, hold for everything sent there.
fn outcome(status: StatusCode, asks_for_a_pause: bool) -> Delivery {
    let whole_way = asks_for_a_pause || status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS;
    match status {
        _ if status.is_success() => Delivery::Sent,
        StatusCode::GONE => Delivery::Gone,
        _ => {
            let fault = if whole_way { Fault::Way } else { Fault::Message };
            Delivery::retry(Reason::Status(status.as_u16()), fault)
        }
    }
}

/// Reads a short answer to its end. A longer one, or one that stalls, costs its connection and nothing else.
async fn drain(mut answer: reqwest::Response) {
    let mut read = 0_usize;
    while let Ok(Some(chunk)) = answer.chunk().await {
        read = read.saturating_add(chunk.len());
        if read > MAX_ANSWER_BYTES {
            return;
        }
    }
}

/// What the libraries' nested errors come down to.
fn reason(error: &reqwest::Error) -> Reason {
    if error.is_timeout() {
        return Reason::TimedOut;
    }
    let mut source = error.source();
    while let Some(cause) = source {
        if let Some(refused) = cause.downcast_ref::<NotAllowed>() {
            return refused.reason();
        }
        if is_of_tls(cause) {
            return Reason::NotTrusted;
        }
        source = cause.source();
    }
    if error.is_connect() || error.is_request() { Reason::Unreachable } else { Reason::Protocol }
}

/// An I/O error does not name what it wraps as its source, and may wrap another one.
fn is_of_tls(error: &(dyn std::error::Error + 'static)) -> bool {
    let inner = error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
    error.is::<rustls::Error>() || inner.is_some_and(|inner| is_of_tls(inner))
}

impl Endpoint {
    /// The longest endpoint.
    pub const MAX_CHARS: usize = 500;

    /// Reads an endpoint. Plain `http` is read too; whether it is called is the installation's choice.
    ///
    /// # Errors
    /// [`InvalidEndpoint`].
    pub fn parse(text: &str) -> Result<Self, InvalidEndpoint> {
        if text.len() > Self::MAX_CHARS || !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(InvalidEndpoint);
        }
        let url = Url::parse(text).map_err(|_| InvalidEndpoint)?;
        let bare = url.username().is_empty() && url.password().is_none() && url.fragment().is_none();
        let http = matches!(url.scheme(), "https" | "http");
        if bare && http && url.has_host() { Ok(Self(url)) } else { Err(InvalidEndpoint) }
    }

    /// The URL.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// Scheme, host and port: what one server is known by.
    #[must_use]
    pub fn origin(&self) -> String {
        self.0.origin().ascii_serialization()
    }

    fn address(&self) -> Option<std::net::IpAddr> {
        let host = self.0.host_str()?;
        host.trim_start_matches('[').trim_end_matches(']').parse().ok()
    }
}

/// A path may hold a token: only the host is shown.
impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Endpoint({}/..)", self.origin())
    }
}

impl EventId {
    /// Reads an event id.
    ///
    /// # Errors
    /// [`InvalidEventId`].
    pub fn parse(text: &str) -> Result<Self, InvalidEventId> {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
        let valid = (1..=64).contains(&text.len()) && text.bytes().all(plain);
        if valid { Ok(Self(text.to_owned())) } else { Err(InvalidEventId) }
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Caller {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Caller")
            .field("rules", &self.rules)
            .field("plain_http", &self.plain_http)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
