//! `POST /v1/messages`: sizes, rates and the media type; then the intake.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderMap, HeaderValue, RETRY_AFTER};
use actix_web::web::{Bytes, BytesMut, Data, Payload};
use actix_web::{HttpRequest, HttpResponse};
use futures_util::StreamExt as _;
use payment_message::Code;
use payment_message::canonical::MAX_DOCUMENT_BYTES;

use super::Door;
use super::problem::problem;
use super::request_id::{RequestId, X_REQUEST_ID};
use super::status::http_status;
use crate::intake::{Answer, Refusal, Unsigned, Verdict};
use crate::limits::TooMany;

/// How much of a body that is too large is read on, so that the connection can be used again.
const MAX_DRAINED_BYTES: usize = 1024 * 1024;

/// Takes a message and answers it.
pub(super) async fn post(door: Data<Door>, request: HttpRequest, payload: Payload) -> HttpResponse {
    let call = Call { id: door.ids.next(), started: Instant::now(), peer: request.peer_addr() };
    let answered = receive(&door, &request, payload).await;
    call.finish(answered)
}

/// A request that is being answered.
struct Call {
    id: RequestId,
    started: Instant,
    /// For security events only.
    peer: Option<SocketAddr>,
}

/// An answer, and the status if it is not what the answer says.
type Answered = Result<(Answer, Option<StatusCode>), NoAnswer>;

/// Why there is no signed answer.
enum NoAnswer {
    /// The signing key cannot be used.
    Unsigned,
    /// The body did not come, or not in time.
    NoBody,
}

/// Why a body is no document.
enum BodyError {
    TooLarge,
    Broken,
}

async fn receive(door: &Door, request: &HttpRequest, payload: Payload) -> Answered {
    let refuse = |refusal: Refusal| Ok((door.intake.refuse(&refusal)?, None));
    if let Some(peer) = request.peer_addr()
        && let Err(TooMany { retry_after }) = door.limits.peer(peer.ip())
    {
        return refuse(Refusal::plain(Code::TooManyRequests).after(retry_after));
    }
    let _in_flight = match door.limits.begin() {
        Ok(in_flight) => in_flight,
        Err(TooMany { retry_after }) => return refuse(Refusal::plain(Code::Unavailable).after(retry_after)),
    };
    let body = tokio::time::timeout(door.body_timeout, read_body(request.headers(), payload)).await;
    match body {
        Ok(Ok(_)) if !is_xml(request.headers()) => {
            let refusal = Refusal::plain(Code::NotXml).because("The media type must be application/xml.");
            Ok((door.intake.refuse(&refusal)?, Some(StatusCode::UNSUPPORTED_MEDIA_TYPE)))
        }
        Ok(Ok(document)) => Ok((door.intake.receive(&document).await?, None)),
        Ok(Err(BodyError::TooLarge)) => refuse(Refusal::plain(Code::TooLarge)),
        Ok(Err(BodyError::Broken)) | Err(_) => Err(NoAnswer::NoBody),
    }
}

/// The whole body, if it is no larger than a document may be.
async fn read_body(headers: &HeaderMap, mut payload: Payload) -> Result<Bytes, BodyError> {
    if announced_length(headers).is_some_and(|length| length > MAX_DRAINED_BYTES) {
        return Err(BodyError::TooLarge);
    }
    let mut first = Bytes::new();
    let mut body = BytesMut::new();
    let mut length = 0_usize;
    while let Some(chunk) = payload.next().await {
        let chunk = chunk.map_err(|_| BodyError::Broken)?;
        length = length.saturating_add(chunk.len());
        if length > MAX_DRAINED_BYTES {
            return Err(BodyError::TooLarge);
        }
        if length > MAX_DOCUMENT_BYTES {
            continue;
        }
        // A document mostly comes in one piece, which then need not be copied.
        if first.is_empty() && body.is_empty() {
            first = chunk;
        } else {
            body.extend_from_slice(&std::mem::take(&mut first));
            body.extend_from_slice(&chunk);
        }
    }
    if length > MAX_DOCUMENT_BYTES {
        return Err(BodyError::TooLarge);
    }
    Ok(if body.is_empty() { first } else { body.freeze() })
}

