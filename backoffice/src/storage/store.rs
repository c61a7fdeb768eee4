//! The database and the sealing key, as the portals' handlers use them: off the threads that serve.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use core_payment::DatabaseUrl;
use payment_trust::Sealer;
use thiserror::Error;

use super::{Conn, Readers, StorageError, Tx, chain, transaction};

/// How long a page waits for a connection.
const PATIENCE: Duration = Duration::from_secs(2);

/// The database and the sealing key: cheap to clone, shared by all portals.
#[derive(Clone)]
pub struct Store(Arc<Inner>);

struct Inner {
    readers: Readers,
    sealer: Arc<Sealer>,
}

/// Why nothing was read or written.
#[derive(Debug, Error)]
pub enum StoreError {
    /// The database did not do it.
    #[error("{}", chain(.0))]
    Storage(#[from] StorageError),
    /// The thread that did it was stopped.
    #[error("the work was stopped")]
    Stopped,
}

impl Store {
    /// Does not wait for the database.
    #[must_use]
    pub fn open(database: &DatabaseUrl, sealer: Arc<Sealer>) -> Self {
        Self(Arc::new(Inner { readers: Readers::open(database, PATIENCE), sealer }))
    }

    /// Seals and opens what is personal.
    #[must_use]
    pub fn sealer(&self) -> &Sealer {
        &self.0.sealer
    }

    /// Reads, on a thread where waiting is allowed.
    ///
    /// # Errors
    /// [`StoreError`].
    pub(crate) async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Conn) -> Result<T, StorageError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let this = self.clone();
        let done = tokio::task::spawn_blocking(move || work(&mut *this.0.readers.conn()?));
        Ok(done.await.map_err(|_| StoreError::Stopped)??)
    }

    /// Writes in one transaction.
    ///
    /// # Errors
    /// [`StoreError`]; then nothing was written, unless the commit itself was not answered.
    pub(crate) async fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Tx<'_>) -> Result<T, StorageError> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.read(move |conn| transaction(conn, work)).await
    }
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Store({:?})", self.0.readers)
    }
}
