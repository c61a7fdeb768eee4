//! Pages: a body between the same head and foot, for browsers and, as XHTML Mobile Profile, for phones that have none.
//!
//! The bodies use only elements that both know, and are well-formed XML; only the layout differs (R17). No page needs a
//! script.

use askama::Template;

use crate::words::{Language, Words};

/// What shows the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Terminal {
    Browser,
    /// Reads XHTML Mobile Profile and not HTML.
    Phone,
}

/// For whom a page is made.
#[derive(Debug, Clone)]
pub(crate) struct Reader {
    pub(crate) words: &'static Words,
    pub(crate) terminal: Terminal,
    /// The path of the page, to come back to in another language.
    pub(crate) path: String,
}

#[derive(Template)]
#[template(path = "layout.html")]
struct Layout<'p> {
    w: &'static Words,
    mobile: bool,
    header: &'static str,
    main: &'static str,
    footer: &'static str,
    title: &'p str,
    town: &'p str,
    path: &'p str,
    others: Vec<Language>,
    body: &'p str,
}

impl Terminal {
    /// Decides by what the terminal accepts (RFC 9110 §12.5.1).
    pub(crate) fn of(accept: &str) -> Self {
        let accepts = |media: &str| accept.split(',').any(|range| range.trim().starts_with(media));
        let mobile = accepts("application/vnd.wap.xhtml+xml") || accepts("application/xhtml+xml");
        if mobile && !accepts("text/html") { Self::Phone } else { Self::Browser }
    }

    pub(crate) const fn content_type(self) -> &'static str {
        match self {
            Self::Browser => "text/html; charset=utf-8",
            Self::Phone => "application/vnd.wap.xhtml+xml; charset=utf-8",
        }
    }
}

/// A whole page.
pub(crate) fn whole(reader: &Reader, town: &str, title: &str, body: &str) -> Result<String, askama::Error> {
    let mobile = reader.terminal == Terminal::Phone;
    let part = |browser, phone| if mobile { phone } else { browser };
    let all = [Language::English, Language::French];
    let layout = Layout {
        w: reader.words,
        mobile,
        header: part("header", "div"),
        main: part("main", "div"),
        footer: part("footer", "div"),
        title,
        town,
        path: &reader.path,
        others: all.into_iter().filter(|language| *language != reader.words.language).collect(),
        body,
    };
    layout.render()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_phone_that_reads_no_html_gets_xhtml_mobile_profile() {
        for (accept, terminal) in [
            ("", Terminal::Browser),
            ("*/*", Terminal::Browser),
            ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", Terminal::Browser),
            ("application/vnd.wap.xhtml+xml, text/vnd.wap.wml", Terminal::Phone),
            ("image/gif, application/xhtml+xml;q=0.5", Terminal::Phone),
            ("text/html, application/vnd.wap.xhtml+xml", Terminal::Browser),
        ] {
            assert_eq!(Terminal::of(accept), terminal, "{accept}");
        }
    }
}
