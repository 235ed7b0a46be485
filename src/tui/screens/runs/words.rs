//! Runs in words: pauses, halts, causes, stages. Must not draw.

use crate::domain::name::shown;
use crate::domain::run::{Cause, End, Halt, Life, Pause, Person, Progress, StageId, TargetId};
use crate::domain::units;
use crate::plan::{Kind, Plan, StageKind};
use crate::tui::runs::Followed;
use crate::tui::screens::Context;
use crate::tui::screens::describe::counted;

/// `dba@bastion2`, safe to show.
pub(in crate::tui::screens) fn person(person: &Person) -> String {
    format!("{}@{}", shown(&person.user), shown(&person.host))
}

/// Where a run is, in a few words, with the reason: `paused: a replica lags 14 s`.
pub(super) fn standing(followed: &Followed, context: &Context<'_>) -> String {
    let (standing, plan) = (followed.standing(), &followed.plan);
    let counts = &followed.state.counts;
    let word = standing.word();
    let why = match &standing.life {
        Life::Ended(End::Done) if !has_migrations(plan) => None,
        Life::Ended(End::Done) => Some("every target has it".to_owned()),
        Life::Ended(End::DoneWithFailures) => {
            let (unlucky, total) = (units::count(counts.unlucky().into()), units::count(counts.total().into()));
            let done = if has_migrations(plan) { "applied" } else { "done" };
            Some(format!("{unlucky} of {total} targets are not {done}"))
        }
        Life::Ended(End::Stopped) => Some(format!("{} were not begun", counted(counts.open(), "target", "targets"))),
        Life::Ended(End::Waiting) => {
            Some(counted(counts.open(), "target waits until it is asked for", "targets wait until they are asked for"))
        }
        Life::Ended(End::Halted) => followed.halted.as_ref().map(halt),
        Life::New if standing.is_alive => Some("its worker has not begun yet".to_owned()),
        Life::New => Some("no worker took it up".to_owned()),
        _ if !standing.is_alive => Some("its worker ended without a word".to_owned()),
        // Then nothing moves for a while, and that is no stop.
        Life::Running if counts.running == 0 && counts.retrying > 0 => {
            Some(format!("{} to be tried again", counted(counts.retrying, "target waits", "targets wait")))
        }
        Life::Running => None,
        Life::Paused(why) => Some(pause(why, plan, context)),
        Life::Stopping { cancel: false } => Some("what is in flight ends, nothing new starts".to_owned()),
        Life::Stopping { cancel: true } => Some("what is in flight is cancelled on the server".to_owned()),
        Life::Halted(why) => Some(halt(why)),
    };
    why.map_or_else(|| word.to_owned(), |why| format!("{word}: {why}"))
}

/// Why nothing new starts.
pub(super) fn pause(why: &Pause, plan: &Plan, context: &Context<'_>) -> String {
    match why {
        Pause::Person { by } => format!("by {}", person(by)),
        Pause::GoAhead { stage: id } => format!("{} waits for a go-ahead", stage(plan, *id)),
        Pause::Window { until } => format!("no tenant's window is open until {}", context.time_of_day(*until)),
        Pause::Turn { who } => format!("its turn comes when another run has ended: {who}"),
        Pause::Server { what } => format!("the server cannot work: {what}"),
        Pause::Lag { seconds } => format!("a replica lags {seconds} s"),
    }
}

/// When targets of a zone may start: `waits for its window until 02:00:00 (02:00-05:00 in Europe/Berlin)`.
pub(super) fn window(plan: &Plan, zone: u16, context: Option<&Context<'_>>) -> String {
    let windows = plan.policy.windows.as_ref();
    let zone = windows.and_then(|windows| Some((windows, windows.zones.get(usize::from(zone))?)));
    let (Some((windows, zone)), Some(context)) = (zone, context) else {
        return "waits for its window".to_owned();
    };
    let place = format!("{} in {}", windows.local, shown(&zone.name));
    match zone.next(windows.local, context.now) {
        Some(next) if next > context.now => format!("waits for its window until {} ({place})", context.time_of_day(next)),
        _ => format!("its window is open ({place})"),
    }
}

