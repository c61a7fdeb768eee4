//! A few connections for reading, shared by the threads of one process.
//!
//! What it must not do: open what nobody asked for, or hand out a connection that is broken. Writers have connections of
//! their own. Start at [`Readers::conn`].

use std::fmt;
use std::ops::{Deref, DerefMut};
use std::time::Duration;

use diesel::connection::SimpleConnection;
use diesel::r2d2::{ManageConnection, Pool, PooledConnection, R2D2Connection};

use super::connection::{Conn, DatabaseUrl, StorageError, connect};

/// Connections at most: reads by key take less than a millisecond, and PostgreSQL spends a process on each.
const MOST: u32 = 4;

/// At most four connections: each is opened when it is wanted, kept for the next read, and replaced if it is broken.
pub struct Readers(Pool<Manager>);

/// A connection that goes back when it is dropped. Whoever waits for something else should drop it first.
pub struct Reader(PooledConnection<Manager>);

impl Readers {
    /// Does not wait for the database. `patience` is how long a read waits for a connection.
    #[must_use]
    pub fn open(database: &DatabaseUrl, patience: Duration) -> Self {
        let pool = Pool::builder()
            .max_size(MOST)
            // None that nobody has asked for: a connection that is being made behind the back of a command that ends
            // meets libraries that are being taken down, and crashes there.
            .min_idle(Some(0))
            .connection_timeout(patience)
            .build_unchecked(Manager(database.clone()));
        Self(pool)
    }

    /// A connection that answered just now. Blocks.
    ///
    /// # Errors
    /// [`StorageError::NoReader`].
    pub fn conn(&self) -> Result<Reader, StorageError> {
        self.0.get().map(Reader).map_err(StorageError::NoReader)
    }
}

impl fmt::Debug for Readers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Readers").field(&self.0.state()).finish()
    }
}

impl Deref for Reader {
    type Target = Conn;

    fn deref(&self) -> &Conn {
        &self.0
    }
}

impl DerefMut for Reader {
    fn deref_mut(&mut self) -> &mut Conn {
        &mut self.0
    }
}

/// Opens connections for the pool.
#[derive(Debug)]
struct Manager(DatabaseUrl);

impl ManageConnection for Manager {
    type Connection = Conn;
    type Error = StorageError;

    fn connect(&self) -> Result<Conn, StorageError> {
        connect(&self.0)
    }

    fn is_valid(&self, conn: &mut Conn) -> Result<(), StorageError> {
        conn.batch_execute("SELECT 1").map_err(StorageError::from)
    }

    fn has_broken(&self, conn: &mut Conn) -> bool {
        match conn {
            Conn::Postgres(conn) => conn.is_broken(),
            Conn::Sqlite(conn) => conn.is_broken(),
        }
    }
}
