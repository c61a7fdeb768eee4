//! What is looked for in a list of payments, as it stands in the address: links and bookmarks find the same again.
//!
//! What it must not do: refuse an address. What makes no sense is not looked for.

use payment_domain::Timestamp;
use serde::Deserialize;
use url::form_urlencoded;

use crate::page::Link;
use crate::sales::query::{Cursor, Query, SaleState};

/// Longer than anything that could be found.
const MOST_TEXT: usize = 120;
const DAY_MS: i64 = 86_400_000;

/// The fields of the form, and where the list goes on.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub(crate) struct Search {
    #[serde(default)]
    pub(crate) q: String,
    #[serde(default)]
    pub(crate) state: String,
    #[serde(default)]
    pub(crate) from: String,
    #[serde(default)]
    pub(crate) to: String,
    #[serde(default)]
    pub(crate) after: String,
}

impl Search {
    /// The question to ask, for so many rows.
    pub(crate) fn query(&self, limit: u32) -> Query {
        // PostgreSQL has no text with a NUL in it, and nothing is called by a control character.
        let text: String = self.q.trim().chars().filter(|c| !c.is_control()).take(MOST_TEXT).collect();
        Query {
            state: SaleState::parse(&self.state),
            from: read_day(&self.from),
            // The day itself is meant too.
            to: read_day(&self.to).map(|at| at.saturating_add_millis(DAY_MS)),
            text: Some(text).filter(|text| !text.is_empty()),
            after: Cursor::parse(&self.after).ok(),
            limit,
        }
    }

    /// The address of another page of the same list.
    pub(crate) fn address(&self, path: &str, after: Option<Cursor>) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        for (name, value) in [("q", &self.q), ("state", &self.state), ("from", &self.from), ("to", &self.to)]
        {
            if !value.is_empty() {
                query.append_pair(name, value);
            }
        }
        if let Some(after) = after {
            query.append_pair("after", &after.to_string());
        }
        match query.finish() {
            query if query.is_empty() => path.to_owned(),
            query => format!("{path}?{query}"),
        }
    }

    /// The way back to the first page, from another one.
    pub(crate) fn newest(&self, path: &str, words: String) -> Option<Link> {
        (!self.after.is_empty()).then(|| Link::new(self.address(path, None), words))
    }
}

/// What a day that was filled in begins at.
pub(crate) fn read_day(text: &str) -> Option<Timestamp> {
    Timestamp::parse(&format!("{}T00:00:00.000Z", text.trim())).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_in_the_address_is_what_is_looked_for_and_stays_in_it() {
        let wanted = Search {
            q: " Zone 7 & <b>\0".into(),
            state: "paid".into(),
            from: "2026-11-01".into(),
            to: "2026-11-30".into(),
            after: "0000000000000007".into(),
        };
        let query = wanted.query(7);
        assert_eq!(query.text.as_deref(), Some("Zone 7 & <b>"));
        assert_eq!((query.state, query.limit), (Some(SaleState::Paid), 7));
        assert_eq!(query.from.unwrap().to_string(), "2026-11-01T00:00:00.000Z");
        assert_eq!(query.to.unwrap().to_string(), "2026-12-01T00:00:00.000Z");
        assert!(query.after.is_some());
        assert_eq!(
            wanted.address("/payments.csv", None),
            "/payments.csv?q=+Zone+7+%26+%3Cb%3E%00&state=paid&from=2026-11-01&to=2026-11-30"
        );
        assert_eq!(
            wanted.newest("/payments", String::new()).map(|link| link.href),
            Some(wanted.address("/payments", None))
        );
        assert_eq!(Search::default().address("/refused", None), "/refused");
        assert_eq!(Search::default().newest("/refused", String::new()), None);
    }

    #[test]
    fn nonsense_in_the_address_looks_for_everything() {
        for (state, from, after) in [("'; DROP", "x", "-1"), ("x", "yesterday", "<script>")] {
            let wanted = Search {
                q: " ".into(),
                state: state.into(),
                from: from.into(),
                to: "2026-02-31".into(),
                after: after.into(),
            };
            assert_eq!(wanted.query(7), Query { limit: 7, ..Query::default() });
        }
    }
}
