//! The statements that write a ledger, and the one that tells whether it says what is expected. Only ledgers whose lines need
//! nothing that their own tool alone knows are written; all others are read. Every name is qualified, so that they mean the same
//! under any `search_path`.

use super::Fingerprint;
use super::form;
use super::sql::{from, hash};
use crate::domain::catalog::LedgerDialect;
use crate::domain::history::Migration;
use crate::sqltext::{ident, literal, qualified};

/// A line of a ledger, as tenantry writes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Line<'a> {
    /// Which migration, as the ledger names it.
    pub migration: &'a Migration,
    /// The checksum of its text, where the ledger records one.
    pub checksum: Option<&'a str>,
    /// Whether it says that the migration has begun and not ended. Only tenantry's own ledger has such lines.
    pub started: bool,
}

/// Whether tenantry writes ledgers of this dialect.
pub fn is_written(dialect: LedgerDialect) -> bool {
    matches!(dialect, LedgerDialect::Django | LedgerDialect::Rails | LedgerDialect::Tenantry)
}

/// Whether the ledger tells of migrations that have begun and not ended.
pub fn tells_started(dialect: LedgerDialect) -> bool {
    dialect == LedgerDialect::Tenantry
}

/// The statement that adds a line; `None` where the dialect is not written, or cannot say this: Django has no migration without
/// an application.
pub fn records(dialect: LedgerDialect, schema: &str, table: &str, line: Line<'_>) -> Option<String> {
    let mut cells = cells(dialect, line)?;
    if dialect == LedgerDialect::Django {
        cells.push(("applied", "pg_catalog.now()".into()));
    }
    let columns: Vec<String> = cells.iter().map(|(column, _)| ident(column)).collect();
    let values: Vec<String> = cells.into_iter().map(|(_, value)| value).collect();
    let table = qualified(schema, table);
    Some(format!("INSERT INTO {table} ({}) VALUES ({})", columns.join(", "), values.join(", ")))
}

