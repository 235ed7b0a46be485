//! What happens in a run, in the words that the worker emits, the journal keeps and the faces fold. A run applies one approved plan to
//! many schemas. Must not know how anything of it is done, nor what the plan's statements are.

mod state;

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::catalog::Oid;

pub use self::state::{CauseId, Counts, Illegal, Life, Phase, RunState, TargetState};

/// The position of a target in its plan.
pub type TargetId = u32;

/// The position of a stage in its plan.
pub type StageId = u16;

/// The name of a run: 26 signs that sort by the time at which the run was made (a ULID). People need only type as much of the end or
/// of the beginning as tells it from others.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct RunId(pub String);

impl RunId {
    /// How lists call it: the last six signs, which differ where the first ones, the time, agree.
    pub fn short(&self) -> &str {
        self.0.get(self.0.len().saturating_sub(6)..).unwrap_or(&self.0)
    }

    /// Whether a person means it by this piece of its beginning or end, in any case.
    pub fn is_meant_by(&self, text: &str) -> bool {
        let (own, text) = (self.0.to_ascii_uppercase(), text.to_ascii_uppercase());
        !text.is_empty() && (own.starts_with(&text) || own.ends_with(&text))
    }
}

impl fmt::Display for RunId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Who did something, and from where. Raw names.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Person {
    /// The user of the operating system.
    pub user: String,
    /// The machine.
    pub host: String,
}

/// A server process: its number alone may be given to another one later.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Backend {
    /// `pg_backend_pid()`. Behind a pooler it is the process that served the last transaction.
    pub pid: i32,
    /// `pg_stat_activity.backend_start` in microseconds since 1970; 0 where a pooler makes it meaningless.
    pub start_us: i64,
}

/// One thing that happened in a run. Each is one line of the journal.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "e", rename_all = "snake_case")]
pub enum Event {
    /// A worker took the run up: first, or again after an end or a crash. Targets that a former worker had started are in doubt from
    /// here on, and those that waited to be tried again are pending.
    Began {
        /// Who asked for it.
        by: Person,
        /// The worker's process on that machine.
        pid: u32,
        /// The hash of the approved plan.
        plan: String,
        /// How many targets the plan has.
        targets: u32,
        /// The version of the program.
        version: String,
    },
    /// Targets of this stage may start.
    Stage {
        /// Which.
        stage: StageId,
    },
    /// The next migration of each of these targets is about to be sent on one connection. Durable before the first of them is sent.
    Started {
        /// In the order of sending.
        targets: Vec<TargetId>,
        /// The position of the database in the plan.
        database: u16,
        /// Who works.
        backend: Backend,
    },
    /// The next migration of a target is applied.
    Applied {
        /// Which target.
        target: TargetId,
        /// How it is known.
        how: How,
        /// How long it took, in milliseconds; 0 where nobody measured.
        ms: u32,
    },
    /// It did not work and is tried again in a while.
    Retry {
        /// Which target.
        target: TargetId,
        /// Why it did not work.
        cause: Cause,
        /// How long it waits, in milliseconds; `None` until the end of the stage.
        wait_ms: Option<u32>,
    },
    /// It failed, and nothing of this migration is left in the schema.
    Failed {
        /// Which target.
        target: TargetId,
        /// Why.
        cause: Cause,
        /// How long it took, in milliseconds.
        ms: u32,
    },
    /// Nobody knows whether its migration was committed: the connection was lost.
    InDoubt {
        /// Which target.
        target: TargetId,
        /// What was lost.
        why: String,
    },
    /// The ledger, read under the schema's lock, says that the migration in doubt or started was not applied: the target is pending.
    NotApplied {
        /// Which target.
        target: TargetId,
    },
    /// The ledger does not have any more what was applied: the server was lost and came back without it. The target is pending again,
    /// whatever it was.
    Vanished {
        /// Which target.
        target: TargetId,
        /// How many of its migrations are still applied.
        done: u16,
    },
    /// A migration that cannot run in a transaction ended half-way.
    Dirty {
        /// Which target.
        target: TargetId,
        /// How many of its statements are done.
        done: u16,
        /// Why.
        cause: Cause,
    },
    /// One statement of a migration that cannot run in a transaction is done.
    StatementDone {
        /// Which target.
        target: TargetId,
        /// How many of its statements are done now.
        done: u16,
    },
    /// What a target is made of has its first object: where it is found again after a crash. Durable before the next one is made.
    Created {
        /// Which target.
        target: TargetId,
        /// `pg_namespace.oid` of the new schema.
        oid: Oid,
        /// The transaction that makes it.
        xid: u64,
    },
    /// How far the work on a target is that takes long. Told at most twice a second for each, and not flushed.
    Progress {
        /// Which target.
        target: TargetId,
        /// How far.
        #[serde(flatten)]
        progress: Progress,
    },
    /// It is left out.
    Skipped {
        /// Which target.
        target: TargetId,
        /// Why.
        why: Skip,
    },
    /// Failed, dirty or skipped targets are pending again, because a person asked for it.
    Again {
        /// Which.
        targets: Vec<TargetId>,
        /// Who asked.
        by: Person,
    },
    /// Nothing new starts until [`Event::Resumed`].
    Paused {
        /// Why.
        why: Pause,
    },
    /// These targets go before all others, whatever their stage or their window waits for, because somebody asked for them by name.
    First {
        /// Which.
        targets: Vec<TargetId>,
        /// Who asked.
        by: Person,
    },
    /// What paused the run has ended.
    Resumed {
        /// Who ended it; `None` when the cause went away by itself.
        by: Option<Person>,
    },
    /// So many targets are worked on at once from now on.
    Concurrency {
        /// How many.
        now: u16,
        /// Why: a person, or pressure on the server.
        why: String,
    },
    /// Nothing new starts any more.
    Stopping {
        /// Who asked.
        by: Person,
        /// Whether what is in flight is cancelled on the server too.
        cancel: bool,
    },
    /// The run stopped itself.
    Halted {
        /// Why.
        why: Halt,
    },
    /// Something worth keeping that changes no state: a late arrival, a blocker, a replica that lags.
    Noted {
        /// A lower-case fragment, safe to show.
        text: String,
    },
    /// The worker ended in order. A journal without it is that of a run that goes on, or was interrupted.
    Ended {
        /// How.
        end: End,
    },
}

