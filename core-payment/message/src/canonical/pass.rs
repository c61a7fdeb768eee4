//! The one pass over a document.

use quick_xml::Reader;
use quick_xml::errors::{Error, IllFormedError};
use quick_xml::events::Event;

use super::attribute::{Attribute, read_attributes, read_name};
use super::character::{find_illegal, is_blank, is_space, push_literal_text, push_text_character, resolve};
use super::name::QualifiedName;
use super::namespace::{Mark, Namespaces};
use super::region::Region;
use super::render::{expanded, push_end_tag, push_start_tag};
use super::{
    Construct, MAX_CANONICAL_BYTES, MAX_DEPTH, MAX_DOCUMENT_BYTES, Scanned, ScannedSignature, Unreadable,
};

/// The state of the pass: what is open, what is in scope, what is written.
pub(super) struct Pass<'d> {
    body: Vec<u8>,
    signature: Option<ScannedSignature>,
    namespaces: Namespaces<'d>,
    open: Vec<Open<'d>>,
    /// Kept between tags to save allocations.
    attributes: Vec<Attribute<'d>>,
    root_seen: bool,
}

/// An open element.
struct Open<'d> {
    name: &'d str,
    mark: Mark,
    region: Region,
}

impl<'d> Pass<'d> {
    /// Reads the whole document.
    pub(super) fn over(document: &'d [u8]) -> Result<Scanned, Unreadable> {
        if document.len() > MAX_DOCUMENT_BYTES {
            return Err(Unreadable::TooLarge);
        }
        if document.starts_with(b"\xEF\xBB\xBF") {
            return Err(Unreadable::Forbidden(Construct::ByteOrderMark));
        }
        let document = std::str::from_utf8(document)
            .map_err(|error| Unreadable::malformed(error.valid_up_to(), "not UTF-8"))?;
        if let Some(offset) = find_illegal(document) {
            return Err(Unreadable::malformed(offset, "a character that XML does not allow"));
        }
        let mut pass = Self {
            body: Vec::with_capacity(document.len()),
            signature: None,
            namespaces: Namespaces::new(),
            open: Vec::with_capacity(8),
            attributes: Vec::new(),
            root_seen: false,
        };
        pass.run(document)?;
        Ok(Scanned { body: pass.body, signature: pass.signature })
    }

    fn run(&mut self, document: &'d str) -> Result<(), Unreadable> {
        let mut reader = Reader::from_str(document);
        let mut start = 0;
        loop {
            let event = reader.read_event().map_err(|error| ill_formed(start, &error))?;
            let end = usize::try_from(reader.buffer_position()).map_err(|_| Unreadable::TooLarge)?;
            let source = document.get(start..end).unwrap_or_default();
            match event {
                Event::Start(_) => self.start(tag(source, ">"), start)?,
                Event::Empty(_) => {
                    self.start(tag(source, "/>"), start)?;
                    self.end();
                }
                Event::End(_) => self.end(),
                Event::Text(_) => self.text(source, start)?,
                Event::GeneralRef(reference) => self.reference(&reference, start)?,
                Event::Decl(_) => check_declaration(source, start)?,
                Event::Eof => return self.finish(start),
                Event::Comment(_) => return Err(Unreadable::Forbidden(Construct::Comment)),
                Event::CData(_) => return Err(Unreadable::Forbidden(Construct::Cdata)),
                Event::PI(_) => return Err(Unreadable::Forbidden(Construct::ProcessingInstruction)),
                Event::DocType(_) => return Err(Unreadable::Forbidden(Construct::Doctype)),
            }
            if self.written() > MAX_CANONICAL_BYTES {
                return Err(Unreadable::TooLarge);
            }
            start = end;
        }
    }

