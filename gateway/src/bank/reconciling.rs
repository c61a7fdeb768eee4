//! One file of the bank, from its bytes to the books.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use core_payment::bank::{
    Answer, Break, Effect, EntryState, Hear, Heard, Kind, OpenBreak, RegisterAnswer, Registered, Said,
    SentEntry,
};
use core_payment::{ReadError, SubmitError};
use payment_domain::{AttemptId, Currency, Digest, LedgerPosition, Money};
use payment_message::sha256;
use thiserror::Error;

use super::{Counter, off_thread};
use crate::external::iso20022::matching::{
    self, Finding, Known, Mentioned, Register, State, Verdict, reconcile,
};
use crate::external::iso20022::reading::{self, BankFile, Limits};
use crate::external::iso20022::reason::Reason;

/// What is booked in one batch.
const CHUNK: usize = 100;
/// How often a file is held against what is known, if others are at its entries too.
const ROUNDS: u32 = 10;

/// What came of a file of the bank.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reconciled {
    /// The message that it is.
    pub message: String,
    /// The bank's name for it.
    pub name: String,
    /// Set if it was read to its end before: then nothing was done.
    pub before: Option<Answer>,
    /// What its lines meant, by verdict. Empty if it was read before.
    pub sums: Vec<Sum>,
    /// What does not fit and nobody has resolved yet.
    pub breaks: Vec<OpenBreak>,
}

/// Lines of one verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sum {
    /// The verdict.
    pub verdict: &'static str,
    /// How many.
    pub count: u64,
    /// How much the attempts are about; nothing where that is not what was said.
    pub amount: Option<Money>,
}

/// Why a file was not reconciled, or not to its end. What was booked of it stays; given again, it goes on.
#[derive(Debug, Error)]
pub enum ReconcileError {
    /// It is none of the messages that we read, or damaged. Nothing of it was used.
    #[error(transparent)]
    Unreadable(reading::ReadError),
    /// Not now.
    #[error(transparent)]
    Submit(#[from] SubmitError),
    /// Not now.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// Somebody else is at the same entries all the time.
    #[error("the entries of the file are being moved on by others; try again")]
    Busy,
}

/// Breaks that are shown of one file.
const SHOWN: i64 = 1000;

impl Counter {
    /// Reads a file of the bank, books what it says, and keeps what does not fit. Given again, it changes nothing.
    ///
    /// # Errors
    /// [`ReconcileError`].
    pub async fn reconcile(&self, content: Vec<u8>) -> Result<Reconciled, ReconcileError> {
        let digest = sha256(&content);
        let core = self.core.clone();
        if let Some(answer) = off_thread(move || core.bank_answer(&digest)).await?? {
            return self.read_before(answer).await;
        }
        let file = off_thread(move || reading::read(content.as_slice(), Limits::default())).await?;
        let file = Arc::new(file.map_err(ReconcileError::Unreadable)?);
        let mentioned = Arc::new(Mentioned::by(&file));
        let mut reading = Reading::default();
        for _ in 0..ROUNDS {
            let (findings, amounts) = self.findings(&file, &mentioned).await?;
            if self.book(&findings, &amounts, &mut reading).await? {
                let act = reading.registration(&file, digest);
                return match self.core.perform(Arc::new(act)).await? {
                    Registered::Now(answer) => {
                        let breaks = self.breaks(answer).await?;
                        count(&reading);
                        Ok(Reconciled {
                            message: file.message().to_owned(),
                            name: plain(file.id()),
                            before: None,
                            sums: reading.sums(),
                            breaks,
                        })
                    }
                    Registered::Before(answer) => self.read_before(answer).await,
                };
            }
        }
        Err(ReconcileError::Busy)
    }

    async fn read_before(&self, answer: Answer) -> Result<Reconciled, ReconcileError> {
        let breaks = self.breaks(answer.id).await?;
        let (message, name) = (answer.message.clone(), answer.name.clone());
        Ok(Reconciled { message, name, before: Some(answer), sums: Vec::new(), breaks })
    }

