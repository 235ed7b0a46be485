//! The SQL that would bring a drifted schema to the reference, for the simple cases: a proposal to read and copy, nothing more.
//! It names everything with its schema, so that it means the same whatever the `search_path` is. Must not know who reads it.

mod changed;
mod missing;
mod own;
#[cfg(test)]
mod tests;

use self::own::Own;
use crate::domain::structure::{Difference, Kind, Structure};

/// What is proposed for one difference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Proposal {
    /// A statement, with what to mind before it is run.
    Statement {
        /// The statement, ending in a semicolon; one on each line where it takes several.
        sql: String,
        /// What to mind: a lock, a rewrite, rows that may not fit. A lower-case fragment.
        mind: Option<String>,
    },
    /// Why there is no simple statement. A lower-case fragment.
    NotSimple(String),
}

impl Proposal {
    fn not_simple(why: &str) -> Self {
        Self::NotSimple(why.to_owned())
    }

    fn statement(sql: impl Into<String>, mind: Option<&str>) -> Self {
        Self::Statement { sql: sql.into(), mind: mind.map(str::to_owned) }
    }
}

/// Proposes a statement for each difference, in an order in which they can be run; what has none comes last. `schema` is the raw
/// name of the drifted one.
pub fn proposals(schema: &str, reference: &Structure, differences: &[Difference]) -> Vec<(Difference, Proposal)> {
    let own = Own::new(schema, reference, differences);
    let mut proposed: Vec<(Difference, Proposal)> =
        differences.iter().map(|difference| (difference.clone(), proposal(&own, difference))).collect();
    proposed.sort_by_key(|(difference, proposal)| match proposal {
        Proposal::Statement { .. } => rank(difference),
        Proposal::NotSimple(_) => u8::MAX,
    });
    proposed
}

fn proposal(own: &Own<'_>, difference: &Difference) -> Proposal {
    match difference {
        Difference::Missing { object } => missing::proposal(own, object),
        Difference::Changed { reference, here, changes } => changed::proposal(own, reference, here, changes),
        Difference::Extra { .. } => Proposal::not_simple("extra: look before you drop"),
        Difference::Renamed { .. } => Proposal::not_simple("the same under another name: nothing needs to be done"),
        Difference::Incomparable { .. } => {
            Proposal::not_simple("written differently by another major version: compare it by hand")
        }
    }
}

/// What others need comes first: types and sequences, columns, keys, what refers to keys, all else.
fn rank(difference: &Difference) -> u8 {
    let object = difference.object();
    match object.kind {
        Kind::Enum => 0,
        Kind::Domain => 1,
        Kind::Sequence => 2,
        Kind::Table => 3,
        Kind::Column => 4,
        Kind::Constraint if object.get("definition").is_some_and(|text| text.starts_with("FOREIGN KEY")) => 7,
        Kind::Constraint => 5,
        Kind::Index => 6,
        _ => 8,
    }
}
