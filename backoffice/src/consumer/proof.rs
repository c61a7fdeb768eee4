//! How a consumer proves that they mean an instruction: a passkey that signs the message itself, or a code that was sent to
//! them. One press for whoever has a passkey or has just entered a code, two for everybody else (R58).
//!
//! What this must not do: decide what is enough for an amount. That is the policy's, and the core's to apply.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use core_payment::passkey::Passkey;
use payment_domain::{Authentication, Capability, Method, Timestamp};
use payment_message::passkey::Assertion;
use payment_message::{Message, passkey_challenge};
use serde::Deserialize;
use serde_json::json;

use super::Till;
use super::instruction::Evidence;
use crate::page::{Block, Ceremony, Field, FieldKind, Form, Inline, Weight};
use crate::web::{Fault, Proof, Terminal, Visitor};
use crate::words::{Value, Words};

/// The hidden field that takes the assertion.
const ASSERTION: &str = "assertion";

/// How somebody can prove themselves here and now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Ways {
    /// Passkeys that sign; none on a terminal without script.
    pub(crate) passkeys: Vec<Passkey>,
    /// When a code was entered in this session, if that still counts.
    pub(crate) entered_at: Option<Timestamp>,
    /// What the terminal can do.
    pub(crate) capability: Capability,
}

/// What a page offers for one message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Ask {
    /// The options for the browser, if a passkey may sign the message.
    pub(crate) passkey: Option<String>,
    /// What can be done with a code.
    pub(crate) code: ByCode,
}

/// What can be done with a code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ByCode {
    /// One was entered just now: nothing more is needed.
    Entered,
    /// It has to be sent.
    Send,
    /// It was sent; to whom, as they recognise it.
    Enter(String),
    /// A code is not enough for this.
    NotEnough,
}

/// What the forms send.
#[derive(Debug, Clone, Default, Deserialize)]
pub(crate) struct Given {
    /// What the authenticator said, as JSON.
    #[serde(default)]
    pub(crate) assertion: String,
    /// The code.
    #[serde(default)]
    pub(crate) code: String,
}

/// How far somebody is, in the address of the page.
#[derive(Debug, Clone, Default, Deserialize)]
pub(crate) struct Step {
    #[serde(default)]
    code: String,
}

impl Step {
    /// Whether a code was sent.
    pub(crate) fn code_sent(&self) -> bool {
        self.code == "sent"
    }
}

impl Given {
    /// The page again, where a code that was mistyped can be entered once more.
    pub(crate) fn again(&self, here: String) -> String {
        if self.code.is_empty() { here } else { format!("{here}?code=sent") }
    }
}

impl Ways {
    /// What this visitor can do.
    pub(crate) async fn of(visitor: &Visitor, till: &Till) -> Result<Self, Fault> {
        let person = visitor.need_person()?;
        let passkeys = match visitor.terminal() {
            Terminal::Browser => {
                let (core, party) = (visitor.portal().core.clone(), person.party.clone());
                let read = tokio::task::spawn_blocking(move || core.passkeys(&party)).await;
                read.map_err(Fault::internal)??
            }
            Terminal::Phone => Vec::new(),
        };
        let capability = if passkeys.is_empty() { Capability::Browser } else { Capability::Passkey };
        let good = |at: &Timestamp| visitor.now().millis_since(*at) < till.patience_ms();
        let entered_at = person.strong_at.filter(good).filter(|_| person.proof == Proof::Code);
        Ok(Self { passkeys, entered_at, capability })
    }

    /// How one would say it, if the visitor had one.
    pub(crate) const fn hoped_for(now: Timestamp) -> Authentication {
        Authentication {
            capability: Capability::Passkey,
            method: Method::Passkey,
            authenticated_at: now,
            evidence: Vec::new(),
        }
    }

    /// How a message that a passkey signs says that its consumer was authenticated; `None` without a passkey.
    pub(crate) fn by_passkey(&self, now: Timestamp) -> Option<Authentication> {
        (!self.passkeys.is_empty()).then(|| Self::hoped_for(now))
    }

    /// How one says it that is confirmed by a code.
    pub(crate) fn by_code(&self, now: Timestamp) -> Authentication {
        Authentication {
            capability: self.capability,
            method: Method::OneTimeCode,
            authenticated_at: self.entered_at.unwrap_or(now),
            evidence: Vec::new(),
        }
    }

    /// The best that is there.
    pub(crate) fn best(&self, now: Timestamp) -> Authentication {
        self.by_passkey(now).unwrap_or_else(|| self.by_code(now))
    }

