//! Errors of HTTP itself, as problem+json (RFC 9457). What is wrong with a *message* is answered with a signed
//! rejection instead.

use actix_web::http::StatusCode;
use actix_web::http::header::ContentType;
use actix_web::{HttpRequest, HttpResponse};
use serde::Serialize;

#[derive(Serialize)]
struct Problem {
    #[serde(rename = "type")]
    kind: &'static str,
    title: &'static str,
    status: u16,
    detail: String,
}

/// An answer of this status. `detail` must quote nothing that the client sent.
pub(crate) fn problem(status: StatusCode, detail: impl Into<String>) -> HttpResponse {
    HttpResponse::build(status).content_type("application/problem+json").json(Problem {
        kind: "about:blank",
        title: status.canonical_reason().unwrap_or("Error"),
        status: status.as_u16(),
        detail: detail.into(),
    })
}

/// There is nothing here.
pub(crate) async fn not_found() -> HttpResponse {
    problem(StatusCode::NOT_FOUND, "there is nothing at this address")
}

/// There is something here, but it does not understand this verb.
pub(crate) async fn method_not_allowed(request: HttpRequest) -> HttpResponse {
    let allowed = match request.path() {
        super::MESSAGES | super::STRIPE_EVENTS => "POST",
        _ => "GET",
    };
    let mut response = problem(StatusCode::METHOD_NOT_ALLOWED, format!("the method here is {allowed}"));
    let value = actix_web::http::header::HeaderValue::from_static(allowed);
    response.headers_mut().insert(actix_web::http::header::ALLOW, value);
    response
}

/// A plain answer for load balancers and people.
pub(crate) fn plain(text: &'static str) -> HttpResponse {
    HttpResponse::Ok().content_type(ContentType::plaintext()).body(text)
}
