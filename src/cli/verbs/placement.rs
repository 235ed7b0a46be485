//! `placement`: which tables live where, and what of it is dangerous. Must not judge it.

use super::{Answer, counted, shaped};
use crate::cli::args::{One, Shape};
use crate::cli::exit::ExitCode;
use crate::cli::failure::{Failure, told};
use crate::cli::paper::narrate;
use crate::cli::reading;
use crate::cli::sheet::{ALWAYS, Cell, Column, Paper, Sheet, Tone, wrapped};
use crate::config::Environment;
use crate::domain::fault::{Fault, FaultKind};
use crate::domain::fleet::{DatabaseId, Fleet, Link, Severity};
use crate::domain::name::shown;
use crate::domain::placement::{Finding, Place, Placement, PlacementFacts, PlacementRow};
use crate::domain::question::{Answer as Told, Question};
use crate::domain::record::{Record, placement as record};
use crate::domain::units;
use crate::observer::{self, Depth, Target};
use crate::placement::judge;

/// Cells of a line where nobody says how many there are.
const WIDTH: usize = 80;
/// Cells before the words of a finding.
const INDENT: usize = 10;
/// Tenants and tables that are named in the text for people; files have more of them.
const NAMED: usize = 5;

pub(in crate::cli) fn run(one: &One, shape: Shape, environment: &Environment, paper: Paper) -> Result<Answer, Failure> {
    let targets = reading::targets_of(environment, one.db.as_deref())?;
    // The ledgers name applications, and tell which a tenant should have tables of.
    let (fleet, mut code) = reading::fleet(targets.clone(), Depth { ledgers: true, ..Depth::FACTS })?;
    reading::tell_notes(&fleet);
    let mut judged: Vec<(&str, Placement)> = Vec::new();
    for ((id, target), database) in (0..).map(DatabaseId).zip(&targets).zip(&fleet.databases) {
        // Why such a database could not be read is told already.
        if matches!(database.link, Link::Down { .. }) {
            continue;
        }
        match facts(target)? {
            Ok(facts) => judged.push((&database.label, judge(&fleet, id, &facts))),
            Err(fault) => {
                narrate(&told(&format!("{}: {}", shown(&database.label), fault.what), fault.hint.as_deref()));
                code = ExitCode::Incomplete;
            }
        }
    }
    let worst = judged.iter().map(|(_, placement)| placement.severity()).max().unwrap_or(Severity::Ok);
    let text = shaped(shape, || records(shape, &judged), record::TABLE_FIELDS, || people(&judged, &fleet, paper));
    Ok(Answer { text, note: None, code: code.worst(worst) })
}

fn facts(target: &Target) -> Result<Result<PlacementFacts, Fault>, Failure> {
    let told = reading::wait(observer::ask_once(target, &Question::Placement))?;
    Ok(told.and_then(|told| match told {
        Told::Placement(facts) => Ok(facts),
        Told::Sessions(_) | Told::Sequences(_) => Err(Fault::new(FaultKind::Server, "another question was answered")),
    }))
}

/// A line of CSV is a table, an object of JSON a database.
fn records(shape: Shape, judged: &[(&str, Placement)]) -> Vec<Record> {
    let of = |(database, placement): &(&str, Placement)| -> Vec<Record> {
        match shape {
            Shape::Csv => placement.rows.iter().map(|row| record::of_row(database, row, placement.tenants)).collect(),
            Shape::Json | Shape::Text => vec![record::of_placement(database, placement)],
        }
    };
    judged.iter().flat_map(of).collect()
}

fn people(judged: &[(&str, Placement)], fleet: &Fleet, paper: Paper) -> String {
    let parts: Vec<String> = judged.iter().map(|(label, placement)| one(label, placement, fleet, paper)).collect();
    parts.join("\n")
}

fn one(label: &str, placement: &Placement, fleet: &Fleet, paper: Paper) -> String {
    let mut out = String::new();
    if fleet.databases.len() > 1 {
        out.push_str(&format!("{}\n", shown(label)));
    }
    if placement.findings.is_empty() {
        out.push_str("nothing was found that is worth a word\n");
    }
    for (at, finding) in placement.findings.iter().enumerate() {
        // What is to be done is said once for all of a kind.
        let is_last = placement.findings.get(at + 1).is_none_or(|next| next.kind != finding.kind);
        push_finding(&mut out, finding, is_last, paper);
    }
    let text = matrix(placement).text(paper);
    if !text.is_empty() {
        out.extend(["\n", &text]);
    }
    let unlisted = [
        (placement.elsewhere, "table name", "table names", "only in schemas that are neither shared nor a tenant's"),
        (placement.left_out, "table name", "table names", "left out: there are too many"),
    ];
    for (count, name, names, words) in unlisted.into_iter().filter(|(count, ..)| *count > 0) {
        out.push_str(&format!("{} {words}\n", counted(count.into(), name, names)));
    }
    out
}

