//! Canonical form by table, each line also put to libxml2.

use payment_message::canonical::{
    MAX_ATTRIBUTES, MAX_DEPTH, MAX_DOCUMENT_BYTES, MAX_NAME_BYTES, Unreadable, scan,
};
use payment_message::{Construct, Malformed};

use super::xmllint;

/// Documents and their exclusive canonical form.
const FORMS: &[(&str, &str)] = &[
    // tags
    ("<a/>", "<a></a>"),
    ("<a />", "<a></a>"),
    ("<a></a >", "<a></a>"),
    ("<?xml version=\"1.0\"?>\n<a/>\n", "<a></a>"),
    ("<?xml version='1.0' encoding='utf-8' standalone=\"no\" ?><a/>", "<a></a>"),
    (" \n<a/>", "<a></a>"),
    ("<é.1-_/>", "<é.1-_></é.1-_>"),
    // text
    ("<a>x &amp; y</a>", "<a>x &amp; y</a>"),
    ("<a>&lt;&gt;&quot;&apos;</a>", "<a>&lt;&gt;\"'</a>"),
    ("<a>\"'></a>", "<a>\"'&gt;</a>"),
    ("<a>]]</a>", "<a>]]</a>"),
    ("<a>]]&gt;</a>", "<a>]]&gt;</a>"),
    ("<a>&#65;&#x42;&#x00043;</a>", "<a>ABC</a>"),
    ("<a>&#38;lt;</a>", "<a>&amp;lt;</a>"),
    ("<a>1\r\n2\r3\n4\r</a>", "<a>1\n2\n3\n4\n</a>"),
    ("<a>1&#13;&#10;2&#xd;</a>", "<a>1&#xD;\n2&#xD;</a>"),
    ("<a>\r&#10;</a>", "<a>\n\n</a>"),
    ("<a>\t&#9;</a>", "<a>\t\t</a>"),
    ("<a>€\u{1F600}\u{85}\u{2028}\u{FEFF}</a>", "<a>€\u{1F600}\u{85}\u{2028}\u{FEFF}</a>"),
    ("<a> <b/> </a>", "<a> <b></b> </a>"),
    // attributes
    ("<a b='x'/>", "<a b=\"x\"></a>"),
    ("<a\n b = \"x\"\tc='y' ></a>", "<a b=\"x\" c=\"y\"></a>"),
    ("<a c='1' b='2' a='3'/>", "<a a=\"3\" b=\"2\" c=\"1\"></a>"),
    ("<a b='\"' c=\"'\"/>", "<a b=\"&quot;\" c=\"'\"></a>"),
    ("<a b='&lt;&gt;&amp;>'/>", "<a b=\"&lt;>&amp;>\"></a>"),
    ("<a b='1\t2\n3\r4\r\n5'/>", "<a b=\"1 2 3 4 5\"></a>"),
    ("<a b='&#9;&#10;&#13;&#32;'/>", "<a b=\"&#x9;&#xA;&#xD; \"></a>"),
    ("<a b='  x  y  '/>", "<a b=\"  x  y  \"></a>"),
    ("<a b=''/>", "<a b=\"\"></a>"),
    ("<a xml:lang='fr' z='1'/>", "<a z=\"1\" xml:lang=\"fr\"></a>"),
    ("<a xml:space='preserve'><b/></a>", "<a xml:space=\"preserve\"><b></b></a>"),
    // namespaces
    ("<a xmlns='urn:x'><b/></a>", "<a xmlns=\"urn:x\"><b></b></a>"),
    ("<a xmlns='urn:x'><b xmlns=''/></a>", "<a xmlns=\"urn:x\"><b xmlns=\"\"></b></a>"),
    ("<a xmlns='urn:x'><b xmlns='urn:x'/></a>", "<a xmlns=\"urn:x\"><b></b></a>"),
    ("<a xmlns=''><b/></a>", "<a><b></b></a>"),
    ("<a xmlns:p='urn:x'/>", "<a></a>"),
    (
        "<a xmlns:p='urn:x'><p:b/><p:b/></a>",
        "<a><p:b xmlns:p=\"urn:x\"></p:b><p:b xmlns:p=\"urn:x\"></p:b></a>",
    ),
    ("<p:a xmlns:p='urn:x'><p:b/></p:a>", "<p:a xmlns:p=\"urn:x\"><p:b></p:b></p:a>"),
    (
        "<p:a xmlns:p='urn:x'><p:b xmlns:p='urn:y'/></p:a>",
        "<p:a xmlns:p=\"urn:x\"><p:b xmlns:p=\"urn:y\"></p:b></p:a>",
    ),
    (
        "<p:a xmlns:p='urn:x'><b xmlns:p='urn:y'><p:c xmlns:p='urn:x'/></b></p:a>",
        "<p:a xmlns:p=\"urn:x\"><b><p:c></p:c></b></p:a>",
    ),
    ("<a xmlns='urn:x' xmlns:p='urn:y' p:b='1'/>", "<a xmlns=\"urn:x\" xmlns:p=\"urn:y\" p:b=\"1\"></a>"),
    (
        "<a xmlns:q='urn:a' xmlns:p='urn:b' p:z='1' q:y='2' x='3' q:b='4'/>",
        "<a xmlns:p=\"urn:b\" xmlns:q=\"urn:a\" x=\"3\" q:b=\"4\" q:y=\"2\" p:z=\"1\"></a>",
    ),
    (
        "<a xmlns='urn:x'><p:b xmlns:p='urn:y'><c/></p:b></a>",
        "<a xmlns=\"urn:x\"><p:b xmlns:p=\"urn:y\"><c></c></p:b></a>",
    ),
    ("<p:a xmlns:p='urn:x'><b xmlns=''/></p:a>", "<p:a xmlns:p=\"urn:x\"><b></b></p:a>"),
    ("<a xmlns='urn:&#x78;'/>", "<a xmlns=\"urn:x\"></a>"),
];

