//! Files for banks: each is the one that its evidence names, each entry stands where its attempt does, and what came back
//! moved back, or was lost and its consumer suspended; also what an external system without files took back. What waits
//! for a person is counted, and no finding.

use std::collections::HashMap;

use payment_domain::{AttemptId, Currency, Money, Operation, Purpose, TransferKind};

use super::documents::{Documents, Said};
use super::{AuditReport, place};
use crate::act::Begun;
use crate::bank::{BankFile, SYSTEM, answer_words, file_words, open_document, return_words};
use crate::purse::return_words as top_up_words;
use crate::storage::bank::{self, EntryRow};
use crate::storage::journal::{EvidenceRow, TransferRow};
use crate::storage::payment::{self, AttemptRow};
use crate::storage::replay::Page;
use crate::storage::{Conn, StorageError};

/// Entries that are read at a time.
const PAGE: i64 = 1000;

/// What the evidence says of files, and the transfers that no evidence has accounted for yet.
#[derive(Default)]
pub(super) struct Banks {
    files: i64,
    answers: i64,
    returned: u64,
    /// Attempts that words say came back where they stand, at whatever system.
    taken: i64,
    /// The words that said so last: what was moved for a payment after them belongs to the next.
    last: i64,
    unaccounted: i64,
    /// Top-ups that came back, less those whose words say what became of them.
    unsaid: i64,
}

/// The transfers that must have evidence here.
const KINDS: [TransferKind; 7] = [
    TransferKind::PaymentReturned,
    TransferKind::PaymentLost,
    TransferKind::RefundReturned,
    TransferKind::RedemptionReturned,
    TransferKind::TopUpReturned,
    TransferKind::TopUpLost,
    TransferKind::BankFee,
];

/// What a file holds by its entries.
#[derive(Default)]
struct Held {
    entries: i64,
    micros: i64,
}

impl Banks {
    /// Compares one page of evidence with the files and with what was posted.
    pub(super) fn replay(
        &mut self,
        conn: &mut Conn,
        page: &Page,
        documents: &Documents,
        report: &mut AuditReport,
    ) -> Result<(), StorageError> {
        let mut moved: HashMap<i64, Vec<&TransferRow>> = HashMap::new();
        for transfer in &page.transfers {
            if is_ours(transfer) {
                self.unaccounted = self.unaccounted.saturating_add(1);
                moved.entry(transfer.payment).or_default().push(transfer);
            }
        }
        for row in page.evidence.iter().filter(|row| row.kind == "declared") {
            let Some(said) = documents.said(row.id) else { continue };
            let words = String::from_utf8_lossy(&said.words);
            let agrees = if words.starts_with("bank file ") {
                self.files = self.files.saturating_add(1);
                file(conn, row, &words, documents)?
            } else if words.starts_with("bank answer ") {
                self.answers = self.answers.saturating_add(1);
                bank::answer_at(conn, row.id)?.is_some_and(|answer| answer_words(&answer) == words)
            } else if words.starts_with("top-up ") {
                self.taken_back(conn, &words, &moved)?
            } else {
                self.returned(conn, row, said, &moved)?
            };
            if !agrees {
                report.find(place("evidence", row.id), "what it says of a bank's file does not agree");
            }
        }
        Ok(())
    }

