//! Our side of the counter: what was sent, what became of it, and the money that verdicts moved.

use std::collections::BTreeMap;

use gateway::external::iso20022::matching::{
    Finding, Kind, Known, Mentioned, Register, State, Verdict, reconcile,
};
use gateway::external::iso20022::reading::{BankFile, Limits, read};
use gateway::external::iso20022::sending::{
    Collection, CreditorId, FileId, Header, Mandate, Payout, Sequence, Written, collections, payouts,
};
use payment_domain::{AttemptId, BankAccount, Bic, Currency, Iban, Label, MandateId, Money, Timestamp};
use tests::bank::{ACCOUNT, schema_violation};
use time::macros::date;

/// What was sent, and our account as we believe it to be.
#[derive(Default)]
pub(crate) struct Desk {
    known: BTreeMap<AttemptId, Known>,
    cash_micros: i64,
}

impl Desk {
    /// Writes a pain.008 of these attempts and amounts, and remembers it.
    pub(crate) fn collect(&mut self, id: &str, entries: &[(i64, &str)]) -> Vec<u8> {
        let entries: Vec<_> = entries.iter().map(|(attempt, amount)| collection(*attempt, amount)).collect();
        let written = collections(&header(id), &creditor(), date!(2026 - 11 - 24), &entries).unwrap();
        let amounts = entries.iter().map(|entry| (entry.attempt, entry.amount)).collect();
        self.remember(id, Kind::Collection, &written, &amounts);
        valid("pain.008.001.08", written.xml)
    }

    /// Writes a pain.001 likewise.
    pub(crate) fn pay_out(&mut self, id: &str, entries: &[(i64, &str)]) -> Vec<u8> {
        let entries: Vec<_> = entries.iter().map(|(attempt, amount)| payout(*attempt, amount)).collect();
        let written = payouts(&header(id), date!(2026 - 11 - 24), &entries).unwrap();
        let amounts = entries.iter().map(|entry| (entry.attempt, entry.amount)).collect();
        self.remember(id, Kind::Payout, &written, &amounts);
        valid("pain.001.001.09", written.xml)
    }

    fn remember(&mut self, file: &str, kind: Kind, written: &Written, amounts: &BTreeMap<AttemptId, Money>) {
        assert!(written.refused.is_empty());
        for batch in &written.batches {
            for attempt in &batch.attempts {
                let known = Known {
                    attempt: *attempt,
                    kind,
                    amount: amounts[attempt],
                    file: file.to_owned(),
                    batch: batch.id.clone(),
                    state: State::Sent,
                };
                self.known.insert(*attempt, known);
            }
        }
    }

    /// Reads a file of the bank, which must be valid, posts what it says, and tells it without line numbers.
    pub(crate) fn read(&mut self, file: Vec<u8>) -> String {
        let file = read(file.as_slice(), Limits::default()).unwrap();
        let mentioned = Mentioned::by(&file);
        let wanted = |known: &&Known| {
            mentioned.attempts.contains(&known.attempt)
                || mentioned.batches.contains(&known.batch)
                || mentioned.files.contains(&known.file)
        };
        let account = Iban::parse(ACCOUNT).unwrap();
        let register = Register::new(account, self.known.values().filter(wanted).cloned());
        let findings = reconcile(&file, &register);
        for finding in &findings {
            self.post(finding);
        }
        findings.iter().map(|finding| format!("{}\n", finding.verdict)).collect()
    }

    fn post(&mut self, finding: &Finding) {
        match &finding.verdict {
            Verdict::Settled { attempt, booked_as, .. } => {
                self.moves(*attempt, 1);
                self.becomes(*attempt, State::Settled { booked_as: booked_as.clone() });
            }
            Verdict::Rejected { attempt, .. } => self.becomes(*attempt, State::Rejected),
            Verdict::Returned { attempt, returned_as, fee, .. } => {
                let before = self.known[attempt].state.clone();
                let booked_as = match before {
                    State::Settled { booked_as } => {
                        self.moves(*attempt, -1);
                        booked_as
                    }
                    _ => None,
                };
                self.cash_micros -= fee.map_or(0, Money::micros);
                self.becomes(*attempt, State::Returned { booked_as, returned_as: returned_as.clone() });
            }
            Verdict::Confirmed { attempt, booked_as } => {
                self.becomes(*attempt, State::Settled { booked_as: Some(booked_as.clone()) });
            }
            Verdict::Underway { .. } | Verdict::AlreadyKnown { .. } | Verdict::Break(_) => {}
        }
    }

    fn moves(&mut self, attempt: AttemptId, times: i64) {
        let known = &self.known[&attempt];
        let sign = if known.kind == Kind::Collection { 1 } else { -1 };
        self.cash_micros += times * sign * known.amount.micros();
    }

    fn becomes(&mut self, attempt: AttemptId, state: State) {
        self.known.get_mut(&attempt).unwrap().state = state;
    }

    /// What all verdicts so far have moved on our account.
    pub(crate) fn cash(&self) -> String {
        Money::from_micros(self.cash_micros, Currency::EUR).decimal()
    }
}

/// The document, if its schema has nothing against it. German banks ask for more than the schema of ISO does.
pub(crate) fn valid(schema: &str, document: Vec<u8>) -> Vec<u8> {
    assert_eq!(schema_violation(schema, &document).unwrap(), None);
    if schema.starts_with("pain.00") && schema != "pain.002.001.10" {
        assert_eq!(schema_violation(&format!("{schema}_GBIC_5"), &document).unwrap(), None);
    }
    document
}

/// A file of the bank, if it is valid.
pub(crate) fn parsed(document: &[u8]) -> BankFile {
    read(document, Limits::default()).unwrap()
}

pub(crate) fn header(id: &str) -> Header {
    Header {
        id: FileId::parse(id).unwrap(),
        created_at: Timestamp::parse("2026-11-21T07:29:25.123Z").unwrap(),
        initiator: Label::parse("METEORE <CPS> & Söhne").unwrap(),
        account: account("METEORE S.A.", ACCOUNT, Some("COBADEFFXXX")),
    }
}

pub(crate) fn creditor() -> CreditorId {
    CreditorId::parse("DE98ZZZ09999999999").unwrap()
}

pub(crate) fn collection(attempt: i64, amount: &str) -> Collection {
    let first = attempt % 2 == 0;
    Collection {
        attempt: AttemptId::new(attempt).unwrap(),
        amount: Money::parse(amount, Currency::EUR).unwrap(),
        debtor: account("Zoë Ångström-O'Neil", "NL91ABNA0417164300", None),
        mandate: Mandate {
            id: MandateId::parse(&format!("MND-{attempt}")).unwrap(),
            signed_on: date!(2026 - 01 - 31),
        },
        sequence: if first { Sequence::First } else { Sequence::Recurring },
        remittance: Label::parse("Bill 2026-11 / 17").unwrap(),
    }
}

pub(crate) fn payout(attempt: i64, amount: &str) -> Payout {
    Payout {
        attempt: AttemptId::new(attempt).unwrap(),
        amount: Money::parse(amount, Currency::EUR).unwrap(),
        payee: account("Kiosque de la Gare", "FR1420041010050500013M02606", Some("PSSTFRPPPAR")),
        remittance: Label::parse("Payout 2026-11").unwrap(),
    }
}

fn account(holder: &str, iban: &str, bic: Option<&str>) -> BankAccount {
    BankAccount {
        holder: Label::parse(holder).unwrap(),
        iban: Iban::parse(iban).unwrap(),
        bic: bic.map(|bic| Bic::parse(bic).unwrap()),
    }
}
