//! Roots and paths over payments as they come, in memory that grows with the logarithm of their number.
//!
//! The hashes and the verification are in [`payment_message::inclusion`], where phones can use them. What this module must
//! not do: know what a payment is.

use payment_domain::Digest;
use payment_message::inclusion::node;
use payment_message::sha256;

/// How high the complete trees are that are kept for proofs, see [`TILE`].
pub const TILE_HEIGHT: u32 = 8;
/// Leaves of such a tree: a proof reads the leaves of one of them, and of the others the roots.
pub const TILE: u64 = 1 << TILE_HEIGHT;

/// The complete trees that the leaves so far fall into, from the largest to the smallest: the bits of their number
/// (RFC 6962 §2.1 splits at powers of two, so that these trees never change again).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Peaks {
    count: u64,
    peaks: Vec<Digest>,
}

impl Peaks {
    /// No leaves.
    #[must_use]
    pub const fn new() -> Self {
        Self { count: 0, peaks: Vec::new() }
    }

    /// Reads back what [`Peaks::count`] and [`Peaks::peaks`] said; `None` if the two do not belong together.
    #[must_use]
    pub fn restore(count: u64, peaks: Vec<Digest>) -> Option<Self> {
        let trees = usize::try_from(count.count_ones()).ok()?;
        (peaks.len() == trees).then_some(Self { count, peaks })
    }

    /// How many leaves there are.
    #[must_use]
    pub const fn count(&self) -> u64 {
        self.count
    }

    /// The roots of the complete trees.
    #[must_use]
    pub fn peaks(&self) -> &[Digest] {
        &self.peaks
    }

    /// Adds a leaf. Returns the root of the tile that it completes, if it does.
    pub fn push(&mut self, leaf: Digest) -> Option<Digest> {
        let (mut tree, mut tile) = (leaf, None);
        for height in 1..=self.count.trailing_ones() {
            if let Some(left) = self.peaks.pop() {
                tree = node(&left, &tree);
            }
            if height == TILE_HEIGHT {
                tile = Some(tree);
            }
        }
        self.peaks.push(tree);
        self.count = self.count.saturating_add(1);
        tile
    }

    /// The complete trees behind the last tile, from the largest to the smallest: their heights and roots.
    pub(crate) fn tail(&self) -> impl Iterator<Item = (u32, Digest)> {
        let heights = (0..u64::BITS)
            .rev()
            .filter(|height| self.count.checked_shr(*height).is_some_and(|bits| bits & 1 == 1));
        heights.zip(self.peaks.iter().copied()).filter(|(height, _)| *height < TILE_HEIGHT)
    }

    /// The root over all leaves; the hash of nothing if there are none.
    #[must_use]
    pub fn root(&self) -> Digest {
        let mut peaks = self.peaks.iter().rev();
        let Some(smallest) = peaks.next() else { return sha256(&[]) };
        peaks.fold(*smallest, |right, left| node(left, &right))
    }
}

/// Finds the path of one leaf while all of them go by.
#[derive(Debug)]
pub struct Path {
    index: u64,
    peaks: Peaks,
    /// Which complete tree the leaf is in, once it went by.
    within: Option<usize>,
    path: Vec<Digest>,
}

impl Path {
    /// Of the leaf at this place, from zero.
    #[must_use]
    pub fn of(index: u64) -> Self {
        Self { index, peaks: Peaks::default(), within: None, path: Vec::new() }
    }

    /// Adds a leaf.
    pub fn push(&mut self, leaf: Digest) {
        self.add(0, leaf, self.peaks.count == self.index);
    }

    /// Adds a complete tree of 2 to the power of `height` leaves that the leaf is not among. What went by before must be a
    /// multiple of as many.
    pub(crate) fn push_tree(&mut self, height: u32, tree: Digest) {
        self.add(height, tree, false);
    }

    fn add(&mut self, height: u32, mut tree: Digest, mut within: bool) {
        for _ in 0..self.peaks.count.checked_shr(height).unwrap_or_default().trailing_ones() {
            let Some(left) = self.peaks.peaks.pop() else { continue };
            if within {
                self.path.push(left);
            } else if self.within == Some(self.peaks.peaks.len()) {
                self.path.push(tree);
                within = true;
            }
            tree = node(&left, &tree);
        }
        if within {
            self.within = Some(self.peaks.peaks.len());
        }
        self.peaks.peaks.push(tree);
        self.peaks.count = self.peaks.count.saturating_add(1_u64.checked_shl(height).unwrap_or_default());
    }

    /// How many leaves went by.
    pub(crate) const fn count(&self) -> u64 {
        self.peaks.count
    }

