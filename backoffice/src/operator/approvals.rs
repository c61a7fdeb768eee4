//! Acts that need two people: one prepares and says why, another one lets it happen. Whoever prepared may take it back, and
//! nothing else. The database refuses one person for both as well.

use actix_web::HttpResponse;
use actix_web::web::Path;
use aggregation::dispute::Verdict;
use core_payment::ChangeParty;
use core_payment::bank::Bearer;
use payment_domain::PartyId;

use super::disputes::{self, Not};
pub(super) use super::kind::Kind;
use super::log::{self, Nothing, Outcome};
use super::officer::Officer;
use super::policy::{self, Difference};
use super::{Scope, breaks, say};
use crate::page::{Block, Column, Form, Inline, Page, Row, Section, Table, Weight};
use crate::storage::StorageError;
use crate::storage::operator::{self as storage, ApprovalRow};
use crate::web::{Fault, Filled, new_id};
use crate::words::{Value, Words};

/// For how long what was prepared waits.
const WAITS_MS: i64 = 7 * 24 * 60 * 60 * 1000;
/// On one page.
const ROWS: i64 = 50;
/// A reason in characters.
pub(super) const REASON: std::ops::RangeInclusive<usize> = 5..=300;

/// What a second person does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Decision {
    /// Lets it happen.
    Approve,
    /// Does not, or takes it back.
    Refuse,
}

/// Why a decision does not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Denied {
    /// It was decided before.
    Decided,
    /// It waited too long.
    TooLate,
    /// It is not for their scope.
    Scope,
    /// They prepared it themselves.
    SamePerson,
    /// What it was compared with is no more.
    Outdated,
}

/// Whether somebody may decide so.
pub(super) fn judge(
    row: &ApprovalRow,
    who: &str,
    scope: Scope,
    decision: Decision,
    now_ms: i64,
) -> Result<Kind, Denied> {
    let kind = Kind::parse(&row.act).filter(|kind| scope.may(kind.duty())).ok_or(Denied::Scope)?;
    if row.state != "waiting" {
        return Err(Denied::Decided);
    }
    if decision == Decision::Refuse {
        return Ok(kind);
    }
    if row.prepared_by == who {
        return Err(Denied::SamePerson);
    }
    if now_ms.saturating_sub(row.prepared_at) > WAITS_MS {
        return Err(Denied::TooLate);
    }
    Ok(kind)
}

/// Prepares an act; `false` if the same waits already.
pub(super) async fn prepare(
    officer: &Officer,
    kind: Kind,
    subject: &str,
    reason: &str,
) -> Result<bool, Fault> {
    if !officer.may(kind.duty()) {
        return Err(Fault::Forbidden);
    }
    let visitor = &officer.visitor;
    let row = ApprovalRow {
        id: new_id(visitor.now(), &*visitor.portal().randomness).map_err(Fault::internal)?,
        act: kind.as_str().to_owned(),
        subject: subject.to_owned(),
        reason: reason.to_owned(),
        state: "waiting".to_owned(),
        prepared_by: officer.name.clone(),
        prepared_at: visitor.now().as_millis(),
        decided_by: None,
        decided_at: None,
    };
    let (act, said) = (format!("prepare {}", kind.as_str()), format!("{subject}: {reason}"));
    let (done, not) =
        (log::new(officer, &act, &said, Outcome::Done), log::new(officer, &act, &said, Outcome::Refused));
    let store = visitor.store().clone();
    let kept = visitor.write(move |tx| {
        let inserted = storage::insert_approval(tx, &row)?;
        let kept = log::append(tx, store.sealer(), if inserted { done } else { not })?;
        Ok((inserted, kept))
    });
    let (inserted, kept) = kept.await?;
    log::tell(&kept);
    Ok(inserted)
}

