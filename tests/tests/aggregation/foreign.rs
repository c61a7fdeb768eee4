//! A payment in another currency is in the consumer's bill in theirs and in the merchant's advice in the merchant's.

use std::sync::Arc;

use aggregation::fee::FeeSchedule;
use aggregation::inclusion::Side;
use aggregation::period::Book;
use aggregation::terms::Terms;
use anyhow::{Result, bail};
use core_payment::NewAccount;
use core_payment::exchange::{Day, DeclareRates, DeclaredRates, QuoteFor};
use payment_domain::{Currency, Digest, Money, Rate};
use payment_message::Message;
use payment_message::inclusion::proves;
use tests::clock;
use tests::database::Database;
use tests::on_each_database;
use tests::town::{Newcomer, euros};

use crate::stage::{Stage, message, terms};

on_each_database!(each_party_sees_its_own_currency);

async fn each_party_sees_its_own_currency(database: Database) -> Result<()> {
    // No fee and nowhere to pay to: the merchant can give everything back.
    let mut stage = Stage::open(database, Terms { fees: FeeSchedule::NONE, ..terms() }).await?;
    let usd = Currency::parse("USD")?;
    let dollars = |text: &str| Money::parse(text, usd).expect("an amount");
    let abroad =
        Newcomer { accounts: vec![NewAccount::Merchant { currency: usd }], ..Newcomer::merchant("abroad") };
    let core = stage.core.clone();
    stage.town.settle_by(&core, [abroad]).await?;
    let rates = vec![(usd, Rate::parse("1.25")?)];
    let rates = DeclaredRates::new("ECB", Day::of(clock::now()), Currency::EUR, rates)?;
    let declared = core.perform(Arc::new(DeclareRates { rates, file: Digest::new([7; 32]) })).await?;
    assert!(declared.is_ok());

    let draft = stage.town.offer("abroad", "1.00").with(|offer| offer.price = dollars("5.00")).sign()?;
    core.deposit_offer(stage.town.verify(&draft.document)?).await?;
    let request = stage.town.sign("frida", stage.town.quote_request("frida", dollars("5.00")))?;
    let quoted = core.request(QuoteFor::new(stage.town.verify(&request.document)?)).await?;
    let Message::Quote(quote) = message(quoted.document())? else { bail!("no quote") };
    let order = stage.town.order(&draft).by(&stage.town.party("frida"));
    let order = order.with(|order| order.quote = Some(quote.quote_id)).sign()?;
    let reply = core.accept_order(stage.town.verify(&order.document)?).await?;
    let Message::PaymentReceipt(receipt) = message(reply.document())? else { bail!("not paid") };

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
    let mut refund = stage.town.refund(&order.message, "1.00");
    refund.refund.amount = dollars("5.00");
    let refund = refund.sign()?;
    core.refund(stage.town.verify(&refund.document)?).await?;
    let report = stage.aggregation.close_all(&[Book::Postpaid, Book::Merchant]).await?;
    assert_eq!(report.credit_notes, 1);
    assert_eq!(stage.credit_notes()?[0].amount, quote.charged);
    assert_eq!(
        stage.bills("frida")?.pop().unwrap().carried.micros(),
        -quote.charged.micros() + bill.carried.micros()
    );
    stage.close()
}
