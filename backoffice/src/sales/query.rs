//! What a list is asked for: filters that stand in a URL, a cursor that says where to go on. Pure.

use std::fmt;

use core_payment::first_position_at;
use payment_domain::{OrderId, Timestamp};
use thiserror::Error;

use crate::storage::sales::list::Window;

/// What became of a sale.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum SaleState {
    /// An external system was asked and has not answered, or is asked to capture or to set free.
    Pending,
    /// The money is set aside: it can be captured.
    Authorised,
    /// The merchant was paid, all of it or what was captured.
    Paid,
    /// A part of it went back, or is on its way.
    PartlyRefunded,
    /// All of it went back, or is on its way.
    Refunded,
    /// Its consumer complains, and nobody has decided yet.
    Disputed,
    /// The external system said no.
    Declined,
    /// What was set aside was set free.
    Voided,
}

impl SaleState {
    /// Every state.
    pub const ALL: [Self; 8] = [
        Self::Pending,
        Self::Authorised,
        Self::Paid,
        Self::PartlyRefunded,
        Self::Refunded,
        Self::Disputed,
        Self::Declined,
        Self::Voided,
    ];

    /// As it stands in tables and URLs.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Authorised => "authorised",
            Self::Paid => "paid",
            Self::PartlyRefunded => "partly-refunded",
            Self::Refunded => "refunded",
            Self::Disputed => "disputed",
            Self::Declined => "declined",
            Self::Voided => "voided",
        }
    }

    /// Reads that form.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == text)
    }

    /// From what the core says of a payment: its state, what the merchant was paid and what went back, and whether a
    /// dispute about it is open.
    #[must_use]
    pub fn of(payment: &str, paid_micros: i64, refunded_micros: i64, disputed: bool) -> Option<Self> {
        Some(match payment {
            "pending" => Self::Pending,
            "authorised" => Self::Authorised,
            "declined" => Self::Declined,
            "voided" => Self::Voided,
            "accepted" if disputed => Self::Disputed,
            "accepted" if refunded_micros == 0 => Self::Paid,
            "accepted" if refunded_micros < paid_micros => Self::PartlyRefunded,
            "accepted" => Self::Refunded,
            _ => return None,
        })
    }
}

impl fmt::Display for SaleState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// What a list shows. The default is the newest of everything.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Query {
    /// Only those of one state.
    pub state: Option<SaleState>,
    /// Ordered at this time or later.
    pub from: Option<Timestamp>,
    /// Ordered before this time.
    pub to: Option<Timestamp>,
    /// An order id, the number in a receipt, the beginning of a pseudonym (eight digits or more), an item code, or the
    /// beginning of an item's title. Consumers search titles, codes and merchants for it, wherever it stands there.
    pub text: Option<String>,
    /// After this row.
    pub after: Option<Cursor>,
    /// How many; 50 if it is zero, and never more than 100.
    pub limit: u32,
}

/// Where to go on. To callers it is a text that means nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cursor(i64);

/// Text that is no cursor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("not a cursor of this list")]
pub struct InvalidCursor;

/// A part of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T> {
    /// The newest first.
    pub rows: Vec<T>,
    /// Where to go on, if there may be more.
    pub next: Option<Cursor>,
}

impl Cursor {
    pub(super) const fn at(position: i64) -> Self {
        Self(position)
    }

    /// Reads what [`Display`](fmt::Display) writes.
    ///
    /// # Errors
    /// [`InvalidCursor`].
    pub fn parse(text: &str) -> Result<Self, InvalidCursor> {
        let plain = text.len() == 16 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        match i64::from_str_radix(text, 16) {
            Ok(position) if plain && position > 0 => Ok(Self(position)),
            _ => Err(InvalidCursor),
        }
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl Query {
    /// The most rows of one page.
    pub const MOST: u32 = 100;
    /// As many rows as a page has if nobody says.
    pub const USUAL: u32 = 50;

    /// How many rows.
    pub(super) fn rows(&self) -> usize {
        let rows = if self.limit == 0 { Self::USUAL } else { self.limit.min(Self::MOST) };
        usize::try_from(rows).unwrap_or_default()
    }

    /// The positions that it is about, and one row more than is shown: then there is a next page.
    pub(super) fn window(&self) -> Window {
        let to = self.to.map_or(i64::MAX, first_position_at);
        Window {
            from: self.from.map_or(0, first_position_at),
            before: self.after.map_or(to, |after| after.0.min(to)),
            most: i64::try_from(self.rows()).unwrap_or_default().saturating_add(1),
        }
    }

    /// Takes the row too many away, and says where to go on.
    pub(super) fn cut<T>(&self, rows: &mut Vec<T>, id: impl Fn(&T) -> i64) -> Option<Cursor> {
        let more = rows.len() > self.rows();
        rows.truncate(self.rows());
        rows.last().filter(|_| more).map(|last| Cursor::at(id(last)))
    }
}

/// What a search text can be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Wanted {
    pub(super) order: Option<OrderId>,
    pub(super) position: Option<i64>,
    /// From and through.
    pub(super) pseudonym: Option<(Vec<u8>, Vec<u8>)>,
    /// In lower case, as it stands in the tables.
    pub(super) text: String,
}

/// Bytes in a pseudonym, and digits that are enough to tell one.
const PSEUDONYM_BYTES: usize = 16;
const LEAST_DIGITS: usize = 8;
/// As long as a label.
const MOST_CHARS: usize = 120;

impl Wanted {
    /// Reads a text; `None` if there is nothing in it that could be found.
    pub(super) fn read(text: &str) -> Option<Self> {
        let text = text.trim();
        let sane = (1..=MOST_CHARS).contains(&text.chars().count()) && !text.contains(char::is_control);
        sane.then(|| Self {
            order: OrderId::parse(&text.to_ascii_lowercase()).ok(),
            position: text.parse().ok().filter(|position| *position > 0),
            pseudonym: pseudonyms(text),
            text: key(text),
        })
    }

