//! When a run stops itself: pure counting of what failed since this worker began.

use std::collections::HashMap;

use crate::domain::run::{CauseId, Halt, StageId};
use crate::plan::{RunPolicy, StageKind};

/// Fewer failures than this are no share of anything: one drifted tenant of a small fleet does not stop the others.
const FEWEST: u32 = 3;

/// What failed.
#[derive(Debug, Default)]
pub(super) struct Tally {
    causes: HashMap<CauseId, u32>,
    stages: HashMap<StageId, u32>,
}

/// The stage that a target failed in.
#[derive(Debug, Clone, Copy)]
pub(super) struct Failed {
    /// Which.
    pub(super) stage: StageId,
    /// What it is for.
    pub(super) kind: StageKind,
    /// How many targets it has.
    pub(super) of: u32,
    /// Why the target failed.
    pub(super) cause: CauseId,
}

impl Tally {
    /// Counts one more target; tells whether that is too much.
    pub(super) fn note(&mut self, failed: Failed, policy: &RunPolicy) -> Option<Halt> {
        let same = self.causes.entry(failed.cause).or_default();
        *same += 1;
        let count = self.stages.entry(failed.stage).or_default();
        *count += 1;
        match failed.kind {
            StageKind::Canary => return Some(Halt::Canary),
            // What all tenants share, and what new ones are made from, goes first for a reason.
            StageKind::Shared | StageKind::Reference => return Some(Halt::Share { failed: *count, of: failed.of }),
            StageKind::Wave => {}
        }
        if policy.halt_same_cause > 0 && *same >= policy.halt_same_cause {
            return Some(Halt::SameCause { targets: *same });
        }
        let most = (u64::from(failed.of) * u64::from(policy.halt_percent)).div_ceil(100);
        let is_share = policy.halt_percent > 0 && *count >= FEWEST && u64::from(*count) >= most;
        is_share.then_some(Halt::Share { failed: *count, of: failed.of })
    }

    /// Begins to count anew, because a person wants to try again.
    pub(super) fn forget(&mut self) {
        *self = Self::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wave(of: u32, causes: &[CauseId], policy: &RunPolicy) -> Option<Halt> {
        let mut tally = Tally::default();
        let failed = |cause| Failed { stage: 1, kind: StageKind::Wave, of, cause };
        causes.iter().filter_map(|cause| tally.note(failed(*cause), policy)).last()
    }

    #[test]
    fn thresholds_count_causes_and_shares() {
        let policy = RunPolicy::usual(false);
        assert_eq!(wave(1_000, &[1, 1], &policy), None);
        assert_eq!(wave(1_000, &[1, 2, 1, 1], &policy), Some(Halt::SameCause { targets: 3 }));
        assert_eq!(wave(48, &[1, 2], &policy), None);
        assert_eq!(wave(48, &[1, 2, 3], &policy), Some(Halt::Share { failed: 3, of: 48 }));
        assert_eq!(wave(1_000, &[1, 2, 3, 4, 5, 6, 7, 8, 9], &policy), None);
        assert_eq!(wave(1_000, &[1, 2, 3, 4, 5, 6, 7, 8, 9, 10], &policy), Some(Halt::Share { failed: 10, of: 1_000 }));
        let never = RunPolicy { halt_same_cause: 0, halt_percent: 0, ..policy };
        assert_eq!(wave(4, &[1, 1, 1, 1], &never), None);
    }

    #[test]
    fn one_canary_is_enough() {
        let failed = Failed { stage: 0, kind: StageKind::Canary, of: 1, cause: 0 };
        assert_eq!(Tally::default().note(failed, &RunPolicy::usual(true)), Some(Halt::Canary));
    }
}
