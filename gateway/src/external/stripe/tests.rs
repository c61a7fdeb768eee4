use core_payment::{ExternalInstrument, Original};
use payment_domain::{AttemptId, Currency, Money};

use super::*;

const CUSTOMER: &str = "stripe:cus_Nf1/pm_1Qz";
const STARTED_S: i64 = 1_700_000_000;

fn attempt(operation: Operation, instrument: &str, amount: &str) -> Attempt {
    Attempt {
        id: AttemptId::new(7).unwrap(),
        operation,
        purpose: Purpose::Order,
        system: "stripe".to_owned(),
        instrument: Some(ExternalInstrument::parse(instrument).unwrap()),
        bank: None,
        original: None,
        reference: None,
        amount: Money::parse(amount, Currency::EUR).unwrap(),
        started_at: Timestamp::from_millis(STARTED_S * 1000).unwrap(),
    }
}

/// An attempt that goes back to `pi_3M`.
fn back(operation: Operation, amount: &str) -> Attempt {
    let original = Original {
        id: AttemptId::new(5).unwrap(),
        operation: Operation::Authorise,
        reference: Some("pi_3M".to_owned()),
        amount: Money::parse("45.00", Currency::EUR).unwrap(),
    };
    Attempt { original: Some(original), ..attempt(operation, CUSTOMER, amount) }
}

/// A minute after the attempt began.
fn in_time() -> Timestamp {
    Timestamp::from_millis((STARTED_S + 60) * 1000).unwrap()
}

fn stripe() -> Stripe {
    Stripe::new(StripeSettings {
        return_url: None,
        action_page: Some("https://shop.example/3ds".to_owned()),
        honours_keys: false,
        action_limit: Some(Duration::from_secs(900)),
    })
}

fn request(attempt: &Attempt) -> Result<Request, Unsendable> {
    match attempt.operation {
        Operation::Charge => stripe().charge(attempt),
        Operation::Refund => stripe().refund(attempt),
        Operation::Authorise => stripe().authorise(attempt),
        Operation::Capture => stripe().capture(attempt),
        Operation::Void => stripe().void(attempt),
        Operation::Payout => stripe().pay_out(attempt),
    }
}

fn written(attempt: &Attempt) -> String {
    let request = request(attempt).unwrap();
    assert_eq!((request.verb, request.format, request.key), (Verb::Submit, Format::Form, Some(attempt.id)));
    format!("{} {}", request.path, String::from_utf8(request.body).unwrap())
}

fn asked(attempt: &Attempt) -> String {
    let now = attempt.started_at.saturating_add_millis(60_000);
    let request = stripe().status_request(attempt, now).unwrap();
    assert_eq!((request.verb, request.body.len(), request.key), (Verb::Read, 0, None));
    request.path
}

fn response(status: u16, body: &str) -> Response {
    Response { status, body: body.as_bytes().to_vec() }
}

/// A payment intent over 45.00 EUR of our attempt 7, with this status and more members.
fn intent(status: &str, more: &str) -> String {
    let (customer, created) = ("\"customer\":\"cus_Nf1\"", STARTED_S + 1);
    format!(
        r#"{{"object":"payment_intent","id":"pi_3M","status":"{status}","amount":4500,"currency":"eur",{customer},"created":{created},"metadata":{{"attempt":"7"}}{more}}}"#
    )
}

fn movement(object: &str, status: &str, more: &str) -> String {
    format!(
        r#"{{"object":"{object}","id":"xx_1","status":"{status}","amount":4500,"currency":"eur","created":{STARTED_S},"metadata":{{"attempt":"7"}}{more}}}"#
    )
}

fn approved(reference: &str) -> Outcome {
    Outcome::Approved { reference: reference.to_owned() }
}

fn declined(reason: &str) -> Outcome {
    Outcome::Declined { reason: reason.to_owned() }
}

