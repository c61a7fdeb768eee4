//! A merchant's offer: kept before it can be bought, so that an order refers to terms that both sides signed (R54).

use payment_domain::{EvidenceKind, Offer, Role};
use payment_message::{Code, Message, MessageId, State, StatusReport, Verified};

use super::refusal::Refusal;
use crate::batch::{Batch, BatchError, Record};
use crate::reply::{Reply, ReplyKind};
use crate::storage::Tx;
use crate::storage::payment::{OfferRow, insert_offer};

/// Deposits an offer, or says why not.
pub(crate) fn deposit(
    batch: &mut Batch<'_>,
    tx: &mut Tx<'_>,
    offer: &Verified<Offer>,
) -> Result<Reply, BatchError> {
    let message = offer.message();
    let id = MessageId::from(message.offer_id);
    let refuse = |batch: &Batch<'_>, refusal: Refusal| refusal.sign(batch, id, Some(offer.digest()));
    let (parties, sealer) = (&mut batch.memory.parties, &batch.context.sealer);
    let merchant = parties.named(tx.conn(), sealer, offer.sender().party(), batch.now)?;
    let Some(merchant) = merchant.filter(|party| party.role == Role::Merchant) else {
        return refuse(batch, Refusal::of(Code::UnknownMerchant, "merchant"));
    };
    if *offer.sender().role() != Role::Merchant || merchant.name != *message.merchant.party() {
        return refuse(batch, Refusal::of(Code::WrongRole, "merchant"));
    }
    if merchant.account_in(message.price.currency()).is_none() {
        return refuse(batch, Refusal::of(Code::WrongCurrency, "price"));
    }
    if message.valid_until <= batch.now {
        return refuse(batch, Refusal::of(Code::OfferExpired, "validUntil"));
    }
    insert_offer(
        tx,
        &OfferRow {
            digest: offer.digest().as_bytes().to_vec(),
            offer_id: message.offer_id.as_bytes().to_vec(),
            merchant: merchant.id,
            micros: message.price.micros(),
            currency: message.price.currency().as_str().to_owned(),
            sale: message.sale.as_str().to_owned(),
            valid_from: message.valid_from.as_millis(),
            valid_until: message.valid_until.as_millis(),
            sold_to: None,
            deposited_at: batch.now.as_millis(),
            capture: message.capture.as_str().to_owned(),
        },
    )?;
    let report = StatusReport {
        in_reply_to: id,
        subject: id,
        state: State::Deposited,
        amount: Some(message.price),
        refunded: None,
        receipt_digest: None,
        action_url: None,
        reported_at: batch.now,
    };
    let reply = batch.sign(&Message::StatusReport(report), ReplyKind::Report)?;
    let record = Record {
        position: batch.position()?,
        kind: EvidenceKind::Offer,
        sender: Some(merchant.id),
        message: Some((message.offer_id.as_bytes(), offer.digest())),
        request: offer.document(),
        personal: false,
    };
    batch.keep(record, &reply)?;
    Ok(reply)
}
