//! The attacks on signed XML that nothing here may accept, each made from a document that is valid.
//!
//! A table: a name, a function from the victim to the hostile document, and the rejection codes that are a right
//! answer. Which of them comes depends on which engine sees the document first; that one comes does not. The same table
//! runs against both engines and through the HTTPS door.
//!
//! Start at [`attacks`].

mod forge;

use payment_message::Code;
use payment_trust::Credential;

pub use self::forge::partner_document;
use self::forge::{Forgery, Victim};

/// A hostile document and what may be answered to it.
pub struct Attack {
    /// What was done, as a sentence's subject.
    pub name: &'static str,
    /// The document.
    pub document: Vec<u8>,
    /// The codes that are a right answer.
    pub expected: &'static [Code],
}

/// Every attack, on a canonical body with an `amount` element, signed by `signer`. Nobody must know `stranger`.
#[must_use]
pub fn attacks(body: &[u8], signer: &Credential, stranger: &Credential) -> Vec<Attack> {
    let victim = Victim::new(body, signer, stranger);
    TABLES
        .iter()
        .flat_map(|table| table.iter())
        .map(|(name, make, expected)| Attack { name, document: make(&victim), expected })
        .collect()
}

type Row = (&'static str, fn(&Victim<'_>) -> Vec<u8>, &'static [Code]);

/// The body is not what was signed.
const ALTERED: &[Code] = &[Code::SignatureInvalid];
/// Not a form that is signed here.
const PROFILE: &[Code] = &[Code::SignatureProfile];
/// Refused before anything is verified.
const FORBIDDEN: &[Code] = &[Code::ForbiddenConstruct];
const NOT_XML: &[Code] = &[Code::NotXml];
/// As before, or found out by the signature's value or the digest, whichever is looked at first.
const PROFILE_OR_VALUE: &[Code] = &[Code::SignatureProfile, Code::SignatureInvalid];
const STRANGER: &[Code] = &[Code::UnknownSender];

const TABLES: &[&[Row]] = &[TAMPERING, WRAPPING, ALGORITHMS, SIGNATURES, KEYS, MARKUP, SIZES];

const TAMPERING: &[Row] = &[
    ("a tampered amount", |v| v.tampered().into(), ALTERED),
    ("a tampered currency", |v| v.signed.replacen("\"EUR\"", "\"JPY\"", 1).into(), ALTERED),
    ("an attribute added to the root", |v| v.in_root_tag(" x=\"1\"").into(), ALTERED),
    ("an element added to the root", |v| v.before_signature("<x></x>").into(), ALTERED),
    ("white space before the signature", |v| v.before_signature(" ").into(), ALTERED),
    ("white space after the signature", |v| v.after_signature("\n").into(), ALTERED),
    ("text after the signature", |v| v.after_signature("x").into(), FORBIDDEN),
    ("an element after the signature", |v| v.after_signature("<x></x>").into(), FORBIDDEN),
    (
        "the amount in another namespace",
        |v| v.signed.replacen("<amount", "<amount xmlns=\"urn:x\"", 1).into(),
        ALTERED,
    ),
    ("the signature of another document", |v| v.transplanted().into(), ALTERED),
];

