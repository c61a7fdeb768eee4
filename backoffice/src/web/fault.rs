//! What goes wrong, and the one place that says it over HTTP: a page in the visitor's language, or problem+json (RFC 9457)
//! below `/api`.

use std::error::Error;
use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderValue, LOCATION, RETRY_AFTER, WWW_AUTHENTICATE};
use actix_web::{HttpResponse, ResponseError};

use core_payment::{AdminError, ReadError, SubmitError};
use serde::Serialize;
use thiserror::Error;
use url::form_urlencoded;

use super::Visitor;
use crate::page::{Block, Link, Notice, Page, Tone};
use crate::storage::{StoreError, chain};
use crate::words::Words;

/// Why there is no answer.
#[derive(Debug, Error)]
pub enum Fault {
    /// Nobody is signed in.
    #[error("nobody is signed in")]
    SignIn,
    /// Somebody is, but proved it too long ago for this.
    #[error("a fresh proof is needed")]
    Confirm,
    /// There is nothing here, or nothing of theirs.
    #[error("there is nothing at this address")]
    NotFound,
    /// They may not.
    #[error("not allowed")]
    Forbidden,
    /// The form was not sent from a page of ours, or from one that is too old.
    #[error("the form does not come from a page of this portal")]
    Forged,
    /// What was sent cannot be understood; in words for the visitor, who can say it better.
    #[error("what was sent cannot be understood")]
    Invalid(String),
    /// Too often.
    #[error("too many requests")]
    TooMany {
        /// When to try again.
        after: Duration,
    },
    /// Not now.
    #[error("out of order for a moment")]
    Unavailable(#[source] Box<dyn Error + Send + Sync>),
    /// A mistake of ours.
    #[error("a mistake of the portal")]
    Internal(#[source] Box<dyn Error + Send + Sync>),
}

impl Fault {
    /// A mistake of ours.
    pub fn internal(error: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::Internal(error.into())
    }

    /// Not now: something that is needed does not answer.
    pub fn unavailable(error: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::Unavailable(error.into())
    }

    /// What was sent cannot be understood, and there is nothing more to say about it.
    #[must_use]
    pub const fn invalid() -> Self {
        Self::Invalid(String::new())
    }

    pub(super) fn from_status(status: StatusCode) -> Self {
        match status {
            StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED => Self::NotFound,
            StatusCode::FORBIDDEN => Self::Forbidden,
            status if status.is_client_error() => Self::invalid(),
            status => Self::Internal(format!("status {}", status.as_u16()).into()),
        }
    }

    /// What programs know it by.
    const fn name(&self) -> &'static str {
        match self {
            Self::SignIn => "sign-in",
            Self::Confirm => "confirm",
            Self::NotFound => "not-found",
            Self::Forbidden => "forbidden",
            Self::Forged => "forged",
            Self::Invalid(_) => "invalid",
            Self::TooMany { .. } => "too-many",
            Self::Unavailable(_) => "unavailable",
            Self::Internal(_) => "internal",
        }
    }

    /// A heading and a sentence for people.
    fn said(&self, words: Words) -> (String, String) {
        let (title, text) = match self {
            // Whoever can sign in is led there instead.
            Self::SignIn | Self::Confirm | Self::Forbidden => ("people-forbidden-title", "people-forbidden"),
            Self::NotFound => ("people-not-found-title", "people-not-found"),
            Self::Forged => ("people-forged-title", "people-forged"),
            Self::Invalid(_) => ("people-invalid-title", "people-invalid"),
            Self::TooMany { .. } => ("people-too-many-title", "people-too-many"),
            Self::Unavailable(_) => ("people-unavailable-title", "people-unavailable"),
            Self::Internal(_) => ("people-internal-title", "people-internal"),
        };
        (words.say(title), words.say(text))
    }
}

impl ResponseError for Fault {
    fn status_code(&self) -> StatusCode {
        match self {
            Self::SignIn => StatusCode::UNAUTHORIZED,
            Self::Confirm | Self::Forbidden | Self::Forged => StatusCode::FORBIDDEN,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::Invalid(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Self::TooMany { .. } => StatusCode::TOO_MANY_REQUESTS,
            Self::Unavailable(_) => StatusCode::SERVICE_UNAVAILABLE,
            Self::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// The entrance makes a page of it.
    fn error_response(&self) -> HttpResponse {
        HttpResponse::new(self.status_code())
    }
}

/// Nothing is here.
pub(super) async fn not_found() -> Result<HttpResponse, Fault> {
    Err(Fault::NotFound)
}

/// What to answer to this visitor.
pub(super) fn answer(fault: &Fault, visitor: &Visitor) -> HttpResponse {
    match fault {
        Fault::Internal(error) => {
            tracing::error!(request = %visitor.id(), error = chain(&**error), "a request failed");
        }
        Fault::Unavailable(error) => {
            tracing::warn!(request = %visitor.id(), error = chain(&**error), "a request was turned away");
        }
        Fault::Forged => tracing::info!(target: "security", request = %visitor.id(), "a forged form"),
        _ => {}
    }
    let mut response = if visitor.is_api() { problem(fault, visitor) } else { page(fault, visitor) };
    let wait = match fault {
        Fault::TooMany { after } => Some(after.as_secs().saturating_add(1)),
        Fault::Unavailable(_) => Some(2),
        _ => None,
    };
    if let Some(seconds) = wait {
        response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}

fn page(fault: &Fault, visitor: &Visitor) -> HttpResponse {
    let aside = match fault {
        Fault::SignIn => Some("/sign-in"),
        Fault::Confirm => Some("/confirm"),
        _ => None,
    };
    if let Some(aside) = aside {
        let next: String = form_urlencoded::byte_serialize(visitor.here().as_str().as_bytes()).collect();
        return HttpResponse::SeeOther().insert_header((LOCATION, format!("{aside}?next={next}"))).finish();
    }
    let words = visitor.words();
    let (title, text) = fault.said(words);
    let text = match fault {
        Fault::Invalid(better) if !better.is_empty() => better.clone(),
        _ => text,
    };
    let mut page = Page::new(title, "");
    page.notice = Some(Notice { tone: Tone::Bad, text });
    let id = visitor.id().to_string();
    let page = page
        .with(Block::Actions(vec![Link::new("/", words.say("people-first-page"))]))
        .with(Block::Paragraph(vec![words.say_with("people-request", &[("id", id.into())]).into()]));
    visitor.show_as(fault.status_code(), page).unwrap_or_else(|_| HttpResponse::new(fault.status_code()))
}

#[derive(Serialize)]
struct Problem<'p> {
    #[serde(rename = "type")]
    kind: String,
    title: &'static str,
    status: u16,
    detail: String,
    instance: &'p str,
}

fn problem(fault: &Fault, visitor: &Visitor) -> HttpResponse {
    let status = fault.status_code();
    let detail = match fault {
        Fault::Invalid(text) if !text.is_empty() => text.clone(),
        other => other.to_string(),
    };
    let mut response = HttpResponse::build(status).content_type("application/problem+json").json(Problem {
        kind: format!("urn:meteore:problem:{}", fault.name()),
        title: status.canonical_reason().unwrap_or("Error"),
        status: status.as_u16(),
        detail,
        instance: &format!("urn:meteore:request:{}", visitor.id()),
    });
    if status == StatusCode::UNAUTHORIZED {
        response.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
    response
}

impl From<StoreError> for Fault {
    fn from(error: StoreError) -> Self {
        Self::unavailable(error)
    }
}

impl From<ReadError> for Fault {
    fn from(error: ReadError) -> Self {
        Self::unavailable(error)
    }
}

impl From<SubmitError> for Fault {
    fn from(error: SubmitError) -> Self {
        Self::unavailable(error)
    }
}

impl From<AdminError> for Fault {
    fn from(error: AdminError) -> Self {
        match error {
            AdminError::Submit(error) => error.into(),
            other => Self::internal(other),
        }
    }
}
