//! What we send to the bank: files of direct debits ([`collections`]) and of credit transfers ([`payouts`]).
//!
//! The crate `sepa` writes them, because the rules that no schema holds are in it: the lengths, characters and
//! amounts of the EPC guidelines, the national forms of account numbers, where a missing BIC must be said and where
//! left out. Text is put into the SEPA character set here, for the file only: what a holder or mandate is called stays
//! as it is everywhere else.
//!
//! An entry that no bank would take does not hold up the others: it is left out and named in [`Written::refused`].
//!
//! What this must not do: choose what is sent or when, read a clock, or name what was bought (R47: the bank never sees the
//! item).

use std::collections::HashSet;
use std::fmt;

use payment_domain::{AttemptId, BankAccount, Bic, Currency, Iban, Label, MandateId, Money, Timestamp};
use sepa::charset::{Transliteration, transliterate};
use sepa::validate::{MAX_AMOUNT_CT, MAX_NAME_LEN, MAX_REMITTANCE_LEN, truncate_chars};
use sepa::{
    BuildError, CharsetPolicy, CreditTransferEntry, CreditTransferGroup, DirectDebitEntry, DirectDebitGroup,
    IsoDate, IsoDateTime, Pain001Builder, Pain008Builder, SequenceType,
};
use thiserror::Error;
use time::Date;

/// What stands at the head of a file.
#[derive(Debug, Clone)]
pub struct Header {
    /// Our name for it: a bank takes each name once.
    pub id: FileId,
    /// When it was made.
    pub created_at: Timestamp,
    /// Who sends it.
    pub initiator: Label,
    /// Our account: money is collected to it and paid out of it.
    pub account: BankAccount,
}

/// The name of a file (`MsgId`): 1 to 33 letters, digits and hyphens, which leaves room to name the batches in it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct FileId(String);

/// Text that is no name for a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("the name of a file is 1 to 33 letters, digits and hyphens")]
pub struct InvalidFileId;

/// Our SEPA creditor identifier (EPC262-08), without which nobody may collect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreditorId(sepa::CreditorId);

/// Text that is no creditor identifier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("not a creditor identifier: a country, two check digits that agree, a business code and a number")]
pub struct InvalidCreditorId;

/// One direct debit.
#[derive(Debug, Clone)]
pub struct Collection {
    /// The attempt; its text is the end-to-end id.
    pub attempt: AttemptId,
    /// How much, in whole cents of the euro.
    pub amount: Money,
    /// Who pays.
    pub debtor: BankAccount,
    /// Their consent.
    pub mandate: Mandate,
    /// Whether it is the first under this mandate.
    pub sequence: Sequence,
    /// What their statement says.
    pub remittance: Label,
}

/// A standing consent to debit an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mandate {
    /// Its id.
    pub id: MandateId,
    /// When it was signed.
    pub signed_on: Date,
}

/// Where in the life of a mandate a collection stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sequence {
    /// `FRST`.
    First,
    /// `RCUR`.
    Recurring,
}

/// One credit transfer.
#[derive(Debug, Clone)]
pub struct Payout {
    /// The attempt; its text is the end-to-end id.
    pub attempt: AttemptId,
    /// How much, in whole cents of the euro.
    pub amount: Money,
    /// Who is paid.
    pub payee: BankAccount,
    /// What their statement says.
    pub remittance: Label,
}

/// A file that can be sent. Keep its bytes and its batches before sending it.
#[derive(Clone, PartialEq, Eq)]
pub struct Written {
    /// The document, UTF-8.
    pub xml: Vec<u8>,
    /// The batches in it, by which a bank may book and answer.
    pub batches: Vec<Batch>,
    /// What it asks for in all.
    pub total: Money,
    /// What was left out.
    pub refused: Vec<Refused>,
}

/// Entries that a bank may book as one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Batch {
    /// Its name (`PmtInfId`).
    pub id: String,
    /// What is in it.
    pub attempts: Vec<AttemptId>,
}

/// An entry that was left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Refused {
    /// Which.
    pub attempt: AttemptId,
    /// Why: it can never be sent as it is.
    pub refusal: Refusal,
}

/// Why an entry cannot be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum Refusal {
    /// SEPA moves euros only.
    #[error("the amount is not in euros")]
    NotEuro,
    /// Fractions of a cent stay in the ledger.
    #[error("the amount is not in whole cents")]
    NotWholeCents,
    /// Zero, below, or a billion and above.
    #[error("the amount is not between 0.01 and 999999999.99")]
    OutOfRange,
    /// The number has not the form of its country.
    #[error("the account number does not have the form of its country")]
    Account,
    /// The BIC names no country, or not that of a bank.
    #[error("the BIC is not one of a bank")]
    Bic,
    /// A mandate cannot be younger than what is collected under it.
    #[error("the mandate is signed after the day of collection")]
    MandateTooNew,
    /// An attempt may be in a file once.
    #[error("the attempt is in the file already")]
    Repeated,
}

