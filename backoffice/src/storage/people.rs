//! Who signs in: persons, their sessions, the codes that were sent to them, their passkeys and invitations.
//!
//! Rows of a person are found by the person's id, rows of a browser by the hash of its token: there is no other way in.

mod code;
mod invitation;
mod passkey;
mod person;
mod session;
mod sweep;
mod tables;

pub(crate) use code::{
    CodeRow, Sending, count_sent, count_wrong, drop_code, guard_of, keep_code, prove_code, proved_code,
    purpose_of_code, take_try,
};
pub(crate) use invitation::{
    InvitationRow, delete_invitation, insert_invitation, invitation_for, invitations_of,
};
pub(crate) use passkey::{MOST_PASSKEYS, PersonPasskeyRow, passkeys_of};
#[cfg(feature = "passkeys")]
pub(crate) use passkey::{delete_passkey, insert_passkey, passkey_by_id, spend_challenge, use_passkey};
pub(crate) use person::{
    PersonRow, delete_everything_of, insert_person, owners, party_number, party_role, person_by_id,
    person_by_reach, remove_reach, set_reach, set_role, set_sealed, team,
};
pub(crate) use session::{
    MOST_SESSIONS, SessionRow, delete_session, delete_sessions_of, end_session, insert_session, sessions_of,
    signed_in, touch,
};
pub(crate) use sweep::sweep;
