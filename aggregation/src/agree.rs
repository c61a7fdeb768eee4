//! Terms with one merchant, in force from a midnight on. What was agreed before stays as it was.

use std::sync::Arc;

use core_payment::{Accounts, Act, ActError, Books, SubmitError};
use payment_domain::{Currency, PartyId, Role, Timestamp};
use thiserror::Error;

use crate::aggregation::Aggregation;
use crate::fee::{FeeSchedule, InvalidSchedule};
use crate::storage::document::{ScheduleRow, insert_schedule};

impl Aggregation {
    /// Agrees on terms with a merchant, from a midnight to come. Where terms change, a period of the merchant's ends.
    ///
    /// # Errors
    /// [`AgreeError`].
    pub async fn agree(
        &self,
        merchant: &PartyId,
        currency: Currency,
        schedule: FeeSchedule,
        valid_from: Timestamp,
    ) -> Result<(), AgreeError> {
        let schedule = schedule.check()?;
        let (zone, now) = (self.0.terms.zone, self.0.clock.now());
        if valid_from <= now || zone.midnight(valid_from) != valid_from {
            return Err(InvalidSchedule::NotToCome(zone.next_midnight(now)).into());
        }
        let merchant = merchant.clone();
        self.0.core.perform(Arc::new(Agree { merchant, currency, schedule, valid_from })).await?
    }
}

/// Why terms are not agreed on.
#[derive(Debug, Error)]
pub enum AgreeError {
    /// The schedule.
    #[error(transparent)]
    Invalid(#[from] InvalidSchedule),
    /// No such merchant.
    #[error("no such merchant")]
    UnknownMerchant,
    /// The merchant sells nothing in this currency.
    #[error("the merchant has no account in {0}")]
    NoAccount(Currency),
    /// Others begin at the same time.
    #[error("other terms begin at the same time")]
    Taken,
    /// Not now.
    #[error(transparent)]
    Submit(#[from] SubmitError),
}

struct Agree {
    merchant: PartyId,
    currency: Currency,
    schedule: FeeSchedule,
    valid_from: Timestamp,
}

impl Act for Agree {
    type Done = Result<(), AgreeError>;

    fn accounts(&self, _: &mut Books<'_, '_, '_>) -> Result<Accounts, ActError> {
        Ok(Accounts::default())
    }

    fn run(&self, books: &mut Books<'_, '_, '_>) -> Result<Self::Done, ActError> {
        let found = books.party_named(&self.merchant)?;
        let Some(merchant) = found.filter(|party| party.role == Role::Merchant) else {
            return Ok(Err(AgreeError::UnknownMerchant));
        };
        if merchant.accounts.iter().all(|(_, _, currency)| *currency != self.currency) {
            return Ok(Err(AgreeError::NoAccount(self.currency)));
        }
        let FeeSchedule { share_ppm, fixed_micros, minimum_micros, cadence } = self.schedule;
        let row = ScheduleRow {
            merchant: merchant.id,
            currency: self.currency.as_str().to_owned(),
            valid_from: self.valid_from.as_millis(),
            share_ppm: i64::from(share_ppm),
            fixed_micros,
            minimum_micros,
            cadence: cadence.as_str().to_owned(),
        };
        if !insert_schedule(books.tx(), &row)? {
            return Ok(Err(AgreeError::Taken));
        }
        let at = books.position()?;
        let words = format!(
            "terms of {} in {} from {}: {share_ppm} ppm, {fixed_micros} each, from {minimum_micros}, {}",
            self.merchant,
            self.currency,
            self.valid_from,
            cadence.as_str()
        );
        books.declare(at, &words)?;
        Ok(Ok(()))
    }
}
