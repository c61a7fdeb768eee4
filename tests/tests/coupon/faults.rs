//! What must never happen: a coupon spent twice, an answer lost, a crash that loses or doubles a step.

use std::collections::BTreeSet;

use anyhow::{Result, ensure};
use core_payment::Outcome;
use payment_domain::Operation;
use tests::database::Database;
use tests::on_each_database;

use crate::reading::said;
use crate::stage::{Stage, table};

on_each_database!(
    two_orders_in_one_batch_spend_a_coupon_once,
    two_orders_in_two_batches_spend_a_coupon_once,
    orders_at_two_writers_spend_a_coupon_once,
    a_bank_that_does_not_answer_is_asked_and_never_asked_twice,
    a_crash_between_authorise_and_capture_goes_on_after_it,
    a_refund_that_was_pending_in_a_crash_ends_after_it,
    the_bank_is_told_of_what_a_merchant_gave_back,
);

async fn two_orders_in_one_batch_spend_a_coupon_once(database: Database) -> Result<()> {
    table(
        database,
        "
        sell ten concert 10.00                  = deposited
        offer seat concert 10.00                = deposited
        offer song concert 1.00                 = deposited
        buy c1 alice ten                        = asks charge 10.00
        finish c1 approved                      = value 10.00 held
        campaign k1 concert 0.50 10             = deposited
        claim d1 alice k1                       = discount 0.50 held
        together
        pay p1 alice seat with c1               = asks authorise 10.00
        pay p2 alice song with c1               = refused coupon-used
        pay p3 alice song with d1 for 0.50      = paid 0.50 aggregated prepaid
        pay p4 alice song with d1 for 0.50      = refused coupon-used
        pay p1 alice seat with c1               = pending
        go
        finish p1 approved                      = asks capture 10.00
        finish p1 approved                      = paid 10.00 single coupon
        balances concert                        = 10.50
    ",
    )
    .await
}

async fn two_orders_in_two_batches_spend_a_coupon_once(database: Database) -> Result<()> {
    table(
        database,
        "
        sell ten concert 10.00                  = deposited
        offer seat concert 10.00                = deposited
        buy c1 alice ten                        = asks charge 10.00
        finish c1 approved                      = value 10.00 held
        pay p1 alice seat with c1               = asks authorise 10.00
        pay p2 alice seat with c1               = refused coupon-used
        finish p1 approved                      = asks capture 10.00
        pay p2 alice seat with c1               = refused coupon-used
        finish p1 approved                      = paid 10.00 single coupon
        pay p2 alice seat with c1               = refused coupon-used
        balances concert                        = 10.00
        own coupon value                        = 0.00
    ",
    )
    .await
}

/// On PostgreSQL two writers meet at the account of the holder, whose lock guards the coupon.
async fn orders_at_two_writers_spend_a_coupon_once(database: Database) -> Result<()> {
    let mut stage = Stage::open_with(database, 2).await?;
    stage
        .play(
            "
        sell ten concert 10.00                  = deposited
        offer seat concert 6.00                 = deposited
    ",
        )
        .await?;
    for round in 0..10 {
        stage
            .play(&format!(
                "
            buy c{round} alice ten              = asks charge 10.00
            finish c{round} approved            = value 10.00 held
        "
            ))
            .await?;
        let orders: Vec<_> = (0..8)
            .map(|number| stage.order(&format!("pay p{round}-{number} alice seat with c{round}")))
            .collect::<Result<_>>()?;
        let answers = stage.order_all(orders).await?;
        let asks = answers.iter().filter(|answer| *answer == "asks authorise 6.00").count();
        let used = answers.iter().filter(|answer| *answer == "refused coupon-used").count();
        assert_eq!((asks, used), (1, 7), "{answers:?}");
    }
    stage.close()
}

/// A time-out is unknown: the value stays set aside, the order stays pending, and there is one attempt to ask about.
async fn a_bank_that_does_not_answer_is_asked_and_never_asked_twice(database: Database) -> Result<()> {
    let mut stage = Stage::open(database).await?;
    stage
        .play(
            "
        sell ten concert 10.00 5                = deposited
        offer seat concert 3.00                 = deposited
        buy c1 alice ten                        = asks charge 10.00
        finish c1 approved                      = value 10.00 held
        pay p1 alice seat with c1               = asks authorise 3.00
        finish p1 unknown                       = pending
        pay p1 alice seat with c1               = pending
        pay p2 alice seat with c1               = refused coupon-used
        return r1 alice c1                      = refused coupon-used
        wait 6 days                             =
        expire                                  = 0
    ",
        )
        .await?;
    assert_eq!(stage.pending()?, ["authorise 3.00"], "one attempt to ask about, the one that was sent");
    stage
        .play(
            "
        finish p1 approved                      = asks capture 3.00
        finish p1 unknown                       = pending
    ",
        )
        .await?;
    assert_eq!(stage.pending()?, ["capture 3.00"]);
    stage
        .play(
            "
        finish p1 approved                      = paid 3.00 single coupon
        balances concert                        = 3.00
    ",
        )
        .await?;
    assert!(stage.pending()?.is_empty());
    stage.close()
}

