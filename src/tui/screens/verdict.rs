//! What screens say alike about drift: a verdict in a sign and a few words, what differs in short, where the head and the
//! reference come from, how far the passes are. Must not hold state.

use std::sync::Arc;

use crate::domain::catalog::SchemaFacts;
use crate::domain::drift::{Drift, Head, HistoryCohort, LedgerState, Origin, Representative, ShapeCohort, ShapeState};
use crate::domain::fleet::{DatabaseId, Entry, Fleet, Pass};
use crate::domain::history::Migration;
use crate::domain::name::shown;
use crate::domain::roles::Oddity;
use crate::domain::structure::{Difference, Structure};
use crate::domain::units;
use crate::drift;
use crate::tui::glyph::Glyphs;
use crate::tui::parts::text;
use crate::tui::theme::ThemeRole;

/// The sign of a ledger's state and its role.
pub(super) const fn ledger_sign(state: LedgerState, glyphs: &Glyphs) -> (&'static str, ThemeRole) {
    let role = match state {
        LedgerState::Current => ThemeRole::Ok,
        LedgerState::Behind { .. } | LedgerState::Unreadable => ThemeRole::Warn,
        LedgerState::Ahead { .. } => ThemeRole::Info,
        LedgerState::Diverged { .. } | LedgerState::Gap { .. } | LedgerState::Dirty => ThemeRole::Danger,
        LedgerState::None | LedgerState::Busy | LedgerState::Unknown => ThemeRole::Dim,
    };
    (state.sign(glyphs.states), role)
}

/// The state of a ledger in a cell: `✓ current`, `▼ behind 1`.
pub(super) fn ledger(state: LedgerState, glyphs: &Glyphs) -> (String, ThemeRole) {
    let (sign, role) = ledger_sign(state, glyphs);
    (format!("{sign} {}", state.words(glyphs.states)), role)
}

/// The same of a row; that it has none where most of its fleet have one is odd, and known before ledgers are read.
pub(super) fn ledger_of(entry: &Entry<'_>, state: LedgerState, glyphs: &Glyphs) -> (String, ThemeRole) {
    if entry.row.oddities.contains(&Oddity::NoLedger) {
        let words = LedgerState::None.words(glyphs.states);
        return (format!("{} {words}", glyphs.no_ledger), ThemeRole::of(Oddity::NoLedger.severity()));
    }
    ledger(state, glyphs)
}

/// The sign of a shape's state and its role.
pub(super) const fn shape_sign(state: ShapeState, glyphs: &Glyphs) -> (&'static str, ThemeRole) {
    let role = match state {
        ShapeState::Reference => ThemeRole::Ok,
        ShapeState::Renamed => ThemeRole::Info,
        ShapeState::Differs { .. } => ThemeRole::Warn,
        ShapeState::Empty => ThemeRole::Danger,
        ShapeState::Incomparable | ShapeState::Unknown => ThemeRole::Dim,
    };
    (state.sign(glyphs.states), role)
}

/// The state of a shape in a cell of `room`: `✓ reference`, `≠ 2 differences`; shorter where that does not fit.
pub(super) fn shape(state: ShapeState, room: usize, glyphs: &Glyphs) -> (String, ThemeRole) {
    let (sign, role) = shape_sign(state, glyphs);
    let long = state.words();
    let words = match state {
        _ if text::width(&long) + 2 <= room => long,
        ShapeState::Renamed => "names".to_owned(),
        ShapeState::Differs { by: 1 } => "1 differs".to_owned(),
        ShapeState::Differs { by } => format!("{} differ", units::count(by.into())),
        ShapeState::Incomparable => "majors".to_owned(),
        _ => long,
    };
    (format!("{sign} {words}"), role)
}

