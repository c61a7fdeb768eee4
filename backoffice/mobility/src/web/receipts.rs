//! `POST /receipts`: the gateway tells of a payment, whether or not the customer comes back.
//!
//! The answer is a status and nothing else. Any 2xx means that it is on our disk; the gateway repeats everything else.

use actix_web::http::StatusCode;
use actix_web::web::{Bytes, Data};
use actix_web::{HttpRequest, HttpResponse};

use crate::books::DeliverError;
use crate::machine::now;
use crate::payment::{CallbackHead, PaymentError};
use crate::shop::{Shop, ShopError};

/// Takes a receipt.
pub(super) async fn hear(shop: Data<Shop>, request: HttpRequest, body: Bytes) -> HttpResponse {
    let header =
        |name: &str| request.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let head = CallbackHead {
        id: header("webhook-id"),
        timestamp: header("webhook-timestamp"),
        signature: header("webhook-signature"),
    };
    let status = match shop.heard(head, &body, now()).await {
        Ok(_) => StatusCode::NO_CONTENT,
        Err(error) => {
            tracing::warn!(%error, "a callback was refused");
            refusal(&error)
        }
    };
    HttpResponse::new(status)
}

fn refusal(error: &ShopError) -> StatusCode {
    match error {
        ShopError::Payment(PaymentError::ForgedCallback) => StatusCode::UNAUTHORIZED,
        ShopError::Payment(PaymentError::Forged | PaymentError::NotOurs | PaymentError::Unexpected)
        | ShopError::Deliver(DeliverError::OtherOrder) => StatusCode::UNPROCESSABLE_ENTITY,
        _ => StatusCode::SERVICE_UNAVAILABLE,
    }
}
