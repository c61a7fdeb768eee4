//! Files for banks and what became of their entries, files of banks and what in them does not fit.

use diesel::dsl::{count_star, exists, not, sql};
use diesel::prelude::*;
use diesel::sql_types::Text;

use super::connection::{Conn, StorageError, Tx};
use super::payment::AttemptRow;
use super::schema::{attempt, bank_answer, bank_break, bank_entry, bank_file};

/// A file, without its document.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = bank_file)]
pub(crate) struct FileRow {
    pub(crate) id: i64,
    pub(crate) kind: String,
    pub(crate) message_id: String,
    pub(crate) digest: Vec<u8>,
    pub(crate) entries: i64,
    pub(crate) total_micros: i64,
    pub(crate) created_at: i64,
    pub(crate) delivered_at: Option<i64>,
    pub(crate) released_at: Option<i64>,
}

/// A file with its document, compressed and sealed.
#[derive(Debug, Insertable)]
#[diesel(table_name = bank_file)]
pub(crate) struct NewFileRow {
    pub(crate) id: i64,
    pub(crate) kind: &'static str,
    pub(crate) message_id: String,
    pub(crate) digest: Vec<u8>,
    pub(crate) document: Vec<u8>,
    pub(crate) entries: i64,
    pub(crate) total_micros: i64,
    pub(crate) created_at: i64,
}

/// An attempt in a file, or refused before.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = bank_entry)]
#[diesel(treat_none_as_default_value = false)]
pub(crate) struct EntryRow {
    pub(crate) attempt: i64,
    pub(crate) file: Option<i64>,
    pub(crate) batch: Option<String>,
    pub(crate) mandate: Option<Vec<u8>>,
    pub(crate) state: String,
    pub(crate) booked_as: Option<String>,
    pub(crate) returned_as: Option<String>,
    pub(crate) fee_micros: i64,
}

/// A file of the bank.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = bank_answer)]
pub(crate) struct AnswerRow {
    pub(crate) id: i64,
    pub(crate) digest: Vec<u8>,
    pub(crate) message: String,
    pub(crate) name: String,
    pub(crate) findings: i64,
    pub(crate) breaks: i64,
    pub(crate) read_at: i64,
}

/// What a file of the bank says that cannot be.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = bank_break)]
#[diesel(treat_none_as_default_value = false)]
pub(crate) struct BreakRow {
    pub(crate) answer: i64,
    pub(crate) number: i64,
    pub(crate) line: i64,
    pub(crate) words: String,
    pub(crate) resolved_at: Option<i64>,
    pub(crate) attempt: Option<i64>,
}

/// An entry, its attempt, and the name of its file.
pub(crate) type Sent = (EntryRow, AttemptRow, String);

/// Values that one statement is given at most.
const MOST_VALUES: usize = 500;

/// Pending attempts at a system that are in no file and were not refused, of these operations, oldest first.
pub(crate) fn due(
    conn: &mut Conn,
    system: &str,
    operations: &[&str],
    after: i64,
    limit: i64,
) -> Result<Vec<AttemptRow>, StorageError> {
    let filed = bank_entry::table.filter(bank_entry::attempt.eq(attempt::id));
    Ok(attempt::table
        .filter(attempt::state.eq(sql::<Text>("'pending'")))
        .filter(attempt::system.eq(system).and(attempt::id.gt(after)))
        .filter(attempt::kind.eq_any(operations.iter().copied()))
        .filter(not(exists(filed)))
        .order(attempt::id)
        .limit(limit)
        .select(AttemptRow::as_select())
        .load(conn)?)
}

/// Keeps a file.
pub(crate) fn insert_file(tx: &mut Tx<'_>, row: &NewFileRow) -> Result<(), StorageError> {
    diesel::insert_into(bank_file::table).values(row).execute(tx.conn())?;
    Ok(())
}

/// Marks attempts as sent, or refused. An attempt that is marked already is a conflict.
pub(crate) fn insert_entries(tx: &mut Tx<'_>, rows: &[EntryRow]) -> Result<(), StorageError> {
    for some in rows.chunks(MOST_VALUES) {
        match tx.conn() {
            Conn::Postgres(conn) => diesel::insert_into(bank_entry::table).values(some).execute(conn)?,
            Conn::Sqlite(conn) => diesel::insert_into(bank_entry::table).values(some).execute(conn)?,
        };
    }
    Ok(())
}

/// What is known of an attempt at the bank.
pub(crate) fn entry(conn: &mut Conn, id: i64) -> Result<Option<EntryRow>, StorageError> {
    Ok(bank_entry::table.find(id).select(EntryRow::as_select()).first(conn).optional()?)
}

