//! Which schemas to look at again: none when no counter has moved, else those of rows that were written since and those that
//! have lost rows; all when that cannot be told or would cost more. Must not look at them.

use std::collections::{BTreeSet, HashMap};

use super::{Prints, Since};
use crate::domain::catalog::Oid;
use crate::domain::fault::Fault;
use crate::observer::Refresh;
use crate::observer::passes::{Counted, QUICK, Run, WHOLE};
use crate::pg::catalog::Context;
use crate::pg::catalog::fingerprint::moved::{self, Moves};
use crate::pg::catalog::fingerprint::{self, CATALOGUES, Facet};

/// Of more than this and more than a tenth of all schemas all are read.
const MANY: usize = 50;
/// A row knows its transaction for two thousand million transactions.
const OLD: i64 = 1 << 30;

/// How much is to be read.
pub(super) enum Extent {
    /// Every schema.
    All,
    /// These; maybe none.
    Some(Vec<Oid>),
}

impl Run<'_> {
    /// The counters of the catalogues as they are now, where they mean something.
    pub(super) async fn moment(&self, context: &Context) -> Result<Option<Since>, Fault> {
        if context.standby || !context.counts_changes {
            return Ok(None);
        }
        let reading = self.session.read(QUICK).await?;
        let moves = moved::moves(&reading, &CATALOGUES).await?;
        let horizon = moved::horizon(&reading).await?;
        reading.finish().await?;
        Ok(Some(Since(moves.into_iter().map(|(name, moves)| (name, (moves, horizon))).collect())))
    }

    pub(super) async fn extent(&self, context: &Context, now: Option<&Since>) -> Result<Extent, Fault> {
        let memory = &self.known.structure;
        let Some(whole) = memory.whole.filter(|_| self.how == Refresh::Counters) else { return Ok(Extent::All) };
        let mut found: BTreeSet<Oid> = memory.oids().into_iter().filter(|oid| !memory.prints.contains_key(oid)).collect();
        match (now, &memory.since) {
            (Some(now), Some(before)) if is_later(before, now) => {
                found.extend(self.written(before, now).await?);
                found.extend(self.shrunk(context, before, now).await?);
                // Not of our concern: TOAST tables, temporary ones, schemas that are left out.
                let ours: BTreeSet<Oid> = memory.oids().into_iter().collect();
                found.retain(|oid| ours.contains(oid));
            }
            (None, _) if Counted::is_fresh(whole) => {}
            _ => return Ok(Extent::All),
        }
        let is_much = found.len() > MANY.max(memory.schemas.len() / 10);
        Ok(if is_much { Extent::All } else { Extent::Some(found.into_iter().collect()) })
    }

    /// The schemas of rows that were written since.
    async fn written(&self, before: &Since, now: &Since) -> Result<Vec<Oid>, Fault> {
        let moved = grown(before, now, |moves| moves.written);
        if moved.is_empty() {
            return Ok(Vec::new());
        }
        let reading = self.session.read(WHOLE).await?;
        fingerprint::prepare(&reading).await?;
        let since: Vec<(&str, i64)> = moved.into_iter().filter_map(|name| Some((name, before.0.get(name)?.1))).collect();
        let found = moved::changed(&reading, &since).await?;
        reading.finish().await?;
        Ok(found)
    }

    /// The schemas that have another number of something than they had, where rows were deleted.
    async fn shrunk(&self, context: &Context, before: &Since, now: &Since) -> Result<Vec<Oid>, Fault> {
        let asked = super::facets(&self.target.policy.comparison);
        let facets: BTreeSet<Facet> = grown(before, now, |moves| moves.deleted)
            .into_iter()
            .flat_map(Facet::shrunk_by)
            .copied()
            .filter(|facet| asked.contains(facet))
            .collect();
        let memory = &self.known.structure;
        let schemas = memory.oids();
        let mut found = Vec::new();
        for facet in facets {
            let reading = self.session.read(WHOLE).await?;
            fingerprint::prepare(&reading).await?;
            let counts: HashMap<Oid, u64> =
                moved::counts(&reading, facet, context.version, &schemas).await?.into_iter().collect();
            reading.finish().await?;
            let differs = |(oid, prints): (&Oid, &Prints)| {
                (counts.get(oid).copied().unwrap_or_default() != prints.count(facet)).then_some(*oid)
            };
            found.extend(memory.prints.iter().filter_map(differs));
        }
        Ok(found)
    }
}

/// The catalogues of which a counter is not as it was.
fn grown(before: &Since, now: &Since, counter: fn(&Moves) -> i64) -> Vec<&'static str> {
    let of = |since: &Since, name| since.0.get(name).map(|(moves, _)| counter(moves));
    CATALOGUES.into_iter().filter(|&name| of(before, name) != of(now, name)).collect()
}

/// Whether one moment can be compared with an earlier one: nobody has reset the counters, and rows still know their transactions.
fn is_later(before: &Since, now: &Since) -> bool {
    before.0.iter().all(|(name, (old, then))| {
        now.0.get(name).is_some_and(|(new, horizon)| {
            new.written >= old.written && new.deleted >= old.deleted && (0..OLD).contains(&(horizon - then))
        })
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn at(written: i64, deleted: i64, horizon: i64) -> Since {
        Since(BTreeMap::from([("pg_class".to_owned(), (Moves { written, deleted }, horizon))]))
    }

    #[test]
    fn counters_that_were_reset_and_old_transactions_tell_nothing() {
        let before = at(10, 5, 1_000);
        assert!(is_later(&before, &at(10, 5, 1_000)) && is_later(&before, &at(12, 6, 2_000)));
        for now in [at(9, 5, 1_000), at(10, 4, 1_000), at(10, 5, 999), at(10, 5, 1_000 + OLD)] {
            assert!(!is_later(&before, &now));
        }
        assert_eq!(grown(&before, &at(11, 5, 1_000), |moves| moves.written), ["pg_class"]);
        assert!(grown(&before, &at(11, 5, 1_000), |moves| moves.deleted).is_empty());
    }

    #[test]
    fn a_counter_that_is_late_is_compared_with_the_moment_at_which_it_last_moved() {
        let horizon = |since: &Since| since.0["pg_class"].1;
        let quiet = at(10, 5, 2_000).after(&at(10, 5, 1_000));
        assert_eq!(horizon(&quiet), 1_000);
        assert_eq!(horizon(&at(11, 5, 3_000).after(&quiet)), 3_000);
    }
}
