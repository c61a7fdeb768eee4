//! Purchases as their consumer sees them: straight from the payments, so that what was just paid is there.

use core_payment::time_of;
use payment_domain::{Funding, Label, LedgerPosition, MerchantId, Mode, Money, OrderId, PartyId, Timestamp};
use payment_message::Message;

use super::query::{Cursor, Page, Query, SaleState, Wanted, key};
use super::{Sales, SalesError, currency, label, order, position};
use crate::storage::sales::history::{self, PurchaseRow};
use crate::storage::sales::journal;
use crate::storage::sales::list::Window;
use crate::storage::{Archive, Conn};

/// Payments that one page of a search looks at, and as many of them at once.
const WALK: i64 = 300;
const SOME: usize = 100;

/// One payment of a consumer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Purchase {
    /// The payment: where its order stands in the ledger.
    pub position: LedgerPosition,
    /// The order.
    pub order: OrderId,
    /// When it was ordered.
    pub ordered_at: Timestamp,
    /// Who sells.
    pub merchant: MerchantId,
    /// The merchant's item code.
    pub item: Label,
    /// What was bought.
    pub title: Label,
    /// What was ordered.
    pub price: Money,
    /// What was paid of it, in the currency of the price.
    pub paid: Money,
    /// What came back.
    pub refunded: Money,
    /// On a bill, or by itself.
    pub mode: Mode,
    /// Where the money comes from.
    pub funding: Funding,
    /// The rule that decided it.
    pub rule: Label,
    /// What became of it.
    pub state: SaleState,
    /// The position in its receipt, once there is one.
    pub receipt: Option<LedgerPosition>,
}

/// One payment of a consumer, with what was signed about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bought {
    /// The payment.
    pub purchase: Purchase,
    /// The newest answer to the order, as it was signed: a receipt, a rejection, or the report that it is pending.
    pub document: Vec<u8>,
}

impl Sales {
    /// A consumer's payments, the newest first. A page of a search may be short and have a next one all the same.
    ///
    /// # Errors
    /// [`SalesError`].
    pub fn history(&self, consumer: &PartyId, query: &Query) -> Result<Page<Purchase>, SalesError> {
        let (mut conn, consumer) = self.open(consumer)?;
        let filter = Filter::of(query);
        let most = if filter.is_some() { WALK } else { query.window().most };
        let ids = history::newest(&mut conn, consumer, Window { most, ..query.window() })?;
        let full = i64::try_from(ids.len()).is_ok_and(|count| count >= most);
        let through = ids.last().copied().filter(|_| full && filter.is_some());
        let mut reading = Reading { sales: self, archive: None };
        let mut found = Vec::new();
        // Some at once: a search that finds early reads no more.
        for ids in ids.chunks(SOME) {
            for purchase in reading.at(&mut conn, consumer, ids)? {
                if filter.as_ref().is_none_or(|filter| filter.fits(&purchase)) {
                    found.push(purchase);
                }
            }
            if found.len() > query.rows() {
                break;
            }
        }
        let next = query.cut(&mut found, |purchase| purchase.position.value());
        Ok(Page { rows: found, next: next.or(through.map(Cursor::at)) })
    }

    /// One payment of a consumer by where its order stands in the ledger.
    ///
    /// # Errors
    /// [`SalesError`].
    pub fn purchase(&self, consumer: &PartyId, id: LedgerPosition) -> Result<Option<Purchase>, SalesError> {
        let (mut conn, consumer) = self.open(consumer)?;
        Ok(Reading { sales: self, archive: None }.at(&mut conn, consumer, &[id.value()])?.pop())
    }

    /// One payment of a consumer, with its signed receipt.
    ///
    /// # Errors
    /// [`SalesError`].
    pub fn bought(&self, consumer: &PartyId, order: OrderId) -> Result<Option<Bought>, SalesError> {
        let (mut conn, consumer) = self.open(consumer)?;
        let Some(id) = journal::position_of(&mut conn, order.as_bytes())? else { return Ok(None) };
        let mut reading = Reading { sales: self, archive: None };
        let Some(purchase) = reading.at(&mut conn, consumer, &[id])?.pop() else { return Ok(None) };
        let newest = history::newest_answer(&mut conn, consumer, id)?.unwrap_or(id);
        let document = reading.archive()?.reply(&mut conn, newest)?;
        let document = document.ok_or(SalesError::Corrupt("receipt"))?;
        Ok(Some(Bought { purchase, document }))
    }
}

