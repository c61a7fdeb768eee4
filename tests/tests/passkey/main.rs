//! Passkeys: what they sign for is paid, and what a portal makes up is not (R14, R38).
//!
//! `door` goes through the real server, `register` is about the core's register and the audit's view of it.

mod door;
mod register;
