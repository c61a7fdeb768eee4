//! Buying a coupon: a single payment whose money stays at its bank (R1, R2).

use anyhow::{Context as _, Result};
use core_payment::Reply;
use payment_domain::{ConsumerId, CouponKind, CouponState, MerchantId};
use payment_message::Message;
use tests::counter::message;
use tests::database::Database;
use tests::on_each_database;
use tests::town::euros;

use crate::stage::{Stage, table};

on_each_database!(
    a_coupon_is_bought_with_money_from_outside,
    a_purchase_that_the_bank_declines_makes_no_coupon,
    a_purchase_repeated_is_charged_once,
    what_cannot_be_bought_is_refused,
    a_terminal_that_is_too_weak_for_a_single_payment_is_asked_for_more_however_little_a_coupon_costs,
    the_receipt_is_the_holders_and_says_what_was_signed,
    nobody_but_an_intermediary_bank_is_charged_for_a_coupon,
);

async fn a_coupon_is_bought_with_money_from_outside(database: Database) -> Result<()> {
    table(
        database,
        "
        sell ten concert 10.00                  = deposited
        sell penny news 0.01                    = deposited
        buy c1 alice ten                        = asks charge 10.00
        coupons alice                           =
        finish c1 unknown                       = pending
        finish c1 approved                      = value 10.00 held
        finish c1 declined                      = value 10.00 held
        buy c2 carol penny                      = asks charge 0.01
        finish c2 approved                      = value 0.01 held
        coupons alice                           = c1 10.00 held
        coupons carol                           = c2 0.01 held
        balances alice concert news             = 100.00 0.00 0.00
        own coupon value                        = 10.01
        own external simulator                  = -10.01
    ",
    )
    .await
}

async fn a_purchase_that_the_bank_declines_makes_no_coupon(database: Database) -> Result<()> {
    table(
        database,
        "
        sell ten concert 10.00                  = deposited
        buy c1 bob ten                          = asks charge 10.00
        finish c1 declined                      = refused declined
        finish c1 approved                      = refused declined
        buy c1 bob ten                          = refused declined
        coupons bob                             =
        own coupon value                        = 0.00
    ",
    )
    .await
}

async fn a_purchase_repeated_is_charged_once(database: Database) -> Result<()> {
    table(
        database,
        "
        sell ten concert 10.00                  = deposited
        buy c1 alice ten                        = asks charge 10.00
        buy c1 alice ten                        = pending
        finish c1 approved                      = value 10.00 held
        buy c1 alice ten                        = value 10.00 held
        buy c1! alice ten                       = refused id-reused
        coupons alice                           = c1 10.00 held
        own external simulator                  = -10.00
    ",
    )
    .await
}

/// No account pays for a coupon, however full it is; and a coupon buys no coupon.
async fn what_cannot_be_bought_is_refused(database: Database) -> Result<()> {
    table(
        database,
        "
        sell ten concert 10.00                  = deposited
        sell old concert 10.00 1                = deposited
        sell dear concert 1000.01               = deposited
        buy c1 erin ten                         = refused insufficient-funds
        buy c2 alice dear                       = refused over-limit
        buy c3 alice ten for 9.00               = refused amount-differs
        buy c4 alice ten signed-by bob          = refused wrong-role
        buy c5 alice ten                        = asks charge 10.00
        finish c5 approved                      = value 10.00 held
        pay c6 alice ten with c5                = refused invalid-message
        refund r1 c5 10.00                      = refused unknown-order
        wait 2 days                             =
        buy c7 alice old                        = refused offer-expired
        coupons erin                            =
        coupons alice                           = c5 10.00 held
    ",
    )
    .await
}

/// R14: what would be small enough to aggregate is a single payment all the same. Whoever can prove more is asked to, and
/// nobody is told that money lacks who has some.
async fn a_terminal_that_is_too_weak_for_a_single_payment_is_asked_for_more_however_little_a_coupon_costs(
    database: Database,
) -> Result<()> {
    table(
        database,
        "
        sell two concert 2.00                     = deposited
        sell dear concert 30.01                   = deposited
        buy c1 alice two sms                      = refused over-limit
        buy c2 alice two wap/msisdn-pin           = refused step-up-required
        buy c3 alice two wap/msisdn-pin-code      = asks charge 2.00
        finish c3 approved                        = value 2.00 held
        buy c4 alice dear wap/msisdn-pin-code     = refused over-limit
        buy c5 erin two wap/msisdn-pin            = refused over-limit
        buy c6 erin two wap/msisdn-pin-code       = refused insufficient-funds
        balances alice concert                    = 100.00 0.00
    ",
    )
    .await
}

async fn the_receipt_is_the_holders_and_says_what_was_signed(database: Database) -> Result<()> {
    let mut stage = Stage::open(database).await?;
    stage
        .play(
            "
        sell ten concert 10.00                  = deposited
        sell six concert 6.00 fixed             = deposited
        buy c1 alice ten                        = asks charge 10.00
        buy c2 alice six                        = asks charge 6.00
        finish c2 approved                      = value 6.00 held
    ",
        )
        .await?;
    let attempt = stage.attempts.get("c1").context("no attempt")?.clone();
    let outcome = core_payment::Outcome::Approved { reference: "ref-1".to_owned() };
    let reply: Reply = stage.core().finish_attempt(attempt.id, outcome).await?;
    let Message::CouponReceipt(receipt) = message(&reply)? else { panic!("no receipt") };
    assert_eq!((receipt.kind, receipt.state), (CouponKind::Value, CouponState::Held));
    assert_eq!((receipt.face, receipt.remaining), (euros("10.00"), euros("10.00")));
    assert_eq!(receipt.holder, ConsumerId::parse("alice")?);
    assert_eq!(receipt.merchant, MerchantId::parse("concert")?);
    assert_eq!(receipt.series.as_str(), "ITEM-1");
    assert!(receipt.transferable);
    let held = stage.core().coupons(receipt.holder.party())?;
    let other = held.iter().find(|coupon| coupon.id != receipt.coupon).context("one coupon only")?;
    assert!(!other.transferable);
    // The newest first, and both known by ids that nobody chose.
    assert_eq!(held.len(), 2);
    stage.close()
}

/// R4: a card processor that was asked to authorise the spending would take the money a second time.
async fn nobody_but_an_intermediary_bank_is_charged_for_a_coupon(database: Database) -> Result<()> {
    let mut stage = Stage::open_by(database, |policy| policy.coupon_banks = vec!["bank".to_owned()]).await?;
    stage
        .play(
            "
        sell ten concert 10.00                  = deposited
        offer seat concert 45.00                = deposited
        buy c1 alice ten                        = refused insufficient-funds
        pay p1 alice seat                       = asks charge 45.00
    ",
        )
        .await?;
    stage.close()
}
