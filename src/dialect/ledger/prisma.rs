//! Prisma: a line for each attempt; one that was rolled back counts for nothing, one without an end has failed.

use super::form::{Form, Latest, PLAIN};
use crate::domain::catalog::LedgerDialect;

pub(super) const FORM: Form = Form {
    dialect: LedgerDialect::Prisma,
    tables: &["_prisma_migrations"],
    columns: &["migration_name", "checksum", "started_at", "finished_at", "rolled_back_at"],
    latest: Some(Latest { of: r#""migration_name" COLLATE "C""#, by: r#""rolled_back_at" IS NOT NULL, "started_at" DESC"# }),
    kept: r#""rolled_back_at" IS NULL"#,
    name: r#""migration_name""#,
    failed: Some(r#""finished_at" IS NULL"#),
    checksum: Some(r#""checksum""#),
    applied: Some(r#""finished_at""#),
    newest_first: r#""started_at" DESC, "migration_name" COLLATE "C" DESC"#,
    ..PLAIN
};
