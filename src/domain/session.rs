//! Who is connected to a database, what they do, what they wait for and what they hold. Plain data; must not know how it is read,
//! nor which tenant a session is about.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// The sessions of one database as `pg_stat_activity`, `pg_locks` and `pg_prepared_xacts` told them.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct SessionFacts {
    /// When it was read, by the clock of this machine.
    pub as_of: Timestamp,
    /// How long the reading took, in milliseconds.
    pub took_ms: u64,
    /// Sessions of this database, and those of others that hold one of them up, by pid.
    pub sessions: Vec<Session>,
    /// Transactions that were prepared and neither committed nor rolled back, by their name.
    pub prepared: Vec<Prepared>,
}

/// One server process.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Session {
    /// Its process id.
    pub pid: i32,
    /// The raw name of its database when that is another one than the one that was asked.
    pub elsewhere: Option<String>,
    /// The raw name of its user; background workers may have none.
    pub user: Option<String>,
    /// What it calls itself, raw.
    pub application: String,
    /// Its host name or address; `None` on a local socket.
    pub client: Option<String>,
    /// `backend_type`: `client backend`, `autovacuum worker`; `None` where our role may not see it.
    pub kind: Option<String>,
    /// What it does; [`State::Hidden`] where our role may not see more than that it is there.
    pub state: State,
    /// What it waits for: type and name of the wait event. `Client` means that it waits to be told what to do.
    pub wait: Option<Wait>,
    /// How long it has been connected.
    pub connected: Option<Ms>,
    /// How long its transaction has been open; `None` outside of one.
    pub transaction: Option<Ms>,
    /// How long ago its last query began.
    pub query_began: Option<Ms>,
    /// How long it has been in its state.
    pub in_state: Option<Ms>,
    /// The query that it runs, or the last one that it ran: raw, untrusted, may hold secrets. `None` where our role may not see it.
    pub query: Option<String>,
    /// Whether the end of the query was left out.
    pub is_query_cut: bool,
    /// How many transactions old its snapshot is; `None` without one. It holds up `CREATE INDEX CONCURRENTLY` and vacuum.
    pub snapshot: Option<u32>,
    /// The process that leads this parallel worker.
    pub leader: Option<i32>,
    /// Who must end before it goes on; [`PREPARED`] stands for a prepared transaction. Empty when it waits for no lock.
    pub blocked_by: Vec<i32>,
    /// The lock that it waits for.
    pub awaits: Option<Awaited>,
    /// The locks that it holds in schemas, by schema and strength.
    pub holds: Vec<Held>,
    /// How many locks on relations and schemas it holds, PostgreSQL's own included.
    pub locks: u64,
    /// Whether these were so many that `holds` tells only some of them.
    pub are_locks_cut: bool,
    /// Whether it is one of tenantry's own.
    pub is_ours: bool,
}

/// What stands for a prepared transaction among process ids: it has no process.
pub const PREPARED: i32 = 0;

/// A transaction that was prepared for a commit in two phases and outlives its session.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Prepared {
    /// Its name, raw.
    pub name: String,
    /// The raw name of the user who prepared it.
    pub user: Option<String>,
    /// How long ago it was prepared.
    pub age: Ms,
    /// The locks that it holds in schemas.
    pub holds: Vec<Held>,
    /// How many locks on relations and schemas it holds, PostgreSQL's own included.
    pub locks: u64,
    /// Whether these were so many that `holds` tells only some of them.
    pub are_locks_cut: bool,
}

/// A span in milliseconds by the server's clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
pub struct Ms(pub u64);

impl Ms {
    /// The same as a duration.
    pub fn duration(self) -> SignedDuration {
        SignedDuration::from_millis(i64::try_from(self.0).unwrap_or(i64::MAX))
    }
}

/// What a session waits for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wait {
    /// `Lock`, `IO`, `LWLock`, `Client`, `Timeout`.
    pub kind: String,
    /// `relation`, `transactionid`, `ClientRead`.
    pub event: String,
}

/// A lock that a session waits for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Awaited {
    /// `relation`, `transactionid`, `tuple`, `virtualxid`, `advisory`.
    pub kind: String,
    /// How strong.
    pub mode: LockMode,
    /// The raw name of the schema, where it is about a relation of one.
    pub schema: Option<String>,
    /// The raw name of the relation.
    pub relation: Option<String>,
}

