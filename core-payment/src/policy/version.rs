//! Policies that were in force, in the order in which they came into force, and those that wait for a second person.
//!
//! A policy begins with the configuration of a server. Once two people have put another one into force, that one holds on
//! every server of the database, and the configuration counts no more. Nothing here is ever changed or deleted: a receipt
//! names the policy that its decision was made by, and a name is used once.

use std::sync::Arc;

use payment_domain::{Policy, Timestamp};
use thiserror::Error;

use super::{PolicyError, parse_toml, to_toml};
use crate::storage::policy::VersionRow;
use crate::storage::{Conn, StorageError, policy as storage};

/// What decisions are made by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InForce {
    /// The number of the version that two people put into force; none where the configuration counts.
    pub version: Option<i64>,
    /// What is allowed.
    pub policy: Arc<Policy>,
}

/// A policy as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyVersion {
    /// By which it is found.
    pub id: i64,
    /// Its number, if it ever was in force.
    pub version: Option<i64>,
    /// Its name, as receipts show it.
    pub name: String,
    /// All of it, as TOML.
    pub text: String,
    /// The newest number when it was written: what was compared with it.
    pub base: i64,
    /// Who wrote it; nobody where it is a server's configuration.
    pub proposed_by: Option<String>,
    /// When.
    pub proposed_at: Timestamp,
    /// Who put it into force.
    pub approved_by: Option<String>,
    /// Since when it is or was in force.
    pub in_force_at: Option<Timestamp>,
}

/// Why a policy cannot be proposed, or not be put into force.
#[derive(Debug, Error)]
pub enum PolicyRefused {
    /// There is no such proposal, or it is in force.
    #[error("there is no such proposal")]
    Unknown,
    /// It cannot be read.
    #[error(transparent)]
    Wrong(#[from] PolicyError),
    /// Accounts are in the currency that the installation began with.
    #[error("the currency of a policy cannot be changed")]
    Currency,
    /// Receipts tell policies apart by their names.
    #[error("a policy of this name was in force before")]
    NameUsed,
    /// It is what is in force.
    #[error("nothing would change")]
    Same,
    /// Another one came into force since it was written: what was compared is no more.
    #[error("another policy came into force since this one was written")]
    Outdated,
    /// Whoever wrote it cannot be the second person.
    #[error("whoever wrote it cannot put it into force")]
    SamePerson,
}

impl InForce {
    /// What a server's configuration says.
    pub(crate) fn configured(policy: Policy) -> Self {
        Self { version: None, policy: Arc::new(policy) }
    }

    /// The newest that two people put into force, if it is another one than this.
    pub(crate) fn newer(&self, conn: &mut Conn) -> Result<Option<Self>, StorageError> {
        let newest = storage::newest_by_people(conn)?;
        if newest.is_none() || newest == self.version {
            return Ok(None);
        }
        let row = storage::newest(conn)?.filter(|row| row.proposed_by.is_some());
        let Some(row) = row else { return Ok(None) };
        // What this program cannot read was written by a later one.
        let policy = parse_toml(&row.text).map_err(|_| StorageError::Corrupt("policy"))?;
        Ok(Some(Self { version: row.version, policy: Arc::new(policy) }))
    }
}

impl PolicyVersion {
    /// What it allows.
    ///
    /// # Errors
    /// [`PolicyError`], if a later program has written it.
    pub fn policy(&self) -> Result<Policy, PolicyError> {
        parse_toml(&self.text)
    }

    pub(crate) fn read(row: VersionRow) -> Result<Self, StorageError> {
        let time = |millis| Timestamp::from_millis(millis).map_err(|_| StorageError::Corrupt("time"));
        Ok(Self {
            id: row.id,
            version: row.version,
            name: row.name,
            text: row.text,
            base: row.base,
            proposed_by: row.proposed_by,
            proposed_at: time(row.proposed_at)?,
            approved_by: row.approved_by,
            in_force_at: row.in_force_at.map(time).transpose()?,
        })
    }
}

/// Reads what somebody proposes, and holds it against what is in force.
pub(crate) fn proposed(text: &str, now: &Policy) -> Result<(Policy, String), PolicyRefused> {
    let policy = parse_toml(text)?;
    if policy.currency != now.currency {
        return Err(PolicyRefused::Currency);
    }
    if policy == *now {
        return Err(PolicyRefused::Same);
    }
    let text = to_toml(&policy);
    Ok((policy, text))
}
