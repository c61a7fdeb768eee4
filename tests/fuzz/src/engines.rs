//! The two signature engines against each other, on documents that are almost right.
//!
//! An input is a document, which is stripped of its signature and signed anew, or a number of edits, the edits, and
//! such a document: the edits are made after signing. Bytes that are no document stand for one of our own, so that no
//! run is wasted on the scanner alone. Keys are made anew in every run, so none is kept in a file. An input that begins
//! with 0xFF is given to the engines as it is.

#![no_main]

use std::sync::{Arc, LazyLock};
use std::time::Duration;

use libfuzzer_sys::fuzz_target;
use payment_domain::{PartyId, Role, Timestamp};
use payment_message::canonical::scan;
use payment_message::envelope::sign;
use payment_message::{Authentic, Sender, SenderError, Senders, SignatureEngine, StrictEngine, VerifyError};
use payment_trust::{Authority, Credential, PrivateKey, Validity, XmlsecEngine};

const RAW: u8 = 0xff;
const EDIT_BYTES: usize = 4;
const OWN: [&[u8]; 3] = [
    include_bytes!("../../../core-payment/message/golden/PaymentOrder.xml"),
    include_bytes!("../../../core-payment/message/golden/Offer.xml"),
    b"<a xmlns=\"urn:a\" xmlns:b=\"urn:b\"><b:c b:d=\"1\" e=\"2\">&#13;&lt;</b:c><f xmlns=\"\"/></a>",
];
const SNIPPETS: [&[u8]; 12] = [
    b"<!-- -->",
    b"<!DOCTYPE a>",
    b"<?a b?>",
    b" ",
    b"\n",
    b"&#13;",
    b"<a/>",
    b" Id=\"a\"",
    b" xmlns:a=\"urn:a\"",
    b"<![CDATA[]]>",
    b"<Object xmlns=\"http://www.w3.org/2000/09/xmldsig#\"/>",
    b"=",
];

struct Town {
    credential: Credential,
    sender: Arc<Sender>,
    xmlsec: XmlsecEngine,
}

static TOWN: LazyLock<Town> = LazyLock::new(|| {
    let lifetime = Duration::from_secs(24 * 60 * 60);
    let validity = || Validity::starting(Timestamp::EPOCH, lifetime).expect("a day");
    let authority =
        Authority::root("Fuzz", &PrivateKey::generate().expect("a key"), validity()).expect("a root");
    let (key, party) = (PrivateKey::generate().expect("a key"), PartyId::parse("fuzz").expect("a name"));
    let public = key.public_key().expect("a public key");
    let certificate = authority.certify(&party, &Role::Terminal, &public, validity()).expect("a certificate");
    let der = Arc::clone(certificate.der());
    let (from, until) = (certificate.not_before(), certificate.not_after());
    Town {
        sender: Arc::new(Sender::new(party, Role::Terminal, der, Arc::new(public), from, until)),
        credential: Credential::new(key, certificate).expect("they belong together"),
        xmlsec: XmlsecEngine::start().expect("a thread"),
    }
});

/// Everybody is the one sender: this is about signatures, not about names.
impl Senders for Town {
    fn sender(&self, _: &[u8]) -> Result<Arc<Sender>, SenderError> {
        Ok(Arc::clone(&self.sender))
    }
}

fuzz_target!(|data: &[u8]| {
    let town = &*TOWN;
    let Some((document, edited)) = document(town, data) else { return };
    let strict = StrictEngine.verify(&document, town);
    let xmlsec = town.xmlsec.verify(&document, town);
    match (&strict, &xmlsec) {
        (Ok(ours), Ok(theirs)) => assert_eq!(seen(ours), seen(theirs)),
        (Ok(_), Err(error)) => panic!("only the strict engine accepts: xmlsec says {error}"),
        (Err(VerifyError::OutsideProfile(_)), _) | (Err(_), Err(_)) => {}
        (Err(error), Ok(_)) => panic!("only xmlsec accepts: the strict engine says {error}"),
    }
    assert!(edited || strict.is_ok(), "what was signed just now verifies: {strict:?}");
});

fn seen(authentic: &Authentic) -> (String, [u8; 32]) {
    (String::from_utf8_lossy(authentic.body()).into_owned(), *authentic.digest().as_bytes())
}

/// The document to verify, and whether it may differ from what was signed.
fn document(town: &Town, data: &[u8]) -> Option<(Vec<u8>, bool)> {
    let (first, rest) = data.split_first()?;
    if *first == RAW {
        return Some((rest.to_vec(), true));
    }
    let (edits, body) = if *first == b'<' {
        (&[][..], data)
    } else {
        rest.split_at_checked(usize::from(first % 8) * EDIT_BYTES)?
    };
    let own = OWN[usize::from(first / 8) % OWN.len()];
    let body = scan(body).or_else(|_| scan(own)).ok()?.into_body();
    let mut document = sign(&body, &town.credential).ok()?;
    for edit in edits.chunks_exact(EDIT_BYTES) {
        apply(edit, &mut document);
    }
    Some((document, !edits.is_empty()))
}

fn apply(edit: &[u8], document: &mut Vec<u8>) {
    let [kind, high, low, value] = *edit else { return };
    if document.is_empty() {
        return;
    }
    let at = (usize::from(high) << 8 | usize::from(low)) % document.len();
    match kind % 4 {
        0 => document[at] = value,
        1 => {
            let snippet = SNIPPETS[usize::from(value) % SNIPPETS.len()];
            document.splice(at..at, snippet.iter().copied());
        }
        2 => {
            let end = (at + usize::from(value)).min(document.len());
            document.drain(at..end);
        }
        _ => {
            let end = (at + usize::from(value)).min(document.len());
            let piece = document[at..end].to_vec();
            document.splice(at..at, piece);
        }
    }
}
