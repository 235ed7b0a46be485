//! What a plan is asked for: plain data that a person changes line by line. Must not know how it is shown, nor how a plan is made.

use serde::{Deserialize, Serialize};

use crate::domain::name::SchemaPath;
use crate::observer::clone::{Entry, Targets};
use crate::plan::clone::Rows;
use crate::plan::{RunPolicy, clone};

/// What a plan is asked for: frozen when the dialog opens, but for what a person changes in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wanted {
    /// The schemas that are migrated, or the one that goes, gets another name or is cloned.
    pub schemas: Vec<SchemaPath>,
    /// What is done.
    pub deed: Deed,
    /// How it is done.
    pub policy: RunPolicy,
}

/// What is done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Deed {
    /// They are migrated.
    Migrate {
        /// The migration with which it ends, as a person names it; `None` is all there are.
        to: Option<String>,
        /// Whether migrations are applied or taken back.
        direction: Direction,
    },
    /// It goes.
    Drop {
        /// Whether the rows of the registry follow.
        registry: bool,
    },
    /// It gets another name.
    Rename {
        /// Its new name, raw.
        to: String,
        /// Whether the rows of the registry follow.
        registry: bool,
    },
    /// It stays as it is, and others are made like it.
    Clone(Clones),
}

/// Whether migrations are applied or taken back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Direction {
    /// They are applied; a schema that misses an older one than some it has is left out.
    #[default]
    Forward,
    /// They are applied, also those that are older than some which are applied.
    Late,
    /// What came after the named one is taken back.
    Back,
}

/// What is made like a schema.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Clones {
    /// Whose they are.
    pub targets: Targets,
    /// Which rows are copied.
    pub rows: Rows,
    /// The label of the database in which they are made; `None` is that of the source.
    pub database: Option<String>,
    /// The role that owns each of them, with `{schema}` for its name; `None` as in the source.
    pub owner: Option<String>,
    /// What the registry is told of each; `None` for nothing.
    pub entry: Option<Entry>,
}

impl Wanted {
    /// Migrations of schemas, up to the newest.
    pub fn migration(schemas: Vec<SchemaPath>, production: bool) -> Self {
        let deed = Deed::Migrate { to: None, direction: Direction::default() };
        Self { schemas, deed, policy: RunPolicy::usual(production) }
    }

    /// Clones of a schema under these raw names, made as the headless verb makes them when it is told nothing else.
    pub fn clones(source: SchemaPath, names: Vec<String>, production: bool) -> Self {
        let targets = Targets::Named(names);
        let clones = Clones { targets, rows: Rows::Seed, database: None, owner: None, entry: None };
        Self { schemas: vec![source], deed: Deed::Clone(clones), policy: clone::policy(production) }
    }

    /// The end of a schema.
    pub fn drop_of(schema: SchemaPath, production: bool) -> Self {
        let policy = RunPolicy { concurrency: 1, ..RunPolicy::usual(production) };
        Self { schemas: vec![schema], deed: Deed::Drop { registry: false }, policy }
    }

    /// Another name for a schema, raw.
    pub fn rename(schema: SchemaPath, to: String, production: bool) -> Self {
        let deed = Deed::Rename { to, registry: false };
        Self { schemas: vec![schema], deed, policy: RunPolicy::usual(production) }
    }

    /// What is not said yet, without which there is no plan, and which line says it.
    pub fn unsaid(&self) -> Option<(&'static str, &'static str)> {
        match &self.deed {
            Deed::Migrate { to: None, direction: Direction::Back } => Some((
                "down to which migration is not said",
                "the line \"back to\" names the one that is the newest afterwards",
            )),
            Deed::Clone(Clones { targets: Targets::Named(names), .. }) if names.is_empty() => {
                Some(("what is made is not said", "the line \"names\" has the names of the new schemas"))
            }
            Deed::Clone(Clones { rows: Rows::Tables(tables), .. }) if tables.is_empty() => {
                Some(("of which tables is not said", "the line \"tables\" has their names"))
            }
            _ => None,
        }
    }

    /// The schema that it is about where it is about one.
    pub fn subject(&self) -> Option<&SchemaPath> {
        self.schemas.first()
    }

    /// The label of the database in which anything is made, where the deed is to make something.
    pub fn place(&self) -> &str {
        let own = self.subject().map_or("", |schema| schema.database.as_str());
        match &self.deed {
            Deed::Clone(clones) => clones.database.as_deref().unwrap_or(own),
            _ => own,
        }
    }
}

impl Direction {
    /// The next one, or the one before.
    #[must_use]
    pub fn turned(self, forward: bool) -> Self {
        match (self, forward) {
            (Self::Forward, true) | (Self::Back, false) => Self::Late,
            (Self::Late, true) | (Self::Forward, false) => Self::Back,
            (Self::Back, true) | (Self::Late, false) => Self::Forward,
        }
    }
}
