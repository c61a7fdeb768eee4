//! The parts of a page, each ready for its template: what is computed, is computed here.

use askama::Template;

use super::Placed;
use super::chart::{Bars, Label};
use crate::page::blank::{Blank, Numbering};
use crate::page::{
    Block, Cell, Chart, Column, FieldKind, Form, Frame, FrameWords, Inline, Link, Moment, Page, Section,
    Table, Tile, Weight,
};

/// A part; each kind has its template.
#[derive(Template)]
pub(super) enum Part<'a> {
    /// With a heading of its own, and of this level.
    #[template(path = "html/section.html")]
    Section { section: &'a Section, level: u8, parts: Vec<Part<'a>> },
    #[template(path = "html/paragraph.html")]
    Paragraph { runs: &'a [Inline] },
    #[template(path = "html/tiles.html")]
    Tiles { tiles: &'a [Tile] },
    #[template(path = "html/amount.html")]
    Amount { amount: &'a str },
    #[template(path = "html/explained.html")]
    Explained { strong: &'a str, quiet: &'a str },
    #[template(path = "html/facts.html")]
    Facts { facts: &'a [(String, Vec<Inline>)] },
    #[template(path = "html/table.html")]
    Table { table: &'a Table, headed: bool, rows: Vec<Vec<Place<'a>>>, words: &'a FrameWords },
    #[template(path = "html/form.html")]
    Form { blank: Blank<'a>, words: &'a FrameWords },
    #[template(path = "html/chart.html")]
    Chart { chart: &'a Chart, level: u8, bars: Bars<'a>, words: &'a FrameWords },
    #[template(path = "html/timeline.html")]
    TimeLine { moments: &'a [Moment] },
    #[template(path = "html/actions.html")]
    Actions { links: &'a [Link], leading: bool },
    #[template(path = "html/verbatim.html")]
    Verbatim { label: &'a str, text: &'a str, words: &'a FrameWords },
    #[template(path = "html/seal.html")]
    Seal { runs: &'a [Inline] },
    #[template(path = "html/equation.html")]
    Equation { sums: &'a [(String, String)] },
    #[template(path = "html/empty.html")]
    Empty { text: &'a str, link: Option<&'a Link> },
}

/// A cell in its column.
pub(super) struct Place<'a> {
    pub(super) column: &'a Column,
    pub(super) cell: &'a Cell,
    /// Whether it names the row.
    pub(super) names: bool,
}

/// Makes parts of blocks, and numbers what needs a number on this page.
pub(super) struct Builder<'a> {
    frame: &'a Frame,
    numbering: Numbering,
    /// Whether a form already is the decision of this page: then no link is.
    decided: bool,
}

impl<'a> Builder<'a> {
    pub(super) fn new(page: &'a Page, frame: &'a Frame) -> Self {
        Self { frame, numbering: Numbering::default(), decided: page.blocks.iter().any(decides) }
    }

    /// The parts at the top of a page.
    pub(super) fn parts(&mut self, blocks: &[&'a Block]) -> Vec<Placed<'a>> {
        let wide = !self.frame.menu.is_empty();
        blocks
            .iter()
            .map(|block| Placed { part: self.part(block, 2), card: wide && needs_card(block) })
            .collect()
    }

    fn part(&mut self, block: &'a Block, level: u8) -> Part<'a> {
        let words = &self.frame.words;
        match block {
            Block::Section(section) => {
                let below = level.saturating_add(1).min(6);
                let parts = section.blocks.iter().map(|block| self.part(block, below)).collect();
                Part::Section { section, level, parts }
            }
            Block::Paragraph(runs) => Part::Paragraph { runs },
            Block::Tiles(tiles) => Part::Tiles { tiles },
            Block::Amount(amount) => Part::Amount { amount },
            Block::Explained(strong, quiet) => Part::Explained { strong, quiet },
            Block::Facts(facts) => Part::Facts { facts },
            Block::Table(table) => {
                let headed = table.columns.iter().any(|column| !column.heading.is_empty());
                Part::Table { table, headed, rows: rows(table), words }
            }
            Block::Form(form) => Part::Form { blank: self.blank(form), words },
            Block::Chart(chart) => Part::Chart { chart, level, bars: Bars::of(chart), words },
            Block::TimeLine(moments) => Part::TimeLine { moments },
            Block::Actions(links) => Part::Actions { links, leading: !self.decided },
            Block::Verbatim { label, text } => Part::Verbatim { label, text, words },
            Block::Seal(runs) => Part::Seal { runs },
            Block::Equation(sums) => Part::Equation { sums },
            Block::Empty { text, link } => Part::Empty { text, link: link.as_ref() },
        }
    }

    fn blank(&mut self, form: &'a Form) -> Blank<'a> {
        Blank::new(form, &self.frame.token, &mut self.numbering)
    }
}

/// The cells that have a column, in it.
fn rows(table: &Table) -> Vec<Vec<Place<'_>>> {
    let place = |(index, (column, cell))| Place { column, cell, names: index == 0 && !Vec::is_empty(cell) };
    table.rows.iter().map(|row| table.columns.iter().zip(row).enumerate().map(place).collect()).collect()
}

/// What would stand bare on the paper of a wide page.
fn needs_card(block: &Block) -> bool {
    match block {
        Block::Facts(_)
        | Block::Table(_)
        | Block::Chart(_)
        | Block::TimeLine(_)
        | Block::Verbatim { .. }
        | Block::Equation(_)
        | Block::Empty { .. } => true,
        Block::Form(form) => !form.looks_up,
        // A section brings its own.
        Block::Section(_)
        | Block::Paragraph(_)
        | Block::Tiles(_)
        | Block::Amount(_)
        | Block::Explained(..)
        | Block::Actions(_)
        | Block::Seal(_) => false,
    }
}

fn decides(block: &Block) -> bool {
    match block {
        Block::Form(form) => !form.looks_up && form.weight == Weight::Main,
        Block::Section(section) => section.blocks.iter().any(decides),
        _ => false,
    }
}
