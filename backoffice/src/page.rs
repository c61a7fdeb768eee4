//! A page, modelled once and rendered per terminal (R17): HTML for browsers, XHTML-MP for phones that know no more.
//!
//! What this must not do: know who looks at it, or what a payment is. Handlers build a [`Page`] from words that are
//! translated already; a renderer escapes every one of them, so no handler can write markup. Start at [`Page`].

mod blank;
pub mod html;
mod inline;
pub mod mobile;
pub(crate) mod plain;
mod table;
#[cfg(test)]
mod tests;

pub use inline::{Chip, Inline, Link, Tone};
pub use table::{Cell, Column, Row, Table};

/// The field of every posted form that carries [`Frame::token`].
pub const TOKEN_FIELD: &str = "form_token";

/// What one address shows, without what stands around it on every page.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Page {
    /// The heading, also the title of the window.
    pub title: String,
    /// Beside the heading: a state of the whole page.
    pub state: Option<Chip>,
    /// The address of the entry in the menu that this page belongs to.
    pub place: &'static str,
    /// What was just done, or went wrong.
    pub notice: Option<Notice>,
    /// Whether it stands alone, without the menu: a page with one decision.
    pub alone: bool,
    /// From top to bottom.
    pub blocks: Vec<Block>,
}

/// What stands around every page of a portal.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Frame {
    /// The language of the page as in `lang`: `en`, `fr`.
    pub language: &'static str,
    /// The other languages: address and name.
    pub languages: Vec<Link>,
    /// What stands above the menu.
    pub name: String,
    /// The menu; without one the page is a single narrow column with one decision.
    pub menu: Vec<Link>,
    /// Who is signed in, and how to leave.
    pub who: Option<String>,
    /// Where the form goes that signs out; none where nobody is signed in, or a certificate does it.
    pub leave: Option<&'static str>,
    /// What a form sends so that no other site can send it: in every form that posts.
    pub token: String,
    /// Money here is not real.
    pub test: bool,
    /// The words that the renderer itself needs.
    pub words: FrameWords,
}

/// Words of the frame, translated: [`Words::frame`](crate::words::Words::frame) has them all.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FrameWords {
    /// Of the link that jumps over the menu.
    pub skip: String,
    /// Names the menu for those who do not see it.
    pub menu: String,
    /// Of the button that signs out.
    pub leave: String,
    /// Says that money is not real.
    pub test: String,
    /// Says that it is.
    pub live: String,
    /// Of the table below a chart.
    pub as_table: String,
    /// Of a mark at a field that may stay empty.
    pub optional: String,
    /// Names the list of languages.
    pub languages: String,
    /// Names the links to the neighbours of a page of rows.
    pub pages: String,
    /// Stands first in a list from which one must be chosen.
    pub choose: String,
    /// Of the button that copies a text, and what it says when it has.
    pub copy: String,
    /// What the button says when the text is copied.
    pub copied: String,
    /// Said when the browser's question for a passkey was turned down, or not answered in time.
    pub cancelled: String,
}

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// How it stands.
    pub tone: Tone,
    /// In one or two sentences: what happened, and what can be done.
    pub text: String,
}

/// A part of a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Block {
    /// A part with a heading of its own.
    Section(Section),
    /// Words.
    Paragraph(Vec<Inline>),
    /// The few numbers that matter here.
    Tiles(Vec<Tile>),
    /// The amount that a decision is about, large.
    Amount(String),
    /// What will happen, and why: one strong line and one quiet one.
    Explained(String, String),
    /// Names and values.
    Facts(Vec<(String, Vec<Inline>)>),
    /// Rows.
    Table(Table),
    /// A form.
    Form(Form),
    /// Bars with a table of the same numbers.
    Chart(Chart),
    /// What happened when, first to last.
    TimeLine(Vec<Moment>),
    /// Links that lead to an act.
    Actions(Vec<Link>),
    /// Text to be copied: a key that is shown once, signed XML. The label says what it is.
    Verbatim {
        /// What it is.
        label: String,
        /// The text.
        text: String,
    },
    /// What the portal vouches for, quietly, below a decision: who signed an offer, and what is not told to whom.
    Seal(Vec<Inline>),
    /// Sums that are equal: the first is the sum of the others.
    Equation(Vec<(String, String)>),
    /// Nothing here yet, and what to do about it.
    Empty {
        /// Why it is empty.
        text: String,
        /// What to do.
        link: Option<Link>,
    },
}

/// A part with a heading.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Section {
    /// Its heading.
    pub title: String,
    /// Beside the heading: how it stands.
    pub state: Option<Chip>,
    /// Beside the heading: where there is more.
    pub more: Option<Link>,
    /// What is in it.
    pub blocks: Vec<Block>,
}

