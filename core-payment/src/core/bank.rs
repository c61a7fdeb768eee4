//! Files for banks as workers and operators see them. What changes something is an act: see [`crate::bank`].

use payment_domain::{AttemptId, Digest, LedgerPosition};
use zeroize::Zeroizing;

use super::{Core, ReadError, read_error};
use crate::bank::{Answer, BankFile, Kind, OpenBreak, SYSTEM, SentEntry, open_document};
use crate::reply::Attempt;
use crate::storage::{bank, payment, transaction};

impl Core {
    /// Attempts that the next file of a kind would hold, or refuse, oldest first: at most `limit`, from one after the given
    /// id.
    ///
    /// # Errors
    /// [`ReadError`].
    pub fn bank_due(
        &self,
        kind: Kind,
        after: Option<AttemptId>,
        limit: i64,
    ) -> Result<Vec<Attempt>, ReadError> {
        let mut conn = self.conn()?;
        let after = after.map_or(0, AttemptId::value);
        let rows = bank::due(&mut conn, SYSTEM, kind.operations(), after, limit).map_err(read_error)?;
        let attempts = rows.iter().map(|row| self.attempt(&mut conn, row));
        Ok(attempts.collect::<Result<Vec<_>, _>>().map_err(read_error)?.into_iter().flatten().collect())
    }

    /// Files that were written, newest first.
    ///
    /// # Errors
    /// [`ReadError`].
    pub fn bank_files(&self, limit: i64) -> Result<Vec<BankFile>, ReadError> {
        let rows = bank::files(&mut *self.conn()?, limit).map_err(read_error)?;
        rows.iter().map(BankFile::read).collect::<Result<_, _>>().map_err(read_error)
    }

    /// Files that were written and not put where the bank takes them, oldest first.
    ///
    /// # Errors
    /// [`ReadError`].
    pub fn undelivered_bank_files(&self) -> Result<Vec<BankFile>, ReadError> {
        let rows = bank::undelivered(&mut *self.conn()?).map_err(read_error)?;
        rows.iter().map(BankFile::read).collect::<Result<_, _>>().map_err(read_error)
    }

    /// The newest file of a kind.
    ///
    /// # Errors
    /// [`ReadError`].
    pub fn newest_bank_file(&self, kind: Kind) -> Result<Option<BankFile>, ReadError> {
        let row = bank::newest(&mut *self.conn()?, kind.as_str()).map_err(read_error)?;
        row.as_ref().map(BankFile::read).transpose().map_err(read_error)
    }

    /// A file by its name.
    ///
    /// # Errors
    /// [`ReadError`].
    pub fn bank_file(&self, name: &str) -> Result<Option<BankFile>, ReadError> {
        let row = bank::file_named(&mut *self.conn()?, name).map_err(read_error)?;
        row.as_ref().map(BankFile::read).transpose().map_err(read_error)
    }

    /// The bytes of a file, as they were written. They name people and their accounts.
    ///
    /// # Errors
    /// [`ReadError`], also if they are not the ones that were written.
    pub fn bank_document(&self, file: &BankFile) -> Result<Zeroizing<Vec<u8>>, ReadError> {
        let id = file.id.value();
        let stored = bank::document(&mut *self.conn()?, id).map_err(read_error)?;
        let stored = stored.ok_or_else(|| ReadError::new("there is no such bank file".to_owned()))?;
        open_document(&self.0.context.sealer, id, &stored, &file.digest)
            .map_err(|error| ReadError::new(error.to_string()))
    }

    /// Notes that a file was put where the bank takes it.
    ///
    /// # Errors
    /// [`ReadError`]; then it is put there again.
    pub fn bank_file_delivered(&self, file: LedgerPosition) -> Result<(), ReadError> {
        let now = self.now().as_millis();
        transaction(&mut *self.conn()?, |tx| bank::delivered(tx, file.value(), now)).map_err(read_error)
    }

    /// Notes that a second person lets a file go: until then it waits, where the counter asks for one. `false` if it was
    /// let go before, or there is none.
    ///
    /// # Errors
    /// [`ReadError`].
    pub fn release_bank_file(&self, file: LedgerPosition) -> Result<bool, ReadError> {
        let now = self.now().as_millis();
        transaction(&mut *self.conn()?, |tx| bank::released(tx, file.value(), now)).map_err(read_error)
    }

    /// What is known of entries, by what a bank may name: attempts, batches, files.
    ///
    /// # Errors
    /// [`ReadError`].
    pub fn bank_entries(
        &self,
        attempts: &[AttemptId],
        batches: &[String],
        files: &[String],
    ) -> Result<Vec<SentEntry>, ReadError> {
        let attempts: Vec<i64> = attempts.iter().map(|attempt| attempt.value()).collect();
        let sent = bank::sent(&mut *self.conn()?, &attempts, batches, files).map_err(read_error)?;
        sent.iter().map(SentEntry::read).collect::<Result<_, _>>().map_err(read_error)
    }

    /// The file of the bank with this digest, if it was read before.
    ///
    /// # Errors
    /// [`ReadError`].
    pub fn bank_answer(&self, digest: &Digest) -> Result<Option<Answer>, ReadError> {
        let row = bank::answer(&mut *self.conn()?, digest.as_bytes()).map_err(read_error)?;
        row.as_ref().map(Answer::read).transpose().map_err(read_error)
    }

    /// What does not fit and nobody has resolved, oldest first: of one file of the bank, or of all.
    ///
    /// # Errors
    /// [`ReadError`].
    pub fn bank_breaks(
        &self,
        answer: Option<LedgerPosition>,
        limit: i64,
    ) -> Result<Vec<OpenBreak>, ReadError> {
        let answer = answer.map(LedgerPosition::value);
        let mut conn = self.conn()?;
        let rows = bank::open_breaks(&mut conn, answer, limit).map_err(read_error)?;
        let about = rows.iter().filter_map(|row| row.attempt).collect();
        let attempts = payment::attempts_at(&mut conn, about).map_err(read_error)?;
        let read = rows.into_iter().map(|row| OpenBreak::read(row, &attempts));
        read.collect::<Result<_, _>>().map_err(read_error)
    }

    /// Notes that somebody has dealt with a break. `false` if there is none like it, or somebody had before.
    ///
    /// # Errors
    /// [`ReadError`].
    pub fn resolve_bank_break(&self, answer: LedgerPosition, number: u64) -> Result<bool, ReadError> {
        let number = i64::try_from(number).unwrap_or(i64::MAX);
        let now = self.now().as_millis();
        transaction(&mut *self.conn()?, |tx| bank::resolve(tx, answer.value(), number, now))
            .map_err(read_error)
    }
}
