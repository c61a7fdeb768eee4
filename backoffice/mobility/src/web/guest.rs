//! Whoever asks: language, terminal, the cookie that names them, and whether the request is their own.

use std::future::{Ready, ready};

use actix_web::cookie::time::Duration;
use actix_web::cookie::{Cookie, SameSite};
use actix_web::dev::Payload;
use actix_web::http::header::{ACCEPT, ACCEPT_LANGUAGE, CONTENT_TYPE, HeaderName, LOCATION, ORIGIN};
use actix_web::http::{Method, StatusCode};
use actix_web::web::Data;
use actix_web::{FromRequest, HttpRequest, HttpResponse};
use askama::Template;
use payment_domain::Timestamp;

use super::fault::{Fault, Say};
use crate::id::Token;
use crate::machine::{now, random};
use crate::page::{Reader, Terminal, whole};
use crate::shop::Shop;
use crate::words::{Language, Words};

/// One request's visitor.
#[derive(Debug, Clone)]
pub(crate) struct Guest {
    reader: Reader,
    visitor: Option<Token>,
    interests: String,
    /// Over TLS cookies are bound to this host, and kept from plain connections.
    secure: bool,
    pub(crate) now: Timestamp,
}

pub(super) const A_YEAR: Duration = Duration::days(365);

impl Guest {
    pub(crate) const fn words(&self) -> &'static Words {
        self.reader.words
    }

    /// Their name, if their browser has one from us.
    pub(crate) const fn visitor(&self) -> Option<Token> {
        self.visitor
    }

    /// What they chose to tell us.
    pub(crate) fn interests(&self) -> &str {
        &self.interests
    }

    /// A page.
    pub(crate) fn show(&self, shop: &Shop, title: &str, body: &impl Template) -> Result<HttpResponse, Fault> {
        self.show_as(StatusCode::OK, shop, title, body)
    }

    /// A page with another status.
    pub(crate) fn show_as(
        &self,
        status: StatusCode,
        shop: &Shop,
        title: &str,
        body: &impl Template,
    ) -> Result<HttpResponse, Fault> {
        let body = body.render().and_then(|body| whole(&self.reader, &shop.town.name, title, &body));
        let body = body.map_err(|_| self.fault(Fault::BROKEN))?;
        let media = (CONTENT_TYPE, self.reader.terminal.content_type());
        Ok(HttpResponse::build(status).insert_header(media).body(body))
    }

    /// Elsewhere, by GET, after a POST.
    pub(crate) fn go(to: &str) -> HttpResponse {
        HttpResponse::SeeOther().insert_header((LOCATION, to)).finish()
    }

    /// A refusal, in their language.
    pub(crate) fn fault(&self, (status, say): (StatusCode, Say)) -> Fault {
        Fault::new(self.reader.clone(), status, say)
    }

    /// Their name, made now if they have none; [`Guest::remember`] hands it over.
    pub(crate) fn named(&self) -> Option<Token> {
        self.visitor.or_else(|| random().ok().map(Token::new))
    }

    /// Hands their name over.
    pub(crate) fn remember(&self, answer: &mut HttpResponse, visitor: Option<Token>) {
        if let Some(visitor) = visitor.filter(|_| self.visitor.is_none()) {
            self.keep(answer, "visitor", &visitor.to_string(), A_YEAR);
        }
    }

    /// Sets a cookie that scripts and other sites do not see.
    pub(crate) fn keep(&self, answer: &mut HttpResponse, name: &str, value: &str, age: Duration) {
        let name = if self.secure { format!("__Host-{name}") } else { name.to_owned() };
        let cookie = Cookie::build(name, value)
            .path("/")
            .http_only(true)
            .secure(self.secure)
            .same_site(SameSite::Lax)
            .max_age(age);
        // A value of ours is always a valid cookie.
        drop(answer.add_cookie(&cookie.finish()));
    }
}

impl FromRequest for Guest {
    type Error = Fault;
    type Future = Ready<Result<Self, Fault>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let origin = request.app_data::<Data<Shop>>().map(|shop| shop.origin().clone());
        let secure = origin.as_ref().is_some_and(|origin| origin.scheme() == "https");
        let cookie = |name: &str| {
            let name = if secure { format!("__Host-{name}") } else { name.to_owned() };
            request.cookie(&name).map(|cookie| cookie.value().to_owned())
        };
        let header = |name: HeaderName| request.headers().get(name).and_then(|value| value.to_str().ok());
        let chosen = cookie("language").and_then(|code| Language::parse(&code));
        let language =
            chosen.unwrap_or_else(|| Language::negotiate(header(ACCEPT_LANGUAGE).unwrap_or_default()));
        let reader = Reader {
            words: Words::of(language),
            terminal: Terminal::of(header(ACCEPT).unwrap_or_default()),
            path: request.path().to_owned(),
        };
        let guest = Self {
            reader,
            visitor: cookie("visitor").and_then(|text| Token::parse(&text)),
            interests: cookie("interests").unwrap_or_default(),
            secure,
            now: now(),
        };
        // Browsers say where a form stood; old phones, which run no foreign scripts, do not (OWASP, CSRF prevention).
        let ours = origin.map(|origin| origin.origin().ascii_serialization());
        let foreign = header(ORIGIN).is_some_and(|from| Some(from) != ours.as_deref());
        ready(if request.method() == Method::POST && foreign {
            Err(guest.fault(Fault::FORGED))
        } else {
            Ok(guest)
        })
    }
}
