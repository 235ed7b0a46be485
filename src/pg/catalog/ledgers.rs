//! What the catalogue tells of tables that are known by their names: their columns, whether their rows may have changed, who is in
//! the way. Found by index, without a lock on any of them. Must not know what the tables are for.

use std::collections::{HashMap, HashSet};

use super::only;
use crate::domain::catalog::Oid;
use crate::domain::fault::Fault;
use crate::pg::session::{Param, Reading, Row};

/// A table found by its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    /// The schema that it is in.
    pub namespace: Oid,
    /// `pg_class.oid`.
    pub oid: Oid,
    /// Its raw name.
    pub table: String,
    /// Its raw columns.
    pub columns: Vec<String>,
}

/// The tables of these raw names in all schemas.
pub async fn named(reading: &Reading<'_>, names: &[&str]) -> Result<Vec<Named>, Fault> {
    read(&reading.rows(include_str!("../sql/ledgers.sql"), &[Param::Texts(names)]).await?)
}

/// The tables of these raw names in one schema.
pub async fn named_in(reading: &Reading<'_>, names: &[&str], schema: Oid) -> Result<Vec<Named>, Fault> {
    let sql = include_str!("../sql/ledgers_of_schema.sql");
    read(&reading.rows(sql, &[Param::Texts(names), Param::Oid(schema)]).await?)
}

fn read(rows: &[Row]) -> Result<Vec<Named>, Fault> {
    let read = |row: &Row| Ok(Named { namespace: row.get(0)?, oid: row.get(1)?, table: row.get(2)?, columns: row.get(3)? });
    rows.iter().map(read).collect()
}

/// What tells whether the rows of a table may have changed: equal states mean that they have not, as long as the statistics of
/// the database were not reset.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RowState {
    /// The file, and the rows that were inserted, updated and deleted.
    counted: [i64; 4],
    /// Whether the counters say nothing, because the rows are in parts of the table.
    pub is_untold: bool,
    /// Whether our role may read all of its rows, once it may look into the schema.
    pub readable: bool,
}

/// The states of some tables; one that is gone is left out. They may be a second late, so read them before the rows.
pub async fn row_states(reading: &Reading<'_>, tables: &[Oid], version: u32) -> Result<HashMap<Oid, RowState>, Fault> {
    if version >= 150_000 {
        reading.texts(include_str!("../sql/live_statistics.sql")).await?;
    }
    let rows = reading.rows(include_str!("../sql/ledger_states.sql"), &[Param::Oids(tables)]).await?;
    let read = |row: &Row| {
        let counted = [row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?];
        Ok((row.get(0)?, RowState { counted, is_untold: row.get(5)?, readable: row.get(6)? }))
    };
    rows.iter().map(read).collect()
}

/// Since when the counters of the database count, as a text that changes when they begin anew.
pub async fn statistics_since(reading: &Reading<'_>) -> Result<String, Fault> {
    only(&reading.rows(include_str!("../sql/statistics_since.sql"), &[]).await?)?.get(0)
}

/// The tables of this database that a reader would have to wait for just now.
pub async fn locked(reading: &Reading<'_>) -> Result<HashSet<Oid>, Fault> {
    reading.rows(include_str!("../sql/locked.sql"), &[]).await?.iter().map(|row| row.get(0)).collect()
}
