//! In which order rows stand: sorting by any column, stable, with missing values last. Must not draw.

use std::cmp::Ordering;

use serde::{Deserialize, Serialize};

use super::columns::{Col, Told};
use crate::domain::drift::{LedgerState, ShapeState};
use crate::domain::fleet::{DatabaseId, Entry, Fleet};
use crate::domain::roles::{Oddity, Role};
use crate::tui::screens::Direction;

/// Where a row is in the fleet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    database: u16,
    row: u32,
}

impl Place {
    /// The row there; `None` when the fleet has changed since.
    pub(super) fn entry(self, fleet: &Fleet) -> Option<Entry<'_>> {
        let database = fleet.databases.get(usize::from(self.database))?;
        Some(database.entry(DatabaseId(self.database), database.rows.get(self.row as usize)?))
    }
}

/// The sorted column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Sorting {
    pub(super) column: Col,
    pub(super) direction: Direction,
}

impl Default for Sorting {
    fn default() -> Self {
        Self { column: Col::Tenant, direction: Direction::Ascending }
    }
}

/// What a row is compared by.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Key {
    Number(u64),
    Text(String),
    Missing,
}

impl Key {
    fn text(text: Option<&str>) -> Self {
        text.map_or(Self::Missing, |text| Self::Text(text.to_lowercase()))
    }

    fn number(number: Option<u64>) -> Self {
        number.map_or(Self::Missing, Self::Number)
    }

    fn of(entry: &Entry<'_>, column: Col, told: Told) -> Self {
        let counts = entry.counts();
        match column {
            Col::Tenant => Self::text(entry.tenant_name()),
            Col::Schema => Self::text(Some(entry.schema_name())),
            Col::Database => Self::Number(entry.id.0.into()),
            Col::Tables => Self::number(counts.map(|counts| counts.tables.into())),
            Col::Rows => Self::number(counts.map(|counts| counts.rows)),
            Col::Size => Self::number(counts.map(|counts| counts.bytes)),
            Col::State => Self::Number(weight(entry, told)),
            Col::Role => Self::Number(entry.row.role as u64),
            Col::Domain => Self::text(entry.tenant.and_then(|t| t.domains.first()).map(|domain| domain.name.as_str())),
            Col::Created => Self::text(entry.tenant.and_then(|tenant| tenant.created.as_deref())),
            Col::Activity => {
                let at = entry.schema.and_then(|schema| schema.activity).map(|activity| activity.at.as_second());
                Self::number(at.map(|second| second.max(0) as u64))
            }
            Col::Owner => Self::text(entry.schema.map(|schema| schema.owner.as_str())),
            Col::Plan => Self::text(entry.tenant.and_then(|tenant| tenant.plan.as_deref())),
            Col::Ledger => Self::number(ledger_weight(entry)),
            Col::Shape => Self::number(entry.verdict().and_then(|it| shape_weight(it.shape))),
            Col::Dialect => {
                Self::text(entry.schema.and_then(|schema| schema.ledger.as_ref()).map(|ledger| ledger.dialect.word()))
            }
        }
    }
}

/// The worst first; what is not known is missing.
fn ledger_weight(entry: &Entry<'_>) -> Option<u64> {
    let (rank, by) = match entry.verdict()?.ledger {
        _ if entry.row.oddities.contains(&Oddity::NoLedger) => (4, 0),
        LedgerState::Dirty => (0, 0),
        LedgerState::Diverged { behind, ahead } => (1, behind + ahead),
        LedgerState::Gap { by } => (2, by),
        LedgerState::Behind { by } => (3, by),
        LedgerState::Ahead { by } => (5, by),
        LedgerState::Unreadable => (6, 0),
        LedgerState::Busy => (7, 0),
        LedgerState::Current => (8, 0),
        LedgerState::None => (9, 0),
        LedgerState::Unknown => return None,
    };
    Some(((rank + 1) << 32) - u64::from(by))
}

/// The worst first; what is not known is missing.
fn shape_weight(state: ShapeState) -> Option<u64> {
    let (rank, by) = match state {
        ShapeState::Empty => (0, 0),
        ShapeState::Differs { by } => (1, by),
        ShapeState::Incomparable => (2, 0),
        ShapeState::Renamed => (3, 0),
        ShapeState::Reference => (4, 0),
        ShapeState::Unknown => return None,
    };
    Some(((rank + 1) << 32) - u64::from(by))
}

/// What the state says, the worst first; then what only other columns call odd; then what is well, then what is no tenant's.
fn weight(entry: &Entry<'_>, told: Told) -> u64 {
    let place = |oddity: Oddity| Oddity::WORDS.iter().position(|word| *word == oddity.word()).unwrap_or(0) as u64;
    match (told.left(entry).next(), entry.oddity(), entry.row.role) {
        (Some(oddity), ..) => place(oddity),
        (None, Some(oddity), _) => 100 + place(oddity),
        (None, None, Role::Tenant) => 200,
        (None, None, role) => 300 + role as u64,
    }
}

/// Every row of the fleet, sorted. Missing values are last in both directions; rows that are equal stay in the order of databases
/// and schemas.
pub(super) fn sorted(fleet: &Fleet, sorting: Sorting, told: Told) -> Vec<Place> {
    let mut keyed: Vec<(Key, Place)> = Vec::with_capacity(fleet.databases.iter().map(|d| d.rows.len()).sum());
    for (at, database) in fleet.databases.iter().enumerate() {
        for (row, entry) in database.entries(DatabaseId(at as u16)).enumerate() {
            keyed.push((Key::of(&entry, sorting.column, told), Place { database: at as u16, row: row as u32 }));
        }
    }
    keyed.sort_by(|(a, _), (b, _)| match (a, b, sorting.direction) {
        (Key::Missing, Key::Missing, _) => Ordering::Equal,
        (Key::Missing, ..) => Ordering::Greater,
        (_, Key::Missing, _) => Ordering::Less,
        (a, b, Direction::Ascending) => a.cmp(b),
        (a, b, Direction::Descending) => b.cmp(a),
    });
    keyed.into_iter().map(|(_, place)| place).collect()
}
