//! Entity Framework: the names of migrations, which begin with their time. A migration that fails leaves no line.

use super::form::{Form, PLAIN};
use crate::domain::catalog::LedgerDialect;

pub(super) const FORM: Form = Form {
    dialect: LedgerDialect::EntityFramework,
    tables: &["__EFMigrationsHistory"],
    columns: &["MigrationId"],
    name: r#""MigrationId""#,
    newest_first: r#""MigrationId" COLLATE "C" DESC"#,
    ..PLAIN
};
