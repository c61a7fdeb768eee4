//! One `Ntry`: what moved, whole and in its parts.

use std::io::BufRead;

use payment_domain::Money;
use time::Date;

use super::super::cursor::{Cursor, Walk};
use super::super::{
    Booking, Direction, Fault, ID_CHARS, ReadError, Reason, Reference, Return, Sum, TIME_CHARS, code_or_own,
    date, day_of, shape,
};
use super::count;

/// An amount and the way it went.
#[derive(Clone, Copy)]
pub(super) struct Direct {
    pub(super) amount: Money,
    pub(super) direction: Direction,
}

/// What stands in the entry itself and holds for its parts.
#[derive(Default)]
struct Whole {
    amount: Option<Money>,
    direction: Option<Direction>,
    booked: bool,
    booked_on: Option<Date>,
    reference: Option<Reference>,
    reversal: bool,
    /// The bank's code for it is one of money that comes or goes back.
    goes_back: bool,
    /// The parts are net of fees, or the whole is.
    fees: bool,
}

/// What a batch says of itself.
#[derive(Default)]
struct Batch {
    id: Option<Reference>,
    count: Option<u64>,
}

/// What stands in a part, before the whole is known.
#[derive(Default)]
struct Part {
    line: u64,
    reference: Option<Reference>,
    end_to_end_id: Option<Reference>,
    batch: Option<Reference>,
    batch_count: Option<u64>,
    direction: Option<Direction>,
    amount: Option<Money>,
    original_amount: Option<Money>,
    returned: Option<Return>,
    goes_back: bool,
}

/// What a payer writes who has no end-to-end id (EPC rulebooks).
const NOT_PROVIDED: &str = "NOTPROVIDED";

impl Direct {
    /// Above zero for what came in.
    pub(super) fn signed(self) -> Option<Money> {
        match self.direction {
            Direction::Credit => Some(self.amount),
            Direction::Debit => Money::zero(self.amount.currency()).checked_sub(self.amount).ok(),
        }
    }
}

/// Reads an entry and adds its parts. Returns what it moved, or nothing if it is not booked.
pub(super) fn entry<R: BufRead>(
    cursor: &mut Cursor<R>,
    bookings: &mut Vec<Booking>,
    kept: &mut usize,
) -> Result<Option<Direct>, ReadError> {
    let (mut whole, mut parts) = (Whole::default(), Vec::new());
    let mut walk = Walk::of(&shape::ENTRY);
    while let Some(name) = cursor.child(&mut walk)? {
        match name {
            "Amt" => whole.amount = Some(cursor.amount()?),
            "CdtDbtInd" => whole.direction = Some(direction(cursor)?),
            "RvslInd" => whole.reversal = cursor.value(5, "true or false", super::boolean)?,
            "Sts" => whole.booked = code_or_own(cursor, &shape::ENTRY_STATUS)? == "BOOK",
            "BookgDt" => whole.booked_on = Some(day(cursor)?),
            "AcctSvcrRef" => whole.reference = Some(Reference::new(cursor.text(ID_CHARS)?)),
            "BkTxCd" => whole.goes_back = goes_back(cursor)?,
            "Chrgs" => {
                whole.fees = true;
                cursor.skip()?;
            }
            "NtryDtls" => details(cursor, &mut parts, &mut whole.fees, kept)?,
            _ => cursor.skip()?,
        }
    }
    let (Some(amount), Some(direction)) = (whole.amount, whole.direction) else {
        // Both are required, so the walk has refused an entry without them.
        return Err(cursor.fault(Fault::Empty));
    };
    if !whole.booked {
        return Ok(None);
    }
    if parts.is_empty() {
        count(cursor, kept)?;
        parts.push(Part { line: cursor.line(), ..Part::default() });
    }
    let moved = Direct { amount, direction };
    let sum = sum_of(&parts, moved, whole.fees);
    let only = parts.len() == 1;
    bookings.extend(parts.into_iter().map(|part| booking(part, &whole, moved, only, sum)));
    Ok(Some(moved))
}

fn booking(part: Part, whole: &Whole, moved: Direct, only: bool, sum: Sum) -> Booking {
    let back = whole.reversal || whole.goes_back || part.goes_back;
    Booking {
        line: part.line,
        reference: part.reference.or_else(|| whole.reference.clone()),
        end_to_end_id: part.end_to_end_id.filter(|id| id.as_str() != NOT_PROVIDED),
        batch: part.batch,
        batch_count: part.batch_count,
        direction: part.direction.unwrap_or(moved.direction),
        amount: part.amount.or(only.then_some(moved.amount)),
        original_amount: part.original_amount,
        returned: part.returned.or_else(|| back.then_some(Return { reason: None })),
        booked_on: whole.booked_on,
        sum,
    }
}

/// Whether the parts make the whole, if each says what it is.
fn sum_of(parts: &[Part], whole: Direct, fees: bool) -> Sum {
    if fees || parts.iter().any(|part| part.amount.is_none()) {
        return Sum::NotStated;
    }
    let sum = parts.iter().try_fold(Money::zero(whole.amount.currency()), |sum, part| {
        let direction = part.direction.unwrap_or(whole.direction);
        let signed = part.amount.and_then(|amount| Direct { amount, direction }.signed());
        signed.and_then(|signed| sum.checked_add(signed).ok())
    });
    if sum.is_some() && sum == whole.signed() { Sum::Agrees } else { Sum::Differs }
}

