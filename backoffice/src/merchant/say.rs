//! What this portal says in many places: states, reasons, how a payment was made.

use payment_domain::{Currency, Funding, Mode, Money, Timestamp};
use payment_message::{Code, Rejection};

use crate::page::{Chip, Field, FieldKind, Inline, Link, Notice, Tone};
use crate::sales::query::SaleState;
use crate::words::{Value, Words};

/// What became of a payment.
pub(super) fn state(words: Words, state: SaleState) -> Chip {
    let (tone, text) = match state {
        SaleState::Pending => (Tone::Waiting, words.say("merchant-state-pending")),
        SaleState::Authorised => (Tone::Waiting, words.say("merchant-state-authorised")),
        SaleState::Paid => (Tone::Good, words.say("merchant-state-paid")),
        SaleState::PartlyRefunded => (Tone::Plain, words.say("merchant-state-partly-refunded")),
        SaleState::Refunded => (Tone::Plain, words.say("merchant-state-refunded")),
        SaleState::Disputed => (Tone::Bad, words.say("merchant-state-disputed")),
        SaleState::Declined => (Tone::Bad, words.say("merchant-state-declined")),
        SaleState::Voided => (Tone::Plain, words.say("merchant-state-voided")),
    };
    Chip::new(tone, text)
}

/// How a payment was made, as far as it is a merchant's to know: never with what (R47).
pub(super) fn how(words: Words, mode: Mode, funding: Funding) -> String {
    match (mode, funding) {
        (_, Funding::Coupon) => words.say("merchant-how-coupon"),
        (Mode::Aggregated, _) => words.say("merchant-how-aggregated"),
        (Mode::Single, _) => words.say("merchant-how-single"),
    }
}

/// Why an order was refused, as far as it is a merchant's to know.
pub(super) fn reason(words: Words, code: Code) -> String {
    match code {
        Code::InsufficientFunds | Code::OverLimit | Code::StepUpRequired | Code::MethodRefused => {
            words.say("merchant-reason-consumer")
        }
        Code::Declined => words.say("merchant-reason-declined"),
        Code::OfferExpired => words.say("merchant-reason-offer-expired"),
        Code::OfferUsed => words.say("merchant-reason-offer-used"),
        other => words.say_with("merchant-reason-other", &[("code", Value::from(other.as_str()))]),
    }
}

/// Why something the merchant asked for was refused, and what can be done about it.
pub(super) fn refused(words: Words, rejection: &Rejection) -> String {
    match rejection.code {
        Code::RefundExceedsPayment => words.say("merchant-refused-exceeds"),
        Code::DisputeOpen => words.say("merchant-refused-dispute"),
        Code::InsufficientFunds => words.say("merchant-refused-funds"),
        Code::UnknownOrder => words.say("merchant-refused-order"),
        Code::UnknownSender | Code::CertificateRevoked | Code::CertificateExpired => {
            words.say("merchant-refused-key")
        }
        Code::UnknownMerchant => words.say("merchant-refused-suspended"),
        Code::WrongCurrency => words.say("merchant-refused-currency"),
        other => words.say_with("merchant-refused-other", &[("code", Value::from(other.as_str()))]),
    }
}

/// A notice that something was done.
pub(super) const fn good(text: String) -> Notice {
    Notice { tone: Tone::Good, text }
}

/// A notice that something was not done.
pub(super) const fn bad(text: String) -> Notice {
    Notice { tone: Tone::Bad, text }
}

/// A name and a value.
pub(super) fn fact(name: String, value: impl Into<Inline>) -> (String, Vec<Inline>) {
    (name, vec![value.into()])
}

/// A link in a text.
pub(super) fn link(href: impl Into<String>, text: impl Into<String>) -> Inline {
    Inline::Link(Link::new(href, text))
}

/// A moment, for people and machines.
pub(super) fn time(words: Words, at: Timestamp) -> Inline {
    Inline::Time(words.moment(at), words.machine(at))
}

/// A stored time.
pub(super) fn at(millis: i64) -> Timestamp {
    Timestamp::from_millis(millis).unwrap_or(Timestamp::EPOCH)
}

/// A stored amount in words; a dash for what makes no sense.
pub(super) fn stored(words: Words, micros: i64, currency: &str) -> String {
    Currency::parse(currency)
        .map_or_else(|_| "–".to_owned(), |currency| words.money(Money::from_micros(micros, currency)))
}

/// Millionths as a share.
pub(super) fn share(words: Words, ppm: i64) -> String {
    words.percent(ppm.unsigned_abs(), 1_000_000)
}

/// An amount as people write it, with a comma or a point; `None` for anything else, and for what is not above zero.
pub(super) fn read_amount(text: &str, currency: Currency) -> Option<Money> {
    let plain: String = text.trim().chars().filter(|c| !c.is_whitespace()).take(20).collect();
    let amount = Money::parse(&plain.replace(',', "."), currency).ok()?;
    amount.positive().is_ok().then_some(amount)
}

/// What a day that was filled in begins at.
pub(super) fn read_day(text: &str) -> Option<Timestamp> {
    Timestamp::parse(&format!("{}T00:00:00.000Z", text.trim())).ok()
}

/// A text that was filled in as one line.
pub(super) fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A field.
pub(super) fn field(name: &'static str, label: String, kind: FieldKind, value: &str) -> Field {
    Field { name, label, kind, value: value.to_owned(), ..Field::default() }
}
