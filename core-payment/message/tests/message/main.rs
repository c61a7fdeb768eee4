//! The message room from outside: canonical form, envelope, messages, schema.

mod attacks;
mod canonical;
mod envelope;
mod golden;
mod messages;
mod party;
mod samples;
mod schema;
mod xmllint;
