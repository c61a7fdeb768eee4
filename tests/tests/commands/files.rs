//! Files of the wrong kind, handed to the commands that read files.

use anyhow::Result;
use tests::database::Database;
use tests::on_each_database;

use crate::desk::{Desk, FRIDA};

on_each_database!(
    a_file_of_another_kind_is_named_with_what_is_wrong,
    without_an_account_of_our_own_nothing_is_written_or_read,
);

async fn a_file_of_another_kind_is_named_with_what_is_wrong(database: Database) -> Result<()> {
    let desk = Desk::open_with(database, [], "[bank]\niban = 'DE44500105175407324931'\n").await?;
    let paid = desk.pay(FRIDA, &desk.offer("1.80").await?).await?;
    let receipt = desk.keep("receipt.xml", &paid.document)?;
    let text = desk.keep("text.xml", b"just\ntext")?;
    let (nowhere, folder) = (desk.path("nowhere.xml")?, desk.path("pki")?);
    for (command, on_receipt, on_text) in [
        ("rates", "receipt.xml: not the daily file of the ECB's rates", "text.xml: not the daily file"),
        ("reconcile", "receipt.xml: line 1: `PaymentReceipt` is not allowed here", "text.xml: line "),
        ("inclusion-proof", "in no bill, statement or payout advice yet", "text.xml: "),
    ] {
        desk.fails(&[command, &receipt], on_receipt)?;
        desk.fails(&[command, &text], on_text)?;
        desk.fails(&[command, &nowhere], "nowhere.xml: No such file")?;
        desk.fails(&[command, &folder], "Is a directory")?;
    }
    desk.fails(&["payouts", "--again", "CPS-7"], "there is no file CPS-7")?;
    desk.fails(&["reconcile", "--resolve", "7"], "--resolve takes a break as it is listed")?;
    desk.fails(&["reconcile", "--resolve", "7/1"], "there is no open break 7/1")?;
    assert_eq!(desk.works(&["reconcile", "--breaks"])?, "");
    desk.close(1)
}

async fn without_an_account_of_our_own_nothing_is_written_or_read(database: Database) -> Result<()> {
    let desk = Desk::open(database, []).await?;
    desk.fails(&["payouts", "--write"], "bank.iban: our account has to be known")?;
    desk.fails(&["reconcile", &desk.root()?], "bank.iban: our account has to be known")?;
    assert!(desk.works(&["payouts"])?.contains("payouts      0 due, nothing"));
    desk.close(0)
}
