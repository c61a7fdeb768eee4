//! What is allowed: the policy in force, every one before it, and how two people put another one into force. It then holds
//! at once, on every server of the database. Limits are proposed in a [`form`]; what is no limit is proposed as text, which
//! is what a form becomes as well.

pub(super) mod form;
mod limits;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fmt;

use actix_web::HttpResponse;
use actix_web::web::Path;
use core_payment::policy::{Change, InForce, PolicyError, PolicyRefused, PolicyVersion, changes, to_toml};
use core_payment::{Core, ReadError};
use payment_domain::Currency;
use payment_domain::policy::{Grant, Policy, SinceStrong};
use serde::Deserialize;

use super::approvals::{self, Kind};
use super::officer::Officer;
use super::{Duty, say};
use crate::page::{Block, Chip, Column, FieldKind, Form, Inline, Link, Page, Row, Section, Table, Tone};
use crate::storage::operator::ApprovalRow;
use crate::web::{Fault, Filled};
use crate::words::{Value, Words};

/// On one page.
const ROWS: i64 = 50;

/// What makes a policy another one than that which it was compared with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Difference {
    currency: Currency,
    changes: Vec<Change>,
}

/// What is filled in as text.
#[derive(Clone, Default, Deserialize)]
pub(super) struct Sheet {
    #[serde(default)]
    text: String,
    #[serde(default)]
    reason: String,
}

impl Difference {
    fn of(version: &PolicyVersion, base: Option<&PolicyVersion>) -> Result<Self, PolicyError> {
        let after = version.policy()?;
        let before = base.map(PolicyVersion::policy).transpose()?;
        let changes = before.map(|before| changes(&before, &after)).unwrap_or_default();
        Ok(Self { currency: after.currency, changes })
    }

    /// Setting by setting: what it was, and what it is to be.
    pub(super) fn table(&self, words: Words) -> Table {
        let value = |limit: Option<&limits::Limit>, value: &Option<String>| match (limit, value) {
            (_, None) => vec![Inline::Text("–".to_owned())],
            (Some(limit), Some(value)) => vec![Inline::Text(limit.shown(words, self.currency, value))],
            (None, Some(value)) => vec![Inline::Code(value.clone())],
        };
        let row = |change: &Change| -> Row {
            let limit = limits::named(&change.name);
            let mut setting = vec![Inline::Code(change.name.clone())];
            if let Some(limit) = limit {
                setting.splice(0..0, [Inline::Text(limit.title(words)), Inline::Break]);
            }
            vec![setting, value(limit, &change.before), value(limit, &change.after)]
        };
        Table {
            caption: words.say("operator-policy-changes"),
            columns: vec![
                Column::words(words.say("operator-policy-setting")),
                Column::words(words.say("operator-policy-before")),
                Column::words(words.say("operator-policy-after")),
            ],
            rows: self.changes.iter().map(row).collect(),
            empty: words.say("operator-policy-first"),
            ..Table::default()
        }
    }
}

/// What is allowed now, and what was before.
pub(super) async fn show(officer: Officer) -> Result<HttpResponse, Fault> {
    let (in_force, versions) =
        asked(&officer, |core| Ok((core.policy_in_force(), core.policy_versions(i64::MAX, ROWS)?))).await?;
    officer.visitor.show(page(officer.words(), &in_force, &versions, officer.may(Duty::Limits)))
}

/// The page of what is allowed.
pub(super) fn page(words: Words, in_force: &InForce, versions: &[PolicyVersion], limits: bool) -> Page {
    let policy = &*in_force.policy;
    let mut page = Page::new(words.say("operator-menu-policy"), "/policy");
    page.state = Some(Chip::new(
        Tone::Good,
        match in_force.version {
            Some(number) => words.say_with("operator-policy-number", &[("number", Value::from(number))]),
            None => words.say("operator-policy-configured"),
        },
    ));
    let mut page = page.with(Block::Facts(limits_of(words, policy)));
    if limits {
        page =
            page.with(Block::Actions(vec![Link::new("/policy/new", words.say("operator-policy-propose"))]));
    }
    page.with(Section::new(words.say("operator-grants")).with(grants(words, policy)))
        .with(Section::new(words.say("operator-policy-versions")).with(version_table(words, versions)))
        .with(Block::Paragraph(vec![Inline::Muted(words.say("operator-policy-why"))]))
}