/// Lists what waits, and what was decided lately.
pub(super) async fn list(officer: Officer) -> Result<HttpResponse, Fault> {
    let rows = officer.visitor.read(|conn| {
        let mut waiting = storage::approvals(conn, "waiting", i64::MAX, ROWS)?;
        // Approved, but it could not be done then: whoever approves again tries again.
        waiting.extend(storage::approvals(conn, "approved", i64::MAX, ROWS)?);
        let mut decided = storage::approvals(conn, "done", i64::MAX, ROWS)?;
        decided.extend(storage::approvals(conn, "refused", i64::MAX, ROWS)?);
        Ok((waiting, decided))
    });
    let (waiting, mut decided) = rows.await?;
    decided.sort_by_key(|row| std::cmp::Reverse(row.decided_at));
    decided.truncate(usize::try_from(ROWS).unwrap_or_default());
    let policies = policy::differences(&officer, &waiting).await?;
    let words = officer.words();
    let mut page = Page::new(words.say("operator-menu-approvals"), "/approvals").with(waiting_section(
        words,
        &waiting,
        &officer.name,
        officer.scope,
    ));
    for row in &waiting {
        page = page.with(card(words, row, &officer, policies.get(&row.id)));
    }
    officer
        .visitor
        .show(page.with(Section::new(words.say("operator-decided")).with(decided_table(words, &decided))))
}

/// Lets an act happen.
pub(super) async fn approve(
    officer: Officer,
    path: Path<i64>,
    _: Filled<Nothing>,
) -> Result<HttpResponse, Fault> {
    decide(&officer, *path, Decision::Approve).await
}

/// Does not, or takes it back.
pub(super) async fn refuse(
    officer: Officer,
    path: Path<i64>,
    _: Filled<Nothing>,
) -> Result<HttpResponse, Fault> {
    decide(&officer, *path, Decision::Refuse).await
}

async fn decide(officer: &Officer, id: i64, decision: Decision) -> Result<HttpResponse, Fault> {
    let words = officer.words();
    let row = officer.visitor.read(move |conn| storage::approval(conn, id)).await?.ok_or(Fault::NotFound)?;
    // What was approved and went wrong is only done again; two people have agreed.
    let again = row.state == "approved" && decision == Decision::Approve;
    let kind = Kind::parse(&row.act).ok_or_else(|| Fault::internal("an act"))?;
    if again && officer.may(kind.duty()) {
        return carried_out(officer, kind, &row).await;
    }
    let outdated = decision == Decision::Approve
        && kind == Kind::Policy
        && officer.may(kind.duty())
        && !policy::may_come(officer, &row).await?;
    let recorded = if outdated { Err(Denied::Outdated) } else { record(officer, &row, decision).await? };
    match recorded {
        Ok(_) if decision == Decision::Refuse => {
            Ok(officer.visitor.go("/approvals", Some(say::good(words.say("operator-refused")))))
        }
        Ok(kind) => carried_out(officer, kind, &row).await,
        Err(denied) => {
            let text = match denied {
                Denied::Decided => words.say("operator-denied-decided"),
                Denied::TooLate => words.say("operator-denied-late"),
                Denied::Scope => words.say("operator-denied-scope"),
                Denied::SamePerson => words.say("operator-denied-same"),
                Denied::Outdated => words.say("operator-policy-outdated"),
            };
            Ok(officer.visitor.go("/approvals", Some(say::bad(text))))
        }
    }
}

/// Decides, and notes it in the same transaction.
async fn record(
    officer: &Officer,
    row: &ApprovalRow,
    decision: Decision,
) -> Result<Result<Kind, Denied>, Fault> {
    let now_ms = officer.visitor.now().as_millis();
    let judged = judge(row, &officer.name, officer.scope, decision, now_ms);
    let (verb, state) = match decision {
        Decision::Approve => ("approve", "approved"),
        Decision::Refuse => ("refuse", "refused"),
    };
    let act = format!("{verb} {}", row.act);
    let done = log::new(officer, &act, &row.subject, Outcome::Done);
    let not = log::new(officer, &act, &row.subject, Outcome::Refused);
    let (id, name, store) = (row.id, officer.name.clone(), officer.visitor.store().clone());
    let may = judged.is_ok();
    let written = officer.visitor.write(move |tx| {
        let decided = may && storage::decide_approval(tx, id, state, &name, now_ms)?;
        let kept = log::append(tx, store.sealer(), if decided { done } else { not })?;
        Ok((decided, kept))
    });
    let (decided, kept) = written.await?;
    log::tell(&kept);
    Ok(judged.and_then(|kind| if decided { Ok(kind) } else { Err(Denied::Decided) }))
}

