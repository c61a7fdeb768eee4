//! The attributes of one start tag. quick-xml's own iterator lets through what XML does not (attributes without a space
//! between them, `<` in a value, names that are none), so the tag it found is read here.

use std::borrow::Cow;

use super::MAX_ATTRIBUTES;
use super::MAX_NAME_BYTES;
use super::character::{is_space, resolve};
use super::name::QualifiedName;
use super::unreadable::Unreadable;

/// An attribute as written, with its value normalised (XML 1.0 §3.3.3).
#[derive(Debug)]
pub(super) struct Attribute<'d> {
    pub(super) name: QualifiedName<'d>,
    pub(super) value: Cow<'d, str>,
}

/// Reads the name of an element, and whatever stands after it in the tag.
pub(super) fn read_name(tag: &str, offset: usize) -> Result<(QualifiedName<'_>, &str), Unreadable> {
    let end = tag.bytes().position(is_space).unwrap_or(tag.len());
    let (name, rest) = tag.split_at(end);
    Ok((parse_name(name, offset)?, rest))
}

/// Reads all attributes of a tag, namespace declarations included.
pub(super) fn read_attributes<'d>(
    mut rest: &'d str,
    offset: usize,
    attributes: &mut Vec<Attribute<'d>>,
) -> Result<(), Unreadable> {
    let malformed = |what| Unreadable::malformed(offset, what);
    loop {
        let trimmed = rest.trim_start_matches(SPACE);
        if trimmed.is_empty() {
            return Ok(());
        }
        if trimmed.len() == rest.len() {
            return Err(malformed("no space before an attribute"));
        }
        if attributes.len() >= MAX_ATTRIBUTES {
            return Err(Unreadable::TooDeep);
        }
        let (name, value) = trimmed.split_once('=').ok_or(malformed("an attribute has no value"))?;
        let name = parse_name(name.trim_end_matches(SPACE), offset)?;
        let value = value.trim_start_matches(SPACE);
        let quote = if value.starts_with('"') { '"' } else { '\'' };
        let value = value.strip_prefix(quote).ok_or(malformed("an attribute's value is not quoted"))?;
        let (value, after) =
            value.split_once(quote).ok_or(malformed("an attribute's value is not closed"))?;
        let value = normalise(value).map_err(malformed)?;
        if attributes.iter().any(|attribute| attribute.name.whole == name.whole) {
            return Err(malformed("an attribute stands twice"));
        }
        attributes.push(Attribute { name, value });
        rest = after;
    }
}

const SPACE: [char; 4] = [' ', '\t', '\n', '\r'];

fn parse_name(name: &str, offset: usize) -> Result<QualifiedName<'_>, Unreadable> {
    if name.len() > MAX_NAME_BYTES {
        return Err(Unreadable::TooLarge);
    }
    QualifiedName::parse(name).ok_or(Unreadable::malformed(offset, "not a qualified name"))
}

/// References are replaced, literal white space becomes spaces (a line end of two bytes, one space).
fn normalise(raw: &str) -> Result<Cow<'_, str>, &'static str> {
    let special = |c: char| matches!(c, '&' | '<' | '\t' | '\n' | '\r');
    if !raw.contains(special) {
        return Ok(Cow::Borrowed(raw));
    }
    let mut value = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some(at) = rest.find(special) {
        let (plain, tail) = rest.split_at(at);
        value.push_str(plain);
        if let Some(reference) = tail.strip_prefix('&') {
            let (name, after) = reference.split_once(';').ok_or("a reference is not closed")?;
            value.push(resolve(name).ok_or("a reference to nothing known")?);
            rest = after;
        } else if let Some(after) =
            tail.strip_prefix("\r\n").or_else(|| tail.strip_prefix(['\t', '\n', '\r']))
        {
            value.push(' ');
            rest = after;
        } else {
            return Err("`<` in an attribute's value");
        }
    }
    value.push_str(rest);
    Ok(Cow::Owned(value))
}
