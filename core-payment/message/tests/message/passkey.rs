//! The challenge that a passkey signs: of one message, whatever its evidence.

use std::collections::HashSet;

use payment_message::passkey_challenge;

use super::samples;

#[test]
fn the_challenge_leaves_the_evidence_out_and_nothing_else() {
    let mut kinds = HashSet::new();
    for samples::Sample { name, message } in samples::all() {
        let mut other = message.clone();
        let instructs = other.set_evidence(b"another proof".to_vec());
        assert_eq!(instructs, message.claim().is_some(), "{name}");
        assert_eq!(passkey_challenge(&other), passkey_challenge(&message), "{name}");
        if instructs {
            assert_eq!(other.claim().unwrap().evidence, b"another proof", "{name}");
            assert_ne!(other.digest(), message.digest(), "{name}");
            kinds.insert(message.kind().as_str());
        }
    }
    let expected = ["PaymentOrder", "TopUpOrder", "RedemptionOrder", "CouponOrder", "DisputeOrder"];
    assert_eq!(kinds, HashSet::from(expected));
}

#[test]
fn every_message_has_a_challenge_of_its_own() {
    let messages: HashSet<_> = samples::all().iter().map(|sample| sample.message.to_canonical()).collect();
    let challenges: HashSet<_> =
        samples::all().iter().map(|sample| passkey_challenge(&sample.message)).collect();
    assert_eq!(challenges.len(), messages.len());
}

/// Computed by another program from `golden/PaymentOrder.xml`, for whoever writes a third one.
#[test]
fn the_challenge_of_the_golden_order_is_known() {
    let challenge = passkey_challenge(&samples::order().into());
    let hex: String = challenge.iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(hex, "875c1ac79f6e1c9e83b0e2e41b3ca85f45c0ae27153060a8131491820640f89e");
}
