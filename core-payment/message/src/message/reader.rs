//! Takes a canonical document apart into the flat list of elements that every message is.

use std::borrow::Cow;
use std::ops::RangeInclusive;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use payment_domain::Money;
use quick_xml::events::{BytesStart, Event};
use quick_xml::name::{Namespace, ResolveResult};
use quick_xml::{NsReader, XmlVersion};

use super::value::{Value, read_money, read_signed};
use super::{Fault, InvalidMessage, Kind, NAMESPACE};
use crate::canonical::{is_blank, resolve_reference, trim};

/// The elements of one message that were not taken yet, in their order.
pub(super) struct Fields<'b> {
    root: &'static str,
    fields: std::vec::IntoIter<Field<'b>>,
}

/// One element below the root. A fault waits here until the element is asked for by a name of the schema, because the
/// name in the document is not to be repeated.
#[derive(Default)]
struct Field<'b> {
    /// Empty if the element is in another namespace.
    name: &'b str,
    text: Cow<'b, str>,
    currency: Option<String>,
    fault: Option<Fault>,
}

impl<'b> Fields<'b> {
    pub(super) fn of(canonical: &'b [u8]) -> Result<Self, InvalidMessage> {
        let text = std::str::from_utf8(canonical).map_err(|_| InvalidMessage::not_canonical())?;
        let mut reader = NsReader::from_str(text);
        let root = read_root(&mut reader)?;
        let fields = read_fields(&mut reader, text, root)?;
        Ok(Self { root, fields: fields.into_iter() })
    }

    /// The name of the root: one of the messages.
    pub(super) fn root(&self) -> &'static str {
        self.root
    }

    /// Takes the next element, which must have this name.
    pub(super) fn take<V: Value>(&mut self, name: &str) -> Result<V, InvalidMessage> {
        let field = self.take_field(name)?;
        self.without_currency(&field, name)?;
        V::read(&field.text).map_err(|fault| self.at(name, fault))
    }

    /// Takes the next element if it has this name.
    pub(super) fn take_optional<V: Value>(&mut self, name: &str) -> Result<Option<V>, InvalidMessage> {
        if self.next_is(name) { self.take(name).map(Some) } else { Ok(None) }
    }

    /// Takes all that follow of this name, at most `max`: one more is not expected.
    pub(super) fn take_some<V: Value>(&mut self, name: &str, max: usize) -> Result<Vec<V>, InvalidMessage> {
        let mut values = Vec::new();
        while values.len() < max && self.next_is(name) {
            values.push(self.take(name)?);
        }
        Ok(values)
    }

    /// Takes the next element, which must have this name and a value within this range.
    pub(super) fn take_within<V: Value + PartialOrd>(
        &mut self,
        name: &str,
        range: RangeInclusive<V>,
    ) -> Result<V, InvalidMessage> {
        let value = self.take(name)?;
        if range.contains(&value) {
            Ok(value)
        } else {
            Err(self.at(name, Fault::Value("out of range".to_owned())))
        }
    }

    /// Takes an amount that may be zero or below.
    pub(super) fn take_signed(&mut self, name: &str) -> Result<Money, InvalidMessage> {
        let field = self.take_field(name)?;
        let currency = field.currency.ok_or_else(|| self.at(name, Fault::Attribute))?;
        read_signed(&field.text, &currency).map_err(|fault| self.at(name, fault))
    }

    /// Takes an amount above zero.
    pub(super) fn take_amount(&mut self, name: &str) -> Result<Money, InvalidMessage> {
        let money = self.take_total(name)?;
        money.positive().map_err(|error| self.at(name, error.into()))
    }

    /// Takes an amount that may be zero.
    pub(super) fn take_total(&mut self, name: &str) -> Result<Money, InvalidMessage> {
        let field = self.take_field(name)?;
        let currency = field.currency.ok_or_else(|| self.at(name, Fault::Attribute))?;
        read_money(&field.text, &currency).map_err(|fault| self.at(name, fault))
    }

    /// Takes 1 to `max` bytes in base64, in which white space does not count.
    pub(super) fn take_bytes(&mut self, name: &str, max: usize) -> Result<Vec<u8>, InvalidMessage> {
        let field = self.take_field(name)?;
        self.without_currency(&field, name)?;
        let text: Vec<u8> =
            field.text.bytes().filter(|b| !matches!(b, b' ' | b'\t' | b'\n' | b'\r')).collect();
        STANDARD
            .decode(text)
            .ok()
            .filter(|bytes| (1..=max).contains(&bytes.len()))
            .ok_or_else(|| self.at(name, Fault::Value(format!("not base64 of 1 to {max} bytes"))))
    }

    /// Whether the next element has this name.
    pub(super) fn next_is(&self, name: &str) -> bool {
        self.fields.as_slice().first().is_some_and(|field| field.name == name)
    }

    /// A fault of the message as a whole.
    pub(super) fn contradiction(&self, error: &dyn std::error::Error) -> InvalidMessage {
        InvalidMessage::new(self.root.to_owned(), Fault::Contradiction(error.to_string()))
    }

    /// An element that has no business here.
    pub(super) fn unexpected(&self) -> InvalidMessage {
        InvalidMessage::new(self.root.to_owned(), Fault::Unexpected)
    }

    /// Checks that every element was taken.
    pub(super) fn finish(mut self) -> Result<(), InvalidMessage> {
        match self.fields.next() {
            None => Ok(()),
            Some(_) => Err(self.unexpected()),
        }
    }

    fn take_field(&mut self, name: &str) -> Result<Field<'b>, InvalidMessage> {
        if !self.next_is(name) {
            return Err(self.at(name, Fault::Missing));
        }
        let field = self.fields.next().unwrap_or_default();
        match field.fault {
            Some(fault) => Err(self.at(name, fault)),
            None => Ok(field),
        }
    }

    fn without_currency(&self, field: &Field<'_>, name: &str) -> Result<(), InvalidMessage> {
        if field.currency.is_some() { Err(self.at(name, Fault::Attribute)) } else { Ok(()) }
    }

    fn at(&self, name: &str, fault: Fault) -> InvalidMessage {
        InvalidMessage::new(format!("{}/{name}", self.root), fault)
    }
}

