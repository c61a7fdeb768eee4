//! The read model of sales as rows: what is read of the journal, what is written of it, and what merchants and consumers
//! look up.

pub(crate) mod compare;
pub(crate) mod fold;
pub(crate) mod history;
pub(crate) mod hours;
pub(crate) mod journal;
pub(crate) mod list;
pub(crate) mod timeline;

/// Keys in one `IN` on SQLite, which takes 32,766 parameters but prepares each text anew.
const KEYS: usize = 500;
