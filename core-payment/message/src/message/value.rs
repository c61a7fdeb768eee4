//! The text of single values. Each has one form; `xs:string`-based ones count every space, the few that are based on
//! another type of XML Schema collapse the white space around them, as that type does.

use std::io::Write as _;

use payment_domain::{
    CampaignId, Capability, Capture, CaptureId, Challenge, ConsumerId, CouponId, CouponKind, CouponState,
    Currency, Digest, DisputeId, Funding, Label, LedgerPosition, MerchantId, Method, Mode, Money, MoneyError,
    Msisdn, OfferId, OrderId, PartyId, Pseudonym, QuoteId, Rate, RefundId, RequestId, Role, Sale, Timestamp,
};

use super::{ActionUrl, Fault, Invitation, MessageId, State};
use crate::Code;
use crate::canonical::{push_text, trim};

/// A value that is the text of one element.
pub(super) trait Value: Sized {
    fn read(text: &str) -> Result<Self, Fault>;
    fn write(&self, out: &mut Vec<u8>);
}

/// Types whose `parse` and `Display` are the XML form, without characters that XML escapes.
macro_rules! plain_values {
    ($($value:ty: $prepare:expr;)+) => {
        $(
            impl Value for $value {
                fn read(text: &str) -> Result<Self, Fault> {
                    let prepare: fn(&str) -> &str = $prepare;
                    Self::parse(prepare(text)).map_err(|error| Fault::Value(error.to_string()))
                }

                fn write(&self, out: &mut Vec<u8>) {
                    // Writing to a vector cannot fail.
                    let _ = write!(out, "{self}");
                }
            }
        )+
    };
}

const fn exact(text: &str) -> &str {
    text
}

plain_values! {
    CampaignId: exact;
    Capability: exact;
    Capture: exact;
    CaptureId: exact;
    Challenge: exact;
    Code: exact;
    ConsumerId: exact;
    CouponId: exact;
    CouponKind: exact;
    CouponState: exact;
    Currency: exact;
    Digest: exact;
    DisputeId: exact;
    Funding: exact;
    LedgerPosition: trim;
    MerchantId: exact;
    MessageId: exact;
    Method: exact;
    Mode: exact;
    OfferId: exact;
    OrderId: exact;
    PartyId: exact;
    Pseudonym: exact;
    QuoteId: exact;
    Rate: exact;
    RefundId: exact;
    RequestId: exact;
    Role: exact;
    Sale: exact;
    State: exact;
    Timestamp: trim;
}

impl Value for Label {
    fn read(text: &str) -> Result<Self, Fault> {
        Self::parse(text).map_err(|error| Fault::Value(error.to_string()))
    }

    fn write(&self, out: &mut Vec<u8>) {
        push_text(out, self.as_str());
    }
}

/// Whole numbers without a sign or zeros in front.
macro_rules! counts {
    ($($value:ty),+) => {
        $(
            impl Value for $value {
                fn read(text: &str) -> Result<Self, Fault> {
                    let text = trim(text);
                    let plain = text.bytes().all(|byte| byte.is_ascii_digit()) && (text == "0" || !text.starts_with('0'));
                    let value = text.parse().ok().filter(|_| plain);
                    value.ok_or_else(|| Fault::Value("not a whole number in its plain form".to_owned()))
                }

                fn write(&self, out: &mut Vec<u8>) {
                    let _ = write!(out, "{self}");
                }
            }
        )+
    };
}

counts!(u32, u64);

impl Value for bool {
    fn read(text: &str) -> Result<Self, Fault> {
        match text {
            "true" => Ok(true),
            "false" => Ok(false),
            _ => Err(Fault::Value("not true or false".to_owned())),
        }
    }

    fn write(&self, out: &mut Vec<u8>) {
        let _ = write!(out, "{self}");
    }
}

impl Value for ActionUrl {
    fn read(text: &str) -> Result<Self, Fault> {
        Self::parse(text).map_err(|error| Fault::Value(error.to_string()))
    }

    fn write(&self, out: &mut Vec<u8>) {
        push_text(out, self.as_str());
    }
}

impl Value for Msisdn {
    fn read(text: &str) -> Result<Self, Fault> {
        Self::parse(text).map_err(|error| Fault::Value(error.to_string()))
    }

    fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(self.reveal().as_bytes());
    }
}

impl Value for Invitation {
    fn read(text: &str) -> Result<Self, Fault> {
        Self::parse(text).map_err(|error| Fault::Value(error.to_string()))
    }

    fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(self.reveal().as_bytes());
    }
}

/// The most digits before the point: amounts stay well inside what a ledger can add up.
const MAX_WHOLE_DIGITS: usize = 12;

/// Reads an amount that may be below zero: a minus sign, then an amount above zero.
pub(super) fn read_signed(text: &str, currency: &str) -> Result<Money, Fault> {
    let Some(below) = text.strip_prefix('-') else { return read_money(text, currency) };
    let money = read_money(below, currency)?.positive()?;
    let micros = money.micros().checked_neg().ok_or(MoneyError::Overflow)?;
    Ok(Money::from_micros(micros, money.currency()))
}

/// Reads an amount, which may be zero, in its currency.
pub(super) fn read_money(text: &str, currency: &str) -> Result<Money, Fault> {
    let currency = Currency::parse(currency).map_err(|error| Fault::Value(error.to_string()))?;
    let money = Money::parse(text, currency)?;
    let whole = text.split_once('.').map_or(text, |(whole, _)| whole);
    if money.micros() < 0 {
        return Err(MoneyError::NotPositive.into());
    }
    // `007` and `-0` are other texts for amounts that have one.
    if whole.starts_with('-') || (whole.len() > 1 && whole.starts_with('0')) {
        return Err(MoneyError::Malformed.into());
    }
    if whole.len() > MAX_WHOLE_DIGITS {
        return Err(MoneyError::Overflow.into());
    }
    Ok(money)
}
