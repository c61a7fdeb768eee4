//! An instruction of a consumer's on its way to the payment system.
//!
//! Open: the message and its id are in the database; a passkey can sign it, nobody has seen it. Sent: fixed for good, so that
//! whoever sends it again, after a time-out, a second click or by going back, sends the same message and gets the same answer
//! (R42). Done and refused: answered.
//!
//! What this must not do: change a message that was fixed, or show one to anybody but the person who gave it. Start at
//! [`Instruction::open`] and [`Instruction::send`].

use payment_domain::{Authentication, Capability, ConsumerId, Digest, Method, OrderId, RequestId, Timestamp};
use payment_message::passkey::Assertion;
use payment_message::{Code, Message, Rejection, State, StatusRequest};
use payment_trust::Sealer;

use super::Till;
use crate::desk::DeskError;
use crate::storage::checkout::{self, InstructionRow};
use crate::web::{Fault, Randomness, Visitor};

/// An instruction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Instruction {
    /// The id in the message.
    pub(crate) id: RequestId,
    /// Whose.
    pub(crate) person: i64,
    /// What will be sent, or was.
    pub(crate) message: Message,
    /// Of a payment: the offer.
    pub(crate) offer: Option<Digest>,
    /// Where the browser goes afterwards.
    pub(crate) back: Option<String>,
    /// How far it is.
    pub(crate) stage: Stage,
    /// When it was opened.
    pub(crate) made_at: Timestamp,
    /// Until when an open one can be confirmed.
    pub(crate) expires_at: Timestamp,
}

/// How far an instruction is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Stage {
    /// It waits for its consumer.
    Open,
    /// It was fixed, and perhaps sent; nothing final is known.
    Sent,
    /// It was done: the signed answer.
    Done(Vec<u8>),
    /// It was refused: the signed answer.
    Refused(Vec<u8>),
}

/// What became of an instruction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Done: what the payment system signed.
    Done(Message),
    /// An external system has not answered yet; perhaps the consumer has to confirm something there.
    Pending(Option<String>),
    /// Refused; nothing was moved.
    Refused(Rejection),
    /// Nothing is known: to be asked again.
    Unknown,
}

/// How a consumer proved that they mean it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Evidence {
    /// Their passkey signed this very message.
    Passkey(Assertion),
    /// A code that was sent to them came back.
    Code {
        /// When.
        at: Timestamp,
        /// Their session, so that it can be told which browser it was.
        session: Option<i64>,
        /// What the terminal can do.
        capability: Capability,
    },
}

/// What an instruction that is to be opened says besides its message.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Opening {
    /// Of a payment: the offer.
    pub(crate) offer: Option<Digest>,
    /// Where the browser goes afterwards.
    pub(crate) back: Option<String>,
}

impl Instruction {
    /// Keeps a message of the visitor's before it is signed. `None` if an order for the same offer was opened in another
    /// window at this very moment: then that one may be the one.
    pub(crate) async fn open(
        visitor: &Visitor,
        till: &Till,
        message: Message,
        opening: Opening,
    ) -> Result<Option<Self>, Fault> {
        let person = visitor.need_person()?.id;
        let id = message.id().map(|id| RequestId::from_bytes(*id.as_bytes()));
        let id = id.ok_or_else(|| Fault::internal("a message without an id"))?;
        let (now, expires_at) = (visitor.now(), visitor.now().saturating_add_millis(till.patience_ms()));
        let Opening { offer, back } = opening;
        let open = Self { id, person, message, offer, back, stage: Stage::Open, made_at: now, expires_at };
        let row = InstructionRow {
            id: id.as_bytes().to_vec(),
            person,
            kind: open.kind()?.to_owned(),
            offer: offer.map(|digest| digest.as_bytes().to_vec()),
            back: open.back.clone(),
            sealed: seal(visitor.store().sealer(), id, &open.message.to_canonical())?,
            state: "open".to_owned(),
            answer: None,
            made_at: now.as_millis(),
            expires_at: expires_at.as_millis(),
        };
        let kept = visitor.write(move |tx| checkout::keep(tx, &row)).await?;
        Ok(kept.then_some(open))
    }

    /// One of the visitor's instructions.
    pub(crate) async fn find(visitor: &Visitor, id: RequestId) -> Result<Option<Self>, Fault> {
        let person = visitor.need_person()?.id;
        let row = visitor.read(move |conn| checkout::instruction(conn, person, id.as_bytes())).await?;
        row.map(|row| Self::read(visitor.store().sealer(), row)).transpose()
    }

    /// The visitor's newest order for an offer.
    pub(crate) async fn newest_for(visitor: &Visitor, offer: Digest) -> Result<Option<Self>, Fault> {
        let person = visitor.need_person()?.id;
        let row = visitor.read(move |conn| checkout::newest_for(conn, person, offer.as_bytes())).await?;
        row.map(|row| Self::read(visitor.store().sealer(), row)).transpose()
    }

