//! Words within a block.

/// A run of words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Inline {
    /// Plain.
    Text(String),
    /// What matters.
    Strong(String),
    /// What matters less.
    Muted(String),
    /// A number, key or name to be compared character by character.
    Code(String),
    /// Leads somewhere.
    Link(Link),
    /// A state.
    Chip(Chip),
    /// A moment: as written for people, and for machines (RFC 3339).
    Time(String, String),
    /// A new line.
    Break,
}

/// Leads somewhere.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Link {
    /// Where: always an address of this portal, or one that a merchant registered.
    pub href: String,
    /// What it is called.
    pub words: String,
    /// The language of the words and of where it leads, if that is not the page's.
    pub language: Option<&'static str>,
}

/// A state in words, with a colour that repeats what the words say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chip {
    /// How it stands.
    pub tone: Tone,
    /// In words.
    pub words: String,
}

/// How something stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Tone {
    /// Neither good nor bad.
    #[default]
    Plain,
    /// As it should be.
    Good,
    /// Somebody or something is waited for.
    Waiting,
    /// Not as it should be.
    Bad,
}

impl Link {
    /// A link with these words.
    #[must_use]
    pub fn new(href: impl Into<String>, words: impl Into<String>) -> Self {
        Self { href: href.into(), words: words.into(), language: None }
    }

    /// The same page in another language, called in that language (WCAG 2.2, 3.1.2).
    #[must_use]
    pub fn in_language(self, language: &'static str) -> Self {
        Self { language: Some(language), ..self }
    }

    /// Where it leads, if that is a place to go: an address of this portal, `http`, `https` or `mailto`. Anything else,
    /// `javascript:` first of all, is shown as words only.
    #[must_use]
    pub fn address(&self) -> Option<&str> {
        let href = self.href.as_str();
        let abroad = ["https://", "http://", "mailto:"].into_iter().any(|scheme| starts_with(href, scheme));
        (is_address(href) && (abroad || is_own(href))).then_some(href)
    }

    /// Whether it leads out of this portal.
    #[must_use]
    pub fn is_abroad(&self) -> bool {
        self.address().is_some_and(|href| !is_own(href))
    }
}

impl Tone {
    /// As a stylesheet calls it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Good => "good",
            Self::Waiting => "waiting",
            Self::Bad => "bad",
        }
    }
}

impl Chip {
    /// A state.
    #[must_use]
    pub fn new(tone: Tone, words: impl Into<String>) -> Self {
        Self { tone, words: words.into() }
    }
}

/// Whether an address stays at this portal: a path, a query or a fragment, and neither a scheme nor another host.
pub(super) fn is_own(href: &str) -> bool {
    let before_path = href.split(['/', '?', '#']).next().unwrap_or_default();
    is_address(href) && !before_path.contains(':') && !href.starts_with("//")
}

/// Whether browsers read an address as it stands. They drop tabs and line ends, and take `\` for `/`: `java\tscript:`,
/// `/\elsewhere.example` (WHATWG URL, basic URL parser).
fn is_address(href: &str) -> bool {
    !href.is_empty() && !href.contains(|c: char| c.is_control() || c.is_whitespace() || c == '\\')
}

fn starts_with(text: &str, scheme: &str) -> bool {
    text.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme))
}

impl From<&str> for Inline {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Inline {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<Link> for Inline {
    fn from(link: Link) -> Self {
        Self::Link(link)
    }
}

impl From<Chip> for Inline {
    fn from(chip: Chip) -> Self {
        Self::Chip(chip)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_places_to_go_are_linked() {
        for (href, own, abroad) in [
            ("/payments?state=paid&q=a:b", true, false),
            ("payments/7", true, false),
            ("?after=7", true, false),
            ("#menu", true, false),
            ("https://shop.example/back", false, true),
            ("HTTP://shop.example", false, true),
            ("mailto:help@meteore.example", false, true),
            ("", false, false),
            ("javascript:alert(1)", false, false),
            ("JavaScript:alert(1)", false, false),
            ("java\tscript:alert(1)", false, false),
            (" javascript:alert(1)", false, false),
            ("\u{1}javascript:alert(1)", false, false),
            ("data:text/html,x", false, false),
            ("vbscript:x", false, false),
            ("blob:x", false, false),
            ("//elsewhere.example", false, false),
            ("/\\elsewhere.example", false, false),
            ("\\\\elsewhere.example", false, false),
            ("/a b", false, false),
            ("/a\nb", false, false),
        ] {
            let link = Link::new(href, "x");
            assert_eq!(link.address().is_some(), own || abroad, "{href:?}");
            assert_eq!(link.is_abroad(), abroad, "{href:?}");
            assert_eq!(is_own(href), own, "{href:?}");
        }
    }
}
