//! The program as an operator types it, beside a running server: what a command says when it works, when it was typed
//! wrong, and when it is asked for help.
//!
//! Commands about bank files are tested in `bank`, rates in `exchange`, the outbox in `notify`. Start at [`desk::Desk`].

mod bills;
mod desk;
mod disputes;
mod files;
mod foreign;
mod inclusion;
mod letters;
mod owing;
mod parties;
mod usage;
