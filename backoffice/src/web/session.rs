//! Who is signed in: a token of 256 random bits in a cookie, and only its SHA-256 in the database. A new one at each proof of
//! who somebody is, so that nobody can plant one beforehand (OWASP ASVS 3.2.1).
//!
//! A browser that nobody is signed in with has a token too: forms are bound to it. It is not in the database.

use std::fmt;

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use payment_domain::{PartyId, Role, Timestamp};
use payment_trust::Sealer;
use zeroize::{Zeroize, ZeroizeOnDrop};

use super::Fault;
use super::portal::{Audience, NoRandomness, Portal, Randomness, SessionTerms};
use crate::people::Known;
use crate::storage::people::{self, PersonRow, SessionRow};
use crate::storage::{Store, StoreError, Tx};

/// Somebody who is signed in.
#[derive(Clone, PartialEq, Eq)]
pub struct Person {
    /// Their number.
    pub id: i64,
    /// Whose money they see: themselves, or a merchant.
    pub party: PartyId,
    /// The number of that party.
    pub party_number: i64,
    /// What they may do.
    pub role: MemberRole,
    /// When they last proved who they are, and how.
    pub strong_at: Option<Timestamp>,
    /// How they did.
    pub proof: Proof,
    /// What their session is called; none where a certificate says who they are.
    pub session: Option<i64>,
    /// What the certificate of their connection entitles them to, where one says who they are.
    pub certified: Option<Role>,
    /// How they are greeted: their name, else the address that they sign in with.
    pub greeting: String,
}

/// What a member of a merchant's team may do; each may do what the ones after it may. Consumers are owners of themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MemberRole {
    /// Looks.
    Viewer,
    /// Sells, gives refunds, answers disputes.
    Manager,
    /// Also changes bank data, keys and the team.
    Owner,
}

/// How somebody proved who they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Proof {
    /// By a code that was sent to them.
    Code,
    /// By a passkey.
    Passkey,
    /// By the certificate of their connection.
    Certificate,
}

/// What a browser is known by.
#[derive(Clone, PartialEq, Eq, Zeroize, ZeroizeOnDrop)]
pub(crate) struct Token([u8; 32]);

impl Person {
    /// Whether they may do what this role may.
    #[must_use]
    pub fn may(&self, role: MemberRole) -> bool {
        self.role >= role
    }
}

/// Not their name: this is printed where something went wrong.
impl fmt::Debug for Person {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Person({}, {} of {})", self.id, self.role.as_str(), self.party)
    }
}

impl MemberRole {
    /// Every role, the least first.
    pub const ALL: [Self; 3] = [Self::Viewer, Self::Manager, Self::Owner];

    /// `viewer`, `manager`, `owner`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Manager => "manager",
            Self::Owner => "owner",
        }
    }

    /// Reads one of them.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == text)
    }
}

impl Proof {
    /// `code`, `passkey`, `certificate`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Code => "code",
            Self::Passkey => "passkey",
            Self::Certificate => "certificate",
        }
    }

    fn parse(text: &str) -> Self {
        if text == "passkey" { Self::Passkey } else { Self::Code }
    }
}

impl Token {
    /// A new one.
    pub(crate) fn random(randomness: &dyn Randomness) -> Result<Self, NoRandomness> {
        let mut token = Self([0; 32]);
        randomness.fill(&mut token.0)?;
        Ok(token)
    }

    /// Reads what stands in a cookie.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        if text.len() != 43 {
            return None;
        }
        URL_SAFE_NO_PAD.decode(text).ok()?.try_into().ok().map(Self)
    }

    /// As in a cookie.
    pub(crate) fn reveal(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.0)
    }

    /// What of it is in the database.
    pub(crate) fn hash(&self) -> Vec<u8> {
        digest(&SHA256, &self.0).as_ref().to_vec()
    }

    /// A value that only this server makes of it, for one purpose.
    pub(crate) fn tag(&self, sealer: &Sealer, purpose: &str) -> [u8; 32] {
        sealer.blind_index(purpose, &self.0)
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(secret)")
    }
}

/// How often it is written down that a session is used.
const SEEN_EVERY_MS: i64 = 60_000;

