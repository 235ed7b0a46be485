//! Verdicts and differences in a few words: what a line of a list holds. Must not judge anything.

use super::sheet::{Cell, Tone};
use crate::domain::difference::Sign;
use crate::domain::drift::{Drift, HistoryCohort, LedgerState, Origin, Representative, ShapeState, Signs, Verdict};
use crate::domain::fleet::Fleet;
use crate::domain::history::Migration;
use crate::domain::name::{SchemaPath, shown};
use crate::domain::structure::{Difference, Kind, Object};
use crate::domain::units;

/// The signs of verdicts and differences, in UTF-8 or in ASCII.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Words {
    signs: &'static Signs,
    is_ascii: bool,
    /// A cell of a bar.
    pub(super) part: &'static str,
}

/// How many differences a line names before it counts the rest.
const NAMED: usize = 3;

impl Words {
    /// Those that can be shown.
    pub(super) const fn of(ascii: bool) -> Self {
        if ascii {
            Self { signs: &Signs::ASCII, is_ascii: true, part: "#" }
        } else {
            Self { signs: &Signs::UNICODE, is_ascii: false, part: "█" }
        }
    }

    /// The state of a ledger: `▼ behind 1`.
    pub(super) fn ledger(&self, state: LedgerState) -> Cell {
        let tone = match state {
            LedgerState::Unknown => return Cell::missing(),
            LedgerState::Current => Tone::Plain,
            LedgerState::Diverged { .. } | LedgerState::Gap { .. } | LedgerState::Dirty => Tone::Danger,
            _ => Tone::Warn,
        };
        Cell::own(Some(format!("{} {}", state.sign(self.signs), state.words(self.signs)))).tone(tone)
    }

    /// The state of a structure: `≠ 2 differences`.
    pub(super) fn shape(&self, state: ShapeState) -> Cell {
        let tone = match state {
            ShapeState::Unknown => return Cell::missing(),
            ShapeState::Reference | ShapeState::Renamed | ShapeState::Incomparable => Tone::Plain,
            ShapeState::Differs { .. } => Tone::Warn,
            ShapeState::Empty => Tone::Danger,
        };
        Cell::own(Some(format!("{} {}", state.sign(self.signs), state.words()))).tone(tone)
    }

    /// One difference with its sign, safe to show: `− index orders_customer on orders`.
    pub(super) fn difference(&self, difference: &Difference) -> String {
        let sign = Sign::of(difference);
        let sign = if self.is_ascii { sign.ascii() } else { sign.unicode() };
        format!("{sign} {}", shown(&difference.object().label()))
    }

    /// What is missing and what is too much in a history: `− crm 0014_tags`.
    fn migrations<'a>(&'a self, cohort: &'a HistoryCohort) -> impl Iterator<Item = String> {
        let signed = |sign: &'static str, migrations: &'a [Migration]| {
            migrations.iter().map(move |migration| format!("{sign} {}", shown(&migration.label())))
        };
        signed(self.signs.missing, &cohort.missing)
            .chain(signed(self.signs.extra, &cohort.extra))
            .chain(signed(self.signs.dirty, &cohort.dirty))
    }

    /// What differs in a class of histories, in short.
    pub(super) fn history(&self, cohort: &HistoryCohort) -> String {
        some(self.migrations(cohort).collect())
    }

    /// What differs, in short; what is no drift only where nothing else is.
    pub(super) fn structure(&self, differences: &[Difference]) -> String {
        let drift: Vec<_> = differences.iter().filter(|difference| difference.is_drift()).collect();
        some(drift.into_iter().map(|difference| self.difference(difference)).collect())
    }

    /// Everything in which a schema is not as it should be, in short.
    pub(super) fn all(&self, verdict: Verdict, drift: &Drift, what: Asked) -> String {
        let mut parts = Vec::new();
        if what != Asked::Shape
            && let Some(cohort) = verdict.history_cohort.and_then(|id| drift.history(id))
        {
            parts.extend(self.migrations(cohort));
        }
        if what != Asked::Ledger
            && let Some(cohort) = verdict.shape_cohort.and_then(|id| drift.shape(id))
        {
            let drifts = cohort.differences.iter().filter(|difference| difference.is_drift());
            parts.extend(drifts.map(|difference| self.difference(difference)));
        }
        if verdict.ghosts > 0 {
            parts.insert(0, ghosts(verdict.ghosts));
        }
        some(parts)
    }
}

/// The first parts, and how many more there are.
fn some(parts: Vec<String>) -> String {
    let all = parts.len();
    if all <= NAMED + 1 {
        return parts.join(", ");
    }
    let named = parts.into_iter().take(NAMED).collect::<Vec<_>>().join(", ");
    format!("{named} and {} more", units::count((all - NAMED) as u64))
}

/// Which of the two questions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Asked {
    /// Both.
    #[default]
    Both,
    /// The histories.
    Ledger,
    /// The structures.
    Shape,
}

impl Asked {
    /// Whether this verdict is drift, as far as it was asked for.
    pub(super) fn is_drift(self, verdict: Verdict) -> bool {
        (self != Self::Shape && (verdict.ledger.is_drift() || verdict.ghosts > 0))
            || (self != Self::Ledger && verdict.shape.is_drift())
    }
}

/// Applications that are recorded and not there, in words.
fn ghosts(count: u32) -> String {
    if count == 1 {
        "1 application recorded whose tables are absent".to_owned()
    } else {
        format!("{} applications recorded whose tables are absent", units::count(count.into()))
    }
}

/// Where a head or a reference comes from.
pub(super) fn origin(origin: &Origin, fleet: &Fleet) -> String {
    match origin {
        Origin::Source => "the migrations that fleet.toml names".to_owned(),
        Origin::Reference(schema) => format!("the reference schema {}", path(schema, fleet)),
        Origin::Largest(schema) => format!("what most schemas have, such as {}", path(schema, fleet)),
    }
}

/// A representative as people name it.
pub(super) fn path(schema: &Representative, fleet: &Fleet) -> SchemaPath {
    let database = fleet.database(schema.database).map_or_else(String::new, |database| database.label.clone());
    SchemaPath { database, schema: schema.schema.clone() }
}

/// An object within its group: without the word for its kind.
pub(super) fn name(object: &Object) -> String {
    let name = match (object.kind, object.parent.as_deref()) {
        (Kind::Column, Some(parent)) => format!("{parent}.{}", object.name),
        (_, Some(parent)) => format!("{} on {parent}", object.name),
        (_, None) => object.name.clone(),
    };
    shown(&name).into_owned()
}
