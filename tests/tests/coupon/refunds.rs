//! Value that goes back: to the bank by its holder, into the coupon by a merchant, to us when its time has passed.

use std::sync::Arc;

use anyhow::Result;
use core_payment::bank::{Bearer, Kept, TakeBack, TakenBack};
use core_payment::coupon::ExpireCoupons;
use tests::database::Database;
use tests::on_each_database;
use tests::scene::disputed;

use crate::stage::{Stage, table};

on_each_database!(
    what_is_left_goes_back_to_the_bank,
    a_refund_that_the_bank_declines_leaves_the_coupon,
    a_coupon_in_use_is_not_refunded,
    what_a_merchant_gives_back_goes_into_the_coupons,
    what_comes_back_late_can_still_be_spent,
    a_merchant_gives_back_no_more_than_was_paid,
    coupons_expire_when_nothing_is_set_aside,
    coupons_expire_a_few_at_a_time,
    a_coupon_whose_money_is_back_with_its_payer_is_spent_by_nobody,
);

async fn what_is_left_goes_back_to_the_bank(database: Database) -> Result<()> {
    table(
        database,
        "
        sell ten concert 10.00                  = deposited
        offer seat concert 3.00                 = deposited
        buy c1 alice ten                        = asks charge 10.00
        finish c1 approved                      = value 10.00 held
        pay p1 alice seat with c1               = asks authorise 3.00
        finish p1 approved                      = asks capture 3.00
        finish p1 approved                      = paid 3.00 single coupon
        return r0 bob c1                        = refused unknown-coupon
        return r1 alice c1                      = asks refund 7.00
        own coupon value                        = 0.00
        own hold simulator                      = 7.00
        coupons alice                           = c1 0.00 refunded
        return r1 alice c1                      = pending
        return r2 alice c1                      = refused coupon-used
        pay p2 alice seat with c1               = refused coupon-used
        finish r1 unknown                       = pending
        finish r1 approved                      = value 0.00 refunded
        return r1 alice c1                      = value 0.00 refunded
        finish r1 declined                      = value 0.00 refunded
        own hold simulator                      = 0.00
        own external simulator                  = -3.00
        return r3 alice c1                      = refused coupon-used
        refund f1 p1 3.00                       = refunded 3.00
        coupons alice                           = c1 3.00 held
        return r4 alice c1                      = asks refund 3.00
        finish r4 approved                      = value 0.00 refunded
        own external simulator                  = 0.00
    ",
    )
    .await
}

async fn a_refund_that_the_bank_declines_leaves_the_coupon(database: Database) -> Result<()> {
    table(
        database,
        "
        sell ten concert 10.00                  = deposited
        offer seat concert 3.00                 = deposited
        buy c1 alice ten                        = asks charge 10.00
        finish c1 approved                      = value 10.00 held
        pay p1 alice seat with c1               = asks authorise 3.00
        finish p1 approved                      = asks capture 3.00
        finish p1 approved                      = paid 3.00 single coupon
        return r1 alice c1                      = asks refund 7.00
        refund f1 p1 1.00                       = refunded 1.00
        finish r1 declined                      = refused declined
        return r1 alice c1                      = refused declined
        coupons alice                           = c1 8.00 held
        own hold simulator                      = 0.00
        own coupon value                        = 8.00
        return r2 alice c1                      = asks refund 8.00
        refund f2 p1 2.00                       = refunded 3.00
        finish r2 approved                      = value 2.00 held
        coupons alice                           = c1 2.00 held
    ",
    )
    .await
}

async fn a_coupon_in_use_is_not_refunded(database: Database) -> Result<()> {
    table(
        database,
        "
        sell ten concert 10.00 5                = deposited
        offer seat concert 3.00                 = deposited
        buy c1 alice ten                        = asks charge 10.00
        finish c1 approved                      = value 10.00 held
        pay p1 alice seat with c1               = asks authorise 3.00
        return r1 alice c1                      = refused coupon-used
        finish p1 declined                      = refused declined
        wait 6 days                             =
        return r1 alice c1                      = refused coupon-expired
        return r2 alice unknown                 = refused unknown-coupon
    ",
    )
    .await
}

async fn what_a_merchant_gives_back_goes_into_the_coupons(database: Database) -> Result<()> {
    table(
        database,
        "
        sell ten concert 10.00                  = deposited
        offer seat concert 15.00                = deposited
        buy c1 alice ten                        = asks charge 10.00
        finish c1 approved                      = value 10.00 held
        buy c2 alice ten                        = asks charge 10.00
        finish c2 approved                      = value 10.00 held
        pay p1 alice seat with c1,c2            = asks authorise 10.00
        refund f0 p1 1.00                       = refused unknown-order
        finish p1 approved                      = asks authorise 5.00
        finish p1 approved                      = asks capture 10.00
        finish p1 approved                      = asks capture 5.00
        finish p1 approved                      = paid 15.00 single coupon
        balances concert alice                  = 15.00 100.00
        refund f1 p1 6.00                       = refunded 6.00
        refund f1 p1 6.00                       = refunded 6.00
        coupons alice                           = c1 1.00 held, c2 10.00 held
        refund f2 p1 9.00                       = refunded 15.00
        coupons alice                           = c1 10.00 held, c2 10.00 held
        balances concert alice                  = 0.00 100.00
        own coupon value                        = 20.00
        pay p2 alice seat with c1,c2            = asks authorise 10.00
    ",
    )
    .await
}

