//! What roles may, as far as making schemas and giving them away takes it. Plain data; must not know how it was asked, nor who is chosen.

use std::collections::{BTreeMap, BTreeSet};

/// What is known of some roles of a server. Raw names.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Roles {
    /// The role that connects.
    pub ours: String,
    /// Those that are there, ours always among them.
    pub known: BTreeMap<String, Rights>,
}

/// What one role may in a database.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Rights {
    /// Whether it is a superuser.
    pub is_superuser: bool,
    /// Whether our session may become it.
    pub may_become: bool,
    /// Whether it may make schemas.
    pub may_create: bool,
    /// To which of the roles that were asked about it may give what it made, and go on as if it were its own.
    pub gives: BTreeSet<String>,
    /// Which of them may do so to it.
    pub gets: BTreeSet<String>,
}

/// Something that a role lacks of what making a schema again takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lack {
    /// The role, raw; `None` for everybody but superusers.
    pub role: Option<String>,
    /// What kind of thing it is.
    pub kind: LackKind,
    /// What it lacks.
    pub what: String,
}

/// What a role may lack.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum LackKind {
    /// A privilege, as it stands after `GRANT`.
    Right,
    /// A privilege to read rows that are copied, as it stands after `GRANT`.
    Read,
    /// The rights of another role: its raw name.
    Member,
    /// Row security that hides rows of a table from it: the table, raw.
    Hidden,
    /// A privilege on what it makes itself, which its own default privileges keep from it, as it stands after `GRANT`.
    Default,
    /// To be a superuser, for this object: raw.
    Superuser,
}

impl LackKind {
    /// The kind of this word, as the reader tells it.
    pub fn from_word(word: &str) -> Option<Self> {
        Some(match word {
            "right" => Self::Right,
            "read" => Self::Read,
            "member" => Self::Member,
            "hidden" => Self::Hidden,
            "default" => Self::Default,
            "superuser" => Self::Superuser,
            _ => return None,
        })
    }

    /// Whether it is about reading rows, and about nothing that is made.
    pub fn is_of_rows(self) -> bool {
        matches!(self, Self::Read | Self::Hidden)
    }
}
