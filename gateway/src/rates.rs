//! Declared rates as the European Central Bank publishes them each day (`eurofxref-daily.xml`): a gesmes envelope with
//! one day of units of each currency for one euro.
//!
//! The file is small and its form is fixed, so it is read as such: no DTD, entity, comment or processing instruction, no
//! element or attribute that the form does not have, exact decimals. What is doubtful is refused whole.
//!
//! What this must not do: fetch the file, or decide whether its rates count. Start at [`read_ecb`].

use core_payment::exchange::{Day, DeclaredRates, InvalidRates};
use payment_domain::{Currency, Rate};
use quick_xml::events::{BytesStart, Event};
use quick_xml::name::{Namespace, ResolveResult};
use quick_xml::{NsReader, XmlVersion};
use thiserror::Error;

/// Who declares these rates.
pub const ECB: &str = "ECB";
/// The largest file that is read; the real one has 2 kB.
pub const MOST_BYTES: usize = 64 * 1024;

const MOST_CURRENCIES: usize = 200;
const GESMES: &str = "http://www.gesmes.org/xml/2002-08-01";
const EUROFXREF: &str = "http://www.ecb.int/vocabulary/2002-08-01/eurofxref";

/// Why a file is not the bank's.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum EcbError {
    /// It has more bytes than any such file.
    #[error("the file has more than {MOST_BYTES} bytes")]
    TooLarge,
    /// It is not XML 1.0 in UTF-8, or it holds what such a file does not need.
    #[error("not plain XML in UTF-8 without DTD, comments and processing instructions")]
    NotPlain,
    /// An element that the form does not have here.
    #[error("an unexpected element near byte {0}")]
    Element(u64),
    /// An attribute that is missing, doubled, or that the form does not have.
    #[error("a wrong attribute near byte {0}")]
    Attribute(u64),
    /// A value that is no day, currency or rate.
    #[error("no day, currency or rate near byte {0}")]
    Value(u64),
    /// Not exactly one day.
    #[error("the file is not about one day")]
    Days,
    /// The rates contradict each other.
    #[error(transparent)]
    Rates(#[from] InvalidRates),
}

/// Where in the form the reader is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Outside,
    Envelope,
    /// `gesmes:subject`.
    Subject,
    /// `gesmes:Sender`.
    Sender,
    /// `gesmes:Sender/gesmes:name`.
    Name,
    /// `Cube`.
    Days,
    /// `Cube/Cube`.
    Day,
    /// `Cube/Cube/Cube`.
    Rate,
}

impl Place {
    /// The place inside an element that may stand here.
    fn enter(self, namespace: &str, name: &str) -> Option<Self> {
        match (self, namespace, name) {
            (Self::Outside, GESMES, "Envelope") => Some(Self::Envelope),
            (Self::Envelope, GESMES, "subject") => Some(Self::Subject),
            (Self::Envelope, GESMES, "Sender") => Some(Self::Sender),
            (Self::Sender, GESMES, "name") => Some(Self::Name),
            (Self::Envelope, EUROFXREF, "Cube") => Some(Self::Days),
            (Self::Days, EUROFXREF, "Cube") => Some(Self::Day),
            (Self::Day, EUROFXREF, "Cube") => Some(Self::Rate),
            _ => None,
        }
    }

    const fn leave(self) -> Self {
        match self {
            Self::Outside | Self::Envelope => Self::Outside,
            Self::Subject | Self::Sender | Self::Days => Self::Envelope,
            Self::Name => Self::Sender,
            Self::Day => Self::Days,
            Self::Rate => Self::Day,
        }
    }

    /// What it is called and who publishes it are free text; nothing is read from it.
    const fn has_text(self) -> bool {
        matches!(self, Self::Subject | Self::Name)
    }

    const fn attributes(self) -> &'static [&'static str] {
        match self {
            Self::Day => &["time"],
            Self::Rate => &["currency", "rate"],
            _ => &[],
        }
    }
}

