//! The attacks of the strict engine's threat model, each made from a valid document, and what is answered.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use payment_message::{Construct, Message, SenderError, SignatureEngine, Signer, StrictEngine, VerifyError};

use super::party::{Party, Registry};
use super::samples;

const OUTSIDE_SIGNED_INFO: VerifyError =
    VerifyError::OutsideProfile("another SignedInfo than the strict profile's");
const OUTSIDE_ELEMENT: VerifyError = VerifyError::OutsideProfile("an unexpected element in the signature");
const OUTSIDE_TEXT: VerifyError = VerifyError::OutsideProfile("text between the parts of the signature");
const OUTSIDE_ATTRIBUTE: VerifyError =
    VerifyError::OutsideProfile("an attribute on the signature or its value");
const OUTSIDE_BASE64: VerifyError = VerifyError::OutsideProfile("an element where base64 belongs");
const EXTRA_SIGNATURE: VerifyError = VerifyError::Forbidden(Construct::ExtraSignature);

fn valid() -> String {
    String::from_utf8(Message::from(samples::order()).sign(&Party::golden()).unwrap()).unwrap()
}

fn verdict(document: &str) -> Result<(), VerifyError> {
    StrictEngine.verify(document.as_bytes(), &Registry::of(&[&Party::golden()])).map(drop)
}

#[test]
fn what_replaces_part_of_a_valid_document_is_refused() {
    let exclusive = "Algorithm=\"http://www.w3.org/2001/10/xml-exc-c14n#\"";
    let cases = [
        // the body
        (">1.80<", ">0.01<", VerifyError::DigestMismatch),
        ("<amount currency=\"EUR\">", "<amount currency=\"USD\">", VerifyError::DigestMismatch),
        ("<merchant>", " <merchant>", VerifyError::DigestMismatch),
        // SignedInfo
        ("#ecdsa-sha256", "#hmac-sha256", OUTSIDE_SIGNED_INFO),
        ("xmldsig-more#ecdsa-sha256", "xmldsig#rsa-sha1", OUTSIDE_SIGNED_INFO),
        ("xmlenc#sha256", "xmldsig#sha1", OUTSIDE_SIGNED_INFO),
        (exclusive, "Algorithm=\"http://www.w3.org/TR/2001/REC-xml-c14n-20010315\"", OUTSIDE_SIGNED_INFO),
        ("URI=\"\"", "URI=\"#x\"", OUTSIDE_SIGNED_INFO),
        ("URI=\"\"", "URI=\"http://127.0.0.1/\"", OUTSIDE_SIGNED_INFO),
        ("<Reference URI=\"\">", "<Reference>", OUTSIDE_SIGNED_INFO),
        ("<DigestMethod", " <DigestMethod", OUTSIDE_SIGNED_INFO),
        ("</Reference>", "</Reference><Reference URI=\"\"></Reference>", OUTSIDE_SIGNED_INFO),
        (
            "<Transforms>",
            "<Transforms><Transform Algorithm=\"http://www.w3.org/TR/1999/REC-xpath-19991116\"><XPath>false()</XPath></Transform>",
            OUTSIDE_SIGNED_INFO,
        ),
        ("<SignedInfo ", "<SignedInfo Id=\"a\" ", OUTSIDE_SIGNED_INFO),
        // the rest of the signature
        ("<Signature ", "<Signature Id=\"a\" ", OUTSIDE_ATTRIBUTE),
        ("<SignatureValue>", "<SignatureValue Id=\"a\">", OUTSIDE_ATTRIBUTE),
        ("<SignatureValue>", "<SignatureValue><b/>", OUTSIDE_BASE64),
        ("<SignatureValue>", "<SignatureValue>*", VerifyError::SignatureInvalid),
        ("<SignatureValue>", "<SignatureValue>AAAA", VerifyError::SignatureInvalid),
        ("<SignatureValue>", "<SignatureValue/><SignatureValue>", OUTSIDE_ELEMENT),
        ("<SignatureValue>", "x<SignatureValue>", OUTSIDE_TEXT),
        ("</Signature>", "<Object><PaymentOrder/></Object></Signature>", OUTSIDE_ELEMENT),
        ("<KeyInfo>", "<Object/><KeyInfo>", OUTSIDE_ELEMENT),
        ("<X509Certificate>", "<X509Certificate>AAAA", VerifyError::Sender(SenderError::Unknown)),
        ("<X509Certificate>", "<X509Certificate>*", VerifyError::Sender(SenderError::Unknown)),
        ("http://www.w3.org/2000/09/xmldsig#\"><SignedInfo", "urn:x\"><SignedInfo", VerifyError::NoSignature),
        // around it
        (
            "</PaymentOrder>",
            "<Signature xmlns=\"http://www.w3.org/2000/09/xmldsig#\"/></PaymentOrder>",
            EXTRA_SIGNATURE,
        ),
        ("</PaymentOrder>", "<amount/></PaymentOrder>", EXTRA_SIGNATURE),
        ("</PaymentOrder>", "x</PaymentOrder>", EXTRA_SIGNATURE),
        (
            "<merchant>",
            "<merchant><s:Signature xmlns:s=\"http://www.w3.org/2000/09/xmldsig#\"/>",
            EXTRA_SIGNATURE,
        ),
        (
            "<KeyInfo>",
            "<KeyInfo><s:Signature xmlns:s=\"http://www.w3.org/2000/09/xmldsig#\"/>",
            EXTRA_SIGNATURE,
        ),
        (">1.80<", ">1<!-- -->.80<", VerifyError::Forbidden(Construct::Comment)),
        (">1.80<", "><![CDATA[1.80]]><", VerifyError::Forbidden(Construct::Cdata)),
        (
            "<PaymentOrder ",
            "<!DOCTYPE PaymentOrder><PaymentOrder ",
            VerifyError::Forbidden(Construct::Doctype),
        ),
    ];
    assert_eq!(verdict(&valid()), Ok(()));
    assert_eq!(
        verdict(&valid().replacen("<merchant>", "<merchant >", 1)),
        Ok(()),
        "the canonical form is the same"
    );
    for (from, to, expected) in cases {
        let document = valid();
        assert!(document.contains(from), "{from}");
        let attack = document.replacen(from, to, 1);
        assert_eq!(verdict(&attack), Err(expected), "{from} → {to}");
    }
}

