//! Rules about what takes long while others wait: `rewrites-table`, `scans-table`, `locks-needed`. The sizes of the fleet's tables
//! decide how bad it is. Must not know who waits.

use std::collections::BTreeSet;

use squawk_syntax::{SyntaxKind as K, SyntaxNode};

use super::lint::Lint;
use super::read::{Named, Read};
use super::{AtHand, CheckFacts, Finding};
use crate::domain::fleet::Severity;
use crate::domain::name::shown;
use crate::domain::units;
use crate::plan::parts::Plan;

/// From so many rows in one tenant on it is worth looking at, and dangerous.
const WARN_ROWS: u64 = 100_000;
const DANGER_ROWS: u64 = 5_000_000;

/// Whether a column gets a type that is free where it was a shorter one of the same kind.
pub(super) fn may_be_wider(alter_column: &SyntaxNode) -> bool {
    let is_text = |node: &SyntaxNode| {
        let text = node.text().to_string().to_lowercase();
        matches!(node.kind(), K::VARCHAR_TYPE | K::PATH_TYPE | K::CHARACTER_TYPE)
            && (text.contains("var") || text.trim() == "text")
    };
    let mut nodes = alter_column.descendants().filter(|node| node.kind() == K::SET_TYPE);
    let Some(set) = nodes.next() else { return false };
    set.children().any(|node| is_text(&node)) && !set.children().any(|node| node.kind() == K::USING_EXPR)
}

/// What the server writes anew, row by row, while everybody waits.
pub(super) fn rewrites(at: &AtHand<'_>) -> Vec<Finding> {
    if at.read.actions().any(|action| may_be_wider(&action))
        && !at.read.actions().any(|action| table_rewrite(&action).is_some())
    {
        let hint = "free from a shorter varchar; from another type every row is written: look what it was";
        let found = weigh(at, "rewrites-table", "may write the table anew for a text of another length", hint);
        return found.map(|finding| Finding { severity: Severity::Info, ..finding }).into_iter().collect();
    }
    let volatile = at.scene.lints.contains(&(at.statement, Lint::WritesEveryRow));
    let table = at.read.actions().find_map(|action| table_rewrite(&action));
    let (why, hint) = match at.read.kind() {
        Some(K::ALTER_TABLE) if volatile && table.is_none() => (
            "adds a column whose value is not the same for every row",
            "add it without default, fill it in parts, then set the default",
        ),
        Some(K::ALTER_TABLE | K::ALTER_MATERIALIZED_VIEW) => match table {
            Some(found) => found,
            None => return Vec::new(),
        },
        Some(K::VACUUM) if at.read.says("FULL") => ("writes the table anew", "plain VACUUM makes room without a copy"),
        Some(K::CLUSTER | K::REPACK) => ("writes the table anew in another order", "is it worth the wait in every tenant?"),
        _ => return Vec::new(),
    };
    weigh(at, "rewrites-table", why, hint).into_iter().collect()
}

fn table_rewrite(action: &SyntaxNode) -> Option<(&'static str, &'static str)> {
    let has = |kinds: &[K]| action.descendants().any(|node| kinds.contains(&node.kind()));
    let serial = |node: SyntaxNode| {
        let is_type =
            matches!(node.kind(), K::PATH_TYPE) && node.parent().is_some_and(|parent| parent.kind() == K::ADD_COLUMN);
        is_type && ["serial", "bigserial", "smallserial"].contains(&node.text().to_string().to_lowercase().trim())
    };
    Some(match action.kind() {
        K::ALTER_COLUMN if has(&[K::SET_TYPE]) && !may_be_wider(action) => {
            ("may write the table and its indexes anew for another type", "add a column, fill it in parts, and swap")
        }
        K::ALTER_COLUMN if has(&[K::SET_EXPRESSION]) => {
            ("writes the table anew for another expression", "add another column")
        }
        K::ADD_COLUMN if has(&[K::GENERATED_STORED]) => {
            ("adds a stored column: every row is written", "fill a plain column in parts")
        }
        K::ADD_COLUMN if has(&[K::GENERATED_IDENTITY]) || action.descendants().any(serial) => {
            ("adds a column with a sequence: every row is written", "fill a plain column in parts, then add the sequence")
        }
        K::SET_LOGGED | K::SET_UNLOGGED => ("writes the table anew, logged or not", "is it worth the wait in every tenant?"),
        K::SET_ACCESS_METHOD => ("writes the table anew for another access method", "is it worth the wait in every tenant?"),
        K::SET_TABLESPACE => ("copies the table to another tablespace", "is it worth the wait in every tenant?"),
        _ => return None,
    })
}

