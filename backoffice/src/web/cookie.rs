//! Our cookies. Their names begin with `__Host-`: browsers then take them only from us, over TLS, for all of our paths
//! (RFC 6265bis §4.1.3.2). Ports are no border for cookies, so each portal has names of its own.

use actix_web::HttpRequest;
use actix_web::cookie::time::Duration;
use actix_web::cookie::{Cookie, SameSite};

use super::portal::Audience;

/// What a cookie is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Jar {
    /// What a browser is known by.
    Token,
    /// What the next page says, sealed.
    Notice,
    /// The language that was chosen.
    Language,
}

impl Jar {
    fn name(self, audience: Audience) -> String {
        let purpose = match self {
            Self::Token => "",
            Self::Notice => "-notice",
            Self::Language => "-language",
        };
        format!("__Host-meteore-{}{purpose}", audience.as_str())
    }

    /// Its value in a request.
    pub(super) fn read(self, request: &HttpRequest, audience: Audience) -> Option<String> {
        request.cookie(&self.name(audience)).map(|cookie| cookie.value().to_owned())
    }

    /// A cookie with a value for so many seconds; without, until the browser is closed.
    pub(super) fn filled(self, audience: Audience, value: String, seconds: Option<i64>) -> Cookie<'static> {
        let mut cookie = self.with(audience, value);
        if let Some(seconds) = seconds {
            cookie.set_max_age(Duration::seconds(seconds));
        }
        cookie
    }

    /// A cookie that takes the one there is away.
    pub(super) fn empty(self, audience: Audience) -> Cookie<'static> {
        let mut cookie = self.with(audience, String::new());
        cookie.set_max_age(Duration::ZERO);
        cookie
    }

    fn with(self, audience: Audience, value: String) -> Cookie<'static> {
        Cookie::build(self.name(audience), value)
            .path("/")
            .secure(true)
            .http_only(true)
            // Not `Strict`: whoever comes from a shop or from a letter is still signed in. What they then send is guarded
            // by the form's token and by `Origin`.
            .same_site(SameSite::Lax)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cookie_is_ours_alone_and_out_of_reach_of_scripts() {
        let cookie = Jar::Token.filled(Audience::Merchants, "x".into(), None).to_string();
        assert_eq!(cookie, "__Host-meteore-merchant=x; HttpOnly; SameSite=Lax; Secure; Path=/");
        assert!(Jar::Notice.empty(Audience::Consumers).to_string().contains("Max-Age=0"));
        assert_ne!(Jar::Token.name(Audience::Consumers), Jar::Token.name(Audience::Merchants));
    }
}