fn limits_of(words: Words, policy: &Policy) -> Vec<(String, Vec<Inline>)> {
    let money = |micros| say::stored(words, micros, policy.currency.as_str());
    let yes = |yes: bool| if yes { words.say("operator-yes") } else { words.say("operator-no") };
    let since = match policy.low_value.since_strong {
        SinceStrong::Amount(micros) => money(micros),
        SinceStrong::Count(count) => words.number(u64::from(count)),
    };
    let prepaid = policy.prepaid;
    let mut facts = vec![
        say::fact(words.say("operator-name"), Inline::Code(policy.name.as_str().to_owned())),
        say::fact(words.say("operator-aggregated-max"), money(policy.aggregated_max_micros)),
        say::fact(words.say("operator-single-max"), money(policy.single_max_micros)),
        say::fact(words.say("operator-low-each"), money(policy.low_value.each_micros)),
        say::fact(words.say("operator-low-since"), since),
        say::fact(words.say("operator-postpaid-each"), money(policy.postpaid.each_micros)),
        say::fact(words.say("operator-postpaid-month"), money(policy.postpaid.month_micros)),
        say::fact(words.say("operator-stored-max"), money(prepaid.stored_max_micros)),
        say::fact(words.say("operator-stored-anonymous"), money(prepaid.anonymous_stored_max_micros)),
        say::fact(words.say("operator-reloadable-anonymous"), yes(prepaid.anonymous_reloadable)),
        say::fact(words.say("operator-remote-anonymous"), money(prepaid.remote_max_micros)),
        say::fact(words.say("operator-gift-max"), money(policy.coupon.gift_max_micros)),
        say::fact(words.say("operator-gifts"), words.number(u64::from(policy.coupon.gifts_per_month))),
        say::fact(words.say("operator-margin"), words.number(u64::from(policy.exchange.margin_ppm))),
    ];
    if let Some(months) = prepaid.expires_after_months {
        facts.push(say::fact(words.say("operator-expires"), words.number(u64::from(months))));
    }
    facts
}

fn grants(words: Words, policy: &Policy) -> Table {
    let money = |micros| say::stored(words, micros, policy.currency.as_str());
    let row = |grant: &Grant| -> Row {
        vec![
            vec![Inline::Code(grant.capability.to_string())],
            vec![Inline::Code(grant.method.to_string())],
            vec![Inline::Text(if grant.strong {
                words.say("operator-yes")
            } else {
                words.say("operator-no")
            })],
            vec![Inline::Text(money(grant.aggregated_max_micros))],
            vec![Inline::Text(money(grant.single_max_micros))],
        ]
    };
    Table {
        caption: words.say("operator-grants"),
        columns: vec![
            Column::words(words.say("operator-terminal")),
            Column::words(words.say("operator-method")),
            Column::words(words.say("operator-strong")),
            Column::numbers(words.say("operator-aggregated-max")).minor(),
            Column::numbers(words.say("operator-single-max")).minor(),
        ],
        rows: policy.grants.iter().map(row).collect(),
        empty: words.say("operator-no-grants"),
        ..Table::default()
    }
}

fn version_table(words: Words, versions: &[PolicyVersion]) -> Table {
    let row = |version: &PolicyVersion| -> Row {
        let number = version.version.unwrap_or_default();
        vec![
            vec![say::link(format!("/policy/versions/{}", version.id), number.to_string())],
            vec![Inline::Code(version.name.clone())],
            vec![version.in_force_at.map_or_else(|| "–".into(), |at| say::time(words, at))],
            vec![Inline::Text(by(words, version))],
        ]
    };
    Table {
        caption: words.say("operator-policy-versions"),
        columns: vec![
            Column::numbers(words.say("operator-number")),
            Column::words(words.say("operator-name")),
            Column::words(words.say("operator-in-force-since")),
            Column::words(words.say("operator-by")),
        ],
        rows: versions.iter().map(row).collect(),
        empty: words.say("operator-no-versions"),
        ..Table::default()
    }
}

