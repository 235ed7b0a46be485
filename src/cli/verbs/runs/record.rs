//! What runs and their targets are called in files and pipes: stable field names and raw values. Must not know where they go.

use super::words;
use crate::domain::record::{Record, Value};
use crate::domain::run::TargetId;
use crate::runs;

/// The fields of [`of_run`] in their order.
pub(in crate::cli) const RUN_FIELDS: &[&str] = &[
    "run",
    "state",
    "alive",
    "kind",
    "migration",
    "environment",
    "production",
    "databases",
    "targets",
    "pending",
    "running",
    "retrying",
    "applied",
    "failed",
    "in_doubt",
    "dirty",
    "skipped",
    "migrations",
    "by",
    "host",
    "began",
    "last",
    "workers",
    "plan",
    "folder",
];

/// The fields of [`of_target`] in their order.
pub(in crate::cli) const TARGET_FIELDS: &[&str] = &[
    "run",
    "database",
    "schema",
    "stage",
    "state",
    "migrations",
    "done",
    "tries",
    "by_another",
    "ms",
    "cause",
    "sqlstate",
    "statement",
    "hint",
];

/// A run as `runs list` gives it.
pub(super) fn of_run(it: &runs::Record) -> Record {
    let counts = it.state.counts;
    let began = it.state.began.as_ref();
    let count = |count: u32| Value::Number(count.into());
    vec![
        ("run", Value::Text(it.folder.id.0.clone())),
        ("state", Value::Text(it.word().to_owned())),
        ("alive", Value::Flag(it.alive)),
        ("kind", Value::Text(it.plan.kind.word().to_owned())),
        ("migration", Value::Text(it.plan.kind.subject().to_owned())),
        ("environment", Value::Text(it.plan.environment.name.clone())),
        ("production", Value::Flag(it.plan.environment.production)),
        ("databases", Value::List(it.plan.databases.iter().map(|database| database.label.clone()).collect())),
        ("targets", count(counts.total())),
        ("pending", count(counts.pending)),
        ("running", count(counts.running)),
        ("retrying", count(counts.retrying)),
        ("applied", count(counts.applied)),
        ("failed", count(counts.failed)),
        ("in_doubt", count(counts.in_doubt)),
        ("dirty", count(counts.dirty)),
        ("skipped", count(counts.skipped)),
        ("migrations", Value::Number(it.state.migrations)),
        ("by", Value::text(began.map(|(by, _)| by.user.as_str()))),
        ("host", Value::text(began.map(|(by, _)| by.host.as_str()))),
        ("began", Value::time(began.map(|(_, at)| *at))),
        ("last", Value::time(it.state.last)),
        ("workers", count(it.state.workers)),
        ("plan", Value::Text(it.plan.hash())),
        ("folder", Value::Text(it.folder.path.to_string_lossy().into_owned())),
    ]
}

/// What became of a target, as `runs export` gives it. `ms` is what its migrations took in sum.
pub(super) fn of_target(it: &runs::Record, id: TargetId) -> Option<Record> {
    let target = it.plan.targets.get(id as usize)?;
    let state = it.state.target(id)?;
    let cause = state.cause.and_then(|cause| it.state.causes.get(usize::from(cause))).map(|(cause, _)| cause);
    let database = it.plan.databases.get(usize::from(target.database));
    let why = cause.map(|cause| cause.what.replace("{schema}", &target.schema));
    let skipped = match state.phase {
        crate::domain::run::Phase::Skipped(why) => Some(why.words().to_owned()),
        _ => None,
    };
    Some(vec![
        ("run", Value::Text(it.folder.id.0.clone())),
        ("database", Value::text(database.map(|database| database.label.as_str()))),
        ("schema", Value::Text(target.schema.clone())),
        ("stage", Value::Text(words::stage(&it.plan, target.stage))),
        ("state", Value::Text(state.phase.word().to_owned())),
        ("migrations", Value::Number(state.steps.into())),
        ("done", Value::Number(state.done.into())),
        ("tries", Value::Number(state.tries.into())),
        ("by_another", Value::Flag(state.by_another)),
        ("ms", Value::Number(state.ms.into())),
        ("cause", Value::text(skipped.or(why))),
        ("sqlstate", Value::text(cause.and_then(|cause| cause.sqlstate.as_deref()))),
        ("statement", Value::number(cause.and_then(|cause| cause.statement))),
        ("hint", Value::text(cause.and_then(|cause| cause.hint.as_deref()))),
    ])
}
