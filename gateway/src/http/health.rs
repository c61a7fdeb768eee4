//! For load balancers: whether the process lives, and whether messages can be taken now.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{self, Data};

use super::Door;
use super::problem::{plain, problem};

/// `GET /healthz`.
pub(super) async fn live() -> HttpResponse {
    plain("alive\n")
}

/// `GET /readyz`.
pub(super) async fn ready(door: Data<Door>) -> HttpResponse {
    let core = door.intake.core().clone();
    match web::block(move || core.ready()).await {
        Ok(Ok(())) => plain("ready\n"),
        Ok(Err(error)) => {
            tracing::warn!(%error, "not ready");
            problem(StatusCode::SERVICE_UNAVAILABLE, "messages cannot be taken now")
        }
        Err(_) => problem(StatusCode::SERVICE_UNAVAILABLE, "messages cannot be taken now"),
    }
}
