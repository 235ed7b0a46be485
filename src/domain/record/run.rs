//! What runs and their targets are called in files and pipes. Must not know how a run is kept, nor where the text goes.

use jiff::Timestamp;

use super::{Record, Value};
use crate::domain::run::{Cause, Counts, Person, Phase, TargetState};

/// The fields of [`of_run`] in their order.
pub const RUN_FIELDS: &[&str] = &[
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
pub const TARGET_FIELDS: &[&str] = &[
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

/// A run, as whoever lists it knows it. Raw names.
#[derive(Debug, Clone, Copy)]
pub struct RunLine<'a> {
    /// Its whole name.
    pub run: &'a str,
    /// Where it is, in the word for it everywhere.
    pub state: &'a str,
    /// Whether a worker lives.
    pub alive: bool,
    /// What it does, and what that is about.
    pub kind: (&'a str, &'a str),
    /// For which environment, and whether that is production.
    pub environment: (&'a str, bool),
    /// The labels of its databases.
    pub databases: &'a [String],
    /// How many targets are where.
    pub counts: Counts,
    /// How many migrations are applied.
    pub migrations: u64,
    /// Who asked for it, and when it began.
    pub began: Option<&'a (Person, Timestamp)>,
    /// The moment of its last event.
    pub last: Option<Timestamp>,
    /// How often a worker took it up.
    pub workers: u32,
    /// The hash of its plan, where somebody has reckoned it.
    pub plan: Option<&'a str>,
    /// Where it is kept.
    pub folder: &'a str,
}

/// A run as `runs list` gives it.
pub fn of_run(it: &RunLine<'_>) -> Record {
    let count = |count: u32| Value::Number(count.into());
    let text = |text: &str| Value::Text(text.to_owned());
    let person = it.began.map(|(by, _)| by);
    vec![
        ("run", text(it.run)),
        ("state", text(it.state)),
        ("alive", Value::Flag(it.alive)),
        ("kind", text(it.kind.0)),
        ("migration", text(it.kind.1)),
        ("environment", text(it.environment.0)),
        ("production", Value::Flag(it.environment.1)),
        ("databases", Value::List(it.databases.to_vec())),
        ("targets", count(it.counts.total())),
        ("pending", count(it.counts.pending)),
        ("running", count(it.counts.running)),
        ("retrying", count(it.counts.retrying)),
        ("applied", count(it.counts.applied)),
        ("failed", count(it.counts.failed)),
        ("in_doubt", count(it.counts.in_doubt)),
        ("dirty", count(it.counts.dirty)),
        ("skipped", count(it.counts.skipped)),
        ("migrations", Value::Number(it.migrations)),
        ("by", Value::text(person.map(|by| by.user.as_str()))),
        ("host", Value::text(person.map(|by| by.host.as_str()))),
        ("began", Value::time(it.began.map(|(_, at)| *at))),
        ("last", Value::time(it.last)),
        ("workers", count(it.workers)),
        ("plan", Value::text(it.plan)),
        ("folder", text(it.folder)),
    ]
}

/// A target of a run. Raw names.
#[derive(Debug, Clone)]
pub struct TargetLine<'a> {
    /// The whole name of the run.
    pub run: &'a str,
    /// The label of its database.
    pub database: Option<&'a str>,
    /// Its schema.
    pub schema: &'a str,
    /// Its stage in words.
    pub stage: String,
    /// What is known of it.
    pub state: &'a TargetState,
    /// Why its last try did not work.
    pub cause: Option<&'a Cause>,
}

/// What became of a target, as `runs export` gives it. `ms` is what its migrations took in sum.
pub fn of_target(it: TargetLine<'_>) -> Record {
    let TargetLine { run, database, schema, stage, state, cause } = it;
    let why = cause.map(|cause| cause.what.replace("{schema}", schema));
    let skipped = match state.phase {
        Phase::Skipped(why) => Some(why.words().to_owned()),
        _ => None,
    };
    vec![
        ("run", Value::Text(run.to_owned())),
        ("database", Value::text(database)),
        ("schema", Value::Text(schema.to_owned())),
        ("stage", Value::Text(stage)),
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
    ]
}
