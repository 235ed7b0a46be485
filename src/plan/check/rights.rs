//! Rules about rights: `ledger-denied`, `owner-needed`. What would fail in each schema for want of a GRANT is told before anything
//! starts, once for each owner, with the GRANT. Must not know how rights are read.

use std::collections::{BTreeMap, BTreeSet};

use super::locks::tables_made;
use super::read::{Done, Read};
use super::{CheckFacts, ClosedTable, Finding};
use crate::domain::fleet::Severity;
use crate::domain::name::shown;
use crate::plan::parts::{Kind, Plan};
use crate::sqltext::ident;

/// So many schemas are named for one owner.
const NAMED: usize = 5;

/// The raw names of the tables that only their owner may change as the plan does.
pub fn changed(plan: &Plan) -> BTreeSet<String> {
    const BY_THE_OWNER: [&str; 4] = ["ALTER", "CREATE", "DROP", "COMMENT"];
    let mut made = std::collections::HashSet::new();
    let mut all = BTreeSet::new();
    for sql in plan.steps.iter().flat_map(|step| &step.statements) {
        let read = Read::new(&sql.sql);
        if BY_THE_OWNER.iter().any(|word| read.begins(&[word])) {
            let changed = read.names().into_iter().filter(|named| named.done == Done::Changed && named.schema.is_none());
            all.extend(changed.map(|named| named.name).filter(|name| !made.contains(name)));
        }
        made.extend(tables_made(&read));
    }
    all
}

/// Who owns what is closed, and to whom.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Between<'a> {
    is_ledger: bool,
    owner: &'a str,
    worker: &'a str,
}

/// What is closed to who works in the schemas of the plan.
pub(super) fn of_plan(plan: &Plan, facts: &CheckFacts) -> Vec<Finding> {
    // A program has rights of its own.
    if matches!(plan.kind, Kind::Command(_)) {
        return Vec::new();
    }
    let mut found: BTreeMap<Between<'_>, (BTreeSet<&str>, Vec<&str>)> = BTreeMap::new();
    for target in &plan.targets {
        let label = plan.databases.get(usize::from(target.database)).map(|database| database.label.as_str());
        let of_target = |closed: &&ClosedTable| Some(closed.database.as_str()) == label && closed.schema == target.oid;
        for closed in facts.closed.iter().filter(of_target) {
            let between = Between { is_ledger: closed.is_ledger, owner: &closed.owner, worker: &closed.worker };
            let (tables, schemas) = found.entry(between).or_default();
            tables.insert(&closed.table);
            if schemas.last() != Some(&target.schema.as_str()) {
                schemas.push(&target.schema);
            }
        }
    }
    found.into_iter().map(|(between, (tables, schemas))| finding(plan, &between, &tables, &schemas)).collect()
}

fn finding(plan: &Plan, between: &Between<'_>, tables: &BTreeSet<&str>, schemas: &[&str]) -> Finding {
    let Between { is_ledger, owner, worker } = *between;
    let count = if schemas.len() == 1 { "1 schema".to_owned() } else { format!("{} schemas", schemas.len()) };
    let some: Vec<_> = schemas.iter().take(NAMED).map(|schema| shown(schema)).collect();
    let more = if schemas.len() > NAMED { ", ..." } else { "" };
    let tables: Vec<_> = tables.iter().map(|table| shown(table)).collect();
    let (rule, what) = if is_ledger { ("ledger-denied", "write") } else { ("owner-needed", "change") };
    let what = format!(
        "{} may not {what} {}, which {} to {}, in {count}: {}{more}",
        shown(worker),
        tables.join(", "),
        if tables.len() == 1 { "belongs" } else { "belong" },
        shown(owner),
        some.join(", ")
    );
    let hint = format!("GRANT {} TO {}; or run as {}", ident(owner), ident(worker), shown(owner));
    // Where it is so everywhere there is nothing that could be done.
    let finding = if schemas.len() == plan.targets.len() {
        Finding::refusal(rule, what)
    } else {
        Finding::new(rule, Severity::Danger, what)
    };
    finding.hint(shown(&hint).into_owned())
}

#[cfg(test)]
mod tests {
    use super::super::tests::{facts, fires_in, plan, silent_in};
    use super::*;

    fn closed(schema: u32, table: &str, is_ledger: bool) -> ClosedTable {
        let (owner, worker) = ("Old One".to_owned(), "app".to_owned());
        ClosedTable { database: "crm".to_owned(), schema, table: table.to_owned(), owner, worker, is_ledger }
    }

    #[test]
    fn who_must_own_what_is_known_by_the_statements() {
        let found = changed(&plan(&[
            "CREATE TABLE fresh (id int REFERENCES customers)",
            "ALTER TABLE fresh ADD a int",
            "ALTER TABLE orders ADD a int",
            "CREATE INDEX i ON lines (a)",
            "INSERT INTO marks VALUES (1)",
            "UPDATE notes SET a = 1",
            "DROP TABLE old",
        ]));
        assert_eq!(found.into_iter().collect::<Vec<_>>(), ["lines", "old", "orders"]);
    }

    #[test]
    fn what_is_closed_is_told_once_for_each_owner_with_its_grant() {
        let plan = plan(&["ALTER TABLE orders ADD a int"]);
        let [a, b, c] = [0, 1, 2].map(|at: usize| plan.targets[at].oid);
        silent_in("owner-needed", &plan, &facts());
        let some = CheckFacts { closed: vec![closed(a, "orders", false), closed(c, "orders", false)], ..facts() };
        let note = fires_in("owner-needed", &plan, &some);
        assert_eq!(note.what, "app may not change orders, which belongs to Old One, in 2 schemas: a, c");
        assert_eq!(note.hint.as_deref(), Some("GRANT \"Old One\" TO \"app\"; or run as Old One"));
        assert!(!note.refuses && note.severity == Severity::Danger);
        let all = [a, b, c].map(|schema| closed(schema, "tenantry_migrations", true)).to_vec();
        let note = fires_in("ledger-denied", &plan, &CheckFacts { closed: all, ..facts() });
        assert!(note.refuses && note.what.starts_with("app may not write tenantry_migrations, which belongs to Old One"));
        let elsewhere = ClosedTable { database: "other".to_owned(), ..closed(a, "orders", false) };
        silent_in("owner-needed", &plan, &CheckFacts { closed: vec![elsewhere], ..facts() });
    }
}
