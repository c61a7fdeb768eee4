//! Positions on the ground, in whole millionths of a degree: no float decides who pays what.

use std::fmt;

use thiserror::Error;

/// A point, in millionths of a degree north and east.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Position {
    north: i64,
    east: i64,
}

/// Text that is no position.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("a position is written 46.2036, 6.0052: degrees north, degrees east")]
pub(crate) struct InvalidPosition;

/// An area, by its corners in order.
#[derive(Debug, Clone)]
pub(crate) struct Area(Vec<Position>);

/// Metres in a degree of latitude, and of longitude where the town lies (46.2° north).
const METRES_NORTH: i64 = 111_195;
const METRES_EAST: i64 = 76_960;

impl Position {
    /// Reads `46.2036,6.0052`, with or without a space.
    pub(crate) fn parse(text: &str) -> Result<Self, InvalidPosition> {
        let (north, east) = text.trim().split_once(',').ok_or(InvalidPosition)?;
        let (north, east) = (degrees(north.trim(), 90)?, degrees(east.trim(), 180)?);
        Ok(Self { north, east })
    }

    /// As the crow flies. A town is small enough to be flat.
    pub(crate) fn metres_to(self, other: Self) -> i64 {
        let metres = |from: i64, to: i64, degree: i64| {
            from.abs_diff(to).saturating_mul(degree.unsigned_abs()) / 1_000_000
        };
        let north = metres(self.north, other.north, METRES_NORTH);
        let east = metres(self.east, other.east, METRES_EAST);
        let square = north.saturating_mul(north).saturating_add(east.saturating_mul(east));
        i64::try_from(square.isqrt()).unwrap_or(i64::MAX)
    }
}

/// `-6.0052` in millionths: at most six decimals, not more than `limit` degrees.
fn degrees(text: &str, limit: i64) -> Result<i64, InvalidPosition> {
    let (sign, digits) = text.strip_prefix('-').map_or((1, text), |rest| (-1, rest));
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
    let plain = |part: &str, most: usize| {
        (1..=most).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit())
    };
    if !plain(whole, 3) || !plain(fraction, 6) {
        return Err(InvalidPosition);
    }
    let number = |text: &str| text.parse::<i64>().map_err(|_| InvalidPosition);
    let millionths =
        number(whole)?.saturating_mul(1_000_000).saturating_add(number(&format!("{fraction:0<6}"))?);
    let within = millionths <= limit.saturating_mul(1_000_000);
    if within { Ok(millionths.saturating_mul(sign)) } else { Err(InvalidPosition) }
}

impl Area {
    /// An area with these corners; `None` with fewer than three.
    pub(crate) fn new(corners: Vec<Position>) -> Option<Self> {
        (corners.len() >= 3).then_some(Self(corners))
    }

    /// Whether a point lies in it: a ray to the east crosses the border an odd number of times. What lies on the
    /// border belongs to one side or the other.
    pub(crate) fn contains(&self, point: Position) -> bool {
        let next = self.0.iter().cycle().skip(1);
        self.0.iter().zip(next).filter(|(from, to)| crosses(point, **from, **to)).count() % 2 == 1
    }
}

/// Whether the edge is crossed by the ray from the point to the east, in integers: no division, nothing is rounded.
fn crosses(point: Position, from: Position, to: Position) -> bool {
    if (from.north > point.north) == (to.north > point.north) {
        return false;
    }
    let (low, high) = if from.north < to.north { (from, to) } else { (to, from) };
    let along = |a: i64, b: i64, c: i64, d: i64| a.saturating_sub(b).saturating_mul(c.saturating_sub(d));
    along(high.east, low.east, point.north, low.north) > along(point.east, low.east, high.north, low.north)
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let write = |f: &mut fmt::Formatter<'_>, value: i64| {
            let sign = if value < 0 { "-" } else { "" };
            let value = value.unsigned_abs();
            write!(f, "{sign}{}.{:06}", value / 1_000_000, value % 1_000_000)
        };
        write(f, self.north)?;
        f.write_str(",")?;
        write(f, self.east)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(text: &str) -> Position {
        Position::parse(text).unwrap()
    }

    #[test]
    fn positions_are_read_exactly_or_refused() {
        assert_eq!(at("46.2036,6.0052"), Position { north: 46_203_600, east: 6_005_200 });
        assert_eq!(at(" -0.000001, 180 "), Position { north: -1, east: 180_000_000 });
        for text in [
            "",
            "46.2",
            "46.2,",
            "46.2;6",
            "91,0",
            "0,181",
            "1e1,0",
            "46.2000001,6",
            "+1,1",
            "--1,1",
            "1,1,1",
        ] {
            assert_eq!(Position::parse(text), Err(InvalidPosition), "{text}");
        }
    }

    #[test]
    fn distances_are_metres() {
        let gare = at("46.2000,6.0000");
        assert_eq!(gare.metres_to(gare), 0);
        assert_eq!(gare.metres_to(at("46.2100,6.0000")), 1_111);
        assert_eq!(at("46.2000,6.0100").metres_to(gare), 769);
        assert_eq!(gare.metres_to(at("46.2036,6.0052")), 565);
    }

    #[test]
    fn an_area_knows_its_inside() {
        // An L: the notch is outside.
        let corners = ["0,0", "0,4", "2,4", "2,2", "4,2", "4,0"].map(at);
        let area = Area::new(corners.to_vec()).unwrap();
        for (point, inside) in [
            ("1,1", true),
            ("1,3", true),
            ("3,1", true),
            ("3,3", false),
            ("-1,1", false),
            ("1,5", false),
            ("5,1", false),
        ] {
            assert_eq!(area.contains(at(point)), inside, "{point}");
        }
        assert!(Area::new(corners[..2].to_vec()).is_none());
    }

    proptest! {
        #[test]
        fn a_position_reads_back_what_it_writes(north in -90_000_000_i64..=90_000_000, east in -180_000_000_i64..=180_000_000) {
            let position = Position { north, east };
            prop_assert_eq!(Position::parse(&position.to_string()), Ok(position));
        }

        #[test]
        fn a_distance_is_the_same_both_ways(a in 46_100_000_i64..46_300_000, b in 5_900_000_i64..6_100_000,
            c in 46_100_000_i64..46_300_000, d in 5_900_000_i64..6_100_000) {
            let (one, two) = (Position { north: a, east: b }, Position { north: c, east: d });
            prop_assert_eq!(one.metres_to(two), two.metres_to(one));
        }
    }
}
