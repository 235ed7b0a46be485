//! The rows of screen 3: one for each cohort, and one for each state of schemas that are in no cohort. Must not draw.

use std::collections::{BTreeMap, HashSet};

use serde::{Deserialize, Serialize};

use super::super::{Context, verdict};
use crate::domain::drift::{CohortId, Drift, LedgerState, ShapeState};
use crate::domain::fleet::Fleet;
use crate::domain::name::SchemaPath;
use crate::domain::record::{self, Record};
use crate::tui::glyph::Glyphs;

/// The two questions of the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Section {
    #[default]
    Shape,
    Ledger,
}

impl Section {
    pub(super) const ALL: [Self; 2] = [Self::Shape, Self::Ledger];

    pub(super) const fn other(self) -> Self {
        match self {
            Self::Shape => Self::Ledger,
            Self::Ledger => Self::Shape,
        }
    }
}

/// What a row is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Key {
    /// A cohort of structures.
    Shape(CohortId),
    /// A cohort of histories.
    History(CohortId),
    /// Schemas whose structure is not known.
    ShapeState(ShapeState),
    /// Schemas whose history is not known, or that have none.
    LedgerState(LedgerState),
}

/// One line of a section.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Row {
    pub(super) key: Key,
    pub(super) members: u64,
    pub(super) is_drift: bool,
}

/// The rows of a section, in the order in which they were judged: what is as it should be first, then by size.
pub(super) fn of(section: Section, fleet: &Fleet) -> Vec<Row> {
    let drift = &fleet.drift;
    let mut rows: Vec<Row> = match section {
        Section::Shape => {
            let row = |it: &crate::domain::drift::ShapeCohort| Row {
                key: Key::Shape(it.id),
                members: it.members.into(),
                is_drift: it.state.is_drift(),
            };
            drift.shapes.iter().map(row).collect()
        }
        Section::Ledger => {
            let row = |it: &crate::domain::drift::HistoryCohort| Row {
                key: Key::History(it.id),
                members: it.members.into(),
                is_drift: it.state.is_drift(),
            };
            drift.histories.iter().map(row).collect()
        }
    };
    rows.extend(outside(section, fleet));
    rows
}

/// Schemas that are in no cohort, by their state. While a pass has not come to them they are no row: the heading tells of it.
fn outside(section: Section, fleet: &Fleet) -> Vec<Row> {
    let mut states: BTreeMap<usize, (Key, u64)> = BTreeMap::new();
    let mut seen = HashSet::new();
    for entry in verdict::judged(fleet) {
        let Some(verdict) = entry.verdict() else { continue };
        let known = match section {
            // What is not known once all is read could not be read.
            Section::Shape => (verdict.shape == ShapeState::Unknown && entry.database.drift_read.structures)
                .then_some((0, Key::ShapeState(ShapeState::Unknown))),
            Section::Ledger => match verdict.ledger {
                LedgerState::None => Some(0),
                LedgerState::Unreadable => Some(1),
                LedgerState::Busy => Some(2),
                _ => None,
            }
            .filter(|_| verdict.history_cohort.is_none())
            .map(|at| (at, Key::LedgerState(verdict.ledger))),
        };
        let Some((at, key)) = known else { continue };
        if seen.insert((entry.id, entry.schema_name())) {
            states.entry(at).or_insert((key, 0)).1 += 1;
        }
    }
    states.into_values().map(|(key, members)| Row { key, members, is_drift: false }).collect()
}

/// The name of a row: the cohort's, or the state of its ledger.
pub(super) fn name(row: &Row, drift: &Drift, glyphs: &Glyphs) -> String {
    match row.key {
        Key::Shape(id) => drift.name(id),
        Key::History(id) => drift.history(id).map_or_else(|| drift.name(id), |it| it.state.words(glyphs.states)),
        Key::LedgerState(state) => state.words(glyphs.states),
        Key::ShapeState(_) => "not read".to_owned(),
    }
}

/// The filter of screen 2 that shows the schemas of a row.
pub(super) fn filter(key: Key, drift: &Drift) -> String {
    match key {
        Key::Shape(id) | Key::History(id) => format!("cohort:{}", drift.name(id)),
        Key::LedgerState(state) => format!("ledger:{}", state.word()),
        Key::ShapeState(state) => format!("shape:{}", state.word()),
    }
}

/// The schemas of a row.
pub(super) fn members(key: Key, context: &Context<'_>) -> Vec<SchemaPath> {
    let is_member = |entry: &crate::domain::fleet::Entry<'_>| {
        entry.verdict().is_some_and(|it| match key {
            Key::Shape(id) => it.shape_cohort == Some(id),
            Key::History(id) => it.history_cohort == Some(id),
            Key::LedgerState(state) => it.ledger == state && entry.row.role.is_judged(),
            Key::ShapeState(state) => it.shape == state && entry.row.role.is_judged(),
        })
    };
    context.fleet.entries().filter(is_member).map(|entry| entry.path()).collect()
}

/// A row as it is written to a file; none for schemas that are in no cohort.
pub(super) fn record(row: &Row, fleet: &Fleet) -> Option<Record> {
    match row.key {
        Key::Shape(id) => Some(record::drift::of_shape_cohort(fleet.drift.shape(id)?, fleet)),
        Key::History(id) => Some(record::drift::of_history_cohort(fleet.drift.history(id)?, fleet)),
        Key::LedgerState(_) | Key::ShapeState(_) => None,
    }
}
