//! How this portal calls things: states, ways to pay, reasons. Plain words, the same everywhere.

use payment_domain::{Challenge, Funding, Mode, Money, Rule};
use payment_message::{Code, Rejection};

use crate::page::{Chip, Tone};
use crate::sales::query::SaleState;
pub(crate) use crate::say::{at, bad, button, fact, good, link, older, read_amount};
use crate::words::{Value, Words};

/// The state of a payment.
pub(crate) fn state(words: Words, state: SaleState) -> Chip {
    let (tone, text) = match state {
        SaleState::Pending => (Tone::Waiting, words.say("consumer-state-pending")),
        SaleState::Authorised => (Tone::Waiting, words.say("consumer-state-authorised")),
        SaleState::Paid => (Tone::Good, words.say("consumer-state-paid")),
        SaleState::PartlyRefunded => (Tone::Plain, words.say("consumer-state-partly-refunded")),
        SaleState::Refunded => (Tone::Plain, words.say("consumer-state-refunded")),
        SaleState::Disputed => (Tone::Waiting, words.say("consumer-state-disputed")),
        SaleState::Declined => (Tone::Bad, words.say("consumer-state-declined")),
        SaleState::Voided => (Tone::Plain, words.say("consumer-state-voided")),
    };
    Chip::new(tone, text)
}

/// Where the money of a payment comes from.
pub(crate) fn how(words: Words, mode: Mode, funding: Funding) -> String {
    match (mode, funding) {
        (_, Funding::Coupon) => words.say("consumer-how-coupon"),
        (_, Funding::Prepaid) => words.say("consumer-how-prepaid"),
        (_, Funding::Postpaid) => words.say("consumer-how-postpaid"),
        (_, Funding::External) => words.say("consumer-how-external"),
    }
}

/// The rule in a receipt (`eu-default/aggregate-micropayment`), in words.
pub(crate) fn rule(words: Words, label: &str) -> String {
    let name = label.rsplit_once('/').map_or(label, |(_, name)| name);
    match Rule::parse(name) {
        Ok(Rule::AggregateMicropayment) => words.say("consumer-rule-aggregate-micropayment"),
        Ok(Rule::AccountShortGoesSingle) => words.say("consumer-rule-account-short-goes-single"),
        Ok(Rule::PostpaidLimitGoesSingle) => words.say("consumer-rule-postpaid-limit-goes-single"),
        Ok(Rule::LargeGoesSingle) => words.say("consumer-rule-large-goes-single"),
        Ok(Rule::CouponGoesSingle) => words.say("consumer-rule-coupon-goes-single"),
        Ok(Rule::DeferredGoesSingle) => words.say("consumer-rule-deferred-goes-single"),
        Ok(Rule::Coupon) => words.say("consumer-rule-coupon"),
        Ok(other) => refusing_rule(words, other),
        Err(_) => label.to_owned(),
    }
}

/// A rule that refuses or asks for more, in words.
pub(crate) fn refusing_rule(words: Words, rule: Rule) -> String {
    match rule {
        Rule::AmountNotPositive => words.say("consumer-rule-amount-not-positive"),
        Rule::CurrencyNotServed => words.say("consumer-rule-currency-not-served"),
        Rule::MethodNeedsStepUp | Rule::MethodNotGranted => words.say("consumer-rule-method-not-granted"),
        Rule::LowValueNeedsStepUp | Rule::LowValueExhausted => words.say("consumer-rule-low-value"),
        Rule::LimitNeedsStepUp | Rule::TerminalLimit => words.say("consumer-rule-terminal-limit"),
        Rule::PostpaidLimit => words.say("consumer-rule-postpaid-limit"),
        Rule::AnonymousLimit => words.say("consumer-rule-anonymous-limit"),
        Rule::AccountShort => words.say("consumer-rule-account-short"),
        Rule::NoExternalSystem => words.say("consumer-rule-no-external-system"),
        _ => rule.to_string(),
    }
}

/// Why an instruction was refused, and what can be done about it.
pub(crate) fn refused(words: Words, rejection: &Rejection) -> String {
    let by_rule = rejection.rule.as_ref().and_then(|label| {
        let name = label.as_str().rsplit_once('/').map_or(label.as_str(), |(_, name)| name);
        Rule::parse(name).ok()
    });
    match (rejection.code, by_rule) {
        (Code::Declined, _) => words.say("consumer-refused-declined"),
        (_, Some(rule)) => refusing_rule(words, rule),
        (code, None) => code_words(words, code),
    }
}

fn code_words(words: Words, code: Code) -> String {
    match code {
        Code::MessageStale => words.say("consumer-refused-stale"),
        Code::AuthenticationInvalid => words.say("consumer-refused-authentication"),
        Code::ConsumerSuspended => words.say("consumer-refused-suspended"),
        Code::UnknownMerchant => words.say("consumer-refused-merchant"),
        Code::UnknownOffer | Code::OfferAltered | Code::OfferExpired => {
            words.say("consumer-refused-offer-expired")
        }
        Code::OfferUsed => words.say("consumer-refused-offer-used"),
        Code::WrongCurrency => words.say("consumer-rule-currency-not-served"),
        Code::StoredLimit => words.say("consumer-refused-stored-limit"),
        Code::NotReloadable => words.say("consumer-refused-not-reloadable"),
        Code::InsufficientFunds => words.say("consumer-refused-no-means"),
        Code::NoPayoutAccount => words.say("consumer-refused-no-payout-account"),
        Code::FractionOfCent => words.say("consumer-refused-fraction-of-cent"),
        Code::UnknownCoupon | Code::CouponUsed => words.say("consumer-refused-coupon-used"),
        Code::CouponExpired => words.say("consumer-refused-coupon-expired"),
        Code::CouponNotGivable => words.say("consumer-refused-coupon-not-givable"),
        Code::CouponNotRefundable => words.say("consumer-refused-coupon-not-refundable"),
        Code::UnknownCampaign | Code::CampaignEnded => words.say("consumer-refused-campaign-ended"),
        Code::CampaignClaimed => words.say("consumer-refused-campaign-claimed"),
        Code::UnknownConsumer => words.say("consumer-refused-receiver"),
        Code::UnknownOrder => words.say("consumer-refused-order"),
        Code::RefundExceedsPayment => words.say("consumer-refused-dispute-exceeds"),
        Code::DisputeOpen => words.say("consumer-refused-dispute-open"),
        Code::DisputeTooLate => words.say("consumer-refused-dispute-too-late"),
        other => words.say_with("consumer-refused-other", &[("code", Value::from(other.as_str()))]),
    }
}

/// What is asked for before an instruction can be given again.
pub(crate) fn challenge(words: Words, challenge: Challenge) -> String {
    match challenge {
        Challenge::Passkey => words.say("consumer-challenge-passkey"),
        Challenge::OneTimeCode => words.say("consumer-challenge-code"),
        Challenge::Pin => words.say("consumer-challenge-pin"),
    }
}

/// A value for a message.
pub(crate) fn money(words: Words, amount: Money) -> Value {
    Value::from(words.money(amount))
}
