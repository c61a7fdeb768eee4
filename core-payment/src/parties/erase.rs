//! Forgetting a consumer who leaves: everything personal that no law keeps (GDPR art. 17(1) and (3)(b)).
//!
//! Gone afterwards: the telephone number and its index, the e-mail address, the bank account with its mandate, what external
//! systems are charged with, and the passkeys. Kept: the journal, the signed messages, and the secret behind the pseudonyms,
//! without which nobody could show years later that a receipt is for what was paid (R37). The party stays, suspended, so
//! that no name is given twice.
//!
//! What this must not do: forget somebody who still has money here, or owes some.

use payment_domain::{PartyId, Role};
use thiserror::Error;

use crate::act::{Accounts, Act, ActError, Books};
use crate::core::Core;
use crate::passkey::revoked_words;
use crate::reply::SubmitError;
use crate::storage::{party, passkey};

/// Less than this is neither paid out nor collected by any bank: whoever leaves leaves it behind.
const CENT_MICROS: i64 = 10_000;

/// Forgets a consumer. Doing it again changes nothing.
#[derive(Debug, Clone)]
pub struct Erase(pub PartyId);

/// Why a consumer is not forgotten. Nothing was changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum EraseError {
    /// There is none of this name.
    #[error("no such consumer")]
    UnknownConsumer,
    /// There is money on the account.
    #[error("there is money on the account")]
    Holds,
    /// Something is owed.
    #[error("something is owed")]
    Owes,
    /// An external system has not answered yet, or something was set aside there.
    #[error("something is under way at an external payment system")]
    UnderWay,
    /// There is value on coupons.
    #[error("there are coupons with value on them")]
    Coupons,
    /// Not now.
    #[error(transparent)]
    Submit(#[from] SubmitError),
}

impl Core {
    /// Forgets a consumer who leaves.
    ///
    /// # Errors
    /// [`EraseError`].
    pub async fn erase(&self, consumer: &PartyId) -> Result<(), EraseError> {
        self.perform(std::sync::Arc::new(Erase(consumer.clone()))).await?
    }
}

impl Act for Erase {
    type Done = Result<(), EraseError>;

    fn accounts(&self, books: &mut Books<'_, '_, '_>) -> Result<Accounts, ActError> {
        let consumer = books.party_named(&self.0)?;
        let accounts = consumer.into_iter().flat_map(|consumer| consumer.accounts);
        Ok(Accounts { consumers: accounts.map(|(id, ..)| id).collect(), ..Accounts::default() })
    }

    fn run(&self, books: &mut Books<'_, '_, '_>) -> Result<Self::Done, ActError> {
        let Some(consumer) = books.known(&self.0)?.filter(|party| party.role == Role::Terminal) else {
            return Ok(Err(EraseError::UnknownConsumer));
        };
        for account in &consumer.accounts {
            // Under the lock of the account: nothing is paid, topped up or given back meanwhile.
            let balance = books.balance(account.id)?;
            if balance >= CENT_MICROS {
                return Ok(Err(EraseError::Holds));
            }
            if balance <= CENT_MICROS.saturating_neg() {
                return Ok(Err(EraseError::Owes));
            }
            if party::under_way(books.tx().conn(), consumer.id, account.id)? {
                return Ok(Err(EraseError::UnderWay));
            }
        }
        if party::holds_coupons(books.tx().conn(), consumer.id)? {
            return Ok(Err(EraseError::Coupons));
        }
        let nothing = consumer.is_bare() && !consumer.active;
        if nothing {
            return Ok(Ok(()));
        }
        let sealed =
            consumer.seal_bare(&books.batch.context.sealer).map_err(crate::batch::BatchError::from)?;
        party::erase(books.tx(), consumer.id, &sealed)?;
        let rows =
            passkey::of_party(books.tx().conn(), consumer.id, i64::from(crate::passkey::MOST_PASSKEYS))?;
        for row in rows {
            let at = books.position()?;
            if passkey::revoke(books.tx(), &row.credential, at.value())? {
                books.declare(at, &revoked_words(self.0.as_str(), &row))?;
            }
        }
        let at = books.position()?;
        books.declare(at, &format!("erased {}", self.0))?;
        books.batch.memory.parties.forget(consumer.id);
        Ok(Ok(()))
    }
}
