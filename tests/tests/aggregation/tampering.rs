//! Whatever is changed behind our back in what was folded and billed, the audit names it.

use aggregation::audit;
use aggregation::period::Book;
use anyhow::{Result, ensure};
use core_payment::DatabaseUrl;
use tests::database::Database;
use tests::on_each_database;

use crate::stage::{Stage, terms};

on_each_database!(every_change_is_found);

async fn every_change_is_found(database: Database) -> Result<()> {
    let stage = Stage::open(database, terms()).await?;
    let cake = stage.offer("bakery", "5.005").await?;
    let (_, order) = stage.pay("frida", &cake).await?;
    stage.pay("alice", &cake).await?;
    let all = [Book::Postpaid, Book::Prepaid, Book::Merchant];
    stage.aggregation.close_all(&all).await?;
    stage.aggregation.advance_dunning(stage.now()).await?;
    stage.answer("bill", true).await?;
    stage.answer("payout", true).await?;
    stage.refund(&order, "0.001").await?;
    stage.pay("frida", &cake).await?;
    stage.aggregation.close_all(&all).await?;
    stage.pay("frida", &cake).await?;
    stage.aggregation.fold_all()?;
    let Stage { core, database, aggregation, .. } = stage;
    core.shut_down();
    let clean = aggregation.audit()?;
    ensure!(clean.passes(), "{:#?}", clean.findings);
    // Nobody may be connected while the database is copied.
    drop((core, aggregation));
    for (statement, expected) in [
        ("UPDATE fold SET transfers = transfers + 1 WHERE seq = 1", "took"),
        ("DELETE FROM fold_range WHERE fold = 2", "took"),
        ("UPDATE fold_cursor SET batch = batch + 1", "cursors"),
        ("UPDATE fold_range SET through_batch = through_batch + 1 WHERE fold = 1", "batch of this node"),
        (
            "UPDATE fold_range SET after_seq = after_seq + 1, after_batch = after_batch + 1 WHERE fold = 2",
            "where the one before",
        ),
        ("DELETE FROM period WHERE closed_fold IS NULL", "no open period"),
        (
            "UPDATE period SET carried = carried + 1 WHERE closed_fold IS NULL AND book = 'postpaid'",
            "add up to",
        ),
        (
            "UPDATE period SET carried = carried + 1 WHERE closed_fold IS NOT NULL AND book = 'merchant' AND seq = 2",
            "add up to",
        ),
        (
            "UPDATE period SET standing = standing + 1 WHERE closed_fold IS NULL AND book = 'merchant'",
            "stand where",
        ),
        ("UPDATE period SET owner = owner + 1 WHERE seq = 1 AND book = 'prepaid'", "add up to"),
        ("UPDATE period SET closed_at = closed_at + 1 WHERE seq = 1 AND book = 'postpaid'", "does not say"),
        ("UPDATE bill SET due = due + 10000, carried = carried - 10000", "asks for"),
        ("UPDATE bill SET collected = collected - 1 WHERE collected > 0", "collected"),
        ("UPDATE bill SET state = 'written-off' WHERE state <> 'paid'", "written-off"),
        ("UPDATE payout SET fee = fee + 1", "fee"),
        ("UPDATE payout SET amount = amount + 10000 WHERE amount > 0", "pays out"),
        ("UPDATE payout SET state = 'returned' WHERE state = 'paid'", "transfers say"),
        ("UPDATE payout SET share_ppm = share_ppm * 2", "add up to"),
        ("UPDATE credit SET micros = micros + 1", "credit note"),
        ("UPDATE credit SET state = 'netted', bill = NULL, position = NULL", "lacks one"),
        ("DELETE FROM credit", "is missing"),
        (
            "UPDATE transfer SET micros = micros + 1 WHERE kind = 'payment' AND id = (SELECT MIN(id) FROM transfer WHERE kind = 'payment')",
            "add up to",
        ),
        (
            "UPDATE transfer SET micros = micros + 1 WHERE kind = 'fee' AND id = (SELECT MIN(id) FROM transfer WHERE kind = 'fee')",
            "transfers say",
        ),
        ("UPDATE transfer SET payment = 7 WHERE kind = 'collection'", "does not exist"),
        ("UPDATE account SET balance = balance + 1 WHERE kind = 'merchant'", "does not balance"),
        ("DELETE FROM evidence WHERE kind = 'issued'", "was not issued"),
    ] {
        let copy = database.copy()?;
        ensure!(copy.sql()?.touch(statement)? > 0, "nothing was touched: {statement}");
        let findings = audit::audit(&DatabaseUrl::parse(copy.url())?)?.findings;
        let found = findings.iter().any(|finding| finding.fault.contains(expected));
        ensure!(found, "{statement}\n  expected {expected}, found {findings:#?}");
    }
    Ok(())
}