/// What a search looks for.
struct Filter {
    state: Option<SaleState>,
    /// `None`: nothing can be found by this text.
    wanted: Option<Option<Wanted>>,
}

impl Filter {
    fn of(query: &Query) -> Option<Self> {
        let wanted = query.text.as_deref().map(Wanted::read);
        (query.state.is_some() || wanted.is_some()).then_some(Self { state: query.state, wanted })
    }

    fn fits(&self, purchase: &Purchase) -> bool {
        let state = self.state.is_none_or(|state| purchase.state == state);
        state
            && match &self.wanted {
                None => true,
                Some(None) => false,
                Some(Some(wanted)) => says(purchase, wanted),
            }
    }
}

fn says(purchase: &Purchase, wanted: &Wanted) -> bool {
    let texts = [purchase.title.as_str(), purchase.item.as_str(), purchase.merchant.as_str()];
    let number = |position: LedgerPosition| wanted.position == Some(position.value());
    wanted.order == Some(purchase.order)
        || number(purchase.position)
        || purchase.receipt.is_some_and(number)
        || texts.iter().any(|text| key(text).contains(&wanted.text))
}

/// Rows become purchases; what the worker has not come to is read from the offer itself.
struct Reading<'s> {
    sales: &'s Sales,
    archive: Option<Archive>,
}

impl Reading<'_> {
    fn archive(&mut self) -> Result<&mut Archive, SalesError> {
        let archive = match self.archive.take() {
            Some(archive) => archive,
            None => self.sales.core.archive()?,
        };
        Ok(self.archive.insert(archive))
    }

    /// A consumer's payments at these positions, the newest first.
    fn at(&mut self, conn: &mut Conn, consumer: i64, ids: &[i64]) -> Result<Vec<Purchase>, SalesError> {
        let disputed = journal::disputed(conn, ids)?;
        let rows = history::rows(conn, consumer, ids)?;
        rows.into_iter()
            .map(|row| {
                let is_disputed = disputed.contains(&row.id);
                self.read(conn, row, is_disputed)
            })
            .collect()
    }

    fn read(&mut self, conn: &mut Conn, row: PurchaseRow, is_disputed: bool) -> Result<Purchase, SalesError> {
        let (item, title) = match (&row.code, &row.title) {
            (Some(code), Some(title)) => (label(code)?, label(title)?),
            _ => self.offer(conn, &row.offer_digest)?,
        };
        let unit = currency(&row.currency)?;
        let money = |micros| Money::from_micros(micros, unit);
        let accepted = row.state == "accepted";
        let paid = if accepted { row.captured_micros.unwrap_or(row.micros) } else { 0 };
        let state = SaleState::of(&row.state, paid, row.refunded_micros, is_disputed);
        Ok(Purchase {
            position: position(row.id)?,
            order: order(row.order_id)?,
            ordered_at: time_of(row.id),
            merchant: MerchantId::parse(&row.merchant).map_err(|_| SalesError::Corrupt("merchant"))?,
            item,
            title,
            price: money(row.micros),
            paid: money(paid),
            refunded: money(row.refunded_micros),
            mode: Mode::parse(&row.mode).map_err(|_| SalesError::Corrupt("mode"))?,
            funding: Funding::parse(&row.funding).map_err(|_| SalesError::Corrupt("funding"))?,
            rule: label(&row.rule)?,
            state: state.ok_or(SalesError::Corrupt("state"))?,
            receipt: row.settled_at.filter(|_| accepted).map(position).transpose()?,
        })
    }

    fn offer(&mut self, conn: &mut Conn, digest: &[u8]) -> Result<(Label, Label), SalesError> {
        let row = journal::offers(conn, &[digest.to_vec()])?.pop().ok_or(SalesError::Corrupt("offer"))?;
        let at = journal::position_of(conn, &row.offer_id)?.ok_or(SalesError::Corrupt("offer"))?;
        match self.archive()?.asked(conn, at)? {
            Some(Message::Offer(offer)) => Ok((offer.item, offer.title)),
            _ => Err(SalesError::Corrupt("offer")),
        }
    }
}
