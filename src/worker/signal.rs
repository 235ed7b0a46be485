//! A server process is asked to end its query, or to end, and it is looked whether it did. Must not decide whom to ask.

use std::time::Duration;

use super::at_hand::AtHand;
use super::job::Outcome;
use super::judge;
use crate::domain::run::{Cause, CauseKind, How};
use crate::pg::write::Refused;
use crate::plan::signal::Signal;

/// How often and in which rhythm it is looked whether it has ended. What rolls back much takes longer.
const LOOKS: u32 = 40;
const LOOK: Duration = Duration::from_millis(250);

/// Asks, and waits until it is so.
pub(super) async fn run(at_hand: &AtHand<'_>, signal: &Signal) -> Outcome {
    match asked(at_hand, signal).await {
        Ok(outcome) => outcome,
        Err(refused) if refused.lost => Outcome::Doubt(refused.fault.what),
        Err(refused) => Outcome::Refused(judge::cause(&refused, None, "")),
    }
}

/// What became of it by another connection: where it is still there it is asked again, which meets it or nobody.
pub(super) async fn settle(at_hand: &AtHand<'_>, signal: &Signal) -> Outcome {
    match at_hand.writer.is_there(&signal.backend, signal.query_us).await {
        Ok(true) => Outcome::Untouched,
        Ok(false) => Outcome::Applied(How::Found),
        Err(refused) => Outcome::Doubt(refused.fault.what),
    }
}

async fn asked(at_hand: &AtHand<'_>, signal: &Signal) -> Result<Outcome, Refused> {
    let (writer, backend) = (at_hand.writer, &signal.backend);
    let was_there = if signal.terminate {
        !writer.terminate(backend).await?
    } else {
        writer.cancel_query(backend, signal.query_us).await?
    };
    if !was_there {
        return Ok(if signal.terminate { Outcome::Applied(How::Found) } else { Outcome::Refused(over()) });
    }
    for _ in 0..LOOKS {
        if !writer.is_there(backend, signal.query_us).await? {
            return Ok(Outcome::Applied(How::Committed(0)));
        }
        tokio::time::sleep(LOOK).await;
    }
    Ok(Outcome::Refused(still_there(signal.terminate)))
}

fn over() -> Cause {
    let what = "its query had ended before".to_owned();
    Cause { kind: CauseKind::Statement, sqlstate: None, what, statement: None, hint: None }
}

fn still_there(terminate: bool) -> Cause {
    let (what, hint) = if terminate {
        ("it was told to end and is still there", "what it rolls back may take long: look again")
    } else {
        ("it was asked to end its query, which still runs", "look again, or terminate it")
    };
    Cause { kind: CauseKind::TimedOut, sqlstate: None, what: what.to_owned(), statement: None, hint: Some(hint.to_owned()) }
}
