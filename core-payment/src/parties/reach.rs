//! Reaching a consumer elsewhere: another e-mail address, another telephone number, or one of them no more. For whoever has
//! seen the consumer prove that it is theirs.
//!
//! The number is also what its owner pays with by text message: it moves with its index in one transaction, so that it never
//! leads to two accounts, or to one that has given it up.

use payment_domain::{EmailAddress, Msisdn, PartyId, Role};
use thiserror::Error;

use super::msisdn_index;
use crate::act::{Accounts, Act, ActError, Books};
use crate::core::Core;
use crate::reply::SubmitError;
use crate::storage::party;

/// Where a consumer is reached from now on.
#[derive(Debug, Clone)]
pub struct Reached {
    /// Which.
    pub consumer: PartyId,
    /// By letter.
    pub email: Move<EmailAddress>,
    /// By text message.
    pub msisdn: Move<Msisdn>,
}

/// What becomes of an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Move<T> {
    /// It stays.
    #[default]
    Stays,
    /// It is another one.
    To(T),
    /// There is none any more.
    Away,
}

impl<T> Move<T> {
    /// What it is afterwards, if it was this before.
    pub(crate) fn from(self, before: Option<T>) -> Option<T> {
        match self {
            Self::Stays => before,
            Self::To(after) => Some(after),
            Self::Away => None,
        }
    }

    /// The same of something else.
    pub(crate) fn map<U>(self, f: impl FnOnce(T) -> U) -> Move<U> {
        match self {
            Self::Stays => Move::Stays,
            Self::To(after) => Move::To(f(after)),
            Self::Away => Move::Away,
        }
    }
}

/// Why nothing was changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum ReachError {
    /// There is none of this name, or it has left.
    #[error("no such consumer")]
    UnknownConsumer,
    /// Somebody else has this number.
    #[error("somebody else has this number")]
    Taken,
    /// Not now.
    #[error(transparent)]
    Submit(#[from] SubmitError),
}

impl Core {
    /// Reaches a consumer elsewhere from now on. Doing it again changes nothing.
    ///
    /// # Errors
    /// [`ReachError`].
    pub async fn reach(&self, reached: Reached) -> Result<(), ReachError> {
        self.perform(std::sync::Arc::new(reached)).await?
    }
}

impl Act for Reached {
    type Done = Result<(), ReachError>;

    fn accounts(&self, _: &mut Books<'_, '_, '_>) -> Result<Accounts, ActError> {
        Ok(Accounts::default())
    }

    fn run(&self, books: &mut Books<'_, '_, '_>) -> Result<Self::Done, ActError> {
        // As it is stored: another writer may have changed it since this one met it.
        let known = books.known(&self.consumer)?;
        known.iter().for_each(|known| books.batch.memory.parties.forget(known.id));
        let Some(known) = books.known(&self.consumer)? else { return Ok(Err(ReachError::UnknownConsumer)) };
        if known.role != Role::Terminal || !known.active {
            return Ok(Err(ReachError::UnknownConsumer));
        }
        let sealer = &books.batch.context.sealer;
        let index = self.msisdn.clone().map(|msisdn| msisdn_index(sealer, &msisdn));
        let sealed = known.seal_reached(sealer, self.email.clone(), self.msisdn.clone());
        let sealed = sealed.map_err(crate::batch::BatchError::from)?;
        if let Move::To(index) = &index {
            let owner = party::by_msisdn(books.tx().conn(), index)?;
            if owner.is_some_and(|owner| owner.id != known.id) {
                return Ok(Err(ReachError::Taken));
            }
        }
        party::set_sealed(books.tx(), known.id, &sealed)?;
        match &index {
            Move::Stays => {}
            Move::To(index) => party::set_msisdn_index(books.tx(), known.id, Some(index))?,
            Move::Away => party::set_msisdn_index(books.tx(), known.id, None)?,
        }
        let at = books.position()?;
        books.declare(at, &format!("reached elsewhere {}", self.consumer))?;
        books.batch.memory.parties.forget(known.id);
        Ok(Ok(()))
    }
}
