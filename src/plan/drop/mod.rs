//! A drop: schemas that go, each archived first unless a person wants otherwise, marked by another name before anything of it is
//! removed, and removed in parts that the server's lock table can take. Plain data; must not know how it is sent.

pub mod archive;
mod build;
pub mod decide;
pub mod message;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

pub use self::build::{Asked, DropFacts, build};
pub(in crate::plan) use self::build::{path, registrar};
use super::whole::RegistryChange;
use crate::domain::catalog::Oid;

/// What a drop does, beside what [`Plan`](super::Plan) says of targets, databases and policy. Each target has one step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dropping {
    /// What goes: the raw name of the schema, or how many.
    pub what: String,
    /// Where archives are written before anything is done; `None` writes none.
    pub archive: Option<Archive>,
    /// What is known of each target, in their order.
    pub each: Vec<Dropped>,
}

/// How archives are made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Archive {
    /// The folder; an absolute path.
    pub folder: String,
    /// The program that writes one: `pg_dump`.
    pub dump: String,
    /// The program that reads it again: `pg_restore`.
    pub restore: String,
}

/// One schema that goes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dropped {
    /// The raw name of the role that does it; `None` is the role that connects.
    pub role: Option<String>,
    /// So many locks one part of the work may take.
    pub locks: u32,
    /// Tables outside of it to which its foreign keys lead: `schema.table`, raw. They are locked while such a key is removed.
    pub keys: Vec<String>,
    /// The raw name of the role that changes the registry; `None` is the role that connects.
    #[serde(default)]
    pub registrar: Option<String>,
    /// What changes in the registry when it gets its marked name.
    pub registry: Vec<RegistryChange>,
}

/// The name of a schema that is being dropped: nobody looks for it by that name, and it tells which run and which schema it was.
pub fn marked_name(run: &str, schema: Oid) -> String {
    format!("{MARK}{}_{schema}", run.to_ascii_lowercase())
}

/// How marked names begin.
pub const MARK: &str = "tenantry_dropped_";

/// How the comment of a marked schema begins; its former name follows in quotes. The comment that it had stands below.
pub const REMARK: &str = "tenantry: was ";
