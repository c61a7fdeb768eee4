//! The forger's workshop: what is done to a valid document, and signatures of every kind by keys that are had.

use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use payment_message::envelope::sign;
use payment_trust::{Credential, sha256};

/// A valid document in two forms, and who signed it.
pub(super) struct Victim<'c> {
    /// Canonical, without a signature.
    pub(super) body: String,
    /// Signed in the strict profile.
    pub(super) signed: String,
    /// The body with an id on its root.
    pub(super) body_with_id: String,
    /// Signed as a partner might: by the root's id.
    pub(super) by_id: String,
    pub(super) signer: &'c Credential,
    pub(super) stranger: &'c Credential,
}

const ENVELOPED: &str = r#"<Transform Algorithm="http://www.w3.org/2000/09/xmldsig#enveloped-signature"></Transform><Transform Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"></Transform>"#;
const SHA256: &str = "http://www.w3.org/2001/04/xmlenc#sha256";
const EXCLUSIVE: &str = "http://www.w3.org/2001/10/xml-exc-c14n#";
const ECDSA: &str = "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256";
const HMAC: &str = "http://www.w3.org/2001/04/xmldsig-more#hmac-sha256";

/// A signature with any of its parts replaced, over a body that may be any.
#[derive(Clone, Copy)]
pub(super) struct Forgery<'f> {
    pub(super) body: &'f str,
    pub(super) signer: &'f Credential,
    pub(super) canonicalization: &'f str,
    pub(super) method: &'f str,
    pub(super) method_content: &'f str,
    pub(super) uri: &'f str,
    pub(super) transforms: &'f str,
    pub(super) more_transforms: &'f str,
    pub(super) digest_method: &'f str,
    pub(super) digest: &'f [u8],
    pub(super) references: usize,
    /// Signs with HMAC instead of the signer's key.
    pub(super) hmac: Option<&'f [u8]>,
}

impl Forgery<'_> {
    /// The document with the signature in it.
    pub(super) fn sign(self) -> String {
        let signed_info = self.signed_info();
        let value = match self.hmac {
            Some(secret) => hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret), signed_info.as_bytes())
                .as_ref()
                .to_vec(),
            None => self.signer.key().sign(signed_info.as_bytes()).unwrap().to_vec(),
        };
        let (value, certificate) = (STANDARD.encode(value), armour(self.signer));
        let signature = format!(
            r#"<Signature xmlns="http://www.w3.org/2000/09/xmldsig#">{signed_info}<SignatureValue>{value}</SignatureValue><KeyInfo><X509Data><X509Certificate>{certificate}</X509Certificate></X509Data></KeyInfo></Signature>"#
        );
        insert_last(self.body, &signature)
    }

    /// In canonical form, so that what is signed here is what every engine hashes.
    fn signed_info(&self) -> String {
        let Self {
            canonicalization,
            method,
            method_content,
            uri,
            transforms,
            more_transforms,
            digest_method,
            ..
        } = self;
        let transforms = match format!("{transforms}{more_transforms}") {
            none if none.is_empty() => none,
            some => format!("<Transforms>{some}</Transforms>"),
        };
        let honest = sha256(self.body.as_bytes());
        let digest = STANDARD.encode(if self.digest.is_empty() { honest.as_bytes() } else { self.digest });
        let reference = format!(
            r#"<Reference URI="{uri}">{transforms}<DigestMethod Algorithm="{digest_method}"></DigestMethod><DigestValue>{digest}</DigestValue></Reference>"#
        );
        format!(
            r#"<SignedInfo xmlns="http://www.w3.org/2000/09/xmldsig#"><CanonicalizationMethod Algorithm="{canonicalization}"></CanonicalizationMethod><SignatureMethod Algorithm="{method}">{method_content}</SignatureMethod>{}</SignedInfo>"#,
            reference.repeat(self.references)
        )
    }
}

/// The body as a partner outside the strict profile signs it: with an id on the root, and the reference by that id.
#[must_use]
pub fn partner_document(body: &[u8], signer: &Credential) -> Vec<u8> {
    let body = with_id(std::str::from_utf8(body).unwrap());
    Forgery { uri: "#order-1", ..Forgery::honest(&body, signer) }.sign().into()
}

impl<'f> Forgery<'f> {
    /// Nothing forged yet: this is the strict profile.
    fn honest(body: &'f str, signer: &'f Credential) -> Self {
        Self {
            body,
            signer,
            canonicalization: EXCLUSIVE,
            method: ECDSA,
            method_content: "",
            uri: "",
            transforms: ENVELOPED,
            more_transforms: "",
            digest_method: SHA256,
            digest: &[],
            references: 1,
            hmac: None,
        }
    }
}

