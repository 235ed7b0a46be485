//! What is in a schema: its objects in a canonical, schema-relative form, so that two schemas made from the same statements hold
//! equal objects; and what differs between two of them. Must not know how objects are read, nor compare anything itself.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// The kinds of objects, in the order in which they are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "each kind is described by its word")]
pub enum Kind {
    Schema,
    Table,
    ForeignTable,
    Column,
    Constraint,
    Index,
    Trigger,
    Rule,
    Policy,
    View,
    MaterializedView,
    Sequence,
    Function,
    Procedure,
    Aggregate,
    Enum,
    Domain,
    Composite,
    Range,
    Statistics,
    Collation,
    TextSearch,
    Operator,
}

impl Kind {
    /// All kinds in their order.
    pub const ALL: [Self; 23] = [
        Self::Schema,
        Self::Table,
        Self::ForeignTable,
        Self::Column,
        Self::Constraint,
        Self::Index,
        Self::Trigger,
        Self::Rule,
        Self::Policy,
        Self::View,
        Self::MaterializedView,
        Self::Sequence,
        Self::Function,
        Self::Procedure,
        Self::Aggregate,
        Self::Enum,
        Self::Domain,
        Self::Composite,
        Self::Range,
        Self::Statistics,
        Self::Collation,
        Self::TextSearch,
        Self::Operator,
    ];

    /// The word shown for it everywhere, in files and in `ignore` patterns too.
    pub fn word(self) -> &'static str {
        match self {
            Self::Schema => "schema",
            Self::Table => "table",
            Self::ForeignTable => "foreign table",
            Self::Column => "column",
            Self::Constraint => "constraint",
            Self::Index => "index",
            Self::Trigger => "trigger",
            Self::Rule => "rule",
            Self::Policy => "policy",
            Self::View => "view",
            Self::MaterializedView => "matview",
            Self::Sequence => "sequence",
            Self::Function => "function",
            Self::Procedure => "procedure",
            Self::Aggregate => "aggregate",
            Self::Enum => "enum",
            Self::Domain => "domain",
            Self::Composite => "composite",
            Self::Range => "range",
            Self::Statistics => "statistics",
            Self::Collation => "collation",
            Self::TextSearch => "text search",
            Self::Operator => "operator",
        }
    }

    /// The kind of this word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.word() == word)
    }
}

/// What an attribute of an object is about: some may be left out of a comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Aspect {
    /// What the object is.
    Definition,
    /// SQL text that the server made of what it stores. Majors of PostgreSQL may write the same differently.
    Deparsed,
    /// The place of a column among the live columns of its table, from 1.
    Position,
    /// The body of a function.
    Body,
    /// Who owns it; the owner of the schema is `@owner`.
    Owner,
    /// Who may do what with it; the owner of the schema is `@owner`. Absent means the default.
    Grants,
    /// Its comment.
    Comment,
}

/// One attribute of an object.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Attribute {
    /// Its name in words: `type`, `not null`, `definition`.
    pub name: String,
    /// Its value. Own objects are named without schema.
    pub value: String,
    /// What it is about.
    pub aspect: Aspect,
}

/// One object of a schema. Equal objects are the same thing in two schemas.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Object {
    /// What it is.
    pub kind: Kind,
    /// The relation that it belongs to (of columns, constraints, indexes, triggers, rules, policies), raw. `None` for what
    /// stands by itself; the domain for a constraint of a domain.
    pub parent: Option<String>,
    /// Its raw name; with argument types for functions, `name(integer, text)`.
    pub name: String,
    /// Whether the name was most likely made by the server or a tool, so that another one means the same: names of constraints,
    /// of indexes, and of sequences that a column owns. Such names count for the exact fingerprint only.
    pub is_name_loose: bool,
    /// Its attributes, sorted by name. What is the default is absent.
    pub attributes: Vec<Attribute>,
}

impl Object {
    /// An attribute's value.
    pub fn get(&self, attribute: &str) -> Option<&str> {
        self.attributes.iter().find(|other| other.name == attribute).map(|found| found.value.as_str())
    }

    /// How people name it: `index orders_customer on orders`, `column orders.total`, `table orders`. Raw.
    pub fn label(&self) -> String {
        label(self.kind, self.parent.as_deref(), &self.name)
    }
}

/// How people name an object. Raw: to be made safe before it is shown.
pub fn label(kind: Kind, parent: Option<&str>, name: &str) -> String {
    match (kind, parent) {
        (Kind::Column, Some(parent)) => format!("column {parent}.{name}"),
        (_, Some(parent)) => format!("{} {name} on {parent}", kind.word()),
        (_, None) => format!("{} {name}", kind.word()),
    }
}

