//! The reporting interface for merchants, asked by schemathesis.

mod harness;
