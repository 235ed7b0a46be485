//! How many tenants a database can still take, and what already wears its server: the figures and the sentences of screen 4.
//! Plain data; must not know how it is reckoned.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::fault::Fault;
use super::fleet::Severity;

/// The tables that one database is said to take: a rule of thumb of the field, not a law of PostgreSQL.
pub const USUAL_TABLE_LIMIT: u64 = 1_000_000;

/// How full a database, or a whole fleet, is. Reckoned from the tenants whose schema was counted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Sizing {
    /// Tenants that have a schema.
    pub tenants: u64,
    /// Tables of all these schemas together.
    pub tables: u64,
    /// How many tables one tenant has.
    pub tables_per_tenant: Spread,
    /// Tenants whose number of tables is far from the others', the farthest first. Raw names.
    pub outliers: Vec<Outlier>,
    /// How many tables one database is said to take.
    pub table_limit: u64,
    /// Whether a person configured that limit, or it is [`USUAL_TABLE_LIMIT`].
    pub is_limit_configured: bool,
    /// `table_limit / (tables_per_tenant + 2)`, rounded down: the tenants that one database takes.
    pub scary_number: u64,
    /// `table_limit / tables_per_tenant` without the `+ 2`, rounded to two digits: the number as people say it.
    pub spoken: u64,
    /// `tables_per_tenant * tenants / 10^6`, whatever the limit is.
    pub million_tables_factor: f64,
    /// `tenants / scary_number`; above 1 when there are more than the database is said to take.
    pub share: f64,
    /// What to think of the share.
    pub severity: Severity,
}

/// How a figure is spread over the tenants.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Spread {
    /// The least.
    pub least: u32,
    /// The middle one.
    pub median: u32,
    /// The most.
    pub most: u32,
}

/// A tenant with far more or far fewer tables than the others.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outlier {
    /// The raw name of its schema.
    pub schema: String,
    /// Its tables.
    pub tables: u32,
}

/// The number of tenants and of their tables on one day, as tenantry saw it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sample {
    /// The day, in UTC.
    pub day: Date,
    /// Tenants that have a schema.
    pub tenants: u64,
    /// Their tables.
    pub tables: u64,
}

/// How the number of tenants grew, and where that leads.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Growth {
    /// Where the points come from.
    pub source: GrowthSource,
    /// Tenants by day, the oldest first; the last one is today's.
    pub points: Vec<(Date, u64)>,
    /// What follows from them.
    pub runway: Runway,
}

/// Where the past of a fleet is known from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GrowthSource {
    /// The days on which the registry says its tenants were created. Tenants that are gone are not among them.
    Registry,
    /// What tenantry saw on earlier days.
    Samples,
}

/// When the scary number falls.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "runway", rename_all = "snake_case")]
pub enum Runway {
    /// Too little is known of the past.
    NotEnough {
        /// A fragment that says what is missing: `2 days known, 14 needed`.
        why: String,
    },
    /// There are as many tenants as the database is said to take, or more.
    Reached,
    /// The number of tenants does not grow, or so slowly that no date within 50 years follows.
    Level {
        /// Tenants a month of 30.44 days, by the trend; negative when they become fewer.
        per_month: f64,
        /// Days that the trend was taken from.
        days: u32,
    },
    /// The trend leads to the scary number.
    Falls {
        /// Tenants a month of 30.44 days, by the trend.
        per_month: f64,
        /// Days that the trend was taken from.
        days: u32,
        /// The day by the trend.
        day: Date,
        /// The first day of the interval.
        earliest: Date,
        /// The last day of the interval; `None` when the past does not rule out that it never falls.
        latest: Option<Date>,
    },
}

impl Runway {
    /// Tenants a month of 30.44 days, by the trend, where there is one.
    pub fn per_month(&self) -> Option<f64> {
        match self {
            Self::Level { per_month, .. } | Self::Falls { per_month, .. } => Some(*per_month),
            Self::NotEnough { .. } | Self::Reached => None,
        }
    }
}

