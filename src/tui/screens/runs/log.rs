//! What happened to one target of a run, told line by line. Must not read a journal.

use super::words;
use crate::domain::name::shown;
use crate::domain::run::{Cause, Entry, Event, How, TargetId};
use crate::domain::units;
use crate::tui::runs::Followed;
use crate::tui::screens::Context;

/// A title and lines about one target: where it is, and each event of it.
pub fn told(followed: &Followed, id: TargetId, entries: &[Entry], context: &Context<'_>) -> (String, Vec<String>) {
    let name = words::target(&followed.plan, id);
    let mut lines = Vec::new();
    if let Some(state) = followed.state.target(id) {
        let stage = words::stage(&followed.plan, state.stage);
        lines.push(if words::has_migrations(&followed.plan) {
            format!("{}: {} of {} migrations applied, {stage}", state.phase.word(), state.done, state.steps)
        } else {
            format!("{}, {stage}", state.phase.word())
        });
        lines.push(String::new());
    }
    let mut done = 0;
    for entry in entries {
        let time = entry.at.to_zoned(context.zone.clone()).strftime("%H:%M:%S%.3f");
        lines.push(format!("{time}  {}", event(followed, id, done, &entry.event)));
        if let Event::Retry { cause, .. } | Event::Failed { cause, .. } | Event::Dirty { cause, .. } = &entry.event {
            lines.extend(details(followed, id, done, cause));
        }
        done = match &entry.event {
            Event::Applied { .. } => done + 1,
            Event::Vanished { done, .. } => *done,
            _ => done,
        };
    }
    if entries.is_empty() {
        lines.push("nothing happened to it yet".to_owned());
    }
    (format!("log of {name}"), lines)
}

/// The statement that went wrong, and what to do.
fn details(followed: &Followed, id: TargetId, done: u16, cause: &Cause) -> Vec<String> {
    let mut lines = Vec::new();
    let step = followed.plan.step(id, done);
    let at = cause.statement.and_then(|number| usize::from(number).checked_sub(1));
    if let Some(statement) = at.and_then(|at| step?.statements.get(at)) {
        lines.extend(statement.sql.lines().map(|line| format!("      {line}")));
    }
    lines.extend(cause.hint.iter().map(|hint| format!("      hint: {hint}")));
    lines
}

fn event(followed: &Followed, id: TargetId, done: u16, event: &Event) -> String {
    let migration = || {
        let step = followed.plan.step(id, done);
        step.map_or_else(|| "its migration".to_owned(), |step| shown(&step.migration.name).into_owned())
    };
    let schema = followed.plan.targets.get(id as usize).map(|target| target.schema.as_str());
    let span = |ms: u32| units::span(jiff::SignedDuration::from_millis(i64::from(ms)));
    let why = |cause: &Cause| words::cause(cause, schema);
    if let Some(words) = without_migration(event).filter(|_| !words::has_migrations(&followed.plan)) {
        return words;
    }
    match event {
        Event::Started { backend, .. } => format!("started {} on pid {}", migration(), backend.pid),
        Event::Applied { how: How::Committed(xid), ms, .. } => {
            format!("applied {} in {}, transaction {xid}", migration(), span(*ms))
        }
        Event::Applied { how: How::Found, .. } => format!("{} was committed: its ledger has it", migration()),
        Event::Applied { how: How::ByCommand, ms, .. } => {
            format!("{} is there after {}: its ledger has it", migration(), span(*ms))
        }
        Event::Applied { how: How::Another, .. } => format!("{} was applied by another", migration()),
        Event::Retry { cause, wait_ms: Some(ms), .. } => format!("tried again in {}: {}", span(*ms), why(cause)),
        Event::Retry { cause, wait_ms: None, .. } => format!("tried again at the end of its stage: {}", why(cause)),
        Event::Failed { cause, ms, .. } => format!("failed after {}: {}", span(*ms), why(cause)),
        Event::InDoubt { why, .. } => format!("in doubt: {}", shown(why)),
        Event::NotApplied { .. } => format!("{} was not committed: its ledger has it not", migration()),
        Event::Vanished { done, .. } => format!("the server came back without what was applied: {done} of it are left"),
        Event::Dirty { done, cause, .. } => format!("half-way after {done} statements: {}", why(cause)),
        Event::StatementDone { done, .. } => format!("statement {done} is done"),
        Event::Created { oid, .. } => format!("the schema is made, oid {oid}"),
        Event::Progress { progress, .. } => {
            format!("{}: {} of {} objects", progress.part.word(), progress.done, progress.of)
        }
        Event::Skipped { why, .. } => format!("skipped: {}", why.words()),
        Event::Again { by, .. } => format!("to be tried again, asked by {}", words::person(by)),
        Event::First { by, .. } => format!("to be done before all others, asked by {}", words::person(by)),
        other => format!("{other:?}"),
    }
}

/// The events that are told by a migration elsewhere, of plans that have none.
fn without_migration(event: &Event) -> Option<String> {
    let span = |ms: u32| units::span(jiff::SignedDuration::from_millis(i64::from(ms)));
    Some(match event {
        Event::Started { backend, .. } => format!("started on pid {}", backend.pid),
        Event::Applied { how: How::Committed(0), ms, .. } => format!("done in {}", span(*ms)),
        Event::Applied { how: How::Committed(xid), ms, .. } => format!("done in {}, transaction {xid}", span(*ms)),
        Event::Applied { how: How::Found | How::Another, .. } => "found to be done already".to_owned(),
        Event::NotApplied { .. } => "it was not committed".to_owned(),
        _ => return None,
    })
}
