#![expect(clippy::arithmetic_side_effects, reason = "small numbers of a test")]

use proptest::prelude::*;

use super::*;

fn line(name: &str, stops: &[usize], minutes: &[Minute], times: (Minute, Minute, Minute)) -> Line {
    let (first, last, every) = times;
    let stops = stops.iter().copied().map(Stop).collect();
    Line { name: name.to_owned(), stops, minutes: minutes.to_vec(), first, last, every }
}

/// 0 – 1 – 2 by one line, 1 – 3 by another, 4 beside 3 on foot.
fn small() -> Timetable {
    let lines = vec![
        line("A", &[0, 1, 2], &[0, 5, 9], (6 * 60, 8 * 60, 10)),
        line("B", &[1, 3], &[0, 7], (6 * 60 + 5, 8 * 60, 10)),
        line("N", &[0, 3], &[0, 20], (23 * 60 + 50, 24 * 60 + 20, 30)),
    ];
    Timetable::new(5, lines, vec![(Stop(3), Stop(4), 3), (Stop(4), Stop(3), 3)])
}

fn clock(hour: Minute, minute: Minute) -> Minute {
    hour * 60 + minute
}

#[test]
fn a_journey_without_a_change() {
    let journey = small().earliest(&[(Stop(0), 2)], &[(Stop(2), 4)], clock(6, 1)).unwrap();
    assert_eq!(
        journey.legs,
        [
            Leg::Walk { to: Some(Stop(0)), minutes: 2 },
            Leg::Ride {
                line: 0,
                toward: Stop(2),
                from: Stop(0),
                departs: clock(6, 10),
                to: Stop(2),
                arrives: clock(6, 19)
            },
            Leg::Walk { to: None, minutes: 4 },
        ]
    );
    assert_eq!((journey.departs, journey.arrives), (clock(6, 8), clock(6, 23)));
}

#[test]
fn a_change_takes_a_minute() {
    let journey = small().earliest(&[(Stop(0), 0)], &[(Stop(3), 0)], clock(6, 0)).unwrap();
    // The B of 6:05 leaves as the A comes in; the next one it is.
    assert_eq!(journey.arrives, clock(6, 22));
    let lines: Vec<_> = journey.legs.iter().map(|leg| matches!(leg, Leg::Ride { line: 1, .. })).collect();
    assert_eq!(lines, [false, true]);
}

#[test]
fn both_ways_and_backwards() {
    let journey = small().earliest(&[(Stop(2), 0)], &[(Stop(0), 0)], clock(6, 0)).unwrap();
    assert_eq!((journey.departs, journey.arrives), (clock(6, 0), clock(6, 9)));
}

#[test]
fn after_the_last_one_the_night_and_then_the_morning() {
    let timetable = small();
    let goal = [(Stop(3), 0)];
    let night = timetable.earliest(&[(Stop(0), 0)], &goal, clock(22, 0)).unwrap();
    assert_eq!(night.arrives, clock(24, 10));
    // Half past midnight: the night line of the day before has left at 24:20.
    let morning = timetable.earliest(&[(Stop(0), 0)], &goal, clock(0, 30)).unwrap();
    assert_eq!(morning.arrives, clock(6, 22));
    // At 0:10 it has not.
    let just = timetable.earliest(&[(Stop(0), 0)], &goal, clock(0, 10)).unwrap();
    assert_eq!(just.arrives, clock(0, 40));
}

#[test]
fn nowhere_is_nowhere() {
    assert_eq!(small().earliest(&[], &[(Stop(0), 0)], 0), None);
    assert_eq!(small().earliest(&[(Stop(0), 0)], &[], 0), None);
    assert_eq!(Timetable::new(2, Vec::new(), Vec::new()).earliest(&[(Stop(0), 0)], &[(Stop(1), 0)], 0), None);
}

