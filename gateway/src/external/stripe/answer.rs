//! What the system's answers say of an attempt. Whatever is not clearly yes or no is neither.

use core_payment::{Attempt, Outcome};
use payment_domain::{Operation, Timestamp};
use serde::Deserialize;
use std::collections::HashMap;

use super::form::Form;
use super::{METADATA, StripeSettings, is_id, list, minor_units};
use crate::external::{Format, Request, Response, Standing, Verb};

/// An object, by the name that it gives itself.
#[derive(Debug, Deserialize)]
#[serde(tag = "object", rename_all = "snake_case")]
enum Object {
    PaymentIntent(Intent),
    Refund(Movement),
    Payout(Movement),
    List(Page),
}

/// A payment intent.
#[derive(Debug, Deserialize)]
struct Intent {
    #[serde(flatten)]
    movement: Movement,
    amount_received: Option<i64>,
    client_secret: Option<String>,
    next_action: Option<NextAction>,
    last_payment_error: Option<Failure>,
}

/// What every object has.
#[derive(Debug, Deserialize)]
struct Movement {
    id: String,
    status: String,
    amount: i64,
    currency: String,
    created: i64,
    metadata: Option<HashMap<String, String>>,
    failure_code: Option<String>,
    failure_reason: Option<String>,
}

#[derive(Debug, Deserialize)]
struct NextAction {
    redirect_to_url: Option<Redirect>,
}

