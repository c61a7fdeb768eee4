//! Everything a handler knows about a request, signed in or not, and how it answers.
//!
//! ```ignore
//! async fn overview(visitor: Visitor) -> Result<HttpResponse, Fault> {
//!     let person = visitor.need_person()?;
//!     visitor.show(Page::new(visitor.words().say("consumer-good-morning"), "/"))
//! }
//! ```

mod arrival;

use std::cell::{OnceCell, RefCell};
use std::fmt;
use std::net::IpAddr;
use std::rc::Rc;
use std::sync::Arc;

use actix_web::cookie::Cookie;
use actix_web::dev::Payload;
use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_TYPE, LOCATION};
use actix_web::web::Data;
use actix_web::{FromRequest, HttpMessage as _, HttpRequest, HttpResponse};
use futures_util::future::{Ready, ready};
use payment_domain::Timestamp;
use url::form_urlencoded;

use super::cookie::Jar;
use super::headers::LeadsTo;
use super::portal::Portal;
use super::request_id::RequestId;
use super::session::{self, MemberRole, Person, Proof, Token};
use super::{Fault, LocalPath, Origin, Terminal, form_token, notice};
use crate::page::{self, Frame, Link, Notice, Page};
use crate::people::Reach;
use crate::storage::{Conn, StorageError, Store, Tx};
use crate::words::{Locale, Words};

/// One request: who, where, when, in which language and on which terminal. Cheap to clone.
#[derive(Clone)]
pub struct Visitor(Rc<Visit>);

/// The certificate of a connection (DER), where the server asks for one.
#[derive(Debug, Clone)]
pub(super) struct ClientCertificate(pub(super) Arc<[u8]>);

struct Visit {
    portal: Data<Portal>,
    id: RequestId,
    now: Timestamp,
    address: IpAddr,
    locale: Locale,
    terminal: Terminal,
    device: String,
    path: String,
    query: String,
    looks: bool,
    /// Where a browser says that it comes from, within this portal.
    back: Option<LocalPath>,
    certificate: Option<ClientCertificate>,
    person: OnceCell<Person>,
    token: RefCell<Option<Token>>,
    notice: RefCell<Option<Notice>>,
    cookies: RefCell<Vec<Cookie<'static>>>,
    leads_to: RefCell<Option<LeadsTo>>,
}

/// How long a notice waits for its page.
const NOTICE_SECONDS: i64 = 60;

impl Visitor {
    /// What to say it with.
    #[must_use]
    pub fn words(&self) -> Words {
        Words::of(self.0.locale).in_zone(self.portal().zone)
    }

    /// Their language.
    #[must_use]
    pub fn locale(&self) -> Locale {
        self.0.locale
    }

