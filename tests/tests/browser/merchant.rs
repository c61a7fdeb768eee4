//! The merchants' portal: a shop that opens, sells, gives back, is told and is paid out.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};
use serde_json::json;
use tests::bank::{ACCOUNT, Bank};
use tests::callback::Receiver;
use tests::database::Database;
use tests::on_each_database;

use crate::stage::Stage;

on_each_database!(a_shop_opens_sells_and_is_paid_out);

const OWNER: &str = "olga@example.org";

/// Whoever sells by the flows is told at once, and paid out whatever it is.
fn settings() -> String {
    format!(
        "[callbacks]\nplain_http = true\nallow = ['127.0.0.1']\n[outbox]\npoll_ms = 50\n\
         [bank]\niban = '{ACCOUNT}'\n[aggregation]\nevery_ms = 200\n[aggregation.fees]\nminimum = '0.01'\n"
    )
}

async fn a_shop_opens_sells_and_is_paid_out(database: Database) -> Result<()> {
    let Some(bank) = Bank::open()? else { return Ok(()) };
    let Some(mut stage) = Stage::open_with(database, &settings(), Vec::new()).await? else { return Ok(()) };
    let receiver = Receiver::plain(&[]).await?;
    let prepared = json!({ "owner": OWNER, "callback": receiver.url("127.0.0.1") });
    stage.play("merchant", prepared).await?;
    let calls = receiver.calls();
    ensure!(calls.len() >= 2 && calls[0].body == calls[1].body, "sent twice: {calls:?}");

    // Four sales of 2.40, of which 1.40 were given back and 2.40 are disputed; 2 % of all four, and whole cents.
    let file = pay_out(&stage, &bank).await?;
    let (amount, fee) = ("€5.60", "€0.192");
    stage.play("payouts", json!({ "owner": OWNER, "file": file, "amount": amount, "fee": fee })).await?;
    // Another shop, which sells five things, and has the money for two more set aside.
    stage.play("counter", json!({})).await?;
    stage.scene.close(11)
}

/// Closes the merchants' periods, writes the file for the bank, and reads what the bank answers. Returns the file's name.
async fn pay_out(stage: &Stage, bank: &Bank) -> Result<String> {
    let app = &stage.scene.app;
    let closed = app.command(&["close-period", "--all", "--of", "merchants"])?;
    ensure!(!closed.contains("payouts        0"), "{closed}");
    let mut written = String::new();
    for _ in 0..100 {
        written = app.command(&["payouts", "--write"])?;
        if written.contains("1 entries written") {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let name = written.split("  ").next().context("a name")?.to_owned();
    let folder = stage.scene.town.folder().join("bank/out");
    let Some(path) = the_file(&folder)? else { bail!("no file: {written}") };
    bank.receive(&std::fs::read(path)?, &json!({}))?;
    let answer = stage.scene.town.folder().join("answer.xml");
    std::fs::write(&answer, bank.statement()?)?;
    let read = app.command(&["reconcile", &answer.to_string_lossy()])?;
    ensure!(read.contains("settled              1"), "{read}");
    Ok(name)
}

fn the_file(folder: &PathBuf) -> Result<Option<PathBuf>> {
    for file in std::fs::read_dir(folder)? {
        let path = file?.path();
        if path.extension().is_some_and(|extension| extension == "xml") {
            return Ok(Some(path));
        }
    }
    Ok(None)
}
