//! What every download and webhook has in common: a rate for each address, and a name for each request.

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::middleware::Next;
use actix_web::web::Data;
use actix_web::{Error, HttpResponse};

use super::Door;
use super::problem::problem;
use super::request_id::X_REQUEST_ID;

/// Lets a request through, unless its address has asked too often.
pub(super) async fn guard(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let Some(door) = request.app_data::<Data<Door>>().cloned() else {
        return Ok(request.into_response(HttpResponse::InternalServerError()));
    };
    let admitted = request.peer_addr().is_none_or(|peer| door.limits.peer(peer.ip()).is_ok());
    let mut response = if admitted {
        next.call(request).await?.map_into_boxed_body()
    } else {
        request.into_response(problem(StatusCode::TOO_MANY_REQUESTS, "too many requests from this address"))
    };
    response.headers_mut().insert(X_REQUEST_ID, door.ids.next().header());
    Ok(response)
}
