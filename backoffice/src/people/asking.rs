//! Asking for a code, and entering it. Both are the same for an address that is known and for one that is not: nothing here
//! looks for a person.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use payment_domain::Timestamp;
use serde::{Deserialize, Serialize};

use super::code::{Bound, Purpose};
use super::{Code, People, Reach};
use crate::storage::people::{self as storage, CodeRow, Sending};
use crate::storage::{StorageError, Store};
use crate::web::{Fault, LocalPath, Visitor};

/// For how long a code can be entered.
const CODE_MS: i64 = 10 * 60 * 1000;
/// How often.
const TRIES: i64 = 5;
/// How long what a code proved is good for opening an account.
const PROVED_MS: i64 = 30 * 60 * 1000;
/// How often codes are sent to one address for whoever asks,
const TO_ANYBODY: Sending = Sending { most: 5, window_ms: 60 * 60 * 1000 };
/// and for whoever is signed in there: each payment may need one.
const TO_THEMSELVES: Sending = Sending { most: 30, window_ms: 60 * 60 * 1000 };
/// So many wrong codes lock an address: a thief who goes on for a day has one chance in a thousand.
const WRONG: i64 = 10;
/// For so long.
const LOCKED_MS: i64 = 15 * 60 * 1000;
/// For the courier.
const SEND_LIMIT: Duration = Duration::from_secs(10);

/// What became of a wish for a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Asked {
    /// It is on its way.
    Sent,
    /// It could not be sent. Trying again may help.
    NotSent,
    /// Not before then: too many codes, or too many wrong ones.
    NotBefore(Timestamp),
}

/// What became of a code that was entered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Entered {
    /// It was right. It counts once.
    Right(Proved),
    /// It was wrong, and may be entered so often again.
    Wrong(u64),
    /// There is none that could be entered: too old, too many tries, used, or never asked for here.
    Over,
    /// Too many wrong ones, for this address: not before then.
    Locked(Timestamp),
}

/// What a code proved: whoever entered it is reached there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Proved {
    pub(crate) purpose: Purpose,
    pub(crate) reach: Reach,
    pub(crate) next: LocalPath,
}

/// What is sealed with a code.
#[derive(Serialize, Deserialize)]
struct Sealed {
    reach: String,
    next: String,
}

/// Sends a code.
pub(crate) async fn ask(
    visitor: &Visitor,
    people: &People,
    purpose: Purpose,
    reach: &Reach,
    next: &LocalPath,
) -> Result<Asked, Fault> {
    let portal = visitor.portal();
    portal.limits.code(visitor.address()).map_err(|many| Fault::TooMany { after: many.after })?;
    let (now, sealer) = (visitor.now(), visitor.store().sealer());
    let code = Code::random(&*portal.randomness).map_err(Fault::internal)?;
    let holder = visitor.holder()?;
    let index = visitor.reach_index(reach);
    let bound = Bound { purpose, holder: &holder, reach: &index };
    let sealed = Sealed { reach: reach.reveal().to_owned(), next: next.as_str().to_owned() };
    let plain = serde_json::to_vec(&sealed).map_err(Fault::internal)?;
    let row = CodeRow {
        purpose: purpose.as_str().to_owned(),
        reach_index: index.to_vec(),
        sealed: sealer.seal(&context(&holder), &plain).map_err(Fault::internal)?,
        code_hash: code.hash(sealer, bound).to_vec(),
        tries: 0,
        sent_at: now.as_millis(),
        expires_at: now.as_millis().saturating_add(CODE_MS),
        proved_at: None,
        holder: holder.to_vec(),
    };
    let (sending, counted) = (often(purpose), counted(visitor.store(), purpose, &index));
    let refused = visitor
        .write(move |tx| {
            let refused = storage::count_sent(tx, &counted, sending, row.sent_at)?;
            if refused.is_none() {
                storage::keep_code(tx, &row)?;
            }
            Ok(refused)
        })
        .await?;
    if let Some(guard) = refused {
        let full = guard.sent >= sending.most;
        let until = if full { guard.since.saturating_add(sending.window_ms) } else { 0 };
        let until = guard.locked_until.max(until);
        return Ok(Asked::NotBefore(moment(until, now)));
    }
    let sent = people.courier.send_code(reach, &code, visitor.words());
    match tokio::time::timeout(SEND_LIMIT, sent).await {
        Ok(Ok(())) => Ok(Asked::Sent),
        Ok(Err(_)) | Err(_) => {
            tracing::warn!(portal = portal.audience.as_str(), "a code was not sent");
            Ok(Asked::NotSent)
        }
    }
}

