//! sqlx: a line for each migration with its checksum; one that failed outside of a transaction stays without success.

use super::form::{Form, PLAIN, Recorded};
use crate::domain::catalog::LedgerDialect;

pub(super) const FORM: Form = Form {
    dialect: LedgerDialect::Sqlx,
    tables: &["_sqlx_migrations"],
    columns: &["version", "installed_on", "success", "checksum"],
    name: r#""version""#,
    failed: Some(r#"NOT "success""#),
    checksum: Some(r#"encode("checksum", 'hex')"#),
    applied: Some(r#""installed_on""#),
    newest_first: r#""version" DESC"#,
    recorded: Recorded::Number,
    ..PLAIN
};
