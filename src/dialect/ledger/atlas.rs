//! Atlas: a line for each version with how many of its statements ran. A line whose version begins with a dot is Atlas's own.

use super::form::{Form, PLAIN, Recorded};
use crate::domain::catalog::LedgerDialect;

pub(super) const FORM: Form = Form {
    dialect: LedgerDialect::Atlas,
    tables: &["atlas_schema_revisions"],
    columns: &["version", "applied", "total", "executed_at", "error", "hash"],
    kept: r#""version" NOT LIKE '.%'"#,
    name: r#""version""#,
    failed: Some(r#"coalesce("error", '') <> '' OR "applied" < "total""#),
    checksum: Some(r#""hash""#),
    applied: Some(r#""executed_at""#),
    newest_first: r#""executed_at" DESC, "version" COLLATE "C" DESC"#,
    recorded: Recorded::Version,
    ..PLAIN
};
