//! The database: the only module of this crate that knows diesel.
//!
//! The journal (`transfer`, `payment`, `batch`) is only read here, in [`journal`]; the tables of the fold are written by
//! [`fold`] in transactions of their own, everything else inside the core's batches.
//!
//! What an index is limited to (`WHERE state = 'open'`) is written out in the queries that want it: of a parameter
//! PostgreSQL's kept plans do not know that it fits, and read the whole table.

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
pub(crate) mod entry;
pub(crate) mod fold;
pub(crate) mod journal;
pub(crate) mod period;
mod schema;
pub(crate) mod tile;

pub(crate) use core_payment::database::{
    Conn, Reader, Readers, StorageError, Tx, chain, connect, snapshot, transaction,
};
