//! The operators' back office (R12, R34): how the system stands, who banks here, where money is, and what needs two people.
//!
//! | in | is |
//! |---|---|
//! | `recognise` | who somebody is, by the certificate of their connection, asked at every request |
//! | `scope` | what a certificate's role entitles to |
//! | `officer` | everything a handler knows about an operator's request; a route that is not in the table is refused |
//! | `log` | every act, in a chain that shows what is missing |
//! | `approvals` | acts that need two people |
//! | `policy` | what is allowed, what was, and what is proposed |
//! | `closing` | periods that are closed by hand |
//! | `disputes` | complaints of consumers, and for whom two people decide them |
//! | `risk` | merchants that stand out (R49) |
//! | `system`, `parties`, `ledger`, … | a page each |
//!
//! What this must not do: let anybody do alone what needs two, say who a consumer is behind a payment (but in `reveals`), or
//! do anything that is not in the log. Start at [`routes`].

mod admit;
mod approvals;
mod bank;
mod breaks;
mod closing;
mod disputes;
mod kind;
mod ledger;
mod log;
mod messages;
mod office;
mod officer;
mod parties;
mod policy;
mod recognise;
mod reveals;
mod risk;
mod say;
mod scope;
mod system;
#[cfg(test)]
mod tests;
mod watch;

use actix_web::web::{ServiceConfig, get, post};

use crate::page::Link;
use crate::web::Person;
use crate::words::Words;

pub use office::Office;
pub use recognise::Recognition;
pub use scope::{Duty, Entry, Scope};

/// What is answered here, and for which duty one has to be there.
pub const ROUTES: &[Entry] = &[
    Entry::new("GET", "/", Duty::Look),
    Entry::new("GET", "/merchants", Duty::People),
    Entry::new("GET", "/consumers", Duty::People),
    Entry::new("POST", "/search", Duty::People),
    Entry::new("GET", "/parties/{name}", Duty::People),
    Entry::new("POST", "/parties/{name}/suspend", Duty::Suspend),
    Entry::new("POST", "/parties/{name}/reinstate", Duty::Suspend),
    Entry::new("POST", "/parties/{name}/invite", Duty::Admit),
    Entry::new("GET", "/admit", Duty::Admit),
    Entry::new("POST", "/admit", Duty::Admit),
    Entry::new("GET", "/ledger", Duty::Books),
    Entry::new("GET", "/ledger/accounts/{id}", Duty::Books),
    Entry::new("GET", "/ledger/payments/{id}", Duty::Books),
    Entry::new("GET", "/periods", Duty::Books),
    Entry::new("GET", "/periods/close", Duty::Settle),
    Entry::new("POST", "/periods/close", Duty::Settle),
    Entry::new("GET", "/batches", Duty::Books),
    Entry::new("POST", "/batches/{name}/release", Duty::Settle),
    Entry::new("GET", "/breaks", Duty::Books),
    Entry::new("POST", "/breaks/{answer}/{number}/take-back", Duty::Settle),
    Entry::new("POST", "/breaks/{answer}/{number}/resolve", Duty::Settle),
    Entry::new("GET", "/disputes", Duty::Books),
    Entry::new("GET", "/disputes/{id}", Duty::Books),
    Entry::new("POST", "/disputes/{id}/decide", Duty::Settle),
    Entry::new("GET", "/systems", Duty::Look),
    Entry::new("GET", "/certificates", Duty::Look),
    Entry::new("GET", "/messages", Duty::Messages),
    Entry::new("POST", "/messages/{id}/resend", Duty::Messages),
    Entry::new("GET", "/policy", Duty::Look),
    Entry::new("GET", "/policy/versions/{id}", Duty::Look),
    Entry::new("GET", "/policy/new", Duty::Limits),
    Entry::new("POST", "/policy/new", Duty::Limits),
    Entry::new("GET", "/policy/text", Duty::Limits),
    Entry::new("POST", "/policy/text", Duty::Limits),
    Entry::new("GET", "/risk", Duty::Risk),
    Entry::new("GET", "/risk/{name}", Duty::Risk),
    Entry::new("GET", "/reveals", Duty::Reveal),
    Entry::new("POST", "/reveals", Duty::Reveal),
    Entry::new("GET", "/reveals/{id}", Duty::Reveal),
    Entry::new("GET", "/approvals", Duty::Look),
    Entry::new("POST", "/approvals/{id}/approve", Duty::Decide),
    Entry::new("POST", "/approvals/{id}/refuse", Duty::Decide),
    Entry::new("GET", "/audit", Duty::Log),
    Entry::new("POST", "/audit/check", Duty::Log),
];

