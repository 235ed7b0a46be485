//! Rules about what Django does beside the SQL of its migrations: `post-migrate`. Must not know where the SQL was rendered.

use super::Finding;
use super::locks::tables_made;
use super::read::Read;
use crate::domain::catalog::LedgerDialect;
use crate::domain::fleet::Severity;
use crate::domain::name::shown;
use crate::plan::parts::Plan;

/// So many tables are named.
const NAMED: usize = 5;

/// New models get content types and permissions by a signal that Django sends at the end of its own command, and by nothing in the SQL.
pub(super) fn of_plan(plan: &Plan) -> Option<Finding> {
    let mut tables: Vec<String> = Vec::new();
    for group in plan.groups.iter().filter(|group| group.ledger.dialect == LedgerDialect::Django) {
        let steps = group.steps.iter().filter_map(|at| plan.steps.get(*at as usize)).filter(|step| !step.reverse);
        let statements = steps.flat_map(|step| &step.statements);
        let made = statements.flat_map(|statement| tables_made(&Read::new(&statement.sql)));
        for table in made.collect::<Vec<_>>() {
            if !tables.contains(&table) {
                tables.push(table);
            }
        }
    }
    if tables.is_empty() {
        return None;
    }
    let some: Vec<_> = tables.iter().take(NAMED).map(|table| shown(table)).collect();
    let more = if tables.len() > NAMED { ", ..." } else { "" };
    let what = format!("Django's post_migrate does not run: no content types and permissions for {}{more}", some.join(", "));
    let hint =
        "where the application needs them, run its migrate_schemas afterwards: nothing is pending then, so it is quick";
    Some(Finding::new("post-migrate", Severity::Info, what).hint(hint))
}

#[cfg(test)]
mod tests {
    use super::super::CheckFacts;
    use super::super::tests::{fires_in, plan, silent_in};
    use super::*;

    fn django(statements: &[&str]) -> Plan {
        let mut plan = plan(statements);
        plan.groups[0].ledger.dialect = LedgerDialect::Django;
        plan
    }

    #[test]
    fn new_models_of_django_lack_what_its_signal_makes() {
        let makes = ["CREATE TABLE \"crm_remark\" (\"id\" bigint PRIMARY KEY)", "ALTER TABLE crm_order ADD a int"];
        let note = fires_in("post-migrate", &django(&makes), &CheckFacts::default());
        let told = "Django's post_migrate does not run: no content types and permissions for crm_remark";
        assert_eq!((note.what.as_str(), note.severity, note.place), (told, Severity::Info, None));
        assert!(!note.refuses && note.hint.is_some_and(|hint| hint.contains("migrate_schemas")));
        let many: Vec<String> = (0..6).map(|at| format!("CREATE TABLE t{at} (id int)")).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        assert!(fires_in("post-migrate", &django(&many), &CheckFacts::default()).what.ends_with("t4, ..."));
        silent_in("post-migrate", &django(&makes[1..]), &CheckFacts::default());
        silent_in("post-migrate", &plan(&makes), &CheckFacts::default());
        let mut back = django(&makes);
        back.steps[0].reverse = true;
        silent_in("post-migrate", &back, &CheckFacts::default());
    }
}
