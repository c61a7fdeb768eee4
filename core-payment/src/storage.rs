//! The database: the only module that knows diesel. One text for two engines, SQLite and PostgreSQL.
//!
//! Reads take `&mut Conn`, writes `&mut Tx`, which exists only inside [`transaction`]. Start at [`journal`], the hot path.

pub(crate) mod bank;
mod connection;
pub(crate) mod coupon;
pub(crate) mod exchange;
pub(crate) mod journal;
pub(crate) mod node;
pub(crate) mod outbox;
pub(crate) mod party;
pub(crate) mod passkey;
pub(crate) mod payment;
pub(crate) mod pki;
pub(crate) mod policy;
pub(crate) mod purse;
mod readers;
pub(crate) mod replay;
mod schema;
mod statement;
mod turn;

pub use connection::{
    Conn, DatabaseUrl, InvalidDatabaseUrl, MigrateError, StorageError, Tx, chain, connect, migrate,
    transaction,
};
pub(crate) use connection::{Failure, unapplied};
pub use readers::{Reader, Readers};
pub use replay::snapshot;