/// A number that matters.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Tile {
    /// What it is.
    pub label: String,
    /// The number, as written for people.
    pub value: String,
    /// Something about it.
    pub detail: Vec<Inline>,
    /// A share of a whole, in per cent, and the same in words.
    pub meter: Option<(u8, String)>,
}

/// A form. One that posts always carries the token of the frame.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Form {
    /// Where it goes.
    pub action: String,
    /// Whether it only looks something up: then its fields are in the address.
    pub looks_up: bool,
    /// What is filled in.
    pub fields: Vec<Field>,
    /// The words on the button.
    pub submit: String,
    /// How the button looks: what matters most here, something else, or something that cannot be undone.
    pub weight: Weight,
    /// What a script does with it first, where there is one. Without script the form works by itself or says why not.
    pub ceremony: Option<Ceremony>,
}

/// How much a button stands out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Weight {
    /// The decision of the page.
    #[default]
    Main,
    /// Another way.
    Quiet,
    /// Cannot be undone.
    Grave,
}

/// What a script asks the browser's authenticator for before the form is sent (WebAuthn level 2, clause 5).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ceremony {
    /// Whether a passkey is made (`create`) or used (`get`).
    pub creates: bool,
    /// The options, as JSON for `parseCreationOptionsFromJSON` or `parseRequestOptionsFromJSON`.
    pub options: String,
    /// The hidden field that takes the credential as JSON.
    pub field: &'static str,
    /// What is shown where there is no script or no authenticator.
    pub without: String,
}

/// Something to fill in.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Field {
    /// Its name in the form.
    pub name: &'static str,
    /// What people call it.
    pub label: String,
    /// How it is filled in.
    pub kind: FieldKind,
    /// What is in it already.
    pub value: String,
    /// An explanation below it.
    pub hint: Option<String>,
    /// What is wrong with it.
    pub fault: Option<String>,
    /// Whether it may stay empty.
    pub optional: bool,
    /// For `autocomplete`: `email`, `tel`, `one-time-code`, `name`, `off`.
    pub autocomplete: Option<&'static str>,
    /// Under which name fields that follow each other belong together.
    pub group: Option<String>,
}

/// How a field is filled in.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum FieldKind {
    /// Any text of at most so many characters.
    #[default]
    Text,
    /// Several lines.
    Lines,
    /// An e-mail address.
    Email,
    /// A telephone number.
    Telephone,
    /// A code of digits that was sent.
    Code,
    /// An amount.
    Amount,
    /// A whole number.
    Count,
    /// A day.
    Day,
    /// One of these: value and words.
    Choice(Vec<(String, String)>),
    /// Yes or no; `value` is what is sent for yes, and `chosen` whether it is ticked.
    Tick {
        /// Whether it is ticked.
        chosen: bool,
    },
    /// Not shown.
    Hidden,
}

/// Bars.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Chart {
    /// What is shown.
    pub title: String,
    /// What it says, in a sentence for those who do not see it.
    pub summary: String,
    /// The heading of the labels, and that of the numbers.
    pub headings: (String, String),
    /// The bars from left to right.
    pub bars: Vec<Bar>,
}

/// One bar.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Bar {
    /// Below it.
    pub label: String,
    /// How high, in any unit that all of them share.
    pub height: u64,
    /// The number, as written for people.
    pub value: String,
}

/// Something in a time line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moment {
    /// When, as written for people.
    pub at: String,
    /// When, for machines (RFC 3339).
    pub machine: String,
    /// What.
    pub what: Vec<Inline>,
}

impl Page {
    /// An empty page of this name.
    #[must_use]
    pub fn new(title: impl Into<String>, place: &'static str) -> Self {
        Self { title: title.into(), place, ..Self::default() }
    }

    /// With one more part.
    #[must_use]
    pub fn with(mut self, block: impl Into<Block>) -> Self {
        self.blocks.push(block.into());
        self
    }
}

impl Section {
    /// An empty part of this name.
    #[must_use]
    pub fn new(title: impl Into<String>) -> Self {
        Self { title: title.into(), ..Self::default() }
    }

    /// With one more part.
    #[must_use]
    pub fn with(mut self, block: impl Into<Block>) -> Self {
        self.blocks.push(block.into());
        self
    }
}

impl From<Section> for Block {
    fn from(section: Section) -> Self {
        Self::Section(section)
    }
}

impl From<Table> for Block {
    fn from(table: Table) -> Self {
        Self::Table(table)
    }
}

impl From<Form> for Block {
    fn from(form: Form) -> Self {
        Self::Form(form)
    }
}

impl From<Chart> for Block {
    fn from(chart: Chart) -> Self {
        Self::Chart(chart)
    }
}
