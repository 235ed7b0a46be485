//! `show SCHEMA`: all that is known of one schema and its tenant. Must not read other schemas than the
//! reference and the list of all.

use std::fmt::Write as _;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::{Answer, counted, diff, flat, shaped};
use crate::cli::args::Shape;
use crate::cli::exit::ExitCode;
use crate::cli::failure::{Failure, told};
use crate::cli::find::Wanted;
use crate::cli::paper::narrate;
use crate::cli::sheet::Paper;
use crate::cli::verdict::Words;
use crate::cli::{columns, reading};
use crate::config::Environment;
use crate::domain::catalog::{ActivityKind, LedgerRow, SchemaDetail};
use crate::domain::drift::{Drift, LedgerState, ShapeState};
use crate::domain::fleet::Entry;
use crate::domain::name::{SchemaPath, shown};
use crate::domain::record::{self, Value};
use crate::domain::registry::Domain;
use crate::domain::structure::{Comparison, Difference};
use crate::domain::units;
use crate::drift;
use crate::observer::{self, Depth, Target};

/// How many of the newest migrations, and of the differences, people are shown.
const NEWEST: usize = 10;

pub(in crate::cli) fn run(
    typed: &str,
    depth: Depth,
    shape: Shape,
    environment: &Environment,
    paper: Paper,
) -> Result<Answer, Failure> {
    let targets = reading::targets(environment)?;
    let labels: Vec<&str> = targets.iter().map(|target| target.label.as_str()).collect();
    let wanted = Wanted::parse(typed, &labels);
    let asked = targets.iter().enumerate().filter(|(at, _)| wanted.database.is_none_or(|only| only == *at));
    let asked: Vec<_> = asked.map(|(_, target)| target.clone()).collect();
    let wanted = Wanted { database: None, ..wanted };
    let (fleet, code) = reading::fleet(asked.clone(), depth)?;
    let entry = wanted.in_fleet(&fleet)?;
    let detail = reading::wait(observer::read_schema(&asked[usize::from(entry.id.0)], entry.schema_name()))??;
    let code = if tell(&entry, &detail, shape) { code } else { ExitCode::Incomplete };
    let comparison = &environment.policy.comparison;
    let against = against(&asked, &entry, &detail, comparison)?;
    let mut record = record::of_detail(&entry, &detail);
    let differences = against.as_ref().map(|against| against.differences.iter().map(record::drift::of_difference).collect());
    record.push(("reference", Value::text(against.as_ref().map(|against| against.path.to_string()))));
    record.push(("difference_list", differences.map_or(Value::Missing, Value::Records)));
    let fields = flat(&record);
    let page = Page { entry: &entry, detail: &detail, against: against.as_ref(), drift: &fleet.drift, paper };
    let text = shaped(shape, || vec![record], &fields, || page.people(Timestamp::now()));
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

/// The reference schema that fleet.toml names, and what differs from it.
struct Against {
    path: SchemaPath,
    differences: Vec<Difference>,
}

/// Compares the schema with the reference where one is named; finding what most schemas have would mean to read them all.
fn against(
    asked: &[Target],
    entry: &Entry<'_>,
    detail: &SchemaDetail,
    comparison: &Comparison,
) -> Result<Option<Against>, Failure> {
    let Ok(here) = &detail.structure else { return Ok(None) };
    let reference = diff::named_reference(asked, usize::from(entry.id.0))?.filter(|side| side.path != entry.path());
    Ok(reference.map(|side| Against { differences: drift::diff(&side.structure, here, comparison), path: side.path }))
}

/// What people see of a schema.
struct Page<'a> {
    entry: &'a Entry<'a>,
    detail: &'a SchemaDetail,
    against: Option<&'a Against>,
    drift: &'a Drift,
    paper: Paper,
}

impl Page<'_> {
    fn people(&self, now: Timestamp) -> String {
        let mut out = format!("{}\n", self.entry.path());
        let lines = overview(self.entry, self.detail, now);
        for (name, value) in lines.into_iter().chain(self.verdict()) {
            let written = writeln!(out, "  {name:<12} {value}");
            debug_assert!(written.is_ok(), "writing to a String cannot fail");
        }
        out.push('\n');
        match &self.detail.tables {
            Ok(tables) if tables.is_empty() => out.push_str("no tables\n"),
            Ok(tables) => out.push_str(&columns::tables(tables, now).text(self.paper)),
            Err(_) => out.push_str("tables not read\n"),
        }
        if let Some(Ok(rows)) = &self.detail.ledger {
            push_ledger(&mut out, rows);
        }
        self.push_differences(&mut out);
        out
    }

    /// How it stands against the head and the reference, as far as that was read.
    fn verdict(&self) -> Vec<(&'static str, String)> {
        let signs = Words::of(self.paper.ascii);
        let verdict = self.entry.schema.map(|schema| schema.verdict).unwrap_or_default();
        let mut lines = Vec::new();
        if verdict.ledger != LedgerState::Unknown {
            lines.push(("migrations", signs.ledger(verdict.ledger).text().to_owned()));
        }
        if let Err(fault) = &self.detail.structure {
            lines.push(("shape", format!("not read: {}", fault.what)));
            return lines;
        }
        let by = self.against.map(|against| against.differences.iter().filter(|one| one.is_drift()).count() as u32);
        let shape = match (verdict.shape, self.against) {
            (ShapeState::Unknown, None) => return lines,
            (ShapeState::Unknown, Some(against)) => {
                let state = match by {
                    Some(0) | None if against.differences.is_empty() => ShapeState::Reference,
                    Some(0) | None => ShapeState::Renamed,
                    Some(by) => ShapeState::Differs { by },
                };
                format!("{}, against {}", signs.shape(state).text(), against.path)
            }
            (known, _) => {
                let cohort = verdict.shape_cohort.map_or(String::new(), |id| format!(", cohort {}", self.drift.name(id)));
                format!("{}{cohort}", signs.shape(known).text())
            }
        };
        lines.push(("shape", shape));
        lines
    }

    fn push_differences(&self, out: &mut String) {
        let Some(against) = self.against else { return };
        let drifts: Vec<_> = against.differences.iter().filter(|difference| difference.is_drift()).collect();
        if drifts.is_empty() {
            return;
        }
        let signs = Words::of(self.paper.ascii);
        out.push_str("\nWHAT DIFFERS\n");
        for difference in drifts.iter().take(NEWEST) {
            out.extend(["  ", &signs.difference(difference), "\n"]);
        }
        if drifts.len() > NEWEST {
            out.extend(["  and ", &units::count((drifts.len() - NEWEST) as u64), " more (tenantry diff has all)\n"]);
        }
    }
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