    /// Everything that the visitor has told the payment system here, the newest first, at most so many.
    pub(crate) async fn all(visitor: &Visitor, most: i64) -> Result<Vec<Self>, Fault> {
        let person = visitor.need_person()?.id;
        let rows = visitor.read(move |conn| checkout::all_of(conn, person, most)).await?;
        rows.into_iter().map(|row| Self::read(visitor.store().sealer(), row)).collect()
    }

    /// Whether it waited too long for its consumer.
    pub(crate) fn is_late(&self, now: Timestamp) -> bool {
        self.stage == Stage::Open && self.expires_at <= now
    }

    /// Fixes it with its proof, sends it, and says what became of it. What was fixed before is sent as it was.
    pub(crate) async fn send(
        mut self,
        visitor: &Visitor,
        till: &Till,
        evidence: &Evidence,
    ) -> Result<(Self, Outcome), Fault> {
        if self.stage == Stage::Open {
            let message = evidence.put_into(self.message.clone(), visitor.now(), till)?;
            let (person, id) = (self.person, self.id);
            let sealed = seal(visitor.store().sealer(), id, &message.to_canonical())?;
            let fixed = visitor.write(move |tx| checkout::fix(tx, person, id.as_bytes(), &sealed)).await?;
            if fixed {
                (self.message, self.stage) = (message, Stage::Sent);
            } else {
                // Somebody was faster: the same person, in another window or by a second click.
                self = Self::find(visitor, id).await?.ok_or(Fault::NotFound)?;
            }
        }
        let outcome = self.outcome(visitor, till).await?;
        Ok((self, outcome))
    }

    /// What became of it. As long as nothing final is known it is asked for, by sending the same message again.
    pub(crate) async fn outcome(&mut self, visitor: &Visitor, till: &Till) -> Result<Outcome, Fault> {
        match &self.stage {
            Stage::Open => return Ok(Outcome::Unknown),
            Stage::Done(document) | Stage::Refused(document) => return read_answer(document),
            Stage::Sent => {}
        }
        let answered = match till.desk.send(&self.message).await {
            Ok(answered) => answered,
            Err(DeskError::Door(_)) => return Ok(Outcome::Unknown),
            Err(error) => return Err(Fault::internal(error)),
        };
        let outcome = Outcome::of(answered.message);
        let state = match &outcome {
            Outcome::Done(_) => "done",
            Outcome::Refused(_) => "refused",
            Outcome::Pending(_) => return Ok(Outcome::Pending(self.action(visitor, till).await?)),
            Outcome::Unknown => return Ok(Outcome::Unknown),
        };
        let document = answered.document.to_vec();
        let sealed = seal_answer(visitor.store().sealer(), self.id, &document)?;
        let (person, id) = (self.person, self.id);
        visitor.write(move |tx| checkout::answered(tx, person, id.as_bytes(), (state, &sealed))).await?;
        self.stage = if state == "done" { Stage::Done(document) } else { Stage::Refused(document) };
        Ok(outcome)
    }

    /// Where the consumer has to confirm before an external system goes on (3-D Secure).
    async fn action(&self, visitor: &Visitor, till: &Till) -> Result<Option<String>, Fault> {
        let request = StatusRequest {
            request_id: fresh_id(&*visitor.portal().randomness, visitor.now())?,
            order_id: OrderId::from_bytes(*self.id.as_bytes()),
            created_at: visitor.now(),
        };
        match till.desk.send(&Message::StatusRequest(request)).await {
            Ok(answered) => match answered.message {
                Message::StatusReport(report) => Ok(report.action_url.map(|url| url.as_str().to_owned())),
                _ => Ok(None),
            },
            Err(DeskError::Door(_)) => Ok(None),
            Err(error) => Err(Fault::internal(error)),
        }
    }

    /// What it is about, in one word.
    pub(crate) fn kind(&self) -> Result<&'static str, Fault> {
        Ok(match self.message {
            Message::PaymentOrder(_) => "payment",
            Message::TopUpOrder(_) => "top-up",
            Message::RedemptionOrder(_) => "redemption",
            Message::CouponOrder(_) => "coupon",
            Message::DisputeOrder(_) => "dispute",
            _ => return Err(Fault::internal("no instruction of a consumer")),
        })
    }

    fn read(sealer: &Sealer, row: InstructionRow) -> Result<Self, Fault> {
        let corrupt = || Fault::internal("a stored instruction cannot be read back");
        let id = RequestId::from_bytes(row.id.try_into().map_err(|_| corrupt())?);
        let canonical = sealer.open(&context(id), &row.sealed).map_err(Fault::internal)?;
        let message = Message::parse(&canonical).map_err(Fault::internal)?;
        let answer = row.answer.map(|sealed| open_answer(sealer, id, &sealed)).transpose()?;
        let stage = match (row.state.as_str(), answer) {
            ("open", None) => Stage::Open,
            ("sent", None) => Stage::Sent,
            ("done", Some(document)) => Stage::Done(document),
            ("refused", Some(document)) => Stage::Refused(document),
            _ => return Err(corrupt()),
        };
        Ok(Self {
            id,
            person: row.person,
            message,
            offer: row.offer.map(|digest| Digest::from_slice(&digest)).transpose().map_err(|_| corrupt())?,
            back: row.back,
            stage,
            made_at: Timestamp::from_millis(row.made_at).map_err(|_| corrupt())?,
            expires_at: Timestamp::from_millis(row.expires_at).map_err(|_| corrupt())?,
        })
    }
}

