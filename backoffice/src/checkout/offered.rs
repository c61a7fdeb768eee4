//! What a merchant deposited, as it signed it.

use core_payment::{Details, Site};
use payment_domain::{Digest, Label, Offer, Timestamp};
use payment_message::{Message, StrictEngine};
use payment_trust::{Chain, verify_offline};

use crate::storage::{StorageError, consumer as storage};
use crate::web::{Fault, Visitor};

/// A deposited offer.
#[derive(Debug, Clone)]
pub(super) struct Offered {
    /// Its digest.
    pub(super) digest: Digest,
    /// What it says.
    pub(super) offer: Offer,
    /// As the merchant signed it.
    pub(super) document: Vec<u8>,
    /// Whether it can be sold once only, and was.
    pub(super) sold: bool,
    /// What the merchant calls itself, if it does.
    pub(super) trade_name: Option<Label>,
    /// Where the merchant's shops are.
    pub(super) sites: Vec<Site>,
    /// How the merchant knows the visitor, if they are signed in (R46).
    pub(super) known_as: Option<String>,
}

impl Offered {
    /// Finds one by what stands in the address.
    pub(super) async fn find(visitor: &Visitor, path: &str) -> Result<Self, Fault> {
        let digest = Digest::parse(path).map_err(|_| Fault::NotFound)?;
        let consumer = visitor.person().map(|person| person.party_number);
        let core = visitor.portal().core.clone();
        let mut archive = core.archive()?;
        let found = visitor
            .read(move |conn| {
                let Some((position, sold)) = storage::offer(conn, digest.as_bytes())? else {
                    return Ok(None);
                };
                let corrupt = || StorageError::Corrupt("offer");
                let document = archive.request(conn, position)?.ok_or_else(corrupt)?;
                let Some(Message::Offer(offer)) = archive.asked(conn, position)? else {
                    return Err(corrupt());
                };
                let known_as = match consumer {
                    Some(consumer) => archive.pseudonym(conn, consumer, &offer.merchant)?,
                    None => None,
                };
                Ok(Some((document, offer, sold, known_as)))
            })
            .await?;
        let (document, offer, sold, known_as) = found.ok_or(Fault::NotFound)?;
        let merchant = offer.merchant.party().clone();
        let details = tokio::task::spawn_blocking(move || core.details(&merchant)).await;
        let Details { sites, trade_name, .. } = details.map_err(Fault::internal)??.unwrap_or_default();
        let known_as = known_as.map(|pseudonym| pseudonym.to_string());
        Ok(Self { digest, offer, document, sold, trade_name, sites, known_as })
    }

    /// What the merchant calls itself, or is called.
    pub(super) fn merchant(&self) -> &str {
        self.trade_name.as_ref().map_or(self.offer.merchant.as_str(), Label::as_str)
    }

    /// Whether the merchant's signature holds, for who asks what was checked.
    pub(super) fn is_signed(&self, chain: &Chain, now: Timestamp) -> bool {
        let authentic = verify_offline(&StrictEngine, &self.document, chain, None, now);
        authentic.is_ok_and(|authentic| authentic.sender().party() == self.offer.merchant.party())
    }

    /// Whether it can be bought at a time.
    pub(super) fn can_be_bought(&self, now: Timestamp) -> bool {
        !self.sold && self.offer.is_valid_at(now)
    }
}
