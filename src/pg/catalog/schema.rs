//! What the catalogue tells of one schema: found by index, in milliseconds however many tables the database has. Must not keep
//! anything.

use jiff::Timestamp;

use crate::domain::catalog::{Oid, TableKind};
use crate::domain::fault::Fault;
use crate::pg::session::{Param, Reading};

/// `pg_catalog`: PostgreSQL does not note in `pg_depend` what is in it.
const PG_CATALOG: Oid = 11;

/// A schema itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SchemaHead {
    /// `pg_namespace.oid`.
    pub oid: Oid,
    /// Whether our role has `USAGE`.
    pub readable: bool,
    /// Its comment, raw.
    pub comment: Option<String>,
    /// Its privileges, raw, one per entry.
    pub acl: Vec<String>,
    /// The raw name of its owner.
    pub owner: String,
}

/// The schema of this raw name; `None` when there is none.
pub async fn head(reading: &Reading<'_>, name: &str) -> Result<Option<SchemaHead>, Fault> {
    let rows = reading.rows(include_str!("../sql/schema.sql"), &[Param::Text(name)]).await?;
    let Some(row) = rows.first() else { return Ok(None) };
    Ok(Some(SchemaHead {
        oid: row.get(0)?,
        readable: row.get::<Option<bool>>(1)?.unwrap_or_default(),
        comment: row.get(2)?,
        acl: row.get::<Option<Vec<String>>>(3)?.unwrap_or_default(),
        owner: row.get::<Option<String>>(4)?.unwrap_or_default(),
    }))
}

/// A table as the catalogue knows it, before its files are looked at.
#[derive(Debug, Clone, PartialEq)]
pub struct TableHead {
    /// `pg_class.oid`.
    pub oid: Oid,
    /// Its raw name.
    pub name: String,
    /// What it is.
    pub kind: TableKind,
    /// The planner's estimate; negative when there is none.
    pub tuples: f64,
    /// How many indexes it has.
    pub indexes: u32,
    /// The last analyze.
    pub last_analyze: Option<Timestamp>,
    /// The last vacuum.
    pub last_vacuum: Option<Timestamp>,
    /// Whether a look at its files would have to wait for somebody.
    pub locked: bool,
}

/// The tables of a schema by name.
pub async fn tables(reading: &Reading<'_>, schema: Oid) -> Result<Vec<TableHead>, Fault> {
    let sql = match schema {
        PG_CATALOG => include_str!("../sql/tables_pinned.sql"),
        _ => include_str!("../sql/tables.sql"),
    };
    let mut tables = Vec::new();
    for row in &reading.rows(sql, &[Param::Oid(schema)]).await? {
        tables.push(TableHead {
            oid: row.get(0)?,
            name: row.get(1)?,
            kind: match row.get::<String>(2)?.as_str() {
                "p" => TableKind::Partitioned,
                "f" => TableKind::Foreign,
                "m" => TableKind::MaterializedView,
                _ => TableKind::Table,
            },
            tuples: row.get(3)?,
            indexes: row.get(4)?,
            last_analyze: row.get(5)?,
            last_vacuum: row.get(6)?,
            locked: row.get(7)?,
        });
    }
    tables.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(tables)
}

/// The files of a table as they are now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sized {
    /// Everything with indexes and TOAST, in bytes.
    pub total: u64,
    /// Indexes, in bytes.
    pub indexes: u64,
}

/// The files of some tables; a table that is gone is left out. Waits for whoever has locked one of them, as long as the limits
/// of the reading allow.
pub async fn sizes(reading: &Reading<'_>, tables: &[Oid]) -> Result<Vec<(Oid, Sized)>, Fault> {
    let mut all = Vec::with_capacity(tables.len());
    for row in &reading.rows(include_str!("../sql/sizes.sql"), &[Param::Oids(tables)]).await? {
        if let (Some(total), Some(indexes)) = (row.get::<Option<u64>>(1)?, row.get::<Option<u64>>(2)?) {
            all.push((row.get(0)?, Sized { total, indexes }));
        }
    }
    Ok(all)
}

/// One statement for each table that gives the bytes of its files and of its indexes' files, for [`crate::pg::Session::each`].
pub fn size_statements(tables: &[Oid]) -> Vec<String> {
    tables.iter().map(|oid| include_str!("../sql/size_of_one.sql").replace("{oid}", &oid.to_string())).collect()
}
