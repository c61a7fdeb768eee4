//! The ledger explorer: the system's accounts, what was moved over an account, and one payment with all of its transfers and
//! the newest answer to its order. Whose account a consumer's is stands nowhere here (R49).

use std::collections::{BTreeMap, BTreeSet};

use actix_web::HttpResponse;
use actix_web::web::{Path, Query as InAddress};
use core_payment::{batch_of, time_of};
use payment_domain::OrderId;
use serde::Deserialize;

use super::officer::Officer;
use super::say;
use crate::page::{Block, Column, FieldKind, Form, Inline, Link, Page, Row, Section, Table, Weight};
use crate::storage::operator::{self as storage, AccountRow, LedgerPaymentRow, PaidOutRow, TransferRow};
use crate::storage::{Conn, StorageError};
use crate::web::Fault;
use crate::words::Words;

/// Rows on one page.
const ROWS: i64 = 50;
/// Transfers that are looked through for one page of an account that has no list of its own.
const WINDOW: i64 = 4096;
/// Payouts under a merchant's account: the newest ones.
const PAYOUTS: i64 = 12;
/// Positions of a batch.
const BATCH: i64 = 1 << 14;

/// What stands in the address.
#[derive(Debug, Clone, Default, Deserialize)]
pub(super) struct Wanted {
    #[serde(default)]
    find: String,
    #[serde(default)]
    before: Option<i64>,
}

/// What an account's page lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Listed {
    /// What its merchant sold, as the portals' read model has it.
    Sales,
    /// What was ordered from it.
    Payments,
    /// What was moved over it.
    Transfers,
}

/// What is listed of an account, and where older ones begin.
struct Moved {
    listed: Listed,
    rows: Vec<Entry>,
    older: Option<i64>,
    /// What was paid out of it, if it is a merchant's.
    payouts: Vec<PaidOutRow>,
}

/// One line of an account.
struct Entry {
    payment: i64,
    at: i64,
    micros: i64,
    what: String,
}

/// The system's accounts, and a field to find a payment or an account with.
pub(super) async fn overview(
    officer: Officer,
    InAddress(wanted): InAddress<Wanted>,
) -> Result<HttpResponse, Fault> {
    let words = officer.words();
    let text = wanted.find.trim().to_owned();
    if !text.is_empty() {
        return find(&officer, &text).await;
    }
    let rows = officer.visitor.read(storage::system_accounts).await?;
    officer.visitor.show(overview_page(words, &rows))
}

fn overview_page(words: Words, rows: &[AccountRow]) -> Page {
    let row = |row: &AccountRow| -> Row {
        let name = format!("{} {}", row.kind, row.label);
        vec![
            vec![say::link(format!("/ledger/accounts/{}", row.id), name.trim())],
            vec![Inline::Text(row.currency.clone())],
            vec![Inline::Text(say::stored(words, row.balance, &row.currency))],
        ]
    };
    let mut find = say::field("find", words.say("operator-find-payment"), FieldKind::Text, "");
    find.hint = Some(words.say("operator-find-payment-hint"));
    let title = words.say("operator-menu-ledger");
    Page::new(title, "/ledger")
        .with(Form {
            action: "/ledger".to_owned(),
            looks_up: true,
            fields: vec![find],
            submit: words.say("operator-find"),
            weight: Weight::Quiet,
            ..Form::default()
        })
        .with(Section::new(words.say("operator-system-accounts")).with(Table {
            caption: words.say("operator-system-accounts"),
            columns: vec![
                Column::words(words.say("operator-account")),
                Column::words(words.say("operator-currency")),
                Column::numbers(words.say("operator-balance")),
            ],
            rows: rows.iter().map(row).collect(),
            empty: words.say("operator-no-accounts"),
            ..Table::default()
        }))
}

/// Leads to the payment of an order, or of a position.
async fn find(officer: &Officer, text: &str) -> Result<HttpResponse, Fault> {
    let order = OrderId::parse(text).ok().map(|order| order.as_bytes().to_vec());
    let position = text.parse::<i64>().ok();
    let found = officer.visitor.read(move |conn| match (order, position) {
        (Some(order), _) => {
            Ok(storage::payment_of(conn, &order)?.map(|row| format!("/ledger/payments/{}", row.id)))
        }
        (None, Some(id)) => match storage::payment_at(conn, id)? {
            Some(row) => Ok(Some(format!("/ledger/payments/{}", row.id))),
            None => Ok(storage::account(conn, id)?.map(|row| format!("/ledger/accounts/{}", row.id))),
        },
        (None, None) => Ok(None),
    });
    let missing = || say::bad(officer.words().say("operator-not-found"));
    Ok(match found.await? {
        Some(to) => officer.visitor.go(to, None),
        None => officer.visitor.go("/ledger", Some(missing())),
    })
}

