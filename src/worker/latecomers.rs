//! Schemas that came after the plan: they are told, and nothing is done to them. Must not decide when that is asked.

use std::time::Duration;

use crate::domain::name::shown;
use crate::pg::write::Writer;
use crate::plan::Plan;
use crate::plan::message::latecomers_question;

/// The catalogue answers quickly.
const SOON: Duration = Duration::from_mins(1);
/// So many are named.
const NAMED: usize = 20;

/// What there is to say about those of a database; nothing where none came, or where it could not be asked.
pub(super) async fn told(writer: &Writer, plan: &Plan, database: u16) -> Option<String> {
    let rows = writer.send(&latecomers_question(plan, database)?, SOON).await.ok()?;
    let names: Vec<String> = rows.into_iter().filter_map(|row| row.into_iter().next()?).collect();
    let label = plan.databases.get(usize::from(database)).filter(|_| plan.databases.len() > 1);
    sentence(&names, label.map(|database| database.label.as_str()))
}

fn sentence(names: &[String], label: Option<&str>) -> Option<String> {
    let (come, are) = match names.len() {
        0 => return None,
        1 => ("1 schema came".to_owned(), "is"),
        count => (format!("{count} schemas came"), "are"),
    };
    let place = label.map_or_else(String::new, |label| format!(" to {}", shown(label)));
    let some: Vec<_> = names.iter().take(NAMED).map(|name| shown(name)).collect();
    let more = if names.len() > NAMED { ", ..." } else { "" };
    Some(format!("{come}{place} after the plan and {are} not in this run: {}{more}; plan again", some.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_came_late_is_counted_and_named() {
        let names = |count: usize| (0..count).map(|at| format!("t{at}")).collect::<Vec<_>>();
        let check = |names: &[String], label, expected: Option<&str>| {
            assert_eq!(sentence(names, label).as_deref(), expected);
        };
        check(&[], None, None);
        let one = "1 schema came after the plan and is not in this run: new\\x1b; plan again";
        check(&["new\u{1b}".to_owned()], None, Some(one));
        let two = "2 schemas came to eu-1 after the plan and are not in this run: t0, t1; plan again";
        check(&names(2), Some("eu-1"), Some(two));
        assert!(sentence(&names(21), None).is_some_and(|told| told.ends_with("t19, ...; plan again")));
    }
}
