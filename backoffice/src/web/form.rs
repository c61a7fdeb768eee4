//! Posted forms. None is read that could have been sent by another site's page (OWASP ASVS 4.2.2): browsers say where a
//! request comes from, and the form itself carries a token that only this browser was given.

use std::time::Duration;

use actix_web::dev::Payload;
use actix_web::http::header::{HeaderMap, HeaderName, ORIGIN};
use actix_web::web::Bytes;
use actix_web::{FromRequest, HttpMessage as _, HttpRequest};
use futures_util::FutureExt as _;
use futures_util::future::LocalBoxFuture;
use serde::de::DeserializeOwned;

use super::{Fault, Origin, Visitor};
use crate::page::TOKEN_FIELD;

/// A form as it was filled in. `T` must not deny unknown fields: the form's token is one.
#[derive(Debug, Clone)]
pub struct Filled<T>(pub T);

/// For the body of a form.
const BODY_TIMEOUT: Duration = Duration::from_secs(10);

impl<T: DeserializeOwned + 'static> FromRequest for Filled<T> {
    type Error = Fault;
    type Future = LocalBoxFuture<'static, Result<Self, Fault>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let visitor = Visitor::from_request(request, payload).into_inner();
        let ours = visitor.as_ref().is_ok_and(|visitor| is_ours(request.headers(), &visitor.portal().origin));
        let is_form = request.content_type() == "application/x-www-form-urlencoded";
        let body = Bytes::from_request(request, payload);
        async move {
            let visitor = visitor?;
            if !ours {
                return Err(Fault::Forged);
            }
            let body = tokio::time::timeout(BODY_TIMEOUT, body).await.map_err(|_| Fault::invalid())?;
            let body = body.map_err(|_| Fault::invalid())?;
            if !is_form {
                return Err(Fault::Forged);
            }
            let fields: Vec<(String, String)> =
                serde_urlencoded::from_bytes(&body).map_err(|_| Fault::invalid())?;
            let mut tokens = fields.iter().filter(|(name, _)| name == TOKEN_FIELD);
            match (tokens.next(), tokens.next()) {
                (Some((_, token)), None) if visitor.sent(token) => {}
                _ => return Err(Fault::Forged),
            }
            serde_urlencoded::from_bytes(&body).map(Self).map_err(|_| Fault::invalid())
        }
        .boxed_local()
    }
}

/// Whether a browser that says where a request comes from says that it comes from us. Phones of old say nothing; for them
/// the form's token has to do.
fn is_ours(headers: &HeaderMap, origin: &Origin) -> bool {
    const SITE: HeaderName = HeaderName::from_static("sec-fetch-site");
    let same_site = headers.get_all(SITE).all(|site| site == "same-origin");
    same_site && headers.get_all(ORIGIN).all(|from| from == origin.as_str())
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::HeaderValue;

    use super::*;

    #[test]
    fn what_a_browser_says_of_itself_must_be_us_and_saying_nothing_is_left_to_the_token() {
        let origin = Origin::parse("https://pay.example.org").unwrap();
        for (site, from, ours) in [
            (Some("same-origin"), Some("https://pay.example.org"), true),
            (None, Some("https://pay.example.org"), true),
            (Some("same-origin"), None, true),
            (None, None, true),
            (Some("same-site"), Some("https://pay.example.org"), false),
            (Some("cross-site"), None, false),
            (Some("none"), None, false),
            (Some("same-origin"), Some("https://evil.example"), false),
            (Some("same-origin"), Some("null"), false),
            (None, Some("https://pay.example.org:444"), false),
        ] {
            let mut headers = HeaderMap::new();
            for (name, value) in [("sec-fetch-site", site), ("origin", from)] {
                if let Some(value) = value {
                    headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
                }
            }
            assert_eq!(is_ours(&headers, &origin), ours, "{site:?} {from:?}");
        }
    }
}
