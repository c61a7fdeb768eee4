//! Phones and keys: where somebody is signed in, and with which passkeys they can. For people of both portals; rooms that show
//! it within a page of their own take [`devices`] and [`keys`].

use actix_web::HttpResponse;
use actix_web::web::{Data, Query};
use payment_domain::Timestamp;
use serde::Deserialize;

use super::People;
use super::passkeys::PasskeyFault;
use super::sign_in::{Next, next_field};
use crate::page::{
    Block, Column, Field, FieldKind, Form, Inline, Link, Notice, Page, Section, Table, Tone, Weight,
};
use crate::say;
use crate::storage::people as storage;
use crate::web::{Fault, Filled, LocalPath, Proof, Visitor};
use crate::words::Words;

/// The address of the page.
const HERE: Option<&str> = Some("/keys");

/// Where somebody is signed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Device {
    /// What the session is called.
    pub session: i64,
    /// "Firefox, Linux".
    pub name: String,
    /// Since when.
    pub since: Timestamp,
    /// When it was used last, to the minute.
    pub seen: Timestamp,
    /// With a passkey or a code.
    pub by_passkey: bool,
    /// Whether it is the one that asks.
    pub here: bool,
}

/// A passkey to sign in with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    /// Its id in hexadecimal.
    pub id: String,
    /// What its person calls it.
    pub name: String,
    /// Since when.
    pub since: Timestamp,
    /// When it was used last.
    pub used: Option<Timestamp>,
}

