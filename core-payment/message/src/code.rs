//! Why a message is refused, as a word that programs act on. The words are stable: they are documented, and partners
//! match on them.

use std::fmt;

use thiserror::Error;

/// Text that is no rejection code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("not a known rejection code")]
pub struct InvalidCode;

macro_rules! codes {
    ($($variant:ident = $text:literal, $description:literal;)+) => {
        /// The reason of a [`Rejection`](crate::Rejection).
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[non_exhaustive]
        pub enum Code {
            $(#[doc = $description] $variant,)+
        }

        impl Code {
            /// Every code, in the order in which a message meets the checks.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// Reads the text form.
            ///
            /// # Errors
            /// [`InvalidCode`].
            pub fn parse(text: &str) -> Result<Self, InvalidCode> {
                match text {
                    $($text => Ok(Self::$variant),)+
                    _ => Err(InvalidCode),
                }
            }

            /// The text form, in kebab-case.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $text,)+
                }
            }

            /// One line for people.
            #[must_use]
            pub const fn description(self) -> &'static str {
                match self {
                    $(Self::$variant => $description,)+
                }
            }
        }
    };
}

codes! {
    TooManyRequests = "too-many-requests", "The sender sends more than it may. Try again later.";
    TooLarge = "too-large", "The document has more bytes than any message has.";
    TooDeep = "too-deep", "The document is nested too deeply, or an element has too many attributes.";
    NotXml = "not-xml", "The document is not well-formed XML 1.0 with namespaces in UTF-8.";
    ForbiddenConstruct = "forbidden-construct", "The document has a DOCTYPE, comment, CDATA section, processing instruction or a second signature.";
    SignatureMissing = "signature-missing", "The document is not signed.";
    SignatureProfile = "signature-profile", "The signature uses an algorithm, transform, reference or layout that is not accepted.";
    SignatureInvalid = "signature-invalid", "The document was altered, or the signature is not by the registered key.";
    UnknownSender = "unknown-sender", "The signer's certificate is not registered here.";
    CertificateRevoked = "certificate-revoked", "The signer's certificate was revoked.";
    CertificateExpired = "certificate-expired", "The signer's certificate is outside its time of validity.";
    WrongNamespace = "wrong-namespace", "The root element is not in the namespace urn:meteore:payment:1.";
    UnknownMessage = "unknown-message", "The root element names no message that is accepted here.";
    InvalidMessage = "invalid-message", "The message does not follow its schema, or its fields contradict each other.";
    AmountNotPositive = "amount-not-positive", "The amount is zero or negative.";
    AmountTooPrecise = "amount-too-precise", "The amount has more than six decimals.";
    AmountOverflow = "amount-overflow", "The amount is larger than any that is accepted.";
    WrongRole = "wrong-role", "The signer's role does not allow this message, or not in another party's name.";
    MessageStale = "message-stale", "The message is older than is accepted, or has expired.";
    MessageFuture = "message-future", "The message was made in the future: check the sender's clock.";
    AuthenticationInvalid = "authentication-invalid", "The proof of the consumer's authentication does not hold for this message.";
    IdReused = "id-reused", "The id was used before, with other content.";
    UnknownOffer = "unknown-offer", "No such offer was deposited.";
    OfferAltered = "offer-altered", "The offer that was deposited has another digest.";
    OfferExpired = "offer-expired", "The offer cannot be bought yet, or no longer.";
    OfferUsed = "offer-used", "The offer can be bought once, and was.";
    UnknownConsumer = "unknown-consumer", "The payer is not a consumer of this system.";
    ConsumerSuspended = "consumer-suspended", "The consumer's account is suspended.";
    UnknownMerchant = "unknown-merchant", "The payee is not a merchant of this system.";
    WrongCurrency = "wrong-currency", "The amount is in a currency that the account, the policy or the offer does not use.";
    AmountDiffers = "amount-differs", "The amount is not the price of the offer.";
    NoRate = "no-rate", "There is no declared rate between these currencies that is new enough.";
    UnknownQuote = "unknown-quote", "No such quote was made for this consumer.";
    QuoteExpired = "quote-expired", "The quote holds no longer.";
    QuoteUsed = "quote-used", "The quote can be used once, and was.";
    UnknownCoupon = "unknown-coupon", "This consumer has no such coupon for this merchant and item.";
    CouponExpired = "coupon-expired", "The coupon can be used no longer, or not yet.";
    CouponUsed = "coupon-used", "The coupon is spent, refunded, or set aside for another payment.";
    CouponNotGivable = "coupon-not-givable", "The coupon cannot be given away: not at all, not after a part of it was spent, not to this consumer, or not this month.";
    CouponNotRefundable = "coupon-not-refundable", "What is left of a coupon goes back only to whoever bought it.";
    UnknownCampaign = "unknown-campaign", "No such campaign was deposited.";
    CampaignEnded = "campaign-ended", "The campaign has not begun, or has ended, or its coupons are all taken.";
    CampaignClaimed = "campaign-claimed", "This consumer has had the coupon of this campaign.";
    MethodRefused = "method-refused", "This way of authenticating the consumer is not enough at this terminal.";
    StepUpRequired = "step-up-required", "The consumer must first be authenticated as the challenge says.";
    OverLimit = "over-limit", "The amount is above what this terminal or account may pay.";
    StoredLimit = "stored-limit", "The account would hold more than it may.";
    NotReloadable = "not-reloadable", "The account of a consumer whom nobody has identified is topped up once.";
    InsufficientFunds = "insufficient-funds", "The account does not hold enough.";
    NoPayoutAccount = "no-payout-account", "There is no bank account and no external instrument on file to pay to.";
    FractionOfCent = "fraction-of-cent", "Banks move whole cents only.";
    Declined = "declined", "The external payment system declined.";
    UnknownOrder = "unknown-order", "No such order was accepted.";
    RefundExceedsPayment = "refund-exceeds-payment", "The refunds would add up to more than was paid.";
    NotAuthorised = "not-authorised", "Nothing is set aside for this order that could be captured or set free.";
    AlreadyCaptured = "already-captured", "What was set aside for this order was captured or set free before.";
    CaptureExceedsAuthorisation = "capture-exceeds-authorisation", "The capture is more than what was set aside.";
    DisputeOpen = "dispute-open", "There is a dispute about this payment already.";
    DisputeTooLate = "dispute-too-late", "The payment is too long ago to be disputed.";
    EnrolmentRefused = "enrolment-refused", "The invitation, the role or the certificate request was not accepted.";
    Unavailable = "unavailable", "The system cannot answer now. Send the same message again later.";
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_reads_back_and_is_unlike_the_others() {
        let mut texts: Vec<_> = Code::ALL.iter().map(|code| code.as_str()).collect();
        for code in Code::ALL {
            assert_eq!(Code::parse(code.as_str()), Ok(*code));
            assert!(code.as_str().bytes().all(|b| b.is_ascii_lowercase() || b == b'-'), "{code}");
        }
        texts.sort_unstable();
        texts.dedup();
        assert_eq!(texts.len(), Code::ALL.len());
        assert_eq!(Code::parse("NotXml"), Err(InvalidCode));
    }
}
