//! What transfers add to the accounts that they touch. The one place where a transfer becomes a figure in a document: the
//! fold and the audit both come here.

use std::collections::{BTreeMap, HashMap, HashSet};

use payment_domain::{Currency, TransferKind};
use payment_message::inclusion::leaf;

use crate::class::Class;
use crate::fold::{FoldError, is_billed};
use crate::period::Book;
use crate::storage::journal::{self, Transfer};
use crate::storage::{Conn, StorageError};
use crate::tally::{Delta, Leaf};

/// What an account with periods is; this never changes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Facts {
    pub(crate) book: Book,
    pub(crate) owner: i64,
    pub(crate) currency: Currency,
}

/// What accounts are, remembered up to a bound. `None`: one without periods.
#[derive(Debug, Default)]
pub(crate) struct Accounts(HashMap<i64, Option<Facts>>);

impl Accounts {
    /// Beyond it everything is forgotten.
    const MOST: usize = 200_000;

    /// An account with periods.
    pub(crate) fn of(&self, account: i64) -> Option<&Facts> {
        self.0.get(&account).and_then(Option::as_ref)
    }

    fn learn(&mut self, conn: &mut Conn, transfers: &[Transfer]) -> Result<(), StorageError> {
        if self.0.len() > Self::MOST {
            self.0.clear();
        }
        let mut unknown = HashSet::new();
        for transfer in transfers {
            for account in [transfer.debit, transfer.credit] {
                if !self.0.contains_key(&account) {
                    unknown.insert(account);
                }
            }
        }
        if unknown.is_empty() {
            return Ok(());
        }
        for row in journal::accounts(conn, unknown.into_iter().collect())? {
            let facts = match (Book::parse(&row.kind), row.owner) {
                (Some(book), Some(owner)) => {
                    let currency =
                        Currency::parse(&row.currency).map_err(|_| StorageError::Corrupt("currency"))?;
                    Some(Facts { book, owner, currency })
                }
                _ => None,
            };
            self.0.insert(row.id, facts);
        }
        Ok(())
    }
}

/// A refund or dispute that reached a postpaid account.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Credit {
    pub(crate) transfer: i64,
    pub(crate) account: i64,
    pub(crate) payment: i64,
    pub(crate) micros: i64,
    pub(crate) kind: TransferKind,
}

/// What transfers add, by account.
#[derive(Debug, Default)]
pub(crate) struct Deltas {
    pub(crate) accounts: BTreeMap<i64, Delta>,
    pub(crate) credits: Vec<Credit>,
}

/// Adds transfers up. They must be whole batches in the order of their ids.
pub(crate) fn sum(
    conn: &mut Conn,
    accounts: &mut Accounts,
    transfers: &[Transfer],
) -> Result<Deltas, FoldError> {
    accounts.learn(conn, transfers)?;
    let settled = settled(conn, accounts, transfers)?;
    let mut deltas: HashMap<i64, Delta> = HashMap::new();
    let mut credits = Vec::new();
    // The legs of one payment stand together: one leaf for all that it took from, and one for all that it brought to.
    for run in transfers.chunk_by(|one, next| one.payment == next.payment) {
        let mut took: Option<(i64, i64)> = None;
        let mut brought: Option<(i64, i64)> = None;
        for transfer in run {
            let class = Class::of(transfer.kind.0);
            let is_payment = matches!(class, Class::Payments);
            if let Some(facts) = accounts.of(transfer.debit) {
                let micros = transfer.micros.saturating_neg();
                deltas.entry(transfer.debit).or_default().add(class, micros, transfer.id)?;
                if is_payment && !matches!(facts.book, Book::Merchant) {
                    took = Some((transfer.debit, more(took, transfer.micros)?));
                }
            }
            if let Some(facts) = accounts.of(transfer.credit) {
                deltas.entry(transfer.credit).or_default().add(class, transfer.micros, transfer.id)?;
                if is_payment && matches!(facts.book, Book::Merchant) {
                    brought = Some((transfer.credit, more(brought, transfer.micros)?));
                }
                if matches!(class, Class::Refunds | Class::Disputes) && is_billed(facts.book) {
                    credits.push(Credit {
                        transfer: transfer.id,
                        account: transfer.credit,
                        payment: transfer.payment,
                        micros: transfer.micros,
                        kind: transfer.kind.0,
                    });
                }
            }
        }
        let Some(first) = run.first() else { continue };
        let position = if took.is_some() {
            first.payment
        } else {
            settled.get(&first.payment).copied().unwrap_or(first.payment)
        };
        let mut made = None;
        if let (Some((account, micros)), Some(delta)) = (took, took.and_then(|(a, _)| deltas.get_mut(&a))) {
            let currency = accounts.of(account).map_or(Currency::EUR, |facts| facts.currency);
            let hash = leaf(position, micros, currency);
            made = Some((micros, currency, hash));
            delta.leaves.push(Leaf { position, micros, hash });
            if let Some((merchant, _)) = brought {
                delta.line(merchant, 1, micros)?;
            }
        }
        if let (Some((account, micros)), Some(delta)) =
            (brought, brought.and_then(|(a, _)| deltas.get_mut(&a)))
        {
            let currency = accounts.of(account).map_or(Currency::EUR, |facts| facts.currency);
            let hash = match made {
                Some((same, of, hash)) if same == micros && of == currency => hash,
                _ => leaf(position, micros, currency),
            };
            delta.leaves.push(Leaf { position, micros, hash });
        }
    }
    Ok(Deltas { accounts: deltas.into_iter().collect(), credits })
}

fn more(before: Option<(i64, i64)>, micros: i64) -> Result<i64, FoldError> {
    let before = before.map_or(0, |(_, before)| before);
    before.checked_add(micros).ok_or(FoldError::Overflow(crate::tally::Overflow))
}

/// The position in the receipt of a payment that took nothing from an account: a single payment's is where it was settled.
fn settled(
    conn: &mut Conn,
    accounts: &Accounts,
    transfers: &[Transfer],
) -> Result<HashMap<i64, i64>, StorageError> {
    let from_outside = transfers.iter().filter(|transfer| {
        matches!(Class::of(transfer.kind.0), Class::Payments) && accounts.of(transfer.debit).is_none()
    });
    let payments: HashSet<i64> = from_outside.map(|transfer| transfer.payment).collect();
    if payments.is_empty() {
        return Ok(HashMap::new());
    }
    journal::settled(conn, &payments.into_iter().collect::<Vec<_>>())
}
