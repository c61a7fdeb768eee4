//! An order by a quote is posted through our positions; what limits it is counted in what the account is charged.

use anyhow::Result;
use payment_domain::{QuoteId, TransferKind};
use payment_message::Message;
use tests::clock;
use tests::counter::{message, said};
use tests::database::Database;
use tests::on_each_database;
use tests::random;
use tests::town::people::{ALICE, BOB};

use crate::{ABROAD, Fair, dollars, usd};

on_each_database!(
    a_payment_by_a_quote_has_two_legs,
    an_order_without_a_usable_quote_is_refused,
    a_quote_is_used_once,
    a_quote_that_is_refused_for_other_reasons_can_still_be_used,
    limits_are_counted_in_what_is_charged,
    the_audit_sees_a_leg_that_was_tampered_with,
);

async fn a_payment_by_a_quote_has_two_legs(database: Database) -> Result<()> {
    let fair = Fair::open(database).await?;
    let (offer, quote) = (fair.offer("10.00").await?, fair.quote(ALICE, dollars("10.00")).await?);
    let order = fair.order(&offer, &quote).sign()?;
    let reply = fair.counter.hand_in(&order).await?;
    let Message::PaymentReceipt(receipt) = message(&reply)? else { panic!("{}", said(&reply)?) };
    assert_eq!(receipt.amount, dollars("10.00"));
    assert_eq!(receipt.charged, Some((quote.charged, quote.rate)));
    assert_eq!(fair.counter.balance(ALICE)?, "91.92");
    assert_eq!(fair.counter.balance_in(ABROAD, usd())?, "10.00");
    assert_eq!((fair.position("EUR")?, fair.position("USD")?), (8_080_000, -10_000_000));
    let legs =
        fair.counter.database.sql()?.words(
            "SELECT t.kind AS value FROM transfer t JOIN payment p ON p.id = t.payment ORDER BY t.id",
        )?;
    assert_eq!(legs, [TransferKind::ExchangeSold.as_str(), TransferKind::ExchangeBought.as_str()]);
    // Sent again, also after the quote has run out: the first receipt.
    fair.counter.wait(400_000);
    assert_eq!(fair.counter.hand_in(&order).await?.document(), reply.document());
    // A postpaid account is charged in the same way.
    let quote = fair.quote(BOB, dollars("10.00")).await?;
    let later = clock::now().saturating_add_millis(400_000);
    let order = fair.order(&offer, &quote).by(&fair.counter.town.party(BOB)).made(later).sign()?;
    assert_eq!(fair.pay(&order).await?, "paid USD 10.00 charged EUR 8.08 at 0.808");
    assert_eq!(fair.counter.balance(BOB)?, "-8.08");
    fair.counter.close(2)
}

async fn an_order_without_a_usable_quote_is_refused(database: Database) -> Result<()> {
    let fair = Fair::open(database).await?;
    let (offer, cheaper) = (fair.offer("10.00").await?, fair.offer("9.00").await?);
    let (mine, bobs) = (fair.quote(ALICE, dollars("10.00")).await?, fair.quote(BOB, dollars("10.00")).await?);
    let mut unknown = mine.clone();
    unknown.quote_id = QuoteId::new(random::uuid());
    for (order, expected) in [
        (fair.counter.town.order(&offer), "refused wrong-currency"),
        (fair.order(&offer, &unknown), "refused unknown-quote"),
        (fair.order(&offer, &bobs), "refused unknown-quote"),
        (fair.order(&cheaper, &mine), "refused amount-differs"),
        (fair.order(&offer, &mine).with(|order| order.amount = dollars("9.99")), "refused amount-differs"),
        (fair.order(&offer, &mine).with(|order| order.amount = mine.charged), "refused wrong-currency"),
    ] {
        assert_eq!(fair.pay(&order.sign()?).await?, expected);
    }
    // In euros there is nothing to exchange.
    let at_home = fair.counter.deposit(fair.counter.town.offer("parking", "1.80")).await?;
    assert_eq!(fair.pay(&fair.order(&at_home, &mine).sign()?).await?, "refused amount-differs");
    fair.counter.wait(300_000);
    let late = fair.order(&offer, &mine).made(clock::now().saturating_add_millis(300_000)).sign()?;
    assert_eq!(fair.pay(&late).await?, "refused quote-expired");
    assert_eq!((fair.counter.balance(ALICE)?, fair.position("USD")?), ("100.00".to_owned(), 0));
    fair.counter.close(0)
}

