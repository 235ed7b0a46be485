//! How far a target is, told not too often. Must not know what is counted.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::domain::run::{Part, Progress};
use crate::worker::at_hand::AtHand;

/// More often nobody can read it.
const RHYTHM: Duration = Duration::from_millis(500);

/// The count of one target, to which several connections may add.
#[derive(Debug)]
pub(super) struct Meter<'a> {
    at_hand: &'a AtHand<'a>,
    /// What is counted, and when it was told.
    now: Mutex<(Progress, Instant)>,
}

impl<'a> Meter<'a> {
    /// Begins to count, up to so many objects.
    pub(super) fn new(at_hand: &'a AtHand<'a>, of: usize) -> Self {
        let now = Progress { part: Part::Structure, done: 0, of: of as u32, rows: 0, bytes: 0 };
        Self { at_hand, now: Mutex::new((now, Instant::now())) }
    }

    /// Another part begins.
    pub(super) fn part(&self, part: Part) {
        self.tell(|now| now.part = part);
    }

    /// So many more objects are done.
    pub(super) fn done(&self, more: usize) {
        self.tell(|now| now.done += more as u32);
    }

    /// So many more rows are copied.
    pub(super) fn rows(&self, more: u64) {
        self.tell(|now| now.rows += more);
    }

    /// They had so many bytes.
    pub(super) fn bytes(&self, more: u64) {
        self.tell(|now| now.bytes += more);
    }

    /// Whether so much was copied that indexes and constraints take their time.
    pub(super) fn has_many_rows(&self) -> bool {
        const MANY: u64 = 10_000;
        self.now.lock().unwrap_or_else(PoisonError::into_inner).0.rows > MANY
    }

    fn tell(&self, change: impl FnOnce(&mut Progress)) {
        let mut now = self.now.lock().unwrap_or_else(PoisonError::into_inner);
        change(&mut now.0);
        if now.1.elapsed() >= RHYTHM {
            now.1 = Instant::now();
            self.at_hand.progress(now.0);
        }
    }
}
