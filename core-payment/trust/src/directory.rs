//! The PKI folder of an installation: authorities, the system's own certificates, registers, revocation list.
//!
//! | file | content |
//! |---|---|
//! | `root.pem` `root.key` | the root; its key is used once, at `init`: move it off the machine afterwards |
//! | `issuing.pem` `issuing.key` | the authority that issues everything else |
//! | `crl.pem` | the revocation list in force |
//! | `cps.pem` `cps.key` | what receipts are signed with |
//! | `tls.pem` `tls.key` | what the door presents |
//! | `archive/` | replaced certificates, so that old receipts still verify; never their keys |
//! | `issued.jsonl` `revoked.jsonl` | append-only registers |
//!
//! Folders are 0700, keys 0600. Every write is atomic, and a lock file keeps two processes from issuing at once. The
//! clock is the caller's.

mod register;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use payment_domain::{PartyId, Role, Timestamp};
use thiserror::Error;

pub use self::register::Issued;
use crate::authority::{Authority, Host, IssueError, Validity};
use crate::certificate::{AuthorityCertificate, Certificate, CertificateError, Serial};
use crate::crl::{CrlError, Revocation, RevocationList, RevocationReason};
use crate::file::{self, Access, FileError, FolderLock};
use crate::key::{KeyError, PrivateKey, VerifyingKey};
use crate::path::{Chain, PathError};
use crate::strict::{Credential, CredentialError};

/// The PKI folder of an installation.
#[derive(Debug, Clone)]
pub struct Directory {
    folder: PathBuf,
}

/// What a new installation is called and how it is reached.
#[derive(Debug, Clone)]
pub struct Plan {
    /// The system's name in its own certificates.
    pub party: PartyId,
    /// The names in the door's certificate.
    pub hosts: Vec<Host>,
    /// How long things hold.
    pub lifetimes: Lifetimes,
}

/// How long things hold.
#[derive(Debug, Clone, Copy)]
pub struct Lifetimes {
    /// The root's certificate.
    pub root: Duration,
    /// The issuing authority's certificate.
    pub issuing: Duration,
    /// The system's signing certificate.
    pub cps: Duration,
    /// The door's certificate.
    pub tls: Duration,
    /// A revocation list, until the next one is due.
    pub crl: Duration,
}

