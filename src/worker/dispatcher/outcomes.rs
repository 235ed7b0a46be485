//! What was told, as events of the run: what is tried again, what has failed, when the run stops itself. Must not send anything.

use std::time::Duration;

use tokio::time::Instant;

use super::{Dispatcher, ladder};
use crate::domain::name::shown;
use crate::domain::run::{Cause, CauseKind, Event, Halt, Life, Phase, TargetId};
use crate::worker::halt::Failed;
use crate::worker::job::{Outcome, SlotId, Trouble};
use crate::worker::judge;

/// So often in a row the connection of a target may be lost.
const LOST: u8 = 3;
/// How long what is in doubt waits when it could not be found out.
const DOUBT: Duration = Duration::from_secs(1);

impl Dispatcher {
    /// Takes in what became of a target.
    pub(super) fn outcome(&mut self, target: TargetId, ms: u32, outcome: Outcome) {
        let database = self.common.plan.targets[target as usize].database;
        match outcome {
            Outcome::Applied(how) => {
                self.holds.worked();
                self.losses.remove(&target);
                self.usual_ms = Some(self.usual_ms.map_or(f64::from(ms), |usual| usual.mul_add(0.8, f64::from(ms) * 0.2)));
                self.note(Event::Applied { target, how, ms });
                self.goes_next(target);
            }
            Outcome::Untouched => self.not_applied(target),
            Outcome::Known(done) => {
                if self.state.targets[target as usize].statements != done {
                    self.losses.remove(&target);
                    self.note(Event::StatementDone { target, done });
                }
                self.not_applied(target);
            }
            Outcome::Skipped(why) => self.note(Event::Skipped { target, why }),
            Outcome::Doubt(why) => self.doubt(target, why),
            Outcome::Dirty(done, cause) => {
                self.note(Event::Dirty { target, done, cause });
                self.count_failure(target);
            }
            Outcome::Refused(cause) => self.refused(target, database, ms, cause),
        }
    }

    /// Who kept a target from its lock is worth knowing later, too.
    pub(super) fn tell_blocker(&mut self, target: TargetId, outcome: &Outcome, waited_for: Option<(i32, u64, String)>) {
        if let (Outcome::Refused(Cause { kind: CauseKind::Contention, .. }), Some((pid, _, what))) = (outcome, waited_for) {
            let schema = shown(&self.common.plan.targets[target as usize].schema).into_owned();
            self.note(Event::Noted { text: format!("{schema} waited in vain for process {pid}, {what}") });
        }
    }

    /// A target that is not at its end goes on before others begin. One that was in doubt when this worker began may wait for its stage.
    pub(super) fn goes_next(&mut self, target: TargetId) {
        let known = &self.state.targets[target as usize];
        let database = self.common.plan.targets[target as usize].database;
        if known.phase == Phase::Pending && known.first {
            self.queue.add_named(database, target);
        } else if known.phase == Phase::Pending && self.state.stage.is_some_and(|open| known.stage <= open) {
            self.queue.add_first(database, target);
        }
    }

    /// Nothing of it is there, and it is tried again: but what loses its connection each time would do so for ever, and may be what
    /// brings the server down.
    fn not_applied(&mut self, target: TargetId) {
        if self.state.targets[target as usize].phase == Phase::InDoubt {
            let losses = self.losses.entry(target).or_default();
            *losses = losses.saturating_add(1);
            if *losses >= LOST {
                self.losses.remove(&target);
                let what = format!("the connection was lost {LOST} times in a row while this was under way");
                let hint =
                    "the server's log says whether it went down; or something between ends connections that are silent";
                let (kind, hint) = (CauseKind::Strange, Some(hint.to_owned()));
                return self.failed(target, 0, Cause { kind, sqlstate: None, what, statement: None, hint });
            }
        }
        self.note(Event::NotApplied { target });
        self.goes_next(target);
    }

    fn doubt(&mut self, target: TargetId, why: String) {
        let is_new = self.state.targets[target as usize].phase == Phase::Started;
        if is_new {
            self.note(Event::InDoubt { target, why });
        }
        self.doubtful.push_back((Instant::now() + if is_new { Duration::ZERO } else { DOUBT }, target));
    }

