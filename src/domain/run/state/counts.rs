//! Where targets may be, and how many are where. Must not know how they get there.

use serde::{Deserialize, Serialize};

use crate::domain::run::Skip;

/// Where one target is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Phase {
    /// Its next migration was not sent yet.
    Pending,
    /// Its next migration was sent, or is about to be.
    Started,
    /// Its next migration did not work and is tried again.
    Retrying,
    /// All its migrations are applied.
    Applied,
    /// A migration failed; nothing of it is left. Later ones are not tried.
    Failed,
    /// Nobody knows whether a migration was committed.
    InDoubt,
    /// A migration that cannot run in a transaction ended half-way.
    Dirty,
    /// It was left out.
    Skipped(Skip),
}

impl Phase {
    /// The word for it everywhere.
    pub fn word(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Started => "running",
            Self::Retrying => "retrying",
            Self::Applied => "ok",
            Self::Failed => "failed",
            Self::InDoubt => "in doubt",
            Self::Dirty => "dirty",
            Self::Skipped(_) => "skipped",
        }
    }
}

/// How many targets are where. They add up to the number of targets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Counts {
    /// [`Phase::Pending`].
    pub pending: u32,
    /// [`Phase::Started`].
    pub running: u32,
    /// [`Phase::Retrying`].
    pub retrying: u32,
    /// [`Phase::Applied`].
    pub applied: u32,
    /// [`Phase::Failed`].
    pub failed: u32,
    /// [`Phase::InDoubt`].
    pub in_doubt: u32,
    /// [`Phase::Dirty`].
    pub dirty: u32,
    /// [`Phase::Skipped`].
    pub skipped: u32,
}

impl Counts {
    /// All targets.
    pub fn total(&self) -> u32 {
        self.open() + self.settled()
    }

    /// Those that are at an end: nothing more happens to them unless a person asks.
    pub fn settled(&self) -> u32 {
        self.applied + self.failed + self.dirty + self.skipped
    }

    /// Those to which something is still to happen.
    pub fn open(&self) -> u32 {
        self.pending + self.running + self.retrying + self.in_doubt
    }

    /// Those that ended otherwise than applied.
    pub fn unlucky(&self) -> u32 {
        self.failed + self.dirty + self.skipped
    }

    pub(super) fn of(&mut self, phase: Phase) -> &mut u32 {
        match phase {
            Phase::Pending => &mut self.pending,
            Phase::Started => &mut self.running,
            Phase::Retrying => &mut self.retrying,
            Phase::Applied => &mut self.applied,
            Phase::Failed => &mut self.failed,
            Phase::InDoubt => &mut self.in_doubt,
            Phase::Dirty => &mut self.dirty,
            Phase::Skipped(_) => &mut self.skipped,
        }
    }
}
