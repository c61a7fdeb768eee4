//! The portals as browsers meet them: signing in and up, forms, sessions, headers, languages and terminals. One portal, in this
//! process, with a clock that stands still until it is told to move.

mod browser;
mod forms;
mod operator;
mod operator_admit;
mod operator_borders;
mod operator_breaks;
mod operator_disputes;
mod operator_ledger;
mod operator_periods;
mod operator_policy;
mod pages;
mod passkeys;
mod plans;
mod served;
mod sessions;
mod signing_in;
mod stage;