impl<'c> Victim<'c> {
    pub(super) fn new(body: &[u8], signer: &'c Credential, stranger: &'c Credential) -> Self {
        let signed = String::from_utf8(sign(body, signer).unwrap()).unwrap();
        let by_id = String::from_utf8(partner_document(body, signer)).unwrap();
        let body = std::str::from_utf8(body).unwrap().to_owned();
        let body_with_id = with_id(&body);
        Self { body, signed, body_with_id, by_id, signer, stranger }
    }

    pub(super) fn forgery(&self) -> Forgery<'_> {
        Forgery::honest(&self.body, self.signer)
    }

    pub(super) fn signature(&self) -> String {
        signature_of(&self.signed).to_owned()
    }

    pub(super) fn signature_by_id(&self) -> String {
        signature_of(&self.by_id).to_owned()
    }

    pub(super) fn root_name(&self) -> &str {
        self.body[1..].split([' ', '>']).next().unwrap()
    }

    pub(super) fn tampered(&self) -> String {
        tamper(&self.signed)
    }

    pub(super) fn in_root_tag(&self, attributes: &str) -> String {
        let end = self.signed.find('>').unwrap();
        format!("{}{attributes}{}", &self.signed[..end], &self.signed[end..])
    }

    pub(super) fn before_signature(&self, text: &str) -> String {
        let at = self.signed.find("<Signature ").unwrap();
        format!("{}{text}{}", &self.signed[..at], &self.signed[at..])
    }

    pub(super) fn after_signature(&self, text: &str) -> String {
        insert_last(&self.signed, text)
    }

    /// Text put after the first character of the amount.
    pub(super) fn in_amount(&self, text: &str) -> String {
        let at = amount(&self.signed).0 + 1;
        format!("{}{text}{}", &self.signed[..at], &self.signed[at..])
    }

    pub(super) fn raw_in_amount(&self, bytes: &[u8]) -> Vec<u8> {
        let (before, after) = self.signed.as_bytes().split_at(amount(&self.signed).0 + 1);
        [before, bytes, after].concat()
    }

    pub(super) fn utf_16(&self) -> Vec<u8> {
        self.signed.encode_utf16().flat_map(u16::to_le_bytes).collect()
    }

    /// The signature of another document of the same signer on a tampered body.
    pub(super) fn transplanted(&self) -> String {
        insert_last(&tamper(&self.body), &self.signature())
    }

    /// A forged root around the original.
    pub(super) fn nested(&self, original: String, signature: &str) -> String {
        insert_last(&tamper(&self.body), &format!("{original}{signature}"))
    }

    pub(super) fn nested_same_id(&self) -> String {
        insert_last(&tamper(&self.body_with_id), &format!("{}{}", self.body_with_id, self.signature_by_id()))
    }

    /// A new root around a forgery and the original.
    pub(super) fn beside(&self, original: &str, signature: &str) -> String {
        format!("<Wrapper>{}{original}{signature}</Wrapper>", tamper(&self.body))
    }

    pub(super) fn in_object(&self, original: &str, signature: &str) -> String {
        let signature = insert_last(signature, &format!("<Object>{original}</Object>"));
        insert_last(&tamper(&self.body), &signature)
    }

    pub(super) fn signature_first(&self) -> String {
        let start = self.body.find('>').unwrap() + 1;
        format!("{}{}{}", &self.body[..start], self.signature(), &tamper(&self.body)[start..])
    }

    pub(super) fn hmac_forgery(&self) -> Forgery<'_> {
        Forgery { method: HMAC, hmac: Some(self.signer.certificate().key().info()), ..self.forgery() }
    }

    pub(super) fn hmac(&self, secret: &[u8]) -> String {
        let body = tamper(&self.body);
        Forgery { method: HMAC, hmac: Some(secret), ..Forgery::honest(&body, self.signer) }.sign()
    }

    pub(super) fn sha1_digest(&self) -> String {
        let sha1 = digest(&SHA1_FOR_LEGACY_USE_ONLY, self.body.as_bytes());
        Forgery {
            digest_method: "http://www.w3.org/2000/09/xmldsig#sha1",
            digest: sha1.as_ref(),
            ..self.forgery()
        }
        .sign()
    }

    /// The digest is that of nothing, so it holds whatever the document says.
    pub(super) fn xpath_false(&self) -> String {
        let nothing = sha256(b"");
        let signed = Forgery {
            transforms: r#"<Transform Algorithm="http://www.w3.org/2000/09/xmldsig#enveloped-signature"></Transform><Transform Algorithm="http://www.w3.org/TR/1999/REC-xpath-19991116"><XPath>false()</XPath></Transform>"#,
            digest: nothing.as_bytes(),
            ..self.forgery()
        }
        .sign();
        tamper(&signed)
    }

    pub(super) fn two_signed_infos(&self, forged_first: bool) -> String {
        let body = tamper(&self.body);
        let forged = Forgery::honest(&body, self.signer).signed_info();
        let genuine = self.forgery().signed_info();
        let both = if forged_first { format!("{forged}{genuine}") } else { format!("{genuine}{forged}") };
        insert_last(&body, &self.signature().replacen(&genuine, &both, 1))
    }

    pub(super) fn value_text(&self) -> String {
        between(&self.signed, "<SignatureValue>", "</SignatureValue>").to_owned()
    }

    pub(super) fn value(&self) -> Vec<u8> {
        STANDARD.decode(self.value_text()).unwrap()
    }

    pub(super) fn with_value(&self, text: &str) -> String {
        self.signed.replacen(&self.value_text(), text, 1)
    }

    pub(super) fn with_value_bytes(&self, value: &[u8]) -> String {
        self.with_value(&STANDARD.encode(value))
    }

    pub(super) fn by_stranger(&self) -> String {
        Forgery { signer: self.stranger, ..self.forgery() }.sign()
    }

    pub(super) fn by_stranger_as_signer(&self) -> String {
        self.by_stranger().replace(&armour(self.stranger), &armour(self.signer))
    }

    pub(super) fn key_value(&self) -> String {
        // The point is the end of the key's encoding.
        let info = self.stranger.certificate().key().info();
        let point = STANDARD.encode(&info[info.len() - 65..]);
        let value = format!(
            r#"<KeyInfo><KeyValue><ECKeyValue xmlns="http://www.w3.org/2009/xmldsig11#"><NamedCurve URI="urn:oid:1.2.840.10045.3.1.7"></NamedCurve><PublicKey>{point}</PublicKey></ECKeyValue></KeyValue>"#
        );
        self.by_stranger_as_signer().replacen("<KeyInfo>", &value, 1)
    }

    pub(super) fn without(&self, from: &str, to: &str) -> String {
        let part = format!("{from}{}{to}", between(&self.signed, from, to));
        self.signed.replacen(&part, "", 1)
    }

    pub(super) fn entity(&self, definition: &str) -> String {
        let document_type = format!("<!DOCTYPE {} [<!ENTITY x {definition}>]>", self.root_name());
        format!("{document_type}{}", self.in_amount("&x;"))
    }

    pub(super) fn entities_quadratic(&self) -> String {
        let document_type =
            format!("<!DOCTYPE {} [<!ENTITY x \"{}\">]>", self.root_name(), "0".repeat(20_000));
        format!("{document_type}{}", self.in_amount(&"&x;".repeat(10_000)))
    }

    pub(super) fn entities_exponential(&self) -> String {
        let levels: String = (1..20).map(|i| format!("<!ENTITY x{i} \"&x{0};&x{0};\">", i - 1)).collect();
        let document_type = format!("<!DOCTYPE {} [<!ENTITY x0 \"0\">{levels}]>", self.root_name());
        format!("{document_type}{}", self.in_amount("&x19;"))
    }
}

