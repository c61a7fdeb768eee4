//! The database: the only module that knows diesel. One text for two engines, SQLite and PostgreSQL.
//!
//! Reads take `&mut Conn`, writes `&mut Tx`, which exists only inside [`transaction`]. Start at [`journal`], the hot path.

mod connection;
pub(crate) mod journal;
pub(crate) mod node;
pub(crate) mod party;
pub(crate) mod payment;
pub(crate) mod pki;
pub(crate) mod replay;
mod schema;
mod statement;

pub(crate) use connection::{
    Conn, Failure, Pool, Pooled, StorageError, Tx, chain, connect, open_pool, transaction, unapplied,
};
pub use connection::{DatabaseUrl, InvalidDatabaseUrl, MigrateError, migrate};
