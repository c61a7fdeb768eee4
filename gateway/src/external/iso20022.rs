//! Payments through files for a bank (ISO 20022): direct debits and payouts out, statuses and bookings in (R9, R13).
//!
//! Attempts at the system `sepa` are not executed by request and answer. They are gathered into a file, the file is
//! carried to the bank by whatever means the operator has, and the bank's files finish them days later.
//!
//! | out | written by | | in | read by |
//! |---|---|---|---|---|
//! | pain.008.001.08 | [`sending::collections`] | | pain.002.001.10 | [`reading::read`] |
//! | pain.001.001.09 | [`sending::payouts`] | | camt.054.001.08, camt.053.001.08 | [`reading::read`] |
//!
//! All of it is pure: bytes and plain values in and out, no clock, no files, no database. How a command uses it:
//!
//! **`payouts`.** Begin the attempts, choose a [`sending::FileId`] that was never used, write. Keep the bytes, the file
//! id and each attempt's batch ([`sending::Written::batches`]) in the transaction that marks the attempts as sent; only
//! then put the file where the bank takes it. What is [`refused`](sending::Written::refused) was not written and is
//! finished as declined. A crash in between leaves a kept file to be carried again: a bank takes a file id once.
//!
//! **`reconcile FILE`.**
//! 1. [`reading::read`] the file, whole or not at all. A known [`BankFile::id`](reading::BankFile::id) with the same
//!    digest was done before; that is an optimisation, not what keeps money from moving twice.
//! 2. [`matching::Mentioned::by`] says what has to be looked up; load it into a [`matching::Register`].
//! 3. [`matching::reconcile`] gives one [`Finding`](matching::Finding) a line or more. In one transaction: record the
//!    file, finish attempts by those that [`move money`](matching::Verdict::moves_money), keep the reference of those
//!    that are confirmed, and keep every [`Break`](matching::Break) for the operator. Load, match and post under the
//!    same locks, so that two files at once cannot both find an attempt unfinished.
//!
//! Keep `booked_as` and `returned_as` with the attempt and put them into [`matching::State`] the next time: by them a
//! repetition is told from money that moved twice. [`reason::Reason::remedy`] says what dunning can do.
//!
//! What this must not do: post anything, guess, or tell the bank what was bought (R47).

pub mod matching;
pub mod reading;
pub mod reason;
pub mod sending;