/// The certificate as it stands in `KeyInfo`.
pub(super) fn armour(credential: &Credential) -> String {
    STANDARD.encode(credential.certificate().der())
}

/// Another amount, one that the payer would not agree to.
pub(super) fn tamper(document: &str) -> String {
    let (start, end) = amount(document);
    format!("{}9999.99{}", &document[..start], &document[end..])
}

/// The same signature as X.509 writes it.
pub(super) fn der_of(signature: &[u8]) -> Vec<u8> {
    let integer = |half: &[u8]| {
        let digits: Vec<u8> = half.iter().copied().skip_while(|byte| *byte == 0).collect();
        let sign = if digits.first().is_none_or(|first| first & 0x80 != 0) { vec![0] } else { vec![] };
        let number = [sign, digits].concat();
        [vec![0x02, u8::try_from(number.len()).unwrap()], number].concat()
    };
    let (r, s) = signature.split_at(32);
    let inside = [integer(r), integer(s)].concat();
    [vec![0x30, u8::try_from(inside.len()).unwrap()], inside].concat()
}

fn signature_of(document: &str) -> &str {
    let start = document.find("<Signature ").unwrap();
    let end = document.rfind("</Signature>").unwrap() + "</Signature>".len();
    &document[start..end]
}

fn with_id(body: &str) -> String {
    let end = body.find('>').unwrap();
    assert!(!body[..end].contains(" id="), "the body has an id of its own");
    format!("{} id=\"order-1\"{}", &body[..end], &body[end..])
}

/// From where to where the text of the amount goes.
fn amount(document: &str) -> (usize, usize) {
    let element = document.find("<amount").expect("a body with an amount");
    let start = element + document[element..].find('>').unwrap() + 1;
    (start, start + document[start..].find('<').unwrap())
}

fn insert_last(element: &str, inside: &str) -> String {
    let end = element.rfind("</").unwrap();
    format!("{}{inside}{}", &element[..end], &element[end..])
}

fn between<'t>(text: &'t str, from: &str, to: &str) -> &'t str {
    let start = text.find(from).unwrap() + from.len();
    &text[start..start + text[start..].find(to).unwrap()]
}
