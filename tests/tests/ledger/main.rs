//! The core alone, as text tables: what each act does to the ledger, on both databases. Every table ends with the audit.
//!
//! A line is an act and its answer stands behind it. Start at [`table`].

mod stage;

use anyhow::Result;
use core_payment::SubmitError;
use payment_domain::{Capability, ConsumerId, Currency, Method, RequestId};
use tests::audit;
use tests::database::{Database, Engine};
use tests::on_each_database;
use tests::random;
use tests::town::people::ALICE_NUMBER;
use tests::town::{Town, euros};

use stage::table;

on_each_database!(
    payments_and_refunds_in_the_ledger,
    single_payments_wait_for_their_outcome,
    refunds_of_single_payments_are_held_until_they_are_answered,
    a_repetition_gets_the_first_answer_and_an_altered_message_none,
    an_offer_to_be_bought_once_is_sold_once,
    a_batch_decides_each_order_after_the_one_before,
    limits_over_time_are_counted_and_given_back,
    a_telephone_number_is_sealed_at_rest,
    a_top_up_that_comes_twice_at_once_is_credited_once,
    money_does_not_move_to_an_account_that_is_not_there,
    a_message_that_reaches_two_writers_at_once_is_answered_once,
);

async fn payments_and_refunds_in_the_ledger(database: Database) -> Result<()> {
    table(
        database,
        "
        offer tram parking 1.80                 = deposited
        offer page news 0.002                   = deposited
        pay p1 alice tram                       = aggregated prepaid
        pay p2 bob page                         = aggregated postpaid
        pay p3 erin tram                        = refused insufficient-funds
        balances alice bob parking news         = 98.20 -0.002 1.80 0.002
        refund r1 p1 parking 0.80               = refunded 0.80
        refund r2 p1 parking 1.00               = refunded 1.80
        refund r3 p1 parking 0.000001           = refused refund-exceeds-payment
        refund r4 p2 parking 0.001              = refused unknown-order
        refund r5 p3 parking 1.00               = refused unknown-order
        balances alice parking                  = 100.00 0.00
        status p1 alice                         = refunded 1.80
        status p2 bob                           = accepted
        status p2 alice                         = unknown
        status p3 erin                          = refused
    ",
    )
    .await
}

async fn single_payments_wait_for_their_outcome(database: Database) -> Result<()> {
    table(
        database,
        "
        offer seat concert 45.00                = deposited
        pay p1 alice seat                       = pending
        status p1 alice                         = pending
        status p1 concert                       = unknown
        balances alice concert                  = 100.00 0.00
        finish p1 unknown                       = pending
        finish p1 approved                      = single external
        finish p1 declined                      = single external
        finish p1 unknown                       = single external
        status p1 concert                       = accepted
        balances alice concert                  = 100.00 45.00
        pay p2 carol seat                       = pending
        finish p2 declined                      = refused declined
        finish p2 approved                      = refused declined
        status p2 carol                         = refused
        balances concert                        = 45.00
        pay p3 dave seat                        = pending
        status p3 dave                          = pending
        pay p3 dave seat                        = pending again
    ",
    )
    .await
}

async fn refunds_of_single_payments_are_held_until_they_are_answered(database: Database) -> Result<()> {
    table(
        database,
        "
        offer seat concert 45.00                = deposited
        pay p1 alice seat                       = pending
        refund r0 p1 concert 5.00               = refused unknown-order
        finish p1 approved                      = single external
        refund r1 p1 concert 20.00              = pending
        balances concert                        = 25.00
        refund r2 p1 concert 25.01              = refused refund-exceeds-payment
        finish r1 unknown                       = pending
        finish r1 declined                      = refused declined
        balances concert                        = 45.00
        status p1 alice                         = accepted
        refund r3 p1 concert 45.00              = pending
        finish r3 approved                      = refunded 45.00
        finish r3 declined                      = refunded 45.00
        refund r3 p1 concert 45.00              = refunded 45.00
        refund r4 p1 concert 0.01               = refused refund-exceeds-payment
        balances concert alice                  = 0.00 100.00
        status p1 alice                         = refunded 45.00
    ",
    )
    .await
}

async fn a_repetition_gets_the_first_answer_and_an_altered_message_none(database: Database) -> Result<()> {
    table(
        database,
        "
        offer tram parking 1.80                 = deposited
        offer tram parking 1.80                 = deposited
        offer page news 0.002                   = deposited
        pay p1 alice tram                       = aggregated prepaid
        pay p1 alice tram                       = aggregated prepaid
        pay p1 alice page                       = refused id-reused
        pay p1 bob tram                         = refused id-reused
        pay p2 erin tram                        = refused insufficient-funds
        topup t1 erin 5.00                      = posted
        topup t1 erin 5.00                      = posted
        topup t1 erin 6.00                      = id-reused
        pay p2 erin tram                        = refused insufficient-funds
        pay p3 erin tram                        = aggregated prepaid
        refund r1 p1 parking 1.00               = refunded 1.00
        refund r1 p1 parking 1.00               = refunded 1.00
        refund r1 p1 parking 0.50               = refused id-reused
        balances alice erin parking             = 99.20 3.20 2.60
    ",
    )
    .await
}

async fn an_offer_to_be_bought_once_is_sold_once(database: Database) -> Result<()> {
    table(
        database,
        "
        offer seat concert 4.00 once            = deposited
        pay p1 erin seat                        = refused insufficient-funds
        pay p2 alice seat                       = aggregated prepaid
        pay p3 bob seat                         = refused offer-used
        pay p2 alice seat                       = aggregated prepaid
        offer box concert 45.00 once            = deposited
        pay p4 carol box                        = pending
        pay p5 alice box                        = refused offer-used
        finish p4 declined                      = refused declined
        pay p6 alice box                        = pending
        finish p6 approved                      = single external
        pay p7 carol box                        = refused offer-used
    ",
    )
    .await
}