    /// When the request came.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.0.now
    }

    /// From where. Not for logs.
    #[must_use]
    pub fn address(&self) -> IpAddr {
        self.0.address
    }

    /// What it shows pages with.
    #[must_use]
    pub fn terminal(&self) -> Terminal {
        self.0.terminal
    }

    /// The portal that is visited.
    #[must_use]
    pub fn portal(&self) -> &Portal {
        &self.0.portal
    }

    /// The address of this page within the portal, without its query.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.0.path
    }

    /// The browser in a few words: "Firefox, Linux".
    #[must_use]
    pub fn device(&self) -> &str {
        &self.0.device
    }

    /// Who is signed in.
    #[must_use]
    pub fn person(&self) -> Option<&Person> {
        self.0.person.get()
    }

    /// Who is signed in; else they are sent to where they can.
    ///
    /// # Errors
    /// [`Fault::SignIn`].
    pub fn need_person(&self) -> Result<&Person, Fault> {
        self.person().ok_or(Fault::SignIn)
    }

    /// Who is signed in, if they may do what this role may.
    ///
    /// # Errors
    /// [`Fault::SignIn`], [`Fault::Forbidden`].
    pub fn need(&self, role: MemberRole) -> Result<&Person, Fault> {
        let person = self.need_person()?;
        if person.may(role) { Ok(person) } else { Err(Fault::Forbidden) }
    }

    /// Who is signed in, if they proved it lately: before money or keys are touched. Else they are asked for a code or a
    /// passkey, and come back.
    ///
    /// # Errors
    /// [`Fault::SignIn`], [`Fault::Confirm`].
    pub fn need_fresh(&self) -> Result<&Person, Fault> {
        let person = self.need_person()?;
        let fresh = |at: Timestamp| self.0.now.millis_since(at) < self.0.portal.sessions.fresh_ms;
        if person.proof == Proof::Certificate || person.strong_at.is_some_and(fresh) {
            Ok(person)
        } else {
            Err(Fault::Confirm)
        }
    }

    /// Counts a request of whoever has this number, and is not signed in: a program with a key.
    ///
    /// # Errors
    /// [`Fault::TooMany`].
    pub(crate) fn count(&self, number: i64) -> Result<(), Fault> {
        self.0.portal.limits.person(number).map_err(|many| Fault::TooMany { after: many.after })
    }

    /// The database.
    #[must_use]
    pub fn store(&self) -> &Store {
        &self.0.portal.store
    }

    /// Reads from the database, on a thread where waiting is allowed.
    ///
    /// # Errors
    /// [`Fault::Unavailable`].
    pub(crate) async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Conn) -> Result<T, StorageError> + Send + 'static,
    ) -> Result<T, Fault> {
        Ok(self.store().read(work).await?)
    }

    /// Writes to the database, in one transaction.
    ///
    /// # Errors
    /// [`Fault::Unavailable`].
    pub(crate) async fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Tx<'_>) -> Result<T, StorageError> + Send + 'static,
    ) -> Result<T, Fault> {
        Ok(self.store().write(work).await?)
    }

    /// Shows a page.
    ///
    /// # Errors
    /// [`Fault::Internal`].
    pub fn show(&self, page: Page) -> Result<HttpResponse, Fault> {
        self.show_as(StatusCode::OK, page)
    }

    /// Shows a form again, with what is wrong with it.
    ///
    /// # Errors
    /// [`Fault::Internal`].
    pub fn show_again(&self, page: Page) -> Result<HttpResponse, Fault> {
        self.show_as(StatusCode::UNPROCESSABLE_ENTITY, page)
    }

    /// Shows a page from which a form leads to another site in the end: browsers are told to let it.
    ///
    /// # Errors
    /// [`Fault::Internal`].
    pub fn show_leading_to(&self, page: Page, origin: &Origin) -> Result<HttpResponse, Fault> {
        self.leads_to(origin);
        self.show(page)
    }

    /// Shows a page with this status.
    ///
    /// # Errors
    /// [`Fault::Internal`].
    pub fn show_as(&self, status: StatusCode, mut page: Page) -> Result<HttpResponse, Fault> {
        if let Some(notice) = self.0.notice.take() {
            self.set(Jar::Notice.empty(self.0.portal.audience));
            page.notice.get_or_insert(notice);
        }
        let mut frame = self.frame()?;
        if page.alone {
            frame.menu.clear();
        }
        let text = match self.0.terminal {
            Terminal::Browser => page::html::render(&page, &frame),
            Terminal::Phone => page::mobile::render(&page, &frame),
        };
        let text = text.map_err(Fault::internal)?;
        Ok(HttpResponse::build(status)
            .insert_header((CONTENT_TYPE, self.0.terminal.content_type()))
            .insert_header(("vary", "Accept, Accept-Language, Cookie, User-Agent"))
            .body(text))
    }

    /// Leads to another page of this portal after something was done. The notice is shown there, once.
    #[must_use]
    pub fn go(&self, path: impl Into<String>, notice: Option<Notice>) -> HttpResponse {
        let audience = self.0.portal.audience;
        if let Some(value) = notice.and_then(|notice| notice::seal(&notice, self.store().sealer(), audience))
        {
            self.set(Jar::Notice.filled(audience, value, Some(NOTICE_SECONDS)));
        }
        let path = path.into();
        HttpResponse::SeeOther().insert_header((LOCATION, LocalPath::or_first(Some(&path)).as_str())).finish()
    }

    /// Says that a form of this page may lead to another site in the end.
    pub fn leads_to(&self, origin: &Origin) {
        self.0.leads_to.replace(Some(LeadsTo(origin.clone())));
    }

    /// Somebody has proved who they are: a new session under a new token.
    ///
    /// # Errors
    /// [`Fault`].
    pub(crate) async fn sign_in(&self, person: i64, proof: Proof) -> Result<(), Fault> {
        let portal = &self.0.portal;
        let old = self.0.token.borrow().clone();
        let terms = portal.sessions;
        let token = Token::random(&*portal.randomness).map_err(Fault::internal)?;
        session::begin(
            portal,
            session::Begin { token: &token, old: old.as_ref(), person, proof },
            &self.0.device,
            self.0.now,
        )
        .await?;
        let seconds = terms.absolute_ms.checked_div(1000);
        self.set(Jar::Token.filled(portal.audience, token.reveal(), seconds));
        self.0.token.replace(Some(token));
        Ok(())
    }

    /// Ends the session.
    ///
    /// # Errors
    /// [`Fault`].
    pub(crate) async fn sign_out(&self) -> Result<(), Fault> {
        let portal = &self.0.portal;
        let signed_in = self.person().and_then(|person| Some((person.id, person.session?)));
        if let Some((person, session)) = signed_in {
            self.write(move |tx| crate::storage::people::delete_session(tx, person, session)).await?;
        }
        self.0.token.replace(None);
        self.set(Jar::Token.empty(portal.audience));
        Ok(())
    }

    /// What this browser is known by; made where there is none yet.
    ///
    /// # Errors
    /// [`Fault::Internal`] without a source of randomness.
    pub(crate) fn token(&self) -> Result<Token, Fault> {
        if let Some(token) = &*self.0.token.borrow() {
            return Ok(token.clone());
        }
        let portal = &self.0.portal;
        let token = Token::random(&*portal.randomness).map_err(Fault::internal)?;
        // A form that another site sends comes without our cookies, and is refused: that answer must not put another cookie
        // into the place of the one that somebody is signed in by.
        if self.0.looks {
            self.set(Jar::Token.filled(portal.audience, token.reveal(), None));
        }
        self.0.token.replace(Some(token.clone()));
        Ok(token)
    }

    /// What is kept of this browser where something belongs to it, such as a code that was sent.
    pub(crate) fn holder(&self) -> Result<[u8; 32], Fault> {
        Ok(self.token()?.tag(self.store().sealer(), "portal.holder"))
    }

    /// What an address is counted and found by at this portal.
    pub(crate) fn reach_index(&self, reach: &Reach) -> [u8; 32] {
        reach.index(self.store().sealer())
    }

    /// The address of this request if it only looks, else the page that it was sent from: where to come back to.
    #[must_use]
    pub fn here(&self) -> LocalPath {
        if !self.0.looks {
            return self.0.back.clone().unwrap_or_else(|| LocalPath::or_first(None));
        }
        let query = if self.0.query.is_empty() { String::new() } else { format!("?{}", self.0.query) };
        LocalPath::or_first(Some(&format!("{}{query}", self.0.path)))
    }

    fn frame(&self) -> Result<Frame, Fault> {
        let (portal, words) = (&self.0.portal, self.words());
        let token = form_token::make(&self.token()?, portal.store.sealer(), &*portal.randomness);
        let person = self.person();
        Ok(Frame {
            language: self.0.locale.as_str(),
            languages: self.languages(),
            name: (portal.name)(words),
            menu: person.map(|person| (portal.menu)(&words, person)).unwrap_or_default(),
            who: person.map(|person| person.greeting.clone()),
            leave: person.and_then(|person| person.session).map(|_| "/sign-out"),
            token: token.map_err(Fault::internal)?,
            test: portal.test,
            words: words.frame(),
        })
    }

    fn languages(&self) -> Vec<Link> {
        let kept = || form_urlencoded::parse(self.0.query.as_bytes()).filter(|(name, _)| name != "lang");
        let address = |locale: Locale| {
            let mut query = form_urlencoded::Serializer::new(String::new());
            query.extend_pairs(kept()).append_pair("lang", locale.as_str());
            format!("{}?{}", self.0.path, query.finish())
        };
        let others = Locale::ALL.into_iter().filter(|locale| *locale != self.0.locale);
        others.map(|locale| Link::new(address(locale), locale.name()).in_language(locale.as_str())).collect()
    }

    fn set(&self, cookie: Cookie<'static>) {
        let mut cookies = self.0.cookies.borrow_mut();
        cookies.retain(|other| other.name() != cookie.name());
        cookies.push(cookie);
    }
}

/// Programs are spoken to in JSON, and known by keys instead of cookies.
pub(super) fn is_api(path: &str) -> bool {
    path == "/api" || path.starts_with("/api/")
}

impl FromRequest for Visitor {
    type Error = Fault;
    type Future = Ready<Result<Self, Fault>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(request.extensions().get::<Self>().cloned().ok_or_else(|| Fault::internal(fmt::Error)))
    }
}

impl fmt::Debug for Visitor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Visitor({})", self.0.id)
    }
}