/// Why a run stopped itself.
pub(super) fn halt(why: &Halt) -> String {
    match why {
        Halt::Canary => "a canary failed".to_owned(),
        Halt::SameCause { targets } => format!("{} failed for one cause", counted(*targets, "target", "targets")),
        Halt::Share { failed, of } => {
            format!("{} of {} of a stage failed", units::count(u64::from(*failed)), units::count(u64::from(*of)))
        }
        Halt::FellThrough => "a migration took locks outside of its schema".to_owned(),
        Halt::WrongDatabase { what } => format!("not the database of the plan: {what}"),
        Halt::Journal { what } => format!("the journal cannot be written: {what}"),
    }
}

/// A stage among those of its kind: `canary`, `wave 2 of 3`.
pub(super) fn stage(plan: &Plan, id: StageId) -> String {
    let Some(kind) = plan.stages.get(usize::from(id)).map(|stage| stage.kind) else { return format!("stage {}", id + 1) };
    let of_kind = |stages: &[crate::plan::Stage]| stages.iter().filter(|stage| stage.kind == kind).count();
    match (of_kind(&plan.stages), kind) {
        (1, StageKind::Wave | StageKind::Canary | StageKind::Reference | StageKind::Shared) => kind.word().to_owned(),
        (all, _) => format!("{} {} of {all}", kind.word(), of_kind(&plan.stages[..=usize::from(id)])),
    }
}

/// Why something did not work: SQLSTATE, what happened, which statement. `schema` stands where a tenant's name belongs.
pub(super) fn cause(cause: &Cause, schema: Option<&str>) -> String {
    let state = cause.sqlstate.as_ref().map_or_else(String::new, |state| format!("{} ", shown(state)));
    let what = schema.map_or_else(|| cause.what.clone(), |schema| cause.what.replace("{schema}", &shown(schema)));
    let statement = cause.statement.map_or_else(String::new, |number| format!(" · statement {number}"));
    format!("{state}{what}{statement}")
}

/// How a target is called, safe to show: with its database where the plan has several.
pub(super) fn target(plan: &Plan, id: TargetId) -> String {
    let Some(target) = plan.targets.get(id as usize) else { return format!("target {id}") };
    let name = shown(&target.schema);
    match plan.databases.get(usize::from(target.database)) {
        Some(database) if plan.databases.len() > 1 => format!("{}/{name}", shown(&database.label)),
        _ => name.into_owned(),
    }
}

/// How far the work on a target is: `rows · 312 of 840 objects · 12,000 rows, 3 MB`.
pub(super) fn progress(it: &Progress, dot: &str) -> String {
    let objects = format!("{} {dot} {} of {}", it.part.word(), units::count(it.done.into()), units::count(it.of.into()));
    if it.rows == 0 && it.bytes == 0 {
        return objects;
    }
    format!("{objects} {dot} {} rows, {}", units::short(it.rows), units::bytes(it.bytes))
}

/// What is applied to each target of a plan, counted: its migrations, else nothing that has a name.
pub(super) fn has_migrations(plan: &Plan) -> bool {
    !plan.steps.is_empty()
}

/// What is sent to a target next, in one line.
pub(super) fn statement(followed: &Followed, id: TargetId) -> String {
    let Some(state) = followed.state.target(id) else { return String::new() };
    // The worker may tell of a migration of which the journal knows by now that it is applied.
    let step = followed.plan.step(id, state.done).or_else(|| followed.plan.step(id, state.done.saturating_sub(1)));
    let Some(step) = step else {
        return match &followed.plan.kind {
            Kind::Signal(signal) => signal.query.clone(),
            _ => String::new(),
        };
    };
    let at = if step.transactional { 0 } else { usize::from(state.statements) };
    let Some(statement) = step.statements.get(at) else { return shown(&step.migration.name).into_owned() };
    super::super::activity::one_line(&statement.sql)
}
