//! What leaves by itself: bills, statements and advices by e-mail, receipts to merchants' callbacks (R53).
//!
//! The core writes what must be sent into its outbox, in the transaction that made it true. Here it is taken out,
//! delivered, and crossed off; whoever dies in between only delays it. So everything is delivered at least once, in no
//! promised order, and carries an id by which the receiver can tell a repetition.
//!
//! - [`mail`] and [`callback`] each make one try; [`schedule`] says when the next one is.
//! - [`dispatch`] takes due items and sees to it that a destination that hangs holds up nobody else.
//! - [`notices`] is the core's outbox as the dispatcher needs it.
//! - [`document`] shows a signed document to people, as text, HTML and PDF.
//!
//! What this must not do: read a clock, speak SQL, change what was signed, or let an address, a name or a reply of a
//! stranger into a log or the outbox (R40). Start at [`dispatch::Dispatcher::run`].

pub mod callback;
mod courier;
mod delivery;
pub mod dispatch;
pub mod document;
pub mod mail;
pub mod notices;
mod roots;
pub mod schedule;

pub use delivery::{Delivery, Fault, Reason, SmtpCode};
pub use roots::{Roots, RootsError};
