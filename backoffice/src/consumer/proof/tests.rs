use core_payment::passkey::CredentialId;
use payment_domain::{Currency, Money, RequestId, TopUpOrder};

use super::*;
use crate::words::Locale;

fn words() -> Words {
    Words::of(Locale::English)
}

fn buttons() -> Buttons {
    Buttons { passkey: "Pay with your passkey".into(), plain: "Pay".into() }
}

fn shown(passkey: Option<&str>, code: ByCode) -> Vec<(String, String, Weight)> {
    let ask = Ask { passkey: passkey.map(str::to_owned), code };
    let forms = forms(words(), &ask, "/pay/7", buttons()).into_iter().filter_map(|block| match block {
        Block::Form(form) => Some((form.action, form.submit, form.weight)),
        _ => None,
    });
    forms.collect()
}

#[test]
fn one_press_with_a_passkey_or_a_fresh_code_two_without() {
    let with_passkey = shown(Some("{}"), ByCode::Send);
    assert_eq!(with_passkey[0], ("/pay/7".into(), "Pay with your passkey".into(), Weight::Main));
    assert_eq!((with_passkey[1].0.as_str(), with_passkey[1].2), ("/pay/7/code", Weight::Quiet));
    assert_eq!(shown(None, ByCode::Entered), [("/pay/7".into(), "Pay".into(), Weight::Main)]);
    assert_eq!(shown(None, ByCode::Send)[0].0, "/pay/7/code");
    let entering = shown(None, ByCode::Enter("a…@example.org".into()));
    assert_eq!(entering[0], ("/pay/7".into(), "Pay".into(), Weight::Main));
    assert_eq!(entering[1].0, "/pay/7/code");
    assert!(shown(None, ByCode::NotEnough).is_empty());
}

#[test]
fn what_the_browser_says_is_read_and_nothing_else_is() {
    let text = r#"{"id":"AQI","rawId":"AQI","type":"public-key","response":
        {"clientDataJSON":"e30","authenticatorData":"AAA","signature":"MEU","userHandle":null},
        "clientExtensionResults":{},"authenticatorAttachment":"platform"}"#;
    let assertion = read_assertion(text).unwrap();
    assert_eq!((assertion.credential_id, assertion.client_data_json), (vec![1, 2], b"{}".to_vec()));
    for wrong in ["", "{}", "null", "<script>", r#"{"rawId":"!","response":{}}"#] {
        assert_eq!(read_assertion(wrong), None, "{wrong}");
    }
}

#[test]
fn the_challenge_is_made_of_the_message_and_only_the_holders_passkeys_are_asked() {
    let at = Timestamp::EPOCH;
    let order = |micros| {
        Message::TopUpOrder(TopUpOrder {
            top_up_id: RequestId::from_bytes([1; 16]),
            consumer: payment_domain::ConsumerId::parse("alice").unwrap(),
            amount: Money::from_micros(micros, Currency::EUR),
            authentication: Authentication {
                capability: Capability::Passkey,
                method: Method::Passkey,
                authenticated_at: at,
                evidence: Vec::new(),
            },
            created_at: at,
        })
    };
    let challenge = |message: &Message| URL_SAFE_NO_PAD.encode(passkey_challenge(message));
    assert_ne!(challenge(&order(1)), challenge(&order(2)));
    assert!(CredentialId::parse(&[1, 2]).is_ok());
    let none = Ways { passkeys: Vec::new(), entered_at: None, capability: Capability::Browser };
    assert_eq!(none.best(at).method, Method::OneTimeCode);
    assert_eq!(none.by_passkey(at), None);
}
