//! The database: the only module of this crate that knows diesel.
//!
//! The journal and the tables of the core and of aggregation are only read here. Every query has a bound and an index, and
//! whoever owns the rows in its `WHERE`.

/// Compiles one text for both engines, where the common backend cannot say it.
macro_rules! on_both {
    ($from:expr, $conn:ident => $body:expr) => {
        match $from {
            core_payment::database::Conn::Postgres($conn) => $body,
            core_payment::database::Conn::Sqlite($conn) => $body,
        }
    };
}

pub(crate) mod alerts;
pub(crate) mod certificate;
pub(crate) mod checkout;
pub(crate) mod consumer;
pub(crate) mod merchant;
pub(crate) mod operator;
pub(crate) mod people;
pub(crate) mod request;
pub(crate) mod sales;
mod schema;
mod store;

pub(crate) use core_payment::database::{
    Archive, Conn, Reader, Readers, StorageError, Tx, chain, connect, snapshot, transaction,
};
pub use store::{Store, StoreError};
