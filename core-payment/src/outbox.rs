//! The outbox: what has to be sent, put there in the transaction that makes it true, sent after it by the gateway.
//!
//! An item names a party and the evidence whose reply is sent; where it goes is read from the party's sealed details when
//! it is taken, so that no address stands here. Taking an item postpones it: whoever dies with it in hand only delays it,
//! and whoever sends it may send it twice, never not at all. What it must not do: send.

use payment_domain::{LedgerPosition, PartyId, Timestamp};

use crate::evidence::Unpacker;
use crate::order::repeat;
use crate::parties::{Details, Party};
use crate::storage::outbox::{self, OutboxRow};
use crate::storage::{Conn, StorageError, party, payment, transaction};
use payment_trust::Sealer;

/// How an item is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum NoticeKind {
    /// By e-mail, for people.
    Email,
    /// Posted to the merchant's callback address, for machines.
    Callback,
}

impl NoticeKind {
    /// As it is stored.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::Callback => "callback",
        }
    }

    /// Reads the stored form.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Email, Self::Callback].into_iter().find(|kind| kind.as_str() == text)
    }
}

/// An item to send.
#[derive(Debug, Clone)]
pub struct Notice {
    /// Its id: the same whenever it is sent again.
    pub id: i64,
    /// How.
    pub kind: NoticeKind,
    /// To whom.
    pub party: PartyId,
    /// Where to.
    pub details: Details,
    /// The position of the evidence that is sent.
    pub subject: i64,
    /// The signed document.
    pub document: Vec<u8>,
    /// How often it was tried before.
    pub tries: u32,
    /// When it was put here.
    pub created_at: Timestamp,
}

/// An item as an operator sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// Its id.
    pub id: i64,
    /// How.
    pub kind: NoticeKind,
    /// To whom.
    pub party: PartyId,
    /// What: the position of the evidence.
    pub subject: i64,
    /// `due`, `sent` or `dead`.
    pub state: String,
    /// How often it was tried.
    pub tries: u32,
    /// The next try.
    pub due_at: Timestamp,
    /// Why the last try failed.
    pub fault: Option<String>,
    /// When it was put here.
    pub created_at: Timestamp,
}

/// Which items to list.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// `due`, `sent` or `dead`.
    pub state: Option<String>,
    /// Of one party.
    pub party: Option<PartyId>,
    /// After this id.
    pub after: i64,
    /// At most so many.
    pub limit: i64,
}

/// Takes items that are due, at most `limit`, and postpones each until `lease_until`.
pub(crate) fn claim(
    conn: &mut Conn,
    sealer: &Sealer,
    kind: NoticeKind,
    now: Timestamp,
    lease_until: Timestamp,
    limit: i64,
) -> Result<Vec<Notice>, StorageError> {
    let rows = transaction(conn, |tx| {
        outbox::claim(tx, kind.as_str(), now.as_millis(), lease_until.as_millis(), limit)
    })?;
    let mut notices = Vec::with_capacity(rows.len());
    for row in rows {
        match notice(conn, sealer, &row) {
            Ok(notice) => notices.push(notice),
            // One damaged item must not keep the others from being sent.
            Err(error) => {
                tracing::error!(
                    id = row.id,
                    error = crate::storage::chain(&error),
                    "an outbox item cannot be read"
                );
            }
        }
    }
    Ok(notices)
}

fn notice(conn: &mut Conn, sealer: &Sealer, row: &OutboxRow) -> Result<Notice, StorageError> {
    let corrupt = || StorageError::Corrupt("outbox");
    let owner = party::by_id(conn, row.party)?.ok_or_else(corrupt)?;
    let owner = Party::load(conn, sealer, owner)?;
    let evidence = payment::evidence_at(conn, row.subject)?.ok_or_else(corrupt)?;
    let mut unpacker = Unpacker::new().map_err(|_| corrupt())?;
    let document = repeat::unpack(&mut unpacker, conn, &evidence.reply).map_err(|_| corrupt())?;
    Ok(Notice {
        id: row.id,
        kind: NoticeKind::parse(&row.kind).ok_or_else(corrupt)?,
        party: owner.name.clone(),
        details: owner.details.clone(),
        subject: row.subject,
        document,
        tries: u32::try_from(row.tries).unwrap_or_default(),
        created_at: Timestamp::from_millis(row.created_at).map_err(|_| corrupt())?,
    })
}

