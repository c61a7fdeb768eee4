//! TLS for the doors (R31): version 1.3, with 1.2 as the floor, and a certificate that can be replaced while serving.
//!
//! The public port asks for no client certificates: a browser that holds one would hang on a shared port.

use std::fmt;
use std::sync::Arc;

use arc_swap::ArcSwap;
use rustls::client::WebPkiServerVerifier;
use rustls::crypto::CryptoProvider;
use rustls::crypto::aws_lc_rs::{default_provider, sign::any_supported_type};
use rustls::server::{ClientHello, NoServerSessionStorage, ResolvesServerCert, WebPkiClientVerifier};
use rustls::sign::CertifiedKey;
use rustls::version::{TLS12, TLS13};
use rustls::{ClientConfig, RootCertStore, ServerConfig};
use rustls_pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use thiserror::Error;

use crate::certificate::AuthorityCertificate;
use crate::key::KeyError;
use crate::path::Chain;
use crate::strict::Credential;

/// The certificate that a server presents, replaceable while connections are open.
pub struct ServerIdentity {
    current: ArcSwap<CertifiedKey>,
}

/// Why TLS could not be set up.
#[derive(Debug, Error)]
pub enum TlsError {
    /// The key could not be used.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The TLS library refused what it was given.
    #[error(transparent)]
    Rustls(#[from] rustls::Error),
    /// The root certificate cannot anchor a path.
    #[error("the root certificate cannot be trusted for TLS: {0}")]
    Root(rustls::server::VerifierBuilderError),
}

impl ServerIdentity {
    /// Presents this certificate and its issuer's.
    ///
    /// # Errors
    /// [`TlsError`].
    pub fn new(chain: &Chain, credential: &Credential) -> Result<Arc<Self>, TlsError> {
        Ok(Arc::new(Self { current: ArcSwap::from_pointee(certified_key(chain, credential)?) }))
    }

    /// Presents another certificate from the next handshake on. The old one stays if the new one cannot be used.
    ///
    /// # Errors
    /// [`TlsError`].
    pub fn replace(&self, chain: &Chain, credential: &Credential) -> Result<(), TlsError> {
        self.current.store(Arc::new(certified_key(chain, credential)?));
        Ok(())
    }
}

impl ResolvesServerCert for ServerIdentity {
    fn resolve(&self, _hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.current.load_full())
    }
}

impl fmt::Debug for ServerIdentity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ServerIdentity(..)")
    }
}

/// TLS for the public port: HTTP/2 and HTTP/1.1, no client certificates.
///
/// # Errors
/// [`TlsError::Rustls`].
pub fn server_config(identity: Arc<ServerIdentity>) -> Result<ServerConfig, TlsError> {
    let mut config = ServerConfig::builder_with_provider(provider())
        .with_protocol_versions(&[&TLS13, &TLS12])?
        .with_no_client_auth()
        .with_cert_resolver(identity);
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(config)
}

/// TLS for the operators' port (R34): only clients that present a certificate under this chain. Who the client is, and whether
/// its certificate is revoked, is for the server to ask at each request: a connection outlives a revocation.
///
/// # Errors
/// [`TlsError`].
pub fn server_config_with_clients(
    identity: Arc<ServerIdentity>,
    chain: &Chain,
) -> Result<ServerConfig, TlsError> {
    let mut roots = RootCertStore::empty();
    // The issuing authority as well: a browser may send its own certificate alone.
    for authority in [chain.root(), chain.issuing()] {
        roots.add(CertificateDer::from(authority.der().to_vec()))?;
    }
    let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider())
        .build()
        .map_err(TlsError::Root)?;
    let mut config = ServerConfig::builder_with_provider(provider())
        .with_protocol_versions(&[&TLS13, &TLS12])?
        .with_client_cert_verifier(verifier)
        .with_cert_resolver(identity);
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    // Whoever comes again shows the certificate again.
    config.send_tls13_tickets = 0;
    config.session_storage = Arc::new(NoServerSessionStorage {});
    Ok(config)
}

/// TLS for a client that trusts this root and no other. The caller sets the application protocols that it speaks.
///
/// # Errors
/// [`TlsError`].
pub fn client_config(root: &AuthorityCertificate) -> Result<ClientConfig, TlsError> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from(root.der().to_vec()))?;
    let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider())
        .build()
        .map_err(TlsError::Root)?;
    let config = ClientConfig::builder_with_provider(provider())
        .with_protocol_versions(&[&TLS13, &TLS12])?
        .with_webpki_verifier(verifier)
        .with_no_client_auth();
    Ok(config)
}

fn provider() -> Arc<CryptoProvider> {
    Arc::new(default_provider())
}

fn certified_key(chain: &Chain, credential: &Credential) -> Result<CertifiedKey, TlsError> {
    let pkcs8 = credential.key().to_pkcs8()?;
    let key = any_supported_type(&PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(pkcs8.as_slice())))?;
    let certified = CertifiedKey::new(chain.presented(credential.certificate()), key);
    certified.keys_match()?;
    Ok(certified)
}
