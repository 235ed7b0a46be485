//! Which tables live where: in the shared schema, in the tenants' schemas, in both, in some of them. Facts and findings, plain data.
//! Must not know how either is come by.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::catalog::Oid;
use super::fleet::Severity;

/// What one database tells of where its tables live: ordinary and partitioned tables, without partitions. Raw names.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct PlacementFacts {
    /// When it was read, by the clock of this machine.
    pub as_of: Timestamp,
    /// Every table name, sorted.
    pub tables: Vec<PlacedTable>,
    /// Each set of schemas that some table lives in, as sorted `pg_namespace.oid`: thousands of tables share a handful of them.
    pub sets: Vec<Vec<Oid>>,
    /// Foreign keys that lead from one schema into another.
    pub keys: Vec<CrossingKey>,
    /// The columns of the tables in shared schemas that may hold sessions.
    pub columns: Vec<TableColumns>,
    /// The tables that the log of Django's admin points to: its users, whatever their table is called.
    pub logged: Vec<String>,
    /// How many table names were left out, because there are too many of them.
    pub left_out: u32,
    /// Whether foreign keys were left out, because there are too many kinds of them.
    pub are_keys_cut: bool,
}

/// One table name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlacedTable {
    /// The raw name.
    pub name: String,
    /// The position of the schemas that have it in [`PlacementFacts::sets`].
    pub set: usize,
}

/// Foreign keys between tables of the same two names that lead into the same schema.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CrossingKey {
    /// The table that has the key.
    pub table: String,
    /// The table that it points to.
    pub target: String,
    /// The schema of that table.
    pub into: Oid,
    /// The schemas of the tables that have it, sorted.
    pub from: Vec<Oid>,
}

/// The columns of one table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableColumns {
    /// The schema of the table.
    pub schema: Oid,
    /// The table.
    pub table: String,
    /// Its columns.
    pub columns: Vec<String>,
}

/// Where a table lives, in the order in which a matrix lists it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    /// In some tenants' schemas and not in others, whether it is in a shared schema or not.
    Some,
    /// In each tenant's schema and in a shared one.
    Both,
    /// In shared schemas only.
    Shared,
    /// In each tenant's schema and in no shared one.
    Tenants,
}

impl Place {
    /// The word for it in lists, filters and files.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Some => "some",
            Self::Both => "both",
            Self::Shared => "shared",
            Self::Tenants => "tenants",
        }
    }

    /// What it says, in a few words.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Some => "some tenants",
            Self::Both => "both",
            Self::Shared => "shared only",
            Self::Tenants => "tenants only",
        }
    }
}

/// One line of the matrix.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlacementRow {
    /// The table, raw.
    pub table: String,
    /// The application that it belongs to, where the ledgers name applications (Django). Raw.
    pub app: Option<String>,
    /// Where it lives.
    pub place: Place,
    /// How many schemas of tenants have it.
    pub tenants: u32,
    /// The shared schemas that have it, raw.
    pub shared: Vec<String>,
    /// How many schemas have it that are neither: orphans, the reference, an extension's.
    pub others: u32,
    /// The tenants that stand out where only some have it.
    pub odd: Option<OddTenants>,
}

/// The smaller side where some tenants have a table and others have not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OddTenants {
    /// Whether these have the table; if not, they lack it.
    pub have_it: bool,
    /// Who they are.
    pub tenants: Concerned,
}

/// Schemas of tenants, the first of them by name.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Concerned {
    /// How many there are.
    pub count: u32,
    /// The first [`LISTED`] of them, raw.
    pub schemas: Vec<String>,
}

/// How many schemas are listed before the rest is only counted.
pub const LISTED: usize = 100;

/// What a finding is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FindingKind {
    /// Users live in the tenants and sessions in a shared schema.
    SessionLeak,
    /// Foreign keys from one tenant into another one.
    KeyBetweenTenants,
    /// A tenant's ledger records an application without any table.
    Ghost,
    /// Foreign keys from a shared schema into a tenant's.
    KeyToTenant,
    /// Content types that are in both, so that a tenant's hide the shared ones.
    ContentTypes,
    /// Tables that only some tenants have.
    SomeTenants,
    /// Foreign keys from tenants into a shared schema.
    KeyToShared,
    /// Tables that are in both.
    Both,
    /// The ledger is in the schemas of tenants.
    Ledger,
    /// Sessions are at least as strict as users.
    SessionsSafe,
}

impl FindingKind {
    /// The word for it in files.
    pub const fn word(self) -> &'static str {
        match self {
            Self::SessionLeak => "session-leak",
            Self::KeyBetweenTenants => "key-between-tenants",
            Self::Ghost => "ghost",
            Self::KeyToTenant => "key-to-tenant",
            Self::ContentTypes => "content-types",
            Self::SomeTenants => "some-tenants",
            Self::KeyToShared => "key-to-shared",
            Self::Both => "both",
            Self::Ledger => "ledger",
            Self::SessionsSafe => "sessions-safe",
        }
    }

    /// What it is called above its explanation.
    pub const fn title(self) -> &'static str {
        match self {
            Self::SessionLeak => "sessions leak across tenants",
            Self::KeyBetweenTenants => "foreign keys between tenants",
            Self::Ghost => "recorded without its tables",
            Self::KeyToTenant => "foreign keys into a tenant",
            Self::ContentTypes => "content types in both",
            Self::SomeTenants => "tables of some tenants",
            Self::KeyToShared => "foreign keys into shared tables",
            Self::Both => "tables in both",
            Self::Ledger => "the ledger of each tenant",
            Self::SessionsSafe => "sessions and users",
        }
    }
}

/// Something that the places of tables mean.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// How much it matters.
    pub severity: Severity,
    /// What it is about.
    pub kind: FindingKind,
    /// What was found, a lower-case fragment that is safe to show.
    pub sentence: String,
    /// Why it matters, in sentences.
    pub why: String,
    /// What to do about it, in sentences; empty where nothing is to be done.
    pub advice: String,
    /// The tables that it is about, raw; `a -> b` for a foreign key.
    pub tables: Vec<String>,
    /// The schemas of tenants that it is about.
    pub tenants: Concerned,
}

/// What came of judging one database.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Placement {
    /// When the facts were read.
    pub as_of: Timestamp,
    /// How many schemas of tenants there are, without empty ones.
    pub tenants: u32,
    /// What was found, the worst first.
    pub findings: Vec<Finding>,
    /// The tables: those of some tenants first, then those in both, the shared ones, the tenants' own; by name.
    pub rows: Vec<PlacementRow>,
    /// How many table names only schemas have that are neither shared nor a tenant's.
    pub elsewhere: u32,
    /// How many table names were left out, because there are too many of them.
    pub left_out: u32,
}

impl Placement {
    /// The worst of all findings.
    pub fn severity(&self) -> Severity {
        self.findings.iter().map(|finding| finding.severity).max().unwrap_or(Severity::Ok)
    }
}
