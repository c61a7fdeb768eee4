//! Vouchers expire as they were sold; no other account does.

use std::sync::Arc;

use anyhow::{Result, ensure};
use core_payment::purse::ExpirePurses;
use core_payment::{AdminError, NewAccount, NewParty};
use payment_domain::{Currency, PartyId, Role};
use tests::counter::Counter;
use tests::database::Database;
use tests::on_each_database;
use tests::town::people::ALICE;
use tests::town::{Newcomer, euros};

on_each_database!(
    a_voucher_expires_so_long_after_its_last_top_up,
    vouchers_expire_a_batch_at_a_time,
    nobody_opens_a_voucher_that_nothing_would_let_expire,
    the_audit_sees_an_expiry_that_was_tampered_with,
);

const DAY_MS: i64 = 24 * 60 * 60 * 1000;

fn voucher(name: &str, amount: &str) -> Newcomer {
    Newcomer {
        accounts: vec![NewAccount::Voucher { currency: Currency::EUR }],
        ..Newcomer::prepaid(name, amount).with_external("simulator:approve").with_msisdn(number(name))
    }
}

fn number(name: &str) -> &'static str {
    match name {
        "kim" => "+33612345611",
        "lea" => "+33612345612",
        _ => "+33612345613",
    }
}

async fn expire(counter: &Counter, limit: u16) -> Result<Vec<String>> {
    let done = counter.core.perform(Arc::new(ExpirePurses { limit })).await?;
    Ok(done.taken.iter().map(|(_, amount)| amount.decimal()).collect())
}

async fn a_voucher_expires_so_long_after_its_last_top_up(database: Database) -> Result<()> {
    let people = vec![voucher("kim", "0.00")];
    let counter =
        Counter::open(database, people, |policy| policy.prepaid.expires_after_months = Some(2)).await?;
    let top_up = counter.begin(&counter.town.sign("kim", counter.town.top_up("kim", "20.00"))?).await?;
    counter.finish(top_up.id, "approved").await?;
    counter.wait(40 * DAY_MS);
    let mut again = counter.town.top_up("kim", "5.00");
    again.created_at = again.created_at.saturating_add_millis(40 * DAY_MS);
    let top_up = counter.begin(&counter.town.sign("kim", again)?).await?;
    counter.finish(top_up.id, "approved").await?;
    // More than two months after the first, less than two after the last.
    counter.wait(30 * DAY_MS);
    assert!(expire(&counter, 100).await?.is_empty());
    assert_eq!(counter.balance("kim")?, "25.00");
    counter.wait(33 * DAY_MS);
    assert_eq!(expire(&counter, 100).await?, ["25.00"]);
    assert!(expire(&counter, 100).await?.is_empty(), "once");
    assert_eq!((counter.balance("kim")?, counter.own("breakage", "voucher")?), ("0.00".into(), 25_000_000));
    // EMD2 art. 11: what is on any other account stays, for ever.
    assert_eq!(counter.balance(ALICE)?, "100.00");
    counter.wait(400 * DAY_MS);
    assert!(expire(&counter, 100).await?.is_empty());
    assert_eq!(counter.balance(ALICE)?, "100.00");
    counter.close(0)
}

async fn vouchers_expire_a_batch_at_a_time(database: Database) -> Result<()> {
    let people = vec![voucher("kim", "1.00"), voucher("lea", "2.00"), voucher("mia", "3.00")];
    let counter =
        Counter::open(database, people, |policy| policy.prepaid.expires_after_months = Some(1)).await?;
    counter.wait(32 * DAY_MS);
    assert_eq!(expire(&counter, 2).await?, ["1.00", "2.00"]);
    let (one, other) = tokio::join!(expire(&counter, 2), expire(&counter, 2));
    let mut both = one?;
    both.extend(other?);
    assert_eq!(both, ["3.00"], "two workers at once take it once");
    assert_eq!(counter.own("breakage", "voucher")?, 6_000_000);
    counter.close(0)
}

async fn nobody_opens_a_voucher_that_nothing_would_let_expire(database: Database) -> Result<()> {
    let counter = Counter::open(database, Vec::new(), |_| {}).await?;
    let party = NewParty {
        name: PartyId::parse("kim")?,
        role: Role::Terminal,
        accounts: vec![NewAccount::Voucher { currency: Currency::EUR }],
        msisdn: None,
        external: None,
        details: core_payment::Details::default(),
    };
    let refused = counter.core.register_party(party).await;
    ensure!(refused == Err(AdminError::NothingExpires), "{refused:?}");
    ensure!(counter.balance("kim").is_err(), "nothing of it is kept");
    counter.close(0)
}

async fn the_audit_sees_an_expiry_that_was_tampered_with(database: Database) -> Result<()> {
    let people = vec![voucher("kim", "1.00")];
    let counter =
        Counter::open(database, people, |policy| policy.prepaid.expires_after_months = Some(1)).await?;
    counter.wait(32 * DAY_MS);
    assert_eq!(expire(&counter, 2).await?, [euros("1.00").decimal()]);
    let ended = counter.end();
    for (statement, expected) in [
        ("UPDATE transfer SET micros = 900000 WHERE kind = 'expiry'", "do not agree"),
        ("DELETE FROM transfer WHERE kind = 'expiry'", "do not agree"),
        ("DELETE FROM evidence WHERE kind = 'declared'", "1 of the kind expiry"),
    ] {
        ended.tamper(statement, expected)?;
    }
    ended.passes(0)
}