/// What was read so far.
#[derive(Default)]
struct Read {
    day: Option<Day>,
    rates: Vec<(Currency, Rate)>,
}

/// Reads the bank's file.
///
/// # Errors
/// [`EcbError`].
pub fn read_ecb(file: &[u8]) -> Result<DeclaredRates, EcbError> {
    if file.len() > MOST_BYTES {
        return Err(EcbError::TooLarge);
    }
    let text = std::str::from_utf8(file).map_err(|_| EcbError::NotPlain)?;
    let mut reader = NsReader::from_str(text.strip_prefix('\u{feff}').unwrap_or(text));
    let (mut place, mut read, mut begun) = (Place::Outside, Read::default(), false);
    loop {
        let at = reader.buffer_position();
        let (namespace, event) = reader.read_resolved_event().map_err(|_| EcbError::NotPlain)?;
        match event {
            Event::Decl(_) if at == 0 => {}
            Event::Start(start) => {
                if place == Place::Outside && begun {
                    return Err(EcbError::Element(at));
                }
                begun = true;
                place = read.enter(place, &namespace, &start, at)?;
            }
            Event::Empty(start) => drop(read.enter(place, &namespace, &start, at)?),
            Event::End(_) => place = place.leave(),
            Event::Text(text) if place.has_text() || text.trim_ascii().is_empty() => {}
            Event::GeneralRef(_) if place.has_text() => {}
            Event::Eof if begun && place == Place::Outside => break,
            Event::Text(_) => return Err(EcbError::Element(at)),
            _ => return Err(EcbError::NotPlain),
        }
    }
    let day = read.day.ok_or(EcbError::Days)?;
    Ok(DeclaredRates::new(ECB, day, Currency::EUR, read.rates)?)
}

impl Read {
    fn enter(
        &mut self,
        place: Place,
        namespace: &ResolveResult<'_>,
        start: &BytesStart<'_>,
        at: u64,
    ) -> Result<Place, EcbError> {
        let ResolveResult::Bound(Namespace(namespace)) = namespace else { return Err(EcbError::Element(at)) };
        let name = start.local_name();
        let place = place.enter(namespace, name.into_inner()).ok_or(EcbError::Element(at))?;
        let values = attributes(place, start, at)?;
        match (place, values.as_slice()) {
            (Place::Day, [day]) => {
                let day = Day::parse(day).map_err(|_| EcbError::Value(at))?;
                if self.day.replace(day).is_some() {
                    return Err(EcbError::Days);
                }
            }
            (Place::Rate, [currency, rate]) => {
                let currency = Currency::parse(currency).map_err(|_| EcbError::Value(at))?;
                let rate = Rate::parse(rate).map_err(|_| EcbError::Value(at))?;
                self.rates.push((currency, rate));
                if self.rates.len() > MOST_CURRENCIES {
                    return Err(EcbError::TooLarge);
                }
            }
            _ => {}
        }
        Ok(place)
    }
}

/// The values of the attributes that an element has, in the order of the form: all of them, once, and no others.
fn attributes(place: Place, start: &BytesStart<'_>, at: u64) -> Result<Vec<String>, EcbError> {
    let wrong = || EcbError::Attribute(at);
    let names = place.attributes();
    let mut values: Vec<Option<String>> = vec![None; names.len()];
    for attribute in start.attributes() {
        let attribute = attribute.map_err(|_| wrong())?;
        let key = attribute.key.into_inner();
        if key == "xmlns" || key.starts_with("xmlns:") {
            continue;
        }
        let value = attribute.normalized_value(XmlVersion::Explicit1_0).map_err(|_| wrong())?;
        let slot = names.iter().position(|name| *name == key).and_then(|index| values.get_mut(index));
        *slot.ok_or_else(wrong)? = Some(value.into_owned());
    }
    values.into_iter().collect::<Option<_>>().ok_or_else(wrong)
}

#[cfg(test)]
mod tests;
