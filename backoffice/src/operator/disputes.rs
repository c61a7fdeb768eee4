//! Complaints of consumers (R49, R56): one operator says for whom a complaint is to be decided and why, another one agrees, and
//! aggregation decides it. Of the consumer the pseudonym that the merchant knows, and what they wrote.

use actix_web::HttpResponse;
use actix_web::web::{Path, Query as InAddress};
use aggregation::dispute::{ResolveError, Verdict};
use core_payment::database::Archive;
use payment_domain::{DisputeId, MerchantId, PartyId};
use payment_message::Message;
use serde::Deserialize;

use super::approvals::{self, Kind};
use super::officer::Officer;
use super::{Duty, say};
use crate::page::{Block, Chip, Column, FieldKind, Form, Inline, Link, Page, Row, Section, Table, Tone};
use crate::storage::operator::{self as storage, DisputeRow};
use crate::storage::{Conn, StorageError};
use crate::web::{Fault, Filled};
use crate::words::{Value, Words};

/// On one page: for each of them the signed complaint is read.
const ROWS: i64 = 25;

/// Where the list goes on.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
pub(super) struct Wanted {
    #[serde(default)]
    after: Option<i64>,
}

/// For whom it is to be decided, and why.
#[derive(Clone, Default, Deserialize)]
pub(super) struct Sheet {
    #[serde(default)]
    winner: String,
    #[serde(default)]
    reason: String,
}

/// A complaint, with what may be told of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Complaint {
    pub(super) row: DisputeRow,
    /// As the merchant knows the consumer.
    pub(super) pseudonym: String,
    /// What the consumer wrote.
    pub(super) said: String,
}

impl Complaint {
    fn read(archive: &mut Archive, conn: &mut Conn, row: DisputeRow) -> Result<Self, StorageError> {
        // Of what the consumer signed only the reason: who it is, is in it too (R46).
        let said = match archive.asked(conn, row.id)? {
            Some(Message::DisputeOrder(order)) => order.reason.as_str().to_owned(),
            _ => String::new(),
        };
        let merchant =
            PartyId::parse(&row.merchant).map_err(|_| StorageError::Corrupt("name of a merchant"))?;
        let pseudonym = archive.pseudonym(conn, row.consumer, &MerchantId::new(merchant))?;
        Ok(Self { pseudonym: pseudonym.map(|it| it.to_string()).unwrap_or_default(), said, row })
    }

    fn address(&self) -> Option<String> {
        let id = self.row.dispute_id.as_slice().try_into().ok()?;
        Some(format!("/disputes/{}", DisputeId::from_bytes(id)))
    }
}

/// Those that wait for a decision, the oldest first.
pub(super) async fn list(
    officer: Officer,
    InAddress(wanted): InAddress<Wanted>,
) -> Result<HttpResponse, Fault> {
    let mut archive = officer.visitor.portal().core.archive()?;
    let after = wanted.after.unwrap_or(0);
    let found = officer.visitor.read(move |conn| {
        let mut rows = storage::open_disputes(conn, after, ROWS.saturating_add(1))?;
        let next = say::older(&mut rows, ROWS, |row| row.id);
        let read = |row| Complaint::read(&mut archive, conn, row);
        Ok((rows.into_iter().map(read).collect::<Result<Vec<_>, _>>()?, next))
    });
    let (complaints, next) = found.await?;
    officer.visitor.show(list_page(officer.words(), &complaints, wanted.after.is_some(), next))
}

/// The page of the list.
pub(super) fn list_page(words: Words, complaints: &[Complaint], further: bool, next: Option<i64>) -> Page {
    let row = |complaint: &Complaint| -> Row {
        let Complaint { row, pseudonym, said } = complaint;
        let opened = words.moment(say::at(row.opened_at));
        vec![
            vec![match complaint.address() {
                Some(address) => say::link(address, opened),
                None => Inline::Text(opened),
            }],
            vec![Inline::Text(row.merchant.clone()), Inline::Break, Inline::Code(pseudonym.clone())],
            vec![Inline::Text(said.clone())],
            vec![Inline::Text(say::stored(words, row.micros, &row.currency))],
        ]
    };
    let title = words.say("operator-menu-disputes");
    Page::new(title.clone(), "/disputes")
        .with(Block::Paragraph(vec![Inline::Muted(words.say("operator-disputes-why"))]))
        .with(Table {
            caption: title,
            columns: vec![
                Column::words(words.say("operator-since")),
                Column::words(words.say("operator-dispute-between")),
                Column::words(words.say("operator-dispute-said")),
                Column::numbers(words.say("operator-amount")),
            ],
            rows: complaints.iter().map(row).collect(),
            empty: words.say("operator-no-disputes"),
            newer: further.then(|| Link::new("/disputes", words.say("operator-first"))),
            older: next
                .map(|last| Link::new(format!("/disputes?after={last}"), words.say("operator-next-page"))),
        })
}

/// One of them.
pub(super) async fn show(officer: Officer, path: Path<String>) -> Result<HttpResponse, Fault> {
    let complaint = find(&officer, &path).await?;
    let settles = officer.may(Duty::Settle);
    officer.visitor.show(page(officer.words(), &complaint, settles, &Sheet::default(), [None, None]))
}

async fn find(officer: &Officer, id: &str) -> Result<Complaint, Fault> {
    let id = DisputeId::parse(id).map_err(|_| Fault::NotFound)?;
    let mut archive = officer.visitor.portal().core.archive()?;
    let found = officer.visitor.read(move |conn| {
        let row = storage::dispute_of(conn, id.as_bytes())?;
        row.map(|row| Complaint::read(&mut archive, conn, row)).transpose()
    });
    found.await?.ok_or(Fault::NotFound)
}