async fn a_quote_is_used_once(database: Database) -> Result<()> {
    let fair = Fair::open(database).await?;
    let (offer, quote) = (fair.offer("10.00").await?, fair.quote(ALICE, dollars("10.00")).await?);
    let order = || fair.order(&offer, &quote).sign();
    let (a, b) = (order()?, order()?);
    // In one batch, and after it.
    let (one, other) = tokio::join!(fair.pay(&a), fair.pay(&b));
    let mut answers = [one?, other?];
    answers.sort_unstable();
    assert_eq!(answers, ["paid USD 10.00 charged EUR 8.08 at 0.808", "refused quote-used"]);
    assert_eq!(fair.pay(&order()?).await?, "refused quote-used");
    // An offer to be bought once stays on sale when the quote was used in the same moment.
    let draft = fair.counter.town.offer(ABROAD, "1.00").once();
    let once = fair.counter.deposit(draft.with(|offer| offer.price = dollars("10.00"))).await?;
    let quote = fair.quote(ALICE, dollars("10.00")).await?;
    let (a, b) = (fair.order(&offer, &quote).sign()?, fair.order(&once, &quote).sign()?);
    let (one, other) = tokio::join!(fair.pay(&a), fair.pay(&b));
    let mut answers = [one?, other?];
    answers.sort_unstable();
    assert_eq!(answers, ["paid USD 10.00 charged EUR 8.08 at 0.808", "refused quote-used"]);
    let quote = fair.quote(ALICE, dollars("10.00")).await?;
    let sold = fair.pay(&fair.order(&once, &quote).sign()?).await?;
    let first_was_sold = answers_sold(&fair)? == 1;
    assert!(sold.starts_with("paid") || (first_was_sold && sold == "refused offer-used"), "{sold}");
    let payments = fair.counter.database.sql()?.number("SELECT COUNT(*) FROM payment")?;
    fair.counter.close(payments.try_into()?)
}

fn answers_sold(fair: &Fair) -> Result<i64> {
    fair.counter.database.sql()?.number("SELECT COUNT(*) FROM offer WHERE sold_to IS NOT NULL")
}

async fn a_quote_that_is_refused_for_other_reasons_can_still_be_used(database: Database) -> Result<()> {
    let fair = Fair::open(database).await?;
    let (offer, dear) = (fair.offer("10.00").await?, fair.offer("200.00").await?);
    let quote = fair.quote(ALICE, dollars("200.00")).await?;
    assert_eq!(fair.pay(&fair.order(&dear, &quote).sign()?).await?, "refused insufficient-funds");
    let unused = "SELECT COUNT(*) FROM quote WHERE payment IS NULL";
    assert_eq!(fair.counter.database.sql()?.number(unused)?, 1);
    let quote = fair.quote(ALICE, dollars("10.00")).await?;
    let forged = fair.order(&offer, &quote).signed_by(&fair.counter.town.party(BOB)).sign()?;
    assert_eq!(fair.pay(&forged).await?, "refused wrong-role");
    assert_eq!(
        fair.pay(&fair.order(&offer, &quote).sign()?).await?,
        "paid USD 10.00 charged EUR 8.08 at 0.808"
    );
    fair.counter.close(1)
}

/// R13: EUR 10.00 is the most that is aggregated, whatever it is called at the merchant's.
async fn limits_are_counted_in_what_is_charged(database: Database) -> Result<()> {
    let fair = Fair::open(database).await?;
    for (price, expected) in
        [("12.37", "paid USD 12.37 charged EUR 9.99496 at 0.808"), ("12.38", "refused insufficient-funds")]
    {
        let (offer, quote) = (fair.offer(price).await?, fair.quote(ALICE, dollars(price)).await?);
        assert_eq!(fair.pay(&fair.order(&offer, &quote).sign()?).await?, expected, "{price}");
    }
    fair.counter.close(1)
}

async fn the_audit_sees_a_leg_that_was_tampered_with(database: Database) -> Result<()> {
    let fair = Fair::open(database).await?;
    let (offer, quote) = (fair.offer("10.00").await?, fair.quote(ALICE, dollars("10.00")).await?);
    fair.quote(ALICE, dollars("10.00")).await?;
    fair.pay(&fair.order(&offer, &quote).sign()?).await?;
    let ended = fair.counter.end();
    for (statement, expected) in [
        ("UPDATE transfer SET micros = micros - 1 WHERE kind = 'exchange-sold'", "two legs do not agree"),
        ("UPDATE transfer SET micros = micros + 1 WHERE kind = 'exchange-bought'", "two legs do not agree"),
        ("DELETE FROM transfer WHERE kind = 'exchange-bought'", "two legs do not agree"),
        ("UPDATE transfer SET payment = payment + 1 WHERE kind = 'exchange-sold'", "two legs do not agree"),
        ("UPDATE quote SET payment = NULL", "two legs do not agree"),
        (
            "UPDATE quote SET valid_until = quoted.position FROM (SELECT 1 AS position) quoted",
            "not as it was signed",
        ),
        ("UPDATE account SET balance = balance + 1 WHERE kind = 'position'", "its legs sum to"),
        ("UPDATE account SET kind = 'loss' WHERE kind = 'position'", "is no position"),
    ] {
        ended.tamper(statement, expected)?;
    }
    ended.passes(1)
}