/// Enters a code. A try is taken before anything is compared, so that many requests at once have no more tries than one.
pub(crate) async fn enter(visitor: &Visitor, code: &Code) -> Result<Entered, Fault> {
    visitor.portal().limits.code(visitor.address()).map_err(|many| Fault::TooMany { after: many.after })?;
    let (store, code, now) = (visitor.store().clone(), code.clone(), visitor.now());
    let holder = visitor.holder()?;
    visitor
        .write(move |tx| {
            let now_ms = now.as_millis();
            let Some(row) = storage::take_try(tx, &holder, TRIES, now_ms)? else { return Ok(Entered::Over) };
            let proved = proved(&store, &holder, &row)?;
            let counted = counted(&store, proved.purpose, &row.reach_index);
            let guard = storage::guard_of(tx.conn(), &counted)?;
            if let Some(guard) = guard.filter(|guard| guard.locked_until > now_ms) {
                return Ok(Entered::Locked(moment(guard.locked_until, now)));
            }
            let bound = Bound { purpose: proved.purpose, holder: &holder, reach: &row.reach_index };
            if !code.is(&row.code_hash, store.sealer(), bound) {
                storage::count_wrong(tx, &counted, WRONG, now_ms.saturating_add(LOCKED_MS))?;
                return Ok(Entered::Wrong(u64::try_from(TRIES.saturating_sub(row.tries)).unwrap_or(0)));
            }
            let right = storage::prove_code(tx, &holder, now_ms, now_ms.saturating_add(PROVED_MS))?;
            Ok(if right { Entered::Right(proved) } else { Entered::Over })
        })
        .await
}

/// What this browser has proved lately and not used yet.
pub(super) async fn proof(visitor: &Visitor) -> Result<Option<Proved>, Fault> {
    let (store, now, holder) = (visitor.store().clone(), visitor.now(), visitor.holder()?);
    visitor
        .read(move |conn| {
            let row = storage::proved_code(conn, &holder, now.as_millis())?;
            row.map(|row| proved(&store, &holder, &row)).transpose()
        })
        .await
}

/// What the code is for that this browser has asked for last.
pub(super) async fn purpose(visitor: &Visitor) -> Result<Option<Purpose>, Fault> {
    let holder = visitor.holder()?;
    let purpose = visitor.read(move |conn| storage::purpose_of_code(conn, &holder)).await?;
    Ok(purpose.as_deref().and_then(Purpose::parse))
}

const fn often(purpose: Purpose) -> Sending {
    match purpose {
        // Anybody can write anybody's address into the form.
        Purpose::SignIn | Purpose::Add => TO_ANYBODY,
        Purpose::Confirm => TO_THEMSELVES,
    }
}

/// What is counted of an address: apart for each purpose, so that no stranger can lock anybody out of paying.
fn counted(store: &Store, purpose: Purpose, reach_index: &[u8]) -> [u8; 32] {
    store.sealer().blind_index(&format!("reach_guard/{}", purpose.as_str()), reach_index)
}

fn proved(store: &Store, holder: &[u8; 32], row: &CodeRow) -> Result<Proved, StorageError> {
    let corrupt = || StorageError::Corrupt("code");
    let plain = store.sealer().open(&context(holder), &row.sealed).map_err(|_| corrupt())?;
    let sealed: Sealed = serde_json::from_slice(&plain).map_err(|_| corrupt())?;
    Ok(Proved {
        purpose: Purpose::parse(&row.purpose).ok_or_else(corrupt)?,
        reach: Reach::parse(&sealed.reach).ok_or_else(corrupt)?,
        next: LocalPath::or_first(Some(&sealed.next)),
    })
}

fn context(holder: &[u8; 32]) -> String {
    format!("sign_in_code.sealed/{}", STANDARD_NO_PAD.encode(holder))
}

fn moment(at_ms: i64, now: Timestamp) -> Timestamp {
    now.saturating_add_millis(at_ms.saturating_sub(now.as_millis()))
}
