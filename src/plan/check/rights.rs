//! Rules about rights: `ledger-denied`, `owner-needed`. What would fail in each schema for want of a GRANT is told before anything
//! starts, once for each owner, with the GRANT. Must not know how rights are read.

use std::collections::{BTreeMap, BTreeSet};

use super::locks::tables_made;
use super::read::{Done, Read};
use super::{CheckFacts, Closed, ClosedKind, Finding};
use crate::dialect::ledger;
use crate::domain::fleet::Severity;
use crate::domain::name::shown;
use crate::plan::parts::{Group, Kind, Plan};
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

/// The ledgers of a plan by raw name, each with what must be allowed on it beside reading.
pub fn ledgers(plan: &Plan) -> BTreeMap<&str, &'static str> {
    let rights = |group: &Group| {
        let mut steps = group.steps.iter().filter_map(|at| plan.steps.get(*at as usize));
        if steps.clone().any(|step| step.reverse) {
            "DELETE"
        } else if ledger::tells_started(group.ledger.dialect) && steps.any(|step| !step.transactional) {
            // The line that says that it began becomes the one that says that it ended.
            "INSERT,UPDATE"
        } else {
            "INSERT"
        }
    };
    let mut all: BTreeMap<&str, &'static str> = BTreeMap::new();
    for group in &plan.groups {
        let known = all.entry(&group.ledger.table).or_default();
        // Of several groups the one that needs more counts.
        *known = (*known).max(rights(group));
    }
    all
}

/// Who owns what is closed, and to whom.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Between<'a> {
    what: ClosedKind,
    owner: &'a str,
    worker: &'a str,
}

/// What is closed to who works in the schemas of the plan.
pub(super) fn of_plan(plan: &Plan, facts: &CheckFacts) -> Vec<Finding> {
    let mut found: BTreeMap<Between<'_>, (BTreeSet<&str>, Vec<&str>)> = BTreeMap::new();
    for target in &plan.targets {
        let label = plan.databases.get(usize::from(target.database)).map(|database| database.label.as_str());
        let of_target = |closed: &&Closed| Some(closed.database.as_str()) == label && closed.schema == target.oid;
        for closed in facts.closed.iter().filter(of_target) {
            let between = Between { what: closed.what, owner: &closed.owner, worker: &closed.worker };
            let (names, schemas) = found.entry(between).or_default();
            names.insert(&closed.name);
            if schemas.last() != Some(&target.schema.as_str()) {
                schemas.push(&target.schema);
            }
        }
    }
    found.into_iter().map(|(between, (names, schemas))| finding(plan, &between, &names, &schemas)).collect()
}

fn finding(plan: &Plan, between: &Between<'_>, names: &BTreeSet<&str>, schemas: &[&str]) -> Finding {
    let Between { what, owner, worker } = *between;
    let count = if schemas.len() == 1 { "1 schema".to_owned() } else { format!("{} schemas", schemas.len()) };
    let some: Vec<_> = schemas.iter().take(NAMED).map(|schema| shown(schema)).collect();
    let more = if schemas.len() > NAMED { ", ..." } else { "" };
    let names: Vec<_> = names.iter().map(|name| shown(name)).collect();
    let (rule, verb) = match what {
        ClosedKind::Ledger => ("ledger-denied", "write"),
        ClosedKind::Sequence => ("ledger-denied", "use the sequence"),
        ClosedKind::Table => ("owner-needed", "change"),
    };
    let what = format!(
        "{} may not {verb} {}, which {} to {}, in {count}: {}{more}",
        shown(worker),
        names.join(", "),
        if names.len() == 1 { "belongs" } else { "belong" },
        shown(owner),
        some.join(", ")
    );
    let grant = format!("GRANT {} TO {}", ident(owner), ident(worker));
    let (finding, hint) = if matches!(plan.kind, Kind::Command(_)) {
        // A program may connect as somebody else: nothing is known of that one's rights.
        (Finding::new(rule, Severity::Warn, what), format!("let the command connect as {owner}; or {grant}"))
    } else if schemas.len() == plan.targets.len() {
        // Where it is so everywhere there is nothing that could be done.
        (Finding::refusal(rule, what), format!("{grant}; or run as {owner}"))
    } else {
        (Finding::new(rule, Severity::Danger, what), format!("{grant}; or run as {owner}"))
    };
    finding.hint(shown(&hint).into_owned())
}

