//! Which destinations may be troubled now: not too much at a time, and hardly at all while they fail. Pure.
//!
//! Only destinations that are busy or failing are kept, so the table is as large as what is wrong, not as the world.

use std::collections::HashMap;

use payment_domain::Timestamp;

/// How every destination of a channel does.
#[derive(Debug)]
pub(super) struct Destinations {
    at_a_time: usize,
    known: HashMap<String, Health>,
}

/// Whether an item may be tried now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Admission {
    /// It may; [`Destinations::finished`] must follow.
    Go,
    /// Not before this time.
    Later(Timestamp),
}

#[derive(Debug, Default)]
struct Health {
    under_way: usize,
    /// Tries in a row at which the whole way failed.
    failures: u32,
    resume_at: Option<Timestamp>,
}

/// How long an item waits for a destination that is busy and well.
const BUSY_MS: i64 = 1_000;
const FIRST_PAUSE_MS: i64 = 1_000;
/// So long that a server which comes back is found soon, so short that it is not hammered.
const LONGEST_PAUSE_MS: i64 = 60_000;

impl Destinations {
    pub(super) fn new(at_a_time: usize) -> Self {
        Self { at_a_time, known: HashMap::new() }
    }

    /// Asks to try one item. While a destination fails, one try at a time looks whether it still does.
    pub(super) fn admit(&mut self, destination: &str, now: Timestamp) -> Admission {
        let health = self.known.entry(destination.to_owned()).or_default();
        if let Some(resume_at) = health.resume_at.filter(|resume_at| *resume_at > now) {
            return Admission::Later(resume_at);
        }
        let (most, wait_ms) = match health.failures {
            0 => (self.at_a_time, BUSY_MS),
            failures => (1, pause_ms(failures)),
        };
        if health.under_way >= most {
            return Admission::Later(now.saturating_add_millis(wait_ms));
        }
        health.under_way = health.under_way.saturating_add(1);
        Admission::Go
    }

    /// Notes how an admitted try ended.
    pub(super) fn finished(&mut self, destination: &str, way_failed: bool, now: Timestamp) {
        let Some(health) = self.known.get_mut(destination) else { return };
        health.under_way = health.under_way.saturating_sub(1);
        if way_failed {
            // Tries that were under way together fail together: that is one failure.
            if health.resume_at.is_some_and(|resume_at| resume_at > now) {
                return;
            }
            health.failures = health.failures.saturating_add(1);
            health.resume_at = Some(now.saturating_add_millis(pause_ms(health.failures)));
        } else {
            health.failures = 0;
            health.resume_at = None;
        }
        if health.under_way == 0 && health.failures == 0 {
            self.known.remove(destination);
        }
    }
}

/// One second after the first failure, doubling from one to the next.
fn pause_ms(failures: u32) -> i64 {
    FIRST_PAUSE_MS.saturating_mul(2_i64.saturating_pow(failures.saturating_sub(1))).min(LONGEST_PAUSE_MS)
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;

    /// Plays lines of `seconds verb destination` and writes down what was answered.
    fn play(script: &str) -> String {
        let mut destinations = Destinations::new(2);
        let mut answers = String::new();
        for line in script.lines().map(str::trim).filter(|line| !line.is_empty()) {
            let words: Vec<_> = line.split_whitespace().collect();
            let now = Timestamp::parse(&format!("1970-01-01T00:00:{:0>2}.000Z", words[0])).unwrap();
            let answer = match words[1] {
                "admit" => match destinations.admit(words[2], now) {
                    Admission::Go => "go".to_owned(),
                    Admission::Later(at) => format!("at {}", at.as_millis() / 1_000),
                },
                verb => {
                    destinations.finished(words[2], verb == "fail", now);
                    format!("knows {}", destinations.known.len())
                }
            };
            answers += &format!("{line}: {answer}\n");
        }
        answers
    }

    #[test]
    fn a_busy_destination_takes_so_many_and_holds_up_nobody_else() {
        expect![[r"
            0 admit a: go
            0 admit a: go
            0 admit a: at 1
            0 admit b: go
            1 end a: knows 2
            1 admit a: go
            2 end a: knows 2
            2 end a: knows 1
            2 end b: knows 0
        "]]
        .assert_eq(&play(
            "0 admit a
             0 admit a
             0 admit a
             0 admit b
             1 end a
             1 admit a
             2 end a
             2 end a
             2 end b",
        ));
    }

    #[test]
    fn a_failing_destination_is_asked_by_one_try_at_a_time_at_growing_pauses() {
        expect![[r"
            0 admit a: go
            0 fail a: knows 1
            0 admit a: at 1
            1 admit a: go
            1 admit a: at 2
            1 fail a: knows 1
            2 admit a: at 3
            3 admit a: go
            3 fail a: knows 1
            3 admit a: at 7
            7 admit a: go
            7 end a: knows 0
            7 admit a: go
            7 admit a: go
        "]]
        .assert_eq(&play(
            "0 admit a
             0 fail a
             0 admit a
             1 admit a
             1 admit a
             1 fail a
             2 admit a
             3 admit a
             3 fail a
             3 admit a
             7 admit a
             7 end a
             7 admit a
             7 admit a",
        ));
    }

    #[test]
    fn the_pause_ends_growing_at_a_minute() {
        let mut destinations = Destinations::new(1);
        let mut now = Timestamp::EPOCH;
        for _ in 0..100 {
            assert_eq!(destinations.admit("a", now), Admission::Go);
            destinations.finished("a", true, now);
            let Admission::Later(at) = destinations.admit("a", now) else { panic!("it just failed") };
            assert!(at.millis_since(now) <= LONGEST_PAUSE_MS);
            now = at;
        }
        assert_eq!(destinations.known["a"].resume_at.unwrap().millis_since(Timestamp::EPOCH) % 1_000, 0);
    }
}
