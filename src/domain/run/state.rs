//! The one fold of a run's events: worker, faces and resume all keep a [`RunState`], and what may follow what is known here alone.
//! Its memory grows with targets and distinct causes, never with events. Must not know files, servers or screens.

mod counts;
#[cfg(test)]
mod tests;

use std::collections::{HashMap, HashSet, VecDeque};
use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

pub use self::counts::{Counts, Phase};
use super::{Backend, Cause, End, Entry, Event, Halt, How, Pause, Person, Progress, StageId, TargetId};
use crate::domain::catalog::Oid;

/// The position of a cause in [`RunState::causes`].
pub type CauseId = u16;

/// What is known of one target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TargetState {
    /// Where it is.
    pub phase: Phase,
    /// How many of its migrations are applied.
    pub done: u16,
    /// How many it has in the plan.
    pub steps: u16,
    /// How many statements of the migration at hand are done, where it cannot run in a transaction.
    pub statements: u16,
    /// The stage it belongs to.
    pub stage: StageId,
    /// How often the migration at hand was tried without success.
    pub tries: u8,
    /// Whether a migration was found applied by another.
    pub by_another: bool,
    /// Why the last try did not work.
    pub cause: Option<CauseId>,
    /// The backend that has, or had, the migration at hand: a position in [`RunState::backends`].
    pub backend: Option<u16>,
    /// Milliseconds that its migrations took in sum.
    pub ms: u32,
    /// Whether somebody asked this worker for it by name: then it waits for no stage and no window.
    pub first: bool,
}

/// Where the run as a whole is. Whether a worker lives is not told by the journal, but by its lock.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Life {
    /// No worker took it up yet.
    New,
    /// Targets start.
    Running,
    /// Nothing new starts for now.
    Paused(Pause),
    /// Nothing new starts any more, what is in flight ends: a person asked.
    Stopping {
        /// Whether what is in flight is cancelled.
        cancel: bool,
    },
    /// Nothing new starts any more, what is in flight ends: the run stopped itself.
    Halted(Halt),
    /// A worker ended in order.
    Ended(End),
}

impl Life {
    /// Whether targets that were asked for by name may start: they wait for no stage, no window and no
    /// other run.
    pub fn lets_named_start(&self) -> bool {
        matches!(self, Self::Running | Self::Paused(Pause::GoAhead { .. } | Pause::Turn { .. } | Pause::Window { .. }))
    }

    /// The word for it everywhere. `is_alive` says whether a worker has the run: without one, a run that has not ended was interrupted.
    pub fn word(&self, is_alive: bool) -> &'static str {
        match self {
            Self::Ended(end) => end.word(),
            Self::New if !is_alive => "not begun",
            _ if !is_alive => "interrupted",
            Self::New => "starting",
            Self::Running => "running",
            Self::Paused(_) => "paused",
            Self::Stopping { cancel: false } => "stopping",
            Self::Stopping { cancel: true } => "cancelling",
            Self::Halted(_) => "halting",
        }
    }
}

/// An event that may not follow what happened before: the journal is damaged, or there is a mistake in the worker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Illegal {
    /// The number of the entry.
    pub n: u64,
    /// What is wrong, a lower-case fragment.
    pub what: String,
}

impl fmt::Display for Illegal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "entry {} of the journal cannot follow those before it: {}", self.n, self.what)
    }
}

impl std::error::Error for Illegal {}

/// How many different causes are kept apart. The ones after are counted with the last.
const MOST_CAUSES: usize = 500;
/// How many notes are kept.
const MOST_NOTES: usize = 50;
/// Seconds over which the rate is measured.
const RATE_SECONDS: i64 = 10;

