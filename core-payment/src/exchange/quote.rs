//! A quote: what a price comes to in the currency of a consumer's account, promised for one payment.

use payment_domain::{Currency, Label, LedgerPosition, Quote, QuoteId, QuoteRequest, Rate, Role};
use payment_message::{Code, Message, Verified, sha256};

use super::rates::{Day, DeclaredRates};
use crate::act::{Accounts, ActError, Asked, Books, Request};
use crate::order::refusal::Refusal;
use crate::parties::account_kind;
use crate::reply::Reply;
use crate::storage::exchange::{self, QuoteRow};

/// A verified request for a quote.
#[derive(Debug, Clone)]
pub struct QuoteFor(Verified<QuoteRequest>);

impl QuoteFor {
    /// Takes a verified request.
    #[must_use]
    pub const fn new(request: Verified<QuoteRequest>) -> Self {
        Self(request)
    }

    /// The consumer's number, if the sender may ask for them and they could pay so.
    fn consumer(&self, books: &mut Books<'_, '_, '_>) -> Result<Result<i64, Refusal>, ActError> {
        let (request, sender) = (self.0.message(), self.0.sender());
        let Some(speaker) = books.known(sender.party())? else {
            return Ok(Err(Refusal::new(Code::UnknownSender)));
        };
        let consumer = books.known(request.consumer.party())?.filter(|party| party.role == Role::Terminal);
        let Some(consumer) = consumer else { return Ok(Err(Refusal::of(Code::UnknownConsumer, "consumer"))) };
        let may = match sender.role() {
            Role::Terminal => *sender.party() == consumer.name,
            Role::Adapter(_) => true,
            _ => false,
        };
        if !may {
            return Ok(Err(Refusal::new(Code::WrongRole)));
        }
        if !consumer.active || !speaker.active {
            return Ok(Err(Refusal::new(Code::ConsumerSuspended)));
        }
        // The limits are in the policy's currency: they hold for what the account is charged.
        let served = request.currency == books.batch.policy.currency;
        let account = consumer.account_in(request.currency);
        let pays = account.is_some_and(|account| account_kind(&account.kind).is_some());
        if !served || !pays || request.currency == request.price.currency() {
            return Ok(Err(Refusal::of(Code::WrongCurrency, "currency")));
        }
        Ok(Ok(consumer.id))
    }

    /// The rates that count now, if they are new enough.
    fn rates(books: &mut Books<'_, '_, '_>) -> Result<Option<DeclaredRates>, ActError> {
        let newest = DeclaredRates::read(&exchange::newest_rates(books.tx.conn())?)?;
        let most = i64::from(books.batch.policy.exchange.max_rate_age_days);
        let today = Day::of(books.now());
        Ok(newest.filter(|rates| today.days_since(rates.day()) <= most))
    }
}

impl Request for QuoteFor {
    fn asked(&self) -> Asked<'_> {
        Asked {
            id: self.0.message().request_id.into(),
            digest: self.0.digest(),
            sender: self.0.sender(),
            document: self.0.document(),
            personal: false,
        }
    }

    fn accounts(&self, _: &mut Books<'_, '_, '_>) -> Result<Accounts, ActError> {
        Ok(Accounts::default())
    }

    fn answer(&self, books: &mut Books<'_, '_, '_>) -> Result<Reply, ActError> {
        let (request, asked) = (self.0.message(), self.asked());
        let refuse =
            |books: &Books<'_, '_, '_>, refusal: Refusal| books.refuse(&asked, refusal.code, refusal.field);
        let consumer = match self.consumer(books)? {
            Ok(consumer) => consumer,
            Err(refusal) => return refuse(books, refusal),
        };
        let Some(rates) = Self::rates(books)? else { return refuse(books, Refusal::new(Code::NoRate)) };
        let terms = books.batch.policy.exchange;
        let Some(rate) = between(&rates, request.price.currency(), request.currency, terms.margin_ppm) else {
            return refuse(books, Refusal::of(Code::NoRate, "price"));
        };
        let Ok((charged, rounded_nanos)) = rate.convert(request.price, request.currency) else {
            return refuse(books, Refusal::of(Code::AmountOverflow, "price"));
        };
        let at = books.position()?;
        let source = format!("{} {}", rates.source(), rates.day());
        let quote = Quote {
            request_id: request.request_id,
            quote_id: name(at, self.0.digest().as_bytes()),
            price: request.price,
            charged,
            rate,
            source: Label::parse(&source).map_err(|_| ActError::corrupt("source of rates"))?,
            valid_until: books
                .now()
                .saturating_add_millis(i64::from(terms.quote_valid_s).saturating_mul(1000)),
            quoted_at: books.now(),
        };
        exchange::insert_quote(books.tx, &row(&quote, at, consumer, rounded_nanos))?;
        books.answer(at, &asked, &Message::Quote(quote))
    }
}

