//! From a pay link to an offer that can be bought: signed with the key that the portal keeps, deposited at the door like any
//! merchant's (R54), and used again as long as it holds.
//!
//! A link that may be bought so often leads to one offer for one purchase at a time: the next is made when that one was
//! sold, or has run out. What this must not do: make an offer that was not kept before it is sent.

use payment_domain::{Capture, Currency, Digest, Label, MerchantId, Money, Offer, OfferId, Sale, Timestamp};
use payment_message::{Code, Message, State};

use super::hosted;
use crate::consumer::Till;
use crate::consumer::instruction::fresh_id;
use crate::desk::{Desk, DeskError};
use crate::storage::StorageError;
use crate::storage::merchant::{self as storage, ItemRow, LinkOfferRow, LinkRow};
use crate::web::{Fault, Visitor};

/// How long an offer holds: a new price reaches everybody within this time.
const HOLDS_MS: i64 = 60 * 60 * 1000;
/// An offer that can be bought by many is not given out with less time than this left.
const LEAST_MS: i64 = 15 * 60 * 1000;

/// Why a pay link leads to nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Closed {
    /// There is no such link, or no merchant behind it.
    Unknown,
    /// It was closed, or its item is not sold any more.
    Withdrawn,
    /// Its time is over.
    Over,
    /// It was bought as often as it may be.
    UsedUp,
    /// The merchant has taken its key away from the portal.
    NoKey,
}

/// What a pay link leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offered {
    /// The offer, as in `/pay/{digest}`.
    pub digest: Digest,
    /// What is sold.
    pub title: String,
    /// For how much.
    pub price: Money,
    /// What the buyer agrees to; may be empty.
    pub terms: String,
}

/// The offer that a pay link leads to now: signed, and deposited. The visitor need not be signed in.
///
/// # Errors
/// [`Fault::Unavailable`] if the payment system does not take the offer now.
pub async fn offer_for(visitor: &Visitor, till: &Till, link: &str) -> Result<Result<Offered, Closed>, Fault> {
    let (id, now) = (link.to_owned(), visitor.now());
    let found = visitor
        .read(move |conn| {
            let Some((link, item, merchant)) = storage::link_by_id(conn, &id)? else { return Ok(None) };
            let newest = storage::newest_offer(conn, &link.id)?;
            let sold = if link.uses.is_some() { storage::sold(conn, &link.id)? } else { 0 };
            Ok(Some((link, item, merchant, newest, sold)))
        })
        .await?;
    let Some((link, item, merchant, newest, sold)) = found else { return Ok(Err(Closed::Unknown)) };
    if let Some(closed) = closed(&link, &item, sold, now) {
        return Ok(Err(closed));
    }
    let row = match newest {
        Some((row, sold)) if still_good(&link, &item, &row, sold, now) => row,
        newest => {
            let seq = newest.map_or(1, |(row, _)| row.seq.saturating_add(1));
            match sign((visitor, till), &link, &item, &merchant, seq).await? {
                Some(row) => row,
                None => return Ok(Err(Closed::NoKey)),
            }
        }
    };
    if !row.deposited {
        deposit(visitor, &till.desk, &row).await?;
    }
    let currency = Currency::parse(&item.currency).map_err(Fault::internal)?;
    let digest = Digest::from_slice(&row.digest).map_err(Fault::internal)?;
    Ok(Ok(Offered {
        digest,
        title: item.title,
        price: Money::from_micros(item.micros, currency),
        terms: item.terms,
    }))
}

fn closed(link: &LinkRow, item: &ItemRow, sold: i64, now: Timestamp) -> Option<Closed> {
    if !link.active || !item.active {
        Some(Closed::Withdrawn)
    } else if link.valid_until <= now.as_millis() {
        Some(Closed::Over)
    } else if link.uses.is_some_and(|uses| sold >= uses) {
        Some(Closed::UsedUp)
    } else {
        None
    }
}