/// The same, locked until the transaction ends.
pub(crate) fn lock_entry(tx: &mut Tx<'_>, id: i64) -> Result<Option<EntryRow>, StorageError> {
    // A no-op update locks the row on both engines; MultiConnection has no FOR UPDATE.
    diesel::update(bank_entry::table.find(id)).set(bank_entry::attempt.eq(id)).execute(tx.conn())?;
    entry(tx.conn(), id)
}

/// Writes back what moves on about a locked entry.
pub(crate) fn update_entry(tx: &mut Tx<'_>, row: &EntryRow) -> Result<(), StorageError> {
    diesel::update(bank_entry::table.find(row.attempt))
        .set((
            bank_entry::state.eq(&row.state),
            bank_entry::booked_as.eq(&row.booked_as),
            bank_entry::returned_as.eq(&row.returned_as),
            bank_entry::fee_micros.eq(row.fee_micros),
        ))
        .execute(tx.conn())?;
    Ok(())
}

/// Whether something was sent under a mandate that the bank has not refused.
pub(crate) fn is_mandate_used(conn: &mut Conn, mandate: &[u8]) -> Result<bool, StorageError> {
    let used = bank_entry::mandate.eq(mandate).and(bank_entry::state.ne("rejected"));
    let first: Option<i64> =
        bank_entry::table.filter(used).select(bank_entry::attempt).first(conn).optional()?;
    Ok(first.is_some())
}

/// Entries by what a bank may name: attempts, batches, files. Each once, by attempt.
pub(crate) fn sent(
    conn: &mut Conn,
    attempts: &[i64],
    batches: &[String],
    files: &[String],
) -> Result<Vec<Sent>, StorageError> {
    let mut found: Vec<Sent> = Vec::new();
    for some in attempts.chunks(MOST_VALUES) {
        found.extend(
            joined()
                .filter(bank_entry::attempt.eq_any(some.to_vec()))
                .select((EntryRow::as_select(), AttemptRow::as_select(), bank_file::message_id))
                .load::<Sent>(conn)?,
        );
    }
    for some in batches.chunks(MOST_VALUES) {
        found.extend(
            joined()
                .filter(bank_entry::batch.eq_any(some.to_vec()))
                .select((EntryRow::as_select(), AttemptRow::as_select(), bank_file::message_id))
                .load::<Sent>(conn)?,
        );
    }
    for some in files.chunks(MOST_VALUES) {
        found.extend(
            joined()
                .filter(bank_file::message_id.eq_any(some.to_vec()))
                .select((EntryRow::as_select(), AttemptRow::as_select(), bank_file::message_id))
                .load::<Sent>(conn)?,
        );
    }
    found.sort_unstable_by_key(|(entry, ..)| entry.attempt);
    found.dedup_by_key(|(entry, ..)| entry.attempt);
    Ok(found)
}

/// Entries of files with their attempts.
#[diesel::dsl::auto_type(no_type_alias)]
fn joined() -> _ {
    bank_entry::table.inner_join(bank_file::table).inner_join(attempt::table)
}

/// Files, newest first.
pub(crate) fn files(conn: &mut Conn, limit: i64) -> Result<Vec<FileRow>, StorageError> {
    Ok(bank_file::table.order(bank_file::id.desc()).limit(limit).select(FileRow::as_select()).load(conn)?)
}

/// Files that were not put where the bank takes them, oldest first.
pub(crate) fn undelivered(conn: &mut Conn) -> Result<Vec<FileRow>, StorageError> {
    Ok(bank_file::table
        .filter(bank_file::delivered_at.is_null())
        .order(bank_file::id)
        .select(FileRow::as_select())
        .load(conn)?)
}

/// The newest file of a kind.
pub(crate) fn newest(conn: &mut Conn, kind: &str) -> Result<Option<FileRow>, StorageError> {
    Ok(bank_file::table
        .filter(bank_file::kind.eq(kind))
        .order(bank_file::id.desc())
        .select(FileRow::as_select())
        .first(conn)
        .optional()?)
}

/// A file by its name.
pub(crate) fn file_named(conn: &mut Conn, name: &str) -> Result<Option<FileRow>, StorageError> {
    Ok(bank_file::table
        .filter(bank_file::message_id.eq(name))
        .select(FileRow::as_select())
        .first(conn)
        .optional()?)
}

/// A file by its number.
pub(crate) fn file(conn: &mut Conn, id: i64) -> Result<Option<FileRow>, StorageError> {
    Ok(bank_file::table.find(id).select(FileRow::as_select()).first(conn).optional()?)
}

/// The stored document of a file.
pub(crate) fn document(conn: &mut Conn, id: i64) -> Result<Option<Vec<u8>>, StorageError> {
    Ok(bank_file::table.find(id).select(bank_file::document).first(conn).optional()?)
}

