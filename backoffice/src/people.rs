//! Who signs in at the portals of consumers and merchants: without passwords, by a code that is sent to them or by a passkey.
//!
//! Nobody learns here who is known: a code is sent to whatever address is entered, and only whoever has it sees whether
//! there is an account (OWASP ASVS 2.2, 2.5). The same steps lead into an account and to a new one.
//!
//! | address | what |
//! |---|---|
//! | `/sign-in`, `/sign-up` | where is somebody reached: sends a code; or a passkey |
//! | `/code` | the code; leads into the account, or to `/welcome` |
//! | `/welcome` | opens an account, or joins a team that somebody was invited into |
//! | `/confirm` | another proof before money or keys are touched |
//! | `/keys` | phones and keys: sessions and passkeys |
//! | `/account` | name and addresses |
//!
//! What this must not do: move money, or keep anything personal unsealed. Start at [`People`].

mod account;
mod asking;
mod code;
mod confirm;
mod courier;
mod data;
mod keys;
mod known;
mod opening;
#[cfg(feature = "passkeys")]
mod passkeys;
#[cfg(not(feature = "passkeys"))]
#[path = "people/without_passkeys.rs"]
mod passkeys;
mod reach;
mod sign_in;
pub mod team;
mod welcome;

use std::fmt;
use std::sync::Arc;

use actix_web::web::{Data, ServiceConfig, get, post};
use payment_domain::Currency;

pub(crate) use asking::{Asked, Entered, ask, enter};
pub use code::Code;
pub(crate) use code::Purpose;
pub(crate) use confirm::reach;
pub use courier::{
    Courier, Invited, NotSent, Note, Paid, Sending, Written, code_letter, code_text, invitation_letter,
    moved_letter, moved_text, note_letter, note_text,
};
pub use data::{Forgotten, PersonalData, forget, known, personal_data, rename};
pub use keys::{Device, Key, devices, keys};
pub use known::Known;
pub use opening::{Admission, AdmissionError, admit};
pub use passkeys::{PasskeySetupError, Passkeys};
pub use reach::Reach;

use crate::storage::people::sweep;
use crate::storage::{Store, StoreError};
use crate::web::{MemberRole, Route};

/// What signing in needs beside the portal: `app_data` of each portal that has [`routes`].
pub struct People {
    courier: Arc<dyn Courier>,
    passkeys: Option<Passkeys>,
    currency: Currency,
}

/// Every address of this room.
pub const ROUTES: &[Route] = &[
    Route::open("GET", "/sign-in"),
    Route::open("POST", "/sign-in"),
    Route::open("GET", "/sign-up"),
    Route::open("GET", "/code"),
    Route::open("POST", "/code"),
    Route::open("GET", "/welcome"),
    Route::open("POST", "/welcome"),
    Route::open("POST", "/sign-in/passkey"),
    Route::open("POST", "/sign-out"),
    Route::signed_in("GET", "/confirm"),
    Route::signed_in("POST", "/confirm"),
    Route::signed_in("POST", "/confirm/passkey"),
    Route::signed_in("GET", "/keys"),
    Route::signed_in("POST", "/keys/add"),
    Route::signed_in("POST", "/keys/remove"),
    Route::signed_in("POST", "/keys/end-session"),
    Route::signed_in("POST", "/keys/end-others"),
    Route::signed_in("GET", "/account"),
    Route::signed_in("POST", "/account/name"),
    Route::signed_in("POST", "/account/reach"),
    Route::signed_in("POST", "/account/reach/remove"),
];

impl People {
    /// Codes go by this courier; new accounts are in this currency. Without passkeys there are only codes.
    #[must_use]
    pub fn new(courier: Arc<dyn Courier>, passkeys: Option<Passkeys>, currency: Currency) -> Self {
        Self { courier, passkeys, currency }
    }
}

impl fmt::Debug for People {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("People(..)")
    }
}

/// The addresses of this room, and what they need.
pub fn install(config: &mut ServiceConfig, people: Arc<People>) {
    config.app_data(Data::from(people));
    routes(config);
}

/// The addresses of this room. The portal's `app_data` must hold a `Data<People>`.
pub fn routes(config: &mut ServiceConfig) {
    config
        .route("/sign-in", get().to(sign_in::page))
        .route("/sign-in", post().to(sign_in::ask))
        .route("/sign-up", get().to(sign_in::sign_up_page))
        .route("/code", get().to(sign_in::code_page))
        .route("/code", post().to(sign_in::enter))
        .route("/welcome", get().to(welcome::page))
        .route("/welcome", post().to(welcome::open))
        .route("/sign-in/passkey", post().to(sign_in::passkey))
        .route("/sign-out", post().to(sign_in::leave))
        .route("/confirm", get().to(confirm::page))
        .route("/confirm", post().to(confirm::ask))
        .route("/confirm/passkey", post().to(confirm::passkey))
        .route("/keys", get().to(keys::page))
        .route("/keys/add", post().to(keys::add))
        .route("/keys/remove", post().to(keys::remove))
        .route("/keys/end-session", post().to(keys::end_session))
        .route("/keys/end-others", post().to(keys::end_others))
        .route("/account", get().to(account::page))
        .route("/account/name", post().to(account::set_name))
        .route("/account/reach", post().to(account::ask))
        .route("/account/reach/remove", post().to(account::remove));
}

/// Removes sessions, codes, counts and invitations that are over; to be done every few minutes.
///
/// # Errors
/// [`StoreError`].
pub async fn tidy_up(store: &Store, now: payment_domain::Timestamp) -> Result<usize, StoreError> {
    store.write(move |tx| sweep(tx, now.as_millis())).await
}

/// The words for a role.
fn role_words(role: MemberRole) -> &'static str {
    match role {
        MemberRole::Owner => "people-role-owner",
        MemberRole::Manager => "people-role-manager",
        MemberRole::Viewer => "people-role-viewer",
    }
}
