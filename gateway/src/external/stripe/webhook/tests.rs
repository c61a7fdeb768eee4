use super::*;

const BODY: &[u8] = br#"{"id":"evt_1","type":"payment_intent.succeeded","data":{"object":{"object":"payment_intent","metadata":{"attempt":"7"}}}}"#;
const NOW_S: i64 = 1_700_000_000;

fn secrets() -> WebhookSecrets {
    WebhookSecrets::parse("whsec_current\n\n whsec_next \n").unwrap()
}

fn now() -> Timestamp {
    Timestamp::from_millis(NOW_S * 1000 + 999).unwrap()
}

fn tag(secret: &str, time: i64, body: &[u8]) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    let tag = hmac::sign(&key, &[format!("{time}.").as_bytes(), body].concat());
    tag.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn a_known_signature_verifies() {
    // Made with OpenSSL: printf '1700000000.{}' | openssl dgst -sha256 -hmac whsec_current
    let tag = "f6f73697ce109fa4dd61f505995eb3d3e625ff9bfc0e0795b6d93b45b613c3cc";
    assert_eq!(secrets().verify(&format!("t={NOW_S},v1={tag}"), b"{}", now()), Ok(()));
}

#[test]
fn either_secret_signs_while_they_change_and_other_schemes_do_not_count() {
    let (current, next) = (tag("whsec_current", NOW_S, BODY), tag("whsec_next", NOW_S, BODY));
    let strange = tag("whsec_other", NOW_S, BODY);
    for (header, expected) in [
        (format!("t={NOW_S},v1={current}"), Ok(())),
        (format!("t={NOW_S},v1={next}"), Ok(())),
        (format!("t={NOW_S},v1={strange},v1={next},v0={strange}"), Ok(())),
        (format!("v1={current}, t={NOW_S}"), Ok(())),
        (format!("t={NOW_S},v1={strange}"), Err(BadEvent::Forged)),
        (format!("t={NOW_S},v0={current}"), Err(BadEvent::Unsigned)),
        (format!("t={NOW_S}"), Err(BadEvent::Unsigned)),
        (format!("v1={current}"), Err(BadEvent::Unsigned)),
        (format!("t=soon,v1={current}"), Err(BadEvent::Unsigned)),
        (format!("t={NOW_S},v1={}", current.get(..62).unwrap()), Err(BadEvent::Unsigned)),
        (format!("t={NOW_S},v1={}", current.to_uppercase()), Err(BadEvent::Unsigned)),
        (String::new(), Err(BadEvent::Unsigned)),
    ] {
        assert_eq!(secrets().verify(&header, BODY, now()), expected, "{header}");
    }
}

#[test]
fn an_altered_body_or_time_is_forged() {
    let tag = tag("whsec_current", NOW_S, BODY);
    let mut altered = BODY.to_vec();
    *altered.last_mut().unwrap() = b' ';
    assert_eq!(secrets().verify(&format!("t={NOW_S},v1={tag}"), &altered, now()), Err(BadEvent::Forged));
    let later = NOW_S + 1;
    assert_eq!(secrets().verify(&format!("t={later},v1={tag}"), BODY, now()), Err(BadEvent::Forged));
}

#[test]
fn what_was_signed_too_long_ago_or_too_far_ahead_is_stale() {
    for (apart_s, expected) in
        [(-300, Ok(())), (300, Ok(())), (-301, Err(BadEvent::Stale)), (301, Err(BadEvent::Stale))]
    {
        let time = NOW_S + apart_s;
        let header = format!("t={time},v1={}", tag("whsec_current", time, BODY));
        assert_eq!(secrets().verify(&header, BODY, now()), expected, "{apart_s}");
    }
    let far = format!("t={},v1={}", i64::MIN, tag("whsec_current", i64::MIN, BODY));
    assert_eq!(secrets().verify(&far, BODY, now()), Err(BadEvent::Stale));
}

#[test]
fn an_event_names_our_attempt_or_nothing_of_ours() {
    assert_eq!(meaning(BODY), Ok(Meaning::Ask(AttemptId::new(7).unwrap())));
    for nothing_of_ours in [
        r#"{"data":{"object":{"object":"customer"}}}"#,
        r#"{"data":{"object":{"metadata":null}}}"#,
        r#"{"data":{"object":{"metadata":{"order":"7"}}}}"#,
        r#"{"data":{"object":{"metadata":{"attempt":"-7"}}}}"#,
        r#"{"data":{"object":{"metadata":{"attempt":"7 or so"}}}}"#,
    ] {
        assert_eq!(meaning(nothing_of_ours.as_bytes()), Ok(Meaning::Nothing), "{nothing_of_ours}");
    }
    for broken in ["", "[]", "{}", r#"{"data":{}}"#, r#"{"data":{"object":{"metadata":{"attempt":7}}}}"#] {
        assert_eq!(meaning(broken.as_bytes()), Err(BadEvent::Malformed), "{broken}");
    }
}

#[test]
fn what_happens_to_what_has_ended_is_kept_under_the_name_of_the_event() {
    let event = |kind: &str, object: &str| {
        meaning(format!(r#"{{"id":"evt_9","type":"{kind}","data":{{"object":{object}}}}}"#).as_bytes())
    };
    let keep = |kind: &str, object: &str, about, says| {
        let [system, name] = ["stripe", "evt_9"].map(str::to_owned);
        Ok(Meaning::Keep(KeepEvent {
            system,
            name,
            kind: kind.to_owned(),
            object: object.to_owned(),
            about,
            says,
        }))
    };
    let (seven, called) =
        (About::Attempt(AttemptId::new(7).unwrap()), |name: &str| About::Reference(name.to_owned()));
    // A dispute says what was paid by the intent's name only.
    assert_eq!(
        event(
            "charge.dispute.created",
            r#"{"id":"dp_1","charge":"ch_1","payment_intent":"pi_1","metadata":{}}"#
        ),
        keep("charge.dispute.created", "dp_1", called("pi_1"), Afterwards::ChargedBack)
    );
    assert_eq!(event("charge.dispute.created", r#"{"id":"dp_1","charge":"ch_1"}"#), Ok(Meaning::Nothing));
    assert_eq!(
        event("payout.failed", r#"{"id":"po_1","metadata":{"attempt":"7"}}"#),
        keep("payout.failed", "po_1", seven, Afterwards::Failed)
    );
    assert_eq!(
        event("refund.failed", r#"{"id":"re_1","payment_intent":"pi_1"}"#),
        keep("refund.failed", "re_1", called("re_1"), Afterwards::Failed)
    );
    for broken in [r#"{"payment_intent":"pi_1"}"#, r#"{"id":"dp 1","payment_intent":"pi_1"}"#, r#"{"id":7}"#]
    {
        assert_eq!(event("charge.dispute.created", broken), Err(BadEvent::Malformed), "{broken}");
    }
    let unnamed = r#"{"type":"payout.failed","data":{"object":{"id":"po_1"}}}"#;
    assert_eq!(meaning(unnamed.as_bytes()), Err(BadEvent::Malformed));
}

#[test]
fn secrets_are_lines_and_never_shown() {
    assert_eq!(format!("{:?}", secrets()), "WebhookSecrets(2, sealed)");
    for bad in ["", "\n\n", "short", "whsec_with a space", &"whsec_many\n".repeat(9)] {
        assert!(WebhookSecrets::parse(bad).is_err(), "{bad}");
    }
}
