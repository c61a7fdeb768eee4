//! What of the answers of banks and other systems does not fit. A person looks at each; what came back of money that had
//! moved is booked when two people have agreed on it, and on who bears it.

use std::sync::Arc;

use actix_web::HttpResponse;
use actix_web::web::Path;
use core_payment::bank::{Back, Bearer, OpenBreak, TakeBack, TakenBack};
use payment_domain::LedgerPosition;
use serde::Deserialize;

use super::approvals::{self, Kind};
use super::disputes::Not;
use super::log::Nothing;
use super::officer::Officer;
use super::{Duty, say};
use crate::page::{Block, FieldKind, Form, Inline, Page, Section, Weight};
use crate::web::{Fault, Filled};
use crate::words::{Value, Words};

/// On one page.
const ROWS: i64 = 50;

/// What is to be booked, and why.
#[derive(Clone, Default, Deserialize)]
pub(super) struct Sheet {
    #[serde(default)]
    bearer: String,
    #[serde(default)]
    reason: String,
}

/// Lists what does not fit.
pub(super) async fn list(officer: Officer) -> Result<HttpResponse, Fault> {
    let found = find(&officer).await?;
    officer.visitor.show(page(officer.words(), &found, officer.may(Duty::Settle)))
}

async fn find(officer: &Officer) -> Result<Vec<OpenBreak>, Fault> {
    let core = officer.visitor.portal().core.clone();
    let found = tokio::task::spawn_blocking(move || core.bank_breaks(None, ROWS));
    Ok(found.await.map_err(Fault::internal)??)
}

/// The page of breaks.
pub(super) fn page(words: Words, found: &[OpenBreak], settles: bool) -> Page {
    let title = words.say("operator-menu-breaks");
    let mut page = Page::new(title, "/breaks");
    if found.is_empty() {
        return page.with(Block::Empty { text: words.say("operator-no-breaks"), link: None });
    }
    for one in found {
        let number = i64::try_from(one.number).unwrap_or(i64::MAX);
        let line = i64::try_from(one.line).unwrap_or(i64::MAX);
        let mut section = Section::new(words.say_with("operator-break", &[("number", Value::from(number))]))
            .with(Block::Paragraph(vec![Inline::Text(one.words.clone())]))
            .with(Block::Facts(vec![
                say::fact(words.say("operator-bank-answer"), Inline::Code(one.answer.to_string())),
                say::fact(words.say("operator-line"), line.to_string()),
            ]));
        if settles {
            if let Some(back) = one.back {
                section = section.with(form(words, one, back));
            }
            section = section.with(say::button(
                format!("/breaks/{}/{}/resolve", one.answer, one.number),
                words.say("operator-resolve"),
                Weight::Quiet,
            ));
        }
        page = page.with(section);
    }
    page
}

/// Asks for what came back to be booked.
fn form(words: Words, one: &OpenBreak, back: Back) -> Form {
    let mut reason = say::field("reason", words.say("operator-reason"), FieldKind::Text, "");
    reason.hint = Some(words.say("operator-reason-hint"));
    let bearers = [Kind::BackFromMerchant, Kind::BackFromHouse];
    let bearers = bearers.map(|kind| (kind.as_str().to_owned(), kind.words(words)));
    let bearer =
        say::field("bearer", words.say("operator-back-bearer"), FieldKind::Choice(bearers.into()), "");
    let fields = match back {
        Back::Payment => vec![bearer, reason],
        Back::Other => vec![reason],
    };
    Form {
        action: format!("/breaks/{}/{}/take-back", one.answer, one.number),
        fields,
        submit: words.say("operator-ask"),
        ..Form::default()
    }
}

/// Prepares that what came back is booked.
pub(super) async fn take_back(
    officer: Officer,
    path: Path<(i64, u64)>,
    Filled(sheet): Filled<Sheet>,
) -> Result<HttpResponse, Fault> {
    let words = officer.words();
    let (answer, number) = path.into_inner();
    let go_back = |text| Ok(officer.visitor.go("/breaks", Some(say::bad(text))));
    let Some(reason) = approvals::reason(&sheet.reason) else {
        return go_back(words.say("operator-reason-missing"));
    };
    let found = find(&officer).await?;
    let one = found.iter().find(|one| one.answer.value() == answer && one.number == number);
    let Some(one) = one else { return go_back(words.say("operator-resolved-before")) };
    let kind = match one.back.ok_or(Fault::NotFound)? {
        Back::Other => Kind::Back,
        Back::Payment => {
            let bearer = Kind::parse(&sheet.bearer);
            match bearer.filter(|kind| matches!(kind, Kind::BackFromMerchant | Kind::BackFromHouse)) {
                Some(kind) => kind,
                None => return go_back(words.say("operator-back-choose")),
            }
        }
    };
    // What it is about is part of what the second person agrees to.
    let reason = format!("{reason} ({})", one.words);
    let notice = if approvals::prepare(&officer, kind, &name_of(one), &reason).await? {
        say::good(words.say("operator-prepared"))
    } else {
        say::bad(words.say("operator-prepared-before"))
    };
    Ok(officer.visitor.go("/approvals", Some(notice)))
}

fn name_of(one: &OpenBreak) -> String {
    format!("{}/{}", one.answer, one.number)
}

/// Books what two people have agreed on.
pub(super) async fn book(officer: &Officer, subject: &str, bearer: Option<Bearer>) -> Result<(), Not> {
    let broken = || Not::Yet(Fault::internal("the name of a break"));
    let (answer, number) = subject.split_once('/').ok_or_else(broken)?;
    let answer = LedgerPosition::parse(answer).map_err(|_| broken())?;
    let number = number.parse().map_err(|_| broken())?;
    let words = officer.words();
    let done = officer.visitor.portal().core.perform(Arc::new(TakeBack { answer, number, bearer })).await;
    match done {
        Ok(TakenBack::Now(_)) => Ok(()),
        Ok(TakenBack::Unknown) => Err(Not::AnyMore(Fault::Invalid(words.say("operator-resolved-before")))),
        Ok(TakenBack::Refused(why)) => Err(Not::AnyMore(Fault::Invalid(
            words.say_with("operator-back-not-booked", &[("why", Value::from(why))]),
        ))),
        Err(error) => Err(Not::Yet(error.into())),
    }
}

/// Notes that somebody has dealt with a break.
pub(super) async fn resolve(
    officer: Officer,
    path: Path<(i64, u64)>,
    _: Filled<Nothing>,
) -> Result<HttpResponse, Fault> {
    let (answer, number) = path.into_inner();
    let answer = LedgerPosition::new(answer).map_err(|_| Fault::NotFound)?;
    let core = officer.visitor.portal().core.clone();
    let work = async {
        let done = tokio::task::spawn_blocking(move || core.resolve_bank_break(answer, number)).await;
        Ok(done.map_err(Fault::internal)??)
    };
    let words = officer.words();
    let notice = if officer.perform("resolve-break", &format!("{answer}/{number}"), work).await? {
        say::good(words.say("operator-resolved"))
    } else {
        say::bad(words.say("operator-resolved-before"))
    };
    Ok(officer.visitor.go("/breaks", Some(notice)))
}
