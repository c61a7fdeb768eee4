//! What becomes of bills and payouts after they were issued: attempts that end, money that comes back, debts given up.
//!
//! Ends of attempts come through the core's [`Settlement`]; what time brings is looked for by
//! [`Aggregation::advance_dunning`]. The rules are in [`crate::dunning`]; here they meet rows and transfers.

mod bill;
mod change;
mod open;
mod payout;
mod reversal;
mod view;

use std::sync::Arc;

use core_payment::{Rooms, Settlement, SubmitError};
use payment_domain::{LedgerPosition, Money, RequestId, Timestamp};
use thiserror::Error;

use crate::aggregation::Aggregation;
use crate::close::CloseError;
use crate::dunning::Refused;
use crate::settle::bill::{Advance, BillSettlement, LowerLimit, Moved, SetOff};
use crate::settle::change::{Change, ChangeBill, GiveUp};
use crate::settle::payout::{PayoutSettlement, ReturnPayout};
use crate::settle::reversal::{BillReversal, PayoutReversal};
use crate::storage;
use crate::terms::Terms;

pub use change::Booked;
pub use view::{BillFilter, BillView, Entry};

/// What ends the attempts of this room: for [`core_payment::Core::open_with`].
#[must_use]
pub fn settlements(terms: &Arc<Terms>) -> Vec<Arc<dyn Settlement>> {
    vec![Arc::new(BillSettlement(Arc::clone(terms))), Arc::new(PayoutSettlement)]
}

/// The same, with what takes back what a bank returns.
#[must_use]
pub fn rooms(terms: &Arc<Terms>) -> Rooms {
    Rooms {
        settlements: settlements(terms),
        reversals: vec![Arc::new(BillReversal(Arc::clone(terms))), Arc::new(PayoutReversal)],
    }
}

/// Why a bill or payout is not changed.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum SettleError {
    /// There is none.
    #[error("no such bill or payout")]
    Unknown,
    /// It is not in a state that takes this.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// More than is open, or than was collected.
    #[error("at most {0} can be booked on this bill")]
    TooMuch(Money),
    /// Another currency, nothing, or less than banks move.
    #[error(
        "the amount must be above zero, in the currency of the bill and not in fractions of what banks move"
    )]
    WrongAmount,
    /// The id names something else that was booked.
    #[error("the id was used before, for something else")]
    IdReused,
    /// A payout that was not paid cannot come back.
    #[error("this payout was not paid out")]
    NotPaid,
    /// Not now.
    #[error(transparent)]
    Submit(#[from] SubmitError),
}

/// What the passing of time came to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Advanced {
    /// Collections begun.
    pub collections: u64,
    /// Reminders sent.
    pub reminders: u64,
    /// Consumers suspended.
    pub suspended: u64,
    /// Consumers reinstated.
    pub reinstated: u64,
    /// Debts given up.
    pub written_off: u64,
    /// Bills that were paid by credit on the account.
    pub set_off: u64,
}

impl Aggregation {
    /// Does what time has brought for bills: begins collections (the attempts are pending then), reminds, suspends,
    /// reinstates, gives up.
    ///
    /// # Errors
    /// [`CloseError`]; may be called again.
    pub async fn advance_dunning(&self, now: Timestamp) -> Result<Advanced, CloseError> {
        let mut advanced = Advanced::default();
        loop {
            let due = storage::document::bills_due(&mut *self.conn()?, now.as_millis(), 256)?;
            let mut moved = false;
            for position in due {
                let act = Advance { bill: position, now, terms: Arc::clone(&self.0.terms) };
                if let Some(step) = self.0.core.perform(Arc::new(act)).await? {
                    advanced.add(step);
                    moved = true;
                }
            }
            if moved {
                continue;
            }
            // Time brings nothing to whoever is suspended; what a merchant gives back may.
            let credited = storage::document::bills_with_credit(&mut *self.conn()?, 256)?;
            let mut paid = false;
            for bill in credited {
                let act = SetOff { bill, terms: Arc::clone(&self.0.terms) };
                if self.0.core.perform(Arc::new(act)).await? {
                    advanced.add(Moved::SetOff);
                    paid = true;
                }
            }
            if !paid {
                break;
            }
        }
        let raised = storage::document::bills_raised(&mut *self.conn()?, 256)?;
        for bill in raised {
            self.0.core.perform(Arc::new(LowerLimit { bill })).await?;
        }
        Ok(advanced)
    }

    /// Books money that a consumer sent for a bill in another way than by collection, to the account of a system. The id is
    /// that of the act: the same once more books nothing, and is answered as it was.
    ///
    /// # Errors
    /// [`SettleError`].
    pub async fn pay_bill(
        &self,
        id: RequestId,
        bill: LedgerPosition,
        system: &str,
        amount: Money,
    ) -> Result<Booked, SettleError> {
        self.change_bill(id, bill, Change::Paid { system: system.to_owned(), amount }).await
    }

    /// Books a collection that the bank took back; the same once more books nothing.
    ///
    /// # Errors
    /// [`SettleError`].
    pub async fn return_collection(
        &self,
        id: RequestId,
        bill: LedgerPosition,
        system: &str,
        amount: Money,
    ) -> Result<Booked, SettleError> {
        self.change_bill(id, bill, Change::Returned { system: system.to_owned(), amount }).await
    }

    /// Gives up what is open of a bill; returns how much that was.
    ///
    /// # Errors
    /// [`SettleError`].
    pub async fn write_off(&self, bill: LedgerPosition) -> Result<Money, SettleError> {
        let terms = Arc::clone(&self.0.terms);
        self.0.core.perform(Arc::new(GiveUp { bill: bill.value(), terms })).await?
    }

    /// Books a payout that the bank sent back: it is payable again.
    ///
    /// # Errors
    /// [`SettleError`].
    pub async fn return_payout(&self, payout: LedgerPosition) -> Result<(), SettleError> {
        self.0.core.perform(Arc::new(ReturnPayout { payout: payout.value() })).await?
    }

    async fn change_bill(
        &self,
        id: RequestId,
        bill: LedgerPosition,
        change: Change,
    ) -> Result<Booked, SettleError> {
        let terms = Arc::clone(&self.0.terms);
        self.0.core.perform(Arc::new(ChangeBill { bill: bill.value(), change, id: Some(id), terms })).await?
    }
}

impl Advanced {
    fn add(&mut self, moved: Moved) {
        use crate::dunning::Step;
        let count = match moved {
            Moved::Step(Step::Collect) => &mut self.collections,
            Moved::Step(Step::Remind { .. }) => &mut self.reminders,
            Moved::Step(Step::Suspend) => &mut self.suspended,
            Moved::Step(Step::Reinstate) => &mut self.reinstated,
            Moved::Step(Step::WriteOff) => &mut self.written_off,
            Moved::SetOff => &mut self.set_off,
        };
        *count = count.saturating_add(1);
    }
}
