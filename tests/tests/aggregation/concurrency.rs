//! Closing while payments go on, from two servers at once, with crashes between steps.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use aggregation::fold::Step;
use aggregation::inclusion::Side;
use aggregation::period::Book;
use anyhow::Result;
use payment_message::inclusion::proves;
use tests::database::{Database, Engine};
use tests::on_each_database;

use crate::stage::{Stage, terms};

const ALL: [Book; 3] = [Book::Postpaid, Book::Prepaid, Book::Merchant];

on_each_database!(
    every_payment_is_in_exactly_one_bill_while_two_servers_pay_and_close,
    a_batch_that_becomes_visible_late_is_not_lost,
    a_crash_between_steps_loses_nothing_and_takes_nothing_twice,
);

async fn every_payment_is_in_exactly_one_bill_while_two_servers_pay_and_close(
    database: Database,
) -> Result<()> {
    let stage = Arc::new(Stage::open_with(database, terms(), 2).await?);
    let (other, aggregation) = stage.another()?;
    let offers = [stage.offer("bakery", "0.0101").await?, stage.offer("cinema", "0.0203").await?];
    let paying = Arc::new(AtomicBool::new(true));
    let mut payers = Vec::new();
    for (consumer, core) in
        [("frida", &stage.core), ("frida", &other), ("gustav", &other), ("alice", &stage.core)]
    {
        let (stage, core, offers) = (Arc::clone(&stage), core.clone(), offers.clone());
        let paying = Arc::clone(&paying);
        payers.push(tokio::spawn(async move {
            let mut receipts = Vec::new();
            while paying.load(Ordering::Relaxed) {
                let offer = &offers[receipts.len() % 2];
                receipts.push((consumer, stage.pay_at(&core, consumer, offer).await?.0));
            }
            anyhow::Ok(receipts)
        }));
    }
    let mut closed = 0;
    for round in 0..12 {
        let one = if round % 2 == 0 { &stage.aggregation } else { &aggregation };
        // Both at once, now and then.
        let (here, there) = if round % 3 == 0 {
            let (here, there) = futures(stage.aggregation.close_all(&ALL), aggregation.close_all(&ALL)).await;
            (here?, there?)
        } else {
            (one.close_all(&ALL).await?, Default::default())
        };
        assert_eq!((&here.stuck, &there.stuck), (&vec![], &vec![]));
        closed += here.bills + there.bills;
    }
    paying.store(false, Ordering::Relaxed);
    let mut receipts = Vec::new();
    for payer in payers {
        receipts.extend(payer.await??);
    }
    stage.aggregation.close_all(&ALL).await?;
    assert!(closed > 12 && receipts.len() > 40, "{closed} bills, {} payments", receipts.len());

    for consumer in ["frida", "gustav"] {
        let bills = stage.bills(consumer)?;
        let mine: Vec<_> = receipts.iter().filter(|(payer, _)| *payer == consumer).map(|(_, r)| r).collect();
        let billed: u64 = bills.iter().map(|bill| bill.count).sum();
        assert_eq!(billed, u64::try_from(mine.len())?);
        let paid: i64 = mine.iter().map(|receipt| receipt.amount.micros()).sum();
        assert_eq!(bills.iter().map(|bill| bill.payments.micros()).sum::<i64>(), paid);
        let mut leaves = BTreeSet::new();
        for receipt in mine.iter().step_by(5) {
            let proof = stage.aggregation.inclusion_proof(receipt.position, Side::Consumer, stage.now())?;
            let bill = bills.iter().find(|bill| bill.position == proof.bill).expect("a bill");
            assert!(proves(&proof, bill.into()), "{proof:?}");
            assert!(leaves.insert((proof.bill.value(), proof.index)), "one place twice");
        }
    }
    other.shut_down();
    stage.core.shut_down();
    stage.audit()
}

async fn futures<A: Future, B: Future>(one: A, other: B) -> (A::Output, B::Output) {
    let (mut one, mut other) = (Box::pin(one), Box::pin(other));
    let (mut first, mut second) = (None, None);
    std::future::poll_fn(move |context| {
        if first.is_none()
            && let std::task::Poll::Ready(output) = one.as_mut().poll(context)
        {
            first = Some(output);
        }
        if second.is_none()
            && let std::task::Poll::Ready(output) = other.as_mut().poll(context)
        {
            second = Some(output);
        }
        match (first.take(), second.take()) {
            (Some(first), Some(second)) => std::task::Poll::Ready((first, second)),
            (one, other) => {
                (first, second) = (one, other);
                std::task::Poll::Pending
            }
        }
    })
    .await
}

