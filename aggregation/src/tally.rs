//! What is known of one account's period: sums by class, a line for each merchant, and the Merkle peaks. Pure.
//!
//! A [`Delta`] is what some transfers add, a [`Tally`] what all of a period's add up to. A tally is stored as a few hundred
//! bytes whatever the number of transfers: its size grows with the number of merchants and the logarithm of payments.

use std::collections::{BTreeMap, HashMap};

use payment_domain::Digest;

use crate::class::Class;
use crate::merkle::{Peaks, TILE};
use crate::period::Book;

/// The encoding that [`Tally::encode`] writes.
const VERSION: u8 = 1;

/// How many, and how much they add to the account's balance.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Sum {
    /// How many.
    pub count: u64,
    /// In micro-units; below zero for what leaves the account.
    pub micros: i64,
}

impl Sum {
    fn add(&mut self, other: Self) -> Result<(), Overflow> {
        self.count = self.count.checked_add(other.count).ok_or(Overflow)?;
        self.micros = self.micros.checked_add(other.micros).ok_or(Overflow)?;
        Ok(())
    }
}

/// A sum outside the range of amounts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a sum leaves the range of amounts")]
pub struct Overflow;

/// Sums by class.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Sums([Sum; Class::ALL.len()]);

impl Sums {
    /// One class.
    #[must_use]
    pub fn of(&self, class: Class) -> Sum {
        let place = Class::ALL.iter().position(|other| *other == class);
        place.and_then(|place| self.0.get(place)).copied().unwrap_or_default()
    }

    /// What a class adds to the balance, in micro-units.
    #[must_use]
    pub fn micros(&self, class: Class) -> i64 {
        self.of(class).micros
    }

    /// What all classes add that match, in micro-units.
    ///
    /// # Errors
    /// [`Overflow`].
    pub fn total(&self, fits: impl Fn(Class) -> bool) -> Result<i64, Overflow> {
        let mut fitting = Class::ALL.iter().zip(&self.0).filter(|(class, _)| fits(**class));
        fitting.try_fold(0_i64, |total, (_, sum)| total.checked_add(sum.micros)).ok_or(Overflow)
    }

    pub(crate) fn add(&mut self, class: Class, sum: Sum) -> Result<(), Overflow> {
        let slots = Class::ALL.iter().zip(&mut self.0);
        // The class is its own place in the list; the search ends at the first for payments.
        for (other, slot) in slots {
            if *other == class {
                return slot.add(sum);
            }
        }
        Ok(())
    }

    fn merge(&mut self, other: &Self) -> Result<(), Overflow> {
        self.0.iter_mut().zip(&other.0).try_for_each(|(sum, other)| sum.add(*other))
    }
}

/// A payment, as its receipt names it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Leaf {
    pub(crate) position: i64,
    pub(crate) micros: i64,
    pub(crate) hash: Digest,
}

/// A complete tree of [`crate::merkle::TILE`] payments of a period.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Tile {
    /// From zero.
    pub(crate) number: u64,
    /// The position of its last payment.
    pub(crate) last: i64,
    pub(crate) hash: Digest,
}

/// What some transfers add to one account.
#[derive(Debug, Clone, Default)]
pub(crate) struct Delta {
    pub(crate) sums: Sums,
    pub(crate) lines: HashMap<i64, Sum>,
    pub(crate) leaves: Vec<Leaf>,
    /// The id of the first transfer.
    pub(crate) begun: Option<i64>,
    /// The ids of the first and the last transfer that a document is about.
    pub(crate) span: Option<(i64, i64)>,
}

impl Delta {
    pub(crate) fn add(&mut self, book: Book, class: Class, micros: i64, id: i64) -> Result<(), Overflow> {
        self.begun = self.begun.or(Some(id));
        if book.counts(class) {
            self.span = Some((self.span.map_or(id, |(first, _)| first), id));
        }
        self.sums.add(class, Sum { count: 1, micros })
    }

    pub(crate) fn line(&mut self, merchant: i64, count: u64, micros: i64) -> Result<(), Overflow> {
        self.lines.entry(merchant).or_default().add(Sum { count, micros })
    }
}

/// All of a period.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tally {
    /// Sums by class.
    pub sums: Sums,
    /// What was paid to whom, by the merchant's account. Merchants have none: they know no consumers.
    pub lines: BTreeMap<i64, Sum>,
    /// The payments.
    pub peaks: Peaks,
}

impl Tally {
    /// Nothing yet.
    #[must_use]
    pub const fn new() -> Self {
        let sums = Sums([Sum { count: 0, micros: 0 }; Class::ALL.len()]);
        Self { sums, lines: BTreeMap::new(), peaks: Peaks::new() }
    }

    /// Returns the tiles that this completes.
    pub(crate) fn apply(&mut self, delta: &Delta) -> Result<Vec<Tile>, Overflow> {
        self.sums.merge(&delta.sums)?;
        for (merchant, sum) in &delta.lines {
            self.lines.entry(*merchant).or_default().add(*sum)?;
        }
        let mut tiles = Vec::new();
        for leaf in &delta.leaves {
            let number = self.peaks.count() / TILE;
            if let Some(hash) = self.peaks.push(leaf.hash) {
                tiles.push(Tile { number, last: leaf.position, hash });
            }
        }
        Ok(tiles)
    }

