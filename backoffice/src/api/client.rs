//! Who asks: a program with a key of one merchant. Only the key's hash is in the database.

use std::fmt;

use actix_web::dev::Payload;
use actix_web::http::header::AUTHORIZATION;
use actix_web::{FromRequest, HttpRequest};
use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use futures_util::FutureExt as _;
use futures_util::future::LocalBoxFuture;
use payment_domain::PartyId;
use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::storage::merchant as storage;
use crate::web::{Fault, NoRandomness, Randomness, Visitor};

/// Letters of the random part: 32 bytes.
const LETTERS: usize = 43;

/// A key of a merchant's program. Shown once, then only its hash is known.
#[derive(Clone, PartialEq, Eq, Zeroize, ZeroizeOnDrop)]
pub(crate) struct ApiKey(String);

/// Who asks.
#[derive(Debug, Clone)]
pub(super) struct Client {
    /// The request.
    pub(super) visitor: Visitor,
    /// The merchant's number.
    pub(super) merchant: i64,
    /// The merchant's name.
    pub(super) party: PartyId,
}

impl ApiKey {
    /// A new one; its beginning says whether money is real where it counts.
    pub(crate) fn random(randomness: &dyn Randomness, test: bool) -> Result<Self, NoRandomness> {
        let mut bytes = [0_u8; 32];
        randomness.fill(&mut bytes)?;
        let kind = if test { "mk_test" } else { "mk_live" };
        Ok(Self(format!("{kind}_{}", URL_SAFE_NO_PAD.encode(bytes))))
    }

    /// Reads one.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let random = text.strip_prefix("mk_test_").or_else(|| text.strip_prefix("mk_live_"))?;
        let plain = random.len() == LETTERS
            && random.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'));
        plain.then(|| Self(text.to_owned()))
    }

    /// The key itself.
    pub(crate) fn reveal(&self) -> &str {
        &self.0
    }

    /// What is kept of it. It is as random as its hash is long: nothing slower is needed.
    pub(crate) fn hash(&self) -> Vec<u8> {
        digest(&SHA256, self.0.as_bytes()).as_ref().to_vec()
    }
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ApiKey(sealed)")
    }
}

impl FromRequest for Client {
    type Error = Fault;
    type Future = LocalBoxFuture<'static, Result<Self, Fault>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let visitor = Visitor::from_request(request, payload).into_inner();
        let mut sent = request.headers().get_all(AUTHORIZATION);
        let key = match (sent.next(), sent.next()) {
            (Some(value), None) => value.to_str().ok().and_then(bearer),
            _ => None,
        };
        async move {
            let visitor = visitor?;
            let hash = key.ok_or(Fault::SignIn)?.hash();
            let now_ms = visitor.now().as_millis();
            let found = visitor.read(move |conn| storage::use_api_key(conn, &hash, now_ms)).await?;
            let (id, merchant, name) = found.ok_or(Fault::SignIn)?;
            visitor.count(id)?;
            let party = PartyId::parse(&name).map_err(Fault::internal)?;
            Ok(Self { visitor, merchant, party })
        }
        .boxed_local()
    }
}

/// The key in an `Authorization` header (RFC 6750 §2.1); the scheme's case does not matter (RFC 9110 §11.1).
fn bearer(header: &str) -> Option<ApiKey> {
    let (scheme, key) = header.split_once(' ')?;
    ApiKey::parse(key.trim()).filter(|_| scheme.eq_ignore_ascii_case("bearer"))
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Sevens;

    impl Randomness for Sevens {
        fn fill(&self, bytes: &mut [u8]) -> Result<(), NoRandomness> {
            bytes.fill(7);
            Ok(())
        }
    }

    #[test]
    fn a_key_is_read_back_and_never_shown_by_debug() {
        for test in [true, false] {
            let key = ApiKey::random(&Sevens, test).unwrap();
            assert_eq!(bearer(&format!("Bearer {}", key.reveal())), Some(key.clone()));
            assert_eq!(bearer(&format!("bearer {}", key.reveal())), Some(key.clone()));
            assert!(!format!("{key:?}").contains(key.reveal()));
            assert_ne!(key.hash(), key.reveal().as_bytes());
        }
        let test = ApiKey::random(&Sevens, true).unwrap();
        assert_ne!(test.hash(), ApiKey::random(&Sevens, false).unwrap().hash());
    }

    #[test]
    fn what_is_no_key_is_not_looked_up() {
        let key = ApiKey::random(&Sevens, true).unwrap();
        for wrong in [
            String::new(),
            "Bearer".into(),
            "Bearer ".into(),
            key.reveal().to_owned(),
            format!("Basic {}", key.reveal()),
            format!("Bearer {}x", key.reveal()),
            format!("Bearer {}", key.reveal().replace("test", "fake")),
        ] {
            assert_eq!(bearer(&wrong), None, "{wrong}");
        }
    }
}