    /// Opens an element; `tag` is its start tag without angle brackets.
    fn start(&mut self, tag: &'d str, offset: usize) -> Result<(), Unreadable> {
        if self.open.len() >= MAX_DEPTH {
            return Err(Unreadable::TooDeep);
        }
        let (name, rest) = read_name(tag, offset)?;
        let mark = self.namespaces.mark();
        self.attributes.clear();
        read_attributes(rest, offset, &mut self.attributes)?;
        self.declare(mark).map_err(|what| Unreadable::malformed(offset, what))?;
        let namespace = self
            .namespaces
            .resolve(name.prefix)
            .ok_or(Unreadable::malformed(offset, "an element's prefix is unbound"))?;
        check_attributes(&self.attributes, &self.namespaces)
            .map_err(|what| Unreadable::malformed(offset, what))?;
        let region = match self.open.last() {
            Some(parent) => {
                let depth = self.open.len();
                parent.region.of_child(depth, namespace, name.local, &mut self.signature)?
            }
            None if self.root_seen => return Err(Unreadable::malformed(offset, "a second root")),
            None => Region::of_root(namespace, name.local)?,
        };
        self.root_seen = true;
        self.write_start(region, &name);
        self.open.push(Open { name: name.whole, mark, region });
        Ok(())
    }

    /// Moves the namespace declarations from the attributes to where they count.
    fn declare(&mut self, mark: Mark) -> Result<(), &'static str> {
        let is_declaration = |name: &QualifiedName<'_>| {
            name.prefix == "xmlns" || (name.prefix.is_empty() && name.local == "xmlns")
        };
        for Attribute { name, value } in
            self.attributes.extract_if(.., |attribute| is_declaration(&attribute.name))
        {
            let prefix = if name.prefix.is_empty() { "" } else { name.local };
            self.namespaces.declare(mark, prefix, value)?;
        }
        Ok(())
    }

    fn write_start(&mut self, region: Region, name: &QualifiedName<'d>) {
        match (region, &mut self.signature) {
            (Region::Body, _) => {
                push_start_tag(&mut self.body, name, &mut self.attributes, &mut self.namespaces)
            }
            (Region::SignedInfo, Some(signature)) => {
                if signature.signed_info.is_empty() {
                    name.prefix.clone_into(&mut signature.prefix);
                    self.namespaces.begin_apex();
                }
                let out = &mut signature.signed_info;
                push_start_tag(out, name, &mut self.attributes, &mut self.namespaces);
            }
            (Region::Signature | Region::Value, Some(signature)) if !self.attributes.is_empty() => {
                signature.outside = Some("an attribute on the signature or its value");
            }
            _ => {}
        }
    }

    /// Closes the innermost element. quick-xml has checked that there is one and that the names agree.
    fn end(&mut self) {
        let Some(closed) = self.open.pop() else { return };
        match (closed.region, &mut self.signature) {
            (Region::Body, _) => push_end_tag(&mut self.body, closed.name),
            (Region::SignedInfo, Some(signature)) => {
                push_end_tag(&mut signature.signed_info, closed.name);
                if self.open.last().is_some_and(|parent| parent.region == Region::Signature) {
                    self.namespaces.end_apex();
                }
            }
            _ => {}
        }
        self.namespaces.leave(closed.mark);
    }

    /// Takes literal character data, up to the next tag or reference.
    fn text(&mut self, text: &'d str, offset: usize) -> Result<(), Unreadable> {
        if text.contains("]]>") {
            return Err(Unreadable::malformed(offset, "`]]>` in text"));
        }
        let Some(region) = self.region_of_text(is_blank(text), offset)? else { return Ok(()) };
        match (region, &mut self.signature) {
            (Region::Body, _) => push_literal_text(&mut self.body, text),
            (Region::SignedInfo, Some(signature)) => push_literal_text(&mut signature.signed_info, text),
            (Region::Value, Some(ScannedSignature { value: Some(out), .. }))
            | (Region::Certificate, Some(ScannedSignature { certificate: Some(out), .. })) => {
                push_base64(out, text)
            }
            _ => {}
        }
        Ok(())
    }

    /// Takes a reference in text.
    fn reference(&mut self, name: &str, offset: usize) -> Result<(), Unreadable> {
        let c = resolve(name).ok_or(Unreadable::malformed(offset, "a reference to nothing known"))?;
        let is_blank = c.is_ascii() && u8::try_from(c).is_ok_and(is_space);
        if self.open.is_empty() {
            return Err(Unreadable::malformed(offset, "text outside the root"));
        }
        let Some(region) = self.region_of_text(is_blank, offset)? else { return Ok(()) };
        match (region, &mut self.signature) {
            (Region::Body, _) => push_text_character(&mut self.body, c),
            (Region::SignedInfo, Some(signature)) => push_text_character(&mut signature.signed_info, c),
            (Region::Value, Some(ScannedSignature { value: Some(out), .. }))
            | (Region::Certificate, Some(ScannedSignature { certificate: Some(out), .. })) => {
                push_base64(out, c.encode_utf8(&mut [0; 4]));
            }
            _ => {}
        }
        Ok(())
    }

    /// The region that text belongs to; `None` outside the root, where white space does not count.
    fn region_of_text(&mut self, is_blank: bool, offset: usize) -> Result<Option<Region>, Unreadable> {
        let Some(open) = self.open.last() else {
            return if is_blank {
                Ok(None)
            } else {
                Err(Unreadable::malformed(offset, "text outside the root"))
            };
        };
        if !is_blank && let Some(signature) = &mut self.signature {
            match open.region {
                Region::Body => return Err(Unreadable::Forbidden(Construct::ExtraSignature)),
                Region::Signature => signature.outside = Some("text between the parts of the signature"),
                _ => {}
            }
        }
        Ok(Some(open.region))
    }

    fn written(&self) -> usize {
        let signed_info = self.signature.as_ref().map_or(0, |signature| signature.signed_info.len());
        self.body.len().saturating_add(signed_info)
    }

    fn finish(&self, offset: usize) -> Result<(), Unreadable> {
        if !self.root_seen {
            return Err(Unreadable::malformed(offset, "no root"));
        }
        if !self.open.is_empty() {
            return Err(Unreadable::malformed(offset, "the document ends inside an element"));
        }
        Ok(())
    }
}

