//! Coupons and campaigns (R1–R4, R24): what each act does to coupons and to the ledger, on both databases. Every test ends
//! with the audit.
//!
//! The core alone, with the test in the place of the banks; in `door` the whole server with the simulator. Start at
//! [`stage::table`].

mod campaigns;
mod door;
mod faults;
mod gifts;
mod purchase;
mod reading;
mod refunds;
mod spending;
mod stage;
mod tampering;
