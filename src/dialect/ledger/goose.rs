//! goose: a line for each time that a version was applied or taken back; the newest line of a version counts. Version 0 is the
//! making of the table.

use super::form::{Form, Latest, PLAIN, Recorded};
use crate::domain::catalog::LedgerDialect;

pub(super) const FORM: Form = Form {
    dialect: LedgerDialect::Goose,
    tables: &["goose_db_version"],
    columns: &["id", "version_id", "is_applied", "tstamp"],
    latest: Some(Latest { of: r#""version_id""#, by: r#""id" DESC"# }),
    kept: r#""is_applied" AND "version_id" <> 0"#,
    name: r#""version_id""#,
    applied: Some(r#""tstamp""#),
    newest_first: r#""id" DESC"#,
    recorded: Recorded::Number,
    ..PLAIN
};
