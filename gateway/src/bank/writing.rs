//! From the core's entries to the words of ISO 20022. Pure.

use core_payment::bank::{
    BankFile, Batch, Draft, Due, Kind, MandateUse, Refused, Scribe, Unwritable, Written,
};
use payment_domain::{AttemptId, Label, Purpose, Timestamp};
use time::{Date, OffsetDateTime};

use super::Terms;
use super::target::settles;
use crate::external::iso20022::sending::{
    self, Collection, FileId, Header, Mandate, Payout, Sequence, WriteError,
};

const MS_PER_SECOND: i64 = 1000;

/// Writes files under our terms.
pub(super) struct Clerk(pub(super) Terms);

impl Scribe for Clerk {
    fn write(&self, draft: &Draft<'_>) -> Result<Written, Unwritable> {
        let header = Header {
            id: FileId::parse(draft.name).map_err(unwritable)?,
            created_at: draft.now,
            initiator: self.0.initiator.clone(),
            account: self.0.account.clone(),
        };
        let mut refused = Vec::new();
        let written = match draft.kind {
            Kind::Collections => {
                let creditor = self.0.creditor.as_ref();
                let creditor =
                    creditor.ok_or_else(|| Unwritable("there is no creditor identifier".to_owned()))?;
                let entries = sorted(draft.entries, |due| self.collection(due), &mut refused);
                let day = working_day(draft.now, self.0.collect_after_days)?;
                sending::collections(&header, creditor, day, &entries)
            }
            Kind::Payouts => {
                let entries = sorted(draft.entries, |due| self.payout(due), &mut refused);
                sending::payouts(&header, working_day(draft.now, self.0.pay_after_days)?, &entries)
            }
        };
        let (document, left_out) = match written {
            Ok(written) => {
                let batches = written.batches.into_iter();
                let batches = batches.map(|batch| Batch { name: batch.id, attempts: batch.attempts });
                (Some((written.xml, batches.collect())), written.refused)
            }
            Err(WriteError::Empty { refused }) => (None, refused),
            Err(error) => return Err(unwritable(error)),
        };
        let left_out = left_out
            .into_iter()
            .map(|entry| Refused { attempt: entry.attempt, reason: entry.refusal.to_string() });
        refused.extend(left_out);
        Ok(Written { document, refused })
    }
}

impl Clerk {
    fn collection(&self, due: &Due) -> Result<Collection, &'static str> {
        let bank = due.bank.as_ref().ok_or(NO_ACCOUNT)?;
        let mandate = bank.mandate.as_ref().ok_or("there is no mandate to collect by")?;
        Ok(Collection {
            attempt: due.attempt,
            amount: due.amount,
            debtor: bank.account.clone(),
            mandate: Mandate {
                id: mandate.id.clone(),
                signed_on: day_of(mandate.signed_at).ok_or("the mandate has no date")?,
            },
            sequence: match due.mandate_use {
                MandateUse::First => Sequence::First,
                MandateUse::Again => Sequence::Recurring,
            },
            remittance: self.remittance(due),
        })
    }

    fn payout(&self, due: &Due) -> Result<Payout, &'static str> {
        let bank = due.bank.as_ref().ok_or(NO_ACCOUNT)?;
        Ok(Payout {
            attempt: due.attempt,
            amount: due.amount,
            payee: bank.account.clone(),
            remittance: self.remittance(due),
        })
    }

    /// What the statement says: us and a number to ask about, never what was bought (R47).
    fn remittance(&self, due: &Due) -> Label {
        let initiator = &self.0.initiator;
        let number = match due.purpose {
            Purpose::Bill | Purpose::Payout => due.subject,
            _ => AttemptId::value(due.attempt),
        };
        let text = format!("{} {} {number}", initiator.as_str(), due.purpose);
        Label::parse(&text).unwrap_or_else(|_| initiator.clone())
    }
}

const NO_ACCOUNT: &str = "there is no bank account";

/// What a file is called in the folder.
pub(super) fn file_name(file: &BankFile) -> String {
    let message = match file.kind {
        Kind::Collections => "pain.008.001.08",
        Kind::Payouts => "pain.001.001.09",
    };
    format!("{}.{message}.xml", file.name)
}

/// Those that can be written; the others are noted as refused.
fn sorted<E>(
    entries: &[Due],
    write: impl Fn(&Due) -> Result<E, &'static str>,
    refused: &mut Vec<Refused>,
) -> Vec<E> {
    let mut written = Vec::with_capacity(entries.len());
    for due in entries {
        match write(due) {
            Ok(entry) => written.push(entry),
            Err(reason) => refused.push(Refused { attempt: due.attempt, reason: reason.to_owned() }),
        }
    }
    written
}

/// So many days later, and then the next day on which payments settle.
fn working_day(now: Timestamp, days: u8) -> Result<Date, Unwritable> {
    let out_of_range = || Unwritable("the date cannot be written".to_owned());
    let mut day = day_of(now).ok_or_else(out_of_range)?;
    let mut left = days;
    loop {
        if left == 0 && settles(day) {
            return Ok(day);
        }
        left = left.saturating_sub(1);
        day = day.next_day().ok_or_else(out_of_range)?;
    }
}

