//! The screens: each is a state, a pure `act` and a `view`. They must not know the event loop, the overlays, or the terminal.
//!
//! A screen's state is plain serialisable data. `act` changes only the screen itself and answers with what it wants of the
//! console around it; `view` draws into its area and never changes anything.

pub mod activity;
pub mod capacity;
pub mod compare;
mod describe;
pub mod drift;
pub mod fleet;
pub mod runs;
pub mod schema;
pub mod tenants;
mod to_mend;
mod verdict;

use std::collections::BTreeSet;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

pub use self::to_mend::ToMend;
use super::glyph::Glyphs;
use super::runs::Runs;
use super::theme::Theme;
use super::watch::Watch;
use crate::domain::fleet::{DatabaseId, Entry, Fleet};
use crate::domain::name::{SchemaPath, shown};
use crate::domain::question::Question;
use crate::domain::run::RunId;

/// What a screen may see of the rest of the console.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    /// The facts.
    pub fleet: &'a Fleet,
    /// What was told of sessions.
    pub watch: &'a Watch,
    /// What is known of runs.
    pub runs: &'a Runs,
    /// The marked rows.
    pub marks: &'a BTreeSet<SchemaPath>,
    /// The clock, so that ages are a pure function of the model.
    pub now: Timestamp,
    /// The zone in which times of day are shown.
    pub zone: &'a TimeZone,
    /// Columns and rows of the screen's own area.
    pub area: (u16, u16),
}

impl Context<'_> {
    /// How a schema is called here, safe to show: `database/schema` where there are several databases, else its name alone.
    fn name_of(&self, entry: &Entry<'_>) -> String {
        if self.fleet.databases.len() > 1 { entry.path().to_string() } else { shown(entry.schema_name()).into_owned() }
    }

    /// A moment in the form of the header.
    fn time_of_day(&self, at: Timestamp) -> String {
        super::frame::time_of_day(at, self.now, self.zone)
    }
}

/// What a screen draws with.
#[derive(Debug, Clone, Copy)]
pub struct Look<'a> {
    /// Colours and attributes by role.
    pub theme: &'a Theme,
    /// Signs.
    pub glyphs: &'a Glyphs,
}

/// What a screen wants after an action.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Reply {
    /// Nothing: the action is done, or had no meaning here.
    Done,
    /// Show screen 2 with this filter text.
    ShowTenants(String),
    /// Show what differs.
    Compare(compare::Subject),
    /// Show screen 4 with one database.
    ShowCapacity(DatabaseId),
    /// Open the view of one schema.
    OpenSchema(DatabaseId, String),
    /// Show the pane of a run.
    OpenRun(RunId),
    /// Ask a database something.
    Ask(DatabaseId, Question),
    /// Explain something in a box: a title and lines.
    Explain(String, Vec<String>),
    /// Replace the set of marks.
    SetMarks(BTreeSet<SchemaPath>),
    /// Say a short sentence in the footer.
    Say(String),
}

/// The direction of a sorted column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    /// The least first.
    #[default]
    Ascending,
    /// The greatest first.
    Descending,
}

impl Direction {
    /// The other direction.
    #[must_use]
    pub const fn reversed(self) -> Self {
        match self {
            Self::Ascending => Self::Descending,
            Self::Descending => Self::Ascending,
        }
    }
}

/// One line of the chooser behind `s`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SortChoice {
    /// What `set_sort` takes: `size`, `last-activity`.
    pub id: &'static str,
    /// The heading of the column.
    pub title: &'static str,
    /// The direction, when it is the sorted column now.
    pub current: Option<Direction>,
}
