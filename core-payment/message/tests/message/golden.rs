//! One signed document of each kind, kept in `golden/`, and of each other form that some have: what is on the wire does
//! not change unnoticed.

use std::collections::BTreeSet;
use std::path::PathBuf;

use payment_message::{Kind, StrictEngine, open};

use super::party::{Party, Registry};
use super::samples::Sample;
use super::{samples, xmllint};

#[test]
fn the_wire_form_of_every_message_is_as_it_was() {
    for Sample { name, message } in samples::all() {
        let document = message.sign(&Party::golden()).unwrap();
        if std::env::var_os("UPDATE_GOLDEN").is_some() {
            std::fs::write(path(&name), &document).unwrap();
        }
        let golden = std::fs::read(path(&name)).unwrap();
        assert_eq!(
            String::from_utf8(document).unwrap(),
            String::from_utf8(golden).unwrap(),
            "{name} changed; if that is meant, run the test with UPDATE_GOLDEN=1"
        );
    }
}

#[test]
fn every_golden_document_opens_as_the_message_it_was_made_from() {
    let registry = Registry::of(&[&Party::golden()]);
    for Sample { name, message } in samples::all() {
        let document = std::fs::read(path(&name)).unwrap();
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
    for Sample { name, message } in samples::all() {
        let document = std::fs::read(path(&name)).unwrap();
        assert_eq!(xmllint::schema_complaint(&document), None);
        assert_eq!(xmllint::schema_complaint(&message.to_canonical()), None);
    }
}

#[test]
fn there_is_a_golden_document_of_every_kind_and_none_without_its_sample() {
    let samples = samples::all();
    for kind in Kind::ALL {
        assert!(samples.iter().any(|sample| sample.name == kind.as_str()), "{kind:?}");
    }
    let documents = std::fs::read_dir(path("Offer").parent().unwrap()).unwrap();
    let found: BTreeSet<_> = documents
        .filter_map(|entry| entry.unwrap().file_name().to_str()?.strip_suffix(".xml").map(str::to_owned))
        .collect();
    assert_eq!(found, samples.into_iter().map(|sample| sample.name).collect());
}

fn path(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("golden").join(format!("{name}.xml"))
}
