//! Tenants, schemas and tables as sheets for people: which columns, in which units. Must not know where they are printed.

use jiff::Timestamp;

use super::sheet::{ALWAYS, Cell, Column, Sheet, Tone};
use super::verdict::Words;
use crate::domain::catalog::TableFacts;
use crate::domain::drift::Drift;
use crate::domain::fleet::Entry;
use crate::domain::roles::Oddity;
use crate::domain::units;
use crate::observer::Depth;

/// The tool that writes the ledger, or how it stands against the head.
const LEDGER: &str = "LEDGER";

/// What is known of the fleet whose entries are listed, and how they can be shown.
#[derive(Debug, Clone, Copy)]
pub(super) struct Known<'a> {
    /// Whether there are several databases.
    pub(super) several: bool,
    /// Whether ledgers and structures were read: then their states stand instead of the tool that wrote the ledger.
    pub(super) depth: Depth,
    /// What was judged.
    pub(super) drift: &'a Drift,
    /// Whether signs beyond ASCII would not be shown as they are.
    pub(super) ascii: bool,
}

/// One column of a list of entries.
struct Of(Column, fn(&Entry<'_>, Timestamp) -> Cell);

/// Tenants, with the database where there are several.
pub(super) fn tenants(entries: &[Entry<'_>], known: Known<'_>, now: Timestamp) -> Sheet {
    let columns = [
        text("DATABASE", ALWAYS, |entry, _| Cell::raw(&entry.database.label)),
        text("TENANT", ALWAYS, |entry, _| Cell::maybe(entry.tenant_name())),
        text("SCHEMA", ALWAYS, |entry, _| Cell::raw(entry.schema_name())),
        text("STATE", 100, state),
        figures("TABLES", 90, |entry, _| number(entry.counts().map(|counts| counts.tables.into()))),
        figures("ROWS", 60, |entry, _| number(entry.counts().map(|counts| counts.rows))),
        figures("SIZE", 95, |entry, _| Cell::own(entry.counts().map(|counts| units::bytes(counts.bytes)))),
        text(LEDGER, 40, ledger),
        text("DOMAIN", 70, |entry, _| {
            Cell::maybe(entry.tenant.and_then(|tenant| Some(tenant.domains.first()?.address())).as_deref())
        }),
        text("CREATED", 65, |entry, _| Cell::maybe(entry.tenant.and_then(|tenant| tenant.created.as_deref()))),
        text("PLAN", 55, |entry, _| Cell::maybe(entry.tenant.and_then(|tenant| tenant.plan.as_deref()))),
        text("TIME ZONE", 30, |entry, _| Cell::maybe(entry.tenant.and_then(|tenant| tenant.time_zone.as_deref()))),
        text("ACTIVITY", 50, activity),
        text("OWNER", 20, owner),
    ];
    sheet(&columns[usize::from(!known.several)..], entries, known, now)
}

/// Schemas, with the database where there are several.
pub(super) fn schemas(entries: &[Entry<'_>], known: Known<'_>, now: Timestamp) -> Sheet {
    let columns = [
        text("DATABASE", ALWAYS, |entry, _| Cell::raw(&entry.database.label)),
        text("SCHEMA", ALWAYS, |entry, _| Cell::raw(entry.schema_name())),
        text("ROLE", ALWAYS, |entry, _| Cell::raw(entry.row.role.word())),
        text("TENANT", 80, |entry, _| Cell::maybe(entry.tenant_name())),
        text("STATE", 100, state),
        figures("TABLES", 90, |entry, _| number(entry.counts().map(|counts| counts.tables.into()))),
        figures("INDEXES", 50, |entry, _| number(entry.counts().map(|counts| counts.indexes.into()))),
        figures("SEQUENCES", 12, |entry, _| number(entry.counts().map(|counts| counts.sequences.into()))),
        figures("VIEWS", 14, |entry, _| number(entry.counts().map(|counts| counts.views.into()))),
        figures("FUNCTIONS", 13, |entry, _| number(entry.counts().map(|counts| counts.functions.into()))),
        figures("ROWS", 60, |entry, _| number(entry.counts().map(|counts| counts.rows))),
        figures("SIZE", 95, |entry, _| Cell::own(entry.counts().map(|counts| units::bytes(counts.bytes)))),
        text(LEDGER, 40, ledger),
        text("ACTIVITY", 30, activity),
        text("OWNER", 70, owner),
    ];
    sheet(&columns[usize::from(!known.several)..], entries, known, now)
}

/// Tables of one schema.
pub(super) fn tables(tables: &[TableFacts], now: Timestamp) -> Sheet {
    let column = |heading, figures, worth| Column { heading, figures, worth };
    let mut sheet = Sheet::new(vec![
        column("TABLE", false, ALWAYS),
        column("KIND", false, 50),
        column("ROWS", true, 90),
        column("SIZE", true, 95),
        column("INDEXES", true, 70),
        column("INDEX SIZE", true, 60),
        column("LAST ANALYZE", false, 80),
        column("LAST VACUUM", false, 40),
    ]);
    for table in tables {
        let ago = |at: Option<Timestamp>| Cell::own(at.map(|at| units::ago(at, now)));
        sheet.push(vec![
            Cell::raw(&table.name),
            Cell::raw(table.kind.word()),
            number(table.rows),
            Cell::own(table.bytes.map(units::bytes)),
            number(Some(table.indexes.into())),
            Cell::own(table.index_bytes.map(units::bytes)),
            ago(table.last_analyze),
            ago(table.last_vacuum),
        ]);
    }
    sheet
}

fn sheet(columns: &[Of], entries: &[Entry<'_>], known: Known<'_>, now: Timestamp) -> Sheet {
    let is_judged = known.depth.has_drift();
    let kept: Vec<&Of> = columns.iter().filter(|column| !is_judged || column.0.heading != LEDGER).collect();
    let verdicts = [(LEDGER, 93), ("SHAPE", 92), ("COHORT", 25)];
    let verdicts =
        verdicts.iter().filter(|_| is_judged).map(|(heading, worth)| Column { heading, figures: false, worth: *worth });
    let place = kept.iter().position(|column| column.0.heading == "STATE").map_or(kept.len(), |at| at + 1);
    let mut headings: Vec<Column> = kept.iter().map(|column| column.0).collect();
    headings.splice(place..place, verdicts);
    let mut sheet = Sheet::new(headings);
    for entry in entries {
        let mut cells: Vec<Cell> = kept.iter().map(|column| column.1(entry, now)).collect();
        if is_judged {
            cells.splice(place..place, verdict(entry, known));
        }
        sheet.push(cells);
    }
    sheet
}

fn verdict(entry: &Entry<'_>, known: Known<'_>) -> [Cell; 3] {
    let verdict = entry.schema.map(|schema| schema.verdict).unwrap_or_default();
    let signs = Words::of(known.ascii);
    let cohort = verdict.shape_cohort.map(|id| known.drift.name(id));
    [signs.ledger(verdict.ledger), signs.shape(verdict.shape), Cell::own(cohort)]
}

fn text(heading: &'static str, worth: u8, cell: fn(&Entry<'_>, Timestamp) -> Cell) -> Of {
    Of(Column { heading, figures: false, worth }, cell)
}

fn figures(heading: &'static str, worth: u8, cell: fn(&Entry<'_>, Timestamp) -> Cell) -> Of {
    Of(Column { heading, figures: true, worth }, cell)
}

fn number(number: Option<u64>) -> Cell {
    Cell::own(number.map(units::count))
}

fn state(entry: &Entry<'_>, _: Timestamp) -> Cell {
    let tone = match entry.oddity() {
        None => Tone::Plain,
        Some(Oddity::NoSchema | Oddity::Unreadable) => Tone::Danger,
        Some(_) => Tone::Warn,
    };
    Cell::raw(entry.oddity().map_or("ok", Oddity::word)).tone(tone)
}

fn ledger(entry: &Entry<'_>, _: Timestamp) -> Cell {
    Cell::maybe(entry.schema.and_then(|schema| Some(schema.ledger.as_ref()?.dialect.word())))
}

fn activity(entry: &Entry<'_>, now: Timestamp) -> Cell {
    Cell::own(entry.schema.and_then(|schema| schema.activity).map(|activity| units::ago(activity.at, now)))
}

fn owner(entry: &Entry<'_>, _: Timestamp) -> Cell {
    Cell::maybe(entry.schema.map(|schema| schema.owner.as_str()))
}
