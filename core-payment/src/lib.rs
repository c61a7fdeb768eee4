//! The Core Payment System: orders, decision, ledger, storage. It never calls out; time and signatures come through
//! [`Clock`] and [`Notary`]. It takes verified messages and answers with signed bytes.
//!
//! What this crate must not do: speak HTTP, read a clock or the environment, open a connection to anything but its
//! database, or know what an external payment system is. Start at [`Core`]; the way of an order is
//! `order/accept.rs`, the commit is `writer.rs`.

mod admin;
mod audit;
mod batch;
mod core;
mod evidence;
mod ledger;
mod order;
mod parties;
pub mod policy;
mod ports;
mod reply;
mod storage;
mod task;
mod writer;

pub use crate::core::{Core, NotReady, OpenError, ReadError, Settings};
pub use audit::{AuditError, AuditProgress, AuditReport, AuditTrust, Finding, audit};
pub use parties::{ExternalInstrument, InvalidInstrument, NewAccount, NewParty};
pub use ports::{Clock, Notary};
pub use reply::{Attempt, AttemptKind, Enrolment, Outcome, Reply, ReplyKind, SubmitError};
pub use storage::{DatabaseUrl, InvalidDatabaseUrl, MigrateError, migrate};
pub use task::AdminError;
