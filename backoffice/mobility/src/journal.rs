//! A file to which lines are only ever added: what is in it after `append` is there after a `kill -9` and a power cut.
//!
//! One line is one fact. A line that was cut off by a crash was never promised to anybody, and is removed when the file
//! is opened again; any other damage is refused, because guessing here would deliver twice or never.

use std::fs::{File, TryLockError};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::Path;

use serde::Serialize;
use serde::de::DeserializeOwned;
use thiserror::Error;

/// An open journal. No other process has it.
#[derive(Debug)]
pub(crate) struct Journal {
    file: File,
    /// Up to here every line is whole.
    length: u64,
    /// A line may be half written and could not be taken back: nothing is added any more.
    torn: bool,
}

/// Why a journal cannot be opened or added to.
#[derive(Debug, Error)]
pub(crate) enum JournalError {
    #[error("the journal: {0}")]
    File(#[from] io::Error),
    #[error("the journal is in use by another process")]
    InUse,
    #[error("line {line} of the journal cannot be read: {source}")]
    Line { line: usize, source: serde_json::Error },
    #[error("an earlier write failed half-way; restart when the disk is well")]
    Torn,
}

impl Journal {
    /// Opens or makes a journal and gives what is in it.
    pub(crate) fn open<T: DeserializeOwned>(path: &Path) -> Result<(Self, Vec<T>), JournalError> {
        let mut file = File::options().read(true).append(true).create(true).open(path)?;
        file.try_lock().map_err(|error| match error {
            TryLockError::WouldBlock => JournalError::InUse,
            TryLockError::Error(error) => JournalError::File(error),
        })?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        let whole = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at.saturating_add(1));
        let (lines, rest) = bytes.split_at(whole);
        let length = u64::try_from(whole).unwrap_or(u64::MAX);
        if !rest.is_empty() {
            file.set_len(length)?;
            file.sync_all()?;
        }
        if bytes.is_empty() {
            // The file's own name has to survive, too.
            path.parent().map_or(Ok(()), |folder| File::open(folder).and_then(|folder| folder.sync_all()))?;
        }
        let facts = lines.split_inclusive(|byte| *byte == b'\n').enumerate().map(|(index, line)| {
            let at = index.saturating_add(1);
            serde_json::from_slice(line).map_err(|source| JournalError::Line { line: at, source })
        });
        let facts = facts.collect::<Result<_, _>>()?;
        Ok((Self { file, length, torn: false }, facts))
    }

    /// Adds a fact. When this returns, it is on the disk.
    pub(crate) fn append<T: Serialize>(&mut self, fact: &T) -> Result<(), JournalError> {
        if self.torn {
            return Err(JournalError::Torn);
        }
        let mut line = serde_json::to_vec(fact).map_err(io::Error::from)?;
        line.push(b'\n');
        if let Err(error) = self.file.write_all(&line).and_then(|()| self.file.sync_data()) {
            self.take_back();
            return Err(error.into());
        }
        self.length = self.length.saturating_add(u64::try_from(line.len()).unwrap_or(u64::MAX));
        Ok(())
    }

    /// After a failed write: nobody may find half a line, or a whole one that was reported as failed.
    fn take_back(&mut self) {
        let back = self.file.set_len(self.length).and_then(|()| self.file.seek(SeekFrom::Start(self.length)));
        self.torn = back.and_then(|_| self.file.sync_all()).is_err();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open(path: &Path) -> (Journal, Vec<String>) {
        Journal::open(path).unwrap()
    }

    #[test]
    fn what_was_added_is_there_again_and_half_a_line_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal");
        let (mut journal, facts) = open(&path);
        assert!(facts.is_empty());
        journal.append(&"one\nline").unwrap();
        journal.append(&"two").unwrap();
        drop(journal);
        // A crash in the middle of a write.
        File::options().append(true).open(&path).unwrap().write_all(b"\"thr").unwrap();
        let (mut journal, facts) = open(&path);
        assert_eq!(facts, ["one\nline", "two"]);
        journal.append(&"three").unwrap();
        drop(journal);
        assert_eq!(open(&path).1, ["one\nline", "two", "three"]);
    }

    #[test]
    fn damage_in_the_middle_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal");
        std::fs::write(&path, "\"one\"\ntwo\n\"three\"\n").unwrap();
        let error = Journal::open::<String>(&path).unwrap_err();
        assert!(matches!(error, JournalError::Line { line: 2, .. }), "{error}");
    }

    #[test]
    fn one_process_has_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal");
        let (journal, _) = open(&path);
        assert!(matches!(Journal::open::<String>(&path), Err(JournalError::InUse)));
        drop(journal);
        open(&path);
    }

    #[test]
    fn a_disk_that_is_full_tears_nothing() {
        // /dev/full answers every write with ENOSPC; it cannot be cut to length either, so the journal closes.
        let file = File::options().read(true).append(true).open("/dev/full").unwrap();
        let mut journal = Journal { file, length: 0, torn: false };
        assert!(matches!(journal.append(&"one"), Err(JournalError::File(_))));
        assert!(matches!(journal.append(&"two"), Err(JournalError::Torn)));
    }
}