impl Event {
    /// Whether it tells of this target, rather than of others or of the run as a whole.
    pub fn is_about(&self, id: TargetId) -> bool {
        match self {
            Self::Started { targets, .. } | Self::Again { targets, .. } | Self::First { targets, .. } => {
                targets.contains(&id)
            }
            Self::Applied { target, .. }
            | Self::Retry { target, .. }
            | Self::Failed { target, .. }
            | Self::InDoubt { target, .. }
            | Self::NotApplied { target }
            | Self::Vanished { target, .. }
            | Self::Dirty { target, .. }
            | Self::StatementDone { target, .. }
            | Self::Created { target, .. }
            | Self::Progress { target, .. }
            | Self::Skipped { target, .. } => *target == id,
            Self::Began { .. }
            | Self::Stage { .. }
            | Self::Paused { .. }
            | Self::Resumed { .. }
            | Self::Concurrency { .. }
            | Self::Stopping { .. }
            | Self::Halted { .. }
            | Self::Noted { .. }
            | Self::Ended { .. } => false,
        }
    }
}

/// What is done to a target just now, where it is more than one message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// What was there is written to an archive.
    Archive,
    /// Types, functions, sequences and tables are made.
    Structure,
    /// Rows are copied.
    Rows,
    /// Indexes, keys and triggers are made.
    Finish,
    /// What was made is compared with its source.
    Verify,
    /// Objects are removed.
    Remove,
}

impl Part {
    /// The word for it everywhere.
    pub fn word(self) -> &'static str {
        match self {
            Self::Archive => "archive",
            Self::Structure => "structure",
            Self::Rows => "rows",
            Self::Finish => "indexes and keys",
            Self::Verify => "verify",
            Self::Remove => "remove",
        }
    }
}

/// How far the work on a target is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// What is done just now.
    pub part: Part,
    /// How many objects are done, of all parts.
    pub done: u32,
    /// Of how many.
    pub of: u32,
    /// How many rows are copied.
    pub rows: u64,
    /// How many bytes they had on the wire, or in the source's files where nothing went over a wire.
    pub bytes: u64,
}

/// How it is known that a migration is applied.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum How {
    /// The server confirmed our commit, with this transaction id.
    Committed(u64),
    /// Our connection was lost and the ledger says that it was committed.
    Found,
    /// A program of the application's own ended, and the ledger has it.
    ByCommand,
    /// The ledger had it before we came: a colleague, or the application itself.
    Another,
}

/// Why a target was left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Skip {
    /// The schema is gone.
    Gone,
    /// The schema has another name now.
    Renamed,
    /// Its ledger says something else than the plan expected, and not that the migration is applied.
    LedgerMoved,
}

impl Skip {
    /// The words for it everywhere.
    pub fn words(self) -> &'static str {
        match self {
            Self::Gone => "the schema is gone",
            Self::Renamed => "the schema was renamed",
            Self::LedgerMoved => "its ledger changed since the plan",
        }
    }
}

