//! What is marked is removed, part by part, each a transaction that the lock table can take. What is left when it ends early keeps its
//! marked name. Must not touch anything else.

use std::time::Duration;

use super::silence;
use crate::domain::name::shown;
use crate::domain::run::{Cause, CauseKind, How, Part, Progress};
use crate::pg::Texts;
use crate::plan::drop::Dropping;
use crate::plan::drop::message::Removal;
use crate::worker::at_hand::AtHand;
use crate::worker::failpoint::{self, Place};
use crate::worker::job::Outcome;
use crate::worker::ladder;
use crate::worker::whole::Undone;

/// How far it is.
struct Work<'a> {
    at_hand: &'a AtHand<'a>,
    removal: &'a Removal<'a>,
    /// So many locks one part may take.
    locks: u32,
    /// How often a part was tried in vain since the last one that worked.
    tries: u8,
    /// So many objects there were when this began, and are left.
    of: u32,
    left: u32,
    parts: u16,
}

/// Removes everything that is left.
pub(super) async fn remove(at_hand: &AtHand<'_>, removal: &Removal<'_>, dropping: &Dropping) -> Outcome {
    let locks = dropping.each.get(at_hand.job.target as usize).map_or(1, |dropped| dropped.locks);
    let counted = at_hand.send(&removal.left(), silence(at_hand)).await;
    let of = match counted {
        Ok(rows) => count(&rows),
        Err(failed) => return Undone::of(at_hand, failed).outcome(),
    };
    let mut work = Work { at_hand, removal, locks, tries: 0, of, left: of, parts: 0 };
    match work.all().await {
        Ok(transaction) => Outcome::Applied(How::Committed(transaction)),
        Err(outcome) => outcome,
    }
}

impl Work<'_> {
    async fn all(&mut self) -> Result<u64, Outcome> {
        self.tell();
        while self.left > 0 {
            let rows = self.part(|work| work.removal.batch(work.locks)).await?;
            let left = count(&rows);
            if left >= self.left {
                return Err(self.half_way(cause("something in the schema cannot be removed")));
            }
            self.left = left;
            self.tell();
            failpoint::pass(Place::Part);
        }
        let rows = self.part(|work| work.removal.finish()).await?;
        Ok(rows.last().and_then(|row| row.first()?.as_deref()?.parse().ok()).unwrap_or_default())
    }

    /// Sends one part until it works, or does not.
    async fn part(&mut self, message: impl Fn(&Self) -> String) -> Result<Texts, Outcome> {
        loop {
            if self.at_hand.common.cancel.is_cancelled() {
                return Err(self.half_way(cause("it was stopped before all of the schema was removed")));
            }
            match self.at_hand.send(&message(self), silence(self.at_hand)).await {
                Ok(rows) => {
                    (self.tries, self.parts) = (0, self.parts.saturating_add(1));
                    return Ok(rows);
                }
                Err(failed) => self.failed(Undone::of(self.at_hand, failed)).await?,
            }
        }
    }

    /// Waits until it is worth trying again, or tells what became of it.
    async fn failed(&mut self, undone: Undone) -> Result<(), Outcome> {
        let cause = match undone {
            Undone::Cause(cause) => cause,
            Undone::Cancelled => return Err(self.half_way(cause("it was stopped before all of the schema was removed"))),
            other => return Err(other.outcome()),
        };
        match cause.kind {
            CauseKind::Pressure if self.locks > 1 => {
                self.locks /= 2;
                Ok(())
            }
            CauseKind::Busy | CauseKind::Contention | CauseKind::Pressure
                if self.tries < self.at_hand.common.plan.policy.retries =>
            {
                self.rest(ladder::wait(self.tries, ladder::dice())).await;
                self.tries += 1;
                Ok(())
            }
            // The run pauses until the server works again, and the rest is found by its name.
            CauseKind::Server => Err(Outcome::Refused(cause)),
            _ => Err(self.half_way(cause)),
        }
    }

    async fn rest(&self, wait: Duration) {
        tokio::select! {
            () = tokio::time::sleep(wait) => {}
            () = self.at_hand.common.cancel.cancelled() => {}
        }
    }

    /// What is left keeps its marked name, and a person is told that name.
    fn half_way(&self, mut cause: Cause) -> Outcome {
        let (schema, marked) = (shown(&self.at_hand.target().schema), &self.removal.marked);
        let back = if self.left == self.of && self.parts == 0 {
            format!("; nothing was removed by now: {}", shown(&self.removal.way_back()))
        } else {
            String::new()
        };
        self.at_hand.noted(format!("what is left of {schema} has the name {marked}{back}"));
        cause.hint = Some("what is left has a marked name, told in the notes; trying again removes it".to_owned());
        Outcome::Dirty(self.parts, cause)
    }

    fn tell(&self) {
        let done = self.of.saturating_sub(self.left);
        self.at_hand.progress(Progress { part: Part::Remove, done, of: self.of, rows: 0, bytes: 0 });
    }
}

fn cause(what: &str) -> Cause {
    Cause { kind: CauseKind::Statement, sqlstate: None, what: what.to_owned(), statement: None, hint: None }
}

fn count(rows: &Texts) -> u32 {
    rows.last().and_then(|row| row.first()?.as_deref()?.parse().ok()).unwrap_or_default()
}
