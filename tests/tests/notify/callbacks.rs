//! Callbacks to merchants' servers: signed as the reference library wants it, and never to where they must not go.

use std::collections::VecDeque;
use std::io::{self, Write as _};
use std::net::{IpAddr, SocketAddr};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use gateway::notify::callback::{
    AddressRules, CallSettings, Callback, Caller, Endpoint, EventId, KeyInUse, MachineResolver, Resolver,
    SigningKey,
};
use gateway::notify::{Delivery, Fault, Reason, Roots};
use payment_domain::Timestamp;
use serde_json::json;
use tests::callback::{Answer, Call, Receiver};
use tests::scratch::repository;
use tests::{clock, peer};

const BODY: &[u8] = "<?xml version=\"1.0\"?><PaymentReceipt>é</PaymentReceipt>".as_bytes();

fn settings(rules: AddressRules) -> CallSettings {
    CallSettings {
        rules,
        plain_http: true,
        connect_limit: Duration::from_secs(2),
        time_limit: Duration::from_secs(5),
    }
}

fn networks(allowed: &[&str]) -> AddressRules {
    AddressRules {
        networks: allowed.iter().map(|network| network.parse().unwrap()).collect(),
        hosts: Vec::new(),
    }
}

fn roots() -> Roots {
    Roots::only(tests::smtp::self_signed_root().unwrap().as_bytes()).unwrap()
}

/// Calls anybody on this machine.
fn caller() -> Caller {
    Caller::new(settings(networks(&["127.0.0.0/8"])), &roots(), Arc::new(MachineResolver)).unwrap()
}

fn key() -> SigningKey {
    SigningKey::new(vec![7; 32]).unwrap()
}

fn callback(url: &str) -> Callback {
    Callback {
        event: EventId::parse("receipt_4711").unwrap(),
        endpoint: Endpoint::parse(url).unwrap(),
        keys: vec![KeyInUse { key: key(), until: None }],
        body: BODY.into(),
    }
}

const fn later(reason: Reason, fault: Fault) -> Delivery {
    Delivery::Retry { reason, fault }
}

/// What the reference library says of a callback.
fn verdict(call: &Call) -> Option<String> {
    verdict_of(&key(), call)
}

