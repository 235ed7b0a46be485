//! `drift`: which schemas are not what they should be. Must not judge them.

use std::collections::{BTreeMap, HashSet};

use super::list::parse;
use super::{Answer, counted, shaped};
use crate::cli::args::{DriftArguments, Shape};
use crate::cli::failure::Failure;
use crate::cli::paper::narrate;
use crate::cli::reading;
use crate::cli::sheet::{ALWAYS, Cell, Column, Paper, Sheet};
use crate::cli::verdict::{Asked, Words, origin};
use crate::config::Environment;
use crate::domain::drift::Verdict;
use crate::domain::fleet::{Entry, Fleet};
use crate::domain::record;
use crate::domain::roles::Role;
use crate::domain::units;
use crate::observer::Depth;

/// The fields of `--csv`.
pub(in crate::cli) const FLAT_FIELDS: &[&str] = &[
    "database",
    "schema",
    "tenant",
    "role",
    "state",
    "ledger_state",
    "behind",
    "ahead",
    "shape_state",
    "differences",
    "ghosts",
    "history_cohort",
    "shape_cohort",
    "as_of",
];

pub(in crate::cli) fn run(asked: &DriftArguments, environment: &Environment, paper: Paper) -> Result<Answer, Failure> {
    let filter = asked.list.filter.as_deref().map(parse).transpose()?;
    let what = match (asked.ledger, asked.shape) {
        (true, _) => Asked::Ledger,
        (_, true) => Asked::Shape,
        _ => Asked::Both,
    };
    let (fleet, code) = reading::fleet(reading::targets(environment)?, Depth::DRIFT)?;
    reading::tell_notes(&fleet);
    reading::tell_drift(&fleet);
    let mut seen = HashSet::new();
    // Two tenants of one schema are two entries, and one schema.
    let of_schema = fleet.entries().filter(|entry| {
        entry.schema.is_some_and(|schema| seen.insert((entry.id, schema.oid))) && entry.row.role != Role::System
    });
    let entries: Vec<Entry<'_>> =
        of_schema.filter(|entry| filter.as_ref().is_none_or(|filter| filter.keeps(entry))).collect();
    let drifting: Vec<Entry<'_>> = entries.iter().copied().filter(|entry| what.is_drift(verdict(entry))).collect();
    let shape = asked.list.format.shape();
    if shape == Shape::Text {
        narrate(&summary(&fleet, &entries, drifting.len(), what));
    }
    let code = code.found(!drifting.is_empty(), asked.exit_code);
    let listed = if asked.all { &entries } else { &drifting };
    let records = || match shape {
        // What is nested has no place in a line: the flat fields of lists say the same.
        Shape::Csv => listed.iter().map(record::of_entry).collect(),
        _ => listed.iter().map(|entry| record::drift::of_verdict(entry, &fleet.drift)).collect(),
    };
    let text = shaped(shape, records, FLAT_FIELDS, || sheet(listed, &fleet, what, paper).text(paper));
    Ok(Answer { text, note: None, code })
}

fn verdict(entry: &Entry<'_>) -> Verdict {
    entry.schema.map(|schema| schema.verdict).unwrap_or_default()
}

fn sheet(entries: &[Entry<'_>], fleet: &Fleet, what: Asked, paper: Paper) -> Sheet {
    let signs = Words::of(paper.ascii);
    let several = fleet.databases.len() > 1;
    let is_kept = |heading: &str| match heading {
        "DATABASE" => several,
        "LEDGER" => what != Asked::Shape,
        "SHAPE" | "COHORT" => what != Asked::Ledger,
        _ => true,
    };
    let columns = [
        ("DATABASE", ALWAYS),
        ("SCHEMA", ALWAYS),
        ("TENANT", 10),
        ("LEDGER", 90),
        ("SHAPE", 80),
        ("COHORT", 20),
        ("WHAT DIFFERS", 70),
    ];
    let kept = columns.iter().filter(|(heading, _)| is_kept(heading));
    let mut sheet = Sheet::new(kept.map(|(heading, worth)| Column { heading, figures: false, worth: *worth }).collect());
    for entry in entries {
        let verdict = verdict(entry);
        let cells = [
            Cell::raw(&entry.database.label),
            Cell::raw(entry.schema_name()),
            Cell::maybe(entry.tenant_name()),
            signs.ledger(verdict.ledger),
            signs.shape(verdict.shape),
            Cell::own(verdict.shape_cohort.map(|id| fleet.drift.name(id))),
            Cell::own(Some(signs.all(verdict, &fleet.drift, what))),
        ];
        sheet.push(
            cells.into_iter().zip(columns).filter(|(_, (heading, _))| is_kept(heading)).map(|(cell, _)| cell).collect(),
        );
    }
    sheet
}

/// What was compared with what, and how many are in which state.
fn summary(fleet: &Fleet, entries: &[Entry<'_>], drifting: usize, what: Asked) -> String {
    let drift = &fleet.drift;
    let judged: Vec<Verdict> = entries.iter().filter(|entry| entry.row.role.is_judged()).map(verdict).collect();
    let mut lines = Vec::new();
    if what != Asked::Shape {
        let head = drift.head.as_ref().map_or_else(
            || "none: no ledger could be read".to_owned(),
            |head| {
                let count = counted(head.migrations.len() as u64, "migration", "migrations");
                format!("{count}, from {}", origin(&head.origin, fleet))
            },
        );
        lines.push(("head", head));
        lines.push(("ledgers", counts(judged.iter().map(|verdict| verdict.ledger.word()))));
    }
    if what != Asked::Ledger {
        let reference = drift.reference.as_ref().map_or_else(
            || "none: no structure could be read".to_owned(),
            |reference| format!("cohort {}, from {}", drift.name(reference.cohort), origin(&reference.origin, fleet)),
        );
        lines.push(("reference", reference));
        lines.push(("shapes", counts(judged.iter().map(|verdict| verdict.shape.word()))));
    }
    let of = counted(judged.len() as u64, "schema", "schemas");
    lines.push((
        "drift",
        if drifting == 0 { format!("none among {of}") } else { format!("{} of {of}", units::count(drifting as u64)) },
    ));
    let lines: Vec<String> = lines.into_iter().map(|(name, value)| format!("{name:<10} {value}\n")).collect();
    lines.concat()
}

/// How many of each, the most first.
fn counts<'a>(words: impl Iterator<Item = &'a str>) -> String {
    let mut times: BTreeMap<&str, u64> = BTreeMap::new();
    words.for_each(|word| *times.entry(word).or_default() += 1);
    let mut times: Vec<_> = times.into_iter().collect();
    times.sort_by_key(|(word, count)| (std::cmp::Reverse(*count), *word));
    let all: Vec<String> = times.into_iter().map(|(word, count)| format!("{} {word}", units::count(count))).collect();
    if all.is_empty() { "none".to_owned() } else { all.join(", ") }
}
