//! Whether anybody wrote anything on a server between two moments, from the numbers that it gives to transactions that write. Must not know
//! what they wrote.

use std::collections::BTreeSet;

use super::only;
use crate::domain::fault::{Fault, FaultKind};
use crate::pg::session::Reading;

/// What a transaction sees, as `pg_current_snapshot()` tells it: all that ended before a number, but for some that still ran.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moment {
    /// The number that the next transaction gets which writes.
    next: u64,
    /// Those that had begun to write and had not ended, prepared ones too.
    running: Vec<u64>,
}

/// Asks for that of the open transaction.
pub async fn moment(reading: &Reading<'_>) -> Result<Moment, Fault> {
    let rows = reading.rows(include_str!("../sql/moment.sql"), &[]).await?;
    let text: String = only(&rows)?.get(0)?;
    Moment::of(&text).ok_or_else(|| Fault::new(FaultKind::Server, "the server's snapshot is not understood"))
}

impl Moment {
    fn of(text: &str) -> Option<Self> {
        let (_, rest) = text.split_once(':')?;
        let (next, running) = rest.split_once(':')?;
        let running = running.split(',').filter(|number| !number.is_empty()).map(|number| number.parse().ok());
        Some(Self { next: next.parse().ok()?, running: running.collect::<Option<_>>()? })
    }

    /// Whether nobody wrote from here to a later moment of the same server but these transactions: every number that was given since then
    /// is theirs, and so was every one that still ran.
    pub fn is_all_until(&self, later: &Self, own: &BTreeSet<u64>) -> bool {
        let given = later.next.saturating_sub(self.next);
        // Where others write there are many numbers: counting ours is enough to see that.
        self.running.iter().all(|number| own.contains(number))
            && self.next <= later.next
            && given == own.range(self.next..later.next).count() as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_moment_without_others_is_a_quiet_one() {
        let check = |then: &str, now: &str, own: &[u64], expected: bool| {
            let [then, now] = [then, now].map(|text| Moment::of(text).expect("a snapshot"));
            assert_eq!(then.is_all_until(&now, &own.iter().copied().collect()), expected, "{then:?} {now:?} {own:?}");
        };
        check("700:700:", "700:700:", &[], true);
        check("700:700:", "701:701:", &[700], true);
        check("700:700:", "701:701:", &[], false);
        check("700:700:", "700:703:700,702", &[700, 701, 702], true);
        check("700:700:", "700:703:700,702", &[700, 702], false);
        check("700:703:700,701", "705:705:", &[700, 701, 703, 704], true);
        check("700:703:700,701", "705:705:", &[700, 703, 704], false);
        check("700:703:", "700:700:", &[], false);
    }

    #[test]
    fn what_is_no_snapshot_is_not_taken_for_one() {
        for text in ["", "700", "700:701", "700:x:", "700:701:700,x"] {
            assert_eq!(Moment::of(text), None, "{text}");
        }
    }
}
