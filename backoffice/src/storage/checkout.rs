//! Instructions of consumers on their way to the payment system. Who gave one is in every `WHERE`.

use diesel::prelude::*;

use super::{Conn, StorageError, Tx};

diesel::table! {
    instruction (id) {
        id -> Binary,
        person -> BigInt,
        kind -> Text,
        offer -> Nullable<Binary>,
        back -> Nullable<Text>,
        sealed -> Binary,
        state -> Text,
        answer -> Nullable<Binary>,
        made_at -> BigInt,
        expires_at -> BigInt,
    }
}

/// An instruction as stored.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = instruction)]
#[diesel(treat_none_as_default_value = false)]
pub(crate) struct InstructionRow {
    pub(crate) id: Vec<u8>,
    pub(crate) person: i64,
    pub(crate) kind: String,
    pub(crate) offer: Option<Vec<u8>>,
    pub(crate) back: Option<String>,
    pub(crate) sealed: Vec<u8>,
    pub(crate) state: String,
    pub(crate) answer: Option<Vec<u8>>,
    pub(crate) made_at: i64,
    pub(crate) expires_at: i64,
}

/// One of a person's instructions.
pub(crate) fn instruction(
    conn: &mut Conn,
    person: i64,
    id: &[u8],
) -> Result<Option<InstructionRow>, StorageError> {
    Ok(instruction::table
        .filter(instruction::id.eq(id).and(instruction::person.eq(person)))
        .select(InstructionRow::as_select())
        .first(conn)
        .optional()?)
}

/// Everything that a person has told the payment system here, the newest first, at most so many.
pub(crate) fn all_of(conn: &mut Conn, person: i64, most: i64) -> Result<Vec<InstructionRow>, StorageError> {
    Ok(instruction::table
        .filter(instruction::person.eq(person))
        .order(instruction::expires_at.desc())
        .limit(most)
        .select(InstructionRow::as_select())
        .load(conn)?)
}

/// A person's newest order for an offer.
pub(crate) fn newest_for(
    conn: &mut Conn,
    person: i64,
    offer: &[u8],
) -> Result<Option<InstructionRow>, StorageError> {
    Ok(instruction::table
        .filter(instruction::person.eq(person).and(instruction::offer.eq(offer)))
        .order((instruction::made_at.desc(), instruction::id.desc()))
        .select(InstructionRow::as_select())
        .first(conn)
        .optional()?)
}

/// Keeps an instruction before it is signed, in the place of an open one for the same offer; and forgets those that this
/// person opened and let be. `false` if another was opened for the same offer at this very moment.
pub(crate) fn keep(tx: &mut Tx<'_>, row: &InstructionRow) -> Result<bool, StorageError> {
    let open = instruction::person.eq(row.person).and(instruction::state.eq("open"));
    let stale = instruction::expires_at.lt(row.made_at);
    diesel::delete(instruction::table.filter(open.and(stale))).execute(tx.conn())?;
    if let Some(offer) = &row.offer {
        let same = instruction::person.eq(row.person).and(instruction::offer.eq(offer));
        diesel::delete(instruction::table.filter(same.and(instruction::state.eq("open"))))
            .execute(tx.conn())?;
    }
    let insert = diesel::insert_into(instruction::table).values(row).on_conflict_do_nothing();
    let inserted = on_both!(tx.conn(), conn => insert.execute(conn)?);
    Ok(inserted == 1)
}

/// Fixes what will be sent. `false` if it was fixed before, or is not theirs: then what is stored is what counts.
pub(crate) fn fix(tx: &mut Tx<'_>, person: i64, id: &[u8], sealed: &[u8]) -> Result<bool, StorageError> {
    let open = instruction::id.eq(id).and(instruction::person.eq(person)).and(instruction::state.eq("open"));
    let fixed = diesel::update(instruction::table.filter(open))
        .set((instruction::sealed.eq(sealed), instruction::state.eq("sent")))
        .execute(tx.conn())?;
    Ok(fixed == 1)
}

/// Keeps the answer.
pub(crate) fn answered(
    tx: &mut Tx<'_>,
    person: i64,
    id: &[u8],
    (state, answer): (&str, &[u8]),
) -> Result<(), StorageError> {
    let sent = instruction::id.eq(id).and(instruction::person.eq(person)).and(instruction::state.ne("open"));
    diesel::update(instruction::table.filter(sent))
        .set((instruction::state.eq(state), instruction::answer.eq(answer)))
        .execute(tx.conn())?;
    Ok(())
}

/// Forgets all instructions of a person: what came of them is in the ledger.
pub(crate) fn forget(tx: &mut Tx<'_>, person: i64) -> Result<(), StorageError> {
    diesel::delete(instruction::table.filter(instruction::person.eq(person))).execute(tx.conn())?;
    Ok(())
}
