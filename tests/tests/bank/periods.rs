//! A merchant's payout and a consumer's bill: from payments to the bank's files, settled and taken back; and single payments
//! that are taken back before and after their merchant was paid out.

use anyhow::{Context as _, Result};
use core_payment::bank::Kind;
use serde_json::json;
use tests::database::Database;
use tests::on_each_database;

use crate::commands::{Office, files};
use crate::desk::valid;
use crate::stage::{BAKERY, INES, PIA, entries, schema};

on_each_database!(
    a_bill_and_a_payout_go_by_files_and_come_back,
    what_came_back_is_less_to_pay_out_and_after_that_a_loss,
);

const SOON: &str = "
[aggregation]
every_ms = 200
[aggregation.fees]
minimum = '0.01'
[aggregation.dunning]
collect_after_days = 0
";

async fn a_bill_and_a_payout_go_by_files_and_come_back(database: Database) -> Result<()> {
    let Some(office) = Office::open(database, SOON).await? else { return Ok(()) };
    for _ in 0..3 {
        let offer = office.scene.deposit(office.scene.town.offer(BAKERY, "1.80")).await?;
        let order = office.scene.town.order(&offer).by(&office.scene.town.party(PIA)).sign()?;
        let receipt = office.scene.door().post(&order.document).await?;
        anyhow::ensure!(receipt.status == 200, "{}", receipt.status);
    }
    let closed = office.say(&["close-period", "--all"])?;
    assert!(closed.text.contains("EUR 5.40 due"), "{}", closed.text);
    let mut due = String::new();
    for _ in 0..100 {
        due = office.say(&["payouts"])?.text;
        if due.contains("collections  1 due, EUR 5.40") && due.contains("payouts      1 due, EUR 5.2") {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    assert!(due.contains("charge  bill  EUR 5.40") && due.contains("payout  payout  EUR 5.2"), "{due}");
    assert_eq!(office.say(&["payouts", "--write"])?.code, Some(0));
    let written = files(&office.folder("out"))?;
    let mut ids = Vec::new();
    for kind in Kind::ALL {
        let named = written.iter().find(|path| path.to_string_lossy().contains(schema(kind)));
        let file = valid(schema(kind), std::fs::read(named.context("no such file")?)?);
        let text = String::from_utf8_lossy(&file).into_owned();
        assert!(!text.contains("parking"), "the bank never sees the item (R47): {text}");
        office.bank.receive(&file, &json!({}))?;
        ids.extend(entries(&file));
    }
    let settled = office.reconcile(&office.bank.notify()?)?;
    assert!(settled.text.contains("settled              2") && settled.code == Some(0), "{}", settled.text);
    let mut sql = office.scene.database.sql()?;
    let words = |sql: &mut tests::storage::Sql, query: &str| sql.words(query);
    let states = "SELECT state AS value FROM bill UNION ALL SELECT state FROM payout";
    assert_eq!(words(&mut sql, states)?, ["paid", "paid"]);
    for id in &ids {
        office.bank.give_back(id, "AC04", "3.00")?;
    }
    let returned = office.reconcile(&office.bank.notify()?)?;
    assert!(
        returned.text.contains("returned             2") && returned.code == Some(0),
        "{}",
        returned.text
    );
    assert_eq!(words(&mut sql, states)?, ["retrying", "returned"]);
    let own = |sql: &mut tests::storage::Sql, kind: &str, label: &str| {
        sql.number(&format!("SELECT balance FROM account WHERE kind = '{kind}' AND label = '{label}'"))
    };
    // What came and went is even, but for what the bank took for it.
    assert_eq!(
        (own(&mut sql, "external", "sepa")?, own(&mut sql, "loss", "bank-fees")?),
        (6_000_000, -6_000_000)
    );
    drop(sql);
    let stated = office.reconcile(&office.bank.statement()?)?;
    assert!(stated.text.contains("already known        4") && stated.code == Some(0), "{}", stated.text);
    let audited = office.say(&["audit"])?;
    assert_eq!(audited.code, Some(0), "{}", audited.text);
    office.close(3).await
}

async fn what_came_back_is_less_to_pay_out_and_after_that_a_loss(database: Database) -> Result<()> {
    let Some(office) = Office::open(database, SOON).await? else { return Ok(()) };
    let first = sold(&office, "45.00").await?;
    let second = sold(&office, "40.00").await?;
    let booked = taken_back(&office, &first)?;
    assert!(booked.contains("EUR 45.00 from the merchant, EUR 0.00 lost"), "{booked}");
    // The payout of the period is without it; the fees of both sales stay.
    let closed = office.say(&["close-period", "--all"])?;
    assert_eq!(closed.code, Some(0), "{}", closed.text);
    let file = written(&office, Kind::Payouts, "payouts      1 due").await?;
    let paid_out = "SELECT CAST(amount + fee AS TEXT) AS value FROM payout WHERE state <> 'none'";
    assert_eq!(sql(&office, paid_out)?, ["40000000"]);
    office.bank.receive(&file, &json!({}))?;
    office.reconcile(&office.bank.notify()?)?;
    assert_eq!(office.scene.balance(BAKERY)?, 0);
    // After it there is nothing to take.
    let booked = taken_back(&office, &second)?;
    assert!(booked.contains("EUR 0.00 from the merchant, EUR 40.00 lost"), "{booked}");
    let audited = office.say(&["audit"])?;
    assert_eq!(audited.code, Some(0), "{}", audited.text);
    office.close(2).await
}

/// A single payment that the bank has booked; its attempt.
async fn sold(office: &Office, price: &str) -> Result<String> {
    let offer = office.scene.deposit(office.scene.town.offer(BAKERY, price)).await?;
    let order = office.scene.town.order(&offer).by(&office.scene.town.party(INES)).sign()?;
    let begun = office.scene.door().post(&order.document).await?;
    anyhow::ensure!(begun.status == 202, "{}", begun.status);
    let file = written(office, Kind::Collections, "collections  1 due").await?;
    office.bank.receive(&file, &json!({}))?;
    office.reconcile(&office.bank.notify()?)?;
    entries(&file).pop().context("no entry")
}

/// Writes what is due once it is, and returns the newest file of a kind.
async fn written(office: &Office, kind: Kind, due: &str) -> Result<Vec<u8>> {
    let mut listed = String::new();
    for _ in 0..100 {
        listed = office.say(&["payouts"])?.text;
        if listed.contains(due) {
            assert_eq!(office.say(&["payouts", "--write"])?.code, Some(0));
            let mut files = files(&office.folder("out"))?;
            files.retain(|path| path.to_string_lossy().contains(schema(kind)));
            return Ok(valid(schema(kind), std::fs::read(files.pop().context("no such file")?)?));
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    anyhow::bail!("never {due}: {listed}")
}

/// The payer takes a payment back, and the merchant bears it: what the command says.
fn taken_back(office: &Office, attempt: &str) -> Result<String> {
    office.bank.give_back(attempt, "MD06", "0")?;
    let told = office.reconcile(&office.bank.notify()?)?.text;
    let hint = told.lines().find(|line| line.contains("to book it")).context("no hint")?;
    let name = hint.split_whitespace().nth(4).context("no name")?;
    Ok(office.say(&["reconcile", "--take-back", name, "--borne-by", "merchant"])?.text)
}

fn sql(office: &Office, query: &str) -> Result<Vec<String>> {
    office.scene.database.sql()?.words(query)
}