    /// Whether what came back moved back; anything else agrees.
    fn returned(
        &mut self,
        conn: &mut Conn,
        row: &EvidenceRow,
        said: &Said,
        moved: &HashMap<i64, Vec<&TransferRow>>,
    ) -> Result<bool, StorageError> {
        let words = String::from_utf8_lossy(&said.words);
        let named = words.strip_prefix("attempt ").filter(|rest| rest.contains(" came back from "));
        let Some(rest) = named else { return Ok(true) };
        let id = rest.split(' ').next().and_then(|id| AttemptId::parse(id).ok());
        let Some(id) = id.map(AttemptId::value) else { return Ok(false) };
        let (entry, attempt) = (bank::entry(conn, id)?, payment::attempt_by_id(conn, id)?);
        let Some(attempt) = attempt else { return Ok(false) };
        let Some(begun) = Begun::read(&attempt) else { return Ok(false) };
        self.taken = self.taken.saturating_add(i64::from(attempt.returned_at == Some(row.id)));
        self.returned = self.returned.saturating_add(u64::from(entry.is_some()));
        let (fee_micros, returned_as) =
            entry.as_ref().map_or((0, None), |entry| (entry.fee_micros, entry.returned_as.as_deref()));
        let fee = Money::from_micros(fee_micros, begun.amount.currency());
        let expected = return_words(&begun, returned_as, fee, "");
        let is_paid = self.paid_back(conn, row, &attempt, &begun, moved)?;
        self.last = row.id;
        let moved = moved.get(&id).map(Vec::as_slice).unwrap_or_default();
        let of = |kind| of_kind(moved, kind);
        let (back, fees) = (of(TransferKind::RedemptionReturned), of(TransferKind::BankFee));
        let (taken, lost) = (of(TransferKind::TopUpReturned), of(TransferKind::TopUpLost));
        let accounted =
            [&back, &fees, &taken, &lost].into_iter().map(Vec::len).fold(0, usize::saturating_add);
        self.unaccounted = self.unaccounted.saturating_sub(i64::try_from(accounted).unwrap_or(i64::MAX));
        let redeemed = attempt.state == "approved" && begun.purpose == Purpose::Redemption;
        let is_back = match back.as_slice() {
            [transfer] => redeemed && transfer.credit == attempt.payment && transfer.micros == attempt.micros,
            rest => rest.is_empty() && !redeemed,
        };
        let topped_up = attempt.state == "approved" && begun.purpose == Purpose::TopUp;
        self.unsaid = self.unsaid.saturating_add(i64::from(topped_up));
        let is_taken = match (taken.as_slice(), lost.as_slice()) {
            ([], []) => !topped_up,
            ([_] | [], [_] | []) => topped_up && is_whole(&attempt, &taken, &lost),
            _ => false,
        };
        let is_charged = match fees.as_slice() {
            [transfer] => transfer.micros == fee_micros,
            rest => rest.is_empty() && fee_micros == 0,
        };
        // Systems without files have no entry: then it stands with the attempt alone.
        let is_noted = entry.map_or(attempt.returned_at == Some(row.id), |entry| entry.state == "returned");
        Ok(is_noted && words.starts_with(&expected) && is_back && is_taken && is_charged && is_paid)
    }

    /// Whether a payment that came back was borne by its merchant or lost, and a refund is the merchant's again; anything
    /// else is neither.
    fn paid_back(
        &mut self,
        conn: &mut Conn,
        row: &EvidenceRow,
        attempt: &AttemptRow,
        begun: &Begun,
        moved: &HashMap<i64, Vec<&TransferRow>>,
    ) -> Result<bool, StorageError> {
        if !matches!(begun.purpose, Purpose::Order | Purpose::Capture) || attempt.state != "approved" {
            return Ok(true);
        }
        let Some(payment) = payment::payment_at(conn, begun.subject)? else { return Ok(false) };
        // A payment can be refunded in parts, and each can come back: what stands right before the words is theirs.
        let moved = moved.get(&begun.subject).map(Vec::as_slice).unwrap_or_default();
        let moved: Vec<_> =
            moved.iter().copied().filter(|moved| self.last < moved.id && moved.id < row.id).collect();
        let of = |kind| of_kind(&moved, kind);
        let (given, lost) = (of(TransferKind::PaymentReturned), of(TransferKind::PaymentLost));
        let refunded = of(TransferKind::RefundReturned);
        let accounted = [&given, &lost, &refunded].into_iter().map(Vec::len).fold(0, usize::saturating_add);
        self.unaccounted = self.unaccounted.saturating_sub(i64::try_from(accounted).unwrap_or(i64::MAX));
        Ok(match (given.as_slice(), lost.as_slice(), refunded.as_slice()) {
            ([], [], [transfer]) => {
                begun.operation == Operation::Refund
                    && transfer.credit == payment.merchant_account
                    && transfer.micros == attempt.micros
            }
            ([_] | [], [_] | [], []) => {
                let micros = given.iter().chain(&lost).map(|transfer| transfer.micros);
                begun.operation != Operation::Refund
                    && micros.fold(0, i64::saturating_add) == attempt.micros
                    && given.iter().all(|transfer| transfer.debit == payment.merchant_account)
                    && lost.iter().all(|transfer| transfer.debit != payment.merchant_account)
            }
            _ => false,
        })
    }

    /// Whether words of ours about a top-up that came back say what moved.
    fn taken_back(
        &mut self,
        conn: &mut Conn,
        words: &str,
        moved: &HashMap<i64, Vec<&TransferRow>>,
    ) -> Result<bool, StorageError> {
        self.unsaid = self.unsaid.saturating_sub(1);
        let id = words.split(' ').nth(1).and_then(|id| AttemptId::parse(id).ok());
        let Some(id) = id.map(AttemptId::value) else { return Ok(false) };
        let Some(begun) = payment::attempt_by_id(conn, id)?.as_ref().and_then(Begun::read) else {
            return Ok(false);
        };
        let moved = moved.get(&id).map(Vec::as_slice).unwrap_or_default();
        let sum = |kind| {
            let micros =
                of_kind(moved, kind).iter().map(|transfer| transfer.micros).fold(0, i64::saturating_add);
            Money::from_micros(micros, begun.amount.currency())
        };
        let (back, lost) = (sum(TransferKind::TopUpReturned), sum(TransferKind::TopUpLost));
        Ok(begun.party.is_some_and(|consumer| top_up_words(&begun, consumer, back, lost) == words))
    }

