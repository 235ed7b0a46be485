//! `drop` and `rename`: the plan is shown, approved, started and followed. Must not know how it is made, nor how it is carried out.

use std::path::PathBuf;

use super::planned::{answer, named, noted};
use super::{Answer, counted};
use crate::cli::args::{DropArguments, RenameArguments};
use crate::cli::failure::Failure;
use crate::cli::reading;
use crate::config::{Colour, Config, Environment};
use crate::domain::fault::{Fault, FaultKind};
use crate::domain::name::shown;
use crate::observer;
use crate::plan::whole::RegistryChange;
use crate::plan::{Kind, Plan, RunPolicy};
use crate::runs::Place;

/// `drop`.
pub(in crate::cli) fn drop_schemas(
    asked: &DropArguments,
    environment: &Environment,
    config: &Config,
) -> Result<Answer, Failure> {
    let wanted = observer::drop::Wanted {
        environment: named(environment),
        schemas: asked.schemas.clone(),
        archive: (!asked.no_archive).then(|| archives(asked, &Place::of(config)?)).transpose()?,
        registry: asked.registry,
        policy: RunPolicy { concurrency: 1, ..usual(environment) },
    };
    answer(&asked.approval, environment, config, |targets| reading::drop_plan(targets, wanted), told)
}

/// `rename`.
pub(in crate::cli) fn rename(
    asked: &RenameArguments,
    environment: &Environment,
    config: &Config,
) -> Result<Answer, Failure> {
    let wanted = observer::rename::Wanted {
        environment: named(environment),
        schema: asked.schema.clone(),
        to: asked.to.clone(),
        registry: asked.registry,
        policy: usual(environment),
    };
    answer(&asked.approval, environment, config, |targets| reading::rename_plan(targets, wanted), told)
}

fn archives(asked: &DropArguments, place: &Place) -> Result<PathBuf, Fault> {
    let Some(folder) = &asked.archive_dir else { return Ok(place.archives()) };
    std::path::absolute(folder).map_err(|error| {
        Fault::new(FaultKind::Local, format!("there is no folder to write archives to: {}", shown(&error.to_string())))
    })
}

fn usual(environment: &Environment) -> RunPolicy {
    RunPolicy::usual(environment.colour == Colour::Production)
}

/// The plan for people: what is done to which schemas, where archives go, what changes in the registry, and what is to be known.
fn told(plan: &Plan) -> String {
    let mut text = String::new();
    let mut line = |line: String| text.extend([line.as_str(), "\n"]);
    let environment = shown(&plan.environment.name);
    match &plan.kind {
        Kind::Rename(renaming) => {
            let names = plan.targets.first().map(|target| shown(&target.schema)).unwrap_or_default();
            line(format!("rename {names} to {} in {environment}", shown(&renaming.to)));
            renaming.registry.iter().for_each(|change| line(changed(change)));
        }
        Kind::Drop(dropping) => {
            line(format!("drop {} in {environment}", shown(&dropping.what)));
            match &dropping.archive {
                Some(archive) => {
                    line(format!("  archives in {}, written by {}", shown(&archive.folder), shown(&archive.dump)));
                }
                None => line("  without archives".to_owned()),
            }
            for (target, dropped) in plan.targets.iter().zip(&dropping.each) {
                line(format!("  {}", path(plan, target.database, &target.schema)));
                dropped.registry.iter().for_each(|change| line(changed(change)));
            }
        }
        _ => {}
    }
    if !plan.notes.is_empty() {
        line(String::new());
        plan.notes.iter().for_each(|note| line(noted(note)));
    }
    line(String::new());
    line(format!("plan {}", plan.hash()));
    text
}

fn path(plan: &Plan, database: u16, schema: &str) -> String {
    match plan.databases.as_slice() {
        [_] => shown(schema).into_owned(),
        databases => format!("{}/{}", shown(&databases[usize::from(database)].label), shown(schema)),
    }
}

fn changed(change: &RegistryChange) -> String {
    format!("     registry, {}: {}", counted(change.rows, "row", "rows"), shown(&change.sql))
}