fn announced_length(headers: &HeaderMap) -> Option<usize> {
    headers.get(CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

/// `application/xml`, in UTF-8 if it says so (RFC 7303 §9.1).
fn is_xml(headers: &HeaderMap) -> bool {
    let Some(value) = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()) else { return false };
    let mut parts = value.split(';').map(str::trim);
    let essence = parts.next().unwrap_or_default();
    essence.eq_ignore_ascii_case("application/xml")
        && parts.all(|parameter| match parameter.split_once('=') {
            Some((name, charset)) if name.eq_ignore_ascii_case("charset") => {
                charset.trim_matches('"').eq_ignore_ascii_case("utf-8")
            }
            _ => true,
        })
}

impl Call {
    fn finish(self, answered: Answered) -> HttpResponse {
        let (kind, said, mut response) = match answered {
            Ok((answer, status)) => {
                let said = match answer.verdict {
                    Verdict::Accepted => "accepted",
                    Verdict::Report => "report",
                    Verdict::Pending => "pending",
                    Verdict::Rejected(code) => code.as_str(),
                };
                let kind = answer.kind.map_or("unread", payment_message::Kind::as_str);
                (kind, said, render(answer, status))
            }
            Err(NoAnswer::Unsigned) => {
                ("unread", "unsigned", problem(StatusCode::SERVICE_UNAVAILABLE, "nothing can be signed now"))
            }
            Err(NoAnswer::NoBody) => {
                ("unread", "no-body", problem(StatusCode::REQUEST_TIMEOUT, "the body did not come in time"))
            }
        };
        response.headers_mut().insert(X_REQUEST_ID, self.id.header());
        self.record(kind, said, response.status());
        response
    }

    /// One compact line and three figures. Nothing of the message, nobody's name.
    fn record(&self, kind: &'static str, said: &'static str, status: StatusCode) {
        let took = self.started.elapsed();
        metrics::counter!("meteore_messages_total", "kind" => kind, "result" => said).increment(1);
        metrics::histogram!("meteore_request_duration_seconds").record(took);
        let (request, took_us, status) = (self.id, micros(took), status.as_u16());
        match status {
            200 | 202 | 429 => tracing::debug!(%request, kind, said, status, took_us, "message"),
            401 => {
                let peer = self.peer.map(|peer| tracing::field::display(peer.ip()));
                tracing::warn!(target: "security", %request, peer, kind, said, status, took_us, "message");
            }
            _ => tracing::info!(%request, kind, said, status, took_us, "message"),
        }
    }
}

fn micros(took: Duration) -> u64 {
    u64::try_from(took.as_micros()).unwrap_or(u64::MAX)
}

fn render(answer: Answer, status: Option<StatusCode>) -> HttpResponse {
    let mut response = HttpResponse::build(status.unwrap_or_else(|| http_status(answer.verdict)));
    response.insert_header((CONTENT_TYPE, HeaderValue::from_static("application/xml")));
    if let Some(after) = answer.retry_after {
        // Whole seconds, at least one: zero would invite a flood.
        let seconds = after.as_secs().saturating_add(1).to_string();
        response.insert_header((RETRY_AFTER, seconds));
    }
    response.body(Bytes::from_owner(answer.document))
}

impl From<Unsigned> for NoAnswer {
    fn from(Unsigned: Unsigned) -> Self {
        Self::Unsigned
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_application_xml_in_utf_8_is_a_message() {
        for (value, expected) in [
            ("application/xml", true),
            ("Application/XML", true),
            ("application/xml; charset=utf-8", true),
            ("application/xml;charset=\"UTF-8\"", true),
            ("application/xml; charset=iso-8859-1", false),
            ("application/xml; charset=utf-16", false),
            ("text/xml", false),
            ("application/soap+xml", false),
            ("application/json", false),
            ("application/xmlx", false),
            ("", false),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(CONTENT_TYPE, HeaderValue::from_str(value).unwrap());
            assert_eq!(is_xml(&headers), expected, "{value}");
        }
        assert!(!is_xml(&HeaderMap::new()));
    }
}