/// What kind of trouble it is: decides whether it is tried again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CauseKind {
    /// Another one holds the schema's advisory lock.
    Busy,
    /// `lock_timeout`, a deadlock or a serialization failure.
    Contention,
    /// `statement_timeout`, or it was cancelled.
    TimedOut,
    /// The server is out of lock memory, connections or memory.
    Pressure,
    /// The server's disk is full, it only reads, or it is shutting down.
    Server,
    /// The role lacks a privilege.
    Privilege,
    /// The statement is wrong for this schema: it drifted, or its data does not fit.
    Statement,
    /// The migration took locks outside of its schema that the plan does not list.
    FellThrough,
    /// Something that should never happen.
    Strange,
}

/// Why something did not work: equal causes are shown as one. Holds no name of a single tenant, so that equals are equal.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Cause {
    /// The kind.
    pub kind: CauseKind,
    /// The SQLSTATE when the server spoke.
    pub sqlstate: Option<String>,
    /// What happened, a lower-case fragment that is safe to show. The tenant's schema stands in it as `{schema}`.
    pub what: String,
    /// Which statement of the migration, counted from 1; `None` when it is about none.
    pub statement: Option<u16>,
    /// What to do about it.
    pub hint: Option<String>,
}

/// Why nothing new starts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "pause", rename_all = "snake_case")]
pub enum Pause {
    /// A person asked for it.
    Person {
        /// Who.
        by: Person,
    },
    /// The next stage waits for a person's word.
    GoAhead {
        /// Which stage waits.
        stage: StageId,
    },
    /// Another run works on a database of ours. It goes first.
    Turn {
        /// Who works where, safe to show.
        who: String,
    },
    /// No window of any tenant is open.
    Window {
        /// When the next one opens.
        until: Timestamp,
    },
    /// The server cannot work just now: it restarts, its disk is full, it only reads, a password changed.
    Server {
        /// Why, safe to show.
        what: String,
    },
    /// A replica lags behind.
    Lag {
        /// By how many seconds.
        seconds: u32,
    },
}

/// Why a run stopped itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "halt", rename_all = "snake_case")]
pub enum Halt {
    /// A canary failed.
    Canary,
    /// So many targets failed for one cause.
    SameCause {
        /// How many.
        targets: u32,
    },
    /// So many targets of one stage failed.
    Share {
        /// How many.
        failed: u32,
        /// Of how many.
        of: u32,
    },
    /// A migration took locks outside of its schema.
    FellThrough,
    /// The database is not the one of the plan.
    WrongDatabase {
        /// What was found, safe to show.
        what: String,
    },
    /// The journal cannot be written.
    Journal {
        /// Why, safe to show.
        what: String,
    },
}

/// How a worker ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum End {
    /// Every target is applied.
    Done,
    /// Every target was tried; some failed, are dirty or were left out.
    DoneWithFailures,
    /// A person stopped it.
    Stopped,
    /// It stopped itself.
    Halted,
    /// What was asked for by name was tried; all others wait until somebody asks for them.
    Waiting,
}

impl End {
    /// The word for it in lists and files.
    pub fn word(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::DoneWithFailures => "failures",
            Self::Stopped => "stopped",
            Self::Halted => "halted",
            Self::Waiting => "waiting",
        }
    }
}

/// One line of a journal.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// Counted from 1 without a gap: the order of what happened, whatever the clock says.
    pub n: u64,
    /// The clock of the worker's machine.
    pub at: Timestamp,
    /// What happened.
    #[serde(flatten)]
    pub event: Event,
}

/// What a person may ask of a running worker.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "control", rename_all = "snake_case")]
pub enum Control {
    /// Start nothing new for now.
    Pause,
    /// Go on.
    Resume,
    /// Let the stage that waits begin.
    GoAhead,
    /// Finish what is in flight and end; asked twice, cancel it on the server.
    Stop {
        /// Whether to cancel at once.
        cancel: bool,
    },
    /// Try again what failed.
    Retry,
    /// Work on so many targets at once.
    Concurrency {
        /// How many.
        now: u16,
    },
    /// Bring this target up to date before all others.
    First {
        /// Which.
        target: TargetId,
    },
    /// Only tell what is in flight.
    Now,
}

/// What a worker does at this moment: told over the control socket, never journalled.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Now {
    /// What is in flight, the oldest first.
    pub flights: Vec<Flight>,
    /// How many targets are worked on at once at most.
    pub concurrency: u16,
}

/// One target that is worked on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Flight {
    /// Which.
    pub target: TargetId,
    /// Milliseconds since its migration was sent.
    pub ms: u64,
    /// The server process.
    pub pid: i32,
    /// What it waits for, where the monitor saw that: the process, how long, and what that one does (safe to show).
    pub waits_for: Option<(i32, u64, String)>,
}

/// The answer to a [`Control`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answered {
    /// It is done, or will be: the journal tells.
    Ok(Now),
    /// It is not, because of this.
    Refused(String),
}