/// What is known of a run.
#[derive(Debug, Clone, PartialEq)]
pub struct RunState {
    /// By position in the plan.
    pub targets: Vec<TargetState>,
    /// How many targets are where.
    pub counts: Counts,
    /// Why something did not work, and how many targets failed or are dirty for that.
    pub causes: Vec<(Cause, u32)>,
    /// Every backend that was told of.
    pub backends: Vec<Backend>,
    /// Where the run is.
    pub life: Life,
    /// The stage whose targets may start, the newest.
    pub stage: Option<StageId>,
    /// How many targets are worked on at once at most, since that was changed.
    pub concurrency: Option<u16>,
    /// Who asked for the run first, and when it began.
    pub began: Option<(Person, Timestamp)>,
    /// The hash of the plan.
    pub plan: Option<String>,
    /// How often a worker took it up.
    pub workers: u32,
    /// The process of the newest worker, and its machine.
    pub worker: Option<(u32, String)>,
    /// The moment of the last event.
    pub last: Option<Timestamp>,
    /// The number of the last event.
    pub n: u64,
    /// Migrations that are applied.
    pub migrations: u64,
    /// The newest notes.
    pub notes: VecDeque<(Timestamp, String)>,
    /// How far the targets in flight are whose work takes long.
    pub progress: HashMap<TargetId, Progress>,
    /// The schemas that were begun to be made, but for those of which nothing is there: their OID, and the transaction that makes them.
    pub created: HashMap<TargetId, (Oid, u64)>,
    known_causes: HashMap<Cause, CauseId>,
    known_backends: HashMap<Backend, u16>,
    /// Settled targets per second, the newest last.
    pace: VecDeque<(i64, u32)>,
}

impl RunState {
    /// How many targets are worked on at this moment: of those that were noted ahead on a connection, one.
    pub fn at_work(&self) -> u32 {
        let started = self.targets.iter().filter(|target| target.phase == Phase::Started);
        started.map(|target| target.backend).collect::<HashSet<_>>().len() as u32
    }

    /// A run of which nothing has happened. Each target is told as its number of migrations and its stage.
    pub fn new(targets: impl IntoIterator<Item = (u16, StageId)>) -> Self {
        let target = |(steps, stage)| TargetState {
            phase: Phase::Pending,
            done: 0,
            steps,
            statements: 0,
            stage,
            tries: 0,
            by_another: false,
            cause: None,
            backend: None,
            ms: 0,
            first: false,
        };
        let targets: Vec<TargetState> = targets.into_iter().map(target).collect();
        Self {
            counts: Counts { pending: targets.len() as u32, ..Counts::default() },
            targets,
            causes: Vec::new(),
            backends: Vec::new(),
            life: Life::New,
            stage: None,
            concurrency: None,
            began: None,
            plan: None,
            workers: 0,
            worker: None,
            last: None,
            n: 0,
            migrations: 0,
            notes: VecDeque::new(),
            progress: HashMap::new(),
            created: HashMap::new(),
            known_causes: HashMap::new(),
            known_backends: HashMap::new(),
            pace: VecDeque::new(),
        }
    }

    /// A target.
    pub fn target(&self, id: TargetId) -> Option<&TargetState> {
        self.targets.get(id as usize)
    }

    /// Targets settled per second, over the last ten seconds before `now`; `None` before anything was settled in them.
    pub fn rate(&self, now: Timestamp) -> Option<f64> {
        let from = now.as_second() - RATE_SECONDS;
        let recent: u32 = self.pace.iter().filter(|(second, _)| *second >= from).map(|(_, count)| count).sum();
        let began = self.began.as_ref().map_or(from, |(_, at)| at.as_second());
        let seconds = (now.as_second() - began.max(from)).max(1);
        (recent > 0).then(|| f64::from(recent) / seconds as f64)
    }

    /// Takes one entry in. An entry that is refused changes nothing.
    pub fn apply(&mut self, entry: &Entry) -> Result<(), Illegal> {
        let refuse = |what: String| Illegal { n: entry.n, what };
        if entry.n != self.n + 1 {
            return Err(refuse(format!("number {} was expected", self.n + 1)));
        }
        let settled = self.counts.settled();
        self.take(entry).map_err(refuse)?;
        self.n = entry.n;
        self.last = Some(entry.at);
        let more = self.counts.settled().saturating_sub(settled);
        if more > 0 {
            self.note_pace(entry.at.as_second(), more);
        }
        Ok(())
    }

