//! A bill that this batch has locked, and what can be done to it. Every change locks the bill first.

use core_payment::{Accounts, ActError, Books, Posting};
use payment_domain::{Currency, LedgerPosition, Money, SystemAccount, Timestamp, TransferKind};

use crate::dunning::Dunning;
use crate::fee::whole_minor_units;
use crate::storage::document::{self, BillChange, BillRow};
use crate::storage::entry::{self, CreditUsedRow};

/// What debts that were given up are taken from.
const LOSS: &str = "bills";
/// What credit passes through on its way to a bill.
const CREDITS: &str = "credits";

/// A locked bill.
pub(super) struct Open {
    pub(super) row: BillRow,
    pub(super) dunning: Dunning,
    pub(super) currency: Currency,
}

impl Open {
    pub(super) fn lock(books: &mut Books<'_, '_, '_>, position: i64) -> Result<Option<Self>, ActError> {
        let Some(row) = document::lock_bill(books.tx(), position)? else { return Ok(None) };
        let corrupt = || ActError::corrupt("bill");
        let count = |number: i32| u32::try_from(number).map_err(|_| corrupt());
        let next_at = row.next_at.map(Timestamp::from_millis).transpose().map_err(|_| corrupt())?;
        let (failures, reminders) = (count(row.failures)?, count(row.reminders)?);
        let dunning = Dunning::read(&row.state, failures, reminders, next_at).ok_or_else(corrupt)?;
        let currency = Currency::parse(&row.currency).map_err(|_| corrupt())?;
        Ok(Some(Self { row, dunning, currency }))
    }

    /// What nobody has paid or given up, in micro-units.
    pub(super) const fn open_micros(&self) -> i64 {
        self.row.open_micros()
    }

    /// An amount in its currency.
    pub(super) const fn money(&self, micros: i64) -> Money {
        Money::from_micros(micros, self.currency)
    }

    pub(super) fn save(&self, books: &mut Books<'_, '_, '_>) -> Result<(), ActError> {
        let number = |count: u32| i32::try_from(count).unwrap_or(i32::MAX);
        let change = BillChange {
            collected: self.row.collected,
            written_off: self.row.written_off,
            state: self.dunning.as_str().to_owned(),
            failures: number(self.dunning.failures()),
            reminders: number(self.dunning.reminders()),
            next_at: self.dunning.next_at().map(Timestamp::as_millis),
            raised: self.row.raised,
            attempt: self.row.attempt,
        };
        Ok(document::change_bill(books.tx(), self.row.position, &change)?)
    }

    /// Money came in: external → postpaid.
    pub(super) fn collect(
        &mut self,
        books: &mut Books<'_, '_, '_>,
        system: &str,
        micros: i64,
    ) -> Result<LedgerPosition, ActError> {
        let external = books.system_account(SystemAccount::External, system, self.currency)?;
        let at = self.post(books, external, self.row.account, micros, TransferKind::Collection)?;
        self.row.collected = self.row.collected.saturating_add(micros);
        Ok(at)
    }

    /// Settles it, in whole minor units, with what stands to the consumer's credit on the account: what no bill has asked for
    /// yet, where that is below zero. Hold → postpaid, and back as a part of the next bill, which so does not give the same
    /// credit once more. The account is locked, and stands afterwards where it stood.
    pub(super) fn use_credit(&mut self, books: &mut Books<'_, '_, '_>) -> Result<(), ActError> {
        let billed = document::open_of(books.tx().conn(), self.row.consumer, self.row.account)?;
        let credit = books.balance(self.row.account)?.checked_add(billed).ok_or(ActError::overflow())?;
        let micros = whole_minor_units(credit, self.currency).0.min(self.open_micros());
        if micros <= 0 {
            return Ok(());
        }
        let hold = books.system_account(SystemAccount::Hold, CREDITS, self.currency)?;
        let at = self.post(books, hold, self.row.account, micros, TransferKind::SetOff)?;
        self.post(books, self.row.account, hold, micros, TransferKind::CreditUsed)?;
        self.row.collected = self.row.collected.saturating_add(micros);
        let row = CreditUsedRow { position: at.value(), bill: self.row.position, micros };
        entry::use_credit(books.tx(), &row)?;
        let credit = self.money(micros);
        self.declare(books, &format!("{credit} is settled by credit on the account"))
    }

    /// The bank took money back: postpaid → external. It is owed whatever the limit.
    pub(super) fn take_back(
        &mut self,
        books: &mut Books<'_, '_, '_>,
        system: &str,
        micros: i64,
    ) -> Result<LedgerPosition, ActError> {
        let external = books.system_account(SystemAccount::External, system, self.currency)?;
        self.owe_beyond_limit(books, micros)?;
        let kind = TransferKind::CollectionReturned;
        let at = self.post(books, self.row.account, external, micros, kind)?;
        self.row.collected = self.row.collected.saturating_sub(micros);
        Ok(at)
    }

    pub(super) fn owe_beyond_limit(
        &mut self,
        books: &mut Books<'_, '_, '_>,
        micros: i64,
    ) -> Result<(), ActError> {
        document::raise_limit(books.tx(), self.row.account, micros)?;
        self.row.raised = self.row.raised.checked_add(micros).ok_or(ActError::overflow())?;
        Ok(())
    }

    /// Gives up what is open: loss → postpaid.
    pub(super) fn give_up(&mut self, books: &mut Books<'_, '_, '_>) -> Result<(), ActError> {
        let micros = self.open_micros();
        if micros > 0 {
            let loss = books.system_account(SystemAccount::Loss, LOSS, self.currency)?;
            self.post(books, loss, self.row.account, micros, TransferKind::WriteOff)?;
            self.row.written_off = self.row.written_off.saturating_add(micros);
        }
        Ok(())
    }

    pub(super) fn post(
        &self,
        books: &mut Books<'_, '_, '_>,
        debit: i64,
        credit: i64,
        micros: i64,
        kind: TransferKind,
    ) -> Result<LedgerPosition, ActError> {
        books.post(Posting { subject: self.row.position, debit, credit, micros, kind })
    }

    pub(super) fn declare(&self, books: &mut Books<'_, '_, '_>, words: &str) -> Result<(), ActError> {
        let at = books.position()?;
        books.declare(at, &format!("bill {}: {words}", self.row.position))
    }
}

/// The account that a bill is of.
pub(super) fn accounts(books: &mut Books<'_, '_, '_>, bill: i64) -> Result<Accounts, ActError> {
    let row = document::bill_at(books.tx().conn(), bill)?;
    Ok(Accounts { consumers: row.into_iter().map(|row| row.account).collect(), ..Accounts::default() })
}