/// A cohort of structures against the reference, in as many words as fit: `= reference`, `− index orders_customer`,
/// `12 differences`.
pub(super) fn shape_against(cohort: &ShapeCohort, room: usize, glyphs: &Glyphs) -> (String, ThemeRole) {
    let (_, role) = shape_sign(cohort.state, glyphs);
    let words = match cohort.state {
        ShapeState::Reference if cohort.exact < cohort.members => {
            let other = units::count(u64::from(cohort.members - cohort.exact));
            let long = format!("{} reference, names differ in {other}", glyphs.equal);
            first_that_fits([long, format!("{} reference, {other} renamed", glyphs.equal)], room)
                .unwrap_or_else(|| format!("{} {other} renamed", glyphs.renamed))
        }
        ShapeState::Reference => format!("{} reference", glyphs.equal),
        ShapeState::Renamed => format!("{} names differ", glyphs.renamed),
        ShapeState::Empty => format!("{} empty", glyphs.empty),
        ShapeState::Incomparable => {
            let long = "not comparable across majors".to_owned();
            first_that_fits([long], room).unwrap_or_else(|| "not comparable".to_owned())
        }
        ShapeState::Unknown => glyphs.cut.to_owned(),
        ShapeState::Differs { by } => {
            let parts: Vec<String> =
                cohort.differences.iter().filter(|difference| difference.is_drift()).map(|it| brief(it, glyphs)).collect();
            let count = format!("{} difference{}", units::count(by.into()), if by == 1 { "" } else { "s" });
            shortened(&parts, &count, room)
        }
    };
    (words, role)
}

/// A cohort of histories against the head, in as many words as fit: `− crm 0014, crm 0015`.
pub(super) fn history_against(cohort: &HistoryCohort, room: usize, glyphs: &Glyphs) -> (String, ThemeRole) {
    let (_, role) = ledger_sign(cohort.state, glyphs);
    let parts: Vec<String> =
        [(&cohort.missing, glyphs.missing), (&cohort.extra, glyphs.extra), (&cohort.dirty, glyphs.dirty)]
            .into_iter()
            .flat_map(|(migrations, sign)| {
                let labels = migrations.iter().enumerate();
                // One sign for all of a kind, as in a sentence.
                labels.map(move |(at, it)| if at == 0 { format!("{sign} {}", label(it)) } else { label(it) })
            })
            .collect();
    let count = match (cohort.missing.len(), cohort.extra.len(), cohort.dirty.len()) {
        (0, 0, 0) => return (String::new(), role),
        (missing, 0, 0) => format!("{} {} migrations", glyphs.missing, units::count(missing as u64)),
        (0, extra, 0) => format!("{} {} migrations", glyphs.extra, units::count(extra as u64)),
        (0, 0, dirty) => format!("{} {} failed", glyphs.dirty, units::count(dirty as u64)),
        (missing, extra, dirty) => format!("{} migrations", units::count((missing + extra + dirty) as u64)),
    };
    (shortened(&parts, &count, room), role)
}

/// A migration by the application and the number of its name, which is what people call it: `crm 0015`.
pub(super) fn label(migration: &Migration) -> String {
    let digits = migration.name.bytes().take_while(u8::is_ascii_digit).count();
    let is_numbered = digits > 0 && migration.name[digits..].starts_with('_');
    let name = if is_numbered { &migration.name[..digits] } else { migration.name.as_str() };
    let text = migration.app.as_ref().map_or_else(|| name.to_owned(), |app| format!("{app} {name}"));
    shown(&text).into_owned()
}

/// One difference in a sign and its name: `− index orders_customer`.
pub(super) fn brief(difference: &Difference, glyphs: &Glyphs) -> String {
    let sign = match difference {
        Difference::Missing { .. } => glyphs.missing,
        Difference::Extra { .. } => glyphs.extra,
        Difference::Changed { .. } => glyphs.changed,
        Difference::Renamed { .. } => glyphs.renamed,
        Difference::Incomparable { .. } => glyphs.orphan,
    };
    let object = difference.object();
    let name = match (object.kind, &object.parent) {
        (crate::domain::structure::Kind::Column, Some(parent)) => format!("{parent}.{}", object.name),
        _ => object.name.clone(),
    };
    format!("{sign} {} {}", object.kind.word(), shown(&name))
}

/// All parts if they fit; else how many there are and the first ones; else how many there are.
fn shortened(parts: &[String], count: &str, room: usize) -> String {
    let all = parts.join(", ");
    if !all.is_empty() && text::width(&all) <= room {
        return all;
    }
    let some = (1..parts.len()).rev().take(8).map(|kept| format!("{count}: {}, …", parts[..kept].join(", ")));
    let fitting = if parts.len() > 8 {
        first_that_fits((1..=8).rev().map(|kept| format!("{count}: {}, …", parts[..kept].join(", "))), room)
    } else {
        first_that_fits(some, room)
    };
    match (fitting, parts) {
        (Some(words), _) => words,
        // The one thing that differs is cut rather than counted.
        (None, [one]) => one.clone(),
        (None, _) => count.to_owned(),
    }
}

fn first_that_fits(words: impl IntoIterator<Item = String>, room: usize) -> Option<String> {
    words.into_iter().find(|words| text::width(words) <= room)
}

