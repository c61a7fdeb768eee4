use payment_domain::{
    Authentication, Capability, ConsumerId, Currency, DisputeId, DisputeOrder, Label, Method, OrderId,
    Timestamp,
};
use payment_message::Code;

use super::*;
use crate::page::html;
use crate::words::Locale;

fn dispute(reason: &str) -> Message {
    Message::DisputeOrder(DisputeOrder {
        dispute_id: DisputeId::from_bytes([1; 16]),
        consumer: ConsumerId::parse("alice").unwrap(),
        order_id: OrderId::from_bytes([2; 16]),
        amount: Money::from_micros(2_400_000, Currency::EUR),
        reason: Label::parse(reason).unwrap(),
        authentication: Authentication {
            capability: Capability::Browser,
            method: Method::OneTimeCode,
            authenticated_at: Timestamp::EPOCH,
            evidence: Vec::new(),
        },
        created_at: Timestamp::EPOCH,
    })
}

fn rendered(page: &Page) -> String {
    html::render(page, &crate::page::Frame::default()).unwrap()
}

fn words() -> Words {
    Words::of(Locale::English)
}

#[test]
fn hostile_words_stay_words() {
    let ask = Ask { passkey: None, code: ByCode::Send };
    let page =
        confirm_page(words(), &dispute("<script>alert(1)</script>\" onload=\"x"), &ask, "/instructions/7");
    let text = rendered(&page);
    assert!(!text.contains("<script>alert") && !text.contains("\" onload"), "{text}");
    assert!(text.contains("&#60;script&#62;"));
}

#[test]
fn every_end_has_words_and_a_way_on() {
    let rejection = payment_message::Rejection {
        in_reply_to: None,
        request_digest: None,
        code: Code::DisputeOpen,
        reason: Label::parse("No.").unwrap(),
        field: None,
        challenge: None,
        rule: None,
        rejected_at: Timestamp::EPOCH,
    };
    for outcome in [
        Outcome::Pending(None),
        Outcome::Pending(Some("https://bank.example/3ds".to_owned())),
        Outcome::Refused(rejection),
        Outcome::Unknown,
    ] {
        let page = ended_page(words(), &dispute("late"), &outcome);
        assert!(page.state.is_some() || page.notice.is_some(), "{outcome:?}");
        assert!(page.blocks.iter().any(|block| matches!(block, Block::Actions(links) if !links.is_empty())));
    }
    let asked = rendered(&ended_page(
        words(),
        &dispute("late"),
        &Outcome::Pending(Some("https://bank.example/3ds".into())),
    ));
    assert!(asked.contains("https://bank.example/3ds"));
    let odd = rendered(&ended_page(
        words(),
        &dispute("late"),
        &Outcome::Pending(Some("javascript:alert(1)".into())),
    ));
    assert!(!odd.contains("javascript:"), "{odd}");
}
