//! What stands in the query, read strictly: an unknown name, a name that stands twice and a value that makes no sense are all
//! said, instead of another question being answered.

use payment_domain::Timestamp;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::sales::query::SaleState;
use crate::web::Fault;

/// Rows at most of one answer.
pub(super) const MOST_ROWS: u32 = 100;
/// As many if nobody says.
pub(super) const USUAL_ROWS: u32 = 50;
/// The longest text that is searched for.
const MOST_TEXT: usize = 120;

/// What is asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Asked {
    pub(super) state: Option<SaleState>,
    pub(super) from: Option<Timestamp>,
    pub(super) to: Option<Timestamp>,
    pub(super) text: Option<String>,
    pub(super) after: Option<i64>,
    pub(super) limit: u32,
}

impl Asked {
    /// Reads a query that may have these names.
    pub(super) fn read(query: &str, names: &[&str]) -> Result<Self, Fault> {
        let mut asked = Self { limit: USUAL_ROWS, ..Self::default() };
        let mut seen: Vec<String> = Vec::new();
        for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
            if !names.contains(&&*name) {
                return Err(Fault::Invalid(format!(
                    "no parameter of this name: one of {}",
                    names.join(", ")
                )));
            }
            if seen.iter().any(|other| *other == *name) {
                return Err(Fault::Invalid(format!("{name} stands twice")));
            }
            asked.take(&name, &value)?;
            seen.push(name.into_owned());
        }
        Ok(asked)
    }

    /// The same limit as stored numbers are, and one more to know whether there is more.
    pub(super) fn rows(&self) -> (i64, i64) {
        let rows = i64::from(self.limit);
        (rows, rows.saturating_add(1))
    }

    fn take(&mut self, name: &str, value: &str) -> Result<(), Fault> {
        let wrong = |must: &str| Fault::Invalid(format!("{name} must be {must}"));
        match name {
            "state" => self.state = Some(SaleState::parse(value).ok_or_else(|| wrong("a state"))?),
            "from" => self.from = Some(moment(value).ok_or_else(|| wrong("a time as in RFC 3339"))?),
            "to" => self.to = Some(moment(value).ok_or_else(|| wrong("a time as in RFC 3339"))?),
            "q" => {
                let length = value.chars().count();
                if !(1..=MOST_TEXT).contains(&length) {
                    return Err(wrong("a text of 1 to 120 characters"));
                }
                // What no title has is not looked for: databases do not even take it.
                let text: String = value.chars().filter(|c| !c.is_control()).collect();
                self.text = Some(text.trim().to_owned()).filter(|text| !text.is_empty());
            }
            "cursor" => {
                self.after = Some(cursor(value).ok_or_else(|| wrong("a cursor of an earlier answer"))?)
            }
            _ => {
                let plain = value.bytes().all(|b| b.is_ascii_digit());
                let limit = value.parse().ok().filter(|limit| plain && (1..=MOST_ROWS).contains(limit));
                self.limit = limit.ok_or_else(|| wrong("a number from 1 to 100"))?;
            }
        }
        Ok(())
    }
}

/// A time with any offset. One before or after all of ours is the first or the last of ours.
fn moment(text: &str) -> Option<Timestamp> {
    let time = OffsetDateTime::parse(text, &Rfc3339).ok()?;
    let millis = i64::try_from(time.unix_timestamp_nanos().div_euclid(1_000_000)).ok()?;
    let nearest = if millis < 0 { Timestamp::EPOCH } else { latest() };
    Some(Timestamp::from_millis(millis).unwrap_or(nearest))
}

/// The end of the year 9999.
fn latest() -> Timestamp {
    Timestamp::parse("9999-12-31T23:59:59.999Z").unwrap_or(Timestamp::EPOCH)
}

/// Where to go on: sixteen hexadecimal digits, of which callers need not know more.
fn cursor(text: &str) -> Option<i64> {
    let plain = text.len() == 16 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
    i64::from_str_radix(text, 16).ok().filter(|_| plain)
}

/// As it stands in an answer.
pub(super) fn written(position: i64) -> String {
    format!("{position:016x}")
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAMES: [&str; 6] = ["state", "from", "to", "q", "cursor", "limit"];

    fn read(query: &str) -> Result<Asked, String> {
        Asked::read(query, &NAMES).map_err(|fault| match fault {
            Fault::Invalid(text) => text,
            other => other.to_string(),
        })
    }

    #[test]
    fn a_query_is_read() {
        let asked =
            read("state=paid&from=2026-11-21T16:00:00%2B01:00&q=%00Tram+7&cursor=0000000000000007&limit=9");
        let asked = asked.unwrap();
        assert_eq!((asked.state, asked.after, asked.limit), (Some(SaleState::Paid), Some(7), 9));
        assert_eq!(asked.from.unwrap().to_string(), "2026-11-21T15:00:00.000Z");
        assert_eq!(asked.text.as_deref(), Some("Tram 7"));
        assert_eq!(read("").unwrap(), Asked { limit: USUAL_ROWS, ..Asked::default() });
    }

    #[test]
    fn times_far_away_are_the_nearest_that_there_are() {
        assert_eq!(read("from=0001-01-01T00:00:00Z").unwrap().from, Some(Timestamp::EPOCH));
        assert!(read("to=9999-12-31T23:59:59.9999-01:00").is_ok());
    }

    #[test]
    fn what_makes_no_sense_is_said() {
        for wrong in [
            "state=Paid",
            "from=yesterday",
            "from=2026-11-21",
            "q=",
            "cursor=7",
            "cursor=000000000000000G",
            "cursor=8000000000000000",
            "limit=0",
            "limit=101",
            "limit=%2B5",
            "limit=",
            "page=2",
            "limit=1&limit=2",
        ] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
        assert!(read(&format!("q={}", "x".repeat(121))).is_err());
    }
}
