//! What the dispatcher orders and what the executors tell: the words between the one who decides and those who send. Must not know
//! how either does its part.

use tokio::sync::oneshot;

use crate::domain::catalog::Oid;
use crate::domain::run::{Backend, Cause, How, Progress, Skip, TargetId};
use crate::pg::write::Waiting;

/// The position of a connection among those of the worker.
pub(super) type SlotId = usize;

/// What a worker takes a run up for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Task {
    /// What was not done.
    Rest,
    /// That, and again what failed, is dirty or was left out.
    Again,
    /// These targets, and then the worker ends; perhaps none, so that the run is on record.
    Only(Vec<TargetId>),
}

/// What is to be done to one target: its migration at hand, or all of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Job {
    /// Which target.
    pub(super) target: TargetId,
    /// How many of its migrations are done.
    pub(super) done: u16,
    /// How many statements of the migration at hand are done, where it cannot run in a transaction.
    pub(super) statements: u16,
    /// What a former worker, or a former connection, began to make of it: the OID of its schema, and the transaction.
    pub(super) made: Option<(Oid, u64)>,
}

/// What one connection is to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Order {
    /// Send these, one after the other; at the first that is not applied the others are left. By this backend or not at all: it is
    /// the one that was noted.
    Work(Vec<Job>, Backend),
    /// Find out what became of this one.
    Settle(Job, Option<Backend>),
    /// Ask the ledgers of these whether they still have what was applied; of clones, whether they are there.
    Verify(Vec<Job>),
    /// Look who came to the database after the plan.
    Latecomers,
    /// Connect anew: this connection leads to a server that is not the one any more.
    Anew,
}

/// What ledgers said that were asked again.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Verified {
    /// Who was asked and has answered, with how many of its migrations its ledger still has.
    pub(super) still: Vec<(TargetId, u16)>,
    /// Who could not be asked.
    pub(super) unread: Vec<TargetId>,
    /// Why the last of them could not: safe to show.
    pub(super) why: Option<String>,
}

impl Verified {
    /// All is as it was known to be.
    pub(super) fn believed(jobs: &[Job]) -> Self {
        Self { still: jobs.iter().map(|job| (job.target, job.done)).collect(), ..Self::default() }
    }
}

/// What became of a job.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Outcome {
    /// It is applied.
    Applied(How),
    /// It is certain that nothing of it is there: it was never sent, or the ledger says so.
    Untouched,
    /// It is certain that so many of its statements are done, and that the ledger does not have it: it goes on there.
    Known(u16),
    /// It is to be left out.
    Skipped(Skip),
    /// The server refused it and undid all of it.
    Refused(Cause),
    /// The connection was lost, or the ledger could not be asked: safe to show.
    Doubt(String),
    /// It ended half-way, with so many statements done.
    Dirty(u16, Cause),
}

/// Why a connection does not come to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Trouble {
    /// It was there and is lost: it is tried again at once.
    Lost,
    /// It may come to be later: safe to show.
    Passing(String),
    /// The server has no connection left for us: safe to show.
    Full(String),
    /// It is not the database of the plan: safe to show.
    Wrong(String),
}

/// What the dispatcher is told.
#[derive(Debug)]
pub(super) enum Told {
    /// A connection stands, to a server that began at this moment, in microseconds since 1970.
    Ready(SlotId, Backend, i64),
    /// The server behind the pooler of a database began at this moment.
    Server(u16, i64),
    /// What the ledgers say that were to be asked again; `None` when the connection was lost before all had answered.
    Verified(SlotId, Option<Verified>),
    /// Who came after the plan, as it is told; nothing where nobody did, or where it could not be asked.
    Latecomers(SlotId, Option<String>),
    /// A connection is lost, or did not come to be; it is tried again by itself. What is left of its order is carried out then.
    Down(SlotId, Trouble),
    /// What became of a job, after so many milliseconds.
    Outcome(SlotId, TargetId, u32, Outcome),
    /// So many statements of a migration outside of transactions are done; `durable` hears when that is safe.
    Statement {
        /// Which target.
        target: TargetId,
        /// How many.
        done: u16,
        /// Hears whether it is durable.
        durable: oneshot::Sender<bool>,
    },
    /// A target is so far.
    Progress(TargetId, Progress),
    /// A target has its first object; `durable` hears when that is safe.
    Created {
        /// Which target.
        target: TargetId,
        /// `pg_namespace.oid` of its schema.
        oid: Oid,
        /// The transaction that makes it.
        xid: u64,
        /// Hears whether it is durable.
        durable: oneshot::Sender<bool>,
    },
    /// Something worth keeping about a target that changes no state: safe to show.
    Noted(String),
    /// The order is carried out.
    Idle(SlotId),
    /// The watcher of a database has the turn, or none is needed.
    Turn(u16),
    /// Another run has the turn: safe to show.
    NoTurn(u16, String),
    /// The watcher of a database cannot connect.
    Blind(u16, Trouble),
    /// Who waits for a lock just now on a database.
    Waits(u16, Vec<Waiting>),
    /// By how many seconds the slowest replica of a database is behind.
    Lag(u16, u64),
}
