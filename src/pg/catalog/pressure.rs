//! What a database and its server tell of what wears them: each question by itself, because a role may be refused one of them.
//! Takes no lock on a table but those of the catalogue; must not know what is too much.

use std::collections::{HashMap, HashSet};

use super::{only, template};
use crate::domain::catalog::Oid;
use crate::domain::fault::Fault;
use crate::domain::pressure::{
    CatalogueTable, Checkpoints, Connections, DatabaseAge, InvalidIndex, InvalidIndexes, Key, Keys, OldTable, Relations,
    SequenceReading, SequenceValue, Settings, Slot, TempFiles, most,
};
use crate::pg::session::{Param, Reading, Row};

/// Keys that are told by name.
const KEYS: i64 = 20;
/// The most bytes of one file: a larger relation has several.
const FILE: u64 = 1 << 30;
/// Tables above which their indexes and columns are joined in one go rather than looked up one by one.
const MANY: usize = 50_000;

/// The server's settings.
pub async fn settings(reading: &Reading<'_>) -> Result<Settings, Fault> {
    let rows = reading.rows(include_str!("../sql/pressure_settings.sql"), &[]).await?;
    let row = only(&rows)?;
    Ok(Settings {
        version: row.get(0)?,
        block_size: row.get(1)?,
        max_connections: row.get(2)?,
        reserved_connections: row.get(3)?,
        max_prepared_transactions: row.get(4)?,
        max_locks_per_transaction: row.get(5)?,
        shared_buffers: row.get(6)?,
        effective_cache_size: row.get(7)?,
        max_wal_size: row.get(8)?,
        work_mem: row.get(9)?,
        checkpoint_timeout: row.get(10)?,
        autovacuum: row.get(11)?,
        autovacuum_max_workers: row.get(12)?,
        autovacuum_naptime: row.get(13)?,
        freeze_max_age: row.get(14)?,
        multixact_freeze_max_age: row.get(15)?,
        freeze_min_age: row.get(16)?,
    })
}

/// The tables of the catalogue, the largest first.
pub async fn catalogues(reading: &Reading<'_>) -> Result<Vec<CatalogueTable>, Fault> {
    let rows = reading.rows(include_str!("../sql/pressure_catalogues.sql"), &[]).await?;
    rows.iter()
        .map(|row| {
            Ok(CatalogueTable {
                name: row.get(0)?,
                live: row.get(1)?,
                dead: row.get(2)?,
                heap: row.get(3)?,
                indexes: row.get(4)?,
            })
        })
        .collect()
}

/// All relations by one scan of `pg_class`, and the tables whose keys may be near their end.
pub async fn relations(reading: &Reading<'_>, settings: &Settings) -> Result<(Relations, Vec<Oid>), Fault> {
    plan(reading, false).await?;
    let text = template::fill(include_str!("../sql/pressure_relations.sql"), settings.version / 10_000);
    let (age, pages) = (settings.freeze_max_age, FILE / settings.block_size.max(1));
    let rows = reading.rows(&text, &[Param::Int(age.cast_signed()), Param::Int(pages.cast_signed())]).await?;
    let row = only(&rows)?;
    let oldest: [Option<(u64, Oid)>; 2] = [parted(row, 8)?, parted(row, 9)?];
    let oids: Vec<Oid> = oldest.iter().flatten().map(|(_, oid)| *oid).collect();
    plan(reading, true).await?;
    let named = reading.rows(include_str!("../sql/pressure_names.sql"), &[Param::Oids(&oids)]).await?;
    let name = |oldest: Option<(u64, Oid)>| -> Result<Option<OldTable>, Fault> {
        let Some((age, oid)) = oldest else { return Ok(None) };
        for row in &named {
            if row.get::<Oid>(0)? == oid {
                return Ok(Some(OldTable { schema: row.get(1)?, name: row.get(2)?, age }));
            }
        }
        Ok(None)
    };
    let relations = Relations {
        tables: row.get(0)?,
        vacuumed: row.get(1)?,
        never_analysed: row.get(2)?,
        partitioned_never_analysed: row.get(3)?,
        stored: row.get(4)?,
        files: row.get(5)?,
        overdue: row.get(6)?,
        oldest_transaction: name(oldest[0])?,
        oldest_multixact: name(oldest[1])?,
    };
    Ok((relations, row.get(7)?))
}

