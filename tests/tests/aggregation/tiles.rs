//! Many payments in one period: each is proved from the few that stand with it, by the same path as from all of them.

use aggregation::inclusion::{InclusionError, Side};
use aggregation::period::Book;
use aggregation::terms::Terms;
use anyhow::{Context as _, Result, ensure};
use futures_util::future::try_join_all;
use payment_domain::{InclusionProof, LedgerPosition};
use payment_message::inclusion::proves;
use tests::database::Database;
use tests::on_each_database;

use crate::stage::{Stage, terms};

on_each_database!(a_payment_among_many_is_proved_from_those_it_stands_with);

/// At once, so that batches hold several of them.
const AT_ONCE: usize = 30;
const ROUNDS: usize = 24;

async fn a_payment_among_many_is_proved_from_those_it_stands_with(database: Database) -> Result<()> {
    // A step takes more than a tile, and ends within one.
    let stage = Stage::open_with(database, Terms { step_transfers: 300, ..terms() }, 2).await?;
    let (word, film) = (stage.offer("bakery", "0.0033").await?, stage.offer("cinema", "0.01").await?);
    let mut positions = Vec::new();
    for round in 0..ROUNDS {
        let pay = |number: usize| {
            let offer = if number.is_multiple_of(3) { &film } else { &word };
            stage.pay(if number.is_multiple_of(10) { "alice" } else { "frida" }, offer)
        };
        let paid = try_join_all((0..AT_ONCE).map(pay)).await?;
        positions.extend(paid.into_iter().map(|(receipt, _)| receipt.position));
        if round == 2 {
            stage.aggregation.fold_all()?;
        }
    }
    stage.aggregation.close_all(&[Book::Postpaid, Book::Prepaid, Book::Merchant]).await?;
    let tiles = |owner: &str| {
        stage.number(&format!(
            "SELECT COUNT(*) FROM tile t JOIN period p ON p.account = t.account AND p.seq = t.seq \
             JOIN party o ON o.id = p.owner WHERE o.name = '{owner}'"
        ))
    };
    // 648 payments of hers, 480 sales of theirs, 240 of the others'.
    ensure!((tiles("frida")?, tiles("bakery")?, tiles("cinema")?) == (2, 1, 0));

    let (bill, advice) = (
        stage.bills("frida")?.pop().context("a bill")?,
        stage.advices("bakery")?.pop().context("an advice")?,
    );
    ensure!((bill.count, advice.count) == (648, 480), "{} and {}", bill.count, advice.count);
    let proved = |positions: &[LedgerPosition]| -> Result<Vec<[InclusionProof; 2]>> {
        let prove = |position: &LedgerPosition| {
            let of = |side| stage.aggregation.inclusion_proof(*position, side, stage.now());
            Ok([of(Side::Consumer)?, of(Side::Merchant)?])
        };
        positions.iter().map(prove).collect()
    };
    let proofs = proved(&positions)?;
    let mut places = [Vec::new(), Vec::new()];
    for proof in proofs.iter().flatten() {
        if proof.bill == bill.position {
            ensure!(proves(proof, (&bill).into()), "{proof:?}");
            places[0].push(proof.index);
        } else if proof.bill == advice.position {
            ensure!(proves(proof, (&advice).into()), "{proof:?}");
            places[1].push(proof.index);
        }
    }
    for (places, count) in places.iter_mut().zip([648, 480]) {
        places.sort_unstable();
        ensure!(places.iter().copied().eq(0..count), "each payment has a place of its own");
    }

    // A tile that was changed proves nothing, and the audit names it.
    let mut sql = stage.database.sql()?;
    let of = |owner: &str| {
        format!(
            "(SELECT p.account FROM period p JOIN party o ON o.id = p.owner WHERE p.seq = 1 AND o.name = '{owner}')"
        )
    };
    let other = format!("(SELECT t.hash FROM tile t WHERE t.account = {})", of("bakery"));
    sql.execute(&format!("UPDATE tile SET hash = {other} WHERE account = {}", of("frida")))?;
    let refused = positions.iter().filter(|position| {
        let proof = stage.aggregation.inclusion_proof(**position, Side::Consumer, stage.now());
        matches!(proof, Err(InclusionError::Contradiction))
    });
    ensure!(refused.count() == 648, "a wrong tile stands beside each of them");
    let found = stage.aggregation.audit()?.findings;
    ensure!(found.iter().any(|finding| finding.fault.contains("cannot be proved")), "{found:#?}");

    // Without any, as for a period of before there were tiles, the paths are the same.
    sql.execute("DELETE FROM tile")?;
    drop(sql);
    let again = proved(&positions[..60])?;
    ensure!(again.iter().flatten().zip(proofs.iter().flatten()).all(|(one, other)| one.path == other.path));
    stage.close()
}
