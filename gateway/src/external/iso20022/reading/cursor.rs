//! Walks an ISO 20022 document once, element by element, against the [shapes](super::shape) of its schema.
//!
//! Nothing is kept but the path from the root. What is not in the message's own namespace, out of order, repeated,
//! missing or longer than the schema allows is refused with its line and path; so is every document type definition
//! (no message has one, and entities are how small files become large).
//!
//! What this must not do: know what an element means. Start at [`Cursor::child`].

use std::io::BufRead;

use payment_domain::{Currency, Money};
use quick_xml::XmlVersion;
use quick_xml::events::{BytesStart, Event};
use quick_xml::name::ResolveResult;
use quick_xml::reader::NsReader;

use super::bounded::{Bounded, OverLimit};
use super::shape::{Child, Order, Shape};
use super::{Fault, Limits, ReadError};

/// A document that is being read.
pub(super) struct Cursor<R> {
    xml: NsReader<Bounded<R>>,
    buffer: Vec<u8>,
    /// The namespace that every element has to be in.
    namespace: String,
    path: Vec<&'static str>,
    limits: Limits,
    latest: Latest,
}

/// What the latest step found. Kept here so that it need not be allocated for each of them.
#[derive(Default)]
struct Latest {
    /// Of an element, without its prefix.
    name: String,
    /// Of an element that is not in the message's own.
    foreign: Option<String>,
    /// The attribute `Ccy` of an element.
    currency: Option<String>,
    /// Whether there was an attribute that no element of these messages has.
    odd_attribute: bool,
    text: String,
}

/// How far the children of one element have been read.
pub(super) struct Walk {
    shape: &'static Shape,
    /// The child that may come next again.
    at: usize,
    /// How often it came.
    times: u32,
}

/// What comes next in a document, with everything that means nothing left out.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Step {
    Start,
    End,
    Text,
    EndOfFile,
}

/// How much of one element's name or namespace is repeated in an error.
const SHOWN_CHARS: usize = 80;
const XSI: &str = "http://www.w3.org/2001/XMLSchema-instance";
const XML: &str = "http://www.w3.org/XML/1998/namespace";

impl Walk {
    pub(super) const fn of(shape: &'static Shape) -> Self {
        Self { shape, at: 0, times: 0 }
    }

    /// Moves to the child of this name, if it may stand here.
    fn step(&mut self, name: &str) -> Result<&'static str, Fault> {
        let children = self.shape.children;
        let Some((index, child)) = children.iter().enumerate().find(|(_, child)| child.name == name) else {
            return Err(Fault::Unexpected(shown(name)));
        };
        let first = self.at == 0 && self.times == 0;
        if self.shape.order == Order::Choice {
            if !first {
                return Err(Fault::Unexpected(shown(name)));
            }
        } else if index < self.at {
            return Err(if child.max == 1 {
                Fault::Repeated(child.name)
            } else {
                Fault::Unexpected(shown(name))
            });
        } else if let Some(missing) = self.unmet(index) {
            return Err(Fault::Missing(missing));
        }
        self.times = if index == self.at { self.times.saturating_add(1) } else { 1 };
        self.at = index;
        if self.times > child.max {
            return Err(Fault::Repeated(child.name));
        }
        Ok(child.name)
    }

    /// The first required child before `end` that has not come.
    fn unmet(&self, end: usize) -> Option<&'static str> {
        let seen = |index: usize| index == self.at && self.times > 0;
        let wanted = self.shape.children.iter().enumerate().take(end).skip(self.at);
        wanted
            .filter(|(index, child)| child.min > 0 && !seen(*index))
            .map(|(_, child): (usize, &Child)| child.name)
            .next()
    }

    fn end(&self) -> Result<(), Fault> {
        match self.shape.order {
            Order::Sequence => {
                self.unmet(self.shape.children.len()).map_or(Ok(()), |name| Err(Fault::Missing(name)))
            }
            Order::Choice if self.times > 0 => Ok(()),
            Order::Choice => Err(Fault::Missing(self.shape.children.first().map_or("", |child| child.name))),
        }
    }
}

