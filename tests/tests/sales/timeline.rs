//! What a merchant reads about one payment.

use std::sync::Arc;

use aggregation::dispute::Verdict;
use anyhow::{Context as _, Result};
use backoffice::sales::SaleKey;
use backoffice::sales::timeline::Happened;
use core_payment::Attempt;
use core_payment::bank::{Bearer, Kept, TakeBack, TakenBack};
use tests::database::Database;
use tests::on_each_database;
use tests::scene::disputed;
use tests::town::euros;

use crate::market::{Market, label, party};

on_each_database!(a_time_line_tells_everything_once_and_in_order);

/// In a word or two each.
fn told(market: &Market, number: usize) -> Result<Vec<String>> {
    let order = &market.known[number].order;
    let merchant = party(order.merchant.as_str());
    let sale = market.sales.one(&merchant, SaleKey::Order(order.order_id))?.context("a sale")?;
    let events = market.sales.time_line(&merchant, sale.position)?;
    assert!(events.is_sorted_by_key(|event| event.at));
    Ok(events.into_iter().map(|event| word(&event.what)).collect())
}

fn word(what: &Happened) -> String {
    match what {
        Happened::Ordered { price, mode, .. } => format!("ordered {} {mode}", price.decimal()),
        Happened::Asked { operation, amount } => format!("{operation} {}?", amount.decimal()),
        Happened::Answered { operation, approved } => format!("{operation} {approved}"),
        Happened::Paid { amount, .. } => format!("paid {}", amount.decimal()),
        Happened::Declined => "declined".to_owned(),
        Happened::Voided => "voided".to_owned(),
        Happened::Refunded { amount } => format!("refunded {}", amount.decimal()),
        Happened::RefundBegun { amount } => format!("refund {}?", amount.decimal()),
        Happened::RefundArrived { amount } => format!("refund {} arrived", amount.decimal()),
        Happened::RefundFailed { amount } => format!("refund {} failed", amount.decimal()),
        Happened::TakenBack { amount } => format!("{} taken back", amount.decimal()),
        Happened::DisputeOpened { amount } => format!("dispute {}", amount.decimal()),
        Happened::DisputeDecided { for_consumer } => format!("for consumer {for_consumer}"),
        Happened::DisputeRefunded { amount } => format!("disputed {}", amount.decimal()),
        Happened::CallbackDue { tries } => format!("to be told {tries}"),
        Happened::CallbackTaken { tries } => format!("told {tries}"),
        Happened::CallbackGivenUp { tries } => format!("not told {tries}"),
    }
}

/// The same, whatever the order of what has the same time.
fn sorted(mut words: Vec<String>) -> Vec<String> {
    words.sort();
    words
}

async fn a_time_line_tells_everything_once_and_in_order(database: Database) -> Result<()> {
    let mut market = Market::open(database).await?;
    let cake = market.offer("bakery", "1.50", |offer| offer.title = label("Cake")).await?;
    let (aggregated, _) = market.order("gustav", &cake, |_| {}).await?;
    market.refund(aggregated, "0.50", true).await?;
    let id = market.dispute(aggregated, euros("1.00")).await?;
    market.decide(aggregated, id, Verdict::Consumer, euros("1.00").micros()).await?;

    let feast = market.offer("bakery", "45.00", |offer| offer.title = label("Feast")).await?;
    let (single, attempt) = market.order("frida", &feast, |_| {}).await?;
    let attempt = attempt.context("nobody is asked")?;
    market.answer(&attempt, true).await?;
    (market.known[single].paid, market.known[single].state) =
        (euros("45.00").micros(), backoffice::sales::query::SaleState::Paid);
    market.refund(single, "5.00", false).await?;
    market.refund(single, "6.00", true).await?;
    take_back(&mut market, single, &attempt).await?;

    let captured = market.authorise().await?;
    market.capture(captured, "12.50", false).await?;
    market.capture(captured, "12.50", true).await?;
    market.coupon().await?;
    market.fold()?;

    assert_eq!(
        sorted(told(&market, aggregated)?),
        [
            "dispute 1.00",
            "disputed 1.00",
            "for consumer true",
            "ordered 1.50 aggregated",
            "paid 1.50",
            "refunded 0.50",
            "to be told 0",
        ]
    );
    assert_eq!(told(&market, aggregated)?[0], "ordered 1.50 aggregated");
    assert_eq!(
        sorted(told(&market, single)?),
        [
            "39.00 taken back",
            "charge 45.00?",
            "charge true",
            "ordered 45.00 single",
            "paid 45.00",
            "refund 5.00 failed",
            "refund 5.00?",
            "refund 6.00 arrived",
            "refund 6.00?",
            "to be told 0",
            "to be told 0",
        ]
    );
    let line = told(&market, captured)?;
    assert_eq!(line.first().map(String::as_str), Some("ordered 20.00 single"));
    for word in ["authorise 20.00?", "capture false", "capture true", "paid 12.50"] {
        assert_eq!(line.iter().filter(|told| *told == word).count(), 1, "{line:?}");
    }
    // Of coupons and their banks nothing is said but that the merchant was paid, and gave something back.
    if let Some(coupon) = market.numbers(|known| !known.order.coupons.is_empty()).first() {
        let line = told(&market, *coupon)?;
        assert!(line.iter().all(|word| !word.ends_with('?')), "{line:?}");
        assert!(line.contains(&"ordered 2.50 single".to_owned()), "{line:?}");
    }
    market.close()
}

/// A payment is disputed where it was charged, and its merchant bears what is left of it.
async fn take_back(market: &mut Market, number: usize, attempt: &Attempt) -> Result<()> {
    let event = disputed(&attempt.system, attempt.id);
    let kept = market.core.perform(Arc::new(event)).await?;
    let Kept::Now(answer) = kept else { anyhow::bail!("{kept:?}") };
    let act = TakeBack { answer, number: 1, bearer: Some(Bearer::Merchant) };
    let done = market.core.perform(Arc::new(act)).await?;
    anyhow::ensure!(matches!(done, TakenBack::Now(_)), "{done:?}");
    let known = &mut market.known[number];
    (known.refunded, known.state) = (known.paid, backoffice::sales::query::SaleState::Refunded);
    Ok(())
}
