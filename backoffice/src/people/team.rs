//! A merchant's team: who may do what, and who is invited. The pages are the merchant room's; every function here finds out
//! by itself whose team it is and whether the visitor may.

use payment_domain::{Label, PartyId, Timestamp};
use serde::{Deserialize, Serialize};

use super::opening::{self, NewMember, Opened};
use super::{Invited, Known, People, Reach};
use crate::say;
use crate::storage::people::{self as storage, InvitationRow, PersonRow};
use crate::storage::{StorageError, Store, Tx};
use crate::web::{Fault, MemberRole, Visitor, new_id};

/// For how long an invitation holds.
const INVITED_MS: i64 = 7 * 24 * 60 * 60 * 1000;

/// Somebody of a team.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Their number.
    pub id: i64,
    /// What is known of them.
    pub known: Known,
    /// What they may do.
    pub role: MemberRole,
    /// Since when.
    pub since: Timestamp,
    /// Whether it is the visitor.
    pub me: bool,
}

/// Somebody who may join.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invitation {
    /// Its number.
    pub id: i64,
    /// Where they are reached.
    pub reach: Reach,
    /// The merchant, as it calls itself.
    pub merchant: String,
    /// What they may do.
    pub role: MemberRole,
    /// Until when.
    pub until: Timestamp,
    party: PartyId,
    party_number: i64,
}

/// What became of a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Changed {
    /// It is done.
    Done,
    /// A team needs an owner.
    LastOwner,
    /// There are too many invitations.
    TooMany,
    /// The invitation holds, but the message about it was not sent: they can sign in all the same.
    NotTold,
}

#[derive(Serialize, Deserialize)]
struct Sealed {
    reach: String,
    merchant: String,
    party: String,
}

/// The visitor's team, oldest members first.
///
/// # Errors
/// [`Fault`].
pub async fn members(visitor: &Visitor) -> Result<Vec<Member>, Fault> {
    let person = visitor.need_person()?;
    let (party, me, store) = (person.party_number, person.id, visitor.store().clone());
    let rows = visitor.read(move |conn| storage::team(conn, party)).await?;
    rows.iter().map(|row| member(&store, row, me).ok_or_else(|| Fault::internal("a member"))).collect()
}

/// Who is invited into the visitor's team.
///
/// # Errors
/// [`Fault`].
pub async fn invitations(visitor: &Visitor) -> Result<Vec<Invitation>, Fault> {
    let party = visitor.need(MemberRole::Owner)?.party_number;
    let (store, now_ms) = (visitor.store().clone(), visitor.now().as_millis());
    let rows = visitor.read(move |conn| storage::invitations_of(conn, party, now_ms)).await?;
    Ok(rows.iter().filter_map(|row| read(&store, row)).collect())
}

/// Invites somebody into the visitor's team, as `merchant` calls itself.
///
/// # Errors
/// [`Fault`]; [`Fault::Confirm`] unless the visitor proved lately who they are.
pub async fn invite(
    visitor: &Visitor,
    people: &People,
    reach: &Reach,
    role: MemberRole,
    merchant: &str,
) -> Result<Changed, Fault> {
    let person = visitor.need(MemberRole::Owner).and_then(|_| visitor.need_fresh())?;
    let portal = visitor.portal();
    portal.limits.code(visitor.address()).map_err(|many| Fault::TooMany { after: many.after })?;
    let id = new_id(visitor.now(), &*portal.randomness).map_err(Fault::internal)?;
    let sealed = Sealed {
        reach: reach.reveal().to_owned(),
        merchant: merchant.to_owned(),
        party: person.party.as_str().to_owned(),
    };
    let plain = serde_json::to_vec(&sealed).map_err(Fault::internal)?;
    let row = InvitationRow {
        id,
        party: person.party_number,
        reach_index: visitor.reach_index(reach).to_vec(),
        sealed: visitor.store().sealer().seal(&context(id), &plain).map_err(Fault::internal)?,
        role: role.as_str().to_owned(),
        invited_by: person.id,
        expires_at: visitor.now().as_millis().saturating_add(INVITED_MS),
    };
    if !visitor.write(move |tx| storage::insert_invitation(tx, &row)).await? {
        return Ok(Changed::TooMany);
    }
    let invited = Invited { merchant: merchant.to_owned(), address: portal.origin.at("/sign-in") };
    let sending = people.courier.send_invitation(reach, &invited, visitor.words());
    let told = tokio::time::timeout(std::time::Duration::from_secs(10), sending).await;
    Ok(if matches!(told, Ok(Ok(()))) { Changed::Done } else { Changed::NotTold })
}

