//! Both engines on the same documents: what they accept, and that neither believes a key it was not given.

use std::thread;

use payment_message::{SenderError, SignatureEngine, StrictEngine, VerifyError};
use payment_trust::{OfflineError, PathError, XmlsecEngine, verify_offline};

use crate::town::{Authorities, BODY, DAY, Registered, later, now, signed_by};

pub(crate) fn engines() -> [Box<dyn SignatureEngine>; 2] {
    [Box::new(StrictEngine), Box::new(XmlsecEngine::start().unwrap())]
}

#[test]
fn both_engines_accept_what_we_sign_and_give_back_the_body_that_was_hashed() {
    let authorities = Authorities::new();
    let tram = authorities.credential("merchant", "tram");
    let (document, senders) = (signed_by(&tram), Registered::new(&[tram.certificate()]));
    for engine in engines() {
        let authentic = engine.verify(&document, &senders).unwrap();
        assert_eq!(std::str::from_utf8(authentic.body()).unwrap(), BODY, "{}", engine.name());
        assert_eq!(authentic.digest(), payment_trust::sha256(BODY.as_bytes()));
        assert_eq!(authentic.sender().party().as_str(), "tram");
    }
}

#[test]
fn both_engines_refuse_every_altered_byte() {
    let authorities = Authorities::new();
    let tram = authorities.credential("merchant", "tram");
    let (document, senders) = (signed_by(&tram), Registered::new(&[tram.certificate()]));
    for engine in engines() {
        for position in 0..document.len() {
            let mut altered = document.clone();
            altered[position] ^= 0x01;
            assert!(engine.verify(&altered, &senders).is_err(), "{} byte {position}", engine.name());
        }
    }
}

#[test]
fn a_strangers_inline_certificate_is_worth_nothing() {
    let authorities = Authorities::new();
    let (tram, stranger) =
        (authorities.credential("merchant", "tram"), authorities.credential("merchant", "tram"));
    let senders = Registered::new(&[tram.certificate()]);
    for engine in engines() {
        let refused = engine.verify(&signed_by(&stranger), &senders).unwrap_err();
        assert_eq!(refused, VerifyError::Sender(SenderError::Unknown), "{}", engine.name());
    }
}

#[test]
fn a_registered_certificate_over_another_keys_signature_is_refused() {
    let authorities = Authorities::new();
    let (tram, stranger) =
        (authorities.credential("merchant", "tram"), authorities.credential("merchant", "other"));
    let senders = Registered::new(&[tram.certificate()]);
    let document = String::from_utf8(signed_by(&stranger)).unwrap();
    let armour = |credential: &payment_trust::Credential| {
        let pem = credential.certificate().to_pem();
        pem.lines().filter(|line| !line.starts_with('-')).collect::<String>()
    };
    let document = document.replace(&armour(&stranger), &armour(&tram));
    for engine in engines() {
        let refused = engine.verify(document.as_bytes(), &senders).unwrap_err();
        assert_eq!(refused, VerifyError::SignatureInvalid, "{}", engine.name());
    }
}

#[test]
fn the_xmlsec_engine_serves_many_threads_and_senders() {
    let authorities = Authorities::new();
    let engine = XmlsecEngine::start().unwrap();
    let credentials: Vec<_> = (0..8).map(|i| authorities.credential("merchant", &format!("m{i}"))).collect();
    let certificates: Vec<_> = credentials.iter().map(|credential| credential.certificate()).collect();
    let senders = Registered::new(&certificates);
    thread::scope(|scope| {
        for credential in &credentials {
            let (engine, senders) = (&engine, &senders);
            scope.spawn(move || {
                let document = signed_by(credential);
                for _ in 0..20 {
                    let authentic = engine.verify(&document, senders).unwrap();
                    assert_eq!(authentic.sender().party(), credential.certificate().party());
                }
            });
        }
    });
}

#[test]
fn offline_a_document_verifies_by_its_own_certificate_and_the_path_at_its_time() {
    let authorities = Authorities::new();
    let (chain, tram) = (authorities.chain(), authorities.credential("merchant", "tram"));
    let document = signed_by(&tram);
    for engine in engines() {
        let verify = |document: &[u8], at| verify_offline(&*engine, document, &chain, None, at);
        let authentic = verify(&document, now()).unwrap();
        assert_eq!(authentic.sender().role().to_string(), "merchant");
        assert!(matches!(verify(&document, later(2 * DAY)), Err(OfflineError::Path(PathError::Expired(_)))));
        let stranger = Authorities::new().credential("merchant", "tram");
        assert!(matches!(
            verify(&signed_by(&stranger), now()),
            Err(OfflineError::Path(PathError::Signature(_)))
        ));
        let altered = String::from_utf8(document.clone()).unwrap().replace("125.40", "1.40");
        assert!(matches!(
            verify(altered.as_bytes(), now()),
            Err(OfflineError::Document(VerifyError::DigestMismatch))
        ));
        assert!(matches!(verify(b"junk", now()), Err(OfflineError::Document(VerifyError::Malformed(_)))));
    }
}

#[cfg(feature = "oracle")]
#[test]
fn the_oracle_signs_templates_and_takes_the_signature_off_again() {
    use payment_trust::oracle::{Refused, libxml2_exc_c14n, sign_with_xmlsec};

    let authorities = Authorities::new();
    let tram = authorities.credential("merchant", "tram");
    let signed = String::from_utf8(signed_by(&tram)).unwrap();
    assert_eq!(libxml2_exc_c14n(signed.as_bytes()).unwrap(), BODY.as_bytes());

    // The same document with another digest and signature asked for: a template is a document with these left empty.
    let value = |name: &str| {
        let start = signed.find(&format!("<{name}>")).unwrap() + name.len() + 2;
        signed[start..].split('<').next().unwrap().to_owned()
    };
    let template = signed.replace(&value("SignatureValue"), "").replace(&value("DigestValue"), "");
    let key = tram.key().to_pem().unwrap();
    let again = sign_with_xmlsec(template.as_bytes(), key.as_bytes()).unwrap();
    let senders = Registered::new(&[tram.certificate()]);
    for engine in engines() {
        assert_eq!(engine.verify(&again, &senders).unwrap().body(), BODY.as_bytes(), "{}", engine.name());
    }

    assert_eq!(sign_with_xmlsec(BODY.as_bytes(), key.as_bytes()), Err(Refused));
    assert_eq!(sign_with_xmlsec(template.as_bytes(), b"no key"), Err(Refused));
    for bad in [&b"<a>"[..], b"<!DOCTYPE a><a/>", b"", b"<a>&x;</a>"] {
        assert_eq!(libxml2_exc_c14n(bad), Err(Refused));
    }
}
