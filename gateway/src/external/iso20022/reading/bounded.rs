//! A reader that never hands out more than was allowed: bytes for the whole file, and bytes for one event of the
//! parser, so that neither a long file nor one endless tag or text can make anything grow without end.

use std::io::{self, BufRead, Read};

use thiserror::Error;

/// Counts bytes and lines, and stops at either limit.
#[derive(Debug)]
pub(super) struct Bounded<R> {
    input: R,
    file_left: u64,
    event_left: usize,
    line: u64,
}

/// Which limit was met. Travels inside an [`io::Error`], because that is all that a `BufRead` can say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub(super) enum OverLimit {
    #[error("the file is too large")]
    File,
    #[error("one tag, text or comment is too long")]
    Event,
}

impl<R: BufRead> Bounded<R> {
    pub(super) const fn new(input: R, file_bytes: u64) -> Self {
        Self { input, file_left: file_bytes, event_left: 0, line: 1 }
    }

    /// Allows the next event this many bytes.
    pub(super) const fn allow(&mut self, event_bytes: usize) {
        self.event_left = event_bytes;
    }

    /// The line that the last byte given out lies on, from 1.
    pub(super) const fn line(&self) -> u64 {
        self.line
    }
}

impl<R: BufRead> BufRead for Bounded<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        let bytes = self.input.fill_buf()?;
        if bytes.is_empty() {
            return Ok(bytes);
        }
        if self.file_left == 0 {
            return Err(io::Error::other(OverLimit::File));
        }
        if self.event_left == 0 {
            return Err(io::Error::other(OverLimit::Event));
        }
        let allowed = self.event_left.min(usize::try_from(self.file_left).unwrap_or(usize::MAX));
        Ok(bytes.get(..allowed).unwrap_or(bytes))
    }

    fn consume(&mut self, amount: usize) {
        // What was filled is still there: filling again costs nothing.
        let lines = self.input.fill_buf().map_or(0, |bytes| {
            let taken = bytes.get(..amount).unwrap_or(bytes);
            taken.iter().filter(|byte| **byte == b'\n').count()
        });
        self.line = self.line.saturating_add(u64::try_from(lines).unwrap_or(u64::MAX));
        self.file_left = self.file_left.saturating_sub(u64::try_from(amount).unwrap_or(u64::MAX));
        self.event_left = self.event_left.saturating_sub(amount);
        self.input.consume(amount);
    }
}

impl<R: BufRead> Read for Bounded<R> {
    fn read(&mut self, target: &mut [u8]) -> io::Result<usize> {
        let count = self.fill_buf()?.read(target)?;
        self.consume(count);
        Ok(count)
    }
}
