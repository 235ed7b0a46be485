//! `migrate --jit`: one target of an approved run now, by the run's worker, or by one that does only this. Must not plan anything, nor
//! start anything that nobody approved.

use std::time::Duration;

use tokio::signal::unix::{SignalKind, signal};

use super::{Reach, code, order, resume, words};
use crate::cli::exit::ExitCode;
use crate::cli::failure::Failure;
use crate::cli::paper::narrate;
use crate::cli::reading::wait;
use crate::cli::verbs::{Answer, counted};
use crate::config::{Access, Config};
use crate::domain::fault::{Fault, FaultKind};
use crate::domain::name::shown;
use crate::domain::nearest::nearest;
use crate::domain::run::{Control, End, Life, Pause, Phase, RunState, TargetId};
use crate::domain::units;
use crate::plan::Plan;
use crate::runs::{Follower, Place, Record, Taking};

/// A worker that ends just when it is asked is met again; more often than so only if something is wrong.
const ROUNDS: usize = 20;
/// How often the journal is looked at: an application may wait.
const RHYTHM: Duration = Duration::from_millis(5);

/// How waiting for one target came to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Left {
    Settled,
    WorkerGone,
    Detached,
}

/// Brings one target of a run up to date. The exit code says what became of it: 0 when it has everything.
pub(in crate::cli) fn first(config: &Config, run: &str, schema: &str, reach: &mut Reach<'_>) -> Result<Answer, Failure> {
    let place = Place::of(config)?;
    let follower = Follower::of(place.folder(run)?)?;
    let plan = std::sync::Arc::clone(follower.plan());
    let target = target(&plan, follower.folder().id.short(), schema)?;
    // Nearly always that is so, and a request of an application waits for it.
    if let Some((done, ms)) = follower.has_all(target) {
        return Ok(up_to_date(&words::target(&plan, target), done, ms));
    }
    let mut record = Record::of(follower)?;
    let mut asked = false;
    for _ in 0..ROUNDS {
        if record.state.targets[target as usize].phase == Phase::Applied {
            return Ok(told(&record.state, &record.plan, target));
        }
        match (record.alive, record.end()) {
            (false, Some(end @ (End::Halted | End::Stopped))) if asked || end == End::Halted => {
                return Err(stands_still(&record, end));
            }
            (false, None) if asked => return Err(interrupted(&record)),
            _ => {}
        }
        let mut follower = Follower::open(&record)?;
        follower.more()?;
        let before = follower.state().n;
        if ask(&place, &record, target, reach)? {
            asked = true;
            let left = wait(to_its_end(&mut follower, target, before))??;
            match left {
                Left::Settled => return Ok(told(follower.state(), &record.plan, target)),
                Left::Detached => {
                    narrate(&format!("run {} goes on\n", record.folder.id.short()));
                    return Ok(Answer { text: String::new(), note: None, code: ExitCode::Cancelled });
                }
                Left::WorkerGone => {}
            }
        }
        record = Record::read(record.folder)?;
    }
    let what = format!("the workers of run {} come and go, and none takes it", record.folder.id.short());
    Err(Fault::new(FaultKind::Busy, what).into())
}

/// Asks the worker that lives, or starts one for this target alone. Whether that was taken; if not, it is tried once more.
fn ask(place: &Place, record: &Record, target: TargetId, reach: &mut Reach<'_>) -> Result<bool, Failure> {
    if !record.alive {
        let environment = reach(&record.plan)?;
        if environment.access != Access::Write && !environment.name.is_empty() {
            let what = format!("environment {} is read-only", shown(&environment.name));
            return Err(Failure::usage(what, "access = \"write\" in fleet.toml lets it be written to."));
        }
        let mut reach = |_: &Plan| Ok(environment.clone());
        let started = resume::launch_again(place, record, &Taking::Only(vec![target]), &mut reach);
        // Another one may have been faster: then there is a worker to ask.
        return if started.is_err() && Record::read(record.folder.clone())?.alive {
            Ok(false)
        } else {
            started.map(|()| true)
        };
    }
    match order::send(&record.folder, Control::First { target }) {
        Ok(_) => Ok(true),
        Err(refused) => {
            let now = Record::read(record.folder.clone())?;
            let pauses = matches!(now.state.life, Life::Paused(Pause::Person { .. }));
            if now.alive && (pauses || matches!(now.state.life, Life::Running)) {
                return Err(refused);
            }
            // It is about to end: its end is waited for.
            wait(its_end(&record.folder))??;
            Ok(false)
        }
    }
}

async fn its_end(folder: &crate::runs::Folder) -> Result<(), Fault> {
    let follower = Follower::of(folder.clone())?;
    while follower.has_worker() {
        tokio::time::sleep(RHYTHM).await;
    }
    Ok(())
}

