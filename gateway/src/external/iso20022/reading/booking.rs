//! camt.053.001.08 and camt.054.001.08: the same entries, with balances or without.

use std::io::BufRead;

use payment_domain::Money;

use super::cursor::{Cursor, Walk};
use super::{
    BookingKind, BookingReport, Fault, ID_CHARS, ReadError, Reference, Statement, Sum, TIME_CHARS, shape,
};
use entry::Direct;

mod entry;

/// `IBAN2007Identifier`.
const IBAN_CHARS: usize = 34;

pub(super) fn report<R: BufRead>(
    cursor: &mut Cursor<R>,
    kind: BookingKind,
) -> Result<BookingReport, ReadError> {
    let mut report =
        BookingReport { kind, id: String::new(), created_at: String::new(), statements: Vec::new() };
    let (document, message) = match kind {
        BookingKind::Statement => (&shape::STATEMENT_DOCUMENT, &shape::STATEMENT_MESSAGE),
        BookingKind::Notification => (&shape::NOTIFICATION_DOCUMENT, &shape::NOTIFICATION_MESSAGE),
    };
    let mut kept = 0;
    let mut document = Walk::of(document);
    while cursor.child(&mut document)?.is_some() {
        let mut message = Walk::of(message);
        while let Some(name) = cursor.child(&mut message)? {
            match name {
                "GrpHdr" => header(cursor, &mut report)?,
                "Stmt" | "Ntfctn" => {
                    let statement = statement(cursor, kind, &mut kept)?;
                    report.statements.push(statement);
                }
                _ => cursor.skip()?,
            }
        }
    }
    Ok(report)
}

fn header<R: BufRead>(cursor: &mut Cursor<R>, report: &mut BookingReport) -> Result<(), ReadError> {
    let mut walk = Walk::of(&shape::HEADER);
    while let Some(name) = cursor.child(&mut walk)? {
        match name {
            "MsgId" => report.id = cursor.text(ID_CHARS)?,
            "CreDtTm" => report.created_at = cursor.text(TIME_CHARS)?,
            _ => cursor.skip()?,
        }
    }
    Ok(())
}

fn statement<R: BufRead>(
    cursor: &mut Cursor<R>,
    kind: BookingKind,
    kept: &mut usize,
) -> Result<Statement, ReadError> {
    let mut statement = Statement {
        line: cursor.line(),
        id: String::new(),
        account: None,
        balance: Sum::NotStated,
        bookings: Vec::new(),
    };
    let mut balances = Balances::default();
    let mut walk = Walk::of(match kind {
        BookingKind::Statement => &shape::STATEMENT,
        BookingKind::Notification => &shape::NOTIFICATION,
    });
    count(cursor, kept)?;
    while let Some(name) = cursor.child(&mut walk)? {
        match name {
            "Id" => statement.id = cursor.text(ID_CHARS)?,
            "StmtPgntn" => balances.divided |= !only_page(cursor)?,
            "Acct" => statement.account = account(cursor)?,
            "Bal" => balances.note(balance(cursor)?),
            "Ntry" => {
                let first = statement.bookings.len();
                let moved = entry::entry(cursor, &mut statement.bookings, kept)?;
                balances.moved(moved);
                // An entry that is not booked leaves nothing behind.
                debug_assert!(moved.is_some() || statement.bookings.len() == first);
            }
            _ => cursor.skip()?,
        }
    }
    statement.balance = balances.sum();
    Ok(statement)
}

/// Another record is about to be kept.
fn count<R: BufRead>(cursor: &mut Cursor<R>, kept: &mut usize) -> Result<(), ReadError> {
    *kept = kept.saturating_add(1);
    if *kept > cursor.limits().records { Err(cursor.fault(Fault::TooMany)) } else { Ok(()) }
}

/// Whether a statement is told on one page.
fn only_page<R: BufRead>(cursor: &mut Cursor<R>) -> Result<bool, ReadError> {
    let (mut first, mut last) = (false, false);
    let mut walk = Walk::of(&shape::PAGINATION);
    while let Some(name) = cursor.child(&mut walk)? {
        match name {
            "PgNb" => first = cursor.text(5)? == "1",
            _ => last = cursor.value(5, "true or false", boolean)?,
        }
    }
    Ok(first && last)
}

