use payment_domain::{
    ConsumerId, Currency, Digest, DisputeId, LedgerPosition, Money, TopUpOrder, TopUpReceipt,
};
use payment_message::{MessageId, StatusReport};

use super::*;
use crate::web::NoRandomness;

struct Zeros;

impl Randomness for Zeros {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), NoRandomness> {
        bytes.fill(0);
        Ok(())
    }
}

fn now() -> Timestamp {
    Timestamp::parse("2026-11-21T09:00:00.000Z").unwrap()
}

fn eur(micros: i64) -> Money {
    Money::from_micros(micros, Currency::EUR)
}

fn top_up() -> TopUpOrder {
    TopUpOrder {
        top_up_id: RequestId::from_bytes([1; 16]),
        consumer: ConsumerId::parse("alice").unwrap(),
        amount: eur(20_000_000),
        authentication: Authentication {
            capability: Capability::Passkey,
            method: Method::Passkey,
            authenticated_at: now(),
            evidence: Vec::new(),
        },
        created_at: now(),
    }
}

fn report(in_reply_to: MessageId, subject: MessageId, state: State) -> Message {
    Message::StatusReport(StatusReport {
        in_reply_to,
        subject,
        state,
        amount: None,
        refunded: None,
        receipt_digest: None,
        action_url: None,
        reported_at: now(),
    })
}

#[test]
fn ids_are_of_version_7_and_in_the_order_of_time() {
    let first = fresh_id(&Zeros, now()).unwrap();
    let second = fresh_id(&Zeros, now().saturating_add_millis(1)).unwrap();
    assert!(first < second);
    let text = first.to_string();
    assert_eq!((&text[14..15], &text[19..20]), ("7", "8"), "{text}");
    // 2026-11-21T09:00:00Z in milliseconds.
    assert_eq!(text[..13].replace('-', ""), format!("{:012x}", now().as_millis()));
}

#[test]
fn what_was_sealed_for_one_instruction_is_of_no_use_for_another() {
    let sealer = Sealer::from_key([7; 32]).unwrap();
    let (one, other) = (RequestId::from_bytes([1; 16]), RequestId::from_bytes([2; 16]));
    let sealed = seal(&sealer, one, b"<Order/>").unwrap();
    assert_eq!(sealer.open(&context(one), &sealed).unwrap().as_slice(), b"<Order/>");
    assert!(sealer.open(&context(other), &sealed).is_err());
    assert!(open_answer(&sealer, one, &sealed).is_err(), "an instruction is no answer");
}

#[test]
fn a_passkey_adds_its_proof_and_changes_nothing_else() {
    let assertion = Assertion {
        credential_id: vec![1; 16],
        authenticator_data: vec![2; 37],
        client_data_json: b"{}".to_vec(),
        signature: vec![4; 71],
    };
    let challenge = payment_message::passkey_challenge(&Message::TopUpOrder(top_up()));
    let mut message = Message::TopUpOrder(top_up());
    assert!(assertion.attach(&mut message).unwrap());
    assert_eq!(payment_message::passkey_challenge(&message), challenge);
}

#[test]
fn with_a_code_the_message_is_made_when_it_is_confirmed() {
    let later = now().saturating_add_millis(60_000);
    let by_code = Authentication {
        capability: Capability::Browser,
        method: Method::OneTimeCode,
        authenticated_at: later,
        evidence: b"one-time code".to_vec(),
    };
    let Message::TopUpOrder(order) = stamped(Message::TopUpOrder(top_up()), &by_code, later, later) else {
        panic!("another message")
    };
    assert_eq!((order.authentication, order.created_at), (by_code, later));
    assert_eq!((order.top_up_id, order.amount), (top_up().top_up_id, top_up().amount));
}

#[test]
fn an_answer_is_final_or_it_is_asked_for_again() {
    let order = MessageId::from(RequestId::from_bytes([1; 16]));
    let dispute = MessageId::from(DisputeId::from_bytes([2; 16]));
    assert_eq!(Outcome::of(report(order, order, State::Pending)), Outcome::Pending(None));
    assert!(
        matches!(Outcome::of(report(dispute, order, State::Pending)), Outcome::Done(_)),
        "a dispute is open"
    );
    assert!(matches!(Outcome::of(report(order, order, State::Authorised)), Outcome::Done(_)));
    assert_eq!(Outcome::of(report(order, order, State::Unknown)), Outcome::Unknown);
    let rejection = |code| {
        Outcome::of(Message::Rejection(Rejection {
            in_reply_to: None,
            request_digest: None,
            code,
            reason: payment_domain::Label::parse("No.").unwrap(),
            field: None,
            challenge: None,
            rule: None,
            rejected_at: now(),
        }))
    };
    for code in [Code::Unavailable, Code::TooManyRequests] {
        assert_eq!(rejection(code), Outcome::Unknown, "{code} says nothing about the message");
    }
    for code in [Code::Declined, Code::MessageStale, Code::StepUpRequired] {
        assert!(matches!(rejection(code), Outcome::Refused(_)), "{code}");
    }
    let receipt = TopUpReceipt {
        top_up_id: RequestId::from_bytes([1; 16]),
        top_up_digest: Digest::new([1; 32]),
        consumer: ConsumerId::parse("alice").unwrap(),
        amount: eur(1),
        balance: eur(1),
        topped_up_at: now(),
        position: LedgerPosition::new(1).unwrap(),
    };
    assert!(matches!(Outcome::of(Message::TopUpReceipt(receipt)), Outcome::Done(_)));
}