/// By whom it came into force.
fn by(words: Words, version: &PolicyVersion) -> String {
    match (&version.proposed_by, &version.approved_by) {
        (Some(proposed), Some(approved)) => words.say_with(
            "operator-policy-by-two",
            &[("one", Value::from(proposed.as_str())), ("two", Value::from(approved.as_str()))],
        ),
        (Some(proposed), None) => proposed.clone(),
        (None, _) => words.say("operator-policy-by-configuration"),
    }
}

/// One of them, and what it changes.
pub(super) async fn version(officer: Officer, path: Path<i64>) -> Result<HttpResponse, Fault> {
    let id = *path;
    let (found, in_force) =
        asked(&officer, move |core| Ok((core.policy_version(id)?, core.policy_versions(i64::MAX, 1)?.pop())))
            .await?;
    let (version, base) = found.ok_or(Fault::NotFound)?;
    let newest = in_force.and_then(|newest| newest.version);
    let changed = Difference::of(&version, base.as_ref()).map_err(Fault::internal)?;
    officer.visitor.show(version_page(officer.words(), &version, &changed, newest))
}

/// The page of one of them.
pub(super) fn version_page(
    words: Words,
    version: &PolicyVersion,
    changed: &Difference,
    newest: Option<i64>,
) -> Page {
    let mut page = Page::new(version.name.clone(), "/policy");
    page.state = Some(match (version.version, version.version == newest) {
        (Some(_), true) => Chip::new(Tone::Good, words.say("operator-list-in-force")),
        (Some(_), false) => Chip::new(Tone::Plain, words.say("operator-policy-was")),
        (None, _) if version.base == newest.unwrap_or_default() => {
            Chip::new(Tone::Waiting, words.say("operator-policy-proposed"))
        }
        (None, _) => Chip::new(Tone::Bad, words.say("operator-policy-outdated")),
    });
    let mut facts = Vec::new();
    if let Some(number) = version.version {
        facts.push(say::fact(words.say("operator-number"), number.to_string()));
    }
    facts.push(say::fact(words.say("operator-by"), by(words, version)));
    facts.push(say::fact(words.say("operator-policy-written"), say::time(words, version.proposed_at)));
    if let Some(at) = version.in_force_at {
        facts.push(say::fact(words.say("operator-in-force-since"), say::time(words, at)));
    }
    page.with(Block::Facts(facts))
        .with(Section::new(words.say("operator-policy-changes")).with(changed.table(words)))
        .with(Block::Verbatim { label: words.say("operator-policy-text"), text: version.text.clone() })
}

/// The text of what is in force, to be changed.
pub(super) async fn text(officer: Officer) -> Result<HttpResponse, Fault> {
    let policy = officer.visitor.portal().core.policy();
    let sheet = Sheet { text: to_toml(&policy), reason: String::new() };
    officer.visitor.show(sheet_page(officer.words(), &sheet, None, None))
}

/// Proposes a text.
pub(super) async fn propose_text(
    officer: Officer,
    Filled(sheet): Filled<Sheet>,
) -> Result<HttpResponse, Fault> {
    let words = officer.words();
    let Some(reason) = approvals::reason(&sheet.reason) else {
        let fault = words.say("operator-reason-missing");
        return officer.visitor.show_again(sheet_page(words, &sheet, None, Some(fault)));
    };
    match prepared(&officer, sheet.text.clone(), &reason).await? {
        Ok(answer) => Ok(answer),
        Err(refused) => {
            let fault = said(words, &refused);
            officer.visitor.show_again(sheet_page(words, &sheet, Some(fault), None))
        }
    }
}

/// Keeps a proposal, asks for a second person, and leads to what it changes.
async fn prepared(
    officer: &Officer,
    text: String,
    reason: &str,
) -> Result<Result<HttpResponse, PolicyRefused>, Fault> {
    let name = officer.name.clone();
    let id = match asked(officer, move |core| core.propose_policy(&text, &name)).await? {
        Ok(id) => id,
        Err(refused) => return Ok(Err(refused)),
    };
    approvals::prepare(officer, Kind::Policy, &id.to_string(), reason).await?;
    let notice = say::good(officer.words().say("operator-prepared"));
    Ok(Ok(officer.visitor.go(format!("/policy/versions/{id}"), Some(notice))))
}