/// Whether the newest offer of a link is the one to buy. One for a single purchase is kept to its end, so that there are
/// never two of them.
fn still_good(link: &LinkRow, item: &ItemRow, row: &LinkOfferRow, sold: bool, now: Timestamp) -> bool {
    let left = row.valid_until.saturating_sub(now.as_millis());
    if link.uses.is_some() {
        !sold && left > 0
    } else {
        let to_the_end = row.valid_until >= link.valid_until;
        row.version == item.version && left > 0 && (left > LEAST_MS || to_the_end)
    }
}

async fn sign(
    (visitor, till): (&Visitor, &Till),
    link: &LinkRow,
    item: &ItemRow,
    merchant: &str,
    seq: i64,
) -> Result<Option<LinkOfferRow>, Fault> {
    let Some(credential) = hosted::credential(visitor, &*till.authority, link.merchant).await? else {
        return Ok(None);
    };
    let now = visitor.now();
    let id = fresh_id(&*visitor.portal().randomness, now)?;
    let offer = offer(link, item, merchant, OfferId::from_bytes(*id.as_bytes()), now)?;
    let valid_until = offer.valid_until.as_millis();
    let message = Message::Offer(offer);
    let row = LinkOfferRow {
        link: link.id.clone(),
        seq,
        version: item.version,
        digest: message.digest().as_bytes().to_vec(),
        document: message.sign(&credential).map_err(Fault::internal)?,
        valid_until,
        deposited: false,
    };
    // Somebody may have been faster: then theirs counts.
    visitor.write(move |tx| storage::keep_offer(tx, &row)).await.map(Some)
}

fn offer(
    link: &LinkRow,
    item: &ItemRow,
    merchant: &str,
    offer_id: OfferId,
    now: Timestamp,
) -> Result<Offer, Fault> {
    let corrupt = |_| Fault::internal(StorageError::Corrupt("item"));
    let currency =
        Currency::parse(&item.currency).map_err(|_| Fault::internal(StorageError::Corrupt("item")))?;
    let until = now.as_millis().saturating_add(HOLDS_MS).min(link.valid_until);
    Offer {
        offer_id,
        merchant: MerchantId::parse(merchant).map_err(Fault::internal)?,
        item: Label::parse(&item.code).map_err(corrupt)?,
        title: Label::parse(&item.title).map_err(corrupt)?,
        price: Money::from_micros(item.micros, currency),
        sale: if link.uses.is_some() { Sale::Single } else { Sale::Catalogue },
        valid_from: now,
        valid_until: Timestamp::from_millis(until).map_err(Fault::internal)?,
        capture: Capture::parse(&item.capture).map_err(Fault::internal)?,
        coupon: None,
    }
    .checked()
    .map_err(Fault::internal)
}