/// Why the folder could not be read or changed.
#[derive(Debug, Error)]
pub enum DirectoryError {
    /// There is a PKI already: a new root would make every certificate worthless.
    #[error("{0} exists already")]
    Exists(PathBuf),
    /// A file could not be read or written.
    #[error(transparent)]
    File(#[from] FileError),
    /// A key could not be read or used.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// A certificate could not be read.
    #[error("{path}")]
    Certificate {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        #[source]
        source: CertificateError,
    },
    /// The revocation list could not be read.
    #[error("crl.pem")]
    Crl(#[from] CrlError),
    /// The certificates do not form a path.
    #[error(transparent)]
    Path(#[from] PathError),
    /// A certificate and its key do not belong together.
    #[error(transparent)]
    Credential(#[from] CredentialError),
    /// Nothing was issued.
    #[error(transparent)]
    Issue(#[from] IssueError),
    /// A register has a line that is not ours.
    #[error("{0} has an unreadable line")]
    Register(PathBuf),
    /// No certificate with this serial number was issued here.
    #[error("no certificate {0} was issued here")]
    UnknownSerial(Serial),
    /// The certificate was revoked before.
    #[error("certificate {0} is revoked already")]
    AlreadyRevoked(Serial),
}

impl Default for Lifetimes {
    fn default() -> Self {
        const DAY: u64 = 24 * 60 * 60;
        Self {
            root: Duration::from_secs(20 * 365 * DAY),
            issuing: Duration::from_secs(10 * 365 * DAY),
            cps: Duration::from_secs(2 * 365 * DAY),
            tls: Duration::from_secs(90 * DAY),
            crl: Duration::from_secs(7 * DAY),
        }
    }
}

impl Directory {
    /// Makes a PKI in a folder that does not exist or is empty.
    ///
    /// # Errors
    /// [`DirectoryError::Exists`] rather than overwriting a root.
    pub fn init(folder: &Path, plan: &Plan, now: Timestamp) -> Result<Self, DirectoryError> {
        if fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_some()) {
            return Err(DirectoryError::Exists(folder.to_owned()));
        }
        // Made aside and renamed whole: a crash leaves no half of a PKI.
        let mut aside = folder.as_os_str().to_owned();
        aside.push(".new");
        let aside = Self { folder: PathBuf::from(aside) };
        remove_remains(&aside.folder)?;
        file::create_private_folder(&aside.path(ARCHIVE))?;
        aside.fill(plan, now)?;
        file::rename(&aside.folder, folder)?;
        Ok(Self { folder: folder.to_owned() })
    }

    /// Opens an existing PKI and checks that its parts belong together.
    ///
    /// # Errors
    /// [`DirectoryError`] naming the part that does not.
    pub fn open(folder: &Path) -> Result<Self, DirectoryError> {
        let directory = Self { folder: folder.to_owned() };
        let _lock = directory.lock()?;
        for slot in [CPS, TLS] {
            directory.settle(slot)?;
        }
        let chain = directory.chain()?;
        directory.cps()?;
        directory.tls()?;
        RevocationList::from_pem(&file::read(&directory.path(CRL))?, chain.issuing())?;
        Ok(directory)
    }

    /// The root and the issuing authority.
    ///
    /// # Errors
    /// [`DirectoryError`].
    pub fn chain(&self) -> Result<Chain, DirectoryError> {
        Ok(Chain::new(self.authority_certificate("root.pem")?, self.authority_certificate("issuing.pem")?)?)
    }

    /// What receipts are signed with.
    ///
    /// # Errors
    /// [`DirectoryError`].
    pub fn cps(&self) -> Result<Credential, DirectoryError> {
        self.credential(CPS)
    }

    /// What the door presents.
    ///
    /// # Errors
    /// [`DirectoryError`].
    pub fn tls(&self) -> Result<Credential, DirectoryError> {
        self.credential(TLS)
    }

    /// The signing certificates that were replaced.
    ///
    /// # Errors
    /// [`DirectoryError`].
    pub fn archived_cps(&self) -> Result<Vec<Certificate>, DirectoryError> {
        let folder = self.path(ARCHIVE);
        let io = |source| FileError::Io { path: folder.clone(), source };
        let mut paths: Vec<PathBuf> = fs::read_dir(&folder)
            .and_then(|entries| entries.map(|entry| entry.map(|entry| entry.path())).collect())
            .map_err(io)?;
        paths.retain(|path| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("cps-")));
        paths.sort_unstable();
        paths.iter().map(|path| certificate(path)).collect()
    }

    /// The revocation list in force.
    ///
    /// # Errors
    /// [`DirectoryError::Crl`] also for an empty file: it is not a list.
    pub fn revocation_list(&self) -> Result<RevocationList, DirectoryError> {
        let issuing = self.authority_certificate("issuing.pem")?;
        Ok(RevocationList::from_pem(&file::read(&self.path(CRL))?, &issuing)?)
    }

    /// Certifies a party's key, as found in a request or made for the party.
    ///
    /// # Errors
    /// [`DirectoryError`]; then nothing was handed out.
    pub fn issue(
        &self,
        party: &PartyId,
        role: &Role,
        key: &VerifyingKey,
        lifetime: Duration,
        now: Timestamp,
    ) -> Result<Certificate, DirectoryError> {
        let _lock = self.lock()?;
        let certificate =
            self.issuing_authority()?.certify(party, role, key, Validity::starting(now, lifetime)?)?;
        register::record_issued(&self.path(ISSUED), &certificate)?;
        Ok(certificate)
    }

    /// Revokes a certificate for good and puts a new list into force.
    ///
    /// # Errors
    /// [`DirectoryError::UnknownSerial`], [`DirectoryError::AlreadyRevoked`].
    pub fn revoke(
        &self,
        serial: Serial,
        reason: RevocationReason,
        crl_lifetime: Duration,
        now: Timestamp,
    ) -> Result<RevocationList, DirectoryError> {
        let _lock = self.lock()?;
        let issued = self.list()?.into_iter().find(|issued| issued.serial == serial);
        if issued.ok_or(DirectoryError::UnknownSerial(serial))?.revoked.is_some() {
            return Err(DirectoryError::AlreadyRevoked(serial));
        }
        register::record_revoked(&self.path(REVOKED), serial, Revocation { at: now, reason })?;
        self.write_next_crl(crl_lifetime, now)
    }

    /// Puts a new list with the same revocations into force, before the old one is stale.
    ///
    /// # Errors
    /// [`DirectoryError`]; then the old list stays.
    pub fn renew_crl(&self, lifetime: Duration, now: Timestamp) -> Result<RevocationList, DirectoryError> {
        let _lock = self.lock()?;
        self.write_next_crl(lifetime, now)
    }

    /// Replaces the system's signing key and certificate. The old certificate goes to the archive, so that what it
    /// signed still verifies (R37); the old key is gone.
    ///
    /// # Errors
    /// [`DirectoryError`]; then the old ones stay.
    pub fn rotate_cps(&self, lifetime: Duration, now: Timestamp) -> Result<Credential, DirectoryError> {
        let _lock = self.lock()?;
        let old = certificate(&self.path("cps.pem"))?;
        let key = PrivateKey::generate()?;
        let validity = Validity::starting(now, lifetime)?;
        let new = self.issuing_authority()?.certify(old.party(), old.role(), &key.public_key()?, validity)?;
        self.rotate(CPS, &old, &Credential::new(key, new)?)
    }

    /// Replaces the door's key and certificate.
    ///
    /// # Errors
    /// [`DirectoryError`]; then the old ones stay.
    pub fn rotate_tls(
        &self,
        hosts: &[Host],
        lifetime: Duration,
        now: Timestamp,
    ) -> Result<Credential, DirectoryError> {
        let _lock = self.lock()?;
        let old = certificate(&self.path("tls.pem"))?;
        let key = PrivateKey::generate()?;
        let validity = Validity::starting(now, lifetime)?;
        let new =
            self.issuing_authority()?.certify_server(old.party(), hosts, &key.public_key()?, validity)?;
        self.rotate(TLS, &old, &Credential::new(key, new)?)
    }

    /// Everything that was issued here, oldest first.
    ///
    /// # Errors
    /// [`DirectoryError::Register`].
    pub fn list(&self) -> Result<Vec<Issued>, DirectoryError> {
        register::issued(&self.path(ISSUED), &register::revoked(&self.path(REVOKED))?)
    }

    /// The folder.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    fn fill(&self, plan: &Plan, now: Timestamp) -> Result<(), DirectoryError> {
        let Plan { party, hosts, lifetimes } = plan;
        let [root_key, issuing_key] = [PrivateKey::generate()?, PrivateKey::generate()?];
        let root = Authority::root("Meteore Root", &root_key, Validity::starting(now, lifetimes.root)?)?;
        let certified = root.certify_authority(
            "Meteore Issuing",
            &issuing_key.public_key()?,
            Validity::starting(now, lifetimes.issuing)?,
        )?;
        let issuing = Authority::new(certified, &issuing_key)?;
        Chain::new(root.certificate().clone(), issuing.certificate().clone())?;

        root_key.save(&self.path("root.key"))?;
        file::create(&self.path("root.pem"), Access::Public, root.certificate().to_pem().as_bytes())?;
        issuing_key.save(&self.path("issuing.key"))?;
        file::create(&self.path("issuing.pem"), Access::Public, issuing.certificate().to_pem().as_bytes())?;

        let cps_key = PrivateKey::generate()?;
        let validity = Validity::starting(now, lifetimes.cps)?;
        let cps = issuing.certify(party, &Role::Cps, &cps_key.public_key()?, validity)?;
        self.fill_slot(CPS, &Credential::new(cps_key, cps)?)?;
        let tls_key = PrivateKey::generate()?;
        let validity = Validity::starting(now, lifetimes.tls)?;
        let tls = issuing.certify_server(party, hosts, &tls_key.public_key()?, validity)?;
        self.fill_slot(TLS, &Credential::new(tls_key, tls)?)?;
        self.write_next_crl(lifetimes.crl, now)?;
        Ok(())
    }

    fn fill_slot(&self, slot: &str, credential: &Credential) -> Result<(), DirectoryError> {
        register::record_issued(&self.path(ISSUED), credential.certificate())?;
        credential.key().save(&self.path(&format!("{slot}.key")))?;
        let pem = credential.certificate().to_pem();
        Ok(file::create(&self.path(&format!("{slot}.pem")), Access::Public, pem.as_bytes())?)
    }

    /// Key and certificate are two files. The new certificate's `.next` file is the point of no return: before it the
    /// old pair counts, after it [`settle`](Self::settle) brings the new pair in, now or at the next `open`.
    fn rotate(&self, slot: &str, old: &Certificate, new: &Credential) -> Result<Credential, DirectoryError> {
        self.settle(slot)?;
        register::record_issued(&self.path(ISSUED), new.certificate())?;
        let archived = self.path(ARCHIVE).join(format!("{slot}-{}.pem", old.serial()));
        file::replace(&archived, Access::Public, old.to_pem().as_bytes())?;
        let next_key = self.path(&format!("{slot}.key.next"));
        file::replace(&next_key, Access::Secret, new.key().to_pem()?.as_bytes())?;
        let next_certificate = self.path(&format!("{slot}.pem.next"));
        file::replace(&next_certificate, Access::Public, new.certificate().to_pem().as_bytes())?;
        self.settle(slot)?;
        self.credential(slot)
    }

    fn settle(&self, slot: &str) -> Result<(), DirectoryError> {
        let [next_key, next_certificate] =
            ["key", "pem"].map(|kind| self.path(&format!("{slot}.{kind}.next")));
        if !next_certificate.exists() {
            return match fs::remove_file(&next_key) {
                Err(source) if source.kind() != io::ErrorKind::NotFound => {
                    Err(FileError::Io { path: next_key, source }.into())
                }
                _ => Ok(()),
            };
        }
        if next_key.exists() {
            file::rename(&next_key, &self.path(&format!("{slot}.key")))?;
        }
        Ok(file::rename(&next_certificate, &self.path(&format!("{slot}.pem")))?)
    }

    fn write_next_crl(&self, lifetime: Duration, now: Timestamp) -> Result<RevocationList, DirectoryError> {
        let number = if self.path(CRL).exists() { self.revocation_list()?.number() } else { 0 };
        let number = number.checked_add(1).ok_or(IssueError::Validity)?;
        let lifetime_ms = i64::try_from(lifetime.as_millis()).map_err(|_| IssueError::Validity)?;
        let next_update = now.saturating_add_millis(lifetime_ms);
        let revoked = register::revoked(&self.path(REVOKED))?;
        let list = self.issuing_authority()?.revocation_list(number, revoked, now, next_update)?;
        file::replace(&self.path(CRL), Access::Public, list.to_pem().as_bytes())?;
        Ok(list)
    }

    fn issuing_authority(&self) -> Result<Authority, DirectoryError> {
        let key = PrivateKey::load(&self.path("issuing.key"))?;
        Ok(Authority::new(self.authority_certificate("issuing.pem")?, &key)?)
    }

    fn credential(&self, slot: &str) -> Result<Credential, DirectoryError> {
        let key = PrivateKey::load(&self.path(&format!("{slot}.key")))?;
        Ok(Credential::new(key, certificate(&self.path(&format!("{slot}.pem")))?)?)
    }

    fn authority_certificate(&self, name: &str) -> Result<AuthorityCertificate, DirectoryError> {
        let path = self.path(name);
        AuthorityCertificate::from_pem(&file::read(&path)?)
            .map_err(|source| DirectoryError::Certificate { path, source })
    }

    fn lock(&self) -> Result<FolderLock, FileError> {
        FolderLock::acquire(&self.folder)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }
}

const ARCHIVE: &str = "archive";
const CPS: &str = "cps";
const TLS: &str = "tls";
const CRL: &str = "crl.pem";
const ISSUED: &str = "issued.jsonl";
const REVOKED: &str = "revoked.jsonl";

fn certificate(path: &Path) -> Result<Certificate, DirectoryError> {
    Certificate::from_pem(&file::read(path)?)
        .map_err(|source| DirectoryError::Certificate { path: path.to_owned(), source })
}

/// What a crash during an earlier `init` left behind.
fn remove_remains(aside: &Path) -> Result<(), FileError> {
    match fs::remove_dir_all(aside) {
        Err(source) if source.kind() != io::ErrorKind::NotFound => {
            Err(FileError::Io { path: aside.to_owned(), source })
        }
        _ => Ok(()),
    }
}
