//! Which renderer a terminal needs (R17, R27). What it says about itself decides; the address of a profile (UAProf) that it
//! may name is never fetched, because a stranger would choose what we fetch.

use actix_web::http::header::{ACCEPT, HeaderMap, USER_AGENT};

/// What a terminal shows pages with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Terminal {
    /// A browser: HTML, with or without script.
    #[default]
    Browser,
    /// A phone that knows no more than XHTML Mobile Profile.
    Phone,
}

/// Browsers of phones from before HTML was for phones.
const OLD_BROWSERS: [&str; 7] =
    ["UP.Browser", "Openwave", "NetFront", "Obigo", "MIDP-1", "Nokia7110", "SonyEricssonT"];

impl Terminal {
    /// What `Accept` and `User-Agent` say.
    #[must_use]
    pub fn of(headers: &HeaderMap) -> Self {
        let text = |name| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let (accept, agent) = (text(ACCEPT).to_ascii_lowercase(), text(USER_AGENT));
        let wap = accept.contains("application/vnd.wap.xhtml+xml");
        let html = accept.contains("text/html");
        let old = OLD_BROWSERS.iter().any(|name| agent.contains(name));
        if (wap && !html) || (old && (wap || !html)) { Self::Phone } else { Self::Browser }
    }

    /// The type of its pages. A phone gets the one that it names.
    #[must_use]
    pub const fn content_type(self) -> &'static str {
        match self {
            Self::Browser => "text/html; charset=utf-8",
            Self::Phone => "application/vnd.wap.xhtml+xml; charset=utf-8",
        }
    }
}

/// A browser in a few words, so that people know their devices apart: no more is kept of it.
pub(super) fn device(agent: &str) -> String {
    const BROWSERS: [(&str, &str); 8] = [
        ("Edg/", "Edge"),
        ("OPR/", "Opera"),
        ("SamsungBrowser/", "Samsung Internet"),
        ("Firefox/", "Firefox"),
        ("FxiOS/", "Firefox"),
        ("CriOS/", "Chrome"),
        ("Chrome/", "Chrome"),
        ("Safari/", "Safari"),
    ];
    const SYSTEMS: [(&str, &str); 7] = [
        ("Android", "Android"),
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Windows", "Windows"),
        ("Mac OS X", "macOS"),
        ("CrOS", "ChromeOS"),
        ("Linux", "Linux"),
    ];
    let find = |known: &[(&str, &'static str)]| {
        known.iter().find(|(mark, _)| agent.contains(mark)).map(|(_, name)| *name)
    };
    match (find(&BROWSERS), find(&SYSTEMS)) {
        (Some(browser), Some(system)) => format!("{browser}, {system}"),
        (Some(name), None) | (None, Some(name)) => name.to_owned(),
        (None, None) => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::HeaderValue;

    use super::*;

    fn terminal(accept: &str, agent: &str) -> Terminal {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT, HeaderValue::from_str(accept).unwrap());
        headers.insert(USER_AGENT, HeaderValue::from_str(agent).unwrap());
        Terminal::of(&headers)
    }

    #[test]
    fn a_phone_is_known_by_what_it_accepts() {
        let wap = "application/vnd.wap.xhtml+xml, text/vnd.wap.wml";
        assert_eq!(terminal(wap, "Nokia6600/1.0"), Terminal::Phone);
        let both = "application/vnd.wap.xhtml+xml, text/html;q=0.5";
        assert_eq!(terminal(both, "SonyEricssonT610/R101"), Terminal::Phone);
        // Later phones name both and show HTML well.
        assert_eq!(terminal(both, "Mozilla/5.0 (SymbianOS/9.4)"), Terminal::Browser);
        assert_eq!(terminal("text/html,*/*", "Mozilla/5.0"), Terminal::Browser);
        assert_eq!(terminal("*/*", "curl/8"), Terminal::Browser);
        assert_eq!(Terminal::of(&HeaderMap::new()), Terminal::Browser);
    }

    #[test]
    fn of_a_browser_only_its_name_and_system_are_kept() {
        let chrome = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36";
        assert_eq!(device(chrome), "Chrome, Linux");
        assert_eq!(
            device("Mozilla/5.0 (iPhone; CPU iPhone OS 19_0) Version/19.0 Safari/604.1"),
            "Safari, iPhone"
        );
        assert_eq!(device("<script>alert(1)</script>"), "");
    }
}
