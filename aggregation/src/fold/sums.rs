//! What transfers add to the accounts that they touch. The one place where a transfer becomes a figure in a document: the
//! fold and the audit both come here.

use std::collections::{BTreeMap, HashMap, HashSet};

use payment_domain::{Currency, TransferKind};
use payment_message::inclusion::leaf;

use crate::class::Class;
use crate::fold::{FoldError, is_billed};
use crate::period::Book;
use crate::storage::journal::{self, Transfer};
use crate::storage::{Conn, StorageError};
use crate::tally::{Delta, Leaf, Overflow};

/// What an account with periods is; this never changes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Facts {
    pub(crate) book: Book,
    pub(crate) owner: i64,
    pub(crate) currency: Currency,
}

/// What accounts are, remembered up to a bound. `None`: one without periods.
#[derive(Debug, Default)]
pub(crate) struct Accounts(HashMap<i64, Option<Facts>>);

impl Accounts {
    /// Beyond it everything is forgotten.
    const MOST: usize = 200_000;

    /// An account with periods.
    pub(crate) fn of(&self, account: i64) -> Option<&Facts> {
        self.0.get(&account).and_then(Option::as_ref)
    }

    fn learn(&mut self, conn: &mut Conn, transfers: &[Transfer]) -> Result<(), StorageError> {
        if self.0.len() > Self::MOST {
            self.0.clear();
        }
        let mut unknown = HashSet::new();
        for transfer in transfers {
            for account in [transfer.debit, transfer.credit] {
                if !self.0.contains_key(&account) {
                    unknown.insert(account);
                }
            }
        }
        if unknown.is_empty() {
            return Ok(());
        }
        for row in journal::accounts(conn, unknown.into_iter().collect())? {
            let facts = match (Book::parse(&row.kind), row.owner) {
                (Some(book), Some(owner)) => {
                    let currency =
                        Currency::parse(&row.currency).map_err(|_| StorageError::Corrupt("currency"))?;
                    Some(Facts { book, owner, currency })
                }
                _ => None,
            };
            self.0.insert(row.id, facts);
        }
        Ok(())
    }
}

/// A refund or dispute that reached a postpaid account.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Credit {
    pub(crate) transfer: i64,
    pub(crate) account: i64,
    pub(crate) payment: i64,
    pub(crate) micros: i64,
    pub(crate) kind: TransferKind,
}

/// What transfers add, by account.
#[derive(Debug, Default)]
pub(crate) struct Deltas {
    pub(crate) accounts: BTreeMap<i64, Delta>,
    pub(crate) credits: Vec<Credit>,
}

/// Adds transfers up. They must be whole batches in the order of their ids.
pub(crate) fn sum(
    conn: &mut Conn,
    accounts: &mut Accounts,
    transfers: &[Transfer],
) -> Result<Deltas, FoldError> {
    accounts.learn(conn, transfers)?;
    let settled = settled(conn, accounts, transfers)?;
    Ok(add_up(accounts, &settled, transfers)?)
}

/// The same, of accounts that are known.
fn add_up(
    accounts: &Accounts,
    settled: &HashMap<i64, i64>,
    transfers: &[Transfer],
) -> Result<Deltas, Overflow> {
    let mut deltas: HashMap<i64, Delta> = HashMap::new();
    let mut credits = Vec::new();
    // The legs of one payment (several coupons, two currencies) stand together: one leaf for all that it took from, and one
    // for all that it brought to. Leaves are what documents and fees count: a payment is one sale, whatever paid it.
    for run in transfers.chunk_by(|one, next| one.payment == next.payment) {
        let mut took: Option<(i64, i64)> = None;
        let mut brought: Option<(i64, i64)> = None;
        for transfer in run {
            let class = Class::of(transfer.kind.0);
            let is_payment = matches!(class, Class::Payments);
            if let Some(facts) = accounts.of(transfer.debit) {
                let micros = transfer.micros.saturating_neg();
                deltas.entry(transfer.debit).or_default().add(facts.book, class, micros, transfer.id)?;
                if is_payment && !matches!(facts.book, Book::Merchant) {
                    took = Some((transfer.debit, more(took, transfer.micros)?));
                }
            }
            if let Some(facts) = accounts.of(transfer.credit) {
                let delta = deltas.entry(transfer.credit).or_default();
                delta.add(facts.book, class, transfer.micros, transfer.id)?;
                if is_payment && matches!(facts.book, Book::Merchant) {
                    brought = Some((transfer.credit, more(brought, transfer.micros)?));
                }
                if matches!(class, Class::Refunds | Class::Disputes) && is_billed(facts.book) {
                    credits.push(Credit {
                        transfer: transfer.id,
                        account: transfer.credit,
                        payment: transfer.payment,
                        micros: transfer.micros,
                        kind: transfer.kind.0,
                    });
                }
            }
        }
        let Some(first) = run.first() else { continue };
        let position = if took.is_some() {
            first.payment
        } else {
            settled.get(&first.payment).copied().unwrap_or(first.payment)
        };
        let mut made = None;
        if let (Some((account, micros)), Some(delta)) = (took, took.and_then(|(a, _)| deltas.get_mut(&a))) {
            let currency = accounts.of(account).map_or(Currency::EUR, |facts| facts.currency);
            let hash = leaf(position, micros, currency);
            made = Some((micros, currency, hash));
            delta.leaves.push(Leaf { position, micros, hash });
            if let Some((merchant, _)) = brought {
                delta.line(merchant, 1, micros)?;
            }
        }
        if let (Some((account, micros)), Some(delta)) =
            (brought, brought.and_then(|(a, _)| deltas.get_mut(&a)))
        {
            let currency = accounts.of(account).map_or(Currency::EUR, |facts| facts.currency);
            let hash = match made {
                Some((same, of, hash)) if same == micros && of == currency => hash,
                _ => leaf(position, micros, currency),
            };
            delta.leaves.push(Leaf { position, micros, hash });
        }
    }
    Ok(Deltas { accounts: deltas.into_iter().collect(), credits })
}

