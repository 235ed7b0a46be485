//! What is known of a subject: its two sides and what differs, or why that is not known. Must not draw.

use std::sync::Arc;

use super::Subject;
use crate::domain::drift::{CohortId, HistoryCohort, Origin, ShapeState};
use crate::domain::fault::Fault;
use crate::domain::fleet::{DatabaseId, Fleet};
use crate::domain::history::Migration;
use crate::domain::name::SchemaPath;
use crate::domain::structure::{Comparison, Difference, Kind, Structure};
use crate::domain::units;
use crate::drift;
use crate::tui::screens::verdict;

/// Structures that were read for the view.
type Read = [(DatabaseId, String, Result<Structure, Fault>)];

/// What is known.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Found {
    /// What the reference is and what is looked at, safe to show.
    pub(super) titles: (String, String),
    /// The schemas that stand for both sides, raw.
    pub(super) sides: Option<(SchemaPath, SchemaPath)>,
    /// The raw name of the schema that a proposal would be about.
    pub(super) here_schema: Option<String>,
    /// What it should be.
    pub(super) reference: Option<Arc<Structure>>,
    pub(super) differences: Vec<Difference>,
    pub(super) missing: Vec<Migration>,
    pub(super) extra: Vec<Migration>,
    pub(super) dirty: Vec<Migration>,
    /// Sentences above the differences: members, what is equal.
    pub(super) notes: Vec<String>,
    /// How many objects of each kind there are here.
    pub(super) counts: Vec<String>,
    /// Why there are no differences to show.
    pub(super) nothing: Nothing,
}

/// Why there is nothing to show.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) enum Nothing {
    /// It is being read.
    #[default]
    Reading,
    /// Nothing differs.
    Equal,
    /// It cannot be told.
    Unknown(String),
    /// It could not be read.
    Fault(Fault),
}

impl Found {
    pub(super) fn of(subject: &Subject, read: &Read, fleet: &Fleet) -> Self {
        match subject {
            Subject::Shape(id) => of_shape(*id, fleet),
            Subject::History(id) => of_history(*id, fleet),
            Subject::Schema(id, name) => of_schema(*id, name, read, fleet),
            Subject::Pair(one, other) => of_pair(one, other, read, fleet),
        }
    }

    /// How many differences of each sort: `3 missing, 1 extra, 8 changed`.
    pub(super) fn summary(&self) -> String {
        let count = |fits: fn(&Difference) -> bool| self.differences.iter().filter(|it| fits(it)).count();
        let missing = count(|it| matches!(it, Difference::Missing { .. }));
        let extra = count(|it| matches!(it, Difference::Extra { .. }));
        let changed = count(|it| matches!(it, Difference::Changed { .. }));
        let renamed = count(|it| matches!(it, Difference::Renamed { .. }));
        let incomparable = count(|it| matches!(it, Difference::Incomparable { .. }));
        let all = missing + extra + changed;
        let number = |count: usize| units::count(count as u64);
        let mut parts = Vec::new();
        if all > 0 {
            let sorts = [(missing, "missing"), (extra, "extra"), (changed, "changed")];
            let sorts: Vec<_> = sorts
                .iter()
                .filter(|(count, _)| *count > 0)
                .map(|(count, word)| format!("{} {word}", number(*count)))
                .collect();
            parts.push(format!("{} difference{}: {}", number(all), if all == 1 { "" } else { "s" }, sorts.join(", ")));
        }
        parts
            .extend((renamed > 0).then(|| format!("{} other name{}", number(renamed), if renamed == 1 { "" } else { "s" })));
        parts.extend((incomparable > 0).then(|| format!("{} not comparable", number(incomparable))));
        let migrations = [(&self.missing, "missing"), (&self.extra, "beyond the head"), (&self.dirty, "failed or edited")];
        for (all, word) in migrations.iter().filter(|(all, _)| !all.is_empty()) {
            let one = if all.len() == 1 { "migration" } else { "migrations" };
            parts.push(format!("{} {one} {word}", number(all.len())));
        }
        parts.join(" · ")
    }

    /// Keeps what is about structures alone.
    pub(super) fn forget_histories(&mut self) {
        for all in [&mut self.missing, &mut self.extra, &mut self.dirty] {
            all.clear();
        }
    }

