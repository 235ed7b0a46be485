//! What can happen to the console, and what it can ask of the world: plain data on both sides of `update`. Must not know how
//! any of it is done.

use std::path::PathBuf;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::overlays::launch::Wanted;
use super::overlays::signal::Process;
use super::runs::Listing;
use crate::action::Key;
use crate::domain::catalog::SchemaDetail;
use crate::domain::fault::Fault;
use crate::domain::fleet::{DatabaseId, FleetEvent, Severity};
use crate::domain::question::{Answer, Question};
use crate::domain::run::{Control, Entry, Now, RunId, TargetId};
use crate::plan::Plan;

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Msg {
    /// The time of everything that follows; the first message of every batch.
    Clock(Timestamp),
    /// A key was pressed.
    Key(Key),
    /// Text was pasted.
    Paste(String),
    /// The wheel or a button of the mouse.
    Mouse(Mouse),
    /// The terminal has this many columns and rows.
    Resize(u16, u16),
    /// The fleet changed: all events that were waiting, in their order.
    Facts(Vec<FleetEvent>),
    /// One schema was read, or could not be.
    Schema {
        /// The database that was asked.
        database: DatabaseId,
        /// The raw name that was asked for.
        name: String,
        /// What was found.
        detail: Box<Result<SchemaDetail, Fault>>,
    },
    /// A question was answered, or could not be.
    Answer {
        /// The database that was asked.
        database: DatabaseId,
        /// What was asked.
        question: Question,
        /// What was found.
        answer: Box<Result<Answer, Fault>>,
    },
    /// An export ended: the file and how many rows it holds.
    Exported(Saved),
    /// An export could not be written.
    NotExported {
        /// The path as it was given.
        path: PathBuf,
        /// How many rows it would hold.
        rows: usize,
        /// A short reason.
        why: String,
    },
    /// An export met a file that is there already.
    FileExists(PathBuf),
    /// This many bytes were sent to the clipboard, or the reason why not.
    Copied(Result<usize, Fault>),
    /// psql ended.
    PsqlEnded(Result<(), Fault>),
    /// A theme could not be loaded; the one before stays.
    ThemeFailed {
        /// The theme that is drawn with.
        kept: String,
        /// Why.
        fault: Fault,
    },
    /// The program can be suspended by nobody, or was resumed.
    Suspended(Result<(), Fault>),
    /// What we cost.
    Measured(Footprint),
    /// The runs were listed.
    Runs(Listing),
    /// The plan of a run that is to be followed was read.
    RunOpened {
        /// Which.
        id: RunId,
        /// Its plan.
        plan: Box<Plan>,
    },
    /// The journal of the followed run has more.
    RunEntries {
        /// Which.
        id: RunId,
        /// What is new, in its order.
        entries: Vec<Entry>,
        /// Whether a worker lives.
        is_alive: bool,
    },
    /// What the worker of the followed run does, or why it does not tell.
    RunNow {
        /// Which.
        id: RunId,
        /// What is in flight.
        now: Result<Now, Fault>,
    },
    /// The followed run cannot be read.
    RunLost {
        /// Which.
        id: RunId,
        /// Why.
        fault: Fault,
    },
    /// A worker was asked for something.
    RunTold {
        /// Which run.
        id: RunId,
        /// What was asked.
        control: Control,
        /// Whether it will be.
        answer: Result<(), Fault>,
    },
    /// What happened to one target of a run was read.
    RunLog {
        /// Which run.
        id: RunId,
        /// Which target.
        target: TargetId,
        /// All that is about it, in its order.
        entries: Result<Vec<Entry>, Fault>,
    },
    /// A plan was built, or could not be.
    Planned {
        /// What was asked for.
        wanted: Box<Wanted>,
        /// What came of it.
        plan: Box<Result<Plan, Fault>>,
    },
    /// A server process was looked at once more: the plan of what it is to be asked, or why there is none.
    Looked {
        /// Which.
        process: Process,
        /// What came of it.
        plan: Box<Result<Plan, Fault>>,
    },
    /// A server process was asked: the run that did it and how that ended, in words, or why it could not be.
    Signalled(Result<(RunId, Severity, String), Fault>),
    /// A run was started or taken up again, or could not be.
    RunStarted(Result<RunId, Fault>),
}

/// What the mouse did. Cells are counted from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Mouse {
    /// The wheel was turned towards the person.
    WheelDown,
    /// The wheel was turned away.
    WheelUp,
    /// The left button was pressed at a column and row.
    Press(u16, u16),
}

/// A file that was written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Saved {
    /// Where.
    pub path: PathBuf,
    /// How many rows.
    pub rows: usize,
}

/// Something to be done outside of the model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Effect {
    /// Read facts again.
    Refresh {
        /// One database, or all.
        which: Option<DatabaseId>,
        /// Everything, not only what the counters say has moved.
        full: bool,
    },
    /// Read one schema.
    OpenSchema(DatabaseId, String),
    /// Ask one database something.
    Ask(DatabaseId, Question),
    /// Stop or resume the refreshes at the interval.
    Pause(bool),
    /// Send a text to the terminal's clipboard.
    Copy(String),
    /// Write rows to a file.
    Export(Export),
    /// Open psql in the `search_path` of a schema.
    Psql(DatabaseId, String),
    /// Give the terminal back and stop until the shell continues us.
    Suspend,
    /// Draw everything again.
    Redraw,
    /// Measure what we cost.
    Measure,
    /// List the runs.
    ListRuns,
    /// Read the plan and the journal of a run, and go on reading; none else.
    FollowRun(RunId),
    /// Read no journal any more.
    UnfollowRun,
    /// Ask the worker of a run for something.
    ControlRun(RunId, Control),
    /// Start a worker for what is left of a run that ended early.
    ResumeRun(RunId),
    /// The same, also for what failed in it.
    RetryRun(RunId),
    /// Build a plan from fresh facts.
    BuildPlan(Box<Wanted>),
    /// Start a run of a plan that a person approved.
    StartRun(Box<Plan>),
    /// Look at a server process once more and plan what it is to be asked.
    Look(Process),
    /// Ask a server process, by a plan that a person approved.
    Signal(Box<Plan>),
    /// Read what happened to one target of a run.
    ReadLog(RunId, TargetId),
    /// End.
    Quit,
}

/// Text to be written to a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Export {
    /// Where to; `~/` is the home folder.
    pub path: PathBuf,
    /// Whether a file that is there may be replaced.
    pub overwrite: bool,
    /// What is written.
    pub text: String,
    /// How many rows that is.
    pub rows: usize,
}

/// What we cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Footprint {
    /// Frames drawn since the start.
    pub frames: u64,
    /// Bytes written to the terminal since the start.
    pub bytes: u64,
    /// Bytes of the last frame that changed anything.
    pub last_frame: u64,
    /// Microseconds that building and writing the last frame took.
    pub frame_us: u64,
    /// Resident memory in bytes; `None` where the system does not say.
    pub memory: Option<u64>,
    /// Milliseconds of processor time used since the start.
    pub cpu_ms: Option<u64>,
    /// Seconds since the start.
    pub seconds: u64,
}
