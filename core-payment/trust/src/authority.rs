//! Issues certificates and revocation lists.
//!
//! An [`Authority`] decides nothing: who may have which role is settled by whoever calls it. Names come from the
//! caller, never from a request. It keeps no record: that is [`Directory`](crate::Directory)'s business.

use std::fmt;
use std::net::IpAddr;
use std::time::Duration;

use aws_lc_rs::rand::{self, SystemRandom};
use aws_lc_rs::signature::{EcdsaKeyPair, KeyPair as _};
use payment_domain::{PartyId, Role, Timestamp};
use rcgen::{
    BasicConstraints, CertificateParams, CertificateRevocationListParams, DistinguishedName, DnType,
    ExtendedKeyUsagePurpose, IsCa, Issuer, KeyIdMethod, KeyUsagePurpose, PublicKeyData, RevokedCertParams,
    SanType, SerialNumber, SignatureAlgorithm, SubjectPublicKeyInfo,
};
use thiserror::Error;
use time::OffsetDateTime;

use crate::certificate::{AuthorityCertificate, Certificate, CertificateError, Serial, holder_uri};
use crate::crl::{CrlError, Revocation, RevocationList, RevocationReason};
use crate::key::{KeyError, PrivateKey, VerifyingKey};

/// The certificate and the key of an authority.
pub struct Authority {
    certificate: AuthorityCertificate,
    issuer: Issuer<'static, DerSigner>,
}

/// From when to when a certificate holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Validity {
    not_before: OffsetDateTime,
    not_after: OffsetDateTime,
}

/// A name under which a TLS server is reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Host {
    /// A DNS name.
    Dns(String),
    /// An address.
    Ip(IpAddr),
}

/// Why nothing was issued.
#[derive(Debug, Error)]
pub enum IssueError {
    /// A key could not be used.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The certificate made is not one that this system would read.
    #[error("the certificate made")]
    Certificate(#[from] CertificateError),
    /// The list made is not one that this system would read.
    #[error("the revocation list made")]
    Crl(#[from] CrlError),
    /// The key is not that of the authority's certificate.
    #[error("the key does not belong to the authority's certificate")]
    OtherKey,
    /// The period does not fit between 1970 and 9999.
    #[error("the validity is no period between 1970 and 9999")]
    Validity,
    /// A host name that cannot stand in a certificate.
    #[error("a host name is plain ASCII")]
    Host,
    /// The library refused what it was given.
    #[error("the certificate library: {0}")]
    Library(rcgen::Error),
}

impl Validity {
    /// A period from an instant (to the second) for a while.
    ///
    /// # Errors
    /// [`IssueError::Validity`].
    pub fn starting(now: Timestamp, lifetime: Duration) -> Result<Self, IssueError> {
        let lifetime_ms = i64::try_from(lifetime.as_millis()).map_err(|_| IssueError::Validity)?;
        let end = now.as_millis().checked_add(lifetime_ms).ok_or(IssueError::Validity)?;
        let end = Timestamp::from_millis(end).map_err(|_| IssueError::Validity)?;
        Ok(Self { not_before: date_time(now)?, not_after: date_time(end)? })
    }
}

impl Authority {
    /// Makes a root, which certifies itself and one level of authorities below.
    ///
    /// # Errors
    /// [`IssueError`].
    pub fn root(name: &str, key: &PrivateKey, validity: Validity) -> Result<Self, IssueError> {
        let signer = DerSigner::new(key)?;
        let params = authority_params(name, 1, validity)?;
        let made = params.self_signed(&signer).map_err(IssueError::Library)?;
        Self::new(AuthorityCertificate::from_der(made.der())?, key)
    }

    /// Takes an authority's certificate and key.
    ///
    /// # Errors
    /// [`IssueError::OtherKey`] if they do not belong together.
    pub fn new(certificate: AuthorityCertificate, key: &PrivateKey) -> Result<Self, IssueError> {
        if key.public_key()? != *certificate.key() {
            return Err(IssueError::OtherKey);
        }
        let der = certificate.der().to_vec().into();
        let issuer = Issuer::from_ca_cert_der(&der, DerSigner::new(key)?).map_err(IssueError::Library)?;
        Ok(Self { certificate, issuer })
    }

    /// The authority's certificate.
    #[must_use]
    pub const fn certificate(&self) -> &AuthorityCertificate {
        &self.certificate
    }

    /// Certifies an authority that may certify parties only.
    ///
    /// # Errors
    /// [`IssueError`].
    pub fn certify_authority(
        &self,
        name: &str,
        key: &VerifyingKey,
        validity: Validity,
    ) -> Result<AuthorityCertificate, IssueError> {
        let der = self.sign(authority_params(name, 0, validity)?, key)?;
        Ok(AuthorityCertificate::from_der(&der)?)
    }

    /// Certifies that a party holds a role and a key.
    ///
    /// # Errors
    /// [`IssueError`].
    pub fn certify(
        &self,
        party: &PartyId,
        role: &Role,
        key: &VerifyingKey,
        validity: Validity,
    ) -> Result<Certificate, IssueError> {
        let der = self.sign(party_params(party, role, &[], validity)?, key)?;
        Ok(Certificate::from_der(&der)?)
    }

    /// Certifies a TLS server for the names under which it is reached.
    ///
    /// # Errors
    /// [`IssueError`].
    pub fn certify_server(
        &self,
        party: &PartyId,
        hosts: &[Host],
        key: &VerifyingKey,
        validity: Validity,
    ) -> Result<Certificate, IssueError> {
        let der = self.sign(party_params(party, &Role::Tls, hosts, validity)?, key)?;
        Ok(Certificate::from_der(&der)?)
    }

    /// Issues a revocation list.
    ///
    /// # Errors
    /// [`IssueError`].
    pub fn revocation_list(
        &self,
        number: u64,
        revoked: impl IntoIterator<Item = (Serial, Revocation)>,
        this_update: Timestamp,
        next_update: Timestamp,
    ) -> Result<RevocationList, IssueError> {
        let revoked_certs = revoked.into_iter().map(revoked_params).collect::<Result<_, _>>()?;
        let params = CertificateRevocationListParams {
            this_update: date_time(this_update)?,
            next_update: date_time(next_update)?,
            crl_number: SerialNumber::from_slice(&number.to_be_bytes()),
            issuing_distribution_point: None,
            revoked_certs,
            key_identifier_method: KeyIdMethod::Sha256,
        };
        let made = params.signed_by(&self.issuer).map_err(IssueError::Library)?;
        Ok(RevocationList::from_der(made.der(), &self.certificate)?)
    }

    fn sign(&self, params: CertificateParams, key: &VerifyingKey) -> Result<Vec<u8>, IssueError> {
        let key = SubjectPublicKeyInfo::from_der(key.info()).map_err(IssueError::Library)?;
        let made = params.signed_by(&key, &self.issuer).map_err(IssueError::Library)?;
        Ok(made.der().to_vec())
    }
}

impl fmt::Debug for Authority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Authority({:?})", self.certificate)
    }
}

