//! What a signed document proves, in words: verified here and now, with nothing but the document and the two certificates
//! above its signer's (R37). And what it does not prove.
//!
//! What this must not do: trust the database, or say that something holds that was not checked on this page.

use payment_domain::{InclusionProof, PaymentReceipt, Role, Timestamp};
use payment_message::inclusion::{Rooted, proves};
use payment_message::{Message, StrictEngine};
use payment_trust::{Certificate, Chain, verify_offline};

use super::say;
use crate::page::{Block, Chip, Inline, Page, Section, Tone};
use crate::words::{Value, Words};

/// A document that was verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Verified {
    /// What it says.
    pub(super) message: Message,
    /// Who signed it.
    signer: Signer,
    /// SHA-256 of what was signed.
    digest: String,
}

/// Who signed a document.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Signer {
    party: String,
    role: String,
    serial: String,
    until: Timestamp,
}

/// Verifies a document as of a time.
///
/// The error is why it does not hold, for people who look closer; the page says the rest.
pub(super) fn verify(document: &[u8], chain: &Chain, at: Timestamp) -> Result<Verified, String> {
    let authentic =
        verify_offline(&StrictEngine, document, chain, None, at).map_err(|error| error.to_string())?;
    let message = Message::parse(authentic.body()).map_err(|error| error.to_string())?;
    let sender = authentic.sender();
    // Merchants and terminals have a path to the root, too; what they sign proves nothing of what the system did.
    if *sender.role() != Role::Cps {
        return Err(format!("signed by a certificate of the role {}, not {}", sender.role(), Role::Cps));
    }
    let certificate = Certificate::from_der(sender.certificate()).map_err(|error| error.to_string())?;
    Ok(Verified {
        message,
        signer: Signer {
            party: sender.party().to_string(),
            role: sender.role().to_string(),
            serial: certificate.serial().to_string(),
            until: certificate.not_after(),
        },
        digest: authentic.digest().to_string(),
    })
}

/// When the document says that it was made: the time as of which its certificates have to hold.
pub(super) fn made_at(document: &[u8]) -> Option<Timestamp> {
    let scanned = payment_message::canonical::scan(document).ok()?;
    Some(match Message::parse(scanned.body()).ok()? {
        Message::PaymentReceipt(receipt) => receipt.accepted_at,
        Message::CouponReceipt(receipt) => receipt.issued_at,
        Message::StatusReport(report) => report.reported_at,
        Message::Rejection(rejection) => rejection.rejected_at,
        Message::Bill(bill) => bill.issued_at,
        Message::Statement(statement) => statement.issued_at,
        _ => return None,
    })
}

/// The part of a page that says what was checked, and what holds.
pub(super) fn checks(words: Words, verified: &Result<Verified, String>, chain: &Chain) -> Section {
    let mut section = Section::new(words.say("consumer-verify-checks"));
    match verified {
        Err(why) => {
            section.state = Some(Chip::new(Tone::Bad, words.say("consumer-verify-fails")));
            section
                .with(Block::Paragraph(vec![Inline::Text(words.say("consumer-verify-fails-text"))]))
                .with(Block::Verbatim { label: words.say("consumer-verify-reason"), text: why.clone() })
        }
        Ok(verified) => {
            section.state = Some(Chip::new(Tone::Good, words.say("consumer-verify-holds")));
            let fingerprint = |der: &[u8]| payment_message::sha256(der).to_string();
            section.with(Block::Facts(vec![
                say::fact(
                    words.say("consumer-verify-signature"),
                    words.say("consumer-verify-signature-holds"),
                ),
                say::fact(words.say("consumer-verify-digest"), Inline::Code(verified.digest.clone())),
                say::fact(
                    words.say("consumer-verify-signer"),
                    words.say_with(
                        "consumer-verify-signer-is",
                        &[
                            ("party", Value::from(verified.signer.party.as_str())),
                            ("role", Value::from(verified.signer.role.as_str())),
                        ],
                    ),
                ),
                (
                    words.say("consumer-verify-certificate"),
                    vec![
                        Inline::Code(verified.signer.serial.clone()),
                        Inline::Break,
                        Inline::Muted(words.say_with(
                            "consumer-verify-certificate-until",
                            &[("day", Value::from(words.day(verified.signer.until)))],
                        )),
                    ],
                ),
                say::fact(
                    words.say("consumer-verify-issuing"),
                    Inline::Code(fingerprint(chain.issuing().der())),
                ),
                say::fact(words.say("consumer-verify-root"), Inline::Code(fingerprint(chain.root().der()))),
            ]))
        }
    }
}

