//! What a schema rests on that is not in it, and what of that there is in another database. Plain data; must not know how it was read.

use std::collections::BTreeSet;

use super::blueprint::Address;

/// An object outside of a schema that something in it needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dependency {
    /// Where it stands, and what of it is used.
    pub here: Found,
    /// How it is used, in the words of who asks about rights.
    pub ways: Vec<String>,
    /// What any database knows it by: its kind, its names, its arguments.
    pub address: (String, Vec<String>, Vec<String>),
    /// How people name it. Raw.
    pub what: String,
    /// The tables of the schema whose foreign keys lead to it. Raw names.
    pub keys_of: Vec<String>,
    /// The extension that brought it. Raw name.
    pub extension: Option<String>,
    /// Whether it stands in the schema nevertheless, as an extension brought it there.
    pub is_inside: bool,
}

/// An object as one database has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Where it stands.
    pub at: Address,
    /// What is used of it, or can be: columns with their types, keys, labels, results. Raw.
    pub facets: BTreeSet<String>,
}

/// What came of looking for an object in another database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Looked {
    /// It is there.
    Found(Found),
    /// It is not.
    Absent,
    /// Our role may not look where it would be.
    Closed,
}

impl Looked {
    /// What is there.
    pub fn found(&self) -> Option<&Found> {
        match self {
            Self::Found(found) => Some(found),
            Self::Absent | Self::Closed => None,
        }
    }
}

/// A parameter that a function of the schema sets for itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting {
    /// The parameter, raw.
    pub name: String,
    /// The function, raw.
    pub function: String,
}
