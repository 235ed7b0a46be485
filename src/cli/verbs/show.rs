//! `show SCHEMA`: all that is known of one schema and its tenant. Must not read other schemas than the list of all.

use std::fmt::Write as _;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::{Answer, counted, flat, shaped};
use crate::cli::args::Shape;
use crate::cli::exit::ExitCode;
use crate::cli::failure::{Failure, told};
use crate::cli::find::Wanted;
use crate::cli::paper::narrate;
use crate::cli::sheet::Paper;
use crate::cli::{columns, reading};
use crate::config::Environment;
use crate::domain::catalog::{ActivityKind, LedgerRow, SchemaDetail};
use crate::domain::fleet::Entry;
use crate::domain::name::shown;
use crate::domain::registry::Domain;
use crate::domain::{record, units};
use crate::observer;

/// How many of the newest migrations people are shown.
const NEWEST: usize = 10;

pub(in crate::cli) fn run(typed: &str, shape: Shape, environment: &Environment, paper: Paper) -> Result<Answer, Failure> {
    let targets = reading::targets(environment)?;
    let labels: Vec<&str> = targets.iter().map(|target| target.label.as_str()).collect();
    let wanted = Wanted::parse(typed, &labels);
    let asked = targets.iter().enumerate().filter(|(at, _)| wanted.database.is_none_or(|only| only == *at));
    let asked: Vec<_> = asked.map(|(_, target)| target.clone()).collect();
    let wanted = Wanted { database: None, ..wanted };
    let (fleet, code) = reading::fleet(asked.clone())?;
    let entry = wanted.in_fleet(&fleet)?;
    let detail = reading::wait(observer::read_schema(&asked[usize::from(entry.id.0)], entry.schema_name()))??;
    let code = if tell(&entry, &detail, shape) { code } else { ExitCode::Incomplete };
    let record = record::of_detail(&entry, &detail);
    let fields = flat(&record);
    let text = shaped(shape, || vec![record], &fields, || people(&entry, &detail, paper, Timestamp::now()));
    Ok(Answer { text, note: None, code })
}

/// Tells what could not be read, where the data do not say it themselves. Gives whether the tables are known.
fn tell(entry: &Entry<'_>, detail: &SchemaDetail, shape: Shape) -> bool {
    let ledger = detail.ledger.as_ref().and_then(|ledger| ledger.as_ref().err()).filter(|_| shape != Shape::Text);
    let tables = detail.tables.as_ref().err();
    for (what, fault) in [("tables", tables), ("ledger", ledger)] {
        if let Some(fault) = fault {
            narrate(&told(&format!("{}: {what} not read: {}", entry.path(), fault.what), fault.hint.as_deref()));
        }
    }
    tables.is_none()
}

fn people(entry: &Entry<'_>, detail: &SchemaDetail, paper: Paper, now: Timestamp) -> String {
    let mut out = format!("{}\n", entry.path());
    for (name, value) in overview(entry, detail, now) {
        let written = writeln!(out, "  {name:<12} {value}");
        debug_assert!(written.is_ok(), "writing to a String cannot fail");
    }
    out.push('\n');
    match &detail.tables {
        Ok(tables) if tables.is_empty() => out.push_str("no tables\n"),
        Ok(tables) => out.push_str(&columns::tables(tables, now).text(paper)),
        Err(_) => out.push_str("tables not read\n"),
    }
    if let Some(Ok(rows)) = &detail.ledger {
        push_ledger(&mut out, rows);
    }
    out
}

