//! Paying with coupons: reserved here, authorised and captured at the bank, and only then posted (R3, R4).

use anyhow::{Context as _, Result};
use core_payment::{Outcome, Reply};
use payment_domain::{Funding, Mode};
use payment_message::Message;
use tests::counter::message;
use tests::database::Database;
use tests::on_each_database;

use crate::stage::{Stage, table};

on_each_database!(
    a_coupon_is_spent_in_parts_and_used_up,
    several_coupons_pay_together_each_at_its_bank,
    a_coupon_that_the_bank_does_not_know_pays_nothing,
    a_coupon_that_the_bank_does_not_settle_is_reversed,
    what_was_settled_is_given_back_if_another_is_not,
    only_the_holder_spends_it_and_only_at_its_merchant,
    a_repeated_order_spends_once,
    an_expired_coupon_pays_nothing,
    a_coupon_pays_what_the_terminal_may_pay,
    an_offer_that_is_sold_once_is_sold_once_for_coupons_too,
    the_receipt_names_the_coupons_and_the_bank_learns_nothing,
);

async fn a_coupon_is_spent_in_parts_and_used_up(database: Database) -> Result<()> {
    table(
        database,
        "
        sell ten concert 10.00                  = deposited
        offer seat concert 3.00                 = deposited
        offer box concert 7.00                  = deposited
        buy c1 alice ten                        = asks charge 10.00
        finish c1 approved                      = value 10.00 held
        pay p1 alice seat with c1               = asks authorise 3.00
        coupons alice                           = c1 7.00+3.00 reserved
        finish p1 approved                      = asks capture 3.00
        coupons alice                           = c1 7.00+3.00 reserved
        balances alice concert                  = 100.00 0.00
        finish p1 approved                      = paid 3.00 single coupon
        coupons alice                           = c1 7.00 held
        balances alice concert                  = 100.00 3.00
        own coupon value                        = 7.00
        pay p2 alice box with c1                = asks authorise 7.00
        finish p2 approved                      = asks capture 7.00
        finish p2 approved                      = paid 7.00 single coupon
        coupons alice                           = c1 0.00 spent
        balances alice concert                  = 100.00 10.00
        own coupon value                        = 0.00
        own external simulator                  = -10.00
        pay p3 alice seat with c1               = refused coupon-used
    ",
    )
    .await
}

/// Those that are not needed stay whole, and are not named in the receipt.
async fn several_coupons_pay_together_each_at_its_bank(database: Database) -> Result<()> {
    table(
        database,
        "
        sell ten concert 10.00                  = deposited
        offer seat concert 25.00                = deposited
        offer box concert 35.00                 = deposited
        buy c1 alice ten                        = asks charge 10.00
        finish c1 approved                      = value 10.00 held
        buy c2 alice ten                        = asks charge 10.00
        finish c2 approved                      = value 10.00 held
        buy c3 alice ten                        = asks charge 10.00
        finish c3 approved                      = value 10.00 held
        pay p0 alice seat with c1,c2            = refused insufficient-funds
        pay p0 alice seat with c1,c2            = refused insufficient-funds
        buy c4 alice ten                        = asks charge 10.00
        finish c4 approved                      = value 10.00 held
        pay p1 alice seat with c2,c1,c3,c4      = asks authorise 10.00
        coupons alice                           = c1 0.00+10.00 reserved, c2 0.00+10.00 reserved, c3 5.00+5.00 reserved, c4 10.00 held
        finish p1 approved                      = asks authorise 10.00
        finish p1 approved                      = asks authorise 5.00
        finish p1 approved                      = asks capture 10.00
        finish p1 approved                      = asks capture 10.00
        finish p1 approved                      = asks capture 5.00
        finish p1 approved                      = paid 25.00 single coupon
        coupons alice                           = c1 0.00 spent, c2 0.00 spent, c3 5.00 held, c4 10.00 held
        balances concert                        = 25.00
        pay p2 alice box with c3,c4             = refused insufficient-funds
        own coupon value                        = 15.00
    ",
    )
    .await
}

async fn a_coupon_that_the_bank_does_not_know_pays_nothing(database: Database) -> Result<()> {
    table(
        database,
        "
        sell ten concert 10.00                  = deposited
        offer seat concert 3.00                 = deposited
        buy c1 alice ten                        = asks charge 10.00
        finish c1 approved                      = value 10.00 held
        pay p1 alice seat with c1               = asks authorise 3.00
        finish p1 declined                      = refused declined
        finish p1 approved                      = refused declined
        pay p1 alice seat with c1               = refused declined
        coupons alice                           = c1 10.00 held
        balances concert                        = 0.00
        pay p2 alice seat with c1               = asks authorise 3.00
    ",
    )
    .await
}

