//! The engine of the hot path: one layout, one algorithm, rebuilt rather than interpreted.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use payment_domain::Digest;

use super::signed_info::{Likeness, compare};
use super::{Authentic, PublicKey, SenderError, Senders, SignatureEngine, VerifyError};
use crate::canonical::{Scanned, ScannedSignature, scan};
use crate::digest::sha256;

/// Verifies documents of the strict profile, and only those.
#[derive(Debug, Clone, Copy, Default)]
pub struct StrictEngine;

impl SignatureEngine for StrictEngine {
    fn name(&self) -> &'static str {
        "strict"
    }

    fn verify(&self, document: &[u8], senders: &dyn Senders) -> Result<Authentic, VerifyError> {
        let scanned = scan(document)?;
        let (signature, digest) = check_signed_info(&scanned)?;
        let hint = signature.certificate().and_then(|text| STANDARD.decode(text).ok());
        let sender = senders.sender(&hint.ok_or(SenderError::Unknown)?)?;
        check_value(signature, &**sender.key())?;
        Ok(Authentic::new(scanned.into_body(), digest, sender))
    }
}

/// Verifies a document with a key that is not registered: the one inside an enrolment request, whose possession is
/// being proved. For everything else, the key comes from [`Senders`].
///
/// # Errors
/// As [`SignatureEngine::verify`], except for [`VerifyError::Sender`].
pub fn verify_with_key(scanned: &Scanned, key: &dyn PublicKey) -> Result<Digest, VerifyError> {
    let (signature, digest) = check_signed_info(scanned)?;
    check_value(signature, key)?;
    Ok(digest)
}

fn check_signed_info(scanned: &Scanned) -> Result<(&ScannedSignature, Digest), VerifyError> {
    let signature = scanned.signature().ok_or(VerifyError::NoSignature)?;
    if let Some(what) = signature.outside_profile() {
        return Err(VerifyError::OutsideProfile(what));
    }
    let digest = sha256(scanned.body());
    match compare(signature.signed_info(), signature.prefix(), digest) {
        Likeness::Same => Ok((signature, digest)),
        Likeness::OtherDigest => Err(VerifyError::DigestMismatch),
        Likeness::Other => Err(VerifyError::OutsideProfile("another SignedInfo than the strict profile's")),
    }
}

fn check_value(signature: &ScannedSignature, key: &dyn PublicKey) -> Result<(), VerifyError> {
    let value = STANDARD.decode(signature.value()).map_err(|_| VerifyError::SignatureInvalid)?;
    let value: [u8; 64] = value.try_into().map_err(|_| VerifyError::SignatureInvalid)?;
    if key.verify(signature.signed_info(), &value) { Ok(()) } else { Err(VerifyError::SignatureInvalid) }
}
