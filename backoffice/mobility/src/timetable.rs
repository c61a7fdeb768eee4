//! Trams and ferries by the clock, and the earliest way from stop to stop (R21). Pure: numbers in, a journey out.
//!
//! The connection scan of Dibbelt, Pajor, Strasser and Wagner ("Connection Scan Algorithm", 2018): every leg of every
//! run stands in one list by departure, and one pass over it finds the earliest arrival. Start at [`Timetable::earliest`].

/// Minutes since the midnight at which the asked day began; negative is the day before.
pub(crate) type Minute = i32;

/// A stop, by its place in the town's list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Stop(pub(crate) usize);

/// One run of one line in one direction, by its place in the list of all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Run(usize);

/// How one line runs on each day.
#[derive(Debug, Clone)]
pub(crate) struct Line {
    pub(crate) name: String,
    pub(crate) stops: Vec<Stop>,
    /// From the first stop, one for each stop, rising.
    pub(crate) minutes: Vec<Minute>,
    pub(crate) first: Minute,
    pub(crate) last: Minute,
    pub(crate) every: Minute,
}

/// A vehicle goes from one stop to the next.
#[derive(Debug, Clone, Copy)]
struct Connection {
    run: Run,
    from: Stop,
    departs: Minute,
    to: Stop,
    arrives: Minute,
}

/// All of it.
#[derive(Debug, Clone)]
pub(crate) struct Timetable {
    stops: usize,
    /// Line and last stop of each run.
    runs: Vec<(usize, Stop)>,
    /// By departure: yesterday's, today's and tomorrow's.
    connections: Vec<Connection>,
    lines: Vec<Line>,
    /// Who can walk where when changing.
    walks: Vec<(Stop, Stop, Minute)>,
}

/// How to get there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Journey {
    pub(crate) departs: Minute,
    pub(crate) arrives: Minute,
    pub(crate) legs: Vec<Leg>,
}

/// A part of a journey.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Leg {
    /// On foot, to a stop or, at the end, to where the journey leads.
    Walk { to: Option<Stop>, minutes: Minute },
    /// On board.
    Ride { line: usize, toward: Stop, from: Stop, departs: Minute, to: Stop, arrives: Minute },
}

/// A departure from a stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Departure {
    pub(crate) line: usize,
    pub(crate) toward: Stop,
    pub(crate) departs: Minute,
}

const DAY: Minute = 24 * 60;
/// From one vehicle to another at the same stop.
const CHANGE: Minute = 1;

/// How a stop came into reach.
#[derive(Debug, Clone, Copy)]
struct Label {
    /// From when on something can be boarded there.
    ready: Minute,
    by: Way,
}

#[derive(Debug, Clone, Copy)]
enum Way {
    /// On foot from where the journey begins.
    Start(Minute),
    /// Boarded by one connection, left after another; both by their place in the list.
    Ride { boarded: usize, left: usize },
    /// The same, and then on foot to here.
    RideAndWalk { boarded: usize, left: usize, minutes: Minute },
}

impl Timetable {
    /// Puts the runs of all lines on three days into one list.
    pub(crate) fn new(stops: usize, lines: Vec<Line>, walks: Vec<(Stop, Stop, Minute)>) -> Self {
        let mut timetable =
            Self { stops, runs: Vec::new(), connections: Vec::new(), lines: Vec::new(), walks };
        for (index, line) in lines.iter().enumerate() {
            timetable.add(index, line);
        }
        timetable.lines = lines;
        timetable.connections.sort_by_key(|connection| (connection.departs, connection.arrives));
        timetable
    }

    fn add(&mut self, index: usize, line: &Line) {
        let whole = line.minutes.last().copied().unwrap_or_default();
        let there: Vec<_> = line.stops.iter().copied().zip(line.minutes.iter().copied()).collect();
        let back: Vec<_> =
            there.iter().rev().map(|(stop, minute)| (*stop, whole.saturating_sub(*minute))).collect();
        for way in [there, back] {
            let Some((last_stop, _)) = way.last().copied() else { continue };
            for day in [DAY.saturating_neg(), 0, DAY] {
                let mut start = line.first;
                while start <= line.last {
                    let run = Run(self.runs.len());
                    self.runs.push((index, last_stop));
                    let at = |minute: Minute| day.saturating_add(start).saturating_add(minute);
                    self.connections.extend(way.iter().zip(way.iter().skip(1)).map(|(from, to)| {
                        Connection { run, from: from.0, departs: at(from.1), to: to.0, arrives: at(to.1) }
                    }));
                    start = start.saturating_add(line.every.max(1));
                }
            }
        }
    }

    /// A line.
    pub(crate) fn line(&self, index: usize) -> Option<&Line> {
        self.lines.get(index)
    }

