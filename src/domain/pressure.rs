//! What one database and its server tell of what wears them: raw readings, each group by itself, because a role may see one and
//! not another. Must not know what is too much.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::fault::Fault;

/// Everything that was read for the lines of PRESSURE. Each group is a fault where it could not be read, by itself.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Readings {
    /// When it was read.
    pub as_of: Timestamp,
    /// When the groups that take a scan of a catalogue were read: relations, indexes and keys.
    pub scanned_at: Timestamp,
    /// The server's settings.
    pub settings: Result<Settings, Fault>,
    /// The tables of the catalogue itself.
    pub catalogues: Result<Vec<CatalogueTable>, Fault>,
    /// All relations together.
    pub relations: Result<Relations, Fault>,
    /// Indexes that are not valid.
    pub indexes: Result<InvalidIndexes, Fault>,
    /// Keys of two and four bytes whose table has many rows.
    pub keys: Result<Keys, Fault>,
    /// How old the oldest transaction of each database is.
    pub ages: Result<Vec<DatabaseAge>, Fault>,
    /// Who is connected.
    pub connections: Result<Connections, Fault>,
    /// Files of sorts and hashes.
    pub temp_files: Result<TempFiles, Fault>,
    /// The replication slots of the server.
    pub slots: Result<Vec<Slot>, Fault>,
    /// The checkpoints of the server.
    pub checkpoints: Result<Checkpoints, Fault>,
}

/// Settings of the server that decide how much is too much. Sizes in bytes, spans in seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Settings {
    /// `server_version_num`.
    pub version: u32,
    /// `block_size`.
    pub block_size: u64,
    /// `max_connections`.
    pub max_connections: u32,
    /// `superuser_reserved_connections`, and `reserved_connections` from 16 on.
    pub reserved_connections: u32,
    /// `max_prepared_transactions`.
    pub max_prepared_transactions: u32,
    /// `max_locks_per_transaction`.
    pub max_locks_per_transaction: u32,
    /// `shared_buffers`.
    pub shared_buffers: u64,
    /// `effective_cache_size`.
    pub effective_cache_size: u64,
    /// `max_wal_size`.
    pub max_wal_size: u64,
    /// `work_mem`.
    pub work_mem: u64,
    /// `checkpoint_timeout`.
    pub checkpoint_timeout: u32,
    /// `autovacuum` and `track_counts`: without the second the first does nothing.
    pub autovacuum: bool,
    /// `autovacuum_max_workers`.
    pub autovacuum_max_workers: u32,
    /// `autovacuum_naptime`.
    pub autovacuum_naptime: u32,
    /// `autovacuum_freeze_max_age`, in transactions.
    pub freeze_max_age: u64,
    /// `autovacuum_multixact_freeze_max_age`, in multixacts.
    pub multixact_freeze_max_age: u64,
    /// `vacuum_freeze_min_age`, in transactions.
    pub freeze_min_age: u64,
}

/// One table of the catalogue, such as `pg_class`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CatalogueTable {
    /// Its name.
    pub name: String,
    /// Its rows, by the statistics or by its last vacuum or analyze, whichever are more; 0 where neither tells.
    pub live: u64,
    /// Dead rows that are not vacuumed yet, by the statistics.
    pub dead: u64,
    /// Bytes of its main file.
    pub heap: u64,
    /// Bytes of its indexes.
    pub indexes: u64,
}

/// What one scan of `pg_class` tells of all relations.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Relations {
    /// Tables and partitioned tables that are not the system's: what a dump of the whole database locks.
    pub tables: u64,
    /// Tables, materialized views and TOAST tables: what autovacuum looks after.
    pub vacuumed: u64,
    /// Tables and partitioned tables that were never vacuumed nor analysed; `None` before PostgreSQL 14, which does not tell them from empty ones.
    pub never_analysed: Option<u64>,
    /// Partitioned tables among them, which autovacuum never analyses.
    pub partitioned_never_analysed: u64,
    /// Relations with a file of their own.
    pub stored: u64,
    /// Files by what the catalogue knows: each of those, a further one for each full gigabyte, and maps of free space and
    /// visibility.
    pub files: u64,
    /// Tables whose oldest transaction is older than `autovacuum_freeze_max_age`, so that autovacuum must freeze them.
    pub overdue: u64,
    /// The table with the oldest transaction.
    pub oldest_transaction: Option<OldTable>,
    /// The table with the oldest multixact.
    pub oldest_multixact: Option<OldTable>,
}

/// A table with something old in it. Raw names; of a TOAST table the table that it belongs to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OldTable {
    /// Its schema.
    pub schema: String,
    /// Its name.
    pub name: String,
    /// How many transactions, or multixacts, ago.
    pub age: u64,
}

/// Indexes that are not valid: their `CREATE INDEX CONCURRENTLY` failed. Those that are being built are not among them, as far
/// as our role sees who builds.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct InvalidIndexes {
    /// How many there are.
    pub count: u64,
    /// How many are being built now.
    pub building: u64,
    /// The oldest of them, twenty at most.
    pub some: Vec<InvalidIndex>,
}