/// Names and values, without those of which nothing is known.
fn overview(entry: &Entry<'_>, detail: &SchemaDetail, now: Timestamp) -> Vec<(&'static str, String)> {
    let text = |raw: &str| shown(raw).into_owned();
    let list = |raw: &[String]| (!raw.is_empty()).then(|| raw.iter().map(|raw| text(raw)).collect::<Vec<_>>().join(", "));
    let tenant = entry.tenant;
    let schema = entry.schema;
    let domains = tenant.and_then(|tenant| list(&tenant.domains.iter().map(Domain::address).collect::<Vec<_>>()));
    let odd: Vec<_> = entry.row.oddities.iter().map(|oddity| oddity.word()).collect();
    let lines = [
        ("tenant", entry.tenant_name().map(text)),
        ("role", Some(entry.row.role.word().to_owned())),
        ("state", Some(if odd.is_empty() { "ok".to_owned() } else { odd.join(", ") })),
        ("domains", domains),
        ("created", tenant.and_then(|tenant| tenant.created.as_deref()).map(text)),
        ("plan", tenant.and_then(|tenant| tenant.plan.as_deref()).map(text)),
        ("time zone", tenant.and_then(|tenant| tenant.time_zone.as_deref()).map(text)),
        ("owner", schema.map(|schema| text(&schema.owner))),
        ("comment", detail.comment.as_deref().map(text)),
        ("privileges", list(&detail.acl)),
        ("search_path", list(&detail.search_path)),
        ("size", size(entry, detail)),
        ("objects", objects(entry)),
        ("ledger", ledger(entry, detail)),
        (
            "activity",
            schema.and_then(|schema| schema.activity).map(|activity| {
                let kind = match activity.kind {
                    ActivityKind::Scan => "scan",
                    ActivityKind::Maintenance => "vacuum or analyze",
                };
                format!("{} ({kind})", units::ago(activity.at, now))
            }),
        ),
        ("as of", Some(moment(detail.as_of))),
    ];
    lines.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
}

fn size(entry: &Entry<'_>, detail: &SchemaDetail) -> Option<String> {
    let measured = detail.tables.as_ref().ok().map(|tables| {
        let locked = tables.iter().filter(|table| table.bytes.is_none()).count();
        let sum = units::bytes(tables.iter().filter_map(|table| table.bytes).sum());
        if locked == 0 {
            format!("{sum} on disk")
        } else {
            format!("{sum} on disk without {}", counted(locked as u64, "locked table", "locked tables"))
        }
    });
    let estimate = entry.counts().map(|counts| format!("{} as of the last analyze", units::bytes(counts.bytes)));
    measured.or(estimate)
}

fn objects(entry: &Entry<'_>) -> Option<String> {
    let counts = entry.counts()?;
    let some = |count: u32, one: &str, many: &str| (count > 0).then(|| counted(count.into(), one, many));
    let parts = [
        some(counts.tables, "table", "tables"),
        some(counts.indexes, "index", "indexes"),
        some(counts.sequences, "sequence", "sequences"),
        some(counts.views, "view", "views"),
        some(counts.functions, "function", "functions"),
    ];
    let parts: Vec<_> = parts.into_iter().flatten().collect();
    Some(if parts.is_empty() { "none".to_owned() } else { parts.join(", ") })
}

fn ledger(entry: &Entry<'_>, detail: &SchemaDetail) -> Option<String> {
    let table = entry.schema?.ledger.as_ref()?;
    let rows = match detail.ledger.as_ref() {
        Some(Ok(rows)) => format!(", {}", counted(rows.len() as u64, "migration", "migrations")),
        Some(Err(fault)) => format!(", not read: {}", fault.what),
        None => String::new(),
    };
    Some(format!("{} ({}){rows}", shown(&table.table), table.dialect.word()))
}

fn push_ledger(out: &mut String, rows: &[LedgerRow]) {
    if rows.is_empty() {
        return;
    }
    out.push_str("\nNEWEST MIGRATIONS\n");
    for row in rows.iter().rev().take(NEWEST) {
        let app = row.app.as_deref().map_or(String::new(), |app| format!("{} ", shown(app)));
        let applied = row.applied.map_or(String::new(), |at| format!("  {}", moment(at)));
        out.extend(["  ", &app, &shown(&row.name), &applied, "\n"]);
    }
    if rows.len() > NEWEST {
        out.extend(["  and ", &units::count((rows.len() - NEWEST) as u64), " before them (--json has all)\n"]);
    }
}

fn moment(at: Timestamp) -> String {
    at.to_zoned(TimeZone::system()).strftime("%Y-%m-%d %H:%M:%S").to_string()
}
