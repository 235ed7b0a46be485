//! Alembic: the revisions that nothing follows, as a rule one, and several after branches. What came before is not told.

use super::form::{Form, PLAIN, Recorded};
use crate::domain::catalog::LedgerDialect;

pub(super) const FORM: Form = Form {
    dialect: LedgerDialect::Alembic,
    tables: &["alembic_version"],
    columns: &["version_num"],
    name: r#""version_num""#,
    newest_first: r#""version_num" COLLATE "C" DESC"#,
    recorded: Recorded::Version,
    ..PLAIN
};
