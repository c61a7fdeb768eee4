//! What this room costs apart from cryptography: microseconds for canonicalising, reading, writing, signing and
//! verifying one order, with a signer that does nothing and with `p256`.
//!
//! `cargo run --release -p payment-message --example signatures`

use std::error::Error;
use std::hint::black_box;
use std::io::Write as _;
use std::sync::Arc;
use std::time::{Duration, Instant};

use p256::ecdsa::signature::{Signer as _, Verifier as _};
use p256::ecdsa::{Signature, SigningKey};
use payment_domain::{PartyId, Role, Timestamp};
use payment_message::canonical::scan;
use payment_message::{
    Message, PublicKey, Sender, SenderError, Senders, SignError, SignatureEngine, Signer, StrictEngine,
    sha256,
};

const ORDER: &[u8] = include_bytes!("../golden/PaymentOrder.xml");
const CERTIFICATE: &[u8] = include_bytes!("../golden/signer.der");
const ROUNDS: u32 = 2000;
const REPETITIONS: usize = 15;

/// Signs and accepts everything at once: what remains is the room's own work.
struct Free;
struct P256(SigningKey);
struct Only(Arc<Sender>);

fn main() -> Result<(), Box<dyn Error>> {
    let body = scan(ORDER)?.into_body();
    let message = Message::parse(&body)?;
    let p256 = P256(SigningKey::from_slice(&[7; 32])?);
    let free = Only(sender(Arc::new(Free))?);
    let real = Only(sender(Arc::new(P256(p256.0.clone())))?);
    StrictEngine.verify(ORDER, &real)?;

    let mut out = std::io::stdout().lock();
    writeln!(out, "order: {} bytes signed, {} bytes canonical", ORDER.len(), body.len())?;
    let mut report =
        |name: &str, work: &mut dyn FnMut()| writeln!(out, "{name:<28} {:>10.2?}", best_of(work));
    report("sha-256 of the body", &mut || spend(sha256(black_box(&body))))?;
    report("canonicalise", &mut || spend(scan(black_box(ORDER))))?;
    report("read the message", &mut || spend(Message::parse(black_box(&body))))?;
    report("write the message", &mut || spend(black_box(&message).to_canonical()))?;
    report("write and sign, free key", &mut || spend(message.sign(&Free)))?;
    report("verify, free key", &mut || spend(StrictEngine.verify(black_box(ORDER), &free)))?;
    report("open, free key", &mut || spend(payment_message::open(&StrictEngine, ORDER, &free)))?;
    report("write and sign, p256", &mut || spend(message.sign(&p256)))?;
    report("verify, p256", &mut || spend(StrictEngine.verify(black_box(ORDER), &real)))?;
    Ok(())
}

/// Lets nothing be optimised away.
fn spend<T>(value: T) {
    black_box(value);
}

/// The least time of one round: what disturbs a measurement only ever adds to it.
fn best_of(work: &mut dyn FnMut()) -> Duration {
    let timed = |work: &mut dyn FnMut()| {
        let start = Instant::now();
        (0..ROUNDS).for_each(|_| work());
        start.elapsed().checked_div(ROUNDS).unwrap_or_default()
    };
    (0..REPETITIONS).map(|_| timed(work)).min().unwrap_or_default()
}

fn sender(key: Arc<dyn PublicKey>) -> Result<Arc<Sender>, Box<dyn Error>> {
    let party = PartyId::parse("alice-phone")?;
    let not_after = Timestamp::from_millis(4_000_000_000_000)?;
    Ok(Arc::new(Sender::new(party, Role::Terminal, Arc::from(CERTIFICATE), key, Timestamp::EPOCH, not_after)))
}

impl Signer for Free {
    fn sign(&self, _: &[u8]) -> Result<[u8; 64], SignError> {
        Ok([1; 64])
    }

    fn certificate(&self) -> Option<&[u8]> {
        Some(CERTIFICATE)
    }
}

impl PublicKey for Free {
    fn verify(&self, _: &[u8], _: &[u8; 64]) -> bool {
        true
    }
}

impl Signer for P256 {
    fn sign(&self, signed_info: &[u8]) -> Result<[u8; 64], SignError> {
        let signature: Signature = self.0.try_sign(signed_info).map_err(|_| SignError::Unavailable)?;
        Ok(signature.to_bytes().into())
    }

    fn certificate(&self) -> Option<&[u8]> {
        Some(CERTIFICATE)
    }
}

impl PublicKey for P256 {
    fn verify(&self, message: &[u8], signature: &[u8; 64]) -> bool {
        Signature::from_slice(signature).is_ok_and(|s| self.0.verifying_key().verify(message, &s).is_ok())
    }
}

impl Senders for Only {
    fn sender(&self, certificate_hint: &[u8]) -> Result<Arc<Sender>, SenderError> {
        if certificate_hint == &**self.0.certificate() {
            Ok(Arc::clone(&self.0))
        } else {
            Err(SenderError::Unknown)
        }
    }
}
