//! A migration on one target: its one message is sent and what came of it is judged. What cannot run in a transaction is
//! [`super::outside`]'s. Must not decide what comes next.

use std::time::Duration;

use super::at_hand::AtHand;
use super::job::Outcome;
use super::judge::{self, Sent, Verdict};
use super::settle;
use crate::domain::run::{Cause, How, Skip};
use crate::pg::write::Refused;
use crate::plan::message::{Guards, KEPT, LedgerSays, Message, message};

/// Carries the migration at hand out.
pub(super) async fn run(at_hand: &AtHand<'_>) -> Outcome {
    let AtHand { common, job, .. } = *at_hand;
    let is_outside = common.plan.step(job.target, job.done).is_some_and(|step| !step.transactional);
    if is_outside {
        return super::outside::run(at_hand).await;
    }
    let guards = at_hand.keeping.next(at_hand.writer, &common.plan.policy).await;
    guarded(at_hand, guards).await
}

async fn guarded(at_hand: &AtHand<'_>, guards: Guards) -> Outcome {
    let AtHand { common, job, .. } = *at_hand;
    let Some(message) = message(&common.plan, job.target, job.done, guards) else {
        return Outcome::Refused(settle::no_message());
    };
    match send(at_hand, &message).await {
        Ok(transaction) => Outcome::Applied(How::Committed(transaction)),
        Err(None) => Outcome::Doubt("the server was asked to cancel it and does not answer".to_owned()),
        Err(Some(refused)) if refused.lost => Outcome::Doubt(refused.fault.what),
        Err(Some(refused)) if common.cancel.is_cancelled() && refused.sqlstate.as_deref() == Some("57014") => {
            Outcome::Untouched
        }
        // A migration discarded what the session kept. Nothing was done.
        Err(Some(refused)) if guards == Guards::Kept && is_about_guards(&refused) => {
            Box::pin(guarded(at_hand, Guards::Spelled)).await
        }
        Err(Some(refused)) => judged(at_hand, &refused, &message).await,
    }
}

/// Whether a function of ours is not there.
fn is_about_guards(refused: &Refused) -> bool {
    refused.sqlstate.as_deref() == Some("42883") && refused.message.contains(KEPT)
}

/// Sends the message and gives the transaction that it was. Nothing is known of one that was cancelled and not answered in time.
async fn send(at_hand: &AtHand<'_>, message: &Message) -> Result<u64, Option<Refused>> {
    let AtHand { common, job, .. } = *at_hand;
    let statements = common.plan.step(job.target, job.done).map_or(1, |step| step.statements.len());
    let silence = silence(common.plan.policy.statement_timeout_ms, statements);
    let answer = at_hand.send(&message.text, silence).await?;
    let transaction = answer.last().and_then(|row| row.first()?.as_deref()?.parse().ok());
    Ok(transaction.unwrap_or_default())
}

async fn judged(at_hand: &AtHand<'_>, refused: &Refused, message: &Message) -> Outcome {
    let AtHand { writer, common, job, .. } = *at_hand;
    let schema = &common.plan.targets[job.target as usize].schema;
    match judge::verdict(refused, Sent::Migration(message), schema) {
        Verdict::Gone => Outcome::Skipped(Skip::Gone),
        Verdict::Renamed => Outcome::Skipped(Skip::Renamed),
        Verdict::Cause(cause) if cause.sqlstate.as_deref() == Some(judge::OUT_OF_LOCKS) => {
            Outcome::Refused(with_enough_locks(at_hand, cause, message.statement_after(refused.completed)).await)
        }
        Verdict::Cause(cause) => Outcome::Refused(cause),
        Verdict::AskLedger(cause) => match settle::ask(writer, &common.plan, job).await {
            settle::Said::Ledger(LedgerSays::Done) => Outcome::Applied(How::Another),
            settle::Said::Ledger(LedgerSays::Moved) => Outcome::Skipped(Skip::LedgerMoved),
            settle::Said::Skip(skip) => Outcome::Skipped(skip),
            // It is certain that our message was undone: what is not known is only whether another one was faster.
            settle::Said::Ledger(LedgerSays::Open) | settle::Said::Unknown(_) => Outcome::Refused(cause),
        },
    }
}

/// The cause with the setting that would do for the whole migration, if the server tells how big its lock table is.
async fn with_enough_locks(at_hand: &AtHand<'_>, cause: Cause, at_work: Option<u16>) -> Cause {
    let AtHand { writer, common, job, .. } = *at_hand;
    let of = common.plan.step(job.target, job.done).map_or(0, |step| step.statements.len() as u16);
    let done = at_work.map_or(of, |at_work| at_work.saturating_sub(1));
    match writer.lock_table().await {
        Ok(table) => Cause { hint: Some(judge::enough_locks(table, done, of)), ..cause },
        Err(_) => cause,
    }
}

/// The server keeps the limit for each statement by itself; one that is silent for longer than all of them is frozen.
pub(super) fn silence(statement_timeout_ms: u32, statements: usize) -> Duration {
    /// For the guards and the ledger.
    const GRACE: Duration = Duration::from_mins(1);
    const A_DAY: Duration = Duration::from_hours(24);
    if statement_timeout_ms == 0 {
        return A_DAY;
    }
    let statements = u32::try_from(statements).unwrap_or(u32::MAX);
    (Duration::from_millis(statement_timeout_ms.into()).saturating_mul(statements)).saturating_add(GRACE).min(A_DAY)
}
