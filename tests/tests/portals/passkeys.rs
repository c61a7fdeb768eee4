//! Passkeys to sign in with: made by whoever is signed in, found without a name, known to the core, used once each time.

use anyhow::{Context as _, Result, ensure};
use backoffice::web::Audience;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use payment_message::sha256;
use serde_json::{Value, json};
use tests::database::Database;
use tests::on_each_database;
use tests::passkey::Authenticator;
use tests::storage::Sql;

use crate::browser::{Browser, between};
use crate::stage::{MINUTE_MS, Stage};

on_each_database!(
    a_passkey_that_was_added_signs_in_and_the_core_knows_it,
    an_answer_counts_once_soon_and_in_the_browser_that_was_asked,
    a_passkey_that_was_removed_signs_nobody_in,
);

const ADA: &str = "ada@example.org";

async fn a_passkey_that_was_added_signs_in_and_the_core_knows_it(database: Database) -> Result<()> {
    let stage = Stage::open(database, Audience::Consumers).await?;
    let mut ada = stage.signed_in(ADA).await?;
    let (passkey, handle) = add(&mut ada).await?;
    ada.get("/keys").await?.says(200, "My laptop")?;

    let mut elsewhere = stage.browser()?;
    sign_in(&mut elsewhere, &passkey, &handle).await?.leads_to("/")?;
    elsewhere.get("/keys").await?.says(200, "My laptop")?;
    // Nobody's, and one that signs for another site.
    let mut eve = stage.browser()?;
    sign_in(&mut eve, &Authenticator::make()?, &handle).await?.says(422, "was not accepted")?;
    let mut phished = passkey.clone();
    phished.origin = "https://evil.example".to_owned();
    sign_in(&mut eve, &phished, &handle).await?.says(422, "was not accepted")?;
    eve.get("/keys").await?.leads_to("/sign-in?next=%2Fkeys")?;
    ensure!(known_to_the_core(&stage)? == 1);
    Ok(())
}

async fn an_answer_counts_once_soon_and_in_the_browser_that_was_asked(database: Database) -> Result<()> {
    let stage = Stage::open(database, Audience::Consumers).await?;
    let (passkey, handle) = add(&mut stage.signed_in(ADA).await?).await?;
    let mut ada = stage.browser()?;
    let answer = answer(&mut ada, &passkey, &handle).await?;
    let mut eve = stage.browser()?;
    eve.get("/sign-in").await?;
    post(&mut eve, &answer).await?.says(422, "was not accepted")?;
    let (cookies, token) = (ada.cookies.clone(), ada.token.clone());
    post(&mut ada, &answer).await?.leads_to("/")?;
    let mut replay = stage.browser()?;
    (replay.cookies, replay.token) = (cookies, token);
    post(&mut replay, &answer).await?.says(422, "was not accepted")?;

    let mut late = stage.browser()?;
    let answer = self::answer(&mut late, &passkey, &handle).await?;
    stage.clock.pass(10 * MINUTE_MS);
    post(&mut late, &answer).await?.says(422, "was not accepted")
}

async fn a_passkey_that_was_removed_signs_nobody_in(database: Database) -> Result<()> {
    let stage = Stage::open(database, Audience::Consumers).await?;
    let mut ada = stage.signed_in(ADA).await?;
    let (passkey, handle) = add(&mut ada).await?;
    let mut eve = stage.signed_in("eve@example.org").await?;
    let id = passkey.credential.to_string();
    eve.get("/keys").await?;
    eve.post("/keys/remove", &[("id", &id)]).await?.says(404, "Nothing here")?;
    ada.get("/keys").await?;
    ada.post("/keys/remove", &[("id", &id)]).await?.leads_to("/keys")?;
    sign_in(&mut stage.browser()?, &passkey, &handle).await?.says(422, "was not accepted")?;
    ensure!(known_to_the_core(&stage)? == 0);
    Ok(())
}

