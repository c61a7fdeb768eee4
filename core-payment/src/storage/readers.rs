//! A few connections for reading, shared by the threads of one process.
//!
//! What it must not do: open what nobody asked for, hand out a connection that is broken, or keep a thread of its own: one
//! that is opening a connection while the process ends meets libraries that are being taken down, and crashes there.
//! Writers have connections of their own. Start at [`Readers::conn`].

use std::fmt;
use std::ops::{Deref, DerefMut};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use diesel::connection::SimpleConnection;
use diesel::r2d2::R2D2Connection as _;

use super::connection::{Conn, DatabaseUrl, StorageError, connect};

/// Connections at most: reads by key take less than a millisecond, and PostgreSQL spends a process on each.
const MOST: usize = 4;

/// At most four connections: each is opened when it is wanted, kept for the next read, and replaced if it is broken.
pub struct Readers(Arc<Shared>);

/// A connection that goes back when it is dropped. Whoever waits for something else should drop it first.
pub struct Reader {
    // There until it is dropped.
    conn: Option<Conn>,
    from: Arc<Shared>,
}

struct Shared {
    database: DatabaseUrl,
    patience: Duration,
    stock: Mutex<Stock>,
    returned: Condvar,
}

#[derive(Default)]
struct Stock {
    kept: Vec<Conn>,
    lent: usize,
}

impl Readers {
    /// Does not wait for the database. `patience` is how long a read waits for others to be done.
    #[must_use]
    pub fn open(database: &DatabaseUrl, patience: Duration) -> Self {
        let (stock, returned) = (Mutex::default(), Condvar::new());
        Self(Arc::new(Shared { database: database.clone(), patience, stock, returned }))
    }

    /// A connection that answered just now. Blocks.
    ///
    /// # Errors
    /// [`StorageError::NoReader`] if all are in use for too long; [`StorageError`] if the database is out of reach.
    pub fn conn(&self) -> Result<Reader, StorageError> {
        let kept = self.0.take()?;
        // From here on its place is given back, whatever happens.
        let mut reader = Reader { conn: kept, from: Arc::clone(&self.0) };
        let answers = reader.conn.as_mut().is_some_and(|conn| conn.batch_execute("SELECT 1").is_ok());
        if !answers {
            reader.conn = None;
            reader.conn = Some(connect(&self.0.database)?);
        }
        Ok(reader)
    }
}

impl Shared {
    /// Takes a place, with the connection that is kept there if there is one.
    fn take(&self) -> Result<Option<Conn>, StorageError> {
        let all_lent = |stock: &mut Stock| stock.lent >= MOST;
        let waited = self.returned.wait_timeout_while(self.stock(), self.patience, all_lent);
        let (mut stock, waited) = waited.unwrap_or_else(PoisonError::into_inner);
        if waited.timed_out() {
            return Err(StorageError::NoReader);
        }
        stock.lent = stock.lent.saturating_add(1);
        Ok(stock.kept.pop())
    }

    fn stock(&self) -> MutexGuard<'_, Stock> {
        self.stock.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Deref for Reader {
    type Target = Conn;

    #[expect(clippy::expect_used, reason = "only dropping takes it away")]
    fn deref(&self) -> &Conn {
        self.conn.as_ref().expect("a connection")
    }
}

impl DerefMut for Reader {
    #[expect(clippy::expect_used, reason = "only dropping takes it away")]
    fn deref_mut(&mut self) -> &mut Conn {
        self.conn.as_mut().expect("a connection")
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        // What a panic left half done is not for the next one.
        let sound = self.conn.take().filter(|_| !std::thread::panicking()).and_then(sound);
        let mut stock = self.from.stock();
        stock.lent = stock.lent.saturating_sub(1);
        stock.kept.extend(sound);
        drop(stock);
        self.from.returned.notify_one();
    }
}

fn sound(mut conn: Conn) -> Option<Conn> {
    let broken = match &mut conn {
        Conn::Postgres(conn) => conn.is_broken(),
        Conn::Sqlite(conn) => conn.is_broken(),
    };
    (!broken).then_some(conn)
}

impl fmt::Debug for Readers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let stock = self.0.stock();
        write!(f, "Readers({} kept, {} lent)", stock.kept.len(), stock.lent)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BRIEF: Duration = Duration::from_millis(20);

    fn readers(patience: Duration) -> (tempfile::TempDir, Readers) {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", folder.path().join("readers.db").display());
        let readers = Readers::open(&DatabaseUrl::parse(&url).unwrap(), patience);
        (folder, readers)
    }

    #[test]
    fn a_fifth_reader_waits_for_one_of_four() {
        let (_folder, brief) = readers(BRIEF);
        let lent: Vec<_> = (0..MOST).map(|_| brief.conn().unwrap()).collect();
        assert!(matches!(brief.conn(), Err(StorageError::NoReader)));
        drop(lent);
        assert_eq!(format!("{brief:?}"), "Readers(4 kept, 0 lent)");

        let (_folder, patient) = readers(Duration::from_secs(60));
        let mut lent: Vec<_> = (0..MOST).map(|_| patient.conn().unwrap()).collect();
        std::thread::scope(|scope| {
            let fifth = scope.spawn(|| patient.conn().map(drop));
            drop(lent.pop());
            fifth.join().unwrap().unwrap();
        });
    }

    #[test]
    fn where_no_connection_is_made_no_place_is_lost() {
        let readers = Readers::open(&DatabaseUrl::parse("sqlite:/nowhere/at/all.db").unwrap(), BRIEF);
        for _ in 0..=MOST {
            assert!(matches!(readers.conn(), Err(StorageError::Connect(_))));
        }
    }

    #[test]
    fn what_a_panic_left_half_done_is_not_lent_again() {
        let (_folder, readers) = readers(BRIEF);
        std::thread::scope(|scope| {
            let panicking = scope.spawn(|| {
                let _reader = readers.conn().unwrap();
                panic!("on purpose");
            });
            assert!(panicking.join().is_err());
        });
        assert_eq!(format!("{readers:?}"), "Readers(0 kept, 0 lent)");
    }
}
