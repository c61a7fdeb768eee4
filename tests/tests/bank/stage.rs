//! A town, the core on a database, our counter at the bank, and the bank itself behind two folders.

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};
use core_payment::bank::Kind;
use core_payment::{BankDetails, Core, Details, Mandate};
use gateway::bank::{Counter as Desk, Folders, Reconciled, Terms, WrittenFiles};
use gateway::external::iso20022::sending::CreditorId;
use payment_domain::{AttemptId, BankAccount, Iban, Label, MandateId, Timestamp};
use serde_json::Value;
use tests::bank::{ACCOUNT, Bank};
use tests::clock;
use tests::counter::Counter;
use tests::database::Database;
use tests::scratch::Scratch;
use tests::town::Newcomer;

use crate::desk::{creditor, valid};

/// Has EUR 50.00 on the account, and a bank account with a mandate.
pub(crate) const INES: &str = "ines";
/// Likewise.
pub(crate) const JOAO: &str = "joao";
/// Has EUR 50.00 and a bank account that no bank would take.
pub(crate) const KARL: &str = "karl";
/// A merchant with a bank account.
pub(crate) const BAKERY: &str = "bakery";
/// Pays later, by mandate.
pub(crate) const PIA: &str = "pia";
/// Has a bank account without a mandate.
pub(crate) const LENA: &str = "lena";

/// Everything that a test needs.
pub(crate) struct Stage {
    pub(crate) town: Counter,
    pub(crate) desk: Desk,
    pub(crate) bank: Bank,
    pub(crate) folder: Scratch,
}

impl Stage {
    /// `None` if the bank is missing.
    pub(crate) async fn open(database: Database) -> Result<Option<Self>> {
        let Some(bank) = Bank::open()? else { return Ok(None) };
        let town = Counter::open(database, people()?, |_| {}).await?;
        let folder = Scratch::new("counter")?;
        let desk = Desk::new(town.core.clone(), terms(Some(creditor()))?, folders(folder.path()));
        Ok(Some(Self { town, desk, bank, folder }))
    }

    /// Another gateway on the same database, with folders of its own.
    pub(crate) fn neighbour(&self, name: &str) -> Result<(Core, Desk)> {
        let core = self.town.town.core_with(&self.town.database, 1)?;
        let folders = folders(&self.folder.path().join(name));
        let desk = Desk::new(core.clone(), terms(Some(creditor()))?, folders);
        Ok((core, desk))
    }

    /// Somebody asks for money at the bank. Returns the attempt, as the bank will call it.
    pub(crate) async fn redeem(&self, who: &str, amount: &str) -> Result<AttemptId> {
        let order = self.town.town.sign(who, self.town.town.redemption(who, amount))?;
        let attempt = self.town.begin(&order).await?;
        ensure!(attempt.system == "sepa", "at {}", attempt.system);
        Ok(attempt.id)
    }

    /// Somebody tops up by direct debit.
    pub(crate) async fn top_up(&self, who: &str, amount: &str) -> Result<AttemptId> {
        let order = self.town.town.sign(who, self.town.town.top_up(who, amount))?;
        let attempt = self.town.begin(&order).await?;
        ensure!(attempt.system == "sepa", "at {}", attempt.system);
        Ok(attempt.id)
    }

    /// Writes what is due of a kind: one valid file, as it lies in the folder.
    pub(crate) async fn write(&self, kind: Kind) -> Result<Vec<u8>> {
        let written = self.desk.write(kind).await?;
        ensure!(written.refused.is_empty(), "refused: {:?}", written.refused);
        let [file] = written.files.as_slice() else { anyhow::bail!("{} files", written.files.len()) };
        let path = self.outgoing(&file.name, kind);
        ensure!(std::fs::metadata(&path)?.permissions().mode() & 0o777 == 0o600);
        let schema = schema(kind);
        Ok(valid(schema, std::fs::read(path)?))
    }

    /// Hands a file to the bank and reads the pain.002 that it answers.
    pub(crate) async fn hand_in(&self, file: &[u8], script: &Value) -> Result<String> {
        self.hear(valid("pain.002.001.10", self.bank.receive(file, script)?)).await
    }

    /// Writes, hands in, and reads the notification of what was booked.
    pub(crate) async fn settle(&self, kind: Kind) -> Result<String> {
        let file = self.write(kind).await?;
        self.hand_in(&file, &serde_json::json!({})).await?;
        self.notified().await
    }

    /// Reads the next camt.054 of the bank.
    pub(crate) async fn notified(&self) -> Result<String> {
        self.hear(valid("camt.054.001.08", self.bank.notify()?)).await
    }

    /// Reads the next camt.053 of the bank.
    pub(crate) async fn stated(&self) -> Result<String> {
        self.hear(valid("camt.053.001.08", self.bank.statement()?)).await
    }