impl<R: BufRead> Cursor<R> {
    /// Reads up to the root element `Document`, and says which namespace it is in.
    pub(super) fn open(input: R, limits: Limits) -> Result<(Self, String), ReadError> {
        let mut xml = NsReader::from_reader(Bounded::new(input, limits.file_bytes));
        let config = xml.config_mut();
        config.enable_all_checks(true);
        config.expand_empty_elements = true;
        let mut cursor = Self {
            xml,
            buffer: Vec::new(),
            namespace: String::new(),
            path: Vec::new(),
            limits,
            latest: Latest::default(),
        };
        match cursor.markup()? {
            Step::Start => {}
            Step::End | Step::Text => return Err(cursor.fault(Fault::StrayText)),
            Step::EndOfFile => return Err(cursor.fault(Fault::Truncated)),
        }
        let namespace = cursor.latest.foreign.take().unwrap_or_default();
        if cursor.latest.name != "Document" {
            return Err(cursor.unexpected());
        }
        cursor.path.push("Document");
        cursor.namespace.clone_from(&namespace);
        Ok((cursor, namespace))
    }

    /// The next child of the element being read, by its name in the schema; nothing at its end. The caller then reads
    /// the child with [`text`](Self::text), [`skip`](Self::skip) or a walk of its own.
    pub(super) fn child(&mut self, walk: &mut Walk) -> Result<Option<&'static str>, ReadError> {
        match self.markup()? {
            Step::Start => {}
            Step::End => {
                walk.end().map_err(|fault| self.fault(fault))?;
                self.path.pop();
                return Ok(None);
            }
            Step::Text => return Err(self.fault(Fault::StrayText)),
            Step::EndOfFile => return Err(self.fault(Fault::Truncated)),
        }
        self.own_namespace()?;
        let name = walk.step(&self.latest.name).map_err(|fault| self.fault(fault))?;
        self.path.push(name);
        if self.latest.odd_attribute {
            return Err(self.fault(Fault::Attribute));
        }
        Ok(Some(name))
    }

    /// The only child of an element that is a choice, read by `read`.
    pub(super) fn choice<T>(
        &mut self,
        shape: &'static Shape,
        mut read: impl FnMut(&mut Self, &'static str) -> Result<T, ReadError>,
    ) -> Result<T, ReadError> {
        let mut walk = Walk::of(shape);
        let mut value = None;
        while let Some(name) = self.child(&mut walk)? {
            value = Some(read(self, name)?);
        }
        // A walk over a choice ends only after one child.
        value.ok_or_else(|| self.fault(Fault::Empty))
    }

    /// The text of the element just entered, 1 to `max_chars` characters, and its end.
    pub(super) fn text(&mut self, max_chars: usize) -> Result<String, ReadError> {
        if self.latest.currency.is_some() {
            return Err(self.fault(Fault::Attribute));
        }
        let text = self.content(max_chars)?;
        self.path.pop();
        Ok(text)
    }

    /// The text of the element just entered, as `parse` understands it.
    pub(super) fn value<T>(
        &mut self,
        max_chars: usize,
        expected: &'static str,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> Result<T, ReadError> {
        if self.latest.currency.is_some() {
            return Err(self.fault(Fault::Attribute));
        }
        let text = self.content(max_chars)?;
        let value = parse(&text).ok_or_else(|| self.fault(Fault::Value(expected)))?;
        self.path.pop();
        Ok(value)
    }

    /// The amount in the element just entered: `ActiveOrHistoricCurrencyAndAmount` of the schema, exactly.
    pub(super) fn amount(&mut self) -> Result<Money, ReadError> {
        /// 18 digits, a point and a little padding.
        const AMOUNT_CHARS: usize = 24;
        /// What the schema allows; our micro-units hold one more.
        const FRACTION_DIGITS: usize = 5;
        let currency = self.latest.currency.take().ok_or_else(|| self.fault(Fault::NoCurrency))?;
        let currency = Currency::parse(&currency).map_err(|_| self.fault(Fault::NoCurrency))?;
        let text = self.content(AMOUNT_CHARS)?;
        let fine = text.split_once('.').is_none_or(|(_, fraction)| fraction.len() <= FRACTION_DIGITS);
        let money = Money::parse(&text, currency).ok().filter(|money| fine && money.micros() >= 0);
        let money = money.ok_or_else(|| self.fault(Fault::Value("an amount of at most five decimals")))?;
        self.path.pop();
        Ok(money)
    }

    /// Leaves out the rest of the element just entered. It has to be well-formed and, but for supplementary data, in
    /// the message's namespace; its insides are not compared with the schema.
    pub(super) fn skip(&mut self) -> Result<(), ReadError> {
        let anything = self.path.last() == Some(&"SplmtryData");
        let mut depth = 0_usize;
        loop {
            match self.step()? {
                Step::Start => {
                    if !anything {
                        self.own_namespace()?;
                    }
                    depth = depth.saturating_add(1);
                    if depth.saturating_add(self.path.len()) > self.limits.depth {
                        return Err(self.fault(Fault::TooDeep));
                    }
                }
                Step::End if depth == 0 => break,
                Step::End => depth = depth.saturating_sub(1),
                Step::Text => {}
                Step::EndOfFile => return Err(self.fault(Fault::Truncated)),
            }
        }
        self.path.pop();
        Ok(())
    }

    /// Nothing may follow the root element.
    pub(super) fn close(&mut self) -> Result<(), ReadError> {
        match self.markup()? {
            Step::EndOfFile => Ok(()),
            Step::Start => Err(self.unexpected()),
            Step::Text | Step::End => Err(self.fault(Fault::StrayText)),
        }
    }

    /// What this file may hold.
    pub(super) const fn limits(&self) -> Limits {
        self.limits
    }

    /// The line being read, from 1.
    pub(super) fn line(&mut self) -> u64 {
        self.xml.get_mut().line()
    }

    /// An error at this place.
    pub(super) fn fault(&mut self, fault: Fault) -> ReadError {
        ReadError { line: self.line(), element: self.path.join("/"), fault }
    }

    fn unexpected(&mut self) -> ReadError {
        let name = shown(&self.latest.name);
        self.fault(Fault::Unexpected(name))
    }

    fn own_namespace(&mut self) -> Result<(), ReadError> {
        match self.latest.foreign.take() {
            Some(foreign) => Err(self.fault(Fault::Namespace(shown(&foreign)))),
            None => Ok(()),
        }
    }

    /// The text up to the end of the element just entered. The path is left as it is, for an error about the text.
    fn content(&mut self, max_chars: usize) -> Result<String, ReadError> {
        let mut text = String::new();
        loop {
            match self.step()? {
                Step::Text => {
                    // No character is longer than four bytes.
                    let room = max_chars.saturating_mul(4).saturating_sub(text.len());
                    if self.latest.text.len() > room {
                        return Err(self.fault(Fault::TooLong { max_chars }));
                    }
                    text.push_str(&self.latest.text);
                }
                Step::Start => return Err(self.unexpected()),
                Step::End => break,
                Step::EndOfFile => return Err(self.fault(Fault::Truncated)),
            }
        }
        match text.chars().count() {
            0 => Err(self.fault(Fault::Empty)),
            count if count > max_chars => Err(self.fault(Fault::TooLong { max_chars })),
            _ => Ok(text),
        }
    }

    /// The next step that is not white space between elements.
    fn markup(&mut self) -> Result<Step, ReadError> {
        loop {
            let step = self.step()?;
            if step != Step::Text || !is_blank(&self.latest.text) {
                return Ok(step);
            }
        }
    }

    fn step(&mut self) -> Result<Step, ReadError> {
        loop {
            self.buffer.clear();
            self.xml.get_mut().allow(self.limits.event_bytes);
            let result = match self.xml.read_event_into(&mut self.buffer) {
                Ok(event) => self.latest.note(&event, &self.xml, &self.namespace),
                Err(error) => Err(fault_of(error)),
            };
            if let Some(step) = result.map_err(|fault| self.fault(fault))? {
                return Ok(step);
            }
        }
    }
}

