//! `runs resume` and `runs retry`: a living worker is told to go on, else a new one takes the run up. Must not plan anything.

use zeroize::Zeroizing;

use super::{Reach, follow, order};
use crate::cli::failure::Failure;
use crate::cli::reading;
use crate::cli::verbs::Answer;
use crate::config::Environment;
use crate::domain::fault::{Fault, FaultKind};
use crate::domain::run::{Control, End, RunId};
use crate::observer::Target;
use crate::plan::Plan;
use crate::runs::{self, Place, Record, Start, Taking};

pub(super) fn run(place: &Place, which: &str, detach: bool, reach: &mut Reach<'_>) -> Result<Answer, Failure> {
    let record = place.find(which)?;
    not_done(&record)?;
    take_up(place, &record, &Taking::Rest, detach, reach)
}

/// Refuses to do anything about a run in which nothing is left to do.
pub(super) fn not_done(record: &Record) -> Result<(), Failure> {
    if !record.alive && record.end() == Some(End::Done) {
        let what = format!("run {} is done: there is nothing left to do", record.folder.id.short());
        return Err(Fault::new(FaultKind::Usage, what).into());
    }
    Ok(())
}

pub(super) fn retry(place: &Place, which: &str, detach: bool, reach: &mut Reach<'_>) -> Result<Answer, Failure> {
    let record = place.find(which)?;
    not_done(&record)?;
    if record.state.counts.unlucky() == 0 {
        let what = format!("nothing failed in run {}", record.folder.id.short());
        return Err(Failure::usage(what, "`tenantry runs resume` does what is left."));
    }
    take_up(place, &record, &Taking::Failed, detach, reach)
}

fn take_up(place: &Place, record: &Record, taking: &Taking, detach: bool, reach: &mut Reach<'_>) -> Result<Answer, Failure> {
    let id = &record.folder.id;
    if record.alive {
        let control = if *taking == Taking::Failed { Control::Retry } else { Control::Resume };
        order::send(&record.folder, control)?;
    } else {
        launch_again(place, record, taking, reach)?;
    }
    ended(place, id, detach)
}

/// Starts a worker on a run that has none.
pub(super) fn launch_again(place: &Place, record: &Record, taking: &Taking, reach: &mut Reach<'_>) -> Result<(), Failure> {
    let targets = reading::targets(&reach(&record.plan)?)?;
    let secrets = secrets(&record.plan, &targets);
    Ok(runs::resume(place, &record.folder.id, taking, &secrets, &runs::me(), runs::own_program()?)?)
}

/// Starts the worker of an approved plan and follows it, or says how to.
pub(in crate::cli) fn launch(place: &Place, plan: Plan, targets: &[Target], detach: bool) -> Result<Answer, Failure> {
    let secrets = secrets(&plan, targets);
    let id = runs::start(place, Start { plan, by: runs::me(), secrets, program: runs::own_program()? })?;
    ended(place, &id, detach)
}

fn ended(place: &Place, id: &RunId, detach: bool) -> Result<Answer, Failure> {
    if detach {
        let run = id.short();
        return Ok(Answer::done(format!("run {run} goes on\n`tenantry runs attach {run}` follows it\n")));
    }
    follow(&place.find(&id.0)?)
}

/// How to connect to the databases of a plan. Those of the environment that the plan does not write to are not handed over.
fn secrets(plan: &Plan, targets: &[Target]) -> Zeroizing<String> {
    let needed = |target: &&Target| plan.databases.iter().any(|database| database.label == target.label);
    let lines: Vec<Zeroizing<String>> = targets.iter().filter(needed).map(Target::hand_over).collect();
    // Large enough from the start: what is moved leaves a copy behind.
    let mut all = Zeroizing::new(String::with_capacity(lines.iter().map(|line| line.len()).sum()));
    for line in &lines {
        all.push_str(line);
    }
    all
}

/// The environment that a plan was made for: the one that is named on the command line, else the one of the same name.
pub(in crate::cli) fn environment_of(
    plan: &Plan,
    named: bool,
    environments: &[Environment],
    otherwise: impl FnOnce() -> Result<Environment, Failure>,
) -> Result<Environment, Failure> {
    match environments.iter().find(|environment| environment.name == plan.environment.name) {
        Some(environment) if !named => Ok(environment.clone()),
        _ => otherwise(),
    }
}
