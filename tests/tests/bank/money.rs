//! Payouts and collections from the ledger to the bank and back: settled, rejected, returned, each once.

use anyhow::Result;
use core_payment::bank::Kind;
use serde_json::json;
use tests::counter::said;
use tests::database::Database;
use tests::on_each_database;

use crate::desk::valid;
use crate::stage::{BAKERY, INES, JOAO, KARL, LENA, Stage, entries, refusals};

on_each_database!(
    redemptions_settle_once_though_the_bank_says_so_three_times,
    what_the_bank_rejects_is_on_the_account_again,
    a_file_that_is_refused_as_a_whole_is_refused_in_every_part,
    what_comes_back_weeks_later_is_on_the_account_again,
    what_came_back_before_anybody_heard_that_it_had_gone_was_never_paid,
    a_booking_and_its_return_in_one_statement_are_both_booked,
    collections_go_by_their_mandates_and_the_first_of_each_is_said_to_be_the_first,
    what_nothing_takes_back_by_itself_is_a_break,
    a_batch_that_is_booked_as_one_settles_in_every_part,
    what_no_file_can_hold_is_declined_and_never_written,
);

async fn redemptions_settle_once_though_the_bank_says_so_three_times(database: Database) -> Result<()> {
    let Some(stage) = Stage::open(database).await? else { return Ok(()) };
    let ines = stage.town.town.sign(INES, stage.town.town.redemption(INES, "20.00"))?;
    let first = stage.town.begin(&ines).await?.id;
    let second = stage.redeem(JOAO, "5.00").await?;
    let file = stage.write(Kind::Payouts).await?;
    assert_eq!(entries(&file), [first.to_string(), second.to_string()]);
    assert_eq!(stage.desk.write(Kind::Payouts).await?.files, [], "an attempt was written twice");
    assert_eq!(stage.state(first)?, "sent pending");
    assert_eq!(stage.hand_in(&file, &json!({ "status": "ACSP" })).await?, "2 under way, 25.00");
    assert_eq!(stage.books(INES)?, ("30.00".into(), 25_000_000, 0), "a promise moves no money");
    assert_eq!(stage.notified().await?, "2 settled, 25.00");
    assert_eq!(stage.books(INES)?, ("30.00".into(), 0, 25_000_000));
    assert_eq!(stage.stated().await?, "2 already known, 25.00");
    assert_eq!(stage.books(INES)?, ("30.00".into(), 0, 25_000_000));
    assert_eq!(stage.state(first)?, "settled approved");
    assert_eq!(said(&stage.town.hand_in(&ines).await?)?, "redeemed 20.00 to 30.00");
    stage.town.close(0)
}

async fn what_the_bank_rejects_is_on_the_account_again(database: Database) -> Result<()> {
    let Some(stage) = Stage::open(database).await? else { return Ok(()) };
    let order = stage.town.town.sign(INES, stage.town.town.redemption(INES, "20.00"))?;
    let rejected = stage.town.begin(&order).await?.id;
    let paid = stage.redeem(JOAO, "5.00").await?;
    let file = stage.write(Kind::Payouts).await?;
    let script = json!({ "status": "ACSC", "reject": { rejected.to_string(): "AC04" } });
    assert_eq!(stage.hand_in(&file, &script).await?, "1 settled, 5.00; 1 rejected, 20.00");
    assert_eq!(stage.books(INES)?, ("50.00".into(), 0, 5_000_000));
    assert_eq!(said(&stage.town.hand_in(&order).await?)?, "refused declined");
    // The bank said that it had paid before it said under which reference.
    assert_eq!(stage.notified().await?, "1 confirmed, 5.00");
    assert_eq!(stage.stated().await?, "1 already known, 5.00");
    assert_eq!(
        (stage.state(rejected)?, stage.state(paid)?),
        ("rejected declined".into(), "settled approved".into())
    );
    stage.town.close(0)
}

async fn a_file_that_is_refused_as_a_whole_is_refused_in_every_part(database: Database) -> Result<()> {
    let Some(stage) = Stage::open(database).await? else { return Ok(()) };
    stage.redeem(INES, "20.00").await?;
    stage.redeem(JOAO, "5.00").await?;
    let file = stage.write(Kind::Payouts).await?;
    assert_eq!(stage.hand_in(&file, &json!({ "refuse": "FF01" })).await?, "2 rejected, 25.00");
    assert_eq!(stage.books(INES)?, ("50.00".into(), 0, 0));
    // Whoever wants the money still asks anew: that is another attempt in another file.
    stage.redeem(INES, "20.00").await?;
    assert_eq!(stage.settle(Kind::Payouts).await?, "1 settled, 20.00");
    stage.town.close(0)
}

