//! What must be known before new schemas are made: of the database, of roles, of the source's indexes, of the registry's tables. Must not
//! know what is made.

use std::collections::BTreeMap;

use super::only;
use crate::domain::catalog::Oid;
use crate::domain::fault::Fault;
use crate::pg::session::{Param, Reading};

/// What is to be known of a database before schemas are made in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ground {
    /// How its texts are written.
    pub encoding: String,
    /// How they are sorted and told apart.
    pub collation: String,
    /// Whether our role may make schemas in it.
    pub may_create: bool,
}

/// Reads it.
pub async fn ground(reading: &Reading<'_>) -> Result<Ground, Fault> {
    let rows = reading.rows(include_str!("../sql/provision_place.sql"), &[]).await?;
    let row = only(&rows)?;
    Ok(Ground { encoding: row.get(0)?, collation: row.get(1)?, may_create: row.get(2)? })
}

/// Which of these roles (raw names) there are, and whether ours may give them what it makes.
pub async fn roles(reading: &Reading<'_>, names: &[&str]) -> Result<BTreeMap<String, bool>, Fault> {
    let rows = reading.rows(include_str!("../sql/provision_roles.sql"), &[Param::Texts(names)]).await?;
    rows.iter().map(|row| Ok((row.get(0)?, row.get(1)?))).collect()
}

/// The raw names of the indexes of a schema that are not valid.
pub async fn invalid_indexes(reading: &Reading<'_>, schema: Oid) -> Result<Vec<String>, Fault> {
    let rows = reading.rows(include_str!("../sql/provision_invalid.sql"), &[Param::Oid(schema)]).await?;
    rows.iter().map(|row| row.get(0)).collect()
}

/// A table as somebody who adds a line to it must know it. Raw names.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Writable {
    /// Its schema.
    pub schema: String,
    /// Its name.
    pub name: String,
    /// Its columns: name, type, and whether a line without it is refused.
    pub columns: Vec<(String, String, bool)>,
}

/// Reads a table.
pub async fn writable(reading: &Reading<'_>, table: Oid) -> Result<Writable, Fault> {
    let rows = reading.rows(include_str!("../sql/provision_columns.sql"), &[Param::Oid(table)]).await?;
    let mut found = Writable::default();
    for row in &rows {
        (found.name, found.schema) = (row.get(0)?, row.get(1)?);
        found.columns.push((row.get(2)?, row.get(3)?, row.get(4)?));
    }
    Ok(found)
}
