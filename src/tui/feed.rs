//! What the console does about runs outside of its model: lists them, reads the journal of one as it grows, tells workers what is
//! asked of them, starts them. Must not decide any of it.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::task::{JoinHandle, block_in_place};
use zeroize::Zeroizing;

use super::msg::Msg;
use super::overlays::launch::{Clones, Deed, Direction, Wanted};
use super::overlays::signal::Process;
use super::runs::{Listing, RunSummary, what};
use crate::config::{Colour, Environment};
use crate::domain::fault::{Fault, FaultKind};
use crate::domain::fleet::Severity;
use crate::domain::name::{SchemaPath, shown};
use crate::domain::run::{Control, End, Life, Now, RunId, TargetId};
use crate::observer::{self, Target};
use crate::plan::migrate::Selection;
use crate::plan::{CommandLine, EnvironmentName, Plan};
use crate::runs::{self, Folder, Follower, Place, Record, Start, Taking};

/// How often a journal is looked at.
const LOOK: Duration = Duration::from_millis(100);
/// From one delivery of entries to the next, so that a fast run is drawn twice a second and no more: over a slow line that is less than
/// 1 kB a second.
const DELIVERY: Duration = Duration::from_millis(500);
/// How often the journal of a run is looked at on which nobody works.
const IDLE: Duration = Duration::from_secs(1);
/// How often a worker is asked what it does.
const ASKING: Duration = Duration::from_secs(1);
/// Messages that wait to be taken; whoever has more waits, also while the terminal is lent to another program.
const WAITING: usize = 8;

/// The part of the console that looks after runs.
#[derive(Debug)]
pub(super) struct Feed {
    place: Result<Place, Fault>,
    told: Sender<Msg>,
    following: Vec<JoinHandle<()>>,
    /// What plans are made for, and the folder of their migrations.
    environment: EnvironmentName,
    migrations: Option<PathBuf>,
    command: Option<CommandLine>,
    planning: Option<JoinHandle<()>>,
    /// The runs that had ended at the last listing, each with the length of its journal: these are not read again.
    ended: Arc<Mutex<Ended>>,
}

type Ended = HashMap<RunId, (u64, RunSummary)>;

impl Feed {
    /// For runs at a place and plans for an environment; what comes of it is to be read from the receiver.
    pub(super) fn new(place: Result<Place, Fault>, environment: &Environment) -> (Self, Receiver<Msg>) {
        let (told, news) = channel(WAITING);
        let name = if environment.name.is_empty() { "-".to_owned() } else { environment.name.clone() };
        let feed = Self {
            place,
            told,
            following: Vec::new(),
            environment: EnvironmentName { name, production: environment.colour == Colour::Production },
            migrations: environment.policy.migrations.as_ref().map(PathBuf::from),
            command: environment.command.clone().map(|it| CommandLine { argv: it.argv, folder: it.folder }),
            planning: None,
            ended: Arc::default(),
        };
        (feed, news)
    }

    /// Builds a plan from fresh facts; one that was asked for before is given up.
    pub(super) fn build(&mut self, wanted: Box<Wanted>, targets: &[Target]) {
        if let Some(former) = self.planning.take() {
            former.abort();
        }
        let is_meant = |target: &&Target| {
            wanted.place() == target.label || wanted.schemas.iter().any(|path| path.database == target.label)
        };
        let targets: Vec<Target> = targets.iter().filter(is_meant).cloned().collect();
        let (asked, told) = (self.asked(&wanted), self.told.clone());
        self.planning = Some(tokio::spawn(async move {
            let plan = match asked {
                Ok(asked) => asked.plan(targets).await,
                Err(fault) => Err(fault),
            };
            let plan = plan.map(runs::told_of_logout);
            let _nobody_listens_any_more = told.send(Msg::Planned { wanted, plan: Box::new(plan) }).await;
        }));
    }

