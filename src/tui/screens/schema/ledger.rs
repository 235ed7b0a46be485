//! The lines of the Ledger tab: what the ledger holds and what it should hold besides, against the head. Must not draw.

use std::cmp::Ordering;

use serde::{Deserialize, Serialize};

use super::lists::{ListCol, minute};
use crate::domain::catalog::LedgerRow;
use crate::domain::drift::{Drift, HistoryCohort};
use crate::domain::history::{Mark, Migration};
use crate::domain::name::shown;
use crate::domain::record::{self, Record, Value};
use crate::tui::glyph::Glyphs;
use crate::tui::parts::columns::{Align, Column};
use crate::tui::screens::{Context, Direction};
use crate::tui::theme::ThemeRole;

/// How a migration of the ledger stands against the head, in the order in which a person wants to see it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Standing {
    /// It failed or is half applied.
    Failed,
    /// It was edited after it was applied: its checksum is another one than the head's.
    Edited,
    /// The head has it, the ledger has not.
    Pending,
    /// The ledger has it, the head has not.
    Extra,
    /// It is where it should be.
    Applied,
    /// It belongs to an application whose tables all tenants share: nothing is compared.
    Shared,
}

impl Standing {
    fn word(self) -> &'static str {
        match self {
            Self::Failed => "failed",
            Self::Edited => "edited",
            Self::Pending => "pending",
            Self::Extra => "extra",
            Self::Applied => "applied",
            Self::Shared => "shared app",
        }
    }

    fn sign(self, glyphs: &Glyphs) -> (&'static str, ThemeRole) {
        match self {
            Self::Failed | Self::Edited => (glyphs.dirty, ThemeRole::Danger),
            Self::Pending => (glyphs.behind, ThemeRole::Warn),
            Self::Extra => (glyphs.extra, ThemeRole::Info),
            Self::Applied => (glyphs.ok, ThemeRole::Ok),
            Self::Shared => (glyphs.info, ThemeRole::Dim),
        }
    }
}

/// One line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Line {
    row: LedgerRow,
    pub(super) standing: Standing,
}

/// What the ledger holds, the newest first, behind what it should hold besides.
pub(super) fn lines(rows: &[LedgerRow], cohort: Option<&HistoryCohort>, drift: &Drift) -> Vec<Line> {
    let is = |migration: &Migration, row: &LedgerRow| migration.app == row.app && migration.name == row.name;
    let listed = |all: Option<&Vec<Migration>>, row: &LedgerRow| all.is_some_and(|all| all.iter().any(|it| is(it, row)));
    let standing = |row: &LedgerRow| match row.mark {
        Mark::Failed => Standing::Failed,
        Mark::Applied if listed(cohort.map(|it| &it.dirty), row) => Standing::Edited,
        Mark::Applied if listed(cohort.map(|it| &it.extra), row) => Standing::Extra,
        Mark::Applied if row.app.as_ref().is_some_and(|app| drift.shared_apps.contains(app)) => Standing::Shared,
        Mark::Applied => Standing::Applied,
    };
    // The cohort may be older than the rows: what is there by now is not pending.
    let missing = cohort.iter().flat_map(|it| &it.missing).filter(|it| !rows.iter().any(|row| is(it, row)));
    let pending = missing.map(|it| Line {
        row: LedgerRow { app: it.app.clone(), name: it.name.clone(), applied: None, mark: Mark::Applied },
        standing: Standing::Pending,
    });
    let mut lines: Vec<Line> = pending.collect();
    let from = lines.len();
    lines.extend(rows.iter().map(|row| Line { row: row.clone(), standing: standing(row) }));
    lines[from..].sort_by_key(|line| std::cmp::Reverse(line.row.applied));
    lines
}

/// A line as it is written to a file.
pub(super) fn record(line: &Line) -> Record {
    let mut record = record::of_migration(&line.row);
    record.push(("state", Value::Text(line.standing.word().to_owned())));
    record
}

/// The columns of the ledger.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum LedgerCol {
    App,
    Name,
    State,
    Applied,
}

impl ListCol for LedgerCol {
    type Row = Line;
    const ALL: &'static [Self] = &[Self::App, Self::Name, Self::State, Self::Applied];
    const FIRST: (Self, Direction) = (Self::State, Direction::Ascending);

    fn id(self) -> &'static str {
        match self {
            Self::App => "app",
            Self::Name => "name",
            Self::State => "state",
            Self::Applied => "applied",
        }
    }

    fn column(self) -> Column<Self> {
        let (title, align, [least, fair, most], rank) = match self {
            Self::App => ("APP", Align::Left, [8, 14, 24], 1),
            Self::Name => ("MIGRATION", Align::Left, [14, 28, 64], 0),
            Self::State => ("STATE", Align::Left, [12, 12, 12], 0),
            Self::Applied => ("APPLIED", Align::Right, [16, 16, 16], 0),
        };
        Column { id: self, title, align, least, fair, most, rank }
    }

    fn compare(self, a: &Line, b: &Line) -> Ordering {
        match self {
            Self::App => (&a.row.app, &a.row.name).cmp(&(&b.row.app, &b.row.name)),
            Self::Name => a.row.name.cmp(&b.row.name),
            // Whose tables are elsewhere stays in its place among what was applied.
            Self::State => a.standing.min(Standing::Applied).cmp(&b.standing.min(Standing::Applied)),
            Self::Applied => a.row.applied.cmp(&b.row.applied),
        }
    }

    fn is_missing(self, line: &Line) -> bool {
        match self {
            Self::App => line.row.app.is_none(),
            Self::Name | Self::State => false,
            Self::Applied => line.row.applied.is_none(),
        }
    }

    fn cell(self, line: &Line, context: &Context<'_>, glyphs: &Glyphs) -> (String, ThemeRole) {
        let none = || (glyphs.none.to_owned(), ThemeRole::Dim);
        match self {
            Self::App => line.row.app.as_ref().map_or_else(none, |app| (shown(app).into_owned(), ThemeRole::Text)),
            Self::Name => (shown(&line.row.name).into_owned(), ThemeRole::Text),
            Self::State => {
                let (sign, role) = line.standing.sign(glyphs);
                (format!("{sign} {}", line.standing.word()), role)
            }
            Self::Applied => line.row.applied.map_or_else(none, |at| (minute(at, context.zone), ThemeRole::Text)),
        }
    }

    fn texts(line: &Line) -> Vec<&str> {
        [line.row.name.as_str(), line.standing.word()].into_iter().chain(line.row.app.as_deref()).collect()
    }

    fn key(line: &Line) -> String {
        format!("{}\0{}", line.row.app.as_deref().unwrap_or_default(), line.row.name)
    }
}