/// What the server reads from end to end while writers or everybody wait.
pub(super) fn scans(at: &AtHand<'_>) -> Vec<Finding> {
    let concurrently = at.read.says("CONCURRENTLY");
    let (why, hint) = match at.read.kind() {
        Some(K::CREATE_INDEX) if !concurrently => (
            "builds an index: writers wait",
            "for large tables CREATE INDEX CONCURRENTLY, in a file with -- tenantry: no-transaction",
        ),
        Some(K::REINDEX) if !concurrently => {
            ("builds indexes anew: everybody waits", "REINDEX CONCURRENTLY, in a file of its own")
        }
        Some(K::REFRESH) if !concurrently => {
            ("fills the view anew: everybody waits", "REFRESH ... CONCURRENTLY, with a unique index")
        }
        Some(K::UPDATE | K::DELETE) if !at.read.has(&[K::WHERE_CLAUSE, K::WHERE_CURRENT_OF]) => {
            ("writes every row in one transaction", "fill large tables in parts, apart from the migration")
        }
        Some(K::ALTER_TABLE) => match at.read.actions().find_map(|action| table_scan(&action)) {
            Some(found) => found,
            None => return Vec::new(),
        },
        _ => return Vec::new(),
    };
    weigh(at, "scans-table", why, hint).into_iter().collect()
}

fn table_scan(action: &SyntaxNode) -> Option<(&'static str, &'static str)> {
    const LATER: &str = "add it NOT VALID, and VALIDATE CONSTRAINT in a migration of its own";
    const INDEX: &str = "build a unique index CONCURRENTLY first, then ADD CONSTRAINT ... USING INDEX";
    let has = |kinds: &[K]| action.descendants().any(|node| kinds.contains(&node.kind()));
    let later = has(&[K::NOT_VALID]);
    Some(match action.kind() {
        K::ALTER_COLUMN if has(&[K::SET_NOT_NULL]) => (
            "looks at every row for NULL: everybody waits",
            "add a check that it is not NULL as NOT VALID, validate it, and the look is skipped",
        ),
        K::ADD_CONSTRAINT if has(&[K::CHECK_CONSTRAINT]) && !later => ("checks every row: everybody waits", LATER),
        K::ADD_CONSTRAINT if has(&[K::FOREIGN_KEY_CONSTRAINT]) && !later => {
            ("checks every row against the other table: writers of both wait", LATER)
        }
        K::ADD_CONSTRAINT if has(&[K::UNIQUE_CONSTRAINT, K::PRIMARY_KEY_CONSTRAINT]) && !has(&[K::USING_INDEX_NAME]) => {
            ("builds an index: everybody waits", INDEX)
        }
        K::ADD_CONSTRAINT if has(&[K::EXCLUDE_CONSTRAINT]) => ("builds an index: everybody waits", "is it worth the wait?"),
        K::ADD_COLUMN if has(&[K::UNIQUE_CONSTRAINT, K::PRIMARY_KEY_CONSTRAINT]) => {
            ("builds an index: everybody waits", INDEX)
        }
        K::ADD_COLUMN if has(&[K::CHECK_CONSTRAINT]) => ("checks every row: everybody waits", LATER),
        K::ATTACH_PARTITION => (
            "looks at every row of the new partition: everybody waits for it",
            "a valid check that fits the bounds lets the look be skipped",
        ),
        _ => return None,
    })
}

