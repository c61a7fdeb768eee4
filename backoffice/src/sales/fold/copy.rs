//! What a step writes: payments as sales, with everything that it takes to find them. Read first, written in one go.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use core_payment::time_of;
use payment_domain::{MerchantId, PaymentOrder, Timestamp};
use payment_message::Message;

use super::FoldError;
use super::chunk::Chunk;
use super::letters::Letters;
use crate::sales::figures::hour_of;
use crate::sales::query::{SaleState, key};
use crate::storage::sales::fold::{
    self, AcquaintanceRow, HourDelta, ItemRow, RefusalDelta, RefusalRow, ReturnRow, SaleRow,
};
use crate::storage::sales::journal::{self, PaymentRow};
use crate::storage::{Archive, Conn, StorageError, Tx, request};

/// What an offer sells; this never changes.
#[derive(Debug, Clone)]
struct Sold {
    code: String,
    title: String,
    is_coupon: bool,
}

/// What is known of offers, items, consumers and merchants, up to a bound. Items and consumers are known as of a step.
#[derive(Debug, Default)]
pub(super) struct Memory {
    at: i64,
    offers: HashMap<Vec<u8>, Sold>,
    items: HashMap<(i64, String, String), i64>,
    /// By consumer and merchant.
    acquaintances: HashMap<(i64, i64), i64>,
    merchants: HashMap<i64, MerchantId>,
}

impl Memory {
    /// Beyond it everything is forgotten.
    const MOST: usize = 100_000;

    /// Forgets what may never have been written, or may be gone.
    pub(super) fn forget(&mut self) {
        self.items.clear();
        self.acquaintances.clear();
    }

    /// The next step is this one: if another worker took the last, it may have thrown rows away.
    pub(super) fn continue_at(&mut self, seq: i64) {
        let known =
            self.offers.len().max(self.items.len()).max(self.acquaintances.len()).max(self.merchants.len());
        if known > Self::MOST {
            *self = Self::default();
        }
        if self.at != seq {
            self.forget();
        }
    }

    /// The step before this one was taken here.
    pub(super) const fn stand_at(&mut self, seq: i64) {
        self.at = seq;
    }
}

/// All that one step writes.
#[derive(Debug, Default)]
pub(super) struct Plan {
    items: Vec<ItemRow>,
    acquaintances: Vec<AcquaintanceRow>,
    pub(super) added: Vec<SaleRow>,
    pub(super) changed: Vec<SaleRow>,
    returns: Vec<ReturnRow>,
    refusals: Vec<RefusalRow>,
    letters: Letters,
    /// When it was made.
    now_ms: i64,
    /// By merchant, hour and currency.
    hours: BTreeMap<(i64, i64, String), HourDelta>,
}

impl Plan {
    /// Reads what it takes. Items and consumers that are new are in `memory` afterwards: it has to forget them if the plan is
    /// not written.
    pub(super) fn make(
        conn: &mut Conn,
        archive: &mut Archive,
        memory: &mut Memory,
        chunk: &Chunk,
        now: Timestamp,
    ) -> Result<Self, FoldError> {
        let ordered: HashSet<i64> = chunk.payments.iter().map(|row| row.id).collect();
        let older: Vec<i64> = chunk.touched.iter().copied().filter(|id| !ordered.contains(id)).collect();
        let older = if older.is_empty() { Vec::new() } else { journal::payments_at(conn, older)? };
        let payments: Vec<&PaymentRow> = chunk.payments.iter().chain(&older).collect();
        let touched: Vec<i64> = chunk.touched.iter().copied().collect();
        let disputed = journal::disputed(conn, &touched)?;

        // Of all payments, also for coupons: those are paid like anything else.
        let letters = Letters::due(conn, chunk, &payments, now)?;

        let mut reading = Reading { conn, archive, memory };
        let refused = reading.refused(&chunk.refused)?;
        let digests = payments.iter().map(|row| row.offer_digest.as_slice());
        reading.offers(digests.chain(refused.iter().map(|order| order.digest.as_slice())).collect())?;
        let payments: Vec<&PaymentRow> =
            payments.into_iter().filter(|row| reading.is_sale(&row.offer_digest)).collect();

        let mut plan = Self { letters, now_ms: now.as_millis(), ..Self::default() };
        plan.copy(&mut reading, &payments, &disputed, &chunk.touched)?;
        plan.give_back(chunk, &payments);
        plan.refuse(&mut reading, refused)?;
        Ok(plan)
    }