    fn note_pace(&mut self, second: i64, more: u32) {
        match self.pace.back_mut() {
            // A clock that was set back still counts.
            Some((last, count)) if *last >= second => *count += more,
            _ => self.pace.push_back((second, more)),
        }
        while self.pace.len() > RATE_SECONDS as usize + 1 {
            self.pace.pop_front();
        }
    }

    fn take(&mut self, entry: &Entry) -> Result<(), String> {
        if let Event::Began { by, pid, plan, targets, .. } = &entry.event {
            return self.begin(entry.at, by, *pid, plan, *targets);
        }
        match &self.life {
            Life::New => return Err("no worker had begun".into()),
            Life::Ended(_) => return Err("the worker had ended".into()),
            _ => {}
        }
        match &entry.event {
            Event::Began { .. } => Ok(()),
            Event::Stage { stage } => self.open_stage(*stage),
            Event::Started { targets, backend, .. } => self.start(targets, backend),
            Event::Applied { target, how, ms } => self.applied(*target, *how, *ms),
            Event::Retry { target, cause, .. } => {
                self.change(*target, &[Phase::Started, Phase::InDoubt], Phase::Retrying)?;
                let cause = self.cause(cause);
                let target = &mut self.targets[*target as usize];
                (target.cause, target.tries) = (Some(cause), target.tries.saturating_add(1));
                Ok(())
            }
            Event::Failed { target, cause, ms } => {
                self.end_badly(*target, &[Phase::Started, Phase::InDoubt], Phase::Failed, cause)?;
                let target = &mut self.targets[*target as usize];
                target.ms = target.ms.saturating_add(*ms);
                Ok(())
            }
            Event::InDoubt { target, .. } => self.change(*target, &[Phase::Started], Phase::InDoubt),
            Event::NotApplied { target } => self.change(*target, &[Phase::Started, Phase::InDoubt], Phase::Pending),
            Event::Vanished { target, done } => self.vanished(*target, *done),
            Event::Dirty { target, done, cause } => {
                self.end_badly(*target, &[Phase::Started, Phase::InDoubt], Phase::Dirty, cause)?;
                self.targets[*target as usize].statements = *done;
                Ok(())
            }
            Event::StatementDone { target, done } => {
                self.check(*target, &[Phase::Started, Phase::InDoubt])?;
                self.targets[*target as usize].statements = *done;
                Ok(())
            }
            Event::Created { target, oid, xid } => {
                self.change(*target, &[Phase::Started], Phase::Started)?;
                self.created.insert(*target, (*oid, *xid));
                Ok(())
            }
            Event::Progress { target, progress } => {
                self.change(*target, &[Phase::Started], Phase::Started)?;
                self.progress.insert(*target, *progress);
                Ok(())
            }
            Event::Skipped { target, why } => {
                let from = [Phase::Pending, Phase::Started, Phase::Retrying, Phase::InDoubt];
                self.change(*target, &from, Phase::Skipped(*why))
            }
            Event::Again { targets, .. } => self.again(targets),
            Event::First { targets, .. } => self.first(targets),
            Event::Paused { why } => {
                self.live(Life::Paused(why.clone()), |life| matches!(life, Life::Running | Life::Paused(_)))
            }
            Event::Resumed { .. } => self.live(Life::Running, |life| matches!(life, Life::Paused(_))),
            Event::Concurrency { now, .. } => {
                self.concurrency = Some(*now);
                Ok(())
            }
            Event::Stopping { cancel, .. } => self.live(Life::Stopping { cancel: *cancel }, |_| true),
            Event::Halted { why } => self.live(Life::Halted(why.clone()), |_| true),
            Event::Noted { text } => {
                self.notes.push_back((entry.at, text.clone()));
                while self.notes.len() > MOST_NOTES {
                    self.notes.pop_front();
                }
                Ok(())
            }
            Event::Ended { end } => self.end(*end),
        }
    }