    fn unknown(titles: (String, String), why: impl Into<String>) -> Self {
        Self { titles, nothing: Nothing::Unknown(why.into()), ..Self::default() }
    }

    fn migrations(&mut self, cohort: &HistoryCohort) {
        self.missing.clone_from(&cohort.missing);
        self.extra.clone_from(&cohort.extra);
        self.dirty.clone_from(&cohort.dirty);
    }
}

fn path(fleet: &Fleet, id: DatabaseId, schema: &str) -> SchemaPath {
    let database = fleet.database(id).map_or_else(String::new, |database| database.label.clone());
    SchemaPath { database, schema: schema.to_owned() }
}

fn comparison(fleet: &Fleet, id: DatabaseId) -> Comparison {
    fleet.database(id).map(|database| database.policy.comparison.clone()).unwrap_or_default()
}

/// A few members of a cohort by name: `11 schemas: eu-1/bolt, eu-1/cyan ...`.
fn members(id: CohortId, of_shape: bool, fleet: &Fleet) -> String {
    let cohort = |it: &crate::domain::drift::Verdict| if of_shape { it.shape_cohort } else { it.history_cohort };
    let mut all = fleet.entries().filter(|entry| entry.verdict().and_then(cohort) == Some(id));
    let first: Vec<String> =
        all.by_ref().take(12).map(|entry| verdict::called(fleet, entry.id, entry.schema_name())).collect();
    let more = all.count();
    let count = first.len() + more;
    let schemas = if count == 1 { "schema" } else { "schemas" };
    let more = if more > 0 { ", …" } else { "" };
    format!("{} {schemas}: {}{more}", units::count(count as u64), first.join(", "))
}

fn reference_title(fleet: &Fleet) -> String {
    match fleet.drift.reference.as_ref().map(|reference| &reference.origin) {
        Some(Origin::Reference(it)) => format!("the reference: {}", verdict::place(it, fleet)),
        Some(Origin::Largest(it)) => format!("most schemas, as {}", verdict::place(it, fleet)),
        Some(Origin::Source) => "source".to_owned(),
        None => "reference".to_owned(),
    }
}

fn of_shape(id: CohortId, fleet: &Fleet) -> Found {
    let here = format!("cohort {}", fleet.drift.name(id));
    let titles = (reference_title(fleet), here);
    let Some(cohort) = fleet.drift.shape(id) else {
        return Found::unknown(titles, "no schema is in this cohort any more");
    };
    let mut found = Found { titles, nothing: Nothing::Equal, ..Found::default() };
    found.titles.1 = format!("{}, as {}", found.titles.1, verdict::place(&cohort.representative, fleet));
    found.notes.push(members(id, true, fleet));
    found.here_schema = Some(cohort.representative.schema.clone());
    found.differences.clone_from(&cohort.differences);
    if let Some((place, structure)) = verdict::reference_structure(fleet) {
        let here = path(fleet, cohort.representative.database, &cohort.representative.schema);
        found.sides = Some((path(fleet, place.database, &place.schema), here));
        if cohort.state == ShapeState::Reference && cohort.exact < cohort.members {
            let (other, all) = (cohort.members - cohort.exact, cohort.members);
            let [other, all] = [other, all].map(|count| units::count(count.into()));
            found.notes.push(format!("{other} of {all} have other names for the same things; that is no drift"));
        }
        found.counts = drift::structure_of(fleet, id).map_or_else(Vec::new, |here| counts(here));
        found.reference = Some(structure);
    }
    found
}

fn of_history(id: CohortId, fleet: &Fleet) -> Found {
    let head = fleet.drift.head.as_ref().map_or_else(|| "head".to_owned(), |head| verdict::head(head, fleet, 40));
    let titles = (head, format!("cohort {}", fleet.drift.name(id)));
    let Some(cohort) = fleet.drift.history(id) else {
        return Found::unknown(titles, "no schema is in this cohort any more");
    };
    let mut found = Found { titles, nothing: Nothing::Equal, ..Found::default() };
    found.titles.1 = format!("{}, as {}", found.titles.1, verdict::place(&cohort.representative, fleet));
    found.notes.push(members(id, false, fleet));
    found.migrations(cohort);
    found
}

