//! The log of acts (R34): every act before it is done and after. Each entry's hash is keyed and covers the one before, and the
//! head says how many there are: what is changed, missing or cut off is seen, and only who has the key could hide it. The same
//! hashes go to the server's log, which is kept elsewhere.

use actix_web::HttpResponse;
use actix_web::web::Query as InAddress;
use payment_trust::Sealer;
use serde::Deserialize;

use super::officer::Officer;
use super::say;
use crate::page::{Block, Chip, Column, Form, Inline, Link, Page, Table, Tone, Weight};
use crate::storage::operator::{self as storage, ActRow, NewAct};
use crate::storage::{StorageError, Tx};
use crate::web::{Fault, Filled};
use crate::words::{Value, Words};

/// Acts on one page.
const ROWS: i64 = 50;
/// Acts that are read at once when all of them are checked.
const CHUNK: i64 = 1000;

/// How an act went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    /// About to be done.
    Begun,
    /// Done.
    Done,
    /// Not theirs to do, or not now.
    Refused,
    /// It went wrong: it may or may not be done.
    Failed,
}

/// What a check of the chain found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Chain {
    /// Nothing is missing and nothing was changed.
    Whole(i64),
    /// Broken before or at this number.
    Broken(i64),
}

impl Outcome {
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Begun => "begun",
            Self::Done => "done",
            Self::Refused => "refused",
            Self::Failed => "failed",
        }
    }
}

/// An act of an operator.
pub(super) fn new(officer: &Officer, act: &str, subject: &str, outcome: Outcome) -> NewAct {
    NewAct {
        at: officer.visitor.now().as_millis(),
        operator: officer.name.clone(),
        role: officer.role.to_string(),
        act: act.to_owned(),
        subject: subject.chars().take(200).collect(),
        outcome: outcome.as_str().to_owned(),
    }
}

/// Appends an act, in the transaction of whatever else it changes.
pub(super) fn append(tx: &mut Tx<'_>, sealer: &Sealer, new: NewAct) -> Result<ActRow, StorageError> {
    storage::append_act(tx, new, |before, row| link(sealer, before, row).to_vec())
}

/// Says an act where the server's own log is kept.
pub(super) fn tell(row: &ActRow) {
    let hash: String = row.hash.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    let ActRow { seq, operator, role, act, subject, outcome, .. } = row;
    tracing::info!(target: "security", seq, operator, role, act, subject, outcome, hash, "an operator's act");
}

