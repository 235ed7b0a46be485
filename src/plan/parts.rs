//! The parts of a plan: what a person approves and the worker executes, and nothing else. Plain data; must not know how it is made,
//! nor how it is sent.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use super::clone::Cloning;
use super::drop::Dropping;
use super::rename::Renaming;
use super::signal::Signal;
use crate::domain::catalog::{LedgerDialect, Oid};
use crate::domain::fleet::Severity;
use crate::domain::history::Migration;
use crate::domain::name::shown;
use crate::domain::run::{StageId, TargetId};
use crate::domain::window::Window;

/// The version of the file `plan.json` and of its hash. Another first number is not understood.
pub const FORMAT: (u16, u16) = (1, 0);

/// What a run is to do. Immutable once it is approved; [`Plan::hash`] names everything in it that executes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// The version of this format.
    pub format: (u16, u16),
    /// What is done.
    pub kind: Kind,
    /// The environment that it is for.
    pub environment: EnvironmentName,
    /// The databases that it writes to.
    pub databases: Vec<PlanDatabase>,
    /// The stages, one after the other.
    pub stages: Vec<Stage>,
    /// One per distinct state of a ledger.
    pub groups: Vec<Group>,
    /// Every migration that a group needs, once.
    pub steps: Vec<Step>,
    /// Where it is done, in the order of stages, within a stage in the order of work.
    pub targets: Vec<Target>,
    /// How it is done.
    pub policy: RunPolicy,
    /// What the checker says. Not part of the hash.
    pub notes: Vec<Note>,
    /// What was asked for and is not done, by reason. Not part of the hash.
    pub left_out: Vec<LeftOut>,
    /// By position in [`Plan::databases`], the schemas that were there and are no targets: one beside them and the targets came later.
    /// `None` where nobody asks who did. Not part of the hash.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bystanders: Option<Vec<Vec<Oid>>>,
    /// When the facts were read. Not part of the hash.
    pub as_of: Timestamp,
}

/// What is done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Kind {
    /// Migrations are applied.
    Migrate {
        /// The newest migration that targets have afterwards, as people name it.
        to: String,
    },
    /// Migrations are taken back.
    Revert {
        /// The oldest migration that is taken back, as people name it.
        from: String,
    },
    /// A program of the application's own is run for each target.
    Command(Box<Command>),
    /// A schema is made again under other names.
    Clone(Box<Cloning>),
    /// Schemas go with all that is in them.
    Drop(Box<Dropping>),
    /// A schema gets another name.
    Rename(Box<Renaming>),
    /// A server process is asked to end its query, or to end.
    Signal(Box<Signal>),
}

/// A program, and what it leads to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Command {
    /// What is run.
    pub line: CommandLine,
    /// The newest migration that targets have afterwards, as people name it.
    pub to: String,
    /// What their ledgers have afterwards, by position in [`Plan::steps`]: a ledger that has not is believed, not the program.
    pub leads_to: Vec<Vec<Migration>>,
}

/// A program with its arguments. No shell reads them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CommandLine {
    /// The program and its arguments; `{schema}` in one of them is the raw name of the target's schema.
    pub argv: Vec<String>,
    /// The folder in which it runs.
    pub folder: String,
}

impl CommandLine {
    /// What stands for the schema.
    pub const SCHEMA: &str = "{schema}";

    /// In one line for a person, safe to show.
    pub fn told(&self) -> String {
        let quoted = |argument: &String| {
            let is_plain = |c: char| c.is_alphanumeric() || "-_./=:,{}@%+".contains(c);
            let plain = !argument.is_empty() && argument.chars().all(is_plain);
            if plain { argument.clone() } else { format!("'{}'", shown(argument)) }
        };
        self.argv.iter().map(quoted).collect::<Vec<_>>().join(" ")
    }
}

impl Kind {
    /// The word for what is done most often.
    pub const MIGRATE: &str = "migrate";

