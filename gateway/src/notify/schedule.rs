//! When a message that could not be delivered is tried again, and when it is given up. Pure.
//!
//! Pauses grow, and each is stretched or shortened a little, differently for each message, so that what failed together
//! does not come back together. Time is counted in tries, not from when the message was made: one that an operator
//! sends again has its full time again, and one that was held back for others' sake has not lost any.

use payment_domain::Timestamp;

/// The pauses between the tries of one message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Schedule {
    /// The pause after the first try, the second, and so on; after the try that follows the last one, no more.
    pauses_ms: &'static [i64],
}

/// How far a pause is moved: an eighth of it back at 0, an eighth forth at the maximum.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Jitter(pub u16);

/// What to do after a try that failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// Try again then.
    At(Timestamp),
    /// It was tried often enough: a dead letter.
    GiveUp,
}

const SECOND: i64 = 1_000;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;

impl Jitter {
    /// Moves nothing.
    pub const NONE: Self = Self(1 << 15);
}

impl Schedule {
    /// Merchants' callbacks: quickly at first, for a receipt is wanted now; over 24 hours.
    pub const CALLBACK: Self = Self {
        pauses_ms: &[
            5 * SECOND,
            25 * SECOND,
            2 * MINUTE,
            7 * MINUTE + 30 * SECOND,
            20 * MINUTE,
            30 * MINUTE,
            HOUR,
            2 * HOUR,
            4 * HOUR,
            8 * HOUR,
            8 * HOUR,
        ],
    };

    /// E-mail: greylisting asks for minutes, a broken relay for hours (RFC 5321 §4.5.4.1); over 48 hours.
    pub const MAIL: Self = Self {
        pauses_ms: &[
            2 * MINUTE,
            8 * MINUTE,
            20 * MINUTE,
            30 * MINUTE,
            HOUR,
            2 * HOUR,
            4 * HOUR,
            8 * HOUR,
            8 * HOUR,
            12 * HOUR,
            12 * HOUR,
        ],
    };

    /// What follows the failed try number `tries`, counted from 1.
    #[must_use]
    pub fn next(&self, tries: u32, jitter: Jitter, now: Timestamp) -> Next {
        let index = usize::try_from(tries.saturating_sub(1)).unwrap_or(usize::MAX);
        let Some(pause_ms) = self.pauses_ms.get(index).copied() else { return Next::GiveUp };
        // Seven eighths, and a quarter of the pause times the share out of 2^16.
        let shortest_ms = pause_ms.saturating_sub(pause_ms >> 3);
        let stretch_ms = pause_ms.saturating_mul(i64::from(jitter.0)) >> 18;
        Next::At(now.saturating_add_millis(shortest_ms.saturating_add(stretch_ms)))
    }
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;

    /// Every try of a message that never gets through, as hours:minutes:seconds after the first.
    fn check(schedule: Schedule, expected: &Expect) {
        let (mut now, mut lines) = (Timestamp::EPOCH, String::new());
        for tries in 1.. {
            let seconds = now.as_millis() / SECOND;
            lines += &format!("{:02}:{:02}:{:02}\n", seconds / 3600, seconds / 60 % 60, seconds % 60);
            match schedule.next(tries, Jitter::NONE, now) {
                Next::At(at) => now = at,
                Next::GiveUp => break,
            }
        }
        expected.assert_eq(&lines);
    }

    #[test]
    fn a_callback_is_tried_over_24_hours() {
        check(
            Schedule::CALLBACK,
            &expect![[r#"
            00:00:00
            00:00:05
            00:00:30
            00:02:30
            00:10:00
            00:30:00
            01:00:00
            02:00:00
            04:00:00
            08:00:00
            16:00:00
            24:00:00
        "#]],
        );
    }

    #[test]
    fn a_letter_is_tried_over_48_hours() {
        check(
            Schedule::MAIL,
            &expect![[r#"
            00:00:00
            00:02:00
            00:10:00
            00:30:00
            01:00:00
            02:00:00
            04:00:00
            08:00:00
            16:00:00
            24:00:00
            36:00:00
            48:00:00
        "#]],
        );
    }

    #[test]
    fn jitter_moves_a_pause_by_an_eighth_at_most() {
        for (jitter, expected_ms) in [(0, 4_375), (1 << 15, 5_000), (u16::MAX, 5_624)] {
            let next = Schedule::CALLBACK.next(1, Jitter(jitter), Timestamp::EPOCH);
            assert_eq!(next, Next::At(Timestamp::from_millis(expected_ms).unwrap()), "{jitter}");
        }
    }

    #[test]
    fn a_message_that_was_sent_again_by_hand_has_its_full_time_again() {
        let late = Timestamp::from_millis(72 * HOUR).unwrap();
        assert!(matches!(Schedule::MAIL.next(1, Jitter::NONE, late), Next::At(at) if at > late));
    }
}
