//! Runs and their targets as records, from what was read of them. Must not know where they go.

use super::words;
use crate::domain::record::Record;
use crate::domain::record::run::{self, RunLine, TargetLine};
use crate::domain::run::TargetId;
use crate::runs;

pub(in crate::cli) use run::{RUN_FIELDS, TARGET_FIELDS};

/// A run as `runs list` gives it.
pub(super) fn of_run(it: &runs::Record) -> Record {
    let plan = &it.plan;
    let databases: Vec<String> = plan.databases.iter().map(|database| database.label.clone()).collect();
    run::of_run(&RunLine {
        run: &it.folder.id.0,
        state: it.word(),
        alive: it.alive,
        kind: (plan.kind.word(), plan.kind.subject()),
        environment: (&plan.environment.name, plan.environment.production),
        databases: &databases,
        counts: it.state.counts,
        migrations: it.state.migrations,
        began: it.state.began.as_ref(),
        last: it.state.last,
        workers: it.state.workers,
        plan: Some(&plan.hash()),
        folder: &it.folder.path.to_string_lossy(),
    })
}

/// What became of a target, as `runs export` gives it.
pub(super) fn of_target(it: &runs::Record, id: TargetId) -> Option<Record> {
    let target = it.plan.targets.get(id as usize)?;
    let state = it.state.target(id)?;
    Some(run::of_target(TargetLine {
        run: &it.folder.id.0,
        database: it.plan.databases.get(usize::from(target.database)).map(|database| database.label.as_str()),
        schema: &target.schema,
        stage: words::stage(&it.plan, target.stage),
        state,
        cause: state.cause.and_then(|cause| it.state.causes.get(usize::from(cause))).map(|(cause, _)| cause),
    }))
}