async fn a_batch_decides_each_order_after_the_one_before(database: Database) -> Result<()> {
    table(
        database,
        "
        topup t1 erin 5.00                      = posted
        offer tram parking 1.80                 = deposited
        together
        pay p1 erin tram                        = aggregated prepaid
        pay p2 erin tram                        = aggregated prepaid
        pay p3 erin tram                        = refused insufficient-funds
        pay p1 erin tram                        = aggregated prepaid
        pay p4 alice tram                       = aggregated prepaid
        go
        balances erin alice parking             = 1.40 98.20 5.40
    ",
    )
    .await
}

async fn limits_over_time_are_counted_and_given_back(database: Database) -> Result<()> {
    table(
        database,
        "
        offer seat concert 30.00                = deposited
        offer tram parking 5.00                 = deposited
        pay p1 alice seat browser               = pending
        pay p2 alice seat browser               = pending
        pay p3 alice seat browser               = pending
        pay p4 alice seat browser               = refused over-limit
        pay p5 alice tram browser               = aggregated prepaid
        finish p1 declined                      = refused declined
        pay p6 alice seat browser               = pending
        pay p7 alice tram                       = aggregated prepaid
        pay p8 alice seat browser               = pending
    ",
    )
    .await
}

/// R40: the order stays evidence, and opens only with the key.
async fn a_telephone_number_is_sealed_at_rest(database: Database) -> Result<()> {
    let town = Town::found(&database).await?;
    let core = town.core(&database)?;
    let offer = town.offer("parking", "1.80").sign()?;
    core.deposit_offer(stage::verify(&town, &offer.document)?).await?;
    let plain = town.order(&offer).sign()?;
    let by_text = town.order(&offer).from(Capability::Sms, Method::MsisdnCode).msisdn(ALICE_NUMBER).sign()?;
    for order in [&plain, &by_text] {
        core.accept_order(stage::verify(&town, &order.document)?).await?;
    }
    core.shut_down();
    let mut sql = database.sql()?;
    let heads =
        "SELECT substr(lower(hex(request)), 1, 2) AS value FROM evidence WHERE kind = 'order' ORDER BY id";
    let heads = match database.engine() {
        Engine::Sqlite => heads.to_owned(),
        Engine::Postgres => heads.replace("lower(hex(request))", "encode(request, 'hex')"),
    };
    assert_eq!(sql.words(&heads)?, ["02", "80"]);
    audit::passes(&town, &database, 2)
}

async fn a_top_up_that_comes_twice_at_once_is_credited_once(database: Database) -> Result<()> {
    let town = Town::found(&database).await?;
    let core = town.core(&database)?;
    let erin = ConsumerId::parse("erin")?;
    for _ in 0..20 {
        let id = RequestId::new(random::uuid());
        let (first, second, third) = tokio::join!(
            core.top_up(id, &erin, euros("1.00")),
            core.top_up(id, &erin, euros("1.00")),
            core.top_up(id, &erin, euros("1.00")),
        );
        let first = first?;
        assert_eq!((first, first), (second?, third?));
    }
    assert_eq!(core.balance(erin.party(), Currency::EUR)?, Some(euros("20.00")));
    core.shut_down();
    audit::passes(&town, &database, 0)
}

async fn money_does_not_move_to_an_account_that_is_not_there(database: Database) -> Result<()> {
    let town = Town::found(&database).await?;
    let core = town.core(&database)?;
    let offer = town.offer("parking", "1.80").sign()?;
    core.deposit_offer(stage::verify(&town, &offer.document)?).await?;
    let pay = async || -> Result<_> {
        let order = town.order(&offer).sign()?;
        Ok(core.accept_order(stage::verify(&town, &order.document)?).await)
    };
    pay().await??;
    // The writer has met the merchant; now the account goes away behind its back, and comes back.
    let mut sql = database.sql()?;
    sql.execute("UPDATE account SET id = -id WHERE kind = 'merchant'")?;
    assert!(matches!(pay().await?, Err(SubmitError::Unavailable)));
    sql.execute("UPDATE account SET id = -id WHERE kind = 'merchant'")?;
    pay().await??;
    core.shut_down();
    audit::passes(&town, &database, 2)
}

/// What the first one used up is used by the same message: the other writer has no reason to refuse it.
async fn a_message_that_reaches_two_writers_at_once_is_answered_once(database: Database) -> Result<()> {
    let town = Town::found(&database).await?;
    let core = town.core_with(&database, if database.engine() == Engine::Sqlite { 1 } else { 2 })?;
    for round in 0..30 {
        let offer = town.offer("parking", "1.80").once().sign()?;
        core.deposit_offer(stage::verify(&town, &offer.document)?).await?;
        let order = town.order(&offer).sign()?;
        let pay = || core.accept_order(stage::verify(&town, &order.document).expect("it is signed"));
        let (first, second) = tokio::join!(pay(), pay());
        assert_eq!(first?.document(), second?.document(), "order {round}");
        let refund = town.refund(&order.message, "1.80").sign()?;
        let give_back = || core.refund(stage::verify(&town, &refund.document).expect("it is signed"));
        let (first, second) = tokio::join!(give_back(), give_back());
        assert_eq!(first?.document(), second?.document(), "refund {round}");
    }
    core.shut_down();
    audit::passes(&town, &database, 30)
}