/// Who is signed in with this token, if the session is not over.
pub(crate) async fn find(
    store: &Store,
    audience: Audience,
    terms: SessionTerms,
    token: &Token,
    now: Timestamp,
) -> Result<Option<Person>, StoreError> {
    let (hash, now_ms) = (token.hash(), now.as_millis());
    let found = store
        .read(move |conn| {
            let found = people::signed_in(conn, &hash, audience.as_str())?;
            let found = found.filter(|(row, _, _)| {
                now_ms < row.ends_at && now_ms.saturating_sub(row.seen_at) < terms.idle_ms
            });
            if let Some((row, _, _)) = &found
                && now_ms.saturating_sub(row.seen_at) >= SEEN_EVERY_MS
            {
                people::touch(conn, &hash, now_ms)?;
            }
            Ok(found)
        })
        .await?;
    Ok(found.and_then(|(session, person, party)| read(store.sealer(), &session, &person, &party)))
}

/// A session to begin.
pub(crate) struct Begin<'b> {
    /// Its token.
    pub(crate) token: &'b Token,
    /// The one that the browser had: whatever it was good for is over.
    pub(crate) old: Option<&'b Token>,
    pub(crate) person: i64,
    pub(crate) proof: Proof,
}

/// Begins a session.
pub(crate) async fn begin(
    portal: &Portal,
    begin: Begin<'_>,
    device: &str,
    now: Timestamp,
) -> Result<(), Fault> {
    let now_ms = now.as_millis();
    let row = SessionRow {
        token_hash: begin.token.hash(),
        id: new_id(now, &*portal.randomness).map_err(Fault::internal)?,
        person: begin.person,
        device: device.to_owned(),
        began_at: now_ms,
        seen_at: now_ms,
        proved_at: now_ms,
        proof: begin.proof.as_str().to_owned(),
        ends_at: now_ms.saturating_add(portal.sessions.absolute_ms),
    };
    let old = begin.old.map(Token::hash);
    let write = move |tx: &mut Tx<'_>| {
        if let Some(old) = &old {
            people::end_session(tx, old)?;
        }
        people::insert_session(tx, &row)
    };
    Ok(portal.store.write(write).await?)
}

/// A number for something new: the time, and 20 random bits against others of the same millisecond.
pub(crate) fn new_id(now: Timestamp, randomness: &dyn Randomness) -> Result<i64, NoRandomness> {
    let mut bytes = [0_u8; 4];
    randomness.fill(&mut bytes)?;
    let low = i64::from(u32::from_be_bytes(bytes) >> 12);
    Ok((now.as_millis() << 20) | low)
}

fn read(sealer: &Sealer, session: &SessionRow, row: &PersonRow, party: &str) -> Option<Person> {
    let known = Known::open(sealer, row).ok()?;
    Some(Person {
        id: row.id,
        party: PartyId::parse(party).ok()?,
        party_number: row.party,
        role: MemberRole::parse(&row.role)?,
        strong_at: Timestamp::from_millis(session.proved_at).ok(),
        proof: Proof::parse(&session.proof),
        session: Some(session.id),
        certified: None,
        greeting: known.greeting(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_read_back_and_never_shown() {
        let token = Token([7; 32]);
        assert_eq!(Token::parse(&token.reveal()), Some(token.clone()));
        assert!(!format!("{token:?}").contains(&token.reveal()));
        for wrong in ["", "a", &"A".repeat(42), &"A".repeat(44), &"!".repeat(43)] {
            assert_eq!(Token::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn what_is_stored_is_not_the_token() {
        let token = Token([7; 32]);
        assert_ne!(token.hash(), token.0);
        assert_eq!(token.hash().len(), 32);
    }

    #[test]
    fn an_owner_may_do_everything_and_a_viewer_looks() {
        assert!(MemberRole::Owner > MemberRole::Manager && MemberRole::Manager > MemberRole::Viewer);
        for role in MemberRole::ALL {
            assert_eq!(MemberRole::parse(role.as_str()), Some(role));
        }
        assert_eq!(MemberRole::parse("root"), None);
    }
}
