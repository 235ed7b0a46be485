//! Who is connected, what they hold and what they wait for, from the server's views of itself. Takes no lock on a table; must not
//! judge it.

use std::collections::HashMap;

use crate::domain::fault::Fault;
use crate::domain::session::{Awaited, Held, LockMode, Ms, Prepared, Process, Session, State, Wait};
use crate::pg::session::{Param, Reading, Row};

/// The characters of a query that are read; the server itself keeps 1,024 bytes unless told otherwise.
const QUERY: i64 = 4_096;
/// The locks of one holder that are looked at.
const LOCKS: i64 = 2_000;

/// The sessions of this database, without the locks that they hold, by pid.
pub async fn sessions(reading: &Reading<'_>) -> Result<Vec<Session>, Fault> {
    let rows = reading.rows(include_str!("../sql/sessions.sql"), &[Param::Int(QUERY)]).await?;
    rows.iter().map(session).collect()
}

/// One process by its number, of whatever database of the server.
pub async fn backend(reading: &Reading<'_>, pid: i32) -> Result<Option<Process>, Fault> {
    let rows = reading.rows(include_str!("../sql/backend.sql"), &[Param::Int(pid.into())]).await?;
    rows.first().map(process).transpose()
}

fn process(row: &Row) -> Result<Process, Fault> {
    let ms = |at| Ok::<_, Fault>(row.get::<Option<i64>>(at)?.map(|ms| Ms(ms.max(0).unsigned_abs())));
    let kind: Option<String> = row.get(7)?;
    Ok(Process {
        pid: row.get(0)?,
        start_us: row.get(1)?,
        query_us: row.get(2)?,
        state: if kind.is_none() { State::Hidden } else { State::of(row.get(3)?) },
        user: row.get(4)?,
        application: row.get(5)?,
        client: row.get(6)?,
        kind,
        query_age: ms(8)?,
        transaction: ms(9)?,
        query: row.get(10)?,
        is_asker: row.get(11)?,
    })
}

fn session(row: &Row) -> Result<Session, Fault> {
    let ms = |at| Ok::<_, Fault>(row.get::<Option<i64>>(at)?.map(|ms| Ms(ms.max(0).unsigned_abs())));
    let kind: Option<String> = row.get(5)?;
    let (wait_kind, wait_event): (Option<String>, Option<String>) = (row.get(7)?, row.get(8)?);
    let mode = row.get::<Option<&str>>(19)?.and_then(LockMode::of);
    let awaits = match (row.get::<Option<String>>(18)?, mode) {
        (Some(kind), Some(mode)) => Some(Awaited { kind, mode, schema: row.get(20)?, relation: row.get(21)? }),
        _ => None,
    };
    // The server tells everybody who is there, and hides the type of a process with all that it does.
    let is_hidden = kind.is_none();
    Ok(Session {
        pid: row.get(0)?,
        elsewhere: row.get(1)?,
        user: row.get(2)?,
        application: row.get(3)?,
        client: row.get(4)?,
        state: if is_hidden { State::Hidden } else { State::of(row.get(6)?) },
        kind,
        wait: wait_kind.zip(wait_event).map(|(kind, event)| Wait { kind, event }),
        connected: ms(9)?,
        transaction: ms(10)?,
        query_began: ms(11)?,
        in_state: ms(12)?,
        query: row.get::<Option<String>>(13)?.filter(|query| !is_hidden && !query.is_empty()),
        is_query_cut: row.get::<Option<bool>>(14)?.unwrap_or_default(),
        snapshot: row.get::<Option<i32>>(15)?.map(|age| age.max(0).unsigned_abs()),
        leader: row.get(16)?,
        blocked_by: row.get::<Option<Vec<i32>>>(17)?.map_or_else(Vec::new, |mut pids| {
            pids.sort_unstable();
            pids.dedup();
            pids
        }),
        awaits,
        holds: Vec::new(),
        locks: 0,
        are_locks_cut: false,
        is_ours: row.get(22)?,
    })
}

/// The prepared transactions of this database, without the locks that they hold, by name.
pub async fn prepared(reading: &Reading<'_>) -> Result<Vec<Prepared>, Fault> {
    let rows = reading.rows(include_str!("../sql/session_prepared.sql"), &[]).await?;
    let read = |row: &Row| {
        let age: i64 = row.get(2)?;
        let age = Ms(age.max(0).unsigned_abs());
        Ok(Prepared { name: row.get(0)?, user: row.get(1)?, age, ..Prepared::default() })
    };
    rows.iter().map(read).collect()
}

/// What one holder holds.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Holdings {
    /// By schema and strength.
    pub holds: Vec<Held>,
    /// How many locks on relations and schemas in all.
    pub locks: u64,
    /// Whether only some of them were looked at.
    pub is_cut: bool,
}

/// Who holds locks in schemas.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Holders {
    /// Sessions by pid.
    pub sessions: HashMap<i32, Holdings>,
    /// Prepared transactions by raw name.
    pub prepared: HashMap<String, Holdings>,
}

/// The locks on relations and schemas of this database.
pub async fn session_locks(reading: &Reading<'_>) -> Result<Holders, Fault> {
    let rows = reading.rows(include_str!("../sql/session_locks.sql"), &[Param::Int(LOCKS)]).await?;
    let mut holders = Holders::default();
    for row in &rows {
        let (pid, name): (Option<i32>, Option<String>) = (row.get(0)?, row.get(1)?);
        let Some(mode) = LockMode::of(row.get(3)?) else { continue };
        let holder = match (pid, name) {
            (Some(pid), _) => holders.sessions.entry(pid).or_default(),
            (None, Some(name)) => holders.prepared.entry(name).or_default(),
            // It ended between the two looks at it.
            (None, None) => continue,
        };
        holder.locks = row.get(6)?;
        holder.is_cut = holder.locks > LOCKS.unsigned_abs();
        holder.holds.push(Held { schema: row.get(2)?, mode, count: row.get(4)?, relation: row.get(5)? });
    }
    Ok(holders)
}