async fn to_its_end(follower: &mut Follower, target: TargetId, before: u64) -> Result<Left, Fault> {
    let mut interrupted = signal(SignalKind::interrupt())
        .map_err(|error| Fault::new(FaultKind::Local, format!("cannot listen for Ctrl-C: {error}")))?;
    let mut told = false;
    loop {
        // Asked first, so that what a worker wrote last is read after it.
        let alive = follower.has_worker();
        let mut lines = Vec::new();
        let plan = std::sync::Arc::clone(follower.plan());
        follower.each(|entry, state| {
            let is_new = entry.n > before;
            told |= is_new && entry.event.is_about(target) && is_at_end(state, target);
            if is_new && matches!(entry.event, crate::domain::run::Event::Paused { .. }) {
                lines.extend(words::event(&entry.event, state, &plan));
            }
        })?;
        for line in &lines {
            narrate(&format!("{line}\n"));
        }
        if told && is_at_end(follower.state(), target) {
            return Ok(Left::Settled);
        }
        if !alive && !follower.has_worker() {
            return Ok(Left::WorkerGone);
        }
        tokio::select! {
            _ = interrupted.recv() => return Ok(Left::Detached),
            () = tokio::time::sleep(RHYTHM) => {}
        }
    }
}

fn is_at_end(state: &RunState, target: TargetId) -> bool {
    let phase = state.targets[target as usize].phase;
    matches!(phase, Phase::Applied | Phase::Failed | Phase::Dirty | Phase::Skipped(_))
}

/// The target that a person means by its schema, or by `database/schema`.
fn target(plan: &Plan, run: &str, schema: &str) -> Result<TargetId, Failure> {
    let path = |database: u16, schema: &str| {
        let label = plan.databases.get(usize::from(database)).map_or("", |database| database.label.as_str());
        format!("{label}/{schema}")
    };
    let is_meant = |target: &crate::plan::Target| target.schema == schema || path(target.database, &target.schema) == schema;
    let found: Vec<TargetId> = (0..).zip(&plan.targets).filter(|(_, target)| is_meant(target)).map(|(id, _)| id).collect();
    match found.as_slice() {
        [one] => Ok(*one),
        [] => {
            let what = format!("{} is not in the plan of run {run}", shown(schema));
            let near = nearest(schema, plan.targets.iter().map(|target| target.schema.as_str()));
            let near = near.map_or(String::new(), |near| format!("Did you mean {}? ", shown(near)));
            let hint = format!("{near}When the plan was made it had everything, was left out, or was not there.");
            Err(Failure::usage(what, hint))
        }
        several => {
            let names: Vec<String> = several.iter().map(|id| words::target(plan, *id)).collect();
            let what = format!("several databases of run {run} have a schema {}", shown(schema));
            Err(Failure::usage(what, format!("Say which: {}.", names.join(", "))))
        }
    }
}

fn told(state: &RunState, plan: &Plan, target: TargetId) -> Answer {
    let (known, name) = (&state.targets[target as usize], words::target(plan, target));
    let schema = plan.targets.get(target as usize).map(|target| target.schema.as_str());
    let cause = known.cause.and_then(|cause| state.causes.get(usize::from(cause))).map(|(cause, _)| cause);
    let why = match (known.phase, cause) {
        (Phase::Applied, _) => return up_to_date(&name, known.done, known.ms),
        (Phase::Skipped(why), _) => why.words().to_owned(),
        (_, Some(cause)) => words::cause(cause, schema),
        (_, None) => "the cause is not known".to_owned(),
    };
    let hint = cause.and_then(|cause| cause.hint.as_deref()).map_or(String::new(), |hint| format!("  {}\n", shown(hint)));
    Answer { text: format!("{name} is {}: {why}\n{hint}", known.phase.word()), note: None, code: ExitCode::RunFailures }
}

fn up_to_date(name: &str, done: u16, ms: u32) -> Answer {
    let migrations = counted(done.into(), "migration", "migrations");
    let took = units::span(jiff::SignedDuration::from_millis(ms.into()));
    Answer::done(format!("{name} is up to date: {migrations}, {took}\n"))
}

/// A run that halted starts nothing more by itself: a person has to look first.
fn stands_still(record: &Record, end: End) -> Failure {
    let run = record.folder.id.short();
    let word = if end == End::Halted { "halted" } else { "was stopped" };
    let fault = Fault::new(FaultKind::Refused, format!("run {run} {word}: nothing more is started"))
        .hint(format!("`tenantry runs show {run}` says why; `tenantry runs resume {run}` lets it go on"));
    Failure::Fault(code(Some(end)), fault)
}

fn interrupted(record: &Record) -> Failure {
    let run = record.folder.id.short();
    let fault = Fault::new(FaultKind::Gone, format!("the worker of run {run} was killed")).hint("ask again");
    Failure::Fault(code(None), fault)
}