    /// The path from the leaf to the root, and the root; `None` if the leaf did not go by.
    #[must_use]
    pub fn end(self) -> Option<(Vec<Digest>, Digest)> {
        let (within, mut path) = (self.within?, self.path);
        let mut trees = self.peaks.peaks.into_iter().enumerate().rev();
        let (mut place, mut tree) = trees.next()?;
        for (left_place, left) in trees {
            if place <= within {
                path.push(left);
            } else if left_place == within {
                path.push(tree);
            }
            tree = node(&left, &tree);
            place = left_place;
        }
        Some((path, tree))
    }
}

#[cfg(test)]
#[expect(clippy::arithmetic_side_effects, reason = "tests compute what they expect from small numbers")]
mod tests {
    use payment_domain::Currency;
    use payment_message::inclusion::{leads, leaf};
    use proptest::prelude::*;

    use super::*;

    fn leaves(count: u64) -> Vec<Digest> {
        (0..count).map(|n| leaf(i64::try_from(n).unwrap() + 1, 7, Currency::EUR)).collect()
    }

    fn naive(leaves: &[Digest]) -> Digest {
        match leaves {
            [] => sha256(&[]),
            [one] => *one,
            _ => {
                let (left, right) = leaves.split_at(leaves.len().next_power_of_two() / 2);
                node(&naive(left), &naive(right))
            }
        }
    }

    proptest! {
        #[test]
        fn the_root_is_that_of_rfc_6962_after_every_leaf_and_after_being_stored(count in 0_u64..200) {
            let all = leaves(count);
            let mut peaks = Peaks::default();
            for (n, leaf) in all.iter().enumerate() {
                prop_assert_eq!(peaks.root(), naive(&all[..n]));
                peaks = Peaks::restore(peaks.count(), peaks.peaks().to_vec()).unwrap();
                peaks.push(*leaf);
            }
            prop_assert_eq!(peaks.root(), naive(&all));
            prop_assert_eq!(peaks.count(), count);
            prop_assert!(peaks.peaks().len() <= 8);
        }

        #[test]
        fn every_leaf_has_a_path_that_leads_to_the_root(count in 1_u64..200, pick in any::<u64>()) {
            let (all, index) = (leaves(count), pick % count);
            let mut way = Path::of(index);
            for leaf in &all {
                way.push(*leaf);
            }
            let (path, root) = way.end().unwrap();
            prop_assert_eq!(root, naive(&all));
            prop_assert!(leads(all[usize::try_from(index).unwrap()], index, count, &path, &root));
        }
    }

    proptest! {
        #[test]
        fn a_path_through_tiles_is_the_path_through_all_leaves(count in 1_u64..2_000, pick in any::<u64>()) {
            let (all, index) = (leaves(count), pick % count);
            let (mut peaks, mut tiles, mut whole) = (Peaks::default(), Vec::new(), Path::of(index));
            for leaf in &all {
                tiles.extend(peaks.push(*leaf));
                whole.push(*leaf);
            }
            prop_assert_eq!(u64::try_from(tiles.len()).unwrap(), count / TILE);
            let mut way = Path::of(index);
            for (number, run) in all.chunks(usize::try_from(TILE).unwrap()).enumerate() {
                match tiles.get(number).filter(|_| u64::try_from(number).unwrap() != index / TILE) {
                    Some(tile) => way.push_tree(TILE_HEIGHT, *tile),
                    None if index / TILE == u64::try_from(number).unwrap() => run.iter().for_each(|leaf| way.push(*leaf)),
                    None => peaks.tail().for_each(|(height, tree)| way.push_tree(height, tree)),
                }
            }
            prop_assert_eq!(way.end(), whole.end());
        }
    }

    #[test]
    fn a_leaf_that_never_came_has_no_path() {
        let mut way = Path::of(3);
        leaves(3).into_iter().for_each(|leaf| way.push(leaf));
        assert!(way.end().is_none());
    }

    #[test]
    fn a_payment_twice_is_not_a_payment_once() {
        let [one, two, three] = leaves(3)[..] else { panic!() };
        let root = |all: &[Digest]| {
            let mut peaks = Peaks::default();
            for leaf in all {
                peaks.push(*leaf);
            }
            peaks.root()
        };
        // A tree that doubles its last leaf to fill up would not tell these apart (CVE-2012-2459).
        assert_ne!(root(&[one, two, three]), root(&[one, two, three, three]));
        assert_ne!(root(&[one, two]), root(&[two, one]));
    }

    #[test]
    fn peaks_that_do_not_fit_their_count_are_not_read() {
        assert!(Peaks::restore(3, leaves(1)).is_none());
        assert!(Peaks::restore(0, leaves(1)).is_none());
    }
}
