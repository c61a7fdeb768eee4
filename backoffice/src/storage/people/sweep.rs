//! Removing what is over: nobody misses it, and it says something about people.

use diesel::prelude::*;

use super::super::{StorageError, Tx};
use super::tables::{portal_session, reach_guard, sign_in_code, spent_challenge, team_invitation};

/// Rows at most that one sweep removes of a table: it is done often.
const MOST: i64 = 500;
/// After so long an address is not counted any more.
const GUARDED_MS: i64 = 48 * 60 * 60 * 1000;

/// Removes sessions, codes, counts, challenges and invitations that are over, and says how many.
pub(crate) fn sweep(tx: &mut Tx<'_>, now_ms: i64) -> Result<usize, StorageError> {
    let conn = tx.conn();
    let mut swept = 0_usize;
    macro_rules! remove {
        ($table:ident, $key:ident: $type:ty, $over:expr) => {
            let over: Vec<$type> = $table::table.filter($over).select($table::$key).limit(MOST).load(conn)?;
            for key in over {
                swept = swept.saturating_add(diesel::delete($table::table.find(key)).execute(conn)?);
            }
        };
    }
    remove!(portal_session, token_hash: Vec<u8>, portal_session::ends_at.lt(now_ms));
    remove!(sign_in_code, holder: Vec<u8>, sign_in_code::expires_at.lt(now_ms));
    remove!(reach_guard, reach_index: Vec<u8>, reach_guard::since.lt(now_ms.saturating_sub(GUARDED_MS)));
    remove!(spent_challenge, challenge: Vec<u8>, spent_challenge::expires_at.lt(now_ms));
    remove!(team_invitation, id: i64, team_invitation::expires_at.lt(now_ms));
    Ok(swept)
}
