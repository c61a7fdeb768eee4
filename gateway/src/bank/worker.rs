//! The counter while a server runs: looks every so often what has to be written, and what the bank has dropped.

use std::path::{Path, PathBuf};
use std::time::Duration;

use core_payment::bank::Kind;
use payment_domain::Timestamp;
use tokio::sync::watch;

use super::{Counter, ReconcileError, Reconciled, WriteFilesError, folder, off_thread};
use crate::external::iso20022::reading::Limits;

/// For how long a file is left to whoever wrote it: only then may it be that they died in between.
const GRACE_MS: i64 = 60_000;

/// How often what is done.
#[derive(Debug, Clone, Copy)]
pub struct Rhythm {
    /// From one look to the next.
    pub look: Duration,
    /// From one file of a kind to the next one.
    pub write_every_ms: i64,
}

/// Writes files at intervals and reads what is dropped into the incoming folder. Several servers may do so at once.
pub struct Worker {
    counter: Counter,
    rhythm: Rhythm,
    /// What failed at the last look: said once, not at every look.
    failing: Option<String>,
}

impl Worker {
    /// A worker at a counter.
    #[must_use]
    pub const fn new(counter: Counter, rhythm: Rhythm) -> Self {
        Self { counter, rhythm, failing: None }
    }

    /// Looks until it is told to stop.
    pub async fn run(mut self, now: impl Fn() -> Timestamp, mut stop: watch::Receiver<bool>) {
        loop {
            tokio::select! {
                () = tokio::time::sleep(self.rhythm.look) => self.look(now()).await,
                changed = stop.changed() => if changed.is_err() || *stop.borrow() { return },
            }
        }
    }

    /// One look.
    pub async fn look(&mut self, now: Timestamp) {
        let mut failing = Vec::new();
        // What one file or kind has against it is no reason for the others to wait.
        failing.extend(self.deliver_late(now).await.err().map(words));
        for kind in Kind::ALL {
            failing.extend(self.write(kind, now).await.err().map(words));
        }
        match self.quiet(now).await {
            Ok(files) => {
                for path in files {
                    let taken = self.take(&path).await;
                    failing.extend(taken.err().map(|error| format!("{}: {error}", path.display())));
                }
            }
            Err(error) => failing.push(error),
        }
        let failing = (!failing.is_empty()).then(|| failing.join("; "));
        if let Some(error) = failing.as_ref().filter(|_| failing != self.failing) {
            tracing::error!(error, "files for or of the bank cannot be dealt with now");
        }
        self.failing = failing;
    }

    async fn deliver_late(&self, now: Timestamp) -> Result<(), WriteFilesError> {
        let late = self.counter.deliver_late(now.saturating_add_millis(-GRACE_MS)).await?;
        for file in late {
            if file.released_at.is_some() {
                tracing::info!(file = file.name, "a bank file that was let go is put out");
            } else {
                tracing::warn!(file = file.name, "a bank file is put out late");
            }
        }
        Ok(())
    }

    async fn write(&self, kind: Kind, now: Timestamp) -> Result<(), WriteFilesError> {
        if !self.is_time(kind, now).await? {
            return Ok(());
        }
        let written = self.counter.write(kind).await?;
        for file in written.files {
            let (kind, total) = (kind.as_str(), file.total.to_string());
            tracing::info!(file = file.name, kind, entries = file.entries, total, "bank file written");
        }
        for refused in written.refused {
            let (attempt, reason) = (refused.attempt, refused.reason);
            tracing::warn!(%attempt, reason, "declined: no bank file can hold it");
        }
        Ok(())
    }

    /// Whether something is due, and the last file is so long ago.
    async fn is_time(&self, kind: Kind, now: Timestamp) -> Result<bool, WriteFilesError> {
        let (core, every_ms) = (self.counter.core.clone(), self.rhythm.write_every_ms);
        off_thread(move || {
            let newest = core.newest_bank_file(kind)?;
            let waits = newest.is_some_and(|file| now.millis_since(file.created_at) < every_ms);
            Ok(!waits && !core.bank_due(kind, None, 1)?.is_empty())
        })
        .await?
    }

    /// What the bank has dropped.
    async fn quiet(&self, now: Timestamp) -> Result<Vec<PathBuf>, String> {
        let incoming = self.counter.folders.incoming.clone();
        let shown = incoming.display().to_string();
        let files = off_thread(move || folder::quiet(&incoming, now)).await.map_err(words)?;
        files.map_err(|error| format!("the incoming folder {shown}: {error}"))
    }

    /// Reads one file and puts it away; what cannot be dealt with now stays where it is.
    async fn take(&self, path: &Path) -> Result<(), String> {
        let most = Limits::default().file_bytes;
        let here = path.to_owned();
        let content = off_thread(move || folder::read(&here, most)).await.map_err(words)?.map_err(words)?;
        let file = path.file_name().unwrap_or_default().to_string_lossy();
        let folder = match self.counter.reconcile(content).await {
            Ok(reconciled) => {
                tell(&file, &reconciled);
                &self.counter.folders.done
            }
            Err(ReconcileError::Unreadable(error)) => {
                tracing::error!(%file, %error, "a file of the bank cannot be read");
                &self.counter.folders.bad
            }
            Err(error) => return Err(words(error)),
        };
        let (path, folder) = (path.to_owned(), folder.clone());
        off_thread(move || folder::put_away(&path, &folder)).await.map_err(words)?.map_err(words)
    }
}

fn words(error: impl std::error::Error) -> String {
    error.to_string()
}

fn tell(file: &str, reconciled: &Reconciled) {
    let Reconciled { message, name, before, sums, breaks } = reconciled;
    if before.is_some() {
        return tracing::info!(file, message, name, "a file of the bank that was read before");
    }
    let sums: Vec<String> = sums.iter().map(|sum| format!("{} {}", sum.count, sum.verdict)).collect();
    tracing::info!(file, message, name, found = sums.join(", "), "a file of the bank was read");
    for found in breaks {
        let (line, words) = (found.line, &found.words);
        tracing::warn!(file, line, words, "a file of the bank does not fit");
    }
}