#[test]
fn each_operation_has_its_request() {
    let money = "amount=4500&currency=eur&metadata%5Battempt%5D=7";
    let card = "customer=cus_Nf1&payment_method=pm_1Qz&payment_method_types%5B0%5D=card";
    for (attempt, expected) in [
        (
            attempt(Operation::Charge, CUSTOMER, "45.00"),
            format!("/v1/payment_intents {money}&{card}&capture_method=automatic&confirm=true"),
        ),
        (
            attempt(Operation::Authorise, CUSTOMER, "45.00"),
            format!("/v1/payment_intents {money}&{card}&capture_method=manual&confirm=true"),
        ),
        (
            Attempt { purpose: Purpose::Bill, ..attempt(Operation::Charge, CUSTOMER, "45.00") },
            format!(
                "/v1/payment_intents {money}&{card}&capture_method=automatic&confirm=true&off_session=true"
            ),
        ),
        (
            attempt(Operation::Charge, "stripe:pm_card_visa", "45.00"),
            format!(
                "/v1/payment_intents {money}&payment_method=pm_card_visa&payment_method_types%5B0%5D=card\
                 &capture_method=automatic&confirm=true"
            ),
        ),
        (
            back(Operation::Capture, "30.00"),
            "/v1/payment_intents/pi_3M/capture amount_to_capture=3000".to_owned(),
        ),
        (back(Operation::Void, "45.00"), "/v1/payment_intents/pi_3M/cancel ".to_owned()),
        (
            back(Operation::Refund, "15.00"),
            "/v1/refunds payment_intent=pi_3M&amount=1500&metadata%5Battempt%5D=7".to_owned(),
        ),
        (
            attempt(Operation::Payout, "stripe:ba_1N", "45.00"),
            format!("/v1/payouts {money}&destination=ba_1N"),
        ),
        (attempt(Operation::Payout, "stripe:default", "45.00"), format!("/v1/payouts {money}")),
    ] {
        assert_eq!(written(&attempt), expected);
    }
}

#[test]
fn the_consumer_comes_back_where_the_installation_says() {
    let settings =
        StripeSettings { return_url: Some("https://shop.example/back".to_owned()), ..Default::default() };
    let request = Stripe::new(settings).charge(&attempt(Operation::Charge, CUSTOMER, "45.00")).unwrap();
    let body = String::from_utf8(request.body).unwrap();
    assert!(body.ends_with("&return_url=https%3A%2F%2Fshop.example%2Fback"), "{body}");
}

#[test]
fn what_cannot_be_said_is_not_sent() {
    let charge = |instrument, amount| attempt(Operation::Charge, instrument, amount);
    let lost = Attempt { original: None, ..back(Operation::Capture, "30.00") };
    for (attempt, error) in [
        (charge(CUSTOMER, "45.001"), Unsendable::InexactAmount),
        (charge(CUSTOMER, "0.009999"), Unsendable::InexactAmount),
        (back(Operation::Refund, "0.005"), Unsendable::InexactAmount),
        (Attempt { instrument: None, ..charge(CUSTOMER, "45.00") }, Unsendable::NoInstrument),
        (charge("stripe:cus_Nf1", "45.00"), Unsendable::NoInstrument),
        (charge("stripe:cus_Nf1/", "45.00"), Unsendable::NoInstrument),
        (charge("stripe:cus_Nf1/pm_1/pm_2", "45.00"), Unsendable::NoInstrument),
        (charge("stripe:4242424242424242", "45.00"), Unsendable::NoInstrument),
        (charge("stripe:pm_1?a=b", "45.00"), Unsendable::NoInstrument),
        (attempt(Operation::Payout, CUSTOMER, "45.00"), Unsendable::NoInstrument),
        (lost, Unsendable::NoOriginal),
    ] {
        assert_eq!(request(&attempt), Err(error), "{attempt:?}");
    }
}

