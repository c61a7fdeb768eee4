//! What an operator does: lists what is due, writes files, reads answers; and a server that does it by itself.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use serde_json::json;
use tests::app::{App, Setup};
use tests::bank::{ACCOUNT, Bank};
use tests::database::Database;
use tests::on_each_database;
use tests::scene::Scene;
use tests::town::Town;

use crate::desk::valid;
use crate::stage::{INES, JOAO, people};

on_each_database!(
    an_operator_writes_reads_and_looks_again,
    a_server_writes_and_reads_by_itself,
    payouts_go_out_though_nothing_can_be_collected,
);

/// A server with people who have bank accounts, and their bank.
pub(crate) struct Office {
    pub(crate) scene: Scene,
    pub(crate) bank: Bank,
}

/// What a command printed, and its exit code.
pub(crate) struct Said {
    pub(crate) text: String,
    pub(crate) code: Option<i32>,
}

impl Office {
    pub(crate) async fn open(database: Database, more: &str) -> Result<Option<Self>> {
        Self::open_with(database, &format!("creditor_id = 'DE98ZZZ09999999999'\n{more}")).await
    }

    async fn open_with(database: Database, more: &str) -> Result<Option<Self>> {
        let Some(bank) = Bank::open()? else { return Ok(None) };
        let mut town = Town::found(&database).await?;
        town.settle(&database, people()?).await?;
        let more = format!("[bank]\niban = '{ACCOUNT}'\nlook_every_ms = 100\n{more}");
        let app = App::start_with(&town, &database, &Setup { more, ..Setup::default() }).await?;
        Ok(Some(Self { scene: Scene { app, database, town }, bank }))
    }

    async fn top_up(&self, who: &str, amount: &str) -> Result<()> {
        let town = &self.scene.town;
        let order = town.sign(who, town.top_up(who, amount))?;
        let report = self.scene.door().post(&order.document).await?.report()?;
        anyhow::ensure!(report.state == payment_message::State::Pending, "{report:?}");
        Ok(())
    }

    async fn redeem(&self, who: &str, amount: &str) -> Result<()> {
        let town = &self.scene.town;
        let order = town.sign(who, town.redemption(who, amount))?;
        let report = self.scene.door().post(&order.document).await?.report()?;
        anyhow::ensure!(report.state == payment_message::State::Pending, "{report:?}");
        Ok(())
    }

    /// The same command in another folder, as an operator would call it.
    pub(crate) fn say(&self, arguments: &[&str]) -> Result<Said> {
        let said = self.scene.app.say(arguments)?;
        Ok(Said { text: said.out + &said.err, code: said.code })
    }

    pub(crate) fn folder(&self, name: &str) -> std::path::PathBuf {
        self.scene.town.folder().join("bank").join(name)
    }

    /// Reconciles a file of the bank by command.
    pub(crate) fn reconcile(&self, content: &[u8]) -> Result<Said> {
        let path = self.scene.town.folder().join("answer.xml");
        std::fs::write(&path, content)?;
        self.say(&["reconcile", &path.to_string_lossy()])
    }

    /// Puts a file where the server takes it, whole.
    fn drop_in(&self, name: &str, content: &[u8]) -> Result<()> {
        let unfinished = self.scene.town.folder().join(name);
        std::fs::write(&unfinished, content)?;
        Ok(std::fs::rename(unfinished, self.folder("in").join(name))?)
    }

