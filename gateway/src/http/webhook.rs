//! `POST /webhooks/stripe`: an external system says that it is time to ask, or for a person to look.
//!
//! What this must not do: believe anything else of it ([`StripeEvents`]).

use actix_web::http::StatusCode;
use actix_web::http::header::HeaderMap;
use actix_web::web::{BytesMut, Data, Payload};
use actix_web::{HttpRequest, HttpResponse};
use futures_util::StreamExt as _;

use super::Door;
use super::problem::{plain, problem};
use crate::external::stripe::{BadEvent, StripeEvents};

/// Takes an event. Whoever sent it tries again for anything but 200.
pub(super) async fn stripe(door: Data<Door>, request: HttpRequest, payload: Payload) -> HttpResponse {
    let Some(events) = &door.stripe_events else {
        return problem(StatusCode::NOT_FOUND, "there is nothing at this address");
    };
    let Ok(_in_flight) = door.limits.begin() else {
        return problem(StatusCode::SERVICE_UNAVAILABLE, "too much is being worked on");
    };
    let Ok(body) = tokio::time::timeout(door.body_timeout, read(payload)).await else {
        return problem(StatusCode::REQUEST_TIMEOUT, "the body did not come in time");
    };
    let Some(body) = body else {
        return problem(StatusCode::PAYLOAD_TOO_LARGE, "the event is too large, or broken off");
    };
    let taken = events.take(signature(request.headers()), &body).await;
    count(taken);
    match taken {
        Ok(()) => plain("taken"),
        Err(error @ BadEvent::NotNow) => problem(StatusCode::SERVICE_UNAVAILABLE, error.to_string()),
        Err(error) => {
            let peer = request.peer_addr().map(|peer| tracing::field::display(peer.ip()));
            tracing::warn!(target: "security", peer, %error, "webhook refused");
            problem(StatusCode::BAD_REQUEST, error.to_string())
        }
    }
}

fn signature(headers: &HeaderMap) -> &str {
    headers.get("stripe-signature").and_then(|value| value.to_str().ok()).unwrap_or_default()
}

/// The whole body, if it is no longer than an event may be.
async fn read(mut payload: Payload) -> Option<BytesMut> {
    let mut body = BytesMut::new();
    while let Some(chunk) = payload.next().await {
        let chunk = chunk.ok()?;
        if body.len().saturating_add(chunk.len()) > StripeEvents::MOST_BYTES {
            return None;
        }
        body.extend_from_slice(&chunk);
    }
    Some(body)
}

fn count(taken: Result<(), BadEvent>) {
    let result = match taken {
        Ok(()) => "taken",
        Err(BadEvent::Unsigned) => "unsigned",
        Err(BadEvent::Forged) => "forged",
        Err(BadEvent::Stale) => "stale",
        Err(BadEvent::Malformed) => "malformed",
        Err(BadEvent::NotNow) => "not-now",
    };
    metrics::counter!("meteore_webhooks_total", "result" => result).increment(1);
}
