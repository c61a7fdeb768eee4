//! Merchants' campaigns: a discount for the first who claim it, once each (R24).

use anyhow::Result;
use payment_domain::{Campaign, CampaignId, CouponKind, Discount, Label, MerchantId};
use payment_message::Message;
use tests::counter::message;
use tests::database::Database;
use tests::on_each_database;
use tests::random;

use crate::reading::said;
use crate::stage::{Stage, table};

on_each_database!(
    a_discount_is_claimed_once_and_taken_off_once,
    a_campaign_has_so_many_coupons_and_so_much_time,
    a_discount_is_for_its_consumer_merchant_and_item,
    a_declined_payment_gives_the_discount_back,
    a_discount_in_millionths_is_rounded_for_the_consumer,
    only_a_merchant_makes_a_campaign_and_only_its_own,
    claims_at_once_never_exceed_a_campaign,
);

async fn a_discount_is_claimed_once_and_taken_off_once(database: Database) -> Result<()> {
    table(
        database,
        "
        offer seat concert 3.00                 = deposited
        campaign k1 concert 0.50 10             = deposited
        campaign k1 concert 0.50 10             = deposited
        claim d1 alice k1                       = discount 0.50 held
        claim d1 alice k1                       = discount 0.50 held
        claim d2 alice k1                       = refused campaign-claimed
        coupons alice                           = d1 discount held
        pay p1 alice seat with d1               = refused amount-differs
        pay p2 alice seat with d1 for 2.49      = refused amount-differs
        pay p3 alice seat with d1 for 2.50      = paid 2.50 aggregated prepaid
        pay p3 alice seat with d1 for 2.50      = paid 2.50 aggregated prepaid
        pay p4 alice seat with d1 for 2.50      = refused coupon-used
        coupons alice                           = d1 discount spent
        balances alice concert                  = 97.50 2.50
        refund f1 p3 2.50                       = refunded 2.50
        coupons alice                           = d1 discount spent
        claim d3 bob k1                         = discount 0.50 held
        claim d4 alice unknown                  = refused unknown-campaign
    ",
    )
    .await
}

async fn a_campaign_has_so_many_coupons_and_so_much_time(database: Database) -> Result<()> {
    table(
        database,
        "
        offer seat concert 3.00                 = deposited
        campaign k1 concert 0.50 2              = deposited
        claim d1 alice k1                       = discount 0.50 held
        claim d2 bob k1                         = discount 0.50 held
        claim d3 carol k1                       = refused campaign-ended
        campaign k2 concert 0.50 2              = deposited
        claim d4 alice k2                       = discount 0.50 held
        wait 11 days                            =
        claim d5 bob k2                         = refused campaign-ended
        pay p1 alice seat with d4 for 2.50      = refused coupon-expired
        coupons alice                           = d1 discount expired, d4 discount expired
    ",
    )
    .await
}

async fn a_discount_is_for_its_consumer_merchant_and_item(database: Database) -> Result<()> {
    table(
        database,
        "
        sell ten concert 10.00                  = deposited
        offer seat concert 3.00 SEAT            = deposited
        offer box concert 3.00 BOX              = deposited
        offer page news 3.00 SEAT               = deposited
        offer later concert 3.00 SEAT deferred  = deposited
        campaign k1 concert 0.50 9 SEAT         = deposited
        campaign k2 concert 0.50 9              = deposited
        claim d1 alice k1                       = discount 0.50 held
        claim d2 alice k2                       = discount 0.50 held
        buy c1 alice ten                        = asks charge 10.00
        finish c1 approved                      = value 10.00 held
        pay p1 bob seat with d1 for 2.50        = refused unknown-coupon
        pay p2 alice page with d1 for 2.50      = refused unknown-coupon
        pay p3 alice box with d1 for 2.50       = refused unknown-coupon
        pay p4 alice seat with d1,d2 for 2.00   = refused invalid-message
        pay p5 alice seat with d1,c1 for 2.50   = refused invalid-message
        pay p6 alice later with d1 for 2.50     = refused coupon-used
        give g1 alice d1 bob                    = refused unknown-coupon
        return r1 alice d1                      = refused unknown-coupon
        pay p7 alice ten with d2 for 9.50       = refused invalid-message
        pay p8 alice seat with d1 for 2.50      = paid 2.50 aggregated prepaid
        pay p9 alice box with d2 for 2.50       = paid 2.50 aggregated prepaid
    ",
    )
    .await
}

