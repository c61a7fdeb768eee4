//! What stands in evidence, read back for the rooms above that show it: messages, replies, pseudonyms. Reads only.
//!
//! What this must not do: hand out keys or what is sealed of a party. Start at [`Archive`].

use std::sync::Arc;

use payment_domain::{MerchantId, Pseudonym};
use payment_message::{Message, canonical};
use payment_trust::Sealer;

use crate::core::{Core, ReadError};
use crate::evidence::{self, Unpacker};
use crate::order::repeat;
use crate::parties::Party;
use crate::storage::{Conn, StorageError, party, payment};

/// Reads evidence. To be kept by whoever reads much.
pub struct Archive {
    sealer: Arc<Sealer>,
    unpacker: Unpacker,
}

impl Core {
    /// What reads evidence back.
    ///
    /// # Errors
    /// [`ReadError`] without memory for it.
    pub fn archive(&self) -> Result<Archive, ReadError> {
        let unpacker = Unpacker::new().map_err(|error| ReadError::new(error.to_string()))?;
        Ok(Archive { sealer: Arc::clone(self.sealer()), unpacker })
    }
}

impl Archive {
    /// The message whose evidence stands at a position; `None` if there is none, or only words.
    ///
    /// # Errors
    /// [`StorageError`].
    pub fn asked(&mut self, conn: &mut Conn, position: i64) -> Result<Option<Message>, StorageError> {
        self.request(conn, position)?.map(|document| read(&document)).transpose()
    }

    /// The same, as its sender signed it.
    ///
    /// # Errors
    /// [`StorageError`].
    pub fn request(&mut self, conn: &mut Conn, position: i64) -> Result<Option<Vec<u8>>, StorageError> {
        let Some(row) = payment::evidence_at(conn, position)? else { return Ok(None) };
        if row.message_id.is_none() {
            return Ok(None);
        }
        let packed = evidence::unseal(Some(&self.sealer), row.id, &row.request).map_err(|_| corrupt())?;
        repeat::unpack(&mut self.unpacker, conn, &packed).map(Some).map_err(|_| corrupt())
    }

    /// The signed bytes of the answer that stands at a position; `None` if there is none.
    ///
    /// # Errors
    /// [`StorageError`].
    pub fn reply(&mut self, conn: &mut Conn, position: i64) -> Result<Option<Vec<u8>>, StorageError> {
        let Some(row) = payment::evidence_at(conn, position)? else { return Ok(None) };
        let document = repeat::unpack(&mut self.unpacker, conn, &row.reply).map_err(|_| corrupt())?;
        Ok(Some(document).filter(|document| !document.is_empty()))
    }

    /// The same, read.
    ///
    /// # Errors
    /// [`StorageError`].
    pub fn answered(&mut self, conn: &mut Conn, position: i64) -> Result<Option<Message>, StorageError> {
        self.reply(conn, position)?.map(|document| read(&document)).transpose()
    }

    /// How a merchant sees a consumer (R46); `None` if there is no such party.
    ///
    /// # Errors
    /// [`StorageError`].
    pub fn pseudonym(
        &self,
        conn: &mut Conn,
        consumer: i64,
        merchant: &MerchantId,
    ) -> Result<Option<Pseudonym>, StorageError> {
        let Some(row) = party::by_id(conn, consumer)? else { return Ok(None) };
        Party::load(conn, &self.sealer, row).map(|consumer| Some(consumer.pseudonym_for(merchant)))
    }
}

fn read(document: &[u8]) -> Result<Message, StorageError> {
    let scanned = canonical::scan(document).map_err(|_| corrupt())?;
    Message::parse(scanned.body()).map_err(|_| corrupt())
}

const fn corrupt() -> StorageError {
    StorageError::Corrupt("evidence")
}
