//! Rails and those who do as Rails does (apartment, dbmate, Ecto): a column of versions, and a line only for what succeeded.

use super::form::{Form, PLAIN, Recorded};
use crate::domain::catalog::LedgerDialect;

pub(super) const FORM: Form = Form {
    dialect: LedgerDialect::Rails,
    tables: &["schema_migrations"],
    columns: &["version"],
    stranger: Some("dirty"),
    name: r#""version""#,
    newest_first: r#"length("version"::text) DESC, "version"::text COLLATE "C" DESC"#,
    recorded: Recorded::Version,
    ..PLAIN
};
