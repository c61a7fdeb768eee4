//! The schema accepts what the parser accepts: what a partner validates is what is enforced.

use payment_domain::{Bill, InclusionProof, PaymentOrder};
use payment_message::canonical::scan;
use payment_message::message::Fault;
use payment_message::{Kind, Message, schema};

use super::samples::Sample;
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
    // balances
    (">-0.005<", ">-0.0050<"),
    (">-0.005<", ">-999999999999.999999<"),
    (">-0.005<", ">-1000000000000<"),
    (">-0.005<", ">-0<"),
    (">-0.005<", ">-0.000000<"),
    (">-0.005<", ">0<"),
    (">-0.005<", ">0.004<"),
    (">-0.005<", ">-01<"),
    (">-0.005<", ">--1<"),
    (">-0.005<", ">-<"),
    (">-0.005<", ">- 1<"),
    (">-0.005<", ">-1.0000001<"),
    // rates
    (">0.9535<", ">1<"),
    (">0.9535<", ">999999999.999999999<"),
    (">0.9535<", ">0.000000001<"),
    (">0.9535<", ">0.95350<"),
    (">0.9535<", ">1000000000<"),
    (">0.9535<", ">0.0000000001<"),
    (">0.9535<", ">0<"),
    (">0.9535<", ">0.0<"),
    (">0.9535<", ">-1<"),
    (">0.9535<", ">01.5<"),
    (">0.9535<", ">1.<"),
    (">0.9535<", ">.5<"),
    (">0.9535<", "> 1<"),
    // counts
    (">3</count>", ">0</count>"),
    (">3</count>", "> 3\n</count>"),
    (">3</count>", ">18446744073709551615</count>"),
    (">3</count>", ">18446744073709551616</count>"),
    (">3</count>", ">03</count>"),
    (">3</count>", ">+3</count>"),
    (">3</count>", ">-3</count>"),
    (">3</count>", ">3.0</count>"),
    (">3</count>", "></count>"),
    (">500<", ">0<"),
    (">500<", ">4294967295<"),
    (">500<", ">4294967296<"),
    (">100000<", ">0<"),
    (">100000<", ">1<"),
    (">100000<", ">1000000<"),
    (">100000<", ">1000001<"),
    (">true<", ">false<"),
    (">true<", ">1<"),
    (">true<", "> true<"),
    (">CHF<", ">chf<"),
    (">CHF<", ">CHF <"),
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
    (">deferred<", ">immediate<"),
    (">deferred<", ">Deferred<"),
    (">held<", ">given<"),
    (">held<", ">lost<"),
    (">value<", ">discount<"),
    (">value<", ">money<"),
    (">pending<", ">authorised<"),
    (">pending<", ">voided<"),
    (">pending<", ">authorized<"),
    ("https://bank", "http://bank"),
    ("https://bank", "ftp://bank"),
    ("https://bank.example/", "https://bank.example/ "),
    ("https://bank.example/confirm?a=1&amp;b=2", "https://"),
    // what is there or not, and how often
    ("<capture>deferred</capture>", ""),
    ("<couponTransferable>true</couponTransferable>", ""),
    ("<couponExpiresAt>", "<capture>deferred</capture><couponExpiresAt>"),
    ("<rate>0.9535</rate>", ""),
    ("<quote>0192f0c1-9a00-7000-8000-00000000000f</quote>", ""),
    ("<coupon>0192f0c1-9a00-7000-8000-00000000000d</coupon>", ""),
    (
        "<coupon>0192f0c1-9a00-7000-8000-00000000000d</coupon>",
        "<coupon>0192f0c1-9a00-7000-8000-00000000000d</coupon><coupon>0192f0c1-9a00-7000-8000-00000000000d</coupon>",
    ),
    (
        "</coupon></PaymentOrder>",
        "</coupon><quote>0192f0c1-9a00-7000-8000-00000000000f</quote></PaymentOrder>",
    ),
    ("<claim>0192f0c1-9a00-7000-8000-000000000011</claim>", ""),
    ("<toConsumer>bob</toConsumer>", ""),
    ("<toConsumer>bob</toConsumer>", "<toMsisdn>+33612345678</toMsisdn>"),
    ("<toConsumer>bob</toConsumer>", "<toConsumer>bob</toConsumer><toMsisdn>+33612345678</toMsisdn>"),
    ("<refund>", "<gift>0192f0c1-9a00-7000-8000-00000000000d</gift><refund>"),
    ("<item>TRAM-1H</item>", ""),
    ("<discountPpm>", "<discount currency=\"EUR\">1</discount><discountPpm>"),
    ("<lineCount>", "<lineMerchant>a</lineMerchant><lineCount>"),
    ("<lineMerchant>kiosk-5</lineMerchant>", ""),
    ("<neighbour>", "<x/><neighbour>"),
    ("<neighbour>cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd</neighbour>", ""),
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
    let samples: Vec<_> = samples::all()
        .into_iter()
        .map(|Sample { name, message }| (name, String::from_utf8(message.to_canonical()).unwrap()))
        .collect();
    let mut changed = Vec::new();
    for (from, to) in CHANGES {
        let before = changed.len();
        for (name, body) in samples.iter().filter(|(_, body)| body.contains(from)) {
            changed.push((format!("{name} with {from} → {to}"), body.replace(from, to)));
        }
        assert!(changed.len() > before, "{from} is in no sample");
    }
    assert_agreement(&changed);
}

