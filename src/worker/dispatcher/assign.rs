//! What comes next: which stage, which targets on which connection. Must not know what an answer means.

use std::sync::atomic::Ordering;

use tokio::time::Instant;

use super::{Dispatcher, SLOW};
use crate::domain::run::{Event, Life, Pause, Phase, TargetId};
use crate::plan::StageKind;
use crate::worker::clock;
use crate::worker::job::{Job, Order, SlotId};

/// Targets that are noted ahead on one connection at most.
const AHEAD: f64 = 16.0;
/// Milliseconds of work that are noted ahead.
const AHEAD_MS: f64 = 20.0;
/// Migrations that cannot run in a transaction are heavy.
const OUTSIDE: usize = 2;

impl Dispatcher {
    /// Goes on as far as possible with what is known.
    pub(super) fn advance(&mut self) {
        let now = Instant::now();
        let Self { queue, state, .. } = self;
        let is_named = |target: TargetId| state.targets[target as usize].first;
        queue.wake(now, is_named);
        if self.holds.wake(now) {
            queue.wake_all(is_named);
        }
        if self.gate.look(clock::now()) {
            self.queue.reopen();
        }
        self.look_for_slow(now);
        self.holds.goes_on = self.goes_on();
        self.tell_pause();
        self.recheck();
        self.settle(now);
        if self.state.life == Life::Running && self.broken.is_none() && !self.only_named {
            self.next_stage();
            self.holds.goes_on = self.goes_on();
            self.tell_pause();
        }
        self.wait_for_window();
        let goes = self.state.life.lets_named_start() && self.broken.is_none();
        self.common.hold.store(!goes, Ordering::SeqCst);
        if matches!(self.state.life, Life::Stopping { cancel: true }) {
            self.common.cancel.cancel();
        }
        if goes {
            self.assign(now);
        }
        self.look_for_latecomers();
    }

    /// Notes that the run pauses, or goes on, where that has changed.
    fn tell_pause(&mut self) {
        let told = match &self.state.life {
            Life::Running => None,
            Life::Paused(why) => Some(why.clone()),
            _ => return,
        };
        match (self.holds.why(), told) {
            (Some(Pause::Lag { .. }), Some(Pause::Lag { .. })) => {}
            (why, told) if why == told => {}
            (Some(why), _) => self.note(Event::Paused { why }),
            (None, _) => {
                let by = self.holds.ended_by.take();
                self.note(Event::Resumed { by });
            }
        }
    }

    /// Tells the watchers which processes have worked for long.
    fn look_for_slow(&mut self, now: Instant) {
        for (database, slow) in (0..).zip(&self.slow) {
            let is_slow = |slot: &&super::Slot| slot.database == database && slot.busy && now > slot.since + SLOW;
            let pids: Vec<i32> =
                self.slots.iter().filter(is_slow).filter_map(|slot| Some(slot.backend.as_ref()?.pid)).collect();
            slow.send_if_modified(|known| {
                let changed = *known != pids;
                *known = pids;
                changed
            });
        }
    }

    /// Sends somebody to find out what became of those that are in doubt: also while the run pauses, halts or stops.
    fn settle(&mut self, now: Instant) {
        if self.broken.is_some() {
            return;
        }
        for _ in 0..self.doubtful.len() {
            let Some((at, target)) = self.doubtful.pop_front() else { return };
            let database = self.common.plan.targets[target as usize].database;
            let may = at <= now && self.servers[usize::from(database)].is_checked();
            let free = if may { self.free_slot(database) } else { None };
            let Some(slot) = free else {
                self.doubtful.push_back((at, target));
                continue;
            };
            let backend = self.state.targets[target as usize].backend;
            let backend = backend.and_then(|at| self.state.backends.get(usize::from(at)).cloned());
            let order = Order::Settle(self.job(target), backend);
            self.slots[slot].busy = true;
            self.slots[slot].jobs.push_back(target);
            self.outbox.push((slot, order));
        }
    }

    /// Opens the next stage when the one before is done, and the last round of a stage when only those are left that wait for it.
    fn next_stage(&mut self) {
        let is_idle = self.queue.is_empty() && self.doubtful.is_empty() && self.slots.iter().all(|slot| !slot.busy);
        if !is_idle || !self.is_all_checked() {
            return;
        }
        if self.queue.has_only_deferred() {
            self.queue.begin_last_round();
            return;
        }
        let plan = &self.common.plan;
        let open = self.state.targets.iter().filter(|target| target.phase == Phase::Pending);
        let Some(next) = open.map(|target| target.stage).min() else { return };
        // Targets of a stage that is open already are in the queue, unless they came back from their end.
        let next = next.max(self.state.stage.unwrap_or(0));
        let is_new = self.state.stage.is_none_or(|stage| next > stage);
        if is_new
            && plan.stages.get(usize::from(next)).is_some_and(|stage| stage.go_ahead)
            && self.holds.let_go != Some(next)
        {
            self.holds.go_ahead = Some(next);
            return;
        }
        self.holds.go_ahead = None;
        if is_new {
            self.note(Event::Stage { stage: next });
            self.queue.begin_stage();
        }
        for (id, target) in (0..).zip(&self.state.targets) {
            if target.stage <= next && target.phase == Phase::Pending && !target.first {
                self.queue.add(self.common.plan.targets[id as usize].database, id);
            }
        }
    }

