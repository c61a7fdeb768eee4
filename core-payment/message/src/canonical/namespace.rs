//! Which prefix means what, and which meaning the output already shows (exclusive C14N 1.0 §3).

use std::borrow::Cow;

/// The namespace that the prefix `xml` is bound to, always and only.
pub(super) const XML: &str = "http://www.w3.org/XML/1998/namespace";
const XMLNS: &str = "http://www.w3.org/2000/xmlns/";

/// The declarations in scope, innermost last, and those that the output has written for its open elements.
#[derive(Debug)]
pub(super) struct Namespaces<'d> {
    bindings: Vec<Binding<'d>>,
    rendered: Vec<Rendered<'d>>,
    floor: usize,
}

#[derive(Debug)]
struct Binding<'d> {
    prefix: &'d str,
    uri: Cow<'d, str>,
}

/// A declaration that the output shows; `binding` is `None` for the `xmlns=""` that no declaration stands behind.
#[derive(Debug, Clone, Copy)]
struct Rendered<'d> {
    prefix: &'d str,
    binding: Option<usize>,
}

/// How far the lists reached before an element was opened.
#[derive(Debug, Clone, Copy)]
pub(super) struct Mark {
    bindings: usize,
    rendered: usize,
}

impl<'d> Namespaces<'d> {
    pub(super) fn new() -> Self {
        Self {
            bindings: vec![Binding { prefix: "xml", uri: Cow::Borrowed(XML) }],
            rendered: Vec::with_capacity(8),
            floor: 0,
        }
    }

    pub(super) fn mark(&self) -> Mark {
        Mark { bindings: self.bindings.len(), rendered: self.rendered.len() }
    }

    /// Forgets what an element declared and rendered.
    pub(super) fn leave(&mut self, mark: Mark) {
        self.bindings.truncate(mark.bindings);
        self.rendered.truncate(mark.rendered);
    }

    /// Makes the next element an apex: what its ancestors rendered does not count for it, because they are not in its
    /// output.
    pub(super) fn begin_apex(&mut self) {
        self.floor = self.rendered.len();
    }

    pub(super) fn end_apex(&mut self) {
        self.floor = 0;
    }

    /// Takes a declaration of the element opened at `mark`; `prefix` is empty for the default namespace.
    pub(super) fn declare(
        &mut self,
        mark: Mark,
        prefix: &'d str,
        uri: Cow<'d, str>,
    ) -> Result<(), &'static str> {
        if matches!(prefix, "xml" | "xmlns") || uri == XML || uri == XMLNS {
            return Err("a reserved prefix or namespace is declared");
        }
        if uri.is_empty() && !prefix.is_empty() {
            return Err("a prefix is bound to no namespace");
        }
        if !uri.is_empty() && !is_absolute(&uri) {
            return Err("a namespace is not a plain absolute URI");
        }
        if self.bindings.iter().skip(mark.bindings).any(|binding| same(binding.prefix, prefix)) {
            return Err("a namespace is declared twice");
        }
        self.bindings.push(Binding { prefix, uri });
        Ok(())
    }

    /// The namespace of a prefix: empty for none, `None` if the prefix is unbound.
    pub(super) fn resolve(&self, prefix: &str) -> Option<&str> {
        match self.find(prefix) {
            Some(at) => self.bindings.get(at).map(|binding| binding.uri.as_ref()),
            None => prefix.is_empty().then_some(""),
        }
    }

    /// If the output does not show the meaning of `prefix` yet, notes that it now does and returns that meaning.
    pub(super) fn render(&mut self, prefix: &'d str) -> Option<&str> {
        if prefix == "xml" {
            return None;
        }
        let binding = self.find(prefix);
        let shown =
            self.rendered.iter().skip(self.floor).rev().find(|rendered| same(rendered.prefix, prefix));
        let shows = shown.and_then(|rendered| rendered.binding);
        // Mostly it is the very same declaration, and the text need not be compared.
        if binding == shows || self.uri(binding) == self.uri(shows) {
            return None;
        }
        self.rendered.push(Rendered { prefix, binding });
        Some(self.uri(binding))
    }

    fn find(&self, prefix: &str) -> Option<usize> {
        self.bindings.iter().rposition(|binding| same(binding.prefix, prefix))
    }

    fn uri(&self, binding: Option<usize>) -> &str {
        binding.and_then(|at| self.bindings.get(at)).map_or("", |binding| binding.uri.as_ref())
    }
}

/// Whether two prefixes are the same. Most are empty, and an empty text stands at no address that can be read: a vector
/// comparison of nothing there takes some processors hundreds of cycles (6 % of a payment).
fn same(a: &str, b: &str) -> bool {
    a.len() == b.len() && (a.is_empty() || a == b)
}

/// A namespace that every reader takes for an absolute URI: `scheme:` and plain characters. Canonical XML is undefined
/// for relative ones (C14N 1.0 §1.3, libxml2 refuses them), and readers differ in what else they take for a URI.
fn is_absolute(uri: &str) -> bool {
    let Some((scheme, rest)) = uri.split_once(':') else { return false };
    let scheme_is_plain = scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    let host_is_plain = rest.strip_prefix("//").is_none_or(|rest| {
        let host = rest.split(['/', '#', '?']).next().unwrap_or("");
        host.starts_with(|c: char| c.is_ascii_alphabetic())
            && host.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.'))
    });
    let (path, fragment) = rest.split_once('#').unwrap_or((rest, ""));
    let is_plain = |text: &str| {
        text.bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_' | b'~' | b'/' | b':' | b'?'))
    };
    scheme_is_plain && host_is_plain && !rest.is_empty() && is_plain(path) && is_plain(fragment)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_absolute_uris_name_a_namespace() {
        for uri in [
            "urn:meteore:payment:1",
            "http://www.w3.org/2000/09/xmldsig#",
            "https://a.b/c?d",
            "a:b",
            "x:/y/z",
        ] {
            assert!(is_absolute(uri), "{uri}");
        }
        for uri in [
            "",
            "a",
            "a:",
            "//a/b",
            "a/b:c",
            "../a",
            "#a",
            "1:a",
            "http://",
            "http:///a",
            "http://a:b/",
            "a: b",
            "a:b#c#d",
            "a:%zz",
            "é:a",
            "a:é",
            "http://1.2.3.4.5/",
            "a:[b]",
        ] {
            assert!(!is_absolute(uri), "{uri}");
        }
    }
}
