//! What an external system says of an attempt that has ended: it was charged back, or failed after all. Nothing is posted
//! for it: who bears it is a person's to decide ([`super::TakeBack`]). It is kept once, where a bank's breaks are.

use payment_domain::{AttemptId, LedgerPosition};
use payment_message::sha256;

use super::{Break, RegisterAnswer, Registered};
use crate::act::{Accounts, Act, ActError, Begun, Books};
use crate::storage::payment::{self, AttemptRow};

/// Keeps such an event, once by its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeepEvent {
    /// Which system says it.
    pub system: String,
    /// The system's name for the event.
    pub name: String,
    /// The system's word for what happened, such as `payout.failed`.
    pub kind: String,
    /// The system's name for what it happened to.
    pub object: String,
    /// Which attempt that is.
    pub about: About,
    /// What it means.
    pub says: Afterwards,
}

/// How an attempt is named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum About {
    /// By its id.
    Attempt(AttemptId),
    /// By the system's name for it.
    Reference(String),
}

/// What an event means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Afterwards {
    /// Whoever was charged has the money back, or wants it.
    ChargedBack,
    /// What was said to have been paid was not.
    Failed,
}

/// What came of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kept {
    /// It waits for a person from now on.
    Now(LedgerPosition),
    /// It was kept before.
    Before,
    /// Its attempt has not ended: the system can be asked what became of it.
    NotYet(AttemptId),
    /// That the attempt failed is known.
    Known,
    /// It is about nothing of ours.
    Nothing,
}

impl Act for KeepEvent {
    type Done = Kept;

    fn accounts(&self, _: &mut Books<'_, '_, '_>) -> Result<Accounts, ActError> {
        Ok(Accounts::default())
    }

    fn run(&self, books: &mut Books<'_, '_, '_>) -> Result<Kept, ActError> {
        let Some(row) = self.find(books)? else { return Ok(Kept::Nothing) };
        let begun = Begun::read(&row).ok_or(ActError::corrupt("attempt"))?;
        match (self.says, row.state.as_str()) {
            (Afterwards::Failed, "pending") => return Ok(Kept::NotYet(begun.id)),
            (Afterwards::Failed, "declined") => return Ok(Kept::Known),
            _ => {}
        }
        let Self { system, name, kind, object, .. } = self;
        let Begun { id, operation, purpose, amount, .. } = &begun;
        let words = format!(
            "{kind} at {system} about {object}: attempt {id}, {operation} of {amount} ({purpose}), is {}",
            row.state
        );
        let event = RegisterAnswer {
            digest: sha256(format!("event {name} of {system}").as_bytes()),
            message: kind.clone(),
            name: name.clone(),
            findings: 1,
            breaks: vec![Break { line: 0, words, back: Some(*id) }],
        };
        Ok(match event.run(books)? {
            Registered::Now(at) => Kept::Now(at),
            Registered::Before(_) => Kept::Before,
        })
    }
}

impl KeepEvent {
    /// The attempt at this system. What was set aside and what was captured of it have one name there: it is about what
    /// moved money, and that is the later one.
    fn find(&self, books: &mut Books<'_, '_, '_>) -> Result<Option<AttemptRow>, ActError> {
        let rows = match &self.about {
            About::Attempt(id) => {
                payment::attempt_by_id(books.tx().conn(), id.value())?.into_iter().collect()
            }
            About::Reference(reference) => payment::attempts_called(books.tx().conn(), reference)?,
        };
        Ok(rows.into_iter().rfind(|row| row.system == self.system))
    }
}
