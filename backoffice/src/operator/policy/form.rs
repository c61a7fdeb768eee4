//! Another policy, proposed in a form: what is in force stands in it, each limit with its unit. It becomes the same text as
//! one that is written by hand, and goes the same way.

use std::collections::BTreeMap;
use std::fmt;

use actix_web::HttpResponse;
use core_payment::policy::{PolicyError, PolicyRefused, Setting, changes, parse_toml, settings, write};
use payment_domain::Label;
use payment_domain::policy::Policy;
use serde::Deserialize;

use super::super::approvals;
use super::super::officer::Officer;
use super::super::say;
use super::limits::{self, Limit, SINCE_AMOUNT, SINCE_COUNT, Unit, YES};
use super::{prepared, said};
use crate::page::{Block, Field, FieldKind, Form, Inline, Link, Page, Section};
use crate::web::{Fault, Filled};
use crate::words::Words;

/// The name of the policy that the form was filled with.
const BASE: &str = "base";
const NAME: &str = "name";
const REASON: &str = "reason";

/// What is filled in, by field.
#[derive(Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub(in super::super) struct Sheet(BTreeMap<String, String>);

/// What is wrong, by field; under no name what is wrong with the whole.
pub(super) type Faults = BTreeMap<String, String>;

impl Sheet {
    /// With what is in force.
    pub(super) fn of(policy: &Policy) -> Self {
        let mut values: BTreeMap<_, _> =
            limits::of(policy).map(|limit| (limit.field.clone(), limit.filled(policy))).collect();
        values.insert(BASE.to_owned(), policy.name.as_str().to_owned());
        Self(values)
    }

    fn text(&self, field: &str) -> &str {
        self.0.get(field).map_or("", |text| text.trim())
    }

    /// The policy in force with what was filled in, as text.
    pub(super) fn read(&self, words: Words, in_force: &Policy) -> Result<String, Faults> {
        let mut faults = Faults::new();
        let mut named = in_force.clone();
        let name = Label::parse(self.text(NAME)).ok().and_then(|name| {
            named.name = name;
            named.checked().ok()
        });
        if name.is_none() {
            faults.insert(NAME.to_owned(), words.say("operator-policy-name-wrong"));
        }
        let mut all = settings(name.as_ref().unwrap_or(in_force));
        for limit in limits::of(in_force) {
            let text = self.text(&limit.field);
            if limit.optional && text.is_empty() {
                all.retain(|setting| setting.name() != limit.name());
                continue;
            }
            match limit.read(words, in_force.currency, text) {
                Ok(value) => put(&mut all, limit, value),
                Err(fault) => drop(faults.insert(limit.field.clone(), fault)),
            }
        }
        let chosen = |key| all.iter().any(|setting| setting.key == key);
        let together = [SINCE_AMOUNT, SINCE_COUNT].map(|key| format!("low_value.{key}"));
        if chosen(SINCE_AMOUNT) == chosen(SINCE_COUNT) && together.iter().all(|key| !faults.contains_key(key))
        {
            let [amount, _] = together;
            faults.insert(amount, words.say("operator-policy-one-of-two"));
        }
        if !faults.is_empty() {
            return Err(faults);
        }
        let text = write(&all);
        match parse_toml(&text) {
            Ok(policy) if changes(in_force, &policy).iter().all(|change| change.name == NAME) => {
                Err(Faults::from([(String::new(), words.say("operator-policy-same"))]))
            }
            Ok(_) => Ok(text),
            Err(error) => Err(at(words, &PolicyRefused::Wrong(error))),
        }
    }
}

/// Puts a value where its setting stands, or at the end of its section.
fn put(all: &mut Vec<Setting>, limit: &Limit, value: String) {
    let name = limit.name();
    if let Some(setting) = all.iter_mut().find(|setting| setting.name() == name) {
        setting.value = value;
        return;
    }
    let after = all.iter().rposition(|setting| setting.section == limit.section);
    let setting = Setting { section: limit.section.clone(), key: limit.key, value };
    all.insert(after.map_or(0, |last| last.saturating_add(1)), setting);
}

