//! Codes that confirm an instruction, on the page of the instruction itself: sending one is the first press, entering it the
//! second (R58).
//!
//! What this must not do: count tries or compare codes. That is the business of whoever signs people in.

use actix_web::web::Data;
use payment_domain::Timestamp;

use crate::people::{self, Asked, Code, Entered, People, Purpose};
use crate::web::{Fault, LocalPath, Proof, Visitor};
use crate::words::Value;

/// Sends a code to where the visitor is reached; or why not, in words.
pub(crate) async fn send(
    visitor: &Visitor,
    people: &Data<People>,
    next: &str,
) -> Result<Result<(), String>, Fault> {
    let words = visitor.words();
    let reach = people::reach(visitor).await?;
    let next = LocalPath::or_first(Some(next));
    Ok(match people::ask(visitor, people, Purpose::Confirm, &reach, &next).await? {
        Asked::Sent => Ok(()),
        Asked::NotSent => Err(words.say("consumer-code-not-sent")),
        Asked::NotBefore(until) => {
            let at = Value::from(words.lately(until, visitor.now()));
            Err(words.say_with("consumer-code-not-before", &[("at", at)]))
        }
    })
}

/// To whom codes are sent, as they recognise it.
pub(crate) async fn sent_to(visitor: &Visitor) -> Result<String, Fault> {
    Ok(people::reach(visitor).await?.hint())
}

/// Enters a code: when it was right; or why not, in words.
pub(crate) async fn enter(visitor: &Visitor, text: &str) -> Result<Result<Timestamp, String>, Fault> {
    let words = visitor.words();
    let Some(code) = Code::parse(text) else { return Ok(Err(words.say("consumer-code-malformed"))) };
    Ok(match people::enter(visitor, &code).await? {
        Entered::Right(proved)
            if proved.purpose == Purpose::Confirm && proved.reach == people::reach(visitor).await? =>
        {
            // A new session under a new token, as after every proof of who somebody is.
            visitor.sign_in(visitor.need_person()?.id, Proof::Code).await?;
            Ok(visitor.now())
        }
        Entered::Right(_) | Entered::Over => Err(words.say("consumer-code-over")),
        Entered::Wrong(left) => Err(words.say_with("consumer-code-wrong", &[("left", Value::from(left))])),
        Entered::Locked(until) => {
            let at = Value::from(words.lately(until, visitor.now()));
            Err(words.say_with("consumer-code-not-before", &[("at", at)]))
        }
    })
}
