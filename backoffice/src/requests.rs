//! What a consumer writes to a merchant to get money back, as both of them read it: sealed in the database, opened here.
//!
//! What this must not do: move money, or say who asks. Start at [`Request`].

use payment_domain::{Currency, Label, Money, OrderId, Timestamp};
use payment_trust::Sealer;

use crate::say;
use crate::storage::request::{RequestRow, ToldRow};
use crate::web::Fault;

/// A request for money back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Request {
    /// Its number.
    pub(crate) id: i64,
    /// The payment that it is about.
    pub(crate) order: OrderId,
    /// What is asked for.
    pub(crate) amount: Money,
    /// What the consumer wrote.
    pub(crate) reason: String,
    /// What became of it.
    pub(crate) stands: Stands,
    pub(crate) asked_at: Timestamp,
    pub(crate) ended_at: Option<Timestamp>,
}

/// How a request stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Stands {
    /// The merchant has not answered.
    Open,
    /// Something came back after it was asked for.
    Granted,
    /// The merchant said no, and why.
    Declined(String),
    /// The consumer took it back.
    Withdrawn,
}

impl Request {
    /// Opens what is stored.
    pub(crate) fn open(sealer: &Sealer, row: &ToldRow) -> Result<Self, Fault> {
        let ToldRow { request, order, currency, refunded } = row;
        let order = <[u8; 16]>::try_from(order.as_slice()).map_err(Fault::internal)?;
        let currency = Currency::parse(currency).map_err(Fault::internal)?;
        let at = |millis| Timestamp::from_millis(millis).map_err(Fault::internal);
        Ok(Self {
            id: request.id,
            order: OrderId::from_bytes(order),
            amount: Money::from_micros(request.micros, currency),
            reason: text(sealer, &reason_of(request.id), &request.reason)?,
            stands: Stands::of(sealer, request, *refunded)?,
            asked_at: at(request.asked_at)?,
            ended_at: request.ended_at.map(at).transpose()?,
        })
    }

    /// Opens all of them.
    pub(crate) fn open_all(sealer: &Sealer, rows: &[ToldRow]) -> Result<Vec<Self>, Fault> {
        rows.iter().map(|row| Self::open(sealer, row)).collect()
    }

    /// Whether the merchant has to answer.
    pub(crate) fn is_open(&self) -> bool {
        self.stands == Stands::Open
    }
}

impl Stands {
    fn of(sealer: &Sealer, request: &RequestRow, refunded: i64) -> Result<Self, Fault> {
        match (request.state.as_str(), &request.answer) {
            // What came back a moment ago counts, even if the read model has not come to it.
            ("open", _) if refunded > request.refunded_before => Ok(Self::Granted),
            ("open", _) => Ok(Self::Open),
            ("granted", _) => Ok(Self::Granted),
            ("withdrawn", _) => Ok(Self::Withdrawn),
            ("declined", Some(answer)) => Ok(Self::Declined(text(sealer, &answer_of(request.id), answer)?)),
            _ => Err(Fault::internal("a stored request cannot be read back")),
        }
    }

    /// As it is written in files.
    pub(crate) const fn as_str(&self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Granted => "granted",
            Self::Declined(_) => "declined",
            Self::Withdrawn => "withdrawn",
        }
    }
}

/// What somebody typed, as one line; `None` if there is nothing, or too much.
pub(crate) fn one_line(text: &str) -> Option<Label> {
    Label::parse(&say::one_line(text)).ok()
}

/// Seals what a consumer wrote.
pub(crate) fn seal_reason(sealer: &Sealer, id: i64, reason: &Label) -> Result<Vec<u8>, Fault> {
    sealer.seal(&reason_of(id), reason.as_str().as_bytes()).map_err(Fault::internal)
}

/// Seals what a merchant wrote.
pub(crate) fn seal_answer(sealer: &Sealer, id: i64, answer: &Label) -> Result<Vec<u8>, Fault> {
    sealer.seal(&answer_of(id), answer.as_str().as_bytes()).map_err(Fault::internal)
}

fn text(sealer: &Sealer, context: &str, sealed: &[u8]) -> Result<String, Fault> {
    let plain = sealer.open(context, sealed).map_err(Fault::internal)?;
    std::str::from_utf8(&plain).map(str::to_owned).map_err(Fault::internal)
}

fn reason_of(id: i64) -> String {
    format!("refund_request.reason/{id}")
}

fn answer_of(id: i64) -> String {
    format!("refund_request.answer/{id}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sealer() -> Sealer {
        Sealer::from_key([7; 32]).unwrap()
    }

    fn row(state: &str, answer: Option<&str>) -> ToldRow {
        let label = |text| Label::parse(text).unwrap();
        let request = RequestRow {
            id: 7,
            payment: 1,
            consumer: 2,
            merchant: 3,
            micros: 1_800_000,
            refunded_before: 200_000,
            reason: seal_reason(&sealer(), 7, &label("It was raining")).unwrap(),
            state: state.to_owned(),
            answer: answer.map(|text| seal_answer(&sealer(), 7, &label(text)).unwrap()),
            asked_at: 1_000,
            ended_at: (state != "open").then_some(2_000),
        };
        ToldRow { request, order: vec![1; 16], currency: "EUR".to_owned(), refunded: 200_000 }
    }

    #[test]
    fn what_was_written_is_sealed_each_for_its_own_place() {
        let row = row("declined", Some("No refunds"));
        let request = Request::open(&sealer(), &row).unwrap();
        assert_eq!((request.reason.as_str(), request.amount.micros()), ("It was raining", 1_800_000));
        assert_eq!(request.stands, Stands::Declined("No refunds".to_owned()));
        assert!(!row.request.reason.windows(7).any(|bytes| bytes == b"raining"));
        let mut elsewhere = row.clone();
        elsewhere.request.id = 8;
        assert!(Request::open(&sealer(), &elsewhere).is_err(), "the words of another request");
        let mut swapped = row;
        swapped.request.answer = Some(swapped.request.reason.clone());
        assert!(Request::open(&sealer(), &swapped).is_err(), "one's words as the other's");
    }

    #[test]
    fn a_request_is_granted_when_something_came_back_since() {
        let stands = |state, refunded| {
            Request::open(&sealer(), &ToldRow { refunded, ..row(state, None) }).map(|request| request.stands)
        };
        assert_eq!(stands("open", 200_000).unwrap(), Stands::Open);
        assert_eq!(stands("open", 200_001).unwrap(), Stands::Granted);
        assert_eq!(stands("granted", 200_001).unwrap(), Stands::Granted);
        assert_eq!(stands("withdrawn", 900_000).unwrap(), Stands::Withdrawn);
        assert!(stands("declined", 200_000).is_err(), "without words");
        assert!(stands("lost", 200_000).is_err());
    }

    #[test]
    fn words_are_one_line_that_is_not_too_long() {
        assert_eq!(one_line(" It never\n came. ").unwrap().as_str(), "It never came.");
        assert!(one_line(" \n ").is_none() && one_line(&"x".repeat(121)).is_none());
    }
}