/// The same to whoever holds this key.
pub(crate) fn verdict_of(key: &SigningKey, call: &Call) -> Option<String> {
    let python = peer::python()?;
    let mut verifier = Command::new(python)
        .arg(repository().join("tests/peers/webhook.py"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let question = json!({
        "secret": *key.reveal(),
        "headers": call.headers,
        "body": STANDARD.encode(&call.body),
    });
    verifier.stdin.take().unwrap().write_all(question.to_string().as_bytes()).unwrap();
    let output = verifier.wait_with_output().unwrap();
    assert!(output.status.success());
    Some(String::from_utf8(output.stdout).unwrap().trim().to_owned())
}

#[tokio::test]
async fn a_callback_carries_the_signed_xml_and_the_reference_library_accepts_it() {
    let receiver = Receiver::secured(&[]).await.unwrap();
    let rules = AddressRules { networks: Vec::new(), hosts: vec!["localhost".to_owned()] };
    let roots = Roots::only(receiver.root_pem().unwrap().as_bytes()).unwrap();
    let settings = CallSettings { plain_http: false, ..settings(rules) };
    let caller = Caller::new(settings, &roots, Arc::new(MachineResolver)).unwrap();
    let delivery = caller.deliver(&callback(&receiver.url("localhost")), clock::now()).await;
    assert_eq!(delivery, Delivery::Sent);
    let calls = receiver.calls();
    let [call] = calls.as_slice() else { panic!("{calls:?}") };
    assert_eq!(call.line, "POST /receipts HTTP/1.1");
    assert_eq!(call.body, BODY);
    assert_eq!(call.headers["content-type"], "application/xml");
    assert_eq!(call.headers["webhook-id"], "receipt_4711");
    let Some(verdict) = verdict(call) else { return };
    assert_eq!(verdict, "accepted");
}

#[tokio::test]
async fn a_copy_that_is_old_or_altered_is_refused_by_the_reference_library() {
    let receiver = Receiver::plain(&[]).await.unwrap();
    let callback = callback(&receiver.url("127.0.0.1"));
    let ten_minutes_ago = clock::now().saturating_add_millis(-600_000);
    for now in [ten_minutes_ago, clock::now()] {
        assert_eq!(caller().deliver(&callback, now).await, Delivery::Sent);
    }
    let calls = receiver.calls();
    let mut altered = calls[1].clone();
    altered.body.push(b' ');
    let mut renamed = calls[1].clone();
    renamed.headers.insert("webhook-id".to_owned(), "receipt_4712".to_owned());
    // An old copy with the time of a new one.
    let mut redated = calls[0].clone();
    redated.headers.insert("webhook-timestamp".to_owned(), calls[1].headers["webhook-timestamp"].clone());
    for (call, expected) in [
        (&calls[1], "accepted"),
        (&calls[0], "Message timestamp too old"),
        (&altered, "No matching signature found"),
        (&renamed, "No matching signature found"),
        (&redated, "No matching signature found"),
    ] {
        let Some(verdict) = verdict(call) else { return };
        assert_eq!(verdict, expected);
    }
}

#[tokio::test]
async fn a_repetition_has_the_id_and_body_of_the_first_try_and_a_time_of_its_own() {
    let receiver = Receiver::plain(&[Answer::Status(500), Answer::Status(200)]).await.unwrap();
    let callback = callback(&receiver.url("127.0.0.1"));
    let first = Timestamp::parse("2026-11-21T07:00:00.000Z").unwrap();
    let second = first.saturating_add_millis(5_000);
    let caller = caller();
    assert_eq!(caller.deliver(&callback, first).await, later(Reason::Status(500), Fault::Way));
    assert_eq!(caller.deliver(&callback, second).await, Delivery::Sent);
    let calls = receiver.calls();
    assert_eq!(calls[0].headers["webhook-id"], calls[1].headers["webhook-id"]);
    assert_eq!(calls[0].body, calls[1].body);
    assert_ne!(calls[0].headers["webhook-timestamp"], calls[1].headers["webhook-timestamp"]);
    assert_ne!(calls[0].headers["webhook-signature"], calls[1].headers["webhook-signature"]);
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let inner = Receiver::plain(&[]).await.unwrap();
    let receiver = Receiver::plain(&[Answer::Redirect(inner.url("127.0.0.1"))]).await.unwrap();
    let delivery = caller().deliver(&callback(&receiver.url("127.0.0.1")), clock::now()).await;
    assert_eq!(delivery, later(Reason::Status(307), Fault::Message));
    assert_eq!(inner.calls(), []);
}

#[tokio::test]
async fn a_receiver_that_hangs_floods_or_hangs_up_costs_a_bounded_time() {
    let limits = CallSettings { time_limit: Duration::from_secs(1), ..settings(networks(&["127.0.0.0/8"])) };
    let caller = Caller::new(limits, &roots(), Arc::new(MachineResolver)).unwrap();
    for (answer, expected) in [
        (Answer::Hang, later(Reason::TimedOut, Fault::Way)),
        (Answer::Close, later(Reason::Unreachable, Fault::Way)),
        (Answer::Flood, Delivery::Sent),
        (Answer::Status(410), Delivery::Gone),
    ] {
        let receiver = Receiver::plain(std::slice::from_ref(&answer)).await.unwrap();
        let start = Instant::now();
        let delivery = caller.deliver(&callback(&receiver.url("127.0.0.1")), clock::now()).await;
        assert_eq!(delivery, expected, "{answer:?}");
        assert!(start.elapsed() < Duration::from_secs(3), "{answer:?}: {:?}", start.elapsed());
        assert_eq!(receiver.calls().len(), 1);
    }
}

#[tokio::test]
async fn a_server_that_is_not_who_it_says_gets_nothing() {
    let receiver = Receiver::secured(&[]).await.unwrap();
    let allowed = || settings(networks(&["127.0.0.0/8"]));
    let its_roots = Roots::only(receiver.root_pem().unwrap().as_bytes()).unwrap();
    for (roots, host) in [
        // Certified by a stranger.
        (&roots(), "localhost"),
        // Certified, but for another name.
        (&its_roots, "127.0.0.1"),
    ] {
        let caller = Caller::new(allowed(), roots, Arc::new(MachineResolver)).unwrap();
        let delivery = caller.deliver(&callback(&receiver.url(host)), clock::now()).await;
        assert_eq!(delivery, later(Reason::NotTrusted, Fault::Way), "{host}");
    }
    assert_eq!(receiver.calls(), []);
}

#[tokio::test]
async fn plain_http_is_called_only_where_the_installation_allows_it() {
    let receiver = Receiver::plain(&[]).await.unwrap();
    let strict = CallSettings { plain_http: false, ..settings(networks(&["127.0.0.0/8"])) };
    let caller = Caller::new(strict, &roots(), Arc::new(MachineResolver)).unwrap();
    let delivery = caller.deliver(&callback(&receiver.url("127.0.0.1")), clock::now()).await;
    assert_eq!(delivery, Delivery::Refused(Reason::NotHttps));
    assert_eq!(receiver.calls(), []);
}

#[tokio::test]
async fn private_addresses_are_not_called_however_they_are_written() {
    let receiver = Receiver::plain(&[]).await.unwrap();
    let caller = Caller::new(settings(AddressRules::default()), &roots(), Arc::new(MachineResolver)).unwrap();
    for host in
        ["127.0.0.1", "127.1", "2130706433", "0x7f000001", "0177.0.0.1", "[::ffff:127.0.0.1]", "0.0.0.0"]
    {
        let delivery = caller.deliver(&callback(&receiver.url(host)), clock::now()).await;
        assert_eq!(delivery, Delivery::Refused(Reason::AddressNotAllowed), "{host}");
    }
    let delivery = caller.deliver(&callback(&receiver.url("localhost")), clock::now()).await;
    assert_eq!(delivery, later(Reason::AddressNotAllowed, Fault::Way), "a name that resolves to one");
    assert_eq!(receiver.calls(), []);
}

/// Gives these answers one after the other, then none.
#[derive(Default)]
struct FakeResolver {
    answers: Mutex<VecDeque<Vec<IpAddr>>>,
    asked: AtomicUsize,
}

impl FakeResolver {
    fn new(answers: &[&[&str]]) -> Arc<Self> {
        let parse = |answer: &&[&str]| answer.iter().map(|address| address.parse().unwrap()).collect();
        Arc::new(Self {
            answers: Mutex::new(answers.iter().map(parse).collect()),
            asked: AtomicUsize::new(0),
        })
    }
}

impl Resolver for FakeResolver {
    fn resolve(&self, _host: &str) -> futures_util::future::BoxFuture<'static, io::Result<Vec<IpAddr>>> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        let answer = self.answers.lock().unwrap().pop_front().unwrap_or_default();
        Box::pin(async move { Ok(answer) })
    }
}

/// A merchant's server at 127.0.0.2, which may be called, and one of ours at 127.0.0.1, on the same port.
async fn neighbours(answers: &[Answer]) -> (Receiver, Receiver) {
    loop {
        let merchant = Receiver::plain_at(SocketAddr::from(([127, 0, 0, 2], 0)), answers).await.unwrap();
        let port = merchant.address().port();
        // Somebody else may have the port there: then another one.
        if let Ok(ours) = Receiver::plain_at(SocketAddr::from(([127, 0, 0, 1], port)), &[]).await {
            return (merchant, ours);
        }
    }
}

#[tokio::test]
async fn a_name_that_changes_its_address_after_the_check_gains_nothing() {
    // The merchant's server hangs up each time, so that no connection is kept between the calls.
    let (merchant, ours) = neighbours(&[Answer::Close, Answer::Close]).await;
    let resolver = FakeResolver::new(&[&["127.0.0.2"], &["127.0.0.1"], &["127.0.0.1", "127.0.0.2"]]);
    let rules = settings(networks(&["127.0.0.2/32"]));
    let caller = Caller::new(rules, &roots(), Arc::<FakeResolver>::clone(&resolver)).unwrap();
    let callback = callback(&merchant.url("rebind.example"));
    for (asked, called, expected) in [
        (1, 1, later(Reason::Unreachable, Fault::Way)),
        (2, 1, later(Reason::AddressNotAllowed, Fault::Way)),
        // Of a mixed answer only what is allowed is tried.
        (3, 2, later(Reason::Unreachable, Fault::Way)),
        (4, 2, later(Reason::NameUnknown, Fault::Way)),
    ] {
        assert_eq!(caller.deliver(&callback, clock::now()).await, expected);
        assert_eq!(
            resolver.asked.load(Ordering::SeqCst),
            asked,
            "one look-up a call: what is checked is called"
        );
        assert_eq!(merchant.calls().len(), called);
    }
    assert_eq!(ours.calls(), []);
}

#[tokio::test]
async fn an_address_that_is_not_allowed_is_no_second_choice_when_the_first_is_down() {
    let ours = Receiver::plain(&[]).await.unwrap();
    let resolver = FakeResolver::new(&[&["127.0.0.3", "127.0.0.1"]]);
    let caller = Caller::new(settings(networks(&["127.0.0.3/32"])), &roots(), resolver).unwrap();
    let delivery = caller.deliver(&callback(&ours.url("mixed.example")), clock::now()).await;
    assert_eq!(delivery, later(Reason::Unreachable, Fault::Way));
    assert_eq!(ours.calls(), []);
}