async fn a_crash_between_authorise_and_capture_goes_on_after_it(database: Database) -> Result<()> {
    let mut stage = Stage::open(database).await?;
    stage
        .play(
            "
        sell ten concert 10.00                  = deposited
        offer seat concert 15.00                = deposited
        buy c1 alice ten                        = asks charge 10.00
        finish c1 approved                      = value 10.00 held
        buy c2 alice ten                        = asks charge 10.00
        finish c2 approved                      = value 10.00 held
        pay p1 alice seat with c1,c2            = asks authorise 10.00
    ",
        )
        .await?;
    // After each answer the server dies, and the next one finds in its database what has to be asked.
    let mut asked = Vec::new();
    let reply = loop {
        stage.restart()?;
        let pending = stage.attempts_pending()?;
        ensure!(pending.len() == 1, "{} attempts at once", pending.len());
        asked.push(pending[0].operation);
        let outcome = Outcome::Approved { reference: format!("ref-{}", asked.len()) };
        let reply = stage.core().finish_attempt(pending[0].id, outcome.clone()).await?;
        // Whoever repeats an answer changes nothing, and reads where the order stands now.
        let again = said(&stage.core().finish_attempt(pending[0].id, outcome).await?)?;
        let stands = said(&reply)?;
        assert_eq!(again, if stands.starts_with("asks") { "pending".to_owned() } else { stands });
        if stage.attempts_pending()?.is_empty() {
            break reply;
        }
    };
    assert_eq!(asked, [Operation::Authorise, Operation::Authorise, Operation::Capture, Operation::Capture]);
    assert_eq!(said(&reply)?, "paid 15.00 single coupon");
    stage.play("coupons alice = c1 0.00 spent, c2 5.00 held").await?;
    stage.close()
}

async fn a_refund_that_was_pending_in_a_crash_ends_after_it(database: Database) -> Result<()> {
    let mut stage = Stage::open(database).await?;
    stage
        .play(
            "
        sell ten concert 10.00                  = deposited
        buy c1 alice ten                        = asks charge 10.00
        finish c1 approved                      = value 10.00 held
        return r1 alice c1                      = asks refund 10.00
    ",
        )
        .await?;
    stage.restart()?;
    assert_eq!(stage.pending()?, ["refund 10.00"]);
    stage
        .play(
            "
        finish r1 approved                      = value 0.00 refunded
        own external simulator                  = 0.00
    ",
        )
        .await?;
    stage.close()
}

/// Nobody waits for it, and whatever it answers, the value is in the coupons.
async fn the_bank_is_told_of_what_a_merchant_gave_back(database: Database) -> Result<()> {
    let mut stage = Stage::open(database).await?;
    stage
        .play(
            "
        sell ten concert 10.00                  = deposited
        offer seat concert 15.00                = deposited
        buy c1 alice ten                        = asks charge 10.00
        finish c1 approved                      = value 10.00 held
        buy c2 alice ten                        = asks charge 10.00
        finish c2 approved                      = value 10.00 held
        pay p1 alice seat with c1,c2            = asks authorise 10.00
        finish p1 approved                      = asks authorise 5.00
        finish p1 approved                      = asks capture 10.00
        finish p1 approved                      = asks capture 5.00
        finish p1 approved                      = paid 15.00 single coupon
        refund f1 p1 6.00                       = refunded 6.00
    ",
        )
        .await?;
    assert_eq!(stage.pending()?, ["refund 1.00", "refund 5.00"]);
    let pending = stage.attempts_pending()?;
    let originals: BTreeSet<_> =
        pending.iter().filter_map(|attempt| Some(attempt.original.as_ref()?.operation)).collect();
    assert_eq!(originals, BTreeSet::from([Operation::Capture]), "what goes back goes back to a capture");
    for (attempt, outcome) in pending.iter().zip([
        Outcome::Approved { reference: "ref-9".to_owned() },
        Outcome::Declined { reason: "no".to_owned() },
    ]) {
        stage.core().finish_attempt(attempt.id, outcome).await?;
    }
    assert!(stage.pending()?.is_empty());
    stage.play("coupons alice = c1 1.00 held, c2 10.00 held").await?;
    stage.close()
}