    /// What the observer is asked for.
    fn asked(&self, wanted: &Wanted) -> Result<Asked, Fault> {
        let name = |path: &SchemaPath| format!("{}/{}", path.database, path.schema);
        let schemas: Vec<String> = wanted.schemas.iter().map(name).collect();
        let schema = schemas.first().cloned().unwrap_or_default();
        let (environment, policy) = (self.environment.clone(), wanted.policy.clone());
        Ok(match &wanted.deed {
            Deed::Migrate { to, direction } => {
                if self.migrations.is_none() && self.command.is_none() {
                    let fault = Fault::new(FaultKind::Usage, "where the migrations are is not said");
                    return Err(fault.hint("set migrations in fleet.toml"));
                }
                Asked::Migrate(Box::new(observer::plan::Wanted {
                    environment,
                    source: self.migrations.clone(),
                    to: to.clone(),
                    reverse: *direction == Direction::Back,
                    late: *direction == Direction::Late,
                    selection: Selection::Named(schemas),
                    policy,
                    command: self.command.clone(),
                }))
            }
            Deed::Drop { registry } => {
                let archive = Some(self.place.as_ref().map_err(Clone::clone)?.archives());
                let registry = *registry;
                Asked::Drop(Box::new(observer::drop::Wanted { environment, schemas, archive, registry, policy }))
            }
            Deed::Rename { to, registry } => {
                let (to, registry) = (to.clone(), *registry);
                Asked::Rename(Box::new(observer::rename::Wanted { environment, schema, to, registry, policy }))
            }
            Deed::Clone(clones) => {
                let Clones { targets, rows, database, owner, entry } = clones.clone();
                let source = Some(schema);
                Asked::Clone(Box::new(observer::clone::Wanted {
                    environment,
                    source,
                    targets,
                    rows,
                    database,
                    owner,
                    entry,
                    policy,
                }))
            }
        })
    }

    /// Lists all runs.
    pub(super) fn list(&self) {
        let (place, told, ended) = (self.place.clone(), self.told.clone(), Arc::clone(&self.ended));
        tokio::task::spawn_blocking(move || {
            let mut known = ended.lock().map(|mut ended| std::mem::take(&mut *ended)).unwrap_or_default();
            let listing = listing(&place, &mut known);
            if let Ok(mut ended) = ended.lock() {
                *ended = known;
            }
            let _nobody_listens_any_more = told.blocking_send(Msg::Runs(listing));
        });
    }

    /// Reads the journal of a run from now on, and of none else.
    pub(super) fn follow(&mut self, id: RunId) {
        self.unfollow();
        let place = match &self.place {
            Ok(place) => place.clone(),
            Err(fault) => {
                let lost = Msg::RunLost { id, fault: fault.clone() };
                return self.tell(lost);
            }
        };
        let lives = Arc::new(AtomicBool::new(false));
        self.following = vec![
            tokio::spawn(read(place.clone(), id.clone(), self.told.clone(), Arc::clone(&lives))),
            tokio::spawn(ask(place, id, self.told.clone(), lives)),
        ];
    }

    /// Reads no journal any more.
    pub(super) fn unfollow(&mut self) {
        for task in self.following.drain(..) {
            task.abort();
        }
    }

    /// Asks the worker of a run for something.
    pub(super) fn control(&self, id: RunId, control: Control) {
        let (place, told) = (self.place.clone(), self.told.clone());
        tokio::spawn(async move {
            let answer = tell(&place, &id, control.clone()).await.map(drop);
            let _nobody_listens_any_more = told.send(Msg::RunTold { id, control, answer }).await;
        });
    }

    /// Reads what happened to one target.
    pub(super) fn read_log(&self, id: RunId, target: TargetId) {
        let (place, told) = (self.place.clone(), self.told.clone());
        tokio::task::spawn_blocking(move || {
            let entries = log(&place, &id, target);
            let _nobody_listens_any_more = told.blocking_send(Msg::RunLog { id, target, entries });
        });
    }

    /// Starts a worker on a run that ended early.
    pub(super) fn resume(&self, id: RunId, taking: Taking, targets: &[Target]) {
        let (place, told, targets) = (self.place.clone(), self.told.clone(), targets.to_vec());
        tokio::task::spawn_blocking(move || {
            let started = again(&place, &id, &taking, &targets).map(|()| id);
            let _nobody_listens_any_more = told.blocking_send(Msg::RunStarted(started));
        });
    }

    /// Starts a run of an approved plan.
    pub(super) fn start(&self, plan: Plan, targets: &[Target]) {
        let (place, told, targets) = (self.place.clone(), self.told.clone(), targets.to_vec());
        tokio::task::spawn_blocking(move || {
            let started = begin(&place, plan, &targets);
            let _nobody_listens_any_more = told.blocking_send(Msg::RunStarted(started));
        });
    }

