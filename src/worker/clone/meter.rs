//! How far a target is, told not too often. Must not know what is counted.

use std::time::{Duration, Instant};

use crate::domain::run::{Part, Progress};
use crate::worker::at_hand::AtHand;

/// More often nobody can read it.
const RHYTHM: Duration = Duration::from_millis(500);

/// The count of one target.
#[derive(Debug)]
pub(super) struct Meter<'a> {
    at_hand: &'a AtHand<'a>,
    now: Progress,
    told: Instant,
}

impl<'a> Meter<'a> {
    /// Begins to count, up to so many objects.
    pub(super) fn new(at_hand: &'a AtHand<'a>, of: usize) -> Self {
        let now = Progress { part: Part::Structure, done: 0, of: of as u32, rows: 0, bytes: 0 };
        Self { at_hand, now, told: Instant::now() }
    }

    /// Another part begins.
    pub(super) fn part(&mut self, part: Part) {
        self.now.part = part;
        self.tell();
    }

    /// So many more objects are done.
    pub(super) fn done(&mut self, more: usize) {
        self.now.done += more as u32;
        self.tell();
    }

    /// So many more rows are copied.
    pub(super) fn rows(&mut self, more: u64) {
        self.now.rows += more;
        self.tell();
    }

    /// They had so many bytes.
    pub(super) fn bytes(&mut self, more: u64) {
        self.now.bytes += more;
        self.tell();
    }

    fn tell(&mut self) {
        if self.told.elapsed() >= RHYTHM {
            self.told = Instant::now();
            self.at_hand.progress(self.now);
        }
    }
}
