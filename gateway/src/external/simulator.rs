//! A payment system to develop and test against, until a real one is connected: the mapping to its messages here,
//! the system itself in [`bank`].
//!
//! The instrument decides how it behaves:
//!
//! | instrument | what happens |
//! |---|---|
//! | `simulator:approve` | does it and says so |
//! | `simulator:decline` | refuses and says so |
//! | `simulator:slow` | does it, but answers only after a delay that is longer than we wait |
//! | `simulator:unknown` | does it, never answers the request, says so when asked |
//! | `simulator:lost` | the first request never arrives; sent again, it is done |
//! | `simulator:pm_card_visa` | as `approve`: a card that another system would take too |
//!
//! Charges, authorisations and payouts behave so, and what goes back to them too; it refuses by itself to capture or give
//! back more than there is. It learns our attempt id, a token and an amount: no order, no merchant, no item (R47).

pub mod bank;
mod books;

use core_payment::{Attempt, Outcome};
use payment_domain::{AttemptId, Currency, Money, Operation, Timestamp};
use serde::{Deserialize, Serialize};

use super::{Authorises, ExternalSystem, Format, PaysOut, Request, Response, Standing, Unsendable, Verb};

/// The mapping to the simulator's messages.
#[derive(Debug, Clone, Copy, Default)]
pub struct Simulator;

/// How an instrument makes the simulator behave.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Behaviour {
    /// Does it and says so.
    Approve,
    /// Refuses and says so.
    Decline,
    /// Does it and answers late.
    Slow,
    /// Does it and never answers the request.
    Unknown,
    /// Does not get the first request.
    Lost,
}

/// `POST /transfers`.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct TransferRequest {
    attempt: i64,
    operation: String,
    instrument: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    original: Option<i64>,
    micros: i64,
    currency: String,
}

/// A request that was understood.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Order {
    attempt: AttemptId,
    operation: Operation,
    original: Option<AttemptId>,
    behaviour: Behaviour,
    amount: Money,
}

/// The answer to both requests.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "state")]
enum TransferState {
    Approved { reference: String },
    Declined { reason: String },
    Processing,
}

const TRANSFERS: &str = "/transfers";

impl ExternalSystem for Simulator {
    fn id(&self) -> &'static str {
        "simulator"
    }

    fn charge(&self, attempt: &Attempt) -> Result<Request, Unsendable> {
        transfer(attempt)
    }

    fn refund(&self, attempt: &Attempt) -> Result<Request, Unsendable> {
        transfer(attempt)
    }

    fn parse(&self, _: &Attempt, response: &Response) -> Outcome {
        if response.status == 200 { outcome(&response.body) } else { Outcome::Unknown }
    }

    fn status_request(&self, attempt: &Attempt, _: Timestamp) -> Result<Request, Unsendable> {
        Ok(Request::read(format!("{TRANSFERS}/{}", attempt.id)))
    }

    fn parse_status(&self, _: &Attempt, response: &Response, _: Timestamp) -> Standing {
        match response.status {
            200 => Standing::Known(outcome(&response.body)),
            404 => Standing::NeverArrived,
            _ => Standing::Unclear,
        }
    }
}

impl Authorises for Simulator {
    fn authorise(&self, attempt: &Attempt) -> Result<Request, Unsendable> {
        transfer(attempt)
    }

    fn capture(&self, attempt: &Attempt) -> Result<Request, Unsendable> {
        transfer(attempt)
    }

    fn void(&self, attempt: &Attempt) -> Result<Request, Unsendable> {
        transfer(attempt)
    }
}

impl PaysOut for Simulator {
    fn pay_out(&self, attempt: &Attempt) -> Result<Request, Unsendable> {
        transfer(attempt)
    }
}

/// One message does for everything.
fn transfer(attempt: &Attempt) -> Result<Request, Unsendable> {
    let instrument = attempt.instrument.as_ref().ok_or(Unsendable::NoInstrument)?;
    let transfer = TransferRequest {
        attempt: attempt.id.value(),
        operation: attempt.operation.as_str().to_owned(),
        instrument: instrument.token().to_owned(),
        original: attempt.original.as_ref().map(|original| original.id.value()),
        micros: attempt.amount.micros(),
        currency: attempt.amount.currency().as_str().to_owned(),
    };
    let (path, body) = (TRANSFERS.to_owned(), to_json(&transfer));
    Ok(Request { verb: Verb::Submit, path, body, format: Format::Json, key: Some(attempt.id) })
}

impl Behaviour {
    /// The behaviour that an instrument's token asks for.
    fn of(token: &str) -> Option<Self> {
        match token {
            "approve" | "pm_card_visa" => Some(Self::Approve),
            "decline" => Some(Self::Decline),
            "slow" => Some(Self::Slow),
            "unknown" => Some(Self::Unknown),
            "lost" => Some(Self::Lost),
            _ => None,
        }
    }
}

impl Order {
    /// Reads a request, if it is what it should be.
    fn read(body: &[u8]) -> Option<Self> {
        let request: TransferRequest = serde_json::from_slice(body).ok()?;
        let amount = Money::from_micros(request.micros, Currency::parse(&request.currency).ok()?);
        Some(Self {
            attempt: AttemptId::new(request.attempt).ok()?,
            operation: Operation::parse(&request.operation).ok()?,
            original: request.original.map(AttemptId::new).transpose().ok()?,
            behaviour: Behaviour::of(&request.instrument)?,
            amount: amount.positive().ok()?,
        })
    }
}

fn outcome(body: &[u8]) -> Outcome {
    match serde_json::from_slice(body) {
        Ok(TransferState::Approved { reference }) => Outcome::Approved { reference },
        Ok(TransferState::Declined { reason }) => Outcome::Declined { reason },
        // Anything else is neither yes nor no.
        Ok(TransferState::Processing) | Err(_) => Outcome::Unknown,
    }
}

fn to_json(value: &impl Serialize) -> Vec<u8> {
    // Structs of plain strings and integers always serialise; an empty body would be refused, not misread.
    serde_json::to_vec(value).unwrap_or_default()
}

#[cfg(test)]
mod tests;
