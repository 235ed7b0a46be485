//! How long to wait before trying again: longer each time, never in step with others. Must not know what is tried.

use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::time::Duration;

const FIRST: Duration = Duration::from_secs(1);
const LONGEST: Duration = Duration::from_secs(30);

/// The waits between attempts.
#[derive(Debug, Default)]
pub(super) struct Backoff {
    failures: u32,
}

impl Backoff {
    /// The wait after one more failure: about 1, 2, 4 ... 30 seconds, at random up to a quarter shorter, so that many consoles
    /// do not come back to a restarted server at the same moment.
    pub(super) fn next(&mut self) -> Duration {
        let wait = FIRST.saturating_mul(1 << self.failures.min(10)).min(LONGEST);
        self.failures = self.failures.saturating_add(1);
        let random = RandomState::new().build_hasher().finish() % 1_000;
        wait.mul_f64(1.0 - random as f64 / 4_000.0)
    }

    /// All is well: the next failure is the first one again.
    pub(super) fn reset(&mut self) {
        self.failures = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_half_a_minute() {
        let mut backoff = Backoff::default();
        for expected in [1, 2, 4, 8, 16, 30, 30] {
            let (wait, longest) = (backoff.next(), Duration::from_secs(expected));
            assert!(wait <= longest && wait >= longest.mul_f64(0.75), "{wait:?} of {longest:?}");
        }
        backoff.reset();
        assert!(backoff.next() <= FIRST);
    }
}