/// The finding with the size of the table; none for a table that the step itself made.
fn weigh(at: &AtHand<'_>, rule: &'static str, why: &str, hint: &str) -> Option<Finding> {
    let table = table(at);
    if table.as_ref().is_some_and(|table| table.schema.is_none() && at.made.contains(&table.name)) {
        return None;
    }
    let known = table.as_ref().and_then(|table| at.scene.facts.tables.get(&table.name));
    let Some(facts) = known else {
        let name = table.map_or_else(String::new, |table| format!("{}: ", shown(&table.name)));
        return Some(Finding::new(rule, Severity::Warn, format!("{name}{why}")).hint(hint));
    };
    let severity = match facts.rows {
        DANGER_ROWS.. => Severity::Danger,
        WARN_ROWS.. => Severity::Warn,
        _ => Severity::Info,
    };
    let name = table.map_or_else(String::new, |table| shown(&table.name).into_owned());
    let size = format!("at most {} rows in a tenant, {} in all", units::count(facts.rows), units::bytes(facts.bytes));
    Some(Finding::new(rule, severity, format!("{name}: {why}; {size}")).hint(hint))
}

/// The table that the statement is about: that of an index too, but not the index.
fn table(at: &AtHand<'_>) -> Option<Named> {
    match at.read.kind() {
        Some(K::CREATE_INDEX) => at.read.names().into_iter().find(|named| named.done == super::read::Done::Changed),
        _ => at.read.subject(),
    }
}

/// What one object costs: itself and two indexes.
const EACH: u64 = 3;
/// What the guards and the ledger cost.
const GUARDS: u64 = 10;

pub(super) fn locks_needed(plan: &Plan) -> u64 {
    let names = |step: &crate::plan::parts::Step| {
        let names = step.statements.iter().flat_map(|statement| Read::new(&statement.sql).names());
        names.map(|named| (named.schema, named.name)).collect::<BTreeSet<_>>().len() as u64
    };
    let most = plan.steps.iter().map(names).max().unwrap_or_default();
    (most * EACH + GUARDS) * u64::from(plan.policy.concurrency)
}

/// Whether the locks of the server are enough.
pub(super) fn of_plan(plan: &Plan, facts: &CheckFacts) -> Option<Finding> {
    let available = facts.locks?;
    let needed = locks_needed(plan);
    let what =
        format!("about {} locks are needed at once, the server has {}", units::count(needed), units::count(available));
    (needed > available).then(|| {
        Finding::new("locks-needed", Severity::Danger, what)
            .hint("lower the concurrency, or raise max_locks_per_transaction")
    })
}

#[cfg(test)]
mod tests {
    use super::super::tests::{facts, fires, fires_in, plan, silent, silent_in};
    use super::*;

    #[test]
    fn what_writes_every_row_is_told() {
        for sql in [
            "ALTER TABLE orders ADD a uuid DEFAULT gen_random_uuid()",
            "ALTER TABLE orders ADD a int GENERATED ALWAYS AS (b * 2) STORED",
            "ALTER TABLE orders ADD a int GENERATED ALWAYS AS IDENTITY",
            "ALTER TABLE orders ADD a bigserial",
            "ALTER TABLE orders ALTER a TYPE bigint",
            "ALTER TABLE orders SET LOGGED",
            "ALTER TABLE orders SET UNLOGGED",
            "ALTER TABLE orders SET ACCESS METHOD heap",
            "ALTER TABLE orders SET TABLESPACE x",
            "CLUSTER orders USING i",
            "VACUUM FULL orders",
        ] {
            let note = fires("rewrites-table", sql);
            assert!(note.what.starts_with("orders: ") && note.severity == Severity::Warn, "{sql}: {note:?}");
        }
        for sql in [
            "ALTER TABLE orders ADD a int",
            "ALTER TABLE orders ADD a int DEFAULT 1 NOT NULL",
            "ALTER TABLE orders ADD a timestamptz DEFAULT now()",
            "ALTER TABLE orders ALTER a SET DEFAULT gen_random_uuid()",
            "CREATE TABLE orders (a bigserial, b uuid DEFAULT gen_random_uuid())",
            "VACUUM orders",
        ] {
            silent("rewrites-table", sql);
        }
    }

