//! Parties as other rooms see them in a batch: who they are, and whether they may act.

use std::sync::Arc;

use payment_domain::{MerchantId, PartyId, Pseudonym};

use super::ActError;
use super::books::{Books, PartyView};
use crate::parties::Party;
use crate::storage::party;

impl Books<'_, '_, '_> {
    /// A party by number.
    ///
    /// # Errors
    /// [`ActError`] if there is none.
    pub fn party(&mut self, id: i64) -> Result<PartyView, ActError> {
        Ok(self.load(id)?.view())
    }

    /// Reads parties together that are asked for one by one afterwards.
    ///
    /// # Errors
    /// [`ActError`].
    pub fn meet(&mut self, ids: &[i64]) -> Result<(), ActError> {
        let (parties, sealer) = (&mut self.batch.memory.parties, &self.batch.context.sealer);
        Ok(parties.meet(self.tx.conn(), sealer, ids, self.batch.now)?)
    }

    /// A party by name; `None` if there is none.
    ///
    /// # Errors
    /// [`ActError`].
    pub fn party_named(&mut self, name: &PartyId) -> Result<Option<PartyView>, ActError> {
        Ok(self.known(name)?.map(|party| party.view()))
    }

    /// The same, with all that the core knows.
    pub(crate) fn known(&mut self, name: &PartyId) -> Result<Option<Arc<Party>>, ActError> {
        let (parties, sealer) = (&mut self.batch.memory.parties, &self.batch.context.sealer);
        Ok(parties.named(self.tx.conn(), sealer, name, self.batch.now)?)
    }

    /// How a merchant sees a consumer.
    ///
    /// # Errors
    /// [`ActError`] if there is no such consumer.
    pub fn pseudonym(&mut self, consumer: i64, merchant: &MerchantId) -> Result<Pseudonym, ActError> {
        Ok(self.load(consumer)?.pseudonym_for(merchant))
    }

    /// Suspends a party until an operator lets it act again, whatever it pays. Other writers see it within seconds.
    ///
    /// # Errors
    /// [`ActError`].
    pub fn suspend(&mut self, id: i64) -> Result<(), ActError> {
        party::set_state(self.tx, id, "suspended")?;
        self.batch.memory.parties.forget(id);
        Ok(())
    }

    /// Suspends a party for its bills; `false` if it is suspended, for whatever. Other writers see it within seconds.
    ///
    /// # Errors
    /// [`ActError`].
    pub fn suspend_for_bills(&mut self, id: i64) -> Result<bool, ActError> {
        let suspended = party::suspend_for_bills(self.tx, id)?;
        self.batch.memory.parties.forget(id);
        Ok(suspended)
    }

    /// Lets a party act again that is suspended for its bills. `false` if it is not: what an operator has suspended, an
    /// operator reinstates.
    ///
    /// # Errors
    /// [`ActError`].
    pub fn reinstate_from_bills(&mut self, id: i64) -> Result<bool, ActError> {
        let reinstated = party::reinstate_from_bills(self.tx, id)?;
        self.batch.memory.parties.forget(id);
        Ok(reinstated)
    }
}