/// How many objects of each kind a structure holds: `3 tables`.
fn counts(structure: &Structure) -> Vec<String> {
    let of_kind = |kind: Kind| {
        let count = structure.objects.iter().filter(|object| object.kind == kind).count() as u64;
        (count > 0 && kind != Kind::Schema).then(|| format!("{} {}", units::count(count), many(kind, count)))
    };
    Kind::ALL.into_iter().filter_map(of_kind).collect()
}

/// The word for so many objects of a kind.
fn many(kind: Kind, count: u64) -> String {
    match kind {
        _ if count == 1 => kind.word().to_owned(),
        Kind::Index => "indexes".to_owned(),
        Kind::Policy => "policies".to_owned(),
        Kind::Statistics | Kind::TextSearch => kind.word().to_owned(),
        kind => format!("{}s", kind.word()),
    }
}

/// The structure of a schema: as it was just read, else as its class has it. A fault when neither is there.
fn structure(id: DatabaseId, name: &str, read: &Read, fleet: &Fleet) -> Option<Result<Arc<Structure>, Fault>> {
    let just_read = read.iter().find(|(known, schema, _)| *known == id && schema == name).map(|(.., it)| it);
    match (just_read, verdict::structure(fleet, id, name)) {
        (Some(Ok(structure)), _) => Some(Ok(Arc::new(structure.clone()))),
        (_, Some(structure)) => Some(Ok(structure)),
        (Some(Err(fault)), None) => Some(Err(fault.clone())),
        (None, None) => None,
    }
}

fn of_schema(id: DatabaseId, name: &str, read: &Read, fleet: &Fleet) -> Found {
    let titles = (reference_title(fleet), verdict::called(fleet, id, name));
    let mut found = Found { titles, here_schema: Some(name.to_owned()), ..Found::default() };
    let cohort = verdict::schema(fleet, id, name).and_then(|schema| schema.verdict.history_cohort);
    if let Some(cohort) = cohort.and_then(|id| fleet.drift.history(id)) {
        found.migrations(cohort);
    }
    let Some((place, reference)) = verdict::reference_structure(fleet) else {
        let reading = verdict::reading(fleet, true);
        found.nothing = Nothing::Unknown(reading.unwrap_or_else(|| "there is no reference to compare with".to_owned()));
        return found;
    };
    found.sides = Some((path(fleet, place.database, &place.schema), path(fleet, id, name)));
    match structure(id, name, read, fleet) {
        None => found.nothing = Nothing::Reading,
        Some(Err(fault)) => found.nothing = Nothing::Fault(fault),
        Some(Ok(here)) => {
            found.differences = drift::diff(&reference, &here, &comparison(fleet, id));
            found.counts = counts(&here);
            found.nothing = Nothing::Equal;
        }
    }
    found.reference = Some(reference);
    found
}

fn of_pair(one: &(DatabaseId, String), other: &(DatabaseId, String), read: &Read, fleet: &Fleet) -> Found {
    let titles = (verdict::called(fleet, one.0, &one.1), verdict::called(fleet, other.0, &other.1));
    let mut found = Found { titles, here_schema: Some(other.1.clone()), ..Found::default() };
    found.sides = Some((path(fleet, one.0, &one.1), path(fleet, other.0, &other.1)));
    let history = |(id, name): &(DatabaseId, String)| {
        let schema = verdict::schema(fleet, *id, name)?;
        fleet.drift.history(schema.verdict.history_cohort?)
    };
    if let (Some(left), Some(right)) = (history(one), history(other))
        && left.id != right.id
    {
        let only = |a: &HistoryCohort, b: &HistoryCohort| -> Vec<Migration> {
            // What one misses of the head and the other does not, and what it has beyond it and the other has not.
            let missing = b.missing.iter().filter(|it| !a.missing.contains(it));
            missing.chain(a.extra.iter().filter(|it| !b.extra.contains(it))).cloned().collect()
        };
        (found.missing, found.extra) = (only(left, right), only(right, left));
    }
    match (structure(one.0, &one.1, read, fleet), structure(other.0, &other.1, read, fleet)) {
        (Some(Err(fault)), _) | (_, Some(Err(fault))) => found.nothing = Nothing::Fault(fault),
        (Some(Ok(left)), Some(Ok(right))) => {
            found.differences = drift::diff(&left, &right, &comparison(fleet, one.0));
            found.counts = counts(&right);
            found.reference = Some(left);
            found.nothing = Nothing::Equal;
        }
        _ => found.nothing = Nothing::Reading,
    }
    found
}
