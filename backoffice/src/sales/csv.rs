//! Sales as CSV (RFC 4180), a page at a time: whoever writes it out holds one page, whatever the size of the whole.

use std::fmt::Write as _;

use payment_domain::{Label, PartyId};

use super::query::Query;
use super::{Sale, Sales, SalesError};

/// The first line.
pub const HEAD: &str =
    "ordered_at,order,receipt,item,title,customer,state,mode,price,paid,refunded,currency\r\n";

/// Pages of lines; the first begins with [`HEAD`].
#[derive(Debug)]
pub struct CsvPages<'s> {
    sales: &'s Sales,
    merchant: PartyId,
    /// What is still to come.
    query: Option<Query>,
    begun: bool,
}

impl Sales {
    /// A merchant's sales as CSV, with the filters of a list. Each page is read when it is asked for, by the connection
    /// that is free then.
    #[must_use]
    pub fn csv(&self, merchant: &PartyId, query: &Query) -> CsvPages<'_> {
        let query = Query { after: None, limit: Query::MOST, ..query.clone() };
        CsvPages { sales: self, merchant: merchant.clone(), query: Some(query), begun: false }
    }
}

impl Iterator for CsvPages<'_> {
    type Item = Result<String, SalesError>;

    fn next(&mut self) -> Option<Self::Item> {
        let query = self.query.take()?;
        let page = match self.sales.list(&self.merchant, &query) {
            Ok(page) => page,
            Err(error) => return Some(Err(error)),
        };
        self.query = page.next.map(|next| Query { after: Some(next), ..query });
        let mut text = if self.begun { String::new() } else { HEAD.to_owned() };
        self.begun = true;
        page.rows.iter().for_each(|sale| line(&mut text, sale));
        Some(Ok(text))
    }
}

fn line(text: &mut String, sale: &Sale) {
    let receipt = sale.receipt.map(|receipt| receipt.to_string()).unwrap_or_default();
    let (item, title) = (field(&sale.item), field(&sale.title));
    // A `String` takes everything.
    let _ = write!(
        text,
        "{},{},{receipt},{item},{title},{},{},{},{},{},{},{}\r\n",
        sale.ordered_at,
        sale.order,
        sale.consumer,
        sale.state,
        sale.mode,
        sale.price.decimal(),
        sale.paid.decimal(),
        sale.refunded.decimal(),
        sale.price.currency(),
    );
}

/// A field that somebody else wrote: quoted, and never a formula to the spreadsheet that opens it.
fn field(label: &Label) -> String {
    let text = label.as_str().replace('"', "\"\"");
    let formula = text.starts_with(['=', '+', '-', '@']);
    format!("\"{}{text}\"", if formula { "'" } else { "" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_merchants_write_stays_in_its_field() {
        for (text, expected) in [
            ("Tram", "\"Tram\""),
            ("a,b", "\"a,b\""),
            ("\"q\"", "\"\"\"q\"\"\""),
            ("=1+1", "\"'=1+1\""),
            ("@x", "\"'@x\""),
            ("1+1", "\"1+1\""),
        ] {
            assert_eq!(field(&Label::parse(text).unwrap()), expected);
        }
    }
}