    /// The word for it in lists and files.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Migrate { .. } => Self::MIGRATE,
            Self::Revert { .. } => "revert",
            Self::Command(_) => "command",
            Self::Clone(_) => "clone",
            Self::Drop(_) => "drop",
            Self::Rename(_) => "rename",
            Self::Signal(signal) if signal.terminate => "terminate",
            Self::Signal(_) => "cancel",
        }
    }

    /// Whether only one run at a time may do it on a database. A process that holds a run up can be ended while that one waits.
    pub fn takes_turns(&self) -> bool {
        !matches!(self, Self::Signal(_))
    }

    /// Whether the ledgers of the targets tell what became of it.
    pub fn has_ledgers(&self) -> bool {
        matches!(self, Self::Migrate { .. } | Self::Revert { .. } | Self::Command(_))
    }

    /// What it is about, raw: the migration, the source of a clone, what goes, the new name, the process.
    pub fn subject(&self) -> &str {
        match self {
            Self::Migrate { to } => to,
            Self::Revert { from } => from,
            Self::Command(command) => &command.to,
            Self::Clone(cloning) => &cloning.source.schema,
            Self::Drop(dropping) => &dropping.what,
            Self::Rename(renaming) => &renaming.to,
            Self::Signal(signal) => &signal.who,
        }
    }

    /// The same with nothing in it that is only thought: how many rows there are does not change what is done.
    pub(super) fn without_estimates(&self) -> Option<Self> {
        let Self::Clone(cloning) = self else { return None };
        let mut cloning = cloning.clone();
        for copy in &mut cloning.recipe.copies {
            (copy.rows, copy.bytes) = (0, 0);
        }
        Some(Self::Clone(cloning))
    }

    /// What is done, as a sentence begins: `migrate to`, `clone`, `drop`.
    pub fn verb(&self) -> &'static str {
        match self {
            Self::Migrate { .. } => "migrate to",
            Self::Revert { .. } => "take back from",
            Self::Command(_) => "run a command up to",
            Self::Rename(_) => "rename to",
            Self::Clone(_) | Self::Drop(_) | Self::Signal(_) => self.word(),
        }
    }
}

/// The environment of a plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnvironmentName {
    /// Its name in `fleet.toml`, or what stands for it.
    pub name: String,
    /// Whether its header is that of production: then confirmations are stricter and work is paced.
    pub production: bool,
}

/// The identity of a database. The worker refuses any other one behind the same name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlanDatabase {
    /// Its label.
    pub label: String,
    /// `pg_control_system().system_identifier`; `None` when the role may not ask.
    pub system_identifier: Option<u64>,
    /// `pg_database.oid`.
    pub oid: Oid,
    /// Its name there.
    pub name: String,
    /// `server_version_num`. Not checked: servers are updated.
    pub version: u32,
    /// Whether a pooler stands between: then no session state is used and conflicts with other hosts cannot be seen.
    pub pooler: bool,
}

/// Targets that are released together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stage {
    /// What it is for.
    pub kind: StageKind,
    /// Whether a person must let it begin.
    pub go_ahead: bool,
}

/// The kinds of stages, in their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StageKind {
    /// Schemas that all tenants share.
    Shared,
    /// What new tenants are made from.
    Reference,
    /// The first tenants: one that fails halts the run.
    Canary,
    /// Everybody else, in parts.
    Wave,
}

impl StageKind {
    /// The word for it everywhere.
    pub fn word(self) -> &'static str {
        match self {
            Self::Shared => "shared",
            Self::Reference => "reference",
            Self::Canary => "canary",
            Self::Wave => "wave",
        }
    }
}

/// Targets whose ledgers say the same, with the same owner: what they need is told once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Group {
    /// The raw name of the role that does it: the owner of the schemas, so that what is made is theirs as well. `None` is the role that
    /// connects: it is the owner, or may not become it.
    pub role: Option<String>,
    /// The ledger.
    pub ledger: Ledger,
    /// How many lines it has now.
    pub lines: u64,
    /// The sum of their hashes, as [`crate::dialect::ledger::Fingerprint`] counts it, in decimal digits.
    pub sum: String,
    /// What is done, in order: positions in [`Plan::steps`].
    pub steps: Vec<u32>,
}

/// A ledger, whatever the schema.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Ledger {
    /// Whose it is: one of those that tenantry writes.
    pub dialect: LedgerDialect,
    /// The raw name of its table.
    pub table: String,
}

/// What is told of a step whose migration has no statement.
pub const NO_STATEMENT: &str = "no statement: only its line in the ledger";

/// One migration: its statements and its line of the ledger are one transaction, unless it cannot run in one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// As the ledger records it.
    pub migration: Migration,
    /// Whether it is taken back rather than applied.
    pub reverse: bool,
    /// The file that it comes from, as people name it; safe to show.
    pub origin: String,
    /// SHA-256 of the file's bytes in hexadecimal digits: another file on resume is refused.
    pub sha256: String,
    /// What the ledger's line of the migration has as checksum, where the ledger records one.
    pub checksum: Option<String>,
    /// Its statements in order, without the semicolons that end them.
    pub statements: Vec<Statement>,
    /// Whether it runs in a transaction. Where not, each statement stands alone and there is a resolver for each.
    pub transactional: bool,
}