/// What was moved over an account.
pub(super) async fn account(
    officer: Officer,
    path: Path<i64>,
    InAddress(wanted): InAddress<Wanted>,
) -> Result<HttpResponse, Fault> {
    let (id, before) = (*path, wanted.before.unwrap_or(i64::MAX));
    let found = officer.visitor.read(move |conn| {
        let Some(row) = storage::account(conn, id)? else { return Ok(None) };
        let moved = match (row.kind.as_str(), row.owner) {
            ("merchant", Some(owner)) => {
                let mut rows = storage::sales_of(conn, owner, before, ROWS.saturating_add(1))?;
                let older = say::older(&mut rows, ROWS, |row| row.0);
                let own = rows.into_iter().filter(|sale| sale.3 == row.currency);
                let rows = own.map(|(payment, micros, what, _)| entry(payment, payment, micros, what));
                let mut payouts = storage::payouts_of(conn, owner, PAYOUTS)?;
                payouts.retain(|payout| payout.account == id);
                Moved { listed: Listed::Sales, rows: rows.collect(), older, payouts }
            }
            (_, Some(_)) => {
                let mut rows = storage::payments_of_account(conn, id, before, ROWS.saturating_add(1))?;
                let older = say::older(&mut rows, ROWS, |row| row.0);
                let rows = rows
                    .into_iter()
                    .map(|(payment, micros, what)| entry(payment, payment, micros.saturating_neg(), what));
                Moved { listed: Listed::Payments, rows: rows.collect(), older, payouts: Vec::new() }
            }
            (_, None) => {
                let window = storage::transfers_before(conn, before, WINDOW)?;
                seen_through(id, &window)
            }
        };
        Ok(Some((row, moved)))
    });
    let (row, moved) = found.await?.ok_or(Fault::NotFound)?;
    officer.visitor.show(account_page(officer.words(), &row, &moved, wanted.before.is_some()))
}

const fn entry(payment: i64, at: i64, micros: i64, what: String) -> Entry {
    Entry { payment, at, micros, what }
}

/// What of a window of the journal is about an account. The next page begins where this one has looked to: there may be more
/// even where there was nothing.
fn seen_through(account: i64, window: &[TransferRow]) -> Moved {
    let most = usize::try_from(ROWS).unwrap_or_default();
    let full = i64::try_from(window.len()).unwrap_or_default() >= WINDOW;
    let about = window.iter().filter(|row| row.debit == account || row.credit == account);
    let mut rows: Vec<_> = about.take(most.saturating_add(1)).collect();
    let more = rows.len() > most;
    rows.truncate(most);
    let last = if more { rows.last().map(|row| row.id) } else { window.last().map(|row| row.id) };
    let entries = rows.iter().map(|row| {
        let micros = if row.debit == account { row.micros.saturating_neg() } else { row.micros };
        entry(row.payment, row.id, micros, row.kind.clone())
    });
    let (rows, older) = (entries.collect(), last.filter(|_| more || full));
    Moved { listed: Listed::Transfers, rows, older, payouts: Vec::new() }
}