#[test]
fn the_first_answer_is_yes_or_no_or_neither() {
    let charge = attempt(Operation::Charge, CUSTOMER, "45.00");
    let redirect = r#","next_action":{"type":"redirect_to_url","redirect_to_url":{"url":"https://bank.example/3ds?a=b"}}"#;
    let script =
        r#","client_secret":"pi_3M_secret_x","next_action":{"type":"use_stripe_sdk","use_stripe_sdk":{}}"#;
    let action = |url: &str| Outcome::ActionRequired { url: url.to_owned(), reference: "pi_3M".to_owned() };
    let failed =
        r#","last_payment_error":{"type":"card_error","code":"payment_intent_authentication_failure"}"#;
    let table = [
        (200, intent("succeeded", ""), approved("pi_3M")),
        (200, intent("succeeded", r#","amount_received":4500"#), approved("pi_3M")),
        (200, intent("succeeded", r#","amount_received":4499"#), Outcome::Unknown),
        (200, intent("succeeded", "").replace("4500", "4600"), Outcome::Unknown),
        (200, intent("succeeded", "").replace("eur", "usd"), Outcome::Unknown),
        (200, intent("requires_action", redirect), action("https://bank.example/3ds?a=b")),
        (
            200,
            intent("requires_action", script),
            action(
                "https://shop.example/3ds?payment_intent=pi_3M&payment_intent_client_secret=pi_3M_secret_x",
            ),
        ),
        (200, intent("requires_action", &redirect.replace("https", "javascript")), Outcome::Unknown),
        (200, intent("requires_payment_method", failed), declined("payment_intent_authentication_failure")),
        (200, intent("requires_payment_method", ""), Outcome::Unknown),
        (200, intent("canceled", ""), declined("canceled")),
        (200, intent("processing", ""), Outcome::Unknown),
        (200, intent("requires_capture", ""), Outcome::Unknown),
        (200, intent("something_new", ""), Outcome::Unknown),
        (200, movement("refund", "succeeded", ""), Outcome::Unknown),
        (200, "{}".to_owned(), Outcome::Unknown),
        (200, "<html>".to_owned(), Outcome::Unknown),
        (301, intent("succeeded", ""), Outcome::Unknown),
        (
            402,
            r#"{"error":{"type":"card_error","code":"card_declined","decline_code":"insufficient_funds"}}"#
                .to_owned(),
            declined("insufficient_funds"),
        ),
        (402, r#"{"error":{"code":"card_declined"}}"#.to_owned(), declined("card_declined")),
        (402, r#"{"error":{"code":"Mr Jones, card 4242"}}"#.to_owned(), declined("declined")),
        (402, String::new(), declined("declined")),
        (
            400,
            r#"{"error":{"type":"invalid_request_error","code":"amount_too_small"}}"#.to_owned(),
            declined("amount_too_small"),
        ),
        (
            404,
            r#"{"error":{"type":"invalid_request_error","code":"resource_missing"}}"#.to_owned(),
            declined("resource_missing"),
        ),
        (400, r#"{"error":{"type":"idempotency_error"}}"#.to_owned(), Outcome::Unknown),
        (400, String::new(), Outcome::Unknown),
        (401, r#"{"error":{"type":"invalid_request_error"}}"#.to_owned(), Outcome::Unknown),
        (
            409,
            r#"{"error":{"type":"invalid_request_error","code":"idempotency_key_in_use"}}"#.to_owned(),
            Outcome::Unknown,
        ),
        (
            429,
            r#"{"error":{"type":"invalid_request_error","code":"rate_limit"}}"#.to_owned(),
            Outcome::Unknown,
        ),
        (500, String::new(), Outcome::Unknown),
        (503, intent("succeeded", ""), Outcome::Unknown),
    ];
    for (status, body, expected) in table {
        assert_eq!(stripe().parse(&charge, &response(status, &body)), expected, "{status} {body}");
    }
}

#[test]
fn other_operations_read_their_own_objects() {
    let refused = |code| format!(r#"{{"error":{{"type":"invalid_request_error","code":"{code}"}}}}"#);
    let capture = back(Operation::Capture, "30.00");
    let (void, refund) = (back(Operation::Void, "45.00"), back(Operation::Refund, "45.00"));
    let authorise = attempt(Operation::Authorise, CUSTOMER, "45.00");
    let payout = attempt(Operation::Payout, "stripe:ba_1N", "45.00");
    let table = [
        (&authorise, 200, intent("requires_capture", ""), approved("pi_3M")),
        (&authorise, 200, intent("succeeded", r#","amount_received":3000"#), approved("pi_3M")),
        (&capture, 200, intent("succeeded", r#","amount_received":3000"#), approved("pi_3M")),
        (&capture, 200, intent("succeeded", ""), approved("pi_3M")),
        (&capture, 200, intent("succeeded", r#","amount_received":4500"#), Outcome::Unknown),
        (&capture, 200, intent("requires_capture", ""), Outcome::Unknown),
        (&capture, 400, refused("amount_too_large"), declined("amount_too_large")),
        (&capture, 400, refused("payment_intent_unexpected_state"), Outcome::Unknown),
        (&capture, 400, refused("something_new"), Outcome::Unknown),
        (&void, 200, intent("canceled", ""), approved("pi_3M")),
        (&void, 400, refused("payment_intent_unexpected_state"), Outcome::Unknown),
        (&refund, 200, movement("refund", "succeeded", ""), approved("xx_1")),
        (&refund, 200, movement("refund", "pending", ""), Outcome::Unknown),
        (
            &refund,
            200,
            movement("refund", "failed", r#","failure_reason":"lost_or_stolen_card""#),
            declined("lost_or_stolen_card"),
        ),
        (&refund, 400, refused("charge_already_refunded"), Outcome::Unknown),
        (&refund, 400, refused("parameter_invalid_integer"), declined("parameter_invalid_integer")),
        (&payout, 200, movement("payout", "paid", ""), approved("xx_1")),
        (&payout, 200, movement("payout", "in_transit", ""), Outcome::Unknown),
        (
            &payout,
            200,
            movement("payout", "failed", r#","failure_code":"account_closed""#),
            declined("account_closed"),
        ),
        (&payout, 200, intent("succeeded", ""), Outcome::Unknown),
        (&payout, 400, refused("balance_insufficient"), declined("balance_insufficient")),
    ];
    for (attempt, status, body, expected) in table {
        let outcome = stripe().parse(attempt, &response(status, &body));
        assert_eq!(outcome, expected, "{} {status} {body}", attempt.operation);
    }
}

#[test]
fn what_became_of_an_attempt_is_asked_by_id_or_looked_for() {
    let named =
        |attempt: Attempt, reference: &str| Attempt { reference: Some(reference.to_owned()), ..attempt };
    let charge = attempt(Operation::Charge, CUSTOMER, "45.00");
    let refund = back(Operation::Refund, "15.00");
    let payout = attempt(Operation::Payout, "stripe:ba_1N", "45.00");
    for (attempt, expected) in [
        (charge.clone(), "/v1/payment_intents?limit=100"),
        (named(charge, "pi_9"), "/v1/payment_intents/pi_9"),
        (back(Operation::Capture, "30.00"), "/v1/payment_intents/pi_3M"),
        (back(Operation::Void, "30.00"), "/v1/payment_intents/pi_3M"),
        (refund.clone(), "/v1/refunds?limit=100&payment_intent=pi_3M"),
        (named(refund, "re_9"), "/v1/refunds/re_9"),
        (payout.clone(), "/v1/payouts?limit=100"),
        (named(payout, "po_9"), "/v1/payouts/po_9"),
    ] {
        assert_eq!(asked(&attempt), expected);
    }
    let lost = Attempt { original: None, ..back(Operation::Refund, "15.00") };
    assert_eq!(stripe().status_request(&lost, lost.started_at), Err(Unsendable::NoOriginal));
}

#[test]
fn where_keys_are_honoured_the_request_itself_is_the_question_for_a_day() {
    let stripe = Stripe::new(StripeSettings { honours_keys: true, ..StripeSettings::default() });
    let charge = attempt(Operation::Charge, CUSTOMER, "45.00");
    let after = |hours: i64| charge.started_at.saturating_add_millis(hours * 60 * 60 * 1000);
    assert_eq!(stripe.status_request(&charge, after(22)), stripe.charge(&charge));
    assert_eq!(stripe.status_request(&charge, after(24)).unwrap().path, "/v1/payment_intents?limit=100");
    let refused = response(402, r#"{"error":{"code":"card_declined"}}"#);
    assert_eq!(stripe.parse_status(&charge, &refused, in_time()), Standing::Known(declined("card_declined")));
    let capture = back(Operation::Capture, "30.00");
    assert_eq!(stripe.status_request(&capture, after(0)).unwrap().path, "/v1/payment_intents/pi_3M");
}

#[test]
fn a_list_is_gone_through_until_the_attempt_is_found_or_cannot_be_there() {
    let charge = attempt(Operation::Charge, CUSTOMER, "45.00");
    let other = |id: &str, apart_s: i64| {
        let created = STARTED_S + apart_s;
        format!(
            r#"{{"object":"payment_intent","id":"{id}","status":"succeeded","amount":1,"currency":"eur","created":{created},"metadata":{{"attempt":"8"}}}}"#
        )
    };
    let nameless = other("pi_n", 1).replace(r#"{"attempt":"8"}"#, "null");
    let page = |has_more: bool, objects: &[&str]| {
        response(200, &format!(r#"{{"object":"list","has_more":{has_more},"data":[{}]}}"#, objects.join(",")))
    };
    let next = |id: &str| {
        Standing::AskOn(Request::read(format!("/v1/payment_intents?limit=100&starting_after={id}")))
    };
    let ours = intent("succeeded", "");
    for (answer, expected) in [
        (page(false, &[&nameless, &ours, &other("pi_a", 2)]), Standing::Known(approved("pi_3M"))),
        (page(true, &[&ours]), Standing::Known(approved("pi_3M"))),
        (page(false, &[]), Standing::NeverArrived),
        (page(true, &[]), Standing::Unclear),
        (page(false, &[&other("pi_a", 0), &nameless]), Standing::NeverArrived),
        // Newest first, and not yet beyond the attempt's time.
        (page(true, &[&other("pi_b", 50), &other("pi_a", -599)]), next("pi_a")),
        (page(true, &[&other("pi_b", 50), &other("pi_a", -601)]), Standing::NeverArrived),
        // Oldest first: the end has to be reached.
        (page(true, &[&other("pi_a", -9000), &other("pi_b", -8000)]), next("pi_b")),
        (page(true, &[&other("pi_a", -9000)]), next("pi_a")),
        (response(500, ""), Standing::Unclear),
        (response(404, r#"{"error":{"type":"invalid_request_error"}}"#), Standing::Unclear),
        (response(200, r#"{"object":"list","data":[]}"#), Standing::Unclear),
        (response(401, r#"{"object":"list","has_more":false,"data":[]}"#), Standing::Unclear),
    ] {
        let body = String::from_utf8_lossy(&answer.body).into_owned();
        assert_eq!(stripe().parse_status(&charge, &answer, in_time()), expected, "{body}");
    }
}

#[test]
fn what_goes_back_to_an_intent_has_arrived_if_the_intent_shows_it() {
    for (operation, status, expected) in [
        (Operation::Capture, "requires_capture", Standing::NeverArrived),
        (Operation::Capture, "succeeded", Standing::Known(approved("pi_3M"))),
        (Operation::Capture, "canceled", Standing::Known(declined("canceled"))),
        (Operation::Capture, "processing", Standing::Known(Outcome::Unknown)),
        (Operation::Void, "requires_capture", Standing::NeverArrived),
        (Operation::Void, "canceled", Standing::Known(approved("pi_3M"))),
        (Operation::Void, "succeeded", Standing::Known(declined("captured"))),
    ] {
        let standing =
            stripe().parse_status(&back(operation, "45.00"), &response(200, &intent(status, "")), in_time());
        assert_eq!(standing, expected, "{operation} {status}");
    }
}

#[test]
fn what_the_consumer_does_not_confirm_in_time_is_cancelled_and_the_answer_to_that_is_the_end() {
    let charge = attempt(Operation::Charge, CUSTOMER, "45.00");
    let after = |seconds: i64| charge.started_at.saturating_add_millis(seconds * 1000);
    let waiting = intent("requires_action", r#","client_secret":"pi_3M_secret_x","next_action":{}"#);
    let listed = format!(r#"{{"object":"list","has_more":false,"data":[{waiting}]}}"#);
    for body in [&waiting, &listed] {
        let standing = |seconds| stripe().parse_status(&charge, &response(200, body), after(seconds));
        assert!(matches!(standing(900), Standing::Known(Outcome::ActionRequired { .. })), "{body}");
        let Standing::AskOn(request) = standing(901) else { panic!("{body}") };
        assert_eq!((request.verb, request.key), (Verb::Submit, None));
        assert_eq!(request.path, "/v1/payment_intents/pi_3M/cancel");
    }
    let refused = r#"{"error":{"type":"invalid_request_error","code":"payment_intent_unexpected_state"}}"#;
    for (status, body, expected) in [
        (200, intent("canceled", ""), Standing::Known(declined("canceled"))),
        (200, intent("succeeded", ""), Standing::Known(approved("pi_3M"))),
        (400, refused.to_owned(), Standing::Unclear),
    ] {
        assert_eq!(stripe().parse_status(&charge, &response(status, &body), after(901)), expected, "{body}");
    }
}

#[test]
fn the_system_learns_nothing_of_the_purchase() {
    let debug = format!("{:?}", attempt(Operation::Charge, CUSTOMER, "45.00"));
    assert!(!debug.contains("pm_1Qz"), "a token is never shown: {debug}");
    let sent = written(&attempt(Operation::Charge, CUSTOMER, "45.00"));
    for word in ["order", "merchant", "description", "receipt_email"] {
        assert!(!sent.contains(word), "{word}");
    }
}