impl Latest {
    /// Keeps what an event says; nothing if it says nothing.
    fn note<R>(&mut self, event: &Event<'_>, xml: &NsReader<R>, own: &str) -> Result<Option<Step>, Fault> {
        match event {
            Event::Start(start) => self.note_start(start, xml, own).map(|()| Some(Step::Start)),
            Event::End(_) => Ok(Some(Step::End)),
            Event::Text(text) => self.note_text(&text.xml10_content()),
            Event::CData(text) => self.note_text(&text.xml10_content()),
            Event::GeneralRef(reference) => {
                let character = match reference.resolve_char_ref().map_err(|_| Fault::Entity)? {
                    Some(character) => character,
                    None => predefined(reference).ok_or(Fault::Entity)?,
                };
                self.note_text(character.encode_utf8(&mut [0; 4]))
            }
            Event::DocType(_) => Err(Fault::Doctype),
            Event::Decl(declaration) => match declaration.encoding() {
                Some(Ok(encoding)) if !encoding.eq_ignore_ascii_case("UTF-8") => Err(Fault::Encoding),
                Some(Err(_)) => Err(Fault::NotWellFormed),
                Some(Ok(_)) | None => Ok(None),
            },
            Event::Comment(_) | Event::PI(_) => Ok(None),
            Event::Eof => Ok(Some(Step::EndOfFile)),
            // Empty elements are expanded by the parser.
            Event::Empty(_) => Err(Fault::NotWellFormed),
        }
    }

