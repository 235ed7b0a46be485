//! What came of judging a fleet: the ledger and shape of each schema against what they should be, and the classes of equals.
//! Plain data; must not know how it is judged.

mod words;

use std::fmt;

use serde::{Deserialize, Serialize};

use super::catalog::{LedgerDialect, Oid};
use super::fault::Fault;
use super::fleet::DatabaseId;
use super::history::Migration;
use super::structure::{Difference, Fingerprint};

pub use self::words::Signs;

/// How the history of a schema stands against the head.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum LedgerState {
    /// Not read yet.
    #[default]
    Unknown,
    /// It has what the head has.
    Current,
    /// It misses this many of the newest.
    Behind {
        /// How many.
        by: u32,
    },
    /// It has this many that the head has not, and misses none.
    Ahead {
        /// How many.
        by: u32,
    },
    /// It misses some and has others.
    Diverged {
        /// How many it misses.
        behind: u32,
        /// How many it has beyond the head.
        ahead: u32,
    },
    /// It misses some that are older than some it has.
    Gap {
        /// How many it misses.
        by: u32,
    },
    /// A migration is marked as failed or half applied, or its checksum differs from the head's.
    Dirty,
    /// It has no ledger.
    None,
    /// Our role may not read it.
    Unreadable,
    /// Somebody has locked it just now.
    Busy,
}

impl LedgerState {
    /// All words that [`LedgerState::word`] may give, for completion.
    pub const WORDS: [&'static str; 10] =
        ["current", "behind", "ahead", "diverged", "gap", "dirty", "none", "unreadable", "busy", "unknown"];

    /// The word for it in lists, filters (`state:WORD`) and files.
    pub fn word(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Current => "current",
            Self::Behind { .. } => "behind",
            Self::Ahead { .. } => "ahead",
            Self::Diverged { .. } => "diverged",
            Self::Gap { .. } => "gap",
            Self::Dirty => "dirty",
            Self::None => "none",
            Self::Unreadable => "unreadable",
            Self::Busy => "busy",
        }
    }

    /// Whether it is drift: what `--exit-code` counts.
    pub fn is_drift(self) -> bool {
        matches!(self, Self::Behind { .. } | Self::Ahead { .. } | Self::Diverged { .. } | Self::Gap { .. } | Self::Dirty)
    }

    /// How many migrations of the head it misses, and how many it has beyond; `None` where that is not known.
    pub fn figures(self) -> Option<(u32, u32)> {
        match self {
            Self::Current => Some((0, 0)),
            Self::Behind { by } | Self::Gap { by } => Some((by, 0)),
            Self::Ahead { by } => Some((0, by)),
            Self::Diverged { behind, ahead } => Some((behind, ahead)),
            Self::Unknown | Self::Dirty | Self::None | Self::Unreadable | Self::Busy => None,
        }
    }
}

/// How the structure of a schema stands against the reference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum ShapeState {
    /// Not read yet, or it changed while it was read and is read again.
    #[default]
    Unknown,
    /// Equal to the reference.
    Reference,
    /// Equal but for names that are made by servers and tools.
    Renamed,
    /// This many differences.
    Differs {
        /// How many.
        by: u32,
    },
    /// Only texts differ that majors of PostgreSQL write differently.
    Incomparable,
    /// It holds nothing.
    Empty,
}

impl ShapeState {
    /// All words that [`ShapeState::word`] may give, for completion.
    pub const WORDS: [&'static str; 6] = ["reference", "renamed", "differs", "incomparable", "empty", "unknown"];

    /// The word for it in lists, filters (`shape:WORD`) and files.
    pub fn word(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Reference => "reference",
            Self::Renamed => "renamed",
            Self::Differs { .. } => "differs",
            Self::Incomparable => "incomparable",
            Self::Empty => "empty",
        }
    }

    /// Whether it is drift: what `--exit-code` counts.
    pub fn is_drift(self) -> bool {
        matches!(self, Self::Differs { .. } | Self::Empty)
    }

    /// In how many objects it differs; `None` where that is not known.
    pub fn differences(self) -> Option<u32> {
        match self {
            Self::Reference | Self::Renamed => Some(0),
            Self::Differs { by } => Some(by),
            Self::Unknown | Self::Incomparable | Self::Empty => None,
        }
    }
}

/// The verdict on one schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Verdict {
    /// Its history against the head.
    pub ledger: LedgerState,
    /// Its structure against the reference.
    pub shape: ShapeState,
    /// Its class among histories.
    pub history_cohort: Option<CohortId>,
    /// Its class among structures.
    pub shape_cohort: Option<CohortId>,
    /// Applications of the tenant set whose migrations it records and whose tables are all absent.
    pub ghosts: u32,
}

/// The name of a class of equals. It follows from the contents alone, so it is the same in every session and every database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct CohortId(pub u64);

impl CohortId {
    /// The first hexadecimal digits: as a rule four, more where two cohorts of a list begin alike.
    pub fn short(self, digits: usize) -> String {
        let mut text = format!("{:016x}", self.0);
        text.truncate(digits);
        text
    }

    /// All digits: what files and scripts hold.
    pub fn in_full(self) -> String {
        self.short(16)
    }

