//! How long what did not work waits until it is tried again. Pure but for the dice, which come from outside.

use std::time::Duration;

use crate::domain::run::CauseKind;

/// What happens to a target whose migration did not work for a passing reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Next {
    /// It is tried again after this.
    Wait(Duration),
    /// It is tried again when all others of its stage are done.
    Later,
    /// It has failed.
    GiveUp,
}

const FIRST: Duration = Duration::from_millis(250);
const LONGEST: Duration = Duration::from_secs(30);

/// What comes after so many tries without success in this round. `late` says that the others of the stage are done. `dice` is
/// between 0 and 1.
pub(super) fn next(kind: CauseKind, tries: u8, retries: u8, late: bool, dice: f64) -> Next {
    match (kind, late) {
        // Whoever holds the schema works on it as long as we do on another one: there is no point in asking every second.
        (CauseKind::Busy, false) => Next::Later,
        _ if tries < retries => Next::Wait(wait(tries, dice)),
        (_, false) => Next::Later,
        (_, true) => Next::GiveUp,
    }
}

/// Doubles with each try, less a part of chance so that those who met do not meet again.
pub(super) fn wait(tries: u8, dice: f64) -> Duration {
    let whole = FIRST.saturating_mul(1_u32.checked_shl(tries.into()).unwrap_or(u32::MAX)).min(LONGEST);
    whole.mul_f64(0.5 + dice.clamp(0.0, 1.0) / 2.0)
}

/// A number between 0 and 1 that nobody can foresee.
pub(super) fn dice() -> f64 {
    use std::hash::{BuildHasher as _, Hasher as _};
    let random = std::collections::hash_map::RandomState::new().build_hasher().finish();
    random as f64 / u64::MAX as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_to_half_a_minute_and_stay_there() {
        let waits: Vec<u128> = (0..10).map(|tries| wait(tries, 1.0).as_millis()).collect();
        assert_eq!(waits, [250, 500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000]);
        assert_eq!(wait(255, 0.0), LONGEST / 2);
        assert_eq!(wait(2, 0.0), Duration::from_millis(500));
    }

    #[test]
    fn who_did_not_get_a_lock_tries_again_then_at_the_end_then_fails() {
        let check =
            |kind, tries, late, expected| assert_eq!(next(kind, tries, 5, late, 1.0), expected, "{kind:?} {tries} {late}");
        check(CauseKind::Contention, 0, false, Next::Wait(Duration::from_millis(250)));
        check(CauseKind::Contention, 4, false, Next::Wait(Duration::from_secs(4)));
        check(CauseKind::Contention, 5, false, Next::Later);
        check(CauseKind::Contention, 4, true, Next::Wait(Duration::from_secs(4)));
        check(CauseKind::Contention, 5, true, Next::GiveUp);
        check(CauseKind::Busy, 0, false, Next::Later);
        check(CauseKind::Busy, 0, true, Next::Wait(Duration::from_millis(250)));
        check(CauseKind::Busy, 5, true, Next::GiveUp);
    }

    #[test]
    fn dice_fall_between_0_and_1() {
        assert!((0..100).map(|_| dice()).all(|dice| (0.0..=1.0).contains(&dice)));
    }
}
