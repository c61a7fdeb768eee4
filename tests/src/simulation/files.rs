//! What goes to the bank in files, and what its statements say of it. A file is kept before it is delivered, and what a
//! statement says is booked once: both may be repeated.

use std::sync::Arc;

use anyhow::{Result, bail};
use core_payment::Core;
use core_payment::bank::{
    Batch, Draft, Effect, Hear, Heard, Kind, RefuseEntry, Refused, Said, Scribe, Unwritable, WriteFile,
    Written,
};
use payment_domain::{AttemptId, Currency, Money};

use super::bank::{Bank, Entry, Verdict};
use super::stage::Tally;

/// Writes a line an entry.
struct Lines;

impl Scribe for Lines {
    fn write(&self, draft: &Draft<'_>) -> Result<Written, Unwritable> {
        let operation = match draft.kind {
            Kind::Collections => "charge",
            Kind::Payouts => "payout",
        };
        let (mut document, mut attempts, mut refused) = (String::new(), Vec::new(), Vec::new());
        for due in draft.entries {
            match &due.bank {
                Some(bank) if due.amount.currency() == Currency::EUR => {
                    let (currency, micros) = (due.amount.currency(), due.amount.micros());
                    let holder = bank.account.holder.as_str();
                    document.push_str(&format!("{} {operation} {currency} {micros} {holder}\n", due.attempt));
                    attempts.push(due.attempt);
                }
                _ => refused.push(Refused { attempt: due.attempt, reason: "no account in euros".to_owned() }),
            }
        }
        let batch = Batch { name: format!("{}-1", draft.name), attempts };
        let document = (!batch.attempts.is_empty()).then(|| (document.into_bytes(), vec![batch]));
        Ok(Written { document, refused })
    }
}

/// Writes what is due into files, and delivers those that are not delivered.
///
/// # Errors
/// If the core takes nothing, or the bank.
pub async fn send(core: &Core, bank: &mut Bank, day: u32, tally: &mut Tally) -> Result<()> {
    for kind in Kind::ALL {
        let written = core.perform(Arc::new(WriteFile { kind, most: 200, scribe: Arc::new(Lines) })).await?;
        for refused in written?.refused {
            core.perform(Arc::new(RefuseEntry(refused))).await?;
            tally.add("bank file: entry refused", 1);
        }
    }
    for file in core.undelivered_bank_files()? {
        bank.receive_file(day, &core.bank_document(&file)?)?;
        core.bank_file_delivered(file.id)?;
        tally.add(format!("bank file: {}", file.kind.as_str()), 1);
    }
    Ok(())
}

/// Books what the statement of a day says of our orders.
///
/// # Errors
/// If something cannot be booked.
pub async fn hear(core: &Core, bank: &Bank, day: u32, tally: &mut Tally) -> Result<()> {
    let mut heard = Vec::new();
    for entry in bank.statement(day) {
        let (id, said) = match entry {
            Entry::Decided { order, .. } => {
                let received = bank.order(*order)?;
                (
                    *order,
                    match received.verdict {
                        Verdict::Approved => Said::Settled { booked_as: Some(received.reference.clone()) },
                        _ => Said::Rejected { reason: "AM04".to_owned() },
                    },
                )
            }
            Entry::TakenBack { order, fee, .. } => {
                let currency = Currency::parse(&bank.order(*order)?.currency)?;
                let fee = (*fee > 0).then(|| Money::from_micros(*fee, currency));
                let returned_as = Some(format!("back-{}", bank.order(*order)?.reference));
                (*order, Said::Returned { returned_as, reason: "MD06".to_owned(), fee })
            }
            Entry::PaidIn { .. } => continue,
        };
        heard.push(Heard { attempt: AttemptId::new(id)?, said });
    }
    if heard.is_empty() {
        return Ok(());
    }
    let words: Vec<_> = heard.iter().map(|heard| word(&heard.said)).collect();
    let effects = core.perform(Arc::new(Hear(heard.clone()))).await?;
    for ((heard, word), effect) in heard.iter().zip(words).zip(effects) {
        match effect {
            Effect::Booked => tally.add(format!("statement: {word}"), 1),
            Effect::Overtaken => tally.add("statement: booked before a crash", 1),
            Effect::Stuck(why) | Effect::Back(why) => bail!("{heard:?}: {why}"),
        }
    }
    Ok(())
}

const fn word(said: &Said) -> &'static str {
    match said {
        Said::Settled { .. } => "executed",
        Said::Rejected { .. } => "refused",
        Said::Returned { .. } => "taken back",
        Said::Confirmed { .. } => "confirmed",
    }
}

/// Whether an attempt goes by files.
#[must_use]
pub fn goes_by_file(system: &str) -> bool {
    system == core_payment::bank::SYSTEM
}
