//! The Core Payment System: orders, decision, ledger, storage. It never calls out; time and signatures come through
//! [`Clock`] and [`Notary`]. It takes verified messages and answers with signed bytes.
//!
//! What this crate must not do: speak HTTP, read a clock or the environment, open a connection to anything but its
//! database, or know what an external payment system is. Start at [`Core`]; the way of an order is
//! `order/accept.rs`, the commit is `writer.rs`.

mod act;
mod admin;
mod archive;
mod audit;
pub mod bank;
mod batch;
mod core;
pub mod coupon;
mod evidence;
pub mod exchange;
mod ledger;
mod order;
mod outbox;
mod parties;
pub mod passkey;
pub mod policy;
mod ports;
pub mod purse;
mod reply;
mod routes;
mod storage;
mod task;
mod writer;

pub use crate::core::{Core, NotReady, OpenError, ReadError, Settings, Standing};
pub use act::{
    Accounts, Act, ActError, Asked, Begun, Books, End, Irreversible, Issued, NewAttempt, PartyView, Posting,
    Request, Reversal, Rooms, Settlement,
};
pub use audit::{AuditError, AuditProgress, AuditReport, AuditTrust, Finding, audit};
pub use ledger::{LEGS_WITHIN, batch_of, first_position_at, node_of, time_of};
pub use outbox::{Dispatched, Filter, Listed, Notice, NoticeKind};
pub use parties::{
    BankDetails, Callback, ChangeParty, Details, Erase, EraseError, ExternalInstrument, InvalidCallback,
    InvalidInstrument, InvalidSite, Mandate, Means, Move, NewAccount, NewParty, ReachError, Reached, Site,
    Withdraw, WithdrawError,
};
pub use ports::{Clock, Notary};
pub use reply::{Attempt, Enrolment, Original, Outcome, Reply, ReplyKind, SubmitError};
pub use routes::{InvalidRoute, Route, Routes, Routing};
pub use storage::{DatabaseUrl, InvalidDatabaseUrl, MigrateError, migrate};
pub use task::AdminError;

/// The database, for the `storage` modules of the rooms above; nobody else.
pub mod database {
    pub use crate::archive::Archive;
    pub use crate::order::repeat::issued;
    pub use crate::statement;
    pub use crate::storage::{
        Conn, Reader, Readers, StorageError, Tx, chain, connect, snapshot, transaction,
    };
}