#[test]
fn departures_are_listed_in_order() {
    let next = small().next(Stop(1), clock(6, 5), 3);
    assert_eq!(
        next.iter()
            .map(|departure| (departure.line, departure.toward, departure.departs))
            .collect::<Vec<_>>(),
        // From 2 to 0 at 6:04 has gone.
        [(0, Stop(2), clock(6, 5)), (1, Stop(3), clock(6, 5)), (0, Stop(0), clock(6, 14))]
    );
    assert_eq!(small().next(Stop(1), clock(9, 0), 3), []);
}

/// The same question, answered by trying everything until nothing gets better.
fn by_patience(
    timetable: &Timetable,
    starts: &[(Stop, Minute)],
    goals: &[(Stop, Minute)],
    now: Minute,
) -> Option<Minute> {
    let mut ready = vec![Minute::MAX; timetable.stops];
    for (stop, minutes) in starts {
        ready[stop.0] = ready[stop.0].min(now + minutes);
    }
    let mut best = None;
    loop {
        let before = ready.clone();
        for run in 0..timetable.runs.len() {
            let mut on_board = false;
            let mut of_run: Vec<_> =
                timetable.connections.iter().filter(|c| c.run.0 == run && c.departs >= now).collect();
            of_run.sort_by_key(|connection| connection.departs);
            for connection in of_run {
                on_board |= before[connection.from.0] <= connection.departs;
                if !on_board {
                    continue;
                }
                let mut at = |stop: Stop, minute: Minute| ready[stop.0] = ready[stop.0].min(minute);
                at(connection.to, connection.arrives + CHANGE);
                for (_, to, minutes) in timetable.walks.iter().filter(|(from, ..)| *from == connection.to) {
                    at(*to, connection.arrives + minutes);
                }
                for (_, minutes) in goals.iter().filter(|(stop, _)| *stop == connection.to) {
                    let arrives = connection.arrives + minutes;
                    best = Some(best.map_or(arrives, |known: Minute| known.min(arrives)));
                }
            }
        }
        if ready == before {
            return best;
        }
    }
}

fn any_line() -> impl Strategy<Value = Line> {
    let stops = Just((0..6).collect::<Vec<usize>>()).prop_shuffle();
    (stops, 2..6_usize, prop::collection::vec(1..9, 5), 0..1440, 0..400, 7..90).prop_map(
        |(stops, count, gaps, first, span, every)| {
            let minutes: Vec<_> = (0..count).map(|at| gaps[..at].iter().sum()).collect();
            line("L", &stops[..count], &minutes, (first, first + span, every))
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn nothing_arrives_before_the_earliest_arrival(
        lines in prop::collection::vec(any_line(), 1..5),
        walks in prop::collection::vec((0..6_usize, 0..6_usize, 1..9), 0..4),
        from in 0..6_usize, to in 0..6_usize, on_foot in 0..9, now in 0..1440,
    ) {
        let walks = walks.into_iter().map(|(from, to, minutes)| (Stop(from), Stop(to), minutes)).collect();
        let timetable = Timetable::new(6, lines, walks);
        let (starts, goals) = ([(Stop(from), on_foot)], [(Stop(to), 2)]);
        let journey = timetable.earliest(&starts, &goals, now);
        prop_assert_eq!(journey.as_ref().map(|journey| journey.arrives), by_patience(&timetable, &starts, &goals, now));
        if let Some(journey) = journey {
            consistent(&journey, now)?;
        }
    }
}

/// Each leg begins where and after the one before ended.
fn consistent(journey: &Journey, now: Minute) -> Result<(), TestCaseError> {
    prop_assert!(journey.departs >= now && journey.arrives > journey.departs);
    let (mut place, mut time) = (None, journey.departs);
    for leg in &journey.legs {
        match leg {
            Leg::Walk { to, minutes } => (place, time) = (*to, time + minutes),
            Leg::Ride { from, departs, to, arrives, .. } => {
                prop_assert!(
                    place.is_none_or(|place| place == *from) && time <= *departs && departs < arrives
                );
                (place, time) = (Some(*to), *arrives);
            }
        }
    }
    prop_assert_eq!(time, journey.arrives);
    Ok(())
}
