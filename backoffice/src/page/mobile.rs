//! A page in XHTML Mobile Profile, for phones of the WAP 2.0 age: no script, no style, nothing wider than their screens.
//!
//! What this must not do: use an element that XHTML Basic 1.1 lacks, or leave anything of a page out but forms that need a
//! passkey, which no such phone has. Start at [`render`].

use askama::Template;

use super::blank::{Blank, Numbering};
use super::html::title;
use super::{Block, Chart, FieldKind, Frame, Inline, Link, Moment, Page, Section, Table, Tile};

/// For `Content-Type`, where the phone accepts it.
pub const CONTENT_TYPE: &str = "application/vnd.wap.xhtml+xml; charset=utf-8";

/// For `Content-Type` of phones that know only the name of XHTML itself.
pub const PLAIN_CONTENT_TYPE: &str = "application/xhtml+xml; charset=utf-8";

/// Keys of a phone, in the order of the menu.
const KEYS: [&str; 10] = ["1", "2", "3", "4", "5", "6", "7", "8", "9", "0"];

/// Writes the page.
///
/// # Errors
/// None that a page can cause: [`askama::Error`] is there for writers that fail, and a string does not.
pub fn render(page: &Page, frame: &Frame) -> Result<String, askama::Error> {
    let mut builder = Builder { frame, numbering: Numbering::default() };
    let parts = page.blocks.iter().map(|block| builder.part(block, 2)).collect();
    Deck { page, frame, title: title(page, frame), parts }.render()
}

#[derive(Template)]
#[template(path = "mobile/deck.xhtml")]
struct Deck<'a> {
    page: &'a Page,
    frame: &'a Frame,
    title: String,
    parts: Vec<Part<'a>>,
}

/// A part; each kind has its template.
#[derive(Template)]
enum Part<'a> {
    #[template(path = "mobile/section.xhtml")]
    Section { section: &'a Section, level: u8, parts: Vec<Part<'a>> },
    #[template(path = "mobile/paragraph.xhtml")]
    Paragraph { runs: &'a [Inline] },
    #[template(path = "mobile/tiles.xhtml")]
    Tiles { tiles: &'a [Tile] },
    #[template(path = "mobile/amount.xhtml")]
    Amount { amount: &'a str },
    #[template(path = "mobile/explained.xhtml")]
    Explained { strong: &'a str, quiet: &'a str },
    #[template(path = "mobile/facts.xhtml")]
    Facts { facts: &'a [(String, Vec<Inline>)] },
    #[template(path = "mobile/table.xhtml")]
    Table { table: &'a Table },
    #[template(path = "mobile/form.xhtml")]
    Form { blank: Blank<'a>, frame: &'a Frame },
    #[template(path = "mobile/chart.xhtml")]
    Chart { chart: &'a Chart, level: u8 },
    #[template(path = "mobile/timeline.xhtml")]
    TimeLine { moments: &'a [Moment] },
    #[template(path = "mobile/actions.xhtml")]
    Actions { links: &'a [Link] },
    #[template(path = "mobile/verbatim.xhtml")]
    Verbatim { label: &'a str, text: &'a str },
    #[template(path = "mobile/equation.xhtml")]
    Equation { sums: &'a [(String, String)] },
    #[template(path = "mobile/empty.xhtml")]
    Empty { text: &'a str, link: Option<&'a Link> },
}

struct Builder<'a> {
    frame: &'a Frame,
    numbering: Numbering,
}

impl<'a> Builder<'a> {
    fn part(&mut self, block: &'a Block, level: u8) -> Part<'a> {
        match block {
            Block::Section(section) => {
                let below = level.saturating_add(1).min(6);
                let parts = section.blocks.iter().map(|block| self.part(block, below)).collect();
                Part::Section { section, level, parts }
            }
            Block::Paragraph(runs) | Block::Seal(runs) => Part::Paragraph { runs },
            Block::Tiles(tiles) => Part::Tiles { tiles },
            Block::Amount(amount) => Part::Amount { amount },
            Block::Explained(strong, quiet) => Part::Explained { strong, quiet },
            Block::Facts(facts) => Part::Facts { facts },
            Block::Table(table) => Part::Table { table },
            Block::Form(form) => {
                let blank = Blank::new(form, &self.frame.token, &mut self.numbering);
                Part::Form { blank, frame: self.frame }
            }
            Block::Chart(chart) => Part::Chart { chart, level },
            Block::TimeLine(moments) => Part::TimeLine { moments },
            Block::Actions(links) => Part::Actions { links },
            Block::Verbatim { label, text } => Part::Verbatim { label, text },
            Block::Equation(sums) => Part::Equation { sums },
            Block::Empty { text, link } => Part::Empty { text, link: link.as_ref() },
        }
    }
}

impl<'a> Deck<'a> {
    /// The menu, with the key that leads there as long as there are keys.
    fn menu(&self) -> Vec<(&'a Link, &'a str, Option<&'static str>)> {
        let keys = KEYS.into_iter().map(Some).chain(std::iter::repeat(None));
        let reachable = self.frame.menu.iter().filter_map(|link| link.address().map(|href| (link, href)));
        reachable.zip(keys).map(|((link, href), key)| (link, href, key)).collect()
    }
}
