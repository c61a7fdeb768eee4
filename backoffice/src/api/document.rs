//! The OpenAPI document, made once of the types that are answered.

use std::sync::LazyLock;

use actix_web::HttpResponse;
use serde_json::Value;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{Content, OpenApi as Document, Ref, ResponseBuilder};
use utoipa::{Modify, OpenApi};

use super::reports;
use crate::web::Fault;

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Meteore reporting",
        version = "1",
        description = "What a merchant sold, is paid and owns. It changes nothing. Customers are pseudonyms."
    ),
    paths(reports::payments, reports::payment, reports::payouts, reports::balance, reports::items),
    modifiers(&Keys, &Problems),
    security(("key" = []))
)]
struct Reporting;

/// Adds how a program says who it is.
struct Keys;

impl Modify for Keys {
    fn modify(&self, document: &mut Document) {
        let bearer = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build();
        let components = document.components.get_or_insert_with(Default::default);
        components.add_security_scheme("key", SecurityScheme::Http(bearer));
    }
}

/// What every operation may answer instead, where it says nothing else of that status.
struct Problems;

const PROBLEMS: [(&str, &str); 6] = [
    ("401", "No key, or not one in force."),
    ("404", "No such address."),
    ("405", "Only GET is answered."),
    ("422", "A parameter makes no sense."),
    ("429", "Too many requests: see Retry-After."),
    ("503", "Not now: see Retry-After."),
];

impl Modify for Problems {
    fn modify(&self, document: &mut Document) {
        let problem = || Content::new(Some(Ref::from_schema_name("Problem")));
        for operation in document.paths.paths.values_mut().filter_map(|path| path.get.as_mut()) {
            for (status, description) in PROBLEMS {
                let answer = ResponseBuilder::new().description(description);
                let answer = answer.content("application/problem+json", problem()).build();
                operation.responses.responses.entry(status.to_owned()).or_insert(answer.into());
            }
        }
    }
}

static TEXT: LazyLock<String> =
    LazyLock::new(|| made().map(|document| document.to_string()).unwrap_or_default());

fn made() -> Result<Value, serde_json::Error> {
    let mut document = serde_json::to_value(Reporting::openapi())?;
    let paths = document.get_mut("paths").and_then(Value::as_object_mut);
    for operation in
        paths.into_iter().flat_map(|paths| paths.values_mut()).filter_map(|path| path.get_mut("get"))
    {
        let parameters = operation.get_mut("parameters").and_then(Value::as_array_mut);
        for parameter in parameters.into_iter().flatten() {
            parameter.get_mut("schema").map(without_null);
        }
    }
    Ok(document)
}

/// A parameter can be left out, but has no way to say `null`: the derived schemas confuse the two.
fn without_null(schema: &mut Value) {
    if let Some(Value::Array(types)) = schema.get_mut("type") {
        types.retain(|one| one != "null");
        if let [only] = types.as_slice() {
            let only = only.clone();
            if let Some(kind) = schema.get_mut("type") {
                *kind = only;
            }
        }
    }
    if let Some(Value::Array(choices)) = schema.get_mut("oneOf") {
        choices.retain(|one| one.get("type").is_none_or(|kind| kind != "null"));
        if let [only] = choices.as_slice() {
            *schema = only.clone();
        }
    }
}

/// The document.
pub(super) fn text() -> &'static str {
    &TEXT
}

/// Gives it out, to anybody.
pub(super) async fn show() -> Result<HttpResponse, Fault> {
    if text().is_empty() {
        return Err(Fault::internal("the document cannot be written"));
    }
    Ok(HttpResponse::Ok().content_type("application/json").body(text()))
}
