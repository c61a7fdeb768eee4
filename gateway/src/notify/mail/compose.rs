//! A letter as a MIME message. The same letter at the same time gives the same bytes.

use std::str::FromStr as _;
use std::time::{Duration, SystemTime};

use lettre::Address;
use lettre::message::header::{ContentTransferEncoding, ContentType, HeaderName, HeaderValue};
use lettre::message::{Attachment as Part, Body, Mailbox, Message, MultiPart, SinglePart};
use payment_domain::Timestamp;

use super::{Attachment, Letter, Media};

/// The letter cannot be written as a message.
#[derive(Debug)]
pub(super) struct Unbuildable;

/// `multipart/mixed` of the text in two forms and the attachments.
pub(super) fn compose(letter: &Letter, sender: &Mailbox, now: Timestamp) -> Result<Message, Unbuildable> {
    let recipient = Address::from_str(letter.to.reveal()).map_err(|_| Unbuildable)?;
    // Neither base64 nor quoted-printable can hold `=_`, so no body holds a boundary.
    let boundary = |part: &str| format!("=_{part}_{}", letter.event.as_str());
    let text = Body::new_with_encoding(letter.text.clone(), ContentTransferEncoding::QuotedPrintable);
    let html = Body::new_with_encoding(letter.html.clone(), ContentTransferEncoding::QuotedPrintable);
    let alternative = MultiPart::alternative()
        .boundary(boundary("text"))
        .singlepart(SinglePart::plain(text.map_err(|_| Unbuildable)?))
        .singlepart(SinglePart::html(html.map_err(|_| Unbuildable)?));
    let mut mixed = MultiPart::mixed().boundary(boundary("all")).multipart(alternative);
    for attachment in &letter.attachments {
        mixed = mixed.singlepart(part(attachment)?);
    }
    let message_id = format!("<{}@{}>", letter.event.as_str(), sender.email.domain());
    Message::builder()
        .from(sender.clone())
        .to(Mailbox::new(None, recipient))
        .subject(letter.subject.as_str())
        .date(date(now))
        .message_id(Some(message_id))
        .raw_header(automatic())
        .multipart(mixed)
        .map_err(|_| Unbuildable)
}

/// Base64, whatever the content: a signature holds for the exact bytes, line ends included.
fn part(attachment: &Attachment) -> Result<SinglePart, Unbuildable> {
    let media = match attachment.media {
        Media::Xml => "application/xml",
        Media::Pdf => "application/pdf",
    };
    let media = ContentType::parse(media).map_err(|_| Unbuildable)?;
    let content = Body::new_with_encoding(attachment.content.to_vec(), ContentTransferEncoding::Base64)
        .map_err(|_| Unbuildable)?;
    Ok(Part::new(attachment.name.as_str().to_owned()).body(content, media))
}

/// Keeps holiday notices from answering (RFC 3834 §5).
fn automatic() -> HeaderValue {
    HeaderValue::new(HeaderName::new_from_ascii_str("Auto-Submitted"), "auto-generated".to_owned())
}

fn date(now: Timestamp) -> SystemTime {
    let since = Duration::from_millis(now.as_millis().unsigned_abs());
    SystemTime::UNIX_EPOCH.checked_add(since).unwrap_or(SystemTime::UNIX_EPOCH)
}
