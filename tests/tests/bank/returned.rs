//! Top-ups by direct debit that their payer took back: what is there goes back, what was spent is lost and known, and the
//! payer pays no more until a person has looked at it. Each once.

use std::sync::Arc;

use aggregation::Aggregation;
use aggregation::period::Book;
use aggregation::terms::Terms;
use anyhow::{Context as _, Result};
use core_payment::bank::Kind;
use core_payment::{ChangeParty, DatabaseUrl};
use payment_domain::{LedgerPosition, PartyId, Statement};
use payment_message::{Message, canonical};
use tests::counter::{Calendar, said};
use tests::database::Database;
use tests::on_each_database;
use tests::town::euros;

use crate::stage::{BAKERY, INES, Stage};

on_each_database!(
    a_top_up_that_is_still_there_goes_back_once,
    what_was_spent_of_a_top_up_that_came_back_is_lost_and_nothing_more,
    a_top_up_that_was_spent_altogether_is_lost_altogether,
    a_statement_says_what_was_taken_back,
);

async fn a_top_up_that_is_still_there_goes_back_once(database: Database) -> Result<()> {
    let Some(stage) = Stage::open(database).await? else { return Ok(()) };
    let attempt = stage.top_up(INES, "10.00").await?;
    assert_eq!(stage.settle(Kind::Collections).await?, "1 settled, 10.00");
    assert_eq!(stage.books(INES)?, ("60.00".into(), 0, -10_000_000));
    stage.bank.give_back(&attempt.to_string(), "MD06", "3.50")?;
    let file = stage.bank.notify()?;
    assert_eq!(stage.hear(file.clone()).await?, "1 returned, 10.00");
    // What the bank took for it is ours to pay.
    assert_eq!(stage.books(INES)?, ("50.00".into(), 0, 3_500_000));
    assert_eq!((lost(&stage)?, stage.town.own("loss", "bank-fees")?), (0, -3_500_000));
    assert_eq!(stage.state(attempt)?, "returned approved");
    assert_eq!(state_of(&stage, INES)?, "suspended");
    let waiting = stage.town.core.bank_breaks(None, 10)?;
    let [told] = waiting.as_slice() else { panic!("{waiting:?}") };
    let expected = format!("top-up {attempt} of EUR 10.00 taken back: EUR 10.00 from account ");
    assert!(told.words.starts_with(&expected), "{}", told.words);
    assert!(told.words.contains(", EUR 0.00 lost; consumer ") && told.words.contains("suspended: MD06"));
    assert!(!told.words.contains(INES), "{}", told.words);
    // A person has looked at it. Nothing that the bank says again changes that.
    assert!(stage.town.core.resolve_bank_break(told.answer, told.number)?);
    reinstate(&stage, INES).await?;
    assert_eq!(stage.hear(file).await?, "read before, 0 breaks open, 1 findings then");
    assert_eq!(stage.stated().await?, "2 already known, 20.00");
    assert_eq!(
        (state_of(&stage, INES)?.as_str(), stage.town.core.bank_breaks(None, 10)?),
        ("active", Vec::new())
    );
    assert_eq!(stage.books(INES)?, ("50.00".into(), 0, 3_500_000));
    // It can be topped up again.
    stage.top_up(INES, "1.00").await?;
    assert_eq!(stage.settle(Kind::Collections).await?, "1 settled, 1.00");
    stage.town.close(0)
}

async fn what_was_spent_of_a_top_up_that_came_back_is_lost_and_nothing_more(
    database: Database,
) -> Result<()> {
    let Some(stage) = Stage::open(database).await? else { return Ok(()) };
    stage.redeem(INES, "50.00").await?;
    assert_eq!(stage.settle(Kind::Payouts).await?, "1 settled, 50.00");
    let attempt = stage.top_up(INES, "10.00").await?;
    assert_eq!(stage.settle(Kind::Collections).await?, "1 settled, 10.00");
    assert_eq!(buy(&stage, INES, "5.00").await?, "paid EUR 5.00");
    assert_eq!(stage.books(INES)?, ("5.00".into(), 0, 40_000_000));
    stage.bank.give_back(&attempt.to_string(), "MD06", "0")?;
    assert_eq!(stage.notified().await?, "1 returned, 10.00");
    // The account with the bank stands where the bank's own books do: only the payout is left.
    assert_eq!(stage.books(INES)?, ("0.00".into(), 0, 50_000_000));
    assert_eq!((lost(&stage)?, stage.town.balance(BAKERY)?), (-5_000_000, "5.00".into()));
    let waiting = stage.town.core.bank_breaks(None, 10)?;
    assert!(
        waiting.iter().all(|told| told.words.contains("EUR 5.00 lost")) && waiting.len() == 1,
        "{waiting:?}"
    );
    // Neither more goods nor another debit to take back.
    assert_eq!(buy(&stage, INES, "1.00").await?, "refused consumer-suspended");
    let again = stage.town.town.sign(INES, stage.town.town.top_up(INES, "10.00"))?;
    assert_eq!(said(&stage.town.hand_in(&again).await?)?, "refused consumer-suspended");
    assert_eq!(stage.stated().await?, "3 already known, 70.00");
    assert_eq!((lost(&stage)?, stage.town.core.bank_breaks(None, 10)?.len()), (-5_000_000, 1));
    let Stage { town, desk, .. } = stage;
    // A copy of the database is made where nobody is connected to it.
    drop(desk);
    let ended = town.end();
    let expected = "of a bank's file does not agree";
    for statement in [
        "DELETE FROM transfer WHERE kind = 'top-up-lost'",
        "UPDATE transfer SET kind = 'top-up-returned' WHERE kind = 'top-up-lost'",
        "UPDATE transfer SET micros = micros - 1 WHERE kind = 'top-up-returned'",
        "UPDATE transfer SET kind = 'expiry' WHERE kind = 'top-up-returned'",
        "UPDATE bank_entry SET state = 'settled' WHERE state = 'returned'",
        "UPDATE bank_answer SET findings = 2 WHERE message = 'return-of-top-up'",
    ] {
        ended.tamper(statement, expected)?;
    }
    ended.tamper(
        "UPDATE transfer SET kind = 'top-up-lost' WHERE kind = 'top-up'",
        "for what banks sent back are not what evidence says",
    )?;
    ended.passes(1)
}