const WRAPPING: &[Row] = &[
    (
        "the original with its signature nested in the root",
        |v| v.nested(v.signed.clone(), "").into(),
        FORBIDDEN,
    ),
    (
        "the original nested, the signature on the root",
        |v| v.nested(v.body.clone(), &v.signature()).into(),
        ALTERED,
    ),
    ("the original beside a forgery", |v| v.beside(&v.body, &v.signature()).into(), ALTERED),
    (
        "the original in an Object of the signature",
        |v| v.in_object(&v.body, &v.signature()).into(),
        PROFILE_OR_VALUE,
    ),
    ("the signature first, the forgery after it", |v| v.signature_first().into(), FORBIDDEN),
    (
        "by id: the original with its signature nested in the root",
        |v| v.nested(v.by_id.clone(), "").into(),
        FORBIDDEN,
    ),
    (
        "by id: the original nested, the signature on the root",
        |v| v.nested(v.body_with_id.clone(), &v.signature_by_id()).into(),
        PROFILE,
    ),
    ("by id: the original nested under a root of the same id", |v| v.nested_same_id().into(), ALTERED),
    (
        "by id: the original beside a forgery",
        |v| v.beside(&v.body_with_id, &v.signature_by_id()).into(),
        PROFILE,
    ),
    (
        "by id: the original in an Object of the signature",
        |v| v.in_object(&v.body_with_id, &v.signature_by_id()).into(),
        PROFILE,
    ),
    (
        "by id: two elements of the same id",
        |v| v.by_id.replacen("<amount", "<amount id=\"order-1\"", 1).into(),
        ALTERED,
    ),
    (
        "by id: an xml:id of the same name",
        |v| v.by_id.replacen("<amount", "<amount xml:id=\"order-1\"", 1).into(),
        PROFILE_OR_VALUE,
    ),
    ("by id: a tampered amount", |v| forge::tamper(&v.by_id).into(), ALTERED),
];

const ALGORITHMS: &[Row] = &[
    (
        "HMAC with the certificate as the secret",
        |v| v.hmac(v.signer.certificate().der()).into(),
        PROFILE_OR_VALUE,
    ),
    (
        "HMAC with the public key as the secret",
        |v| v.hmac(v.signer.certificate().key().info()).into(),
        PROFILE_OR_VALUE,
    ),
    (
        "a truncated HMAC",
        |v| {
            Forgery { method_content: "<HMACOutputLength>0</HMACOutputLength>", ..v.hmac_forgery() }
                .sign()
                .into()
        },
        PROFILE_OR_VALUE,
    ),
    ("a SHA-1 digest, duly signed", |v| v.sha1_digest().into(), PROFILE),
    (
        "ECDSA with SHA-1",
        |v| Forgery { method: "http://www.w3.org/2000/09/xmldsig#ecdsa-sha1", ..v.forgery() }.sign().into(),
        PROFILE,
    ),
    (
        "DSA with SHA-1",
        |v| Forgery { method: "http://www.w3.org/2000/09/xmldsig#dsa-sha1", ..v.forgery() }.sign().into(),
        PROFILE,
    ),
    (
        "RSA named over an ECDSA signature",
        |v| {
            Forgery { method: "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256", ..v.forgery() }
                .sign()
                .into()
        },
        PROFILE_OR_VALUE,
    ),
    ("an unknown signature method", |v| Forgery { method: "urn:none", ..v.forgery() }.sign().into(), PROFILE),
    (
        "canonical form with comments, duly signed",
        |v| {
            Forgery { canonicalization: "http://www.w3.org/2001/10/xml-exc-c14n#WithComments", ..v.forgery() }
                .sign()
                .into()
        },
        PROFILE,
    ),
    (
        "inclusive canonical form, duly signed",
        |v| {
            Forgery { canonicalization: "http://www.w3.org/TR/2001/REC-xml-c14n-20010315", ..v.forgery() }
                .sign()
                .into()
        },
        PROFILE,
    ),
    ("a signed XPath that selects nothing, then a tampered amount", |v| v.xpath_false().into(), PROFILE),
    (
        "a signed base64 transform",
        |v| {
            Forgery { more_transforms: "<Transform Algorithm=\"http://www.w3.org/2000/09/xmldsig#base64\"></Transform>", ..v.forgery() }.sign().into()
        },
        PROFILE,
    ),
    (
        "a signed XSLT",
        |v| {
            Forgery { more_transforms: "<Transform Algorithm=\"http://www.w3.org/TR/1999/REC-xslt-19991116\"></Transform>", ..v.forgery() }.sign().into()
        },
        PROFILE,
    ),
    ("no transforms, duly signed", |v| Forgery { transforms: "", ..v.forgery() }.sign().into(), PROFILE),
    (
        "a reference to a file",
        |v| Forgery { uri: "file:///etc/hostname", ..v.forgery() }.sign().into(),
        PROFILE,
    ),
    (
        "a reference to the network",
        |v| Forgery { uri: "http://127.0.0.1:9/", ..v.forgery() }.sign().into(),
        PROFILE,
    ),
    ("a reference by XPointer", |v| Forgery { uri: "#xpointer(/)", ..v.forgery() }.sign().into(), PROFILE),
    (
        "a reference by an id that is a program",
        |v| Forgery { uri: "#x')) or id(('order-1", ..v.forgery() }.sign().into(),
        PROFILE,
    ),
    (
        "a reference to an id that nothing has",
        |v| Forgery { uri: "#nobody", ..v.forgery() }.sign().into(),
        PROFILE,
    ),
];