/// The pages. Needs an [`Office`] in the data of the app, and a portal that recognises by certificate.
pub fn routes(config: &mut ServiceConfig) {
    config
        .route("/", get().to(system::show))
        .route("/merchants", get().to(parties::merchants))
        .route("/consumers", get().to(parties::consumers))
        .route("/search", post().to(parties::search))
        .route("/parties/{name}", get().to(parties::show))
        .route("/parties/{name}/suspend", post().to(parties::suspend))
        .route("/parties/{name}/reinstate", post().to(parties::reinstate))
        .route("/parties/{name}/invite", post().to(admit::invite))
        .route("/admit", get().to(admit::blank))
        .route("/admit", post().to(admit::admit))
        .route("/ledger", get().to(ledger::overview))
        .route("/ledger/accounts/{id}", get().to(ledger::account))
        .route("/ledger/payments/{id}", get().to(ledger::payment))
        .route("/periods", get().to(watch::periods))
        .route("/periods/close", get().to(closing::ask))
        .route("/periods/close", post().to(closing::close))
        .route("/batches", get().to(bank::batches))
        .route("/batches/{name}/release", post().to(bank::release))
        .route("/breaks", get().to(breaks::list))
        .route("/breaks/{answer}/{number}/take-back", post().to(breaks::take_back))
        .route("/breaks/{answer}/{number}/resolve", post().to(breaks::resolve))
        .route("/disputes", get().to(disputes::list))
        .route("/disputes/{id}", get().to(disputes::show))
        .route("/disputes/{id}/decide", post().to(disputes::prepare))
        .route("/systems", get().to(watch::systems))
        .route("/certificates", get().to(watch::certificates))
        .route("/messages", get().to(messages::list))
        .route("/messages/{id}/resend", post().to(messages::resend))
        .route("/policy", get().to(policy::show))
        .route("/policy/versions/{id}", get().to(policy::version))
        .route("/policy/new", get().to(policy::form::blank))
        .route("/policy/new", post().to(policy::form::propose))
        .route("/policy/text", get().to(policy::text))
        .route("/policy/text", post().to(policy::propose_text))
        .route("/risk", get().to(risk::overview))
        .route("/risk/{name}", get().to(risk::merchant))
        .route("/reveals", get().to(reveals::list))
        .route("/reveals", post().to(reveals::prepare))
        .route("/reveals/{id}", get().to(reveals::show))
        .route("/approvals", get().to(approvals::list))
        .route("/approvals/{id}/approve", post().to(approvals::approve))
        .route("/approvals/{id}/refuse", post().to(approvals::refuse))
        .route("/audit", get().to(log::list))
        .route("/audit/check", post().to(log::check_all));
}

/// The menu of an operator: what their certificate entitles to.
#[must_use]
pub fn menu(words: &Words, person: &Person) -> Vec<Link> {
    let Some(scope) = person.certified.as_ref().and_then(Scope::of) else { return Vec::new() };
    let entries = [
        ("/", "operator-menu-system"),
        ("/merchants", "operator-menu-merchants"),
        ("/consumers", "operator-menu-consumers"),
        ("/ledger", "operator-menu-ledger"),
        ("/periods", "operator-menu-periods"),
        ("/batches", "operator-menu-batches"),
        ("/breaks", "operator-menu-breaks"),
        ("/disputes", "operator-menu-disputes"),
        ("/systems", "operator-menu-systems"),
        ("/certificates", "operator-menu-certificates"),
        ("/messages", "operator-menu-messages"),
        ("/policy", "operator-menu-policy"),
        ("/risk", "operator-menu-risk"),
        ("/reveals", "operator-menu-reveals"),
        ("/approvals", "operator-menu-approvals"),
        ("/audit", "operator-menu-audit"),
    ];
    let may = |path: &str| ROUTES.iter().any(|entry| entry.is("GET", path) && scope.may(entry.duty));
    entries
        .into_iter()
        .filter(|(path, _)| may(path))
        .map(|(path, id)| Link::new(path, words.say(id)))
        .collect()
}
