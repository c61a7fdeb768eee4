//! A page in HTML, for browsers with and without script.
//!
//! What this must not do: hold a style, a script or a handler of its own: the policy of every portal is
//! `default-src 'none'`, and what moves or measures is an attribute of SVG. Start at [`render`].

mod chart;
mod part;

use askama::Template;

use self::part::{Builder, Part};
use super::{Block, Frame, Link, Page};
use crate::look;

/// For `Content-Type`.
pub const CONTENT_TYPE: &str = "text/html; charset=utf-8";

/// Writes the page.
///
/// # Errors
/// None that a page can cause: [`askama::Error`] is there for writers that fail, and a string does not.
pub fn render(page: &Page, frame: &Frame) -> Result<String, askama::Error> {
    let narrow = frame.menu.is_empty();
    // On a page of one decision the seal stands below the card, and everything else is in it.
    let (seals, blocks): (Vec<&Block>, Vec<&Block>) =
        page.blocks.iter().partition(|block| narrow && matches!(block, Block::Seal(_)));
    let mut builder = Builder::new(page, frame);
    let parts = builder.parts(&blocks);
    let seals = builder.parts(&seals);
    Window {
        page,
        frame,
        title: title(page, frame),
        style: look::STYLE.address(),
        script: look::SCRIPT.address(),
        mark: look::MARK.address(),
        parts,
        seals,
    }
    .render()
}

#[derive(Template)]
#[template(path = "html/window.html")]
struct Window<'a> {
    page: &'a Page,
    frame: &'a Frame,
    title: String,
    style: String,
    script: String,
    mark: String,
    parts: Vec<Placed<'a>>,
    seals: Vec<Placed<'a>>,
}

/// A part at the top of a page, and whether it needs a card around it.
struct Placed<'a> {
    part: Part<'a>,
    card: bool,
}

impl Window<'_> {
    fn narrow(&self) -> bool {
        self.frame.menu.is_empty()
    }

    fn is_here(&self, link: &Link) -> bool {
        link.href == self.page.place
    }
}

/// The page before the portal: that is what tells windows apart.
pub(super) fn title(page: &Page, frame: &Frame) -> String {
    if frame.name.is_empty() { page.title.clone() } else { format!("{} · {}", page.title, frame.name) }
}