/// A writer that stalls between taking its positions and committing them: its rows appear below ids that were folded.
async fn a_batch_that_becomes_visible_late_is_not_lost(database: Database) -> Result<()> {
    let stage = Stage::open(database, terms()).await?;
    let (other, _) = stage.another()?;
    let coffee = stage.offer("bakery", "1.00").await?;
    stage.pay_at(&other, "gustav", &coffee).await?;
    stage.pay("frida", &coffee).await?;
    other.shut_down();
    // The other writer's last batch is made to appear only after the fold has passed: it is taken out and put back.
    stage.aggregation.fold_all()?;
    let late = stage.number("SELECT MAX(seq) FROM batch WHERE node = (SELECT MAX(node) FROM batch)")?;
    let mut sql = stage.database.sql()?;
    let hidden = match stage.database.engine() {
        Engine::Sqlite => "CREATE TABLE hidden AS SELECT * FROM batch WHERE FALSE",
        Engine::Postgres => "CREATE TABLE hidden (LIKE batch)",
    };
    sql.execute(hidden)?;
    let node = stage.number("SELECT MAX(node) FROM batch")?;
    stage.pay("frida", &coffee).await?;
    let folded = stage.number("SELECT MAX(id) FROM batch")?;
    let batch = stage.number(&format!("SELECT id FROM batch WHERE node = {node} AND seq = {late}"))?;
    assert!(batch < folded);
    let (third, _) = stage.another()?;
    stage.pay_at(&third, "gustav", &coffee).await?;
    third.shut_down();
    let last = stage.number("SELECT MAX(id) FROM batch")?;
    sql.execute(&format!(
        "INSERT INTO hidden SELECT * FROM batch WHERE id = {last}; DELETE FROM batch WHERE id = {last}"
    ))?;
    stage.pay("frida", &coffee).await?;
    stage.aggregation.fold_all()?;
    assert!(
        stage.number("SELECT MAX(batch) FROM fold_cursor")? > last,
        "the fold has passed the hidden batch"
    );
    let seen = "SELECT CAST(SUM(transfers) AS BIGINT) FROM fold";
    let before = stage.number(seen)?;
    sql.execute("INSERT INTO batch SELECT * FROM hidden; DROP TABLE hidden")?;
    stage.aggregation.fold_all()?;
    assert_eq!(stage.number(seen)?, before + 1);
    stage.aggregation.close_all(&ALL).await?;
    assert_eq!(stage.bills("gustav")?[0].count, 2);
    assert_eq!(stage.number("SELECT COUNT(*) FROM transfer")?, stage.number(seen)? + waiting(&stage)?);
    stage.close()
}

fn waiting(stage: &Stage) -> Result<i64> {
    Ok(i64::try_from(stage.aggregation.audit()?.waiting)?)
}

async fn a_crash_between_steps_loses_nothing_and_takes_nothing_twice(database: Database) -> Result<()> {
    let stage = Stage::open(database, aggregation::terms::Terms { step_transfers: 3, ..terms() }).await?;
    let offers = [stage.offer("bakery", "0.25").await?, stage.offer("cinema", "0.75").await?];
    for n in 0..20 {
        stage.pay(["frida", "gustav", "alice"][n % 3], &offers[n % 2]).await?;
    }
    let mut steps = 0;
    loop {
        // Every step is somebody else's: whoever took the one before has died.
        let (core, aggregation) = stage.another()?;
        let step = aggregation.fold_step()?;
        core.shut_down();
        match step {
            Step::Folded { transfers, .. } => assert!(transfers <= 3, "{transfers} in one step"),
            Step::Done => break,
            other => panic!("{other:?}"),
        }
        steps += 1;
        if steps == 4 {
            stage.aggregation.close_all(&[Book::Postpaid]).await?;
            break;
        }
    }
    assert!(steps >= 4);
    stage.aggregation.close_all(&ALL).await?;
    let billed: u64 = stage.bills("frida")?.iter().map(|bill| bill.count).sum();
    assert_eq!(billed, 7);
    stage.close()
}
