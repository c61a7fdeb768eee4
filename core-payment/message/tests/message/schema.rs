//! The schema accepts what the parser accepts: what a partner validates is what is enforced.

use payment_message::canonical::scan;
use payment_message::message::Fault;
use payment_message::{Message, schema};

use super::{samples, xmllint};

/// What to replace in every sample that has it, and by what. Whether the result is still a message is for the parser
/// and for the schema to agree upon.
const CHANGES: &[(&str, &str)] = &[
    // amounts
    (">1.80<", ">1<"),
    (">1.80<", ">1.8<"),
    (">1.80<", ">1.800000<"),
    (">1.80<", ">1.8000000<"),
    (">1.80<", ">0.000001<"),
    (">1.80<", ">0<"),
    (">1.80<", ">0.00<"),
    (">1.80<", ">-1<"),
    (">1.80<", ">-0<"),
    (">1.80<", ">+1<"),
    (">1.80<", ">01<"),
    (">1.80<", ">1.<"),
    (">1.80<", ">.5<"),
    (">1.80<", ">1e3<"),
    (">1.80<", "> 1<"),
    (">1.80<", "><"),
    (">1.80<", ">999999999999.999999<"),
    (">1.80<", ">1000000000000<"),
    (">1.80<", ">99999999999999999999999999999999<"),
    (">0.00<", ">1<"),
    (">0.00<", ">-1<"),
    ("\"EUR\"", "\"XXX\""),
    ("\"EUR\"", "\"EURO\""),
    ("\"EUR\"", "\" EUR\""),
    (" currency=\"EUR\"", ""),
    ("currency=", "curency="),
    // ids and digests
    ("00000000000a<", "00000000000A<"),
    ("00000000000a<", "00000000000a <"),
    ("0192f0c1-9a00-7000-8000-00000000000a", "00000000-0000-0000-0000-000000000000"),
    ("0192f0c1-9a00-7000-8000-00000000000a", "ffffffff-ffff-ffff-ffff-ffffffffffff"),
    ("0192f0c1-9a00-7000-8000-00000000000a", "0192f0c19a007000800000000000000a"),
    ("igest>", "igest>0"),
    ("abab<", "ABAB<"),
    // parties, roles, numbers
    (">city-tram<", ">-tram<"),
    (">city-tram<", ">City<"),
    (">city-tram<", "><"),
    (">terminal<", ">operator:ledger<"),
    (">terminal<", ">operator:<"),
    (">terminal<", ">adapter:fax<"),
    (">terminal<", ">Terminal<"),
    ("<consumer>alice</consumer>", "<msisdn>+33612345678</msisdn>"),
    ("<consumer>alice</consumer>", "<msisdn>33612345678</msisdn>"),
    ("<consumer>alice</consumer>", "<msisdn>+33612345678</msisdn><consumer>alice</consumer>"),
    ("<consumer>alice</consumer>", "<consumer>alice</consumer><msisdn>+33612345678</msisdn>"),
    ("<consumer>alice</consumer>", ""),
    // times
    ("T07:", "T23:"),
    ("T07:", "T24:"),
    ("T07:", " 07:"),
    (".123Z", "Z"),
    (".123Z", ".123+00:00"),
    (".123Z", ".1234Z"),
    (".123Z<", ".123Z\n <"),
    ("2026-", "1969-"),
    ("2026-11-21", "2027-02-30"),
    ("2026-11-21", "2028-02-29"),
    ("2026-11-21", "2026-13-01"),
    ("2026-11-21", "0000-11-21"),
    // labels
    ("Tram ticket", "é&lt;€&gt;\u{1F600}"),
    ("Tram ticket", " Tram"),
    ("Tram ticket", "\u{A0}Tram"),
    ("Tram ticket", "a\u{A0}b"),
    ("Tram ticket", "a\u{2028}b"),
    ("Tram ticket", "a\tb"),
    ("Tram ticket", "a&#13;b"),
    ("Tram ticket", "a\u{85}b"),
    ("Tram ticket, 1 hour, zones A &amp; B", "x"),
    ("Tram ticket, 1 hour, zones A &amp; B", ""),
    // words
    (">catalogue<", ">single<"),
    (">catalogue<", ">Single<"),
    (">browser<", ">sms<"),
    (">browser<", ">SMS<"),
    (">step-up-required<", ">declined<"),
    (">step-up-required<", ">because<"),
    (">accepted<", ">pending<"),
    (">accepted<", ">Accepted<"),
    (">GOLDEN-INVITATION-1<", ">short<"),
    (">GOLDEN-INVITATION-1<", ">with space 1<"),
    // positions
    (">7232000000000000001<", ">9223372036854775807<"),
    (">7232000000000000001<", ">9223372036854775808<"),
    (">7232000000000000001<", ">0<"),
    (">7232000000000000001<", ">01<"),
    (">7232000000000000001<", ">+1<"),
    (">7232000000000000001<", ">\n1 <"),
    // base64
    (">bm90", ">bm\n90"),
    (">bm90", "> bm90"),
    (">bm90", ">bm9"),
    (">bm90", ">bm9*"),
    (">Y29kZSA3IG9mIDIwMjYtMTEtMjE=<", "><"),
    (">Y29kZSA3IG9mIDIwMjYtMTEtMjE=<", ">Y28=<"),
    (">Y29kZSA3IG9mIDIwMjYtMTEtMjE=<", ">Y29=<"),
    (">Y29kZSA3IG9mIDIwMjYtMTEtMjE=<", ">Y28<"),
    ("<evidence>Y29kZSA3IG9mIDIwMjYtMTEtMjE=</evidence>", ""),
    // structure
    ("<merchant>", "<merchant x=\"1\">"),
    ("<merchant>", "<merchant><b/>"),
    ("<merchant>", "<x/><merchant>"),
    ("<merchant>", "x<merchant>"),
    ("<merchant>", "\n <merchant>"),
    ("<merchant>", "<merchant xmlns=\"\">"),
    ("<merchant>city-tram</merchant>", ""),
    ("<merchant>city-tram</merchant>", "<merchant>city-tram</merchant><merchant>city-tram</merchant>"),
    ("<challenge>passkey</challenge>", ""),
    ("<rule>", "<rule2>"),
    (" xmlns=\"urn:meteore:payment:1\"", ""),
    (" xmlns=\"urn:meteore:payment:1\"", " xmlns=\"urn:meteore:payment:1\" id=\"a-1\""),
    (" xmlns=\"urn:meteore:payment:1\"", " xmlns=\"urn:meteore:payment:1\" id=\"1\""),
    (" xmlns=\"urn:meteore:payment:1\"", " xmlns=\"urn:meteore:payment:1\" id=\"\""),
    (" xmlns=\"urn:meteore:payment:1\"", " xmlns=\"urn:meteore:payment:1\" name=\"a\""),
];

