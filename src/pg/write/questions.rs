//! What a worker asks a server beside its work: who it is, who waits for whom, how far replicas are behind. Must not change any
//! object of a database.

use super::{Refused, Writer};
use crate::domain::catalog::Oid;
use crate::domain::fault::{Fault, FaultKind};
use crate::domain::name::shown;
use crate::domain::run::Backend;
use crate::pg::session::{Param, Row};

/// Which database a connection leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// `pg_control_system().system_identifier`; `None` when the role may not ask.
    pub system_identifier: Option<u64>,
    /// `pg_database.oid`.
    pub oid: Oid,
    /// Its raw name.
    pub name: String,
    /// Whether it is a standby.
    pub standby: bool,
    /// Whether it takes no writes, be it as standby or by a setting.
    pub read_only: bool,
    /// When the server process began, in microseconds since 1970: another one after a restart, and on another server.
    pub server_start_us: i64,
}

/// A process that waits for a lock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    /// Who waits.
    pub pid: i32,
    /// Whom for: the one that has had its transaction the longest.
    pub blocker: i32,
    /// For how long that one has had its transaction, in milliseconds.
    pub ms: u64,
    /// What that one does, safe to show.
    pub what: String,
}

/// The lock table that all sessions of a server share.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LockTable {
    /// `max_locks_per_transaction`.
    pub setting: u64,
    /// How many transactions there may be at once, those of the server itself too: the table has room for so many times the setting.
    pub transactions: u64,
}

impl Writer {
    /// Which database this is.
    pub async fn identity(&self) -> Result<Identity, Refused> {
        let rows = self.rows(include_str!("../sql/writer_identity.sql"), &[]).await?;
        let row = only(&rows)?;
        let may_ask: bool = row.get(3)?;
        let identifier: Option<i64> =
            if may_ask { only(&self.rows(include_str!("../sql/system_identifier.sql"), &[]).await?)?.get(0)? } else { None };
        Ok(Identity {
            system_identifier: identifier.map(i64::cast_unsigned),
            oid: row.get(0)?,
            name: row.get(1)?,
            standby: row.get(2)?,
            read_only: row.get(4)?,
            server_start_us: row.get(5)?,
        })
    }

    /// Asks the server to end this process, if it is still that one. Gives whether it is gone.
    pub async fn terminate(&self, backend: &Backend) -> Result<bool, Refused> {
        let params = [Param::Int(i64::from(backend.pid)), Param::Int(backend.start_us)];
        Ok(self.rows(include_str!("../sql/writer_terminate.sql"), &params).await?.is_empty())
    }

    /// Asks the server to end the query of this process that began then (microseconds since 1970), if it still runs. Gives whether it
    /// did.
    pub async fn cancel_query(&self, backend: &Backend, query_us: i64) -> Result<bool, Refused> {
        Ok(!self.rows(include_str!("../sql/writer_cancel.sql"), &of_query(backend, query_us)).await?.is_empty())
    }

    /// Whether it is still that process and, where a query is meant, still runs that one.
    pub async fn is_there(&self, backend: &Backend, query_us: i64) -> Result<bool, Refused> {
        Ok(!self.rows(include_str!("../sql/writer_there.sql"), &of_query(backend, query_us)).await?.is_empty())
    }

    /// Which of these processes wait for a lock, each once.
    pub async fn waits(&self, pids: &[i32]) -> Result<Vec<Waiting>, Refused> {
        let pids: Vec<u32> = pids.iter().map(|pid| pid.cast_unsigned()).collect();
        let rows = self.rows(include_str!("../sql/writer_waits.sql"), &[Param::Oids(&pids)]).await?;
        let mut waits = rows.iter().map(waiting).collect::<Result<Vec<_>, Fault>>()?;
        waits.dedup_by_key(|waiting| waiting.pid);
        Ok(waits)
    }

    /// By how many seconds the slowest replica is behind; `None` where there is none or nobody may know.
    pub async fn lag(&self) -> Result<Option<u64>, Refused> {
        let rows = self.rows(include_str!("../sql/writer_lag.sql"), &[]).await?;
        Ok(only(&rows)?.get::<Option<i64>>(0)?.map(i64::unsigned_abs))
    }

    /// How big the lock table of the server is.
    pub async fn lock_table(&self) -> Result<LockTable, Refused> {
        let rows = self.rows(include_str!("../sql/writer_lock_table.sql"), &[]).await?;
        let row = only(&rows)?;
        Ok(LockTable { setting: row.get(0)?, transactions: row.get(1)? })
    }

    /// Takes the turn of the one run that works on this database, for as long as this connection lives. Otherwise gives the
    /// `application_name` of who has it, raw.
    pub async fn take_turn(&self, key: (i32, i32)) -> Result<Result<(), String>, Refused> {
        let params = [Param::Int(key.0.into()), Param::Int(key.1.into())];
        let rows = self.rows(include_str!("../sql/writer_turn.sql"), &params).await?;
        if only(&rows)?.get(0)? {
            return Ok(Ok(()));
        }
        let rows = self.rows(include_str!("../sql/writer_turn_of.sql"), &params).await?;
        Ok(Err(rows.first().map(|row| row.get(0)).transpose()?.unwrap_or_default()))
    }

    /// Gives the turn back that [`Self::take_turn`] took.
    pub async fn give_turn(&self, key: (i32, i32)) -> Result<(), Refused> {
        let params = [Param::Int(key.0.into()), Param::Int(key.1.into())];
        self.rows(include_str!("../sql/writer_turn_back.sql"), &params).await.map(drop)
    }
}

fn of_query(backend: &Backend, query_us: i64) -> [Param<'static>; 3] {
    [Param::Int(i64::from(backend.pid)), Param::Int(backend.start_us), Param::Int(query_us)]
}

fn waiting(row: &Row) -> Result<Waiting, Fault> {
    let [who, application, state, query] = [3, 4, 5, 6].map(|at| row.get::<String>(at));
    let (who, application, state, query) = (who?, application?, state?, query?);
    let by =
        if application.is_empty() { shown(&who).into_owned() } else { format!("{} ({})", shown(&who), shown(&application)) };
    let what = if state == "active" { shown(&query).into_owned() } else { format!("{}: {}", shown(&state), shown(&query)) };
    Ok(Waiting {
        pid: row.get(0)?,
        blocker: row.get(1)?,
        ms: row.get::<i64>(2)?.unsigned_abs(),
        what: format!("{by}: {what}"),
    })
}

pub(super) fn only(rows: &[Row]) -> Result<&Row, Fault> {
    rows.first().ok_or_else(|| Fault::new(FaultKind::Server, "the server gave no row where there is always one"))
}
