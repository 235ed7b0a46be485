//! What the catalogue of a database tells of all its schemas, in a few set-based queries. Takes no lock on a table; must not know
//! what the facts are for, nor keep them.

pub mod blueprint;
pub mod fingerprint;
mod leaks;
mod ledgers;
mod moment;
pub mod objects;
pub mod placement;
mod plan;
pub mod pressure;
pub mod provision;
mod schema;
mod server;
mod sessions;
mod stamp;
mod template;
mod whole;

use std::collections::HashMap;

use jiff::Timestamp;

use super::session::{Param, Reading, Row};
use crate::domain::catalog::{Activity, ActivityKind, Counts, Oid, SchemaFacts};
use crate::domain::fault::Fault;
use crate::domain::shape::{ColumnShape, Reference, TableShape};

pub use self::leaks::leaks;
pub use self::ledgers::{Named, RowState, locked, named, named_in, row_states, statistics_since};
pub use self::moment::{Moment, moment};
pub use self::plan::{Closed, DatabaseFacts, TablesNamed, Works, closed, database, denied, owners, tables_named};
pub use self::schema::{SchemaHead, Sized, TableHead, head, size_statements, sizes, tables};
pub use self::server::{memory, server};
pub use self::sessions::{Holders, Holdings, backend, prepared, session_locks, sessions};
pub use self::stamp::{Stamp, stamp};
pub use self::whole::{WholeSchema, followers, keys_out_of, mentions, whole_schemas};

/// What decides how a refresh asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Context {
    /// `server_version_num`.
    pub version: u32,
    /// Whether it is a standby.
    pub standby: bool,
    /// Whether the server counts changes of rows (`track_counts`).
    pub counts_changes: bool,
    /// The raw name of our role.
    pub role: String,
}

/// Reads what decides how a refresh asks.
pub async fn context(reading: &Reading<'_>) -> Result<Context, Fault> {
    let rows = reading.rows(include_str!("sql/context.sql"), &[]).await?;
    let row = only(&rows)?;
    Ok(Context { version: row.get(0)?, standby: row.get(1)?, counts_changes: row.get(2)?, role: row.get(3)? })
}

/// Every schema by its name, owner, privilege and extension, without counts.
pub async fn names(reading: &Reading<'_>) -> Result<Vec<SchemaFacts>, Fault> {
    let rows = reading.rows(include_str!("sql/names.sql"), &[]).await?;
    rows.iter()
        .map(|row| {
            Ok(SchemaFacts {
                readable: row.get(3)?,
                extension: row.get(4)?,
                ..SchemaFacts::named(row.get(0)?, row.get::<String>(1)?, row.get::<Option<String>>(2)?.unwrap_or_default())
            })
        })
        .collect()
}

/// Rows changed in the catalogues that the inventory is made of: equal counters mean that nothing was created or dropped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Counters(Vec<[i64; 4]>);

/// Reads the counters. They may be a second late, so read them before what they stand for.
pub async fn counters(reading: &Reading<'_>) -> Result<Counters, Fault> {
    let rows = reading.rows(include_str!("sql/counters.sql"), &[]).await?;
    let read = |row: &Row| Ok([row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?]);
    rows.iter().map(read).collect::<Result<_, Fault>>().map(Counters)
}

/// What one pass over the catalogue counts, per schema.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Inventory {
    /// Figures of each schema that has any relation or function.
    pub counts: HashMap<Oid, Counts>,
    /// The tables that were asked for by name.
    pub named: Vec<Named>,
}

/// Counts relations and functions of all schemas and finds the tables of these raw names.
///
/// On PostgreSQL 13 a table that was never analysed looks like an empty one: [`Counts::never_analysed`] is 0 there.
pub async fn inventory(reading: &Reading<'_>, wanted: &[&str]) -> Result<Inventory, Fault> {
    reading.texts(include_str!("sql/planner.sql")).await?;
    let named = named(reading, wanted).await?;
    let block: i64 = only(&reading.rows(include_str!("sql/block_size.sql"), &[]).await?)?.get(0)?;
    let mut inventory = Inventory { named, ..Inventory::default() };
    for row in &reading.rows(include_str!("sql/inventory.sql"), &[]).await? {
        add_relations(inventory.counts.entry(row.get(0)?).or_default(), row, block)?;
    }
    for row in &reading.rows(include_str!("sql/functions.sql"), &[]).await? {
        inventory.counts.entry(row.get(0)?).or_default().functions = row.get(1)?;
    }
    Ok(inventory)
}

