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
    narrate(&told(&plan));
    if plan.targets.is_empty() {
        return Ok(Answer::done(String::new()));
    }
    if plan.notes.iter().any(|note| note.refuses) {
        let fault = Fault::new(FaultKind::Refused, "the plan cannot be run as it is: see what is refused above");
        return Err(Failure::Fault(ExitCode::Failed, fault));
    }
    let consent = match asked.yes.as_deref() {
        None => Consent::Ask,
        Some("") => Consent::Yes,
        Some(hash) => Consent::Hash(hash),
    };
    approve(&plan, consent, |what| {
        prompt::line(what).map_err(|fault| fault.hint(format!("Approve the plan by its hash: --yes={}", &plan.hash()[..12])))
    })?;
    runs::launch(&place, plan, &targets, asked.detach)
}

/// An environment of `fleet.toml` says whether it may be written to. A connection string that was given with the verb is consent.
fn may_write(environment: &Environment) -> Result<(), Failure> {
    if environment.access == Access::Write || environment.name.is_empty() {
        return Ok(());
    }
    let name = shown(&environment.name);
    let hint =
        format!("access = \"write\" in [env.{name}] of fleet.toml lets it be written to; --plan only tells the plan.");
    Err(Failure::usage(format!("environment {name} is read-only"), hint))
}