    /// Compares every entry with its attempt, and what files hold with what they say.
    pub(super) fn close(self, conn: &mut Conn, report: &mut AuditReport) -> Result<(), StorageError> {
        let (files, answers, open) = bank::counts(conn)?;
        report.open_breaks = u64::try_from(open).unwrap_or_default();
        for (place, kept, said) in [("bank_file", files, self.files), ("bank_answer", answers, self.answers)]
        {
            if kept != said {
                report.find(place, format!("{kept} are kept, evidence names {said}"));
            }
        }
        if self.unaccounted != 0 {
            let fault = format!("{} for what banks sent back are not what evidence says", self.unaccounted);
            report.find("transfer", fault);
        }
        let noted = payment::returned_count(conn)?;
        if noted != self.taken {
            report.find("attempt", format!("{noted} came back, evidence names {}", self.taken));
        }
        if self.unsaid != 0 {
            report.find("evidence", format!("{} top-ups that came back are not what it says", self.unsaid));
        }
        let mut held: HashMap<i64, Held> = HashMap::new();
        let (mut after, mut returned) = (0, 0_u64);
        loop {
            let page = bank::entries(conn, after, PAGE)?;
            let Some((last, _)) = page.last() else { break };
            after = last.attempt;
            for (entry, attempt) in &page {
                returned = returned.saturating_add(u64::from(entry.state == "returned"));
                check(entry, attempt.as_ref(), &mut held, report);
            }
        }
        if returned != self.returned {
            report.find("bank_entry", format!("{returned} came back, evidence names {}", self.returned));
        }
        for file in bank::files(conn, i64::MAX)? {
            let held = held.remove(&file.id).unwrap_or_default();
            if (held.entries, held.micros) != (file.entries, file.total_micros) {
                report
                    .find(place("bank_file", file.id), "its entries are not those that it was written with");
            }
        }
        for file in held.keys() {
            report.find(place("bank_file", *file), "has entries but does not exist");
        }
        Ok(())
    }
}

fn is_ours(transfer: &TransferRow) -> bool {
    KINDS.iter().any(|kind| kind.as_str() == transfer.kind)
}

fn of_kind<'t>(moved: &[&'t TransferRow], kind: TransferKind) -> Vec<&'t TransferRow> {
    moved.iter().copied().filter(|transfer| transfer.kind == kind.as_str()).collect()
}

/// Whether what was taken from the account that a top-up went to, and what was lost, are the top-up.
fn is_whole(attempt: &AttemptRow, taken: &[&TransferRow], lost: &[&TransferRow]) -> bool {
    let micros = taken.iter().chain(lost).map(|transfer| transfer.micros).fold(0, i64::saturating_add);
    micros == attempt.micros
        && taken.iter().all(|transfer| transfer.debit == attempt.payment)
        && lost.iter().all(|transfer| transfer.debit != attempt.payment)
}

/// Whether a file is the one that its evidence names, and its document still opens.
fn file(
    conn: &mut Conn,
    row: &EvidenceRow,
    words: &str,
    documents: &Documents,
) -> Result<bool, StorageError> {
    let Some(file) = bank::file(conn, row.id)? else { return Ok(false) };
    let Ok(file) = BankFile::read(&file) else { return Ok(false) };
    let (Some(stored), Some(sealer)) = (bank::document(conn, row.id)?, documents.sealer()) else {
        return Ok(false);
    };
    let is_whole = open_document(sealer, row.id, &stored, &file.digest).is_ok();
    Ok(is_whole && file_words(&file) == words)
}

/// Whether an entry stands where its attempt does.
fn check(
    entry: &EntryRow,
    attempt: Option<&AttemptRow>,
    held: &mut HashMap<i64, Held>,
    report: &mut AuditReport,
) {
    let here = || place("bank_entry", entry.attempt);
    let Some(attempt) = attempt else { return report.find(here(), "there is no such attempt") };
    let agrees = match entry.state.as_str() {
        "sent" => attempt.state == "pending",
        "settled" => attempt.state == "approved",
        "refused" | "rejected" => attempt.state == "declined",
        "returned" => attempt.state != "pending",
        _ => false,
    };
    if !agrees {
        report.find(here(), format!("is {}, its attempt is {}", entry.state, attempt.state));
    }
    if attempt.system != SYSTEM || attempt.currency != Currency::EUR.as_str() && entry.file.is_some() {
        report.find(here(), "its attempt does not go by files");
    }
    if let Some(file) = entry.file {
        let held = held.entry(file).or_default();
        held.entries = held.entries.saturating_add(1);
        held.micros = held.micros.saturating_add(attempt.micros);
    }
}