    fn begin(&mut self, at: Timestamp, by: &Person, pid: u32, plan: &str, targets: u32) -> Result<(), String> {
        if self.plan.as_deref().is_some_and(|known| known != plan) {
            return Err("it began with another plan".into());
        }
        if targets as usize != self.targets.len() {
            return Err(format!("it has {targets} targets, the plan has {}", self.targets.len()));
        }
        for target in &mut self.targets {
            let now = match target.phase {
                Phase::Started => Phase::InDoubt,
                Phase::Retrying => Phase::Pending,
                other => other,
            };
            *self.counts.of(target.phase) -= 1;
            *self.counts.of(now) += 1;
            target.phase = now;
            (target.tries, target.first) = (0, false);
        }
        self.progress.clear();
        self.plan = Some(plan.to_owned());
        self.began.get_or_insert_with(|| (by.clone(), at));
        self.worker = Some((pid, by.host.clone()));
        self.workers += 1;
        self.stage = None;
        self.concurrency = None;
        self.life = Life::Running;
        Ok(())
    }

    fn live(&mut self, life: Life, from: impl FnOnce(&Life) -> bool) -> Result<(), String> {
        if !from(&self.life) {
            return Err(format!("the run is {:?}", self.life));
        }
        self.life = life;
        Ok(())
    }

    fn open_stage(&mut self, stage: StageId) -> Result<(), String> {
        if self.stage.is_some_and(|open| open >= stage) {
            return Err(format!("stage {stage} is open already"));
        }
        self.stage = Some(stage);
        Ok(())
    }

    fn start(&mut self, targets: &[TargetId], backend: &Backend) -> Result<(), String> {
        for (at, id) in targets.iter().enumerate() {
            let target = self.check(*id, &[Phase::Pending, Phase::Retrying])?;
            if self.life != Life::Running && !(target.first && self.life.lets_named_start()) {
                return Err(format!("target {id} starts although the run is {:?}", self.life));
            }
            if !target.first && self.stage.is_none_or(|stage| target.stage > stage) {
                return Err(format!("target {id} starts before its stage {}", target.stage));
            }
            if targets[..at].contains(id) {
                return Err(format!("target {id} starts twice"));
            }
        }
        let backend = self.backend(backend);
        for id in targets {
            self.change(*id, &[Phase::Pending, Phase::Retrying], Phase::Started)?;
            self.targets[*id as usize].backend = Some(backend);
        }
        Ok(())
    }

    fn applied(&mut self, id: TargetId, how: How, ms: u32) -> Result<(), String> {
        let target = self.check(id, &[Phase::Started, Phase::InDoubt])?;
        let next = if target.done + 1 >= target.steps { Phase::Applied } else { Phase::Pending };
        self.change(id, &[target.phase], next)?;
        let target = &mut self.targets[id as usize];
        target.done += 1;
        (target.statements, target.tries, target.cause) = (0, 0, None);
        target.by_another |= how == How::Another;
        target.ms = target.ms.saturating_add(ms);
        self.migrations += 1;
        Ok(())
    }

    fn vanished(&mut self, id: TargetId, done: u16) -> Result<(), String> {
        let target = *self.target(id).ok_or_else(|| unknown(id))?;
        if target.phase == Phase::Started {
            return Err(wrong(id, target.phase));
        }
        if done >= target.done {
            return Err(format!("target {id} had no more than {done} migrations"));
        }
        self.open_again(id)?;
        self.migrations -= u64::from(target.done - done);
        let target = &mut self.targets[id as usize];
        (target.done, target.statements) = (done, 0);
        Ok(())
    }

    fn end_badly(&mut self, id: TargetId, from: &[Phase], to: Phase, cause: &Cause) -> Result<(), String> {
        self.change(id, from, to)?;
        let cause = self.cause(cause);
        self.causes[usize::from(cause)].1 += 1;
        self.targets[id as usize].cause = Some(cause);
        Ok(())
    }