    fn note_start<R>(&mut self, start: &BytesStart<'_>, xml: &NsReader<R>, own: &str) -> Result<(), Fault> {
        let (namespace, name) = xml.resolver().resolve_element(start.name());
        self.name.clear();
        self.name.push_str(name.as_ref());
        self.foreign = match namespace {
            ResolveResult::Bound(namespace) if namespace.as_ref() == own => None,
            ResolveResult::Bound(namespace) => Some(namespace.as_ref().to_owned()),
            ResolveResult::Unbound => Some(String::new()),
            ResolveResult::Unknown(_) => return Err(Fault::NotWellFormed),
        };
        self.currency = None;
        self.odd_attribute = false;
        for attribute in start.attributes() {
            let attribute = attribute.map_err(|_| Fault::NotWellFormed)?;
            if attribute.key.as_namespace_binding().is_some() {
                continue;
            }
            let (namespace, name) = xml.resolver().resolve_attribute(attribute.key);
            match namespace {
                ResolveResult::Unbound if name.as_ref() == "Ccy" => {
                    let value =
                        attribute.normalized_value(XmlVersion::Implicit1_0).map_err(|_| Fault::Entity)?;
                    self.currency = Some(value.into_owned());
                }
                ResolveResult::Bound(namespace) if [XSI, XML].contains(&namespace.as_ref()) => {}
                ResolveResult::Unknown(_) => return Err(Fault::NotWellFormed),
                ResolveResult::Unbound | ResolveResult::Bound(_) => self.odd_attribute = true,
            }
        }
        Ok(())
    }

    fn note_text(&mut self, text: &str) -> Result<Option<Step>, Fault> {
        // XML 1.0 §2.2; what is no Unicode at all was refused by the parser.
        let forbidden = |c: char| matches!(c, '\0'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}');
        if text.chars().any(forbidden) {
            return Err(Fault::NotWellFormed);
        }
        self.text.clear();
        self.text.push_str(text);
        Ok(Some(Step::Text))
    }
}

/// The five entities that need no declaration (XML 1.0 §4.6).
fn predefined(reference: &str) -> Option<char> {
    match reference {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        _ => None,
    }
}

fn fault_of(error: quick_xml::Error) -> Fault {
    match error {
        quick_xml::Error::Io(error) => {
            let over = error.get_ref().and_then(|inner| inner.downcast_ref::<OverLimit>());
            match over {
                Some(OverLimit::File) => Fault::TooLarge,
                Some(OverLimit::Event) => Fault::TooMuchAtOnce,
                None => Fault::Unreadable(error.kind()),
            }
        }
        // Every syntax error of this parser is something that was opened and not closed before the end.
        quick_xml::Error::Syntax(_) => Fault::Truncated,
        quick_xml::Error::Encoding(_) => Fault::Encoding,
        quick_xml::Error::Escape(_) => Fault::Entity,
        _ => Fault::NotWellFormed,
    }
}

fn is_blank(text: &str) -> bool {
    text.chars().all(|c| matches!(c, ' ' | '\t' | '\r' | '\n'))
}

pub(super) fn shown(text: &str) -> String {
    text.chars().take(SHOWN_CHARS).collect()
}
