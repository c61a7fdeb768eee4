//! Where the bars of a chart stand, in hundredths of a per cent: the picture has no size of its own, and its letters keep theirs.

use std::fmt;

use crate::page::{Bar, Chart};

/// The whole width or height.
const WHOLE: u64 = 10_000;
/// The part of the width that a bar takes of its place.
const FILLED: u64 = 7_000;
/// Where the bars stand: below is room for the labels.
const GROUND: u64 = 8_600;
/// How high the highest is.
const HIGHEST: u64 = 8_200;
/// What is not nothing can be seen.
const LOWEST: u64 = 100;
/// So many labels fit side by side, and so many on a phone.
const LABELS: usize = 12;
const LABELS_ON_PHONE: usize = 5;

/// The bars with their places.
pub(super) struct Bars<'a>(pub(super) Vec<Placed<'a>>);

/// A bar and its place.
pub(super) struct Placed<'a> {
    pub(super) bar: &'a Bar,
    pub(super) x: PerCent,
    pub(super) y: PerCent,
    pub(super) width: PerCent,
    pub(super) height: PerCent,
    pub(super) middle: PerCent,
    pub(super) label: Label,
}

/// Where a label is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Label {
    Everywhere,
    WhereWide,
    Nowhere,
}

/// Hundredths of a per cent, written as SVG reads them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct PerCent(u64);

impl<'a> Bars<'a> {
    pub(super) fn of(chart: &'a Chart) -> Self {
        let most = chart.bars.iter().map(|bar| bar.height).max().unwrap_or_default();
        let count = u64::try_from(chart.bars.len()).unwrap_or(u64::MAX);
        let place = WHOLE.checked_div(count).unwrap_or_default();
        let labels = labels(chart.bars.len());
        Self(
            chart
                .bars
                .iter()
                .zip(0_u64..)
                .zip(labels)
                .map(|((bar, index), label)| {
                    let start = share(WHOLE, index, count);
                    let (width, height) = (share(place, FILLED, WHOLE), risen(bar.height, most));
                    let margin = place.saturating_sub(width) / 2;
                    Placed {
                        bar,
                        x: PerCent(start.saturating_add(margin)),
                        y: PerCent(GROUND.saturating_sub(height)),
                        width: PerCent(width),
                        height: PerCent(height),
                        middle: PerCent(start.saturating_add(place / 2)),
                        label,
                    }
                })
                .collect(),
        )
    }
}

fn risen(height: u64, most: u64) -> u64 {
    if height == 0 { 0 } else { share(HIGHEST, height, most).max(LOWEST) }
}

/// `of` × `part` / `whole`; nothing of nothing.
fn share(of: u64, part: u64, whole: u64) -> u64 {
    let share =
        u128::from(of).saturating_mul(u128::from(part)).checked_div(u128::from(whole)).unwrap_or_default();
    u64::try_from(share).unwrap_or(u64::MAX)
}

/// The first label is always shown, then every so many, so that they don't touch.
fn labels(count: usize) -> impl Iterator<Item = Label> {
    let step = count.div_ceil(LABELS).max(1);
    let shown = count.div_ceil(step);
    let on_phone = step.saturating_mul(shown.div_ceil(LABELS_ON_PHONE).max(1));
    (0..count).map(move |index| match (index.is_multiple_of(step), index.is_multiple_of(on_phone)) {
        (_, true) => Label::Everywhere,
        (true, false) => Label::WhereWide,
        (false, false) => Label::Nowhere,
    })
}

impl fmt::Display for PerCent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:02}%", self.0 / 100, self.0 % 100)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chart(heights: &[u64]) -> Chart {
        let bars = heights.iter().map(|height| Bar { height: *height, ..Bar::default() }).collect();
        Chart { bars, ..Chart::default() }
    }

    #[test]
    fn the_highest_bar_fills_the_picture_and_none_leaves_it() {
        for heights in [&[][..], &[0, 0], &[7], &[1, u64::MAX, 0], &[3; 400]] {
            let chart = chart(heights);
            let Bars(bars) = Bars::of(&chart);
            assert_eq!(bars.len(), heights.len());
            for placed in &bars {
                let (right, foot) = (placed.x.0 + placed.width.0, placed.y.0 + placed.height.0);
                assert!(right <= WHOLE && foot == GROUND, "{heights:?}");
                assert_eq!(placed.height.0 == 0, placed.bar.height == 0, "what is not nothing can be seen");
            }
            if let Some(most) = heights.iter().max().filter(|most| **most > 0) {
                let highest = bars.iter().find(|placed| placed.bar.height == *most).unwrap();
                assert_eq!(highest.height, PerCent(HIGHEST));
            }
        }
    }

    #[test]
    fn labels_never_crowd() {
        for count in [0, 1, 5, 6, 12, 13, 24, 31, 60, 366] {
            let labels: Vec<_> = labels(count).collect();
            let everywhere = labels.iter().filter(|label| **label == Label::Everywhere).count();
            let shown = labels.iter().filter(|label| **label != Label::Nowhere).count();
            assert!(everywhere <= LABELS_ON_PHONE && shown <= LABELS, "{count}: {everywhere}, {shown}");
            assert!(count == 0 || labels[0] == Label::Everywhere, "{count}");
        }
    }

    #[test]
    fn a_place_is_written_as_svg_reads_it() {
        assert_eq!(PerCent(5).to_string(), "0.05%");
        assert_eq!(PerCent(10_000).to_string(), "100.00%");
    }
}
