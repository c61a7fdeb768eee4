//! Whose turn it is to write to an SQLite file.
//!
//! SQLite lets writers try again and again with growing pauses: whoever writes without a pause finds the lock free each
//! time, and everybody else, in this process or another, finds it taken for minutes. Here a writer waits at a gate that
//! admits one, and takes its turn from there; the one who has just written finds the gate closed by whoever waits.
//!
//! What it must not do: decide who may write. SQLite does; a turn that cannot be had in time, or at all, is done without.

use std::fs::{File, OpenOptions, TryLockError};
use std::time::{Duration, Instant};

use diesel::prelude::*;
use diesel::sql_types::Text;
use diesel::{QueryableByName, SqliteConnection};

/// As long as SQLite itself waits for a lock: a writer that hangs for longer holds that one too.
const PATIENCE: Duration = Duration::from_secs(5);
/// Shorter than a commit, so that who waits sees the gate open before the one who wrote is back.
const PAUSE: Duration = Duration::from_micros(200);

/// A turn to write, until it is dropped. It says nothing about SQLite's own lock.
pub(super) struct Turn {
    _held: Held,
}

impl Turn {
    /// Waits for a turn at the file of a connection.
    pub(super) fn take(conn: &mut SqliteConnection) -> Option<Self> {
        #[derive(QueryableByName)]
        struct Database {
            #[diesel(sql_type = Text)]
            file: String,
        }
        // One row: nothing is attached to our connections.
        let Database { file } = diesel::sql_query("PRAGMA database_list").get_result(conn).ok()?;
        if file.is_empty() { None } else { Self::at(&file, PATIENCE) }
    }

    fn at(database: &str, patience: Duration) -> Option<Self> {
        let since = Instant::now();
        // Beside the database, never the file itself: closing that would give back the locks that SQLite has on it.
        let gate = Held::take(&format!("{database}-gate"), since, patience)?;
        let held = Held::take(&format!("{database}-turn"), since, patience)?;
        drop(gate);
        Some(Self { _held: held })
    }
}

/// A locked file.
struct Held(File);

impl Held {
    fn take(path: &str, since: Instant, patience: Duration) -> Option<Self> {
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(false);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(path).ok()?;

        loop {
            match file.try_lock() {
                Ok(()) => return Some(Self(file)),
                Err(TryLockError::WouldBlock) if since.elapsed() < patience => std::thread::sleep(PAUSE),
                Err(_) => return None,
            }
        }
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        // Said, not left to closing: a child that is being started holds the file too, for a moment.
        let _ = self.0.unlock();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

    use super::*;

    #[test]
    fn who_never_pauses_keeps_nobody_waiting() {
        let folder = tempfile::tempdir().unwrap();
        let database = folder.path().join("turn.db").display().to_string();
        let (done, greedy) = (AtomicBool::new(false), AtomicU32::new(0));
        std::thread::scope(|scope| {
            scope.spawn(|| {
                while !done.load(Ordering::Relaxed) {
                    let _turn = Turn::at(&database, PATIENCE).unwrap();
                    greedy.fetch_add(1, Ordering::Relaxed);
                    std::thread::sleep(Duration::from_millis(2));
                }
            });
            for _ in 0..20 {
                let before = greedy.load(Ordering::Relaxed);
                let turn = Turn::at(&database, PATIENCE).unwrap();
                let others = greedy.load(Ordering::Relaxed) - before;
                drop(turn);
                // The one that was on, and one that passed the gate before us.
                assert!(others <= 3, "{others} turns before ours");
            }
            done.store(true, Ordering::Relaxed);
        });
    }

    #[test]
    fn a_turn_that_is_not_given_back_is_done_without() {
        let folder = tempfile::tempdir().unwrap();
        let database = folder.path().join("turn.db").display().to_string();
        let hanging = Turn::at(&database, PATIENCE).unwrap();
        assert!(Turn::at(&database, Duration::from_millis(20)).is_none());
        drop(hanging);
        assert!(Turn::at(&database, Duration::from_millis(20)).is_some());
        assert!(Turn::at("/nowhere/at/all.db", PATIENCE).is_none());
    }
}
