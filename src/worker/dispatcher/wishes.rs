//! What a person asks of a running worker. Must not know how it was asked.

use tokio::time::Instant;

use super::Dispatcher;
use crate::domain::run::{Answered, Control, Event, Flight, Life, Now, Person, Phase, RunState, TargetId, TargetState};
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
                self.only_named = false;
                self.holds.go_on(by);
                let Self { queue, state, .. } = self;
                queue.wake_all(|target| state.targets[target as usize].first);
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
            Control::First { target } => {
                if self.state.target(*target).is_none() {
                    return Err("its plan has no such target");
                }
                if self.holds.person.is_some() {
                    return Err("a person paused the run");
                }
                self.name(vec![*target], by);
            }
            Control::Now => {}
        }
        Ok(())
    }

    /// A worker that is there for these targets alone. What failed before counts, as other workers like it saw that.
    pub(super) fn begin_with(&mut self, targets: Vec<TargetId>) {
        self.only_named = true;
        self.holds.go_alongside();
        for target in self.ids_in(|phase| matches!(phase, Phase::Failed | Phase::Dirty)) {
            self.tally_failure(target);
        }
        let by = self.by.clone();
        self.name(targets, by);
    }

    /// Somebody asks for targets by name: they go before all others, also those that are at a bad end.
    fn name(&mut self, mut targets: Vec<TargetId>, by: Person) {
        let phase = |state: &RunState, target: &TargetId| state.targets[*target as usize].phase;
        let is_at_bad_end = |phase| matches!(phase, Phase::Failed | Phase::Dirty | Phase::Skipped(_));
        targets.retain(|target| {
            let known = &self.state.targets[*target as usize];
            known.phase != Phase::Applied && (!known.first || is_at_bad_end(known.phase))
        });
        let again: Vec<TargetId> =
            targets.iter().copied().filter(|target| is_at_bad_end(phase(&self.state, target))).collect();
        if !again.is_empty() {
            self.note(Event::Again { targets: again, by: by.clone() });
        }
        if targets.is_empty() {
            return;
        }
        self.note(Event::First { targets: targets.clone(), by });
        for target in targets {
            // What is in flight, or in doubt, goes on first when that is known.
            if matches!(phase(&self.state, &target), Phase::Pending | Phase::Retrying) {
                self.queue.add_named(self.common.plan.targets[target as usize].database, target);
            }
        }
    }

    /// Whether a target that was asked for by name is not at its end.
    pub(super) fn has_open_named(&self) -> bool {
        let is_open = |phase| matches!(phase, Phase::Pending | Phase::Started | Phase::Retrying | Phase::InDoubt);
        self.state.targets.iter().any(|target| target.first && is_open(target.phase))
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
