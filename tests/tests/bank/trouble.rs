//! What a bank, a crash or a second gateway can do: nothing moves twice, and nothing is lost.

use std::collections::BTreeSet;

use anyhow::Result;
use core_payment::Core;
use core_payment::bank::{Effect, Hear, Heard, Kind, Said};
use gateway::bank::{ReconcileError, WriteFilesError};
use payment_domain::Timestamp;
use serde_json::json;
use std::sync::Arc;
use tests::database::Database;
use tests::on_each_database;

use crate::desk::valid;
use crate::stage::{INES, JOAO, Stage, entries, told};

on_each_database!(
    a_file_given_again_changes_nothing,
    what_does_not_fit_moves_nothing_and_waits_for_a_person,
    a_file_that_did_not_get_out_is_put_out_later_with_the_same_bytes,
    a_file_that_was_let_go_is_put_out_at_once,
    a_reconciliation_that_was_cut_short_goes_on,
    two_gateways_write_each_attempt_once,
    two_gateways_book_the_same_answers_once,
    what_is_refused_at_one_gateway_is_written_at_no_other,
    a_damaged_file_says_nothing,
    a_verdict_that_is_overtaken_is_not_booked,
);

async fn a_file_given_again_changes_nothing(database: Database) -> Result<()> {
    let Some(stage) = Stage::open(database).await? else { return Ok(()) };
    stage.redeem(INES, "20.00").await?;
    let file = stage.write(Kind::Payouts).await?;
    stage.bank.receive(&file, &json!({ "strangers": ["12.00"] }))?;
    let notified = stage.bank.notify()?;
    let first = stage.hear(notified.clone()).await?;
    assert_eq!(first, "1 settled, 20.00; 1 break; unknown entry, EUR 12.00");
    for _ in 0..2 {
        assert_eq!(stage.hear(notified.clone()).await?, "read before, 1 breaks open, 2 findings then");
    }
    assert_eq!(stage.books(INES)?, ("30.00".into(), 0, 20_000_000));
    assert_eq!(stage.town.database.sql()?.number("SELECT COUNT(*) FROM bank_answer")?, 1);
    stage.town.close(0)
}

async fn what_does_not_fit_moves_nothing_and_waits_for_a_person(database: Database) -> Result<()> {
    let Some(stage) = Stage::open(database).await? else { return Ok(()) };
    let altered = stage.redeem(INES, "20.00").await?;
    let twice = stage.redeem(JOAO, "5.00").await?;
    let repeated = stage.redeem(JOAO, "6.00").await?;
    let file = stage.write(Kind::Payouts).await?;
    let script = json!({
        "alter": { altered.to_string(): "200.00" }, "twice": [twice.to_string()],
        "repeat": [repeated.to_string()], "strangers": ["12.00"],
    });
    stage.hand_in(&file, &script).await?;
    let told = stage.notified().await?;
    let expected = format!(
        "2 settled, 11.00; 1 already known, 6.00; 3 break; \
         attempt {altered} sent with EUR 20.00, the bank says EUR 200.00; \
         attempt {twice} booked as BOOK000002 and again as BOOK000003; unknown entry, EUR 12.00"
    );
    assert_eq!(told, expected);
    assert_eq!(stage.books(INES)?, ("30.00".into(), 20_000_000, 11_000_000));
    assert_eq!(stage.state(altered)?, "sent pending");
    let core = &stage.town.core;
    let open = core.bank_breaks(None, 10)?;
    assert_eq!(open.len(), 3);
    assert!(core.resolve_bank_break(open[0].answer, open[0].number)?);
    assert!(!core.resolve_bank_break(open[0].answer, open[0].number)?, "resolved twice");
    assert_eq!(core.bank_breaks(None, 10)?, open[1..]);
    let report = tests::audit::audit(&stage.town.town, &stage.town.database)?;
    assert_eq!(
        (report.open_breaks, report.findings),
        (2, Vec::new()),
        "what waits for a person is no finding"
    );
    stage.town.close(0)
}