    /// The next of a database whose window is open. Those before it are put aside.
    fn peek_open(&mut self, database: u16) -> Option<TargetId> {
        while let Some(next) = self.queue.peek(database) {
            if self.gate.is_open(next) {
                return Some(next);
            }
            self.queue.shut(database);
        }
        None
    }

    /// Pauses where all that could go on waits for a window. What is in flight ends first.
    fn wait_for_window(&mut self) {
        for database in 0..self.common.plan.databases.len() as u16 {
            self.peek_open(database);
        }
        let is_idle = self.doubtful.is_empty() && self.outbox.is_empty() && self.slots.iter().all(|slot| !slot.busy);
        let waits = self.queue.only_shut().filter(|_| is_idle && !self.only_named);
        self.holds.window = waits.and_then(|targets| self.gate.next(targets));
        self.tell_pause();
        for database in 0..self.common.plan.databases.len() as u16 {
            self.want_turn(database, self.needs_turn(database));
        }
    }

    fn assign(&mut self, now: Instant) {
        let most = if self.holds.is_probing() { 1 } else { usize::from(self.concurrency) };
        self.assign_named(most);
        if self.state.life != Life::Running || self.only_named {
            return;
        }
        let mut allowed = self.pace.allowed(now);
        for database in 0..self.common.plan.databases.len() as u16 {
            while self.holds.may_start(database)
                && self.servers[usize::from(database)].is_checked()
                && allowed > 0
                && self.slots.iter().filter(|slot| slot.busy).count() < most
                && let Some(first) = self.peek_open(database)
            {
                let is_outside = self.is_outside(first);
                if is_outside && self.busy_outside() >= OUTSIDE {
                    break;
                }
                let Some(slot) = self.free_slot(database) else { break };
                let size = if is_outside { 1 } else { self.batch_size(database, most).min(allowed) };
                let batch = self.take_batch(database, size);
                allowed -= batch.len();
                self.pace.take(batch.len());
                self.start(slot, database, batch);
            }
        }
    }

    /// Those that were asked for by name go before all others, count for no pace, and do not wait for the turn of their database: one
    /// target under the lock of its schema is in nobody's way.
    fn assign_named(&mut self, most: usize) {
        for database in 0..self.common.plan.databases.len() as u16 {
            while self.servers[usize::from(database)].is_checked()
                && self.slots.iter().filter(|slot| slot.busy).count() < most
                && self.queue.has_named(database)
            {
                let Some(slot) = self.free_slot(database) else { break };
                let Some(target) = self.queue.take_named(database) else { break };
                self.start(slot, database, vec![target]);
            }
        }
    }

    fn start(&mut self, slot: SlotId, database: u16, batch: Vec<TargetId>) {
        let Some(backend) = self.slots[slot].backend.clone() else { return };
        self.note(Event::Started { targets: batch.clone(), database, backend: backend.clone() });
        let jobs = batch.iter().map(|target| self.job(*target)).collect();
        self.slots[slot].busy = true;
        self.slots[slot].jobs = batch.into();
        self.outbox.push((slot, Order::Work(jobs, backend)));
    }

    /// A connection that can take an order. Where there is none and there may be more, one more is opened, for later.
    pub(super) fn free_slot(&mut self, database: u16) -> Option<SlotId> {
        let of_database = |slot: &&super::Slot| slot.database == database;
        let times = self.servers[usize::from(database)].times;
        let is_free = |slot: &super::Slot| slot.database == database && slot.is_free() && slot.server == times;
        if let Some(free) = self.slots.iter().position(is_free) {
            return Some(free);
        }
        let of_database = |slot: &&super::Slot| of_database(slot) && !slot.closed;
        let connecting = self.slots.iter().filter(of_database).filter(|slot| slot.backend.is_none()).count();
        let wanted = self.queue.ready(database).max(1);
        let have = self.slots.iter().filter(of_database).count();
        for _ in have..usize::from(self.concurrency).min(have + wanted.saturating_sub(connecting)) {
            self.open_slot(database);
        }
        None
    }

    /// How many targets are noted ahead: few enough that little is in doubt after a crash, many enough that noting costs little.
    fn batch_size(&self, database: u16, connections: usize) -> usize {
        let stage = self.state.stage.and_then(|stage| self.common.plan.stages.get(usize::from(stage)));
        if stage.is_none_or(|stage| stage.kind != StageKind::Wave) || self.holds.is_probing() {
            return 1;
        }
        let share = self.queue.ready(database).div_ceil(connections.max(1));
        let ahead = self.usual_ms.map_or(1.0, |ms| (AHEAD_MS / ms.max(0.1)).clamp(1.0, AHEAD));
        (ahead as usize).min(share).max(1)
    }

    fn take_batch(&mut self, database: u16, size: usize) -> Vec<TargetId> {
        let mut batch = Vec::with_capacity(size);
        while batch.len() < size
            && let Some(next) = self.peek_open(database)
            && (batch.is_empty() || !self.is_outside(next))
        {
            batch.extend(self.queue.take(database));
        }
        batch
    }

    pub(super) fn job(&self, target: TargetId) -> Job {
        let state = &self.state.targets[target as usize];
        let made = self.state.created.get(&target).copied();
        Job { target, done: state.done, statements: state.statements, made }
    }

    fn is_outside(&self, target: TargetId) -> bool {
        let done = self.state.targets[target as usize].done;
        self.common.plan.step(target, done).is_some_and(|step| !step.transactional)
    }

    fn busy_outside(&self) -> usize {
        self.slots.iter().filter(|slot| slot.jobs.front().is_some_and(|target| self.is_outside(*target))).count()
    }
}