/// One statement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Statement {
    /// As it is sent.
    pub sql: String,
    /// The strongest lock that it takes on a table that is there already; `None` where it takes none or nobody knows.
    pub lock: Option<LockLevel>,
}

/// The lock levels of tables, the weakest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LockLevel {
    /// `SELECT`.
    AccessShare,
    /// `SELECT ... FOR UPDATE`.
    RowShare,
    /// `INSERT`, `UPDATE`, `DELETE`.
    RowExclusive,
    /// `VACUUM`, `CREATE INDEX CONCURRENTLY`, `VALIDATE CONSTRAINT`.
    ShareUpdateExclusive,
    /// `CREATE INDEX`.
    Share,
    /// `CREATE TRIGGER`, `ADD FOREIGN KEY`.
    ShareRowExclusive,
    /// `REFRESH MATERIALIZED VIEW CONCURRENTLY`.
    Exclusive,
    /// `DROP`, `TRUNCATE`, most of `ALTER TABLE`.
    AccessExclusive,
}

impl LockLevel {
    /// As PostgreSQL's manual writes it.
    pub fn words(self) -> &'static str {
        match self {
            Self::AccessShare => "ACCESS SHARE",
            Self::RowShare => "ROW SHARE",
            Self::RowExclusive => "ROW EXCLUSIVE",
            Self::ShareUpdateExclusive => "SHARE UPDATE EXCLUSIVE",
            Self::Share => "SHARE",
            Self::ShareRowExclusive => "SHARE ROW EXCLUSIVE",
            Self::Exclusive => "EXCLUSIVE",
            Self::AccessExclusive => "ACCESS EXCLUSIVE",
        }
    }

    /// What it means to the tenant's application, in a few words.
    pub fn meaning(self) -> &'static str {
        match self {
            Self::AccessShare | Self::RowShare | Self::RowExclusive | Self::ShareUpdateExclusive => "nobody waits",
            Self::Share | Self::ShareRowExclusive | Self::Exclusive => "writers wait",
            Self::AccessExclusive => "everybody waits",
        }
    }
}

/// One schema.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Target {
    /// The position of its database in [`Plan::databases`].
    pub database: u16,
    /// `pg_namespace.oid`: what it is known by; 0 where the schema is yet to be made.
    pub oid: Oid,
    /// Its raw name at the time of the plan.
    pub schema: String,
    /// The position of its group in [`Plan::groups`].
    pub group: u32,
    /// The position of its stage in [`Plan::stages`].
    pub stage: StageId,
}

/// How a plan is executed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunPolicy {
    /// How many tenants go first, 0 for none.
    pub canary: u32,
    /// The shares of the tenants, in percent, that the waves before the last one have; the last has the rest.
    pub waves: Vec<u8>,
    /// Whether a person must let each stage after the canary begin.
    pub go_ahead: bool,
    /// When targets may start, by the clocks of their own zones; `None` at any time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub windows: Option<Windows>,
    /// Whether no target starts by itself: each when it is asked for by name, the rest when somebody resumes the run.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub just_in_time: bool,
    /// How many targets are worked on at once, each on a connection of its own.
    pub concurrency: u16,
    /// `lock_timeout` in milliseconds.
    pub lock_timeout_ms: u32,
    /// How often `lock_timeout`, deadlock or serialization are tried again before the target waits for the end of its stage.
    pub retries: u8,
    /// `statement_timeout` in milliseconds.
    pub statement_timeout_ms: u32,
    /// So many targets that fail for the same cause halt the run; 0 never.
    pub halt_same_cause: u32,
    /// So many percent of a stage's targets that fail halt the run; 0 never.
    pub halt_percent: u8,
    /// At most so many targets are started in a second; `None` as fast as it goes.
    pub pace: Option<u32>,
    /// A replica that lags more seconds than this pauses the run; `None` never.
    pub lag_seconds: Option<u32>,
    /// What follows the tenant's schema in the `search_path`. Raw names.
    pub search_path: Vec<String>,
    /// Tables, types and functions outside of the target that the migrations may lock, write and change: raw names, `schema.table`.
    pub allowed: Vec<String>,
    /// Tables outside of the target to which foreign keys may lead, and nothing more: raw names, `schema.table`.
    pub referenced: Vec<String>,
}

/// When targets may start.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Windows {
    /// From when to when, by the clock of each target's zone.
    pub local: Window,
    /// The zone of those whose registry has none.
    pub otherwise: Option<String>,
    /// The zones, by name, with the targets that live there. Each target is in one.
    pub zones: Vec<Zone>,
}

