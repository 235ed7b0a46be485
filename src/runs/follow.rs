//! One run as its files tell it: read once, or followed while it goes on. Must not change any of them.

use std::sync::Arc;

use crate::domain::fault::{Fault, FaultKind};
use crate::domain::run::{End, Entry, Event, Life, RunState, TargetId};
use crate::journal::{self, Folder, Reader};
use crate::plan::Plan;

/// A run at one moment.
#[derive(Debug, Clone, PartialEq)]
pub struct Record {
    /// Its folder.
    pub folder: Folder,
    /// What a person approved.
    pub plan: Arc<Plan>,
    /// What became of it.
    pub state: RunState,
    /// Whether a worker lives.
    pub alive: bool,
}

impl Record {
    /// Reads a run to the end of its journal.
    pub fn read(folder: Folder) -> Result<Self, Fault> {
        Self::of(Follower::of(folder)?)
    }

    /// The same of one that is followed.
    pub fn of(mut follower: Follower) -> Result<Self, Fault> {
        follower.more()?;
        let alive = follower.is_alive()?;
        let Follower { folder, plan, state, .. } = follower;
        Ok(Self { folder, plan, state, alive })
    }

    /// How it ended; `None` while it goes on, or when its worker was killed.
    pub fn end(&self) -> Option<End> {
        match self.state.life {
            Life::Ended(end) => Some(end),
            _ => None,
        }
    }

    /// Whether its worker went without a word: a crash, a reboot. It can be resumed.
    pub fn is_interrupted(&self) -> bool {
        !self.alive && self.end().is_none()
    }

    /// Everything that happened, in order.
    pub fn events(&self) -> Result<Vec<Entry>, Fault> {
        let mut reader = Reader::open(&self.folder)?;
        let mut all = Vec::new();
        loop {
            let entries = reader.more()?;
            if entries.is_empty() {
                return Ok(all);
            }
            all.extend(entries);
        }
    }

    /// Removes the run with all that is known of it. One that is worked on is refused.
    pub fn remove(&self) -> Result<(), Fault> {
        journal::remove(&self.folder)
    }

    /// The word for where it is.
    pub fn word(&self) -> &'static str {
        self.state.life.word(self.alive)
    }
}

/// Reads a run's journal as it grows and folds it.
#[derive(Debug)]
pub struct Follower {
    folder: Folder,
    plan: Arc<Plan>,
    state: RunState,
    reader: Reader,
}

impl Follower {
    /// Follows a run from its beginning; what is there already comes with the first [`Self::more`].
    pub fn open(record: &Record) -> Result<Self, Fault> {
        Self::over(record.folder.clone(), Arc::clone(&record.plan))
    }

    /// The same, for a run of which nothing was read yet.
    pub fn of(folder: Folder) -> Result<Self, Fault> {
        let plan = journal::plan(&folder)?;
        Self::over(folder, Arc::new(plan))
    }

    fn over(folder: Folder, plan: Arc<Plan>) -> Result<Self, Fault> {
        let reader = Reader::open(&folder)?;
        Ok(Self { state: RunState::new(plan.outline()), reader, folder, plan })
    }

    /// Takes in what was written since, and says how many entries that were. Damage is a fault, now and each time after.
    pub fn more(&mut self) -> Result<usize, Fault> {
        self.each(|_, _| ())
    }

    /// The same; `told` is called for every entry, with the state after it.
    pub fn each(&mut self, mut told: impl FnMut(&Entry, &RunState)) -> Result<usize, Fault> {
        let mut count = 0;
        loop {
            let entries = self.reader.more()?;
            if entries.is_empty() {
                return Ok(count);
            }
            for entry in &entries {
                self.state.apply(entry).map_err(|illegal| {
                    let what = format!("the journal of run {} makes no sense: {illegal}", self.folder.id.short());
                    Fault::new(FaultKind::Local, what)
                })?;
                told(entry, &self.state);
                count += 1;
            }
        }
    }

    /// How many migrations a target has, and the milliseconds that they took, where its own lines of the journal say that it has all.
    /// Nothing is taken in: who only asks about one target need not read of thousands.
    pub fn has_all(&self, target: TargetId) -> Option<(u16, u32)> {
        let of = self.plan.outline().nth(target as usize)?.0;
        let (mut done, mut took) = (0_u16, 0_u32);
        for event in Reader::about(&self.folder, target)? {
            match event {
                Event::Applied { ms, .. } => (done, took) = (done.checked_add(1)?, took.saturating_add(ms)),
                Event::Vanished { done: still, .. } => done = still,
                _ => {}
            }
        }
        (done == of).then_some((done, took))
    }

    /// What was written since, and whether a worker lives. Where none does, all that one wrote is there.
    pub fn poll(&mut self) -> Result<(Vec<Entry>, bool), Fault> {
        // Asked before the journal: what a worker wrote last is read then.
        let is_alive = journal::is_alive(&self.folder);
        let mut entries = Vec::new();
        self.each(|entry, _| entries.push(entry.clone()))?;
        Ok((entries, is_alive))
    }

    /// The run's folder.
    pub fn folder(&self) -> &Folder {
        &self.folder
    }

    /// What a person approved.
    pub fn plan(&self) -> &Arc<Plan> {
        &self.plan
    }

    /// What became of it so far.
    pub fn state(&self) -> &RunState {
        &self.state
    }

    /// Whether a worker has the run at this moment. One that has not may have written something that was not taken in yet.
    pub fn has_worker(&self) -> bool {
        journal::is_alive(&self.folder)
    }

    /// Whether a worker lives. What one wrote before it ended is taken in, so that an end in order is never mistaken for a crash.
    pub fn is_alive(&mut self) -> Result<bool, Fault> {
        if self.has_worker() {
            return Ok(true);
        }
        self.more()?;
        // One may have taken it up again in between: then the run is not at its end.
        Ok(!matches!(self.state.life, Life::Ended(_)) && self.has_worker())
    }
}
