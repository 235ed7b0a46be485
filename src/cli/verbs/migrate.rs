//! `migrate`: the plan of a migration is shown, approved, started and followed. Must not know how it is made, nor how it is carried out.

use std::path::PathBuf;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::planned::{SAMPLE, answer, named, noted, sample};
use super::{Answer, counted, list};
use crate::cli::args::MigrateArguments;
use crate::cli::failure::Failure;
use crate::cli::reading;
use crate::config::{Config, Environment};
use crate::domain::name::shown;
use crate::domain::units;
use crate::observer;
use crate::observer::plan::Wanted;
use crate::plan::migrate::Selection;
use crate::plan::{CommandLine, Kind, NO_STATEMENT, Note, Plan, RunPolicy, Stage, Windows, Zone};

pub(in crate::cli) fn run(asked: &MigrateArguments, environment: &Environment, config: &Config) -> Result<Answer, Failure> {
    let wanted = wanted(asked, environment)?;
    answer(&asked.approval, environment, config, |targets| reading::plan(targets, wanted), told)
}

/// The program that renders a Django project's migrations.
pub(in crate::cli) fn django_script() -> Answer {
    Answer::done(observer::DJANGO_SCRIPT.to_owned())
}

fn wanted(asked: &MigrateArguments, environment: &Environment) -> Result<Wanted, Failure> {
    let source = asked.source.clone().or_else(|| environment.policy.migrations.clone().map(PathBuf::from));
    // A source that is named is one of SQL.
    let command = environment.command.as_ref().filter(|_| asked.source.is_none());
    let command = command.map(|it| CommandLine { argv: it.argv.clone(), folder: it.folder.clone() });
    if source.is_none() && command.is_none() {
        let hint = "Name their folder, or set migrations in fleet.toml.";
        return Err(Failure::usage("where the migrations are is not said", hint));
    }
    let selection = match (&asked.schemas, &asked.filter) {
        (names, _) if !names.is_empty() => Selection::Named(names.clone()),
        (_, Some(filter)) => Selection::Filter(list::parse(filter)?),
        _ => Selection::All,
    };
    let name = named(environment);
    let usual = RunPolicy::usual(name.production);
    let policy = RunPolicy {
        canary: asked.canary.unwrap_or(usual.canary),
        waves: if asked.waves.is_empty() { usual.waves.clone() } else { asked.waves.clone() },
        go_ahead: asked.go_ahead,
        just_in_time: asked.just_in_time,
        windows: windows(asked, environment)?,
        concurrency: asked.concurrency.unwrap_or(usual.concurrency),
        pace: asked.pace.map_or(usual.pace, |pace| pace.0),
        allowed: asked.allow.clone(),
        ..usual
    };
    Ok(Wanted {
        environment: name,
        source,
        to: asked.to.clone(),
        reverse: asked.reverse,
        late: asked.late,
        selection,
        policy,
        command,
    })
}

/// The window that was asked for, and the zone of those that have none of their own.
fn windows(asked: &MigrateArguments, environment: &Environment) -> Result<Option<Windows>, Failure> {
    let Some(local) = asked.window else { return Ok(None) };
    let otherwise = asked.time_zone.clone().or_else(|| environment.time_zone.clone());
    match otherwise.as_deref().filter(|zone| TimeZone::get(zone).is_err()) {
        Some(zone) => {
            let what = format!("there is no time zone \"{}\"", shown(zone));
            Err(Failure::usage(what, "A name such as Europe/Berlin or UTC."))
        }
        None => Ok(Some(Windows { local, otherwise, zones: Vec::new() })),
    }
}

/// When each zone's window opens next: `Europe/Berlin  12 schemas  from 2026-11-22 01:00 UTC on`.
pub(super) fn opens(windows: &Windows, now: Timestamp, count: impl Fn(&Zone) -> usize) -> Vec<String> {
    let mut rows: Vec<(Option<Timestamp>, &Zone, usize)> =
        windows.zones.iter().map(|zone| (zone.next(windows.local, now), zone, count(zone))).collect();
    rows.retain(|(.., count)| *count > 0);
    rows.sort_by_key(|(next, ..)| *next);
    let when = |next: Option<Timestamp>| match next {
        Some(next) if next <= now => "open now".to_owned(),
        Some(next) => format!("from {} on", next.strftime("%Y-%m-%d %H:%M UTC")),
        None => "never".to_owned(),
    };
    let wide = rows.iter().map(|(_, zone, _)| zone.name.len()).max().unwrap_or_default();
    let line = |(next, zone, count): (Option<Timestamp>, &Zone, usize)| {
        format!("  {:<wide$} {:>6}  {}", shown(&zone.name), units::count(count as u64), when(next))
    };
    rows.into_iter().map(line).collect()
}

