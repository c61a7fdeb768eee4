//! pain.002 against what we sent: entries first, then batches, then the file, each for what the narrower left open.

use std::collections::HashSet;

use payment_domain::AttemptId;

use super::super::reading::{Status, StatusLine, StatusReport, Subject};
use super::super::reason::Reason;
use super::{Break, Known, Matching};

impl Matching<'_> {
    pub(super) fn statuses(&mut self, report: &StatusReport) {
        let register = self.register;
        let mut said = HashSet::new();
        for line in &report.lines {
            let Subject::Entry(name) = &line.subject else { continue };
            let Some(known) = name.as_ref().and_then(|name| register.entry(name)) else {
                self.broken(
                    line.line,
                    Break::Unknown { name: name.clone(), direction: None, amount: line.amount },
                );
                continue;
            };
            said.insert(known.attempt);
            self.status(report, line, known);
        }
        for line in &report.lines {
            if let Subject::Batch(batch) = &line.subject {
                let members = register.members(&register.batches, batch);
                self.wider(report, line, &members, &mut said);
            }
        }
        for line in &report.lines {
            if line.subject == Subject::File {
                let members = register.members(&register.files, &report.original_file);
                self.wider(report, line, &members, &mut said);
            }
        }
    }

    /// A status of several entries, for those that have none of their own.
    fn wider(
        &mut self,
        report: &StatusReport,
        line: &StatusLine,
        members: &[&Known],
        said: &mut HashSet<AttemptId>,
    ) {
        if members.is_empty() {
            self.broken(line.line, Break::Unknown { name: None, direction: None, amount: None });
        }
        if line.status == Status::Partial {
            return;
        }
        for known in members {
            if said.insert(known.attempt) {
                self.status(report, line, known);
            }
        }
    }

    fn status(&mut self, report: &StatusReport, line: &StatusLine, known: &Known) {
        let attempt = known.attempt;
        if known.file != report.original_file {
            return self.broken(line.line, Break::OtherFile { attempt });
        }
        if let Some(found) = line.amount.filter(|found| *found != known.amount) {
            let (expected, found) = (known.amount, Some(found));
            return self.broken(line.line, Break::Altered { attempt, expected, found });
        }
        let booked_as = || line.booked_as.as_ref().map(|reference| reference.as_str().to_owned());
        match line.status {
            Status::Settled => self.settled(line.line, known, booked_as(), None),
            // A file that was carried twice: to believe this would void what is about to be booked.
            Status::Rejected if line.reason.as_ref().is_some_and(Reason::is_repetition) => {
                self.broken(line.line, Break::TakenBefore { attempt });
            }
            Status::Rejected => self.rejected(line.line, known, line.reason.clone()),
            Status::Underway => self.underway(line.line, known),
            Status::Partial | Status::Unclear => self.broken(line.line, Break::Unclear { attempt }),
        }
    }
}
