//! The audit has teeth: whatever is changed behind its back, in whichever table, it finds, and says where.

use anyhow::{Result, ensure};
use payment_message::Code;
use tests::audit;
use tests::database::{Database, Engine};
use tests::on_each_database;
use tests::scene::Scene;
use tests::town::people::BOB;

on_each_database!(every_kind_of_tampering_is_found);

/// What is done, what it changes in SQL, and the word that one of the findings has to contain.
const TABLE: &[(&str, &str, &str)] = &[
    ("a balance raised", "UPDATE account SET balance = balance + 1 WHERE owner IS NOT NULL AND kind = 'prepaid'", "account"),
    ("a balance lowered", "UPDATE account SET balance = balance - 1 WHERE kind = 'merchant'", "account"),
    (
        "money moved between two balances",
        "UPDATE account SET balance = balance + CASE kind WHEN 'merchant' THEN 1 ELSE -1 END
         WHERE id IN (SELECT MIN(id) FROM account WHERE kind = 'merchant'
                      UNION SELECT MIN(id) FROM account WHERE kind = 'prepaid')",
        "account",
    ),
    ("a transfer raised", "UPDATE transfer SET micros = micros + 1 WHERE id = (SELECT MIN(id) FROM transfer)", "batch"),
    ("a transfer turned round", "UPDATE transfer SET debit = credit, credit = debit WHERE id = (SELECT MAX(id) FROM transfer)", "batch"),
    ("a transfer dated back", "UPDATE transfer SET created_at = created_at - 1 WHERE id = (SELECT MAX(id) FROM transfer)", "batch"),
    ("a transfer of another payment", "UPDATE transfer SET payment = payment + 1 WHERE id = (SELECT MAX(id) FROM transfer)", "batch"),
    ("a transfer deleted", "DELETE FROM transfer WHERE id = (SELECT MAX(id) FROM transfer)", "batch"),
    (
        "a transfer twice",
        "INSERT INTO transfer SELECT id + 1, payment, debit, credit, micros, kind, created_at FROM transfer
         WHERE id = (SELECT MAX(id) FROM transfer)",
        "batch",
    ),
    ("a payment raised", "UPDATE payment SET micros = micros + 1 WHERE id = (SELECT MIN(id) FROM payment)", "payment"),
    ("a payment to somebody else", "UPDATE payment SET merchant = consumer WHERE id = (SELECT MIN(id) FROM payment)", "batch"),
    (
        "a payment for another offer",
        "UPDATE payment SET offer_digest = (SELECT digest FROM offer ORDER BY digest DESC LIMIT 1)
         WHERE id = (SELECT MIN(id) FROM payment WHERE offer_digest <> (SELECT digest FROM offer ORDER BY digest DESC LIMIT 1))",
        "payment",
    ),
    ("a payment said to be declined", "UPDATE payment SET state = 'declined' WHERE id = (SELECT MIN(id) FROM payment)", "payment"),
    ("a decline said to be paid", "UPDATE payment SET state = 'accepted' WHERE state = 'declined'", "payment"),
    ("a refund forgotten", "UPDATE payment SET refunded_micros = 0 WHERE refunded_micros > 0", "payment"),
    ("a refund invented", "UPDATE payment SET refunded_micros = micros WHERE refunded_micros = 0 AND state = 'accepted'", "payment"),
    ("a payment deleted", "DELETE FROM payment WHERE id = (SELECT MIN(id) FROM payment)", "payment"),
    (
        "a payment twice",
        "INSERT INTO payment SELECT id + 1, order_id, consumer, merchant, consumer_account, merchant_account, offer_digest,
         micros, currency, mode, funding, rule, state, settled_at, refunded_micros, captured_micros FROM payment
         WHERE id = (SELECT MIN(id) FROM payment)",
        "payment",
    ),
    ("another order's evidence", "UPDATE evidence SET request = (SELECT request FROM evidence e WHERE e.kind = 'order' ORDER BY id LIMIT 1) WHERE kind = 'order' AND id = (SELECT MAX(id) FROM evidence WHERE kind = 'order')", "evidence"),
    ("another order's receipt", "UPDATE evidence SET reply = (SELECT reply FROM evidence e WHERE e.kind = 'order' ORDER BY id LIMIT 1) WHERE kind = 'order' AND id = (SELECT MAX(id) FROM evidence WHERE kind = 'order')", "batch"),
    ("a receipt emptied", "UPDATE evidence SET reply = SUBSTR(reply, 1, 10) WHERE id = (SELECT MAX(id) FROM evidence WHERE kind = 'order')", "evidence"),
    ("evidence deleted", "DELETE FROM evidence WHERE id = (SELECT MIN(id) FROM evidence WHERE kind = 'order')", "batch"),
    ("a refusal deleted", "DELETE FROM evidence WHERE kind = 'order-refused'", "batch"),
    ("evidence of another kind", "UPDATE evidence SET kind = 'order-refused' WHERE id = (SELECT MAX(id) FROM evidence WHERE kind = 'order')", "evidence"),
    ("evidence of another sender", "UPDATE evidence SET sender = sender + 1 WHERE kind = 'order' AND id = (SELECT MAX(id) FROM evidence WHERE kind = 'order')", "batch"),
    ("a batch dropped", "DELETE FROM batch WHERE seq = (SELECT MAX(seq) - 1 FROM batch)", "batch"),
    ("a hash changed", "UPDATE batch SET hash = (SELECT hash FROM batch b WHERE b.id = (SELECT MIN(id) FROM batch)) WHERE seq = (SELECT MAX(seq) FROM batch)", "batch"),
    (
        "the last batch dropped with everything in it",
        "DELETE FROM evidence WHERE id >= (SELECT MAX(id) FROM batch);
         DELETE FROM transfer WHERE id >= (SELECT MAX(id) FROM batch);
         DELETE FROM payment WHERE id >= (SELECT MAX(id) FROM batch);
         DELETE FROM attempt WHERE id >= (SELECT MAX(id) FROM batch);
         DELETE FROM batch WHERE id = (SELECT MAX(id) FROM batch)",
        "account",
    ),
    ("an order's key forgotten", "DELETE FROM message_key WHERE position = (SELECT MAX(id) FROM evidence WHERE kind = 'order')", "message_key"),
    ("an order's key pointing elsewhere", "UPDATE message_key SET position = (SELECT MIN(id) FROM evidence WHERE kind = 'order') WHERE position = (SELECT MAX(id) FROM evidence WHERE kind = 'order')", "message_key"),
    ("a price changed", "UPDATE offer SET micros = micros + 1 WHERE digest IN (SELECT offer_digest FROM payment)", "offer"),
    ("an offer of another merchant", "UPDATE offer SET merchant = (SELECT MIN(id) FROM party) WHERE digest IN (SELECT offer_digest FROM payment)", "offer"),
    ("an external decline said to be approved", "UPDATE attempt SET state = 'approved' WHERE state = 'declined'", "attempt"),
    ("an attempt raised", "UPDATE attempt SET micros = micros + 1 WHERE id = (SELECT MIN(id) FROM attempt)", "attempt"),
    ("an attempt deleted", "DELETE FROM attempt WHERE id = (SELECT MIN(id) FROM attempt)", "attempt"),
    ("a certificate replaced", "UPDATE certificate SET der = (SELECT der FROM certificate c ORDER BY fingerprint LIMIT 1) WHERE fingerprint = (SELECT fingerprint FROM certificate ORDER BY fingerprint DESC LIMIT 1)", "certificate"),
    ("a certificate of another party", "UPDATE certificate SET party = (SELECT id FROM party WHERE name = 'erin') WHERE party = (SELECT id FROM party WHERE name = 'alice')", "certificate"),
];

