//! The merchants' portal as browsers without script see it: who may do what, what is whose, what is forged, and text that
//! wants to be more. Each test ends with the audit.
//!
//! `stage` makes two shops with something of everything; `routes` is the table of routes and roles, `own` that nobody sees
//! what is another shop's, `forged` that only our own forms do something, `hostile` that text stays text, `identity` that no
//! customer is named, `keys` that what is taken back counts no more, `limited` links that are used up, `requests` what
//! consumers ask for, `aside` what is taken later or released, `team` who may do what from now on.

mod aside;
mod forged;
mod hostile;
mod identity;
mod keys;
mod limited;
mod own;
mod requests;
mod routes;
mod stage;
mod team;