    /// Looks at a server process once more and plans what it is to be asked.
    pub(super) fn look(&self, process: Process, targets: &[Target]) {
        let target = targets.iter().find(|target| target.label == process.database).cloned();
        let (environment, told) = (self.environment.clone(), self.told.clone());
        tokio::spawn(async move {
            let plan = match target {
                Some(target) => observer::signal::plan(&target, environment, process.pid, process.terminate).await,
                None => Err(Fault::new(FaultKind::Usage, "this console is not connected to its database")),
            };
            let _nobody_listens_any_more = told.send(Msg::Looked { process, plan: Box::new(plan) }).await;
        });
    }

    /// Asks a server process by an approved plan, and waits until it is known what came of it.
    pub(super) fn signal(&self, plan: Plan, targets: &[Target]) {
        let (place, told, targets) = (self.place.clone(), self.told.clone(), targets.to_vec());
        tokio::task::spawn_blocking(move || {
            let words = what(&plan.kind);
            let ended = begin(&place, plan, &targets).and_then(|id| {
                let (severity, word) = outcome(&place, &id)?;
                Ok((id, severity, format!("{words}: {word}")))
            });
            let _nobody_listens_any_more = told.blocking_send(Msg::Signalled(ended));
        });
    }

    fn tell(&self, msg: Msg) {
        let told = self.told.clone();
        tokio::spawn(async move { told.send(msg).await });
    }
}

impl Drop for Feed {
    fn drop(&mut self) {
        self.unfollow();
        if let Some(planning) = &self.planning {
            planning.abort();
        }
    }
}

/// A plan that is asked for, in the words of the part of the observer that makes it.
enum Asked {
    Migrate(Box<observer::plan::Wanted>),
    Drop(Box<observer::drop::Wanted>),
    Rename(Box<observer::rename::Wanted>),
    Clone(Box<observer::clone::Wanted>),
}

impl Asked {
    async fn plan(self, targets: Vec<Target>) -> Result<Plan, Fault> {
        match self {
            Self::Migrate(wanted) => observer::plan::plan(targets, *wanted, |_| ()).await,
            Self::Drop(wanted) => observer::drop::plan(targets, *wanted, |_| ()).await,
            Self::Rename(wanted) => observer::rename::plan(targets, *wanted, |_| ()).await,
            Self::Clone(wanted) => observer::clone::plan(targets, *wanted, |_| ()).await,
        }
    }
}

fn listing(place: &Result<Place, Fault>, ended: &mut Ended) -> Listing {
    let before = Instant::now();
    let folders = match place.as_ref().map_err(Clone::clone).and_then(Place::folders) {
        Ok(folders) => folders,
        Err(fault) => return Listing { faults: vec![fault], ..Listing::default() },
    };
    let root = place.as_ref().map_or_else(|_| PathBuf::new(), |place| place.root.clone());
    let (mut listing, mut known) = (Listing { root, ..Listing::default() }, Ended::new());
    for folder in folders {
        match summary(folder, ended, &mut known) {
            Ok(summary) => listing.runs.push(summary),
            Err(fault) => listing.faults.push(fault),
        }
    }
    *ended = known;
    listing.took_ms = u64::try_from(before.elapsed().as_millis()).unwrap_or(u64::MAX);
    listing
}

/// A run as its files tell it, which are read only where they may tell something new.
fn summary(folder: Folder, before: &mut Ended, known: &mut Ended) -> Result<RunSummary, Fault> {
    let (id, length) = (folder.id.clone(), runs::journal_length(&folder)?);
    let same = before.remove(&id).filter(|(known, _)| *known == length);
    let summary = if let Some((_, summary)) = same {
        summary
    } else {
        let it = Record::read(folder)?;
        RunSummary::new(id.clone(), &it.plan, &it.state, it.alive)
    };
    if matches!(summary.standing.life, Life::Ended(_)) && !summary.standing.is_alive {
        known.insert(id, (length, summary.clone()));
    }
    Ok(summary)
}

/// Reads a journal until it is aborted or cannot be read any more.
async fn read(place: Place, id: RunId, told: Sender<Msg>, lives: Arc<AtomicBool>) {
    if let Err(fault) = follow(&place, &id, &told, &lives).await {
        let _nobody_listens_any_more = told.send(Msg::RunLost { id, fault }).await;
    }
}