    fn copy(
        &mut self,
        reading: &mut Reading<'_>,
        payments: &[&PaymentRow],
        disputed: &HashSet<i64>,
        touched: &BTreeSet<i64>,
    ) -> Result<(), FoldError> {
        let keys: Vec<(i64, i64)> = payments.iter().map(|row| (row.merchant, row.id)).collect();
        let mut there: HashMap<i64, SaleRow> =
            fold::sales_at(reading.conn, &keys)?.into_iter().map(|row| (row.id, row)).collect();
        self.acquaintances =
            reading.acquaintances(payments.iter().filter(|row| !there.contains_key(&row.id)))?;
        for payment in payments {
            let state = State::of(payment, disputed.contains(&payment.id))?;
            match there.remove(&payment.id) {
                None => {
                    let row = self.sale(reading, payment, state)?;
                    self.count(None, &row);
                    self.added.push(row);
                }
                // What is there was copied when the payment stood at least here, unless it was touched since.
                Some(before) if touched.contains(&payment.id) => {
                    let row = SaleRow {
                        paid_micros: state.paid_micros,
                        refunded_micros: payment.refunded_micros,
                        state: state.state.as_str().to_owned(),
                        receipt: state.receipt,
                        ..before.clone()
                    };
                    if row != before {
                        self.count(Some(&before), &row);
                        self.changed.push(row);
                    }
                }
                Some(_) => {}
            }
        }
        Ok(())
    }

    fn sale(
        &mut self,
        reading: &mut Reading<'_>,
        payment: &PaymentRow,
        state: State,
    ) -> Result<SaleRow, FoldError> {
        let of = (payment.consumer, payment.merchant);
        let acquaintance = reading.memory.acquaintances.get(&of).copied();
        Ok(SaleRow {
            merchant: payment.merchant,
            id: payment.id,
            acquaintance: acquaintance.ok_or(FoldError::Corrupt("acquaintance"))?,
            item: self.item(reading, payment.merchant, &payment.offer_digest, payment.id)?,
            currency: payment.currency.clone(),
            micros: payment.micros,
            paid_micros: state.paid_micros,
            refunded_micros: payment.refunded_micros,
            mode: payment.mode.clone(),
            state: state.state.as_str().to_owned(),
            receipt: state.receipt,
        })
    }

    /// The number of an item; a new one is named after where it was first ordered.
    fn item(
        &mut self,
        reading: &mut Reading<'_>,
        merchant: i64,
        digest: &[u8],
        position: i64,
    ) -> Result<i64, FoldError> {
        let sold = reading.memory.offers.get(digest).ok_or(FoldError::Corrupt("offer"))?.clone();
        let name = (merchant, sold.code, sold.title);
        if let Some(id) = reading.memory.items.get(&name) {
            return Ok(*id);
        }
        let id = match fold::item_of(reading.conn, merchant, &name.1, &name.2)? {
            Some(id) => id,
            None => {
                self.items.push(ItemRow {
                    id: position,
                    merchant,
                    code_key: key(&name.1),
                    title_key: key(&name.2),
                    code: name.1.clone(),
                    title: name.2.clone(),
                });
                position
            }
        };
        reading.memory.items.insert(name, id);
        Ok(id)
    }

    /// Moves the figures of the hour in which a sale was ordered by what is different.
    fn count(&mut self, before: Option<&SaleRow>, after: &SaleRow) {
        let delta = self.hour(after.merchant, after.id, &after.currency);
        let paid = |row: &SaleRow| i64::from(row.paid_micros > 0);
        let declined = |row: &SaleRow| i64::from(row.state == SaleState::Declined.as_str());
        let figures = |row: &SaleRow| [paid(row), row.paid_micros, row.refunded_micros, declined(row)];
        let (old, new) = (before.map_or([0; 4], figures), figures(after));
        let targets =
            [&mut delta.sales, &mut delta.gross_micros, &mut delta.refunded_micros, &mut delta.declined];
        for (target, (old, new)) in targets.into_iter().zip(old.into_iter().zip(new)) {
            *target = target.saturating_add(new.saturating_sub(old));
        }
    }

