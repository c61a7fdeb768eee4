//! Credit notes: what went back of a payment after its bill was issued.
//!
//! A refund or dispute that falls into the same period as its payment makes the bill smaller by itself. One that comes later
//! is on the account and makes the next bill smaller; for the bill that the payment is in, a signed note says so.

use std::sync::Arc;

use core_payment::{Accounts, Act, ActError, Books, NoticeKind, batch_of, node_of};
use payment_domain::{ConsumerId, CreditNote, Label, LedgerPosition, Money, TransferKind};
use payment_message::Message;

use crate::aggregation::Aggregation;
use crate::class::Class;
use crate::close::{CloseError, Report};
use crate::storage::credit::{self, CreditRow};
use crate::storage::{self, Conn, StorageError};

/// Credits in one batch.
const NOTES: i64 = 32;

/// What a credit comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    /// Its payment was not folded yet.
    Unknown,
    /// It made the bill of its payment smaller.
    Netted,
    /// The bill was issued before.
    After { bill: i64 },
}

/// What a credit must come to, by the periods that it and its payment are in.
pub(crate) fn fate(conn: &mut Conn, credit: &CreditRow) -> Result<Fate, StorageError> {
    let (node, batch) = (node_of(credit.payment), batch_of(credit.payment));
    let Some(fold) = storage::fold::of_batch(conn, node, batch)? else { return Ok(Fate::Unknown) };
    let billed = storage::period::closed_with_fold(conn, credit.account, fold)?;
    Ok(match billed.and_then(|period| Some((period.seq, period.position?))) {
        Some((seq, bill)) if seq < credit.seq => Fate::After { bill },
        // In the same period, or (a writer's clock may be ahead) in a later one.
        _ => Fate::Netted,
    })
}

struct IssueNotes {
    after: i64,
}

/// How many notes were issued, and the last credit that was looked at.
struct Noted {
    notes: u64,
    last: Option<i64>,
}

impl Act for IssueNotes {
    type Done = Noted;

    fn accounts(&self, _: &mut Books<'_, '_, '_>) -> Result<Accounts, ActError> {
        Ok(Accounts::default())
    }

    fn run(&self, books: &mut Books<'_, '_, '_>) -> Result<Noted, ActError> {
        let credits = credit::new_after(books.tx().conn(), self.after, NOTES)?;
        let mut noted = Noted { notes: 0, last: credits.last().map(|credit| credit.transfer) };
        for credit in credits {
            match fate(books.tx().conn(), &credit)? {
                Fate::Unknown => {}
                Fate::Netted => drop(credit::end(books.tx(), credit.transfer, "netted", None)?),
                Fate::After { bill } => {
                    note(books, &credit, bill)?;
                    noted.notes = noted.notes.saturating_add(1);
                }
            }
        }
        Ok(noted)
    }
}

fn note(books: &mut Books<'_, '_, '_>, credit: &CreditRow, bill: i64) -> Result<(), ActError> {
    let row = storage::document::bill_at(books.tx().conn(), bill)?.ok_or(ActError::corrupt("bill"))?;
    let currency =
        payment_domain::Currency::parse(&row.currency).map_err(|_| ActError::corrupt("currency"))?;
    let position = books.position()?;
    if !credit::end(books.tx(), credit.transfer, "noted", Some((bill, position.value())))? {
        return Ok(());
    }
    let consumer = books.party(row.consumer)?;
    let kind = TransferKind::parse(&credit.kind).map_err(|_| ActError::corrupt("credit"))?;
    let reason = match Class::of(kind) {
        Class::Disputes => "Dispute decided for you",
        _ => "Refunded by the merchant",
    };
    let message = CreditNote {
        position,
        bill: LedgerPosition::new(bill).map_err(|_| ActError::corrupt("bill"))?,
        consumer: ConsumerId::new(consumer.name.clone()),
        amount: Money::from_micros(credit.micros, currency),
        reason: Label::parse(reason).map_err(|_| ActError::corrupt("reason"))?,
        issued_at: books.now(),
    };
    books.issue(position, &Message::CreditNote(message))?;
    if consumer.details.email.is_some() {
        books.enqueue(NoticeKind::Email, consumer.id, position)?;
    }
    Ok(())
}

impl Aggregation {
    pub(crate) async fn credit_notes(&self, report: &mut Report) -> Result<(), CloseError> {
        let mut after = 0;
        loop {
            if credit::new_after(&mut *self.conn()?, after, 1)?.is_empty() {
                return Ok(());
            }
            let noted = self.0.core.perform(Arc::new(IssueNotes { after })).await?;
            report.credit_notes = report.credit_notes.saturating_add(noted.notes);
            let Some(last) = noted.last else { return Ok(()) };
            after = last;
        }
    }
}
