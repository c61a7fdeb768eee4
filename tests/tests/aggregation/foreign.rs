//! A payment in another currency is in the consumer's bill in theirs and in the merchant's advice in the merchant's; what
//! goes back of it goes at the rate of the payment.

use std::sync::Arc;

use aggregation::dispute::Verdict;
use aggregation::fee::FeeSchedule;
use aggregation::inclusion::Side;
use aggregation::period::Book;
use aggregation::terms::Terms;
use anyhow::{Context as _, Result, bail};
use core_payment::NewAccount;
use core_payment::exchange::{Day, DeclareRates, DeclaredRates, QuoteFor};
use payment_domain::{Currency, Digest, Money, PartyId, PaymentOrder, PaymentReceipt, Quote, Rate};
use payment_message::inclusion::proves;
use payment_message::{Code, Message};
use tests::clock;
use tests::database::Database;
use tests::on_each_database;
use tests::town::{Newcomer, euros};

use crate::credits::{opened, refused};
use crate::stage::{Stage, message, terms};

on_each_database!(
    each_party_sees_its_own_currency,
    a_dispute_gives_back_at_the_rate_of_the_payment,
    the_audit_sees_what_a_dispute_gave_back_at_another_rate,
);

fn usd() -> Currency {
    Currency::parse("USD").expect("a currency")
}

fn dollars(text: &str) -> Money {
    Money::parse(text, usd()).expect("an amount")
}

/// Rates, and a merchant who sells in dollars. No fee and nowhere to pay to: it can give everything back.
async fn abroad(database: Database) -> Result<Stage> {
    let mut stage = Stage::open(database, Terms { fees: FeeSchedule::NONE, ..terms() }).await?;
    let accounts = vec![NewAccount::Merchant { currency: usd() }];
    let core = stage.core.clone();
    stage.town.settle_by(&core, [Newcomer { accounts, ..Newcomer::merchant("abroad") }]).await?;
    let rates = vec![(usd(), Rate::parse("1.25")?)];
    let rates = DeclaredRates::new("ECB", Day::of(clock::now()), Currency::EUR, rates)?;
    let declared = core.perform(Arc::new(DeclareRates { rates, file: Digest::new([7; 32]) })).await?;
    assert!(declared.is_ok());
    Ok(stage)
}

/// Frida buys something for dollars.
async fn pay(stage: &Stage, price: Money) -> Result<(Quote, PaymentOrder, PaymentReceipt)> {
    let (core, town) = (&stage.core, &stage.town);
    let offer = town.offer("abroad", "1.00").with(|offer| offer.price = price).sign()?;
    core.deposit_offer(town.verify(&offer.document)?).await?;
    let request = town.sign("frida", town.quote_request("frida", price))?;
    let quoted = core.request(QuoteFor::new(town.verify(&request.document)?)).await?;
    let Message::Quote(quote) = message(quoted.document())? else { bail!("no quote") };
    let order = town.order(&offer).by(&town.party("frida"));
    let order = order.with(|order| order.quote = Some(quote.quote_id)).sign()?;
    let reply = core.accept_order(town.verify(&order.document)?).await?;
    let Message::PaymentReceipt(receipt) = message(reply.document())? else { bail!("not paid") };
    Ok((quote, order.message, receipt))
}

async fn refund(stage: &Stage, order: &PaymentOrder, amount: Money) -> Result<Message> {
    let mut refund = stage.town.refund(order, "1.00");
    refund.refund.amount = amount;
    let refund = refund.sign()?;
    message(stage.core.refund(stage.town.verify(&refund.document)?).await?.document())
}

/// What we hold of a currency against the others.
fn position(stage: &Stage, currency: &str) -> Result<i64> {
    stage.number(&format!("SELECT balance FROM account WHERE kind = 'position' AND currency = '{currency}'"))
}

async fn each_party_sees_its_own_currency(database: Database) -> Result<()> {
    let stage = abroad(database).await?;
    let (quote, order, receipt) = pay(&stage, dollars("5.00")).await?;

    stage.aggregation.close_all(&[Book::Postpaid, Book::Merchant]).await?;
    let bill = stage.bills("frida")?.pop().unwrap();
    assert_eq!((bill.payments, bill.count), (quote.charged, 1));
    assert!(bill.payments.micros() > euros("4.00").micros());
    assert_eq!((bill.lines[0].merchant.as_str(), bill.lines[0].amount), ("abroad", quote.charged));
    let advice = stage.advices("abroad")?.pop().unwrap();
    assert_eq!((advice.sales, advice.count), (dollars("5.00"), 1));
    // The receipt names both amounts.
    for (side, amount) in [(Side::Consumer, quote.charged), (Side::Merchant, receipt.amount)] {
        let proof = stage.aggregation.inclusion_proof(receipt.position, side, stage.now())?;
        assert_eq!(proof.amount, amount);
        let document = if side == Side::Consumer { (&bill).into() } else { (&advice).into() };
        assert!(proves(&proof, document));
    }

    // A refund comes back in the consumer's currency, with a note for the bill.
    let refunded = refund(&stage, &order, dollars("5.00")).await?;
    assert!(matches!(refunded, Message::RefundReceipt(_)));
    let report = stage.aggregation.close_all(&[Book::Postpaid, Book::Merchant]).await?;
    assert_eq!(report.credit_notes, 1);
    assert_eq!(stage.credit_notes()?[0].amount, quote.charged);
    assert_eq!(
        stage.bills("frida")?.pop().unwrap().carried.micros(),
        -quote.charged.micros() + bill.carried.micros()
    );
    stage.close()
}