/// Does what two people have agreed on.
async fn carried_out(officer: &Officer, kind: Kind, row: &ApprovalRow) -> Result<HttpResponse, Fault> {
    let subject = &row.subject;
    let work = async {
        match kind {
            Kind::Release => release(officer, subject).await?,
            Kind::Suspend => set_active(officer, subject, false).await?,
            Kind::Reinstate => set_active(officer, subject, true).await?,
            Kind::Policy => policy::put_in_force(officer, row).await?,
            Kind::ForConsumer => {
                settled(officer, row, disputes::decide(officer, subject, Verdict::Consumer).await).await?;
            }
            Kind::ForMerchant => {
                settled(officer, row, disputes::decide(officer, subject, Verdict::Merchant).await).await?;
            }
            Kind::BackFromMerchant => {
                settled(officer, row, breaks::book(officer, subject, Some(Bearer::Merchant)).await).await?;
            }
            Kind::BackFromHouse => {
                settled(officer, row, breaks::book(officer, subject, Some(Bearer::House)).await).await?;
            }
            Kind::Back => settled(officer, row, breaks::book(officer, subject, None).await).await?,
            // Nothing changes: both may look now.
            Kind::Reveal => {}
        }
        let id = row.id;
        officer.visitor.write(move |tx| storage::finish_approval(tx, id)).await
    };
    officer.perform(kind.as_str(), subject, work).await?;
    let to = if kind == Kind::Reveal { format!("/reveals/{}", row.id) } else { "/approvals".to_owned() };
    Ok(officer.visitor.go(to, Some(say::good(officer.words().say("operator-approved")))))
}

async fn release(officer: &Officer, file: &str) -> Result<(), Fault> {
    let (core, name) = (officer.visitor.portal().core.clone(), file.to_owned());
    let released = tokio::task::spawn_blocking(move || {
        let file = core.bank_file(&name)?;
        file.map(|file| core.release_bank_file(file.id)).transpose()
    });
    released.await.map_err(Fault::internal)??.map(drop).ok_or(Fault::NotFound)
}

/// What came of it. What cannot be done any more does not wait to be done again.
async fn settled(officer: &Officer, row: &ApprovalRow, done: Result<(), Not>) -> Result<(), Fault> {
    match done {
        Ok(()) => Ok(()),
        Err(Not::Yet(fault)) => Err(fault),
        Err(Not::AnyMore(fault)) => {
            let id = row.id;
            officer.visitor.write(move |tx| storage::drop_approval(tx, id)).await?;
            Err(fault)
        }
    }
}

/// Lets a party act, or not.
pub(super) async fn set_active(officer: &Officer, party: &str, active: bool) -> Result<(), Fault> {
    let name = PartyId::parse(party).map_err(|_| Fault::NotFound)?;
    let change = ChangeParty { name, active: Some(active), external: None, details: None };
    Ok(officer.visitor.portal().core.change_party(change).await?)
}

/// What waits, as a table.
pub(super) fn waiting_section(words: Words, rows: &[ApprovalRow], me: &str, scope: Scope) -> Section {
    let row = |row: &ApprovalRow| -> Row {
        let kind = Kind::parse(&row.act);
        let hint = if row.prepared_by == me {
            Inline::Muted(words.say("operator-needs-another"))
        } else if kind.is_some_and(|kind| scope.may(kind.duty())) {
            say::link("/approvals", words.say("operator-review"))
        } else {
            Inline::Muted(words.say("operator-denied-scope"))
        };
        vec![
            vec![
                Inline::Strong(kind.map_or_else(|| row.act.clone(), |kind| kind.words(words))),
                Inline::Break,
                Inline::Code(row.subject.clone()),
            ],
            vec![Inline::Text(row.prepared_by.clone())],
            vec![say::time(words, say::at(row.prepared_at))],
            vec![hint],
        ]
    };
    Section::new(words.say("operator-waiting")).with(Table {
        caption: words.say("operator-waiting"),
        columns: vec![
            Column::words(words.say("operator-act")),
            Column::words(words.say("operator-prepared-by")),
            Column::words(words.say("operator-when")).minor(),
            Column::words(words.say("operator-next")),
        ],
        rows: rows.iter().map(row).collect(),
        empty: words.say("operator-nothing-waits"),
        ..Table::default()
    })
}

