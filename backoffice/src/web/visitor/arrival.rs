//! What the entrance does with a visitor: reads what a request says, and finds out who it is.

use std::cell::{OnceCell, RefCell};
use std::net::{IpAddr, Ipv6Addr};
use std::rc::Rc;
use std::sync::Arc;

use actix_web::HttpRequest;
use actix_web::cookie::Cookie;
use actix_web::http::Method;
use actix_web::http::header::{ACCEPT_LANGUAGE, REFERER, USER_AGENT};
use actix_web::web::Data;
use url::form_urlencoded;

use super::super::cookie::Jar;
use super::super::headers::LeadsTo;
use super::super::portal::Portal;
use super::super::request_id::RequestId;
use super::super::session::{self, Token};
use super::super::{Fault, LocalPath, Terminal, form_token, notice, terminal};
use super::{ClientCertificate, Visit, Visitor, is_api};
use crate::words::Locale;

/// How long a language is remembered.
const LANGUAGE_SECONDS: i64 = 365 * 24 * 60 * 60;

impl Visitor {
    /// Reads what a request says; nobody is recognised yet.
    pub(in crate::web) fn arrive(portal: &Data<Portal>, request: &HttpRequest, id: RequestId) -> Self {
        let audience = portal.audience;
        let header = |name| request.headers().get(name).and_then(|value| value.to_str().ok());
        let query = request.query_string().to_owned();
        let wanted = form_urlencoded::parse(query.as_bytes())
            .find(|(name, _)| name == "lang")
            .and_then(|(_, value)| Locale::parse(&value));
        let remembered = || Jar::Language.read(request, audience).and_then(|name| Locale::parse(&name));
        let locale = wanted
            .or_else(remembered)
            .unwrap_or_else(|| Locale::negotiate(header(ACCEPT_LANGUAGE).unwrap_or_default()));
        let chosen = wanted
            .map(|locale| Jar::Language.filled(audience, locale.as_str().to_owned(), Some(LANGUAGE_SECONDS)));
        let within = |text: &str| LocalPath::parse(text.strip_prefix(portal.origin.as_str())?);
        let agent = header(USER_AGENT).unwrap_or_default();
        Self(Rc::new(Visit {
            id,
            now: portal.clock.now(),
            address: request.peer_addr().map_or(IpAddr::V6(Ipv6Addr::UNSPECIFIED), |peer| peer.ip()),
            locale,
            terminal: Terminal::of(request.headers()),
            device: terminal::device(agent),
            path: request.path().to_owned(),
            query,
            looks: matches!(*request.method(), Method::GET | Method::HEAD),
            back: header(REFERER).and_then(within),
            certificate: request.conn_data::<ClientCertificate>().cloned(),
            person: OnceCell::new(),
            token: RefCell::new(Jar::Token.read(request, audience).and_then(|text| Token::parse(&text))),
            notice: RefCell::new(
                Jar::Notice
                    .read(request, audience)
                    .and_then(|text| notice::open(&text, portal.store.sealer(), audience)),
            ),
            cookies: RefCell::new(chosen.into_iter().collect()),
            leads_to: RefCell::new(None),
            portal: portal.clone(),
        }))
    }

    /// Finds out who it is.
    pub(in crate::web) async fn recognise(&self) -> Result<(), Fault> {
        let portal = &self.0.portal;
        let person = match &portal.recognises {
            Some(recognises) => {
                let certificate = self.0.certificate.clone().ok_or(Fault::Forbidden)?.0;
                let (recognises, now) = (Arc::clone(recognises), self.0.now);
                let found = tokio::task::spawn_blocking(move || recognises.person(&certificate, now)).await;
                Some(found.map_err(Fault::internal)??.ok_or(Fault::Forbidden)?)
            }
            None => {
                let token = self.0.token.borrow().clone();
                let Some(token) = token else { return Ok(()) };
                session::find(&portal.store, portal.audience, portal.sessions, &token, self.0.now).await?
            }
        };
        let Some(person) = person else { return Ok(()) };
        portal.limits.person(person.id).map_err(|many| Fault::TooMany { after: many.after })?;
        // Asked once a request: the cell is empty.
        let _ = self.0.person.set(person);
        Ok(())
    }

    pub(crate) fn id(&self) -> RequestId {
        self.0.id
    }

    pub(in crate::web) fn is_api(&self) -> bool {
        is_api(&self.0.path)
    }

    /// The cookies that this request has to set.
    pub(in crate::web) fn take_cookies(&self) -> Vec<Cookie<'static>> {
        self.0.cookies.take()
    }

    pub(in crate::web) fn take_leads_to(&self) -> Option<LeadsTo> {
        self.0.leads_to.take()
    }

    /// Whether a form came from a page of ours in this browser.
    pub(in crate::web) fn sent(&self, form_token: &str) -> bool {
        let token = self.0.token.borrow();
        token.as_ref().is_some_and(|token| form_token::holds(form_token, token, self.store().sealer()))
    }
}