/// Why there is no file.
#[derive(Debug, Error)]
pub enum WriteError {
    /// Nothing is left to send.
    #[error("no entry can be sent; {} refused", refused.len())]
    Empty {
        /// What was left out.
        refused: Vec<Refused>,
    },
    /// Split them over several files.
    #[error("more than {MAX_ENTRIES} entries")]
    TooMany,
    /// Our own account number or BIC.
    #[error("our own account: {0}")]
    OwnAccount(Refusal),
    /// The date or time cannot be written.
    #[error("the date cannot be written")]
    Date,
    /// A rule of the scheme that the checks before it did not find.
    #[error("the file breaks a rule of the scheme")]
    Rule(#[source] BuildError),
    /// It did not fit into memory.
    #[error("the file cannot be written")]
    Write(#[source] sepa::WriteError),
}

/// How many entries a file holds: some 50 MB of XML.
pub const MAX_ENTRIES: usize = 50_000;

/// Writes a pain.008.001.08: collections to our account, first ones and recurring ones in a batch each.
///
/// # Errors
/// [`WriteError`]; nothing is to be sent then.
pub fn collections(
    header: &Header,
    creditor: &CreditorId,
    collect_on: Date,
    entries: &[Collection],
) -> Result<Written, WriteError> {
    let day = iso_date(collect_on)?;
    let (iban, bic) = bank_ids(&header.account).map_err(WriteError::OwnAccount)?;
    let mut sorted = Sorted::new(entries.len())?;
    let mut builder = Pain008Builder::new(name(&header.initiator), header.id.as_str())
        .created_at(iso_time(header.created_at)?)
        .charset(CharsetPolicy::Strict);
    for (sequence, code, letter) in
        [(Sequence::First, SequenceType::Frst, 'F'), (Sequence::Recurring, SequenceType::Rcur, 'R')]
    {
        let chosen = entries.iter().filter(|entry| entry.sequence == sequence);
        let written = sorted.batch(
            format!("{}-{letter}", header.id.as_str()),
            chosen,
            |entry| (entry.attempt, entry.amount),
            |entry, cents| direct_debit(entry, cents, collect_on),
        );
        if written.is_empty() {
            continue;
        }
        let mut group = DirectDebitGroup::new(name(&header.account.holder), &iban, &creditor.0, day)
            .payment_info_id(format!("{}-{letter}", header.id.as_str()))
            .sequence_type(code)
            .add_entries(written);
        if let Some(bic) = &bic {
            group = group.creditor_bic(bic.clone());
        }
        builder = builder.add_group(group);
    }
    sorted.finish(|xml| builder.write_to(xml))
}

/// Writes a pain.001.001.09: transfers from our account, all in one batch.
///
/// # Errors
/// [`WriteError`]; nothing is to be sent then.
pub fn payouts(header: &Header, execute_on: Date, entries: &[Payout]) -> Result<Written, WriteError> {
    let day = iso_date(execute_on)?;
    let (iban, bic) = bank_ids(&header.account).map_err(WriteError::OwnAccount)?;
    let mut sorted = Sorted::new(entries.len())?;
    let batch = format!("{}-P", header.id.as_str());
    let written =
        sorted.batch(batch.clone(), entries.iter(), |entry| (entry.attempt, entry.amount), credit_transfer);
    let mut group = CreditTransferGroup::new(name(&header.account.holder), &iban, day)
        .payment_info_id(batch)
        .add_entries(written);
    if let Some(bic) = bic {
        group = group.debtor_bic(bic);
    }
    let builder = Pain001Builder::new(name(&header.initiator), header.id.as_str())
        .created_at(iso_time(header.created_at)?)
        .charset(CharsetPolicy::Strict)
        .add_group(group);
    sorted.finish(|xml| builder.write_to(xml))
}

impl FileId {
    /// Reads a name.
    ///
    /// # Errors
    /// [`InvalidFileId`].
    pub fn parse(text: &str) -> Result<Self, InvalidFileId> {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
        let form = (1..=33).contains(&text.len()) && text.bytes().all(plain);
        if form { Ok(Self(text.to_owned())) } else { Err(InvalidFileId) }
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl CreditorId {
    /// Reads an identifier and checks its check digits.
    ///
    /// # Errors
    /// [`InvalidCreditorId`].
    pub fn parse(text: &str) -> Result<Self, InvalidCreditorId> {
        sepa::validate_creditor_id(text).map(Self).map_err(|_| InvalidCreditorId)
    }
}

/// Sorts entries into those that are written and those that are refused.
struct Sorted {
    seen: HashSet<AttemptId>,
    batches: Vec<Batch>,
    refused: Vec<Refused>,
    cents: i64,
}

impl Sorted {
    fn new(entries: usize) -> Result<Self, WriteError> {
        if entries > MAX_ENTRIES {
            return Err(WriteError::TooMany);
        }
        Ok(Self { seen: HashSet::new(), batches: Vec::new(), refused: Vec::new(), cents: 0 })
    }

    /// Makes a batch of what can be written of these entries, if anything can.
    fn batch<'e, E: 'e, W>(
        &mut self,
        id: String,
        entries: impl Iterator<Item = &'e E>,
        parts: impl Fn(&E) -> (AttemptId, Money),
        write: impl Fn(&E, i64) -> Result<W, Refusal>,
    ) -> Vec<W> {
        let (mut written, mut attempts) = (Vec::new(), Vec::new());
        for entry in entries {
            let (attempt, amount) = parts(entry);
            let made = cents(amount).and_then(|cents| Ok((write(entry, cents)?, cents)));
            match made {
                Ok((line, cents)) if self.seen.insert(attempt) => {
                    // At most 50,000 entries below a billion euros each.
                    self.cents = self.cents.saturating_add(cents);
                    written.push(line);
                    attempts.push(attempt);
                }
                Ok(_) => self.refused.push(Refused { attempt, refusal: Refusal::Repeated }),
                Err(refusal) => self.refused.push(Refused { attempt, refusal }),
            }
        }
        if !attempts.is_empty() {
            self.batches.push(Batch { id, attempts });
        }
        written
    }

    fn finish(
        self,
        write: impl FnOnce(&mut Vec<u8>) -> Result<(), sepa::WriteError>,
    ) -> Result<Written, WriteError> {
        if self.batches.is_empty() {
            return Err(WriteError::Empty { refused: self.refused });
        }
        let mut xml = Vec::new();
        write(&mut xml).map_err(|error| match error {
            sepa::WriteError::Validation(error) => WriteError::Rule(error),
            other => WriteError::Write(other),
        })?;
        let total = Money::from_micros(self.cents.saturating_mul(MICROS_PER_CENT), Currency::EUR);
        Ok(Written { xml, batches: self.batches, total, refused: self.refused })
    }
}

const MICROS_PER_CENT: i64 = 10_000;

fn direct_debit(entry: &Collection, cents: i64, collect_on: Date) -> Result<DirectDebitEntry, Refusal> {
    if entry.mandate.signed_on > collect_on {
        return Err(Refusal::MandateTooNew);
    }
    let (iban, bic) = bank_ids(&entry.debtor)?;
    let signed_on = IsoDate::try_from(entry.mandate.signed_on).map_err(|_| Refusal::MandateTooNew)?;
    let line = DirectDebitEntry::new(
        entry.mandate.id.as_str(),
        signed_on,
        name(&entry.debtor.holder),
        iban,
        cents,
        entry.attempt.to_string(),
    )
    .with_description(fitted(&entry.remittance, MAX_REMITTANCE_LEN));
    Ok(match bic {
        Some(bic) => line.with_bic(bic),
        None => line,
    })
}

fn credit_transfer(entry: &Payout, cents: i64) -> Result<CreditTransferEntry, Refusal> {
    let (iban, bic) = bank_ids(&entry.payee)?;
    let line = CreditTransferEntry::new(name(&entry.payee.holder), iban, cents, entry.attempt.to_string())
        .with_description(fitted(&entry.remittance, MAX_REMITTANCE_LEN));
    Ok(match bic {
        Some(bic) => line.with_bic(bic),
        None => line,
    })
}

fn cents(amount: Money) -> Result<i64, Refusal> {
    if amount.currency() != Currency::EUR {
        return Err(Refusal::NotEuro);
    }
    let whole = amount.micros().checked_rem(MICROS_PER_CENT) == Some(0);
    match amount.micros().checked_div(MICROS_PER_CENT) {
        Some(cents) if whole && (1..=MAX_AMOUNT_CT).contains(&cents) => Ok(cents),
        Some(_) if whole => Err(Refusal::OutOfRange),
        _ => Err(Refusal::NotWholeCents),
    }
}

/// The number and bank of an account, with the rules of its country checked.
fn bank_ids(account: &BankAccount) -> Result<(sepa::Iban, Option<sepa::Bic>), Refusal> {
    let iban = sepa::validate_iban(Iban::reveal(&account.iban)).map_err(|_| Refusal::Account)?;
    let bic = account.bic.as_ref().map(|bic| sepa::validate_bic(Bic::as_str(bic))).transpose();
    Ok((iban, bic.map_err(|_| Refusal::Bic)?))
}

fn name(label: &Label) -> String {
    fitted(label, MAX_NAME_LEN)
}

/// As banks can write it (EPC217-08), and no longer than the element may be.
fn fitted(label: &Label, max_chars: usize) -> String {
    let text = transliterate(label.as_str(), Transliteration::German);
    truncate_chars(&text, max_chars).trim_end().to_owned()
}

fn iso_date(date: Date) -> Result<IsoDate, WriteError> {
    IsoDate::try_from(date).map_err(|_| WriteError::Date)
}

/// To the second: a bank needs no more, and some refuse fractions.
fn iso_time(at: Timestamp) -> Result<IsoDateTime, WriteError> {
    let text = at.to_string();
    let seconds = text.get(..19).ok_or(WriteError::Date)?;
    IsoDateTime::parse(seconds).map(IsoDateTime::in_utc).map_err(|_| WriteError::Date)
}

impl fmt::Debug for Written {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The document names people and their accounts.
        f.debug_struct("Written")
            .field("total", &self.total)
            .field("refused", &self.refused)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