fn read_root(reader: &mut NsReader<&[u8]>) -> Result<&'static str, InvalidMessage> {
    let (namespace, Event::Start(start)) =
        reader.read_resolved_event().map_err(|_| InvalidMessage::not_canonical())?
    else {
        return Err(InvalidMessage::not_canonical());
    };
    if !is_ours(&namespace) {
        return Err(InvalidMessage::new("/".to_owned(), Fault::WrongNamespace));
    }
    let kind = Kind::parse(start.local_name().into_inner()).ok_or_else(InvalidMessage::unknown)?;
    check_root_attributes(&start).map_err(|fault| InvalidMessage::new(kind.as_str().to_owned(), fault))?;
    Ok(kind.as_str())
}

fn read_fields<'b>(
    reader: &mut NsReader<&'b [u8]>,
    text: &'b str,
    root: &'static str,
) -> Result<Vec<Field<'b>>, InvalidMessage> {
    let in_root = |fault| InvalidMessage::new(root.to_owned(), fault);
    let mut fields: Vec<Field<'b>> = Vec::with_capacity(16);
    let mut depth = 1_usize;
    loop {
        let begin = reader.buffer_position();
        let (namespace, event) = reader.read_resolved_event().map_err(|_| InvalidMessage::not_canonical())?;
        match (event, depth) {
            (Event::Start(start), 1) => {
                let namespace_is_ours = is_ours(&namespace);
                fields.push(Field::open(
                    &start,
                    namespace_is_ours,
                    source(text, begin, reader.buffer_position()),
                ));
                depth = 2;
            }
            (Event::Start(_), _) => {
                depth = depth.saturating_add(1);
                if let Some(field) = fields.last_mut() {
                    field.fault = Some(Fault::Nested);
                }
            }
            (Event::End(_), 1) => break,
            (Event::End(_), _) => depth = depth.saturating_sub(1),
            (Event::Text(_), 1) => {
                if !is_blank(source(text, begin, reader.buffer_position())) {
                    return Err(in_root(Fault::Text));
                }
            }
            (Event::GeneralRef(_), 1) => return Err(in_root(Fault::Text)),
            (Event::Text(_), _) => {
                let literal = source(text, begin, reader.buffer_position());
                fields.last_mut().into_iter().for_each(|field| field.push(literal));
            }
            (Event::GeneralRef(name), _) => {
                let c = resolve_reference(&name).ok_or_else(InvalidMessage::not_canonical)?;
                fields.last_mut().into_iter().for_each(|field| field.text.to_mut().push(c));
            }
            _ => return Err(InvalidMessage::not_canonical()),
        }
    }
    match reader.read_event() {
        Ok(Event::Eof) => Ok(fields),
        _ => Err(InvalidMessage::not_canonical()),
    }
}

impl<'b> Field<'b> {
    /// `source` is the start tag as written, where the name can be borrowed from.
    fn open(start: &BytesStart<'_>, namespace_is_ours: bool, source: &'b str) -> Self {
        let tag = source.strip_prefix('<').unwrap_or_default();
        let name = tag.split([' ', '>']).next().unwrap_or_default();
        let local = name.split_once(':').map_or(name, |(_, local)| local);
        let mut field = Self { name: if namespace_is_ours { local } else { "" }, ..Self::default() };
        for attribute in start.attributes() {
            let Ok(attribute) = attribute else {
                field.fault = Some(Fault::Attribute);
                break;
            };
            match (attribute.key.into_inner(), attribute.normalized_value(XmlVersion::Explicit1_0)) {
                ("currency", Ok(value)) => field.currency = Some(value.into_owned()),
                (key, Ok(_)) if is_declaration(key) => {}
                _ => field.fault = Some(Fault::Attribute),
            }
        }
        field
    }

    fn push(&mut self, literal: &'b str) {
        if self.text.is_empty() {
            self.text = Cow::Borrowed(literal);
        } else {
            self.text.to_mut().push_str(literal);
        }
    }
}

/// The root may carry an `id` for signatures that refer to it so; its value means nothing here.
fn check_root_attributes(start: &BytesStart<'_>) -> Result<(), Fault> {
    for attribute in start.attributes() {
        let attribute = attribute.map_err(|_| Fault::Attribute)?;
        let key = attribute.key.into_inner();
        let is_id = key == "id"
            && attribute
                .normalized_value(XmlVersion::Explicit1_0)
                .is_ok_and(|value| crate::canonical::is_ncname(trim(&value)));
        if !is_id && !is_declaration(key) {
            return Err(Fault::Attribute);
        }
    }
    Ok(())
}

fn is_declaration(key: &str) -> bool {
    key == "xmlns" || key.starts_with("xmlns:")
}

fn is_ours(namespace: &ResolveResult<'_>) -> bool {
    *namespace == ResolveResult::Bound(Namespace(NAMESPACE))
}

fn source(text: &str, begin: u64, end: u64) -> &str {
    let range = usize::try_from(begin).ok().zip(usize::try_from(end).ok());
    range.and_then(|(begin, end)| text.get(begin..end)).unwrap_or_default()
}
