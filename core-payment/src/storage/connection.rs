//! Opening, migrating, transactions, and what a failure means.

use std::fmt;

use diesel::connection::SimpleConnection;
use diesel::migration::{Migration, MigrationSource};
use diesel::prelude::*;
use diesel::result::{ConnectionError, DatabaseErrorKind, Error};
use diesel::{PgConnection, SqliteConnection};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};
use thiserror::Error;

use super::turn::Turn;

const SQLITE: EmbeddedMigrations = embed_migrations!("../migrations/sqlite");
const POSTGRES: EmbeddedMigrations = embed_migrations!("../migrations/postgres");

/// Serialises migrations of several processes on PostgreSQL; any constant will do.
const MIGRATION_LOCK: i64 = 0x4d45_5445_4f52_4501;

/// Where the data is: `sqlite:PATH` or `postgres://…`.
#[derive(Clone, PartialEq, Eq)]
pub struct DatabaseUrl(Engine);

#[derive(Clone, PartialEq, Eq)]
enum Engine {
    Sqlite(String),
    Postgres(String),
}

/// Text that names no database. It does not repeat the text: a URL may hold a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("a database is named sqlite:PATH or postgres://USER@HOST/NAME")]
pub struct InvalidDatabaseUrl;

impl DatabaseUrl {
    /// Reads a database's name.
    ///
    /// # Errors
    /// [`InvalidDatabaseUrl`].
    pub fn parse(text: &str) -> Result<Self, InvalidDatabaseUrl> {
        if let Some(path) = text.strip_prefix("sqlite:") {
            let path = path.strip_prefix("//").unwrap_or(path);
            let memory = path.is_empty() || path.contains(":memory:");
            return if memory { Err(InvalidDatabaseUrl) } else { Ok(Self(Engine::Sqlite(path.to_owned()))) };
        }
        if text.starts_with("postgres://") || text.starts_with("postgresql://") {
            return Ok(Self(Engine::Postgres(text.to_owned())));
        }
        Err(InvalidDatabaseUrl)
    }

    /// `sqlite` or `postgres`.
    #[must_use]
    pub const fn engine(&self) -> &'static str {
        match self.0 {
            Engine::Sqlite(_) => "sqlite",
            Engine::Postgres(_) => "postgres",
        }
    }

    /// How many writers suit the engine. SQLite has one write lock. On PostgreSQL a second writer decides while the first
    /// commits; where it would only take the core of the threads that verify, batches are halved for nothing.
    pub(crate) fn default_writers(&self) -> usize {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        match self.0 {
            Engine::Postgres(_) if cores > 2 => 2,
            Engine::Sqlite(_) | Engine::Postgres(_) => 1,
        }
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.engine())
    }
}

/// A connection to either engine.
#[derive(diesel::MultiConnection)]
pub enum Conn {
    /// PostgreSQL.
    Postgres(PgConnection),
    /// SQLite.
    Sqlite(SqliteConnection),
}

/// A connection inside a transaction that holds the right to write.
pub struct Tx<'c>(pub(in crate::storage) &'c mut Conn);

impl Tx<'_> {
    /// Reads inside the transaction.
    pub fn conn(&mut self) -> &mut Conn {
        self.0
    }
}