/// The consumer could not know that the goods would come back: value is spendable for thirty days more at least.
async fn what_comes_back_late_can_still_be_spent(database: Database) -> Result<()> {
    table(
        database,
        "
        sell ten concert 10.00 5                = deposited
        offer seat concert 4.00                 = deposited
        buy c1 alice ten                        = asks charge 10.00
        finish c1 approved                      = value 10.00 held
        pay p1 alice seat with c1               = asks authorise 4.00
        finish p1 approved                      = asks capture 4.00
        finish p1 approved                      = paid 4.00 single coupon
        wait 6 days                             =
        expire                                  = 1
        own breakage coupon                     = 6.00
        coupons alice                           = c1 0.00 expired
        refund f1 p1 4.00                       = refunded 4.00
        coupons alice                           = c1 4.00 held
        wait 29 days                            =
        expire                                  = 0
        pay p2 alice seat with c1               = asks authorise 4.00
        finish p2 declined                      = refused declined
        wait 2 days                             =
        pay p3 alice seat with c1               = refused coupon-expired
        expire                                  = 1
        own breakage coupon                     = 10.00
        own coupon value                        = 0.00
    ",
    )
    .await
}

async fn a_merchant_gives_back_no_more_than_was_paid(database: Database) -> Result<()> {
    table(
        database,
        "
        sell ten concert 10.00                  = deposited
        offer seat concert 4.00                 = deposited
        buy c1 alice ten                        = asks charge 10.00
        finish c1 approved                      = value 10.00 held
        pay p1 alice seat with c1               = asks authorise 4.00
        finish p1 approved                      = asks capture 4.00
        finish p1 approved                      = paid 4.00 single coupon
        refund f1 p1 4.000001                   = refused refund-exceeds-payment
        refund f2 p1 3.00                       = refunded 3.00
        refund f3 p1 1.01                       = refused refund-exceeds-payment
        refund f4 p1 1.00                       = refunded 4.00
        refund f5 p1 0.000001                   = refused refund-exceeds-payment
        coupons alice                           = c1 10.00 held
    ",
    )
    .await
}

async fn coupons_expire_when_nothing_is_set_aside(database: Database) -> Result<()> {
    table(
        database,
        "
        sell ten concert 10.00 5                = deposited
        sell six concert 6.00                   = deposited
        offer seat concert 3.00                 = deposited
        buy c1 alice ten                        = asks charge 10.00
        finish c1 approved                      = value 10.00 held
        buy c2 bob ten                          = asks charge 10.00
        finish c2 approved                      = value 10.00 held
        buy c3 alice six                        = asks charge 6.00
        finish c3 approved                      = value 6.00 held
        give g1 bob c2 carol                    = value 10.00 given
        pay p1 alice seat with c1               = asks authorise 3.00
        expire                                  = 0
        wait 6 days                             =
        expire                                  = 1
        coupons carol                           = c2 0.00 expired
        coupons alice                           = c1 7.00+3.00 reserved, c3 6.00 held
        own breakage coupon                     = 10.00
        finish p1 declined                      = refused declined
        expire                                  = 1
        expire                                  = 0
        coupons alice                           = c1 0.00 expired, c3 6.00 held
        own breakage coupon                     = 20.00
        own coupon value                        = 6.00
        return r1 alice c1                      = refused coupon-expired
        give g2 alice c1 bob                    = refused coupon-expired
    ",
    )
    .await
}

async fn coupons_expire_a_few_at_a_time(database: Database) -> Result<()> {
    let mut stage = Stage::open(database).await?;
    stage.play("sell one concert 1.00 5 = deposited").await?;
    for number in 0..5 {
        stage
            .play(&format!(
                "
            buy c{number} alice one             = asks charge 1.00
            finish c{number} approved           = value 1.00 held
        "
            ))
            .await?;
    }
    stage.play("wait 6 days =").await?;
    let mut counts = Vec::new();
    for _ in 0..4 {
        let done = stage.core().perform(Arc::new(ExpireCoupons { most: 2 })).await?;
        counts.push((done.count, done.more));
    }
    assert_eq!(counts, [(2, true), (2, true), (1, false), (0, false)]);
    stage.play("own breakage coupon = 5.00").await?;
    stage.close()
}

async fn a_coupon_whose_money_is_back_with_its_payer_is_spent_by_nobody(database: Database) -> Result<()> {
    let mut stage = Stage::open(database).await?;
    stage
        .play(
            "
        sell ten concert 10.00                  = deposited
        offer seat concert 3.00                 = deposited
        buy c1 alice ten                        = asks charge 10.00
        finish c1 approved                      = value 10.00 held
    ",
        )
        .await?;
    let attempt = &stage.attempts["c1"];
    let event = disputed(&attempt.system, attempt.id);
    let core = &stage.counter.core;
    let Kept::Now(answer) = core.perform(Arc::new(event)).await? else { panic!("not kept") };
    let act = |bearer| Arc::new(TakeBack { answer, number: 1, bearer: Some(bearer) });
    match core.perform(act(Bearer::Merchant)).await? {
        TakenBack::Refused(why) => assert!(why.ends_with("only the house can bear it"), "{why}"),
        other => panic!("{other:?}"),
    }
    let TakenBack::Now(words) = core.perform(act(Bearer::House)).await? else { panic!("not booked") };
    assert!(words.ends_with("EUR 0.00 from the merchant, EUR 10.00 lost"), "{words}");
    stage
        .play(
            "
        own loss payments                       = -10.00
        own external simulator                  = 0.00
        pay p1 alice seat with c1               = refused consumer-suspended
        return r1 alice c1                      = refused consumer-suspended
        coupons alice                           = c1 10.00 held
    ",
        )
        .await?;
    stage.close()
}