/// A line of PRESSURE: something that wears a server with many tables, measured on this one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Gauge {
    /// Which.
    pub id: GaugeId,
    /// What to think of it; [`Severity::Info`] when it could not be seen.
    pub severity: Severity,
    /// The figures in at most 48 cells: `pg_class 4.0 M rows, pg_attribute 5.2 GB`.
    pub value: String,
    /// What it comes to in at most 12 cells: `ok`, `4 at once`, `will fail`, `not seen`.
    pub verdict: String,
    /// The figure that the thresholds are about, in `unit`; `None` when it could not be seen.
    pub measure: Option<f64>,
    /// The unit of `measure` and of the thresholds: `share`, `bytes`, `locks`.
    pub unit: &'static str,
    /// From where on it is [`Severity::Warn`].
    pub warn: Option<f64>,
    /// From where on it is [`Severity::Danger`].
    pub danger: Option<f64>,
    /// Whether the figure is an estimate rather than a measurement.
    pub is_estimate: bool,
    /// Why it could not be seen.
    pub unseen: Option<Fault>,
    /// What a person should know of it.
    pub explanation: Explanation,
}

/// What Enter on a line tells. Whole sentences.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Explanation {
    /// What it is and why it matters to a fleet of many schemas.
    pub what: String,
    /// How it was measured, with the formula.
    pub how: String,
    /// The inputs of the formula: names and values, both safe to show.
    pub inputs: Vec<(String, String)>,
    /// What becomes of it when nobody does anything.
    pub costs: String,
    /// What to do.
    pub remedy: String,
}

/// The lines of PRESSURE, in the order in which they are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GaugeId {
    /// Rows and bytes of the catalogues, and what of them is dead.
    Catalogue,
    /// What a connection keeps in memory of the tenants that it touches.
    BackendCache,
    /// The lock table against dropping or cloning tenants.
    LockTable,
    /// The lock table against a dump of the whole database.
    Dump,
    /// The lock table against a migration of all tenants in one transaction.
    Migration,
    /// Files on disk.
    Files,
    /// Autovacuum's workers against the tables that they must look after.
    Autovacuum,
    /// The age of the oldest transaction id.
    TransactionAge,
    /// The age of the oldest multixact.
    MultixactAge,
    /// Tables that were never analysed.
    NeverAnalysed,
    /// Keys of two and four bytes near their end.
    Keys,
    /// Indexes that are not valid.
    InvalidIndexes,
    /// Connections in use.
    Connections,
    /// Files of sorts and hashes that did not fit into memory.
    TempFiles,
    /// Replication slots that hold back WAL or vacuum.
    Slots,
    /// How often checkpoints come before their time.
    Checkpoints,
    /// What this version of the server cannot do, or will soon not be mended any more.
    Version,
}

impl GaugeId {
    /// All of them, in the order in which they are shown.
    pub const ALL: [Self; 17] = [
        Self::Catalogue,
        Self::BackendCache,
        Self::LockTable,
        Self::Dump,
        Self::Migration,
        Self::Files,
        Self::Autovacuum,
        Self::TransactionAge,
        Self::MultixactAge,
        Self::NeverAnalysed,
        Self::Keys,
        Self::InvalidIndexes,
        Self::Connections,
        Self::TempFiles,
        Self::Slots,
        Self::Checkpoints,
        Self::Version,
    ];

