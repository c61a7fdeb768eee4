//! A merchant's payout and a consumer's bill: from payments to the bank's files, settled and taken back.

use anyhow::{Context as _, Result};
use core_payment::bank::Kind;
use serde_json::json;
use tests::database::Database;
use tests::on_each_database;

use crate::commands::{Office, files};
use crate::desk::valid;
use crate::stage::{BAKERY, PIA, entries, schema};

on_each_database!(a_bill_and_a_payout_go_by_files_and_come_back);

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
