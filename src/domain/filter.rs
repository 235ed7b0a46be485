//! The filter language of the tenant list and of `--filter`: pure over [`Entry`](super::fleet::Entry). Must not know who typed it.

use std::fmt;

use super::fleet::{Entry, Fleet};

/// A parsed filter: all of its terms must hold. The empty filter shows all but the system's schemas.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Filter {}

/// What may stand at the cursor of a filter text.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Completion {
    /// The byte from which a chosen candidate replaces the text, up to the cursor.
    pub from: usize,
    /// The candidates with a few words of explanation, the likeliest first.
    pub candidates: Vec<(String, String)>,
}

impl Filter {
    /// Understands a text such as `acme state:orphan tables>90`.
    pub fn parse(_text: &str) -> Result<Self, FilterError> {
        Ok(Self {})
    }

    /// Whether the row is to be shown. Schemas of the system itself are hidden unless the filter asks for `role:system`.
    pub fn keeps(&self, _entry: &Entry<'_>) -> bool {
        true
    }

    /// What may stand at `cursor` (a byte of `text`), with values from the fleet.
    pub fn complete(_text: &str, cursor: usize, _fleet: &Fleet) -> Completion {
        Completion { from: cursor, candidates: Vec::new() }
    }
}

/// Why a filter text is wrong: where, what, and what may stand there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FilterError {
    /// The byte where the wrong part starts.
    pub at: usize,
    /// The byte after its end.
    pub to: usize,
    /// A lower-case fragment.
    pub what: String,
    /// What may stand there.
    pub allowed: Vec<String>,
}

impl fmt::Display for FilterError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (at {})", self.what, self.at + 1)?;
        if !self.allowed.is_empty() {
            write!(f, "; allowed: {}", self.allowed.join(", "))?;
        }
        Ok(())
    }
}

impl std::error::Error for FilterError {}