/// The sum of what the hashes of objects say: equal structures have equal ones, on every server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, Deserialize)]
pub struct Fingerprint(pub u64);

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

/// A class of schemas whose catalogue rows look equal: a cheap answer that may part what is equal, and never joins what is not.
/// Means something within one database only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct ClassId {
    /// Without the names that are loose.
    pub shape: u64,
    /// With them.
    pub exact: u64,
}

impl From<ClassId> for String {
    fn from(id: ClassId) -> Self {
        format!("{:016x}.{:016x}", id.shape, id.exact)
    }
}

impl TryFrom<String> for ClassId {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let parsed = text.split_once('.').and_then(|(shape, exact)| {
            Some(Self { shape: u64::from_str_radix(shape, 16).ok()?, exact: u64::from_str_radix(exact, 16).ok()? })
        });
        parsed.ok_or("no class of structures")
    }
}

/// All objects of one schema: of the representative of a class, or of a schema that a person opened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Structure {
    /// Sorted by kind, parent and name.
    pub objects: Vec<Arc<Object>>,
    /// The fingerprint without loose names, by the comparison of the environment.
    pub shape: Fingerprint,
    /// The fingerprint with all names, by the same comparison.
    pub exact: Fingerprint,
    /// The major version of the server that told it.
    pub major: u32,
}

impl Structure {
    /// Whether the schema holds nothing.
    pub fn is_empty(&self) -> bool {
        self.objects.iter().all(|object| object.kind == Kind::Schema)
    }
}

/// What a comparison leaves out. The default compares everything but owners and grants.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[expect(clippy::struct_excessive_bools, reason = "five independent yes or no, each named where it is set")]
pub struct Comparison {
    /// The places of columns.
    pub positions: bool,
    /// The bodies of functions.
    pub bodies: bool,
    /// Comments.
    pub comments: bool,
    /// Owners.
    pub owners: bool,
    /// Grants.
    pub grants: bool,
    /// Objects that legitimately differ.
    pub ignore: Vec<Ignore>,
}

impl Default for Comparison {
    fn default() -> Self {
        Self { positions: true, bodies: true, comments: true, owners: false, grants: false, ignore: Vec::new() }
    }
}

impl Comparison {
    /// Everything, owners and grants too.
    pub fn everything() -> Self {
        Self { owners: true, grants: true, ..Self::default() }
    }
}

/// Objects to leave out: a pattern over raw names (`*` any run of characters, `?` one). A parent stands before a dot:
/// `orders.legacy_*`; without a dot the pattern is about the name alone. What belongs to an ignored table is ignored with it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Ignore {
    /// Only objects of this kind; `None` for all kinds.
    pub kind: Option<Kind>,
    /// The pattern.
    pub pattern: String,
}

/// One thing in which a schema is not as the reference.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "difference", rename_all = "snake_case")]
pub enum Difference {
    /// The reference has it, the schema has not. What belongs to a missing table is not told again.
    Missing {
        /// The object as the reference has it.
        object: Arc<Object>,
    },
    /// The schema has it, the reference has not.
    Extra {
        /// The object as the schema has it.
        object: Arc<Object>,
    },
    /// Both have it and it differs.
    Changed {
        /// As the reference has it.
        reference: Arc<Object>,
        /// As the schema has it.
        here: Arc<Object>,
        /// In which attributes.
        changes: Vec<Change>,
    },
    /// The same thing under another loose name: counts for the exact fingerprint only.
    Renamed {
        /// As the reference has it.
        reference: Arc<Object>,
        /// As the schema has it.
        here: Arc<Object>,
    },
    /// Both have it, and the servers' majors write its text differently: it cannot be told whether it differs.
    Incomparable {
        /// As the reference has it.
        reference: Arc<Object>,
        /// As the schema has it.
        here: Arc<Object>,
    },
}

impl Difference {
    /// Whether it counts as drift.
    pub fn is_drift(&self) -> bool {
        matches!(self, Self::Missing { .. } | Self::Extra { .. } | Self::Changed { .. })
    }

    /// The object that it is about: of the reference where both have it.
    pub fn object(&self) -> &Arc<Object> {
        match self {
            Self::Missing { object } | Self::Extra { object } => object,
            Self::Changed { reference, .. } | Self::Renamed { reference, .. } | Self::Incomparable { reference, .. } => {
                reference
            }
        }
    }
}

/// One attribute that differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// Its name.
    pub attribute: String,
    /// Its value in the reference; `None` when absent there.
    pub reference: Option<String>,
    /// Its value in the schema; `None` when absent there.
    pub here: Option<String>,
}
