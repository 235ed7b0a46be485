//! Flyway: a line for each run. A repeatable migration has no version and a new line each time that its text has changed; undone
//! and deleted ones are told by a later line. The line about the making of the schema is no migration.

use super::form::{Form, Latest, PLAIN, Recorded};
use crate::domain::catalog::LedgerDialect;

pub(super) const FORM: Form = Form {
    dialect: LedgerDialect::Flyway,
    tables: &["flyway_schema_history"],
    columns: &["installed_rank", "version", "description", "type", "checksum", "installed_on", "success"],
    latest: Some(Latest {
        of: r#"coalesce("version", 'R__' || replace("description", ' ', '_')) COLLATE "C""#,
        by: r#""installed_rank" DESC"#,
    }),
    kept: r#""type" <> 'SCHEMA' AND "type" <> 'DELETE' AND "type" NOT LIKE 'UNDO%'"#,
    name: r#"coalesce("version", 'R__' || replace("description", ' ', '_'))"#,
    failed: Some(r#"NOT "success""#),
    checksum: Some(r#""checksum""#),
    applied: Some(r#""installed_on""#),
    newest_first: r#""installed_rank" DESC"#,
    recorded: Recorded::Version,
    ..PLAIN
};
