//! The worker that follows the journal: every payment becomes a sale, and what happens to it later is copied into it.
//!
//! As in aggregation there is a cursor for each writer's chain, which is gapless and committed in order; a step takes whole
//! batches after the cursors. What is new in them is added, and what they touch is copied anew **as it stands now**: a
//! payment that moves on once more is touched by a later batch, and copied again by a later step. Figures by the hour move
//! by the difference between the old copy and the new one. What was paid meanwhile by somebody who wants letters about it is
//! left for [`crate::alerts`]. Steps stand in one line, their number is the claim: of several
//! gateways one wins, the others find nothing done, so that all of a step is read before its short transaction.
//!
//! What this module must not do: hold the right to write while it reads, make payments wait, or keep anything that grows
//! with the journal. What is committed here is not waited for on disk: what a power cut takes is folded again.

mod chunk;
mod copy;
mod letters;

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use core_payment::{Clock, Core, DatabaseUrl, ReadError, time_of};
use payment_domain::Timestamp;
use thiserror::Error;
use tokio::sync::watch;

use crate::storage::sales::{fold, journal};
use crate::storage::{self, Archive, Conn, StorageError, connect, transaction};
use copy::{Memory, Plan};

/// Payments of one step, give or take a batch: how long others wait for SQLite's right to write.
const STEP_PAYMENTS: u32 = 512;
/// Rows that go in one step when everything is thrown away.
const CLEARED_ROWS: i64 = 2_000;
/// A batch younger than this says that payments go on.
const RECENT_MS: i64 = 1_000;
/// The longest that the worker waits for them between two steps.
const MOST_PAUSE: Duration = Duration::from_millis(250);

/// Follows the journal. One is enough for a gateway; several gateways may have one each.
pub struct SalesWorker {
    core: Core,
    database: DatabaseUrl,
    clock: Arc<dyn Clock>,
    most: i64,
    kept: Mutex<Kept>,
}

/// What is kept between steps.
#[derive(Default)]
struct Kept {
    open: Option<(Conn, Archive)>,
    memory: Memory,
}

/// What one step did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// There was nothing to take.
    Done,
    /// Some batches were folded.
    Folded {
        /// Payments that became sales.
        added: u64,
        /// Sales that changed.
        changed: u64,
    },
    /// Some rows were thrown away, to begin at zero.
    Cleared,
    /// Another worker was first; try again.
    Lost,
}

/// Why a step was not taken. Nothing of it was kept.
#[derive(Debug, Error)]
pub enum FoldError {
    /// The database.
    #[error("sales cannot be folded: {0}")]
    Storage(String),
    /// A row makes no sense.
    #[error("a stored {0} cannot be read back")]
    Corrupt(&'static str),
}

/// What steps came to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Folded {
    /// Steps that were taken here.
    pub steps: u64,
    /// Payments that became sales.
    pub added: u64,
    /// Sales that changed.
    pub changed: u64,
}

impl SalesWorker {
    /// On the database of a core.
    #[must_use]
    pub fn new(core: Core, database: DatabaseUrl, clock: Arc<dyn Clock>) -> Self {
        Self { core, database, clock, most: i64::from(STEP_PAYMENTS), kept: Mutex::default() }
    }

    /// With steps of so many payments.
    #[must_use]
    pub fn with_steps_of(mut self, payments: u32) -> Self {
        self.most = i64::from(payments.max(1));
        self
    }

    /// Takes one step. Blocks.
    ///
    /// # Errors
    /// [`FoldError`]; the step is not taken then and may be tried again.
    pub fn step(&self) -> Result<Step, FoldError> {
        // Whoever panicked in here has left nothing half done: what is kept is thrown away.
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let Kept { open, memory } = &mut *kept;
        let (mut conn, mut archive) = match open.take() {
            Some(open) => open,
            None => self.connect()?,
        };
        let stepped = step(&mut conn, &mut archive, memory, self.most, self.clock.now());
        match &stepped {
            // A connection that failed is opened anew.
            Err(_) => memory.forget(),
            Ok(taken) => {
                if *taken == Step::Lost {
                    memory.forget();
                }
                *open = Some((conn, archive));
            }
        }
        stepped
    }

