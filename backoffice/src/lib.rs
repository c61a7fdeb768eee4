//! The portals (R10–R12): consumers, merchants and operators see and do what the core offers on its public interfaces (R15).
//!
//! What this must not do: move money by itself, decide about a payment, or know the gateway. Start at [`page`] for what
//! people see, and at [`words`] for how it is said.

pub mod alerts;
pub mod api;
pub mod certificates;
pub mod checkout;
pub mod consumer;
pub mod desk;
pub mod look;
pub mod merchant;
pub mod operator;
pub mod page;
pub mod people;
mod requests;
pub mod sales;
mod say;
mod search;
mod storage;
pub mod web;
pub mod words;

pub use storage::{Store, StoreError};
