//! Liquibase: a line for each change set, which author, id and file name together.

use super::form::{Form, PLAIN};
use crate::domain::catalog::LedgerDialect;

pub(super) const FORM: Form = Form {
    dialect: LedgerDialect::Liquibase,
    tables: &["databasechangelog"],
    columns: &["id", "author", "filename", "dateexecuted", "orderexecuted", "exectype", "md5sum"],
    app: Some(r#""filename""#),
    name: r#""id" || ' ' || "author""#,
    failed: Some(r#""exectype" = 'FAILED'"#),
    checksum: Some(r#""md5sum""#),
    applied: Some(r#""dateexecuted""#),
    newest_first: r#""dateexecuted" DESC, "orderexecuted" DESC"#,
    ..PLAIN
};
