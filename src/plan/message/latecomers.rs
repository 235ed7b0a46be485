//! The question which schemas came after the plan: made in the middle of a run, they are none of its targets. Pure; must not know who
//! asks it.

use std::collections::BTreeSet;

use crate::plan::parts::Plan;
use crate::sqltext::literal;

/// The message that asks for the raw names of the schemas of a database that have a ledger of the plan and were not there when it was
/// made. It reads the catalogue only. `None` where the plan does not say who was there.
pub fn latecomers_question(plan: &Plan, database: u16) -> Option<String> {
    let bystanders = plan.bystanders.as_ref()?.get(usize::from(database))?;
    let targets = plan.targets.iter().filter(|target| target.database == database).map(|target| target.oid);
    let known: Vec<String> = bystanders.iter().copied().chain(targets).map(|oid| oid.to_string()).collect();
    let tables: BTreeSet<&str> = plan.groups.iter().map(|group| group.ledger.table.as_str()).collect();
    let tables: Vec<String> = tables.into_iter().map(literal).collect();
    Some(format!(
        "SELECT n.nspname FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace \
         WHERE c.relname IN ({}) AND c.relkind IN ('r', 'p') AND n.nspname !~ '^pg_' \
         AND NOT EXISTS (SELECT FROM pg_catalog.unnest('{{{}}}'::pg_catalog.oid[]) AS known (oid) WHERE known.oid = n.oid) \
         GROUP BY n.nspname ORDER BY n.nspname",
        tables.join(", "),
        known.join(",")
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::sample;

    #[test]
    fn who_was_there_is_not_asked_for_and_a_plan_that_does_not_know_asks_nothing() {
        let mut plan = sample::plan(&["a", "b"]);
        assert_eq!(latecomers_question(&plan, 0), None);
        plan.bystanders = Some(vec![vec![7]]);
        let question = latecomers_question(&plan, 0).expect("a question");
        assert!(question.contains("'{7,16384,16385}'") && question.contains("IN ('django_migrations')"), "{question}");
        assert_eq!(latecomers_question(&plan, 1), None);
    }
}
