//! Signing and opening, and the layouts of other signers that open too.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use payment_message::canonical::scan;
use payment_message::envelope::{sign, verify_with_key};
use payment_message::{
    Code, Message, OpenError, SenderError, SignError, SignatureEngine, Signer, StrictEngine, VerifyError,
    open, sha256,
};

use super::party::{Party, Registry};
use super::samples;

#[test]
fn what_is_signed_opens_as_what_was_signed() {
    let message = Message::from(samples::order());
    let document = message.sign(&Party::golden()).unwrap();
    let registry = Registry::of(&[&Party::stranger(), &Party::golden()]);
    let authentic = StrictEngine.verify(&document, &registry).unwrap();
    assert_eq!(authentic.body(), message.to_canonical());
    assert_eq!(authentic.digest(), sha256(&message.to_canonical()));
    assert_eq!(authentic.sender().fingerprint(), sha256(Party::golden().certificate().unwrap()));
}

#[test]
fn only_a_canonical_element_can_be_signed() {
    for body in ["", "x", "<a>", "<a></a> ", "<a></a"] {
        assert_eq!(sign(body.as_bytes(), &Party::golden()), Err(SignError::NotCanonical), "{body}");
    }
}

#[test]
fn a_sender_is_refused_for_its_registered_reason() {
    let document = Message::from(samples::order()).sign(&Party::golden()).unwrap();
    for (refusal, code) in [
        (SenderError::Unknown, Code::UnknownSender),
        (SenderError::Revoked, Code::CertificateRevoked),
        (SenderError::Expired, Code::CertificateExpired),
        (SenderError::NotYetValid, Code::CertificateExpired),
        (SenderError::Unavailable, Code::Unavailable),
    ] {
        let error = open(&StrictEngine, &document, &Registry::refusing(refusal)).unwrap_err();
        assert_eq!(error, OpenError::Verify(VerifyError::Sender(refusal)));
        assert_eq!(error.code(), code);
    }
}

#[test]
fn the_first_message_of_a_party_verifies_with_the_key_it_asks_a_certificate_for() {
    let newcomer = Party::with_key(9, None);
    let message = Message::from(samples::enrolment_request());
    let document = message.sign(&newcomer).unwrap();
    let scanned = scan(&document).unwrap();
    assert_eq!(verify_with_key(&scanned, &newcomer.public_key()), Ok(message.digest()));
    assert_eq!(verify_with_key(&scanned, &Party::golden().public_key()), Err(VerifyError::SignatureInvalid));
    let registry = Registry::of(&[&Party::golden()]);
    assert_eq!(
        StrictEngine.verify(&document, &registry).unwrap_err(),
        VerifyError::Sender(SenderError::Unknown),
        "without a certificate there is no registered sender"
    );
}

/// Signs as another implementation would: its own prefix and white space, base64 in lines.
pub(crate) fn sign_elsewhere(body: &str, prefix: &str, line_end: &str, party: &Party) -> String {
    let p = if prefix.is_empty() { String::new() } else { format!("{prefix}:") };
    let declaration = format!(
        "xmlns{}{prefix}=\"http://www.w3.org/2000/09/xmldsig#\"",
        if p.is_empty() { "" } else { ":" }
    );
    let canonical = scan(body.as_bytes()).unwrap().into_body();
    let digest = STANDARD.encode(sha256(&canonical).as_bytes());
    let exclusive = "http://www.w3.org/2001/10/xml-exc-c14n#";
    let signed_info = |declaration: &str| {
        format!(
            "<{p}SignedInfo{declaration}>\
             <{p}CanonicalizationMethod Algorithm=\"{exclusive}\"></{p}CanonicalizationMethod>\
             <{p}SignatureMethod Algorithm=\"http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256\"></{p}SignatureMethod>\
             <{p}Reference URI=\"\"><{p}Transforms>\
             <{p}Transform Algorithm=\"http://www.w3.org/2000/09/xmldsig#enveloped-signature\"></{p}Transform>\
             <{p}Transform Algorithm=\"{exclusive}\"></{p}Transform></{p}Transforms>\
             <{p}DigestMethod Algorithm=\"http://www.w3.org/2001/04/xmlenc#sha256\"></{p}DigestMethod>\
             <{p}DigestValue>{digest}</{p}DigestValue></{p}Reference></{p}SignedInfo>"
        )
    };
    let value = STANDARD.encode(party.sign(signed_info(&format!(" {declaration}")).as_bytes()).unwrap());
    let value = format!("{}{line_end}{}", &value[..76], &value[76..]);
    let certificate = STANDARD.encode(party.certificate().unwrap_or_default());
    let signature = format!(
        "<{p}Signature {declaration}>{}{line_end}<{p}SignatureValue>{value}{line_end}</{p}SignatureValue>\
         <{p}KeyInfo><{p}KeyName>me</{p}KeyName><{p}X509Data><{p}X509SubjectName>CN=x</{p}X509SubjectName>\
         <{p}X509Certificate>{certificate}{line_end}</{p}X509Certificate></{p}X509Data></{p}KeyInfo></{p}Signature>",
        signed_info("").replace(" URI=\"\"", " URI = ''"),
    );
    let end = body.rfind("</").unwrap();
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"no\"?>{}{signature}{}",
        &body[..end],
        &body[end..]
    )
}

#[test]
fn other_signers_prefixes_line_ends_and_hints_are_accepted() {
    let message = Message::from(samples::order());
    let body = String::from_utf8(message.to_canonical()).unwrap();
    let registry = Registry::of(&[&Party::golden()]);
    for (prefix, line_end) in [("", "\n"), ("ds", "&#13;\n"), ("dsig", "\r\n"), ("a", " \t ")] {
        for body in
            [body.clone(), body.replace("><", ">\n  <"), body.replace("><", ">\r\n<").replace('"', "'")]
        {
            let document = sign_elsewhere(&body, prefix, line_end, &Party::golden());
            let verified = open(&StrictEngine, document.as_bytes(), &registry).unwrap();
            assert_eq!(verified.message(), &message, "{document}");
        }
    }
}
