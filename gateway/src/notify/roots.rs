//! Whom we trust when we call out: the machine's authorities, and those that the installation adds.

use std::fmt;
use std::sync::Arc;

use rustls::crypto::aws_lc_rs::default_provider;
use rustls::version::{TLS12, TLS13};
use rustls::{ClientConfig, RootCertStore};
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject as _;
use thiserror::Error;

/// The root certificates for outbound connections.
#[derive(Clone)]
pub struct Roots(Arc<RootCertStore>);

/// Why there is nobody to trust.
#[derive(Debug, Error)]
pub enum RootsError {
    /// The added file is not PEM certificates only, or holds none.
    #[error("the added authorities are not PEM certificates")]
    NotPem,
    /// One of the added certificates cannot anchor a path.
    #[error("an added authority cannot be trusted: {0}")]
    Unusable(#[source] rustls::Error),
    /// Neither the machine nor the installation names an authority.
    #[error("there is no authority to trust")]
    Nobody,
}

impl Roots {
    /// The machine's authorities and those in the text, in PEM.
    ///
    /// # Errors
    /// [`RootsError`].
    pub fn machine_and(added: Option<&[u8]>) -> Result<Self, RootsError> {
        let mut store = RootCertStore::empty();
        let machine = rustls_native_certs::load_native_certs();
        if !machine.errors.is_empty() {
            tracing::warn!(errors = machine.errors.len(), "some of the machine's authorities cannot be read");
        }
        store.add_parsable_certificates(machine.certs);
        if let Some(pem) = added {
            add(&mut store, pem)?;
        }
        if store.is_empty() { Err(RootsError::Nobody) } else { Ok(Self(Arc::new(store))) }
    }

    /// Only the authorities in the text, in PEM.
    ///
    /// # Errors
    /// [`RootsError`].
    pub fn only(pem: &[u8]) -> Result<Self, RootsError> {
        let mut store = RootCertStore::empty();
        add(&mut store, pem)?;
        Ok(Self(Arc::new(store)))
    }

    /// TLS 1.3, with 1.2 as the floor, no client certificate.
    pub(crate) fn client_config(&self) -> Result<ClientConfig, rustls::Error> {
        Ok(ClientConfig::builder_with_provider(Arc::new(default_provider()))
            .with_protocol_versions(&[&TLS13, &TLS12])?
            .with_root_certificates(Arc::clone(&self.0))
            .with_no_client_auth())
    }
}

fn add(store: &mut RootCertStore, pem: &[u8]) -> Result<(), RootsError> {
    let certificates =
        CertificateDer::pem_slice_iter(pem).collect::<Result<Vec<_>, _>>().map_err(|_| RootsError::NotPem)?;
    if certificates.is_empty() {
        return Err(RootsError::NotPem);
    }
    certificates.into_iter().try_for_each(|der| store.add(der).map_err(RootsError::Unusable))
}

impl fmt::Debug for Roots {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Roots({})", self.0.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_without_certificates_is_refused_rather_than_trusting_nobody() {
        for junk in ["", "junk", "-----BEGIN CERTIFICATE-----\n*\n-----END CERTIFICATE-----\n"] {
            assert!(matches!(Roots::only(junk.as_bytes()), Err(RootsError::NotPem)), "{junk}");
        }
        let not_a_certificate = b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
        assert!(matches!(Roots::only(not_a_certificate), Err(RootsError::Unusable(_))));
    }
}