fn day_of(at: Timestamp) -> Option<Date> {
    let seconds = at.as_millis().checked_div(MS_PER_SECOND)?;
    OffsetDateTime::from_unix_timestamp(seconds).ok().map(OffsetDateTime::date)
}

fn unwritable(error: impl std::error::Error) -> Unwritable {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    Unwritable(text)
}

#[cfg(test)]
mod tests {
    use core_payment::BankDetails;
    use payment_domain::{BankAccount, Currency, Iban, MandateId, Money};

    use super::*;
    use crate::external::iso20022::sending::CreditorId;

    fn account(iban: &str) -> BankAccount {
        BankAccount {
            holder: Label::parse("Ines Duarte").unwrap(),
            iban: Iban::parse(iban).unwrap(),
            bic: None,
        }
    }

    fn clerk(creditor: Option<&str>) -> Clerk {
        Clerk(Terms {
            initiator: Label::parse("Meteore").unwrap(),
            account: account("DE89370400440532013000"),
            creditor: creditor.map(|text| CreditorId::parse(text).unwrap()),
            pay_after_days: 0,
            collect_after_days: 2,
            entries: 100,
        })
    }

    fn due(attempt: i64, amount: &str, bank: Option<BankDetails>) -> Due {
        Due {
            attempt: AttemptId::new(attempt).unwrap(),
            purpose: Purpose::Bill,
            subject: 77,
            amount: Money::parse(amount, Currency::EUR).unwrap(),
            bank,
            mandate_use: MandateUse::First,
        }
    }

    fn details(mandate: Option<&str>) -> Option<BankDetails> {
        let mandate = mandate.map(|id| core_payment::Mandate {
            id: MandateId::parse(id).unwrap(),
            signed_at: Timestamp::parse("2026-01-02T00:00:00.000Z").unwrap(),
        });
        Some(BankDetails { account: account("FR1420041010050500013M02606"), mandate })
    }

    fn write(clerk: &Clerk, kind: Kind, entries: &[Due]) -> Result<Written, Unwritable> {
        let now = Timestamp::parse("2026-11-20T12:00:00.000Z").unwrap();
        clerk.write(&Draft { kind, name: "CPS-7", entries, now })
    }

    const CREDITOR: Option<&str> = Some("DE98ZZZ09999999999");

    #[test]
    fn what_cannot_be_in_a_file_is_refused_with_its_reason_and_the_rest_is_written() {
        let entries = [
            due(1, "1.00", details(Some("M-1"))),
            due(2, "2.00", details(None)),
            due(3, "3.00", None),
            due(4, "0.004", details(Some("M-4"))),
        ];
        let written = write(&clerk(CREDITOR), Kind::Collections, &entries).unwrap();
        let (document, batches) = written.document.unwrap();
        let batch =
            |name: &str, attempt: &Due| Batch { name: name.to_owned(), attempts: vec![attempt.attempt] };
        assert_eq!(batches, [batch("CPS-7-F", &entries[0])]);
        let text = String::from_utf8(document).unwrap();
        assert!(text.contains("Meteore bill 77") && text.contains("2026-11-23"), "{text}");
        let refused: Vec<_> =
            written.refused.iter().map(|entry| (entry.attempt.value(), entry.reason.as_str())).collect();
        assert_eq!(
            refused,
            [
                (2, "there is no mandate to collect by"),
                (3, "there is no bank account"),
                (4, "the amount is not in whole cents"),
            ]
        );
    }

    #[test]
    fn where_nothing_can_be_written_there_is_no_file() {
        let written = write(&clerk(CREDITOR), Kind::Payouts, &[due(3, "3.00", None)]).unwrap();
        assert!(written.document.is_none() && written.refused.len() == 1);
        let entries = [due(1, "1.00", details(Some("M-1")))];
        let refusal = write(&clerk(None), Kind::Collections, &entries).map(drop).unwrap_err();
        assert_eq!(refusal.to_string(), "there is no creditor identifier");
    }

    #[test]
    fn no_day_is_at_a_week_end_or_on_a_closing_day() {
        for (now, days, expected) in [
            ("2026-11-20T12:00:00.000Z", 0, "2026-11-20"),
            ("2026-11-20T12:00:00.000Z", 1, "2026-11-23"),
            ("2026-11-20T12:00:00.000Z", 3, "2026-11-23"),
            ("2026-11-21T23:59:59.999Z", 0, "2026-11-23"),
            ("2026-11-23T00:00:00.000Z", 2, "2026-11-25"),
            // Christmas, then a week-end; Good Friday to Easter Monday; the first of May, a Friday.
            ("2026-12-24T12:00:00.000Z", 0, "2026-12-24"),
            ("2026-12-24T12:00:00.000Z", 1, "2026-12-28"),
            ("2026-04-01T12:00:00.000Z", 2, "2026-04-07"),
            ("2026-04-30T12:00:00.000Z", 1, "2026-05-04"),
        ] {
            let day = working_day(Timestamp::parse(now).unwrap(), days).unwrap();
            assert_eq!(day.to_string(), expected, "{now} and {days}");
        }
    }
}
