//! Verdicts and differences in a few words: the signs and words that the console has, too. Must not judge anything.

use super::sheet::{Cell, Tone};
use crate::domain::difference::Sign;
use crate::domain::drift::{Drift, HistoryCohort, LedgerState, Origin, Representative, ShapeState, Verdict};
use crate::domain::fleet::Fleet;
use crate::domain::history::Migration;
use crate::domain::name::{SchemaPath, shown};
use crate::domain::roles::Role;
use crate::domain::structure::{Difference, Kind, Object};
use crate::domain::units;

/// The signs of verdicts and differences.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Signs {
    ok: &'static str,
    behind: &'static str,
    ahead: &'static str,
    diverged: &'static str,
    gap: &'static str,
    differs: &'static str,
    renamed: &'static str,
    missing: &'static str,
    extra: &'static str,
    /// A cell of a bar.
    pub(super) part: &'static str,
    is_ascii: bool,
}

/// Where signs beyond ASCII are shown as they are, and where not.
const SIGNS: [Signs; 2] = [
    Signs {
        ok: "✓",
        behind: "▼",
        ahead: "▲",
        diverged: "⇅",
        gap: "▽",
        differs: "≠",
        renamed: "≈",
        missing: "−",
        extra: "+",
        part: "█",
        is_ascii: false,
    },
    Signs {
        ok: "ok",
        behind: "v",
        ahead: "^",
        diverged: "y",
        gap: "g",
        differs: "#",
        renamed: "=",
        missing: "-",
        extra: "+",
        part: "#",
        is_ascii: true,
    },
];

/// How many differences a line names before it counts the rest.
const NAMED: usize = 3;

impl Signs {
    /// Those that can be shown.
    pub(super) fn of(ascii: bool) -> &'static Self {
        &SIGNS[usize::from(ascii)]
    }

    /// The state of a ledger: `▼ behind 1`.
    pub(super) fn ledger(&self, state: LedgerState) -> Cell {
        let count = |count: u32| units::count(count.into());
        let (text, tone) = match state {
            LedgerState::Unknown => return Cell::missing(),
            LedgerState::Current => (format!("{} current", self.ok), Tone::Plain),
            LedgerState::Behind { by } => (format!("{} behind {}", self.behind, count(by)), Tone::Warn),
            LedgerState::Ahead { by } => (format!("{} ahead {}", self.ahead, count(by)), Tone::Warn),
            LedgerState::Diverged { behind, ahead } => {
                (format!("{} {}{} {}{}", self.diverged, self.missing, count(behind), self.extra, count(ahead)), Tone::Danger)
            }
            LedgerState::Gap { by } => (format!("{} gap of {}", self.gap, count(by)), Tone::Danger),
            LedgerState::Dirty => ("! dirty".to_owned(), Tone::Danger),
            LedgerState::None => ("no ledger".to_owned(), Tone::Warn),
            LedgerState::Unreadable | LedgerState::Busy => (state.word().to_owned(), Tone::Warn),
        };
        Cell::own(Some(text)).tone(tone)
    }

    /// The state of a structure: `≠ 2 differences`.
    pub(super) fn shape(&self, state: ShapeState) -> Cell {
        let (text, tone) = match state {
            ShapeState::Unknown => return Cell::missing(),
            ShapeState::Reference => (format!("{} reference", self.ok), Tone::Plain),
            ShapeState::Renamed => (format!("{} other names", self.renamed), Tone::Plain),
            ShapeState::Differs { by: 1 } => (format!("{} 1 difference", self.differs), Tone::Warn),
            ShapeState::Differs { by } => (format!("{} {} differences", self.differs, units::count(by.into())), Tone::Warn),
            ShapeState::Incomparable => ("not comparable".to_owned(), Tone::Plain),
            ShapeState::Empty => ("empty".to_owned(), Tone::Danger),
        };
        Cell::own(Some(text)).tone(tone)
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
        signed(self.missing, &cohort.missing).chain(signed(self.extra, &cohort.extra)).chain(signed("!", &cohort.dirty))
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

/// Whether drift is about the schemas of this role: tenants', those that may be, and what they are made from.
pub(super) fn is_judged(role: Role) -> bool {
    matches!(role, Role::Tenant | Role::Orphan | Role::Unknown | Role::Reference)
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
