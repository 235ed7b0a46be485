//! `activity cancel` and `activity terminate`: a session is shown as it is now, and asked to end after a person's word. The plan is
//! recorded as every run. Must not decide whom to ask.

use super::planned::{may_write, named};
use super::{Answer, runs};
use crate::cli::args::ActivityVerb;
use crate::cli::failure::Failure;
use crate::cli::paper::narrate;
use crate::cli::{prompt, reading};
use crate::config::{Config, Environment};
use crate::domain::name::shown;
use crate::observer::{self, Target};
use crate::plan::{Kind, Plan};
use crate::runs::Place;

/// Looks, tells, asks and does. The exit code is that of the run.
pub(in crate::cli) fn run(verb: &ActivityVerb, environment: &Environment, config: &Config) -> Result<Answer, Failure> {
    let (asked, terminate) = match verb {
        ActivityVerb::Cancel(asked) => (asked, false),
        ActivityVerb::Terminate(asked) => (asked, true),
    };
    if !asked.plan {
        // Before anybody is asked for a password.
        may_write(environment)?;
    }
    let place = Place::of(config)?;
    let targets = reading::targets_of(environment, asked.one.db.as_deref())?;
    let target = one(&targets)?;
    let plan = reading::wait(observer::signal::plan(target, named(environment), asked.pid, terminate))??;
    if asked.plan {
        return Ok(Answer::done(told(&plan)));
    }
    narrate(&told(&plan));
    if !asked.yes {
        consent(&plan, asked.pid)?;
    }
    runs::launch(&place, plan, &targets, false)
}

/// A number means another process on each server.
fn one(targets: &[Target]) -> Result<&Target, Failure> {
    match targets {
        [one] => Ok(one),
        several => {
            let labels: Vec<_> = several.iter().map(|target| shown(&target.label)).collect();
            Err(Failure::usage("of which database the session is, is not said", format!("--db: {}.", labels.join(", "))))
        }
    }
}

fn told(plan: &Plan) -> String {
    let Kind::Signal(signal) = &plan.kind else { return String::new() };
    let mut text = format!("{} {}\n  {}\n", plan.kind.word(), signal.who, signal.does);
    if !signal.query.is_empty() {
        text.extend(["  ", &signal.query, "\n"]);
    }
    for note in &plan.notes {
        text.extend(["  ", note.severity.word(), ": ", &note.what, "\n"]);
    }
    text
}

fn consent(plan: &Plan, pid: i32) -> Result<(), Failure> {
    let (name, production) = (shown(&plan.environment.name), plan.environment.production);
    let expected = if production { format!("{name} {pid}") } else { pid.to_string() };
    let typed = prompt::line(&format!("Type {expected} to {} it: ", plan.kind.word()))
        .map_err(|fault| fault.hint("Say it on the command line: --yes"))?;
    if typed.split_whitespace().eq(expected.split_whitespace()) {
        return Ok(());
    }
    Err(Failure::usage("it was not approved", format!("\"{expected}\" was not typed; nothing was done.")))
}