impl Outcome {
    /// What an answer means.
    fn of(answer: Message) -> Self {
        match answer {
            Message::Rejection(rejection) => match rejection.code {
                // Neither says anything about the message: it may be sent again.
                Code::Unavailable | Code::TooManyRequests => Self::Unknown,
                _ => Self::Refused(rejection),
            },
            Message::StatusReport(report) => match report.state {
                State::Pending if report.subject == report.in_reply_to => Self::Pending(None),
                State::Unknown | State::Refused | State::Voided => Self::Unknown,
                // A dispute is open, or money was set aside: all that was asked for.
                _ => Self::Done(Message::StatusReport(report)),
            },
            receipt => Self::Done(receipt),
        }
    }
}

impl Evidence {
    /// The message as it is sent. A passkey has signed all of it but the proof; with a code it is made now.
    fn put_into(&self, mut message: Message, now: Timestamp, till: &Till) -> Result<Message, Fault> {
        match self {
            Self::Passkey(assertion) => {
                let fits = assertion.attach(&mut message).map_err(|_| Fault::invalid())?;
                if fits { Ok(message) } else { Err(Fault::internal("nobody authenticates this message")) }
            }
            Self::Code { at, session, capability } => {
                let words = format!("one-time-code at={at} session={}", session.unwrap_or_default());
                let authentication = Authentication {
                    capability: *capability,
                    method: Method::OneTimeCode,
                    authenticated_at: *at,
                    evidence: words.into_bytes(),
                };
                Ok(stamped(message, &authentication, now, now.saturating_add_millis(till.message_max_age_ms)))
            }
        }
    }
}

/// The message as if it was made now, by somebody who was authenticated in this way.
pub(crate) fn stamped(
    mut message: Message,
    authentication: &Authentication,
    now: Timestamp,
    expires_at: Timestamp,
) -> Message {
    match &mut message {
        Message::PaymentOrder(order) => {
            order.capability = authentication.capability;
            order.method = authentication.method;
            order.authenticated_at = authentication.authenticated_at;
            order.evidence.clone_from(&authentication.evidence);
            (order.created_at, order.expires_at) = (now, expires_at);
        }
        Message::TopUpOrder(order) => {
            (order.authentication, order.created_at) = (authentication.clone(), now);
        }
        Message::RedemptionOrder(order) => {
            (order.authentication, order.created_at) = (authentication.clone(), now);
        }
        Message::CouponOrder(order) => {
            (order.authentication, order.created_at) = (authentication.clone(), now);
        }
        Message::DisputeOrder(order) => {
            (order.authentication, order.created_at) = (authentication.clone(), now);
        }
        _ => {}
    }
    message
}

/// An id that nobody has used: UUID version 7 (RFC 9562 §5.7), whose order is that of time.
pub(crate) fn fresh_id(randomness: &dyn Randomness, now: Timestamp) -> Result<RequestId, Fault> {
    let mut bytes = [0_u8; 16];
    randomness.fill(&mut bytes).map_err(Fault::internal)?;
    let [_, _, a, b, c, d, e, f] = now.as_millis().to_be_bytes();
    let [t0, t1, t2, t3, t4, t5, version, _, variant, ..] = &mut bytes;
    (*t0, *t1, *t2, *t3, *t4, *t5) = (a, b, c, d, e, f);
    *version = (*version & 0x0f) | 0x70;
    *variant = (*variant & 0x3f) | 0x80;
    Ok(RequestId::from_bytes(bytes))
}

/// Who the visitor is to the payment system.
pub(crate) fn consumer(visitor: &Visitor) -> Result<ConsumerId, Fault> {
    Ok(ConsumerId::new(visitor.need_person()?.party.clone()))
}

fn read_answer(document: &[u8]) -> Result<Outcome, Fault> {
    // It was verified before it was kept.
    let scanned = payment_message::canonical::scan(document).map_err(Fault::internal)?;
    Ok(Outcome::of(Message::parse(scanned.body()).map_err(Fault::internal)?))
}

fn context(id: RequestId) -> String {
    format!("instruction/{id}")
}

fn seal(sealer: &Sealer, id: RequestId, canonical: &[u8]) -> Result<Vec<u8>, Fault> {
    sealer.seal(&context(id), canonical).map_err(Fault::internal)
}

fn seal_answer(sealer: &Sealer, id: RequestId, document: &[u8]) -> Result<Vec<u8>, Fault> {
    sealer.seal(&format!("instruction.answer/{id}"), document).map_err(Fault::internal)
}

fn open_answer(sealer: &Sealer, id: RequestId, sealed: &[u8]) -> Result<Vec<u8>, Fault> {
    let plain = sealer.open(&format!("instruction.answer/{id}"), sealed).map_err(Fault::internal)?;
    Ok(plain.to_vec())
}

#[cfg(test)]
mod tests;