    /// Before which every title stands that begins so.
    pub(super) fn title_end(&self) -> String {
        format!("{}{}", self.text, char::MAX)
    }

    /// Whether an item is meant, by its keys.
    pub(super) fn is_item(&self, code_key: &str, title_key: &str) -> bool {
        code_key == self.text || title_key.starts_with(&self.text)
    }
}

/// As codes and titles are compared.
pub(super) fn key(text: &str) -> String {
    text.to_lowercase()
}

/// The pseudonyms that begin with these digits.
fn pseudonyms(text: &str) -> Option<(Vec<u8>, Vec<u8>)> {
    let digits = LEAST_DIGITS..=PSEUDONYM_BYTES.saturating_mul(2);
    if !digits.contains(&text.len()) || !text.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return None;
    }
    let filled = |with: char| {
        let whole: String =
            text.chars().chain(std::iter::repeat(with)).take(PSEUDONYM_BYTES.saturating_mul(2)).collect();
        u128::from_str_radix(&whole, 16).map(|bytes| bytes.to_be_bytes().to_vec()).ok()
    };
    Some((filled('0')?, filled('f')?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_reads_back_what_it_writes_and_nothing_else() {
        let cursor = Cursor::at(42);
        assert_eq!(Cursor::parse(&cursor.to_string()), Ok(cursor));
        for text in ["", "2a", "000000000000002A", "0000000000000000", "ffffffffffffffff", "+00000000000002a"]
        {
            assert_eq!(Cursor::parse(text), Err(InvalidCursor), "{text}");
        }
    }

    #[test]
    fn a_search_text_is_read_as_everything_that_it_can_be() {
        let wanted = |text: &str| Wanted::read(text).unwrap();
        assert_eq!(wanted(" TRAM-1h ").text, "tram-1h");
        assert_eq!(wanted("1234").position, Some(1234));
        assert_eq!((wanted("-5").position, wanted("0").position), (None, None));
        let id = "0193aa11-2222-7333-8444-555566667777";
        assert_eq!(wanted(&id.to_uppercase()).order, OrderId::parse(id).ok());
        let (from, through) = wanted("0123ABCD").pseudonym.unwrap();
        assert_eq!(
            (&from[..5], &through[..5]),
            (&[1, 0x23, 0xab, 0xcd, 0][..], &[1, 0x23, 0xab, 0xcd, 0xff][..])
        );
        assert_eq!((from.len(), wanted("0123abc").pseudonym), (16, None));
        assert_eq!(wanted(&"0".repeat(33)).pseudonym, None);
        for text in ["", "  ", "a\0b", &"x".repeat(121)] {
            assert_eq!(Wanted::read(text), None, "{text:?}");
        }
    }

    #[test]
    fn a_state_follows_from_what_the_core_says() {
        for (payment, paid, refunded, disputed, expected) in [
            ("pending", 0, 0, false, Some(SaleState::Pending)),
            ("authorised", 0, 0, false, Some(SaleState::Authorised)),
            ("accepted", 10, 0, false, Some(SaleState::Paid)),
            ("accepted", 10, 9, false, Some(SaleState::PartlyRefunded)),
            ("accepted", 10, 10, false, Some(SaleState::Refunded)),
            ("accepted", 10, 3, true, Some(SaleState::Disputed)),
            ("declined", 0, 0, false, Some(SaleState::Declined)),
            ("voided", 0, 0, false, Some(SaleState::Voided)),
            ("lost", 0, 0, false, None),
        ] {
            assert_eq!(SaleState::of(payment, paid, refunded, disputed), expected, "{payment}");
        }
        for state in SaleState::ALL {
            assert_eq!(SaleState::parse(state.as_str()), Some(state));
        }
    }

    #[test]
    fn a_page_is_bounded_and_says_where_to_go_on() {
        let query = |limit| Query { limit, ..Query::default() };
        assert_eq!((query(0).rows(), query(7).rows(), query(1_000_000).rows()), (50, 7, 100));
        let mut rows = vec![9, 8, 7];
        assert_eq!(query(2).cut(&mut rows, |id| *id), Some(Cursor::at(8)));
        assert_eq!(query(2).cut(&mut rows, |id| *id), None);
        let after = Query { after: Some(Cursor::at(5)), ..Query::default() };
        assert_eq!(after.window().before, 5);
    }
}