/// Targets of one time zone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Zone {
    /// Its name in the database of the IANA, such as `Europe/Berlin`.
    pub name: String,
    /// Who lives there, in the order of the plan.
    pub targets: Vec<TargetId>,
}

impl Zone {
    /// When a target of it may start next.
    pub fn next(&self, window: Window, now: Timestamp) -> Option<Timestamp> {
        window.next(&TimeZone::get(&self.name).ok()?, now)
    }
}

impl RunPolicy {
    /// What holds unless a person says otherwise.
    pub fn usual(production: bool) -> Self {
        Self {
            canary: 1,
            waves: vec![10],
            go_ahead: false,
            windows: None,
            just_in_time: false,
            concurrency: 4,
            lock_timeout_ms: 2_000,
            retries: 5,
            statement_timeout_ms: 600_000,
            halt_same_cause: 3,
            halt_percent: 1,
            pace: production.then_some(50),
            lag_seconds: Some(10),
            search_path: Vec::new(),
            allowed: Vec::new(),
            referenced: Vec::new(),
        }
    }
}

/// Something that the checker says about a plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    /// Which rule, such as `rewrites-table`.
    pub rule: String,
    /// How bad it is. A plan with [`Severity::Danger`] is not run unless a person says that they know.
    pub severity: Severity,
    /// Whether the plan cannot be run at all.
    pub refuses: bool,
    /// What it is about: a position in [`Plan::steps`], and of the statement in it.
    pub place: Option<(u32, Option<u16>)>,
    /// What is the matter, a lower-case fragment, safe to show.
    pub what: String,
    /// What to do about it.
    pub hint: Option<String>,
}

/// Schemas that were asked for and are not in the plan, by one reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeftOut {
    /// Why.
    pub why: Why,
    /// How many.
    pub count: u32,
    /// Some of them, raw names, `database/schema` where there are several databases.
    pub sample: Vec<String>,
}

/// Why a schema is not in the plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Why {
    /// It has everything already.
    Nothing,
    /// It has no ledger table.
    NoLedger,
    /// Its ledger cannot be read.
    Unreadable,
    /// Somebody had locked its ledger.
    Busy,
    /// A migration is marked as failed or half applied.
    Dirty,
    /// Its ledger is one that only its own tool may write.
    ReadOnlyDialect,
    /// It has migrations that the source has not.
    Unknown,
    /// It misses migrations that are older than some it has, and nobody said that these may be applied late.
    Gap,
    /// Our role may not change it.
    Privilege,
    /// A filter chose it, and it is no tenant's: such a schema must be named.
    NoTenant,
    /// It was named beside others, and its tenant has no schema.
    NoSchema,
}

impl Why {
    /// The words for it everywhere.
    pub fn words(self) -> &'static str {
        match self {
            Self::Nothing => "nothing to do",
            Self::NoLedger => "no ledger",
            Self::Unreadable => "ledger unreadable",
            Self::Busy => "ledger locked just now",
            Self::Dirty => "a migration failed or is half applied",
            Self::ReadOnlyDialect => "its own tool must write its ledger",
            Self::Unknown => "has migrations that the source has not",
            Self::Gap => "misses migrations older than some it has",
            Self::Privilege => "our role may not change it",
            Self::NoTenant => "no tenant's: name it to include it",
            Self::NoSchema => "the tenant has no schema: create it first",
        }
    }
}

impl Plan {
    /// The group of a target.
    pub fn group(&self, target: TargetId) -> Option<&Group> {
        self.groups.get(self.targets.get(target as usize)?.group as usize)
    }

    /// The migration of a target after so many are done.
    pub fn step(&self, target: TargetId, done: u16) -> Option<&Step> {
        self.steps.get(*self.group(target)?.steps.get(usize::from(done))? as usize)
    }

    /// What [`RunState::new`](crate::domain::run::RunState::new) takes: each target as its number of migrations and its stage.
    ///
    /// What is no migration is one step.
    pub fn outline(&self) -> impl Iterator<Item = (u16, StageId)> {
        self.targets.iter().map(|target| {
            let steps = self.groups.get(target.group as usize).map_or(1, |group| group.steps.len());
            (steps as u16, target.stage)
        })
    }

    /// How many targets a stage has.
    pub fn of_stage(&self, stage: StageId) -> u32 {
        self.targets.iter().filter(|target| target.stage == stage).count() as u32
    }
}
