use expect_test::expect;

use super::*;

#[test]
fn an_endpoint_is_an_absolute_url_without_secrets_in_the_clear() {
    for text in ["https://shop.example/hook?t=1", "http://10.0.0.1:8080/", "https://[2001:db8::1]/"] {
        assert_eq!(Endpoint::parse(text).unwrap().as_str(), text);
    }
    let long = format!("https://shop.example/{}", "x".repeat(500));
    for text in [
        "",
        "shop.example",
        "/hook",
        "ftp://shop.example/",
        "file:///etc/passwd",
        "https://",
        "https://user@shop.example/",
        "https://user:word@shop.example/",
        "https://shop.example/#part",
        "https://shop.example/a b",
        "https://shop.example/\r\nx: y",
        "https://shöp.example/",
        long.as_str(),
    ] {
        assert_eq!(Endpoint::parse(text), Err(InvalidEndpoint), "{text}");
    }
}

#[test]
fn an_address_has_many_spellings_and_all_are_recognised() {
    for (text, expected) in [
        ("https://127.0.0.1/", Some("127.0.0.1")),
        ("https://127.1/", Some("127.0.0.1")),
        ("https://2130706433/", Some("127.0.0.1")),
        ("https://0x7f.0.0.1/", Some("127.0.0.1")),
        ("https://0177.0.0.1/", Some("127.0.0.1")),
        ("https://[::1]/", Some("::1")),
        ("https://[::ffff:127.0.0.1]/", Some("::ffff:127.0.0.1")),
        ("https://localhost/", None),
    ] {
        let address = Endpoint::parse(text).unwrap().address();
        assert_eq!(address, expected.map(|address| address.parse().unwrap()), "{text}");
    }
}

#[test]
fn what_an_answer_means_is_told_by_its_status() {
    let mut table = String::new();
    for (status, pause) in [
        (200, false),
        (204, false),
        (301, false),
        (400, false),
        (404, false),
        (410, false),
        (413, true),
        (429, false),
        (500, false),
        (503, true),
    ] {
        table += &format!("{status} {:?}\n", outcome(StatusCode::from_u16(status).unwrap(), pause));
    }
    expect![[r"
        200 Sent
        204 Sent
        301 Retry { reason: Status(301), fault: Message }
        400 Retry { reason: Status(400), fault: Message }
        404 Retry { reason: Status(404), fault: Message }
        410 Gone
        413 Retry { reason: Status(413), fault: Way }
        429 Retry { reason: Status(429), fault: Way }
        500 Retry { reason: Status(500), fault: Way }
        503 Retry { reason: Status(503), fault: Way }
    "]]
    .assert_eq(&table);
}

#[test]
fn a_path_and_a_key_are_never_shown() {
    let callback = Callback {
        event: EventId::parse("receipt_1").unwrap(),
        endpoint: Endpoint::parse("https://shop.example/token-4711").unwrap(),
        keys: vec![KeyInUse { key: SigningKey::new(vec![7; 32]).unwrap(), until: None }],
        body: b"<x/>".as_slice().into(),
    };
    let shown = format!("{callback:?}");
    assert!(!shown.contains("4711") && !shown.contains("7, 7"), "{shown}");
}

#[test]
fn an_event_id_cannot_part_or_break_a_header() {
    for text in ["", "a.b", "a b", "a\r\nb", "é", &"x".repeat(65)] {
        assert_eq!(EventId::parse(text), Err(InvalidEventId), "{text:?}");
    }
}
