//! `GET /v1/orders/{id}/receipt`: a receipt again, after the answer was lost.
//!
//! Asking takes the digest of the signed order, which only its sender and we know. An order that does not exist and a
//! digest that is wrong look the same.

use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, HeaderName, HeaderValue};
use actix_web::web::{Bytes, Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use payment_domain::{Digest, OrderId};

use super::Door;
use super::problem::problem;

/// The header that says for which order, exactly.
const ORDER_DIGEST: HeaderName = HeaderName::from_static("meteore-order-digest");

/// Gives the receipt out again.
pub(super) async fn read(door: Data<Door>, request: HttpRequest, id: Path<String>) -> HttpResponse {
    let id = OrderId::parse(&id).ok();
    let mut response = match id.zip(order_digest(&request)) {
        Some((order, digest)) => find(&door, order, digest).await,
        None => unknown(),
    };
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

async fn find(door: &Door, order: OrderId, digest: Digest) -> HttpResponse {
    let Ok(_in_flight) = door.limits.begin() else {
        return problem(StatusCode::SERVICE_UNAVAILABLE, "too many requests at a time");
    };
    let core = door.intake.core().clone();
    match actix_web::web::block(move || core.receipt(order, &digest)).await {
        Ok(Ok(Some(receipt))) => {
            HttpResponse::Ok().content_type("application/xml").body(Bytes::from(receipt))
        }
        Ok(Ok(None)) => unknown(),
        Ok(Err(_)) | Err(_) => problem(StatusCode::SERVICE_UNAVAILABLE, "receipts cannot be read now"),
    }
}

fn order_digest(request: &HttpRequest) -> Option<Digest> {
    let value = request.headers().get(ORDER_DIGEST)?;
    Digest::parse(value.to_str().ok()?).ok()
}

fn unknown() -> HttpResponse {
    problem(
        StatusCode::NOT_FOUND,
        "no receipt for this order and this Meteore-Order-Digest (SHA-256 of the canonical order, in hex)",
    )
}
