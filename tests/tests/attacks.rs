//! The table of attacks against both engines. Through the HTTPS door it runs with the flows.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use payment_domain::{PartyId, Role, Timestamp};
use payment_message::envelope::sign;
use payment_message::{Code, SignatureEngine, StrictEngine, VerifyError};
use payment_trust::{
    Authority, Chain, Credential, PrivateKey, Revocation, RevocationReason, SenderCache, Validity,
    XmlsecEngine,
};
use tests::attacks::{Attack, attacks, partner_document};

const BODY: &str = concat!(
    r#"<PaymentOrder xmlns="urn:meteore:payment:1"><orderId>01993d5e-7c1a-7000-8000-000000000001</orderId>"#,
    r#"<consumer>ada</consumer><merchant>tram</merchant><amount currency="EUR">125.40</amount></PaymentOrder>"#
);
const DAY: Duration = Duration::from_secs(24 * 3600);

fn now() -> Timestamp {
    Timestamp::parse("2026-11-21T07:29:25.123Z").unwrap()
}

fn later(by: Duration) -> Timestamp {
    now().saturating_add_millis(i64::try_from(by.as_millis()).unwrap())
}

/// An authority and everybody who is registered with it.
struct World {
    issuing: Authority,
    chain: Chain,
    signer: Credential,
}

impl World {
    fn new() -> Self {
        let (root_key, issuing_key) = (PrivateKey::generate().unwrap(), PrivateKey::generate().unwrap());
        let validity = Validity::starting(now(), 10 * DAY).unwrap();
        let root = Authority::root("Root", &root_key, validity).unwrap();
        let issuing =
            root.certify_authority("Issuing", &issuing_key.public_key().unwrap(), validity).unwrap();
        let chain = Chain::new(root.certificate().clone(), issuing.clone()).unwrap();
        let issuing = Authority::new(issuing, &issuing_key).unwrap();
        let signer = credential(&issuing, "kiosk");
        Self { issuing, chain, signer }
    }

    fn senders(&self, revoked: bool) -> SenderCache {
        let revocation = Revocation { at: now(), reason: RevocationReason::KeyCompromise };
        let serial = self.signer.certificate().serial();
        let revoked = revoked.then_some((serial, revocation));
        let list = self.issuing.revocation_list(1, revoked, now(), later(9 * DAY)).unwrap();
        let (fingerprint, der) =
            (self.signer.certificate().fingerprint(), Arc::clone(self.signer.certificate().der()));
        SenderCache::new(self.chain.clone(), list, 16, move |asked| {
            Ok((asked == fingerprint).then(|| der.to_vec()))
        })
    }
}

fn credential(issuing: &Authority, name: &str) -> Credential {
    let key = PrivateKey::generate().unwrap();
    let (party, role) = (PartyId::parse(name).unwrap(), Role::parse("adapter:sms").unwrap());
    let validity = Validity::starting(now(), DAY).unwrap();
    let certificate = issuing.certify(&party, &role, &key.public_key().unwrap(), validity).unwrap();
    Credential::new(key, certificate).unwrap()
}

fn engines() -> [Box<dyn SignatureEngine>; 2] {
    [Box::new(StrictEngine), Box::new(XmlsecEngine::start().unwrap())]
}

#[test]
fn both_engines_refuse_every_attack_and_accept_the_document_it_was_made_from() {
    let world = World::new();
    let (senders, stranger) = (world.senders(false), credential(&world.issuing, "stranger"));
    let signed = sign(BODY.as_bytes(), &world.signer).unwrap();
    let attacks = attacks(BODY.as_bytes(), &world.signer, &stranger);
    assert!(attacks.iter().all(|attack| attack.document != signed));
    for engine in engines() {
        let name = engine.name();
        assert_eq!(engine.verify(&signed, &senders.at(now())).unwrap().body(), BODY.as_bytes(), "{name}");
        let wrong: Vec<_> =
            attacks.iter().filter_map(|attack| wrong_answer(&*engine, attack, &senders)).collect();
        assert!(wrong.is_empty(), "{name}: {wrong:#?}");
    }
}

/// What is wrong with an engine's answer. The strict engine may always pass a document on to the other one.
fn wrong_answer(engine: &dyn SignatureEngine, attack: &Attack, senders: &SenderCache) -> Option<String> {
    match engine.verify(&attack.document, &senders.at(now())) {
        Ok(_) => Some(format!("accepts {}", attack.name)),
        Err(VerifyError::OutsideProfile(_)) if engine.name() == "strict" => None,
        Err(error) if attack.expected.contains(&error.code()) => None,
        Err(error) => Some(format!("refuses {} with {error:?}", attack.name)),
    }
}

#[test]
fn what_partners_sign_by_id_is_accepted_so_that_attacks_on_it_mean_something() {
    let world = World::new();
    let senders = world.senders(false);
    let document = partner_document(BODY.as_bytes(), &world.signer);
    let [strict, xmlsec] = engines();
    assert!(matches!(strict.verify(&document, &senders.at(now())), Err(VerifyError::OutsideProfile(_))));
    let authentic = xmlsec.verify(&document, &senders.at(now())).unwrap();
    assert!(authentic.body().windows(12).any(|window| window == b"id=\"order-1\""));
}

#[test]
fn both_engines_refuse_revoked_expired_and_premature_certificates() {
    let world = World::new();
    let signed = sign(BODY.as_bytes(), &world.signer).unwrap();
    let (good, revoked) = (world.senders(false), world.senders(true));
    for engine in engines() {
        let code = |senders: &SenderCache, at| engine.verify(&signed, &senders.at(at)).unwrap_err().code();
        assert_eq!(code(&revoked, now()), Code::CertificateRevoked);
        assert_eq!(code(&good, later(2 * DAY)), Code::CertificateExpired);
        assert_eq!(code(&good, now().saturating_add_millis(-5_000)), Code::CertificateExpired);
        assert!(engine.verify(&signed, &good.at(now())).is_ok());
    }
}

#[test]
fn every_attack_has_a_name_of_its_own() {
    let world = World::new();
    let attacks = attacks(BODY.as_bytes(), &world.signer, &credential(&world.issuing, "stranger"));
    let names: HashSet<_> = attacks.iter().map(|attack| attack.name).collect();
    assert_eq!(names.len(), attacks.len());
    assert!(attacks.iter().all(|attack| !attack.expected.is_empty()));
}
