//! A message in the merchant's name on its way: signed and kept before it is sent, so that whoever sends it again, by a
//! second click or after a time-out, sends the same and gets the same answer (R42).

use actix_web::HttpResponse;
use payment_message::{Code, Message, Rejection, State, canonical};
use serde::Deserialize;

use super::{Shop, hosted, say};
use crate::consumer::instruction::fresh_id;
use crate::desk::DeskError;
use crate::page::{Notice, Page};
use crate::sales::Sale;
use crate::storage::merchant::{self as storage, ActRow};
use crate::web::{Fault, Visitor};

/// What is filled in to move money of a payment.
#[derive(Debug, Clone, Default, Deserialize)]
pub(super) struct Wanted {
    /// Of the message, made with the form: pressed twice it is one message.
    #[serde(default)]
    pub(super) id: String,
    #[serde(default)]
    pub(super) amount: String,
}

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

/// An id for the next message.
pub(super) fn new_id(visitor: &Visitor) -> Result<String, Fault> {
    Ok(fresh_id(&*visitor.portal().randomness, visitor.now())?.to_string())
}

/// Tells whoever pressed the button what became of it: at the payment if it was `done` (or is pending), else on the `form`
/// once more, with what is wrong.
pub(super) fn tell(
    visitor: &Visitor,
    sale: &Sale,
    (outcome, wanted): (Outcome, Wanted),
    done: impl FnOnce(bool) -> Notice,
    form: impl FnOnce(&Wanted, Option<String>) -> Page,
    without_key: impl FnOnce() -> Page,
) -> Result<HttpResponse, Fault> {
    let words = visitor.words();
    match outcome {
        Outcome::Done { pending } => Ok(visitor.go(format!("/payments/{}", sale.order), Some(done(pending)))),
        Outcome::Refused(rejection) => {
            // A refused message stays refused: the next try is a new one.
            let again = Wanted { id: new_id(visitor)?, ..wanted };
            visitor.show_again(form(&again, Some(say::refused(words, &rejection))))
        }
        Outcome::Unknown => {
            let mut page = form(&wanted, None);
            page.notice = Some(say::bad(words.say("merchant-send-again")));
            visitor.show_again(page)
        }
        Outcome::NoKey => visitor.show_again(without_key()),
    }
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