fn more(before: Option<(i64, i64)>, micros: i64) -> Result<i64, Overflow> {
    let before = before.map_or(0, |(_, before)| before);
    before.checked_add(micros).ok_or(Overflow)
}

/// The position in the receipt of a payment that took nothing from an account: a single payment's is where it was settled.
fn settled(
    conn: &mut Conn,
    accounts: &Accounts,
    transfers: &[Transfer],
) -> Result<HashMap<i64, i64>, StorageError> {
    let from_outside = transfers.iter().filter(|transfer| {
        matches!(Class::of(transfer.kind.0), Class::Payments) && accounts.of(transfer.debit).is_none()
    });
    let payments: HashSet<i64> = from_outside.map(|transfer| transfer.payment).collect();
    if payments.is_empty() {
        return Ok(HashMap::new());
    }
    journal::settled(conn, &payments.into_iter().collect::<Vec<_>>())
}

#[cfg(test)]
#[expect(clippy::arithmetic_side_effects, reason = "tests compute what they expect from small numbers")]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::fee::{FeeRest, FeeSchedule};
    use crate::storage::journal::Kind;
    use crate::tally::Tally;

    const PREPAID: i64 = 1;
    const POSTPAID: i64 = 2;
    const MERCHANTS: [i64; 2] = [11, 12];
    /// Has no periods: external systems, coupons, positions, holds.
    const OURS: i64 = 21;

    fn accounts() -> Accounts {
        let facts = |book, owner| Some(Facts { book, owner, currency: Currency::EUR });
        let [bakery, cinema] = MERCHANTS;
        Accounts(HashMap::from([
            (PREPAID, facts(Book::Prepaid, 1)),
            (POSTPAID, facts(Book::Postpaid, 2)),
            (bakery, facts(Book::Merchant, 3)),
            (cinema, facts(Book::Merchant, 4)),
            (OURS, None),
        ]))
    }

    /// What one message posts.
    #[derive(Debug, Clone)]
    enum Posted {
        /// From an account, in the merchant's currency or another.
        Account { from: i64, exchanged: bool, micros: i64 },
        /// From an external system, or with coupons: what each of them gives.
        Outside { coupons: bool, parts: Vec<i64> },
        /// A part of the last payment goes back, in one of the ways.
        Back { kind: TransferKind },
        /// A coupon is bought, the price of a reminder taken: no merchant has sold anything.
        NoSale { kind: TransferKind },
    }

    fn any_posted() -> impl Strategy<Value = Posted> {
        use TransferKind as K;
        let micros = 1_i64..1_000_000;
        let backs = [K::Refund, K::Dispute, K::CouponRestored, K::CouponDisputed, K::ExchangeReturned];
        prop_oneof![
            3 => (prop_oneof![Just(PREPAID), Just(POSTPAID)], any::<bool>(), micros.clone())
                .prop_map(|(from, exchanged, micros)| Posted::Account { from, exchanged, micros }),
            1 => micros.clone().prop_map(|micros| Posted::Outside { coupons: false, parts: vec![micros] }),
            3 => proptest::collection::vec(micros, 1..6)
                .prop_map(|parts| Posted::Outside { coupons: true, parts }),
            2 => proptest::sample::select(backs.to_vec()).prop_map(|kind| Posted::Back { kind }),
            1 => proptest::sample::select(vec![K::CouponBought, K::ReminderFee])
                .prop_map(|kind| Posted::NoSale { kind }),
        ]
    }

    /// The legs of each message, and to which merchant it was a sale of how much.
    fn post(posted: &[(Posted, usize)]) -> (Vec<Transfer>, Vec<(i64, i64, i64)>) {
        let (mut transfers, mut sales) = (Vec::new(), Vec::new());
        for (place, (posted, merchant)) in posted.iter().enumerate() {
            let merchant = MERCHANTS[*merchant];
            let subject = i64::try_from(place).unwrap() * 100 + 1;
            let legs = match posted {
                Posted::Account { from, exchanged: false, micros } => {
                    vec![(*from, merchant, *micros, TransferKind::Payment)]
                }
                Posted::Account { from, exchanged: true, micros } => vec![
                    (*from, OURS, micros + 7, TransferKind::ExchangeSold),
                    (OURS, merchant, *micros, TransferKind::ExchangeBought),
                ],
                Posted::Outside { coupons, parts } => {
                    let kind = if *coupons { TransferKind::CouponSpent } else { TransferKind::Payment };
                    parts.iter().map(|part| (OURS, merchant, *part, kind)).collect()
                }
                Posted::Back { kind } => vec![(merchant, PREPAID, 1, *kind)],
                Posted::NoSale { kind } => vec![(POSTPAID, OURS, 5, *kind)],
            };
            let sold: i64 = legs.iter().filter(|leg| leg.1 == merchant).map(|leg| leg.2).sum();
            if sold > 0 {
                sales.push((subject, merchant, sold));
            }
            // What goes back belongs to an earlier payment: its position.
            let back = sales.last().map_or(subject, |(payment, ..)| *payment);
            let of = if matches!(posted, Posted::Back { .. }) { back } else { subject };
            transfers.extend((1..).zip(legs).map(|(leg, (debit, credit, micros, kind))| Transfer {
                id: subject + leg,
                payment: of,
                debit,
                credit,
                micros,
                kind: Kind(kind),
            }));
        }
        (transfers, sales)
    }

    proptest! {
        /// However many legs a payment has, and whatever paid it: one sale, of all of it, with one fixed fee.
        #[test]
        fn a_merchant_has_made_as_many_sales_as_it_was_paid(
            posted in proptest::collection::vec((any_posted(), 0..MERCHANTS.len()), 0..40),
        ) {
            let (transfers, sales) = post(&posted);
            let deltas = add_up(&accounts(), &HashMap::new(), &transfers).unwrap();
            for merchant in MERCHANTS {
                let sold: Vec<_> = sales.iter().filter(|sale| sale.1 == merchant).collect();
                let mut tally = Tally::new();
                if let Some(delta) = deltas.accounts.get(&merchant) {
                    tally.apply(delta).unwrap();
                    let leaves: Vec<_> = delta.leaves.iter().map(|leaf| (leaf.position, leaf.micros)).collect();
                    let expected: Vec<_> = sold.iter().map(|sale| (sale.0, sale.2)).collect();
                    prop_assert_eq!(leaves, expected);
                }
                let (count, micros) = (tally.peaks.count(), tally.sums.micros(Class::Payments));
                let total: i64 = sold.iter().map(|sale| sale.2).sum();
                prop_assert_eq!((usize::try_from(count).unwrap(), micros), (sold.len(), total));
                let schedule = FeeSchedule { share_ppm: 0, fixed_micros: 1_000, ..FeeSchedule::NONE };
                let fee = schedule.fee(micros, count, FeeRest::default(), i64::MAX).unwrap();
                prop_assert_eq!(fee.micros, 1_000 * i64::try_from(sold.len()).unwrap());
            }
        }

        /// A step ends between batches: wherever that is, the same sales are counted.
        #[test]
        fn wherever_a_step_ends_the_same_sales_are_counted(
            posted in proptest::collection::vec((any_posted(), 0..MERCHANTS.len()), 1..40),
            cut in any::<prop::sample::Index>(),
        ) {
            let (transfers, _) = post(&posted);
            let batch = i64::try_from(cut.index(posted.len())).unwrap() * 100;
            let (before, after): (Vec<_>, Vec<_>) = transfers.iter().partition(|transfer| transfer.id < batch);
            let at_once = add_up(&accounts(), &HashMap::new(), &transfers).unwrap();
            let steps = [before, after].map(|part| add_up(&accounts(), &HashMap::new(), &part).unwrap());
            for account in at_once.accounts.keys() {
                let mut tallies = [Tally::new(), Tally::new()];
                tallies[0].apply(&at_once.accounts[account]).unwrap();
                for delta in steps.iter().filter_map(|step| step.accounts.get(account)) {
                    tallies[1].apply(delta).unwrap();
                }
                prop_assert_eq!(&tallies[0], &tallies[1]);
            }
        }
    }
}
