//! A software authenticator, and every single check failing for its own reason.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{EcdsaKeyPair, KeyPair as _};

use super::*;
use crate::key::PrivateKey;

const RP: &str = "pay.example.org";
const ORIGIN: &str = "https://pay.example.org";
const CHALLENGE: [u8; 32] = [7; 32];

/// What is signed, before it is.
struct Draft {
    client: String,
    rp: &'static str,
    flags: u8,
    after: &'static [u8],
}

impl Draft {
    fn right() -> Self {
        Self { client: client("webauthn.get", &CHALLENGE, ORIGIN, ""), rp: RP, flags: 0b101, after: &[] }
    }

    fn sign(&self, pair: &EcdsaKeyPair) -> Assertion {
        let authenticator_data =
            [&sha256(self.rp.as_bytes()).as_bytes()[..], &[self.flags], &42_u32.to_be_bytes(), self.after]
                .concat();
        let hash = sha256(self.client.as_bytes());
        let signed = [&authenticator_data[..], hash.as_bytes()].concat();
        Assertion {
            credential_id: vec![1; 16],
            authenticator_data,
            client_data_json: self.client.clone().into_bytes(),
            signature: pair.sign(&SystemRandom::new(), &signed).unwrap().as_ref().to_vec(),
        }
    }
}