/// The id of the quote at a position: nobody else's position is the same. It opens nothing, so that it may be guessed.
fn name(at: LedgerPosition, request: &[u8]) -> QuoteId {
    let mut text = b"METEORE/v1/quote".to_vec();
    text.extend_from_slice(&at.value().to_be_bytes());
    text.extend_from_slice(request);
    let mut id = [0_u8; 16];
    id.iter_mut().zip(sha256(&text).as_bytes()).for_each(|(to, from)| *to = *from);
    // RFC 9562 §5.8: version 8, made as we like.
    let [_, _, _, _, _, _, version, _, variant, ..] = &mut id;
    *version = (*version & 0x0f) | 0x80;
    *variant = (*variant & 0x3f) | 0x80;
    QuoteId::from_bytes(id)
}

fn row(quote: &Quote, at: LedgerPosition, consumer: i64, rounded_nanos: i64) -> QuoteRow {
    QuoteRow {
        id: quote.quote_id.as_bytes().to_vec(),
        position: at.value(),
        consumer,
        price_micros: quote.price.micros(),
        price_currency: quote.price.currency().as_str().to_owned(),
        charged_micros: quote.charged.micros(),
        charged_currency: quote.charged.currency().as_str().to_owned(),
        nanos: quote.rate.nanos(),
        rounded_nanos,
        valid_until: quote.valid_until.as_millis(),
        payment: None,
    }
}

/// What one unit of a currency costs in another, with a margin, rounded up to the last decimal of a rate. `None` without
/// a declared rate, or where it cannot be written.
fn between(rates: &DeclaredRates, from: Currency, to: Currency, margin_ppm: u32) -> Option<Rate> {
    let (from, to) = (rates.of(from)?, rates.of(to)?);
    let with_margin = i128::from(1_000_000_u32).checked_add(i128::from(margin_ppm))?;
    let over = i128::from(to.nanos()).checked_mul(i128::from(Rate::SCALE))?.checked_mul(with_margin)?;
    let under = i128::from(from.nanos()).checked_mul(1_000_000)?;
    let up = over.checked_add(under)?.checked_sub(1)?;
    Rate::from_nanos(i64::try_from(up.checked_div(under)?).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use payment_domain::Money;

    use super::*;

    fn currency(text: &str) -> Currency {
        Currency::parse(text).unwrap()
    }

    fn ecb() -> DeclaredRates {
        let rates = [("USD", "1.0432"), ("JPY", "161.5"), ("IDR", "18090.17")];
        let rates = rates.map(|(name, rate)| (currency(name), Rate::parse(rate).unwrap()));
        DeclaredRates::new("ECB", Day::parse("2026-11-20").unwrap(), Currency::EUR, rates).unwrap()
    }

    #[test]
    fn a_cross_rate_is_rounded_up_in_its_last_decimal() {
        for (from, to, margin_ppm, expected) in [
            ("EUR", "USD", 0, "1.0432"),
            ("EUR", "USD", 10_000, "1.053632"),
            // 1 / 1.0432 = 0.95858895705521…
            ("USD", "EUR", 0, "0.958588958"),
            // 0.96817484662576…
            ("USD", "EUR", 10_000, "0.968174847"),
            ("JPY", "USD", 0, "0.006459443"),
            ("IDR", "EUR", 0, "0.000055279"),
        ] {
            let rate = between(&ecb(), currency(from), currency(to), margin_ppm).unwrap();
            assert_eq!(rate.to_string(), expected, "{from} {to}");
        }
        assert_eq!(between(&ecb(), currency("CHF"), Currency::EUR, 0), None);
    }

    /// R55: whoever has the quote can work it out again, and we never charge less than the declared rate.
    #[test]
    fn what_is_charged_follows_from_the_price_and_the_rate_alone() {
        let usd = currency("USD");
        let rate = between(&ecb(), usd, Currency::EUR, 10_000).unwrap();
        let price = Money::parse("1.00", usd).unwrap();
        let (charged, rounded) = rate.convert(price, Currency::EUR).unwrap();
        assert_eq!((charged.micros(), rounded), (968_175, 153_000_000));
    }

    #[test]
    fn a_quote_is_named_by_its_place_and_its_request() {
        let at = |id| LedgerPosition::new(id).unwrap();
        let names = [name(at(1), b"a"), name(at(2), b"a"), name(at(1), b"b")];
        assert!(names.iter().enumerate().all(|(index, name)| !names[..index].contains(name)));
        assert_eq!(QuoteId::parse(&names[0].to_string()), Ok(names[0]));
        assert_eq!(&names[0].to_string()[14..15], "8");
    }
}
