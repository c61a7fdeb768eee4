//! Giving coupons away, within limits (R58).

use anyhow::{Context as _, Result};
use payment_domain::{CouponState, PartyId};
use payment_message::Message;
use tests::counter::message;
use tests::database::Database;
use tests::on_each_database;

use crate::reading::said;
use crate::stage::{Stage, table};

on_each_database!(
    a_gift_changes_hands_once,
    what_is_not_to_be_given_stays,
    gifts_are_limited_in_worth_and_number,
    a_gift_by_number_does_not_say_whose_it_is,
    two_gifts_of_one_coupon_at_once_are_one,
);

async fn a_gift_changes_hands_once(database: Database) -> Result<()> {
    table(
        database,
        "
        sell ten concert 10.00                  = deposited
        offer seat concert 3.00                 = deposited
        buy c1 alice ten                        = asks charge 10.00
        finish c1 approved                      = value 10.00 held
        give g1 alice c1 bob                    = value 10.00 given
        give g1 alice c1 bob                    = value 10.00 given
        give g2 alice c1 carol                  = refused unknown-coupon
        coupons alice                           =
        coupons bob                             = c1 10.00 held
        pay p1 alice seat with c1               = refused unknown-coupon
        return r1 alice c1                      = refused unknown-coupon
        return r2 bob c1                        = refused coupon-not-refundable
        give g3 bob c1 carol                    = value 10.00 given
        pay p2 carol seat with c1               = asks authorise 3.00
        finish p2 approved                      = asks capture 3.00
        finish p2 approved                      = paid 3.00 single coupon
        coupons carol                           = c1 7.00 held
        refund f1 p2 3.00                       = refunded 3.00
        coupons carol                           = c1 10.00 held
        give g4 carol c1 alice                  = value 10.00 given
        return r3 alice c1                      = asks refund 10.00
        finish r3 approved                      = value 0.00 refunded
        own coupon value                        = 0.00
        own external simulator                  = 0.00
    ",
    )
    .await
}

async fn what_is_not_to_be_given_stays(database: Database) -> Result<()> {
    table(
        database,
        "
        sell ten concert 10.00 5                = deposited
        sell tie concert 10.00 fixed            = deposited
        offer seat concert 3.00                 = deposited
        buy c1 alice ten                        = asks charge 10.00
        finish c1 approved                      = value 10.00 held
        buy c2 alice tie                        = asks charge 10.00
        finish c2 approved                      = value 10.00 held
        give g1 alice c1 alice                  = refused coupon-not-givable
        give g2 alice c1 nobody                 = refused unknown-consumer
        give g3 alice c1 concert                = refused unknown-consumer
        give g4 alice c2 bob                    = refused coupon-not-givable
        give g5 alice unknown bob               = refused unknown-coupon
        give g6 bob c1 bob                      = refused unknown-coupon
        pay p1 alice seat with c1               = asks authorise 3.00
        give g7 alice c1 bob                    = refused coupon-used
        finish p1 approved                      = asks capture 3.00
        finish p1 approved                      = paid 3.00 single coupon
        give g8 alice c1 bob                    = refused coupon-not-givable
        refund f1 p1 3.00                       = refunded 3.00
        give g9 alice c1 bob                    = value 10.00 given
        wait 40 days                            =
        give g10 bob c1 alice                   = refused coupon-expired
        coupons bob                             = c1 10.00 expired
    ",
    )
    .await
}

async fn gifts_are_limited_in_worth_and_number(database: Database) -> Result<()> {
    let mut stage = Stage::open(database).await?;
    stage
        .play(
            "
        sell fifty concert 50.00 90             = deposited
        sell more concert 50.01                 = deposited
        sell one concert 1.00 90                = deposited
        buy c1 alice fifty                      = asks charge 50.00
        finish c1 approved                      = value 50.00 held
        buy c2 alice more                       = asks charge 50.01
        finish c2 approved                      = value 50.01 held
        give g1 alice c1 bob                    = value 50.00 given
        give g2 alice c2 bob                    = refused over-limit
    ",
        )
        .await?;
    for number in 3..8 {
        let given = if number < 7 { "value 1.00 given" } else { "refused coupon-not-givable" };
        stage
            .play(&format!(
                "
            buy c{number} alice one                 = asks charge 1.00
            finish c{number} approved               = value 1.00 held
            give g{number} alice c{number} bob      = {given}
        "
            ))
            .await?;
    }
    stage
        .play(
            "
        give g8 bob c1 carol                    = value 50.00 given
        wait 31 days                            =
        give g9 alice c7 bob                    = value 1.00 given
    ",
        )
        .await?;
    stage.close()
}

/// R46: the giver knows a number, and reads no name.
async fn a_gift_by_number_does_not_say_whose_it_is(database: Database) -> Result<()> {
    let mut stage = Stage::open(database).await?;
    stage
        .play(
            "
        sell ten concert 10.00                  = deposited
        buy c1 alice ten                        = asks charge 10.00
        finish c1 approved                      = value 10.00 held
        give g0 alice c1 +33600000000           = refused unknown-consumer
        give g1 alice c1 +33612345602           = value 10.00 given
        coupons bob                             = c1 10.00 held
    ",
        )
        .await?;
    let given = stage.instruction("g1").context("no instruction")?.clone();
    let Message::CouponReceipt(receipt) = message(&stage.submit(&given).await?)? else {
        panic!("no receipt")
    };
    assert_eq!((receipt.holder.as_str(), receipt.state), ("alice", CouponState::Given));
    let sealed = match stage.counter.database.engine() {
        tests::database::Engine::Sqlite => "lower(hex(request))",
        tests::database::Engine::Postgres => "encode(request, 'hex')",
    };
    let heads =
        format!("SELECT substr({sealed}, 1, 2) AS value FROM evidence WHERE kind = 'request' ORDER BY id");
    assert_eq!(stage.counter.database.sql()?.words(&heads)?, ["80"], "the number is sealed at rest (R40)");
    assert_eq!(stage.core().coupons(&PartyId::parse("bob")?)?.len(), 1);
    stage.close()
}

async fn two_gifts_of_one_coupon_at_once_are_one(database: Database) -> Result<()> {
    let mut stage = Stage::open(database).await?;
    stage
        .play(
            "
        sell ten concert 10.00                  = deposited
        buy c1 alice ten                        = asks charge 10.00
        finish c1 approved                      = value 10.00 held
    ",
        )
        .await?;
    let (to_bob, to_carol) = (stage.gift("alice", "c1", "bob")?, stage.gift("alice", "c1", "carol")?);
    let (first, second) = tokio::join!(stage.submit(&to_bob), stage.submit(&to_carol));
    let said = [said(&first?)?, said(&second?)?];
    assert_eq!(said, ["value 10.00 given", "refused unknown-coupon"]);
    stage.play("coupons bob = c1 10.00 held").await?;
    stage.close()
}
