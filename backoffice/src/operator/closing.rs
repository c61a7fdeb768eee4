//! Closing periods by hand: those that are due, or one account's now. It is the same as by command, and may be done again: what
//! is closed stays closed, and nothing is in two documents.

use actix_web::HttpResponse;
use actix_web::web::Query as InAddress;
use aggregation::{CloseError, Report, Totals};
use serde::Deserialize;

use super::officer::Officer;
use super::say;
use crate::page::{Block, FieldKind, Form, Inline, Link, Page, Weight};
use crate::storage::operator::{self as storage, PeriodRow};
use crate::web::{Fault, Filled};
use crate::words::Words;

/// Whose period; nobody's: all that are due.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
pub(super) struct Wanted {
    #[serde(default)]
    account: Option<i64>,
}

/// Says what will happen, and asks.
pub(super) async fn ask(
    officer: Officer,
    InAddress(wanted): InAddress<Wanted>,
) -> Result<HttpResponse, Fault> {
    let period = match wanted.account {
        Some(account) => Some(find(&officer, account).await?.ok_or(Fault::NotFound)?),
        None => None,
    };
    officer.visitor.show(page(officer.words(), period.as_ref()))
}

/// The open period of an account, if there is something in it.
async fn find(officer: &Officer, account: i64) -> Result<Option<PeriodRow>, Fault> {
    officer.visitor.read(move |conn| storage::open_period(conn, account)).await
}

/// Whose period it is, as operators may see it: a consumer's is known by its account.
pub(super) fn whose(row: &PeriodRow) -> Inline {
    if row.book == "merchant" {
        say::link(format!("/parties/{}", row.owner), row.owner.clone())
    } else {
        Inline::Code(row.account.to_string())
    }
}

/// The page that asks.
pub(super) fn page(words: Words, period: Option<&PeriodRow>) -> Page {
    let mut fields = Vec::new();
    let mut page = Page::new(words.say("operator-close"), "/periods");
    match period {
        Some(row) => {
            fields.push(say::field("account", String::new(), FieldKind::Hidden, &row.account.to_string()));
            page = page.with(Block::Facts(vec![
                say::fact(words.say("operator-account"), whose(row)),
                say::fact(words.say("operator-number"), row.seq.to_string()),
                say::fact(words.say("operator-since"), say::time(words, say::at(row.opened_at))),
                say::fact(words.say("operator-standing"), say::stored(words, row.standing, &row.currency)),
            ]));
        }
        None => page = page.with(Block::Paragraph(vec![Inline::Text(words.say("operator-close-due-why"))])),
    }
    let why = words.say("operator-close-why");
    let submit = if period.is_some() { "operator-close-one" } else { "operator-close-due" };
    page.with(Block::Paragraph(vec![Inline::Text(why)])).with(Form {
        action: "/periods/close".to_owned(),
        fields,
        submit: words.say(submit),
        weight: Weight::Grave,
        ..Form::default()
    })
}

/// Closes, and shows what came of it.
pub(super) async fn close(officer: Officer, Filled(wanted): Filled<Wanted>) -> Result<HttpResponse, Fault> {
    if let Some(account) = wanted.account
        && find(&officer, account).await?.is_none()
    {
        // Closed before: once more would be a document about nothing.
        let notice = say::good(officer.words().say("operator-closed-nothing"));
        return Ok(officer.visitor.go("/periods", Some(notice)));
    }
    let (aggregation, now) = (officer.office.aggregation.clone(), officer.visitor.now());
    // To its end, whether the browser waits for it or not.
    let closing = async move {
        match wanted.account {
            Some(account) => aggregation.close_account(account).await,
            None => aggregation.close_due(now).await,
        }
    };
    let subject = wanted.account.map_or_else(|| "due".to_owned(), |account| account.to_string());
    let work = async {
        let closed = tokio::spawn(closing).await.map_err(Fault::internal)?;
        closed.map_err(|error| match error {
            CloseError::Submit(error) => error.into(),
            other => Fault::unavailable(other),
        })
    };
    let report = officer.perform("close-periods", &subject, work).await?;
    officer.visitor.show(report_page(officer.words(), &report))
}

/// The page of what came of it.
pub(super) fn report_page(words: Words, report: &Report) -> Page {
    let sums = |totals: &Totals| -> String {
        let sums: Vec<String> = totals.iter().map(|sum| words.money(sum)).collect();
        if sums.is_empty() { "–".to_owned() } else { sums.join(", ") }
    };
    let mut page = Page::new(words.say("operator-closed"), "/periods");
    let nothing = report.is_empty() && report.stuck.is_empty();
    page.notice = Some(if !report.stuck.is_empty() {
        let stuck: Vec<String> = report.stuck.iter().map(ToString::to_string).collect();
        say::bad(words.say_with("operator-close-stuck", &[("accounts", stuck.join(", ").into())]))
    } else if nothing {
        say::good(words.say("operator-closed-nothing"))
    } else {
        say::good(words.say("operator-closed-done"))
    });
    page.with(Block::Facts(vec![
        say::fact(words.say("operator-closed-bills"), words.number(report.bills)),
        say::fact(words.say("operator-closed-asked"), sums(&report.due)),
        say::fact(words.say("operator-closed-statements"), words.number(report.statements)),
        say::fact(words.say("operator-closed-payouts"), words.number(report.advices)),
        say::fact(words.say("operator-paid-out"), sums(&report.payouts)),
        say::fact(words.say("operator-fees"), sums(&report.fees)),
        say::fact(words.say("operator-closed-credit-notes"), words.number(report.credit_notes)),
        say::fact(words.say("operator-closed-transfers"), words.number(report.transfers)),
    ]))
    .with(Block::Actions(vec![Link::new("/periods", words.say("operator-menu-periods"))]))
}
