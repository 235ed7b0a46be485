//! What a proposal would be about, and why there is none. Must not know how proposals are made.

use crate::domain::drift::LedgerState;
use crate::domain::structure::{Difference, Structure};
use crate::domain::units;

/// What a proposal would be about.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ToMend<'a> {
    /// The raw name of the schema.
    pub schema: &'a str,
    /// The structure that it should have.
    pub reference: &'a Structure,
    /// In what it differs; never nothing.
    pub differences: &'a [Difference],
}

/// Why no SQL is proposed for a history: what it lacks is for migrations to bring.
pub(super) fn unmended_ledger(state: LedgerState) -> String {
    let why = wrong_with(state).unwrap_or_else(|| "no migration is missing".to_owned());
    format!("{why}; a proposal is made for shapes only")
}

/// Why no SQL is proposed for a shape that does not differ.
pub(super) fn unmended_shape(ledger: LedgerState) -> String {
    match wrong_with(ledger).filter(|_| ledger.is_drift()) {
        Some(why) => format!("this shape is the reference's; {why}"),
        None => "this shape is the reference's: there is nothing to propose".to_owned(),
    }
}

/// What is wrong with a ledger, as a reason why no SQL can be proposed for it; `None` where nothing is.
fn wrong_with(state: LedgerState) -> Option<String> {
    Some(match state {
        LedgerState::Behind { by: 1 } | LedgerState::Gap { by: 1 } => "1 migration is missing: run it".to_owned(),
        LedgerState::Behind { by } | LedgerState::Gap { by } => {
            format!("{} migrations are missing: run them", units::count(by.into()))
        }
        LedgerState::Ahead { by: 1 } => "1 migration is beyond the head".to_owned(),
        LedgerState::Ahead { by } => format!("{} migrations are beyond the head", units::count(by.into())),
        LedgerState::Diverged { .. } => "migrations are missing and others extra".to_owned(),
        LedgerState::Dirty => "a migration failed or was edited".to_owned(),
        LedgerState::None => "there is no ledger".to_owned(),
        LedgerState::Unreadable | LedgerState::Busy => "the ledger could not be read".to_owned(),
        LedgerState::Current | LedgerState::Unknown => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_ledger_lacks_is_said_in_one_line_of_a_narrow_screen() {
        let by = 12_034;
        for (state, expected) in [
            (LedgerState::Behind { by: 1 }, "1 migration is missing: run it; a proposal is made for shapes only"),
            (LedgerState::Gap { by: 2 }, "2 migrations are missing: run them; a proposal is made for shapes only"),
            (LedgerState::Ahead { by: 1 }, "1 migration is beyond the head; a proposal is made for shapes only"),
            (LedgerState::Current, "no migration is missing; a proposal is made for shapes only"),
        ] {
            assert_eq!(unmended_ledger(state), expected);
        }
        assert_eq!(
            unmended_shape(LedgerState::Behind { by: 2 }),
            "this shape is the reference's; 2 migrations are missing: run them"
        );
        // A schema without ledger lacks nothing that could be run.
        assert_eq!(unmended_shape(LedgerState::None), "this shape is the reference's: there is nothing to propose");
        for state in [
            LedgerState::Behind { by },
            LedgerState::Ahead { by },
            LedgerState::Diverged { behind: by, ahead: by },
            LedgerState::Dirty,
            LedgerState::Unreadable,
            LedgerState::Busy,
        ] {
            assert!(unmended_ledger(state).len() < 78 && unmended_shape(state).len() < 78, "{state:?}");
        }
    }
}
