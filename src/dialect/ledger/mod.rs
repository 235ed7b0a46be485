//! The ledgers: tables in which migration tools record what a schema has. Known by name and columns; what a tool writes is told in
//! one small file for each, the statements and their answers are the same for all.

mod alembic;
mod atlas;
mod contents;
mod django;
mod entity_framework;
mod flyway;
mod form;
mod golang_migrate;
mod goose;
mod knex;
mod liquibase;
mod prisma;
mod rails;
mod sql;
mod sqlx;
pub mod tenantry;
mod write;

use crate::domain::catalog::LedgerDialect;
use crate::domain::history::Migration;

pub use self::contents::{Contents, Fingerprint, contents, fingerprints, rows};
pub use self::sql::{MOST_ROWS, fingerprint, statement};
pub use self::write::{Line, ends, expects, forgets, holds, is_written, records, tells_started};

use self::form::{Form, Recorded};

/// The raw names of all ledger tables.
pub const TABLES: [&str; 12] = [
    "django_migrations",
    "schema_migrations",
    "tenantry_migrations",
    "flyway_schema_history",
    "alembic_version",
    "_sqlx_migrations",
    "__EFMigrationsHistory",
    "goose_db_version",
    "atlas_schema_revisions",
    "knex_migrations",
    "_prisma_migrations",
    "databasechangelog",
];

fn form(dialect: LedgerDialect) -> &'static Form {
    match dialect {
        LedgerDialect::Django => &django::FORM,
        LedgerDialect::Rails => &rails::FORM,
        LedgerDialect::Tenantry => &self::tenantry::FORM,
        LedgerDialect::Flyway => &flyway::FORM,
        LedgerDialect::Alembic => &alembic::FORM,
        LedgerDialect::GolangMigrate => &golang_migrate::FORM,
        LedgerDialect::Sqlx => &sqlx::FORM,
        LedgerDialect::EntityFramework => &entity_framework::FORM,
        LedgerDialect::Goose => &goose::FORM,
        LedgerDialect::Atlas => &atlas::FORM,
        LedgerDialect::Knex => &knex::FORM,
        LedgerDialect::Prisma => &prisma::FORM,
        LedgerDialect::Liquibase => &liquibase::FORM,
    }
}

/// Whose ledger a table seems to be. The better one is the smaller: where a schema has several, that is its ledger.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Recognised {
    /// Whether columns are missing, so that it is a ledger by its name only.
    pub is_strange: bool,
    /// The place of the dialect among all.
    place: usize,
    /// Whose it is.
    pub dialect: LedgerDialect,
}

/// Whose ledger a table of this raw name with these raw columns is; `None` when no ledger has this name.
pub fn recognise(table: &str, columns: &[impl AsRef<str>]) -> Option<Recognised> {
    let has = |column: &str| columns.iter().any(|other| other.as_ref() == column);
    let named = LedgerDialect::ALL.into_iter().map(form).enumerate().filter(|(_, form)| form.tables.contains(&table));
    let judged = named.map(|(place, form)| {
        let fits = form.columns.iter().all(|column| has(column)) && !form.stranger.is_some_and(has);
        Recognised { is_strange: !fits, place, dialect: form.dialect }
    });
    judged.min()
}

/// How a tool records the migration of a file. `file` has the folder in which it lies, if any, as application, and its stem as
/// name; only some tools tell applications apart.
pub fn recorded(dialect: LedgerDialect, file: &Migration) -> Migration {
    let form = form(dialect);
    let stem = file.name.as_str();
    let before = stem.split_once('_').map_or(stem, |(before, _)| before);
    let is_version = |text: &str| text.starts_with(|c: char| c.is_ascii_digit());
    let version = before.strip_prefix(['V', 'v']).filter(|rest| is_version(rest)).unwrap_or(before);
    let name = match form.recorded {
        Recorded::Stem => stem.to_owned(),
        // `V1_2__name` is Flyway's way to write 1.2, and `R__name` has no version.
        Recorded::Version if dialect == LedgerDialect::Flyway => flyway_name(stem).unwrap_or_else(|| version.to_owned()),
        Recorded::Version => version.to_owned(),
        Recorded::Number => match version.trim_start_matches('0') {
            "" if !version.is_empty() => "0".to_owned(),
            number => number.to_owned(),
        },
    };
    Migration { app: file.app.clone().filter(|_| form.app.is_some()), name }
}