/// The plan for people: what is done, to whom, in which order, who is left out, and what is to be known about it.
fn told(plan: &Plan) -> String {
    let mut text = String::new();
    let mut line = |line: String| text.extend([line.as_str(), "\n"]);
    line(format!("{} {} in {}", plan.kind.verb(), shown(plan.kind.subject()), shown(&plan.environment.name)));
    if plan.targets.is_empty() {
        line("nothing to do".into());
    }
    for (at, step) in plan.steps.iter().enumerate() {
        let needed = plan.groups.iter().enumerate().filter(|(_, group)| group.steps.contains(&(at as u32)));
        let schemas: usize =
            needed.map(|(group, _)| plan.targets.iter().filter(|target| target.group as usize == group).count()).sum();
        let outside = if step.transactional { "" } else { ", outside of a transaction" };
        line(String::new());
        line(format!("{}  {}{outside}", step.origin, counted(schemas as u64, "schema", "schemas")));
        if let Kind::Command(command) = &plan.kind {
            line(format!("  runs in {}; its ledger is believed, not its exit code", shown(&command.line.folder)));
        }
        if step.statements.is_empty() {
            line(format!("  {NO_STATEMENT}"));
        }
        for (number, statement) in step.statements.iter().enumerate() {
            let lock = statement.lock.map_or_else(String::new, |lock| format!("  -- {}: {}", lock.words(), lock.meaning()));
            line(format!("  {}. {}{lock}", number + 1, one_line(&statement.sql)));
            let here = (at as u32, Some(number as u16));
            plan.notes.iter().filter(|note| note.place == Some(here)).for_each(|note| line(noted(note)));
        }
        plan.notes.iter().filter(|note| note.place == Some((at as u32, None))).for_each(|note| line(noted(note)));
    }
    let general: Vec<&Note> = plan.notes.iter().filter(|note| note.place.is_none()).collect();
    if !general.is_empty() {
        line(String::new());
        for note in general {
            line(noted(note));
        }
    }
    if !plan.targets.is_empty() {
        line(String::new());
        plan.stages.iter().enumerate().for_each(|(at, stage)| line(stage_line(plan, at, *stage)));
        if let Some(windows) = &plan.policy.windows {
            line(format!("window {} of local time", windows.local));
            opens(windows, Timestamp::now(), |zone| zone.targets.len()).into_iter().for_each(&mut line);
        }
    }
    if !plan.left_out.is_empty() {
        line(String::new());
    }
    for left_out in &plan.left_out {
        let names = sample(left_out.sample.iter().map(String::as_str), left_out.count as usize);
        line(format!("left out {:>6}  {}: {names}", units::count(left_out.count.into()), left_out.why.words()));
    }
    if !plan.targets.is_empty() {
        line(String::new());
        line(policy(plan));
        line(format!("plan {}", plan.hash()));
    }
    text
}

fn stage_line(plan: &Plan, at: usize, stage: Stage) -> String {
    let here = || plan.targets.iter().filter(|target| usize::from(target.stage) == at);
    let names = here().map(|target| match plan.databases.as_slice() {
        [_] => target.schema.clone(),
        databases => format!("{}/{}", databases[usize::from(target.database)].label, target.schema),
    });
    let names: Vec<String> = names.take(SAMPLE).collect();
    let count = here().count();
    let waits = match (stage.go_ahead, plan.policy.just_in_time) {
        (true, _) => ", after your word",
        (false, true) => ", each when it is asked for",
        (false, false) => "",
    };
    let names = sample(names.iter().map(String::as_str), count);
    format!("{:<9}{:>6}  {names}{waits}", stage.kind.word(), units::count(count as u64))
}

fn policy(plan: &Plan) -> String {
    let policy = &plan.policy;
    let pace = policy.pace.map_or_else(|| "no pace".into(), |pace| format!("{pace} a second"));
    let path: Vec<String> = policy.search_path.iter().map(|schema| shown(schema).into_owned()).collect();
    let path = if path.is_empty() { String::new() } else { format!(", {}", path.join(", ")) };
    let outside: Vec<String> =
        policy.allowed.iter().chain(&policy.referenced).map(|name| shown(name).into_owned()).collect();
    let outside = if outside.is_empty() { String::new() } else { format!("; may touch {}", outside.join(", ")) };
    format!(
        "{} at once, {pace}; lock_timeout {} ms, statement_timeout {} ms; search_path SCHEMA{path}{outside}",
        policy.concurrency, policy.lock_timeout_ms, policy.statement_timeout_ms
    )
}

/// A statement in one line.
fn one_line(sql: &str) -> String {
    shown(&sql.split_whitespace().collect::<Vec<_>>().join(" ")).into_owned()
}
