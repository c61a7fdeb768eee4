//! The audit has teeth for coupons: whatever is changed behind its back, it finds.

use anyhow::{Result, ensure};
use tests::audit;
use tests::counter::Counter;
use tests::database::{Database, Engine};
use tests::on_each_database;

use crate::stage::Stage;

on_each_database!(every_kind_of_tampering_with_coupons_is_found);

/// What is done, what it changes in SQL, and the word that one of the findings has to contain.
const TABLE: &[(&str, &str, &str)] = &[
    ("value made", "UPDATE coupon SET remaining_micros = remaining_micros + 1 WHERE state = 'held' AND remaining_micros < face_micros", "coupon"),
    ("value lost", "UPDATE coupon SET remaining_micros = remaining_micros - 1 WHERE state = 'held'", "coupon"),
    (
        "value moved from one coupon to another",
        "UPDATE coupon SET remaining_micros = remaining_micros + 1 WHERE id = (SELECT id FROM coupon WHERE state = 'held' AND remaining_micros < face_micros ORDER BY position LIMIT 1);
         UPDATE coupon SET remaining_micros = remaining_micros - 1 WHERE id = (SELECT id FROM coupon WHERE state = 'held' AND remaining_micros = face_micros ORDER BY position LIMIT 1)",
        "coupon",
    ),
    ("a face raised", "UPDATE coupon SET face_micros = face_micros + 1 WHERE state = 'held'", "coupon"),
    ("value set free", "UPDATE coupon SET remaining_micros = remaining_micros + reserved_micros, reserved_micros = 0, state = 'held' WHERE state = 'reserved'", "coupon"),
    ("a coupon stolen", "UPDATE coupon SET holder = (SELECT id FROM party WHERE name = 'dave') WHERE state = 'held'", "held by somebody"),
    ("a gift undone", "UPDATE coupon SET holder = buyer WHERE holder <> buyer", "held by somebody"),
    ("another buyer", "UPDATE coupon SET buyer = (SELECT id FROM party WHERE name = 'dave')", "sold"),
    ("another merchant", "UPDATE coupon SET merchant = (SELECT id FROM party WHERE name = 'news')", "coupon"),
    ("more time", "UPDATE coupon SET expires_at = expires_at + 1", "sold"),
    ("more time to spend it", "UPDATE coupon SET usable_until = usable_until + 1 WHERE usable_until = expires_at", "stand"),
    ("a fixed coupon made transferable", "UPDATE coupon SET transferable = NOT transferable", "sold"),
    ("another charge", "UPDATE coupon SET charge = charge + 1", "sold"),
    ("a spent coupon back", "UPDATE coupon SET state = 'held' WHERE state = 'spent'", "coupon"),
    ("an expired coupon called spent", "UPDATE coupon SET state = 'refunded' WHERE state = 'expired'", "coupon"),
    ("a refund under way called done", "UPDATE coupon SET state = 'refunded' WHERE state = 'refunding'", "coupon"),
    ("a coupon deleted", "DELETE FROM coupon_use; DELETE FROM coupon_gift; DELETE FROM coupon WHERE id = (SELECT id FROM coupon ORDER BY position LIMIT 1)", "coupon"),
    (
        "a coupon invented",
        "INSERT INTO coupon SELECT campaign_claim.id, coupon.position + 1, merchant, buyer, holder, series, currency, face_micros,
         remaining_micros, reserved_micros, coupon.state, transferable, not_before, expires_at, usable_until, charge
         FROM coupon, campaign_claim WHERE coupon.state = 'held' LIMIT 1",
        "never bought",
    ),
    ("a use forgotten", "DELETE FROM coupon_use WHERE state = 'spent'", "coupon"),
    ("a use raised", "UPDATE coupon_use SET micros = micros + 1 WHERE state = 'spent'", "uses"),
    ("a use called off", "UPDATE coupon_use SET state = 'released' WHERE state = 'spent'", "coupon"),
    ("a use of another coupon", "UPDATE coupon_use SET coupon = (SELECT id FROM coupon WHERE state = 'held' AND remaining_micros = face_micros LIMIT 1) WHERE state = 'spent'", "coupon"),
    ("a restoration invented", "UPDATE coupon_use SET restored_micros = micros WHERE restored_micros = 0 AND state = 'spent'", "uses"),
    ("a restoration forgotten", "UPDATE coupon_use SET restored_micros = 0 WHERE restored_micros > 0", "uses"),
    ("what is owed raised", "UPDATE account SET balance = balance + 1 WHERE kind = 'coupon'", "account"),
    ("a purchase called a payment", "UPDATE transfer SET kind = 'payment' WHERE kind = 'coupon-bought' AND id = (SELECT MIN(id) FROM transfer WHERE kind = 'coupon-bought')", "payment"),
    ("an expiry called spending", "UPDATE transfer SET kind = 'coupon-spent' WHERE kind = 'coupon-expired'", "coupon"),
    ("a discount used again", "UPDATE campaign_claim SET state = 'held', payment = NULL WHERE state = 'spent'", "coupon"),
    ("a discount of somebody else", "UPDATE campaign_claim SET consumer = (SELECT id FROM party WHERE name = 'dave') WHERE state = 'held'", "claimed"),
    ("a discount forgotten", "DELETE FROM campaign_claim WHERE state = 'held'", "claimed"),
    ("a deeper discount", "UPDATE campaign SET discount_micros = discount_micros + 1", "campaign"),
    ("a longer campaign", "UPDATE campaign SET valid_until = valid_until + 1", "campaign"),
    ("more coupons in a campaign", "UPDATE campaign SET coupons = coupons + 1", "campaign"),
    ("claims forgotten", "UPDATE campaign SET claimed = claimed - 1", "campaign"),
];

