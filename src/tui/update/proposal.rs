//! A proposal to mend a schema, as lines to read and as a script to copy. Must not know how it is made, and never runs it.

use crate::domain::name::shown;
use crate::domain::structure::Difference;
use crate::plan::mend::Proposal;

/// The lines of a proposal, and the same as a script of SQL: what is not a statement is a comment there.
pub(super) fn told(schema: &str, all: &[(Difference, Proposal)]) -> (Vec<String>, String) {
    let statements = all.iter().filter(|(_, proposal)| matches!(proposal, Proposal::Statement { .. })).count();
    let of = match all.len() {
        1 => format!("the only difference of {}", shown(schema)),
        count => format!("{statements} of {count} differences of {}", shown(schema)),
    };
    let has = match (all.len(), statements) {
        (1, 0) => "has no",
        (1, _) | (_, 1) => "has a",
        _ => "have a",
    };
    let mut lines = vec![format!("-- {of} {has} simple statement")];
    for (difference, proposal) in all {
        lines.push(String::new());
        lines.push(format!("-- {}: {}", word(difference), shown(&difference.object().label())));
        match proposal {
            Proposal::Statement { sql, mind } => {
                lines.extend(mind.iter().map(|mind| format!("-- mind: {}", shown(mind))));
                lines.extend(sql.lines().map(str::to_owned));
            }
            Proposal::NotSimple(why) => lines.push(format!("-- not simple: {}", shown(why))),
        }
    }
    let script = lines.join("\n") + "\n";
    (lines, script)
}

fn word(difference: &Difference) -> &'static str {
    match difference {
        Difference::Missing { .. } => "missing",
        Difference::Extra { .. } => "extra",
        Difference::Changed { .. } => "changed",
        Difference::Renamed { .. } => "other name",
        Difference::Incomparable { .. } => "not comparable",
    }
}
