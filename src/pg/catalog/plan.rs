//! What a plan must know beyond the fleet: which database it is, what our role may not change, how big the tables are that it
//! names. Must not know what is planned.

use std::collections::{HashMap, HashSet};

use super::only;
use crate::domain::catalog::Oid;
use crate::domain::fault::Fault;
use crate::pg::session::{Param, Reading, Row};

/// What tells one database from others, and how much it takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DatabaseFacts {
    /// `pg_database.oid`.
    pub oid: Oid,
    /// How many locks the server holds for all its sessions together.
    pub locks: u64,
}

/// Reads which database it is.
pub async fn database(reading: &Reading<'_>) -> Result<DatabaseFacts, Fault> {
    let rows = reading.rows(include_str!("../sql/plan_database.sql"), &[]).await?;
    let row = only(&rows)?;
    Ok(DatabaseFacts { oid: row.get(0)?, locks: row.get(1)? })
}

/// The schemas of roles that ours is not and may become, with the raw names of these roles.
pub async fn owners(reading: &Reading<'_>) -> Result<HashMap<Oid, String>, Fault> {
    let rows = reading.rows(include_str!("../sql/plan_owners.sql"), &[]).await?;
    rows.iter().map(|row| Ok((row.get(0)?, row.get(1)?))).collect()
}

/// The schemas in which our role may not make anything, and whose owner it may not become.
pub async fn denied(reading: &Reading<'_>) -> Result<HashSet<Oid>, Fault> {
    reading.rows(include_str!("../sql/plan_denied.sql"), &[]).await?.iter().map(|row| row.get(0)).collect()
}

/// Something that is closed to whoever works in its schema.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Closed {
    /// `pg_namespace.oid` of its schema.
    pub schema: Oid,
    /// Its raw name.
    pub name: String,
    /// The raw name of its owner.
    pub owner: String,
    /// The raw name of who works in the schema.
    pub worker: String,
    /// `ledger`, which cannot be read and written; `sequence` of one, which cannot be used; `table`, which cannot be changed.
    pub what: String,
}

/// Who works in a schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Works {
    /// Its owner, where our role may become it, else our role.
    AsOwner,
    /// Our role.
    AsOurs,
}

/// The ledgers by raw name that cannot be read and written as said beside each (`INSERT,UPDATE`), the sequences that number their new
/// lines, and the tables of these raw names that cannot be changed, by whoever works in their schema.
pub async fn closed(
    reading: &Reading<'_>,
    ledgers: &[(&str, &str)],
    tables: &[&str],
    works: Works,
) -> Result<Vec<Closed>, Fault> {
    let (names, rights): (Vec<&str>, Vec<&str>) = ledgers.iter().copied().unzip();
    let who = if works == Works::AsOwner { "owner" } else { "ours" };
    let params = [Param::Texts(&names), Param::Texts(&rights), Param::Texts(tables), Param::Text(who)];
    let rows = reading.rows(include_str!("../sql/plan_closed.sql"), &params).await?;
    let read = |row: &Row| {
        let (schema, name, owner) = (row.get(0)?, row.get(1)?, row.get(2)?);
        Ok(Closed { schema, name, owner, worker: row.get(3)?, what: row.get(4)? })
    };
    rows.iter().map(read).collect()
}

/// All tables of one name, in the shared schemas or in all others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TablesNamed {
    /// The raw name.
    pub name: String,
    /// The shared schema that it is in, raw; `None` for all other schemas together.
    pub shared: Option<String>,
    /// The estimated rows of the largest one.
    pub rows: u64,
    /// The estimated bytes of all of them with their indexes.
    pub bytes: u64,
}

/// The tables of these raw names; `shared` are the raw names of the schemas that are told by themselves.
pub async fn tables_named(reading: &Reading<'_>, names: &[&str], shared: &[&str]) -> Result<Vec<TablesNamed>, Fault> {
    let rows = reading.rows(include_str!("../sql/plan_tables.sql"), &[Param::Texts(names), Param::Texts(shared)]).await?;
    let read = |row: &Row| Ok(TablesNamed { name: row.get(0)?, shared: row.get(1)?, rows: row.get(2)?, bytes: row.get(3)? });
    rows.iter().map(read).collect()
}