    /// The next departures from a stop, at most so many and within two hours.
    pub(crate) fn next(&self, stop: Stop, now: Minute, most: usize) -> Vec<Departure> {
        let until = now.saturating_add(120);
        self.from(now)
            .map(|(_, connection)| connection)
            .take_while(|connection| connection.departs <= until)
            .filter(|connection| connection.from == stop)
            .filter_map(|connection| {
                let (line, toward) = *self.runs.get(connection.run.0)?;
                Some(Departure { line, toward, departs: connection.departs })
            })
            .take(most)
            .collect()
    }

    /// The journey that arrives first. `starts` and `goals` are stops in reach on foot, with the minutes that it takes.
    /// `None` if there is none within a day.
    pub(crate) fn earliest(
        &self,
        starts: &[(Stop, Minute)],
        goals: &[(Stop, Minute)],
        now: Minute,
    ) -> Option<Journey> {
        let mut labels: Vec<Option<Label>> = vec![None; self.stops];
        // By which connection each run was boarded.
        let mut boarded: Vec<Option<usize>> = vec![None; self.runs.len()];
        for (stop, minutes) in starts {
            improve(
                &mut labels,
                *stop,
                Label { ready: now.saturating_add(*minutes), by: Way::Start(*minutes) },
            );
        }
        let mut best: Option<(Minute, usize, usize, Minute)> = None;
        for (at, connection) in self.from(now) {
            if best.is_some_and(|(arrives, ..)| arrives <= connection.departs) {
                break;
            }
            let boarding = boarded.get_mut(connection.run.0)?;
            if boarding.is_none()
                && ready(&labels, connection.from).is_some_and(|ready| ready <= connection.departs)
            {
                *boarding = Some(at);
            }
            let Some(entered) = *boarding else { continue };
            self.alight(&mut labels, connection, entered, at);
            for (_, minutes) in goals.iter().filter(|(stop, _)| *stop == connection.to) {
                let arrives = connection.arrives.saturating_add(*minutes);
                if best.is_none_or(|(before, ..)| arrives < before) {
                    best = Some((arrives, entered, at, *minutes));
                }
            }
        }
        let (arrives, entered, left, minutes) = best?;
        self.trace(&labels, (entered, left), minutes, arrives)
    }

    /// Connections that have not left yet.
    fn from(&self, now: Minute) -> impl Iterator<Item = (usize, &Connection)> {
        let first = self.connections.partition_point(|connection| connection.departs < now);
        self.connections.iter().enumerate().skip(first)
    }

    /// What is in reach for whoever leaves the vehicle after this connection.
    fn alight(&self, labels: &mut [Option<Label>], connection: &Connection, boarded: usize, left: usize) {
        let here =
            Label { ready: connection.arrives.saturating_add(CHANGE), by: Way::Ride { boarded, left } };
        improve(labels, connection.to, here);
        for (_, to, minutes) in self.walks.iter().filter(|(from, ..)| *from == connection.to) {
            let by = Way::RideAndWalk { boarded, left, minutes: *minutes };
            improve(labels, *to, Label { ready: connection.arrives.saturating_add(*minutes), by });
        }
    }

    /// The legs, from the last ride backwards.
    fn trace(
        &self,
        labels: &[Option<Label>],
        last: (usize, usize),
        final_walk: Minute,
        arrives: Minute,
    ) -> Option<Journey> {
        let mut legs = Vec::new();
        if final_walk > 0 {
            legs.push(Leg::Walk { to: None, minutes: final_walk });
        }
        let (mut boarded, mut left) = last;
        loop {
            let (enter, exit) = (self.connections.get(boarded)?, self.connections.get(left)?);
            let (line, toward) = *self.runs.get(enter.run.0)?;
            legs.push(Leg::Ride {
                line,
                toward,
                from: enter.from,
                departs: enter.departs,
                to: exit.to,
                arrives: exit.arrives,
            });
            match labels.get(enter.from.0).copied().flatten()?.by {
                Way::Start(minutes) => {
                    if minutes > 0 {
                        legs.push(Leg::Walk { to: Some(enter.from), minutes });
                    }
                    let departs = enter.departs.saturating_sub(minutes);
                    legs.reverse();
                    return Some(Journey { departs, arrives, legs });
                }
                Way::Ride { boarded: before, left: after } => (boarded, left) = (before, after),
                Way::RideAndWalk { boarded: before, left: after, minutes } => {
                    legs.push(Leg::Walk { to: Some(enter.from), minutes });
                    (boarded, left) = (before, after);
                }
            }
        }
    }
}

fn ready(labels: &[Option<Label>], stop: Stop) -> Option<Minute> {
    labels.get(stop.0).copied().flatten().map(|label| label.ready)
}

/// Keeps the earlier of two labels.
fn improve(labels: &mut [Option<Label>], stop: Stop, label: Label) {
    if let Some(slot) = labels.get_mut(stop.0)
        && slot.is_none_or(|before| label.ready < before.ready)
    {
        *slot = Some(label);
    }
}

#[cfg(test)]
mod tests;
