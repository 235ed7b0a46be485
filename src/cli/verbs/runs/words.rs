//! What happens in a run, in lines for people. Must not know where they are printed.

use crate::cli::verbs::counted;
use crate::domain::name::shown;
use crate::domain::run::{Cause, Counts, Event, Halt, Pause, Person, RunState, StageId, TargetId};
use crate::domain::units;
use crate::plan::{Kind, Plan};

/// So many targets are named for one cause, or for one reason to leave them out.
const NAMED: u32 = 5;

/// What a plan does: `migrate to crm 0016_vip`.
pub(super) fn what(kind: &Kind) -> String {
    format!("{} {}", kind.verb(), shown(kind.subject()))
}

/// How a person is called: `ada@bastion`.
pub(super) fn person(person: &Person) -> String {
    format!("{}@{}", shown(&person.user), shown(&person.host))
}

/// A target by its name, with its database where there are several.
pub(super) fn target(plan: &Plan, id: TargetId) -> String {
    let Some(target) = plan.targets.get(id as usize) else { return format!("target {id}") };
    let schema = shown(&target.schema);
    match plan.databases.get(usize::from(target.database)) {
        Some(database) if plan.databases.len() > 1 => format!("{}/{schema}", shown(&database.label)),
        _ => schema.into_owned(),
    }
}

/// Why something did not work, for one target, or for all of whom the same is true.
pub(super) fn cause(cause: &Cause, schema: Option<&str>) -> String {
    let what = match schema {
        Some(schema) => cause.what.replace("{schema}", &shown(schema)),
        None => cause.what.clone(),
    };
    let place = [
        cause.sqlstate.as_ref().map(|state| format!("SQLSTATE {}", shown(state))),
        cause.statement.map(|statement| format!("statement {statement}")),
    ];
    let place: Vec<String> = place.into_iter().flatten().collect();
    if place.is_empty() { what } else { format!("{what} ({})", place.join(", ")) }
}

/// A stage with its place among all: `wave 2 of 3`.
pub(super) fn stage(plan: &Plan, id: StageId) -> String {
    let at = usize::from(id);
    let Some(stage) = plan.stages.get(at) else { return format!("stage {id}") };
    let same = |stages: &[crate::plan::Stage]| stages.iter().filter(|other| other.kind == stage.kind).count();
    match same(&plan.stages) {
        1 => stage.kind.word().to_owned(),
        all => format!("{} {} of {all}", stage.kind.word(), same(&plan.stages[..=at])),
    }
}

/// Where targets are, without those of whom there is none: `238 ok, 2 failed`.
pub(super) fn counts(counts: &Counts) -> String {
    let parts = [
        (counts.applied, "ok"),
        (counts.failed, "failed"),
        (counts.dirty, "dirty"),
        (counts.in_doubt, "in doubt"),
        (counts.skipped, "skipped"),
        (counts.retrying, "waiting to be tried again"),
        (counts.running, "in flight"),
        (counts.pending, "pending"),
    ];
    let parts = parts.iter().filter(|(count, _)| *count > 0);
    let parts: Vec<String> = parts.map(|(count, word)| format!("{} {word}", units::count((*count).into()))).collect();
    if parts.is_empty() { "no target".to_owned() } else { parts.join(", ") }
}

pub(super) fn pause(plan: &Plan, why: &Pause) -> String {
    match why {
        Pause::Person { by } => format!("by {}", person(by)),
        Pause::GoAhead { stage: id } => format!("{} waits for a go-ahead", stage(plan, *id)),
        Pause::Window { until } => format!("until the next window opens at {}", until.strftime("%Y-%m-%d %H:%M UTC")),
        Pause::Turn { who } => format!("its turn comes when another run has ended: {}", shown(who)),
        Pause::Server { what } => format!("the server cannot work: {}", shown(what)),
        Pause::Lag { seconds } => format!("a replica lags by {seconds} s"),
    }
}

pub(super) fn halt(why: &Halt) -> String {
    match why {
        Halt::Canary => "a canary failed".to_owned(),
        Halt::SameCause { targets } => format!("{targets} targets failed for the same cause"),
        Halt::Share { failed, of } => format!("{failed} of {of} targets of a stage failed"),
        Halt::FellThrough => "a migration took locks outside of its schema".to_owned(),
        Halt::WrongDatabase { what } => format!("this is not the database of the plan: {}", shown(what)),
        Halt::Journal { what } => format!("the journal cannot be written: {}", shown(what)),
    }
}

/// An event that a person wants to hear of when it happens, with the state after it. What happens to each target as it should is
/// not told, and of what fails for one cause only the first few.
pub(super) fn event(event: &Event, state: &RunState, plan: &Plan) -> Option<String> {
    let named = |id: &TargetId, word: &str, why: &Cause| {
        let known = state.target(*id).and_then(|target| state.causes.get(usize::from(target.cause?)));
        let schema = plan.targets.get(*id as usize).map(|target| target.schema.as_str());
        (known.is_none_or(|(_, count)| *count <= NAMED))
            .then(|| format!("{word}: {}: {}", target(plan, *id), cause(why, schema)))
    };
    match event {
        Event::Began { by, pid, .. } => {
            Some(format!("a worker began for {} (process {pid} on {})", person(by), shown(&by.host)))
        }
        Event::Stage { stage: id } => {
            let targets = counted(plan.of_stage(*id).into(), "target", "targets");
            Some(format!("{}: {targets}", stage(plan, *id)))
        }
        Event::Failed { target: id, cause, .. } => named(id, "failed", cause),
        Event::Dirty { target: id, done, cause } => named(id, "dirty", cause)
            .map(|line| format!("{line}; {} done", counted(u64::from(*done), "statement is", "statements are"))),
        Event::InDoubt { target: id, why } => Some(format!("in doubt: {}: {}", target(plan, *id), shown(why))),
        Event::Skipped { target: id, why } => {
            (state.counts.skipped <= NAMED).then(|| format!("skipped: {}: {}", target(plan, *id), why.words()))
        }
        Event::Again { targets, by } => Some(format!(
            "{} tried again, asked for by {}",
            counted(targets.len() as u64, "target is", "targets are"),
            person(by)
        )),
        Event::First { targets, by } => Some(format!(
            "{} at once, asked for by {}",
            targets.iter().map(|id| target(plan, *id)).collect::<Vec<_>>().join(", "),
            person(by)
        )),
        Event::Paused { why } => Some(format!("paused: {}", pause(plan, why))),
        Event::Resumed { by: Some(by) } => Some(format!("goes on, asked for by {}", person(by))),
        Event::Resumed { by: None } => Some("goes on".to_owned()),
        Event::Concurrency { now, why } => Some(format!("{now} at once: {}", shown(why))),
        Event::Stopping { by, cancel: false } => {
            Some(format!("stopping, asked for by {}: what is in flight ends", person(by)))
        }
        Event::Stopping { by, cancel: true } => {
            Some(format!("cancelling, asked for by {}: what is in flight rolls back", person(by)))
        }
        Event::Halted { why } => Some(format!("halted: {}", halt(why))),
        Event::Noted { text } => Some(shown(text).into_owned()),
        Event::Started { .. }
        | Event::Applied { .. }
        | Event::Retry { .. }
        | Event::NotApplied { .. }
        // A note tells of all of them together.
        | Event::Vanished { .. }
        | Event::StatementDone { .. }
        | Event::Created { .. }
        | Event::Progress { .. }
        | Event::Ended { .. } => None,
    }
}
