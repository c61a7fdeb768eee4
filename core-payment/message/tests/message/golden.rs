//! One signed document of each kind, kept in `golden/`: what is on the wire does not change unnoticed.

use std::path::PathBuf;

use payment_message::{Message, StrictEngine, open};

use super::party::{Party, Registry};
use super::{samples, xmllint};

#[test]
fn the_wire_form_of_every_message_is_as_it_was() {
    for message in samples::all() {
        let document = message.sign(&Party::golden()).unwrap();
        if std::env::var_os("UPDATE_GOLDEN").is_some() {
            std::fs::write(path(&message), &document).unwrap();
        }
        let golden = std::fs::read(path(&message)).unwrap();
        assert_eq!(
            String::from_utf8(document).unwrap(),
            String::from_utf8(golden).unwrap(),
            "{:?} changed; if that is meant, run the test with UPDATE_GOLDEN=1",
            message.kind()
        );
    }
}

#[test]
fn every_golden_document_opens_as_the_message_it_was_made_from() {
    let registry = Registry::of(&[&Party::golden()]);
    for message in samples::all() {
        let document = std::fs::read(path(&message)).unwrap();
        let verified = open(&StrictEngine, &document, &registry).unwrap();
        assert_eq!(verified.message(), &message);
        assert_eq!(verified.digest(), message.digest());
        assert_eq!(**verified.document(), *document);
    }
}

#[test]
fn every_golden_document_is_valid_by_the_schema() {
    if xmllint::is_missing() {
        return;
    }
    for message in samples::all() {
        let document = std::fs::read(path(&message)).unwrap();
        assert_eq!(xmllint::schema_complaint(&document), None);
        assert_eq!(xmllint::schema_complaint(&message.to_canonical()), None);
    }
}

fn path(message: &Message) -> PathBuf {
    let name = format!("{}.xml", message.kind().as_str());
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("golden").join(name)
}