#[cfg(test)]
mod tests {
    use super::super::tests::{facts, fires_in, plan, silent_in, without_transaction};
    use super::*;
    use crate::domain::catalog::LedgerDialect;
    use crate::plan::parts::{Command, CommandLine};

    fn closed(schema: u32, name: &str, what: ClosedKind) -> Closed {
        let (owner, worker) = ("Old One".to_owned(), "app".to_owned());
        Closed { database: "crm".to_owned(), schema, name: name.to_owned(), owner, worker, what }
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
        let some = CheckFacts {
            closed: vec![closed(a, "orders", ClosedKind::Table), closed(c, "orders", ClosedKind::Table)],
            ..facts()
        };
        let note = fires_in("owner-needed", &plan, &some);
        assert_eq!(note.what, "app may not change orders, which belongs to Old One, in 2 schemas: a, c");
        assert_eq!(note.hint.as_deref(), Some("GRANT \"Old One\" TO \"app\"; or run as Old One"));
        assert!(!note.refuses && note.severity == Severity::Danger);
        let all = [a, b, c].map(|schema| closed(schema, "tenantry_migrations", ClosedKind::Ledger)).to_vec();
        let note = fires_in("ledger-denied", &plan, &CheckFacts { closed: all, ..facts() });
        assert!(note.refuses && note.what.starts_with("app may not write tenantry_migrations, which belongs to Old One"));
        let elsewhere = Closed { database: "other".to_owned(), ..closed(a, "orders", ClosedKind::Table) };
        silent_in("owner-needed", &plan, &CheckFacts { closed: vec![elsewhere], ..facts() });
    }

    #[test]
    fn a_command_may_connect_as_somebody_else() {
        let mut plan = plan(&[]);
        let line = CommandLine { argv: vec!["migrate".into()], folder: "/".into() };
        plan.kind = Kind::Command(Box::new(Command { line, to: "0002".into(), leads_to: vec![Vec::new()] }));
        let all = plan.targets.iter().map(|target| closed(target.oid, "tenantry_migrations", ClosedKind::Ledger)).collect();
        let note = fires_in("ledger-denied", &plan, &CheckFacts { closed: all, ..facts() });
        assert!(!note.refuses && note.severity == Severity::Warn, "{note:?}");
        assert_eq!(note.hint.as_deref(), Some("let the command connect as Old One; or GRANT \"Old One\" TO \"app\""));
    }

    #[test]
    fn a_ledger_is_changed_where_it_has_a_line_of_what_has_begun() {
        let mut back = plan(&["SELECT 1"]);
        back.steps[0].reverse = true;
        let mut django = without_transaction(&["VACUUM"]);
        django.groups[0].ledger.dialect = LedgerDialect::Django;
        for (plan, rights) in [
            (plan(&["SELECT 1"]), "INSERT"),
            (without_transaction(&["VACUUM"]), "INSERT,UPDATE"),
            (back, "DELETE"),
            (django, "INSERT"),
        ] {
            assert_eq!(ledgers(&plan).into_iter().collect::<Vec<_>>(), [("tenantry_migrations", rights)]);
        }
        let mut both = without_transaction(&["VACUUM"]);
        both.groups.push(Group { steps: Vec::new(), ..both.groups[0].clone() });
        assert_eq!(ledgers(&both)["tenantry_migrations"], "INSERT,UPDATE");
    }
}
