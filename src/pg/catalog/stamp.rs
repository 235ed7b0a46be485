//! Whether a schema is what it was when it was read, for a fraction of what reading it costs. Must not know what was read.

use super::only;
use crate::domain::catalog::Oid;
use crate::domain::fault::Fault;
use crate::pg::session::{Param, Reading};

/// Which versions of the catalogue's rows a schema is made of. Two equal stamps of one database mean that nothing of it was written in
/// between; two different ones may still mean the same structure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stamp(String);

/// Reads it as the open transaction sees it. To be read before what it stands for. Leaves the reading without a `search_path` of its own.
pub async fn stamp(reading: &Reading<'_>, schema: Oid) -> Result<Stamp, Fault> {
    let asked = [Param::Oid(schema)];
    // By index, whatever the planner estimates.
    let (path, rows, _) = futures_util::join!(
        reading.search_path("pg_catalog"),
        reading.rows(include_str!("../sql/stamp.sql"), &asked),
        reading.no_search_path(),
    );
    path?;
    Ok(Stamp(only(&rows?)?.get(0)?))
}
