//! Certificate requests (PKCS#10, RFC 2986): a public key and the proof that the asker holds its private half.
//!
//! Names and extensions in a request are wishes; nothing here reads them. Whoever enrols a party decides its name
//! and role.

use rcgen::{CertificateParams, DistinguishedName};
use rustls_pki_types::pem::SectionKind;
use thiserror::Error;
use x509_parser::certification_request::X509CertificationRequest;
use x509_parser::prelude::FromDer as _;

use crate::authority::DerSigner;
use crate::key::{KeyError, PrivateKey, VerifyingKey};
use crate::pem::{self, PemError};
use crate::signed::is_acceptable;

/// Requests are small; enrolment comes from strangers.
const MAX_REQUEST_BYTES: usize = 8 * 1024;

/// A request whose proof of possession holds.
#[derive(Debug, Clone)]
pub struct CertificateRequest {
    key: VerifyingKey,
}

/// Why a request is not taken.
#[derive(Debug, Error)]
pub enum RequestError {
    /// Not one PEM request.
    #[error("the request file")]
    Pem(#[from] PemError),
    /// Not one DER request.
    #[error("not a PKCS#10 certificate request")]
    Malformed,
    /// The key is of a kind that is not accepted.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The request is not signed with the key that it wants certified.
    #[error("the request does not prove possession of its key")]
    NotPossessed,
}

impl CertificateRequest {
    /// Reads a DER request and checks its proof of possession.
    ///
    /// # Errors
    /// [`RequestError`].
    pub fn from_der(der: &[u8]) -> Result<Self, RequestError> {
        if der.len() > MAX_REQUEST_BYTES {
            return Err(RequestError::Malformed);
        }
        let (rest, request) = X509CertificationRequest::from_der(der).map_err(|_| RequestError::Malformed)?;
        if !rest.is_empty() {
            return Err(RequestError::Malformed);
        }
        let key = VerifyingKey::from_spki(&request.certification_request_info.subject_pki)?;
        let (content, signature) = (request.certification_request_info.raw, &request.signature_value.data);
        if !is_acceptable(der, content, &request.signature_algorithm.algorithm, signature) {
            return Err(RequestError::NotPossessed);
        }
        request.verify_signature().map_err(|_| RequestError::NotPossessed)?;
        Ok(Self { key })
    }

    /// Reads one PEM request.
    ///
    /// # Errors
    /// [`RequestError`].
    pub fn from_pem(text: &[u8]) -> Result<Self, RequestError> {
        Self::from_der(&pem::decode(SectionKind::Csr, text)?)
    }

    /// The key to certify.
    #[must_use]
    pub const fn key(&self) -> &VerifyingKey {
        &self.key
    }
}

impl PrivateKey {
    /// A DER request for a certificate of this key, without any name.
    ///
    /// # Errors
    /// [`KeyError::Library`].
    pub fn request(&self) -> Result<Vec<u8>, KeyError> {
        let mut params = CertificateParams::default();
        params.distinguished_name = DistinguishedName::new();
        let request = params.serialize_request(&DerSigner::new(self)?).map_err(|_| KeyError::Library)?;
        Ok(request.der().to_vec())
    }

    /// The same request in PEM.
    ///
    /// # Errors
    /// [`KeyError::Library`].
    pub fn request_pem(&self) -> Result<String, KeyError> {
        Ok(pem::encode(SectionKind::Csr, &self.request()?).to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_proves_possession() {
        let key = PrivateKey::generate().unwrap();
        let request = CertificateRequest::from_pem(key.request_pem().unwrap().as_bytes()).unwrap();
        assert_eq!(*request.key(), key.public_key().unwrap());
    }

    #[test]
    fn a_request_for_somebody_elses_key_is_refused() {
        let (mine, theirs) = (PrivateKey::generate().unwrap(), PrivateKey::generate().unwrap());
        let mut request = mine.request().unwrap();
        let (mine, theirs) = (mine.public_key().unwrap(), theirs.public_key().unwrap());
        let at = request.windows(65).position(|window| window == &mine.info()[26..]).unwrap();
        request[at..at + 65].copy_from_slice(&theirs.info()[26..]);
        assert!(matches!(CertificateRequest::from_der(&request), Err(RequestError::NotPossessed)));
    }

    #[test]
    fn junk_and_trailing_bytes_are_refused() {
        let mut request = PrivateKey::generate().unwrap().request().unwrap();
        request.push(0);
        assert!(matches!(CertificateRequest::from_der(&request), Err(RequestError::Malformed)));
        assert!(matches!(CertificateRequest::from_der(b""), Err(RequestError::Malformed)));
    }
}
