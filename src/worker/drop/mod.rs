//! A drop: the schema is archived and gets its marked name, then all of it is removed, part by part. Must not decide what comes next.

mod archive;
mod remove;

use std::time::Duration;

use super::at_hand::AtHand;
use super::failpoint::{self, Place};
use super::job::Outcome;
use super::whole::{Undone, name_now};
use super::{migrate, settle};
use crate::domain::run::{Backend, How};
use crate::plan::clone::message::ROLLBACK;
use crate::plan::drop::decide::{self, Next, Settled, Standing};
use crate::plan::drop::message::{Removal, Transaction};
use crate::plan::drop::{Archive, Dropping};

/// How long the end of an old dump may take.
const GOING: Duration = Duration::from_secs(10);
const AGAIN: Duration = Duration::from_millis(20);

/// Drops the target, or what is left of it.
pub(super) async fn run(at_hand: &AtHand<'_>, dropping: &Dropping) -> Outcome {
    let (plan, run) = (&at_hand.common.plan, at_hand.common.run.short());
    let Some(removal) = Removal::of(plan, dropping, at_hand.job.target, run) else {
        return Outcome::Refused(settle::no_message());
    };
    let name = match at_hand.send(&removal.look(), silence(at_hand)).await {
        Ok(rows) => rows.last().and_then(|row| row.first().cloned().flatten()),
        Err(failed) => return Undone::of(at_hand, failed).outcome(),
    };
    match decide::begin(Standing::of(name.as_deref(), &at_hand.target().schema, &removal.marked)) {
        Next::Skip(skip) => return Outcome::Skipped(skip),
        Next::GoOn => {}
        Next::Begin => {
            let marked = match &dropping.archive {
                Some(archive) => archive_and_mark(at_hand, archive, &removal).await,
                None => at_hand.send(&removal.mark(), silence(at_hand)).await.map(drop).map_err(|failed| {
                    // What is not known is found again by the name.
                    Undone::of(at_hand, failed).outcome()
                }),
            };
            if let Err(outcome) = marked {
                return outcome;
            }
            failpoint::pass(Place::Part);
        }
    }
    remove::remove(at_hand, &removal, dropping).await
}

/// Finds out what became of it.
pub(super) async fn settle(at_hand: &AtHand<'_>, dropping: &Dropping, backend: Option<&Backend>) -> Outcome {
    let (plan, run) = (&at_hand.common.plan, at_hand.common.run.short());
    let Some(removal) = Removal::of(plan, dropping, at_hand.job.target, run) else {
        return Outcome::Refused(settle::no_message());
    };
    match name_now(at_hand, &removal.look_after_others(), backend).await {
        Err(why) => Outcome::Doubt(why),
        Ok(name) => match decide::settle(Standing::of(name.as_deref(), &at_hand.target().schema, &removal.marked)) {
            Settled::Dropped => Outcome::Applied(How::Found),
            Settled::Open => Outcome::Untouched,
            Settled::Skip(skip) => Outcome::Skipped(skip),
        },
    }
}

/// Writes the archive while nobody can write to the schema, and marks the schema in the same transaction.
async fn archive_and_mark(at_hand: &AtHand<'_>, archive: &Archive, removal: &Removal<'_>) -> Result<(), Outcome> {
    end_old_dumps(at_hand, removal).await?;
    let done = async {
        let rows = at_hand.send(&removal.lock(), silence(at_hand)).await.map_err(|failed| Undone::of(at_hand, failed))?;
        let transaction: Option<Transaction> = rows.last().and_then(|row| row.first()?.as_deref()?.parse().ok());
        let made = archive::make(at_hand, archive, removal).await?;
        failpoint::pass(Place::Part);
        let message = removal.mark_and_commit(transaction.unwrap_or_default());
        at_hand.send(&message, silence(at_hand)).await.map_err(|failed| Undone::of(at_hand, failed))?;
        at_hand.noted(made);
        Ok(())
    };
    let done: Result<(), Undone> = done.await;
    let Err(undone) = done else { return Ok(()) };
    if !at_hand.writer.is_lost() {
        // A connection that cannot even do that has lost the transaction with itself.
        let _rolled_back = at_hand.writer.send(ROLLBACK, silence(at_hand)).await;
    }
    Err(undone.outcome())
}

async fn end_old_dumps(at_hand: &AtHand<'_>, removal: &Removal<'_>) -> Result<(), Outcome> {
    let deadline = tokio::time::Instant::now() + GOING;
    loop {
        let rows = at_hand.send(&removal.end_dumps(), silence(at_hand)).await;
        let rows = rows.map_err(|failed| Undone::of(at_hand, failed).outcome())?;
        if rows.is_empty() || tokio::time::Instant::now() > deadline {
            return Ok(());
        }
        tokio::time::sleep(AGAIN).await;
    }
}

fn silence(at_hand: &AtHand<'_>) -> Duration {
    /// Each message has a few statements that each may take as long as the policy says.
    const STATEMENTS: usize = 8;
    migrate::silence(at_hand.common.plan.policy.statement_timeout_ms, STATEMENTS)
}
