//! What nobody knows is found out here: the old backend is ended, and the ledger, read under the schema's lock, decides. Must not
//! guess.

use std::time::Duration;

use super::executor::Common;
use super::job::{Job, Outcome};
use crate::domain::run::{Backend, Cause, CauseKind, How, Phase, Skip};
use crate::pg::write::Writer;
use crate::plan::Plan;
use crate::plan::message::{Guard, LedgerSays, ledger_question, ledger_says};
use crate::plan::resume::{self, Decision, Fresh, OldBackend};

/// What came of asking.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Said {
    /// This.
    Ledger(LedgerSays),
    /// The schema is not there any more.
    Skip(Skip),
    /// It could not be asked just now: safe to show.
    Unknown(String),
}

/// How long an old backend may take to go.
const GOING: Duration = Duration::from_secs(10);
const AGAIN: Duration = Duration::from_millis(20);

/// Settles what became of a job that `backend` had, as the table of [`resume`] says.
pub(super) async fn settle(writer: &Writer, common: &Common, job: Job, backend: Option<&Backend>) -> Outcome {
    let plan = &common.plan;
    let transactional = plan.step(job.target, job.done).is_none_or(|step| step.transactional);
    // A pooler hands its processes to others: whoever has ours now must not be hurt. The lock of the schema is waited for instead.
    let old = backend.filter(|old| old.start_us != 0 && !writer.is_pooled() && *old != writer.backend());
    let mut there = match (old, backend) {
        (Some(_), _) => OldBackend::Alive,
        (None, Some(_)) => OldBackend::Hidden,
        (None, None) => OldBackend::Gone,
    };
    let mut fresh = Fresh::Unread;
    loop {
        match (resume::decide(Phase::InDoubt, transactional, there, fresh), old) {
            (Decision::EndBackend, Some(old)) => match end(writer, old).await {
                Ok(()) => there = OldBackend::Gone,
                Err(why) => return Outcome::Doubt(why),
            },
            (Decision::EndBackend, None) => there = OldBackend::Gone,
            (Decision::Ask, _) => match ask(writer, plan, job).await {
                Said::Ledger(says) => fresh = Fresh::Says(says),
                Said::Skip(Skip::Renamed) => fresh = Fresh::Renamed,
                Said::Skip(_) => fresh = Fresh::Gone,
                Said::Unknown(why) => return Outcome::Doubt(why),
            },
            (Decision::Found, _) => return Outcome::Applied(How::Found),
            (Decision::Skip(skip), _) => return Outcome::Skipped(skip),
            (Decision::HalfWay, _) => return super::outside::left(writer, common, job).await,
            // What is in doubt is never left so, nor started: it would be pending at worst.
            (Decision::NotApplied | Decision::Start | Decision::Leave, _) => return Outcome::Untouched,
        }
    }
}

/// Ends a process of the server and waits until it is gone.
pub(super) async fn end(writer: &Writer, old: &Backend) -> Result<(), String> {
    let deadline = tokio::time::Instant::now() + GOING;
    loop {
        match writer.terminate(old).await {
            Ok(true) => return Ok(()),
            Ok(false) if tokio::time::Instant::now() < deadline => tokio::time::sleep(AGAIN).await,
            Ok(false) => return Err(format!("the server process {} does not end", old.pid)),
            Err(refused) => return Err(refused.fault.what),
        }
    }
}

/// Asks the ledger of a target about its migration at hand, under the lock of the schema.
pub(super) async fn ask(writer: &Writer, plan: &Plan, job: Job) -> Said {
    let Some(question) = ledger_question(plan, job.target, job.done) else {
        return Said::Unknown("the ledger of this kind cannot be asked".to_owned());
    };
    let patience = Duration::from_millis(plan.policy.lock_timeout_ms.into()) + Duration::from_mins(1);
    match writer.send(&question, patience).await {
        Ok(rows) => match rows.last().and_then(|row| ledger_says(row)) {
            Some(says) => Said::Ledger(says),
            None => Said::Unknown("the answer about the ledger is not understood".to_owned()),
        },
        Err(refused) => match Guard::of(refused.sqlstate.as_deref().unwrap_or_default(), refused.detail.as_deref()) {
            Some(Guard::Gone) => Said::Skip(Skip::Gone),
            Some(Guard::Renamed) => Said::Skip(Skip::Renamed),
            _ => Said::Unknown(refused.fault.what),
        },
    }
}

/// A plan without a message for one of its targets should never have been approved.
pub(super) fn no_message() -> Cause {
    Cause {
        kind: CauseKind::Strange,
        sqlstate: None,
        what: "the plan has no message for this migration: its ledger is not one that is written".to_owned(),
        statement: None,
        hint: None,
    }
}

/// What needs the lock of a session.
pub(super) fn needs_direct(what: &str) -> Cause {
    Cause {
        kind: CauseKind::Statement,
        sqlstate: None,
        what: format!("{what} need a direct connection, and a pooler stands between"),
        statement: None,
        hint: Some("name the server's own address for this database in fleet.toml".to_owned()),
    }
}
