//! Payments as they are lived: through the real HTTPS door, on both databases, every one ending with the audit.
//!
//! One file a kind of flow. Each happy path has its twice, late, too-much, unknown and forged twin here or in
//! `bad_input`.

mod aggregated;
mod capture;
mod enrolment;
mod gateways;
mod offers;
mod pki;
mod refunds;
mod repeats;
mod shutdown;
mod single;
mod status;
mod tampering;
mod watching;