/// What became of a try.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Dispatched {
    /// It arrived.
    Sent,
    /// It is tried again.
    Again {
        /// When.
        at: Timestamp,
        /// Why: never an address, never a body.
        fault: String,
    },
    /// It was not tried, because where it goes is not to be troubled before this time. That was no try.
    NotNow {
        /// When.
        at: Timestamp,
    },
    /// It is given up until an operator sends it again.
    Dead {
        /// Why.
        fault: String,
    },
}

/// Notes what became of a try.
pub(crate) fn note(
    conn: &mut Conn,
    id: i64,
    dispatched: &Dispatched,
    now: Timestamp,
) -> Result<(), StorageError> {
    let now = now.as_millis();
    transaction(conn, |tx| match dispatched {
        Dispatched::Sent => outbox::end(tx, id, "sent", None, now),
        Dispatched::Again { at, fault } => outbox::again(tx, id, at.as_millis(), fault),
        Dispatched::NotNow { at } => outbox::not_now(tx, id, at.as_millis()),
        Dispatched::Dead { fault } => outbox::end(tx, id, "dead", Some(fault), now),
    })
}

/// Makes items due again, at once: dead ones, or sent ones that are to be sent again. Returns how many.
pub(crate) fn resend(
    conn: &mut Conn,
    filter: &Filter,
    ids: &[i64],
    now: Timestamp,
) -> Result<usize, StorageError> {
    let party = owner(conn, filter)?;
    transaction(conn, |tx| outbox::resend(tx, filter.state.as_deref(), party, ids, now.as_millis()))
}

/// Items, oldest first.
pub(crate) fn list(conn: &mut Conn, filter: &Filter) -> Result<Vec<Listed>, StorageError> {
    let party = owner(conn, filter)?;
    let limit = filter.limit.clamp(1, 1000);
    let rows = outbox::list(conn, filter.state.as_deref(), party, filter.after, limit)?;
    let corrupt = |_| StorageError::Corrupt("outbox");
    rows.into_iter()
        .map(|(row, name)| {
            Ok(Listed {
                id: row.id,
                kind: NoticeKind::parse(&row.kind).ok_or(StorageError::Corrupt("outbox"))?,
                party: PartyId::parse(&name).map_err(|_| StorageError::Corrupt("outbox"))?,
                subject: row.subject,
                state: row.state,
                tries: u32::try_from(row.tries).unwrap_or_default(),
                due_at: Timestamp::from_millis(row.due_at).map_err(corrupt)?,
                fault: row.fault,
                created_at: Timestamp::from_millis(row.created_at).map_err(corrupt)?,
            })
        })
        .collect()
}

/// The number of the party in a filter; a party that does not exist has no items.
fn owner(conn: &mut Conn, filter: &Filter) -> Result<Option<i64>, StorageError> {
    match &filter.party {
        Some(name) => Ok(Some(party::by_name(conn, name.as_str())?.map_or(-1, |party| party.id))),
        None => Ok(None),
    }
}

/// The id of an item: the position it was put there at.
pub(crate) fn row(
    id: LedgerPosition,
    kind: NoticeKind,
    party: i64,
    subject: LedgerPosition,
    now: Timestamp,
) -> OutboxRow {
    OutboxRow {
        id: id.value(),
        kind: kind.as_str().to_owned(),
        party,
        subject: subject.value(),
        state: "due".to_owned(),
        tries: 0,
        due_at: now.as_millis(),
        fault: None,
        created_at: now.as_millis(),
        finished_at: None,
    }
}