async fn every_kind_of_tampering_is_found(database: Database) -> Result<()> {
    let scene = lively(database).await?;
    let clean = audit::audit(&scene.town, &scene.database)?;
    ensure!(clean.passes(), "{:#?}", clean.findings);

    let mut unseen = Vec::new();
    for (name, statements, place) in TABLE {
        let copy = scene.database.copy()?;
        let mut sql = copy.sql()?;
        if copy.engine() == Engine::Sqlite {
            // Whoever tampers does not stop at a constraint.
            sql.execute("PRAGMA foreign_keys = OFF; PRAGMA ignore_check_constraints = ON")?;
        }
        let mut touched = 0;
        for statement in statements.split(';') {
            touched += sql.touch(statement)?;
        }
        ensure!(touched > 0, "{name}: there is nothing to tamper with");
        drop(sql);
        let findings = audit::audit(&scene.town, &copy)?.findings;
        if !findings.iter().any(|finding| finding.place.contains(place) || finding.fault.contains(place)) {
            let said: Vec<_> =
                findings.iter().map(|finding| format!("{}: {}", finding.place, finding.fault)).collect();
            unseen.push(format!("{name}: no finding about `{place}` among {said:?}"));
        }
    }
    ensure!(unseen.is_empty(), "{} of {} unseen:\n{}", unseen.len(), TABLE.len(), unseen.join("\n"));
    Ok(())
}

/// A ledger in which everything has happened once, and whose server is stopped.
async fn lively(database: Database) -> Result<Scene> {
    let mut scene = Scene::open(database).await?;
    let parking = scene.deposit(scene.town.offer("parking", "1.80")).await?;
    let news = scene.deposit(scene.town.offer("news", "0.002")).await?;
    let concert = scene.deposit(scene.town.offer("concert", "45.00")).await?;
    let first = scene.town.order(&parking).sign()?;
    scene.pay(&first).await?;
    for offer in [&news, &parking] {
        scene.pay(&scene.town.order(offer).sign()?).await?;
        scene.pay(&scene.town.order(offer).by(&scene.town.party(BOB)).sign()?).await?;
    }
    scene.pay(&scene.town.order(&concert).sign()?).await?;
    let declined = scene.town.order(&concert).by(&scene.town.party(BOB)).sign()?;
    scene.order(&declined).await?.refused(402, Code::Declined)?;
    let short = scene.town.order(&news).by(&scene.town.party("erin")).sign()?;
    scene.order(&short).await?.refused(402, Code::InsufficientFunds)?;
    let refund = scene.town.refund(&first.message, "0.50").sign()?;
    scene.door().post(&refund.document).await?.refund()?;
    scene.pay(&scene.town.order(&news).sign()?).await?;
    scene.app.stop()?;
    Ok(scene)
}
