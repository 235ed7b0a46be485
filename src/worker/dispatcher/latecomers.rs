//! When all is done it is looked who came after the plan, so that nobody takes the run for the whole fleet. Must not do anything to them.

use super::Dispatcher;
use crate::domain::run::{Event, Life};
use crate::worker::job::{Order, SlotId};

impl Dispatcher {
    /// Whether the end waits for the answer. A worker that is there for some targets alone does not ask.
    pub(super) fn looks_for_latecomers(&self) -> bool {
        let is_whole = self.state.counts.open() == 0 && !self.only_named && self.broken.is_none();
        let goes_on = matches!(self.state.life, Life::Running | Life::Paused(_));
        is_whole && goes_on && !(self.unasked.is_empty() && self.unanswered.is_empty())
    }

    /// Asks each database once all is done.
    pub(super) fn look_for_latecomers(&mut self) {
        if !self.looks_for_latecomers() || !self.is_all_checked() {
            return;
        }
        for database in std::mem::take(&mut self.unasked) {
            match self.free_slot(database) {
                Some(slot) => {
                    self.slots[slot].busy = true;
                    self.outbox.push((slot, Order::Latecomers));
                    self.unanswered.push(database);
                }
                None => self.unasked.push(database),
            }
        }
    }

    /// Takes in who came. A database that could not be asked is not asked again.
    pub(super) fn latecomers_are(&mut self, slot: SlotId, told: Option<String>) {
        let database = self.slots[slot].database;
        self.unanswered.retain(|other| *other != database);
        if let Some(text) = told {
            self.note(Event::Noted { text });
        }
    }
}
