//! Where the foreign keys of migrations lead outside of the tenant: to tables of the schemas that follow in the `search_path`. Only
//! names are looked at. Must not know who is migrated.

use std::collections::HashSet;

use super::PlanFacts;
use crate::plan::parts::{RunPolicy, Step};
use crate::sqltext::lexer::{Token, tokens};

/// Adds to the policy the tables outside of the tenant to which these migrations set foreign keys: those that are named with their
/// schema, and those that are in a schema of the path and that no migration of the source makes.
pub(super) fn add<'a>(policy: &mut RunPolicy, steps: &[Step], source: impl Iterator<Item = &'a str>, facts: &PlanFacts) {
    let made: HashSet<String> = source.flat_map(|sql| after(sql, &["CREATE", "TABLE"])).map(|(_, table)| table).collect();
    for sql in steps.iter().flat_map(|step| &step.statements).map(|statement| statement.sql.as_str()) {
        for (schema, table) in after(sql, &["REFERENCES"]) {
            let found = match schema {
                Some(schema) => Some(format!("{schema}.{table}")),
                None if made.contains(&table) => None,
                None => policy
                    .search_path
                    .iter()
                    .map(|schema| format!("{schema}.{table}"))
                    .find(|name| facts.databases.iter().any(|facts| facts.shared_tables.contains(name))),
            };
            policy.referenced.extend(found);
        }
    }
    policy.referenced.sort();
    policy.referenced.dedup();
}

/// The names, perhaps with their schemas, that follow these words.
fn after(sql: &str, words: &[&str]) -> Vec<(Option<String>, String)> {
    let tokens: Vec<Token<'_>> = tokens(sql).into_iter().filter(|token| !token.is_blank()).collect();
    let fillers = ["IF", "NOT", "EXISTS"];
    let at = |at: usize| tokens.get(at);
    (0..tokens.len())
        .filter(|from| words.iter().enumerate().all(|(n, word)| at(from + n).is_some_and(|token| token.is_word(word))))
        .filter_map(|from| {
            let mut here = from + words.len();
            while at(here).is_some_and(|token| fillers.iter().any(|filler| token.is_word(filler))) {
                here += 1;
            }
            let first = at(here)?.name()?.into_owned();
            let is_qualified = at(here + 1).is_some_and(|token| token.is_symbol("."));
            match is_qualified.then(|| at(here + 2)?.name()).flatten() {
                Some(second) => Some((Some(first), second.into_owned())),
                None => Some((None, first)),
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_as_the_server_reads_them() {
        let sql = "CREATE TABLE IF NOT EXISTS a (b int REFERENCES Users /* x */ (id), c int references \"Big\".\"T t\", \
                   d text DEFAULT 'REFERENCES no')";
        let some = |schema: Option<&str>, table: &str| (schema.map(str::to_owned), table.to_owned());
        assert_eq!(after(sql, &["REFERENCES"]), [some(None, "users"), some(Some("Big"), "T t")]);
        assert_eq!(after(sql, &["CREATE", "TABLE"]), [some(None, "a")]);
    }
}