/// A number whose upper half is an age and whose lower half is an OID.
fn parted(row: &Row, at: usize) -> Result<Option<(u64, Oid)>, Fault> {
    Ok(row.get::<Option<i64>>(at)?.map(|both| ((both >> 32).max(0).cast_unsigned(), both as u32)))
}

/// Indexes that are not valid, by one scan of `pg_index`.
pub async fn invalid_indexes(reading: &Reading<'_>) -> Result<InvalidIndexes, Fault> {
    plan(reading, true).await?;
    let rows = reading.rows(include_str!("../sql/pressure_indexes.sql"), &[]).await?;
    let first = only(&rows)?;
    let mut found = InvalidIndexes { count: first.get(0)?, building: first.get(1)?, some: Vec::new() };
    for row in &rows {
        if let (Some(schema), Some(table), Some(name)) = (row.get(2)?, row.get(3)?, row.get(4)?) {
            found.some.push(InvalidIndex { schema, table, name, is_unique: row.get(5)? });
        }
    }
    Ok(found)
}

/// Keys of these tables that may be near their end: those of [`relations`].
pub async fn keys(reading: &Reading<'_>, large: &[Oid]) -> Result<Keys, Fault> {
    let rows = candidates(reading, large, KEYS).await?;
    let count = rows.first().map_or(Ok(0), |row| row.get(0))?;
    Ok(Keys { count, some: rows.iter().map(key).collect::<Result<_, Fault>>()? })
}

fn key(row: &Row) -> Result<Key, Fault> {
    Ok(Key {
        schema: row.get(1)?,
        table: row.get(2)?,
        column: row.get(3)?,
        width: row.get::<i16>(4)? as u8,
        rows: row.get(5)?,
    })
}

/// A sequence that is not read yet, and whether our role may read it.
#[derive(Debug, Clone, PartialEq)]
pub struct Sequence {
    /// Its `pg_class.oid`.
    pub oid: Oid,
    /// What is known of it; not where it stands.
    pub reading: SequenceReading,
    /// Whether our role may read it.
    pub readable: bool,
}

/// The sequences of all keys of these tables that may be near their end, and how many such keys have none.
pub async fn sequences(reading: &Reading<'_>, large: &[Oid]) -> Result<(Vec<Sequence>, u64), Fault> {
    let rows = candidates(reading, large, i64::MAX).await?;
    let mut keys: HashMap<(Oid, i64), Key> = HashMap::new();
    for row in &rows {
        keys.insert((row.get(6)?, row.get(7)?), key(row)?);
    }
    let tables: Vec<Oid> = keys.keys().map(|(table, _)| *table).collect();
    let mut counted: HashSet<(Oid, i64)> = HashSet::new();
    let mut found = Vec::new();
    for row in &reading.rows(include_str!("../sql/pressure_sequences.sql"), &[Param::Oids(&tables)]).await? {
        let column = (row.get(0)?, row.get(1)?);
        let Some(key) = keys.get(&column) else { continue };
        counted.insert(column);
        let (end, last): (i64, i64) = (row.get(5)?, most(key.width));
        found.push(Sequence {
            oid: row.get(2)?,
            readable: row.get(6)?,
            reading: SequenceReading {
                schema: row.get(3)?,
                name: row.get(4)?,
                key: key.clone(),
                end: end.clamp(-last, last),
                value: SequenceValue::Unreadable,
            },
        });
    }
    Ok((found, (keys.len() - counted.len()) as u64))
}

