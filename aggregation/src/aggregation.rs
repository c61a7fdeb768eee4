//! The room as its callers see it: fold, close, collect, prove, audit.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use core_payment::{Clock, Core, DatabaseUrl, time_of};
use payment_domain::Timestamp;

use crate::close::Names;
use crate::fold::{self, FoldError, Kept, Step, Wanted};
use crate::storage::{self, Conn, Reader, Readers, StorageError, connect};
use crate::terms::Terms;

/// How long a read waits for a connection. Nobody's payment waits with it.
const PATIENCE: Duration = Duration::from_secs(5);

/// A payment younger than this says that payments go on.
const RECENT_MS: i64 = 1_000;
/// Transfers of a step while they do: each takes a few hundredths of a second of a processor that they want.
const BUSY_STEP: u32 = 4_000;
/// The longest that the fold waits for them between two steps.
const MOST_PAUSE: Duration = Duration::from_millis(250);

/// Aggregation, on one database. Cheap to clone.
#[derive(Clone)]
pub struct Aggregation(pub(crate) Arc<Inner>);

pub(crate) struct Inner {
    pub(crate) core: Core,
    pub(crate) database: DatabaseUrl,
    pub(crate) terms: Arc<Terms>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) names: Arc<Names>,
    /// Not the core's own: a long read here, of a proof or a page of periods, must keep no message waiting.
    readers: Arc<Readers>,
    folding: Mutex<Folding>,
}

/// What the fold keeps between steps.
#[derive(Default)]
struct Folding {
    conn: Option<Conn>,
    kept: Kept,
}

/// What steps of the fold came to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Folded {
    /// Steps that were taken here.
    pub steps: u64,
    /// Transfers in them.
    pub transfers: u64,
    /// A midnight that has to be closed at before the fold can go on.
    pub waiting_at: Option<Timestamp>,
}

impl Aggregation {
    /// On a core that was opened with [`crate::settlements`] of the same terms.
    #[must_use]
    pub fn new(core: Core, database: DatabaseUrl, terms: Arc<Terms>, clock: Arc<dyn Clock>) -> Self {
        let (names, folding) = (Arc::default(), Mutex::default());
        let readers = Arc::new(Readers::open(&database, PATIENCE));
        Self(Arc::new(Inner { core, database, terms, clock, names, readers, folding }))
    }

    /// The terms.
    #[must_use]
    pub fn terms(&self) -> &Terms {
        &self.0.terms
    }

    /// Takes one step of the fold. Blocks while it reads.
    ///
    /// # Errors
    /// [`FoldError`]; the step is not taken then and may be tried again.
    pub fn fold_step(&self) -> Result<Step, FoldError> {
        self.fold_some(Wanted { before: i64::MAX, most: self.0.terms.step_transfers }, None)
    }

    fn fold_some(&self, wanted: Wanted, readers: Option<&Arc<Readers>>) -> Result<Step, FoldError> {
        let mut folding = self.0.folding.lock().map_err(|_| FoldError::Corrupt("fold"))?;
        let Folding { conn, kept } = &mut *folding;
        let open = match conn.take() {
            Some(open) => open,
            None => connect(&self.0.database)?,
        };
        let open = conn.insert(open);
        let step = fold::step(open, kept, &self.0.terms, self.0.clock.now(), wanted, readers);
        if step.is_err() {
            *conn = None;
        }
        if readers.is_none() || !matches!(step, Ok(Step::Folded { .. })) {
            // Nobody may come for it.
            kept.ahead = None;
        }
        step
    }

    /// Takes steps until nothing is left of what is there now, or until it stands at a midnight that nothing was closed at
    /// yet. Blocks. What is paid meanwhile is left: there might be no end of it. While payments go on, a long way to go
    /// is gone in small steps, and takes a third of the time only.
    ///
    /// # Errors
    /// [`FoldError`].
    pub fn fold_all(&self) -> Result<Folded, FoldError> {
        let mut folded = Folded::default();
        let newest = storage::journal::newest_batch(&mut *self.conn()?)?;
        let before = newest.map_or(0, |batch| batch.saturating_add(1));
        let mut busy = self.payments_go_on()?;
        loop {
            let begun = Instant::now();
            let whole = self.0.terms.step_transfers;
            let most = if busy { whole.min(BUSY_STEP) } else { whole };
            match self.fold_some(Wanted { before, most }, (!busy).then_some(&self.0.readers))? {
                Step::Folded { transfers, .. } => {
                    folded.steps = folded.steps.saturating_add(1);
                    folded.transfers = folded.transfers.saturating_add(transfers);
                    // A step that is full, but for the batch that did not fit.
                    let full = transfers.saturating_mul(2) >= u64::from(most);
                    busy = full && self.payments_go_on()?;
                    if busy {
                        std::thread::sleep(begun.elapsed().saturating_mul(2).min(MOST_PAUSE));
                    }
                }
                Step::Lost => {}
                Step::Done => return Ok(folded),
                Step::AtMidnight(midnight) => {
                    return Ok(Folded { waiting_at: Some(midnight), ..folded });
                }
            }
        }
    }

    pub(crate) fn payments_go_on(&self) -> Result<bool, FoldError> {
        let mut conn = self.conn()?;
        let newest = storage::journal::newest_payment(&mut conn)?;
        let recent = self.0.clock.now().saturating_add_millis(RECENT_MS.saturating_neg());
        Ok(newest.is_some_and(|payment| time_of(payment) > recent))
    }

    /// Folds everything again and compares. Blocks.
    ///
    /// # Errors
    /// [`crate::audit::AuditError`].
    pub fn audit(&self) -> Result<crate::audit::AuditReport, crate::audit::AuditError> {
        crate::audit::audit(&self.0.database)
    }

    /// A connection for reading. It is to be given back before anything is waited for.
    pub(crate) fn conn(&self) -> Result<Reader, StorageError> {
        self.0.readers.conn()
    }
}
