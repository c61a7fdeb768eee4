//! The independent model: the bank's books against the ledger's, order by order and sum by sum, to the micro-unit.
//!
//! It asks three questions. Is every attempt of the ledger what the bank knows under its id, and nothing at the bank
//! without an attempt? Does each `external` account stand where that system's own books stand, the sign reversed? Is
//! nothing made or lost inside: each currency sums to zero, nothing is held for what has ended, and what coupons are worth
//! is what the bank has left of their charges?

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context as _, Result};

use super::bank::{Bank, Received, Verdict};
use crate::storage::Sql;

/// An attempt as the ledger has it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Attempt {
    operation: String,
    system: String,
    currency: String,
    micros: i64,
    state: String,
    original: Option<i64>,
    reference: Option<String>,
}

/// What was compared.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Compared {
    pub attempts: usize,
    /// Attempts without an outcome.
    pub pending: usize,
    /// Orders that the bank approved.
    pub approved: usize,
    /// What each system holds for us, by the bank's books.
    pub outside: BTreeMap<(String, String), i64>,
    /// What differs.
    pub faults: Vec<String>,
}

/// Compares. Nobody may be writing. `ended` says that nothing is pending any more.
///
/// # Errors
/// If the database does not say.
pub fn compare(bank: &Bank, database: &str, ended: bool) -> Result<Compared> {
    let mut sql = Sql::open(database)?;
    let attempts = attempts(&mut sql)?;
    let mut compared = Compared {
        attempts: attempts.len(),
        pending: attempts.values().filter(|attempt| attempt.state == "pending").count(),
        approved: bank.orders().values().filter(|order| order.verdict == Verdict::Approved).count(),
        outside: bank.books().clone(),
        faults: bank.protests().iter().map(|words| format!("the bank protests: {words}")).collect(),
    };
    let faults = &mut compared.faults;
    order_by_order(bank, &attempts, faults);
    sums(bank, &attempts, &mut sql, faults)?;
    inside(&mut sql, faults)?;
    if ended {
        if compared.pending > 0 {
            faults.push(format!("{} attempts are pending", compared.pending));
        }
        nothing_is_held(&mut sql, faults)?;
        coupons(bank, &mut sql, faults)?;
    }
    Ok(compared)
}

fn attempts(sql: &mut Sql) -> Result<BTreeMap<i64, Attempt>> {
    let rows = sql.words(
        "SELECT CAST(id AS TEXT) || ' ' || kind || ' ' || system || ' ' || currency || ' ' || CAST(micros AS TEXT)
         || ' ' || state || ' ' || COALESCE(CAST(original AS TEXT), '-') || ' ' || COALESCE(reference, '-') AS value
         FROM attempt",
    )?;
    rows.iter().map(|row| read(row).with_context(|| format!("an attempt: {row}"))).collect()
}

fn read(row: &str) -> Result<(i64, Attempt)> {
    let words: Vec<_> = row.split(' ').collect();
    let &[id, operation, system, currency, micros, state, original, reference] = words.as_slice() else {
        anyhow::bail!("{} words", words.len())
    };
    let attempt = Attempt {
        operation: operation.to_owned(),
        system: system.to_owned(),
        currency: currency.to_owned(),
        micros: micros.parse()?,
        state: state.to_owned(),
        original: if original == "-" { None } else { Some(original.parse()?) },
        reference: (reference != "-").then(|| reference.to_owned()),
    };
    Ok((id.parse()?, attempt))
}

