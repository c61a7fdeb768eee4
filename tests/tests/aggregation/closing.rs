//! Periods become bills, statements and payout advices, and nothing is lost between one and the next.

use aggregation::fee::FeeSchedule;
use aggregation::inclusion::{InclusionError, Side};
use aggregation::period::Book;
use aggregation::terms::{Amounts, Closing, Terms};
use aggregation::{AgreeError, calendar::Cadence};
use anyhow::Result;
use core_payment::{ChangeParty, Details};
use payment_domain::{Currency, EmailAddress, PartyId};
use payment_message::inclusion::proves;
use tests::database::Database;
use tests::on_each_database;
use tests::town::euros;

use crate::stage::{DAY, Stage, micros, terms};

const ALL: [Book; 3] = [Book::Postpaid, Book::Prepaid, Book::Merchant];

on_each_database!(
    payments_become_one_bill_one_statement_and_one_payout,
    what_is_below_a_cent_is_carried_from_bill_to_bill,
    a_merchant_below_the_minimum_waits_and_a_declined_payout_is_payable_again,
    a_payout_that_comes_back_is_payable_again,
    periods_close_by_amount_and_by_age,
    other_terms_begin_at_a_midnight_and_end_a_period_there,
    a_single_payment_is_paid_out_and_proved_but_not_billed,
    nothing_happens_without_payments,
    nothing_is_issued_about_nothing,
);

async fn payments_become_one_bill_one_statement_and_one_payout(database: Database) -> Result<()> {
    let stage = Stage::open(database, terms()).await?;
    let (bread, film) = (stage.offer("bakery", "1.234567").await?, stage.offer("cinema", "4.00").await?);
    let mut receipts = Vec::new();
    for consumer in ["frida", "alice"] {
        for offer in [&bread, &film, &bread] {
            receipts.push((consumer, stage.pay(consumer, offer).await?.0));
        }
    }
    let early = stage.aggregation.inclusion_proof(receipts[0].1.position, Side::Consumer, stage.now());
    assert!(matches!(early, Err(InclusionError::NotYet)));
    let report = stage.aggregation.close_all(&ALL).await?;
    assert_eq!((report.bills, report.statements, report.advices), (1, 1, 2));

    let [bill] = &stage.bills("frida")?[..] else { panic!("one bill") };
    assert_eq!(bill.payments, euros("6.469134"));
    assert_eq!((bill.amount_due, bill.carried), (euros("6.46"), euros("0.009134")));
    assert_eq!((bill.count, bill.lines.len()), (3, 2));
    assert_eq!((bill.lines[0].merchant.as_str(), bill.lines[0].count), ("cinema", 1));

    let [statement] = &stage.statements("alice")?[..] else { panic!("one statement") };
    assert_eq!((statement.opening, statement.top_ups), (euros("0.00"), euros("100.00")));
    assert_eq!(statement.closing.decimal(), stage.balance("alice")?);

    let [advice] = &stage.advices("bakery")?[..] else { panic!("one advice") };
    // 1.5 % of 4.938268 and 0.001 four times: 0.07807402.
    assert_eq!((advice.sales, advice.fees), (euros("4.938268"), euros("0.078074")));
    assert_eq!((advice.payout, advice.carried), (euros("4.86"), euros("0.000194")));
    assert_eq!(stage.balance("bakery")?, advice.carried.decimal());

    for (consumer, receipt) in &receipts {
        let proof = stage.aggregation.inclusion_proof(receipt.position, Side::Consumer, stage.now())?;
        let document = if *consumer == "frida" { bill.into() } else { statement.into() };
        assert!(proves(&proof, document), "{proof:?}");
        assert_eq!(proof.amount, receipt.amount);
        let proof = stage.aggregation.inclusion_proof(receipt.position, Side::Merchant, stage.now())?;
        let advice = &stage.advices(receipt.merchant.as_str())?[0];
        assert!(proves(&proof, advice.into()), "{proof:?}");
    }
    assert_eq!(stage.answer("payout", true).await?, 2);
    let paid = stage.number("SELECT SUM(amount) FROM payout WHERE state = 'paid'")?;
    // The cinema: 1.5 % of 8.00 and 0.001 twice.
    assert_eq!(paid, micros("4.86") + micros("7.87"));
    let flow = stage.aggregation.audit()?.flows[&Currency::EUR];
    assert_eq!((flow.sold, flow.paid_out, flow.under_way), (micros("12.938268"), paid, 0));
    stage.close()
}