/// The page of one of them; what is wrong with the choice and with the reason.
pub(super) fn page(
    words: Words,
    complaint: &Complaint,
    settles: bool,
    sheet: &Sheet,
    [winner, reason]: [Option<String>; 2],
) -> Page {
    let Complaint { row, pseudonym, said } = complaint;
    let mut page = Page::new(words.say("operator-dispute"), "/disputes");
    page.state = Some(match row.state.as_str() {
        "open" => Chip::new(Tone::Waiting, words.say("operator-dispute-open")),
        "consumer" => Chip::new(Tone::Plain, words.say("operator-dispute-for-consumer")),
        _ => Chip::new(Tone::Plain, words.say("operator-dispute-for-merchant")),
    });
    let payment = row.payment.to_string();
    let page = page.with(Block::Facts(vec![
        say::fact(
            words.say("operator-amount"),
            Inline::Strong(say::stored(words, row.micros, &row.currency)),
        ),
        say::fact(words.say("operator-dispute-said"), said.clone()),
        say::fact(words.say("operator-merchant"), row.merchant.clone()),
        say::fact(words.say("operator-pseudonym"), Inline::Code(pseudonym.clone())),
        say::fact(words.say("operator-since"), say::time(words, say::at(row.opened_at))),
        say::fact(words.say("operator-payment"), say::link(format!("/ledger/payments/{payment}"), payment)),
    ]));
    let Some(address) = complaint.address().filter(|_| settles && row.state == "open") else { return page };
    let choices = [Kind::ForConsumer, Kind::ForMerchant];
    let choices = choices.map(|kind| (kind.as_str().to_owned(), kind.words(words)));
    let mut choice = say::field(
        "winner",
        words.say("operator-dispute-decision"),
        FieldKind::Choice(choices.into()),
        &sheet.winner,
    );
    choice.fault = winner;
    let mut why = say::field("reason", words.say("operator-reason"), FieldKind::Text, &sheet.reason);
    why.hint = Some(words.say("operator-reason-hint"));
    why.fault = reason;
    page.with(Section::new(words.say("operator-dispute-decide")).with(Form {
        action: format!("{address}/decide"),
        fields: vec![choice, why],
        submit: words.say("operator-ask"),
        ..Form::default()
    }))
}

/// Prepares a decision.
pub(super) async fn prepare(
    officer: Officer,
    path: Path<String>,
    Filled(sheet): Filled<Sheet>,
) -> Result<HttpResponse, Fault> {
    let words = officer.words();
    let complaint = find(&officer, &path).await?;
    let kind = Kind::parse(&sheet.winner).filter(|kind| kind.verdict().is_some());
    let (Some(kind), Some(reason)) = (kind, approvals::reason(&sheet.reason)) else {
        let faults = [
            kind.is_none().then(|| words.say("operator-dispute-choose")),
            approvals::reason(&sheet.reason).is_none().then(|| words.say("operator-reason-missing")),
        ];
        return officer.visitor.show_again(page(words, &complaint, true, &sheet, faults));
    };
    let row = &complaint.row;
    if row.state != "open" {
        return Ok(officer.visitor.go("/disputes", Some(say::bad(words.say("operator-dispute-decided")))));
    }
    // What it is about is part of what the second person agrees to.
    let reason = format!("{reason} ({}, {})", say::stored(words, row.micros, &row.currency), row.merchant);
    // The id in one spelling: the same waits only once.
    let subject = DisputeId::parse(&path).map_err(|_| Fault::NotFound)?.to_string();
    let notice = if approvals::prepare(&officer, kind, &subject, &reason).await? {
        say::good(words.say("operator-prepared"))
    } else {
        say::bad(words.say("operator-prepared-before"))
    };
    Ok(officer.visitor.go("/approvals", Some(notice)))
}

/// Why a complaint is not decided as two people have agreed.
#[derive(Debug)]
pub(super) enum Not {
    /// Not now.
    Yet(Fault),
    /// Not any more: nothing waits for it.
    AnyMore(Fault),
}

/// Decides what two people have agreed on. Done again it changes nothing.
pub(super) async fn decide(officer: &Officer, subject: &str, verdict: Verdict) -> Result<(), Not> {
    let id = DisputeId::parse(subject).map_err(|error| Not::Yet(Fault::internal(error)))?;
    let words = officer.words();
    match officer.office.aggregation.resolve_dispute(id, verdict).await {
        Ok(()) => Ok(()),
        // It was, but nobody noted it.
        Err(ResolveError::Decided(winner)) if winner == name_of(verdict) => Ok(()),
        Err(ResolveError::Decided(_) | ResolveError::Unknown) => {
            Err(Not::AnyMore(Fault::Invalid(words.say("operator-dispute-decided"))))
        }
        Err(ResolveError::Refunded) => {
            Err(Not::AnyMore(Fault::Invalid(words.say("operator-dispute-refunded"))))
        }
        Err(ResolveError::MerchantLacks(held)) => Err(Not::Yet(Fault::Invalid(
            words.say_with("operator-dispute-lacks", &[("held", Value::from(words.money(held)))]),
        ))),
        Err(ResolveError::Submit(error)) => Err(Not::Yet(error.into())),
    }
}

const fn name_of(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Consumer => "consumer",
        Verdict::Merchant => "merchant",
    }
}
