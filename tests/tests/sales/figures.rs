//! Figures by the hour and their sums, and the orders that were refused.

use std::collections::BTreeMap;

use anyhow::Result;
use backoffice::sales::SalesError;
use backoffice::sales::query::{Query, SaleState};
use core_payment::time_of;
use payment_domain::Currency;
use payment_message::Code;
use tests::database::Database;
use tests::on_each_database;

use crate::market::{MERCHANTS, Market, day, party};

on_each_database!(
    figures_are_those_of_the_sales_that_were_ordered_in_the_hour,
    refused_orders_are_listed_with_their_reasons_and_without_their_consumers,
);

async fn figures_are_those_of_the_sales_that_were_ordered_in_the_hour(database: Database) -> Result<()> {
    let mut market = Market::open(database).await?;
    for _ in 0..80 {
        market.act().await?;
    }
    market.fold()?;
    for merchant in MERCHANTS {
        // Hour by hour: sales, gross, refunded, declined.
        let mut expected: BTreeMap<i64, (u64, i64, i64, u64)> = BTreeMap::new();
        for known in market.known.iter().filter(|known| known.order.merchant.as_str() == merchant) {
            let at = time_of(market.position(known.order.order_id)?);
            let hour = expected.entry(at.as_millis() / 3_600_000 * 3_600_000).or_default();
            hour.0 += u64::from(known.paid > 0);
            hour.1 += known.paid;
            hour.2 += known.refunded;
            hour.3 += u64::from(known.state == SaleState::Declined);
        }
        let refused = market.turned.iter().filter(|turned| turned.merchant == merchant).count();
        let hours = market.sales.by_hour(&party(merchant), Currency::EUR, day(-1), day(1))?;
        let told: BTreeMap<i64, _> = hours
            .iter()
            .filter(|hour| hour.sales + hour.declined > 0 || expected.contains_key(&hour.from.as_millis()))
            .map(|hour| {
                let figures = (hour.sales, hour.gross.micros(), hour.refunded.micros(), hour.declined);
                (hour.from.as_millis(), figures)
            })
            .collect();
        assert_eq!(told, expected);
        assert_eq!(hours.iter().map(|hour| hour.refused).sum::<u64>(), u64::try_from(refused)?);

        let [totals] = &market.sales.totals(&party(merchant), day(-1), day(1))?[..] else {
            panic!("one sum")
        };
        let sum = expected
            .values()
            .fold((0, 0, 0, 0), |sum, hour| (sum.0 + hour.0, sum.1 + hour.1, sum.2 + hour.2, sum.3 + hour.3));
        let told = (totals.sales, totals.gross.micros(), totals.refunded.micros(), totals.declined);
        assert_eq!((told, totals.refused_orders()), (sum, u64::try_from(refused)?));
        assert_eq!(market.sales.totals(&party(merchant), day(-3), day(-2))?, []);
        assert_eq!(market.sales.by_hour(&party(merchant), Currency::EUR, day(1), day(2))?, []);
    }
    let long = market.sales.totals(&party("bakery"), day(-401), day(0));
    assert!(matches!(long, Err(SalesError::TooLong)));
    market.close()
}

async fn refused_orders_are_listed_with_their_reasons_and_without_their_consumers(
    database: Database,
) -> Result<()> {
    let mut market = Market::open(database).await?;
    let dear = market.offer("bakery", "500.00", |_| {}).await?;
    for consumer in ["erin", "gustav"] {
        let order = market.town.order(&dear).by(&market.town.party(consumer)).sign()?;
        market.core.accept_order(market.town.verify(&order.document)?).await?;
    }
    for _ in 0..4 {
        market.be_refused().await?;
    }
    market.fold()?;
    let merchant = party("bakery");
    let listed = |code, limit| -> Result<Vec<Code>> {
        let (mut codes, mut query) = (Vec::new(), Query { limit, ..Query::default() });
        loop {
            let page = market.sales.refused(&merchant, code, &query)?;
            codes.extend(page.rows.iter().map(|row| row.code));
            match page.next {
                Some(next) => query.after = Some(next),
                None => return Ok(codes),
            }
        }
    };
    let codes = listed(None, 2)?;
    let mut counted: BTreeMap<Code, u64> = BTreeMap::new();
    for code in &codes {
        *counted.entry(*code).or_default() += 1;
    }
    let totals = market.sales.totals(&merchant, day(-1), day(1))?;
    let [totals] = &totals[..] else { panic!("one sum") };
    assert_eq!(totals.refused.iter().copied().collect::<BTreeMap<_, _>>(), counted);
    assert!(totals.refused.is_sorted_by_key(|(_, orders)| std::cmp::Reverse(*orders)));
    for (code, orders) in counted {
        assert_eq!(u64::try_from(listed(Some(code), 1)?.len())?, orders);
    }
    let first = market.sales.refused(&merchant, None, &Query::default())?.rows.pop().expect("a refusal");
    assert_eq!((first.price.decimal(), first.title.as_str()), ("500.00".to_owned(), "Something from bakery"));
    assert!(!format!("{first:?}").contains("erin"));
    market.close()
}