fn client(kind: &str, challenge: &[u8], origin: &str, more: &str) -> String {
    let challenge = URL_SAFE_NO_PAD.encode(challenge);
    format!(r#"{{"type":"{kind}","challenge":"{challenge}","origin":"{origin}"{more}}}"#)
}

fn pair() -> EcdsaKeyPair {
    PrivateKey::generate().unwrap().to_der_signing().unwrap()
}

fn key(pair: &EcdsaKeyPair) -> PasskeyKey {
    PasskeyKey::from_sec1(pair.public_key().as_ref()).unwrap()
}

fn here() -> RelyingParty {
    RelyingParty::new(RP, [ORIGIN, "https://m.pay.example.org:8444"]).unwrap()
}

#[test]
fn an_assertion_over_this_challenge_on_one_of_our_pages_holds() {
    let pair = pair();
    for (draft, backed_up) in [
        (Draft::right(), (false, false)),
        (Draft { flags: 0b1_1101, ..Draft::right() }, (true, true)),
        (Draft { flags: 0b1000_0101, after: &[0xa0], ..Draft::right() }, (false, false)),
        (
            Draft {
                client: client("webauthn.get", &CHALLENGE, "https://m.pay.example.org:8444", ""),
                ..Draft::right()
            },
            (false, false),
        ),
        (
            Draft {
                client: client(
                    "webauthn.get",
                    &CHALLENGE,
                    ORIGIN,
                    r#","crossOrigin":false,"tokenBinding":{"status":"supported"},"other":{"a":[1]}"#,
                ),
                ..Draft::right()
            },
            (false, false),
        ),
    ] {
        let signed = here().verify(&key(&pair), &CHALLENGE, &draft.sign(&pair));
        let (backup_eligible, backed_up) = backed_up;
        assert_eq!(signed, Ok(Signed { counter: 42, backup_eligible, backed_up }), "{}", draft.client);
    }
}

#[test]
fn whatever_is_not_as_it_should_be_is_named_although_it_is_signed() {
    let pair = pair();
    let with = |kind, challenge: &[u8], origin, more| client(kind, challenge, origin, more);
    let get = |more| Draft { client: with("webauthn.get", &CHALLENGE, ORIGIN, more), ..Draft::right() };
    let flags = |flags| Draft { flags, ..Draft::right() };
    let text = |client: &str| Draft { client: client.to_owned(), ..Draft::right() };
    let at = |origin| Draft { client: with("webauthn.get", &CHALLENGE, origin, ""), ..Draft::right() };
    let right = Draft::right().client;
    for (draft, error) in [
        (text("{}"), AssertionError::ClientData),
        (text("webauthn.get"), AssertionError::ClientData),
        (text(&format!("{right} ;")), AssertionError::ClientData),
        (get(r#","origin":"https://pay.example.org""#), AssertionError::ClientData),
        (get(r#","crossOrigin":"no""#), AssertionError::ClientData),
        (get(&format!(r#","x":"{}""#, "x".repeat(1024))), AssertionError::ClientData),
        (
            Draft { client: with("webauthn.create", &CHALLENGE, ORIGIN, ""), ..Draft::right() },
            AssertionError::Type,
        ),
        (
            Draft { client: with("payment.get", &CHALLENGE, ORIGIN, ""), ..Draft::right() },
            AssertionError::Type,
        ),
        (
            Draft { client: with("webauthn.get", &[8; 32], ORIGIN, ""), ..Draft::right() },
            AssertionError::Challenge,
        ),
        (
            Draft { client: with("webauthn.get", &[7; 31], ORIGIN, ""), ..Draft::right() },
            AssertionError::Challenge,
        ),
        (text(&right.replace(r#"","origin"#, r#"=","origin"#)), AssertionError::Challenge),
        (at("https://pay.example.com"), AssertionError::Origin),
        (at("http://pay.example.org"), AssertionError::Origin),
        (at("https://pay.example.org:8444"), AssertionError::Origin),
        (at("https://pay.example.org/"), AssertionError::Origin),
        (get(r#","crossOrigin":true"#), AssertionError::CrossOrigin),
        (get(r#","topOrigin":"https://news.example""#), AssertionError::CrossOrigin),
        (get(r#","tokenBinding":{"status":"present","id":"x"}"#), AssertionError::TokenBinding),
        (Draft { rp: "example.org", ..Draft::right() }, AssertionError::RelyingParty),
        (flags(0b100), AssertionError::NotPresent),
        (flags(0b001), AssertionError::NotVerified),
        (flags(0b1_0101), AssertionError::AuthenticatorData),
        (flags(0b1000_0101), AssertionError::AuthenticatorData),
        (flags(0b0100_0101), AssertionError::AuthenticatorData),
        (Draft { after: &[0], ..Draft::right() }, AssertionError::AuthenticatorData),
    ] {
        let verified = here().verify(&key(&pair), &CHALLENGE, &draft.sign(&pair));
        assert_eq!(verified, Err(error), "{} {:b}", draft.client, draft.flags);
    }
}

#[test]
fn what_was_altered_after_it_was_signed_does_not_verify() {
    let (pair, other) = (pair(), pair());
    let right = Draft::right().sign(&pair);
    let verify = |key: &PasskeyKey, assertion: &Assertion| here().verify(key, &CHALLENGE, assertion);
    assert_eq!(verify(&key(&other), &right), Err(AssertionError::Signature));
    let mut counted = right.clone();
    counted.authenticator_data[36] ^= 1;
    assert_eq!(verify(&key(&pair), &counted), Err(AssertionError::Signature));
    let mut spaced = right.clone();
    spaced.client_data_json.push(b' ');
    assert_eq!(verify(&key(&pair), &spaced), Err(AssertionError::Signature));
    for end in 0..right.signature.len() {
        let cut = Assertion { signature: right.signature[..end].to_vec(), ..right.clone() };
        assert_eq!(verify(&key(&pair), &cut), Err(AssertionError::Signature), "{end}");
    }
    for end in 0..37 {
        let cut = Assertion { authenticator_data: right.authenticator_data[..end].to_vec(), ..right.clone() };
        assert_eq!(verify(&key(&pair), &cut), Err(AssertionError::AuthenticatorData), "{end}");
    }
}

#[test]
fn where_it_was_made_is_not_asked_years_later_but_everything_else_is() {
    let pair = pair();
    let elsewhere = Draft {
        client: client("webauthn.get", &CHALLENGE, "https://old.example", ""),
        rp: "old.example",
        ..Draft::right()
    };
    assert!(key(&pair).proves(&CHALLENGE, &elsewhere.sign(&pair)).is_ok());
    assert_eq!(key(&pair).proves(&[8; 32], &elsewhere.sign(&pair)), Err(AssertionError::Challenge));
    let alone = Draft { flags: 0b100, ..Draft::right() };
    assert_eq!(key(&pair).proves(&CHALLENGE, &alone.sign(&pair)), Err(AssertionError::NotPresent));
}

#[test]
fn a_key_is_a_point_and_its_cose_form_is_the_one_that_authenticators_write() {
    let pair = pair();
    let point = pair.public_key().as_ref();
    let cose =
        |alg: u8| [&COSE_HEAD[..4], &[alg], &COSE_HEAD[5..], &point[1..33], COSE_Y, &point[33..]].concat();
    assert_eq!(PasskeyKey::from_cose(&cose(0x26)), Ok(key(&pair)));
    // EdDSA.
    assert_eq!(PasskeyKey::from_cose(&cose(0x27)), Err(InvalidPasskeyKey));
    assert_eq!(PasskeyKey::from_cose(&[&cose(0x26)[..], &[0]].concat()), Err(InvalidPasskeyKey));
    for end in 0..cose(0x26).len() {
        assert_eq!(PasskeyKey::from_cose(&cose(0x26)[..end]), Err(InvalidPasskeyKey), "{end}");
    }
    let mut off = key(&pair).point().to_vec();
    off[64] ^= 1;
    for bytes in [&off[..], &point[..64], &[0; 65], b""] {
        assert_eq!(PasskeyKey::from_sec1(bytes), Err(InvalidPasskeyKey));
    }
}

#[test]
fn a_relying_party_is_a_domain_and_pages_on_it() {
    for id in ["localhost", "example.org", "pay.example.org"] {
        assert!(RelyingParty::new(id, Vec::<String>::new()).is_ok(), "{id}");
    }
    for id in ["", "Example.org", "https://example.org", "example.org:443", "exämple.org", "a..b"] {
        assert_eq!(RelyingParty::new(id, [ORIGIN]), Err(InvalidRelyingParty::Id(id.to_owned())));
    }
    for (id, origin, fits) in [
        ("localhost", "https://localhost:8444", true),
        ("localhost", "http://localhost:8080", true),
        ("example.org", "https://pay.example.org", true),
        ("pay.example.org", "https://example.org", false),
        ("example.org", "https://badexample.org", false),
        ("example.org", "http://example.org", false),
        ("example.org", "https://example.org/", false),
        ("example.org", "https://example.org:443", false),
        ("example.org", "https://example.org:0", false),
        ("example.org", "https://example.org:", false),
        ("example.org", "https://user@example.org", false),
        ("example.org", "example.org", false),
    ] {
        let made = RelyingParty::new(id, [origin]);
        let expected = fits.then_some(()).ok_or(InvalidRelyingParty::Origin(origin.to_owned()));
        assert_eq!(made.map(|_| ()), expected, "{id} {origin}");
    }
    let nowhere = RelyingParty::new(RP, Vec::<String>::new()).unwrap();
    let pair = pair();
    let right = Draft::right().sign(&pair);
    assert_eq!(nowhere.verify(&key(&pair), &CHALLENGE, &right), Err(AssertionError::Origin));
}
