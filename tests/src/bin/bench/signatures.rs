//! What the signature engines cost for one order and its receipt, against the bare primitives.

use std::hint::black_box;
use std::sync::Arc;

use anyhow::{Context as _, Result};
use payment_message::envelope::sign;
use payment_message::{Message, Sender, SenderError, Senders, SignatureEngine, StrictEngine};
use payment_trust::XmlsecEngine;
use serde_json::json;
use tests::database::Database;
use tests::town::people::ALICE;
use tests::town::{Party, Town};

use crate::floor::{Floor, cpu_us};
use crate::{block_on, machine, write};

const MOST_FLOORS: f64 = 1.8;

/// One registered sender, found as fast as a cache would find it.
struct Registered(Arc<Sender>);

impl Senders for Registered {
    fn sender(&self, _: &[u8]) -> Result<Arc<Sender>, SenderError> {
        Ok(Arc::clone(&self.0))
    }
}

pub(crate) fn run() -> Result<()> {
    let (order, body, alice) = block_on(an_order())?;
    let senders = registered(&alice);
    let floor = Floor::measure()?;
    let accepted = "the order verifies";
    let verify_us = cpu_us(4_000, || drop(black_box(StrictEngine.verify(&order, &senders).expect(accepted))));
    let sign_us = cpu_us(4_000, || drop(black_box(sign(&body, &alice.credential).expect("the key signs"))));
    let xmlsec = XmlsecEngine::start()?;
    let xmlsec_us =
        family_cpu_us(2_000, || drop(black_box(xmlsec.verify(&order, &senders).expect(accepted))))?;

    let ratio = (verify_us + sign_us) / floor.both_us();
    println!("Signatures on {}", machine::line());
    println!("An order of {} bytes, {} signed. Microseconds of CPU:\n", body.len(), order.len());
    println!("{:<40}{:>9}{:>9}{:>9}{:>12}", "", "verify", "sign", "both", "× the floor");
    let row = |name: &str, verify: f64, sign: f64| {
        let both = verify + sign;
        println!("{name:<40}{verify:>9.1}{sign:>9.1}{both:>9.1}{:>12.2}", both / floor.both_us());
    };
    row("P-256 alone (the floor)", floor.verify_us, floor.sign_us);
    row("strict engine", verify_us, sign_us);
    println!("{:<40}{xmlsec_us:>9.1}", "xmlsec engine, both of its threads");
    if ratio > MOST_FLOORS {
        println!("\nFalls short: {ratio:.2} × the floor, at most {MOST_FLOORS} wanted.");
    }
    write(
        "signatures",
        json!({
            "floor": { "verify_us": floor.verify_us, "sign_us": floor.sign_us, "both_us": floor.both_us() },
            "strict": { "verify_us": verify_us, "sign_us": sign_us, "both_us": verify_us + sign_us },
            "xmlsec": { "verify_us": xmlsec_us },
            "ratio_to_floor": ratio,
            "body_bytes": body.len(),
            "signed_bytes": order.len(),
        }),
    )
}

/// An order as an app sends it: signed, its canonical body, and who signed.
async fn an_order() -> Result<(Vec<u8>, Vec<u8>, Arc<Party>)> {
    let database = Database::sqlite()?;
    let town = Town::found(&database).await?;
    let offer = town.offer("parking", "1.80").sign()?;
    let draft = town.order(&offer);
    let body = Message::from(draft.order.clone()).to_canonical();
    Ok((draft.sign()?.document, body, town.party(ALICE)))
}

fn registered(party: &Party) -> Registered {
    Registered(Arc::new(party.credential.certificate().to_sender()))
}

/// CPU of all threads of this process for one call, in microseconds.
fn family_cpu_us(calls: u32, mut call: impl FnMut()) -> Result<f64> {
    let before = threads_cpu_ns()?;
    for _ in 0..calls {
        call();
    }
    Ok((threads_cpu_ns()? - before) as f64 / f64::from(calls) / 1000.0)
}

fn threads_cpu_ns() -> Result<u64> {
    let mut total = 0;
    for thread in std::fs::read_dir("/proc/self/task")? {
        let stat = std::fs::read_to_string(thread?.path().join("schedstat"))?;
        total += stat.split(' ').next().context("an empty schedstat")?.parse::<u64>()?;
    }
    Ok(total)
}