/// An authority's key behind the trait of the certificate library.
pub(crate) struct DerSigner(EcdsaKeyPair);

impl DerSigner {
    pub(crate) fn new(key: &PrivateKey) -> Result<Self, KeyError> {
        key.to_der_signing().map(Self)
    }
}

impl PublicKeyData for DerSigner {
    fn der_bytes(&self) -> &[u8] {
        self.0.public_key().as_ref()
    }

    fn algorithm(&self) -> &'static SignatureAlgorithm {
        &rcgen::PKCS_ECDSA_P256_SHA256
    }
}

impl rcgen::SigningKey for DerSigner {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, rcgen::Error> {
        let signature =
            self.0.sign(&SystemRandom::new(), message).map_err(|_| rcgen::Error::RingUnspecified)?;
        Ok(signature.as_ref().to_vec())
    }
}

fn authority_params(
    name: &str,
    authorities_below: u8,
    validity: Validity,
) -> Result<CertificateParams, IssueError> {
    let mut params = bare_params(validity)?;
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(authorities_below));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    Ok(params)
}

fn party_params(
    party: &PartyId,
    role: &Role,
    hosts: &[Host],
    validity: Validity,
) -> Result<CertificateParams, IssueError> {
    let mut params = bare_params(validity)?;
    params.distinguished_name.push(DnType::OrganizationalUnitName, role.to_string());
    params.distinguished_name.push(DnType::CommonName, party.as_str());
    params.is_ca = IsCa::ExplicitNoCa;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    match role {
        Role::Tls => params.extended_key_usages.push(ExtendedKeyUsagePurpose::ServerAuth),
        Role::Operator(_) => params.extended_key_usages.push(ExtendedKeyUsagePurpose::ClientAuth),
        // What these sign binds them: non-repudiation (R37).
        _ => params.key_usages.push(KeyUsagePurpose::ContentCommitment),
    }
    let uri = holder_uri(role, party).try_into().map_err(IssueError::Library)?;
    params.subject_alt_names.push(SanType::URI(uri));
    for host in hosts {
        params.subject_alt_names.push(match host {
            Host::Dns(name) => SanType::DnsName(name.as_str().try_into().map_err(|_| IssueError::Host)?),
            Host::Ip(address) => SanType::IpAddress(*address),
        });
    }
    Ok(params)
}

fn bare_params(validity: Validity) -> Result<CertificateParams, IssueError> {
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::OrganizationName, "Meteore");
    params.serial_number = Some(SerialNumber::from_slice(&random_serial()?));
    params.use_authority_key_identifier_extension = true;
    params.not_before = validity.not_before;
    params.not_after = validity.not_after;
    Ok(params)
}

/// 128 random bits: nobody guesses the next one, and none comes twice.
fn random_serial() -> Result<[u8; 16], KeyError> {
    let mut serial = [0_u8; 16];
    rand::fill(&mut serial).map_err(|_| KeyError::Library)?;
    Ok(serial)
}

fn revoked_params((serial, revocation): (Serial, Revocation)) -> Result<RevokedCertParams, IssueError> {
    Ok(RevokedCertParams {
        serial_number: SerialNumber::from_slice(serial.digits()),
        revocation_time: date_time(revocation.at)?,
        reason_code: Some(match revocation.reason {
            RevocationReason::Unspecified => rcgen::RevocationReason::Unspecified,
            RevocationReason::KeyCompromise => rcgen::RevocationReason::KeyCompromise,
            RevocationReason::AffiliationChanged => rcgen::RevocationReason::AffiliationChanged,
            RevocationReason::Superseded => rcgen::RevocationReason::Superseded,
            RevocationReason::CessationOfOperation => rcgen::RevocationReason::CessationOfOperation,
            RevocationReason::PrivilegeWithdrawn => rcgen::RevocationReason::PrivilegeWithdrawn,
        }),
        invalidity_date: None,
    })
}

fn date_time(at: Timestamp) -> Result<OffsetDateTime, IssueError> {
    let seconds = at.as_millis().checked_div(1000).ok_or(IssueError::Validity)?;
    OffsetDateTime::from_unix_timestamp(seconds).map_err(|_| IssueError::Validity)
}
