//! Reading ahead: while a step adds up and is written, the transfers of the next one are read. The database and the fold would
//! take turns otherwise, each with one of two cores.

use std::thread::{Builder, JoinHandle};

use super::FoldError;
use super::chunk::{self, Chunk, Standing};
use crate::storage::Conn;

/// A chunk that is being read, for a fold that will stand there.
pub(crate) struct Ahead {
    at: Standing,
    before: i64,
    most: u32,
    reading: Option<JoinHandle<Option<Chunk>>>,
}

impl Ahead {
    /// Begins to read what follows a chunk. `None` where no thread can be had: it is read when it is its turn then.
    pub(crate) fn begin<C>(
        at: Standing,
        (before, most): (i64, u32),
        connect: impl FnOnce() -> Option<C> + Send + 'static,
    ) -> Option<Self>
    where
        C: std::ops::DerefMut<Target = Conn>,
    {
        let standing = at.clone();
        let read = move || chunk::after(&mut *connect()?, &standing, before, most).ok().flatten();
        let reading = Builder::new().name("fold-ahead".to_owned()).spawn(read).ok()?;
        Some(Self { at, before, most, reading: Some(reading) })
    }

    /// What was read, if the fold stands where it was read for and wants as much.
    pub(crate) fn take(mut self, at: &Standing, before: i64, most: u32) -> Option<Chunk> {
        let read = self.reading.take()?.join().ok().flatten();
        read.filter(|_| self.at == *at && self.before == before && self.most == most)
    }
}

impl Drop for Ahead {
    /// No thread is left with a connection when the process ends.
    fn drop(&mut self) {
        if let Some(reading) = self.reading.take() {
            drop(reading.join());
        }
    }
}

/// The next chunk: the one that was read ahead if it fits, else it is read now.
pub(crate) fn next(
    conn: &mut Conn,
    ahead: Option<Ahead>,
    at: &Standing,
    (before, most): (i64, u32),
) -> Result<Option<Chunk>, FoldError> {
    match ahead.and_then(|ahead| ahead.take(at, before, most)) {
        Some(chunk) => Ok(Some(chunk)),
        None => chunk::after(conn, at, before, most),
    }
}