/// Every approved order of the bank is one approved attempt, and the other way round.
fn order_by_order(bank: &Bank, attempts: &BTreeMap<i64, Attempt>, faults: &mut Vec<String>) {
    let mut references = BTreeSet::new();
    for (id, order) in bank.orders() {
        match attempts.get(id) {
            None => faults.push(format!("the bank has order {id}, which no attempt was made for: {order:?}")),
            Some(attempt) if !attempt.is_of(order) => {
                faults.push(format!("attempt {id} differs: {attempt:?}, at the bank {order:?}"));
            }
            Some(_) => {}
        }
    }
    for (id, attempt) in attempts {
        let order = bank.orders().get(id);
        let verdict = order.map(|order| order.verdict);
        let agree = match (attempt.state.as_str(), verdict) {
            ("pending", _) => true,
            ("approved", Some(Verdict::Approved)) => {
                let reference = order.map(|order| order.reference.clone());
                if attempt.reference != reference || !references.insert(reference) {
                    faults.push(format!("attempt {id} has another reference, or another's: {attempt:?}"));
                }
                true
            }
            ("declined", Some(Verdict::Declined)) => true,
            _ => false,
        };
        if !agree {
            faults.push(format!("attempt {id} is {}, at the bank {verdict:?}", attempt.state));
        }
    }
}

impl Attempt {
    fn is_of(&self, order: &Received) -> bool {
        self.operation == order.operation.as_str()
            && self.system == order.system
            && self.currency == order.currency
            && self.micros == order.micros
            && self.original == order.original
    }
}

/// Each `external` account is the bank's book of that system, as far as the ledger has heard.
fn sums(
    bank: &Bank,
    attempts: &BTreeMap<i64, Attempt>,
    sql: &mut Sql,
    faults: &mut Vec<String>,
) -> Result<()> {
    let mut expected = bank.books().clone();
    for (id, attempt) in attempts.iter().filter(|(_, attempt)| attempt.state == "pending") {
        *expected.entry((attempt.system.clone(), attempt.currency.clone())).or_default() -= bank.effect(*id);
    }
    let mut stands = BTreeMap::new();
    for row in sql.words(
        "SELECT label || ' ' || currency || ' ' || CAST(balance AS TEXT) AS value FROM account WHERE kind = 'external'",
    )? {
        let words: Vec<_> = row.split(' ').collect();
        let &[system, currency, balance] = words.as_slice() else { anyhow::bail!("an account: {row}") };
        stands.insert((system.to_owned(), currency.to_owned()), balance.parse::<i64>()?);
    }
    for key in expected.keys().chain(stands.keys()).collect::<BTreeSet<_>>() {
        let (books, ledger) =
            (expected.get(key).copied().unwrap_or(0), stands.get(key).copied().unwrap_or(0));
        if books != -ledger {
            let (system, currency) = key;
            faults.push(format!(
                "{system} holds {books} micro-units of {currency} for us by its books, {} by the ledger",
                -ledger
            ));
        }
    }
    Ok(())
}

/// What one account loses another one gains.
fn inside(sql: &mut Sql, faults: &mut Vec<String>) -> Result<()> {
    let sums = "SELECT currency || ' ' || CAST(SUM(balance) AS TEXT) AS value FROM account GROUP BY currency";
    for row in sql.words(sums)? {
        if !row.ends_with(" 0") {
            faults.push(format!("all accounts of one currency sum to {row}"));
        }
    }
    Ok(())
}

fn nothing_is_held(sql: &mut Sql, faults: &mut Vec<String>) -> Result<()> {
    let held = "SELECT label || ' ' || currency || ' ' || CAST(balance AS TEXT) AS value FROM account
                WHERE kind = 'hold' AND balance <> 0";
    faults.extend(sql.words(held)?.into_iter().map(|row| format!("nothing is pending, but held: {row}")));
    Ok(())
}

/// What coupons are worth, and what of them has expired, is what the bank has left of their charges.
fn coupons(bank: &Bank, sql: &mut Sql, faults: &mut Vec<String>) -> Result<()> {
    let charges = sql.words("SELECT CAST(charge AS TEXT) AS value FROM coupon")?;
    let mut left = 0;
    for charge in charges {
        left += bank.left_of(charge.parse()?).with_context(|| format!("the bank has no charge {charge}"))?;
    }
    let worth = sql.number(
        "SELECT COALESCE(SUM(balance), 0) FROM account WHERE kind = 'coupon' OR (kind = 'breakage' AND label = 'coupon')",
    )?;
    if left != worth {
        faults.push(format!("the bank has {left} micro-units left of what coupons cost, the ledger {worth}"));
    }
    Ok(())
}