/// The hash of an act after the one before it. Lengths stand before texts, so that no two acts are written alike.
fn link(sealer: &Sealer, before: &[u8], row: &ActRow) -> [u8; 32] {
    let mut bytes = Vec::new();
    let texts = [&row.operator, &row.role, &row.act, &row.subject, &row.outcome];
    bytes.extend_from_slice(&row.seq.to_be_bytes());
    bytes.extend_from_slice(&row.at.to_be_bytes());
    for part in [before].into_iter().chain(texts.into_iter().map(|text| text.as_bytes())) {
        bytes.extend_from_slice(&u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
        bytes.extend_from_slice(part);
    }
    sealer.blind_index("operator.act", &bytes)
}

/// Follows the chain from an act on: the number and hash of the last one, or where it breaks.
pub(super) fn follow(sealer: &Sealer, from: (i64, Vec<u8>), rows: &[ActRow]) -> Result<(i64, Vec<u8>), i64> {
    rows.iter().try_fold(from, |(seq, hash), row| {
        let next = seq.saturating_add(1);
        if row.seq == next && link(sealer, &hash, row).as_slice() == row.hash.as_slice() {
            Ok((row.seq, row.hash.clone()))
        } else {
            Err(next)
        }
    })
}

#[derive(Debug, Clone, Copy, Default, Deserialize)]
pub(super) struct Wanted {
    #[serde(default)]
    before: Option<i64>,
}

/// Nothing but the form's token.
#[derive(Debug, Clone, Copy, Deserialize)]
pub(super) struct Nothing {}

/// Lists acts, the newest first.
pub(super) async fn list(
    officer: Officer,
    InAddress(wanted): InAddress<Wanted>,
) -> Result<HttpResponse, Fault> {
    let before = wanted.before.unwrap_or(i64::MAX);
    let rows = officer.visitor.read(move |conn| storage::acts(conn, before, ROWS.saturating_add(1))).await?;
    officer.visitor.show(page(officer.words(), rows, wanted.before.is_some(), None))
}

/// Checks the whole chain.
pub(super) async fn check_all(officer: Officer, _: Filled<Nothing>) -> Result<HttpResponse, Fault> {
    let store = officer.visitor.store().clone();
    let found = officer.visitor.read(move |conn| {
        let (mut seq, mut hash) = (0, Vec::new());
        // Taken first: what is appended meanwhile stands after it.
        let head = storage::log_head(conn)?;
        loop {
            let rows = storage::acts_after(conn, seq, CHUNK)?;
            let within: Vec<_> = rows.into_iter().filter(|row| row.seq <= head.0).collect();
            if within.is_empty() {
                break;
            }
            match follow(store.sealer(), (seq, hash), &within) {
                Ok(last) => (seq, hash) = last,
                Err(at) => return Ok(Chain::Broken(at)),
            }
        }
        Ok(if (seq, hash) == head { Chain::Whole(head.0) } else { Chain::Broken(seq.saturating_add(1)) })
    });
    let found = found.await?;
    let outcome = if matches!(found, Chain::Whole(_)) { Outcome::Done } else { Outcome::Failed };
    officer.note("check-log", "", outcome).await?;
    let rows = officer.visitor.read(|conn| storage::acts(conn, i64::MAX, ROWS.saturating_add(1))).await?;
    officer.visitor.show(page(officer.words(), rows, false, Some(found)))
}

/// The page.
pub(super) fn page(words: Words, mut rows: Vec<ActRow>, further: bool, checked: Option<Chain>) -> Page {
    let older = say::older(&mut rows, ROWS, |row| row.seq);
    let row = |row: &ActRow| {
        vec![
            vec![Inline::Muted(row.seq.to_string())],
            vec![say::time(words, say::at(row.at))],
            vec![Inline::Text(row.operator.clone()), Inline::Break, Inline::Muted(row.role.clone())],
            vec![Inline::Code(row.act.clone())],
            vec![Inline::Code(row.subject.clone())],
            vec![Inline::Chip(outcome(words, &row.outcome))],
        ]
    };
    let table = Table {
        caption: words.say("operator-menu-audit"),
        columns: vec![
            Column::numbers(words.say("operator-number")).minor(),
            Column::words(words.say("operator-when")),
            Column::words(words.say("operator-who")),
            Column::words(words.say("operator-act")),
            Column::words(words.say("operator-subject")),
            Column::words(words.say("operator-outcome")),
        ],
        rows: rows.iter().map(row).collect(),
        empty: words.say("operator-no-acts"),
        newer: further.then(|| Link::new("/audit", words.say("operator-newest"))),
        older: older.map(|last| Link::new(format!("/audit?before={last}"), words.say("operator-older"))),
    };
    let check = Form {
        action: "/audit/check".to_owned(),
        submit: words.say("operator-check-log"),
        weight: Weight::Quiet,
        ..Form::default()
    };
    let mut page = Page::new(words.say("operator-menu-audit"), "/audit");
    page.state = checked.map(|found| match found {
        Chain::Whole(count) => {
            Chip::new(Tone::Good, words.say_with("operator-log-whole", &[("count", Value::from(count))]))
        }
        Chain::Broken(at) => {
            Chip::new(Tone::Bad, words.say_with("operator-log-broken", &[("number", Value::from(at))]))
        }
    });
    page.with(Block::Paragraph(vec![words.say("operator-log-why").into()])).with(table).with(check)
}

fn outcome(words: Words, outcome: &str) -> Chip {
    match outcome {
        "begun" => Chip::new(Tone::Waiting, words.say("operator-outcome-begun")),
        "done" => Chip::new(Tone::Good, words.say("operator-outcome-done")),
        "refused" => Chip::new(Tone::Bad, words.say("operator-outcome-refused")),
        _ => Chip::new(Tone::Bad, words.say("operator-outcome-failed")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(seq: i64, subject: &str) -> ActRow {
        ActRow {
            seq,
            at: 7,
            operator: "anna".into(),
            role: "operator".into(),
            act: "look".into(),
            subject: subject.into(),
            outcome: "done".into(),
            hash: Vec::new(),
        }
    }

    fn chain(sealer: &Sealer, count: i64) -> Vec<ActRow> {
        let mut before = Vec::new();
        let mut rows = Vec::new();
        for seq in 1..=count {
            let mut row = row(seq, "x");
            row.hash = link(sealer, &before, &row).to_vec();
            before.clone_from(&row.hash);
            rows.push(row);
        }
        rows
    }

    #[test]
    fn what_is_changed_left_out_or_made_without_the_key_breaks_the_chain() {
        let sealer = Sealer::from_key([7; 32]).unwrap();
        let rows = chain(&sealer, 5);
        let begin = || (0, Vec::new());
        assert_eq!(follow(&sealer, begin(), &rows), Ok((5, rows[4].hash.clone())));
        let mut changed = rows.clone();
        changed[2].subject = "y".into();
        assert_eq!(follow(&sealer, begin(), &changed), Err(3));
        let mut gap = rows.clone();
        gap.remove(1);
        assert_eq!(follow(&sealer, begin(), &gap), Err(2));
        let mut closed = gap.clone();
        closed[1].seq = 2;
        assert_eq!(follow(&sealer, begin(), &closed), Err(2));
        let forged = chain(&Sealer::from_key([8; 32]).unwrap(), 5);
        assert_eq!(follow(&sealer, begin(), &forged), Err(1));
    }

    #[test]
    fn no_two_acts_are_hashed_alike() {
        let sealer = Sealer::from_key([7; 32]).unwrap();
        let (mut one, mut two) = (row(1, "b"), row(1, ""));
        one.act = "a".into();
        two.act = "ab".into();
        assert_ne!(link(&sealer, &[], &one), link(&sealer, &[], &two));
    }
}