/// At which field a refusal is shown.
fn at(words: Words, refused: &PolicyRefused) -> Faults {
    let field = match refused {
        PolicyRefused::NameUsed => NAME,
        PolicyRefused::Wrong(PolicyError::Value { key, .. }) => key,
        _ => "",
    };
    let known = field == NAME || limits::named(field).is_some();
    Faults::from([(if known { field.to_owned() } else { String::new() }, said(words, refused))])
}

/// A form with what is in force.
pub(in super::super) async fn blank(officer: Officer) -> Result<HttpResponse, Fault> {
    let policy = officer.visitor.portal().core.policy();
    officer.visitor.show(page(officer.words(), &policy, &Sheet::of(&policy), &Faults::new()))
}

/// Proposes what was filled in.
pub(in super::super) async fn propose(
    officer: Officer,
    Filled(sheet): Filled<Sheet>,
) -> Result<HttpResponse, Fault> {
    let words = officer.words();
    let policy = officer.visitor.portal().core.policy();
    // What is not changed in the form is meant to stay as it was when the form was filled.
    if sheet.text(BASE) != policy.name.as_str() {
        let notice = say::bad(words.say("operator-policy-outdated"));
        return Ok(officer.visitor.go("/policy/new", Some(notice)));
    }
    let reason = approvals::reason(sheet.text(REASON));
    let mut faults = match (sheet.read(words, &policy), &reason) {
        (Ok(text), Some(reason)) => match prepared(&officer, text, reason).await? {
            Ok(answer) => return Ok(answer),
            Err(refused) => at(words, &refused),
        },
        (read, _) => read.err().unwrap_or_default(),
    };
    if reason.is_none() {
        faults.insert(REASON.to_owned(), words.say("operator-reason-missing"));
    }
    officer.visitor.show_again(page(words, &policy, &sheet, &faults))
}

/// The page of the form.
pub(super) fn page(words: Words, policy: &Policy, sheet: &Sheet, faults: &Faults) -> Page {
    let text = |name: &'static str, label: &str, hint: &str| Field {
        hint: Some(words.say(hint)),
        fault: faults.get(name).cloned(),
        ..say::field(name, words.say(label), FieldKind::Text, sheet.text(name))
    };
    let mut fields = vec![
        say::field(BASE, String::new(), FieldKind::Hidden, sheet.text(BASE)),
        text(NAME, "operator-policy-name", "operator-policy-name-hint"),
    ];
    fields.extend(limits::of(policy).map(|limit| field(words, policy, limit, sheet, faults)));
    fields.push(text(REASON, "operator-reason", "operator-reason-hint"));
    let mut page = Page::new(words.say("operator-policy-propose"), "/policy");
    page.notice = faults.get("").map(|fault| say::bad(fault.clone()));
    page.with(Form {
        action: "/policy/new".to_owned(),
        fields,
        submit: words.say("operator-policy-prepare"),
        ..Form::default()
    })
    .with(
        Section::new(words.say("operator-policy-as-text"))
            .with(Block::Paragraph(vec![Inline::Text(words.say("operator-policy-as-text-why"))]))
            .with(Block::Actions(vec![Link::new("/policy/text", words.say("operator-policy-as-text"))])),
    )
}

fn field(words: Words, policy: &Policy, limit: &'static Limit, sheet: &Sheet, faults: &Faults) -> Field {
    let value = sheet.text(&limit.field);
    let (kind, value) = match limit.unit {
        Unit::Amount => (FieldKind::Amount, value),
        Unit::Count(..) => (FieldKind::Count, value),
        Unit::Answer => (FieldKind::Tick { chosen: value == YES }, YES),
    };
    Field {
        optional: limit.optional,
        hint: (limit.key == SINCE_COUNT).then(|| words.say("operator-policy-one-of-two")),
        fault: faults.get(&limit.field).cloned(),
        group: Some(limit.group(words)),
        ..say::field(&limit.field, limit.label(words, policy.currency), kind, value)
    }
}

impl fmt::Debug for Sheet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sheet({} fields)", self.0.len())
    }
}
