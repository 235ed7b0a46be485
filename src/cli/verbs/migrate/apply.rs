//! `migrate` without `--plan`: the plan is shown, approved, started and followed. Must not decide what is in it.

use super::approve::{Consent, approve};
use super::{plan_of, told};
use crate::cli::args::MigrateArguments;
use crate::cli::exit::ExitCode;
use crate::cli::failure::Failure;
use crate::cli::paper::narrate;
use crate::cli::verbs::{Answer, runs};
use crate::cli::{prompt, reading};
use crate::config::{Access, Config, Environment};
use crate::domain::fault::{Fault, FaultKind};
use crate::domain::name::shown;
use crate::observer::Target;
use crate::plan::Plan;
use crate::runs::Place;

/// Plans, asks, starts and follows. The exit code is that of the run.
pub(in crate::cli) fn apply(
    asked: &MigrateArguments,
    environment: &Environment,
    config: &Config,
) -> Result<Answer, Failure> {
    // Before anybody is asked for a password.
    may_write(environment)?;
    let place = Place::of(config)?;
    let targets = reading::targets(environment)?;
    let plan = plan_of(asked, environment, targets.clone())?;
    let said = Said { text: &told(&plan), yes: asked.yes.as_deref(), detach: asked.detach };
    start(&place, plan, &targets, &said)
}

/// What is told of a plan before it is approved, and what was said of that on the command line.
#[derive(Debug, Clone, Copy)]
pub(in crate::cli::verbs) struct Said<'a> {
    /// The plan for people.
    pub(in crate::cli::verbs) text: &'a str,
    /// `--yes`, with a hash or without.
    pub(in crate::cli::verbs) yes: Option<&'a str>,
    /// Whether nobody follows the run.
    pub(in crate::cli::verbs) detach: bool,
}

/// Shows a plan, asks, starts and follows its run.
pub(in crate::cli::verbs) fn start(
    place: &Place,
    plan: Plan,
    targets: &[Target],
    said: &Said<'_>,
) -> Result<Answer, Failure> {
    narrate(said.text);
    if plan.targets.is_empty() {
        return Ok(Answer::done(String::new()));
    }
    if plan.notes.iter().any(|note| note.refuses) {
        let fault = Fault::new(FaultKind::Refused, "the plan cannot be run as it is: see what is refused above");
        return Err(Failure::Fault(ExitCode::Failed, fault));
    }
    let consent = match said.yes {
        None => Consent::Ask,
        Some("") => Consent::Yes,
        Some(hash) => Consent::Hash(hash),
    };
    approve(&plan, consent, |what| {
        prompt::line(what).map_err(|fault| fault.hint(format!("Approve the plan by its hash: --yes={}", &plan.hash()[..12])))
    })?;
    runs::launch(place, plan, targets, said.detach)
}

/// An environment of `fleet.toml` says whether it may be written to. A connection string that was given with the verb is consent.
pub(in crate::cli::verbs) fn may_write(environment: &Environment) -> Result<(), Failure> {
    if environment.access == Access::Write || environment.name.is_empty() {
        return Ok(());
    }
    let name = shown(&environment.name);
    let hint =
        format!("access = \"write\" in [env.{name}] of fleet.toml lets it be written to; --plan only tells the plan.");
    Err(Failure::usage(format!("environment {name} is read-only"), hint))
}
