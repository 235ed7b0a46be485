//! Where tables live and which foreign keys lead out of their schema, set-based: thousands of names share a handful of sets of
//! schemas, and each set is read once. Must not know which schema is a tenant's.

use std::collections::HashMap;

use crate::domain::catalog::Oid;
use crate::domain::fault::Fault;
use crate::domain::placement::{CrossingKey, PlacedTable, TableColumns};
use crate::pg::session::{Param, Reading, Row};

/// How many table names are taken in, those of most schemas first.
const MOST_NAMES: i64 = 20_000;
/// How many different sets of schemas are read.
const MOST_SETS: usize = 1_000;
/// How many schemas the sets may name together: some 16 MB.
const MOST_MEMBERS: usize = 4_000_000;
/// Sets that are asked for at a time.
const BATCH: usize = 50;
/// How many kinds of foreign keys are taken in.
const MOST_KEYS: u16 = 5_000;

/// Table names with the schemas that have them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Placed {
    /// Sorted by name.
    pub tables: Vec<PlacedTable>,
    /// The sets of schemas, each sorted.
    pub sets: Vec<Vec<Oid>>,
    /// How many names were left out.
    pub left_out: u32,
}

/// Reads which schemas have a table of each name: ordinary and partitioned tables, no partitions, none of PostgreSQL's own.
pub async fn placed(reading: &Reading<'_>) -> Result<Placed, Fault> {
    reading.texts(include_str!("../sql/planner.sql")).await?;
    let rows = reading.rows(include_str!("../sql/placement_tables.sql"), &[Param::Int(MOST_NAMES)]).await?;
    let names = rows.first().map_or(Ok(0), |row| row.get::<u32>(4))?;
    let mut placed = Placed::default();
    // Equal sums of hashes are equal sets; a name stands for each set of more than one schema.
    let mut known: HashMap<(String, u32), usize> = HashMap::new();
    let mut wanted: Vec<(String, usize)> = Vec::new();
    let mut members = 0_usize;
    for row in &rows {
        let (name, count, one): (String, u32, Oid) = (row.get(0)?, row.get(1)?, row.get(2)?);
        let key = (row.get::<String>(3)?, count);
        let set = match known.get(&key) {
            Some(&set) => set,
            None if count > 1 && (wanted.len() >= MOST_SETS || members + count as usize > MOST_MEMBERS) => continue,
            None => {
                let set = placed.sets.len();
                placed.sets.push(if count == 1 { vec![one] } else { Vec::new() });
                if count > 1 {
                    members += count as usize;
                    wanted.push((name.clone(), set));
                }
                known.insert(key, set);
                set
            }
        };
        placed.tables.push(PlacedTable { name, set });
    }
    for batch in wanted.chunks(BATCH) {
        let names: Vec<&str> = batch.iter().map(|(name, _)| name.as_str()).collect();
        let of: HashMap<&str, usize> = batch.iter().map(|(name, set)| (name.as_str(), *set)).collect();
        for row in &reading.rows(include_str!("../sql/placement_sets.sql"), &[Param::Texts(&names)]).await? {
            let Some(&set) = of.get(row.get::<&str>(0)?) else { continue };
            placed.sets[set] = sorted(row.get(1)?);
        }
    }
    placed.left_out = names.saturating_sub(placed.tables.len() as u32);
    placed.tables.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(placed)
}

/// Foreign keys that lead from one schema into another, and whether some were left out.
pub async fn crossing_keys(reading: &Reading<'_>) -> Result<(Vec<CrossingKey>, bool), Fault> {
    reading.texts(include_str!("../sql/planner.sql")).await?;
    let rows = reading.rows(include_str!("../sql/placement_keys.sql"), &[Param::Int(i64::from(MOST_KEYS) + 1)]).await?;
    let are_cut = rows.len() > usize::from(MOST_KEYS);
    let key = |row: &Row| {
        Ok(CrossingKey { table: row.get(0)?, target: row.get(1)?, into: row.get(2)?, from: sorted(row.get(3)?) })
    };
    let keys = rows.iter().take(usize::from(MOST_KEYS)).map(key).collect::<Result<_, Fault>>()?;
    Ok((keys, are_cut))
}

/// The columns of the tables of these raw names in the schemas of these raw names.
pub async fn columns_of(reading: &Reading<'_>, tables: &[&str], schemas: &[&str]) -> Result<Vec<TableColumns>, Fault> {
    let params = [Param::Texts(tables), Param::Texts(schemas)];
    let rows = reading.rows(include_str!("../sql/placement_columns.sql"), &params).await?;
    rows.iter().map(|row| Ok(TableColumns { schema: row.get(0)?, table: row.get(1)?, columns: row.get(2)? })).collect()
}

/// The raw names of the tables that the tables of these raw names point to.
pub async fn targets_of(reading: &Reading<'_>, tables: &[&str]) -> Result<Vec<String>, Fault> {
    let rows = reading.rows(include_str!("../sql/placement_targets.sql"), &[Param::Texts(tables)]).await?;
    rows.iter().map(|row| row.get(0)).collect()
}

fn sorted(mut schemas: Vec<Oid>) -> Vec<Oid> {
    schemas.sort_unstable();
    schemas.dedup();
    schemas
}
