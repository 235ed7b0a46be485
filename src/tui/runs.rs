//! What is known of runs: the list, and the one that is followed. Pure: the clock is given. Must not know a screen, nor how a
//! journal is read.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::domain::fault::{Fault, FaultKind};
use crate::domain::fleet::Severity;
use crate::domain::record::Record;
use crate::domain::record::run::{self as record, RunLine};
use crate::domain::run::{Counts, End, Entry, Event, Halt, Life, Now, Person, Progress, RunId, RunState};
use crate::plan::{EnvironmentName, Kind, Plan};

/// From one listing to the next, while live runs are on screen.
pub const RHYTHM: Duration = Duration::from_secs(2);
/// Reading may take this part of the time: many long journals are read less often.
const SHARE: u64 = 10;
/// A listing without an answer for so long is lost.
const LOST: Duration = Duration::from_secs(30);

/// A run as lists show it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunSummary {
    /// Its name.
    pub id: RunId,
    /// The word for what it does: `migrate`.
    pub kind: String,
    /// What it does that with, raw: the migration, the source of a clone.
    pub subject: String,
    /// For which environment.
    pub environment: EnvironmentName,
    /// The labels of its databases, raw.
    pub databases: Vec<String>,
    /// Who asked for it, and when it began; `None` before a worker took it up.
    pub began: Option<(Person, Timestamp)>,
    /// The moment of its last event.
    pub last: Option<Timestamp>,
    /// Where it is.
    pub standing: Standing,
    /// How many targets are where.
    pub counts: Counts,
    /// How many targets are worked on at this moment: others count as running that were noted ahead.
    pub at_work: u32,
    /// How many migrations are applied.
    pub migrations: u64,
    /// How often a worker took it up.
    pub workers: u32,
    /// The hash of its plan; `None` before a worker took it up.
    pub plan: Option<String>,
}

/// Where a run is, and whether anybody works on it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    /// As its journal tells.
    pub life: Life,
    /// Whether a worker lives.
    pub is_alive: bool,
}

impl Standing {
    /// Whether a worker works on it.
    pub fn is_live(&self) -> bool {
        self.is_alive && !matches!(self.life, Life::Ended(_))
    }

    /// Whether its worker ended without a word: it can be resumed.
    pub fn is_interrupted(&self) -> bool {
        !self.is_alive && !matches!(self.life, Life::Ended(_))
    }

    /// The word for it everywhere.
    pub fn word(&self) -> &'static str {
        self.life.word(self.is_alive)
    }

    /// How much it matters.
    pub fn severity(&self) -> Severity {
        match &self.life {
            Life::Ended(End::Done) => Severity::Ok,
            Life::Ended(End::DoneWithFailures | End::Halted) => Severity::Danger,
            Life::Ended(End::Waiting) => Severity::Info,
            Life::Ended(End::Stopped) => Severity::Warn,
            _ if !self.is_alive => Severity::Danger,
            Life::Halted(_) => Severity::Danger,
            Life::Paused(_) | Life::Stopping { .. } => Severity::Warn,
            Life::New | Life::Running => Severity::Info,
        }
    }
}

impl RunSummary {
    /// What a plan and its journal come to.
    pub fn new(id: RunId, plan: &Plan, state: &RunState, is_alive: bool) -> Self {
        Self {
            id,
            kind: plan.kind.word().to_owned(),
            subject: plan.kind.subject().to_owned(),
            environment: plan.environment.clone(),
            databases: plan.databases.iter().map(|database| database.label.clone()).collect(),
            began: state.began.clone(),
            last: state.last,
            standing: Standing { life: state.life.clone(), is_alive },
            counts: state.counts,
            at_work: state.at_work(),
            migrations: state.migrations,
            workers: state.workers,
            plan: state.plan.clone(),
        }
    }

    /// The share of its targets that are settled, 0 to 1.
    pub fn share(&self) -> f64 {
        share(&self.counts)
    }

    /// What it does in few words, safe to show: `migrate crm 0016`.
    pub fn what(&self) -> String {
        format!("{} {}", self.kind, crate::domain::name::shown(&self.subject))
    }

    /// The same in a list, where what is migrated needs no verb: nearly all are.
    pub fn in_list(&self) -> String {
        let is_usual = self.kind == Kind::MIGRATE;
        if is_usual { crate::domain::name::shown(&self.subject).into_owned() } else { self.what() }
    }
}

/// The share of targets that are settled, 0 to 1.
pub fn share(counts: &Counts) -> f64 {
    if counts.total() == 0 { 1.0 } else { f64::from(counts.settled()) / f64::from(counts.total()) }
}

/// What a run does in few words, safe to show.
pub fn what(kind: &Kind) -> String {
    format!("{} {}", kind.word(), crate::domain::name::shown(kind.subject()))
}

/// All runs of a place.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Listing {
    /// Where they are kept.
    pub root: PathBuf,
    /// The newest first.
    pub runs: Vec<RunSummary>,
    /// What could not be read.
    pub faults: Vec<Fault>,
    /// How long reading them took, in milliseconds.
    pub took_ms: u64,
}