#[test]
fn documents_have_the_canonical_form_of_the_table() {
    for (document, form) in FORMS {
        let scanned = scan(document.as_bytes()).unwrap_or_else(|error| panic!("{document}: {error}"));
        assert_eq!(String::from_utf8(scanned.into_body()).unwrap(), *form, "{document}");
    }
}

#[test]
fn a_canonical_form_is_its_own_canonical_form() {
    for (_, form) in FORMS {
        assert_eq!(scan(form.as_bytes()).unwrap().body(), form.as_bytes());
    }
}

#[test]
fn libxml2_gives_the_same_canonical_form() {
    if xmllint::is_missing() {
        return;
    }
    for (document, form) in FORMS {
        let theirs =
            xmllint::exclusive_canonical(document.as_bytes()).map(|bytes| String::from_utf8(bytes).unwrap());
        assert_eq!(theirs.as_deref(), Some(*form), "{document}");
    }
}

/// Documents that XML does not allow, or that readers could differ about.
const MALFORMED: &[&[u8]] = &[
    b"",
    b" ",
    b"x",
    b"<",
    b"<a",
    b"<a>",
    b"</a>",
    b"<a></b>",
    b"<a/><b/>",
    b"<a/>x",
    b"<a/>&amp;",
    b"<a/>&#32;",
    b"x<a/>",
    b"<a/></a>",
    b"<a/>\0",
    b"<a><b></a></b>",
    b"<a></ a>",
    b"<a></a b='1'>",
    b"< a/>",
    b"<1/>",
    b"<a:/>",
    b"<:a/>",
    b"<a:b:c xmlns:a='urn:x'/>",
    b"<a / >",
    b"<a/ >",
    b"<a b/>",
    b"<a b=/>",
    b"<a b=1/>",
    b"<a b='1/>",
    b"<a b='1'c='2'/>",
    b"<a b='<'/>",
    b"<a b='&'/>",
    b"<a b='&x;'/>",
    b"<a b='1' b='2'/>",
    b"<a ='1'/>",
    b"<a 1b='1'/>",
    b"<a xmlns:p='urn:x' xmlns:q='urn:x' p:b='1' q:b='2'/>",
    b"<a xmlns='urn:x' xmlns='urn:x'/>",
    b"<p:a/>",
    b"<a p:b='1'/>",
    b"<a xmlns:p=''/>",
    b"<p:a xmlns:p='urn:x'><b xmlns:p=''/></p:a>",
    b"<a xmlns:xml='http://www.w3.org/XML/1998/namespace'/>",
    b"<a xmlns:x='http://www.w3.org/XML/1998/namespace'/>",
    b"<a xmlns:xmlns='urn:x'/>",
    b"<a xmlns:x='http://www.w3.org/2000/xmlns/'/>",
    b"<xmlns:a/>",
    b"<a xmlns='relative'/>",
    b"<a>&</a>",
    b"<a>& </a>",
    b"<a>&amp</a>",
    b"<a>&nbsp;</a>",
    b"<a>&#0;</a>",
    b"<a>&#xD800;</a>",
    b"<a>&#x110000;</a>",
    b"<a>&#+1;</a>",
    b"<a>]]></a>",
    b"<a>\x01</a>",
    b"<a>\xEF\xBF\xBE</a>",
    b"<a>\xFF</a>",
    b"<a>\xC0\x80</a>",
    b"<a>\xED\xA0\x80</a>",
    b"\xFF\xFE<\0a\0/\0>\0",
];