/// A start tag without its angle brackets.
fn tag<'d>(source: &'d str, close: &str) -> &'d str {
    source.strip_prefix('<').and_then(|tag| tag.strip_suffix(close)).unwrap_or_default()
}

fn push_base64(out: &mut Vec<u8>, text: &str) {
    out.extend(text.bytes().filter(|&b| !is_space(b)));
}

/// Prefixes are bound, and no two attributes are the same one (Namespaces in XML 1.0 §6.3).
fn check_attributes(attributes: &[Attribute<'_>], namespaces: &Namespaces<'_>) -> Result<(), &'static str> {
    for (at, attribute) in attributes.iter().enumerate() {
        let name = &attribute.name;
        if name.prefix.is_empty() {
            continue;
        }
        let namespace = namespaces.resolve(name.prefix).ok_or("an attribute's prefix is unbound")?;
        let is_same = |other: &Attribute<'_>| {
            other.name.local == name.local && expanded(&other.name, namespaces) == namespace
        };
        if attributes.iter().take(at).any(is_same) {
            return Err("an attribute stands twice");
        }
    }
    Ok(())
}

/// `<?xml version="1.0" encoding="UTF-8" standalone="no"?>`, the latter two optional (XML 1.0 §2.8).
fn check_declaration(source: &str, offset: usize) -> Result<(), Unreadable> {
    const REFUSED: Unreadable = Unreadable::Forbidden(Construct::Declaration);
    let content = source.strip_prefix("<?xml").and_then(|rest| rest.strip_suffix("?>")).ok_or(REFUSED)?;
    if offset != 0 || content.contains('&') {
        return Err(REFUSED);
    }
    let mut attributes = Vec::new();
    read_attributes(content, offset, &mut attributes).map_err(|_| REFUSED)?;
    let mut rest =
        attributes.iter().map(|attribute| (attribute.name.whole, attribute.value.as_ref())).peekable();
    let mut valid = rest.next() == Some(("version", "1.0"));
    if let Some((_, encoding)) = rest.next_if(|(name, _)| *name == "encoding") {
        valid &= encoding.eq_ignore_ascii_case("utf-8");
    }
    if let Some((_, standalone)) = rest.next_if(|(name, _)| *name == "standalone") {
        valid &= matches!(standalone, "yes" | "no");
    }
    if valid && rest.next().is_none() { Ok(()) } else { Err(REFUSED) }
}

fn ill_formed(offset: usize, error: &Error) -> Unreadable {
    let what = match error {
        Error::IllFormed(IllFormedError::MismatchedEndTag { .. } | IllFormedError::UnmatchedEndTag(_)) => {
            "an end tag does not match its start tag"
        }
        Error::IllFormed(IllFormedError::UnclosedReference) => "a reference is not closed",
        Error::Syntax(_) => "a tag is not closed",
        _ => "markup that is none",
    };
    Unreadable::malformed(offset, what)
}
