//! What consumers see of their own payments, at once and for good.

use anyhow::{Context as _, Result, ensure};
use backoffice::sales::history::Purchase;
use backoffice::sales::query::{Query, SaleState};
use payment_message::Message;
use tests::database::Database;
use tests::on_each_database;

use crate::market::{CONSUMERS, Market, label, party};

on_each_database!(
    a_consumer_sees_everything_they_ordered_and_nothing_else,
    what_was_just_paid_is_there_before_the_worker_has_passed,
);

fn all(market: &Market, consumer: &str, query: &Query) -> Result<Vec<Purchase>> {
    let (mut rows, mut query) = (Vec::new(), query.clone());
    loop {
        let page = market.sales.history(&party(consumer), &query)?;
        rows.extend(page.rows);
        match page.next {
            Some(next) => query.after = Some(next),
            None => return Ok(rows),
        }
    }
}

async fn a_consumer_sees_everything_they_ordered_and_nothing_else(database: Database) -> Result<()> {
    let mut market = Market::open(database).await?;
    for _ in 0..80 {
        market.act().await?;
    }
    market.fold()?;
    for consumer in CONSUMERS {
        let mut expected: Vec<_> = market.known.iter().filter(|known| known.consumer == consumer).collect();
        expected.reverse();
        // A coupon that was bought is a purchase, too, and nothing that its merchant sold.
        let seen = all(&market, consumer, &Query { limit: 3, ..Query::default() })?;
        let seen: Vec<_> = seen.iter().filter(|bought| bought.price.decimal() != "4.00").collect();
        ensure!(seen.len() == expected.len(), "{} of {}", seen.len(), expected.len());
        for (seen, known) in seen.iter().zip(&expected) {
            let order = (seen.order, seen.paid.micros(), seen.refunded.micros(), seen.state);
            assert_eq!(order, (known.order.order_id, known.paid, known.refunded, known.state));
            assert_eq!((seen.title.as_str(), &seen.merchant), (known.title.as_str(), &known.order.merchant));
            let found = all(&market, consumer, &text(&seen.order.to_string()))?;
            assert_eq!(found.len(), 1);
        }
        for (query, fits) in searches() {
            let found = all(&market, consumer, &query)?;
            let found: Vec<_> =
                found.iter().filter(|bought| bought.price.decimal() != "4.00").map(|b| b.order).collect();
            let naive: Vec<_> = expected
                .iter()
                .filter(|known| fits(known.order.merchant.as_str(), &known.title.to_lowercase(), known.state))
                .map(|known| known.order.order_id)
                .collect();
            assert_eq!(found, naive, "{query:?}");
        }
    }
    market.close()
}

type Fits = fn(&str, &str, SaleState) -> bool;

fn searches() -> [(Query, Fits); 4] {
    [
        (text("BAKE"), |merchant, _, _| merchant == "bakery"),
        (text("crème"), |_, title, _| title.contains("crème")),
        (text("nothing of the sort"), |_, _, _| false),
        (Query { state: Some(SaleState::Paid), limit: 2, ..Query::default() }, |_, _, state| {
            state == SaleState::Paid
        }),
    ]
}

fn text(text: &str) -> Query {
    Query { text: Some(text.to_owned()), limit: 5, ..Query::default() }
}

async fn what_was_just_paid_is_there_before_the_worker_has_passed(database: Database) -> Result<()> {
    let mut market = Market::open(database).await?;
    let cake = market.offer("bakery", "1.50", |offer| offer.title = label("Cake")).await?;
    let (number, _) = market.order("frida", &cake, |_| {}).await?;
    let order = market.known[number].order.order_id;
    let page = market.sales.history(&party("frida"), &Query::default())?;
    let [purchase] = &page.rows[..] else { panic!("one purchase") };
    assert_eq!((purchase.title.as_str(), purchase.state), ("Cake", SaleState::Paid));
    let bought = market.sales.bought(&party("frida"), order)?.context("a purchase")?;
    assert_eq!(bought.purchase, *purchase);
    // As it was signed, to the byte.
    let signed = market.town.system()?.open(&bought.document)?;
    let Message::PaymentReceipt(receipt) = signed.message() else { panic!("no receipt") };
    assert_eq!((receipt.order_id, Some(receipt.position)), (order, purchase.receipt));
    market.fold()?;
    assert_eq!(market.sales.bought(&party("frida"), order)?, Some(bought));
    market.close()
}
