//! What happens to each request before and after its handler: a rate for its address, who it is, and of the answer the
//! headers, the cookies, and a page or problem for what went wrong.

use std::time::Instant;

use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::{ConnectionType, StatusCode};
use actix_web::middleware::Next;
use actix_web::web::Data;
use actix_web::{Error, HttpMessage as _, HttpResponse};

use super::fault::{self, Fault};
use super::lines::Line;
use super::portal::Portal;
use super::request_id::X_REQUEST_ID;
use super::visitor::Visitor;
use super::{assets, headers};

/// Lets a request in, and its answer out.
pub(super) async fn pass(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let started = Instant::now();
    let Some(portal) = request.app_data::<Data<Portal>>().cloned() else {
        return Ok(request.into_response(HttpResponse::InternalServerError()));
    };
    let _under_way = portal.busy.begin();
    let visitor = Visitor::arrive(&portal, request.request(), portal.ids.next());
    let mut response = match admit(&portal, &visitor).await {
        Ok(()) => {
            request.extensions_mut().insert(visitor.clone());
            explained(&visitor, next.call(request).await?.map_into_boxed_body())
        }
        Err(fault) => {
            let line = request.conn_data::<Line>().cloned();
            let mut response = request.into_response(fault::answer(&fault, &visitor));
            if portal.recognises.is_some() {
                // Whoever is not known any more has nothing left to do on this connection.
                if let Some(line) = line {
                    line.end();
                }
                response.response_mut().head_mut().set_connection_type(ConnectionType::Close);
            }
            response
        }
    };
    finish(&visitor, &mut response);
    let labels = [("portal", portal.audience.as_str()), ("status", class(response.status()))];
    metrics::histogram!("meteore_portal_duration_seconds", &labels).record(started.elapsed());
    Ok(response)
}

/// Lets a request in, if its address has not asked too often; and finds out whose it is.
async fn admit(portal: &Portal, visitor: &Visitor) -> Result<(), Fault> {
    portal.limits.address(visitor.address()).map_err(|many| Fault::TooMany { after: many.after })?;
    // Files of the look are everybody's: a page that refuses somebody has a look, too. Programs are known by their keys; but
    // where certificates count, they always do.
    if assets::is_one(visitor.path()) || (portal.recognises.is_none() && visitor.is_api()) {
        return Ok(());
    }
    visitor.recognise().await
}

/// Says in the visitor's language what went wrong, if something did.
fn explained(visitor: &Visitor, response: ServiceResponse<BoxBody>) -> ServiceResponse<BoxBody> {
    let status = response.status();
    if let Some(fault) = response.response().error().and_then(|error| error.as_error::<Fault>()) {
        let answer = fault::answer(fault, visitor);
        return response.into_response(answer);
    }
    let says_nothing = matches!(response.response().body().size(), BodySize::None | BodySize::Sized(0));
    let failed = status.is_client_error() || status.is_server_error();
    if failed && (says_nothing || response.response().error().is_some()) {
        return response.into_response(fault::answer(&Fault::from_status(status), visitor));
    }
    response
}

fn finish(visitor: &Visitor, response: &mut ServiceResponse<BoxBody>) {
    for cookie in visitor.take_cookies() {
        if let Err(error) = response.response_mut().add_cookie(&cookie) {
            tracing::error!(request = %visitor.id(), %error, "a cookie cannot be written");
        }
    }
    headers::write(response.headers_mut(), visitor.take_leads_to().as_ref());
    response.headers_mut().insert(X_REQUEST_ID, visitor.id().header());
}

fn class(status: StatusCode) -> &'static str {
    match status.as_u16() {
        100..=199 => "1xx",
        200..=299 => "2xx",
        300..=399 => "3xx",
        400..=499 => "4xx",
        _ => "5xx",
    }
}
