//! The two built-in fonts: what a character is in them, and how wide it is.
//!
//! Helvetica needs no font file, in the document or here (ISO 32000-1 §9.6.2.2); it holds the characters of Western
//! European languages and the euro sign. Any other character is shown as `?`: the signed document beside it is exact.

/// One of the two fonts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Font {
    Regular,
    Bold,
}

impl Font {
    /// Its name in the resources of a page.
    pub(super) const fn resource(self) -> &'static [u8] {
        match self {
            Self::Regular => b"F1",
            Self::Bold => b"F2",
        }
    }

    /// How wide a text is, in the unit of the size.
    pub(super) fn width(self, text: &str, size: i32) -> i32 {
        let widths = match self {
            Self::Regular => &REGULAR,
            Self::Bold => &BOLD,
        };
        let thousandths = encode(text).into_iter().fold(0_i32, |sum, byte| {
            let index = usize::from(byte.saturating_sub(FIRST));
            sum.saturating_add(i32::from(widths.get(index).copied().unwrap_or_default()))
        });
        thousandths.saturating_mul(size) / 1000
    }
}

/// A text in WinAnsiEncoding (ISO 32000-1 annex D).
pub(super) fn encode(text: &str) -> Vec<u8> {
    text.chars().map(byte_of).collect()
}

fn byte_of(character: char) -> u8 {
    match character {
        ' '..='~' | '\u{a0}'..='ÿ' => u8::try_from(character).unwrap_or(b'?'),
        _ => {
            let position = SPECIAL.iter().position(|special| *special == character);
            position.and_then(|position| u8::try_from(position).ok()).map_or(b'?', |offset| 0x80 | offset)
        }
    }
}

/// What stands at 0x80 to 0x9F; a question mark where nothing does.
const SPECIAL: [char; 32] = [
    '€', '?', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '?', 'Ž', '?', //
    '?', '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '?', 'ž', 'Ÿ',
];

/// The code that the tables begin at.
const FIRST: u8 = 0x20;

/// Widths of Helvetica in thousandths of the size, from its Adobe Font Metrics.
#[rustfmt::skip]
const REGULAR: [u16; 224] = [
    278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278,
    556, 556, 556, 556, 556, 556, 556, 556, 556, 556, 278, 278, 584, 584, 584, 556,
    1015, 667, 667, 722, 722, 667, 611, 778, 722, 278, 500, 667, 556, 833, 722, 778,
    667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 278, 278, 278, 469, 556,
    333, 556, 556, 500, 556, 556, 278, 556, 556, 222, 222, 500, 222, 833, 556, 556,
    556, 556, 333, 500, 278, 556, 500, 722, 500, 500, 500, 334, 260, 334, 584, 350,
    556, 350, 222, 556, 333, 1000, 556, 556, 333, 1000, 667, 333, 1000, 350, 611, 350,
    350, 222, 222, 333, 333, 350, 556, 1000, 333, 1000, 500, 333, 944, 350, 500, 667,
    278, 333, 556, 556, 556, 556, 260, 556, 333, 737, 370, 556, 584, 333, 737, 333,
    400, 584, 333, 333, 333, 556, 537, 278, 333, 333, 365, 556, 834, 834, 834, 611,
    667, 667, 667, 667, 667, 667, 1000, 722, 667, 667, 667, 667, 278, 278, 278, 278,
    722, 722, 778, 778, 778, 778, 778, 584, 778, 722, 722, 722, 722, 667, 667, 611,
    556, 556, 556, 556, 556, 556, 889, 500, 556, 556, 556, 556, 278, 278, 278, 278,
    556, 556, 556, 556, 556, 556, 556, 584, 611, 556, 556, 556, 556, 500, 556, 500,
];

/// Widths of Helvetica-Bold.
#[rustfmt::skip]
const BOLD: [u16; 224] = [
    278, 333, 474, 556, 556, 889, 722, 238, 333, 333, 389, 584, 278, 333, 278, 278,
    556, 556, 556, 556, 556, 556, 556, 556, 556, 556, 333, 333, 584, 584, 584, 611,
    975, 722, 722, 722, 722, 667, 611, 778, 722, 278, 556, 722, 611, 833, 722, 778,
    667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 333, 278, 333, 584, 556,
    333, 556, 611, 556, 611, 556, 333, 611, 611, 278, 278, 556, 278, 889, 611, 611,
    611, 611, 389, 556, 333, 611, 556, 778, 556, 556, 500, 389, 280, 389, 584, 350,
    556, 350, 278, 556, 500, 1000, 556, 556, 333, 1000, 667, 333, 1000, 350, 611, 350,
    350, 278, 278, 500, 500, 350, 556, 1000, 333, 1000, 556, 333, 944, 350, 500, 667,
    278, 333, 556, 556, 556, 556, 280, 556, 333, 737, 370, 556, 584, 333, 737, 333,
    400, 584, 333, 333, 333, 611, 556, 278, 333, 333, 365, 556, 834, 834, 834, 611,
    722, 722, 722, 722, 722, 722, 1000, 722, 667, 667, 667, 667, 278, 278, 278, 278,
    722, 722, 778, 778, 778, 778, 778, 584, 778, 722, 722, 722, 722, 667, 667, 611,
    556, 556, 556, 556, 556, 556, 889, 556, 556, 556, 556, 556, 278, 278, 278, 278,
    611, 611, 611, 611, 611, 611, 611, 584, 611, 611, 611, 611, 611, 556, 611, 556,
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn western_european_text_and_the_euro_are_kept_and_all_else_is_marked() {
        assert_eq!(encode("Aé€–ÿ~"), [b'A', 0xe9, 0x80, 0x96, 0xff, b'~']);
        assert_eq!(encode("Ωłア\n\u{ffff}\u{81}"), b"??????");
    }

    #[test]
    fn widths_are_those_of_the_font_metrics() {
        // Helvetica.afm: one 556, period 278, W 944, Euro 556; Helvetica-Bold.afm: W 944, period 278, a 556.
        assert_eq!(Font::Regular.width("1.W€", 1000), 556 + 278 + 944 + 556);
        assert_eq!(Font::Bold.width("W.a", 100), (944 + 278 + 556) / 10);
    }
}