async fn a_file_that_did_not_get_out_is_put_out_later_with_the_same_bytes(database: Database) -> Result<()> {
    let Some(stage) = Stage::open(database).await? else { return Ok(()) };
    stage.redeem(INES, "20.00").await?;
    // Where the folder should be is a file: what was committed cannot be put there, as after a crash.
    let out = stage.folder.path().join("out");
    std::fs::write(&out, "")?;
    let error = stage.desk.write(Kind::Payouts).await.map(drop).unwrap_err();
    assert!(matches!(error, WriteFilesError::Folder { .. }), "{error}");
    std::fs::remove_file(&out)?;
    // The next run writes no second file.
    assert_eq!(stage.desk.write(Kind::Payouts).await?.files, []);
    let written = stage.town.core.undelivered_bank_files()?;
    assert_eq!(stage.desk.deliver_late(Timestamp::EPOCH).await?, [], "whoever wrote it may be at it still");
    let late = stage.desk.deliver_late(stage_end(&stage.town.core)?).await?;
    assert_eq!(late, written);
    assert_eq!(stage.town.core.undelivered_bank_files()?, []);
    let path = stage.outgoing(&written[0].name, Kind::Payouts);
    let file = valid("pain.001.001.09", std::fs::read(&path)?);
    // Once more, by hand: the same bytes, which the bank takes once.
    std::fs::remove_file(&path)?;
    stage.desk.deliver(written[0].clone()).await?;
    assert_eq!(std::fs::read(&path)?, file);
    assert_eq!(stage.hand_in(&file, &json!({})).await?, "");
    let refused = stage.hand_in(&file, &json!({})).await?;
    assert!(refused.starts_with("1 break;") && refused.contains("refused as sent before"), "{refused}");
    assert_eq!(stage.notified().await?, "1 settled, 20.00");
    stage.town.close(0)
}

async fn a_file_that_was_let_go_is_put_out_at_once(database: Database) -> Result<()> {
    let Some(stage) = Stage::open(database).await? else { return Ok(()) };
    let desk = stage.desk.clone().asking_two_people(true);
    stage.redeem(INES, "20.00").await?;
    let written = desk.write(Kind::Payouts).await?.files;
    let [file] = written.as_slice() else { panic!("{written:?}") };
    for moment in [Timestamp::EPOCH, stage_end(&stage.town.core)?] {
        assert_eq!(desk.deliver_late(moment).await?, [], "nobody has let it go");
    }
    assert!(stage.town.core.release_bank_file(file.id)?);
    let put_out = desk.deliver_late(Timestamp::EPOCH).await?;
    assert_eq!(put_out.iter().map(|file| &file.name).collect::<Vec<_>>(), [&file.name]);
    let sent = valid("pain.001.001.09", std::fs::read(stage.outgoing(&file.name, Kind::Payouts))?);
    assert_eq!(stage.hand_in(&sent, &json!({})).await?, "");
    assert_eq!(stage.notified().await?, "1 settled, 20.00");
    drop(desk);
    stage.town.close(0)
}

/// Later than everything that was written.
fn stage_end(core: &Core) -> Result<Timestamp> {
    let newest = core.newest_bank_file(Kind::Payouts)?;
    Ok(newest.map_or(Timestamp::EPOCH, |file| file.created_at.saturating_add_millis(1)))
}

async fn a_reconciliation_that_was_cut_short_goes_on(database: Database) -> Result<()> {
    let Some(stage) = Stage::open(database).await? else { return Ok(()) };
    let first = stage.redeem(INES, "20.00").await?;
    stage.redeem(JOAO, "5.00").await?;
    let file = stage.write(Kind::Payouts).await?;
    stage.hand_in(&file, &json!({})).await?;
    let notified = stage.bank.notify()?;
    // The first batch of the file was booked, and then the lights went out.
    let said = Said::Settled { booked_as: Some("BOOK000001".to_owned()) };
    let heard = vec![Heard { attempt: first, said }];
    assert_eq!(stage.town.core.perform(Arc::new(Hear(heard))).await?, [Effect::Booked]);
    assert_eq!(stage.hear(notified).await?, "1 settled, 5.00; 1 already known, 20.00");
    assert_eq!(stage.books(INES)?, ("30.00".into(), 0, 25_000_000));
    stage.town.close(0)
}

async fn two_gateways_write_each_attempt_once(database: Database) -> Result<()> {
    let Some(stage) = Stage::open(database).await? else { return Ok(()) };
    let (core, neighbour) = stage.neighbour("neighbour")?;
    let mut expected = BTreeSet::new();
    for round in 0..5 {
        for _ in 0..4 {
            expected
                .insert(stage.redeem(if round % 2 == 0 { INES } else { JOAO }, "1.00").await?.to_string());
        }
        let (one, other) = tokio::join!(stage.desk.write(Kind::Payouts), neighbour.write(Kind::Payouts));
        let entries =
            |files: &[core_payment::bank::BankFile]| files.iter().map(|file| file.entries).sum::<u64>();
        assert_eq!(entries(&one?.files) + entries(&other?.files), 4);
    }
    let mut written = Vec::new();
    for file in core.bank_files(100)? {
        written.extend(entries(&core.bank_document(&file)?));
    }
    written.sort_unstable();
    assert_eq!(written, Vec::from_iter(expected));
    core.shut_down();
    stage.town.close(0)
}