fn account_page(words: Words, row: &AccountRow, moved: &Moved, further: bool) -> Page {
    let here = format!("/ledger/accounts/{}", row.id);
    let line = |entry: &Entry| -> Row {
        vec![
            vec![say::time(words, time_of(entry.at))],
            vec![say::link(format!("/ledger/payments/{}", entry.payment), entry.payment.to_string())],
            vec![Inline::Code(entry.what.clone())],
            vec![Inline::Text(say::stored(words, entry.micros, &row.currency))],
        ]
    };
    let name = format!("{} {}", row.kind, row.label);
    let older =
        moved.older.map(|last| Link::new(format!("{here}?before={last}"), words.say("operator-older")));
    let caption = match moved.listed {
        Listed::Sales => words.say("operator-account-sales"),
        Listed::Payments => words.say("operator-account-payments"),
        Listed::Transfers => words.say("operator-moved"),
    };
    let page = Page::new(name.trim(), "/ledger")
        .with(Block::Facts(vec![
            say::fact(words.say("operator-account"), Inline::Code(row.id.to_string())),
            say::fact(
                words.say("operator-balance"),
                Inline::Strong(say::stored(words, row.balance, &row.currency)),
            ),
            say::fact(words.say("operator-since"), say::time(words, say::at(row.opened_at))),
        ]))
        .with(Table {
            caption,
            columns: vec![
                Column::words(words.say("operator-when")),
                Column::words(words.say("operator-payment")),
                Column::words(words.say("operator-what")).minor(),
                Column::numbers(words.say("operator-amount")),
            ],
            rows: moved.rows.iter().map(line).collect(),
            empty: if older.is_some() {
                words.say("operator-nothing-so-far")
            } else {
                words.say("operator-nothing-moved")
            },
            newer: further.then(|| Link::new(here.clone(), words.say("operator-newest"))),
            older,
        });
    if moved.listed != Listed::Sales || further {
        return page;
    }
    page.with(Section::new(words.say("operator-account-payouts")).with(payout_table(words, &moved.payouts)))
}

fn payout_table(words: Words, rows: &[PaidOutRow]) -> Table {
    let row = |row: &PaidOutRow| -> Row {
        vec![
            vec![say::time(words, say::at(row.issued_at))],
            vec![Inline::Code(row.state.clone())],
            vec![Inline::Text(say::stored(words, row.fee, &row.currency))],
            vec![Inline::Text(say::stored(words, row.amount, &row.currency))],
        ]
    };
    Table {
        caption: words.say("operator-account-payouts"),
        columns: vec![
            Column::words(words.say("operator-when")),
            Column::words(words.say("operator-state")),
            Column::numbers(words.say("operator-account-fee")),
            Column::numbers(words.say("operator-amount")),
        ],
        rows: rows.iter().map(row).collect(),
        empty: words.say("operator-no-payouts"),
        ..Table::default()
    }
}

/// All transfers of a payment, oldest first. Transfers have no index by payment: they stand in the batches in which it was
/// ordered and settled, external systems were asked or have answered, or money went back, and those are known.
fn transfers_of(conn: &mut Conn, row: &LedgerPaymentRow) -> Result<Vec<TransferRow>, StorageError> {
    let positions = storage::positions_about(conn, row)?;
    let batches: BTreeSet<i64> = positions.into_iter().map(batch_of).collect();
    let mut transfers = Vec::new();
    for batch in batches {
        transfers.extend(storage::transfers_between(conn, row.id, batch, batch.saturating_add(BATCH))?);
    }
    Ok(transfers)
}

/// One payment.
pub(super) async fn payment(officer: Officer, path: Path<i64>) -> Result<HttpResponse, Fault> {
    let id = *path;
    let mut archive = officer.visitor.portal().core.archive()?;
    let found = officer.visitor.read(move |conn| {
        let Some(row) = storage::payment_at(conn, id)? else { return Ok(None) };
        let transfers = transfers_of(conn, &row)?;
        let ids: BTreeSet<i64> = transfers.iter().flat_map(|row| [row.debit, row.credit]).collect();
        let accounts = storage::accounts(conn, &ids.into_iter().collect::<Vec<_>>())?;
        let merchant = storage::party_by_number(conn, row.merchant)?.map(|party| party.name);
        // While an external system has not answered, that is what the consumer was told; then its end.
        let answer = archive.reply(conn, row.settled_at.unwrap_or(row.id))?;
        let accounts = accounts.into_iter().map(|account| (account.id, account)).collect();
        Ok(Some((row, merchant.unwrap_or_default(), Transfers { rows: transfers, accounts }, answer)))
    });
    let (row, merchant, transfers, answer) = found.await?.ok_or(Fault::NotFound)?;
    let answer = answer.map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    officer.visitor.show(payment_page(officer.words(), &row, &merchant, &transfers, answer))
}

/// Transfers, and the accounts that they name.
#[derive(Debug, Default)]
struct Transfers {
    rows: Vec<TransferRow>,
    accounts: BTreeMap<i64, AccountRow>,
}

