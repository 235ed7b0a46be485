//! `runs`: lists runs, follows them, tells their workers what to do. One verb to a file. Must not work on a run itself.

mod export;
mod first;
mod follow;
mod list;
mod order;
mod prune;
mod record;
mod resume;
mod show;
mod words;

pub(in crate::cli) use self::first::first;
use self::follow::follow;
pub(in crate::cli) use self::record::{RUN_FIELDS, TARGET_FIELDS};
pub(in crate::cli) use self::resume::{environment_of, launch};

use super::Answer;
use crate::cli::args::{RunsVerb, Shape};
use crate::cli::exit::ExitCode;
use crate::cli::failure::Failure;
use crate::cli::sheet::Paper;
use crate::config::{Config, Environment};
use crate::domain::run::{Control, End};
use crate::plan::Plan;
use crate::runs::Place;

/// Which environment leads to the databases of a plan.
pub(in crate::cli) type Reach<'a> = dyn FnMut(&Plan) -> Result<Environment, Failure> + 'a;

pub(in crate::cli) fn run(
    verb: Option<&RunsVerb>,
    config: &Config,
    reach: &mut Reach<'_>,
    paper: Paper,
) -> Result<Answer, Failure> {
    let place = Place::of(config)?;
    match verb {
        None => list::run(&place, Shape::Text, paper),
        Some(RunsVerb::List { format }) => list::run(&place, format.shape(), paper),
        Some(RunsVerb::Show { which, format }) => show::run(&place, which.name(), format.shape(), paper),
        Some(RunsVerb::Attach { which }) => follow(&place.find(which.name())?),
        Some(RunsVerb::Resume { which, detach, .. }) => resume::run(&place, which.name(), *detach, reach),
        Some(RunsVerb::Retry { which, detach }) => resume::retry(&place, which.name(), *detach, reach),
        Some(RunsVerb::Pause { which }) => order::run(&place, which.name(), &Control::Pause),
        Some(RunsVerb::Stop { which, cancel }) => order::run(&place, which.name(), &Control::Stop { cancel: *cancel }),
        Some(RunsVerb::Concurrency { run, now }) => order::run(&place, run, &Control::Concurrency { now: *now }),
        Some(RunsVerb::GoAhead { which }) => order::run(&place, which.name(), &Control::GoAhead),
        Some(RunsVerb::Export { which, part, csv }) => export::run(&place, which.name(), *part, *csv),
        Some(RunsVerb::Prune { days, yes }) => prune::run(&place, *days, *yes),
    }
}

/// The exit code of a run.
fn code(end: Option<End>) -> ExitCode {
    match end {
        Some(End::Done | End::Waiting) => ExitCode::Done,
        Some(End::DoneWithFailures) => ExitCode::RunFailures,
        Some(End::Halted) => ExitCode::RunHalted,
        Some(End::Stopped) => ExitCode::RunStopped,
        None => ExitCode::RunInterrupted,
    }
}