fn details<R: BufRead>(
    cursor: &mut Cursor<R>,
    parts: &mut Vec<Part>,
    fees: &mut bool,
    kept: &mut usize,
) -> Result<(), ReadError> {
    let (mut batch, first) = (Batch::default(), parts.len());
    let mut walk = Walk::of(&shape::ENTRY_DETAILS);
    while let Some(name) = cursor.child(&mut walk)? {
        match name {
            "Btch" => batch = self::batch(cursor)?,
            _ => {
                count(cursor, kept)?;
                parts.push(part(cursor, fees)?);
            }
        }
    }
    if parts.len() == first && batch.id.is_some() {
        count(cursor, kept)?;
        parts.push(Part { line: cursor.line(), ..Part::default() });
    }
    for part in parts.iter_mut().skip(first) {
        part.batch = part.batch.take().or_else(|| batch.id.clone());
        part.batch_count = batch.count;
    }
    Ok(())
}

fn batch<R: BufRead>(cursor: &mut Cursor<R>) -> Result<Batch, ReadError> {
    /// `Max15NumericText`.
    const COUNT_CHARS: usize = 15;
    let mut batch = Batch::default();
    let mut walk = Walk::of(&shape::BATCH);
    while let Some(name) = cursor.child(&mut walk)? {
        match name {
            "PmtInfId" => batch.id = Some(Reference::new(cursor.text(ID_CHARS)?)),
            "NbOfTxs" => batch.count = Some(cursor.value(COUNT_CHARS, "a number", |text| text.parse().ok())?),
            _ => cursor.skip()?,
        }
    }
    Ok(batch)
}

fn part<R: BufRead>(cursor: &mut Cursor<R>, fees: &mut bool) -> Result<Part, ReadError> {
    let mut part = Part::default();
    let mut walk = Walk::of(&shape::TRANSACTION);
    while let Some(name) = cursor.child(&mut walk)? {
        match name {
            "Refs" => references(cursor, &mut part)?,
            "Amt" => part.amount = Some(cursor.amount()?),
            "CdtDbtInd" => part.direction = Some(direction(cursor)?),
            "AmtDtls" => part.original_amount = instructed(cursor)?,
            "BkTxCd" => part.goes_back = goes_back(cursor)?,
            "RtrInf" => part.returned = Some(returned(cursor)?),
            "Chrgs" => {
                *fees = true;
                cursor.skip()?;
            }
            _ => cursor.skip()?,
        }
    }
    part.line = cursor.line();
    Ok(part)
}

fn references<R: BufRead>(cursor: &mut Cursor<R>, part: &mut Part) -> Result<(), ReadError> {
    let mut walk = Walk::of(&shape::REFERENCES);
    while let Some(name) = cursor.child(&mut walk)? {
        let place = match name {
            "AcctSvcrRef" => &mut part.reference,
            "PmtInfId" => &mut part.batch,
            "EndToEndId" => &mut part.end_to_end_id,
            _ => {
                cursor.skip()?;
                continue;
            }
        };
        *place = Some(Reference::new(cursor.text(ID_CHARS)?));
    }
    Ok(())
}

fn instructed<R: BufRead>(cursor: &mut Cursor<R>) -> Result<Option<Money>, ReadError> {
    let mut amount = None;
    let mut walk = Walk::of(&shape::AMOUNTS);
    while let Some(name) = cursor.child(&mut walk)? {
        if name != "InstdAmt" {
            cursor.skip()?;
            continue;
        }
        let mut walk = Walk::of(&shape::AMOUNT);
        while let Some(name) = cursor.child(&mut walk)? {
            match name {
                "Amt" => amount = Some(cursor.amount()?),
                _ => cursor.skip()?,
            }
        }
    }
    Ok(amount)
}

fn returned<R: BufRead>(cursor: &mut Cursor<R>) -> Result<Return, ReadError> {
    let mut reason = None;
    let mut walk = Walk::of(&shape::RETURN);
    while let Some(name) = cursor.child(&mut walk)? {
        match name {
            "Rsn" => reason = Some(Reason::new(&code_or_own(cursor, &shape::RETURN_REASON)?)),
            _ => cursor.skip()?,
        }
    }
    Ok(Return { reason })
}

/// Whether the bank's code for an entry is that of a return or reversal (`ExternalBankTransactionSubFamily1Code`).
fn goes_back<R: BufRead>(cursor: &mut Cursor<R>) -> Result<bool, ReadError> {
    /// Unpaid direct debit, payment reversed, payment returned, payment cancelled.
    const BACK: &[&str] = &["UPDD", "PRDD", "RRTN", "RPCR"];
    let mut back = false;
    let mut code = Walk::of(&shape::BANK_CODE);
    while let Some(name) = cursor.child(&mut code)? {
        if name != "Domn" {
            cursor.skip()?;
            continue;
        }
        let mut domain = Walk::of(&shape::BANK_DOMAIN);
        while let Some(name) = cursor.child(&mut domain)? {
            if name != "Fmly" {
                cursor.skip()?;
                continue;
            }
            let mut family = Walk::of(&shape::BANK_FAMILY);
            while let Some(name) = cursor.child(&mut family)? {
                match name {
                    "SubFmlyCd" => back = BACK.contains(&cursor.text(4)?.as_str()),
                    _ => cursor.skip()?,
                }
            }
        }
    }
    Ok(back)
}

pub(super) fn direction<R: BufRead>(cursor: &mut Cursor<R>) -> Result<Direction, ReadError> {
    cursor.value(4, "CRDT or DBIT", |text| match text {
        "CRDT" => Some(Direction::Credit),
        "DBIT" => Some(Direction::Debit),
        _ => None,
    })
}

fn day<R: BufRead>(cursor: &mut Cursor<R>) -> Result<Date, ReadError> {
    cursor.choice(&shape::DATE, |cursor, name| match name {
        "Dt" => cursor.value(TIME_CHARS, "a date", date),
        _ => cursor.value(TIME_CHARS, "a date and time", day_of),
    })
}
