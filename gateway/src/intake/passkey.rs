//! What a passkey says about one message (R14, R38): the portal that hands it in is not believed, the key is.
//!
//! The key is read from the register each time: one row by its key. Consumers do not come twice in a second, so keeping keys
//! ready would hit nothing, and a revoked one would stay good for a while.

use std::time::Duration;

use core_payment::Core;
use core_payment::passkey::CredentialId;
use payment_domain::Method;
use payment_message::passkey::{Assertion, Claim, passkey_challenge};
use payment_message::{Code, Message, Verified};
use payment_trust::passkey::RelyingParty;

use super::Refusal;

/// Why a message that says it was authenticated by a passkey was not.
#[derive(Debug, thiserror::Error)]
enum Unproven {
    #[error(transparent)]
    Evidence(#[from] payment_message::passkey::InvalidAssertion),
    /// Never registered, revoked, or another consumer's: a portal that tries ids learns nothing else.
    #[error("no such passkey of this consumer is in force")]
    Unknown,
    #[error(transparent)]
    Assertion(#[from] payment_trust::passkey::AssertionError),
    #[error("the register cannot be read")]
    Unavailable(#[from] core_payment::ReadError),
}

/// Lets every message through that does not speak of a passkey, and those whose passkey has signed for them. Blocks where
/// a message speaks of one.
pub(super) fn check(core: &Core, here: &RelyingParty, verified: &Verified<Message>) -> Result<(), Refusal> {
    let message = verified.message();
    let Some(claim) = claim(message) else { return Ok(()) };
    let refused = |code| Refusal::of(verified, code);
    match prove(core, here, message, &claim) {
        Ok(()) => Ok(()),
        Err(Unproven::Unavailable(error)) => {
            tracing::error!(%error, "a passkey could not be looked up");
            Err(refused(Code::Unavailable).after(Duration::from_secs(1)))
        }
        Err(unproven) => Err(refused(Code::AuthenticationInvalid).because(unproven.to_string())),
    }
}

/// What a message says of a passkey; `None` if it does not.
pub(super) fn claim(message: &Message) -> Option<Claim<'_>> {
    message.claim().filter(|claim| claim.method == Method::Passkey)
}

fn prove(core: &Core, here: &RelyingParty, message: &Message, claim: &Claim<'_>) -> Result<(), Unproven> {
    let assertion = Assertion::from_evidence(claim.evidence)?;
    let credential = CredentialId::parse(&assertion.credential_id).map_err(|_| Unproven::Unknown)?;
    let key = core.passkey_of(claim.consumer, &credential)?.ok_or(Unproven::Unknown)?;
    // The counter is not compared: what it would show, a copied passkey, those that are synchronised are by design, and
    // they count nothing. An assertion cannot be used twice, whatever it counts: its challenge is one message's.
    here.verify(&key, &passkey_challenge(message), &assertion)?;
    Ok(())
}