/// An index that is not valid. Raw names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InvalidIndex {
    /// Its schema.
    pub schema: String,
    /// Its table.
    pub table: String,
    /// Its name.
    pub name: String,
    /// Whether it should make its columns unique.
    pub is_unique: bool,
}

/// Keys of one column of two or four bytes whose table has more rows than a tenth of what the key can count.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Keys {
    /// How many there are.
    pub count: u64,
    /// The fullest of them, twenty at most, the fullest first.
    pub some: Vec<Key>,
}

/// A key of one column. Raw names.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Key {
    /// Its schema.
    pub schema: String,
    /// Its table.
    pub table: String,
    /// Its column.
    pub column: String,
    /// The bytes of its type: 2 or 4.
    pub width: u8,
    /// The rows of the table, as the planner estimates them.
    pub rows: f64,
}

impl Key {
    /// How much of what the type can count the rows take, if they count from 1 and leave no gap: at least so much is used.
    pub fn share(&self) -> f64 {
        self.rows / most(self.width) as f64
    }
}

/// The largest number that an integer of so many bytes can hold.
pub fn most(width: u8) -> i64 {
    match width {
        2 => i64::from(i16::MAX),
        4 => i64::from(i32::MAX),
        _ => i64::MAX,
    }
}

/// How old the oldest transaction and multixact of a database are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DatabaseAge {
    /// The raw name of the database.
    pub name: String,
    /// Whether we are connected to it.
    pub is_ours: bool,
    /// `age(datfrozenxid)`.
    pub transactions: u64,
    /// `mxid_age(datminmxid)`.
    pub multixacts: u64,
}

/// Who is connected to the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Connections {
    /// Clients of the whole server.
    pub clients: u64,
    /// Clients of this database.
    pub here: u64,
    /// The most that this database takes (`ALTER DATABASE ... CONNECTION LIMIT`), if it is limited.
    pub limit_here: Option<u64>,
    /// Clients that hold a transaction open and do nothing; `None` when our role does not see the states of others.
    pub idle_in_transaction: Option<u64>,
    /// Autovacuum workers that run now; `None` when our role does not see them.
    pub vacuuming: Option<u64>,
    /// The age in transactions of the oldest snapshot that a session holds, which vacuum must respect.
    pub oldest_snapshot: Option<u64>,
    /// The age in transactions of the oldest prepared transaction.
    pub oldest_prepared: Option<u64>,
}

/// Files of sorts and hashes in this database since its statistics began.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct TempFiles {
    /// How many.
    pub files: u64,
    /// Their bytes together.
    pub bytes: u64,
    /// Seconds since the statistics began; `None` when the server does not tell.
    pub seconds: Option<u64>,
}

/// A replication slot.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Slot {
    /// Its raw name.
    pub name: String,
    /// Whether it replicates changes of rows, and so holds back the vacuum of catalogues.
    pub is_logical: bool,
    /// Whether somebody reads it.
    pub is_active: bool,
    /// Bytes of WAL that are kept for it; `None` when it keeps none.
    pub kept: Option<u64>,
    /// `wal_status`: `reserved`, `extended`, `unreserved` or `lost`.
    pub status: Option<String>,
    /// How many transactions it holds back vacuum, of tables or of catalogues.
    pub age: Option<u64>,
}

/// Checkpoints since the statistics of the server began.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checkpoints {
    /// That came because it was time.
    pub timed: u64,
    /// That came before their time: too much WAL, a backup, a database made.
    pub requested: u64,
    /// Milliseconds spent on syncing files.
    pub sync_ms: u64,
    /// Seconds since the statistics began; `None` when the server does not tell.
    pub seconds: Option<u64>,
}

/// What the sequences of the keys tell that may be near their end.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SequenceFacts {
    /// When they were read.
    pub as_of: Timestamp,
    /// The fullest first; those that could not be read last.
    pub sequences: Vec<SequenceReading>,
    /// Keys that have no sequence of their own: a program or a default of another kind makes their numbers.
    pub without: u64,
}

/// A sequence and the key that it counts for. Raw names.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SequenceReading {
    /// Its schema.
    pub schema: String,
    /// Its name.
    pub name: String,
    /// The key.
    pub key: Key,
    /// The number after which there is none: the sequence's own end, or that of the key's type if it comes earlier.
    pub end: i64,
    /// Where it stands.
    pub value: SequenceValue,
}

/// Where a sequence stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SequenceValue {
    /// The last number that it gave; `None` when it gave none yet.
    Read(Option<i64>),
    /// Somebody has locked it.
    Busy,
    /// Our role may not read it, or it cannot be read.
    Unreadable,
}

impl SequenceReading {
    /// How much of its numbers is used up; `None` when it was not read.
    pub fn share(&self) -> Option<f64> {
        match self.value {
            SequenceValue::Read(last) => Some((last.unwrap_or(0) as f64 / self.end as f64).max(0.0)),
            SequenceValue::Busy | SequenceValue::Unreadable => None,
        }
    }
}
