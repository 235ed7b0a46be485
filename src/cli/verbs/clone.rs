//! `clone`: the plan is shown, approved, started and followed. Must not know how it is made, nor how it is carried out.

use std::io::Read as _;
use std::path::Path;

use super::planned::{answer, named, noted, sample};
use super::{Answer, counted};
use crate::cli::args::{CloneArguments, RowsAsked};
use crate::cli::failure::Failure;
use crate::cli::reading;
use crate::config::{Config, Environment};
use crate::domain::fault::{Fault, FaultKind};
use crate::domain::name::shown;
use crate::domain::units;
use crate::observer::clone::{Entry, Targets, Wanted};
use crate::plan::clone::{Cloning, Owners, Rows, policy};
use crate::plan::{Kind, Plan, RunPolicy};

pub(in crate::cli) fn run(asked: &CloneArguments, environment: &Environment, config: &Config) -> Result<Answer, Failure> {
    let wanted = wanted(asked, environment)?;
    answer(&asked.approval, environment, config, |targets| reading::clone_plan(targets, wanted), told)
}

fn wanted(asked: &CloneArguments, environment: &Environment) -> Result<Wanted, Failure> {
    let environment = named(environment);
    let targets = match &asked.from {
        _ if asked.missing => Targets::Missing,
        Some(file) => Targets::Named(names(file)?),
        None if asked.targets.is_empty() => {
            let hint = "tenantry clone SOURCE TARGET..., or --from FILE, or --missing; - is the reference of fleet.toml.";
            return Err(Failure::usage("what is to be made is not said", hint));
        }
        None => Targets::Named(asked.targets.clone()),
    };
    let entry = asked.register.then(|| Entry {
        domain: asked.domain.clone(),
        values: asked.set.iter().map(|set| (set.0.clone(), set.1.clone())).collect(),
    });
    Ok(Wanted {
        source: asked.source.clone().filter(|source| source != "-"),
        targets,
        rows: match &asked.rows {
            RowsAsked::Seed => Rows::Seed,
            RowsAsked::None => Rows::None,
            RowsAsked::All => Rows::All,
            RowsAsked::Tables(tables) => Rows::Tables(tables.clone()),
        },
        database: asked.to_database.clone(),
        owner: asked.owner.clone(),
        entry,
        policy: RunPolicy { concurrency: asked.concurrency, ..policy(environment.production) },
        environment,
    })
}

/// The names in a file, one on each line. Empty lines are none.
fn names(file: &Path) -> Result<Vec<String>, Failure> {
    let mut text = String::new();
    let read = if file == Path::new("-") {
        std::io::stdin().read_to_string(&mut text)
    } else {
        std::fs::File::open(file).and_then(|mut file| file.read_to_string(&mut text))
    };
    read.map_err(|error| {
        let (file, error) = (file.to_string_lossy(), error.to_string().to_lowercase());
        Fault::new(FaultKind::Usage, format!("cannot read {}: {}", shown(&file), shown(&error)))
    })?;
    Ok(text.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect())
}

/// The plan for people: what is made, with which rows, for whom, and what is to be known of it.
fn told(plan: &Plan) -> String {
    let Kind::Clone(cloning) = &plan.kind else { return String::new() };
    let mut text = String::new();
    let mut line = |line: String| text.extend([line.as_str(), "\n"]);
    let (schema, environment) = (shown(&cloning.source.schema), shown(&plan.environment.name));
    line(match plan.databases.as_slice() {
        [to, from] => format!("clone {}/{schema} into {} in {environment}", shown(&from.label), shown(&to.label)),
        _ => format!("clone {schema} in {environment}"),
    });
    if plan.targets.is_empty() {
        line("nothing to do".into());
        return text;
    }
    line(format!("  makes     {}", made(cloning)));
    line(format!("  rows      {}", rows(cloning)));
    if let Owners::Mapped(roles) = &cloning.owners {
        let mut roles: Vec<&str> = roles.iter().map(String::as_str).collect();
        roles.dedup();
        line(format!("  owner     {}", sample(roles.iter().copied(), roles.len())));
    }
    if let Some(role) = cloning.acting.maker.told() {
        line(format!("  as        {role}"));
    }
    for statement in cloning.registry.first().into_iter().flatten() {
        line(format!("  registry  {}", shown(statement)));
    }
    let how = if cloning.phased {
        "several transactions each, marked as incomplete until the last"
    } else {
        "one transaction each"
    };
    line(format!("  in        {how}, compared with the source before it is kept"));
    if !plan.notes.is_empty() {
        line(String::new());
        plan.notes.iter().for_each(|note| line(noted(note)));
    }
    line(String::new());
    let names = plan.targets.iter().map(|target| target.schema.as_str());
    line(format!("targets  {:>6}  {}", units::count(plan.targets.len() as u64), sample(names, plan.targets.len())));
    let RunPolicy { concurrency, lock_timeout_ms, statement_timeout_ms, .. } = &plan.policy;
    line(format!("{concurrency} at once; lock_timeout {lock_timeout_ms} ms, statement_timeout {statement_timeout_ms} ms"));
    line(format!("plan {}", plan.hash()));
    text
}

/// How many statements, and of what.
fn made(cloning: &Cloning) -> String {
    let recipe = &cloning.recipe;
    let kinds: Vec<String> =
        recipe.kinds().iter().map(|(kind, count)| format!("{} {}", shown(kind), units::count(*count))).collect();
    let statements = counted((recipe.len() - recipe.copies.len()) as u64, "statement", "statements");
    if kinds.is_empty() { statements } else { format!("{statements}: {}", kinds.join(", ")) }
}

fn rows(cloning: &Cloning) -> String {
    let copies = &cloning.recipe.copies;
    let what = match &cloning.rows {
        Rows::None => return "none".to_owned(),
        Rows::Seed => "of the ledger and the seed tables",
        Rows::All => "of every table",
        Rows::Tables(_) => "of",
    };
    let names = sample(copies.iter().map(|copy| copy.table.as_str()), copies.len());
    if copies.is_empty() { format!("{what}: there are none") } else { format!("{what}: {names}") }
}
