//! A verb that writes: its plan is told and nothing more, or told, approved, started and followed. Must not know what is planned, nor
//! how it is carried out.

mod approve;

use self::approve::{Consent, approve};
use super::{Answer, runs};
use crate::cli::args::Approval;
use crate::cli::exit::ExitCode;
use crate::cli::failure::Failure;
use crate::cli::paper::narrate;
use crate::cli::{prompt, reading};
use crate::config::{Access, Colour, Config, Environment};
use crate::domain::fault::{Fault, FaultKind};
use crate::domain::name::shown;
use crate::observer::Target;
use crate::plan::{EnvironmentName, Note, Plan};
use crate::runs::Place;

/// Makes the plan, tells it by `told`, and where that is not all that was asked for, asks, starts and follows. The exit code is then
/// that of the run.
pub(super) fn answer(
    approval: &Approval,
    environment: &Environment,
    config: &Config,
    plan: impl FnOnce(Vec<Target>) -> Result<Plan, Failure>,
    told: impl FnOnce(&Plan) -> String,
) -> Result<Answer, Failure> {
    if approval.plan {
        let plan = plan(reading::targets(environment)?)?;
        let text = if approval.json { json(&plan) } else { told(&plan) };
        let code = if plan.refusal().is_some() { ExitCode::Failed } else { ExitCode::Done };
        return Ok(Answer { text, note: None, code });
    }
    // Before anybody is asked for a password.
    may_write(environment)?;
    let place = Place::of(config)?;
    let targets = reading::targets(environment)?;
    let plan = plan(targets.clone())?;
    let text = told(&plan);
    start(&place, plan, &targets, &text, approval)
}

/// Shows a plan, asks, starts and follows its run.
fn start(place: &Place, plan: Plan, targets: &[Target], text: &str, approval: &Approval) -> Result<Answer, Failure> {
    narrate(text);
    if plan.targets.is_empty() {
        return Ok(Answer::done(String::new()));
    }
    if plan.refusal().is_some() {
        let fault = Fault::new(FaultKind::Refused, "the plan cannot be run as it is: see what is refused above");
        return Err(Failure::Fault(ExitCode::Failed, fault));
    }
    let consent = match approval.yes.as_deref() {
        None => Consent::Ask,
        Some("") => Consent::Yes,
        Some(hash) => Consent::Hash(hash),
    };
    approve(&plan, consent, |what| {
        prompt::line(what).map_err(|fault| fault.hint(format!("Approve the plan by its hash: --yes={}", &plan.hash()[..12])))
    })?;
    runs::launch(place, plan, targets, approval.detach)
}

/// An environment of `fleet.toml` says whether it may be written to. A connection string that was given with the verb is consent.
pub(super) fn may_write(environment: &Environment) -> Result<(), Failure> {
    if environment.access == Access::Write || environment.name.is_empty() {
        return Ok(());
    }
    let name = shown(&environment.name);
    let hint =
        format!("access = \"write\" in [env.{name}] of fleet.toml lets it be written to; --plan only tells the plan.");
    Err(Failure::usage(format!("environment {name} is read-only"), hint))
}

/// The environment as a plan names it.
pub(super) fn named(environment: &Environment) -> EnvironmentName {
    let name = if environment.name.is_empty() { "-".to_owned() } else { environment.name.clone() };
    EnvironmentName { name, production: environment.colour == Colour::Production }
}

/// A plan as one object, with its hash.
fn json(plan: &Plan) -> String {
    let mut value = serde_json::to_value(plan).unwrap_or_default();
    if let Some(fields) = value.as_object_mut() {
        fields.insert("hash".into(), plan.hash().into());
    }
    serde_json::to_string_pretty(&value).unwrap_or_default() + "\n"
}

/// A note in one line, and its hint below.
pub(super) fn noted(note: &Note) -> String {
    let word = if note.refuses { "refused" } else { note.severity.word() };
    let hint = note.hint.as_ref().map_or_else(String::new, |hint| format!("\n       {hint}"));
    format!("     {word}: {} ({}){hint}", note.what, note.rule)
}

/// So many schemas are named.
pub(super) const SAMPLE: usize = 5;

/// Some of so many names, safe to show.
pub(super) fn sample<'a>(names: impl Iterator<Item = &'a str>, count: usize) -> String {
    let names: Vec<String> = names.take(SAMPLE).map(|name| shown(name).into_owned()).collect();
    let more = if count > names.len() { ", ..." } else { "" };
    format!("{}{more}", names.join(", "))
}
