//! Knex: the names of files, with their endings, in the batches in which they ran. A migration that fails leaves no line.

use super::form::{Form, PLAIN};
use crate::domain::catalog::LedgerDialect;

pub(super) const FORM: Form = Form {
    dialect: LedgerDialect::Knex,
    tables: &["knex_migrations"],
    columns: &["id", "name", "migration_time"],
    name: r#"regexp_replace("name", '[.][A-Za-z]+$', '')"#,
    applied: Some(r#""migration_time""#),
    newest_first: r#""id" DESC"#,
    ..PLAIN
};