async fn what_is_below_a_cent_is_carried_from_bill_to_bill(database: Database) -> Result<()> {
    let stage = Stage::open(database, terms()).await?;
    let word = stage.offer("bakery", "0.0033").await?;
    let mut due = 0;
    for _ in 0..4 {
        for _ in 0..4 {
            stage.pay("frida", &word).await?;
        }
        stage.aggregation.close_all(&[Book::Postpaid]).await?;
        let last = stage.bills("frida")?.pop().unwrap();
        due += last.amount_due.micros();
        assert_eq!(due + last.carried.micros(), -micros(&stage.balance("frida")?));
    }
    let bills = stage.bills("frida")?;
    let told: Vec<_> = bills.iter().map(|bill| (bill.amount_due.decimal(), bill.carried.decimal())).collect();
    let expected = [("0.01", "0.0032"), ("0.01", "0.0064"), ("0.01", "0.0096"), ("0.02", "0.0028")];
    assert_eq!(told, expected.map(|(due, carried)| (due.to_owned(), carried.to_owned())));
    assert!(bills.windows(2).all(|pair| pair[1].opening == pair[0].carried && pair[1].from == pair[0].to));
    stage.close()
}

async fn a_merchant_below_the_minimum_waits_and_a_declined_payout_is_payable_again(
    database: Database,
) -> Result<()> {
    let stage = Stage::open(database, terms()).await?;
    let small = stage.offer("bakery", "0.60").await?;
    stage.pay("frida", &small).await?;
    stage.aggregation.close_all(&[Book::Merchant]).await?;
    stage.pay("frida", &small).await?;
    stage.aggregation.close_all(&[Book::Merchant]).await?;
    // 0.60 less 0.01, twice: the minimum is 1.00.
    let told: Vec<_> =
        stage.advices("bakery")?.iter().map(|a| (a.payout.decimal(), a.carried.decimal())).collect();
    assert_eq!(told, [("0.00".to_owned(), "0.59".to_owned()), ("1.18".to_owned(), "0.00".to_owned())]);
    assert_eq!(stage.answer("payout", false).await?, 1);
    assert_eq!(stage.balance("bakery")?, "1.18");

    stage.aggregation.close_all(&[Book::Merchant]).await?;
    let again = stage.advices("bakery")?.pop().unwrap();
    assert_eq!((again.opening, again.other, again.payout), (euros("0.00"), euros("1.18"), euros("1.18")));
    assert_eq!(stage.answer("payout", true).await?, 1);
    assert_eq!(stage.balance("bakery")?, "0.00");
    stage.close()
}

async fn a_payout_that_comes_back_is_payable_again(database: Database) -> Result<()> {
    let stage = Stage::open(database, terms()).await?;
    let cake = stage.offer("bakery", "5.00").await?;
    stage.pay("frida", &cake).await?;
    stage.aggregation.close_all(&[Book::Merchant]).await?;
    let advice = stage.advices("bakery")?.pop().unwrap();
    let early = stage.aggregation.return_payout(advice.position).await;
    assert_eq!(early.unwrap_err().to_string(), "this payout was not paid out");
    stage.answer("payout", true).await?;
    stage.aggregation.return_payout(advice.position).await?;
    let twice = stage.aggregation.return_payout(advice.position).await;
    assert!(twice.is_err());
    stage.aggregation.close_all(&[Book::Merchant]).await?;
    assert_eq!(stage.advices("bakery")?.pop().unwrap().payout, advice.payout);
    stage.close()
}

async fn periods_close_by_amount_and_by_age(database: Database) -> Result<()> {
    let postpaid =
        Closing { amount: Amounts::usual(micros("3.00")), age_ms: Some(3 * DAY), ..Closing::default() };
    let stage = Stage::open(database, Terms { postpaid, ..terms() }).await?;
    let coffee = stage.offer("bakery", "1.00").await?;
    stage.pay("frida", &coffee).await?;
    for _ in 0..3 {
        stage.pay("gustav", &coffee).await?;
    }
    let report = stage.aggregation.close_due(stage.now()).await?;
    assert_eq!(report.bills, 1);
    assert_eq!(stage.bills("gustav")?[0].amount_due, euros("3.00"));
    stage.wait(2 * DAY);
    stage.pay("gustav", &coffee).await?;
    assert_eq!(stage.aggregation.close_due(stage.now()).await?.bills, 0);
    stage.wait(DAY);
    assert_eq!(stage.aggregation.close_due(stage.now()).await?.bills, 1);
    assert_eq!(stage.bills("frida")?[0].amount_due, euros("1.00"));
    // That she has paid her bill since is no payment to wait three days from.
    stage.aggregation.advance_dunning(stage.now()).await?;
    assert_eq!(stage.answer("bill", true).await?, 1);
    stage.wait(5 * DAY);
    assert_eq!(stage.aggregation.close_due(stage.now()).await?.bills, 1, "gustav's, of days ago");
    stage.pay("frida", &coffee).await?;
    for bills in [0, 0, 0, 1] {
        assert_eq!(stage.aggregation.close_due(stage.now()).await?.bills, bills);
        stage.wait(DAY);
    }
    assert_eq!(stage.bills("frida")?.len(), 2);
    stage.close()
}

