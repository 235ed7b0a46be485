//! Who is connected and does what, read every two seconds while a person looks. Must not judge it.

use std::time::{Duration, Instant};

use jiff::Timestamp;

use super::Target;
use crate::domain::fault::Fault;
use crate::domain::session::SessionFacts;
use crate::pg::{Limits, Session, catalog};

/// Nothing is waited for, and an answer that comes late is worth little.
const BRISK: Limits = Limits { lock: Duration::from_millis(100), statement: Duration::from_secs(3) };

pub(super) async fn read(session: &Session, _target: &Target) -> Result<SessionFacts, Fault> {
    read_within(session, BRISK).await
}

/// The same for whoever decides by it, and rather waits than does not know.
pub(in crate::observer) async fn read_within(session: &Session, limits: Limits) -> Result<SessionFacts, Fault> {
    let (as_of, began) = (Timestamp::now(), Instant::now());
    let reading = session.read(limits).await?;
    // Sent together: one round trip.
    let (sessions, prepared, holders) =
        tokio::join!(catalog::sessions(&reading), catalog::prepared(&reading), catalog::session_locks(&reading));
    let (mut sessions, mut prepared, mut holders) = (sessions?, prepared?, holders?);
    reading.finish().await?;
    for it in &mut sessions {
        if let Some(found) = holders.sessions.remove(&it.pid) {
            (it.holds, it.locks, it.are_locks_cut) = (found.holds, found.locks, found.is_cut);
        }
    }
    for it in &mut prepared {
        if let Some(found) = holders.prepared.remove(&it.name) {
            (it.holds, it.locks, it.are_locks_cut) = (found.holds, found.locks, found.is_cut);
        }
    }
    let took_ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
    Ok(SessionFacts { as_of, took_ms, sessions, prepared })
}
