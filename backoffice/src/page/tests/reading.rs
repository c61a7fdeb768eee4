//! Reads what was rendered the way a parser would, to see what a parser would see.

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

/// An element as it begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Element {
    pub(crate) name: String,
    pub(crate) attributes: Vec<(String, String)>,
}

impl Element {
    pub(crate) fn value(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.value(name).is_some()
    }

    /// Its name and those of its attributes.
    pub(crate) fn shape(&self) -> String {
        let names: Vec<_> = self.attributes.iter().map(|(name, _)| name.as_str()).collect();
        format!("{} {}", self.name, names.join(" "))
    }

    fn of(start: &BytesStart<'_>, attributes: quick_xml::events::attributes::Attributes<'_>) -> Self {
        let attribute = |one: Result<quick_xml::events::attributes::Attribute<'_>, _>| {
            let one = one.expect("an attribute");
            let value =
                quick_xml::escape::unescape(&one.value).expect("only references we know").into_owned();
            (one.key.as_ref().to_owned(), value)
        };
        Self { name: start.name().as_ref().to_owned(), attributes: attributes.map(attribute).collect() }
    }
}

/// Everything but elements that have no end in HTML is balanced.
pub(crate) fn html_elements(page: &str) -> Vec<Element> {
    const WITHOUT_END: &[&str] = &["meta", "link", "input", "br"];
    let mut reader = Reader::from_str(page);
    reader.config_mut().check_end_names = false;
    let (mut elements, mut open) = (Vec::new(), Vec::<String>::new());
    loop {
        match reader.read_event().expect("HTML") {
            Event::Start(start) => {
                let element = Element::of(&start, start.html_attributes());
                if !WITHOUT_END.contains(&element.name.as_str()) {
                    open.push(element.name.clone());
                }
                elements.push(element);
            }
            Event::Empty(start) => elements.push(Element::of(&start, start.html_attributes())),
            Event::End(end) => {
                let name = end.name().as_ref().to_owned();
                assert_eq!(open.pop(), Some(name), "{page}");
            }
            Event::Eof => break,
            Event::Text(text) => assert!(!text.contains('<')),
            Event::DocType(_) | Event::GeneralRef(_) => {}
            other => panic!("{other:?} in {page}"),
        }
    }
    assert_eq!(open, Vec::<String>::new(), "{page}");
    elements
}

/// Well-formed, and of characters that XML knows.
pub(crate) fn xhtml_elements(page: &str) -> Vec<Element> {
    let known = |c: char| matches!(c, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..);
    assert!(page.chars().all(known), "{page}");
    let mut reader = Reader::from_str(page);
    let (mut elements, mut depth) = (Vec::new(), 0);
    loop {
        match reader.read_event().expect("well-formed XML") {
            Event::Start(start) => {
                elements.push(Element::of(&start, start.attributes()));
                depth += 1;
            }
            Event::Empty(start) => elements.push(Element::of(&start, start.attributes())),
            Event::End(_) => depth -= 1,
            Event::Eof => break,
            Event::Decl(_) | Event::DocType(_) | Event::GeneralRef(_) | Event::Text(_) => {}
            other => panic!("{other:?} in {page}"),
        }
    }
    assert_eq!(depth, 0, "{page}");
    elements
}