/// What long work on targets came to: objects, rows and bytes, as the worker told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Worked {
    /// Objects that are done.
    pub objects: u64,
    /// How many one target has.
    pub each: u32,
    /// Rows that were copied.
    pub rows: u64,
    /// The bytes of them.
    pub bytes: u64,
}

impl Worked {
    fn add(&mut self, progress: &Progress) {
        self.objects += u64::from(progress.done);
        self.each = self.each.max(progress.of);
        self.rows += progress.rows;
        self.bytes += progress.bytes;
    }
}

/// The run that is followed.
#[derive(Debug, Clone, PartialEq)]
pub struct Followed {
    /// Its name.
    pub id: RunId,
    /// Its plan.
    pub plan: Arc<Plan>,
    /// What its journal comes to.
    pub state: RunState,
    /// What is in flight; `None` while the worker did not say.
    pub now: Option<Now>,
    /// Whether a worker lives.
    pub is_alive: bool,
    /// What long work on the targets that are applied by now came to, as far as it was told.
    pub worked: Worked,
    /// Why it stopped itself, also after its end.
    pub halted: Option<Halt>,
    /// Why it cannot be followed any more, or what its worker does not tell.
    pub fault: Option<Fault>,
}

impl Followed {
    /// A run of which only the plan was read.
    pub fn new(id: RunId, plan: Plan) -> Self {
        let state = RunState::new(plan.outline());
        Self {
            id,
            plan: Arc::new(plan),
            state,
            now: None,
            is_alive: false,
            worked: Worked::default(),
            halted: None,
            fault: None,
        }
    }

    /// What long work came to by now, with that on what is in flight; `None` where a target is one message, of which nothing is told.
    pub fn work(&self) -> Option<Worked> {
        // Of a target that is applied everything is done, whatever was told last.
        let mut worked = Worked { objects: 0, ..self.worked };
        self.state.progress.values().for_each(|progress| worked.add(progress));
        worked.objects += u64::from(worked.each) * u64::from(self.state.counts.applied);
        (worked.each > 0).then_some(worked)
    }

    /// The share of all work that is done, 0 to 1: targets that are settled, and of those in flight what was told.
    pub fn share(&self) -> f64 {
        let part = |it: &Progress| f64::from(it.done.min(it.of)) / f64::from(it.of.max(1));
        let in_flight: f64 = self.state.progress.values().map(part).sum();
        let total = f64::from(self.state.counts.total().max(1));
        (share(&self.state.counts) + in_flight / total).min(1.0)
    }

    /// How many targets are worked on at once at most.
    pub fn at_once(&self) -> u16 {
        let told = self.now.as_ref().map(|now| now.concurrency).or(self.state.concurrency);
        told.unwrap_or(self.plan.policy.concurrency)
    }

    /// Where it is.
    pub fn standing(&self) -> Standing {
        Standing { life: self.state.life.clone(), is_alive: self.is_alive }
    }

    /// As lists show it.
    pub fn summary(&self) -> RunSummary {
        RunSummary::new(self.id.clone(), &self.plan, &self.state, self.is_alive)
    }

    /// Takes entries of its journal in.
    pub fn take(&mut self, entries: &[Entry], is_alive: bool) {
        for entry in entries {
            if let Event::Applied { target, .. } = &entry.event
                && let Some(progress) = self.state.progress.get(target)
            {
                self.worked.add(progress);
            }
            if let Err(illegal) = self.state.apply(entry) {
                self.fault = Some(Fault::new(FaultKind::Local, illegal.to_string()));
                break;
            }
            match &entry.event {
                Event::Halted { why } => self.halted = Some(why.clone()),
                Event::Began { .. } => self.halted = None,
                // What the worker told before is older.
                Event::Concurrency { now: many, .. } => {
                    if let Some(now) = &mut self.now {
                        now.concurrency = *many;
                    }
                }
                _ => {}
            }
        }
        self.is_alive = is_alive;
        if !self.standing().is_live() {
            self.now = None;
        }
    }
}

/// What is known of runs, and when they are listed again.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Runs {
    listing: Option<Listing>,
    asked: Option<Timestamp>,
    /// `None` until it was asked once: then it is due at once.
    due: Option<Timestamp>,
    /// The run whose journal is read.
    following: Option<RunId>,
    #[serde(skip)]
    followed: Option<Box<Followed>>,
}

impl Runs {
    /// The runs, the newest first. The followed one as it is now.
    pub fn list(&self) -> &[RunSummary] {
        self.listing.as_ref().map_or(&[], |listing| &listing.runs)
    }

    /// A run as `runs list` gives it.
    pub fn record(&self, run: &RunSummary) -> Record {
        let root = self.listing.as_ref().map_or_else(PathBuf::new, |listing| listing.root.clone());
        record::of_run(&RunLine {
            run: &run.id.0,
            state: run.standing.word(),
            alive: run.standing.is_alive,
            kind: (&run.kind, &run.subject),
            environment: (&run.environment.name, run.environment.production),
            databases: &run.databases,
            counts: run.counts,
            migrations: run.migrations,
            began: run.began.as_ref(),
            last: run.last,
            workers: run.workers,
            plan: run.plan.as_deref(),
            folder: &root.join(&run.id.0).to_string_lossy(),
        })
    }