async fn every_kind_of_tampering_with_coupons_is_found(database: Database) -> Result<()> {
    let Counter { core, database, town, .. } = lively(database).await?.counter;
    // Whatever is connected keeps PostgreSQL from copying the database.
    core.shut_down();
    drop(core);
    let clean = audit::audit(&town, &database)?;
    ensure!(clean.passes(), "{:#?}", clean.findings);

    let mut unseen = Vec::new();
    for (name, statements, word) in TABLE {
        let copy = database.copy()?;
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
        let findings = audit::audit(&town, &copy)?.findings;
        if !findings.iter().any(|finding| finding.place.contains(word) || finding.fault.contains(word)) {
            let said: Vec<_> =
                findings.iter().map(|finding| format!("{}: {}", finding.place, finding.fault)).collect();
            unseen.push(format!("{name}: no finding about `{word}` among {said:?}"));
        }
    }
    ensure!(unseen.is_empty(), "{} of {} unseen:\n{}", unseen.len(), TABLE.len(), unseen.join("\n"));
    Ok(())
}

/// A ledger in which everything has happened to coupons.
async fn lively(database: Database) -> Result<Stage> {
    let mut stage = Stage::open(database).await?;
    stage
        .play(
            "
        sell ten concert 10.00                  = deposited
        sell old concert 10.00 5 fixed          = deposited
        offer seat concert 3.00                 = deposited
        offer box concert 10.00                 = deposited
        campaign k1 concert 0.50 10             = deposited
        claim d1 alice k1                       = discount 0.50 held
        claim d2 bob k1                         = discount 0.50 held
        pay p0 alice seat with d1 for 2.50      = paid 2.50 aggregated prepaid
        buy c1 alice ten                        = asks charge 10.00
        finish c1 approved                      = value 10.00 held
        buy c2 alice ten                        = asks charge 10.00
        finish c2 approved                      = value 10.00 held
        buy c3 alice old                        = asks charge 10.00
        finish c3 approved                      = value 10.00 held
        buy c4 alice ten                        = asks charge 10.00
        finish c4 approved                      = value 10.00 held
        buy c5 alice ten                        = asks charge 10.00
        finish c5 approved                      = value 10.00 held
        buy c6 alice ten                        = asks charge 10.00
        finish c6 approved                      = value 10.00 held
        buy c7 alice ten                        = asks charge 10.00
        finish c7 approved                      = value 10.00 held
        pay p1 alice seat with c1               = asks authorise 3.00
        finish p1 approved                      = asks capture 3.00
        finish p1 approved                      = paid 3.00 single coupon
        refund f1 p1 1.00                       = refunded 1.00
        pay p2 alice box with c2                = asks authorise 10.00
        finish p2 approved                      = asks capture 10.00
        finish p2 approved                      = paid 10.00 single coupon
        give g1 alice c4 bob                    = value 10.00 given
        pay p3 alice seat with c5               = asks authorise 3.00
        return r1 alice c6                      = asks refund 10.00
        wait 6 days                             =
        expire                                  = 1
    ",
        )
        .await?;
    Ok(stage)
}