/// Adds what one row of `inventory.sql` tells: all relations of one kind in one schema.
fn add_relations(counts: &mut Counts, row: &Row, block: i64) -> Result<(), Fault> {
    let (kind, count): (String, u32) = (row.get(1)?, row.get(2)?);
    let pages: i64 = row.get(3)?;
    let (tuples, never): (Option<f64>, u32) = (row.get(4)?, row.get(5)?);
    let (toasts, toast_pages): (i64, Option<i64>) = (row.get(6)?, row.get(7)?);
    let toast = toasts + toast_pages.unwrap_or_default();
    counts.bytes += u64::try_from((pages + toast).saturating_mul(block)).unwrap_or_default();
    match kind.as_str() {
        "r" => (counts.tables, counts.never_analysed) = (counts.tables + count, never),
        // The estimate of a partitioned table is the sum of its parts, which have rows of their own here.
        "p" => counts.tables += count,
        "i" | "I" => counts.indexes += count,
        "S" => counts.sequences += count,
        "v" | "m" => counts.views += count,
        _ => {}
    }
    if matches!(kind.as_str(), "r" | "m") {
        counts.rows += tuples.unwrap_or_default() as u64;
    }
    Ok(())
}

/// What one look at the statistics of all tables tells.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Seen {
    /// The newest sign of life in each schema that has any.
    pub newest: HashMap<Oid, Activity>,
    /// Relations that were looked at. From PostgreSQL 15 on the server process keeps about 125 bytes for each until it ends.
    pub relations: u64,
}

/// The newest sign of life in each schema: scans from PostgreSQL 16 on, before that vacuum and analyze.
pub async fn activity(reading: &Reading<'_>, version: u32) -> Result<Seen, Fault> {
    if version >= 150_000 {
        reading.texts(include_str!("sql/live_statistics.sql")).await?;
    }
    let (sql, kind) = if version >= 160_000 {
        (include_str!("sql/activity_scan.sql"), ActivityKind::Scan)
    } else {
        (include_str!("sql/activity_maintenance.sql"), ActivityKind::Maintenance)
    };
    let mut seen = Seen::default();
    for row in &reading.rows(sql, &[]).await? {
        if let Some(at) = row.get::<Option<Timestamp>>(1)? {
            seen.newest.insert(row.get(0)?, Activity { at, kind });
        }
        seen.relations += row.get::<u64>(2)?;
    }
    Ok(seen)
}

/// The raw names of the schemas that have a table of each of these raw names.
pub async fn schemas_with(reading: &Reading<'_>, names: &[&str]) -> Result<Vec<String>, Fault> {
    let rows = reading.rows(include_str!("sql/marked.sql"), &[Param::Texts(names)]).await?;
    rows.iter().map(|row| row.get(0)).collect()
}

/// The shapes of the tables in some schemas that have one of some columns, and of the tables that these point to. Raw names.
pub async fn shapes(reading: &Reading<'_>, schemas: &[&str], columns: &[&str]) -> Result<Vec<TableShape>, Fault> {
    let rows = reading.rows(include_str!("sql/shapes.sql"), &[Param::Texts(schemas), Param::Texts(columns)]).await?;
    let mut tables: Vec<TableShape> = Vec::new();
    for row in &rows {
        let oid: Oid = row.get(0)?;
        if tables.last().is_none_or(|table| table.oid != oid) {
            tables.push(TableShape {
                oid,
                schema: row.get(1)?,
                name: row.get(2)?,
                readable: row.get(3)?,
                filtered: row.get(4)?,
                columns: Vec::new(),
            });
        }
        let points_to: (Option<Oid>, Option<String>) = (row.get(8)?, row.get(9)?);
        let references = points_to.0.zip(points_to.1).map(|(table, column)| Reference { table, column });
        let column = ColumnShape { name: row.get(5)?, kind: row.get(6)?, unique: row.get(7)?, references };
        if let Some(table) = tables.last_mut() {
            table.columns.push(column);
        }
    }
    Ok(tables)
}

/// The only row of an answer that always has one.
fn only(rows: &[Row]) -> Result<&Row, Fault> {
    use crate::domain::fault::FaultKind;
    rows.first().ok_or_else(|| Fault::new(FaultKind::Server, "the server gave no row where there is always one"))
}