fn push_finding(out: &mut String, finding: &Finding, has_advice: bool, paper: Paper) {
    let width = paper.width.unwrap_or(WIDTH).max(20);
    let (sign, word, colour) = match (finding.severity, paper.ascii) {
        (Severity::Ok, false) => ("✓", "ok", ""),
        (Severity::Ok, true) => ("+", "ok", ""),
        (Severity::Info, false) => ("·", "info", ""),
        (Severity::Info, true) => ("i", "info", ""),
        (Severity::Warn, false) => ("▲", "warn", "\u{1b}[33m"),
        (Severity::Warn, true) => ("!", "warn", "\u{1b}[33m"),
        (Severity::Danger, false) => ("✗", "danger", "\u{1b}[31m"),
        (Severity::Danger, true) => ("x", "danger", "\u{1b}[31m"),
    };
    let (begin, end) = if paper.colour && !colour.is_empty() { (colour, "\u{1b}[0m") } else { ("", "") };
    let mut sentence = wrapped(&finding.sentence, width - INDENT).into_iter();
    let first = sentence.next().unwrap_or_default();
    out.push_str(&format!("{begin}{sign} {word:<7}{end} {first}\n"));
    let mut lines: Vec<String> = sentence.collect();
    if finding.severity >= Severity::Warn {
        let names = |names: &[String]| {
            let named: Vec<_> = names.iter().take(NAMED).map(|name| shown(name)).collect();
            named.join(", ")
        };
        let and = |count: u64, listed: usize| {
            let rest = count.saturating_sub(listed.min(NAMED) as u64);
            if rest == 0 { String::new() } else { format!(" and {} more", units::count(rest)) }
        };
        if !finding.tenants.schemas.is_empty() {
            let listed = finding.tenants.schemas.len();
            let line = format!("{}{}", names(&finding.tenants.schemas), and(finding.tenants.count.into(), listed));
            lines.extend(wrapped(&format!("tenants: {line}"), width - INDENT));
        }
        if finding.tables.len() > 1 {
            let listed = finding.tables.len();
            let line = format!("{}{}", names(&finding.tables), and(listed as u64, listed));
            lines.extend(wrapped(&format!("tables: {line}"), width - INDENT));
        }
        if has_advice {
            lines.extend(wrapped(&finding.advice, width - INDENT));
        }
    }
    for line in lines {
        out.push_str(&format!("{:INDENT$}{line}\n", ""));
    }
}

fn matrix(placement: &Placement) -> Sheet {
    let column = |heading, figures, worth| Column { heading, figures, worth };
    let mut sheet = Sheet::new(vec![
        column("TABLE", false, ALWAYS),
        column("APP", false, 40),
        column("PLACE", false, 95),
        column("TENANTS", true, 90),
        column("SHARED", false, 80),
        column("OTHERS", true, 20),
        column("WHO", false, 60),
    ]);
    for row in &placement.rows {
        sheet.push(vec![
            Cell::raw(&row.table),
            Cell::maybe(row.app.as_deref()),
            Cell::own(Some(row.place.words().to_owned())).tone(if row.place == Place::Some {
                Tone::Warn
            } else {
                Tone::Plain
            }),
            Cell::own((row.tenants > 0).then(|| units::count(row.tenants.into()))),
            Cell::own(
                (!row.shared.is_empty())
                    .then(|| row.shared.iter().map(|schema| shown(schema).into_owned()).collect::<Vec<_>>().join(", ")),
            ),
            Cell::own((row.others > 0).then(|| units::count(row.others.into()))),
            Cell::own(who(row)),
        ]);
    }
    sheet
}

/// The few that stand out: `not: acme, bolt`, `only: cyan`.
fn who(row: &PlacementRow) -> Option<String> {
    let odd = row.odd.as_ref()?;
    let named: Vec<_> = odd.tenants.schemas.iter().take(NAMED).map(|schema| shown(schema)).collect();
    let rest = odd.tenants.count as usize - named.len();
    let more = if rest == 0 { String::new() } else { format!(" and {} more", units::count(rest as u64)) };
    Some(format!("{} {}{more}", if odd.have_it { "only:" } else { "not:" }, named.join(", ")))
}