async fn a_dispute_gives_back_at_the_rate_of_the_payment(database: Database) -> Result<()> {
    let stage = abroad(database).await?;
    let (quote, order, _) = pay(&stage, dollars("5.00")).await?;
    let both = [Book::Postpaid, Book::Merchant];
    stage.aggregation.close_all(&both).await?;
    let charged = quote.charged.micros();
    assert_eq!((position(&stage, "EUR")?, position(&stage, "USD")?), (charged, -5_000_000));

    // As for a refund, the price counts and its currency.
    assert_eq!(refused(&stage, &order, euros("1.00")).await?, Code::WrongCurrency);
    assert_eq!(refused(&stage, &order, dollars("5.01")).await?, Code::RefundExceedsPayment);
    let won = opened(&stage, &order, dollars("1.99")).await?;
    assert_eq!(stage.aggregation.open_disputes(10)?.len(), 1);
    // The rates of another day change nothing.
    let tomorrow = Day::of(clock::now().saturating_add_millis(crate::stage::DAY));
    let rates = DeclaredRates::new("ECB", tomorrow, Currency::EUR, vec![(usd(), Rate::parse("2")?)])?;
    drop(stage.core.perform(Arc::new(DeclareRates { rates, file: Digest::new([8; 32]) })).await?);

    stage.aggregation.resolve_dispute(won, Verdict::Consumer).await?;
    let back = charged * 199 / 500;
    assert_eq!((position(&stage, "EUR")?, position(&stage, "USD")?), (charged - back, -3_010_000));
    let owed = stage.core.balance(&PartyId::parse("frida")?, Currency::EUR)?.context("no account")?;
    assert_eq!(owed.micros(), back - charged);
    let report = stage.aggregation.close_all(&both).await?;
    assert_eq!(report.credit_notes, 1);
    let [note] = &stage.credit_notes()?[..] else { panic!("one credit note") };
    assert_eq!((note.amount.micros(), note.amount.currency()), (back, Currency::EUR));
    assert_eq!(note.reason.as_str(), "Dispute decided for you");
    let advice = stage.advices("abroad")?.pop().context("no advice")?;
    assert_eq!((advice.disputes, advice.refunds), (dollars("1.99"), dollars("0.00")));

    // What is left its merchant gives back: together all that was charged, and not a micro-unit more.
    assert!(matches!(refund(&stage, &order, dollars("3.02")).await?, Message::Rejection(_)));
    assert!(matches!(refund(&stage, &order, dollars("3.01")).await?, Message::RefundReceipt(_)));
    assert_eq!((position(&stage, "EUR")?, position(&stage, "USD")?), (0, 0));
    assert_eq!(stage.balance("frida")?, "0.00");
    assert_eq!(refused(&stage, &order, dollars("0.000001")).await?, Code::RefundExceedsPayment);
    stage.aggregation.close_all(&both).await?;
    stage.close()
}

async fn the_audit_sees_what_a_dispute_gave_back_at_another_rate(database: Database) -> Result<()> {
    let stage = abroad(database).await?;
    let (_, order, _) = pay(&stage, dollars("5.00")).await?;
    let won = opened(&stage, &order, dollars("2.00")).await?;
    stage.aggregation.resolve_dispute(won, Verdict::Consumer).await?;
    stage.audit()?;
    stage.tamper(&[
        (
            "UPDATE transfer SET micros = micros + 1 WHERE kind = 'exchange-awarded'",
            "at the rate that it was paid",
        ),
        ("DELETE FROM transfer WHERE kind = 'exchange-awarded'", "at the rate that it was paid"),
        (
            "UPDATE transfer SET micros = micros + 1 WHERE kind = 'exchange-disputed'",
            "at the rate that it was paid",
        ),
        ("UPDATE payment SET refunded_micros = refunded_micros + 1", "its refunds differ"),
    ])
}
