//! Payouts inside a batch of the core.

use core_payment::{Accounts, Act, ActError, Begun, Books, End, Posting, Reply, Settlement};
use payment_domain::{Currency, LedgerPosition, Purpose, SystemAccount, TransferKind};

use crate::close::HOLD;
use crate::settle::SettleError;
use crate::storage::document::{self, PayoutRow};

/// Ends payouts: what was held is paid, or the merchant's again.
pub(super) struct PayoutSettlement;

impl Settlement for PayoutSettlement {
    fn purpose(&self) -> Purpose {
        Purpose::Payout
    }

    fn accounts(&self, _: &mut Books<'_, '_, '_>, _: &Begun) -> Result<Accounts, ActError> {
        // The merchant's account is only credited.
        Ok(Accounts::default())
    }

    fn settle(
        &self,
        books: &mut Books<'_, '_, '_>,
        attempt: &Begun,
        end: &End<'_>,
        at: LedgerPosition,
    ) -> Result<Reply, ActError> {
        let row = document::payout_at(books.tx().conn(), attempt.subject)?;
        let row = row.ok_or(ActError::corrupt("payout"))?;
        let currency = attempt.amount.currency();
        let hold = books.system_account(SystemAccount::Hold, HOLD, currency)?;
        let (to, kind, state) = match end {
            End::Approved { .. } => {
                let external = books.system_account(SystemAccount::External, &attempt.system, currency)?;
                (external, TransferKind::PayoutPaid, "paid")
            }
            End::Declined { .. } => (row.account, TransferKind::PayoutVoid, "declined"),
        };
        if !document::move_payout(books.tx(), row.position, "pending", state)? {
            return Err(ActError::corrupt("payout"));
        }
        let micros = attempt.amount.micros();
        books.post(Posting { subject: row.position, debit: hold, credit: to, micros, kind })?;
        books.declare_end(at, attempt, end)
    }
}

/// A payout that the bank sent back.
pub(super) struct ReturnPayout {
    pub(super) payout: i64,
}

impl Act for ReturnPayout {
    type Done = Result<(), SettleError>;

    fn accounts(&self, _: &mut Books<'_, '_, '_>) -> Result<Accounts, ActError> {
        Ok(Accounts::default())
    }

    fn run(&self, books: &mut Books<'_, '_, '_>) -> Result<Self::Done, ActError> {
        let Some(row) = document::payout_at(books.tx().conn(), self.payout)? else {
            return Ok(Err(SettleError::Unknown));
        };
        if !document::move_payout(books.tx(), row.position, "paid", "returned")? {
            return Ok(Err(SettleError::NotPaid));
        }
        let PayoutRow { position, account, amount, currency, .. } = row;
        let currency = Currency::parse(&currency).map_err(|_| ActError::corrupt("currency"))?;
        let Some(system) = row.attempt.map(|id| system_of(books, id)).transpose()?.flatten() else {
            return Err(ActError::corrupt("payout"));
        };
        let external = books.system_account(SystemAccount::External, &system, currency)?;
        books.post(Posting {
            subject: position,
            debit: external,
            credit: account,
            micros: amount,
            kind: TransferKind::PayoutReturned,
        })?;
        let at = books.position()?;
        books.declare(at, &format!("payout {position}: came back from {system}"))?;
        Ok(Ok(()))
    }
}

fn system_of(books: &mut Books<'_, '_, '_>, attempt: i64) -> Result<Option<String>, ActError> {
    Ok(document::system_of(books.tx().conn(), attempt)?)
}
