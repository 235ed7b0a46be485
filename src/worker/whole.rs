//! What drops and renames have in common: what a refusal means where no ledger can be asked, and which name a schema has once whoever
//! worked on it is gone. Must not decide what comes next.

use std::time::Duration;

use super::at_hand::AtHand;
use super::job::Outcome;
use super::judge::{self, Sent, Verdict};
use super::settle;
use crate::domain::run::{Backend, Cause, Skip};
use crate::pg::write::Refused;

/// Why a message had no effect.
#[derive(Debug)]
pub(super) enum Undone {
    /// The schema is left out.
    Skipped(Skip),
    /// The server refused it.
    Cause(Cause),
    /// It was cancelled because the run was.
    Cancelled,
    /// Nobody knows whether it had none: safe to show.
    Unknown(String),
}

impl Undone {
    /// What a failed sending means.
    pub(super) fn of(at_hand: &AtHand<'_>, failed: Option<Refused>) -> Self {
        let Some(refused) = failed else {
            return Self::Unknown("the server was asked to cancel it and does not answer".to_owned());
        };
        if refused.lost {
            return Self::Unknown(refused.fault.what);
        }
        if at_hand.common.cancel.is_cancelled() && refused.sqlstate.as_deref() == Some("57014") {
            return Self::Cancelled;
        }
        match judge::verdict(&refused, Sent::Other, &at_hand.target().schema) {
            Verdict::Gone => Self::Skipped(Skip::Gone),
            Verdict::Renamed => Self::Skipped(Skip::Renamed),
            Verdict::Cause(cause) | Verdict::AskLedger(cause) => Self::Cause(cause),
        }
    }

    /// For a message that was all there was to do.
    pub(super) fn outcome(self) -> Outcome {
        match self {
            Self::Skipped(skip) => Outcome::Skipped(skip),
            Self::Cause(cause) => Outcome::Refused(cause),
            Self::Cancelled => Outcome::Untouched,
            Self::Unknown(why) => Outcome::Doubt(why),
        }
    }
}

/// Asks for the name that the schema of a target in doubt has now, after the process that had it has ended. `None` when there is no
/// schema. The fault is safe to show.
pub(super) async fn name_now(
    at_hand: &AtHand<'_>,
    question: &str,
    backend: Option<&Backend>,
) -> Result<Option<String>, String> {
    let writer = at_hand.writer;
    // A pooler hands its processes to others: whoever has ours now must not be hurt. The lock of the schema is waited for instead.
    let old = backend.filter(|old| old.start_us != 0 && !writer.is_pooled() && *old != writer.backend());
    if let Some(old) = old {
        settle::end(writer, old).await?;
    }
    let patience = Duration::from_millis(at_hand.common.plan.policy.lock_timeout_ms.into()) + Duration::from_mins(1);
    let rows = writer.send(question, patience).await.map_err(|refused| refused.fault.what)?;
    Ok(rows.last().and_then(|row| row.first().cloned().flatten()))
}
