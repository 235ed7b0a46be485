//! The words and signs for the state of a ledger and of a shape: the same on every screen and in every list. Must not know colours,
//! nor how much room there is.

use super::{LedgerState, ShapeState};
use crate::domain::units;

/// One set of signs, each one cell wide.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Signs {
    /// As it should be.
    pub ok: &'static str,
    /// Migrations are missing at the end.
    pub behind: &'static str,
    /// Migrations that the head has not.
    pub ahead: &'static str,
    /// Some are missing, others are too many.
    pub diverged: &'static str,
    /// A migration is missing in the middle.
    pub gap: &'static str,
    /// A migration failed, or is half applied, or was edited.
    pub dirty: &'static str,
    /// There is no ledger.
    pub none: &'static str,
    /// Our role may not read it.
    pub unreadable: &'static str,
    /// It is locked just now.
    pub busy: &'static str,
    /// Another structure than the reference's.
    pub shape: &'static str,
    /// The same thing under another name.
    pub renamed: &'static str,
    /// It cannot be told whether it differs.
    pub incomparable: &'static str,
    /// A schema without tables.
    pub empty: &'static str,
    /// It is not known yet.
    pub unknown: &'static str,
    /// The reference has it, the schema has not.
    pub missing: &'static str,
    /// The schema has it, the reference has not.
    pub extra: &'static str,
}

impl Signs {
    /// For what speaks UTF-8.
    pub const UNICODE: Self = Self {
        ok: "✓",
        behind: "▼",
        ahead: "▲",
        diverged: "⇅",
        gap: "▽",
        dirty: "!",
        none: "–",
        unreadable: "⊘",
        busy: "◌",
        shape: "≠",
        renamed: "≈",
        incomparable: "?",
        empty: "∅",
        unknown: "…",
        missing: "−",
        extra: "+",
    };

    /// For any terminal.
    pub const ASCII: Self = Self {
        ok: "+",
        behind: "v",
        ahead: "^",
        diverged: "y",
        gap: "g",
        dirty: "!",
        none: "-",
        unreadable: "%",
        busy: "~",
        shape: "#",
        renamed: "=",
        incomparable: "?",
        empty: "0",
        unknown: ">",
        missing: "-",
        extra: "+",
    };
}

impl LedgerState {
    /// The sign for it.
    pub const fn sign(self, signs: &Signs) -> &'static str {
        match self {
            Self::Current => signs.ok,
            Self::Behind { .. } => signs.behind,
            Self::Ahead { .. } => signs.ahead,
            Self::Diverged { .. } => signs.diverged,
            Self::Gap { .. } => signs.gap,
            Self::Dirty => signs.dirty,
            Self::None => signs.none,
            Self::Unreadable => signs.unreadable,
            Self::Busy => signs.busy,
            Self::Unknown => signs.unknown,
        }
    }

    /// The words for it: `current`, `behind 2`, `−1 +3`.
    pub fn words(self, signs: &Signs) -> String {
        let number = |count: u32| units::count(count.into());
        match self {
            Self::Behind { by } => format!("behind {}", number(by)),
            Self::Ahead { by } => format!("ahead {}", number(by)),
            Self::Diverged { behind, ahead } => {
                format!("{}{} {}{}", signs.missing, number(behind), signs.extra, number(ahead))
            }
            Self::Gap { by } => format!("gap of {}", number(by)),
            Self::None => "no ledger".to_owned(),
            Self::Unknown => "reading".to_owned(),
            other => other.word().to_owned(),
        }
    }
}

impl ShapeState {
    /// The sign for it.
    pub const fn sign(self, signs: &Signs) -> &'static str {
        match self {
            Self::Reference => signs.ok,
            Self::Renamed => signs.renamed,
            Self::Differs { .. } => signs.shape,
            Self::Incomparable => signs.incomparable,
            Self::Empty => signs.empty,
            Self::Unknown => signs.unknown,
        }
    }

    /// The words for it: `reference`, `2 differences`.
    pub fn words(self) -> String {
        match self {
            Self::Renamed => "names differ".to_owned(),
            Self::Differs { by: 1 } => "1 difference".to_owned(),
            Self::Differs { by } => format!("{} differences", units::count(by.into())),
            Self::Incomparable => "not comparable".to_owned(),
            Self::Unknown => "reading".to_owned(),
            other => other.word().to_owned(),
        }
    }
}
