//! The turns of databases: which of them this run needs now, so that other runs may work where it has nothing to do. Must not ask a
//! server for one.

use jiff::{SignedDuration, Timestamp};
use tokio::sync::mpsc::unbounded_channel;

use super::Dispatcher;
use crate::domain::run::{Event, Phase};
use crate::worker::clock;

/// Connections and turns are kept for a window that opens within this time.
const SOON: SignedDuration = SignedDuration::from_mins(5);

impl Dispatcher {
    /// Whether targets of a database of ours are worked on, or can be.
    pub(super) fn goes_on(&self) -> bool {
        let databases = 0..self.common.plan.databases.len() as u16;
        databases.into_iter().any(|database| self.holds.may_start(database) && !self.is_idle(database))
    }

    /// Whether nothing of a database is worked on, nor can be at once or in a while: its targets are done, wait for their windows, or
    /// for the end of a stage.
    fn is_idle(&self, database: u16) -> bool {
        let is_doubtful =
            |target: &u32| self.common.plan.targets.get(*target as usize).is_some_and(|target| target.database == database);
        self.queue.is_idle(database)
            && self.servers[usize::from(database)].is_checked()
            && !self.slots.iter().any(|slot| slot.database == database && slot.busy)
            && !self.doubtful.iter().any(|(_, target)| is_doubtful(target))
    }

    /// Whether the turn of a database is of use: not where all of it is done while others are not, where it waits long for a window, or
    /// where the run waits for the turn of another database. Two runs that held what the other one needs would wait for ever.
    pub(super) fn needs_turn(&self, database: u16) -> bool {
        if self.only_named || !self.is_idle(database) {
            return true;
        }
        let is_long = |until: Option<Timestamp>| until.is_some_and(|until| until.duration_since(clock::now()) > SOON);
        let sleeps = is_long(self.holds.window) || is_long(self.gate.next(self.queue.shut_of(database)));
        let is_done = || self.state.counts.open() > 0 && !self.has_open(database);
        !(sleeps || self.holds.waits_for_another(database) || is_done())
    }

    fn has_open(&self, database: u16) -> bool {
        let is_open = |phase| matches!(phase, Phase::Pending | Phase::Started | Phase::Retrying | Phase::InDoubt);
        let targets = self.state.targets.iter().zip(&self.common.plan.targets);
        targets.into_iter().any(|(known, target)| target.database == database && is_open(known.phase))
    }

    /// Gives the turn of a database to other runs, with the connections that would have nothing to do, or asks for it again.
    pub(super) fn want_turn(&mut self, database: u16, wanted: bool) {
        let wants = &self.wants_turns[usize::from(database)];
        let has_changed = wants.send_if_modified(|wants| std::mem::replace(wants, wanted) != wanted);
        if has_changed && !wanted {
            self.holds.give_turn(database);
        }
        if !wanted {
            self.close_slots(database);
        }
    }

    fn close_slots(&mut self, database: u16) {
        let is_free = |slot: &&mut super::Slot| slot.database == database && !slot.busy && !slot.closed;
        for slot in self.slots.iter_mut().filter(is_free) {
            // An executor whose orders end closes its connection; there are new ones then.
            (slot.closed, slot.backend, slot.orders) = (true, None, unbounded_channel().0);
        }
    }

    /// The watcher of a database has its turn, or another run has it, whose work is told.
    pub(super) fn turn_is(&mut self, database: u16, theirs: Option<String>) {
        // It may have been given back since.
        if !*self.wants_turns[usize::from(database)].borrow() {
            return;
        }
        let who = theirs.clone();
        let is_new = self.holds.turn(database, theirs);
        if let Some(text) = who.filter(|_| is_new && self.holds.goes_on) {
            // The run does not pause for it.
            self.note(Event::Noted { text });
        }
    }
}