async fn what_comes_back_weeks_later_is_on_the_account_again(database: Database) -> Result<()> {
    let Some(stage) = Stage::open(database).await? else { return Ok(()) };
    let attempt = stage.redeem(INES, "20.00").await?;
    assert_eq!(stage.settle(Kind::Payouts).await?, "1 settled, 20.00");
    assert_eq!(stage.books(INES)?, ("30.00".into(), 0, 20_000_000));
    stage.bank.give_back(&attempt.to_string(), "AC04", "0")?;
    assert_eq!(stage.notified().await?, "1 returned, 20.00");
    assert_eq!(stage.books(INES)?, ("50.00".into(), 0, 0));
    assert_eq!(stage.state(attempt)?, "returned approved");
    assert_eq!(stage.stated().await?, "2 already known, 40.00");
    assert_eq!(stage.books(INES)?, ("50.00".into(), 0, 0));
    // It can be asked for again.
    stage.redeem(INES, "50.00").await?;
    assert_eq!(stage.settle(Kind::Payouts).await?, "1 settled, 50.00");
    let Stage { town, desk, .. } = stage;
    // A copy of the database is made where nobody is connected to it.
    drop(desk);
    let ended = town.end();
    for (statement, expected) in [
        (
            "UPDATE bank_entry SET state = 'settled' WHERE state = 'returned'",
            "of a bank's file does not agree",
        ),
        (
            "UPDATE bank_entry SET returned_as = 'X' WHERE state = 'returned'",
            "of a bank's file does not agree",
        ),
        ("DELETE FROM transfer WHERE kind = 'redemption-returned'", "of a bank's file does not agree"),
        (
            "UPDATE transfer SET micros = 1 WHERE kind = 'redemption-returned'",
            "of a bank's file does not agree",
        ),
        ("UPDATE bank_entry SET state = 'sent' WHERE state = 'settled'", "is sent, its attempt is approved"),
        (
            "UPDATE bank_entry SET file = (SELECT MAX(id) FROM bank_file)",
            "not those that it was written with",
        ),
        ("DELETE FROM bank_entry WHERE state = 'settled'", "not those that it was written with"),
        ("UPDATE bank_file SET total_micros = total_micros + 1", "of a bank's file does not agree"),
        ("UPDATE bank_file SET message_id = message_id || '1'", "of a bank's file does not agree"),
        ("UPDATE bank_file SET document = digest", "of a bank's file does not agree"),
        ("UPDATE bank_answer SET breaks = 7", "of a bank's file does not agree"),
        ("DELETE FROM bank_answer", "of a bank's file does not agree"),
    ] {
        ended.tamper(statement, expected)?;
    }
    ended.passes(0)
}

async fn what_came_back_before_anybody_heard_that_it_had_gone_was_never_paid(
    database: Database,
) -> Result<()> {
    let Some(stage) = Stage::open(database).await? else { return Ok(()) };
    let attempt = stage.redeem(INES, "20.00").await?;
    let file = stage.write(Kind::Payouts).await?;
    stage.hand_in(&file, &json!({})).await?;
    let lost = stage.bank.notify()?;
    stage.bank.give_back(&attempt.to_string(), "AC01", "0")?;
    assert_eq!(stage.notified().await?, "1 returned, 20.00");
    assert_eq!(
        (stage.books(INES)?, stage.state(attempt)?),
        (("50.00".into(), 0, 0), "returned declined".into())
    );
    // The first notification is found again: it says what must have been.
    assert_eq!(stage.hear(valid("camt.054.001.08", lost)).await?, "1 confirmed, 20.00");
    assert_eq!(stage.books(INES)?, ("50.00".into(), 0, 0));
    stage.town.close(0)
}

async fn a_booking_and_its_return_in_one_statement_are_both_booked(database: Database) -> Result<()> {
    let Some(stage) = Stage::open(database).await? else { return Ok(()) };
    let attempt = stage.redeem(INES, "20.00").await?;
    let file = stage.write(Kind::Payouts).await?;
    stage.hand_in(&file, &json!({})).await?;
    stage.bank.give_back(&attempt.to_string(), "MS03", "0")?;
    assert_eq!(stage.stated().await?, "1 settled, 20.00; 1 returned, 20.00");
    assert_eq!(stage.books(INES)?, ("50.00".into(), 0, 0));
    stage.town.close(0)
}