/// Notes that a file was put where the bank takes it; the first time counts.
pub(crate) fn delivered(tx: &mut Tx<'_>, id: i64, now: i64) -> Result<(), StorageError> {
    let first = bank_file::id.eq(id).and(bank_file::delivered_at.is_null());
    diesel::update(bank_file::table.filter(first)).set(bank_file::delivered_at.eq(now)).execute(tx.conn())?;
    Ok(())
}

/// Notes that a second person let a file go; the first time counts. `false` if it was before, or there is none.
pub(crate) fn released(tx: &mut Tx<'_>, id: i64, now: i64) -> Result<bool, StorageError> {
    let first = bank_file::id.eq(id).and(bank_file::released_at.is_null());
    let changed = diesel::update(bank_file::table.filter(first))
        .set(bank_file::released_at.eq(now))
        .execute(tx.conn())?;
    Ok(changed == 1)
}

/// Keeps that a file of the bank was read.
pub(crate) fn insert_answer(tx: &mut Tx<'_>, row: &AnswerRow) -> Result<(), StorageError> {
    diesel::insert_into(bank_answer::table).values(row).execute(tx.conn())?;
    Ok(())
}

/// Keeps what in it does not fit.
pub(crate) fn insert_breaks(tx: &mut Tx<'_>, rows: &[BreakRow]) -> Result<(), StorageError> {
    for some in rows.chunks(MOST_VALUES) {
        match tx.conn() {
            Conn::Postgres(conn) => diesel::insert_into(bank_break::table).values(some).execute(conn)?,
            Conn::Sqlite(conn) => diesel::insert_into(bank_break::table).values(some).execute(conn)?,
        };
    }
    Ok(())
}

/// A file of the bank by its digest.
pub(crate) fn answer(conn: &mut Conn, digest: &[u8]) -> Result<Option<AnswerRow>, StorageError> {
    let this = bank_answer::table.filter(bank_answer::digest.eq(digest));
    Ok(this.select(AnswerRow::as_select()).first(conn).optional()?)
}

/// A file of the bank by its number.
pub(crate) fn answer_at(conn: &mut Conn, id: i64) -> Result<Option<AnswerRow>, StorageError> {
    Ok(bank_answer::table.find(id).select(AnswerRow::as_select()).first(conn).optional()?)
}

/// What nobody has resolved, oldest first: of one file of the bank, or of all.
pub(crate) fn open_breaks(
    conn: &mut Conn,
    answer: Option<i64>,
    limit: i64,
) -> Result<Vec<BreakRow>, StorageError> {
    let mut open = bank_break::table
        .filter(bank_break::resolved_at.is_null())
        .order((bank_break::answer, bank_break::number))
        .limit(limit)
        .select(BreakRow::as_select())
        .into_boxed();
    if let Some(answer) = answer {
        open = open.filter(bank_break::answer.eq(answer));
    }
    Ok(open.load(conn)?)
}

/// One of them.
pub(crate) fn open_break(
    conn: &mut Conn,
    answer: i64,
    number: i64,
) -> Result<Option<BreakRow>, StorageError> {
    let open = bank_break::table.find((answer, number)).filter(bank_break::resolved_at.is_null());
    Ok(open.select(BreakRow::as_select()).get_result(conn).optional()?)
}

/// Notes that somebody has looked at it. `false` if there is no such break, or somebody had.
pub(crate) fn resolve(tx: &mut Tx<'_>, answer: i64, number: i64, now: i64) -> Result<bool, StorageError> {
    let open = bank_break::answer
        .eq(answer)
        .and(bank_break::number.eq(number))
        .and(bank_break::resolved_at.is_null());
    let resolved = diesel::update(bank_break::table.filter(open))
        .set(bank_break::resolved_at.eq(now))
        .execute(tx.conn())?;
    Ok(resolved == 1)
}

/// The next entries and their attempts, where there are any, for the audit.
pub(crate) fn entries(
    conn: &mut Conn,
    after: i64,
    limit: i64,
) -> Result<Vec<(EntryRow, Option<AttemptRow>)>, StorageError> {
    Ok(bank_entry::table
        .left_join(attempt::table)
        .filter(bank_entry::attempt.gt(after))
        .order(bank_entry::attempt)
        .limit(limit)
        .select((EntryRow::as_select(), Option::<AttemptRow>::as_select()))
        .load(conn)?)
}

/// How many files, files of the bank and open breaks there are.
pub(crate) fn counts(conn: &mut Conn) -> Result<(i64, i64, i64), StorageError> {
    let files = bank_file::table.select(count_star()).first(conn)?;
    let answers = bank_answer::table.select(count_star()).first(conn)?;
    let open = bank_break::table.filter(bank_break::resolved_at.is_null());
    Ok((files, answers, open.select(count_star()).first(conn)?))
}