/// What proposals among what waits would change, by the number of the approval. One that this program cannot read is left out.
pub(super) async fn differences(
    officer: &Officer,
    waiting: &[ApprovalRow],
) -> Result<BTreeMap<i64, Difference>, Fault> {
    let policies = waiting.iter().filter(|row| Kind::parse(&row.act) == Some(Kind::Policy));
    let ids: Vec<_> = policies.filter_map(|row| Some((row.id, number(row).ok()?))).collect();
    let found = asked(officer, move |core| {
        ids.into_iter().map(|(row, id)| Ok((row, core.policy_version(id)?))).collect::<Result<Vec<_>, _>>()
    });
    let found = found.await?.into_iter();
    let difference = |(row, found): (i64, Option<(PolicyVersion, Option<PolicyVersion>)>)| {
        let (version, base) = found?;
        Some((row, Difference::of(&version, base.as_ref()).ok()?))
    };
    Ok(found.filter_map(difference).collect())
}

fn said(words: Words, refused: &PolicyRefused) -> String {
    match refused {
        PolicyRefused::Wrong(error) => {
            words.say_with("operator-policy-wrong", &[("reason", Value::from(error.to_string()))])
        }
        PolicyRefused::Currency => words.say("operator-policy-currency"),
        PolicyRefused::NameUsed => words.say("operator-policy-name-used"),
        PolicyRefused::Same => words.say("operator-policy-same"),
        PolicyRefused::Unknown | PolicyRefused::Outdated | PolicyRefused::SamePerson => {
            words.say("operator-policy-outdated")
        }
    }
}

/// The page of a sheet.
pub(super) fn sheet_page(words: Words, sheet: &Sheet, text: Option<String>, reason: Option<String>) -> Page {
    let mut policy = say::field("text", words.say("operator-policy-text"), FieldKind::Lines, &sheet.text);
    policy.hint = Some(words.say("operator-policy-text-hint"));
    policy.fault = text;
    policy.autocomplete = Some("off");
    let mut why = say::field("reason", words.say("operator-reason"), FieldKind::Text, &sheet.reason);
    why.hint = Some(words.say("operator-reason-hint"));
    why.fault = reason;
    Page::new(words.say("operator-policy-as-text"), "/policy").with(Form {
        action: "/policy/text".to_owned(),
        fields: vec![policy, why],
        submit: words.say("operator-policy-prepare"),
        ..Form::default()
    })
}

/// Whether a second person could put a proposal into force. That nobody is both is said where it is decided.
pub(super) async fn may_come(officer: &Officer, row: &ApprovalRow) -> Result<bool, Fault> {
    let (id, name) = (number(row)?, officer.name.clone());
    let may = asked(officer, move |core| core.policy_may_come(id, &name)).await?;
    Ok(matches!(may, Ok(()) | Err(PolicyRefused::SamePerson)))
}

/// Puts into force what two people have agreed on.
pub(super) async fn put_in_force(officer: &Officer, row: &ApprovalRow) -> Result<(), Fault> {
    let id = number(row)?;
    // Whoever tries again what went wrong is not who agreed.
    let second = row.decided_by.clone().unwrap_or_else(|| officer.name.clone());
    let put = asked(officer, move |core| core.put_policy_in_force(id, &second)).await?;
    put.map(drop).map_err(|refused| Fault::Invalid(said(officer.words(), &refused)))
}

fn number(row: &ApprovalRow) -> Result<i64, Fault> {
    row.subject.parse().map_err(Fault::internal)
}

/// Asks the core, on a thread where waiting is allowed.
async fn asked<T: Send + 'static>(
    officer: &Officer,
    ask: impl FnOnce(&Core) -> Result<T, ReadError> + Send + 'static,
) -> Result<T, Fault> {
    let core = officer.visitor.portal().core.clone();
    Ok(tokio::task::spawn_blocking(move || ask(&core)).await.map_err(Fault::internal)??)
}

impl fmt::Debug for Sheet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sheet({} bytes)", self.text.len())
    }
}