    /// Whether a person means it by these first hexadecimal digits, in any case.
    pub fn begins_with(self, digits: &str) -> bool {
        !digits.is_empty() && format!("{:016x}", self.0).starts_with(&digits.to_ascii_lowercase())
    }
}

impl fmt::Display for CohortId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.short(4))
    }
}

impl From<Fingerprint> for CohortId {
    fn from(fingerprint: Fingerprint) -> Self {
        Self(fingerprint.0)
    }
}

/// A schema that stands for its cohort.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Representative {
    /// Its database.
    pub database: DatabaseId,
    /// Its `pg_namespace.oid`.
    pub oid: Oid,
    /// Its raw name.
    pub schema: String,
}

/// Schemas of equal structure (but for loose names).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ShapeCohort {
    /// Its name.
    pub id: CohortId,
    /// Against the reference.
    pub state: ShapeState,
    /// How many schemas.
    pub members: u32,
    /// Of which have all names as the reference, too (only in the cohort of the reference).
    pub exact: u32,
    /// One of them.
    pub representative: Representative,
    /// What differs from the reference, in the order of kinds and names; empty without a reference.
    pub differences: Vec<Difference>,
}

/// Schemas of equal history, as far as it belongs to tenants.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HistoryCohort {
    /// Its name.
    pub id: CohortId,
    /// Whose ledgers they are: histories are compared with others of the same tool only.
    pub dialect: LedgerDialect,
    /// Against the head.
    pub state: LedgerState,
    /// How many schemas.
    pub members: u32,
    /// One of them.
    pub representative: Representative,
    /// What the head has and it has not, in the head's order.
    pub missing: Vec<Migration>,
    /// What it has and the head has not.
    pub extra: Vec<Migration>,
    /// What is marked as failed or has another checksum than the head's.
    pub dirty: Vec<Migration>,
}

/// Where the head comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "from", rename_all = "snake_case")]
pub enum Origin {
    /// The migration source of `fleet.toml`; for a shape never.
    Source,
    /// The reference schema of `fleet.toml`.
    Reference(Representative),
    /// What most schemas have.
    Largest(Representative),
}

/// The history that every tenant should have.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// Where it comes from.
    pub origin: Origin,
    /// Whose ledgers it is compared with.
    pub dialect: LedgerDialect,
    /// Its migrations in order of application as far as that is known, without those that belong to shared schemas only.
    pub migrations: Vec<Migration>,
}

/// The structure that every tenant should have.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reference {
    /// Where it comes from.
    pub origin: Origin,
    /// Its cohort.
    pub cohort: CohortId,
    /// Its exact fingerprint.
    pub exact: Fingerprint,
}

/// Everything that was judged about the fleet.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Drift {
    /// The head; `None` while no ledger has been read, or when there is none.
    pub head: Option<Head>,
    /// The reference; `None` while no structure has been read.
    pub reference: Option<Reference>,
    /// Classes of histories: the current one first, then by size.
    pub histories: Vec<HistoryCohort>,
    /// Classes of structures: the reference's first, then by size.
    pub shapes: Vec<ShapeCohort>,
    /// How many digits tell the cohorts of both lists apart: 4 as a rule.
    pub digits: usize,
    /// Applications whose migrations stand in tenants' ledgers and whose tables live in the shared schema: not compared.
    pub shared_apps: Vec<String>,
    /// A configured source or reference that is not there or could not be read.
    pub faults: Vec<Fault>,
}

impl Drift {
    /// The short name of a cohort, in as many digits as tell all of them apart.
    pub fn name(&self, id: CohortId) -> String {
        id.short(self.digits.max(4))
    }

    /// The cohort of structures with this name.
    pub fn shape(&self, id: CohortId) -> Option<&ShapeCohort> {
        self.shapes.iter().find(|cohort| cohort.id == id)
    }

    /// The cohort of histories with this name.
    pub fn history(&self, id: CohortId) -> Option<&HistoryCohort> {
        self.histories.iter().find(|cohort| cohort.id == id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_state_has_its_word_in_the_list() {
        let (by, behind, ahead) = (1, 1, 1);
        let ledgers = [
            LedgerState::Current,
            LedgerState::Behind { by },
            LedgerState::Ahead { by },
            LedgerState::Diverged { behind, ahead },
            LedgerState::Gap { by },
            LedgerState::Dirty,
            LedgerState::None,
            LedgerState::Unreadable,
            LedgerState::Busy,
            LedgerState::Unknown,
        ];
        assert_eq!(ledgers.map(LedgerState::word), LedgerState::WORDS);
        let shapes = [
            ShapeState::Reference,
            ShapeState::Renamed,
            ShapeState::Differs { by },
            ShapeState::Incomparable,
            ShapeState::Empty,
            ShapeState::Unknown,
        ];
        assert_eq!(shapes.map(ShapeState::word), ShapeState::WORDS);
    }

    #[test]
    fn a_cohort_is_meant_by_its_first_digits_in_any_case() {
        let cohort = CohortId(0x09bc_d000_0000_0000);
        assert_eq!((cohort.to_string(), cohort.short(5)), ("09bc".to_owned(), "09bcd".to_owned()));
        assert!(
            cohort.begins_with("09BC") && cohort.begins_with("0") && !cohort.begins_with("9b") && !cohort.begins_with("")
        );
    }
}
