//! That a file of the bank was read, by its digest, and what in it does not fit.

use payment_domain::{AttemptId, Digest, LedgerPosition};

use super::{Answer, stored};
use crate::act::{Accounts, Act, ActError, Books};
use crate::storage::bank::{self, AnswerRow, BreakRow};

/// Keeps that a file of the bank was read to its end.
#[derive(Debug, Clone)]
pub struct RegisterAnswer {
    /// SHA-256 of its bytes.
    pub digest: Digest,
    /// The message that it is.
    pub message: String,
    /// The bank's name for it.
    pub name: String,
    /// How many lines of it meant something.
    pub findings: u64,
    /// What does not fit.
    pub breaks: Vec<Break>,
}

/// What does not fit, and nothing was booked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Break {
    /// The line of the file.
    pub line: u64,
    /// What it is.
    pub words: String,
    /// The attempt that came back, if it is that: a person can have it booked.
    pub back: Option<AttemptId>,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Registered {
    /// It is known from now on.
    Now(LedgerPosition),
    /// Somebody has read it to its end before; nothing was kept of this time.
    Before(Answer),
}

impl RegisterAnswer {
    /// Breaks that are kept of one file. What is beyond is counted in a last one: such a file is no answer to ours.
    pub const MOST_BREAKS: usize = 10_000;
}

impl Act for RegisterAnswer {
    type Done = Registered;

    fn accounts(&self, _: &mut Books<'_, '_, '_>) -> Result<Accounts, ActError> {
        Ok(Accounts::default())
    }

    fn run(&self, books: &mut Books<'_, '_, '_>) -> Result<Registered, ActError> {
        if let Some(row) = bank::answer(books.tx().conn(), self.digest.as_bytes())? {
            return Ok(Registered::Before(Answer::read(&row)?));
        }
        let at = books.position()?;
        let row = AnswerRow {
            id: at.value(),
            digest: self.digest.as_bytes().to_vec(),
            message: self.message.clone(),
            name: self.name.clone(),
            findings: stored(self.findings),
            breaks: i64::try_from(self.breaks.len()).unwrap_or(i64::MAX),
            read_at: books.now().as_millis(),
        };
        bank::insert_answer(books.tx(), &row)?;
        bank::insert_breaks(books.tx(), &self.rows(at.value()))?;
        books.declare(at, &words(&row))?;
        Ok(Registered::Now(at))
    }
}

impl Break {
    /// One that a person can only look at.
    #[must_use]
    pub const fn new(line: u64, words: String) -> Self {
        Self { line, words, back: None }
    }
}

impl RegisterAnswer {
    fn rows(&self, answer: i64) -> Vec<BreakRow> {
        let beyond = self.breaks.len().saturating_sub(Self::MOST_BREAKS);
        let rest =
            (beyond > 0).then(|| Break::new(0, format!("{beyond} more breaks in this file are not listed")));
        let kept = self.breaks.iter().take(Self::MOST_BREAKS).cloned().chain(rest);
        let rows = (1_i64..).zip(kept).map(|(number, Break { line, words, back })| BreakRow {
            answer,
            number,
            line: stored(line),
            words,
            resolved_at: None,
            attempt: back.map(AttemptId::value),
        });
        rows.collect()
    }
}

/// What is kept of a file of the bank.
pub(crate) fn words(row: &AnswerRow) -> String {
    let AnswerRow { message, name, findings, breaks, .. } = row;
    let digest = row.digest.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    format!("bank answer {message} {name}: {findings} findings, {breaks} breaks, sha256 {digest}")
}
