//! A clone: one schema made again under the name of a target. Must not decide what comes next.

use super::at_hand::AtHand;
use super::job::Outcome;
use crate::domain::run::{Backend, Cause, CauseKind};
use crate::plan::clone::Cloning;

/// Makes the target.
pub(super) fn run(_at_hand: &AtHand<'_>, _cloning: &Cloning) -> Outcome {
    let what = "clones are planned and not made yet".to_owned();
    Outcome::Refused(Cause { kind: CauseKind::Strange, sqlstate: None, what, statement: None, hint: None })
}

/// Finds out what became of a target.
pub(super) fn settle(_at_hand: &AtHand<'_>, _cloning: &Cloning, _backend: Option<&Backend>) -> Outcome {
    Outcome::Untouched
}