fn flyway_name(stem: &str) -> Option<String> {
    let (before, _) = stem.split_once("__")?;
    match before {
        "R" => Some(stem.to_owned()),
        _ => before.strip_prefix('V').map(|version| version.replace('_', ".")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_dialect_has_its_form_and_every_form_its_tables() {
        let mut tables: Vec<&str> =
            LedgerDialect::ALL.into_iter().flat_map(|dialect| form(dialect).tables).copied().collect();
        tables.dedup();
        assert_eq!(tables.len(), TABLES.len(), "{tables:?}");
        for dialect in LedgerDialect::ALL {
            let form = form(dialect);
            assert_eq!(form.dialect, dialect);
            assert!(form.tables.iter().all(|table| TABLES.contains(table)) && !form.columns.is_empty(), "{form:?}");
            let found = recognise(form.tables[0], form.columns).unwrap();
            assert_eq!((found.dialect, found.is_strange), (dialect, false));
        }
    }

    #[test]
    fn a_table_is_known_by_name_and_columns() {
        let check = |table, columns: &[&str], expected| {
            let found = recognise(table, columns).map(|found| (found.dialect, found.is_strange));
            assert_eq!(found, expected, "{table} {columns:?}");
        };
        check("schema_migrations", &["version"], Some((LedgerDialect::Rails, false)));
        check("schema_migrations", &["version", "inserted_at"], Some((LedgerDialect::Rails, false)));
        check("schema_migrations", &["version", "dirty"], Some((LedgerDialect::GolangMigrate, false)));
        check("schema_migrations", &["id"], Some((LedgerDialect::Rails, true)));
        check("django_migrations", &["id", "app", "name"], Some((LedgerDialect::Django, true)));
        check("migrations", &["id"], None);
        let [strange, rails] = [recognise("django_migrations", &["id"]), recognise("schema_migrations", &["version"])];
        assert!(rails < strange, "one that fits is better than one that does not");
    }

    #[test]
    fn a_file_has_the_name_that_its_tool_records() {
        let check = |dialect, app: Option<&str>, stem: &str, expected: &str| {
            let file = Migration { app: app.map(str::to_owned), name: stem.into() };
            assert_eq!(recorded(dialect, &file).label(), expected, "{dialect:?} {stem}");
        };
        check(LedgerDialect::Django, Some("crm"), "0015_vip", "crm 0015_vip");
        check(LedgerDialect::Tenantry, Some("crm"), "0015_vip", "crm 0015_vip");
        check(LedgerDialect::Tenantry, None, "0015_vip", "0015_vip");
        check(LedgerDialect::Rails, Some("crm"), "20240501100000_add_vip", "20240501100000");
        check(LedgerDialect::GolangMigrate, None, "000015_vip", "15");
        check(LedgerDialect::GolangMigrate, None, "0000", "0");
        check(LedgerDialect::Flyway, None, "V1_2__add_vip", "1.2");
        check(LedgerDialect::Flyway, None, "0015_vip", "0015");
        check(LedgerDialect::Flyway, None, "R__views_of_today", "R__views_of_today");
        check(LedgerDialect::Alembic, None, "ae1027a6acf_add_vip", "ae1027a6acf");
        check(LedgerDialect::Sqlx, None, "0015_vip", "15");
        check(LedgerDialect::EntityFramework, None, "20240501100000_AddVip", "20240501100000_AddVip");
    }
}
