//! What the ledgers say: migrations, histories that many schemas share, and how a ledger could be read. Must not know how a
//! ledger is stored, nor which migrations a schema should have.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::catalog::LedgerDialect;

/// One migration, as its tool names it. Ordered by application, then by name.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Migration {
    /// The application that it belongs to, where the tool has such (Django). Raw.
    pub app: Option<String>,
    /// Its name or version. Raw.
    pub name: String,
}

impl Migration {
    /// How people name it: `crm 0015_vip`, or the version alone. Raw: to be made safe before it is shown.
    pub fn label(&self) -> String {
        match &self.app {
            Some(app) => format!("{app} {}", self.name),
            None => self.name.clone(),
        }
    }
}

/// How a migration ended, as the ledger tells it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mark {
    /// It was applied.
    Applied,
    /// It was begun and not ended, or failed: golang-migrate's `dirty`, Flyway's `success = false`.
    Failed,
}

/// One line of a history.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Step {
    /// Which migration.
    pub migration: Migration,
    /// How it ended.
    pub mark: Mark,
    /// The checksum of its text where the tool records one: another one means that an applied migration was edited.
    pub checksum: Option<String>,
}

/// Identity of a history within one database: equal contents of equal ledgers give equal ids.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct HistoryId(pub u64);

/// What a ledger holds; thousands of schemas share a handful of these.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct History {
    /// Whose ledger it is.
    pub dialect: LedgerDialect,
    /// Its lines, sorted by migration, each migration once.
    pub steps: Vec<Step>,
}

impl History {
    /// The applications of which it says that something was applied.
    pub fn applied_apps(&self) -> BTreeSet<&str> {
        let applied = self.steps.iter().filter(|step| step.mark == Mark::Applied);
        applied.filter_map(|step| step.migration.app.as_deref()).collect()
    }
}

/// What came of reading the ledger of one schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LedgerReading {
    /// It was read; its history is in [`Database::histories`](super::fleet::Database::histories).
    Read(HistoryId),
    /// Our role may not read it, or row security may hide rows of it.
    Unreadable,
    /// Somebody has locked it just now; it is read again.
    Busy,
    /// It does not look like a ledger of its name: columns are missing.
    Strange,
}