    fn again(&mut self, targets: &[TargetId]) -> Result<(), String> {
        let is_at_end = |phase| matches!(phase, Phase::Failed | Phase::Dirty | Phase::Skipped(_));
        for id in targets {
            let target = self.target(*id).ok_or_else(|| unknown(*id))?;
            if !is_at_end(target.phase) {
                return Err(wrong(*id, target.phase));
            }
        }
        for id in targets {
            // The same target twice is the same as once.
            if is_at_end(self.targets[*id as usize].phase) {
                self.open_again(*id)?;
            }
        }
        Ok(())
    }

    /// A target is pending as if nothing had been tried.
    fn open_again(&mut self, id: TargetId) -> Result<(), String> {
        let target = self.targets[id as usize];
        if let Some(cause) = target.cause.filter(|_| matches!(target.phase, Phase::Failed | Phase::Dirty)) {
            self.causes[usize::from(cause)].1 -= 1;
        }
        self.change(id, &[target.phase], Phase::Pending)?;
        let target = &mut self.targets[id as usize];
        (target.cause, target.tries, target.first) = (None, 0, false);
        Ok(())
    }

    fn first(&mut self, targets: &[TargetId]) -> Result<(), String> {
        for id in targets {
            self.check(*id, &[Phase::Pending, Phase::Started, Phase::Retrying, Phase::InDoubt])?;
        }
        for id in targets {
            self.targets[*id as usize].first = true;
        }
        Ok(())
    }

    fn end(&mut self, end: End) -> Result<(), String> {
        let Counts { running, in_doubt, applied, .. } = self.counts;
        if running > 0 {
            return Err(format!("{running} targets are in flight at the end"));
        }
        let fits = match end {
            End::Done => applied == self.counts.total(),
            End::DoneWithFailures => self.counts.open() == 0 && self.counts.unlucky() > 0,
            End::Stopped => true,
            End::Halted => matches!(self.life, Life::Halted(_)),
            End::Waiting => self.counts.open() > 0,
        };
        if !fits {
            return Err(format!("the end is \"{}\" with {in_doubt} in doubt and {:?}", end.word(), self.counts));
        }
        self.life = Life::Ended(end);
        Ok(())
    }

    fn check(&self, id: TargetId, from: &[Phase]) -> Result<TargetState, String> {
        let target = self.target(id).ok_or_else(|| unknown(id))?;
        if from.contains(&target.phase) { Ok(*target) } else { Err(wrong(id, target.phase)) }
    }

    fn change(&mut self, id: TargetId, from: &[Phase], to: Phase) -> Result<(), String> {
        let target = self.check(id, from)?;
        *self.counts.of(target.phase) -= 1;
        *self.counts.of(to) += 1;
        self.targets[id as usize].phase = to;
        if to != Phase::Started {
            self.progress.remove(&id);
        }
        // What was made may have vanished when its server comes back, and is looked for by its OID.
        if !matches!(to, Phase::Started | Phase::InDoubt | Phase::Dirty | Phase::Applied) {
            self.created.remove(&id);
        }
        Ok(())
    }

    fn cause(&mut self, cause: &Cause) -> CauseId {
        if let Some(known) = self.known_causes.get(cause) {
            return *known;
        }
        if self.causes.len() >= MOST_CAUSES {
            return (MOST_CAUSES - 1) as CauseId;
        }
        let id = self.causes.len() as CauseId;
        self.causes.push((cause.clone(), 0));
        self.known_causes.insert(cause.clone(), id);
        id
    }

    fn backend(&mut self, backend: &Backend) -> u16 {
        if let Some(known) = self.known_backends.get(backend) {
            return *known;
        }
        // A run that reconnected so often tells its newest backend at the last place.
        let id = self.backends.len().min(usize::from(u16::MAX) - 1);
        if id == self.backends.len() {
            self.backends.push(backend.clone());
            self.known_backends.insert(backend.clone(), id as u16);
        } else {
            self.backends[id] = backend.clone();
        }
        id as u16
    }
}

fn unknown(id: TargetId) -> String {
    format!("there is no target {id}")
}

fn wrong(id: TargetId, phase: Phase) -> String {
    format!("target {id} is {}", phase.word())
}