async fn two_gateways_book_the_same_answers_once(database: Database) -> Result<()> {
    let Some(stage) = Stage::open(database).await? else { return Ok(()) };
    let (core, neighbour) = stage.neighbour("neighbour")?;
    for _ in 0..3 {
        let back = stage.redeem(INES, "2.00").await?;
        stage.redeem(JOAO, "1.00").await?;
        let file = stage.write(Kind::Payouts).await?;
        stage.hand_in(&file, &json!({})).await?;
        stage.bank.give_back(&back.to_string(), "AC04", "0")?;
        let (notified, stated) = (stage.bank.notify()?, stage.bank.statement()?);
        let (one, other, again) = tokio::join!(
            stage.desk.reconcile(notified.clone()),
            neighbour.reconcile(stated),
            neighbour.reconcile(notified)
        );
        let told = [told(&one?), told(&other?), told(&again?)].join("; ");
        assert!(!told.contains("break;"), "{told}");
    }
    assert_eq!(stage.books(INES)?, ("50.00".into(), 0, 3_000_000));
    assert_eq!(stage.town.balance(JOAO)?, "47.00");
    let answers = stage.town.database.sql()?.number("SELECT COUNT(DISTINCT digest) FROM bank_answer")?;
    // Three files of statuses, of notifications and of statements.
    assert_eq!(answers, 9);
    core.shut_down();
    stage.town.close(0)
}

async fn what_is_refused_at_one_gateway_is_written_at_no_other(database: Database) -> Result<()> {
    let Some(stage) = Stage::open(database).await? else { return Ok(()) };
    let (core, neighbour) = stage.neighbour("neighbour")?;
    let karl = stage.redeem(crate::stage::KARL, "7.00").await?;
    let (one, other) = tokio::join!(stage.desk.write(Kind::Payouts), neighbour.write(Kind::Payouts));
    let (one, other) = (one?, other?);
    assert_eq!(one.refused.len() + other.refused.len(), 1, "declined twice");
    assert_eq!(stage.state(karl)?, "refused declined");
    core.shut_down();
    stage.town.close(0)
}

async fn a_damaged_file_says_nothing(database: Database) -> Result<()> {
    let Some(stage) = Stage::open(database).await? else { return Ok(()) };
    stage.redeem(INES, "20.00").await?;
    let file = stage.write(Kind::Payouts).await?;
    stage.hand_in(&file, &json!({})).await?;
    let whole = stage.bank.notify()?;
    let half = whole[..whole.len() - 20].to_vec();
    let error = stage.desk.reconcile(half).await.map(drop).unwrap_err();
    assert!(matches!(error, ReconcileError::Unreadable(_)), "{error}");
    assert_eq!(stage.books(INES)?, ("30.00".into(), 20_000_000, 0));
    assert_eq!(stage.hear(whole).await?, "1 settled, 20.00");
    stage.town.close(0)
}

async fn a_verdict_that_is_overtaken_is_not_booked(database: Database) -> Result<()> {
    let Some(stage) = Stage::open(database).await? else { return Ok(()) };
    let attempt = stage.redeem(INES, "20.00").await?;
    let hear = |said: Said| {
        let core = stage.town.core.clone();
        async move { core.perform(Arc::new(Hear(vec![Heard { attempt, said }]))).await }
    };
    let settled = |name: &str| Said::Settled { booked_as: Some(name.to_owned()) };
    assert_eq!(hear(settled("A")).await?, [Effect::Overtaken], "it is in no file");
    stage.write(Kind::Payouts).await?;
    assert_eq!(hear(settled("A")).await?, [Effect::Booked]);
    let rejected = Said::Rejected { reason: "AC04".to_owned() };
    for said in [settled("B"), rejected, Said::Confirmed { booked_as: "C".to_owned() }] {
        assert_eq!(hear(said).await?, [Effect::Overtaken]);
    }
    assert_eq!(
        (stage.books(INES)?, stage.state(attempt)?),
        (("30.00".into(), 0, 20_000_000), "settled approved".into())
    );
    stage.town.close(0)
}