/// A statement that gives a number, where the sequence of this quoted name stands, and whether that number was given, for
/// [`crate::pg::Session::each`].
pub fn sequence_statement(at: usize, quoted: &str) -> String {
    include_str!("../sql/pressure_sequence_value.sql").replace("{at}", &at.to_string()).replace("{name}", quoted)
}

async fn candidates(reading: &Reading<'_>, large: &[Oid], most: i64) -> Result<Vec<Row>, Fault> {
    if large.is_empty() {
        return Ok(Vec::new());
    }
    plan(reading, large.len() < MANY).await?;
    reading.rows(include_str!("../sql/pressure_keys.sql"), &[Param::Oids(large), Param::Int(most)]).await
}

async fn plan(reading: &Reading<'_>, by_index: bool) -> Result<(), Fault> {
    let by_index = if by_index { "on" } else { "off" };
    reading.rows(include_str!("../sql/pressure_planner.sql"), &[Param::Text(by_index)]).await.map(drop)
}

/// How old the oldest transaction of each database of the server is.
pub async fn ages(reading: &Reading<'_>) -> Result<Vec<DatabaseAge>, Fault> {
    let rows = reading.rows(include_str!("../sql/pressure_ages.sql"), &[]).await?;
    rows.iter()
        .map(|row| {
            Ok(DatabaseAge { name: row.get(0)?, is_ours: row.get(1)?, transactions: row.get(2)?, multixacts: row.get(3)? })
        })
        .collect()
}

/// Who is connected to the server.
pub async fn connections(reading: &Reading<'_>) -> Result<Connections, Fault> {
    let rows = reading.rows(include_str!("../sql/pressure_connections.sql"), &[]).await?;
    let row = only(&rows)?;
    Ok(Connections {
        clients: row.get(0)?,
        here: row.get(1)?,
        limit_here: row.get(2)?,
        idle_in_transaction: row.get(3)?,
        vacuuming: row.get(4)?,
        oldest_snapshot: row.get(5)?,
        oldest_prepared: row.get(6)?,
    })
}

/// Temporary files of this database.
pub async fn temp_files(reading: &Reading<'_>) -> Result<TempFiles, Fault> {
    let rows = reading.rows(include_str!("../sql/pressure_temp_files.sql"), &[]).await?;
    let row = only(&rows)?;
    Ok(TempFiles { files: row.get(0)?, bytes: row.get(1)?, seconds: seconds(row, 2)? })
}

/// The replication slots of the server, the one that keeps the most WAL first.
pub async fn slots(reading: &Reading<'_>) -> Result<Vec<Slot>, Fault> {
    let rows = reading.rows(include_str!("../sql/pressure_slots.sql"), &[]).await?;
    rows.iter()
        .map(|row| {
            Ok(Slot {
                name: row.get(0)?,
                is_logical: row.get(1)?,
                is_active: row.get(2)?,
                // A slot may be ahead of what a standby has replayed.
                kept: row.get::<Option<i64>>(3)?.map(|bytes| bytes.max(0).cast_unsigned()),
                status: row.get(4)?,
                age: row.get(5)?,
            })
        })
        .collect()
}

/// The checkpoints of the server.
pub async fn checkpoints(reading: &Reading<'_>, version: u32) -> Result<Checkpoints, Fault> {
    let text = template::fill(include_str!("../sql/pressure_checkpoints.sql"), version / 10_000);
    let rows = reading.rows(&text, &[]).await?;
    let row = only(&rows)?;
    Ok(Checkpoints { timed: row.get(0)?, requested: row.get(1)?, sync_ms: row.get(2)?, seconds: seconds(row, 3)? })
}

/// A span in seconds; a clock that was set back makes it negative.
fn seconds(row: &Row, at: usize) -> Result<Option<u64>, Fault> {
    Ok(row.get::<Option<i64>>(at)?.map(|seconds| seconds.max(0).cast_unsigned()))
}