async fn a_declined_payment_gives_the_discount_back(database: Database) -> Result<()> {
    table(
        database,
        "
        offer seat concert 45.00                = deposited
        offer dear concert 2000.00              = deposited
        campaign k1 concert 5.00 9              = deposited
        claim d1 alice k1                       = discount 5.00 held
        pay p0 alice dear with d1 for 1995.00   = refused over-limit
        coupons alice                           = d1 discount held
        pay p1 alice seat with d1 for 40.00     = asks charge 40.00
        coupons alice                           = d1 discount reserved
        pay p2 alice seat with d1 for 40.00     = refused coupon-used
        finish p1 unknown                       = pending
        finish p1 declined                      = refused declined
        coupons alice                           = d1 discount held
        pay p3 alice seat with d1 for 40.00     = asks charge 40.00
        finish p3 approved                      = paid 40.00 single external
        coupons alice                           = d1 discount spent
        balances concert                        = 40.00
    ",
    )
    .await
}

async fn a_discount_in_millionths_is_rounded_for_the_consumer(database: Database) -> Result<()> {
    table(
        database,
        "
        offer word news 0.000007                = deposited
        offer page news 0.002                   = deposited
        campaign k1 news 50% 9                  = deposited
        campaign k2 news 100% 9                 = deposited
        claim d1 alice k1                       = discount 0.00 held
        claim d2 alice k2                       = discount 0.00 held
        pay p1 alice word with d1 for 0.000004  = refused amount-differs
        pay p2 alice word with d1 for 0.000003  = paid 0.000003 aggregated prepaid
        pay p3 alice page with d2 for 0.000001  = paid 0.000001 aggregated prepaid
        balances alice news                     = 99.999996 0.000004
    ",
    )
    .await
}

async fn only_a_merchant_makes_a_campaign_and_only_its_own(database: Database) -> Result<()> {
    let mut stage = Stage::open(database).await?;
    let now = tests::clock::now();
    let campaign = |merchant: &str, until: i64| Campaign {
        campaign_id: CampaignId::new(random::uuid()),
        merchant: MerchantId::parse(merchant).expect("a merchant"),
        title: Label::parse("Autumn").expect("a label"),
        item: None,
        discount: Discount::Ppm(100_000),
        coupons: 5,
        valid_from: now.saturating_add_millis(-100_000),
        valid_until: now.saturating_add_millis(until),
    };
    for (signer, merchant, until, expected) in [
        ("news", "concert", 60_000, "refused wrong-role"),
        ("alice", "concert", 60_000, "refused unknown-merchant"),
        ("concert", "concert", -1, "refused campaign-ended"),
        ("concert", "concert", 60_000, "deposited"),
    ] {
        let reply = stage.deposit_campaign(signer, campaign(merchant, until)).await?;
        assert_eq!(said(&reply)?, expected, "{signer} for {merchant}");
    }
    // The same id with other content.
    let first = campaign("concert", 60_000);
    assert_eq!(said(&stage.deposit_campaign("concert", first.clone()).await?)?, "deposited");
    let altered = Campaign { coupons: 6, ..first };
    assert_eq!(said(&stage.deposit_campaign("concert", altered).await?)?, "refused id-reused");
    stage.play("campaign k1 concert 0.50 10 = deposited").await?;
    stage.play("claim d1 alice k1 = discount 0.50 held").await?;
    let claim = stage.instruction("d1").expect("an instruction").clone();
    let Message::CouponReceipt(receipt) = message(&stage.submit(&claim).await?)? else {
        panic!("no receipt")
    };
    assert_eq!((receipt.kind, receipt.transferable), (CouponKind::Discount, false));
    assert_eq!((receipt.series.as_str(), receipt.holder.as_str()), ("Autumn", "alice"));
    stage.close()
}

/// Several writers on PostgreSQL, one on SQLite: no coupon too many, and none twice.
async fn claims_at_once_never_exceed_a_campaign(database: Database) -> Result<()> {
    let mut stage = Stage::open_with(database, 2).await?;
    stage.play("campaign k1 concert 0.50 3 = deposited").await?;
    let people = ["alice", "bob", "carol", "dave", "erin", "alice", "bob", "carol", "dave", "erin"];
    let claims: Vec<_> = people.iter().map(|who| stage.claim(who, "k1")).collect::<Result<_>>()?;
    let answers = stage.submit_all(&claims).await?;
    let held = answers.iter().filter(|answer| *answer == "discount 0.50 held").count();
    assert_eq!(held, 3, "{answers:?}");
    assert!(answers.iter().all(|answer| {
        ["discount 0.50 held", "refused campaign-ended", "refused campaign-claimed"]
            .contains(&answer.as_str())
    }));
    stage.close()
}
