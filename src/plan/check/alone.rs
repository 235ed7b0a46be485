//! Rules about statements that cannot run in a transaction: `not-in-transaction`, `mixed-alone`. The closed set of those for which a
//! half-done state can be resolved is here. Must not know how they are run.

use squawk_syntax::SyntaxKind as K;

use super::read::Read;
use super::{AtHand, Finding, Scene};
use crate::domain::fleet::Severity;

/// How a statement stands to transactions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Alone {
    /// It runs in one.
    No,
    /// It runs in none, and there is a way to find out how far it came: its step must be one without transaction.
    Resolved,
    /// It runs in none and is not run.
    Refused,
}

/// How a statement stands to transactions. `ANALYZE` runs in one, and may stand beside those that do not.
pub fn alone(sql: &str) -> Alone {
    of(&Read::new(sql))
}

fn of(read: &Read) -> Alone {
    let concurrently = read.says("CONCURRENTLY");
    let resolved = match read.words.first().map(String::as_str) {
        Some("CREATE") => {
            read.begins(&["CREATE", "INDEX", "CONCURRENTLY"]) || read.begins(&["CREATE", "UNIQUE", "INDEX", "CONCURRENTLY"])
        }
        Some("DROP") => read.begins(&["DROP", "INDEX", "CONCURRENTLY"]),
        Some("REINDEX") => concurrently && !is_of_many(read),
        Some("ALTER") => concurrently && read.has(&[K::DETACH_CONCURRENTLY]),
        Some("VACUUM") => true,
        _ => false,
    };
    let refused = [
        &["CREATE", "DATABASE"][..],
        &["DROP", "DATABASE"],
        &["CREATE", "TABLESPACE"],
        &["DROP", "TABLESPACE"],
        &["ALTER", "SYSTEM"],
        &["CREATE", "SUBSCRIPTION"],
        &["DROP", "SUBSCRIPTION"],
    ];
    let clusters_all = read.begins(&["CLUSTER"]) && read.words.iter().all(|word| word == "CLUSTER" || word == "VERBOSE");
    if refused.iter().any(|words| read.begins(words)) || clusters_all || (read.begins(&["REINDEX"]) && is_of_many(read)) {
        return Alone::Refused;
    }
    if resolved { Alone::Resolved } else { Alone::No }
}

/// `REINDEX` of more than a table.
fn is_of_many(read: &Read) -> bool {
    let of = |word: &str| read.words.iter().take(5).any(|here| here == word);
    of("SCHEMA") || of("DATABASE") || of("SYSTEM")
}

/// What stands in a transaction that it cannot stand in.
pub(super) fn rule(at: &AtHand<'_>) -> Vec<Finding> {
    match of(at.read) {
        Alone::Refused => vec![
            Finding::refusal("not-in-transaction", "cannot run in a transaction, and nobody could tell how far it came")
                .hint("run it by hand, apart from the migrations"),
        ],
        Alone::Resolved if at.scene.step.transactional => vec![
            Finding::refusal("not-in-transaction", "cannot run in a transaction")
                .hint("write -- tenantry: no-transaction at the head of its file, and give it a file of its own"),
        ],
        _ => Vec::new(),
    }
}

/// A step without transaction that holds what would be safe in one.
pub(super) fn of_step(scene: &Scene<'_>) -> Option<Finding> {
    if scene.step.transactional {
        return None;
    }
    let stands = |read: &&Read| of(read) == Alone::No && !read.begins(&["ANALYZE"]);
    let count = scene.reads.iter().filter(stands).count();
    let what = match count {
        0 => return None,
        1 if scene.reads.len() == 1 => "has no transaction and needs none of that".to_owned(),
        1 => "one of its statements could run in a transaction and does not".to_owned(),
        count => format!("{count} of its statements could run in a transaction and do not"),
    };
    Some(
        Finding::new("mixed-alone", Severity::Warn, what)
            .hint("half-way, a person must find out how far it came: move them to a file of their own"),
    )
}

#[cfg(test)]
mod tests {
    use super::super::tests::{fires, notes, silent, without_transaction};
    use super::*;

    #[test]
    fn the_set_is_closed() {
        for (sql, expected) in [
            ("CREATE INDEX CONCURRENTLY i ON t (a)", Alone::Resolved),
            ("CREATE UNIQUE INDEX CONCURRENTLY i ON t (a)", Alone::Resolved),
            ("DROP INDEX CONCURRENTLY i", Alone::Resolved),
            ("REINDEX INDEX CONCURRENTLY i", Alone::Resolved),
            ("REINDEX (VERBOSE, CONCURRENTLY) TABLE t", Alone::Resolved),
            ("ALTER TABLE t DETACH PARTITION p CONCURRENTLY", Alone::Resolved),
            ("VACUUM (ANALYZE) t", Alone::Resolved),
            ("ANALYZE t", Alone::No),
            ("CREATE INDEX \"CONCURRENTLY\" ON t (a)", Alone::No),
            ("REINDEX TABLE t", Alone::No),
            ("REFRESH MATERIALIZED VIEW CONCURRENTLY v", Alone::No),
            ("ALTER TYPE m ADD VALUE 'x'", Alone::No),
            ("CLUSTER t USING i", Alone::No),
            ("CLUSTER VERBOSE", Alone::Refused),
            ("REINDEX SCHEMA CONCURRENTLY s", Alone::Refused),
            ("REINDEX DATABASE d", Alone::Refused),
            ("CREATE DATABASE d", Alone::Refused),
            ("ALTER SYSTEM SET work_mem = '1GB'", Alone::Refused),
            ("DROP TABLESPACE x", Alone::Refused),
        ] {
            assert_eq!(alone(sql), expected, "{sql}");
        }
    }

    #[test]
    fn what_cannot_run_in_a_transaction_needs_a_step_without() {
        assert!(fires("not-in-transaction", "CREATE INDEX CONCURRENTLY i ON t (a)").refuses);
        assert!(fires("not-in-transaction", "CREATE DATABASE d").refuses);
        silent("not-in-transaction", "CREATE INDEX i ON t (a)");
        let rules = |statements: &[&str]| -> Vec<String> {
            let notes = notes(&without_transaction(statements));
            notes
                .into_iter()
                .map(|note| note.rule)
                .filter(|rule| rule.contains("alone") || rule.contains("not-in"))
                .collect()
        };
        assert_eq!(rules(&["CREATE INDEX CONCURRENTLY i ON t (a)", "ANALYZE t"]), Vec::<String>::new());
        assert_eq!(rules(&["CREATE INDEX CONCURRENTLY i ON t (a)", "UPDATE t SET a = 1"]), ["mixed-alone"]);
        assert_eq!(rules(&["DROP DATABASE d"]), ["not-in-transaction"]);
    }
}