async fn a_coupon_that_the_bank_does_not_settle_is_reversed(database: Database) -> Result<()> {
    table(
        database,
        "
        sell ten concert 10.00                  = deposited
        offer seat concert 3.00                 = deposited
        buy c1 alice ten                        = asks charge 10.00
        finish c1 approved                      = value 10.00 held
        pay p1 alice seat with c1               = asks authorise 3.00
        finish p1 approved                      = asks capture 3.00
        finish p1 declined                      = asks void 3.00
        coupons alice                           = c1 7.00+3.00 reserved
        pay p2 alice seat with c1               = refused coupon-used
        finish p1 unknown                       = pending
        finish p1 approved                      = refused declined
        coupons alice                           = c1 10.00 held
        pay p3 alice seat with c1               = asks authorise 3.00
        finish p3 approved                      = asks capture 3.00
        finish p3 declined                      = asks void 3.00
        finish p3 declined                      = refused declined
        coupons alice                           = c1 10.00 held
        balances concert                        = 0.00
    ",
    )
    .await
}

async fn what_was_settled_is_given_back_if_another_is_not(database: Database) -> Result<()> {
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
        finish p1 approved                      = asks authorise 5.00
        finish p1 declined                      = asks void 10.00
        finish p1 approved                      = refused declined
        coupons alice                           = c1 10.00 held, c2 10.00 held
        pay p2 alice seat with c1,c2            = asks authorise 10.00
        finish p2 approved                      = asks authorise 5.00
        finish p2 approved                      = asks capture 10.00
        finish p2 approved                      = asks capture 5.00
        finish p2 declined                      = asks refund 10.00
        finish p2 approved                      = asks void 5.00
        coupons alice                           = c1 0.00+10.00 reserved, c2 5.00+5.00 reserved
        finish p2 approved                      = refused declined
        coupons alice                           = c1 10.00 held, c2 10.00 held
        balances concert                        = 0.00
        own coupon value                        = 20.00
    ",
    )
    .await
}

/// Somebody else's coupon is unknown, like one that is not: nobody learns that it exists.
async fn only_the_holder_spends_it_and_only_at_its_merchant(database: Database) -> Result<()> {
    table(
        database,
        "
        sell ten concert 10.00                  = deposited
        offer seat concert 3.00                 = deposited
        offer page news 3.00                    = deposited
        offer later concert 3.00 deferred       = deposited
        buy c1 alice ten                        = asks charge 10.00
        finish c1 approved                      = value 10.00 held
        pay p1 bob seat with c1                 = refused unknown-coupon
        pay p2 alice page with c1               = refused unknown-coupon
        pay p3 alice seat with unknown          = refused unknown-coupon
        pay p4 alice seat with c1,unknown       = refused unknown-coupon
        pay p5 alice seat with c1 for 2.99      = refused amount-differs
        pay p6 alice seat with c1 signed-by bob = refused wrong-role
        pay p7 alice later with c1              = refused coupon-used
        coupons alice                           = c1 10.00 held
        coupons bob                             =
    ",
    )
    .await
}

async fn a_repeated_order_spends_once(database: Database) -> Result<()> {
    table(
        database,
        "
        sell ten concert 10.00                  = deposited
        offer seat concert 3.00                 = deposited
        buy c1 alice ten                        = asks charge 10.00
        finish c1 approved                      = value 10.00 held
        pay p1 alice seat with c1               = asks authorise 3.00
        pay p1 alice seat with c1               = pending
        finish p1 approved                      = asks capture 3.00
        pay p1 alice seat with c1               = pending
        finish p1 approved                      = paid 3.00 single coupon
        pay p1 alice seat with c1               = paid 3.00 single coupon
        pay p1! alice seat with c1              = refused id-reused
        finish p1 approved                      = paid 3.00 single coupon
        finish p1 declined                      = paid 3.00 single coupon
        coupons alice                           = c1 7.00 held
        balances concert                        = 3.00
    ",
    )
    .await
}

async fn an_expired_coupon_pays_nothing(database: Database) -> Result<()> {
    table(
        database,
        "
        sell ten concert 10.00 5                = deposited
        offer seat concert 3.00                 = deposited
        buy c1 alice ten                        = asks charge 10.00
        finish c1 approved                      = value 10.00 held
        wait 4 days                             =
        pay p1 alice seat with c1               = asks authorise 3.00
        wait 2 days                             =
        finish p1 approved                      = asks capture 3.00
        finish p1 approved                      = paid 3.00 single coupon
        pay p2 alice seat with c1               = refused coupon-expired
        coupons alice                           = c1 7.00 expired
    ",
    )
    .await
}