/// Locks of one strength in one schema.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Held {
    /// The raw name of the schema.
    pub schema: String,
    /// How strong.
    pub mode: LockMode,
    /// How many.
    pub count: u64,
    /// The raw name of one of the relations; `None` when it is the schema itself that is locked.
    pub relation: Option<String>,
}

/// One process, looked at by its number. Raw texts.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Process {
    /// Its number.
    pub pid: i32,
    /// When it began, in microseconds since 1970; `None` where our role may not see it.
    pub start_us: Option<i64>,
    /// When its last query began, likewise.
    pub query_us: Option<i64>,
    /// What it does.
    pub state: State,
    /// The name of its user.
    pub user: Option<String>,
    /// What it calls itself.
    pub application: String,
    /// Where its client is; `None` on a local socket.
    pub client: Option<String>,
    /// `backend_type`.
    pub kind: Option<String>,
    /// How long its query has run.
    pub query_age: Option<Ms>,
    /// How long its transaction has been open.
    pub transaction: Option<Ms>,
    /// Its query, or the last one.
    pub query: Option<String>,
    /// Whether it is the one that was asked.
    pub is_asker: bool,
}

/// What a session does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// It runs a query.
    Active,
    /// Its transaction is open and nothing runs in it.
    IdleInTransaction,
    /// The same after an error: only a rollback can follow.
    Aborted,
    /// It waits for work, without a transaction.
    Idle,
    /// It runs a function by the fast path.
    FastPath,
    /// The server does not keep track of it, or it is a background process.
    Untracked,
    /// Our role may not see it.
    #[default]
    Hidden,
}

impl State {
    /// What `pg_stat_activity.state` says.
    pub fn of(text: Option<&str>) -> Self {
        match text {
            Some("active") => Self::Active,
            Some("idle in transaction") => Self::IdleInTransaction,
            Some("idle in transaction (aborted)") => Self::Aborted,
            Some("idle") => Self::Idle,
            Some("fastpath function call") => Self::FastPath,
            _ => Self::Untracked,
        }
    }

    /// The word shown and exported for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::IdleInTransaction => "idle in tx",
            Self::Aborted => "aborted tx",
            Self::Idle => "idle",
            Self::FastPath => "fast path",
            Self::Untracked => "untracked",
            Self::Hidden => "hidden",
        }
    }
}

/// The modes of locks on relations, the weakest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[expect(missing_docs, reason = "PostgreSQL's own names, in the order of its manual")]
pub enum LockMode {
    AccessShare,
    RowShare,
    RowExclusive,
    ShareUpdateExclusive,
    Share,
    ShareRowExclusive,
    Exclusive,
    AccessExclusive,
}

impl LockMode {
    /// All of them, the weakest first.
    pub const ALL: [Self; 8] = [
        Self::AccessShare,
        Self::RowShare,
        Self::RowExclusive,
        Self::ShareUpdateExclusive,
        Self::Share,
        Self::ShareRowExclusive,
        Self::Exclusive,
        Self::AccessExclusive,
    ];

    /// What `pg_locks.mode` says: `AccessShareLock`. `None` for modes that no relation has.
    pub fn of(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|mode| text.strip_suffix("Lock") == Some(mode.word()))
    }

    /// Its name without `Lock`.
    pub fn word(self) -> &'static str {
        match self {
            Self::AccessShare => "AccessShare",
            Self::RowShare => "RowShare",
            Self::RowExclusive => "RowExclusive",
            Self::ShareUpdateExclusive => "ShareUpdateExclusive",
            Self::Share => "Share",
            Self::ShareRowExclusive => "ShareRowExclusive",
            Self::Exclusive => "Exclusive",
            Self::AccessExclusive => "AccessExclusive",
        }
    }
}

impl Session {
    /// Whether it waits for a lock.
    pub fn is_blocked(&self) -> bool {
        !self.blocked_by.is_empty()
    }

    /// The age that matters: of its transaction, else of its state.
    pub fn age(&self) -> Option<Ms> {
        self.transaction.or(self.in_state)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states_and_modes_are_read_as_the_server_writes_them() {
        assert_eq!(State::of(Some("idle in transaction (aborted)")), State::Aborted);
        assert_eq!(State::of(Some("disabled")), State::Untracked);
        assert_eq!(State::of(None), State::Untracked);
        for mode in LockMode::ALL {
            assert_eq!(LockMode::of(&format!("{}Lock", mode.word())), Some(mode));
        }
        assert_eq!(LockMode::of("SIReadLock"), None);
        assert!(LockMode::AccessShare < LockMode::AccessExclusive);
    }
}