#[derive(Debug, Deserialize)]
struct Redirect {
    url: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
struct Failure {
    #[serde(rename = "type", default)]
    kind: String,
    code: Option<String>,
    decline_code: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Page {
    data: Vec<Object>,
    has_more: bool,
}

#[derive(Debug, Deserialize)]
struct Refused {
    error: Failure,
}

/// Codes that say that something was done before, perhaps by this very attempt.
const AMBIGUOUS: &[&str] = &[
    "charge_already_captured",
    "charge_already_refunded",
    "idempotency_key_in_use",
    "lock_timeout",
    "payment_intent_unexpected_state",
];
/// Codes that end a capture or cancellation for good.
const FINAL: &[&str] = &["amount_too_large", "charge_expired_for_capture", "resource_missing"];
/// How far the system's clock may be from ours, in seconds.
const CLOCKS_APART_S: i64 = 600;

/// What the answer to the attempt's own request says.
pub(super) fn outcome(settings: &StripeSettings, attempt: &Attempt, response: &Response) -> Outcome {
    match response.status {
        200..=299 => match object(response).map(|object| object_standing(settings, attempt, &object)) {
            Some(Standing::Known(outcome)) => outcome,
            _ => Outcome::Unknown,
        },
        // The card was declined (Stripe, "Errors"): the request was in order and came to nothing.
        402 => declined(refusal(response).as_ref()),
        400 | 404 => match refusal(response) {
            Some(failure) if ends(attempt, &failure) => declined(Some(&failure)),
            _ => Outcome::Unknown,
        },
        _ => Outcome::Unknown,
    }
}

/// What the answer to a question says.
pub(super) fn standing(
    settings: &StripeSettings,
    attempt: &Attempt,
    response: &Response,
    now: Timestamp,
) -> Standing {
    if response.status == 402 {
        // The request was repeated with its key, and this is what was answered the first time.
        return Standing::Known(declined(refusal(response).as_ref()));
    }
    match object(response) {
        Some(Object::List(page)) if response.status == 200 => page_standing(settings, attempt, &page, now),
        Some(object) if response.status == 200 => patient_standing(settings, attempt, &object, now),
        _ => Standing::Unclear,
    }
}

/// The object's standing, unless the consumer takes too long to confirm: then it is cancelled. If they have confirmed in
/// the meantime, the system refuses to, and the next question shows it.
fn patient_standing(
    settings: &StripeSettings,
    attempt: &Attempt,
    object: &Object,
    now: Timestamp,
) -> Standing {
    let limit = settings.action_limit.and_then(|limit| i64::try_from(limit.as_millis()).ok());
    match object {
        Object::PaymentIntent(Intent { movement: Movement { id, status, .. }, .. })
            if status == "requires_action"
                && is_id(id, "pi_")
                && limit.is_some_and(|limit| now.millis_since(attempt.started_at) > limit) =>
        {
            // Not under the attempt's key, which is the first request's. Cancelling twice is cancelling once.
            let path = format!("/v1/payment_intents/{id}/cancel");
            let (verb, format) = (Verb::Submit, Format::Form);
            Standing::AskOn(Request { verb, path, body: Vec::new(), format, key: None })
        }
        object => object_standing(settings, attempt, object),
    }
}

/// The attempt in a page of a list, or where to look next.
fn page_standing(settings: &StripeSettings, attempt: &Attempt, page: &Page, now: Timestamp) -> Standing {
    let wanted = attempt.id.to_string();
    let is_ours = |object: &&Object| {
        object.movement().and_then(|movement| movement.metadata.as_ref()?.get(METADATA)) == Some(&wanted)
    };
    if let Some(found) = page.data.iter().find(is_ours) {
        return patient_standing(settings, attempt, found, now);
    }
    let ends = [page.data.first(), page.data.last()].map(|object| object.and_then(Object::movement));
    let [Some(first), Some(last)] = ends else {
        return if page.has_more { Standing::Unclear } else { Standing::NeverArrived };
    };
    // Stripe's lists begin with the newest: beyond the attempt's own time there is nothing to be found.
    let began = attempt.started_at.as_millis().div_euclid(1000).saturating_sub(CLOCKS_APART_S);
    let newest_first = first.created > last.created;
    if !page.has_more || (newest_first && last.created < began) {
        return Standing::NeverArrived;
    }
    list(attempt, Some(&last.id)).map_or(Standing::Unclear, Standing::AskOn)
}

fn object_standing(settings: &StripeSettings, attempt: &Attempt, object: &Object) -> Standing {
    match (attempt.operation, object) {
        (Operation::Charge | Operation::Authorise, Object::PaymentIntent(intent)) => {
            Standing::Known(intent_outcome(settings, attempt, intent))
        }
        (Operation::Capture, Object::PaymentIntent(intent)) => capture_standing(attempt, intent),
        (Operation::Void, Object::PaymentIntent(intent)) => void_standing(intent),
        (Operation::Refund, Object::Refund(movement)) | (Operation::Payout, Object::Payout(movement)) => {
            Standing::Known(movement_outcome(attempt, movement))
        }
        _ => Standing::Unclear,
    }
}

fn intent_outcome(settings: &StripeSettings, attempt: &Attempt, intent: &Intent) -> Outcome {
    if !is_amount(attempt, &intent.movement) {
        return Outcome::Unknown;
    }
    let authorises = attempt.operation == Operation::Authorise;
    match intent.movement.status.as_str() {
        "succeeded"
            if authorises || intent.amount_received.is_none_or(|got| got == intent.movement.amount) =>
        {
            approved(&intent.movement)
        }
        "requires_capture" if authorises => approved(&intent.movement),
        "requires_action" => action_required(settings, intent),
        // It goes back here after a decline; before one it is only not begun.
        "requires_payment_method" if intent.last_payment_error.is_some() => {
            declined(intent.last_payment_error.as_ref())
        }
        "canceled" => Outcome::Declined { reason: "canceled".to_owned() },
        _ => Outcome::Unknown,
    }
}

/// An authorisation is captured once, and only by us: what was captured of it is this capture.
fn capture_standing(attempt: &Attempt, intent: &Intent) -> Standing {
    match intent.movement.status.as_str() {
        "succeeded" => {
            let ours = minor_units(attempt.amount, attempt.operation).ok();
            match intent.amount_received {
                Some(received) if Some(received) != ours => Standing::Known(Outcome::Unknown),
                Some(_) | None => Standing::Known(approved(&intent.movement)),
            }
        }
        "requires_capture" => Standing::NeverArrived,
        "canceled" => Standing::Known(Outcome::Declined { reason: "canceled".to_owned() }),
        _ => Standing::Known(Outcome::Unknown),
    }
}

fn void_standing(intent: &Intent) -> Standing {
    match intent.movement.status.as_str() {
        "canceled" => Standing::Known(approved(&intent.movement)),
        "succeeded" => Standing::Known(Outcome::Declined { reason: "captured".to_owned() }),
        "requires_capture" => Standing::NeverArrived,
        _ => Standing::Known(Outcome::Unknown),
    }
}

fn movement_outcome(attempt: &Attempt, movement: &Movement) -> Outcome {
    if !is_amount(attempt, movement) {
        return Outcome::Unknown;
    }
    match (attempt.operation, movement.status.as_str()) {
        (Operation::Refund, "succeeded") | (Operation::Payout, "paid") => approved(movement),
        (_, "failed" | "canceled") => {
            let code = movement.failure_code.as_deref().or(movement.failure_reason.as_deref());
            Outcome::Declined { reason: code.and_then(word).unwrap_or("failed").to_owned() }
        }
        // On its way: `pending`, `in_transit`, `requires_action`.
        _ => Outcome::Unknown,
    }
}

/// Where the consumer has to go.
fn action_required(settings: &StripeSettings, intent: &Intent) -> Outcome {
    let id = &intent.movement.id;
    let own = intent.next_action.as_ref().and_then(|action| action.redirect_to_url.as_ref()?.url.clone());
    let page = || {
        let mut query = Form::default();
        query.set("payment_intent", id);
        query.set("payment_intent_client_secret", intent.client_secret.as_deref()?);
        Some(format!("{}?{}", settings.action_page.as_deref()?, query.into_text()))
    };
    match own.filter(|url| is_web_address(url)).or_else(page) {
        Some(url) if is_id(id, "pi_") => Outcome::ActionRequired { url, reference: id.clone() },
        _ => Outcome::Unknown,
    }
}

fn is_web_address(url: &str) -> bool {
    url.starts_with("https://") && url.len() <= 500 && url.bytes().all(|byte| byte.is_ascii_graphic())
}

/// What was moved is what was asked for.
fn is_amount(attempt: &Attempt, movement: &Movement) -> bool {
    minor_units(attempt.amount, attempt.operation) == Ok(movement.amount)
        && movement.currency.eq_ignore_ascii_case(attempt.amount.currency().as_str())
}

/// Whether a refusal of the request itself says that nothing was done and nothing will be.
fn ends(attempt: &Attempt, failure: &Failure) -> bool {
    let code = failure.code.as_deref().unwrap_or_default();
    failure.kind == "invalid_request_error"
        && match attempt.operation {
            // The intent is there in any case: what became of it is for its status to say.
            Operation::Capture | Operation::Void => FINAL.contains(&code),
            _ => !AMBIGUOUS.contains(&code),
        }
}

fn approved(movement: &Movement) -> Outcome {
    Outcome::Approved { reference: movement.id.clone() }
}

fn declined(failure: Option<&Failure>) -> Outcome {
    let code = failure.and_then(|failure| failure.decline_code.as_deref().or(failure.code.as_deref()));
    Outcome::Declined { reason: code.and_then(word).unwrap_or("declined").to_owned() }
}

/// A code, if it is one: what a stranger wrote must not fill our log.
pub(super) fn word(code: &str) -> Option<&str> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
    ((1..=60).contains(&code.len()) && code.bytes().all(plain)).then_some(code)
}

fn object(response: &Response) -> Option<Object> {
    serde_json::from_slice(&response.body).ok()
}

fn refusal(response: &Response) -> Option<Failure> {
    serde_json::from_slice::<Refused>(&response.body).ok().map(|refused| refused.error)
}

impl Object {
    fn movement(&self) -> Option<&Movement> {
        match self {
            Self::PaymentIntent(intent) => Some(&intent.movement),
            Self::Refund(movement) | Self::Payout(movement) => Some(movement),
            Self::List(_) => None,
        }
    }
}