    async fn breaks(&self, answer: LedgerPosition) -> Result<Vec<OpenBreak>, ReconcileError> {
        let core = self.core.clone();
        Ok(off_thread(move || core.bank_breaks(Some(answer), SHOWN)).await??)
    }

    /// Holds a file against what is known now. With it the amounts of the attempts that it may be about.
    async fn findings(
        &self,
        file: &Arc<BankFile>,
        mentioned: &Arc<Mentioned>,
    ) -> Result<(Vec<Finding>, BTreeMap<AttemptId, Money>), ReconcileError> {
        let (core, file, mentioned) = (self.core.clone(), Arc::clone(file), Arc::clone(mentioned));
        let account = self.clerk.0.account.iban.clone();
        off_thread(move || {
            let Mentioned { attempts, batches, files } = &*mentioned;
            let entries = core.bank_entries(attempts, batches, files)?;
            let amounts = entries.iter().map(|entry| (entry.attempt, entry.amount)).collect();
            let register = Register::new(account, entries.into_iter().map(known));
            Ok((reconcile(&file, &register), amounts))
        })
        .await?
    }

    /// Books what was found. `false` if somebody else was faster somewhere: then the rest has to be found again.
    async fn book(
        &self,
        findings: &[Finding],
        amounts: &BTreeMap<AttemptId, Money>,
        reading: &mut Reading,
    ) -> Result<bool, ReconcileError> {
        reading.begin_round(findings, amounts);
        let heard: Vec<(&Finding, Heard)> =
            findings.iter().filter_map(|finding| Some((finding, heard(&finding.verdict)?))).collect();
        for chunk in heard.chunks(CHUNK) {
            let act = Hear(chunk.iter().map(|(_, heard)| heard.clone()).collect());
            let effects = self.core.perform(Arc::new(act)).await?;
            let mut overtaken = false;
            for ((finding, heard), effect) in chunk.iter().zip(effects) {
                match effect {
                    Effect::Booked => reading.booked(finding, heard.attempt, amounts),
                    Effect::Stuck(why) => reading.broken(finding.line, why, None),
                    Effect::Back(why) => reading.broken(finding.line, why, Some(heard.attempt)),
                    Effect::Overtaken => overtaken = true,
                }
            }
            if overtaken {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

/// What is known of a file so far.
#[derive(Default)]
struct Reading {
    booked: Sums,
    /// Lines and attempts that were booked: the next round finds that they are known.
    ours: BTreeSet<(u64, AttemptId)>,
    /// Of the last round.
    said: Sums,
    breaks: Vec<Break>,
}

impl Reading {
    fn begin_round(&mut self, findings: &[Finding], amounts: &BTreeMap<AttemptId, Money>) {
        self.said = Sums::default();
        self.breaks.clear();
        for Finding { line, verdict } in findings {
            match verdict {
                Verdict::Break(found) => self.broken(*line, found.to_string(), None),
                Verdict::AlreadyKnown { attempt } | Verdict::Underway { attempt }
                    if !self.ours.contains(&(*line, *attempt)) =>
                {
                    self.said.add(name(verdict), amounts.get(attempt).copied());
                }
                _ => {}
            }
        }
    }

    fn booked(&mut self, finding: &Finding, attempt: AttemptId, amounts: &BTreeMap<AttemptId, Money>) {
        self.ours.insert((finding.line, attempt));
        self.booked.add(name(&finding.verdict), amounts.get(&attempt).copied());
    }

    fn broken(&mut self, line: u64, words: String, back: Option<AttemptId>) {
        // A bank's names are in some of them.
        let words = words.chars().map(|c| if c.is_control() { '?' } else { c }).collect();
        self.breaks.push(Break { line, words, back });
    }

    fn registration(&self, file: &BankFile, digest: Digest) -> RegisterAnswer {
        let counts = self.sums().into_iter().map(|sum| sum.count);
        RegisterAnswer {
            digest,
            message: file.message().to_owned(),
            name: plain(file.id()),
            findings: counts.fold(0, u64::saturating_add),
            breaks: self.breaks.clone(),
        }
    }

    /// What the lines meant, in the order of [`VERDICTS`].
    fn sums(&self) -> Vec<Sum> {
        let mut all = self.booked.clone();
        for (verdict, (count, amount)) in &self.said.0 {
            all.add_all(verdict, *count, *amount);
        }
        let broken = u64::try_from(self.breaks.len()).unwrap_or(u64::MAX);
        all.add_all(BREAK, broken, None);
        let sum = |verdict: &&'static str| {
            let (count, amount) = all.0.get(verdict).copied().unwrap_or_default();
            (count > 0).then_some(Sum { verdict, count, amount })
        };
        VERDICTS.iter().filter_map(sum).collect()
    }
}

/// Counts and amounts by verdict.
#[derive(Debug, Clone, Default)]
struct Sums(BTreeMap<&'static str, (u64, Option<Money>)>);

impl Sums {
    fn add(&mut self, verdict: &'static str, amount: Option<Money>) {
        self.add_all(verdict, 1, amount);
    }

    fn add_all(&mut self, verdict: &'static str, count: u64, amount: Option<Money>) {
        let sum = self.0.entry(verdict).or_default();
        sum.0 = sum.0.saturating_add(count);
        // For people: where it does not fit into an amount there is none.
        if let Some(amount) = amount {
            let before = sum.1.unwrap_or(Money::zero(Currency::EUR));
            sum.1 = before.checked_add(amount).ok();
        }
    }
}

const BREAK: &str = "break";
/// In the order in which they are told.
const VERDICTS: [&str; 7] =
    ["settled", "rejected", "returned", "confirmed", "under way", "already known", BREAK];

const fn name(verdict: &Verdict) -> &'static str {
    match verdict {
        Verdict::Settled { .. } => "settled",
        Verdict::Rejected { .. } => "rejected",
        Verdict::Returned { .. } => "returned",
        Verdict::Underway { .. } => "under way",
        Verdict::Confirmed { .. } => "confirmed",
        Verdict::AlreadyKnown { .. } => "already known",
        Verdict::Break(_) => BREAK,
    }
}

/// What has to be booked for a verdict, if anything.
fn heard(verdict: &Verdict) -> Option<Heard> {
    let (attempt, said) = match verdict {
        Verdict::Settled { attempt, booked_as, .. } => {
            (*attempt, Said::Settled { booked_as: booked_as.clone() })
        }
        Verdict::Rejected { attempt, reason } => (*attempt, Said::Rejected { reason: told(reason.as_ref()) }),
        Verdict::Returned { attempt, reason, fee, returned_as, .. } => {
            let (returned_as, reason) = (returned_as.clone(), told(reason.as_ref()));
            (*attempt, Said::Returned { returned_as, reason, fee: *fee })
        }
        Verdict::Confirmed { attempt, booked_as } => {
            (*attempt, Said::Confirmed { booked_as: booked_as.clone() })
        }
        Verdict::Underway { .. } | Verdict::AlreadyKnown { .. } | Verdict::Break(_) => return None,
    };
    Some(Heard { attempt, said })
}

fn told(reason: Option<&Reason>) -> String {
    match reason {
        None => "no reason given".to_owned(),
        Some(reason) if reason.meaning().is_empty() => reason.to_string(),
        Some(reason) => format!("{reason}, {}", reason.meaning()),
    }
}

fn known(entry: SentEntry) -> Known {
    Known {
        attempt: entry.attempt,
        kind: match entry.kind {
            Kind::Collections => matching::Kind::Collection,
            Kind::Payouts => matching::Kind::Payout,
        },
        amount: entry.amount,
        file: entry.file,
        batch: entry.batch,
        state: match entry.state {
            EntryState::Sent => State::Sent,
            EntryState::Settled { booked_as } => State::Settled { booked_as },
            EntryState::Rejected => State::Rejected,
            EntryState::Returned { booked_as, returned_as } => State::Returned { booked_as, returned_as },
        },
    }
}

/// A name that a bank gave to its file, as it may be shown and kept.
fn plain(text: &str) -> String {
    text.chars().map(|c| if c.is_ascii_graphic() { c } else { '?' }).collect()
}

fn count(reading: &Reading) {
    for sum in reading.sums() {
        metrics::counter!("meteore_bank_findings_total", "verdict" => sum.verdict).increment(sum.count);
    }
}