/// Adds a passkey, and says by which handle the authenticator knows its person.
async fn add(browser: &mut Browser) -> Result<(Authenticator, String)> {
    let page = browser.get("/keys").await?;
    let (options, state) = ceremony(&page.body, "/keys/add")?;
    let algorithms = options["pubKeyCredParams"].as_array().context("no algorithms")?;
    ensure!(algorithms.len() == 1 && algorithms[0]["alg"] == -7, "{algorithms:?}");
    ensure!(options["authenticatorSelection"]["residentKey"] == "required", "{options}");
    ensure!(options["authenticatorSelection"]["userVerification"] == "required", "{options}");
    let passkey = Authenticator::make()?;
    let challenge = options["challenge"].as_str().context("no challenge")?;
    let credential = attestation(&passkey, challenge)?.to_string();
    let fields = [("name", "My laptop"), ("credential", credential.as_str()), ("state", state.as_str())];
    browser.post("/keys/add", &fields).await?.leads_to("/keys")?;
    browser.get("/keys").await?.says(200, "The passkey was added.")?;
    Ok((passkey, options["user"]["id"].as_str().context("no handle")?.to_owned()))
}

/// What an authenticator says that has made a passkey, with no attestation (WebAuthn level 3, §6.5, §8.7).
fn attestation(passkey: &Authenticator, challenge: &str) -> Result<Value> {
    /// Present, verified, and with a key in it.
    const FLAGS: u8 = 0b0100_0101;
    let key = passkey.passkey_of("somebody")?.key;
    let (x, y) = key.point()[1..].split_at(32);
    let id = passkey.credential.as_bytes();
    let length = u16::try_from(id.len())?.to_be_bytes();
    let head =
        [&sha256(passkey.rp_id.as_bytes()).as_bytes()[..], &[FLAGS], &[0; 4], &[0; 16], &length, id].concat();
    let cose = [&b"\xa5\x01\x02\x03\x26\x20\x01\x21\x58\x20"[..], x, b"\x22\x58\x20", y].concat();
    let data = [head, cose].concat();
    let object =
        [&b"\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData\x58"[..], &[u8::try_from(data.len())?], &data]
            .concat();
    let client = json!({
        "type": "webauthn.create", "challenge": challenge, "origin": passkey.origin, "crossOrigin": false,
    });
    Ok(json!({
        "id": URL_SAFE_NO_PAD.encode(id),
        "rawId": URL_SAFE_NO_PAD.encode(id),
        "type": "public-key",
        "extensions": {},
        "response": {
            "attestationObject": URL_SAFE_NO_PAD.encode(object),
            "clientDataJSON": URL_SAFE_NO_PAD.encode(client.to_string()),
        },
    }))
}

async fn sign_in(
    browser: &mut Browser,
    passkey: &Authenticator,
    handle: &str,
) -> Result<crate::browser::Answer> {
    let answer = answer(browser, passkey, handle).await?;
    post(browser, &answer).await
}

/// What an authenticator says, and what it was asked with.
async fn answer(browser: &mut Browser, passkey: &Authenticator, handle: &str) -> Result<(String, String)> {
    let page = browser.get("/sign-in").await?;
    let (options, state) = ceremony(&page.body, "/sign-in/passkey")?;
    ensure!(options["userVerification"] == "required", "{options}");
    let challenge = URL_SAFE_NO_PAD.decode(options["challenge"].as_str().context("no challenge")?)?;
    let assertion = passkey.assertion(&challenge)?;
    let text = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
    let credential = json!({
        "id": text(&assertion.credential_id),
        "rawId": text(&assertion.credential_id),
        "type": "public-key",
        "extensions": {},
        "response": {
            "authenticatorData": text(&assertion.authenticator_data),
            "clientDataJSON": text(&assertion.client_data_json),
            "signature": text(&assertion.signature),
            "userHandle": handle,
        },
    });
    Ok((credential.to_string(), state))
}

async fn post(
    browser: &mut Browser,
    (credential, state): &(String, String),
) -> Result<crate::browser::Answer> {
    browser.post("/sign-in/passkey", &[("credential", credential), ("state", state), ("next", "/")]).await
}

/// The options and the state of the form that goes there.
fn ceremony(page: &str, action: &str) -> Result<(Value, String)> {
    let form = page.split_once(&format!("action=\"{action}\"")).context("no such form")?.1;
    let options = between(form, "data-options=\"", "\"").context("no options")?;
    let options = options.replace("&quot;", "\"").replace("&#34;", "\"");
    let state = between(form, "name=\"state\" value=\"", "\"").context("no state")?;
    Ok((serde_json::from_str(&options)?, state.to_owned()))
}

fn known_to_the_core(stage: &Stage) -> Result<i64> {
    Sql::open(stage.database.url())?.number("SELECT COUNT(*) FROM passkey WHERE revoked_at IS NULL")
}