    /// The stored form.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = vec![VERSION];
        put(&mut bytes, Class::ALL.len().try_into().unwrap_or(u64::MAX));
        for sum in &self.sums.0 {
            put(&mut bytes, sum.count);
            put(&mut bytes, zigzag(sum.micros));
        }
        put(&mut bytes, self.lines.len().try_into().unwrap_or(u64::MAX));
        let mut before = 0_i64;
        for (merchant, sum) in &self.lines {
            put(&mut bytes, zigzag(merchant.wrapping_sub(before)));
            put(&mut bytes, sum.count);
            put(&mut bytes, zigzag(sum.micros));
            before = *merchant;
        }
        put(&mut bytes, self.peaks.count());
        self.peaks.peaks().iter().for_each(|peak| bytes.extend_from_slice(peak.as_bytes()));
        bytes
    }

    /// Reads the stored form; `None` if it is none.
    #[must_use]
    pub fn decode(stored: &[u8]) -> Option<Self> {
        let (&VERSION, mut rest) = stored.split_first()? else { return None };
        let rest = &mut rest;
        let mut tally = Self::default();
        // Classes are only added at the end: what an older program stored has fewer.
        let classes = usize::try_from(take(rest)?).ok()?;
        for slot in tally.sums.0.get_mut(..classes)? {
            *slot = Sum { count: take(rest)?, micros: unzigzag(take(rest)?) };
        }
        let mut merchant = 0_i64;
        for _ in 0..take(rest)? {
            merchant = merchant.wrapping_add(unzigzag(take(rest)?));
            let sum = Sum { count: take(rest)?, micros: unzigzag(take(rest)?) };
            tally.lines.insert(merchant, sum);
        }
        let count = take(rest)?;
        let peaks = rest.chunks(Digest::LEN).map(Digest::from_slice).collect::<Result<Vec<_>, _>>().ok()?;
        tally.peaks = Peaks::restore(count, peaks)?;
        Some(tally)
    }
}

/// Seven bits a byte, the last one without the highest bit (LEB128).
fn put(bytes: &mut Vec<u8>, mut number: u64) {
    while number > 0x7f {
        bytes.push(u8::try_from(number & 0x7f).unwrap_or_default() | 0x80);
        number >>= 7;
    }
    bytes.push(u8::try_from(number).unwrap_or_default());
}

fn take(bytes: &mut &[u8]) -> Option<u64> {
    let mut number = 0_u64;
    for shift in (0..64).step_by(7) {
        let (first, rest) = bytes.split_first()?;
        *bytes = rest;
        let bits = u64::from(first & 0x7f);
        let shifted = bits.checked_shl(shift)?;
        if shifted >> shift != bits {
            return None;
        }
        number |= shifted;
        if first & 0x80 == 0 {
            return Some(number);
        }
    }
    None
}

/// Small numbers of either sign become small numbers.
const fn zigzag(number: i64) -> u64 {
    (number.cast_unsigned() << 1) ^ (number >> 63).cast_unsigned()
}

const fn unzigzag(number: u64) -> i64 {
    (number >> 1).cast_signed() ^ (number & 1).cast_signed().wrapping_neg()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn tally(lines: Vec<(i64, u64, i64)>, sums: Vec<(u64, i64)>, leaves: u8) -> Tally {
        let mut tally = Tally::default();
        for (class, (count, micros)) in Class::ALL.into_iter().zip(sums) {
            tally.sums.add(class, Sum { count, micros }).unwrap();
        }
        for (merchant, count, micros) in lines {
            tally.lines.insert(merchant, Sum { count, micros });
        }
        for n in 0..leaves {
            tally.peaks.push(Digest::new([n; 32]));
        }
        tally
    }

    proptest! {
        #[test]
        fn a_tally_reads_back_as_it_was(
            lines in proptest::collection::vec(any::<(i64, u64, i64)>(), 0..20),
            sums in proptest::collection::vec(any::<(u64, i64)>(), Class::ALL.len()),
            leaves in any::<u8>(),
        ) {
            let tally = tally(lines, sums, leaves);
            prop_assert_eq!(Tally::decode(&tally.encode()), Some(tally));
        }

        #[test]
        fn what_is_no_tally_is_not_read_and_does_no_harm(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            if let Some(tally) = Tally::decode(&bytes) {
                // Whatever reads is written so that it reads the same.
                prop_assert_eq!(Tally::decode(&tally.encode()), Some(tally));
            }
        }
    }

    #[test]
    fn a_tally_that_was_cut_is_not_read() {
        let stored = tally(vec![(7, 1, -5), (9, 2, -6)], vec![(3, -11)], 3).encode();
        assert!(Tally::decode(&stored).is_some());
        for length in 0..stored.len() {
            assert!(Tally::decode(&stored[..length]).is_none(), "{length}");
        }
    }

    #[test]
    fn what_only_settles_is_no_news() {
        let mut delta = Delta::default();
        delta.add(Book::Merchant, Class::Payouts, -5, 7).unwrap();
        delta.add(Book::Merchant, Class::Fees, -5, 8).unwrap();
        assert_eq!((delta.begun, delta.span), (Some(7), None));
        delta.add(Book::Merchant, Class::Payments, 5, 9).unwrap();
        delta.add(Book::Merchant, Class::Returns, 5, 11).unwrap();
        delta.add(Book::Merchant, Class::Payouts, -5, 12).unwrap();
        assert_eq!((delta.begun, delta.span), (Some(7), Some((9, 11))));
    }

    #[test]
    fn a_sum_that_leaves_the_range_is_refused() {
        let mut sums = Sums::default();
        sums.add(Class::Payments, Sum { count: 1, micros: i64::MIN }).unwrap();
        assert_eq!(sums.add(Class::Payments, Sum { count: 1, micros: -1 }), Err(Overflow));
        sums.add(Class::Refunds, Sum { count: 1, micros: i64::MAX }).unwrap();
        assert_eq!(sums.total(|_| true), Ok(-1));
        sums.add(Class::Fees, Sum { count: 1, micros: i64::MIN }).unwrap();
        assert_eq!(sums.total(|_| true), Err(Overflow));
    }
}