/// The statement that turns the line of a migration that has begun into one that says that it is applied; `None` where there are
/// no such lines.
pub fn ends(dialect: LedgerDialect, schema: &str, table: &str, migration: &Migration) -> Option<String> {
    let of = of(dialect, migration).filter(|_| tells_started(dialect))?;
    let table = qualified(schema, table);
    Some(format!(r#"UPDATE {table} SET "state" = 'applied', "applied_at" = pg_catalog.now() WHERE {of}"#))
}

/// The statement that takes the line of a migration away; `None` where [`records`] gives none.
pub fn forgets(dialect: LedgerDialect, schema: &str, table: &str, migration: &Migration) -> Option<String> {
    Some(format!("DELETE FROM {} WHERE {}", qualified(schema, table), of(dialect, migration)?))
}

/// An expression: whether the ledger has a line for this migration that says that it is applied. To be read with `pg_catalog` as
/// `search_path`, as [`expects`].
pub fn holds(dialect: LedgerDialect, schema: &str, table: &str, migration: &Migration) -> Option<String> {
    let is_ended = if tells_started(dialect) { r#" AND "state" = 'applied'"# } else { "" };
    Some(format!("EXISTS (SELECT FROM {} WHERE {}{is_ended})", qualified(schema, table), of(dialect, migration)?))
}

/// An expression: whether the ledger says what it said at `base` with these lines more and these lines less. `None` where the
/// dialect is not written.
pub fn expects(
    dialect: LedgerDialect,
    schema: &str,
    table: &str,
    base: Fingerprint,
    added: &[Line<'_>],
    removed: &[Line<'_>],
) -> Option<String> {
    if !is_written(dialect) {
        return None;
    }
    let mut sum = format!("'{}'::numeric", base.sum);
    for (sign, lines) in [('+', added), ('-', removed)] {
        for line in lines {
            sum.push_str(&format!(" {sign} {}", hash_of(dialect, *line)?));
        }
    }
    let lines = i128::from(base.lines) + added.len() as i128 - removed.len() as i128;
    let form = form(dialect);
    Some(format!("(SELECT count(*) = {lines} AND coalesce(sum({}), 0) = {sum} {})", hash(form), from(form, schema, table)))
}

/// The hash of a line that is not there yet: of a row with the same cells.
fn hash_of(dialect: LedgerDialect, line: Line<'_>) -> Option<String> {
    let cells = cells(dialect, line)?;
    let row: Vec<String> = cells.iter().map(|(column, value)| format!("{value}::text AS {}", ident(column))).collect();
    Some(format!("(SELECT {} FROM (SELECT {}) AS l)", hash(form(dialect)), row.join(", ")))
}

/// The cells of a line that a history tells of, each as its column and a literal.
fn cells(dialect: LedgerDialect, line: Line<'_>) -> Option<Vec<(&'static str, String)>> {
    let Line { migration, checksum, started } = line;
    match (dialect, &migration.app) {
        (LedgerDialect::Django, Some(app)) if !started => {
            Some(vec![("app", literal(app)), ("name", literal(&migration.name))])
        }
        (LedgerDialect::Rails, None) if !started => Some(vec![("version", literal(&migration.name))]),
        (LedgerDialect::Tenantry, _) => Some(vec![
            ("name", literal(&path(migration))),
            ("checksum", checksum.map_or_else(|| "NULL".into(), literal)),
            ("state", literal(if started { "started" } else { "applied" })),
        ]),
        _ => None,
    }
}

/// The condition that selects the lines of a migration.
fn of(dialect: LedgerDialect, migration: &Migration) -> Option<String> {
    let name = &migration.name;
    match (dialect, &migration.app) {
        (LedgerDialect::Django, Some(app)) => Some(format!(r#""app" = {} AND "name" = {}"#, literal(app), literal(name))),
        // The column may be text or a number.
        (LedgerDialect::Rails, None) => Some(format!(r#""version"::text = {}"#, literal(name))),
        (LedgerDialect::Tenantry, _) => Some(format!(r#""name" = {}"#, literal(&path(migration)))),
        _ => None,
    }
}

/// How tenantry's own ledger names a migration.
fn path(migration: &Migration) -> String {
    match &migration.app {
        Some(app) => format!("{app}/{}", migration.name),
        None => migration.name.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn migration(app: Option<&str>, name: &str) -> Migration {
        Migration { app: app.map(str::to_owned), name: name.into() }
    }

    fn line(migration: &Migration) -> Line<'_> {
        Line { migration, checksum: Some("ab"), started: false }
    }

    #[test]
    fn lines_are_written_in_three_dialects_and_no_other() {
        let (with_app, plain) = (migration(Some("crm"), "0015_o'vip"), migration(None, "20240501"));
        let django = records(LedgerDialect::Django, "a\"b", "django_migrations", line(&with_app)).unwrap();
        assert_eq!(
            django,
            r#"INSERT INTO "a""b"."django_migrations" ("app", "name", "applied") VALUES ('crm', '0015_o''vip', pg_catalog.now())"#
        );
        let rails = records(LedgerDialect::Rails, "a", "schema_migrations", line(&plain)).unwrap();
        assert_eq!(rails, r#"INSERT INTO "a"."schema_migrations" ("version") VALUES ('20240501')"#);
        let own = records(LedgerDialect::Tenantry, "a", "tenantry_migrations", line(&with_app)).unwrap();
        assert!(own.ends_with(r#"("name", "checksum", "state") VALUES ('crm/0015_o''vip', 'ab', 'applied')"#), "{own}");
        for dialect in LedgerDialect::ALL {
            let both = [&with_app, &plain].map(|migration| records(dialect, "a", "t", line(migration)).is_some());
            assert_eq!(both.contains(&true), is_written(dialect), "{dialect:?}");
            let base = Fingerprint::default();
            assert_eq!(expects(dialect, "a", "t", base, &[], &[]).is_some(), is_written(dialect), "{dialect:?}");
        }
    }

    #[test]
    fn what_a_dialect_cannot_say_is_not_written() {
        let (with_app, plain) = (migration(Some("crm"), "1"), migration(None, "1"));
        assert_eq!(records(LedgerDialect::Django, "a", "t", line(&plain)), None);
        assert_eq!(records(LedgerDialect::Rails, "a", "t", line(&with_app)), None);
        let started = |migration| Line { started: true, ..line(migration) };
        assert_eq!(records(LedgerDialect::Django, "a", "t", started(&with_app)), None);
        assert_eq!(ends(LedgerDialect::Django, "a", "t", &with_app), None);
        let own = records(LedgerDialect::Tenantry, "a", "t", started(&plain)).unwrap();
        assert!(own.ends_with("VALUES ('1', 'ab', 'started')"), "{own}");
        assert!(ends(LedgerDialect::Tenantry, "a", "t", &plain).is_some());
    }
}