#[test]
fn the_schema_and_the_parser_agree_on_every_change() {
    if xmllint::is_missing() {
        return;
    }
    for (from, to) in CHANGES {
        let mut applied = 0;
        for message in samples::all() {
            let body = String::from_utf8(message.to_canonical()).unwrap();
            if !body.contains(from) {
                continue;
            }
            applied += 1;
            let changed = body.replace(from, to);
            let parsed = parse(&changed);
            let complaint = xmllint::schema_complaint(changed.as_bytes());
            assert_eq!(
                parsed.is_ok(),
                complaint.is_none(),
                "{} with {from} → {to}: the parser says {parsed:?}, the schema says {complaint:?}",
                message.kind().as_str()
            );
        }
        assert!(applied > 0, "{from} is in no sample");
    }
}

/// What the parser says, short of contradictions between fields, which a schema cannot see.
fn parse(document: &str) -> Result<(), String> {
    let scanned = scan(document.as_bytes()).map_err(|error| error.to_string())?;
    match Message::parse(scanned.body()) {
        Err(error) if !matches!(error.fault(), Fault::Contradiction(_)) => Err(error.to_string()),
        _ => Ok(()),
    }
}

#[test]
fn the_published_schemas_are_the_ones_in_the_room() {
    assert!(schema::MESSAGES.contains("schemaLocation=\"xmldsig.xsd\""));
    assert!(schema::XMLDSIG.contains("targetNamespace=\"http://www.w3.org/2000/09/xmldsig#\""));
    for message in samples::all() {
        let declaration = format!("<xs:element name=\"{}\">", message.kind().as_str());
        assert!(schema::MESSAGES.contains(&declaration), "{declaration}");
    }
}
