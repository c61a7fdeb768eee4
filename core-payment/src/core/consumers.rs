//! Consumers by what they are reached at.

use payment_domain::{Msisdn, PartyId, Role};

use super::{Core, ReadError, read_error};
use crate::parties::msisdn_index;
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
}
