//! Chance that can be repeated: whatever is drawn depends on the seed and on what it is drawn for, and on nothing else.

use uuid::{Builder, Uuid};

/// A sequence of numbers (SplitMix64). Not secret, not meant to be.
#[derive(Debug, Clone)]
pub struct Dice(u64);

impl Dice {
    /// The dice for one thing: the same every time, and others for anything else.
    #[must_use]
    pub fn of(seed: u64, what: &[u64]) -> Self {
        let mut dice = Self(seed);
        for part in what {
            dice = Self(dice.number() ^ part.wrapping_mul(0xff51_afd7_ed55_8ccd));
        }
        dice
    }

    /// Any number.
    pub fn number(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// From `least` to `most`.
    ///
    /// # Panics
    /// If there is nothing between them.
    pub fn between(&mut self, least: i64, most: i64) -> i64 {
        let range = u64::try_from(most - least + 1).expect("a range");
        least + i64::try_from(self.number() % range).expect("within the range")
    }

    /// A day, a place in a list, a number of things.
    ///
    /// # Panics
    /// If there is nothing to choose from.
    pub fn below(&mut self, most: u32) -> u32 {
        u32::try_from(self.number() % u64::from(most)).expect("below a u32")
    }

    /// So often out of a thousand times.
    pub fn happens(&mut self, per_mille: u32) -> bool {
        self.below(1000) < per_mille
    }

    /// One of several.
    ///
    /// # Panics
    /// If there is none.
    pub fn pick<T: Copy>(&mut self, of: &[T]) -> T {
        of[usize::try_from(self.number() % of.len() as u64).expect("an index")]
    }

    /// An id for a message.
    pub fn uuid(&mut self) -> Uuid {
        let bytes = (u128::from(self.number()) << 64) | u128::from(self.number());
        Builder::from_random_bytes(bytes.to_be_bytes()).into_uuid()
    }
}

/// A number for a text, to draw for.
#[must_use]
pub fn number_of(text: &str) -> u64 {
    // FNV-1a.
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_is_drawn_for_the_same_and_something_else_for_anything_else() {
        let drawn = |seed, what: &[u64]| Dice::of(seed, what).number();
        assert_eq!(drawn(7, &[1, 2]), drawn(7, &[1, 2]));
        for other in [drawn(8, &[1, 2]), drawn(7, &[2, 1]), drawn(7, &[1]), drawn(7, &[1, 2, 0])] {
            assert_ne!(drawn(7, &[1, 2]), other);
        }
    }

    #[test]
    fn what_is_drawn_stays_in_its_range_and_fills_it() {
        let mut dice = Dice::of(1, &[]);
        let drawn: std::collections::BTreeSet<_> = (0..1000).map(|_| dice.between(-3, 3)).collect();
        assert_eq!(drawn.into_iter().collect::<Vec<_>>(), [-3, -2, -1, 0, 1, 2, 3]);
    }
}
