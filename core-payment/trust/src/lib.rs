//! Trust: keys, certificates, authorities, revocation, sealing, TLS, and the server's signature engines (R30, R38, R40).
//!
//! What this crate must not do: read a clock (`now` is an argument), open a connection, touch a database, or know
//! what a message means. It is the only place that names libxmlsec1, and its `xmlsec` module the only one with
//! `unsafe` code.
//!
//! Start at [`Directory`] for the life of a certificate, at [`SenderCache`] for what happens at every message.

mod authority;
mod certificate;
mod crl;
mod directory;
mod file;
mod key;
pub mod passkey;
mod path;
mod pem;
mod request;
mod seal;
mod sender_cache;
mod signed;
mod strict;
mod tls;
mod verify_offline;
mod xmlsec;

pub use authority::{Authority, Host, IssueError, Validity};
pub use certificate::{AuthorityCertificate, Certificate, CertificateError, Serial};
pub use crl::{CrlError, Revocation, RevocationList, RevocationReason};
pub use directory::{Directory, DirectoryError, Issued, Lifetimes, Plan};
pub use file::FileError;
pub use key::{KeyError, KeyKind, PrivateKey, VerifyingKey, sha256};
pub use path::{Chain, Link, PathError};
pub use pem::PemError;
pub use request::{CertificateRequest, RequestError};
pub use seal::{SealError, Sealer, Secret, consumer_secret, pseudonym};
pub use sender_cache::{RegistryUnavailable, SenderCache, SendersAt};
pub use strict::{Credential, CredentialError};
pub use tls::{ServerIdentity, TlsError, client_config, server_config, server_config_with_clients};
pub use verify_offline::{OfflineError, verify_offline};
pub use xmlsec::XmlsecEngine;

/// libxml2 and libxmlsec1 as judges of our own code, for tests and fuzzing.
#[cfg(feature = "oracle")]
pub mod oracle {
    pub use crate::xmlsec::oracle::{Refused, libxml2_exc_c14n, sign_with_xmlsec};
}
