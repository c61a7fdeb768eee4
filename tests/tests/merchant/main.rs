//! The merchants' portal as browsers without script see it: who may do what, what is whose, what is forged, and text that
//! wants to be more. Each test ends with the audit.
//!
//! `stage` makes two shops with something of everything; `routes` is the table of routes and roles, `own` that nobody sees
//! what is another shop's, `forged` that only our own forms do something, `hostile` that text stays text, `keys` that what is
//! taken back counts no more, `requests` what consumers ask for, `aside` what is taken later or released.

mod aside;
mod forged;
mod hostile;
mod keys;
mod own;
mod requests;
mod routes;
mod stage;
