//! What the tests stand on: a town of parties with keys, databases, the real server as a child process, and a door to
//! knock at.
//!
//! What this crate must not do: reach into the rooms it tests. It uses their public interfaces, and SQL only where a
//! test tampers or counts (`storage`). Start at [`town`] for who takes part, at [`app`] for the server, at
//! [`database`] for how one test runs on both engines.

pub mod app;
pub mod attacks;
pub mod audit;
pub mod bank;
pub mod belongings;
pub mod browser;
pub mod callback;
pub mod clock;
pub mod counter;
pub mod database;
pub mod door;
pub mod enrolment;
pub mod faults;
pub mod ledger;
pub mod load;
pub mod mobility;
pub mod officer;
pub mod passkey;
pub mod peer;
pub mod portal;
pub mod postgres;
pub mod process;
pub mod random;
pub mod scene;
pub mod schemathesis;
pub mod scratch;
pub mod shop;
pub mod simulation;
pub mod smtp;
pub mod storage;
pub mod stripe;
pub mod town;
