//! golang-migrate: one line with the newest version, and whether that one was left half applied.

use super::form::{Form, PLAIN, Recorded};
use crate::domain::catalog::LedgerDialect;

pub(super) const FORM: Form = Form {
    dialect: LedgerDialect::GolangMigrate,
    tables: &["schema_migrations"],
    columns: &["version", "dirty"],
    name: r#""version""#,
    failed: Some(r#""dirty""#),
    newest_first: r#""version" DESC"#,
    recorded: Recorded::Number,
    ..PLAIN
};
