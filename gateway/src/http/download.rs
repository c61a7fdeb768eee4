//! What everybody may have: the schema of the messages, and the certificates and list that receipts are verified with.

use std::sync::Arc;

use actix_web::HttpResponse;
use actix_web::http::header::{CACHE_CONTROL, HeaderValue};
use actix_web::web::{Data, Path};
use payment_message::schema;
use payment_trust::{Chain, SenderCache};

use super::Door;
use super::problem;

/// What is handed out under `/v1/*.pem`.
pub struct Publications {
    root: String,
    issuing: String,
    senders: Arc<SenderCache>,
}

impl Publications {
    /// The certificates of this chain, and whichever list is in force for these senders.
    #[must_use]
    pub fn new(chain: &Chain, senders: Arc<SenderCache>) -> Self {
        Self { root: chain.root().to_pem(), issuing: chain.issuing().to_pem(), senders }
    }

    fn named(&self, name: &str) -> Option<String> {
        match name {
            "ca" => Some(self.root.clone()),
            "issuing" => Some(self.issuing.clone()),
            "crl" => Some(self.senders.revocations().to_pem()),
            _ => None,
        }
    }
}

/// `GET /v1/schema/{name}`.
pub(super) async fn schema(name: Path<String>) -> HttpResponse {
    let text = match name.as_str() {
        "meteore-payment-1.xsd" => schema::MESSAGES,
        "xmldsig.xsd" => schema::XMLDSIG,
        _ => return problem::not_found().await,
    };
    let mut response = HttpResponse::Ok().content_type("application/xml").body(text);
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("public, max-age=3600"));
    response
}

/// `GET /v1/ca.pem`, `/v1/issuing.pem`, `/v1/crl.pem`.
pub(super) async fn pem(door: Data<Door>, name: Path<String>) -> HttpResponse {
    let Some(text) = door.publications.named(&name) else { return problem::not_found().await };
    let mut response = HttpResponse::Ok().content_type("application/x-pem-file").body(text);
    // A revocation counts from the next look on.
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    response
}
