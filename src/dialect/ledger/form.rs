//! How the ledger of one tool looks: plain data, from which [`super::sql`] makes its statements. Must not know any tool.

use crate::domain::catalog::LedgerDialect;

/// How a tool records migrations. Every text is SQL over the columns of the table, whose names are quoted.
#[derive(Debug)]
pub(super) struct Form {
    /// Whose it is.
    pub(super) dialect: LedgerDialect,
    /// The raw names that its table has.
    pub(super) tables: &'static [&'static str],
    /// The columns without which it is none: those that are read.
    pub(super) columns: &'static [&'static str],
    /// A column with which it is another tool's.
    pub(super) stranger: Option<&'static str>,
    /// Where several lines may tell of one migration.
    pub(super) latest: Option<Latest>,
    /// Which lines count.
    pub(super) kept: &'static str,
    /// The application of a migration.
    pub(super) app: Option<&'static str>,
    /// The name or version of a migration.
    pub(super) name: &'static str,
    /// Whether it failed or was not ended: a truth.
    pub(super) failed: Option<&'static str>,
    /// The checksum of its text.
    pub(super) checksum: Option<&'static str>,
    /// When it was applied: a timestamp.
    pub(super) applied: Option<&'static str>,
    /// What a sort begins with that puts the newest first.
    pub(super) newest_first: &'static str,
    /// How a file of migrations is recorded.
    pub(super) recorded: Recorded,
}

/// Of the lines that agree in some columns only one counts.
#[derive(Debug)]
pub(super) struct Latest {
    /// The columns.
    pub(super) of: &'static str,
    /// What a sort begins with that puts the line that counts first.
    pub(super) by: &'static str,
}

/// What of a migration's file stands in the ledger as its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Recorded {
    /// The stem: `0015_vip`.
    Stem,
    /// What stands before the first `_`, without a leading `V`: `0015`.
    Version,
    /// The same as a number: `15`.
    Number,
}

/// What most forms have in common, so that each file tells only what is its own.
pub(super) const PLAIN: Form = Form {
    dialect: LedgerDialect::Rails,
    tables: &[],
    columns: &[],
    stranger: None,
    latest: None,
    kept: "true",
    app: None,
    name: "NULL",
    failed: None,
    checksum: None,
    applied: None,
    newest_first: "1",
    recorded: Recorded::Stem,
};