async fn collections_go_by_their_mandates_and_the_first_of_each_is_said_to_be_the_first(
    database: Database,
) -> Result<()> {
    let Some(stage) = Stage::open(database).await? else { return Ok(()) };
    let first = stage.top_up(INES, "10.00").await?;
    let second = stage.top_up(INES, "1.00").await?;
    let other = stage.top_up(JOAO, "2.00").await?;
    let file = stage.write(Kind::Collections).await?;
    // Those that are first under their mandates come first, in a batch of their own.
    assert_eq!(entries(&file), [first, other, second].map(|attempt| attempt.to_string()));
    let text = String::from_utf8(file.clone())?;
    assert!(text.contains("<SeqTp>FRST</SeqTp>") && text.contains("<SeqTp>RCUR</SeqTp>"));
    assert!(text.contains("MND-INES") && text.contains("Meteore top-up"), "{text}");
    stage.hand_in(&file, &json!({})).await?;
    assert_eq!(stage.notified().await?, "3 settled, 13.00");
    assert_eq!((stage.town.balance(INES)?, stage.town.balance(JOAO)?), ("61.00".into(), "52.00".into()));
    assert_eq!(stage.town.own("external", "sepa")?, -13_000_000);
    stage.top_up(INES, "3.00").await?;
    let again = String::from_utf8(stage.write(Kind::Collections).await?)?;
    assert!(!again.contains("FRST") && again.contains("RCUR"), "{again}");
    stage.town.close(0)
}

async fn what_nothing_takes_back_by_itself_is_a_break(database: Database) -> Result<()> {
    let Some(stage) = Stage::open(database).await? else { return Ok(()) };
    let offer = stage.town.deposit(stage.town.town.offer(BAKERY, "45.00")).await?;
    let order = stage.town.town.order(&offer).by(&stage.town.town.party(INES)).sign()?;
    let attempt = stage.town.begin(&order).await?.id;
    assert_eq!(stage.settle(Kind::Collections).await?, "1 settled, 45.00");
    stage.bank.give_back(&attempt.to_string(), "MD06", "3.50")?;
    let told = stage.notified().await?;
    let expected =
        format!("1 break; attempt {attempt} came back, and nothing takes back EUR 45.00 (order) by itself");
    assert_eq!(told, expected);
    // The merchant has delivered: who bears it is not decided behind anybody's back.
    assert_eq!(stage.town.balance(BAKERY)?, "45.00");
    assert_eq!(stage.state(attempt)?, "settled approved");
    stage.town.close(1)
}

async fn a_batch_that_is_booked_as_one_settles_in_every_part(database: Database) -> Result<()> {
    let Some(stage) = Stage::open(database).await? else { return Ok(()) };
    stage.redeem(INES, "20.00").await?;
    stage.redeem(JOAO, "5.00").await?;
    let file = stage.write(Kind::Payouts).await?;
    stage.hand_in(&file, &json!({ "as_one": true })).await?;
    assert_eq!(stage.notified().await?, "2 settled, 25.00");
    assert_eq!(stage.stated().await?, "2 already known, 25.00");
    assert_eq!(stage.books(INES)?, ("30.00".into(), 0, 25_000_000));
    stage.town.close(0)
}

async fn what_no_file_can_hold_is_declined_and_never_written(database: Database) -> Result<()> {
    let Some(stage) = Stage::open(database).await? else { return Ok(()) };
    let karl = stage.redeem(KARL, "7.00").await?;
    let ines = stage.redeem(INES, "20.00").await?;
    let written = stage.desk.write(Kind::Payouts).await?;
    assert_eq!(refusals(&written), [(karl, "the account number does not have the form of its country")]);
    assert_eq!(written.files.iter().map(|file| file.entries).sum::<u64>(), 1);
    assert_eq!((stage.state(karl)?, stage.state(ines)?), ("refused declined".into(), "sent pending".into()));
    assert_eq!(stage.town.balance(KARL)?, "50.00");
    let lena = stage.top_up(LENA, "10.00").await?;
    let written = stage.desk.write(Kind::Collections).await?;
    assert_eq!(refusals(&written), [(lena, "there is no mandate to collect by")]);
    assert_eq!(written.files, []);
    // What was refused is not asked about again.
    assert_eq!(stage.desk.write(Kind::Collections).await?, Default::default());
    stage.town.close(0)
}