    /// Reconciles a file and tells what came of it.
    pub(crate) async fn hear(&self, file: Vec<u8>) -> Result<String> {
        Ok(told(&self.desk.reconcile(file).await?))
    }

    /// On somebody's account, held for the bank, and owed to us by the bank.
    pub(crate) fn books(&self, who: &str) -> Result<(String, i64, i64)> {
        let held = self.town.own("hold", "redemption")?;
        Ok((self.town.balance(who)?, held, self.town.own("external", "sepa")?))
    }

    /// What became of an attempt: the entry's state, and the attempt's.
    pub(crate) fn state(&self, attempt: AttemptId) -> Result<String> {
        let words = self.town.database.sql()?.words(&format!(
            "SELECT e.state || ' ' || a.state AS value FROM bank_entry e JOIN attempt a ON a.id = e.attempt \
             WHERE a.id = {attempt}"
        ))?;
        words.into_iter().next().context("no entry")
    }

    pub(crate) fn outgoing(&self, name: &str, kind: Kind) -> PathBuf {
        self.folder.path().join("out").join(format!("{name}.{}.xml", schema(kind)))
    }
}

pub(crate) const fn schema(kind: Kind) -> &'static str {
    match kind {
        Kind::Collections => "pain.008.001.08",
        Kind::Payouts => "pain.001.001.09",
    }
}

/// The table of a reconciliation and its breaks in one line each.
pub(crate) fn told(reconciled: &Reconciled) -> String {
    if let Some(answer) = &reconciled.before {
        return format!(
            "read before, {} breaks open, {} findings then",
            reconciled.breaks.len(),
            answer.findings
        );
    }
    let mut lines: Vec<String> = reconciled
        .sums
        .iter()
        .map(|sum| match sum.amount {
            Some(amount) => format!("{} {}, {}", sum.count, sum.verdict, amount.decimal()),
            None => format!("{} {}", sum.count, sum.verdict),
        })
        .collect();
    lines.extend(reconciled.breaks.iter().map(|found| found.words.clone()));
    lines.join("; ")
}

/// The attempts in a file, in its order.
pub(crate) fn entries(file: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(file).into_owned();
    let ids = text.split("<EndToEndId>").skip(1);
    ids.map(|rest| rest.split('<').next().unwrap_or_default().to_owned()).collect()
}

/// What was refused, in words.
pub(crate) fn refusals(written: &WrittenFiles) -> Vec<(AttemptId, &str)> {
    written.refused.iter().map(|entry| (entry.attempt, entry.reason.as_str())).collect()
}

pub(crate) fn terms(creditor: Option<CreditorId>) -> Result<Terms> {
    Ok(Terms {
        initiator: Label::parse("Meteore")?,
        account: account("Meteore", ACCOUNT)?,
        creditor,
        pay_after_days: 0,
        collect_after_days: 2,
        entries: 100,
    })
}

pub(crate) fn folders(home: &Path) -> Folders {
    let folder = |name| home.join(name);
    Folders { outgoing: folder("out"), incoming: folder("in"), done: folder("done"), bad: folder("bad") }
}

pub(crate) fn people() -> Result<Vec<Newcomer>> {
    let good = "NL91ABNA0417164300";
    // The check digits agree, but no account in its country has so many digits.
    let bad = "DE5137040044053201300";
    Ok(vec![
        Newcomer::merchant(BAKERY).with_details(details("FR1420041010050500013M02606", None)?),
        Newcomer::postpaid(PIA, "50.00").with_details(details(good, Some("MND-PIA"))?),
        banked(INES, good, Some("MND-INES"))?,
        banked(JOAO, "FR1420041010050500013M02606", Some("MND-JOAO"))?,
        banked(KARL, bad, Some("MND-KARL"))?,
        banked(LENA, good, None)?,
    ])
}

fn banked(name: &str, iban: &str, mandate: Option<&str>) -> Result<Newcomer> {
    let details = details(iban, mandate)?;
    Ok(Newcomer::prepaid(name, "50.00").with_external("sepa:mandate").with_details(details))
}

fn details(iban: &str, mandate: Option<&str>) -> Result<Details> {
    let mandate = mandate.map(MandateId::parse).transpose()?;
    let mandate = mandate.map(|id| Mandate { id, signed_at: signed_at() });
    let bank = Some(BankDetails { account: account("Inês Duarte", iban)?, mandate });
    Ok(Details { bank, ..Details::default() })
}

fn account(holder: &str, iban: &str) -> Result<BankAccount> {
    Ok(BankAccount { holder: Label::parse(holder)?, iban: Iban::parse(iban)?, bic: None })
}

fn signed_at() -> Timestamp {
    clock::now().saturating_add_millis(-30 * 24 * 60 * 60 * 1000)
}
