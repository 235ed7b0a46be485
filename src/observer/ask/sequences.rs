//! Where the sequences stand of the keys that may be near their end. Reading a sequence opens and locks it, so this is asked by a
//! person alone: in batches, one transaction each, never waiting behind somebody's lock. Must not judge it.

use std::collections::HashSet;
use std::time::Duration;

use jiff::Timestamp;

use crate::domain::fault::{Fault, FaultKind};
use crate::domain::pressure::{SequenceFacts, SequenceReading, SequenceValue};
use crate::observer::passes::{QUICK, WHOLE};
use crate::pg::catalog::pressure::{self, Sequence};
use crate::pg::{Limits, Session, Texts, catalog};
use crate::sqltext::qualified;

/// Whoever works on a sequence goes first.
const POLITE: Limits = Limits { lock: Duration::from_millis(100), statement: Duration::from_secs(15) };
/// Sequences that one transaction reads, holding a lock on each.
const BATCH: usize = 500;

pub(super) async fn read(session: &Session) -> Result<SequenceFacts, Fault> {
    let reading = session.read(WHOLE).await?;
    let settings = pressure::settings(&reading).await?;
    let (_, large) = pressure::relations(&reading, &settings).await?;
    let (found, without) = pressure::sequences(&reading, &large).await?;
    reading.finish().await?;
    let locked = locked(session).await?;

    let (mut told, mut asked): (Vec<SequenceReading>, Vec<SequenceReading>) = (Vec::new(), Vec::new());
    for Sequence { oid, reading, readable } in found {
        match (readable, locked.contains(&oid)) {
            (false, _) => told.push(reading),
            (true, true) => told.push(SequenceReading { value: SequenceValue::Busy, ..reading }),
            (true, false) => asked.push(reading),
        }
    }
    let mut failed = Vec::new();
    for (batch, answer) in ask(session, &asked, BATCH).await? {
        match answer {
            Ok(rows) => told.extend(values(batch, &rows)),
            Err(_) => failed.extend_from_slice(batch),
        }
    }
    // One that somebody has locked meanwhile, or dropped, spoils its batch: each by itself spoils only itself.
    for (one, answer) in ask(session, &failed, 1).await? {
        match answer {
            Ok(rows) => told.extend(values(one, &rows)),
            Err(fault) if fault.kind == FaultKind::Gone => {}
            Err(fault) => {
                let value = if fault.kind == FaultKind::Busy { SequenceValue::Busy } else { SequenceValue::Unreadable };
                told.extend(one.iter().cloned().map(|reading| SequenceReading { value, ..reading }));
            }
        }
    }
    told.sort_by(|a, b| {
        let share = |reading: &SequenceReading| reading.share().unwrap_or(-1.0);
        share(b).total_cmp(&share(a)).then_with(|| (&a.schema, &a.name).cmp(&(&b.schema, &b.name)))
    });
    Ok(SequenceFacts { as_of: Timestamp::now(), sequences: told, without })
}

async fn locked(session: &Session) -> Result<HashSet<u32>, Fault> {
    let reading = session.read(QUICK).await?;
    let locked = catalog::locked(&reading).await?;
    reading.finish().await?;
    Ok(locked)
}

type Answers<'a> = Vec<(&'a [SequenceReading], Result<Texts, Fault>)>;

/// Asks so many at once. A fault means that the link is lost.
async fn ask<'a>(session: &Session, sequences: &'a [SequenceReading], at_once: usize) -> Result<Answers<'a>, Fault> {
    let statement = |(at, reading): (usize, &SequenceReading)| {
        pressure::sequence_statement(at, &qualified(&reading.schema, &reading.name))
    };
    let batches = sequences.chunks(at_once);
    let statements: Vec<String> =
        batches.clone().map(|batch| batch.iter().enumerate().map(statement).collect::<Vec<_>>().join(";")).collect();
    Ok(batches.zip(session.each(POLITE, &statements).await?).collect())
}

/// What a batch told. A row of the answer is a number within the batch, the last value, and whether it was given.
fn values<'a>(batch: &'a [SequenceReading], rows: &'a Texts) -> impl Iterator<Item = SequenceReading> + 'a {
    rows.iter().filter_map(|row| {
        let text = |at: usize| row.get(at)?.as_deref();
        let reading = batch.get(text(0)?.parse::<usize>().ok()?)?;
        let last: i64 = text(1)?.parse().ok()?;
        let value = SequenceValue::Read((text(2)? == "t").then_some(last));
        Some(SequenceReading { value, ..reading.clone() })
    })
}
