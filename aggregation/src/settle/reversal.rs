//! Bills and payouts that were settled by a bank's file, and taken back by a later one: what an operator does by hand
//! ([`Aggregation::return_collection`](crate::Aggregation::return_collection)), in the batch that reads the file.

use std::sync::Arc;

use core_payment::{Accounts, Act as _, ActError, Begun, Books, Irreversible, Reversal};
use payment_domain::Purpose;

use crate::settle::change::{Change, ChangeBill};
use crate::settle::payout::ReturnPayout;
use crate::terms::Terms;

/// Takes collections back: the consumer owes them again.
pub(super) struct BillReversal(pub(super) Arc<Terms>);

impl BillReversal {
    fn change(&self, attempt: &Begun) -> ChangeBill {
        let change = Change::Returned { system: attempt.system.clone(), amount: attempt.amount };
        ChangeBill { bill: attempt.subject, change, id: None, terms: Arc::clone(&self.0) }
    }
}

impl Reversal for BillReversal {
    fn purpose(&self) -> Purpose {
        Purpose::Bill
    }

    fn accounts(&self, books: &mut Books<'_, '_, '_>, attempt: &Begun) -> Result<Accounts, ActError> {
        self.change(attempt).accounts(books)
    }

    fn reverse(
        &self,
        books: &mut Books<'_, '_, '_>,
        attempt: &Begun,
        _: &str,
    ) -> Result<Result<(), Irreversible>, ActError> {
        let changed = self.change(attempt).run(books)?;
        Ok(changed.map(drop).map_err(|refused| Irreversible(refused.to_string())))
    }
}

/// Takes payouts back: the merchant can be paid again.
pub(super) struct PayoutReversal;

impl Reversal for PayoutReversal {
    fn purpose(&self) -> Purpose {
        Purpose::Payout
    }

    fn accounts(&self, _: &mut Books<'_, '_, '_>, _: &Begun) -> Result<Accounts, ActError> {
        // The merchant's account is only credited.
        Ok(Accounts::default())
    }

    fn reverse(
        &self,
        books: &mut Books<'_, '_, '_>,
        attempt: &Begun,
        _: &str,
    ) -> Result<Result<(), Irreversible>, ActError> {
        let returned = ReturnPayout { payout: attempt.subject }.run(books)?;
        Ok(returned.map_err(|refused| Irreversible(refused.to_string())))
    }
}
