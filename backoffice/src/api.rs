//! The reporting API for merchants' programs: JSON below `/api/v1`, described by an OpenAPI document, problem+json for
//! whatever goes wrong (RFC 9457), cursors instead of page numbers.
//!
//! | in | is |
//! |---|---|
//! | `client` | who asks: a key as bearer token (RFC 6750), one merchant |
//! | `asked` | what stands in the query, read strictly |
//! | `answers` | what is answered: the types, and from what they are made |
//! | `reports` | the operations |
//! | `document` | the OpenAPI document, from those types |
//!
//! What this must not do: change anything, name a consumer other than by pseudonym, or read without the merchant of the key.
//! Start at [`routes`].

mod answers;
mod asked;
mod client;
mod document;
mod reports;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::ALLOW;
use actix_web::web::{ServiceConfig, get, resource, route};

use crate::web::{Route, Visitor};
use answers::Problem;

pub(crate) use client::ApiKey;

/// What is answered here. Nobody is signed in: all but the document ask for a key.
pub const ROUTES: &[Route] = &[
    Route::open("GET", "/api/v1/openapi.json"),
    Route::open("GET", "/api/v1/payments"),
    Route::open("GET", "/api/v1/payments/{order}"),
    Route::open("GET", "/api/v1/payouts"),
    Route::open("GET", "/api/v1/balance"),
    Route::open("GET", "/api/v1/items"),
];

/// The operations. Needs a [`Shop`](crate::merchant::Shop) in the data of the app.
pub fn routes(config: &mut ServiceConfig) {
    config
        .service(
            resource("/api/v1/openapi.json")
                .route(get().to(document::show))
                .default_service(route().to(other)),
        )
        .service(
            resource("/api/v1/payments")
                .route(get().to(reports::payments))
                .default_service(route().to(other)),
        )
        .service(
            resource("/api/v1/payments/{order}")
                .route(get().to(reports::payment))
                .default_service(route().to(other)),
        )
        .service(
            resource("/api/v1/payouts").route(get().to(reports::payouts)).default_service(route().to(other)),
        )
        .service(
            resource("/api/v1/balance").route(get().to(reports::balance)).default_service(route().to(other)),
        )
        .service(
            resource("/api/v1/items").route(get().to(reports::items)).default_service(route().to(other)),
        );
}

/// Any other method.
async fn other(visitor: Visitor) -> HttpResponse {
    let problem = Problem::of(StatusCode::METHOD_NOT_ALLOWED, "only GET is answered here", &visitor);
    HttpResponse::MethodNotAllowed()
        .insert_header((ALLOW, "GET"))
        .content_type("application/problem+json")
        .json(problem)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operation_is_in_the_table_and_in_the_document() {
        let source = include_str!("api.rs");
        let routed: Vec<&str> =
            source.split("resource(\"").skip(1).filter_map(|call| call.split('"').next()).collect();
        let document: serde_json::Value = serde_json::from_str(document::text()).unwrap();
        for route in ROUTES {
            assert!(routed.contains(&route.path), "{}", route.path);
            assert_eq!(route.method, "GET");
            if route.path != "/api/v1/openapi.json" {
                assert!(document["paths"][route.path]["get"].is_object(), "{}", route.path);
            }
        }
        assert_eq!(routed.iter().filter(|path| path.starts_with("/api")).count(), ROUTES.len());
        assert_eq!(document["paths"].as_object().unwrap().len(), ROUTES.len() - 1);
    }

    #[test]
    fn no_parameter_can_be_null_and_each_says_what_it_may_be() {
        let document: serde_json::Value = serde_json::from_str(document::text()).unwrap();
        for (path, operations) in document["paths"].as_object().unwrap() {
            for parameter in operations["get"]["parameters"].as_array().into_iter().flatten() {
                let schema = &parameter["schema"];
                assert!(schema["type"].is_string(), "{path} {parameter}");
                assert!(!schema.to_string().contains("null"), "{path} {parameter}");
            }
        }
        let states = &document["paths"]["/api/v1/payments"]["get"]["parameters"][0]["schema"]["enum"];
        assert_eq!(states.as_array().unwrap().len(), crate::sales::query::SaleState::ALL.len());
    }

    #[test]
    fn every_operation_says_what_it_answers_when_something_goes_wrong() {
        let document: serde_json::Value = serde_json::from_str(document::text()).unwrap();
        for (path, operations) in document["paths"].as_object().unwrap() {
            let responses = operations["get"]["responses"].as_object().unwrap();
            for status in ["200", "401", "404", "405", "422", "429", "503"] {
                assert!(responses.contains_key(status), "{path} {status}");
            }
            for (status, response) in responses.iter().filter(|(status, _)| *status != "200") {
                assert!(response["content"]["application/problem+json"].is_object(), "{path} {status}");
            }
        }
        assert_eq!(document["components"]["securitySchemes"]["key"]["scheme"], "bearer");
    }
}