const SIGNATURES: &[Row] = &[
    ("no signature", |v| v.body.clone().into(), &[Code::SignatureMissing]),
    (
        "a signature of another namespace",
        |v| v.signed.replacen("2000/09/xmldsig#\"", "2000/09/other\"", 1).into(),
        &[Code::SignatureMissing],
    ),
    ("two signatures", |v| v.before_signature(&v.signature()).into(), FORBIDDEN),
    (
        "a signature within the signature",
        |v| v.signed.replacen("</Signature>", &format!("{}</Signature>", v.signature()), 1).into(),
        FORBIDDEN,
    ),
    ("two references, duly signed", |v| Forgery { references: 2, ..v.forgery() }.sign().into(), PROFILE),
    ("no reference, duly signed", |v| Forgery { references: 0, ..v.forgery() }.sign().into(), PROFILE),
    ("a forged SignedInfo before the signed one", |v| v.two_signed_infos(true).into(), PROFILE),
    ("a forged SignedInfo after the signed one", |v| v.two_signed_infos(false).into(), PROFILE),
    ("an empty signature value", |v| v.with_value("").into(), ALTERED),
    ("a signature of zeros", |v| v.with_value_bytes(&[0; 64]).into(), ALTERED),
    ("a signature of ones", |v| v.with_value_bytes(&[0xff; 64]).into(), ALTERED),
    ("a signature in DER", |v| v.with_value_bytes(&forge::der_of(&v.value())).into(), ALTERED),
    ("a signature cut short", |v| v.with_value_bytes(&v.value()[..63]).into(), ALTERED),
    (
        "a signature with bytes after it",
        |v| v.with_value_bytes(&[&v.value()[..], &[0]].concat()).into(),
        ALTERED,
    ),
    (
        "a signature in slovenly base64",
        |v| v.with_value(&v.value_text().replacen('=', "", 1)).into(),
        ALTERED,
    ),
    (
        "a comment in the signature value",
        |v| v.signed.replacen("<SignatureValue>", "<SignatureValue><!-- -->", 1).into(),
        FORBIDDEN,
    ),
];

const KEYS: &[Row] = &[
    ("a stranger's signature and inline certificate", |v| v.by_stranger().into(), STRANGER),
    ("a stranger's signature under the victim's certificate", |v| v.by_stranger_as_signer().into(), ALTERED),
    (
        "a stranger's certificate over the victim's signature",
        |v| v.signed.replace(&forge::armour(v.signer), &forge::armour(v.stranger)).into(),
        STRANGER,
    ),
    ("a stranger's key as KeyValue beside the victim's certificate", |v| v.key_value().into(), ALTERED),
    ("no KeyInfo", |v| v.without("<KeyInfo>", "</KeyInfo>").into(), STRANGER),
    ("no certificate", |v| v.without("<X509Certificate>", "</X509Certificate>").into(), STRANGER),
    (
        "a certificate that is none",
        |v| v.signed.replace(&forge::armour(v.signer), "bm9uZQ==").into(),
        STRANGER,
    ),
    (
        "two KeyInfos",
        |v| v.signed.replacen("<KeyInfo>", "<KeyInfo></KeyInfo><KeyInfo>", 1).into(),
        &[Code::UnknownSender, Code::SignatureProfile],
    ),
];

