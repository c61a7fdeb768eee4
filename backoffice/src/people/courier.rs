//! Who carries codes, and what people asked to be told, to them. The portals open no connections; the server does.

use std::future::Future;
use std::pin::Pin;

use askama::Template;
use payment_domain::{Money, Timestamp};
use thiserror::Error;

use super::{Code, Reach};
use crate::words::Words;

/// A letter as it is written: a subject, and the same words without markup and with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// What it is about.
    pub subject: String,
    /// For readers without HTML.
    pub text: String,
    /// For all others.
    pub html: String,
}

#[derive(Template)]
#[template(
    source = "<!doctype html><html lang=\"{{ language }}\"><body>{% for line in lines %}<p>{{ line }}</p>{% endfor %}</body></html>",
    ext = "html"
)]
struct Sheet<'s> {
    language: &'static str,
    lines: &'s [String],
}

/// A code in a letter.
///
/// # Errors
/// None that its words can cause.
pub fn code_letter(code: &Code, words: Words) -> Result<Written, askama::Error> {
    let said = words.say_with("people-letter-code", &[("code", code.reveal().into())]);
    written(words, words.say("people-letter-subject"), &[said, words.say("people-letter-beware")])
}

/// An invitation in a letter.
///
/// # Errors
/// None that its words can cause.
pub fn invitation_letter(invited: &Invited, words: Words) -> Result<Written, askama::Error> {
    let merchant = || [("merchant", invited.merchant.as_str().into())];
    let how = words.say_with("people-letter-join", &[("address", invited.address.as_str().into())]);
    let subject = words.say_with("people-letter-invitation", &merchant());
    written(words, subject, &[words.say_with("people-letter-invited", &merchant()), how])
}

/// That an account is reached elsewhere now, in a letter to where it was reached before. `hint` is a part of the new address.
///
/// # Errors
/// None that its words can cause.
pub fn moved_letter(hint: &str, words: Words) -> Result<Written, askama::Error> {
    let said = words.say_with("people-letter-moved", &[("reach", hint.into())]);
    written(words, words.say("people-letter-moved-subject"), &[said, words.say("people-letter-moved-beware")])
}

/// The same in a text message.
#[must_use]
pub fn moved_text(hint: &str, words: Words) -> String {
    words.say_with("people-text-moved", &[("reach", hint.into())])
}

/// A code in a text message: no longer than one.
#[must_use]
pub fn code_text(code: &Code, words: Words) -> String {
    words.say_with("people-text-code", &[("code", code.reveal().into())])
}

/// What somebody asked to be told, in a letter.
///
/// # Errors
/// None that its words can cause.
pub fn note_letter(note: &Note, words: Words) -> Result<Written, askama::Error> {
    let subject = match &note.paid {
        Some(paid) => {
            words.say_with("people-note-paid-subject", &[("merchant", paid.merchant.as_str().into())])
        }
        None => words.say("people-note-little-subject"),
    };
    let mut lines = note_lines(note, words);
    lines.push(words.say("people-note-why"));
    written(words, subject, &lines)
}

/// The same in a text message.
#[must_use]
pub fn note_text(note: &Note, words: Words) -> String {
    note_lines(note, words).join(" ")
}

fn note_lines(note: &Note, words: Words) -> Vec<String> {
    let paid = note.paid.as_ref().map(|paid| {
        let values = [
            ("amount", words.money(paid.amount).into()),
            ("merchant", paid.merchant.as_str().into()),
            ("item", paid.item.as_str().into()),
            ("at", words.moment(paid.at).into()),
        ];
        words.say_with("people-note-paid", &values)
    });
    let little = note
        .little
        .map(|amount| words.say_with("people-note-little", &[("amount", words.money(amount).into())]));
    let whole = words.say_with("people-note-where", &[("address", note.address.as_str().into())]);
    paid.into_iter().chain(little).chain([whole]).collect()
}

fn written(words: Words, subject: String, lines: &[String]) -> Result<Written, askama::Error> {
    let html = Sheet { language: words.locale().as_str(), lines }.render()?;
    Ok(Written { subject, text: format!("{}\n", lines.join("\n\n")), html })
}

/// Carries codes and invitations to people.
pub trait Courier: Send + Sync {
    /// Sends a code, once: it is short-lived, so it waits in no queue. Ends within seconds.
    fn send_code<'a>(&'a self, to: &'a Reach, code: &'a Code, words: Words) -> Sending<'a>;

    /// Tells somebody that they may join the team of this merchant at this address.
    fn send_invitation<'a>(&'a self, to: &'a Reach, invitation: &'a Invited, words: Words) -> Sending<'a>;

    /// Tells somebody that their account is reached elsewhere from now on, of which `hint` is a part.
    fn send_moved<'a>(&'a self, to: &'a Reach, hint: &'a str, words: Words) -> Sending<'a>;

    /// Tells somebody what they asked to be told. Whoever repeats a note, because nobody knows whether it was sent, names
    /// it as before.
    fn send_note<'a>(&'a self, to: &'a Reach, note: &'a Note, words: Words) -> Sending<'a>;

    /// Whether telephone numbers are reached at all.
    fn reaches_phones(&self) -> bool;
}

/// A message on its way.
pub type Sending<'a> = Pin<Box<dyn Future<Output = Result<(), NotSent>> + Send + 'a>>;

/// It was not sent, or nobody knows whether it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("the message was not sent")]
pub struct NotSent;

/// What an invitation says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invited {
    /// Into whose team.
    pub merchant: String,
    /// Where to sign in.
    pub address: String,
}

/// What somebody asked to be told of a payment: this and no more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// No other note is named so.
    pub name: String,
    /// What was paid.
    pub paid: Option<Paid>,
    /// Less than this is left.
    pub little: Option<Money>,
    /// Where to look.
    pub address: String,
}

/// A payment as its consumer knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paid {
    /// What the merchant is called.
    pub merchant: String,
    /// What was bought.
    pub item: String,
    /// For how much.
    pub amount: Money,
    /// When.
    pub at: Timestamp,
}
