//! Prepaid accounts: topped up once, held within the limits, redeemed at par, and paid from without asking any bank.
//!
//! `counter` tests play the external system themselves; `door` goes through the real server and its simulator.

mod door;
mod limits;
mod redemption;
mod top_up;
mod voucher;