/// Takes an invitation back.
///
/// # Errors
/// [`Fault::NotFound`] if it is none of the visitor's team.
pub async fn withdraw(visitor: &Visitor, invitation: i64) -> Result<(), Fault> {
    let party = visitor.need(MemberRole::Owner)?.party_number;
    let done = visitor.write(move |tx| storage::delete_invitation(tx, party, invitation)).await?;
    if done { Ok(()) } else { Err(Fault::NotFound) }
}

/// Gives somebody of the visitor's team another role. What they are doing elsewhere goes on with it.
///
/// # Errors
/// [`Fault::NotFound`] if they are not of the team; [`Fault::Confirm`].
pub async fn set_role(visitor: &Visitor, member: i64, role: MemberRole) -> Result<Changed, Fault> {
    let party = visitor.need(MemberRole::Owner).and_then(|_| visitor.need_fresh())?.party_number;
    let changed = visitor
        .write(move |tx| {
            if role != MemberRole::Owner && is_last_owner(tx, party, member)? {
                return Ok(None);
            }
            storage::set_role(tx, party, member, role.as_str()).map(Some)
        })
        .await?;
    match changed {
        None => Ok(Changed::LastOwner),
        Some(true) => Ok(Changed::Done),
        Some(false) => Err(Fault::NotFound),
    }
}

/// Removes somebody from the visitor's team, and ends their sessions.
///
/// # Errors
/// [`Fault::NotFound`] if they are not of the team; [`Fault::Confirm`].
pub async fn remove(visitor: &Visitor, member: i64) -> Result<Changed, Fault> {
    let party = visitor.need(MemberRole::Owner).and_then(|_| visitor.need_fresh())?.party_number;
    let nothing = Known::default().seal(visitor.store().sealer(), member).map_err(Fault::internal)?;
    let removed = visitor
        .write(move |tx| {
            if is_last_owner(tx, party, member)? {
                return Ok(None);
            }
            storage::delete_everything_of(tx, party, member, &nothing).map(Some)
        })
        .await?;
    match removed {
        None => Ok(Changed::LastOwner),
        Some(true) => Ok(Changed::Done),
        Some(false) => Err(Fault::NotFound),
    }
}

/// The invitation of whoever has proved to be reached there.
pub(super) async fn invitation(visitor: &Visitor, reach: &Reach) -> Result<Option<Invitation>, Fault> {
    let (store, index, now_ms) =
        (visitor.store().clone(), visitor.reach_index(reach), visitor.now().as_millis());
    let row = visitor.read(move |conn| storage::invitation_for(conn, &index, now_ms)).await?;
    Ok(row.and_then(|row| read(&store, &row)))
}

/// Joins the team that invited whoever is reached there. The invitation counts once.
pub(super) async fn join(visitor: &Visitor, reach: &Reach, name: Option<Label>) -> Result<Opened, Fault> {
    let invitation = invitation(visitor, reach).await?.ok_or(Fault::NotFound)?;
    let (party, id) = (invitation.party_number, invitation.id);
    if !visitor.write(move |tx| storage::delete_invitation(tx, party, id)).await? {
        return Err(Fault::NotFound);
    }
    let known = Known::reached_at(reach, name);
    opening::insert(visitor, NewMember { party: invitation.party, role: invitation.role, known }).await
}

/// Two owners may do this to each other at the same moment: who comes second sees what the first has done.
fn is_last_owner(tx: &mut Tx<'_>, party: i64, member: i64) -> Result<bool, StorageError> {
    let owners = storage::owners(tx, party)?;
    let row = storage::person_by_id(tx.conn(), member)?;
    let owner = row.is_some_and(|row| row.party == party && row.role == MemberRole::Owner.as_str());
    Ok(owner && owners <= 1)
}

fn member(store: &Store, row: &PersonRow, me: i64) -> Option<Member> {
    Some(Member {
        id: row.id,
        known: Known::open(store.sealer(), row).ok()?,
        role: MemberRole::parse(&row.role)?,
        since: say::at(row.created_at),
        me: row.id == me,
    })
}

fn read(store: &Store, row: &InvitationRow) -> Option<Invitation> {
    let plain = store.sealer().open(&context(row.id), &row.sealed).ok()?;
    let sealed: Sealed = serde_json::from_slice(&plain).ok()?;
    Some(Invitation {
        id: row.id,
        reach: Reach::parse(&sealed.reach)?,
        merchant: sealed.merchant,
        role: MemberRole::parse(&row.role)?,
        until: say::at(row.expires_at),
        party: PartyId::parse(&sealed.party).ok()?,
        party_number: row.party,
    })
}

fn context(invitation: i64) -> String {
    format!("team_invitation.sealed/{invitation}")
}