    fn refused(&mut self, target: TargetId, database: u16, ms: u32, cause: Cause) {
        let counted = self.state.targets[target as usize].tries;
        match cause.kind {
            CauseKind::Server => {
                let wait = self.holds.server(cause.what.clone());
                self.wait(target, database, cause, wait);
            }
            CauseKind::Pressure => {
                // What one target alone would need is known when it fails alone.
                let usual = || Cause { hint: judge::usual_hint(&cause), ..cause.clone() };
                if self.concurrency > 1 {
                    let why = cause.what.clone();
                    self.set_concurrency(self.concurrency / 2, why);
                    self.wait(target, database, usual(), ladder::wait(0, ladder::dice()));
                } else if counted < self.common.plan.policy.retries {
                    self.wait(target, database, usual(), ladder::wait(counted, ladder::dice()));
                } else {
                    self.failed(target, ms, cause);
                }
            }
            CauseKind::Busy | CauseKind::Contention => {
                let tries = self.queue.tries(target, counted);
                let retries = self.common.plan.policy.retries;
                // One that was asked for by name waits for none of the others.
                let is_late = self.queue.is_late() || self.state.targets[target as usize].first;
                match ladder::next(cause.kind, tries, retries, is_late, ladder::dice()) {
                    ladder::Next::Wait(wait) => self.wait(target, database, cause, wait),
                    ladder::Next::Later => {
                        self.note(Event::Retry { target, cause, wait_ms: None });
                        self.queue.defer(database, target);
                    }
                    ladder::Next::GiveUp => self.failed(target, ms, cause),
                }
            }
            CauseKind::FellThrough => {
                self.failed(target, ms, cause);
                self.halt(Halt::FellThrough);
            }
            CauseKind::TimedOut | CauseKind::Privilege | CauseKind::Statement | CauseKind::Strange => {
                self.failed(target, ms, cause);
            }
        }
    }

    fn wait(&mut self, target: TargetId, database: u16, cause: Cause, wait: Duration) {
        self.note(Event::Retry { target, cause, wait_ms: Some(wait.as_millis() as u32) });
        self.queue.delay(database, target, Instant::now() + wait);
    }

    fn failed(&mut self, target: TargetId, ms: u32, cause: Cause) {
        self.note(Event::Failed { target, cause, ms });
        self.count_failure(target);
    }

    fn count_failure(&mut self, target: TargetId) {
        if let Some(why) = self.tally_failure(target) {
            self.halt(why);
        }
    }

    /// Counts a target that failed; tells whether that is too much.
    pub(super) fn tally_failure(&mut self, target: TargetId) -> Option<Halt> {
        let (plan, known) = (&self.common.plan, &self.state.targets[target as usize]);
        let (stage, cause) = plan.stages.get(usize::from(known.stage)).zip(known.cause)?;
        let failed = Failed { stage: known.stage, kind: stage.kind, of: plan.of_stage(known.stage), cause };
        self.tally.note(failed, &plan.policy)
    }

    /// The run stops itself: nothing new starts, what is in flight ends.
    pub(super) fn halt(&mut self, why: Halt) {
        if !matches!(self.state.life, Life::Halted(_) | Life::Ended(_)) {
            self.note(Event::Halted { why });
        }
    }

    /// So many targets are worked on at once from now on.
    pub(super) fn set_concurrency(&mut self, now: u16, why: String) {
        let now = now.max(1);
        if now != self.concurrency {
            self.concurrency = now;
            self.note(Event::Concurrency { now, why });
        }
    }

    /// A connection is lost or did not come to be.
    pub(super) fn down(&mut self, slot: SlotId, trouble: Trouble) {
        self.slots[slot].backend = None;
        let database = self.slots[slot].database;
        let others = self.slots.iter().filter(|slot| slot.database == database && slot.backend.is_some()).count();
        if trouble == Trouble::Lost && others == 0 {
            self.servers[usize::from(database)].is_lost = true;
        }
        match trouble {
            Trouble::Wrong(what) => self.halt(Halt::WrongDatabase { what }),
            Trouble::Full(what) if others > 0 => self.set_concurrency((others as u16).min(self.concurrency), what),
            Trouble::Full(what) | Trouble::Passing(what) if others == 0 => self.holds.unreachable(database, what),
            Trouble::Lost | Trouble::Full(_) | Trouble::Passing(_) => {}
        }
    }

    /// The watcher of a database cannot connect: of importance as long as nobody else could.
    pub(super) fn blind(&mut self, database: u16, trouble: Trouble) {
        match trouble {
            Trouble::Wrong(what) => self.halt(Halt::WrongDatabase { what }),
            Trouble::Full(what) | Trouble::Passing(what)
                if self.slots.iter().all(|slot| slot.database != database || slot.backend.is_none()) =>
            {
                self.holds.unreachable(database, what);
            }
            _ => {}
        }
    }
}
