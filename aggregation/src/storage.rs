//! The database: the only module of this crate that knows diesel.
//!
//! The journal (`transfer`, `payment`, `batch`) is only read here, in [`journal`]; the tables of the fold are written by
//! [`fold`] in transactions of their own, everything else inside the core's batches.

/// Compiles one text for both engines, where the common backend cannot say it.
macro_rules! on_both {
    ($from:expr, $conn:ident => $body:expr) => {
        match $from {
            core_payment::database::Conn::Postgres($conn) => $body,
            core_payment::database::Conn::Sqlite($conn) => $body,
        }
    };
}

pub(crate) mod credit;
pub(crate) mod document;

pub(crate) mod fold;
pub(crate) mod journal;
pub(crate) mod period;
mod schema;

pub(crate) use core_payment::database::{Conn, StorageError, Tx, chain, connect, snapshot, transaction};