/// What the head is: `head: crm 0015 (source)`; shorter where that does not fit.
pub(super) fn head(head: &Head, fleet: &Fleet, room: usize) -> String {
    let from = match &head.origin {
        Origin::Source => "source".to_owned(),
        Origin::Reference(it) => format!("in {}", place(it, fleet)),
        Origin::Largest(_) => "most schemas".to_owned(),
    };
    let newest = head.migrations.last().map_or_else(|| "no migration".to_owned(), label);
    first_that_fits([format!("head: {newest} ({from})"), format!("head: {from}")], room)
        .unwrap_or_else(|| format!("head: {newest}"))
}

/// What the reference is: `reference: eu-1/template`, or the largest cohort.
pub(super) fn reference(drift: &Drift, fleet: &Fleet, room: usize) -> Option<String> {
    let reference = drift.reference.as_ref()?;
    Some(match &reference.origin {
        Origin::Reference(it) => format!("reference: {}", place(it, fleet)),
        Origin::Largest(it) => first_that_fits([format!("reference: most schemas, as {}", place(it, fleet))], room)
            .unwrap_or_else(|| "reference: most schemas".to_owned()),
        Origin::Source => "reference: source".to_owned(),
    })
}

/// A schema as it is called here, safe to show.
pub(super) fn place(it: &Representative, fleet: &Fleet) -> String {
    called(fleet, it.database, &it.schema)
}

/// A schema as it is called here: with its database where there are several. Safe to show.
pub(super) fn called(fleet: &Fleet, database: DatabaseId, schema: &str) -> String {
    let label = fleet.database(database).filter(|_| fleet.databases.len() > 1);
    label.map_or_else(|| shown(schema).into_owned(), |database| format!("{}/{}", shown(&database.label), shown(schema)))
}

/// How far ledgers or structures are read, while they are: `reading ledgers 43 %`.
pub(super) fn reading(fleet: &Fleet, of_structures: bool) -> Option<String> {
    let word = if of_structures { "structures" } else { "ledgers" };
    let passes: &[Pass] = if of_structures { &[Pass::Structure, Pass::Classes] } else { &[Pass::Ledgers] };
    let mut parts = (0_u64, 0_u64);
    let mut runs = false;
    let mut to_come = false;
    for database in fleet.databases.iter().filter(|database| !database.is_stale()) {
        let read = if of_structures { database.drift_read.structures } else { database.drift_read.ledgers };
        if let Some(progress) = database.progress.filter(|progress| passes.contains(&progress.pass)) {
            runs = true;
            if let Some((done, of)) = progress.part {
                parts = (parts.0 + u64::from(done), parts.1 + u64::from(of));
            }
        } else if !read {
            to_come = true;
        }
    }
    match (runs, parts) {
        (true, (done, of)) if of > 0 => Some(format!("reading {word} {} %", done * 100 / of)),
        (true, _) => Some(format!("reading {word}")),
        (false, _) => to_come.then(|| format!("{word} are still to be read")),
    }
}

/// The schema at a place.
pub(super) fn schema<'a>(fleet: &'a Fleet, id: DatabaseId, name: &str) -> Option<&'a SchemaFacts> {
    let schemas = &fleet.database(id)?.schemas;
    schemas.binary_search_by(|schema| schema.name.as_str().cmp(name)).ok().map(|at| &schemas[at])
}

/// The structure of a schema as its class has it; that of its cohort where its class was not read itself.
pub(super) fn structure(fleet: &Fleet, id: DatabaseId, name: &str) -> Option<Arc<Structure>> {
    let schema = schema(fleet, id, name)?;
    let of_class = schema.class.and_then(|class| fleet.database(id)?.structures.get(&class));
    of_class.or_else(|| drift::structure_of(fleet, schema.verdict.shape_cohort?)).cloned()
}

/// The structure of the reference, and the schema that has it.
pub(super) fn reference_structure(fleet: &Fleet) -> Option<(Representative, Arc<Structure>)> {
    let reference = fleet.drift.reference.as_ref()?;
    let (Origin::Reference(it) | Origin::Largest(it)) = &reference.origin else { return None };
    Some((it.clone(), drift::reference(fleet)?.clone()))
}

/// The entries that drift is about.
pub(super) fn judged(fleet: &Fleet) -> impl Iterator<Item = Entry<'_>> {
    fleet.entries().filter(|entry| entry.schema.is_some() && entry.row.role.is_judged())
}
