//! The demonstration portal against the real gateway: what is offered, paid, delivered, used and given back (R20–R24, R28).
//!
//! The portal is its own binary, spoken to as a browser does it. Consumers pay at the door, as an app would: the consumer
//! portal between the two is not part of these tests.

mod discounts;
mod faults;
mod forged;
mod seats;
mod services;
mod stage;
mod tickets;