    /// The name for it in arguments and files: `lock-table`.
    pub fn name(self) -> &'static str {
        match self {
            Self::BackendCache => "backend-cache",
            Self::LockTable => "lock-table",
            Self::Migration => "one-transaction",
            Self::TransactionAge => "transaction-age",
            Self::MultixactAge => "multixact-age",
            Self::NeverAnalysed => "never-analysed",
            Self::InvalidIndexes => "invalid-indexes",
            Self::TempFiles => "temp-files",
            other => other.word(),
        }
    }

    /// The word for it on screen, at most 15 cells.
    pub fn word(self) -> &'static str {
        match self {
            Self::Catalogue => "catalogue",
            Self::BackendCache => "backend cache",
            Self::LockTable => "lock table",
            Self::Dump => "pg_dump",
            Self::Migration => "one transaction",
            Self::Files => "files",
            Self::Autovacuum => "autovacuum",
            Self::TransactionAge => "transaction age",
            Self::MultixactAge => "multixact age",
            Self::NeverAnalysed => "never analysed",
            Self::Keys => "keys",
            Self::InvalidIndexes => "invalid indexes",
            Self::Connections => "connections",
            Self::TempFiles => "temp files",
            Self::Slots => "slots",
            Self::Checkpoints => "checkpoints",
            Self::Version => "version",
        }
    }
}

/// The figures above PRESSURE, in the order in which they are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FigureId {
    /// How many tables one tenant has.
    Tables,
    /// How many tenants one database takes.
    Scary,
    /// How many tenants there are.
    Tenants,
    /// How many millions of tables there are.
    Factor,
    /// When the scary number falls.
    Runway,
}

impl FigureId {
    /// All of them, in the order in which they are shown.
    pub const ALL: [Self; 5] = [Self::Tables, Self::Scary, Self::Tenants, Self::Factor, Self::Runway];

    /// The name for it in arguments and files: `scary-number`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Tables => "tables-per-tenant",
            Self::Scary => "scary-number",
            Self::Tenants => "tenants",
            Self::Factor => "million-tables-factor",
            Self::Runway => "runway",
        }
    }

    /// The words for it on screen, at most 21 cells.
    pub fn word(self) -> &'static str {
        match self {
            Self::Tables => "tables per tenant",
            Self::Scary => "scary number",
            Self::Tenants => "tenants now",
            Self::Factor => "million-tables factor",
            Self::Runway => "runway",
        }
    }
}

/// A line that can be explained: a figure, or a line of PRESSURE.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LineId {
    /// Above PRESSURE.
    Figure(FigureId),
    /// Of PRESSURE.
    Gauge(GaugeId),
}

impl LineId {
    /// The words for it on screen.
    pub fn word(self) -> &'static str {
        match self {
            Self::Figure(id) => id.word(),
            Self::Gauge(id) => id.word(),
        }
    }

    /// All of them, in the order in which they are shown.
    pub fn all() -> impl Iterator<Item = Self> {
        FigureId::ALL.into_iter().map(Self::Figure).chain(GaugeId::ALL.into_iter().map(Self::Gauge))
    }

    /// The name for it in arguments and files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Figure(id) => id.name(),
            Self::Gauge(id) => id.name(),
        }
    }

    /// The one of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::all().find(|id| id.name() == name)
    }
}

/// A line with all that a person should know of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Explained {
    /// Which.
    pub id: LineId,
    /// What to think of it; `None` where there is nothing to think.
    pub severity: Option<Severity>,
    /// The figures, safe to show.
    pub value: String,
    /// What it comes to; empty where there is nothing to think.
    pub verdict: String,
    /// The figure, in `unit`; `None` when it is not known.
    pub measure: Option<f64>,
    /// The unit of `measure` and of the thresholds.
    pub unit: &'static str,
    /// From where on it is [`Severity::Warn`].
    pub warn: Option<f64>,
    /// From where on it is [`Severity::Danger`].
    pub danger: Option<f64>,
    /// Whether the figure is an estimate rather than a measurement.
    pub is_estimate: bool,
    /// Why it could not be seen.
    pub unseen: Option<Fault>,
    /// What a person should know of it.
    pub explanation: Explanation,
}

impl From<Gauge> for Explained {
    fn from(it: Gauge) -> Self {
        Self {
            id: LineId::Gauge(it.id),
            severity: Some(it.severity),
            value: it.value,
            verdict: it.verdict,
            measure: it.measure,
            unit: it.unit,
            warn: it.warn,
            danger: it.danger,
            is_estimate: it.is_estimate,
            unseen: it.unseen,
            explanation: it.explanation,
        }
    }
}