/// One of a series, by its number.
type Element = fn(usize) -> String;

/// Counts have their limits on both sides: one more is refused by the schema and by the parser.
#[test]
fn the_schema_and_the_parser_count_alike() {
    if xmllint::is_missing() {
        return;
    }
    let of = |name: &str| {
        let sample = samples::all().into_iter().find(|sample| sample.name == name).unwrap();
        String::from_utf8(sample.message.to_canonical()).unwrap()
    };
    let coupon = |number| format!("<coupon>0192f0c1-9a00-7000-8000-0000000001{number:02}</coupon>");
    let neighbour = |_| format!("<neighbour>{}</neighbour>", "ab".repeat(32));
    let line = |number| {
        format!(
            "<lineMerchant>m{number}</lineMerchant><lineCount>0</lineCount>\
             <lineAmount currency=\"EUR\">0.000001</lineAmount>"
        )
    };
    let cases: [(_, _, Element, _); 4] = [
        ("PaymentOrder", "</PaymentOrder>", coupon, PaymentOrder::MAX_COUPONS),
        ("PaymentReceipt", "</PaymentReceipt>", coupon, PaymentOrder::MAX_COUPONS),
        ("Bill-nothing", "<dueAt>", line, Bill::MAX_LINES),
        ("InclusionProof-root", "<root>", neighbour, InclusionProof::MAX_PATH),
    ];
    let mut changed = Vec::new();
    for (sample, before, element, most) in cases {
        for count in [0, 1, most, most.saturating_add(1)] {
            let elements: String = (0..count).map(element).collect();
            let document = of(sample).replace(before, &format!("{elements}{before}"));
            assert_eq!(parse(&document).is_ok(), count <= most, "{sample} with {count}");
            changed.push((format!("{sample} with {count}"), document));
        }
    }
    assert_agreement(&changed);
}

/// Asks both about every document, the schema about all of them at once.
fn assert_agreement(documents: &[(String, String)]) {
    let bodies: Vec<_> = documents.iter().map(|(_, document)| document.as_str()).collect();
    for ((what, document), valid) in documents.iter().zip(xmllint::valid_by_schema(&bodies)) {
        let parsed = parse(document);
        let complaint = || xmllint::schema_complaint(document.as_bytes());
        assert_eq!(
            parsed.is_ok(),
            valid,
            "{what}: the parser says {parsed:?}, the schema says {:?}",
            complaint()
        );
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
    for kind in Kind::ALL {
        let declaration = format!("<xs:element name=\"{}\">", kind.as_str());
        assert!(schema::MESSAGES.contains(&declaration), "{declaration}");
    }
}