async fn follow(place: &Place, id: &RunId, told: &Sender<Msg>, lives: &AtomicBool) -> Result<(), Fault> {
    let mut follower = block_in_place(|| place.folder(&id.0).and_then(Follower::of))?;
    let plan = Box::new((**follower.plan()).clone());
    let mut known = None;
    if told.send(Msg::RunOpened { id: id.clone(), plan }).await.is_err() {
        return Ok(());
    }
    loop {
        let (entries, is_alive) = block_in_place(|| follower.poll())?;
        lives.store(is_alive, Ordering::Relaxed);
        let is_news = !entries.is_empty() || known != Some(is_alive);
        known = Some(is_alive);
        if is_news && told.send(Msg::RunEntries { id: id.clone(), entries, is_alive }).await.is_err() {
            return Ok(());
        }
        let pause = match (is_alive, is_news) {
            (_, true) => DELIVERY,
            (true, false) => LOOK,
            (false, false) => IDLE,
        };
        tokio::time::sleep(pause).await;
    }
}

/// Asks the worker what it has in flight as long as one lives, until it is aborted.
async fn ask(place: Place, id: RunId, told: Sender<Msg>, lives: Arc<AtomicBool>) {
    let place = Ok(place);
    let mut last = None;
    loop {
        if lives.load(Ordering::Relaxed) {
            let now = tell(&place, &id, Control::Now).await;
            // It has just ended: the journal tells.
            let is_gone = now.as_ref().is_err_and(|fault| fault.kind == FaultKind::Gone);
            if !is_gone && last.as_ref() != Some(&now) {
                last = Some(now.clone());
                if told.send(Msg::RunNow { id: id.clone(), now }).await.is_err() {
                    return;
                }
            }
        } else {
            last = None;
        }
        tokio::time::sleep(ASKING).await;
    }
}

async fn tell(place: &Result<Place, Fault>, id: &RunId, control: Control) -> Result<Now, Fault> {
    let folder = place.as_ref().map_err(Clone::clone)?.folder(&id.0)?;
    runs::control(&folder, &runs::me(), control).await
}

fn log(place: &Result<Place, Fault>, id: &RunId, target: TargetId) -> Result<Vec<crate::domain::run::Entry>, Fault> {
    let folder = place.as_ref().map_err(Clone::clone)?.folder(&id.0)?;
    let mut entries = Vec::new();
    Follower::of(folder)?.each(|entry, _| {
        if entry.event.is_about(target) {
            entries.push(entry.clone());
        }
    })?;
    Ok(entries)
}

fn again(place: &Result<Place, Fault>, id: &RunId, taking: &Taking, targets: &[Target]) -> Result<(), Fault> {
    let place = place.as_ref().map_err(Clone::clone)?;
    let record = place.find(&id.0)?;
    let secrets = secrets(&record.plan, targets)?;
    runs::resume(place, id, taking, &secrets, &runs::me(), runs::own_program()?)
}

fn begin(place: &Result<Place, Fault>, plan: Plan, targets: &[Target]) -> Result<RunId, Fault> {
    let place = place.as_ref().map_err(Clone::clone)?;
    let secrets = secrets(&plan, targets)?;
    runs::start(place, Start { plan, by: runs::me(), secrets, program: runs::own_program()? })
}

/// How a run of one target ends, in a few words.
fn outcome(place: &Result<Place, Fault>, id: &RunId) -> Result<(Severity, String), Fault> {
    /// Longer than the worker looks.
    const PATIENCE: Duration = Duration::from_secs(20);
    let place = place.as_ref().map_err(Clone::clone)?;
    let until = Instant::now() + PATIENCE;
    loop {
        let record = place.find(&id.0)?;
        let cause = record.state.causes.first().map(|(cause, _)| cause.what.clone());
        match record.state.life {
            Life::Ended(End::Done) => return Ok((Severity::Ok, "done".to_owned())),
            Life::Ended(_) => return Ok((Severity::Warn, cause.unwrap_or_else(|| "not done".to_owned()))),
            _ if Instant::now() > until => return Ok((Severity::Warn, "it has not ended yet".to_owned())),
            _ => std::thread::sleep(LOOK),
        }
    }
}

/// How the worker connects: a line for each database of the plan, in its order.
fn secrets(plan: &Plan, targets: &[Target]) -> Result<Zeroizing<String>, Fault> {
    let mut lines = Vec::new();
    for database in &plan.databases {
        let Some(target) = targets.iter().find(|target| target.label == database.label) else {
            let what = format!("this console is not connected to {}, which the run writes to", shown(&database.label));
            return Err(Fault::new(FaultKind::Usage, what));
        };
        lines.push(target.hand_over());
    }
    // A text that grows would leave pieces of passwords behind it: its room is taken at once.
    let mut all = Zeroizing::new(String::with_capacity(lines.iter().map(|line| line.len()).sum()));
    for line in &lines {
        all.push_str(line);
    }
    Ok(all)
}
