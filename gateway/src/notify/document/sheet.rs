//! What a document says, ready to be shown: every word and number is text already. One sheet becomes the plain text, the
//! HTML and the PDF, so that no form can say anything else than the others.

use askama::Template;
use payment_domain::Timestamp;

/// A document for people.
#[derive(Debug, Clone, PartialEq, Eq, Template)]
#[template(path = "document.html")]
pub(super) struct Sheet {
    /// `Bill 4711`.
    pub(super) title: String,
    /// Who says this.
    pub(super) issuer: String,
    /// To whom, for when, until when.
    pub(super) facts: Vec<Fact>,
    /// The account, from top to bottom.
    pub(super) sums: Vec<Sum>,
    /// The details.
    pub(super) table: Option<Table>,
    /// Small print.
    pub(super) notes: Vec<String>,
    /// When it was issued.
    pub(super) issued_at: Timestamp,
}

/// A line of the head.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fact {
    pub(super) label: String,
    pub(super) value: String,
}

/// A line of the account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Sum {
    pub(super) label: String,
    pub(super) amount: String,
    /// Whether a line is drawn above it.
    pub(super) is_total: bool,
}

/// Three columns, the second and third of numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Table {
    pub(super) title: String,
    pub(super) heads: (String, String, String),
    pub(super) rows: Vec<(String, String, String)>,
}

/// Characters in a line of the plain text (RFC 5322 §2.1.1 asks for 78 at most).
const LINE_CHARS: usize = 72;

impl Sheet {
    /// The plain text of a letter.
    pub(super) fn to_text(&self) -> String {
        let mut text = format!("{}\n{}\n\n", self.issuer, self.title);
        for fact in &self.facts {
            text += &format!("{:<16}{}\n", fact.label, fact.value);
        }
        text.push('\n');
        for sum in &self.sums {
            if sum.is_total {
                text += &format!("{}\n", "-".repeat(LINE_CHARS));
            }
            text += &spread(&sum.label, &sum.amount);
        }
        if let Some(table) = &self.table {
            let line = |(first, second, third): &(String, String, String)| {
                spread(first, &format!("{second:>10}  {third:>20}"))
            };
            text += &format!("\n{}\n{}", table.title, line(&table.heads));
            for row in &table.rows {
                text += &line(row);
            }
        }
        for note in &self.notes {
            text += &format!("\n{}\n", folded(note));
        }
        text
    }

    /// The HTML of a letter. It loads nothing: what a person reads is seen by nobody else.
    pub(super) fn to_html(&self) -> Result<String, askama::Error> {
        self.render()
    }
}

/// Two texts at both ends of a line, or on two lines if it is too short.
fn spread(left: &str, right: &str) -> String {
    let taken = left.chars().count().saturating_add(right.chars().count());
    let gap = LINE_CHARS.saturating_sub(taken);
    if gap == 0 {
        format!("{left}\n{right:>LINE_CHARS$}\n")
    } else {
        format!("{left}{}{right}\n", " ".repeat(gap))
    }
}

/// A paragraph in lines that end between words.
fn folded(paragraph: &str) -> String {
    let mut text = String::with_capacity(paragraph.len());
    let mut taken = 0_usize;
    for word in paragraph.split(' ') {
        let chars = word.chars().count();
        let longer = taken.saturating_add(chars).saturating_add(1);
        if taken == 0 {
            taken = chars;
        } else if longer <= LINE_CHARS {
            text.push(' ');
            taken = longer;
        } else {
            text.push('\n');
            taken = chars;
        }
        text.push_str(word);
    }
    text
}
