//! Two engines and two canonicalisers on the same documents, valid and mutated: where they disagree, one of them can
//! be deceived.
//!
//! What must hold: whatever the strict engine accepts, the one over libxmlsec1 accepts with the same body; whatever the
//! strict engine refuses, except as outside its profile, the other one refuses too; and whatever our scanner reads,
//! libxml2 reads, with the same canonical form. `PROPTEST_CASES` runs it longer.

use std::collections::HashSet;
use std::sync::{Arc, LazyLock};

use payment_domain::{PartyId, Role, Timestamp};
use payment_message::canonical::scan;
use payment_message::envelope::sign;
use payment_message::{
    Kind, Message, Sender, SenderError, Senders, SignatureEngine, StrictEngine, VerifyError,
};
use payment_trust::oracle::libxml2_exc_c14n;
use payment_trust::{Authority, Credential, PrivateKey, Validity, XmlsecEngine};
use proptest::prelude::*;
use tests::attacks::partner_document;

/// Documents that are well-formed, each with something for a canonicaliser to do.
const SEEDS: [&str; 6] = [
    r#"<PaymentOrder xmlns="urn:meteore:payment:1"><merchant>tram</merchant><amount currency="EUR">125.40</amount></PaymentOrder>"#,
    r#"<m:Order xmlns:m="urn:m" xmlns:unused="urn:u" id='order-1' b="&#10;&quot;" a = "x &lt; y"><m:x/><y xmlns="urn:y"><z xmlns=""/></y></m:Order>"#,
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\r\n<a xmlns='urn:a'\r\n c='1\t2'>\r\n text &amp; &#xD; &gt; <b xmlns='urn:a'>\u{e9}\u{1F600}</b >\r</a>\n",
    r#"<a xmlns:p="urn:1" xmlns:q="urn:2"><p:b q:c="1" p:c="2" c="3" xml:lang="fr"><q:d xmlns:q="urn:3" q:e=""/></p:b><p:b/></a>"#,
    r#"<a><b xmlns="urn:b"><c xmlns=""><d xmlns="urn:b"/></c></b><b xmlns:x="urn:x" x:y=""><x:z xmlns:x="urn:x"/></b></a>"#,
    r#"<amount currency="EUR">1&#x2e;25</amount>"#,
];

/// What mutations put into documents.
const TOKENS: [&str; 40] = [
    " ",
    "\n",
    "\r\n",
    "\t",
    "\r",
    "&#10;",
    "&#13;",
    "&#x20;",
    "&amp;",
    "&lt;",
    "&gt;",
    "&quot;",
    "&apos;",
    "&",
    ";",
    "<",
    ">",
    "\"",
    "'",
    "/",
    "=",
    ":",
    "<x/>",
    "<x></x>",
    "</x>",
    "<!-- -->",
    "<![CDATA[x]]>",
    "<?x?>",
    "]]>",
    "\u{e9}",
    "\u{0}",
    "\u{fffe}",
    " xmlns=\"\"",
    " xmlns=\"urn:a\"",
    " xmlns:p=\"urn:1\"",
    " xmlns:m=\"urn:z\"",
    " p:a=\"1\"",
    " a=\"1\"",
    " id=\"order-1\"",
    " xml:space=\"preserve\"",
];

struct World {
    signer: Credential,
    xmlsec: XmlsecEngine,
}

static WORLD: LazyLock<World> = LazyLock::new(|| {
    let validity = Validity::starting(Timestamp::EPOCH, std::time::Duration::from_secs(1_000_000)).unwrap();
    let authority = Authority::root("Root", &PrivateKey::generate().unwrap(), validity).unwrap();
    let key = PrivateKey::generate().unwrap();
    let public = key.public_key().unwrap();
    let certificate =
        authority.certify(&PartyId::parse("tram").unwrap(), &Role::Merchant, &public, validity).unwrap();
    World { signer: Credential::new(key, certificate).unwrap(), xmlsec: XmlsecEngine::start().unwrap() }
});

impl Senders for World {
    fn sender(&self, certificate_hint: &[u8]) -> Result<Arc<Sender>, SenderError> {
        let certificate = self.signer.certificate();
        if certificate_hint != &certificate.der()[..] {
            return Err(SenderError::Unknown);
        }
        Ok(Arc::new(certificate.to_sender()))
    }
}