    /// Takes steps until there is nothing left. Blocks. While payments go on, a long way to go takes half of the time only.
    ///
    /// # Errors
    /// [`FoldError`].
    pub fn fold_all(&self) -> Result<Folded, FoldError> {
        let mut folded = Folded::default();
        loop {
            let begun = Instant::now();
            match self.step()? {
                Step::Done => return Ok(folded),
                Step::Lost => {}
                Step::Cleared => self.make_way(begun)?,
                Step::Folded { added, changed } => {
                    folded.steps = folded.steps.saturating_add(1);
                    folded.added = folded.added.saturating_add(added);
                    folded.changed = folded.changed.saturating_add(changed);
                    // A step that is full, but for the batch that did not fit.
                    let rows = added.saturating_add(changed).saturating_mul(2);
                    if rows >= self.most.unsigned_abs() {
                        self.make_way(begun)?;
                    }
                }
            }
        }
    }

    /// Follows the journal until it is told to stop, looking so often.
    pub async fn run(self: Arc<Self>, every: Duration, mut stop: watch::Receiver<bool>) {
        let mut failed = false;
        loop {
            tokio::select! {
                () = tokio::time::sleep(every) => {}
                _ = stop.changed() => return,
            }
            let worker = Arc::clone(&self);
            match tokio::task::spawn_blocking(move || worker.fold_all()).await {
                Ok(Ok(_)) => failed = false,
                // Said once, not at every look.
                Ok(Err(error)) if !failed => {
                    failed = true;
                    tracing::error!(%error, "sales do not follow the journal now");
                }
                Ok(Err(_)) => {}
                Err(_) => tracing::error!("the worker of sales panicked"),
            }
        }
    }

    /// Throws everything away and folds it again from zero. Meanwhile lists are short and figures low. Blocks.
    ///
    /// # Errors
    /// [`FoldError`]; whoever takes the next step goes on with it.
    pub fn rebuild(&self) -> Result<Folded, FoldError> {
        let (mut conn, _) = self.connect()?;
        transaction(&mut conn, fold::begin_clearing)?;
        drop(conn);
        self.fold_all()
    }

    fn connect(&self) -> Result<(Conn, Archive), FoldError> {
        let mut conn = connect(&self.database)?;
        fold::relax(&mut conn)?;
        Ok((conn, self.core.archive()?))
    }

    /// Leaves others as much time as the last step took, if payments go on.
    fn make_way(&self, begun: Instant) -> Result<(), FoldError> {
        let took = begun.elapsed();
        let newest = {
            let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
            match &mut kept.open {
                Some((conn, _)) => journal::newest_batch(conn)?,
                None => None,
            }
        };
        let recent = self.clock.now().saturating_add_millis(RECENT_MS.saturating_neg());
        if newest.is_some_and(|batch| time_of(batch) > recent) {
            std::thread::sleep(took.min(MOST_PAUSE));
        }
        Ok(())
    }
}

impl fmt::Debug for SalesWorker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SalesWorker").field("most", &self.most).finish_non_exhaustive()
    }
}

fn step(
    conn: &mut Conn,
    archive: &mut Archive,
    memory: &mut Memory,
    most: i64,
    now: Timestamp,
) -> Result<Step, FoldError> {
    // First: whatever is read after this is as new as the step before, and if anybody takes another, this one is lost.
    let (seq, clearing) = fold::standing(conn)?;
    memory.continue_at(seq);
    if clearing {
        let claimed = transaction(conn, |tx| {
            Ok(fold::claim(tx, seq)? && fold::clear_some(tx, CLEARED_ROWS).map(|_| true)?)
        })?;
        return Ok(if claimed { Step::Cleared } else { Step::Lost });
    }
    let Some(chunk) = chunk::next(conn, most)? else { return Ok(Step::Done) };
    let plan = Plan::make(conn, archive, memory, &chunk, now)?;
    let (added, changed) = (count(plan.added.len()), count(plan.changed.len()));
    let claimed = transaction(conn, |tx| {
        if !fold::claim(tx, seq)? {
            return Ok(false);
        }
        for range in &chunk.ranges {
            fold::move_cursor(tx, range.end())?;
        }
        plan.write(tx).map(|()| true)
    })?;
    if !claimed {
        return Ok(Step::Lost);
    }
    memory.stand_at(seq.saturating_add(1));
    Ok(Step::Folded { added, changed })
}

fn count(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}

impl From<StorageError> for FoldError {
    fn from(error: StorageError) -> Self {
        Self::Storage(storage::chain(&error))
    }
}

impl From<ReadError> for FoldError {
    fn from(error: ReadError) -> Self {
        Self::Storage(error.to_string())
    }
}