/// What a receipt says that was verified.
pub(super) fn receipt_facts(words: Words, receipt: &PaymentReceipt) -> Section {
    let mut facts = vec![
        say::fact(words.say("consumer-column-merchant"), receipt.merchant.to_string()),
        say::fact(words.say("consumer-column-amount"), Inline::Strong(words.money(receipt.amount))),
        say::fact(
            words.say("consumer-when"),
            Inline::Time(words.moment(receipt.accepted_at), words.machine(receipt.accepted_at)),
        ),
        say::fact(words.say("consumer-known-as"), Inline::Code(receipt.consumer.to_string())),
        say::fact(words.say("consumer-column-how"), say::how(words, receipt.mode, receipt.funding)),
        say::fact(words.say("consumer-why"), say::rule(words, receipt.rule.as_str())),
        say::fact(words.say("consumer-position"), Inline::Code(receipt.position.to_string())),
        say::fact(words.say("consumer-order"), Inline::Code(receipt.order_id.to_string())),
        say::fact(words.say("consumer-offer-digest"), Inline::Code(receipt.offer_digest.to_string())),
    ];
    if let Some((charged, rate)) = &receipt.charged {
        let values = [("charged", say::money(words, *charged)), ("rate", Value::from(rate.to_string()))];
        facts.insert(
            2,
            say::fact(words.say("consumer-charged"), words.say_with("consumer-charged-at", &values)),
        );
    }
    Section::new(words.say("consumer-verify-says")).with(Block::Facts(facts))
}

/// What no receipt proves.
pub(super) fn not_proven(words: Words) -> Section {
    Section::new(words.say("consumer-verify-not-proven")).with(Block::Paragraph(vec![
        Inline::Text(words.say("consumer-verify-not-proven-delivery")),
        Inline::Break,
        Inline::Text(words.say("consumer-verify-not-proven-refund")),
        Inline::Break,
        Inline::Text(words.say("consumer-verify-not-proven-revocation")),
    ]))
}

/// A page that verifies a payment's receipt, or says which other document stands in its place.
pub(super) fn receipt_page(words: Words, document: &[u8], chain: &Chain, now: Timestamp) -> Page {
    let verified = verify(document, chain, made_at(document).unwrap_or(now));
    let mut page =
        Page::new(words.say("consumer-verify-title"), "/payments").with(checks(words, &verified, chain));
    match verified.map(|verified| verified.message) {
        Ok(Message::PaymentReceipt(receipt)) => page = page.with(receipt_facts(words, &receipt)),
        Ok(_) => {
            page = page.with(Block::Paragraph(vec![Inline::Text(words.say("consumer-verify-no-receipt"))]));
        }
        Err(_) => {}
    }
    page.with(not_proven(words))
        .with(Block::Paragraph(vec![Inline::Muted(words.say("consumer-verify-yourself"))]))
}

/// Whether a proof shows a payment in a bill or statement, each of them verified.
pub(super) fn is_inside(proof: &InclusionProof, receipt: &PaymentReceipt, document: &Message) -> bool {
    let rooted = match document {
        Message::Bill(bill) => Rooted::from(bill),
        Message::Statement(statement) => Rooted::from(statement),
        _ => return false,
    };
    // A proof proves nothing of its own: position and amount are those that were signed.
    let charged = receipt.charged.map_or(receipt.amount, |(charged, _)| charged);
    proof.payment == receipt.position && proof.amount == charged && proves(proof, rooted)
}

#[cfg(test)]
mod tests;