/// One change to a document.
#[derive(Debug, Clone)]
enum Mutation {
    Insert { at: prop::sample::Index, token: &'static str },
    Delete { at: prop::sample::Index, length: usize },
    Copy { from: prop::sample::Index, length: usize, to: prop::sample::Index },
    Flip { at: prop::sample::Index, bit: u8 },
}

fn mutation() -> impl Strategy<Value = Mutation> {
    let index = any::<prop::sample::Index>;
    prop_oneof![
        4 => (index(), prop::sample::select(&TOKENS[..])).prop_map(|(at, token)| Mutation::Insert { at, token }),
        2 => (index(), 1..30_usize).prop_map(|(at, length)| Mutation::Delete { at, length }),
        2 => (index(), 1..60_usize, index()).prop_map(|(from, length, to)| Mutation::Copy { from, length, to }),
        1 => (index(), 0..8_u8).prop_map(|(at, bit)| Mutation::Flip { at, bit }),
    ]
}

impl Mutation {
    fn apply(&self, document: &mut Vec<u8>) {
        let end = |start: usize, length: usize, document: &[u8]| (start + length).min(document.len());
        match self {
            Self::Insert { at, token } => {
                let at = at.index(document.len() + 1);
                document.splice(at..at, token.bytes());
            }
            Self::Delete { at, length } => {
                let at = at.index(document.len() + 1);
                document.drain(at..end(at, *length, document));
            }
            Self::Copy { from, length, to } => {
                let (from, to) = (from.index(document.len() + 1), to.index(document.len() + 1));
                let piece = document[from..end(from, *length, document)].to_vec();
                document.splice(to..to, piece);
            }
            Self::Flip { at, bit } if !document.is_empty() => {
                let at = at.index(document.len());
                document[at] ^= 1 << bit;
            }
            Self::Flip { .. } => {}
        }
    }
}

fn mutated(document: &[u8], mutations: &[Mutation]) -> Vec<u8> {
    let mut document = document.to_vec();
    mutations.iter().for_each(|mutation| mutation.apply(&mut document));
    document
}

/// The signature over a document's canonical form, put into the document as it is written.
fn signed_as_written(document: &[u8]) -> Option<Vec<u8>> {
    let scanned = scan(document).ok().filter(|scanned| scanned.signature().is_none())?;
    let signed = sign(scanned.body(), &WORLD.signer).ok()?;
    let start = find(&signed, b"<Signature xmlns=\"http://www.w3.org/2000/09/xmldsig#\">")?;
    let signature = &signed[start..start + find(&signed[start..], b"</Signature>")? + b"</Signature>".len()];
    let end_tag = document.windows(2).rposition(|window| window == b"</")?;
    Some([&document[..end_tag], signature, &document[end_tag..]].concat())
}

fn find(bytes: &[u8], part: &[u8]) -> Option<usize> {
    bytes.windows(part.len()).position(|window| window == part)
}

fn compare_engines(document: &[u8]) -> Result<bool, TestCaseError> {
    let strict = StrictEngine.verify(document, &*WORLD);
    let xmlsec = WORLD.xmlsec.verify(document, &*WORLD);
    let text = String::from_utf8_lossy(document);
    match (&strict, &xmlsec) {
        (Ok(strict), Ok(xmlsec)) => {
            prop_assert_eq!(strict.body(), xmlsec.body(), "two bodies of {}", text);
            prop_assert_eq!(strict.digest(), xmlsec.digest());
        }
        (Ok(_), Err(error)) => prop_assert!(false, "only strict accepts, xmlsec says {:?}: {}", error, text),
        (Err(VerifyError::OutsideProfile(_)), _) | (Err(_), Err(_)) => {}
        (Err(error), Ok(_)) => prop_assert!(false, "only xmlsec accepts, strict says {:?}: {}", error, text),
    }
    Ok(strict.is_ok())
}

fn cases() -> u32 {
    std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(1024)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), ..ProptestConfig::default() })]

    #[test]
    fn engines_agree_on_mutated_documents(
        seed in 0..SEEDS.len(),
        by_id in any::<bool>(),
        mutations in prop::collection::vec(mutation(), 0..4),
    ) {
        let body = scan(SEEDS[seed].as_bytes()).unwrap().into_body();
        let by_id = by_id && !body.windows(4).any(|window| window == b" id=");
        let document = if by_id { partner_document(&body, &WORLD.signer) } else { sign(&body, &WORLD.signer).unwrap() };
        compare_engines(&mutated(&document, &mutations))?;
    }

    #[test]
    fn engines_agree_on_documents_that_are_mutated_and_then_signed_as_written(
        seed in prop::sample::select(&SEEDS[..]),
        mutations in prop::collection::vec(mutation(), 0..6),
    ) {
        if let Some(document) = signed_as_written(&mutated(seed.as_bytes(), &mutations)) {
            compare_engines(&document)?;
        }
    }

    #[test]
    fn what_our_scanner_reads_libxml2_reads_with_the_same_canonical_form(
        seed in prop::sample::select(&SEEDS[..]),
        mutations in prop::collection::vec(mutation(), 0..6),
    ) {
        let document = mutated(seed.as_bytes(), &mutations);
        if let Ok(scanned) = scan(&document) {
            let theirs = libxml2_exc_c14n(&document);
            let text = String::from_utf8_lossy(&document);
            prop_assert_eq!(Ok(scanned.body()), theirs.as_deref(), "{}", text);
        }
    }
}

#[test]
fn every_seed_is_read_alike_and_accepted_by_both_engines_when_signed_as_written() {
    for seed in SEEDS {
        let document = signed_as_written(seed.as_bytes()).unwrap();
        assert!(compare_engines(&document).unwrap(), "{seed}");
        assert_eq!(
            libxml2_exc_c14n(seed.as_bytes()).unwrap(),
            scan(seed.as_bytes()).unwrap().body(),
            "{seed}"
        );
    }
}

/// Every message and form that there is, as it is signed here and as a partner signs it.
#[test]
fn every_golden_message_is_read_alike_and_accepted_by_both_engines() {
    let golden = concat!(env!("CARGO_MANIFEST_DIR"), "/../core-payment/message/golden");
    let mut kinds = HashSet::new();
    for entry in std::fs::read_dir(golden).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "xml") {
            continue;
        }
        let document = std::fs::read(&path).unwrap();
        let body = scan(&document).unwrap().into_body();
        assert_eq!(libxml2_exc_c14n(&body).unwrap(), body, "{}", path.display());
        let message = Message::parse(&body).unwrap();
        assert!(compare_engines(&sign(&body, &WORLD.signer).unwrap()).unwrap(), "{}", path.display());
        let by_id = WORLD.xmlsec.verify(&partner_document(&body, &WORLD.signer), &*WORLD).unwrap();
        assert_eq!(Message::parse(by_id.body()), Ok(message.clone()), "{}", path.display());
        kinds.insert(message.kind());
    }
    assert_eq!(kinds.len(), Kind::ALL.len());
}
