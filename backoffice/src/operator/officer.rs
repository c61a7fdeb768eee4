//! Everything a handler knows about an operator's request. It is refused before any handler runs if the address is not in
//! the table of routes, or the certificate's scope does not have its duty.

use std::fmt;
use std::future::Future;

use actix_web::dev::Payload;
use actix_web::http::Method;
use actix_web::web::Data;
use actix_web::{FromRequest, HttpRequest};
use futures_util::FutureExt as _;
use futures_util::future::LocalBoxFuture;
use payment_domain::Role;

use super::log::{self, Outcome};
use super::{Duty, Office, ROUTES, Scope};
use crate::web::{Fault, Visitor};
use crate::words::Words;

/// An operator with a request that is theirs to make.
pub(super) struct Officer {
    pub(super) visitor: Visitor,
    pub(super) office: Data<Office>,
    /// Who it is: the party of the certificate. Two certificates of one name are one person.
    pub(super) name: String,
    pub(super) role: Role,
    pub(super) scope: Scope,
}

impl Officer {
    /// Who asks, and whether their scope has the duty of the address.
    fn of(request: &HttpRequest) -> Result<(Self, bool), Fault> {
        let visitor = Visitor::from_request(request, &mut Payload::None).into_inner()?;
        let office = request.app_data::<Data<Office>>().cloned();
        let office = office.ok_or_else(|| Fault::internal("no office"))?;
        let person = visitor.need_person()?;
        let role = person.certified.clone().ok_or(Fault::Forbidden)?;
        let scope = Scope::of(&role).ok_or(Fault::Forbidden)?;
        let pattern = request.match_pattern().ok_or(Fault::NotFound)?;
        let method = if *request.method() == Method::HEAD { &Method::GET } else { request.method() };
        let name = person.party.to_string();
        let may = may(scope, method.as_str(), &pattern);
        Ok((Self { visitor, office, name, role, scope }, may))
    }

    /// What to say it with.
    pub(super) fn words(&self) -> Words {
        self.visitor.words()
    }

    /// Whether their scope has this duty.
    pub(super) const fn may(&self, duty: Duty) -> bool {
        self.scope.may(duty)
    }

    /// Notes an act.
    pub(super) async fn note(&self, act: &str, subject: &str, outcome: Outcome) -> Result<(), Fault> {
        let new = log::new(self, act, subject, outcome);
        let store = self.visitor.store().clone();
        let kept = self.visitor.write(move |tx| log::append(tx, store.sealer(), new)).await?;
        log::tell(&kept);
        Ok(())
    }

    /// Does something, with a note before and one after: an act whose end nobody noted is seen as well.
    pub(super) async fn perform<T>(
        &self,
        act: &str,
        subject: &str,
        work: impl Future<Output = Result<T, Fault>>,
    ) -> Result<T, Fault> {
        self.note(act, subject, Outcome::Begun).await?;
        let done = work.await;
        let outcome = if done.is_ok() { Outcome::Done } else { Outcome::Failed };
        self.note(act, subject, outcome).await?;
        done
    }
}

/// Whether a scope may use an address: what is not in the table is nobody's.
pub(super) fn may(scope: Scope, method: &str, pattern: &str) -> bool {
    ROUTES.iter().any(|entry| entry.is(method, pattern) && scope.may(entry.duty))
}

impl FromRequest for Officer {
    type Error = Fault;
    type Future = LocalBoxFuture<'static, Result<Self, Fault>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let found = Self::of(request);
        let (method, path) = (request.method().to_string(), request.path().to_owned());
        async move {
            let (officer, may) = found?;
            if may {
                return Ok(officer);
            }
            // What somebody tried is an act as well.
            officer.note(&method, &path, Outcome::Refused).await?;
            Err(Fault::Forbidden)
        }
        .boxed_local()
    }
}

impl fmt::Debug for Officer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Officer({}, {})", self.name, self.role)
    }
}
