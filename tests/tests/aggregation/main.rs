//! The journal folded into periods, periods closed into bills and payouts, bills collected: on both databases, with the
//! clock in the test's hands, ending with both audits.

mod bills;
mod calendar;
mod closing;
mod concurrency;
mod coupons;
mod credits;
mod dunning;
mod foreign;
mod readers;
mod set_off;
mod stage;
mod tampering;
mod tiles;
mod waiting;
mod weekly;
