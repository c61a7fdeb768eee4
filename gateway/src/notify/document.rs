//! Documents for people: what a signed bill, statement, payout advice, credit note, reminder or coupon says, as text, HTML and PDF.
//!
//! The signed XML is the document; these are its readings, made from the same values, and the letter carries all of them.
//! All three come from one [`Sheet`], so that no reading says anything else than the others. Amounts are written exactly,
//! to the micro-unit. The same document always gives the same bytes.
//!
//! What this must not do: compute anything that the document does not say, or load anything from elsewhere. The words are
//! English; other languages come with the portals. Start at [`Document::of`].

mod amount;
mod contents;
mod pdf;
mod sheet;

use std::sync::Arc;

use payment_domain::{
    Bill, CouponReceipt, CreditNote, EmailAddress, Label, PayoutAdvice, Reminder, Statement,
};
use payment_message::{Message, canonical};
use thiserror::Error;

use super::callback::EventId;
use super::mail::{Attachment, FileName, Letter, Media};
use sheet::Sheet;

/// What can be shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signed<'a> {
    /// An amount due.
    Bill(&'a Bill),
    /// A list that asks for nothing.
    Statement(&'a Statement),
    /// What a merchant is paid.
    PayoutAdvice(&'a PayoutAdvice),
    /// A bill made smaller.
    CreditNote(&'a CreditNote),
    /// A bill asked for again.
    Reminder(&'a Reminder),
    /// A coupon that has come to somebody.
    Coupon(&'a CouponReceipt),
}

/// A document in the forms that people read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// What it is about, in one line.
    pub subject: Label,
    /// As plain text.
    pub text: String,
    /// As HTML that loads nothing.
    pub html: String,
    /// As PDF.
    pub pdf: Vec<u8>,
    /// What its files are called, without the ending: `bill-4711`.
    pub stem: String,
}

/// The document cannot be shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("the document cannot be shown")]
pub struct Unshowable;

impl<'a> Signed<'a> {
    /// The document in a message; `None` for a message that is for machines.
    #[must_use]
    pub const fn of(message: &'a Message) -> Option<Self> {
        match message {
            Message::Bill(bill) => Some(Self::Bill(bill)),
            Message::Statement(statement) => Some(Self::Statement(statement)),
            Message::PayoutAdvice(advice) => Some(Self::PayoutAdvice(advice)),
            Message::CreditNote(note) => Some(Self::CreditNote(note)),
            Message::Reminder(reminder) => Some(Self::Reminder(reminder)),
            Message::CouponReceipt(receipt) => Some(Self::Coupon(receipt)),
            _ => None,
        }
    }
}

impl Document {
    /// What a signed document of our own says. Its signature was made here, and is not checked again.
    ///
    /// # Errors
    /// [`Unshowable`] if it is no document for people.
    pub fn of_xml(xml: &[u8], issuer: &Label) -> Result<Self, Unshowable> {
        let scanned = canonical::scan(xml).map_err(|_| Unshowable)?;
        let message = Message::parse(scanned.body()).map_err(|_| Unshowable)?;
        Signed::of(&message).ok_or(Unshowable).and_then(|signed| Self::of(signed, issuer))
    }

    /// What this document says, in the name of the issuer.
    ///
    /// # Errors
    /// [`Unshowable`] if a value of it does not fit its place, which none does that was checked when it was signed.
    pub fn of(signed: Signed<'_>, issuer: &Label) -> Result<Self, Unshowable> {
        let (sheet, subject, stem) = match signed {
            Signed::Bill(bill) => contents::bill(bill, issuer),
            Signed::Statement(statement) => contents::statement(statement, issuer),
            Signed::PayoutAdvice(advice) => contents::payout_advice(advice, issuer),
            Signed::CreditNote(note) => contents::credit_note(note, issuer),
            Signed::Reminder(reminder) => contents::reminder(reminder, issuer),
            Signed::Coupon(receipt) => contents::coupon(receipt, issuer),
        };
        Self::from_sheet(&sheet, &subject, stem)
    }

    fn from_sheet(sheet: &Sheet, subject: &str, stem: String) -> Result<Self, Unshowable> {
        Ok(Self {
            subject: Label::parse(subject).map_err(|_| Unshowable)?,
            text: sheet.to_text(),
            html: sheet.to_html().map_err(|_| Unshowable)?,
            pdf: pdf::to_pdf(sheet),
            stem,
        })
    }

    /// The letter that carries it, with the signed XML and the PDF.
    ///
    /// # Errors
    /// [`Unshowable`] if its files cannot be named.
    pub fn into_letter(self, event: EventId, to: EmailAddress, xml: Arc<[u8]>) -> Result<Letter, Unshowable> {
        let name = |ending| FileName::parse(&format!("{}.{ending}", self.stem)).map_err(|_| Unshowable);
        let attachments = vec![
            Attachment { name: name("pdf")?, media: Media::Pdf, content: self.pdf.into() },
            Attachment { name: name("xml")?, media: Media::Xml, content: xml },
        ];
        let Self { subject, text, html, .. } = self;
        Ok(Letter { event, to, subject, text, html, attachments })
    }
}

#[cfg(test)]
mod tests;
