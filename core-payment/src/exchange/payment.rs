//! Payments that name a quote, and what of them is given back.

use payment_domain::{Currency, Money, PaymentOrder, QuoteId, Rate, SystemAccount, TransferKind};
use payment_message::Code;

use super::POSITION;
use crate::batch::{Batch, BatchError, Posting};
use crate::order::give_back::Back;
use crate::order::refusal::Refusal;
use crate::storage::Tx;
use crate::storage::exchange::{self, QuoteRow};
use crate::storage::journal::PaymentRow;

/// A quote that an order names and may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Quoted {
    id: QuoteId,
    /// What the consumer is charged.
    pub(crate) charged: Money,
    /// At which rate.
    pub(crate) rate: Rate,
}

/// Finds the quote that an order names. Another consumer's is unknown to this one.
pub(crate) fn find(
    batch: &Batch<'_>,
    tx: &mut Tx<'_>,
    id: QuoteId,
    order: &PaymentOrder,
    consumer: i64,
) -> Result<Result<Quoted, Refusal>, BatchError> {
    let row = exchange::quote_by_id(tx.conn(), id.as_bytes())?;
    let Some(row) = row.filter(|row| row.consumer == consumer) else {
        return Ok(Err(Refusal::of(Code::UnknownQuote, "quote")));
    };
    let is_price =
        row.price_micros == order.amount.micros() && row.price_currency == order.amount.currency().as_str();
    if !is_price {
        return Ok(Err(Refusal::of(Code::AmountDiffers, "quote")));
    }
    if row.payment.is_some() {
        return Ok(Err(Refusal::of(Code::QuoteUsed, "quote")));
    }
    if row.valid_until <= batch.now.as_millis() {
        return Ok(Err(Refusal::of(Code::QuoteExpired, "quote")));
    }
    let (charged, rate) = read(&row)?;
    Ok(Ok(Quoted { id, charged, rate }))
}

impl Quoted {
    /// Uses it for a payment. `false` if another order was first.
    pub(crate) fn spend(self, tx: &mut Tx<'_>, payment: i64) -> Result<bool, BatchError> {
        Ok(exchange::use_quote(tx, self.id.as_bytes(), payment)?)
    }
}

/// Posts both legs: the consumer sells us what is charged, the merchant gets the price.
pub(crate) fn post(
    batch: &mut Batch<'_>,
    tx: &mut Tx<'_>,
    quoted: &Quoted,
    payment: i64,
    (consumer, merchant): (i64, i64),
    price: Money,
) -> Result<(), BatchError> {
    let sold = position(batch, tx, quoted.charged.currency())?;
    let bought = position(batch, tx, price.currency())?;
    batch.post(Posting {
        subject: payment,
        debit: consumer,
        credit: sold,
        micros: quoted.charged.micros(),
        kind: TransferKind::ExchangeSold,
    })?;
    batch.post(Posting {
        subject: payment,
        debit: bought,
        credit: merchant,
        micros: price.micros(),
        kind: TransferKind::ExchangeBought,
    })?;
    Ok(())
}

/// Gives back a part of a payment's price, at the rate of the payment. `false` if it was no payment in another currency, and nothing was done.
pub(crate) fn give_back(
    batch: &mut Batch<'_>,
    tx: &mut Tx<'_>,
    paid: &PaymentRow,
    back: Back,
) -> Result<bool, BatchError> {
    let Some(row) = exchange::quote_of(tx.conn(), paid.id)? else { return Ok(false) };
    let (charged, _) = read(&row)?;
    let price = Currency::parse(&paid.currency).map_err(|_| BatchError::Corrupt("currency"))?;
    let before = back.before_micros().ok_or(BatchError::Overflow)?;
    let worth = |given| given_back(charged.micros(), paid.micros, given).ok_or(BatchError::Overflow);
    let part = worth(back.total_micros)?.checked_sub(worth(before)?).ok_or(BatchError::Overflow)?;
    let bought = position(batch, tx, price)?;
    let sold = position(batch, tx, charged.currency())?;
    let (returned, restored) = back.cause.through_position();
    batch.post(Posting {
        subject: paid.id,
        debit: paid.merchant_account,
        credit: bought,
        micros: back.micros,
        kind: returned,
    })?;
    // A part so small that it is worth less than a micro-unit waits for the next one.
    if part > 0 {
        batch.post(Posting {
            subject: paid.id,
            debit: sold,
            credit: paid.consumer_account,
            micros: part,
            kind: restored,
        })?;
    }
    Ok(true)
}

/// How much of a charge is restored once so much of its price has been given back: in proportion, rounded down, so that
/// all parts together are never more than was charged, and the last one takes the remainder.
pub(crate) fn given_back(charged: i64, price: i64, given: i64) -> Option<i64> {
    let exact = i128::from(charged).checked_mul(i128::from(given))?.checked_div(i128::from(price))?;
    i64::try_from(exact).ok()
}

fn position(batch: &mut Batch<'_>, tx: &mut Tx<'_>, currency: Currency) -> Result<i64, BatchError> {
    batch.system_account(tx, SystemAccount::Position, POSITION, currency)
}

fn read(row: &QuoteRow) -> Result<(Money, Rate), BatchError> {
    let currency = Currency::parse(&row.charged_currency).map_err(|_| BatchError::Corrupt("quote"))?;
    let rate = Rate::from_nanos(row.nanos).map_err(|_| BatchError::Corrupt("quote"))?;
    Ok((Money::from_micros(row.charged_micros, currency), rate))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::given_back;

    proptest! {
        #[test]
        fn parts_restore_all_that_was_charged_and_never_more(
            charged in 1..=1_000_000_000_000_i64,
            parts in proptest::collection::vec(1..=1_000_000_000_i64, 1..20),
        ) {
            let price: i64 = parts.iter().sum();
            let (mut given, mut restored) = (0_i64, 0_i64);
            for part in parts {
                let before = given_back(charged, price, given).unwrap();
                given = given.checked_add(part).unwrap();
                let step = given_back(charged, price, given).unwrap().checked_sub(before).unwrap();
                prop_assert!(step >= 0);
                restored = restored.checked_add(step).unwrap();
                prop_assert!(restored <= charged);
                let in_proportion = |a: i64, b: i64| i128::from(a).checked_mul(i128::from(b)).unwrap();
                prop_assert!(in_proportion(restored, price) <= in_proportion(charged, given));
            }
            prop_assert_eq!(restored, charged);
        }
    }
}