    fn hour(&mut self, merchant: i64, position: i64, currency: &str) -> &mut HourDelta {
        let hour = hour_of(time_of(position));
        self.hours.entry((merchant, hour, currency.to_owned())).or_insert_with(|| HourDelta {
            merchant,
            hour,
            currency: currency.to_owned(),
            sales: 0,
            gross_micros: 0,
            refunded_micros: 0,
            declined: 0,
        })
    }

    fn give_back(&mut self, chunk: &Chunk, payments: &[&PaymentRow]) {
        let merchants: HashMap<i64, i64> = payments.iter().map(|row| (row.id, row.merchant)).collect();
        for row in &chunk.back {
            if let Some(merchant) = merchants.get(&row.payment) {
                self.returns.push(ReturnRow {
                    merchant: *merchant,
                    payment: row.payment,
                    transfer: row.transfer,
                    kind: row.kind.clone(),
                    micros: row.micros,
                });
            }
        }
    }

    fn refuse(&mut self, reading: &mut Reading<'_>, refused: Vec<RefusedOrder>) -> Result<(), FoldError> {
        for order in refused {
            let item = self.item(reading, order.merchant, &order.digest, order.position)?;
            self.refusals.push(RefusalRow {
                merchant: order.merchant,
                id: order.position,
                item,
                micros: order.micros,
                currency: order.currency,
                code: order.code,
            });
        }
        Ok(())
    }

    /// Writes it, in the transaction that has claimed the step.
    pub(super) fn write(&self, tx: &mut Tx<'_>) -> Result<(), StorageError> {
        fold::insert_items(tx, &self.items)?;
        fold::insert_acquaintances(tx, &self.acquaintances)?;
        fold::insert_sales(tx, &self.added)?;
        fold::update_sales(tx, &self.changed)?;
        fold::insert_returns(tx, &self.returns)?;
        fold::insert_refusals(tx, &self.refusals)?;
        fold::move_hours(tx, self.hours.values().cloned().collect())?;
        fold::move_refusals(tx, self.refusal_hours())?;
        // Whoever asked for money back has got some.
        for row in self.added.iter().chain(&self.changed).filter(|row| row.refunded_micros > 0) {
            request::grant(tx, row.id, row.refunded_micros, self.now_ms)?;
        }
        self.letters.write(tx)
    }

    fn refusal_hours(&self) -> Vec<RefusalDelta> {
        let mut counted: BTreeMap<(i64, i64, &str, &str), i64> = BTreeMap::new();
        for row in &self.refusals {
            let hour = hour_of(time_of(row.id));
            let orders = counted.entry((row.merchant, hour, &row.currency, &row.code)).or_default();
            *orders = orders.saturating_add(1);
        }
        let delta = |((merchant, hour, currency, code), orders): ((i64, i64, &str, &str), i64)| {
            RefusalDelta { merchant, hour, currency: currency.to_owned(), code: code.to_owned(), orders }
        };
        counted.into_iter().map(delta).collect()
    }
}

/// What a payment says of its sale.
#[derive(Debug, Clone, Copy)]
struct State {
    state: SaleState,
    paid_micros: i64,
    receipt: Option<i64>,
}

impl State {
    fn of(payment: &PaymentRow, disputed: bool) -> Result<Self, FoldError> {
        let accepted = payment.state == "accepted";
        let paid_micros = if accepted { payment.captured_micros.unwrap_or(payment.micros) } else { 0 };
        let state = SaleState::of(&payment.state, paid_micros, payment.refunded_micros, disputed);
        Ok(Self {
            state: state.ok_or(FoldError::Corrupt("payment"))?,
            paid_micros,
            receipt: payment.settled_at.filter(|_| accepted),
        })
    }
}

/// An order that was refused.
struct RefusedOrder {
    position: i64,
    merchant: i64,
    digest: Vec<u8>,
    micros: i64,
    currency: String,
    code: String,
}

/// What a plan is made from.
struct Reading<'r> {
    conn: &'r mut Conn,
    archive: &'r mut Archive,
    memory: &'r mut Memory,
}

