//! Coupons and campaigns (R1–R4, R24): what each act does to coupons and to the ledger, on both databases. Every test ends
//! with the audit.

mod stage;

use anyhow::Result;
use tests::database::Database;
use tests::on_each_database;

use stage::table;

on_each_database!(a_coupon_is_bought_spent_in_parts_and_used_up,);

async fn a_coupon_is_bought_spent_in_parts_and_used_up(database: Database) -> Result<()> {
    table(
        database,
        "
        sell ten concert 10.00                  = deposited
        offer seat concert 3.00                 = deposited
        offer box concert 7.00                  = deposited
        buy c1 alice ten                        = asks charge 10.00
        coupons alice                           =
        finish c1 approved                      = value 10.00 held
        coupons alice                           = c1 10.00 held
        balances alice concert                  = 100.00 0.00
        own coupon value                        = 10.00
        own external simulator                  = -10.00
        pay p1 alice seat with c1               = asks authorise 3.00
        coupons alice                           = c1 7.00+3.00 reserved
        finish p1 approved                      = asks capture 3.00
        coupons alice                           = c1 7.00+3.00 reserved
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
        pay p3 alice seat with c1               = refused coupon-used
    ",
    )
    .await
}
