//! Tenantry's own, for plain folders of SQL: a line for each file, written in the transaction that runs it. A file that cannot run
//! in a transaction has its line as `started` before it runs.

use super::form::{Form, PLAIN};
use crate::domain::catalog::LedgerDialect;

/// The table, to be made in the schema of a tenant. `name` is the file's path below the folder without its ending, `0015_vip` or
/// `crm/0015_vip`; `checksum` is the SHA-256 of the file's bytes in hexadecimal digits.
pub const TABLE: &str = r#"CREATE TABLE "tenantry_migrations" (
    "name" text PRIMARY KEY,
    "checksum" text,
    "applied_at" timestamptz NOT NULL DEFAULT now(),
    "state" text NOT NULL DEFAULT 'applied' CHECK ("state" IN ('applied', 'started', 'failed'))
)"#;

pub(super) const FORM: Form = Form {
    dialect: LedgerDialect::Tenantry,
    tables: &["tenantry_migrations"],
    columns: &["name", "checksum", "applied_at", "state"],
    app: Some(r#"substring("name" FROM '^(.*)/')"#),
    name: r#"substring("name" FROM '[^/]*$')"#,
    failed: Some(r#""state" <> 'applied'"#),
    checksum: Some(r#""checksum""#),
    applied: Some(r#""applied_at""#),
    newest_first: r#""applied_at" DESC, "name" COLLATE "C" DESC"#,
    ..PLAIN
};
