//! Invitations into a merchant's team.

use diesel::prelude::*;

use super::super::{Conn, StorageError, Tx};
use super::tables::team_invitation;

/// An invitation as stored.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = team_invitation)]
pub(crate) struct InvitationRow {
    pub(crate) id: i64,
    pub(crate) party: i64,
    pub(crate) reach_index: Vec<u8>,
    pub(crate) sealed: Vec<u8>,
    pub(crate) role: String,
    pub(crate) invited_by: i64,
    pub(crate) expires_at: i64,
}

/// Invitations at most that a merchant has open.
const MOST: i64 = 100;

/// Keeps an invitation in the place of an older one for the same address; `false` if there are too many.
pub(crate) fn insert_invitation(tx: &mut Tx<'_>, row: &InvitationRow) -> Result<bool, StorageError> {
    let conn = tx.conn();
    let same = team_invitation::party.eq(row.party).and(team_invitation::reach_index.eq(&row.reach_index));
    diesel::delete(team_invitation::table.filter(same)).execute(conn)?;
    let open: i64 =
        team_invitation::table.filter(team_invitation::party.eq(row.party)).count().get_result(conn)?;
    if open >= MOST {
        return Ok(false);
    }
    diesel::insert_into(team_invitation::table).values(row).execute(conn)?;
    Ok(true)
}

/// A merchant's invitations that are open, oldest first.
pub(crate) fn invitations_of(
    conn: &mut Conn,
    party: i64,
    now_ms: i64,
) -> Result<Vec<InvitationRow>, StorageError> {
    Ok(team_invitation::table
        .filter(team_invitation::party.eq(party).and(team_invitation::expires_at.gt(now_ms)))
        .order(team_invitation::id)
        .limit(MOST)
        .select(InvitationRow::as_select())
        .load(conn)?)
}

/// The newest invitation for whoever is reached at an address.
pub(crate) fn invitation_for(
    conn: &mut Conn,
    reach_index: &[u8],
    now_ms: i64,
) -> Result<Option<InvitationRow>, StorageError> {
    Ok(team_invitation::table
        .filter(team_invitation::reach_index.eq(reach_index).and(team_invitation::expires_at.gt(now_ms)))
        .order(team_invitation::id.desc())
        .select(InvitationRow::as_select())
        .first(conn)
        .optional()?)
}

/// Takes one of a merchant's invitations back, or uses it; `false` if it is none of theirs.
pub(crate) fn delete_invitation(tx: &mut Tx<'_>, party: i64, id: i64) -> Result<bool, StorageError> {
    let of_party = team_invitation::party.eq(party).and(team_invitation::id.eq(id));
    Ok(diesel::delete(team_invitation::table.filter(of_party)).execute(tx.conn())? == 1)
}