/// One of them, with what can be done about it.
fn card(words: Words, row: &ApprovalRow, officer: &Officer, policy: Option<&Difference>) -> Section {
    let kind = Kind::parse(&row.act);
    let title = kind.map_or_else(|| row.act.clone(), |kind| kind.words(words));
    let subject = match kind {
        Some(Kind::Policy) => {
            say::link(format!("/policy/versions/{}", row.subject), words.say("operator-policy-changes"))
        }
        Some(Kind::ForConsumer | Kind::ForMerchant) => {
            say::link(format!("/disputes/{}", row.subject), words.say("operator-dispute"))
        }
        Some(Kind::BackFromMerchant | Kind::BackFromHouse | Kind::Back) => {
            say::link("/breaks", row.subject.clone())
        }
        _ => Inline::Code(row.subject.clone()),
    };
    let mut section = Section::new(title).with(Block::Facts(vec![
        say::fact(words.say("operator-subject"), subject),
        say::fact(words.say("operator-reason"), Inline::Text(row.reason.clone())),
        say::fact(words.say("operator-prepared-by"), Inline::Text(row.prepared_by.clone())),
    ]));
    if let Some(policy) = policy {
        section = section.with(policy.table(words));
    }
    if kind.is_none_or(|kind| !officer.may(kind.duty())) {
        return section;
    }
    if row.prepared_by == officer.name && row.state == "waiting" {
        section = section.with(Block::Paragraph(vec![Inline::Muted(words.say("operator-needs-another"))]));
    } else {
        let approve: Form = say::button(
            format!("/approvals/{}/approve", row.id),
            words.say("operator-approve"),
            Weight::Main,
        );
        section = section.with(approve);
    }
    if row.state == "waiting" {
        let own = row.prepared_by == officer.name;
        let label = if own { words.say("operator-take-back") } else { words.say("operator-refuse") };
        section = section.with(say::button(format!("/approvals/{}/refuse", row.id), label, Weight::Quiet));
    }
    section
}

fn decided_table(words: Words, rows: &[ApprovalRow]) -> Table {
    let row = |row: &ApprovalRow| -> Row {
        let kind = Kind::parse(&row.act);
        let by = row.decided_by.clone().unwrap_or_default();
        let verdict = if row.state == "refused" {
            words.say_with("operator-refused-by", &[("who", Value::from(by))])
        } else {
            words.say_with("operator-approved-by", &[("who", Value::from(by))])
        };
        vec![
            vec![
                Inline::Text(kind.map_or_else(|| row.act.clone(), |kind| kind.words(words))),
                Inline::Break,
                Inline::Code(row.subject.clone()),
            ],
            vec![Inline::Text(row.prepared_by.clone())],
            vec![Inline::Text(verdict)],
            vec![row.decided_at.map_or_else(|| "–".into(), |at| say::time(words, say::at(at)))],
        ]
    };
    Table {
        caption: words.say("operator-decided"),
        columns: vec![
            Column::words(words.say("operator-act")),
            Column::words(words.say("operator-prepared-by")),
            Column::words(words.say("operator-outcome")),
            Column::words(words.say("operator-when")).minor(),
        ],
        rows: rows.iter().map(row).collect(),
        empty: words.say("operator-nothing-decided"),
        ..Table::default()
    }
}

/// A reason that was filled in, if it says something.
pub(super) fn reason(text: &str) -> Option<String> {
    let text = say::one_line(text);
    REASON.contains(&text.chars().count()).then_some(text)
}

/// What was prepared of this kind, if it may still be looked at.
pub(super) fn open_reveal(
    conn: &mut crate::storage::Conn,
    id: i64,
) -> Result<Option<ApprovalRow>, StorageError> {
    Ok(storage::approval(conn, id)?.filter(|row| row.act == Kind::Reveal.as_str() && row.state == "done"))
}
