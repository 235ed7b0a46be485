//! `runs prune`: removes records of runs that ended long ago. Must not touch one that goes on or can be resumed.

use std::time::SystemTime;

use jiff::{SignedDuration, Timestamp};

use super::words;
use crate::cli::failure::{Failure, told};
use crate::cli::paper::narrate;
use crate::cli::verbs::{Answer, counted};
use crate::domain::name::shown;
use crate::domain::units;
use crate::runs::{Place, Record};

const DAY: i64 = 24 * 60 * 60;
/// Whatever was not made or removed within this time never will be.
const MAKING: SignedDuration = SignedDuration::from_hours(1);

pub(super) fn run(place: &Place, days: u32, yes: bool) -> Result<Answer, Failure> {
    let now = Timestamp::now();
    let oldest = SignedDuration::from_secs(i64::from(days) * DAY);
    let mut old = Vec::new();
    for read in place.list()? {
        match read {
            Ok(record) if is_old(&record, oldest, now) => old.push(record),
            Ok(_) => {}
            Err(fault) => narrate(&told(&format!("{}: it stays", fault.what), fault.hint.as_deref())),
        }
    }
    let mut text = String::new();
    for record in &old {
        let ended = record.state.last.map_or(String::new(), |last| units::ago(last, now));
        let line = format!("{}  {}  {}  {ended}\n", record.folder.id, record.word(), words::what(&record.plan.kind));
        if yes {
            record.remove()?;
        }
        text.push_str(&line);
    }
    let before = now.saturating_sub(oldest.max(MAKING)).unwrap_or(Timestamp::MIN);
    for left in place.leftovers(SystemTime::from(before))? {
        if yes {
            place.remove_leftover(&left)?;
        }
        let name = left.file_name().unwrap_or_default().to_string_lossy().into_owned();
        text.push_str(&format!("{}  what an interruption left of a run\n", shown(&name)));
    }
    let count = counted(old.len() as u64, "run", "runs");
    narrate(&if yes {
        format!("{count} removed\n")
    } else if old.is_empty() {
        format!("no run ended {} ago or earlier\n", counted(days.into(), "day", "days"))
    } else {
        format!("{count} would be removed; --yes does it\n")
    });
    Ok(Answer::done(text))
}

/// Whether it ended so long ago.
fn is_old(record: &Record, oldest: SignedDuration, now: Timestamp) -> bool {
    !record.alive && record.end().is_some() && record.state.last.is_some_and(|last| now.duration_since(last) >= oldest)
}
