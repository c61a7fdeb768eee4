//! The bank's counter: files of direct debits and payouts out, the bank's files in (R9, R13).
//!
//! The core knows which attempt is in which file ([`core_payment::bank`]); [`iso20022`](crate::external::iso20022) knows
//! how files are written and read. Here the two meet, and the folders that stand for the bank: whatever carries files
//! between them and the bank (EBICS, SFTP, a person) is the operator's.
//!
//! - [`Counter::write`] writes what is due. A file is kept in the ledger's database before it is put into the outgoing
//!   folder, whole or not at all; if that does not happen the same bytes are put there later, never another file.
//! - [`Counter::reconcile`] reads a file of the bank. What it says is decided by what is known, booked in small
//!   batches, and decided again if somebody else was faster; given twice, it changes nothing the second time.
//! - [`Worker`] does both while a server runs.
//!
//! What this must not do: decide what a line means, post anything itself, or guess about what does not fit: that is kept
//! for a person. Start at [`Counter`].

mod folder;
mod reconciling;
mod target;
mod worker;
mod writing;

use std::path::PathBuf;
use std::sync::Arc;

use core_payment::bank::{BankFile, Kind, RefuseEntry, Refused, Unwritable, WriteFile};
use core_payment::{Core, ReadError, SubmitError};
use payment_domain::{BankAccount, Label, Timestamp};
use thiserror::Error;

use crate::external::iso20022::sending::CreditorId;

pub use reconciling::{ReconcileError, Reconciled, Sum};
pub use worker::{Rhythm, Worker};

use writing::Clerk;

/// How files for the bank are made.
#[derive(Debug, Clone)]
pub struct Terms {
    /// Who sends them.
    pub initiator: Label,
    /// Our account: money is collected to it and paid out of it.
    pub account: BankAccount,
    /// Our creditor identifier; without it nothing is collected.
    pub creditor: Option<CreditorId>,
    /// From the day of the file to the day of payment.
    pub pay_after_days: u8,
    /// From the day of the file to the day of collection. Banks ask for one day at least (EPC016-06).
    pub collect_after_days: u8,
    /// The most entries in one file.
    pub entries: u16,
}

/// Where files lie.
#[derive(Debug, Clone)]
pub struct Folders {
    /// Files for the bank.
    pub outgoing: PathBuf,
    /// Files of the bank, to be read.
    pub incoming: PathBuf,
    /// Those that were read.
    pub done: PathBuf,
    /// Those that could not be read.
    pub bad: PathBuf,
}

/// What was written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WrittenFiles {
    /// Files that lie in the outgoing folder now.
    pub files: Vec<BankFile>,
    /// What was declined because no file can hold it.
    pub refused: Vec<Refused>,
}

/// Why files were not written. What was written before stays, and lies in the folder or will.
#[derive(Debug, Error)]
pub enum WriteFilesError {
    /// As things are set up no file can be written.
    #[error("no file of {} can be written: {why}", kind.as_str())]
    Unwritable {
        /// Of which kind.
        kind: Kind,
        /// Why.
        why: Unwritable,
    },
    /// Not now.
    #[error(transparent)]
    Submit(#[from] SubmitError),
    /// Not now.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The outgoing folder does not take it.
    #[error("the outgoing folder {folder}: {error}")]
    Folder {
        /// Which.
        folder: PathBuf,
        /// What the system says.
        error: std::io::Error,
    },
    /// Two people have to let it go first.
    #[error("{0} waits until two operators have let it go")]
    Waits(String),
}

/// Hands files in and takes files back.
#[derive(Clone)]
pub struct Counter {
    core: Core,
    clerk: Arc<Clerk>,
    folders: Folders,
    two_people: bool,
}

impl Counter {
    /// A counter for one account at one bank.
    #[must_use]
    pub fn new(core: Core, terms: Terms, folders: Folders) -> Self {
        Self { core, clerk: Arc::new(Clerk(terms)), folders, two_people: false }
    }

    /// A counter at which files of payouts wait until a second person has let them go.
    #[must_use]
    pub const fn asking_two_people(mut self, two_people: bool) -> Self {
        self.two_people = two_people;
        self
    }

    /// Writes everything that is due of a kind, and puts it into the outgoing folder.
    ///
    /// # Errors
    /// [`WriteFilesError`].
    pub async fn write(&self, kind: Kind) -> Result<WrittenFiles, WriteFilesError> {
        let mut written = WrittenFiles::default();
        let most = self.clerk.0.entries.max(1);
        loop {
            let act = WriteFile { kind, most, scribe: Arc::clone(&self.clerk) };
            let filed = self.core.perform(Arc::new(act)).await?;
            let filed = filed.map_err(|why| WriteFilesError::Unwritable { kind, why })?;
            let entries = filed.file.as_ref().map_or(0, |file| file.entries);
            let taken = entries.saturating_add(u64::try_from(filed.refused.len()).unwrap_or_default());
            let mut moved = filed.file.is_some();
            if let Some(file) = filed.file {
                let file = if self.may_go(&file) { self.deliver(file).await? } else { file };
                written.files.push(file);
                metrics::counter!("meteore_bank_files_total", "kind" => kind.as_str()).increment(1);
            }
            for refused in filed.refused {
                if self.core.perform(Arc::new(RefuseEntry(refused.clone()))).await? {
                    moved = true;
                    written.refused.push(refused);
                }
            }
            if !moved || taken < u64::from(most) {
                return Ok(written);
            }
        }
    }

    /// Puts files that were written before a time, and never got there, into the outgoing folder: the same bytes. What had to
    /// be let go is not waited with: whoever wrote it has left it.
    ///
    /// # Errors
    /// [`WriteFilesError`].
    pub async fn deliver_late(&self, before: Timestamp) -> Result<Vec<BankFile>, WriteFilesError> {
        let core = self.core.clone();
        let undelivered = off_thread(move || core.undelivered_bank_files()).await??;
        let mut delivered = Vec::new();
        let is_ours = |file: &BankFile| file.created_at < before || file.released_at.is_some();
        for file in undelivered.into_iter().filter(|file| is_ours(file) && self.may_go(file)) {
            delivered.push(self.deliver(file).await?);
        }
        Ok(delivered)
    }

    /// Whether nobody has to let it go any more.
    fn may_go(&self, file: &BankFile) -> bool {
        !self.two_people || file.kind == Kind::Collections || file.released_at.is_some()
    }

    /// Puts a file into the outgoing folder: the bytes that were written first, whenever it is asked for.
    ///
    /// # Errors
    /// [`WriteFilesError`].
    pub async fn deliver(&self, file: BankFile) -> Result<BankFile, WriteFilesError> {
        if !self.may_go(&file) {
            return Err(WriteFilesError::Waits(file.name));
        }
        let (core, folder) = (self.core.clone(), self.folders.outgoing.clone());
        off_thread(move || {
            let document = core.bank_document(&file)?;
            folder::put(&folder, &writing::file_name(&file), &document)
                .map_err(|error| WriteFilesError::Folder { folder, error })?;
            core.bank_file_delivered(file.id)?;
            Ok(file)
        })
        .await?
    }
}

/// Runs what blocks on a thread of its own.
async fn off_thread<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, SubmitError> {
    // Else the runtime is going down, or the work has panicked.
    tokio::task::spawn_blocking(work).await.map_err(|_| SubmitError::Unavailable)
}