fn boolean(text: &str) -> Option<bool> {
    match text {
        "true" | "1" => Some(true),
        "false" | "0" => Some(false),
        _ => None,
    }
}

fn account<R: BufRead>(cursor: &mut Cursor<R>) -> Result<Option<Reference>, ReadError> {
    let mut account = None;
    let mut walk = Walk::of(&shape::ACCOUNT);
    while let Some(name) = cursor.child(&mut walk)? {
        match name {
            "Id" => {
                account = cursor.choice(&shape::ACCOUNT_ID, |cursor, name| match name {
                    "IBAN" => cursor.text(IBAN_CHARS).map(|iban| Some(Reference::new(iban))),
                    _ => cursor.skip().map(|()| None),
                })?;
            }
            _ => cursor.skip()?,
        }
    }
    Ok(account)
}

/// A balance: its type, and what is on the account, below zero if it is owed.
struct Balance {
    code: String,
    amount: Direct,
}

fn balance<R: BufRead>(cursor: &mut Cursor<R>) -> Result<Balance, ReadError> {
    let (mut code, mut amount, mut direction) = (String::new(), None, None);
    let mut walk = Walk::of(&shape::BALANCE);
    while let Some(name) = cursor.child(&mut walk)? {
        match name {
            "Tp" => code = balance_code(cursor)?,
            "Amt" => amount = Some(cursor.amount()?),
            "CdtDbtInd" => direction = Some(entry::direction(cursor)?),
            _ => cursor.skip()?,
        }
    }
    let (Some(amount), Some(direction)) = (amount, direction) else { return Err(cursor.fault(Fault::Empty)) };
    Ok(Balance { code, amount: Direct { amount, direction } })
}

fn balance_code<R: BufRead>(cursor: &mut Cursor<R>) -> Result<String, ReadError> {
    let mut code = String::new();
    let mut walk = Walk::of(&shape::BALANCE_TYPE);
    while let Some(name) = cursor.child(&mut walk)? {
        match name {
            "CdOrPrtry" => code = super::code_or_own(cursor, &shape::BALANCE_CODE)?,
            _ => cursor.skip()?,
        }
    }
    Ok(code)
}

/// Adds a statement up: opening balance, entries, closing balance.
#[derive(Default)]
struct Balances {
    opening: Option<Money>,
    closing: Option<Money>,
    moved: Option<Money>,
    /// Set where a sum would say nothing: some entries are on other pages.
    divided: bool,
    /// Set where a sum cannot be made: two currencies, or out of range.
    unclear: bool,
}

impl Balances {
    fn note(&mut self, balance: Balance) {
        let place = match balance.code.as_str() {
            // Opening booked, or what was closed with before.
            "OPBD" | "PRCD" => &mut self.opening,
            "CLBD" => &mut self.closing,
            _ => return,
        };
        match balance.amount.signed() {
            Some(amount) if place.is_none_or(|stated| stated == amount) => *place = Some(amount),
            _ => self.unclear = true,
        }
    }

    /// A booked entry; nothing for one that is not booked.
    fn moved(&mut self, entry: Option<Direct>) {
        let Some(entry) = entry else { return };
        let sum = self.moved;
        let added = entry.signed().and_then(|amount| match sum {
            Some(sum) => sum.checked_add(amount).ok(),
            None => Some(amount),
        });
        match added {
            Some(sum) => self.moved = Some(sum),
            None => self.unclear = true,
        }
    }

    fn sum(&self) -> Sum {
        let (Some(opening), Some(closing)) = (self.opening, self.closing) else { return Sum::NotStated };
        if self.divided {
            return Sum::NotStated;
        }
        if self.unclear {
            return Sum::Differs;
        }
        let moved = self.moved.unwrap_or(Money::zero(opening.currency()));
        if opening.checked_add(moved) == Ok(closing) { Sum::Agrees } else { Sum::Differs }
    }
}
