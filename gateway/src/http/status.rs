//! The one place that maps what was decided to an HTTP status.

use actix_web::http::StatusCode;
use payment_message::Code;

use crate::intake::Verdict;

/// The HTTP status of an answer. Programs act on the signed document; the status is for what stands in between.
#[must_use]
pub fn http_status(verdict: Verdict) -> StatusCode {
    match verdict {
        Verdict::Accepted | Verdict::Report => StatusCode::OK,
        Verdict::Pending => StatusCode::ACCEPTED,
        Verdict::Rejected(code) => of_code(code),
    }
}

fn of_code(code: Code) -> StatusCode {
    match code {
        Code::TooManyRequests => StatusCode::TOO_MANY_REQUESTS,
        Code::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        Code::TooDeep
        | Code::NotXml
        | Code::ForbiddenConstruct
        | Code::WrongNamespace
        | Code::UnknownMessage
        | Code::InvalidMessage
        | Code::AmountNotPositive
        | Code::AmountTooPrecise
        | Code::AmountOverflow => StatusCode::BAD_REQUEST,
        Code::SignatureMissing
        | Code::SignatureProfile
        | Code::SignatureInvalid
        | Code::UnknownSender
        | Code::CertificateRevoked
        | Code::CertificateExpired => StatusCode::UNAUTHORIZED,
        Code::StepUpRequired | Code::InsufficientFunds | Code::Declined => StatusCode::PAYMENT_REQUIRED,
        Code::WrongRole
        | Code::AuthenticationInvalid
        | Code::ConsumerSuspended
        | Code::MethodRefused
        | Code::EnrolmentRefused => StatusCode::FORBIDDEN,
        Code::UnknownOrder => StatusCode::NOT_FOUND,
        Code::IdReused
        | Code::OfferUsed
        | Code::QuoteUsed
        | Code::CouponUsed
        | Code::CampaignClaimed
        | Code::NotAuthorised
        | Code::AlreadyCaptured
        | Code::DisputeOpen => StatusCode::CONFLICT,
        Code::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        // The message is in order, but what it asks for is not to be had.
        _ => StatusCode::UNPROCESSABLE_ENTITY,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_has_its_status() {
        let table: Vec<_> = Code::ALL
            .iter()
            .map(|code| format!("{} {code}", http_status(Verdict::Rejected(*code)).as_u16()))
            .collect();
        let expected = "
            429 too-many-requests
            413 too-large
            400 too-deep
            400 not-xml
            400 forbidden-construct
            401 signature-missing
            401 signature-profile
            401 signature-invalid
            401 unknown-sender
            401 certificate-revoked
            401 certificate-expired
            400 wrong-namespace
            400 unknown-message
            400 invalid-message
            400 amount-not-positive
            400 amount-too-precise
            400 amount-overflow
            403 wrong-role
            422 message-stale
            422 message-future
            403 authentication-invalid
            409 id-reused
            422 unknown-offer
            422 offer-altered
            422 offer-expired
            409 offer-used
            422 unknown-consumer
            403 consumer-suspended
            422 unknown-merchant
            422 wrong-currency
            422 amount-differs
            422 no-rate
            422 unknown-quote
            422 quote-expired
            409 quote-used
            422 unknown-coupon
            422 coupon-expired
            409 coupon-used
            422 coupon-not-givable
            422 coupon-not-refundable
            422 unknown-campaign
            422 campaign-ended
            409 campaign-claimed
            403 method-refused
            402 step-up-required
            422 over-limit
            422 stored-limit
            422 not-reloadable
            402 insufficient-funds
            422 no-payout-account
            422 fraction-of-cent
            402 declined
            404 unknown-order
            422 refund-exceeds-payment
            409 not-authorised
            409 already-captured
            422 capture-exceeds-authorisation
            409 dispute-open
            422 dispute-too-late
            403 enrolment-refused
            503 unavailable";
        let expected: Vec<_> = expected.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
        assert_eq!(table, expected);
        assert_eq!(http_status(Verdict::Accepted), StatusCode::OK);
        assert_eq!(http_status(Verdict::Report), StatusCode::OK);
        assert_eq!(http_status(Verdict::Pending), StatusCode::ACCEPTED);
    }
}
