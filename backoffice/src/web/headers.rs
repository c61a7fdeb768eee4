//! What every answer says to the browser about itself (R44).

use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};

use super::Origin;

/// Same-origin windows only: whoever opened us, or whom we open, cannot reach into the page.
const FIXED: [(HeaderName, &str); 7] = [
    (header::STRICT_TRANSPORT_SECURITY, "max-age=63072000; includeSubDomains"),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    // Not `no-referrer`: with it browsers say `Origin: null` also when they post to ourselves (Fetch §3.2), and we could
    // not tell our forms from others'. Other sites learn as little with this one.
    (header::REFERRER_POLICY, "same-origin"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    (
        HeaderName::from_static("permissions-policy"),
        "camera=(), geolocation=(), microphone=(), payment=(), usb=(), \
         publickey-credentials-get=(self), publickey-credentials-create=(self)",
    ),
];

/// Nothing inline, nothing from elsewhere, in no frame; scripts cannot make markup of text.
const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; \
                      base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'; \
                      form-action 'self'";

/// Where a form of this page may lead in the end. Browsers hold redirects against the policy too.
#[derive(Debug, Clone)]
pub(super) struct LeadsTo(pub(super) Origin);

/// Writes them into an answer.
pub(super) fn write(headers: &mut HeaderMap, leads_to: Option<&LeadsTo>) {
    for (name, value) in FIXED {
        headers.insert(name, HeaderValue::from_static(value));
    }
    let wider =
        leads_to.and_then(|LeadsTo(origin)| HeaderValue::from_str(&format!("{POLICY} {origin}")).ok());
    let policy = wider.unwrap_or(HeaderValue::from_static(POLICY));
    headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    if !headers.contains_key(header::CACHE_CONTROL) {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_inline_and_nothing_from_elsewhere() {
        assert!(!POLICY.contains("unsafe") && !POLICY.contains('*') && !POLICY.contains("http"));
        let mut headers = HeaderMap::new();
        write(&mut headers, Some(&LeadsTo(Origin::parse("https://shop.example").unwrap())));
        let policy = headers.get(header::CONTENT_SECURITY_POLICY).unwrap().to_str().unwrap();
        assert!(policy.ends_with("form-action 'self' https://shop.example"), "{policy}");
        assert_eq!(headers.get(header::CACHE_CONTROL).unwrap(), "no-store");
    }
}
