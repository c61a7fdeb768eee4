//! The second signature engine, over libxmlsec1: for partners' documents outside the strict profile (RSA,
//! `URI="#id"`), for shadow verification of a sample of live traffic, and as the oracle of the tests.
//!
//! It trusts the library with as little as it can: the strict scanner reads the document first and refuses what it
//! refuses everywhere; [`layout`] names the algorithms; the library verifies; and what the library hashed must be, byte
//! for byte, the canonical body that business fields are read from. The library's types stay on one thread.

mod layout;
#[expect(unsafe_code, reason = "the bindings to libxml2 and libxmlsec1; nowhere else")]
mod native;
#[cfg(feature = "oracle")]
pub(crate) mod oracle;
mod worker;

use std::fmt;
use std::io;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use payment_message::canonical::{ScannedSignature, scan};
use payment_message::{Authentic, SenderError, Senders, SignatureEngine, VerifyError};

use self::worker::Job;
use crate::key::sha256;

/// Documents waiting for the thread; whoever brings more waits.
const QUEUE: usize = 64;

/// The engine over libxmlsec1. Cheap to share; its thread ends with it.
pub struct XmlsecEngine {
    jobs: SyncSender<Job>,
}

impl XmlsecEngine {
    /// Starts the engine's thread.
    ///
    /// # Errors
    /// What the operating system says if there is no thread to be had.
    pub fn start() -> Result<Self, io::Error> {
        let (jobs, work) = sync_channel(QUEUE);
        thread::Builder::new().name("xmlsec".to_owned()).spawn(move || worker::run(&work))?;
        Ok(Self { jobs })
    }
}

impl SignatureEngine for XmlsecEngine {
    fn name(&self) -> &'static str {
        "xmlsec"
    }

    fn verify(&self, document: &[u8], senders: &dyn Senders) -> Result<Authentic, VerifyError> {
        let scanned = scan(document)?;
        let signature = scanned.signature().ok_or(VerifyError::NoSignature)?;
        check_value(signature)?;
        let hint = signature.certificate().and_then(|text| STANDARD.decode(text).ok());
        let sender = senders.sender(&hint.ok_or(SenderError::Unknown)?)?;

        let (reply, answer) = sync_channel(1);
        self.jobs
            .send(Job { document: document.to_vec(), sender: sender.clone(), reply })
            .map_err(|_| GONE)?;
        let hashed = answer.recv().map_err(|_| GONE)??;
        if hashed != scanned.body() {
            return Err(VerifyError::DigestMismatch);
        }
        let digest = sha256(&hashed);
        Ok(Authentic::new(hashed, digest, sender))
    }
}

impl fmt::Debug for XmlsecEngine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("XmlsecEngine")
    }
}

/// The library reads base64 leniently, so one signature would have many texts.
fn check_value(signature: &ScannedSignature) -> Result<(), VerifyError> {
    let value = STANDARD.decode(signature.value()).map_err(|_| VerifyError::SignatureInvalid)?;
    // r‖s of P-256, or RSA of 2048 to 8192 bits.
    if value.len() == 64 || (256..=1024).contains(&value.len()) {
        Ok(())
    } else {
        Err(VerifyError::SignatureInvalid)
    }
}

/// The thread has ended, which it does only by a defect of the library: nothing is known about the document.
const GONE: VerifyError = VerifyError::Sender(SenderError::Unavailable);
