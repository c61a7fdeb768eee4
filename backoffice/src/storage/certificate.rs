//! Certificates of a party. The party's number is in every `WHERE`.

use diesel::prelude::*;

use super::{Conn, StorageError};

diesel::table! {
    certificate (fingerprint) {
        fingerprint -> Binary,
        serial -> Text,
        party -> BigInt,
        role -> Text,
        not_after -> BigInt,
        registered_at -> BigInt,
    }
}

/// A certificate that is registered for a party.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = certificate)]
pub(crate) struct CertificateRow {
    pub(crate) fingerprint: Vec<u8>,
    pub(crate) serial: String,
    pub(crate) not_after: i64,
    pub(crate) registered_at: i64,
}

/// A party's certificates in a role, the newest first.
pub(crate) fn certificates(
    conn: &mut Conn,
    party: i64,
    role: &str,
    most: i64,
) -> Result<Vec<CertificateRow>, StorageError> {
    Ok(certificate::table
        .filter(certificate::party.eq(party).and(certificate::role.eq(role)))
        .order(certificate::registered_at.desc())
        .limit(most)
        .select(CertificateRow::as_select())
        .load(conn)?)
}

/// One of a party's certificates in a role.
pub(crate) fn certificate_by_serial(
    conn: &mut Conn,
    party: i64,
    role: &str,
    serial: &str,
) -> Result<Option<CertificateRow>, StorageError> {
    Ok(certificate::table
        .filter(certificate::party.eq(party).and(certificate::role.eq(role)))
        .filter(certificate::serial.eq(serial))
        .select(CertificateRow::as_select())
        .first(conn)
        .optional()?)
}
