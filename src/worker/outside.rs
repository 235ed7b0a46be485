//! A migration whose statements cannot run in a transaction: one after the other on one direct session that holds the schema's lock,
//! each noted when it is done. Must not pretend that what ended half-way did not happen.

use std::time::Duration;

use super::at_hand::AtHand;
use super::executor::Common;
use super::failpoint::{self, Place};
use super::job::{Job, Outcome};
use super::judge::{self, Sent, Verdict};
use super::settle::{self, Said};
use crate::domain::name::shown;
use crate::domain::run::{Cause, CauseKind, How, Skip};
use crate::pg::write::{Refused, Writer};
use crate::plan::message::half_way::{Look, Stands, look};
use crate::plan::message::outside::{Outside, outside};
use crate::plan::message::{LedgerSays, MOVED};

/// Settings and ledgers answer quickly.
const SOON: Duration = Duration::from_mins(2);
/// An index of a large table takes its time, and the server may be silent all along.
const LONG: Duration = Duration::from_hours(24 * 7);

/// Carries it out.
pub(super) async fn run(at_hand: &AtHand<'_>) -> Outcome {
    let AtHand { writer, common, job, .. } = *at_hand;
    let texts = |begun| outside(&common.plan, job.target, job.done, job.statements, begun);
    let (Some(texts), Some(begun)) = (texts(false), texts(true)) else { return Outcome::Refused(settle::no_message()) };
    if writer.is_pooled() {
        return Outcome::Refused(settle::needs_direct("statements that cannot run in a transaction"));
    }
    let outcome = steps(at_hand, &texts, &begun).await;
    if !writer.is_lost() {
        // A session that cannot give the lock back is closed by the loss that this shows.
        let _released = writer.send(&texts.release, SOON).await;
    }
    outcome
}

async fn steps(at_hand: &AtHand<'_>, new: &Outside, begun: &Outside) -> Outcome {
    let AtHand { writer, common, job, .. } = *at_hand;
    let schema = &common.plan.targets[job.target as usize].schema;
    let mut texts = new;
    if let Err(refused) = writer.send(&new.before, SOON).await {
        if refused.lost || refused.sqlstate.as_deref() != Some(MOVED) {
            return before_failed(writer, common, job, &refused).await;
        }
        // Perhaps the ledger says that it was begun: then it is as expected in that case. The lock counts how often a session took it,
        // and is given back once: it would be left to a session that works on other schemas.
        for text in [&new.release, &begun.before] {
            if let Err(refused) = writer.send(text, SOON).await {
                return before_failed(writer, common, job, &refused).await;
            }
        }
        texts = begun;
    }
    let mut count = job.statements;
    for statement in &texts.statements {
        if let Err(refused) = writer.send(statement, LONG).await {
            if refused.lost {
                return Outcome::Doubt(refused.fault.what);
            }
            let cause = judge::cause(&refused, Some(count + 1), schema);
            return half_way(writer, texts, count, cause).await;
        }
        failpoint::pass(Place::Statement);
        count += 1;
        if !at_hand.statement_done(count).await {
            return Outcome::Doubt("the journal cannot be written".to_owned());
        }
        failpoint::pass(Place::NextStatement);
    }
    match writer.send(&texts.after, SOON).await {
        Ok(rows) => {
            let transaction = rows.last().and_then(|row| row.first()?.as_deref()?.parse().ok());
            Outcome::Applied(How::Committed(transaction.unwrap_or_default()))
        }
        Err(refused) if refused.lost => Outcome::Doubt(refused.fault.what),
        Err(refused) => Outcome::Dirty(count, judge::cause(&refused, None, schema)),
    }
}

async fn before_failed(writer: &Writer, common: &Common, job: Job, refused: &Refused) -> Outcome {
    if refused.lost {
        return Outcome::Doubt(refused.fault.what.clone());
    }
    let schema = &common.plan.targets[job.target as usize].schema;
    match judge::verdict(refused, Sent::Ledger, schema) {
        Verdict::Gone => Outcome::Skipped(Skip::Gone),
        Verdict::Renamed => Outcome::Skipped(Skip::Renamed),
        Verdict::Cause(cause) => Outcome::Refused(cause),
        Verdict::AskLedger(cause) => match settle::ask(writer, &common.plan, job).await {
            Said::Ledger(LedgerSays::Done) => Outcome::Applied(How::Another),
            Said::Ledger(LedgerSays::Moved) => Outcome::Skipped(Skip::LedgerMoved),
            Said::Skip(skip) => Outcome::Skipped(skip),
            Said::Ledger(LedgerSays::Open) | Said::Unknown(_) => Outcome::Refused(cause),
        },
    }
}

/// What a statement that failed leaves: the first one of a migration may leave nothing at all.
async fn half_way(writer: &Writer, texts: &Outside, done: u16, mut cause: Cause) -> Outcome {
    let left = match writer.send(&texts.invalid_indexes, SOON).await {
        Ok(rows) => rows.iter().filter_map(|row| row.first()?.clone()).collect::<Vec<_>>(),
        Err(_) => Vec::new(),
    };
    if !left.is_empty() {
        let names: Vec<String> = left.iter().map(|name| shown(name).into_owned()).collect();
        cause.hint = Some(format!("drop the invalid index before it is tried again: {}", names.join(", ")));
    }
    Outcome::Dirty(done, cause)
}

/// What became of one whose connection was lost, where the ledger does not have it: its statements are looked at one by one. Where
/// all of them can be known it goes on at the first that is open; at one that nobody can tell it is half-way.
pub(super) async fn left(writer: &Writer, common: &Common, job: Job) -> Outcome {
    let texts = outside(&common.plan, job.target, job.done, job.statements, false);
    let Some(texts) = texts else { return Outcome::Refused(settle::no_message()) };
    let (mut known, mut at) = (0, 0);
    while let Some(look) = look(&common.plan, job.target, job.done, at) {
        let is_noted = at < job.statements;
        let stands = match see(writer, &look).await {
            Ok(stands) => stands,
            Err(refused) if refused.lost => return Outcome::Doubt(refused.fault.what),
            Err(_) => Stands::HalfDone(None),
        };
        match stands {
            // They go in turn: an index that is there says that what came before it was done, noted or not.
            Stands::Done if known == at || look.shows_what_was_before() => known = at + 1,
            // What leaves nothing to be seen is done because it was noted.
            Stands::Open | Stands::HalfDone(_) if is_noted && !look.can_be_seen() => known = at + 1,
            // Not noted: perhaps a later one tells.
            Stands::Open if !look.can_be_seen() => {}
            Stands::Done | Stands::Open => break,
            Stands::HalfDone(hint) => {
                let hint = hint.unwrap_or_else(|| "look whether the statement was done, then try it again".to_owned());
                return half_way(writer, &texts, known, lost_between(at, hint)).await;
            }
        }
        at += 1;
    }
    Outcome::Known(known)
}

async fn see(writer: &Writer, look: &Look) -> Result<Stands, Refused> {
    let rows = match &look.question {
        Some(question) => writer.send(question, SOON).await?,
        None => Vec::new(),
    };
    Ok(look.stands(&rows))
}

fn lost_between(at: u16, hint: String) -> Cause {
    Cause {
        kind: CauseKind::Strange,
        sqlstate: None,
        what: "the connection was lost between statements that cannot run in a transaction".to_owned(),
        statement: Some(at + 1),
        hint: Some(hint),
    }
}
