//! Stripe, and systems that speak its REST API (R9): payment intents with `confirm`, manual capture, refunds, payouts.
//!
//! An instrument is `stripe:cus_…/pm_…` (or `stripe:pm_…` without a customer), a saved card; who is paid out has
//! `stripe:ba_…`, an external account, or `stripe:default`. The card data itself never comes here.
//!
//! - Every request carries our attempt id twice: as `Idempotency-Key`, and in `metadata[attempt]`, by which it is found
//!   again. It learns a token and an amount: no order, no merchant, no item (R47).
//! - What became of an attempt is asked by the system's own id where that is known. Otherwise its list is gone through,
//!   which is right also where idempotency keys are ignored; or the request is repeated with its key, where the
//!   installation says that keys are honoured.
//! - 3-D Secure comes back as [`Outcome::ActionRequired`]; the consumer's browser goes there, never this server. What is
//!   not confirmed for too long is cancelled there, and has ended only when the system says so.
//! - An authorisation is captured once, in whole or in part, or cancelled.
//!
//! What this must not do: send, or take a webhook's word for anything but that it is time to ask, or for a person to look
//! ([`StripeEvents`]).

mod amount;
mod answer;
mod form;
mod webhook;

use std::time::Duration;

use core_payment::{Attempt, Outcome};
use payment_domain::{Operation, Purpose, Timestamp};

pub use webhook::{BadEvent, InvalidWebhookSecret, StripeEvents, WebhookSecrets};

use super::{Authorises, ExternalSystem, Format, PaysOut, Request, Response, Standing, Unsendable, Verb};
use amount::minor_units;
use form::Form;

/// The version of the API that the mapping was written against; it goes with every request.
pub const HEADERS: &[(&str, &str)] = &[("stripe-version", "2024-06-20")];

/// The mapping to Stripe's messages.
#[derive(Debug, Clone, Default)]
pub struct Stripe {
    settings: StripeSettings,
}

/// What differs between installations.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StripeSettings {
    /// Where the bank sends the consumer back to after 3-D Secure.
    pub return_url: Option<String>,
    /// A page that runs Stripe.js, for a step that has no address of its own (`use_stripe_sdk`). It gets the intent and
    /// its client secret in the query.
    pub action_page: Option<String>,
    /// Whether the system keeps its word on idempotency keys, as Stripe itself does for a day.
    pub honours_keys: bool,
    /// For how long the consumer may take to confirm. Then the system is told to cancel, and its answer is the end; for
    /// ever without it.
    pub action_limit: Option<Duration>,
}

/// What it is called in instruments and routes.
const SYSTEM: &str = "stripe";
/// The key of our attempt id in an object's metadata.
const METADATA: &str = "attempt";
/// Objects of one page of a list.
const PAGE: &str = "100";
/// For how long a key is taken to be honoured: Stripe forgets it after 24 hours at the earliest.
const KEY_LIVES_MS: i64 = 23 * 60 * 60 * 1000;

impl Stripe {
    /// The mapping for an installation.
    #[must_use]
    pub const fn new(settings: StripeSettings) -> Self {
        Self { settings }
    }

    fn intent(&self, attempt: &Attempt, capture_method: &str) -> Result<Request, Unsendable> {
        let (customer, method) = card(attempt)?;
        let mut form = money(attempt)?;
        if let Some(customer) = customer {
            form.set("customer", customer);
        }
        form.set("payment_method", method);
        form.set("payment_method_types[0]", "card");
        form.set("capture_method", capture_method);
        form.set("confirm", "true");
        match attempt.purpose {
            // Nobody is there to be asked for 3-D Secure: the mandate given before has to do.
            Purpose::Bill => form.set("off_session", "true"),
            _ => {
                if let Some(url) = &self.settings.return_url {
                    form.set("return_url", url);
                }
            }
        }
        Ok(submit("/v1/payment_intents".to_owned(), form, attempt))
    }

    /// The request of an attempt that makes an object of its own, once more.
    fn again(&self, attempt: &Attempt, now: Timestamp) -> Option<Request> {
        if !self.settings.honours_keys || now.millis_since(attempt.started_at) > KEY_LIVES_MS {
            return None;
        }
        match attempt.operation {
            Operation::Charge => self.charge(attempt).ok(),
            Operation::Authorise => self.authorise(attempt).ok(),
            Operation::Refund => self.refund(attempt).ok(),
            Operation::Payout => self.pay_out(attempt).ok(),
            Operation::Capture | Operation::Void => None,
        }
    }
}

