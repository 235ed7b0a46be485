//! What a person asks of a running worker. Must not know how it was asked.

use tokio::time::Instant;

use super::Dispatcher;
use crate::domain::run::{Answered, Control, Event, Flight, Life, Now, Person, Phase, TargetId, TargetState};
use crate::plan::StageKind;
use crate::worker::control::Wish;

/// More connections than this help nobody.
const MOST: u16 = 256;

impl Dispatcher {
    /// Does it, and answers when it is durable.
    pub(super) fn grant(&mut self, wish: Wish) {
        let answer = match self.do_it(wish.by, &wish.control) {
            Ok(()) => {
                self.advance();
                self.flush(true);
                Answered::Ok(self.now())
            }
            Err(why) => Answered::Refused(why.to_owned()),
        };
        // Who asked may have gone.
        let _heard = wish.answer.send(answer);
    }

    fn do_it(&mut self, by: Person, control: &Control) -> Result<(), &'static str> {
        if *control == Control::Now {
            return Ok(());
        }
        if self.broken.is_some() {
            return Err("the journal cannot be written: the run ends when what is in flight has ended");
        }
        let goes_on = matches!(self.state.life, Life::Running | Life::Paused(_));
        match control {
            Control::Stop { cancel } => {
                let twice = matches!(self.state.life, Life::Stopping { .. });
                self.note(Event::Stopping { by, cancel: *cancel || twice });
                return Ok(());
            }
            _ if !goes_on => return Err("the run is about to end: resume it then"),
            Control::Pause => self.holds.person = Some(by),
            Control::Resume => {
                self.holds.go_on(by);
                self.queue.wake_all();
                self.common.hurry.notify_waiters();
            }
            Control::GoAhead => {
                let stage = self.holds.go_ahead.take().ok_or("no stage waits for a word")?;
                (self.holds.let_go, self.holds.ended_by) = (Some(stage), Some(by));
            }
            Control::Retry => {
                let targets = self.ids_in(|phase| matches!(phase, Phase::Failed | Phase::Dirty));
                if targets.is_empty() {
                    return Err("nothing failed");
                }
                self.again(targets, by);
            }
            Control::Concurrency { now } => {
                if !(1..=MOST).contains(now) {
                    return Err("the concurrency is between 1 and 256");
                }
                self.set_concurrency(*now, format!("{} asked for it", crate::domain::name::shown(&by.user)));
            }
            Control::Now => {}
        }
        Ok(())
    }

    fn again(&mut self, targets: Vec<TargetId>, by: Person) {
        self.tally.forget();
        self.note(Event::Again { targets: targets.clone(), by });
        for target in targets {
            let stage = self.state.targets[target as usize].stage;
            if self.state.stage.is_some_and(|open| stage <= open) {
                self.queue.add(self.common.plan.targets[target as usize].database, target);
            }
        }
    }

    /// A worker that takes a run up again tries what must not have failed before anything else goes on; everything, where a person asked
    /// for that.
    pub(super) fn try_again_what_must_be(&mut self, everything: bool) {
        let stages = &self.common.plan.stages;
        let must = |(_, target): &(TargetId, &TargetState)| {
            let stage = stages.get(usize::from(target.stage));
            let is_first = stage.is_some_and(|stage| stage.kind != StageKind::Wave);
            match target.phase {
                Phase::Failed | Phase::Dirty => everything || is_first,
                Phase::Skipped(_) => everything,
                _ => false,
            }
        };
        let targets: Vec<TargetId> = (0..).zip(&self.state.targets).filter(must).map(|(id, _)| id).collect();
        if !targets.is_empty() {
            let by = self.by.clone();
            self.again(targets, by);
        }
    }

    pub(super) fn ids_in(&self, is: impl Fn(Phase) -> bool) -> Vec<TargetId> {
        (0..).zip(&self.state.targets).filter(|(_, target)| is(target.phase)).map(|(id, _)| id).collect()
    }

    /// What is in flight at this moment, the oldest first.
    fn now(&self) -> Now {
        let now = Instant::now();
        let flight = |slot: &super::Slot| {
            let target = *slot.jobs.front().filter(|_| slot.busy)?;
            let pid = slot.backend.as_ref()?.pid;
            let ms = now.duration_since(slot.since).as_millis() as u64;
            Some(Flight { target, ms, pid, waits_for: self.waits.get(&(slot.database, pid)).cloned() })
        };
        let mut flights: Vec<Flight> = self.slots.iter().filter_map(flight).collect();
        flights.sort_by_key(|flight| std::cmp::Reverse(flight.ms));
        Now { flights, concurrency: self.concurrency }
    }
}
