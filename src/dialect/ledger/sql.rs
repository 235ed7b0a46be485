//! The statements that read ledgers, made of their forms. The schema is named in them, `search_path` is `pg_catalog`.

use super::form;
use super::form::Form;
use crate::domain::catalog::LedgerDialect;
use crate::sqltext::qualified;

/// Rows of a ledger that are read at most: the newest ones. A ledger has hundreds.
pub const MOST_ROWS: u32 = 10_000;

/// Where row security would hide lines, the statement fails instead of telling a part as the whole.
const NO_ROW_SECURITY: &str = "SET LOCAL row_security = off; ";

/// The statement that gives a line for each of these ledgers (dialect, raw names of schema and table): its place in the list, how
/// many migrations it tells, and the sum of their hashes. [`super::fingerprints`] takes its answer.
pub fn fingerprint<'a>(ledgers: impl IntoIterator<Item = (LedgerDialect, &'a str, &'a str)>) -> String {
    let one = |(at, (dialect, schema, table)): (usize, (LedgerDialect, &str, &str))| {
        let form = form(dialect);
        format!("SELECT {at}, count(*), sum({}) {}", hash(form), from(form, schema, table))
    };
    let all: Vec<String> = ledgers.into_iter().enumerate().map(one).collect();
    format!("{NO_ROW_SECURITY}{}", all.join(" UNION ALL "))
}

/// The statement that reads a ledger (raw names of schema and table), the newest line first; [`super::contents`] and
/// [`super::rows`] take its answer.
pub fn statement(dialect: LedgerDialect, schema: &str, table: &str) -> String {
    let form = form(dialect);
    let text = |sql: Option<&str>| sql.map_or_else(|| "NULL".to_owned(), |sql| format!("({sql})::text"));
    let applied = form
        .applied
        .map(|at| format!("CASE WHEN isfinite({at}) THEN (extract(epoch FROM ({at})::timestamptz) * 1000000)::bigint END"));
    format!(
        "{NO_ROW_SECURITY}SELECT {}, {}, {}, {}, {}, {} {} ORDER BY {} LIMIT {MOST_ROWS}",
        text(form.app),
        text(Some(form.name)),
        text(form.failed),
        text(form.checksum),
        text(applied.as_deref()),
        hash(form),
        from(form, schema, table),
        form.newest_first,
    )
}

/// The hash of a line: of everything that a history tells of it.
pub(super) fn hash(form: &Form) -> String {
    let parts = [form.app, Some(form.name), form.failed, form.checksum];
    parts
        .into_iter()
        .flatten()
        .fold("0".to_owned(), |seed, part| format!("hashtextextended(coalesce(({part})::text COLLATE \"C\", ''), {seed})"))
}

pub(super) fn from(form: &Form, schema: &str, table: &str) -> String {
    let table = qualified(schema, table);
    match &form.latest {
        None => format!("FROM {table} AS l WHERE {}", form.kept),
        Some(latest) => format!(
            "FROM (SELECT DISTINCT ON ({of}) * FROM {table} ORDER BY {of}, {}) AS l WHERE {}",
            latest.by,
            form.kept,
            of = latest.of,
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_quoted_in_every_statement() {
        for dialect in LedgerDialect::ALL {
            let table = form(dialect).tables[0];
            let named = format!("\"o\"\"hara\".\"{table}\"");
            assert!(statement(dialect, "o\"hara", table).contains(&named));
            let two = fingerprint([(dialect, "a", table), (dialect, "o\"hara", table)]);
            assert!(two.contains(" UNION ALL SELECT 1, ") && two.contains(&named), "{two}");
        }
    }
}
