//! Single payments at a Stripe-compatible service of another make, through the real server and its door (R9, R13).
//!
//! The service ignores idempotency keys and gives back more than was paid: that a payment is charged once, and never
//! refunded beyond, is ours to see to. What it has in its own lists is the witness. Every test ends with the audit.

mod accounts;
mod afterwards;
mod captures;
mod faults;
mod payments;
mod routes;
mod stage;
mod webhooks;
