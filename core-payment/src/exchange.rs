//! Payments in another currency than the account's (R55): rates are declared, a quote is made from them for one payment,
//! and an order that names the quote is posted through our positions in both currencies.
//!
//! A quote is a promise: it is signed, kept, for one consumer, one price, one payment and a few minutes. Everything that
//! limits a payment is decided on what the account is charged. Whatever is given back goes at the rate of the payment.
//!
//! What this must not do: fetch rates, or post without a quote. Start at [`QuoteFor`]; `payment.rs` is what
//! `order/accept.rs` and `order/refund.rs` call.

mod payment;
mod quote;
mod rates;

pub(crate) use payment::{Quoted, find, give_back, given_back, post};
pub use quote::QuoteFor;
pub(crate) use rates::words;
pub use rates::{
    Day, DeclareRates, DeclaredDay, DeclaredRates, InvalidDay, InvalidRates, RatesDeclared, RatesRefused,
};

/// The label of our position accounts.
const POSITION: &str = "exchange";
