//! Aggregation: many tiny payments become one bill for a consumer and one payout for a merchant (R8, R53).
//!
//! What this crate must not do: call out, read a clock, decide an order, or touch a row of the journal. It reads the journal
//! and writes its own tables; money it moves only inside the core's batches ([`core_payment::Act`]).
//!
//! Start at [`fold`]: how the journal becomes periods; then [`close`]: how a period becomes a document.

mod aggregation;
mod agree;
pub mod audit;
pub mod bill;
pub mod calendar;
pub mod class;
pub mod close;
pub mod credit;
pub mod dispute;
pub mod dunning;
pub mod fee;
pub mod fold;
pub mod inclusion;
pub mod merkle;
pub mod payout;
pub mod period;
mod settle;
mod storage;
pub mod tally;
pub mod terms;

pub use aggregation::{Aggregation, Folded};
pub use agree::AgreeError;
pub use close::{CloseError, Report, Totals};
pub use settle::{Advanced, BillFilter, BillView, Booked, Entry, SettleError, rooms, settlements};
