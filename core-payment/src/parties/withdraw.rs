//! A consumer takes back how they are charged: a bank account with its mandate, or what an external system charges (R54).
//! Not while something needs it: a payment or a collection that is under way, or a debt that nothing else could pay.

use payment_domain::{PartyId, Role};
use thiserror::Error;

use super::{Details, Mandate};
use crate::act::{Accounts, Act, ActError, Books};
use crate::bank;
use crate::core::Core;
use crate::reply::SubmitError;
use crate::storage::party;

/// Less than this is owed by nobody: no system moves it.
const CENT_MICROS: i64 = 10_000;

/// What is taken back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Means {
    /// The bank account with its mandate, and charging by that mandate.
    Bank,
    /// What is charged at an external system.
    Instrument,
}

/// Forgets a consumer's means to pay.
#[derive(Debug, Clone)]
pub struct Withdraw {
    /// Whose.
    pub consumer: PartyId,
    /// Which.
    pub means: Means,
}

/// Why it stays. Nothing was changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum WithdrawError {
    /// There is none of this name.
    #[error("no such consumer")]
    UnknownConsumer,
    /// Something is owed that nothing else could be collected by.
    #[error("something is owed")]
    Owes,
    /// An external system has not answered yet, or something was set aside there.
    #[error("something is under way at an external payment system")]
    UnderWay,
    /// Not now.
    #[error(transparent)]
    Submit(#[from] SubmitError),
}

impl Core {
    /// Forgets a consumer's means to pay. Doing it again changes nothing.
    ///
    /// # Errors
    /// [`WithdrawError`].
    pub async fn withdraw(&self, withdraw: Withdraw) -> Result<(), WithdrawError> {
        self.perform(std::sync::Arc::new(withdraw)).await?
    }
}

impl Means {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Bank => "bank account",
            Self::Instrument => "instrument",
        }
    }
}

impl Act for Withdraw {
    type Done = Result<(), WithdrawError>;

    fn accounts(&self, books: &mut Books<'_, '_, '_>) -> Result<Accounts, ActError> {
        let consumer = books.party_named(&self.consumer)?;
        let accounts = consumer.into_iter().flat_map(|consumer| consumer.accounts);
        Ok(Accounts { consumers: accounts.map(|(id, ..)| id).collect(), ..Accounts::default() })
    }

    fn run(&self, books: &mut Books<'_, '_, '_>) -> Result<Self::Done, ActError> {
        // As it is stored: another writer may have changed it since this one met it.
        let known = books.known(&self.consumer)?;
        known.iter().for_each(|known| books.batch.memory.parties.forget(known.id));
        let Some(consumer) = books.known(&self.consumer)?.filter(|party| party.role == Role::Terminal) else {
            return Ok(Err(WithdrawError::UnknownConsumer));
        };
        let mut external = consumer.external.clone();
        let mut details = consumer.details.clone();
        match self.means {
            Means::Bank => {
                details.bank = None;
                external = external.filter(|external| external.system() != bank::SYSTEM);
            }
            Means::Instrument => external = None,
        }
        if external == consumer.external && details == consumer.details {
            return Ok(Ok(()));
        }
        let nothing_left = external.is_none() && mandate(&details).is_none();
        for account in &consumer.accounts {
            // Under the lock of the account: nothing is paid or topped up meanwhile.
            let owes = books.balance(account.id)? <= CENT_MICROS.saturating_neg();
            if owes && nothing_left {
                return Ok(Err(WithdrawError::Owes));
            }
            if party::under_way(books.tx().conn(), consumer.id, account.id)? {
                return Ok(Err(WithdrawError::UnderWay));
            }
        }
        let sealer = &books.batch.context.sealer;
        let sealed = consumer.seal_with(sealer, external.as_ref(), &details);
        let sealed = sealed.map_err(crate::batch::BatchError::from)?;
        party::set_sealed(books.tx(), consumer.id, &sealed)?;
        let at = books.position()?;
        books.declare(at, &format!("taken back {}: {}", self.consumer, self.means.as_str()))?;
        books.batch.memory.parties.forget(consumer.id);
        Ok(Ok(()))
    }
}

fn mandate(details: &Details) -> Option<&Mandate> {
    details.bank.as_ref().and_then(|bank| bank.mandate.as_ref())
}
