//! Consumers by what they are reached at, and merchants by what they call themselves.

use std::collections::{BTreeMap, BTreeSet};

use payment_domain::{Label, Msisdn, PartyId, Role};

use super::{Core, ReadError, read_error};
use crate::parties::{details_of, msisdn_index, number_of};
use crate::storage::{StorageError, party};

impl Core {
    /// The active consumer with this telephone number. For whoever has seen the caller prove that the number is theirs.
    /// Blocks.
    ///
    /// # Errors
    /// [`ReadError`].
    pub fn consumer_with(&self, msisdn: &Msisdn) -> Result<Option<PartyId>, ReadError> {
        let index = msisdn_index(self.sealer(), msisdn);
        let row = party::by_msisdn(&mut *self.conn()?, &index).map_err(read_error)?;
        let consumer = row.filter(|row| row.role == Role::Terminal.to_string() && row.state == "active");
        let name = consumer.map(|row| PartyId::parse(&row.name)).transpose();
        name.map_err(|_| read_error(StorageError::Corrupt("party")))
    }

    /// The telephone number that a party is enrolled with, if there is one. For two people who have agreed to know it. Blocks.
    ///
    /// # Errors
    /// [`ReadError`].
    pub fn number_of(&self, party: &PartyId) -> Result<Option<Msisdn>, ReadError> {
        let row = party::by_name(&mut *self.conn()?, party.as_str()).map_err(read_error)?;
        let number = row.map(|row| number_of(self.sealer(), &row)).transpose();
        Ok(number.map_err(read_error)?.flatten())
    }

    /// What merchants call themselves, of those that do. For a page of them. Blocks.
    ///
    /// # Errors
    /// [`ReadError`].
    pub fn trade_names(&self, merchants: &BTreeSet<PartyId>) -> Result<BTreeMap<PartyId, Label>, ReadError> {
        let mut names = BTreeMap::new();
        for merchant in merchants {
            let row = party::by_name(&mut *self.conn()?, merchant.as_str()).map_err(read_error)?;
            let details = row.map(|row| details_of(self.sealer(), &row)).transpose().map_err(read_error)?;
            if let Some(name) = details.and_then(|details| details.trade_name) {
                names.insert(merchant.clone(), name);
            }
        }
        Ok(names)
    }
}