impl Reading<'_> {
    fn is_sale(&self, digest: &[u8]) -> bool {
        self.memory.offers.get(digest).is_some_and(|sold| !sold.is_coupon)
    }

    /// Learns what these offers sell, from their evidence.
    fn offers(&mut self, digests: HashSet<&[u8]>) -> Result<(), FoldError> {
        let unknown = digests.into_iter().filter(|digest| !self.memory.offers.contains_key(*digest));
        let unknown: Vec<Vec<u8>> = unknown.map(<[u8]>::to_vec).collect();
        for row in journal::offers(self.conn, &unknown)? {
            let corrupt = || FoldError::Corrupt("offer");
            let at = journal::position_of(self.conn, &row.offer_id)?.ok_or_else(corrupt)?;
            let Some(Message::Offer(offer)) = self.archive.asked(self.conn, at)? else {
                return Err(corrupt());
            };
            let (code, title) = (offer.item.as_str().to_owned(), offer.title.as_str().to_owned());
            let sold = Sold { code, title, is_coupon: row.sale == "coupon" };
            self.memory.offers.insert(row.digest, sold);
        }
        Ok(())
    }

    /// Learns how the merchants of these payments see their consumers; those that nobody has seen before are returned.
    fn acquaintances<'p>(
        &mut self,
        payments: impl Iterator<Item = &'p &'p PaymentRow>,
    ) -> Result<Vec<AcquaintanceRow>, FoldError> {
        // The first payment of each names it.
        let mut unknown: BTreeMap<(i64, i64), i64> = BTreeMap::new();
        for payment in payments {
            let of = (payment.consumer, payment.merchant);
            if !self.memory.acquaintances.contains_key(&of) {
                let first = unknown.entry(of).or_insert(payment.id);
                *first = payment.id.min(*first);
            }
        }
        let keys: Vec<(i64, i64)> = unknown.keys().copied().collect();
        for (id, consumer, merchant) in fold::acquaintances_of(self.conn, &keys)? {
            unknown.remove(&(consumer, merchant));
            self.memory.acquaintances.insert((consumer, merchant), id);
        }
        let merchants: BTreeSet<i64> = unknown.keys().map(|(_, merchant)| *merchant).collect();
        self.merchants(merchants)?;
        let mut new = Vec::with_capacity(unknown.len());
        for ((consumer, merchant), id) in unknown {
            let corrupt = || FoldError::Corrupt("party");
            let name = self.memory.merchants.get(&merchant).ok_or_else(corrupt)?;
            let pseudonym = self.archive.pseudonym(self.conn, consumer, name)?.ok_or_else(corrupt)?;
            let pseudonym = pseudonym.as_bytes().to_vec();
            new.push(AcquaintanceRow { id, merchant, consumer, pseudonym });
            self.memory.acquaintances.insert((consumer, merchant), id);
        }
        Ok(new)
    }

    fn merchants(&mut self, ids: BTreeSet<i64>) -> Result<(), FoldError> {
        let unknown = ids.into_iter().filter(|id| !self.memory.merchants.contains_key(id));
        let unknown: Vec<i64> = unknown.collect();
        for (id, name) in journal::names(self.conn, &unknown)? {
            let name = MerchantId::parse(&name).map_err(|_| FoldError::Corrupt("party"))?;
            self.memory.merchants.insert(id, name);
        }
        Ok(())
    }

    /// Orders that were refused, from their evidence.
    fn refused(&mut self, positions: &[i64]) -> Result<Vec<RefusedOrder>, FoldError> {
        let mut orders = Vec::with_capacity(positions.len());
        let mut numbers: HashMap<MerchantId, i64> = HashMap::new();
        for position in positions {
            let asked = self.archive.asked(self.conn, *position)?;
            let answered = self.archive.answered(self.conn, *position)?;
            let (Some(Message::PaymentOrder(order)), Some(Message::Rejection(rejection))) = (asked, answered)
            else {
                return Err(FoldError::Corrupt("refusal"));
            };
            let PaymentOrder { merchant, offer_digest, amount, .. } = order;
            let number = match numbers.get(&merchant) {
                Some(number) => *number,
                None => {
                    journal::party_named(self.conn, merchant.as_str())?.ok_or(FoldError::Corrupt("party"))?
                }
            };
            numbers.insert(merchant, number);
            orders.push(RefusedOrder {
                position: *position,
                merchant: number,
                digest: offer_digest.as_bytes().to_vec(),
                micros: amount.micros(),
                currency: amount.currency().as_str().to_owned(),
                code: rejection.code.as_str().to_owned(),
            });
        }
        Ok(orders)
    }
}