async fn a_top_up_that_was_spent_altogether_is_lost_altogether(database: Database) -> Result<()> {
    let Some(stage) = Stage::open(database).await? else { return Ok(()) };
    let attempt = stage.top_up(INES, "10.00").await?;
    assert_eq!(stage.settle(Kind::Collections).await?, "1 settled, 10.00");
    // On its way to the bank it is on the account no more.
    stage.redeem(INES, "60.00").await?;
    stage.bank.give_back(&attempt.to_string(), "AM04", "0")?;
    assert_eq!(stage.notified().await?, "1 returned, 10.00");
    assert_eq!((stage.books(INES)?, lost(&stage)?), (("0.00".into(), 60_000_000, 0), -10_000_000));
    assert_eq!(state_of(&stage, INES)?, "suspended");
    // What was asked for before is still paid.
    assert_eq!(stage.settle(Kind::Payouts).await?, "1 settled, 60.00");
    assert_eq!(stage.books(INES)?, ("0.00".into(), 0, 60_000_000));
    stage.town.close(0)
}

async fn a_statement_says_what_was_taken_back(database: Database) -> Result<()> {
    let Some(stage) = Stage::open(database).await? else { return Ok(()) };
    let attempt = stage.top_up(INES, "10.00").await?;
    assert_eq!(stage.settle(Kind::Collections).await?, "1 settled, 10.00");
    assert_eq!(buy(&stage, INES, "4.00").await?, "paid EUR 4.00");
    let before = statement(&stage).await?;
    assert_eq!((before.top_ups, before.closing), (euros("60.00"), euros("56.00")));
    // The month after: less was paid in than came back.
    stage.bank.give_back(&attempt.to_string(), "MD06", "0")?;
    assert_eq!(stage.notified().await?, "1 returned, 10.00");
    let after = statement(&stage).await?;
    assert_eq!((after.opening, after.top_ups), (before.closing, euros("0.00")));
    assert_eq!((after.other.decimal().as_str(), after.closing), ("-10.00", euros("46.00")));
    assert_eq!(stage.town.balance(INES)?, after.closing.decimal());
    stage.town.close(1)
}

/// Closes what consumers have on account, and returns the newest statement of Inês, which says that it adds up.
async fn statement(stage: &Stage) -> Result<Statement> {
    let url = DatabaseUrl::parse(stage.town.database.url())?;
    let clock = Arc::new(Calendar::default());
    let aggregation = Aggregation::new(stage.town.core.clone(), url, Arc::new(Terms::default()), clock);
    aggregation.close_all(&[Book::Prepaid]).await?;
    let position = stage.town.database.sql()?.words(&format!(
        "SELECT CAST(p.position AS TEXT) AS value FROM period p JOIN party o ON o.id = p.owner \
         WHERE p.book = 'prepaid' AND o.name = '{INES}' AND p.position IS NOT NULL ORDER BY p.seq DESC"
    ))?;
    let position = LedgerPosition::parse(position.first().context("no statement")?)?;
    let document = stage.town.core.issued(position)?.context("no document")?;
    match Message::parse(canonical::scan(&document)?.body())? {
        Message::Statement(statement) => Ok(statement.checked()?),
        other => anyhow::bail!("not a statement: {:?}", other.kind()),
    }
}

/// Somebody buys something at the bakery.
async fn buy(stage: &Stage, who: &str, price: &str) -> Result<String> {
    let town = &stage.town;
    let offer = town.deposit(town.town.offer(BAKERY, price)).await?;
    let order = town.town.order(&offer).by(&town.town.party(who)).sign()?;
    said(&town.hand_in(&order).await?)
}

async fn reinstate(stage: &Stage, who: &str) -> Result<()> {
    let name = PartyId::parse(who)?;
    let change = ChangeParty { name, active: Some(true), external: None, details: None };
    Ok(stage.town.core.change_party(change).await?)
}

/// What top-ups that came back have cost us.
fn lost(stage: &Stage) -> Result<i64> {
    stage.town.own("loss", "top-ups")
}

fn state_of(stage: &Stage, who: &str) -> Result<String> {
    let words = stage
        .town
        .database
        .sql()?
        .words(&format!("SELECT state AS value FROM party WHERE name = '{who}'"))?;
    words.into_iter().next().context("no party")
}
