//! Writes one start tag in canonical form: the namespaces it visibly uses, then its attributes, each in order
//! (exclusive C14N 1.0 §3, C14N 1.0 §2.2).

use super::attribute::Attribute;
use super::character::push_attribute_value;
use super::name::QualifiedName;
use super::namespace::Namespaces;

/// Writes `<name …>`. `attributes` holds no namespace declarations, and every prefix is bound.
pub(super) fn push_start_tag<'d>(
    out: &mut Vec<u8>,
    name: &QualifiedName<'d>,
    attributes: &mut [Attribute<'d>],
    namespaces: &mut Namespaces<'d>,
) {
    out.push(b'<');
    out.extend_from_slice(name.whole.as_bytes());
    if attributes.iter().all(|attribute| attribute.name.prefix.is_empty()) {
        push_namespace(out, name.prefix, namespaces);
    } else {
        let used =
            attributes.iter().map(|attribute| attribute.name.prefix).filter(|prefix| !prefix.is_empty());
        let mut prefixes: Vec<&'d str> = used.chain([name.prefix]).collect();
        prefixes.sort_unstable();
        prefixes.dedup();
        for prefix in prefixes {
            push_namespace(out, prefix, namespaces);
        }
    }
    if attributes.len() > 1 {
        attributes.sort_unstable_by(|a, b| key(a, namespaces).cmp(&key(b, namespaces)));
    }
    for attribute in attributes {
        push_attribute(out, &[attribute.name.whole], &attribute.value);
    }
    out.push(b'>');
}

/// Writes `</name>`.
pub(super) fn push_end_tag(out: &mut Vec<u8>, name: &str) {
    out.extend_from_slice(b"</");
    out.extend_from_slice(name.as_bytes());
    out.push(b'>');
}

fn push_namespace<'d>(out: &mut Vec<u8>, prefix: &'d str, namespaces: &mut Namespaces<'d>) {
    if let Some(uri) = namespaces.render(prefix) {
        let name: &[&str] = if prefix.is_empty() { &["xmlns"] } else { &["xmlns:", prefix] };
        push_attribute(out, name, uri);
    }
}

fn push_attribute(out: &mut Vec<u8>, name: &[&str], value: &str) {
    out.push(b' ');
    for part in name {
        out.extend_from_slice(part.as_bytes());
    }
    out.extend_from_slice(b"=\"");
    push_attribute_value(out, value);
    out.push(b'"');
}

/// Attributes without a prefix are in no namespace and come first.
fn key<'k>(attribute: &'k Attribute<'_>, namespaces: &'k Namespaces<'_>) -> (&'k str, &'k str) {
    (expanded(&attribute.name, namespaces), attribute.name.local)
}

/// The namespace of an attribute: the default namespace is not for attributes.
pub(super) fn expanded<'k>(name: &QualifiedName<'_>, namespaces: &'k Namespaces<'_>) -> &'k str {
    if name.prefix.is_empty() { "" } else { namespaces.resolve(name.prefix).unwrap_or("") }
}