    #[test]
    fn a_longer_text_may_be_free() {
        for (sql, severity) in [
            ("ALTER TABLE orders ALTER a TYPE varchar(200)", Severity::Info),
            ("ALTER TABLE orders ALTER a SET DATA TYPE character varying(200)", Severity::Info),
            ("ALTER TABLE orders ALTER a TYPE text", Severity::Info),
            ("ALTER TABLE orders ALTER a TYPE text USING b", Severity::Warn),
            ("ALTER TABLE orders ALTER a TYPE char(3)", Severity::Warn),
            ("ALTER TABLE orders ALTER a TYPE text, ALTER b TYPE bigint", Severity::Warn),
        ] {
            assert_eq!(fires("rewrites-table", sql).severity, severity, "{sql}");
        }
    }

    #[test]
    fn what_reads_every_row_is_told() {
        for sql in [
            "CREATE INDEX ON orders (a)",
            "REINDEX TABLE orders",
            "ALTER TABLE orders ALTER a SET NOT NULL",
            "ALTER TABLE orders ADD CHECK (a > 0)",
            "ALTER TABLE orders ADD FOREIGN KEY (a) REFERENCES customers",
            "ALTER TABLE orders ADD UNIQUE (a)",
            "ALTER TABLE orders ADD PRIMARY KEY (a)",
            "ALTER TABLE orders ADD a int UNIQUE",
            "ALTER TABLE orders ATTACH PARTITION p DEFAULT",
            "UPDATE orders SET a = 1",
            "DELETE FROM orders",
        ] {
            fires("scans-table", sql);
        }
        for sql in [
            "CREATE INDEX CONCURRENTLY i ON orders (a)",
            "ALTER TABLE orders ADD CHECK (a > 0) NOT VALID",
            "ALTER TABLE orders ADD FOREIGN KEY (a) REFERENCES customers NOT VALID",
            "ALTER TABLE orders ADD UNIQUE USING INDEX i",
            "ALTER TABLE orders VALIDATE CONSTRAINT c",
            "ALTER TABLE orders ADD a int REFERENCES customers",
            "UPDATE orders SET a = 1 WHERE a IS NULL",
        ] {
            silent("scans-table", sql);
        }
    }

    #[test]
    fn the_size_of_the_table_decides() {
        let note = |rows: u64| {
            let mut facts = facts();
            facts.tables.get_mut("orders").unwrap().rows = rows;
            fires_in("scans-table", &plan(&["CREATE INDEX ON orders (a)"]), &facts)
        };
        assert_eq!(note(99_999).severity, Severity::Info);
        assert_eq!(note(100_000).severity, Severity::Warn);
        let danger = note(5_000_000);
        assert_eq!(danger.severity, Severity::Danger);
        assert_eq!(danger.what, "orders: builds an index: writers wait; at most 5,000,000 rows in a tenant, 2.0 GB in all");
    }

    #[test]
    fn a_table_that_is_made_just_now_is_empty() {
        let made = ["CREATE TABLE orders (a int)", "CREATE INDEX ON orders (a)", "ALTER TABLE orders ALTER a TYPE bigint"];
        silent_in("scans-table", &plan(&made), &facts());
        silent_in("rewrites-table", &plan(&made), &facts());
    }

    #[test]
    fn a_table_of_an_earlier_step_is_empty_where_every_group_makes_it() {
        let mut both = plan(&made_orders());
        both.steps.push(plan(&["CREATE INDEX ON orders (a)"]).steps.remove(0));
        both.groups[0].steps = vec![0, 1];
        silent_in("scans-table", &both, &facts());
        both.groups.push(both.groups[0].clone());
        both.groups[1].steps = vec![1];
        assert_eq!(fires_in("scans-table", &both, &facts()).place, Some((1, Some(0))));
    }

    fn made_orders() -> [&'static str; 1] {
        ["CREATE TABLE orders (a int)"]
    }

    #[test]
    fn locks_are_counted_for_all_connections() {
        let two = plan(&["ALTER TABLE orders ADD a int REFERENCES customers", "CREATE INDEX ON orders (a)"]);
        assert_eq!(super::super::locks_needed(&two), (2 * EACH + GUARDS) * 4);
        let with = |locks: u64| CheckFacts { locks: Some(locks), ..CheckFacts::default() };
        silent_in("locks-needed", &two, &with(64));
        assert_eq!(fires_in("locks-needed", &two, &with(63)).place, None);
        silent_in("locks-needed", &two, &CheckFacts::default());
    }
}
