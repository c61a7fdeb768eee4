//! Where a portal is, and which addresses are its own: the guard against being sent elsewhere.

use std::fmt;

use thiserror::Error;
use url::Url;

/// A scheme, a host and a port, as browsers write them in `Origin` (RFC 6454 §6.2).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Origin(String);

/// Text that is no origin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("an origin is written https://HOST or https://HOST:PORT, without anything after it")]
pub struct InvalidOrigin;

/// An address of this portal, from its first slash on. It can lead nowhere else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LocalPath(String);

impl Origin {
    /// Reads `https://pay.example.org`, or `http://` with a loopback host.
    ///
    /// # Errors
    /// [`InvalidOrigin`].
    pub fn parse(text: &str) -> Result<Self, InvalidOrigin> {
        let origin = Self::of(text)?;
        if origin.0 == text { Ok(origin) } else { Err(InvalidOrigin) }
    }

    /// The origin of an address.
    ///
    /// # Errors
    /// [`InvalidOrigin`] for what is no web address, names a user, or is sent in the clear to somewhere else.
    pub fn of(address: &str) -> Result<Self, InvalidOrigin> {
        let url = Url::parse(address).map_err(|_| InvalidOrigin)?;
        let host = url.host_str().ok_or(InvalidOrigin)?;
        let loopback = matches!(host, "localhost" | "127.0.0.1" | "[::1]");
        let safe = url.scheme() == "https" || (url.scheme() == "http" && loopback);
        if safe && url.username().is_empty() && url.password().is_none() {
            Ok(Self(url.origin().ascii_serialization()))
        } else {
            Err(InvalidOrigin)
        }
    }

    /// As written in `Origin`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The whole address of a path of this portal.
    #[must_use]
    pub fn at(&self, path: &str) -> String {
        format!("{}{path}", self.0)
    }
}

impl LocalPath {
    /// Reads an address from its first slash on; anything that a browser could take for another site is refused.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let plain = text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
        // `//host` is another host (RFC 3986 §4.2).
        let local = text.starts_with('/') && !text.starts_with("//");
        (plain && local && text.len() <= 2000).then(|| Self(text.to_owned()))
    }

    /// The same, or the first page.
    #[must_use]
    pub fn or_first(text: Option<&str>) -> Self {
        text.and_then(Self::parse).unwrap_or_else(|| Self("/".to_owned()))
    }

    /// As in an address.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for LocalPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_written_as_browsers_write_it() {
        for right in ["https://pay.example.org", "https://127.0.0.1:8444", "http://localhost:8444"] {
            assert_eq!(Origin::parse(right).unwrap().as_str(), right);
        }
        for wrong in [
            "https://pay.example.org/",
            "https://pay.example.org:443",
            "https://Pay.example.org",
            "http://pay.example.org",
            "https://a@pay.example.org",
            "null",
            "",
            "javascript:alert(1)",
        ] {
            assert_eq!(Origin::parse(wrong), Err(InvalidOrigin), "{wrong}");
        }
        assert_eq!(Origin::of("https://Shop.example/back?a=1").unwrap().as_str(), "https://shop.example");
    }

    #[test]
    fn a_local_path_leads_nowhere_else() {
        for right in ["/", "/payments?state=paid#top", "/l/7"] {
            assert_eq!(LocalPath::parse(right).unwrap().as_str(), right);
        }
        for wrong in
            ["", "payments", "//evil.example", "/\\evil.example", "/a\nb", "/a b", "https://evil.example"]
        {
            assert_eq!(LocalPath::parse(wrong), None, "{wrong}");
        }
        assert_eq!(LocalPath::or_first(Some("//evil.example")).as_str(), "/");
    }
}
