//! What this portal says in many places: states, reasons, how a payment was made.

use payment_domain::{Funding, Mode};
use payment_message::{Code, Rejection};

use crate::page::{Chip, Tone};
use crate::sales::query::SaleState;
pub(super) use crate::say::{at, bad, fact, field, good, link, older, one_line, read_amount, stored, time};
pub(super) use crate::search::read_day;
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
        Code::NotAuthorised => words.say("merchant-nothing-aside"),
        Code::CaptureExceedsAuthorisation => words.say("merchant-refused-take"),
        Code::Declined => words.say("merchant-refused-declined"),
        Code::UnknownSender | Code::CertificateRevoked | Code::CertificateExpired => {
            words.say("merchant-refused-key")
        }
        Code::UnknownMerchant => words.say("merchant-refused-suspended"),
        Code::WrongCurrency => words.say("merchant-refused-currency"),
        other => words.say_with("merchant-refused-other", &[("code", Value::from(other.as_str()))]),
    }
}

/// Millionths as a share.
pub(super) fn share(words: Words, ppm: i64) -> String {
    words.percent(ppm.unsigned_abs(), 1_000_000)
}
