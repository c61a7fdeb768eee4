//! `close-period` and `show-bill`.

use anyhow::Result;
use tests::database::Database;
use tests::on_each_database;

use crate::desk::{Desk, FRIDA};

on_each_database!(periods_are_closed_and_documents_shown);

async fn periods_are_closed_and_documents_shown(database: Database) -> Result<()> {
    let desk = Desk::open(database, []).await?;
    let offer = desk.offer("1.80").await?;
    let paid = desk.pay(FRIDA, &offer).await?;
    desk.pay(FRIDA, &offer).await?;

    let nothing = desk.works(&["close-period"])?;
    assert!(nothing.contains("bills          0, nothing due"), "{nothing}");
    desk.fails(&["close-period", "--of", "consumers"], "--all")?;
    desk.fails(&["close-period", "--all", "--of", "everybody"], "possible values: consumers, merchants")?;
    let bills = desk.works(&["close-period", "--all", "--of", "consumers"])?;
    assert!(
        bills.contains("bills          1, EUR 3.60 due") && bills.contains("payouts        0"),
        "{bills}"
    );
    let advices = desk.works(&["close-period", "--all", "--of", "merchants"])?;
    assert!(advices.contains("bills          0") && advices.contains("payouts        1"), "{advices}");
    let again = desk.works(&["close-period", "--all"])?;
    assert!(again.contains("bills          0, nothing due"), "{again}");

    let number = desk.word("SELECT CAST(position AS TEXT) AS value FROM bill")?;
    let text = desk.works(&["show-bill", &number])?;
    assert!(text.contains(&number) && text.contains("3.60") && text.contains("parking"), "{text}");
    assert!(desk.works(&["show-bill", &number, "--format", "html"])?.starts_with("<!DOCTYPE html>"));
    let path = |name: &str| desk.path(name);
    desk.works(&["show-bill", &number, "--format", "pdf", "-o", &path("bill.pdf")?])?;
    assert!(std::fs::read(path("bill.pdf")?)?.starts_with(b"%PDF-"));
    desk.works(&["show-bill", &number, "--format", "xml", "--output", &path("bill.xml")?])?;
    let printed = desk.works(&["show-bill", &number, "--format", "xml"])?;
    assert_eq!(std::fs::read_to_string(path("bill.xml")?)?, printed);
    let verified = desk.works(&["verify", &path("bill.xml")?, "--ca", &desk.root()?])?;
    assert!(verified.contains("good") && verified.contains("Bill"), "{verified}");
    let advice = desk.word("SELECT CAST(MIN(position) AS TEXT) AS value FROM payout")?;
    let text = desk.works(&["show-bill", &advice])?;
    assert!(text.contains("3.60") && text.contains("parking"), "{text}");

    desk.fails(&["show-bill"], "<NUMBER>")?;
    desk.fails(&["show-bill", "seven"], "the number of a document is a whole number")?;
    desk.fails(&["show-bill", "7"], "no document was issued under the number 7")?;
    let receipt = paid.receipt.position.to_string();
    desk.fails(&["show-bill", &receipt], "no document was issued under the number")?;
    desk.fails(&["show-bill", &number, "-o", &path("nowhere/bill.txt")?], "nowhere/bill.txt: No such file")?;
    desk.fails(&["show-bill", &number, "--format", "word"], "possible values: text, xml, html, pdf")?;
    desk.close(2)
}
