//! Who is behind a payment (R49): one operator asks and says why, another one agrees, and for a day both of them may look.
//! Each look is an act in the log. Nowhere else in this portal is a consumer joined to a payment.

use std::collections::BTreeSet;

use actix_web::HttpResponse;
use actix_web::web::Path;
use core_payment::{Details, ReadError};
use payment_domain::{Msisdn, OrderId, PartyId};
use serde::Deserialize;

use super::approvals::{self, Kind};
use super::log::Outcome;
use super::officer::Officer;
use super::say;
use crate::page::{Block, FieldKind, Form, Inline, Page, Section};
use crate::people::Known;
use crate::storage::operator::{self as storage, ApprovalRow};
use crate::storage::{StorageError, people};
use crate::web::{Fault, Filled};
use crate::words::Words;

/// For how long both may look.
const OPEN_MS: i64 = 24 * 60 * 60 * 1000;
/// On one page: of one day.
const ROWS: i64 = 200;

/// What is filled in.
#[derive(Clone, Default, Deserialize)]
pub(super) struct Sheet {
    #[serde(default)]
    order: String,
    #[serde(default)]
    reason: String,
}

/// A form to ask with, and what may be looked at.
pub(super) async fn list(officer: Officer) -> Result<HttpResponse, Fault> {
    let now_ms = officer.visitor.now().as_millis();
    let since = now_ms.saturating_sub(OPEN_MS);
    let act = Kind::Reveal.as_str();
    let rows = officer.visitor.read(move |conn| storage::decided_since(conn, act, since, ROWS)).await?;
    let open: Vec<_> = rows.into_iter().filter(|row| may_look(row, &officer.name, now_ms)).collect();
    officer.visitor.show(page(officer.words(), &Sheet::default(), None, &open))
}

/// Asks.
pub(super) async fn prepare(officer: Officer, Filled(sheet): Filled<Sheet>) -> Result<HttpResponse, Fault> {
    let words = officer.words();
    let again = |text| officer.visitor.show_again(page(words, &sheet, Some(text), &[]));
    let Ok(order) = OrderId::parse(sheet.order.trim()) else {
        return again(words.say("operator-order-wrong"));
    };
    let Some(reason) = approvals::reason(&sheet.reason) else {
        return again(words.say("operator-reason-missing"));
    };
    let key = order.as_bytes().to_vec();
    if officer.visitor.read(move |conn| storage::payment_of(conn, &key)).await?.is_none() {
        return again(words.say("operator-order-unknown"));
    }
    let notice = if approvals::prepare(&officer, Kind::Reveal, &order.to_string(), &reason).await? {
        say::good(words.say("operator-prepared"))
    } else {
        say::bad(words.say("operator-prepared-before"))
    };
    Ok(officer.visitor.go("/approvals", Some(notice)))
}

/// Shows who it was, to the two who agreed on it.
pub(super) async fn show(officer: Officer, path: Path<i64>) -> Result<HttpResponse, Fault> {
    let id = *path;
    let row = officer.visitor.read(move |conn| approvals::open_reveal(conn, id)).await?;
    let row = row.ok_or(Fault::NotFound)?;
    let now_ms = officer.visitor.now().as_millis();
    if !may_look(&row, &officer.name, now_ms) {
        officer.note("look-at-consumer", &row.subject, Outcome::Refused).await?;
        return Err(Fault::Forbidden);
    }
    // Before anything is shown.
    officer.note("look-at-consumer", &row.subject, Outcome::Done).await?;
    let order = OrderId::parse(&row.subject).map_err(Fault::internal)?.as_bytes().to_vec();
    let store = officer.visitor.store().clone();
    let found = officer.visitor.read(move |conn| {
        let Some(payment) = storage::payment_of(conn, &order)? else { return Ok(None) };
        let Some(party) = storage::party_by_number(conn, payment.consumer)? else { return Ok(None) };
        let known = people::team(conn, party.id)?;
        let known = known.iter().map(|row| Known::open(store.sealer(), row));
        let known = known.collect::<Result<Vec<_>, _>>().map_err(|_| StorageError::Corrupt("person"))?;
        Ok(Some((payment.id, party, known)))
    });
    let (payment, party, known) = found.await?.ok_or(Fault::NotFound)?;
    let (core, name) = (officer.visitor.portal().core.clone(), PartyId::parse(&party.name));
    let name = name.map_err(Fault::internal)?;
    let enrolled = tokio::task::spawn_blocking(move || -> Result<_, ReadError> {
        Ok((core.details(&name)?, core.number_of(&name)?))
    });
    let (details, number) = enrolled.await.map_err(Fault::internal)??;
    let words = officer.words();
    let mut facts = vec![
        say::fact(words.say("operator-order"), Inline::Code(row.subject.clone())),
        say::fact(words.say("operator-position"), Inline::Code(payment.to_string())),
        say::fact(words.say("operator-reason"), row.reason.clone()),
        say::fact(
            words.say("operator-consumer"),
            say::link(format!("/parties/{}", party.name), party.name.clone()),
        ),
    ];
    facts.extend(who(words, &known, &details.unwrap_or_default(), number.as_ref()));
    officer.visitor.show(Page::new(words.say("operator-revealed"), "/reveals").with(Block::Facts(facts)))
}

