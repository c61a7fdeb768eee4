//! A payment system to develop and test against, until a real one is connected: the mapping to its messages here,
//! the system itself in [`bank`].
//!
//! The consumer's instrument decides how it behaves:
//!
//! | instrument | what happens |
//! |---|---|
//! | `simulator:approve` | charges and says so |
//! | `simulator:decline` | refuses and says so |
//! | `simulator:slow` | charges, but answers only after a delay that is longer than we wait |
//! | `simulator:unknown` | charges, never answers the request, says so when asked |
//! | `simulator:lost` | the first request never arrives; sent again, it charges |
//!
//! Refunds behave in the same way. It learns our attempt id, a token and an amount: no order, no merchant, no item
//! (R47).

pub mod bank;

use core_payment::{Attempt, AttemptKind, Outcome};
use payment_domain::{AttemptId, Currency, Money};
use serde::{Deserialize, Serialize};

use super::{AttemptRef, ExternalSystem, Request, Response, Standing, Verb};

/// The mapping to the simulator's messages.
#[derive(Debug, Clone, Copy, Default)]
pub struct Simulator;

/// How an instrument makes the simulator behave.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Behaviour {
    /// Charges and says so.
    Approve,
    /// Refuses and says so.
    Decline,
    /// Charges and answers late.
    Slow,
    /// Charges and never answers the request.
    Unknown,
    /// Does not get the first request.
    Lost,
}

/// `POST /transfers`.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct TransferRequest {
    attempt: i64,
    direction: Direction,
    instrument: String,
    micros: i64,
    currency: String,
}

/// Which way the money goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Direction {
    /// From the holder of the instrument.
    Charge,
    /// Back to them.
    Refund,
}

/// A request that was understood.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Order {
    attempt: AttemptId,
    direction: Direction,
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

    fn request(&self, attempt: &Attempt) -> Request {
        let transfer = TransferRequest {
            attempt: attempt.id.value(),
            direction: match attempt.kind {
                AttemptKind::Charge => Direction::Charge,
                AttemptKind::Refund => Direction::Refund,
            },
            instrument: attempt.instrument.token().to_owned(),
            micros: attempt.amount.micros(),
            currency: attempt.amount.currency().as_str().to_owned(),
        };
        Request { verb: Verb::Submit, path: TRANSFERS.to_owned(), body: to_json(&transfer) }
    }

    fn parse(&self, response: &Response) -> Outcome {
        if response.status == 200 { outcome(&response.body) } else { Outcome::Unknown }
    }

    fn status_request(&self, attempt: &AttemptRef) -> Request {
        Request { verb: Verb::Read, path: format!("{TRANSFERS}/{}", attempt.id), body: Vec::new() }
    }

    fn parse_status(&self, response: &Response) -> Standing {
        match response.status {
            200 => Standing::Known(outcome(&response.body)),
            404 => Standing::NeverArrived,
            _ => Standing::Unclear,
        }
    }
}

impl Behaviour {
    /// The behaviour that an instrument's token asks for.
    fn of(token: &str) -> Option<Self> {
        match token {
            "approve" => Some(Self::Approve),
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
            direction: request.direction,
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
