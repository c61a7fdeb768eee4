//! The reporting interface for merchants, asked by schemathesis and by programs that page through everything; and
//! schemathesis itself.

mod api;
mod harness;
mod stage;