/// Why the database did not do what was asked.
#[derive(Debug, Error)]
pub enum StorageError {
    /// A statement failed.
    #[error("the database refused the statement or is out of reach")]
    Database(#[source] Error),
    /// There is no connection.
    #[error("cannot connect to the database")]
    Connect(#[source] ConnectionError),
    /// There is no connection for reading, or all of them are in use.
    #[error("no connection to the database is free")]
    NoReader,
    /// What was read makes no sense.
    #[error("a stored {0} cannot be read back")]
    Corrupt(&'static str),
}

/// What to do about a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Failure {
    /// Two transactions met: the same again may succeed.
    Conflict,
    /// The data was refused: the same again is refused again.
    Refused,
    /// The database is gone, full or broken: reconnect and try later.
    Unavailable,
}

impl StorageError {
    pub(crate) fn failure(&self) -> Failure {
        match self {
            Self::Database(Error::DatabaseError(kind, info)) => match kind {
                DatabaseErrorKind::SerializationFailure | DatabaseErrorKind::UniqueViolation => {
                    Failure::Conflict
                }
                DatabaseErrorKind::CheckViolation
                | DatabaseErrorKind::ForeignKeyViolation
                | DatabaseErrorKind::NotNullViolation => Failure::Refused,
                // PostgreSQL's deadlock (40P01) has no kind of its own in diesel.
                _ if info.message().starts_with("deadlock detected") => Failure::Conflict,
                _ if info.message().contains("out of range") => Failure::Refused,
                _ => Failure::Unavailable,
            },
            Self::Corrupt(_) => Failure::Refused,
            _ => Failure::Unavailable,
        }
    }
}

impl From<Error> for StorageError {
    fn from(error: Error) -> Self {
        Self::Database(error)
    }
}

/// Opens one connection, set up for durability.
pub fn connect(database: &DatabaseUrl) -> Result<Conn, StorageError> {
    match &database.0 {
        Engine::Sqlite(path) => {
            create_private(path);
            let mut conn = SqliteConnection::establish(path).map_err(StorageError::Connect)?;
            // `synchronous = FULL`: a commit that was answered survives a power cut.
            conn.batch_execute(
                "PRAGMA busy_timeout = 5000; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
                 PRAGMA foreign_keys = ON; PRAGMA cache_size = -16000; PRAGMA wal_autocheckpoint = 4000;",
            )?;
            Ok(Conn::Sqlite(conn))
        }
        Engine::Postgres(url) => {
            let mut conn = PgConnection::establish(url).map_err(StorageError::Connect)?;
            // Everything here looks rows up by key. A plan that was made while a table was small would scan it, and is
            // kept: on a fresh database that cost three times the CPU until the first ANALYZE. A scan that cannot be
            // avoided counts as so dear then that PostgreSQL would compile it first, for 80 ms each time: hence `jit`.
            conn.batch_execute(
                "SET lock_timeout = '10s'; SET statement_timeout = '60s';
                 SET idle_in_transaction_session_timeout = '60s'; SET client_min_messages = warning;
                 SET plan_cache_mode = force_generic_plan;
                 SET enable_seqscan = off; SET enable_hashjoin = off; SET enable_mergejoin = off; SET jit = off;",
            )?;
            Ok(Conn::Postgres(conn))
        }
    }
}

/// Makes the file readable for its owner only, before SQLite makes it readable for everybody; its journal files follow
/// it. Where that fails, or it exists, SQLite says what there is to say.
fn create_private(path: &str) {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    drop(options.open(path));
}

/// Runs `body` in one transaction that has the right to write from its first moment.
pub fn transaction<T>(
    conn: &mut Conn,
    body: impl FnOnce(&mut Tx<'_>) -> Result<T, StorageError>,
) -> Result<T, StorageError> {
    let _turn = match conn {
        Conn::Sqlite(sqlite) => Turn::take(sqlite),
        Conn::Postgres(_) => None,
    };
    conn.transaction(|conn| {
        // SQLite: a transaction that reads first and writes later may find its snapshot stale (SQLITE_BUSY_SNAPSHOT).
        if let Conn::Sqlite(sqlite) = conn {
            sqlite.batch_execute("UPDATE node SET id = id WHERE id = -1")?;
        }
        body(&mut Tx(conn))
    })
}

/// Why the tables could not be brought up to date.
#[derive(Debug, Error)]
pub enum MigrateError {
    /// The database cannot be reached.
    #[error("cannot connect to the database: {0}")]
    Connect(String),
    /// A migration failed; nothing of it was kept.
    #[error("a migration failed: {0}")]
    Migration(String),
}

/// Applies the migrations that the database does not have yet and returns their names. Safe to repeat, and safe when
/// several processes do it at once.
///
/// # Errors
/// [`MigrateError`].
pub fn migrate(database: &DatabaseUrl) -> Result<Vec<String>, MigrateError> {
    let mut conn = connect(database).map_err(|error| MigrateError::Connect(chain(&error)))?;
    let failed = |error: &dyn fmt::Display| MigrateError::Migration(error.to_string());
    let versions = match &mut conn {
        Conn::Postgres(conn) => {
            conn.batch_execute(&format!("SELECT pg_advisory_lock({MIGRATION_LOCK})"))
                .map_err(|e| failed(&e))?;
            conn.run_pending_migrations(POSTGRES).map_err(|e| failed(&e))?
        }
        Conn::Sqlite(conn) => conn.run_pending_migrations(SQLITE).map_err(|e| failed(&e))?,
    };
    Ok(versions.into_iter().map(|version| version.to_string()).collect())
}

/// The migrations that this database lacks.
pub(crate) fn unapplied(conn: &mut Conn) -> Result<Vec<String>, StorageError> {
    fn names<C: MigrationHarness<DB>, DB: diesel::backend::Backend>(
        conn: &mut C,
        source: impl MigrationSource<DB>,
    ) -> Option<Vec<String>> {
        let pending: Vec<Box<dyn Migration<DB>>> = conn.pending_migrations(source).ok()?;
        Some(pending.iter().map(|migration| migration.name().to_string()).collect())
    }
    match conn {
        Conn::Postgres(conn) => names(conn, POSTGRES),
        Conn::Sqlite(conn) => names(conn, SQLITE),
    }
    .ok_or(StorageError::Corrupt("migration table"))
}

/// An error and its causes in one line.
pub fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}