impl Transfers {
    fn table(&self, words: Words, payment: &LedgerPaymentRow) -> Table {
        let account = |id: i64| -> Vec<Inline> {
            let kind = self.accounts.get(&id).map(|row| row.kind.clone()).unwrap_or_default();
            vec![
                say::link(format!("/ledger/accounts/{id}"), id.to_string()),
                Inline::Break,
                Inline::Muted(kind),
            ]
        };
        // Either account of a transfer has its currency; where there was an exchange it is not always the payment's.
        let currency = |row: &TransferRow| {
            self.accounts.get(&row.debit).map_or(payment.currency.as_str(), |row| row.currency.as_str())
        };
        let row = |row: &TransferRow| -> Row {
            vec![
                vec![say::time(words, time_of(row.id))],
                vec![Inline::Code(row.kind.clone())],
                account(row.debit),
                account(row.credit),
                vec![Inline::Text(say::stored(words, row.micros, currency(row)))],
            ]
        };
        Table {
            caption: words.say("operator-transfers"),
            columns: vec![
                Column::words(words.say("operator-when")),
                Column::words(words.say("operator-what")),
                Column::words(words.say("operator-debit")),
                Column::words(words.say("operator-credit")),
                Column::numbers(words.say("operator-amount")),
            ],
            rows: self.rows.iter().map(row).collect(),
            empty: words.say("operator-no-transfers"),
            ..Table::default()
        }
    }
}

fn payment_page(
    words: Words,
    row: &LedgerPaymentRow,
    merchant: &str,
    transfers: &Transfers,
    answer: Option<String>,
) -> Page {
    let money = |micros| say::stored(words, micros, &row.currency);
    let order: [u8; 16] = row.order_id.first_chunk().copied().unwrap_or_default();
    let mut facts = vec![
        say::fact(words.say("operator-order"), Inline::Code(OrderId::from_bytes(order).to_string())),
        say::fact(words.say("operator-position"), Inline::Code(row.id.to_string())),
        say::fact(words.say("operator-when"), say::time(words, time_of(row.id))),
        say::fact(words.say("operator-merchant"), say::link(format!("/parties/{merchant}"), merchant)),
        say::fact(words.say("operator-state"), Inline::Code(row.state.clone())),
        say::fact(words.say("operator-how"), format!("{}, {} ({})", row.mode, row.funding, row.rule)),
        say::fact(words.say("operator-given-back"), money(row.refunded_micros)),
    ];
    if let Some(captured) = row.captured_micros {
        facts.push(say::fact(words.say("operator-captured"), money(captured)));
    }
    if let Some(at) = row.settled_at {
        facts.push(say::fact(words.say("operator-settled"), say::time(words, time_of(at))));
    }
    let page = Page::new(words.say("operator-payment"), "/ledger")
        .with(Block::Amount(money(row.micros)))
        .with(Block::Facts(facts))
        .with(Section::new(words.say("operator-transfers")).with(transfers.table(words, row)));
    match answer {
        Some(text) => page.with(Block::Verbatim { label: words.say("operator-receipt"), text }),
        None => page,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn transfer(id: i64, debit: i64, credit: i64) -> TransferRow {
        TransferRow { id, payment: id, debit, credit, micros: 5, kind: "sale".into(), created_at: 0 }
    }

    #[test]
    fn a_window_shows_an_account_from_its_own_side_and_goes_on_where_it_has_looked_to() {
        let window = vec![transfer(9, 1, 2), transfer(8, 3, 4), transfer(7, 2, 1)];
        let moved = seen_through(1, &window);
        assert_eq!(moved.rows.iter().map(|entry| entry.micros).collect::<Vec<_>>(), [-5, 5]);
        assert_eq!(moved.older, None, "the journal has no more");
        let window: Vec<_> = (0..WINDOW).rev().map(|id| transfer(id + 10, 3, 4)).collect();
        let moved = seen_through(1, &window);
        assert!(moved.rows.is_empty());
        assert_eq!(moved.older, Some(10), "nothing so far is not nothing");
        let window: Vec<_> = (0..WINDOW).rev().map(|id| transfer(id + 10, 1, 4)).collect();
        let moved = seen_through(1, &window);
        assert_eq!((moved.rows.len(), moved.older), (50, Some(WINDOW + 10 - 50)));
    }
}
