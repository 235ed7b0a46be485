//! Django: every application's migrations in one table, those of shared applications too. A migration that fails leaves no line.

use super::form::{Form, PLAIN};
use crate::domain::catalog::LedgerDialect;

pub(super) const FORM: Form = Form {
    dialect: LedgerDialect::Django,
    tables: &["django_migrations"],
    columns: &["id", "app", "name", "applied"],
    app: Some(r#""app""#),
    name: r#""name""#,
    applied: Some(r#""applied""#),
    newest_first: r#""id" DESC"#,
    ..PLAIN
};