/// Who somebody is: as they sign in at a portal, and as they are enrolled, which not all do who pay.
fn who(
    words: Words,
    known: &[Known],
    details: &Details,
    number: Option<&Msisdn>,
) -> Vec<(String, Vec<Inline>)> {
    let names = known.iter().filter_map(|person| person.name.as_ref()).map(|name| name.as_str());
    let emails = known.iter().filter_map(|person| person.email.as_ref()).chain(&details.email);
    let phones = known.iter().filter_map(|person| person.phone.as_ref()).chain(number);
    let holder = details.bank.as_ref().map(|bank| bank.account.holder.as_str());
    // Most are known by the same address twice.
    let once = |texts: Vec<&str>| texts.into_iter().map(str::to_owned).collect::<BTreeSet<_>>();
    let (emails, phones): (Vec<_>, Vec<_>) =
        (emails.map(|email| email.reveal()).collect(), phones.map(|phone| phone.reveal()).collect());
    let mut facts: Vec<_> = names.map(|name| say::fact(words.say("operator-name"), name)).collect();
    facts.extend(holder.map(|holder| say::fact(words.say("operator-holder"), holder)));
    facts.extend(once(emails).into_iter().map(|it| say::fact(words.say("operator-email"), Inline::Code(it))));
    facts.extend(once(phones).into_iter().map(|it| say::fact(words.say("operator-phone"), Inline::Code(it))));
    facts
}

/// Only the two of them, and not for long.
pub(super) fn may_look(row: &ApprovalRow, who: &str, now_ms: i64) -> bool {
    let theirs = row.prepared_by == who || row.decided_by.as_deref() == Some(who);
    let open = row.decided_at.is_some_and(|at| (0..OPEN_MS).contains(&now_ms.saturating_sub(at)));
    row.act == Kind::Reveal.as_str() && row.state == "done" && theirs && open
}

fn page(words: Words, sheet: &Sheet, fault: Option<String>, open: &[ApprovalRow]) -> Page {
    let mut order = say::field("order", words.say("operator-order"), FieldKind::Text, &sheet.order);
    order.hint = Some(words.say("operator-order-hint"));
    order.autocomplete = Some("off");
    let mut reason = say::field("reason", words.say("operator-reason"), FieldKind::Text, &sheet.reason);
    reason.hint = Some(words.say("operator-reason-hint"));
    reason.fault = fault;
    let page = Page::new(words.say("operator-menu-reveals"), "/reveals")
        .with(Block::Paragraph(vec![words.say("operator-reveal-why").into()]))
        .with(Form {
            action: "/reveals".to_owned(),
            fields: vec![order, reason],
            submit: words.say("operator-ask"),
            ..Form::default()
        });
    let links = open.iter().map(|row| {
        let link = say::link(format!("/reveals/{}", row.id), row.subject.clone());
        (words.moment(say::at(row.decided_at.unwrap_or_default())), vec![link])
    });
    let links: Vec<_> = links.collect();
    if links.is_empty() {
        return page;
    }
    page.with(Section::new(words.say("operator-may-look")).with(Block::Facts(links)))
}

#[cfg(test)]
mod tests {
    use core_payment::BankDetails;
    use payment_domain::{BankAccount, EmailAddress, Iban, Label};

    use super::*;
    use crate::words::Locale;

    #[test]
    fn whoever_never_signed_in_is_known_by_what_they_enrolled_with_and_nothing_is_said_twice() {
        let words = Words::of(Locale::English);
        let number = Msisdn::parse("+33612345678").unwrap();
        let email = EmailAddress::parse("ada@example.org").unwrap();
        let account = BankAccount {
            holder: Label::parse("Ada Lovelace").unwrap(),
            iban: Iban::parse("DE89370400440532013000").unwrap(),
            bic: None,
        };
        let details = Details {
            email: Some(email.clone()),
            bank: Some(BankDetails { account, mandate: None }),
            ..Details::default()
        };
        let enrolled = format!("{:?}", who(words, &[], &details, Some(&number)));
        for text in ["Ada Lovelace", "ada@example.org", "+33612345678"] {
            assert_eq!(enrolled.matches(text).count(), 1, "{text}: {enrolled}");
        }
        assert!(!enrolled.contains("DE8937"), "what was paid from is not who it was: {enrolled}");
        let known = Known { name: None, email: Some(email), phone: Some(number.clone()) };
        assert_eq!(who(words, &[known], &details, Some(&number)).len(), 3);
        assert!(who(words, &[], &Details::default(), None).is_empty());
    }
}