const MARKUP: &[Row] = &[
    ("a comment that splits the amount", |v| v.in_amount("<!-- -->").into(), FORBIDDEN),
    ("an empty CDATA section in the amount", |v| v.in_amount("<![CDATA[]]>").into(), FORBIDDEN),
    ("a processing instruction in the amount", |v| v.in_amount("<?x?>").into(), FORBIDDEN),
    ("an empty DOCTYPE", |v| format!("<!DOCTYPE {}>{}", v.root_name(), v.signed).into(), FORBIDDEN),
    (
        "entities that grow quadratically",
        |v| v.entities_quadratic().into(),
        &[Code::ForbiddenConstruct, Code::TooLarge],
    ),
    ("entities that grow exponentially", |v| v.entities_exponential().into(), FORBIDDEN),
    ("an external entity", |v| v.entity("SYSTEM \"file:///etc/hostname\"").into(), FORBIDDEN),
    (
        "an external parameter entity",
        |v| {
            format!(
                "<!DOCTYPE {} [<!ENTITY % x SYSTEM \"http://127.0.0.1:9/\"> %x;]>{}",
                v.root_name(),
                v.signed
            )
            .into()
        },
        FORBIDDEN,
    ),
    ("an undeclared entity", |v| v.in_amount("&x;").into(), NOT_XML),
    ("a stylesheet", |v| format!("<?xml-stylesheet href=\"x\"?>{}", v.signed).into(), FORBIDDEN),
    ("a byte order mark", |v| format!("\u{feff}{}", v.signed).into(), FORBIDDEN),
    ("UTF-16", |v| v.utf_16(), &[Code::NotXml, Code::ForbiddenConstruct]),
    (
        "another declared encoding",
        |v| format!("<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?>{}", v.signed).into(),
        FORBIDDEN,
    ),
    ("XML 1.1", |v| format!("<?xml version=\"1.1\"?>{}", v.signed).into(), FORBIDDEN),
    ("bytes that are no UTF-8", |v| v.raw_in_amount(&[0xc0, 0xb1]), NOT_XML),
    ("a NUL", |v| v.raw_in_amount(&[0]), NOT_XML),
    ("a reference to a NUL", |v| v.in_amount("&#0;").into(), NOT_XML),
    (
        "the same attribute twice",
        |v| v.signed.replacen(" currency=\"EUR\"", " currency=\"EUR\" currency=\"JPY\"", 1).into(),
        NOT_XML,
    ),
    ("an unbound prefix", |v| v.before_signature("<x:x></x:x>").into(), NOT_XML),
    ("`]]>` in text", |v| v.in_amount("]]>").into(), NOT_XML),
    ("tags that cross", |v| v.before_signature("<x><y></x></y>").into(), NOT_XML),
    ("a second root", |v| format!("{}<x></x>", v.signed).into(), NOT_XML),
    ("text after the root", |v| format!("{}x", v.signed).into(), NOT_XML),
    ("a NUL after the root", |v| format!("{}\0", v.signed).into(), NOT_XML),
    ("a document cut short", |v| v.signed[..v.signed.len() - 1].into(), NOT_XML),
    ("nothing", |_| Vec::new(), NOT_XML),
    ("not XML at all", |_| b"{\"amount\": 1.25}".to_vec(), NOT_XML),
];

const SIZES: &[Row] = &[
    (
        "3,000 levels",
        |v| v.before_signature(&format!("{}{}", "<x>".repeat(3_000), "</x>".repeat(3_000))).into(),
        &[Code::TooDeep],
    ),
    (
        "a thousand attributes",
        |v| v.in_root_tag(&(0..1_000).map(|i| format!(" a{i}=\"\"")).collect::<String>()).into(),
        &[Code::TooDeep],
    ),
    ("a megabyte of text", |v| v.in_amount(&"0".repeat(1 << 20)).into(), &[Code::TooLarge]),
    ("text that swells when it is escaped", |v| v.in_amount(&">".repeat(60_000)).into(), &[Code::TooLarge]),
    (
        "a megabyte after the root",
        |v| format!("{}{}", v.signed, " ".repeat(1 << 20)).into(),
        &[Code::TooLarge],
    ),
    ("a megabyte of signature", |v| v.with_value(&"A".repeat(1 << 20)).into(), &[Code::TooLarge]),
];