async fn deposit(visitor: &Visitor, desk: &Desk, row: &LinkOfferRow) -> Result<(), Fault> {
    let answered = match desk.send_signed(&row.document).await {
        Ok(answered) => answered,
        Err(error @ DeskError::Door(_)) => return Err(Fault::unavailable(error)),
        Err(error) => return Err(Fault::internal(error)),
    };
    match answered.message {
        Message::StatusReport(report) if report.state == State::Deposited => {}
        Message::Rejection(rejection) => {
            // Neither says anything about the offer: the same is sent again.
            if !matches!(rejection.code, Code::Unavailable | Code::TooManyRequests) {
                let (link, seq) = (row.link.clone(), row.seq);
                visitor.write(move |tx| storage::spoil_offer(tx, &link, seq)).await?;
            }
            return Err(Fault::unavailable(format!("an offer was refused: {}", rejection.code)));
        }
        _ => return Err(Fault::internal("an offer was answered by something else")),
    }
    let (link, seq) = (row.link.clone(), row.seq);
    visitor.write(move |tx| storage::deposited(tx, &link, seq)).await
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> Timestamp {
        Timestamp::from_millis(1_000_000_000).unwrap()
    }

    fn link(uses: Option<i64>) -> LinkRow {
        LinkRow {
            id: "l".into(),
            number: 1,
            merchant: 7,
            item: 3,
            uses,
            valid_until: now().saturating_add_millis(24 * HOLDS_MS).as_millis(),
            active: true,
            made_at: 0,
        }
    }

    fn item() -> ItemRow {
        ItemRow {
            id: 3,
            merchant: 7,
            code: "Z7".into(),
            title: "<script>alert(1)</script>".into(),
            micros: 2_400_000,
            currency: "EUR".into(),
            terms: String::new(),
            capture: "immediate".into(),
            active: true,
            version: 4,
        }
    }

    fn made(left: i64) -> LinkOfferRow {
        LinkOfferRow {
            link: "l".into(),
            seq: 1,
            version: 4,
            digest: vec![0; 32],
            document: Vec::new(),
            valid_until: now().saturating_add_millis(left).as_millis(),
            deposited: true,
        }
    }

    #[test]
    fn a_link_closes_when_it_was_withdrawn_or_is_over_or_used_up() {
        let check = |link: &LinkRow, item: &ItemRow, sold| closed(link, item, sold, now());
        assert_eq!(check(&link(None), &item(), 99), None);
        assert_eq!(check(&link(Some(2)), &item(), 1), None);
        assert_eq!(check(&link(Some(2)), &item(), 2), Some(Closed::UsedUp));
        assert_eq!(check(&LinkRow { active: false, ..link(None) }, &item(), 0), Some(Closed::Withdrawn));
        assert_eq!(check(&link(None), &ItemRow { active: false, ..item() }, 0), Some(Closed::Withdrawn));
        let over = LinkRow { valid_until: now().as_millis(), ..link(None) };
        assert_eq!(check(&over, &item(), 0), Some(Closed::Over));
    }

    #[test]
    fn an_offer_for_one_purchase_is_kept_until_it_is_sold_or_over() {
        let check = |row: &LinkOfferRow, sold| still_good(&link(Some(2)), &item(), row, sold, now());
        assert!(check(&made(1), false));
        // Also at another price: there must never be two of them.
        assert!(check(&LinkOfferRow { version: 3, ..made(1) }, false));
        assert!(!check(&made(1), true));
        assert!(!check(&made(0), false));
    }

    #[test]
    fn an_offer_for_many_is_made_anew_when_it_nears_its_end_or_the_item_changed() {
        let check = |row: &LinkOfferRow| still_good(&link(None), &item(), row, false, now());
        assert!(check(&made(LEAST_MS + 1)));
        assert!(!check(&made(LEAST_MS)));
        assert!(!check(&LinkOfferRow { version: 3, ..made(HOLDS_MS) }));
        let ending = LinkRow { valid_until: now().as_millis() + 5, ..link(None) };
        assert!(still_good(&ending, &item(), &made(5), false, now()));
    }

    #[test]
    fn an_offer_says_what_the_item_says_and_ends_with_its_link() {
        let id = OfferId::from_bytes([1; 16]);
        let many = offer(&link(None), &item(), "city", id, now()).unwrap();
        assert_eq!((many.sale, many.capture), (Sale::Catalogue, Capture::Immediate));
        assert_eq!(many.valid_until.as_millis(), now().as_millis() + HOLDS_MS);
        assert_eq!(many.title.as_str(), "<script>alert(1)</script>");
        let short = LinkRow { valid_until: now().as_millis() + 9, ..link(Some(1)) };
        let once = offer(&short, &item(), "city", id, now()).unwrap();
        assert_eq!((once.sale, once.valid_until.as_millis()), (Sale::Single, now().as_millis() + 9));
        assert!(offer(&link(None), &ItemRow { micros: 0, ..item() }, "city", id, now()).is_err());
    }
}