impl ExternalSystem for Stripe {
    fn id(&self) -> &'static str {
        SYSTEM
    }

    fn charge(&self, attempt: &Attempt) -> Result<Request, Unsendable> {
        self.intent(attempt, "automatic")
    }

    fn refund(&self, attempt: &Attempt) -> Result<Request, Unsendable> {
        let mut form = Form::default();
        form.set("payment_intent", original(attempt)?);
        form.set("amount", &minor_units(attempt.amount, attempt.operation)?.to_string());
        form.set(&format!("metadata[{METADATA}]"), &attempt.id.to_string());
        Ok(submit("/v1/refunds".to_owned(), form, attempt))
    }

    fn parse(&self, attempt: &Attempt, response: &Response) -> Outcome {
        answer::outcome(&self.settings, attempt, response)
    }

    fn status_request(&self, attempt: &Attempt, now: Timestamp) -> Result<Request, Unsendable> {
        if let Operation::Capture | Operation::Void = attempt.operation {
            return Ok(Request::read(format!("/v1/payment_intents/{}", original(attempt)?)));
        }
        if let Some(reference) = &attempt.reference {
            return Ok(Request::read(format!("{}/{reference}", collection(attempt))));
        }
        match self.again(attempt, now) {
            Some(request) => Ok(request),
            None => list(attempt, None),
        }
    }

    fn parse_status(&self, attempt: &Attempt, response: &Response, now: Timestamp) -> Standing {
        answer::standing(&self.settings, attempt, response, now)
    }
}

impl Authorises for Stripe {
    fn authorise(&self, attempt: &Attempt) -> Result<Request, Unsendable> {
        self.intent(attempt, "manual")
    }

    fn capture(&self, attempt: &Attempt) -> Result<Request, Unsendable> {
        let mut form = Form::default();
        form.set("amount_to_capture", &minor_units(attempt.amount, attempt.operation)?.to_string());
        Ok(submit(format!("/v1/payment_intents/{}/capture", original(attempt)?), form, attempt))
    }

    fn void(&self, attempt: &Attempt) -> Result<Request, Unsendable> {
        Ok(submit(format!("/v1/payment_intents/{}/cancel", original(attempt)?), Form::default(), attempt))
    }
}

impl PaysOut for Stripe {
    fn pay_out(&self, attempt: &Attempt) -> Result<Request, Unsendable> {
        let token = attempt.instrument.as_ref().ok_or(Unsendable::NoInstrument)?.token();
        let mut form = money(attempt)?;
        if is_id(token, "ba_") || is_id(token, "card_") {
            form.set("destination", token);
        } else if token != "default" {
            return Err(Unsendable::NoInstrument);
        }
        Ok(submit("/v1/payouts".to_owned(), form, attempt))
    }
}

fn submit(path: String, form: Form, attempt: &Attempt) -> Request {
    Request { verb: Verb::Submit, path, body: form.encode(), format: Format::Form, key: Some(attempt.id) }
}

/// Amount, currency, and by what the object is found again.
fn money(attempt: &Attempt) -> Result<Form, Unsendable> {
    let mut form = Form::default();
    form.set("amount", &minor_units(attempt.amount, attempt.operation)?.to_string());
    form.set("currency", &attempt.amount.currency().as_str().to_ascii_lowercase());
    form.set(&format!("metadata[{METADATA}]"), &attempt.id.to_string());
    Ok(form)
}

/// Where objects like the attempt's are.
const fn collection(attempt: &Attempt) -> &'static str {
    match attempt.operation {
        Operation::Refund => "/v1/refunds",
        Operation::Payout => "/v1/payouts",
        Operation::Charge | Operation::Authorise | Operation::Capture | Operation::Void => {
            "/v1/payment_intents"
        }
    }
}

/// A page of the list that the attempt is in, if it arrived.
fn list(attempt: &Attempt, after: Option<&str>) -> Result<Request, Unsendable> {
    let mut query = Form::default();
    query.set("limit", PAGE);
    if attempt.operation == Operation::Refund {
        query.set("payment_intent", original(attempt)?);
    }
    if let Some(after) = after {
        query.set("starting_after", after);
    }
    Ok(Request::read(format!("{}?{}", collection(attempt), query.into_text())))
}

/// The customer and the saved card.
fn card(attempt: &Attempt) -> Result<(Option<&str>, &str), Unsendable> {
    let token = attempt.instrument.as_ref().ok_or(Unsendable::NoInstrument)?.token();
    let (customer, method) = match token.split_once('/') {
        Some((customer, method)) => (Some(customer), method),
        None => (None, token),
    };
    let good = customer.is_none_or(|customer| is_id(customer, "cus_")) && is_id(method, "pm_");
    if good { Ok((customer, method)) } else { Err(Unsendable::NoInstrument) }
}

/// The system's name for what the attempt goes back to.
fn original(attempt: &Attempt) -> Result<&str, Unsendable> {
    let reference = attempt.original.as_ref().and_then(|original| original.reference.as_deref());
    reference.filter(|reference| is_id(reference, "pi_")).ok_or(Unsendable::NoOriginal)
}

/// An id of the system's: nothing in it needs quoting in a path.
fn is_id(text: &str, prefix: &str) -> bool {
    text.strip_prefix(prefix).is_some_and(|rest| {
        !rest.is_empty()
            && rest.len() <= 100
            && rest.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    })
}

#[cfg(test)]
mod tests;