/// Signature wrapping: a valid signed document inside, beside or under another root.
#[test]
fn a_valid_document_wrapped_in_another_is_refused() {
    let valid = valid();
    let forged = valid.replacen(">1.80<", ">0.01<", 1);
    let start = valid.find("<Signature ").unwrap();
    let end = valid.find("</PaymentOrder>").unwrap();
    let (signature, unsigned) = (&valid[start..end], format!("{}{}", &valid[..start], &valid[end..]));
    let forged_unsigned = unsigned.replacen(">1.80<", ">0.01<", 1);
    let inside = |document: &str, what: &str| {
        document.replacen("</PaymentOrder>", &format!("{what}</PaymentOrder>"), 1)
    };
    for (name, document, expected) in [
        ("under a root", format!("<r>{valid}</r>"), EXTRA_SIGNATURE),
        ("under the forged root", inside(&forged_unsigned, &valid), EXTRA_SIGNATURE),
        ("beside the signature", inside(&forged, &unsigned), EXTRA_SIGNATURE),
        (
            "before the signature",
            inside(&forged_unsigned, &format!("{unsigned}{signature}")),
            VerifyError::DigestMismatch,
        ),
        (
            "in an Object",
            forged.replacen("</Signature>", &format!("<Object>{unsigned}</Object></Signature>"), 1),
            OUTSIDE_ELEMENT,
        ),
        (
            "in an Object, signature and all",
            forged.replacen("</Signature>", &format!("<Object>{valid}</Object></Signature>"), 1),
            EXTRA_SIGNATURE,
        ),
        (
            "inside its own signature",
            signature.replacen("</Signature>", &format!("{unsigned}</Signature>"), 1),
            EXTRA_SIGNATURE,
        ),
    ] {
        assert_eq!(verdict(&document), Err(expected), "{name}");
    }
    assert!(verdict(&format!("{valid}{valid}")).is_err(), "two roots");
}

#[test]
fn a_strangers_signature_is_refused_whatever_certificate_it_shows() {
    let message = Message::from(samples::order());
    let stranger = Party::stranger();
    let own = String::from_utf8(message.sign(&stranger).unwrap()).unwrap();
    assert_eq!(verdict(&own), Err(VerifyError::Sender(SenderError::Unknown)));
    let shown = own.replace(
        &STANDARD.encode(stranger.certificate().unwrap()),
        &STANDARD.encode(Party::golden().certificate().unwrap()),
    );
    assert_eq!(verdict(&shown), Err(VerifyError::SignatureInvalid));
}

#[test]
fn a_signature_of_another_document_of_the_same_sender_is_refused() {
    let other = String::from_utf8(Message::from(samples::offer()).sign(&Party::golden()).unwrap()).unwrap();
    let signature = &other[other.find("<Signature ").unwrap()..other.find("</Offer>").unwrap()];
    let body = String::from_utf8(Message::from(samples::order()).to_canonical()).unwrap();
    let spliced = body.replace("</PaymentOrder>", &format!("{signature}</PaymentOrder>"));
    assert_eq!(verdict(&spliced), Err(VerifyError::DigestMismatch));
}

#[test]
fn an_unsigned_document_is_refused() {
    let body = String::from_utf8(Message::from(samples::order()).to_canonical()).unwrap();
    assert_eq!(verdict(&body), Err(VerifyError::NoSignature));
}

/// No single changed byte may leave a document valid with another meaning.
#[test]
fn no_byte_of_the_document_can_be_changed_into_another_message() {
    let valid = valid();
    let registry = Registry::of(&[&Party::golden()]);
    let body = Message::from(samples::order()).to_canonical();
    for at in 0..valid.len() {
        for replacement in [b' ', b'0', b'<', b'&'] {
            let mut bytes = valid.clone().into_bytes();
            bytes[at] = replacement;
            if let Ok(authentic) = StrictEngine.verify(&bytes, &registry) {
                assert_eq!(authentic.body(), body, "byte {at} changed to {}", char::from(replacement));
            }
        }
    }
}
