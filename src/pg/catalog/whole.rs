//! What the catalogue tells of schemas that are to be dropped or renamed as a whole. Takes no lock on a table; must not judge it.

use crate::domain::catalog::Oid;
use crate::domain::fault::Fault;
use crate::pg::session::{Param, Reading, Row};

/// A schema as a whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WholeSchema {
    /// `pg_namespace.oid`.
    pub oid: Oid,
    /// The raw name of its owner.
    pub owner: String,
    /// Whether our role has the rights of its owner.
    pub is_ours: bool,
    /// Whether our role may become its owner.
    pub may_become: bool,
    /// Whether whoever acts (we, or its owner) may create schemas.
    pub may_create: bool,
    /// Its tables, partitioned ones included.
    pub tables: u64,
    /// Everything that is in it by itself.
    pub objects: u64,
    /// The bytes of its tables and their indexes, estimated.
    pub bytes: u64,
    /// Its tables and sequences that whoever acts may not read, and lock where they are tables.
    pub closed: u64,
}

/// Some schemas.
pub async fn whole_schemas(reading: &Reading<'_>, oids: &[Oid]) -> Result<Vec<WholeSchema>, Fault> {
    let rows = reading.rows(include_str!("../sql/whole_schema.sql"), &[Param::Oids(oids)]).await?;
    let read = |row: &Row| {
        Ok(WholeSchema {
            oid: row.get(0)?,
            owner: row.get::<Option<String>>(1)?.unwrap_or_default(),
            is_ours: row.get(2)?,
            may_become: row.get(3)?,
            may_create: row.get(4)?,
            tables: row.get(5)?,
            objects: row.get(6)?,
            bytes: row.get(7)?,
            closed: row.get(8)?,
        })
    };
    rows.iter().map(read).collect()
}

/// The tables outside of a schema to which its foreign keys lead: `schema.table`, raw.
pub async fn keys_out_of(reading: &Reading<'_>, schema: Oid) -> Result<Vec<String>, Fault> {
    texts(&reading.rows(include_str!("../sql/whole_keys.sql"), &[Param::Oid(schema)]).await?)
}

/// What names a schema (raw name) in its text, as the server describes it.
pub async fn mentions(reading: &Reading<'_>, schema: &str) -> Result<Vec<String>, Fault> {
    texts(&reading.rows(include_str!("../sql/whole_mentions.sql"), &[Param::Text(schema)]).await?)
}

/// The tables whose rows change by themselves when a row of this table of tenants goes, with whether they go, too; those of the table of
/// domains are left out. Schema and name, raw.
pub async fn followers(
    reading: &Reading<'_>,
    tenants: (&str, &str),
    domains: (&str, &str),
) -> Result<Vec<(String, bool)>, Fault> {
    let params = [Param::Text(tenants.0), Param::Text(tenants.1), Param::Text(domains.0), Param::Text(domains.1)];
    let rows = reading.rows(include_str!("../sql/whole_followers.sql"), &params).await?;
    rows.iter().map(|row| Ok((row.get(0)?, row.get(1)?))).collect()
}

fn texts(rows: &[Row]) -> Result<Vec<String>, Fault> {
    rows.iter().map(|row| row.get(0)).collect()
}
