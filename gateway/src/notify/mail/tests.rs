use expect_test::expect;

use super::*;

pub(super) fn letter(to: &str) -> Letter {
    Letter {
        event: EventId::parse("bill_42").unwrap(),
        to: EmailAddress::parse(to).unwrap(),
        subject: Label::parse("Your bill of €12.30").unwrap(),
        text: "Amount due: €12.30\n.\nA line that begins with a full stop stays.\n".to_owned(),
        html: "<p>Amount due: €12.30</p>".to_owned(),
        attachments: vec![Attachment {
            name: FileName::parse("bill-42.xml").unwrap(),
            media: Media::Xml,
            content: b"<Bill>\n</Bill>".as_slice().into(),
        }],
    }
}

fn sender() -> Mailbox {
    Mailbox::new(Some("Meteore".to_owned()), "billing@meteore.example".parse().unwrap())
}

#[test]
fn the_same_letter_gives_the_same_bytes_in_seven_bits() {
    let now = Timestamp::parse("2026-11-21T07:29:25.123Z").unwrap();
    let write = || compose::compose(&letter("alice@example.org"), &sender(), now).unwrap().formatted();
    let bytes = write();
    assert_eq!(bytes, write());
    assert!(bytes.is_ascii());
    let text = String::from_utf8(bytes).unwrap();
    assert_eq!(text.matches('\n').count(), text.matches("\r\n").count(), "lines end in CRLF");
    expect![[r#"
        From: Meteore <billing@meteore.example>
        To: alice@example.org
        Subject: Your bill of =?utf-8?b?4oKsMTIuMzA=?=
        Date: Sat, 21 Nov 2026 07:29:25 +0000
        Message-ID: <bill_42@meteore.example>
        Auto-Submitted: auto-generated
        MIME-Version: 1.0
        Content-Type: multipart/mixed; boundary="=_all_bill_42"

        --=_all_bill_42
        Content-Type: multipart/alternative; boundary="=_text_bill_42"

        --=_text_bill_42
        Content-Type: text/plain; charset=utf-8
        Content-Transfer-Encoding: quoted-printable

        Amount due: =E2=82=AC12.30
        .
        A line that begins with a full stop stays.

        --=_text_bill_42
        Content-Type: text/html; charset=utf-8
        Content-Transfer-Encoding: quoted-printable

        <p>Amount due: =E2=82=AC12.30</p>
        --=_text_bill_42--
        --=_all_bill_42
        Content-Disposition: attachment; filename="bill-42.xml"
        Content-Type: application/xml
        Content-Transfer-Encoding: base64

        PEJpbGw+CjwvQmlsbD4=
        --=_all_bill_42--
    "#]]
    .assert_eq(&text.replace('\r', ""));
}

#[test]
fn an_address_holds_one_recipient_and_no_header() {
    for to in [
        "a@b.example\r\nBcc: eve@example.org",
        "a@b.example, eve@example.org",
        "a b@example.org",
        "<a@b.example>",
    ] {
        assert!(EmailAddress::parse(to).is_err(), "{to}");
    }
    // Whatever the domain takes can be written.
    for to in ["a@b.example", "a.b+c@d-e.example", "!#$%&'*+/=?^_`{|}~-@example.org", "1@2.3"] {
        let message = compose::compose(&letter(to), &sender(), Timestamp::EPOCH).unwrap();
        assert_eq!(message.envelope().to().first().unwrap().to_string(), to);
    }
}

#[test]
fn a_file_name_cannot_lead_anywhere() {
    for text in ["", ".profile", "../x", "a/b", "a\\b", "a\"b", "a b", "A.xml", "a\r\n"] {
        assert_eq!(FileName::parse(text), Err(InvalidFileName), "{text}");
    }
}

#[test]
fn credentials_and_content_are_never_shown() {
    let credentials = Credentials { user: "relay-user".to_owned(), password: "secret".to_owned().into() };
    let shown = format!("{credentials:?} {:?}", letter("alice@example.org").attachments);
    for secret in ["relay-user", "secret", "<Bill>"] {
        assert!(!shown.contains(secret), "{shown}");
    }
}
