//! The policy in force, and how two people change it while servers run.

use std::sync::Arc;

use payment_domain::Policy;

use super::{Core, ReadError, read_error};
use crate::policy::version::proposed;
use crate::policy::{InForce, PolicyRefused, PolicyVersion, to_toml};
use crate::storage::policy::{self as storage, VersionRow};
use crate::storage::{Conn, StorageError, transaction};

impl Core {
    /// What decisions are made by now. Other servers of the database follow within seconds.
    #[must_use]
    pub fn policy_in_force(&self) -> Arc<InForce> {
        self.0.context.policy.load_full()
    }

    /// What is allowed.
    #[must_use]
    pub fn policy(&self) -> Arc<Policy> {
        Arc::clone(&self.policy_in_force().policy)
    }

    /// Keeps what the configuration of this server says, so that it is known later what was in force; once two people have
    /// put a policy into force, the configuration counts no more, and nothing is kept. Says whether it counts. Blocks.
    ///
    /// # Errors
    /// [`ReadError`].
    pub fn declare_policy(&self) -> Result<bool, ReadError> {
        let in_force = self.policy_in_force();
        if in_force.version.is_some() {
            return Ok(false);
        }
        let (text, now) = (to_toml(&in_force.policy), self.now().as_millis());
        let mut conn = self.conn()?;
        let declared = |tx: &mut crate::storage::Tx<'_>| {
            let newest = storage::newest(tx.conn())?;
            if newest.as_ref().is_some_and(|row| row.proposed_by.is_some()) {
                return Ok(false);
            }
            let base = newest.as_ref().and_then(|row| row.version).unwrap_or(0);
            if newest.is_none_or(|row| row.text != text) {
                let row = VersionRow {
                    id: 0,
                    version: Some(base.saturating_add(1)),
                    name: in_force.policy.name.as_str().to_owned(),
                    text: text.clone(),
                    base,
                    proposed_by: None,
                    proposed_at: now,
                    approved_by: None,
                    in_force_at: Some(now),
                };
                storage::insert(tx, row)?;
            }
            Ok(true)
        };
        transaction(&mut conn, declared).map_err(read_error)
    }

    /// Keeps a policy that somebody proposes, and returns its id. Nothing changes yet. Blocks.
    ///
    /// # Errors
    /// [`ReadError`].
    pub fn propose_policy(&self, text: &str, by: &str) -> Result<Result<i64, PolicyRefused>, ReadError> {
        let mut conn = self.conn()?;
        self.follow_policy(&mut conn).map_err(read_error)?;
        let (policy, text) = match proposed(text, &self.policy_in_force().policy) {
            Ok(proposed) => proposed,
            Err(refused) => return Ok(Err(refused)),
        };
        let now = self.now().as_millis();
        let kept = transaction(&mut conn, |tx| {
            if storage::name_used(tx.conn(), policy.name.as_str())? {
                return Ok(Err(PolicyRefused::NameUsed));
            }
            let base = storage::newest(tx.conn())?.and_then(|row| row.version).unwrap_or(0);
            let row = VersionRow {
                id: 0,
                version: None,
                name: policy.name.as_str().to_owned(),
                text: text.clone(),
                base,
                proposed_by: Some(by.to_owned()),
                proposed_at: now,
                approved_by: None,
                in_force_at: None,
            };
            Ok(Ok(storage::insert(tx, row)?))
        });
        kept.map_err(read_error)
    }

    /// Whether a proposal could be put into force by somebody now. Blocks.
    ///
    /// # Errors
    /// [`ReadError`].
    pub fn policy_may_come(&self, id: i64, by: &str) -> Result<Result<(), PolicyRefused>, ReadError> {
        let may = judged(&mut *self.conn()?, id, by).map_err(read_error)?;
        Ok(may.map(drop))
    }

    /// Puts a proposal into force, by somebody else than who wrote it: from here on decisions on this server are made by
    /// it, and within seconds those of other servers. Returns its number. Blocks.
    ///
    /// # Errors
    /// [`ReadError`]; then it may or may not be in force.
    pub fn put_policy_in_force(&self, id: i64, by: &str) -> Result<Result<i64, PolicyRefused>, ReadError> {
        let now = self.now().as_millis();
        let mut conn = self.conn()?;
        let done = transaction(&mut conn, |tx| {
            let next = match judged(tx.conn(), id, by)? {
                Ok(next) => next,
                Err(refused) => return Ok(Err(refused)),
            };
            let put = storage::put_in_force(tx, id, next, by, now)?;
            Ok(if put { Ok(next) } else { Err(PolicyRefused::Unknown) })
        });
        let done = done.map_err(read_error)?;
        self.follow_policy(&mut conn).map_err(read_error)?;
        Ok(done)
    }

    /// Policies that were in force, the newest first, with numbers below one. Blocks.
    ///
    /// # Errors
    /// [`ReadError`].
    pub fn policy_versions(&self, below: i64, most: i64) -> Result<Vec<PolicyVersion>, ReadError> {
        let rows = storage::list(&mut *self.conn()?, below, most).map_err(read_error)?;
        rows.into_iter().map(PolicyVersion::read).collect::<Result<_, _>>().map_err(read_error)
    }

    /// A policy by its id, and the one with the number that it was written on. Blocks.
    ///
    /// # Errors
    /// [`ReadError`].
    pub fn policy_version(
        &self,
        id: i64,
    ) -> Result<Option<(PolicyVersion, Option<PolicyVersion>)>, ReadError> {
        let mut conn = self.conn()?;
        let mut read = || -> Result<_, StorageError> {
            let Some(row) = storage::find(&mut conn, id)? else { return Ok(None) };
            let base = storage::numbered(&mut conn, row.base)?;
            Ok(Some((PolicyVersion::read(row)?, base.map(PolicyVersion::read).transpose()?)))
        };
        read().map_err(read_error)
    }

    fn follow_policy(&self, conn: &mut Conn) -> Result<(), StorageError> {
        self.0.context.follow_policy(conn)
    }
}

/// The number that a proposal would have, if somebody may put it into force.
fn judged(conn: &mut Conn, id: i64, by: &str) -> Result<Result<i64, PolicyRefused>, StorageError> {
    let Some(row) = storage::find(conn, id)? else { return Ok(Err(PolicyRefused::Unknown)) };
    let newest = storage::newest(conn)?.and_then(|row| row.version).unwrap_or(0);
    if row.version.is_some() {
        return Ok(Err(PolicyRefused::Unknown));
    }
    if row.proposed_by.as_deref() == Some(by) {
        return Ok(Err(PolicyRefused::SamePerson));
    }
    if row.base != newest {
        return Ok(Err(PolicyRefused::Outdated));
    }
    if storage::name_used(conn, &row.name)? {
        return Ok(Err(PolicyRefused::NameUsed));
    }
    Ok(Ok(newest.saturating_add(1)))
}
