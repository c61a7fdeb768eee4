//! Years in minutes: a small town whose days are drawn from a seed, lived by a core with a clock that is set, beside a bank
//! with books of its own, and killed now and then. No cent may be lost.
//!
//! A day follows from the seed alone ([`plan`]), ids included. So the model of a crash is simple: the process that lives
//! the days ([`day`]) is killed at any moment and the day is run again from its beginning; what was done is found as it was
//! left. The world outside ([`bank`]) keeps its own journal and is the independent witness: at every check its books have
//! to equal what the ledger says of it, to the micro-unit, order by order ([`books`]).
//!
//! What this must not do: read the machine's clock for anything but when to kill, or draw anything that does not come from
//! the seed. Start at [`plan::tasks`] for what happens, at [`day::Runner`] for how.

pub mod bank;
pub mod books;
pub mod day;
pub mod dice;
pub mod files;
pub mod letters;
pub mod office;
pub mod people;
pub mod plan;
pub mod process;
pub mod report;
pub mod shop;
pub mod stage;