    /// What could not be read.
    pub fn faults(&self) -> &[Fault] {
        self.listing.as_ref().map_or(&[], |listing| &listing.faults)
    }

    /// Whether they were listed once.
    pub fn is_listed(&self) -> bool {
        self.listing.is_some()
    }

    /// Those that a worker works on.
    pub fn live(&self) -> impl Iterator<Item = &RunSummary> {
        self.list().iter().filter(|run| run.standing.is_live())
    }

    /// The run whose journal is read.
    pub fn following(&self) -> Option<&RunId> {
        self.following.as_ref()
    }

    /// What is known of a run that is or was followed.
    pub fn followed(&self, id: &RunId) -> Option<&Followed> {
        self.followed.as_deref().filter(|followed| followed.id == *id)
    }

    /// The same of whichever it is.
    pub fn last_followed(&self) -> Option<&Followed> {
        self.followed.as_deref()
    }

    /// Notes that this run, or none, is followed from now on. Whether that is a change.
    pub fn follow(&mut self, id: Option<RunId>) -> bool {
        if self.following == id {
            return false;
        }
        self.following = id;
        true
    }

    /// A run's plan was read: its journal follows from the beginning.
    pub fn opened(&mut self, id: RunId, plan: Plan) {
        if self.following.as_ref() == Some(&id) {
            self.followed = Some(Box::new(Followed::new(id, plan)));
        }
    }

    /// What is followed now, to be changed.
    pub fn followed_mut(&mut self, id: &RunId) -> Option<&mut Followed> {
        self.followed.as_deref_mut().filter(|followed| followed.id == *id)
    }

    /// Brings the followed run's line of the list up to date.
    pub fn relist(&mut self) {
        let (Some(listing), Some(followed)) = (&mut self.listing, &self.followed) else { return };
        if let Some(line) = listing.runs.iter_mut().find(|run| run.id == followed.id) {
            *line = followed.summary();
        }
    }

    /// Takes a listing in.
    pub fn take(&mut self, listing: Listing, now: Timestamp) {
        let pause = RHYTHM.max(Duration::from_millis(listing.took_ms.saturating_mul(SHARE)));
        self.listing = Some(listing);
        self.asked = None;
        self.due = Some(later(now, pause));
    }

    /// Makes a listing due at once.
    pub fn hurry(&mut self) {
        self.due = None;
    }

    /// Whether they are to be listed now; they count as asked for then.
    pub fn ask(&mut self, now: Timestamp) -> bool {
        let due = self.due().is_none_or(|due| due <= now);
        if due {
            self.asked = Some(now);
        }
        due
    }

    /// After how long they are to be listed again.
    pub fn next(&self, now: Timestamp) -> Duration {
        self.due().map_or(Duration::ZERO, |due| Duration::try_from(due.duration_since(now)).unwrap_or_default())
    }

    fn due(&self) -> Option<Timestamp> {
        self.asked.map_or(self.due, |asked| Some(later(asked, LOST)))
    }
}

fn later(at: Timestamp, by: Duration) -> Timestamp {
    SignedDuration::try_from(by).ok().and_then(|by| at.checked_add(by).ok()).unwrap_or(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_are_listed_at_once_and_then_in_a_rhythm() {
        let mut runs = Runs::default();
        let at = |ms: i64| Timestamp::from_millisecond(ms).unwrap();
        assert_eq!(runs.next(at(0)), Duration::ZERO);
        assert!(runs.ask(at(0)));
        assert!(!runs.ask(at(500)), "it is asked for already");
        runs.take(Listing::default(), at(600));
        assert_eq!(runs.next(at(600)), RHYTHM);
        assert!(!runs.ask(at(2_500)));
        assert!(runs.ask(at(2_600)));
        assert!(runs.ask(at(40_000)), "the question was lost");
        runs.take(Listing::default(), at(40_001));
        assert!(!runs.ask(at(42_000)));
        runs.take(Listing { took_ms: 900, ..Listing::default() }, at(42_000));
        assert_eq!(runs.next(at(42_000)), Duration::from_secs(9), "long journals");
        runs.hurry();
        assert!(runs.ask(at(40_002)));
    }

    #[test]
    fn a_run_is_interrupted_when_nobody_works_on_it() {
        for (life, is_alive, word, severity) in [
            (Life::New, false, "not begun", Severity::Danger),
            (Life::Running, true, "running", Severity::Info),
            (Life::Running, false, "interrupted", Severity::Danger),
            (Life::Stopping { cancel: false }, false, "interrupted", Severity::Danger),
            (Life::Stopping { cancel: true }, true, "cancelling", Severity::Warn),
            (Life::Ended(End::Done), false, "done", Severity::Ok),
            (Life::Ended(End::Halted), true, "halted", Severity::Danger),
        ] {
            let standing = Standing { life, is_alive };
            assert_eq!((standing.word(), standing.severity()), (word, severity), "{standing:?}");
        }
    }
}
