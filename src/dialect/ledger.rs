//! The ledgers: tables in which migration tools record what a schema has. Known by name; read as text, the newest rows only
//! where there are very many.

use jiff::Timestamp;

use crate::domain::catalog::{LedgerDialect, LedgerRow};
use crate::sqltext::qualified;

/// The raw names of all ledger tables. Where a schema has several, the first of this order is its ledger.
pub const TABLES: [&str; 2] = ["django_migrations", "schema_migrations"];

/// Rows of a ledger that are read at most: the newest ones. A ledger has hundreds.
pub const MOST_ROWS: usize = 10_000;

/// Whose ledger a table of this name is.
pub fn dialect_of(table: &str) -> Option<LedgerDialect> {
    match table {
        "django_migrations" => Some(LedgerDialect::Django),
        "schema_migrations" => Some(LedgerDialect::Rails),
        _ => None,
    }
}

/// The statement that reads the ledger of a schema (raw name), the newest row first; its columns are what [`read`] takes.
pub fn statement(dialect: LedgerDialect, schema: &str) -> String {
    match dialect {
        LedgerDialect::Django => format!(
            "SELECT app::text, name::text, \
             CASE WHEN isfinite(applied) THEN (extract(epoch FROM applied) * 1000000)::bigint END::text \
             FROM {} ORDER BY id DESC LIMIT {MOST_ROWS}",
            qualified(schema, "django_migrations")
        ),
        _ => format!(
            "SELECT NULL::text, version::text, NULL::text FROM {} \
             ORDER BY length(version::text) DESC, version::text COLLATE \"C\" DESC LIMIT {MOST_ROWS}",
            qualified(schema, "schema_migrations")
        ),
    }
}

/// The rows of [`statement`] in the order of application. `applied` comes as microseconds since 1970.
pub fn read(rows: Vec<Vec<Option<String>>>) -> Vec<LedgerRow> {
    let row = |cells: Vec<Option<String>>| {
        let mut cells = cells.into_iter();
        let mut next = || cells.next().flatten();
        let (app, name, applied) = (next(), next().unwrap_or_default(), next());
        let applied = applied.and_then(|micros| Timestamp::from_microsecond(micros.parse().ok()?).ok());
        LedgerRow { app, name, applied }
    };
    rows.into_iter().rev().map(row).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_ledger_table_has_a_dialect_and_a_statement_that_quotes() {
        for table in TABLES {
            let sql = statement(dialect_of(table).unwrap(), "o\"hara");
            assert!(sql.contains(&format!("\"o\"\"hara\".\"{table}\"")), "{sql}");
        }
        assert_eq!(dialect_of("migrations"), None);
    }

    #[test]
    fn rows_turn_into_the_order_of_application() {
        let cells = |row: [Option<&str>; 3]| row.map(|cell| cell.map(str::to_owned)).to_vec();
        let rows = read(vec![
            cells([Some("crm"), Some("0002"), None]),
            cells([Some("crm"), Some("0001"), Some("1700000000000000")]),
        ]);
        assert_eq!(rows.iter().map(|row| row.name.as_str()).collect::<Vec<_>>(), ["0001", "0002"]);
        assert_eq!(rows[0].applied.unwrap().to_string(), "2023-11-14T22:13:20Z");
        assert_eq!(rows[1].applied, None);
    }
}
