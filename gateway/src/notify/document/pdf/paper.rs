//! Pages that fill from top to bottom. All lengths in tenths of a point.

use pdf_writer::{Content, Name, Str};

use super::font::{Font, encode};

/// A4 is 5950 wide and 8420 high; the margins are 56.7 points, two centimetres.
pub(super) const LEFT: i16 = 567;
pub(super) const RIGHT: i16 = 5383;
const TOP: i16 = 7853;
const BOTTOM: i16 = 850;
const FOOT: i16 = 567;

/// To which side of its point a text goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Align {
    Left,
    Right,
}

/// The pages so far, and where on the last one the next line stands.
pub(super) struct Paper {
    full: Vec<Content>,
    current: Content,
    y: i16,
}

impl Paper {
    pub(super) fn new() -> Self {
        Self { full: Vec::new(), current: page(), y: TOP }
    }

    /// Begins a new page if less than this is left. Says whether it did.
    pub(super) fn room(&mut self, height: i16) -> bool {
        if self.y.saturating_sub(height) >= BOTTOM {
            return false;
        }
        self.full.push(std::mem::replace(&mut self.current, page()));
        self.y = TOP;
        true
    }

    pub(super) const fn down(&mut self, height: i16) {
        self.y = self.y.saturating_sub(height);
    }

    /// Leaves this much free, except at the top of a page.
    pub(super) const fn gap(&mut self, height: i16) {
        if self.y < TOP {
            self.down(height);
        }
    }

    /// Shows a text on the present line.
    pub(super) fn show(&mut self, text: &str, x: i16, align: Align, font: Font, size: i16) {
        let y = self.y;
        show(&mut self.current, text, (x, y), align, font, size);
    }

    /// Draws a line across the page below the present line of text.
    pub(super) fn rule(&mut self, width: i16) {
        self.down(45);
        let y = f32::from(self.y);
        self.current
            .set_line_width(f32::from(width))
            .move_to(f32::from(LEFT), y)
            .line_to(f32::from(RIGHT), y)
            .stroke();
    }

    /// The content of every page, each with its foot.
    pub(super) fn finish(mut self, foot: impl Fn(usize, usize) -> String) -> Vec<Vec<u8>> {
        self.full.push(self.current);
        let pages = self.full.len();
        let close = |(number, mut content): (usize, Content)| {
            let text = foot(number, pages);
            show(&mut content, &text, (RIGHT, FOOT), Align::Right, Font::Regular, 80);
            content.finish().into_vec()
        };
        (1..).zip(self.full).map(close).collect()
    }
}

/// An empty page, in tenths of a point from here on.
fn page() -> Content {
    let mut content = Content::new();
    content.transform([0.1, 0.0, 0.0, 0.1, 0.0, 0.0]);
    content
}

fn show(content: &mut Content, text: &str, (x, y): (i16, i16), align: Align, font: Font, size: i16) {
    let x = match align {
        Align::Left => x,
        Align::Right => {
            let width = font.width(text, i32::from(size));
            x.saturating_sub(i16::try_from(width).unwrap_or(i16::MAX))
        }
    };
    content
        .begin_text()
        .set_font(Name(font.resource()), f32::from(size))
        .next_line(f32::from(x), f32::from(y))
        .show(Str(&encode(text)))
        .end_text();
}

/// Lines of at most this width, broken at spaces, and within a word only if it alone is too long. At least one line.
pub(super) fn wrap(text: &str, font: Font, size: i16, width: i16) -> Vec<String> {
    let fits = |line: &str| font.width(line, i32::from(size)) <= i32::from(width);
    let mut lines = Vec::new();
    let mut line = String::new();
    for word in text.split(' ') {
        let longer = if line.is_empty() { word.to_owned() } else { format!("{line} {word}") };
        if fits(&longer) {
            line = longer;
            continue;
        }
        if !line.is_empty() {
            lines.push(std::mem::take(&mut line));
        }
        for character in word.chars() {
            line.push(character);
            if !fits(&line) && line.chars().count() > 1 {
                line.pop();
                lines.push(std::mem::replace(&mut line, character.to_string()));
            }
        }
    }
    lines.push(line);
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_break_at_spaces_and_words_only_when_they_must() {
        // A digit is 556 thousandths wide: 55.6 at size 100.
        let wrap = |text, digits: i16| wrap(text, Font::Regular, 100, digits * 56);
        assert_eq!(wrap("11 22 33", 5), ["11 22", "33"]);
        assert_eq!(wrap("1234567", 3), ["123", "456", "7"]);
        assert_eq!(wrap("1 2345678", 3), ["1", "234", "567", "8"]);
        assert_eq!(wrap("", 3), [""]);
        assert_eq!(wrap("1", 0), ["1"], "a character is never dropped");
    }

    #[test]
    fn a_page_ends_where_the_next_line_has_no_room() {
        let mut paper = Paper::new();
        let mut breaks = 0;
        for _ in 0..100 {
            if paper.room(145) {
                breaks += 1;
            }
            paper.down(145);
        }
        assert_eq!(breaks, 2);
        assert_eq!(paper.finish(|page, pages| format!("{page}/{pages}")).len(), 3);
    }
}