#[test]
fn what_is_not_well_formed_is_refused() {
    for document in MALFORMED {
        let text = String::from_utf8_lossy(document);
        assert!(matches!(scan(document), Err(Unreadable::Malformed(_))), "{text}: {:?}", scan(document));
    }
}

#[test]
fn constructs_that_two_readers_may_read_differently_are_refused() {
    for (document, construct) in [
        ("<!DOCTYPE a><a/>", Construct::Doctype),
        ("<!DOCTYPE a []><a/>", Construct::Doctype),
        ("<!DOCTYPE a [<!ENTITY x 'y'>]><a>&x;</a>", Construct::Doctype),
        ("<!DOCTYPE a SYSTEM 'file:///etc/passwd'><a/>", Construct::Doctype),
        ("<a><!-- --></a>", Construct::Comment),
        ("<!----><a/>", Construct::Comment),
        ("<a>1<!-- -->25.40</a>", Construct::Comment),
        ("<a><![CDATA[x]]></a>", Construct::Cdata),
        ("<a><?b c?></a>", Construct::ProcessingInstruction),
        ("<a/><?b?>", Construct::ProcessingInstruction),
        ("<?xml version='1.1'?><a/>", Construct::Declaration),
        ("<?xml version='1.0' encoding='ISO-8859-1'?><a/>", Construct::Declaration),
        ("<?xml version='1.0' encoding='UTF-16'?><a/>", Construct::Declaration),
        ("<?xml encoding='UTF-8'?><a/>", Construct::Declaration),
        ("<?xml version='1.0' standalone='no' encoding='UTF-8'?><a/>", Construct::Declaration),
        ("<?xml version='1.0' standalone='maybe'?><a/>", Construct::Declaration),
        ("<?xml version='&#49;.0'?><a/>", Construct::Declaration),
        ("<?xml version='1.0'encoding='UTF-8'?><a/>", Construct::Declaration),
        (" <?xml version='1.0'?><a/>", Construct::Declaration),
        ("<a><?xml version='1.0'?></a>", Construct::Declaration),
        ("\u{FEFF}<a/>", Construct::ByteOrderMark),
    ] {
        assert_eq!(scan(document.as_bytes()), Err(Unreadable::Forbidden(construct)), "{document}");
    }
}

#[test]
fn everything_has_a_limit() {
    let nested = |depth: usize| format!("{}{}", "<a>".repeat(depth), "</a>".repeat(depth));
    let attributes = |count: usize| {
        let attributes: String = (0..count).map(|at| format!(" a{at}='1'")).collect();
        format!("<a{attributes}/>")
    };
    let filled = |bytes: usize| format!("<a>{}</a>", "x".repeat(bytes - 7));
    let named = |bytes: usize| format!("<{}/>", "a".repeat(bytes));
    for (fits, does_not, error) in [
        (nested(MAX_DEPTH), nested(MAX_DEPTH + 1), Unreadable::TooDeep),
        (nested(MAX_DEPTH), nested(3000), Unreadable::TooDeep),
        (attributes(MAX_ATTRIBUTES), attributes(MAX_ATTRIBUTES + 1), Unreadable::TooDeep),
        (filled(MAX_DOCUMENT_BYTES), filled(MAX_DOCUMENT_BYTES + 1), Unreadable::TooLarge),
        (named(MAX_NAME_BYTES), named(MAX_NAME_BYTES + 1), Unreadable::TooLarge),
    ] {
        assert!(scan(fits.as_bytes()).is_ok(), "{error}");
        assert_eq!(scan(does_not.as_bytes()), Err(error));
    }
}

#[test]
fn a_short_document_with_a_long_canonical_form_is_refused() {
    let uri = format!("urn:{}", "x".repeat(1000));
    let document = format!("<a xmlns:p='{uri}'>{}</a>", "<p:b/>".repeat(5000));
    assert!(document.len() < MAX_DOCUMENT_BYTES);
    assert_eq!(scan(document.as_bytes()), Err(Unreadable::TooLarge));
}

#[test]
fn a_fault_is_reported_near_its_place() {
    let error = scan(b"<a>\n<b>&x;</b></a>").unwrap_err();
    assert_eq!(error, Unreadable::Malformed(Malformed { offset: 7, what: "a reference to nothing known" }));
}
