//! A clone: one schema made again under other names. The recipe is written once, with holes for the target's name, and filled for each
//! target. Plain data; must not know how a source is read, nor how a recipe is sent.

pub mod acting;
pub mod build;
pub mod message;
mod notes;
mod order;
mod outside;
mod recipe;
pub mod resume;
#[cfg(test)]
mod sample;
mod template;
mod texts;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use self::acting::{Acting, As};
pub use self::notes::{notes, unlogged};
pub use self::outside::Outside;
pub use self::recipe::recipe;
pub use self::template::{Hole, Names, Piece, Template};
use crate::domain::catalog::Oid;
use crate::domain::run::TargetId;
use crate::domain::structure::Fingerprint;
use crate::plan::RunPolicy;

/// What a clone makes, beside what [`Plan`](super::Plan) says of targets, databases and policy. The targets of the plan have
/// [`Target::oid`](super::Target::oid) 0 (they are not there yet) and one step each.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cloning {
    /// What it is made from.
    pub source: Source,
    /// Which rows are copied, as a person asked for it.
    pub rows: Rows,
    /// How it is made.
    pub recipe: Recipe,
    /// Who owns what is made and may use it.
    pub owners: Owners,
    /// As whom each part is done.
    #[serde(default)]
    pub acting: Acting,
    /// Whether it is made in several transactions, marked as incomplete until the last one: because of its rows, or of its locks.
    #[serde(default)]
    pub phased: bool,
    /// The lines that the registry gets, in the last transaction of each target: whole statements, by target. Empty where it gets none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub registry: Vec<Vec<String>>,
    /// The columns of the registry whose values nobody has said yet: such a plan is refused. Raw names.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unsaid: Vec<String>,
}

/// The schema that is cloned. It is only ever read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    /// The position of its database in [`Plan::databases`](super::Plan::databases).
    pub database: u16,
    /// `pg_namespace.oid`.
    pub oid: Oid,
    /// Its raw name.
    pub schema: String,
    /// The raw name of the role that owns it.
    pub owner: String,
    /// Its structure with everything compared, owners and grants too. Another one at the start of a target: the source changed.
    pub exact: Fingerprint,
}

/// The rows of one table are one statement, and so is an index: each may take an hour.
const ONE_TABLE_MS: u32 = 3_600_000;

/// How clones are made unless a person says otherwise.
pub fn policy(production: bool) -> RunPolicy {
    RunPolicy { concurrency: 2, statement_timeout_ms: ONE_TABLE_MS, ..RunPolicy::usual(production) }
}

/// Bodies of functions may name what is made later; all that is written is made as it says, whatever the role's own defaults are; and
/// rows that a policy hides are an error, not left out.
const SETTINGS: [(&str, &str); 9] = [
    ("check_function_bodies", "off"),
    ("row_security", "off"),
    ("client_min_messages", "warning"),
    ("datestyle", "ISO"),
    ("intervalstyle", "postgres"),
    ("standard_conforming_strings", "on"),
    ("xmloption", "content"),
    ("default_tablespace", "''"),
    ("default_table_access_method", "heap"),
];

/// Which rows are copied.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rows {
    /// None.
    None,
    /// The ledger and the tables that the configuration names.
    Seed,
    /// Those of every table.
    All,
    /// Those of these tables. Raw names.
    Tables(Vec<String>),
}

/// Who owns what is made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Owners {
    /// As in the source.
    AsSource,
    /// The source's owner, wherever it owns or is granted something, is this role in the target: by target, raw names.
    Mapped(Vec<String>),
}

/// How a schema is made again: statements in their order, written once.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Recipe {
    /// What stands before rows come: types, functions, sequences, tables with their columns and what guards no rows yet.
    pub structure: Vec<Made>,
    /// The tables whose rows are copied.
    pub copies: Vec<Copy>,
    /// What stands after the rows: indexes, keys, triggers, views with rows, rules, policies.
    pub finish: Vec<Made>,
    /// Who owns it. What default privileges gave or kept is mended afterwards.
    #[serde(default)]
    pub owners: Vec<Made>,
    /// What opens it to others, last of all: grants, comments, default privileges.
    pub last: Vec<Made>,
}

/// One statement of a recipe.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Made {
    /// The object, as people name it: `table orders`. Raw.
    pub what: String,
    /// The statement, without semicolon.
    pub sql: Template,
}

/// The rows of one table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Copy {
    /// Its raw name.
    pub table: String,
    /// The columns that hold what was written, in their order: not those that are generated. Raw names.
    pub columns: Vec<String>,
    /// How many rows the planner of the server thinks it has.
    pub rows: u64,
    /// How many bytes its files have, without indexes.
    pub bytes: u64,
    /// The sequences whose place is taken over with the rows. Raw names.
    pub sequences: Vec<String>,
}

impl Cloning {
    /// What the templates are filled with for a target. `schema` is its raw name.
    pub fn names<'a>(&'a self, target: TargetId, schema: &'a str) -> Names<'a> {
        let mapped = match &self.owners {
            Owners::AsSource => None,
            Owners::Mapped(owners) => owners.get(target as usize),
        };
        Names { schema, owner: mapped.unwrap_or(&self.source.owner) }
    }
}

impl Recipe {
    /// What each transaction that sends a part of a recipe sets before: own names mean the target's, and texts mean what they meant
    /// where they were read.
    pub fn settings() -> Vec<Template> {
        let mut path = Template::text("SET LOCAL search_path = ");
        path.push_schema().push(", pg_temp");
        let others = SETTINGS.map(|(name, value)| Template::text(format!("SET LOCAL {name} = {value}")));
        std::iter::once(path).chain(others).collect()
    }

    /// Whether a target can be called so: in comments and literals of functions' bodies not every sign can stand. Raw name.
    pub fn fits(&self, schema: &str) -> bool {
        let is_plain = |c: char| !c.is_control() && !matches!(c, '\\' | '$' | '*' | '/');
        schema.chars().all(is_plain) || !self.all().any(|made| made.sql.has_holes_in_texts())
    }

    /// How many statements it has, the copying of rows counted once for each table.
    pub fn len(&self) -> usize {
        self.all().count() + self.copies.len()
    }

    /// Every statement in its order, but for the rows.
    fn all(&self) -> impl Iterator<Item = &Made> {
        [&self.structure, &self.finish, &self.owners, &self.last].into_iter().flatten()
    }

    /// How many statements make objects of each kind, the most first. Raw words.
    pub fn kinds(&self) -> Vec<(&str, u64)> {
        let mut kinds: BTreeMap<&str, u64> = BTreeMap::new();
        for made in self.all() {
            *kinds.entry(made.what.split(' ').next().unwrap_or_default()).or_default() += 1;
        }
        let mut kinds: Vec<(&str, u64)> = kinds.into_iter().collect();
        kinds.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        kinds
    }

    /// Whether there is nothing to do, as for an empty schema without owner, grants and comment.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}
