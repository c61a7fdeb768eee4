//! A message in the merchant's name on its way: signed and kept before it is sent, so that whoever sends it again, by a
//! second click or after a time-out, sends the same and gets the same answer (R42).

use payment_message::{Code, Message, Rejection, State, canonical};

use super::{Shop, hosted};
use crate::desk::DeskError;
use crate::storage::merchant::{self as storage, ActRow};
use crate::web::{Fault, Visitor};

/// What became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Outcome {
    /// Done, or begun at an external system that has not answered yet.
    Done {
        /// Whether that system still has to answer.
        pending: bool,
    },
    /// Refused; nothing was moved.
    Refused(Rejection),
    /// Nothing is known: the same may be sent again.
    Unknown,
    /// The portal has no key to sign with.
    NoKey,
}

/// Signs a message of this kind as the visitor's merchant, keeps it and sends it. What was kept before under its id is sent
/// instead: says what that was.
pub(super) async fn perform(
    visitor: &Visitor,
    shop: &Shop,
    kind: &'static str,
    message: &Message,
) -> Result<(Outcome, Message), Fault> {
    let person = visitor.need_person()?;
    let merchant = person.party_number;
    let Some(credential) = hosted::credential(visitor, &*shop.authority, merchant).await? else {
        return Ok((Outcome::NoKey, message.clone()));
    };
    let id = message.id().ok_or_else(|| Fault::internal("a message without an id"))?;
    let row = ActRow {
        id: id.as_bytes().to_vec(),
        merchant,
        person: person.id,
        kind: kind.to_owned(),
        document: message.sign(&credential).map_err(Fault::internal)?,
        state: "sent".to_owned(),
        made_at: visitor.now().as_millis(),
    };
    let kept = visitor.write(move |tx| storage::keep_act(tx, &row)).await?.ok_or(Fault::NotFound)?;
    let scanned = canonical::scan(&kept.document).map_err(Fault::internal)?;
    let sent = Message::parse(scanned.body()).map_err(Fault::internal)?;
    let answered = match shop.desk.send_signed(&kept.document).await {
        Ok(answered) => answered,
        Err(DeskError::Door(_)) => return Ok((Outcome::Unknown, sent)),
        Err(error) => return Err(Fault::internal(error)),
    };
    let outcome = Outcome::of(answered.message);
    let state = match &outcome {
        Outcome::Done { .. } => "done",
        Outcome::Refused(_) => "refused",
        Outcome::Unknown | Outcome::NoKey => return Ok((outcome, sent)),
    };
    visitor.write(move |tx| storage::end_act(tx, merchant, &kept.id, state)).await?;
    Ok((outcome, sent))
}

impl Outcome {
    fn of(answer: Message) -> Self {
        match answer {
            Message::Rejection(rejection) => match rejection.code {
                Code::Unavailable | Code::TooManyRequests => Self::Unknown,
                _ => Self::Refused(rejection),
            },
            Message::StatusReport(report) => match report.state {
                State::Pending => Self::Done { pending: true },
                State::Unknown | State::Refused => Self::Unknown,
                _ => Self::Done { pending: false },
            },
            _ => Self::Done { pending: false },
        }
    }
}
