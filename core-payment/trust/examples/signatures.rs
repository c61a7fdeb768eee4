//! What signatures cost: µs of CPU to verify and to sign, against the bare primitives.
//!
//! `cargo run -p payment-trust --release --example signatures`
#![expect(
    clippy::unwrap_used,
    clippy::arithmetic_side_effects,
    clippy::print_stdout,
    reason = "a measurement, not a library"
)]

use std::hint::black_box;
use std::time::Duration;

use payment_domain::{PartyId, Role, Timestamp};
use payment_message::envelope::sign;
use payment_message::{SignatureEngine, Signer as _, StrictEngine};
use payment_trust::{Authority, Chain, Credential, PrivateKey, SenderCache, Validity, XmlsecEngine, sha256};

const ROUNDS: usize = 3;
/// A round must be long beside the ticks of 4 ms in which the kernel counts CPU time.
const CALLS: u64 = 10_000;
/// For what takes less than a microsecond.
const MANY_CALLS: u64 = 1_000_000;

fn main() {
    let now = Timestamp::EPOCH.saturating_add_millis(1);
    let (cache, signer) = registered(now);
    let (senders, body) = (cache.at(now), body());
    let document = sign(&body, &signer).unwrap();
    let xmlsec = XmlsecEngine::start().unwrap();

    // As long as the profile's SignedInfo.
    let signed_info = vec![b'x'; 660];
    let value = signer.sign(&signed_info).unwrap();
    let key = signer.certificate().key();
    let floor_verify = measure(CALLS, || assert!(key.verifies(black_box(&signed_info), &value)));
    let floor_sign = measure(CALLS, || {
        black_box(signer.sign(black_box(&signed_info)).unwrap());
    });
    let strict_verify = measure(CALLS, || drop(StrictEngine.verify(black_box(&document), &senders).unwrap()));
    let strict_sign = measure(CALLS, || drop(black_box(sign(black_box(&body), &signer).unwrap())));
    let xmlsec_verify = measure(CALLS, || drop(xmlsec.verify(black_box(&document), &senders).unwrap()));
    let fingerprint = signer.certificate().fingerprint();
    let look_up = measure(MANY_CALLS, || drop(cache.find(black_box(fingerprint), now).unwrap()));
    let hash = measure(MANY_CALLS, || {
        black_box(sha256(black_box(&body)));
    });

    println!("order of {} bytes, {} signed; CPU in µs a call\n", body.len(), document.len());
    println!("{:<34}{:>9}{:>9}{:>9}{:>12}", "", "verify", "sign", "both", "× the floor");
    let floor = floor_verify + floor_sign;
    row("P-256 alone (the floor)", floor_verify, Some(floor_sign), floor);
    row("strict engine", strict_verify, Some(strict_sign), floor);
    row("xmlsec engine, both threads", xmlsec_verify, None, floor);
    println!("\nof which: look-up of the sender {look_up} ns, SHA-256 of the body {hash} ns");
}

fn row(name: &str, verify: u64, sign: Option<u64>, floor: u64) {
    let (sign_text, both, ratio) = match sign {
        Some(sign) => {
            let both = verify + sign;
            (micros(sign), micros(both), format!("{}.{:02}", both / floor, both * 100 / floor % 100))
        }
        None => (String::new(), String::new(), String::new()),
    };
    println!("{name:<34}{:>9}{sign_text:>9}{both:>9}{ratio:>12}", micros(verify));
}

fn micros(nanos: u64) -> String {
    format!("{}.{}", nanos / 1000, nanos % 1000 / 100)
}

/// CPU nanoseconds a call, of the best round.
fn measure(calls: u64, mut call: impl FnMut()) -> u64 {
    (0..ROUNDS)
        .map(|_| {
            let before = cpu_nanos();
            (0..calls).for_each(|_| call());
            (cpu_nanos() - before) / calls
        })
        .min()
        .unwrap()
}

/// CPU time of all threads of this process: the first field of each thread's `schedstat`.
fn cpu_nanos() -> u64 {
    let threads = std::fs::read_dir("/proc/self/task").unwrap();
    threads
        .map(|thread| std::fs::read_to_string(thread.unwrap().path().join("schedstat")).unwrap())
        .map(|text| text.split(' ').next().unwrap().parse::<u64>().unwrap())
        .sum()
}

fn registered(now: Timestamp) -> (SenderCache, Credential) {
    let validity = Validity::starting(Timestamp::EPOCH, Duration::from_secs(86_400)).unwrap();
    let [root_key, issuing_key, key] = [(); 3].map(|()| PrivateKey::generate().unwrap());
    let root = Authority::root("Root", &root_key, validity).unwrap();
    let issuing = root.certify_authority("Issuing", &issuing_key.public_key().unwrap(), validity).unwrap();
    let chain = Chain::new(root.certificate().clone(), issuing.clone()).unwrap();
    let issuing = Authority::new(issuing, &issuing_key).unwrap();
    let (party, public) = (PartyId::parse("kiosk").unwrap(), key.public_key().unwrap());
    let certificate = issuing.certify(&party, &Role::Terminal, &public, validity).unwrap();
    let list = issuing.revocation_list(1, [], now, now.saturating_add_millis(3_600_000)).unwrap();
    let der = certificate.der().to_vec();
    let cache = SenderCache::new(chain, list, 1024, move |_| Ok(Some(der.clone())));
    (cache, Credential::new(key, certificate).unwrap())
}

/// As an adapter sends it, with evidence of the consumer's authentication.
fn body() -> Vec<u8> {
    let evidence = "QUFB".repeat(120);
    format!(
        concat!(
            r#"<PaymentOrder xmlns="urn:meteore:payment:1"><orderId>01993d5e-7c1a-7000-8000-000000000001</orderId>"#,
            "<consumer>ada</consumer><merchant>tram</merchant><offerId>01993d5e-7c1a-7000-8000-000000000002</offerId>",
            "<offerDigest>9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08</offerDigest>",
            r#"<amount currency="EUR">2.40</amount><capability>passkey</capability><method>passkey</method>"#,
            "<authenticatedAt>2026-11-21T07:29:24.123Z</authenticatedAt><evidence>{}</evidence>",
            "<createdAt>2026-11-21T07:29:25.123Z</createdAt><expiresAt>2026-11-21T07:34:25.123Z</expiresAt></PaymentOrder>"
        ),
        evidence
    )
    .into_bytes()
}