    /// Waits until a folder holds so many files, and returns one of them.
    async fn until(&self, folder: &str, count: usize) -> Result<std::path::PathBuf> {
        for _ in 0..200 {
            let files = files(&self.folder(folder))?;
            if let Some(last) = files.last().filter(|_| files.len() == count) {
                return Ok(last.clone());
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        bail!("never {count} files in {folder}:\n{}", self.scene.app.log())
    }

    pub(crate) async fn close(mut self, payments: u64) -> Result<()> {
        self.scene.app.stop()?;
        tests::audit::passes(&self.scene.town, &self.scene.database, payments)
    }
}

/// Finished files in a folder, by name.
pub(crate) fn files(folder: &Path) -> Result<Vec<std::path::PathBuf>> {
    let Ok(listed) = std::fs::read_dir(folder) else { return Ok(Vec::new()) };
    let mut files = Vec::new();
    for file in listed {
        let path = file?.path();
        if !path.file_name().context("a name")?.to_string_lossy().starts_with('.') {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

async fn an_operator_writes_reads_and_looks_again(database: Database) -> Result<()> {
    let Some(office) = Office::open(database, "").await? else { return Ok(()) };
    office.redeem(INES, "20.00").await?;
    office.redeem(JOAO, "5.00").await?;
    let due = office.say(&["payouts"])?;
    assert!(
        due.text.contains("payout  redemption  EUR 20.00") && due.text.contains("2 due, EUR 25.00"),
        "{}",
        due.text
    );
    assert!(files(&office.folder("out"))?.is_empty(), "listing writes nothing");
    let written = office.say(&["payouts", "--write"])?;
    assert!(written.text.contains("payouts  2 entries  EUR 25.00  written"), "{}", written.text);
    let again = office.say(&["payouts", "--write"])?;
    assert_eq!((again.text.as_str(), again.code), ("0 entries written\n", Some(0)));
    let path = office.until("out", 1).await?;
    let file = valid("pain.001.001.09", std::fs::read(&path)?);
    let listed = office.say(&["payouts", "--list-files"])?.text;
    let name = listed.split("  ").next().context("a name")?;
    assert!(listed.contains("2 entries") && listed.contains("put out"), "{listed}");
    std::fs::remove_file(&path)?;
    assert_eq!(office.say(&["payouts", "--again", name])?.code, Some(0));
    assert_eq!(std::fs::read(&path)?, file);
    assert_eq!(office.say(&["payouts", "--again", "CPS-1"])?.code, Some(2));

    office.bank.receive(&file, &json!({ "strangers": ["12.00"] }))?;
    let answer = office.scene.town.folder().join("answer.xml");
    std::fs::write(&answer, office.bank.notify()?)?;
    let answer = answer.to_string_lossy().into_owned();
    let first = office.say(&["reconcile", &answer])?;
    assert_eq!(first.code, Some(1), "{}", first.text);
    for expected in
        ["settled              2", "EUR 25.00", "break                1", "unknown entry, EUR 12.00"]
    {
        assert!(first.text.contains(expected), "{expected} in {}", first.text);
    }
    let second = office.say(&["reconcile", &answer])?;
    assert!(second.text.contains("nothing is changed") && second.code == Some(1), "{}", second.text);
    let open = office.say(&["reconcile", "--breaks"])?;
    assert_eq!(open.code, Some(1));
    let name = open.text.split("break ").nth(1).and_then(|rest| rest.split(',').next()).context("a break")?;
    assert_eq!(office.say(&["reconcile", "--resolve", name])?.code, Some(0));
    assert_eq!(office.say(&["reconcile", "--breaks"])?.code, Some(0));
    let third = office.say(&["reconcile", &answer])?;
    assert_eq!(third.code, Some(0), "{}", third.text);
    std::fs::write(&answer, "<Document/>")?;
    assert_eq!(office.say(&["reconcile", &answer])?.code, Some(2));
    let paid = "SELECT SUM(micros) FROM transfer WHERE kind = 'redemption-paid'";
    assert_eq!(office.scene.database.sql()?.number(paid)?, 25_000_000);
    office.close(0).await
}

async fn a_server_writes_and_reads_by_itself(database: Database) -> Result<()> {
    let Some(office) = Office::open(database, "enabled = true").await? else { return Ok(()) };
    office.redeem(INES, "20.00").await?;
    let path = office.until("out", 1).await?;
    let file = valid("pain.001.001.09", std::fs::read(&path)?);
    // What comes later waits for the next file.
    office.redeem(JOAO, "5.00").await?;
    office.bank.receive(&file, &json!({}))?;
    office.drop_in("notified.xml", &office.bank.notify()?)?;
    office.drop_in("broken.xml", b"<Document")?;
    office.until("done", 1).await?;
    office.until("bad", 1).await?;
    assert!(files(&office.folder("in"))?.is_empty());
    assert_eq!(files(&office.folder("out"))?.len(), 1);
    // Dropped again it is read before, and put beside the first.
    office.drop_in("notified.xml", &std::fs::read(office.folder("done").join("notified.xml"))?)?;
    office.until("done", 2).await?;
    let log = office.scene.app.log();
    for expected in ["bank file written", "1 settled", "was read before", "cannot be read"] {
        assert!(log.contains(expected), "{expected} in {log}");
    }
    assert!(!log.contains("NL91ABNA") && !log.contains("Duarte"), "{log}");
    let mut sql = office.scene.database.sql()?;
    assert_eq!(sql.number("SELECT COUNT(*) FROM attempt WHERE state = 'approved'")?, 1);
    assert_eq!(sql.number("SELECT COUNT(*) FROM attempt WHERE state = 'pending'")?, 1);
    drop(sql);
    office.close(0).await
}

async fn payouts_go_out_though_nothing_can_be_collected(database: Database) -> Result<()> {
    let Some(office) = Office::open_with(database, "enabled = true").await? else { return Ok(()) };
    office.top_up(INES, "10.00").await?;
    office.redeem(JOAO, "5.00").await?;
    let path = office.until("out", 1).await?;
    assert!(path.to_string_lossy().contains("pain.001"), "{}", path.display());
    let written = office.say(&["payouts", "--write"])?;
    assert!(
        written.text.contains("there is no creditor identifier") && written.code == Some(2),
        "{}",
        written.text
    );
    // The server says so once, not at every look, and nothing is declined for it.
    let complaints = office.scene.app.log().matches("there is no creditor identifier").count();
    assert_eq!(complaints, 1, "{}", office.scene.app.log());
    let mut sql = office.scene.database.sql()?;
    assert_eq!(sql.number("SELECT COUNT(*) FROM attempt WHERE state = 'pending'")?, 2);
    drop(sql);
    office.close(0).await
}