#[derive(Deserialize)]
pub(super) struct Added {
    credential: String,
    state: String,
    name: String,
    next: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct Which {
    id: String,
}

/// Where the visitor is signed in, newest first.
///
/// # Errors
/// [`Fault`].
pub async fn devices(visitor: &Visitor) -> Result<Vec<Device>, Fault> {
    let person = visitor.need_person()?;
    let (id, here, now_ms) = (person.id, person.session, visitor.now().as_millis());
    let rows = visitor.read(move |conn| storage::sessions_of(conn, id, now_ms)).await?;
    let device = |row: storage::SessionRow| Device {
        session: row.id,
        name: row.device,
        since: say::at(row.began_at),
        seen: say::at(row.seen_at),
        by_passkey: row.proof == Proof::Passkey.as_str(),
        here: Some(row.id) == here,
    };
    Ok(rows.into_iter().map(device).collect())
}

/// The passkeys that the visitor can sign in with, oldest first.
///
/// # Errors
/// [`Fault`].
pub async fn keys(visitor: &Visitor) -> Result<Vec<Key>, Fault> {
    let id = visitor.need_person()?.id;
    let rows = visitor.read(move |conn| storage::passkeys_of(conn, id)).await?;
    let key = |row: storage::PersonPasskeyRow| Key {
        id: hex(&row.credential),
        name: row.name,
        since: say::at(row.registered_at),
        used: row.used_at.map(say::at),
    };
    Ok(rows.into_iter().map(key).collect())
}

/// `GET /keys`. Whoever needs a passkey for something goes on with that when they have one.
pub(super) async fn page(
    visitor: Visitor,
    people: Data<People>,
    next: Query<Next>,
) -> Result<HttpResponse, Fault> {
    let words = visitor.words();
    let mut page = Page::new(words.say("people-keys-title"), "/keys");
    if let Some(passkeys) = &people.passkeys {
        let keys = keys(&visitor).await?;
        let mut section = Section::new(words.say("people-passkeys"))
            .with(Block::Paragraph(vec![words.say("people-passkeys-why").into()]));
        for key in &keys {
            section = section.with(Block::Facts(facts(words, key))).with(remove_form(words, key));
        }
        let mut adding = passkeys.adding_form(&visitor, &keys)?;
        adding.fields.push(next_field(&LocalPath::or_first(next.next.as_deref().or(HERE))));
        page = page.with(section).with(adding);
    }
    let devices = devices(&visitor).await?;
    page = page.with(sessions(words, &devices));
    for device in devices.iter().filter(|device| !device.here) {
        page = page.with(act(
            "/keys/end-session",
            device.session.to_string(),
            words.say_with("people-end-session", &[("device", called(words, device).into())]),
        ));
    }
    if devices.len() > 1 {
        page = page.with(act("/keys/end-others", String::new(), words.say("people-end-others")));
    }
    visitor.show(
        page.with(Block::Actions(vec![Link::new(
            super::account::ADDRESS,
            words.say("people-account-title"),
        )])),
    )
}

fn facts(words: Words, key: &Key) -> Vec<(String, Vec<Inline>)> {
    let used = key.used.map_or_else(|| words.say("people-never-used"), |used| words.moment(used));
    vec![
        (words.say("people-key-name"), vec![Inline::Strong(key.name.clone())]),
        (
            words.say("people-key-since"),
            vec![Inline::Time(words.moment(key.since), words.machine(key.since))],
        ),
        (words.say("people-key-used"), vec![used.into()]),
    ]
}

fn remove_form(words: Words, key: &Key) -> Form {
    let submit = words.say_with("people-remove-key", &[("key", key.name.as_str().into())]);
    act("/keys/remove", key.id.clone(), submit)
}

fn act(action: &str, id: String, submit: String) -> Form {
    let field = Field { name: "id", kind: FieldKind::Hidden, value: id, ..Field::default() };
    Form { action: action.to_owned(), fields: vec![field], submit, weight: Weight::Quiet, ..Form::default() }
}

fn sessions(words: Words, devices: &[Device]) -> Section {
    let row = |device: &Device| {
        let mut name = vec![called(words, device).into()];
        if device.here {
            name.push(Inline::Muted(format!(" {}", words.say("people-this-device"))));
        }
        let how = if device.by_passkey { "people-by-passkey" } else { "people-by-code" };
        vec![
            name,
            vec![words.say(how).into()],
            vec![Inline::Time(words.moment(device.since), words.machine(device.since))],
            vec![Inline::Time(words.moment(device.seen), words.machine(device.seen))],
        ]
    };
    Section::new(words.say("people-sessions")).with(Table {
        caption: words.say("people-sessions"),
        columns: vec![
            Column::words(words.say("people-device")),
            Column::words(words.say("people-how")).minor(),
            Column::words(words.say("people-since")),
            Column::words(words.say("people-seen")).minor(),
        ],
        rows: devices.iter().map(row).collect(),
        ..Table::default()
    })
}

fn called(words: Words, device: &Device) -> String {
    if device.name.is_empty() { words.say("people-some-device") } else { device.name.clone() }
}

/// `POST /keys/add`.
pub(super) async fn add(
    visitor: Visitor,
    people: Data<People>,
    added: Filled<Added>,
) -> Result<HttpResponse, Fault> {
    let words = visitor.words();
    visitor.need_fresh()?;
    let passkeys = people.passkeys.as_ref().ok_or(Fault::NotFound)?;
    let Added { credential, state, name, next } = added.0;
    let next = LocalPath::or_first(next.as_deref().or(HERE));
    let (tone, text) = match passkeys.add(&visitor, &credential, &state, &name).await {
        Ok(()) => (Tone::Good, words.say("people-key-added")),
        Err(PasskeyFault::Refused) => (Tone::Bad, words.say("people-key-refused")),
        Err(PasskeyFault::Fault(fault)) => return Err(fault),
    };
    Ok(visitor.go(next.as_str(), Some(Notice { tone, text })))
}

/// `POST /keys/remove`.
pub(super) async fn remove(
    visitor: Visitor,
    people: Data<People>,
    which: Filled<Which>,
) -> Result<HttpResponse, Fault> {
    visitor.need_fresh()?;
    let passkeys = people.passkeys.as_ref().ok_or(Fault::NotFound)?;
    let credential = from_hex(&which.0.id).ok_or(Fault::NotFound)?;
    passkeys.remove(&visitor, credential).await?;
    Ok(visitor.go("/keys", Some(good(&visitor, "people-key-removed"))))
}

/// `POST /keys/end-session`.
pub(super) async fn end_session(visitor: Visitor, which: Filled<Which>) -> Result<HttpResponse, Fault> {
    let person = visitor.need_person()?.id;
    let session = which.0.id.parse().map_err(|_| Fault::NotFound)?;
    if !visitor.write(move |tx| storage::delete_session(tx, person, session)).await? {
        return Err(Fault::NotFound);
    }
    Ok(visitor.go("/keys", Some(good(&visitor, "people-session-ended"))))
}

/// `POST /keys/end-others`.
pub(super) async fn end_others(visitor: Visitor, _form: Filled<Which>) -> Result<HttpResponse, Fault> {
    let (person, here) = visitor.need_person().map(|person| (person.id, person.session))?;
    visitor.write(move |tx| storage::delete_sessions_of(tx, person, here)).await?;
    Ok(visitor.go("/keys", Some(good(&visitor, "people-sessions-ended"))))
}

fn good(visitor: &Visitor, id: &str) -> Notice {
    say::good(visitor.words().say(id))
}

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

pub(super) fn from_hex(text: &str) -> Option<Vec<u8>> {
    let pairs = text.as_bytes().chunks(2).map(|pair| {
        // A sign would be read, too.
        let digits = pair.len() == 2 && pair.iter().all(u8::is_ascii_hexdigit);
        let pair = std::str::from_utf8(pair).ok().filter(|_| digits)?;
        u8::from_str_radix(pair, 16).ok()
    });
    if text.len() <= 2046 { pairs.collect() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_read_back() {
        assert_eq!(from_hex(&hex(&[0, 10, 255])), Some(vec![0, 10, 255]));
        for wrong in ["0", "zz", "é0", "+1"] {
            assert_eq!(from_hex(wrong), None, "{wrong}");
        }
    }
}
