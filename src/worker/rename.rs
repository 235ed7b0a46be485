//! A rename: one message does it. Must not decide what comes next.

use super::at_hand::AtHand;
use super::job::Outcome;
use super::whole::{Undone, name_now};
use super::{migrate, settle};
use crate::domain::run::{Backend, How};
use crate::plan::rename::{self, Renaming, Settled};

/// Renames the target.
pub(super) async fn run(at_hand: &AtHand<'_>, renaming: &Renaming) -> Outcome {
    let plan = &at_hand.common.plan;
    let Some(message) = rename::message(plan, renaming) else { return Outcome::Refused(settle::no_message()) };
    match at_hand.send(&message, migrate::silence(plan.policy.statement_timeout_ms, 1)).await {
        Ok(rows) => {
            let transaction = rows.last().and_then(|row| row.first()?.as_deref()?.parse().ok());
            Outcome::Applied(How::Committed(transaction.unwrap_or_default()))
        }
        Err(failed) => Undone::of(at_hand, failed).outcome(),
    }
}

/// Finds out what became of it.
pub(super) async fn settle(at_hand: &AtHand<'_>, renaming: &Renaming, backend: Option<&Backend>) -> Outcome {
    let Some(question) = rename::question(&at_hand.common.plan) else { return Outcome::Refused(settle::no_message()) };
    match name_now(at_hand, &question, backend).await {
        Err(why) => Outcome::Doubt(why),
        Ok(name) => match rename::settle(name.as_deref(), &at_hand.target().schema, &renaming.to) {
            Settled::Renamed => Outcome::Applied(How::Found),
            Settled::Open => Outcome::Untouched,
            Settled::Skip(skip) => Outcome::Skipped(skip),
        },
    }
}