async fn other_terms_begin_at_a_midnight_and_end_a_period_there(database: Database) -> Result<()> {
    let stage = Stage::open(database, terms()).await?;
    let (bakery, eur) = (PartyId::parse("bakery")?, Currency::EUR);
    let midnight = stage.terms.zone.next_midnight(stage.now());
    let half =
        FeeSchedule { share_ppm: 500_000, fixed_micros: 0, minimum_micros: 0, cadence: Cadence::Monthly };
    for wrong in [stage.now(), midnight.saturating_add_millis(1)] {
        let refused = stage.aggregation.agree(&bakery, eur, half, wrong).await;
        assert!(matches!(refused, Err(AgreeError::Invalid(_))), "{wrong}");
    }
    stage.aggregation.agree(&bakery, eur, half, midnight).await?;
    let taken = stage.aggregation.agree(&bakery, eur, half, midnight).await;
    assert!(matches!(taken, Err(AgreeError::Taken)));
    let stranger = stage.aggregation.agree(&PartyId::parse("frida")?, eur, half, midnight).await;
    assert!(matches!(stranger, Err(AgreeError::UnknownMerchant)));

    let cake = stage.offer("bakery", "2.00").await?;
    stage.pay("frida", &cake).await?;
    stage.wait(midnight.millis_since(stage.now()) + 1000);
    stage.pay("frida", &cake).await?;
    stage.aggregation.close_all(&[Book::Merchant]).await?;
    let told: Vec<_> =
        stage.advices("bakery")?.iter().map(|a| (a.sales.decimal(), a.fees.decimal())).collect();
    let expected = [("2.00", "0.031"), ("2.00", "1.00")];
    assert_eq!(told, expected.map(|(sales, fees)| (sales.to_owned(), fees.to_owned())));
    assert_eq!(stage.advices("bakery")?[0].to, midnight);
    stage.close()
}

async fn a_single_payment_is_paid_out_and_proved_but_not_billed(database: Database) -> Result<()> {
    let stage = Stage::open(database, terms()).await?;
    // Above what is aggregated: carol pays through her own instrument.
    let ticket = stage.offer("cinema", "25.00").await?;
    let order = stage.town.order(&ticket).by(&stage.town.party("carol")).made(stage.now()).sign()?;
    stage.core.accept_order(stage.town.verify(&order.document)?).await?;
    assert_eq!(stage.answer("order", true).await?, 1);
    stage.aggregation.close_all(&ALL).await?;
    let [advice] = &stage.advices("cinema")?[..] else { panic!("one advice") };
    assert_eq!((advice.sales, advice.count), (euros("25.00"), 1));
    let settled = stage.number("SELECT settled_at FROM payment")?;
    let position = payment_domain::LedgerPosition::new(settled)?;
    let proof = stage.aggregation.inclusion_proof(position, Side::Merchant, stage.now())?;
    assert!(proves(&proof, advice.into()));
    let billed = stage.aggregation.inclusion_proof(position, Side::Consumer, stage.now());
    assert!(matches!(billed, Err(InclusionError::External)));
    stage.close()
}

async fn nothing_happens_without_payments(database: Database) -> Result<()> {
    let stage = Stage::open(database, terms()).await?;
    stage.aggregation.close_all(&ALL).await?;
    let before = stage.number("SELECT COUNT(*) FROM period")?;
    stage.wait(40 * DAY);
    assert!(stage.aggregation.close_all(&ALL).await?.is_empty());
    assert_eq!(stage.number("SELECT COUNT(*) FROM period")?, before);
    stage.close()
}

async fn nothing_is_issued_about_nothing(database: Database) -> Result<()> {
    let stage = Stage::open(database, terms()).await?;
    for name in ["frida", "bakery"] {
        let email = Some(EmailAddress::parse("post@example.org")?);
        let name = PartyId::parse(name)?;
        let details = Some(Details { email, ..stage.core.details(&name)?.unwrap_or_default() });
        let change = ChangeParty { name, active: None, external: None, details };
        stage.core.change_party(change).await?;
    }
    let bread = stage.offer("bakery", "1.25").await?;
    stage.pay("frida", &bread).await?;
    stage.aggregation.close_all(&ALL).await?;
    let letters = || stage.number("SELECT COUNT(*) FROM outbox WHERE kind = 'email'");
    assert_eq!(letters()?, 2, "a bill and an advice");
    stage.aggregation.advance_dunning(stage.now()).await?;
    assert_eq!((stage.answer("bill", true).await?, stage.answer("payout", true).await?), (1, 1));
    // What was paid is in the next periods, and no news: they stay open until there are some.
    for _ in 0..3 {
        let report = stage.aggregation.close_all(&ALL).await?;
        assert!(report.is_empty(), "{report:?}");
        stage.wait(40 * DAY);
    }
    assert_eq!((stage.bills("frida")?.len(), stage.advices("bakery")?.len(), letters()?), (1, 1, 2));
    stage.pay("frida", &bread).await?;
    stage.aggregation.close_all(&ALL).await?;
    assert_eq!((stage.bills("frida")?.len(), stage.advices("bakery")?.len(), letters()?), (2, 2, 4));
    assert_eq!(stage.advices("bakery")?[1].sales, euros("1.25"));
    stage.close()
}
