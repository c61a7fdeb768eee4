//! The thread that libxmlsec1 runs on, with the keys that it has loaded.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender};

use payment_domain::Digest;
use payment_message::{Sender, SenderError, VerifyError};

use super::layout::{self, Layout};
use super::native::{Finding, Key, Session};
use crate::certificate::Certificate;
use crate::key::KeyKind;

/// A document to verify, and where to say so.
pub(super) struct Job {
    pub(super) document: Vec<u8>,
    pub(super) sender: Arc<Sender>,
    /// Gets the octets that the library hashed.
    pub(super) reply: SyncSender<Result<Vec<u8>, VerifyError>>,
}

/// Keys kept loaded; when there are more senders, loading starts over.
const MAX_KEYS: usize = 1024;

/// Works until the other end of the channel is gone.
pub(super) fn run(jobs: &Receiver<Job>) {
    let session = Session::start();
    let mut worker = Worker { session: &session, keys: HashMap::new() };
    for Job { document, sender, reply } in jobs {
        // Whoever asked may have given up.
        let _ = reply.send(worker.verify(&document, &sender));
    }
}

struct Worker<'s> {
    session: &'s Session,
    keys: HashMap<Digest, (KeyKind, Key)>,
}

impl Worker<'_> {
    fn verify(&mut self, document: &[u8], sender: &Sender) -> Result<Vec<u8>, VerifyError> {
        // Our scanner has read it before. If the library does not, the two readers disagree: nobody is to be believed.
        let parsed = self.session.parse(document).ok_or(UNREADABLE)?;
        let Layout { signature, kind } = layout::read(parsed.root().ok_or(UNREADABLE)?)?;
        let (key_kind, key) = self.take_key(sender)?;
        if key_kind != kind {
            self.keys.insert(sender.fingerprint(), (key_kind, key));
            return Err(VerifyError::SignatureInvalid);
        }
        let (finding, key) = self.session.verify(signature, key);
        if let Some(key) = key {
            self.keys.insert(sender.fingerprint(), (key_kind, key));
        }
        match finding {
            Finding::Valid(octets) => Ok(octets),
            Finding::OtherDigest => Err(VerifyError::DigestMismatch),
            Finding::Invalid => Err(VerifyError::SignatureInvalid),
        }
    }

    /// The key of the registered certificate, never one from the document.
    fn take_key(&mut self, sender: &Sender) -> Result<(KeyKind, Key), VerifyError> {
        if let Some(loaded) = self.keys.remove(&sender.fingerprint()) {
            return Ok(loaded);
        }
        if self.keys.len() >= MAX_KEYS {
            self.keys.clear();
        }
        let certificate = Certificate::from_der(sender.certificate()).map_err(|_| SenderError::Unknown)?;
        let key = self.session.public_key(certificate.key().info()).ok_or(SenderError::Unknown)?;
        Ok((certificate.key().kind(), key))
    }
}

const UNREADABLE: VerifyError = VerifyError::OutsideProfile("a document that libxml2 does not read");