    /// The options with which a browser has this very message signed.
    pub(crate) fn options(&self, message: &Message, till: &Till) -> Option<String> {
        let signs = message.claim().is_some_and(|claim| claim.method == Method::Passkey);
        (signs && !self.passkeys.is_empty()).then(|| request_options(&self.passkeys, message, till))
    }

    /// The evidence of a code that was entered in this session.
    pub(crate) fn entered(&self, visitor: &Visitor) -> Option<Evidence> {
        let at = self.entered_at?;
        let session = visitor.person().and_then(|person| person.session);
        Some(Evidence::Code { at, session, capability: self.capability })
    }
}

/// `PublicKeyCredentialRequestOptionsJSON` (WebAuthn level 3, §5.1.10).
fn request_options(passkeys: &[Passkey], message: &Message, till: &Till) -> String {
    let allowed = passkeys.iter().map(|passkey| {
        json!({ "type": "public-key", "id": URL_SAFE_NO_PAD.encode(passkey.credential.as_bytes()) })
    });
    json!({
        "challenge": URL_SAFE_NO_PAD.encode(passkey_challenge(message)),
        "rpId": till.relying_party,
        "allowCredentials": allowed.collect::<Vec<_>>(),
        "userVerification": "required",
        "timeout": till.patience_ms(),
    })
    .to_string()
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct CredentialJson {
    raw_id: String,
    response: ResponseJson,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ResponseJson {
    #[serde(rename = "clientDataJSON")]
    client_data: String,
    authenticator_data: String,
    signature: String,
}

/// Reads what the browser's `toJSON` wrote (WebAuthn level 3, §5.1.8). Whether it proves anything is the core's to say.
pub(crate) fn read_assertion(text: &str) -> Option<Assertion> {
    let json: CredentialJson = serde_json::from_str(text).ok()?;
    let bytes = |text: &str| URL_SAFE_NO_PAD.decode(text).ok();
    Some(Assertion {
        credential_id: bytes(&json.raw_id)?,
        authenticator_data: bytes(&json.response.authenticator_data)?,
        client_data_json: bytes(&json.response.client_data)?,
        signature: bytes(&json.response.signature)?,
    })
}

/// The words on the buttons.
pub(crate) struct Buttons {
    /// Of the one that signs with a passkey.
    pub(crate) passkey: String,
    /// Of the one that does it.
    pub(crate) plain: String,
}

/// The forms that prove a message, the best way first.
pub(crate) fn forms(words: Words, ask: &Ask, action: &str, buttons: Buttons) -> Vec<Block> {
    let mut blocks = Vec::new();
    if let Some(options) = &ask.passkey {
        blocks.push(Block::Form(Form {
            action: action.to_owned(),
            submit: buttons.passkey,
            ceremony: Some(Ceremony {
                creates: false,
                options: options.clone(),
                field: ASSERTION,
                without: words.say("consumer-proof-no-script"),
            }),
            ..Form::default()
        }));
    }
    let weight = if ask.passkey.is_some() { Weight::Quiet } else { Weight::Main };
    match &ask.code {
        ByCode::Entered if ask.passkey.is_none() => {
            blocks.push(Block::Form(Form {
                action: action.to_owned(),
                submit: buttons.plain,
                weight,
                ..Form::default()
            }));
        }
        ByCode::Entered | ByCode::Send => blocks.push(Block::Form(send_code(words, action, weight))),
        ByCode::Enter(to) => {
            blocks.push(Block::Form(Form {
                action: action.to_owned(),
                fields: vec![Field {
                    name: "code",
                    label: words.say("consumer-proof-code"),
                    kind: FieldKind::Code,
                    hint: Some(
                        words.say_with("consumer-proof-code-sent", &[("to", Value::from(to.as_str()))]),
                    ),
                    ..Field::default()
                }],
                submit: buttons.plain,
                weight,
                ..Form::default()
            }));
            blocks.push(Block::Form(Form {
                submit: words.say("consumer-proof-send-again"),
                ..send_code(words, action, Weight::Quiet)
            }));
        }
        ByCode::NotEnough if ask.passkey.is_none() => {
            blocks.push(Block::Paragraph(vec![Inline::Text(words.say("consumer-proof-needs-passkey"))]));
            blocks.push(Block::Actions(vec![crate::page::Link::new(
                "/keys",
                words.say("consumer-proof-add-passkey"),
            )]));
        }
        ByCode::NotEnough => {}
    }
    blocks
}

fn send_code(words: Words, action: &str, weight: Weight) -> Form {
    let submit = match weight {
        Weight::Main | Weight::Grave => words.say("consumer-proof-send"),
        Weight::Quiet => words.say("consumer-proof-send-instead"),
    };
    Form { action: format!("{action}/code"), submit, weight, ..Form::default() }
}

#[cfg(test)]
mod tests;
