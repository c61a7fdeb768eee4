//! pain.002.001.10: what the bank made of a file, its batches and its entries.

use std::io::BufRead;

use payment_domain::Money;

use super::cursor::{Cursor, Walk};
use super::{
    Fault, ID_CHARS, ReadError, Reason, Reference, Status, StatusLine, StatusReport, Subject, TIME_CHARS,
    code_or_own, shape,
};

/// `ExternalPaymentTransactionStatus1Code`.
const STATUS_CHARS: usize = 4;

pub(super) fn report<R: BufRead>(cursor: &mut Cursor<R>) -> Result<StatusReport, ReadError> {
    let mut report = StatusReport {
        id: String::new(),
        created_at: String::new(),
        original_file: String::new(),
        lines: Vec::new(),
    };
    let mut document = Walk::of(&shape::STATUS_DOCUMENT);
    while cursor.child(&mut document)?.is_some() {
        let mut message = Walk::of(&shape::STATUS_REPORT);
        while let Some(name) = cursor.child(&mut message)? {
            match name {
                "GrpHdr" => header(cursor, &mut report)?,
                "OrgnlGrpInfAndSts" => file(cursor, &mut report)?,
                "OrgnlPmtInfAndSts" => batch(cursor, &mut report)?,
                _ => cursor.skip()?,
            }
        }
    }
    Ok(report)
}

fn header<R: BufRead>(cursor: &mut Cursor<R>, report: &mut StatusReport) -> Result<(), ReadError> {
    let mut walk = Walk::of(&shape::STATUS_HEADER);
    while let Some(name) = cursor.child(&mut walk)? {
        match name {
            "MsgId" => report.id = cursor.text(ID_CHARS)?,
            "CreDtTm" => report.created_at = cursor.text(TIME_CHARS)?,
            _ => cursor.skip()?,
        }
    }
    Ok(())
}

fn file<R: BufRead>(cursor: &mut Cursor<R>, report: &mut StatusReport) -> Result<(), ReadError> {
    let (mut status, mut reason) = (None, None);
    let mut walk = Walk::of(&shape::ORIGINAL_GROUP);
    while let Some(name) = cursor.child(&mut walk)? {
        match name {
            "OrgnlMsgId" => report.original_file = cursor.text(ID_CHARS)?,
            "GrpSts" => status = Some(Status::of(&cursor.text(STATUS_CHARS)?)),
            "StsRsnInf" => reason = reason.or(reason_in(cursor)?),
            _ => cursor.skip()?,
        }
    }
    let Some(status) = status else { return Ok(()) };
    let line = cursor.line();
    keep(
        cursor,
        report,
        StatusLine { line, subject: Subject::File, status, reason, amount: None, booked_as: None },
    )
}

fn batch<R: BufRead>(cursor: &mut Cursor<R>, report: &mut StatusReport) -> Result<(), ReadError> {
    let (mut id, mut status, mut reason, line) = (String::new(), None, None, cursor.line());
    // The batch stands before its entries in the report, though its status may be known only after them.
    let position = report.lines.len();
    let mut walk = Walk::of(&shape::ORIGINAL_BATCH);
    while let Some(name) = cursor.child(&mut walk)? {
        match name {
            "OrgnlPmtInfId" => id = cursor.text(ID_CHARS)?,
            "PmtInfSts" => status = Some(Status::of(&cursor.text(STATUS_CHARS)?)),
            "StsRsnInf" => reason = reason.or(reason_in(cursor)?),
            "TxInfAndSts" => entry(cursor, report)?,
            _ => cursor.skip()?,
        }
    }
    let Some(status) = status else { return Ok(()) };
    let subject = Subject::Batch(id);
    keep(cursor, report, StatusLine { line, subject, status, reason, amount: None, booked_as: None })?;
    if let Some(lines) = report.lines.get_mut(position..) {
        lines.rotate_right(1);
    }
    Ok(())
}

fn entry<R: BufRead>(cursor: &mut Cursor<R>, report: &mut StatusReport) -> Result<(), ReadError> {
    let (mut end_to_end_id, mut status, mut reason) = (None, None, None);
    let (mut amount, mut booked_as) = (None, None);
    let mut walk = Walk::of(&shape::ORIGINAL_ENTRY);
    while let Some(name) = cursor.child(&mut walk)? {
        match name {
            "OrgnlEndToEndId" => end_to_end_id = Some(Reference::new(cursor.text(ID_CHARS)?)),
            "TxSts" => status = Some(Status::of(&cursor.text(STATUS_CHARS)?)),
            "StsRsnInf" => reason = reason.or(reason_in(cursor)?),
            "AcctSvcrRef" => booked_as = Some(Reference::new(cursor.text(ID_CHARS)?)),
            "OrgnlTxRef" => amount = original_amount(cursor)?,
            _ => cursor.skip()?,
        }
    }
    // Without a status of its own it has that of its batch.
    let Some(status) = status else { return Ok(()) };
    let line = cursor.line();
    let subject = Subject::Entry(end_to_end_id);
    keep(cursor, report, StatusLine { line, subject, status, reason, amount, booked_as })
}

fn reason_in<R: BufRead>(cursor: &mut Cursor<R>) -> Result<Option<Reason>, ReadError> {
    let mut reason = None;
    let mut walk = Walk::of(&shape::STATUS_REASON);
    while let Some(name) = cursor.child(&mut walk)? {
        match name {
            "Rsn" => reason = Some(Reason::new(&code_or_own(cursor, &shape::STATUS_REASON_CODE)?)),
            _ => cursor.skip()?,
        }
    }
    Ok(reason)
}

fn original_amount<R: BufRead>(cursor: &mut Cursor<R>) -> Result<Option<Money>, ReadError> {
    let mut amount = None;
    let mut walk = Walk::of(&shape::ORIGINAL_REFERENCE);
    while let Some(name) = cursor.child(&mut walk)? {
        match name {
            "Amt" => amount = cursor.choice(&shape::ORIGINAL_AMOUNT, instructed)?,
            _ => cursor.skip()?,
        }
    }
    Ok(amount)
}

fn instructed<R: BufRead>(cursor: &mut Cursor<R>, name: &'static str) -> Result<Option<Money>, ReadError> {
    if name == "InstdAmt" { cursor.amount().map(Some) } else { cursor.skip().map(|()| None) }
}

fn keep<R: BufRead>(
    cursor: &mut Cursor<R>,
    report: &mut StatusReport,
    line: StatusLine,
) -> Result<(), ReadError> {
    if report.lines.len() >= cursor.limits().records {
        return Err(cursor.fault(Fault::TooMany));
    }
    report.lines.push(line);
    Ok(())
}
