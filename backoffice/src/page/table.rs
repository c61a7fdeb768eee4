//! Rows and columns.

use super::{Inline, Link};

/// Rows of the same kind. On a phone a row is read from top to bottom, and minor columns are left out.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Table {
    /// What the rows are, for those who do not see the heading above.
    pub caption: String,
    /// The columns.
    pub columns: Vec<Column>,
    /// The rows.
    pub rows: Vec<Row>,
    /// What is said when there is none.
    pub empty: String,
    /// The page with newer rows, and the one with older ones.
    pub newer: Option<Link>,
    /// The page with older rows.
    pub older: Option<Link>,
}

/// A column.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Column {
    /// Its heading.
    pub heading: String,
    /// Whether it holds numbers: to the right, in figures of one width.
    pub numbers: bool,
    /// Whether a phone can do without it.
    pub minor: bool,
}

/// A row.
pub type Row = Vec<Cell>;

/// What is in one place of a row.
pub type Cell = Vec<Inline>;

impl Column {
    /// A column of words.
    #[must_use]
    pub fn words(heading: impl Into<String>) -> Self {
        Self { heading: heading.into(), ..Self::default() }
    }

    /// A column of numbers.
    #[must_use]
    pub fn numbers(heading: impl Into<String>) -> Self {
        Self { heading: heading.into(), numbers: true, minor: false }
    }

    /// The same, but a phone can do without it.
    #[must_use]
    pub fn minor(mut self) -> Self {
        self.minor = true;
        self
    }
}