/// R14: the limits of the terminal and those over time hold, and what was not paid is given back to them.
async fn a_coupon_pays_what_the_terminal_may_pay(database: Database) -> Result<()> {
    table(
        database,
        "
        sell big concert 200.00                 = deposited
        offer seat concert 30.00                = deposited
        offer song concert 2.00                 = deposited
        offer disc concert 2.01                 = deposited
        buy c1 alice big                        = asks charge 200.00
        finish c1 approved                      = value 200.00 held
        pay p1 alice song sms with c1           = asks authorise 2.00
        finish p1 declined                      = refused declined
        pay p2 alice disc sms with c1           = refused over-limit
        pay p3 alice seat browser with c1       = asks authorise 30.00
        finish p3 approved                      = asks capture 30.00
        finish p3 approved                      = paid 30.00 single coupon
        pay p4 alice seat browser with c1       = asks authorise 30.00
        finish p4 declined                      = refused declined
        pay p5 alice seat browser with c1       = asks authorise 30.00
        finish p5 approved                      = asks capture 30.00
        finish p5 approved                      = paid 30.00 single coupon
        pay p6 alice seat browser with c1       = asks authorise 30.00
        finish p6 approved                      = asks capture 30.00
        finish p6 approved                      = paid 30.00 single coupon
        pay p7 alice seat browser with c1       = refused over-limit
        pay p8 alice seat with c1               = asks authorise 30.00
    ",
    )
    .await
}

async fn an_offer_that_is_sold_once_is_sold_once_for_coupons_too(database: Database) -> Result<()> {
    table(
        database,
        "
        sell ten concert 10.00                  = deposited
        offer seat concert 3.00 once            = deposited
        buy c1 alice ten                        = asks charge 10.00
        finish c1 approved                      = value 10.00 held
        buy c2 bob ten                          = asks charge 10.00
        finish c2 approved                      = value 10.00 held
        pay p1 alice seat with c1               = asks authorise 3.00
        pay p2 bob seat with c2                 = refused offer-used
        coupons bob                             = c2 10.00 held
        finish p1 declined                      = refused declined
        pay p2 bob seat with c2                 = asks authorise 3.00
        finish p2 approved                      = asks capture 3.00
        finish p2 approved                      = paid 3.00 single coupon
        pay p3 alice seat with c1               = refused offer-used
        pay p4 alice seat                       = refused offer-used
    ",
    )
    .await
}

/// R47: the bank sees the charge that it knows, and an amount.
async fn the_receipt_names_the_coupons_and_the_bank_learns_nothing(database: Database) -> Result<()> {
    let mut stage = Stage::open(database).await?;
    stage
        .play(
            "
        sell ten concert 10.00                  = deposited
        offer seat concert 12.00                = deposited
        buy c1 alice ten                        = asks charge 10.00
        finish c1 approved                      = value 10.00 held
        buy c2 alice ten                        = asks charge 10.00
        finish c2 approved                      = value 10.00 held
        buy c3 alice ten                        = asks charge 10.00
        finish c3 approved                      = value 10.00 held
    ",
        )
        .await?;
    let charge = stage.attempts["c1"].id;
    stage.play("pay p1 alice seat with c1,c2,c3 = asks authorise 10.00").await?;
    let asked = stage.attempts["p1"].clone();
    let original = asked.original.clone().context("no original")?;
    assert_eq!((original.id, original.reference.as_deref()), (charge, Some("ref-1")));
    assert_eq!(asked.system, "simulator");
    stage
        .play(
            "
        finish p1 approved                      = asks authorise 2.00
        finish p1 approved                      = asks capture 10.00
        finish p1 approved                      = asks capture 2.00
    ",
        )
        .await?;
    assert_eq!(
        stage.attempts["p1"].original.as_ref().map(|original| original.amount.decimal()),
        Some("2.00".into())
    );
    let outcome = Outcome::Approved { reference: "ref-9".to_owned() };
    let reply: Reply = stage.core().finish_attempt(stage.attempts["p1"].id, outcome).await?;
    let Message::PaymentReceipt(receipt) = message(&reply)? else { panic!("no receipt") };
    assert_eq!(receipt.coupons, [stage.coupons["c1"], stage.coupons["c2"]], "the third was not needed");
    assert_eq!((receipt.mode, receipt.funding), (Mode::Single, Funding::Coupon));
    assert_eq!(receipt.rule.as_str(), "eu-default/coupon");
    stage.close()
}
