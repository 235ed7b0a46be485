//! Facts about schemas and tables as the catalogue of one database tells them. Every figure says how it was measured.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::drift::Verdict;
use super::fault::Fault;
use super::history::{LedgerReading, Mark};
use super::structure::{ClassId, Structure};

/// The object identifier of a PostgreSQL catalogue row.
pub type Oid = u32;

/// One schema of one database.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SchemaFacts {
    /// `pg_namespace.oid`: identity that survives a rename.
    pub oid: Oid,
    /// The raw name.
    pub name: String,
    /// The raw name of the owning role.
    pub owner: String,
    /// Whether our role has `USAGE` on the schema. Without it counts are still known, contents are not.
    pub readable: bool,
    /// The extension that made the schema or lives in it, the first by name; `public` and `pg_catalog` belong to none.
    pub extension: Option<String>,
    /// What the inventory pass counted; `None` until it has reported.
    pub counts: Option<Counts>,
    /// The table that records migrations, if a known one is there.
    pub ledger: Option<LedgerTable>,
    /// When something last happened here, and what that was; `None` when not measured or never.
    pub activity: Option<Activity>,
    /// What came of reading its ledger; `None` until it was read, or when it has none.
    pub history: Option<LedgerReading>,
    /// The class of its structure; `None` until it was read, or when it changed while it was read.
    pub class: Option<ClassId>,
    /// What was judged of both.
    pub verdict: Verdict,
}

impl SchemaFacts {
    /// A readable schema that no extension made and of which no more is known yet.
    pub fn named(oid: Oid, name: impl Into<String>, owner: impl Into<String>) -> Self {
        Self {
            oid,
            name: name.into(),
            owner: owner.into(),
            readable: true,
            extension: None,
            counts: None,
            ledger: None,
            activity: None,
            history: None,
            class: None,
            verdict: Verdict::default(),
        }
    }
}

/// What one set-based pass over `pg_class` and `pg_proc` counts for a schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Counts {
    /// Ordinary and partitioned tables.
    pub tables: u32,
    /// Indexes, partitioned ones included.
    pub indexes: u32,
    /// Sequences.
    pub sequences: u32,
    /// Views and materialized views.
    pub views: u32,
    /// Functions, procedures and aggregates.
    pub functions: u32,
    /// Sum of the planner's row estimates, over the tables that have one.
    pub rows: u64,
    /// Estimated bytes: planner's pages (as of the last vacuum or analyze) times block size; tables, indexes, TOAST, sequences.
    pub bytes: u64,
    /// Tables that were never vacuumed or analysed, so that `rows` and `bytes` leave them out.
    pub never_analysed: u32,
}

impl Counts {
    /// Whether rows and bytes say nothing: there are tables and none of them was ever vacuumed or analysed.
    pub fn is_unknown(&self) -> bool {
        self.tables > 0 && self.never_analysed >= self.tables
    }
}

/// The newest sign of life in a schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Activity {
    /// When.
    pub at: Timestamp,
    /// What was seen.
    pub kind: ActivityKind,
}

/// How the newest activity of a schema was seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ActivityKind {
    /// A scan of a table or index (PostgreSQL 16 and newer record its time).
    Scan,
    /// A vacuum or analyze, automatic or by hand: older servers record nothing closer.
    Maintenance,
}

/// A table that records which migrations a schema has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LedgerTable {
    /// `pg_class.oid`.
    pub oid: Oid,
    /// Its raw name, such as `django_migrations`.
    pub table: String,
    /// Which tool writes it.
    pub dialect: LedgerDialect,
}

/// The migration tools whose ledgers are known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LedgerDialect {
    /// `django_migrations (app, name, applied)`.
    Django,
    /// `schema_migrations (version)` of Rails, apartment and dbmate.
    Rails,
    /// Tenantry's own, for plain folders of SQL.
    Tenantry,
    /// `flyway_schema_history (version, checksum, success)`.
    Flyway,
    /// `alembic_version (version_num)`: the heads only, without what came before.
    Alembic,
    /// `schema_migrations (version, dirty)` of golang-migrate: the newest only.
    GolangMigrate,
    /// `_sqlx_migrations (version, success, checksum)`.
    Sqlx,
    /// `__EFMigrationsHistory ("MigrationId")` of Entity Framework.
    EntityFramework,
    /// `goose_db_version (version_id, is_applied)`.
    Goose,
    /// `atlas_schema_revisions (version, error, hash)`.
    Atlas,
    /// `knex_migrations (name, batch)`.
    Knex,
    /// `_prisma_migrations (migration_name, finished_at, checksum)`.
    Prisma,
    /// `databasechangelog (id, author, filename, md5sum)`.
    Liquibase,
}

impl LedgerDialect {
    /// All dialects. Where a schema has several ledgers, the first of this order is its ledger.
    pub const ALL: [Self; 13] = [
        Self::Django,
        Self::Rails,
        Self::GolangMigrate,
        Self::Tenantry,
        Self::Flyway,
        Self::Alembic,
        Self::Sqlx,
        Self::EntityFramework,
        Self::Goose,
        Self::Atlas,
        Self::Knex,
        Self::Prisma,
        Self::Liquibase,
    ];

    /// Whether a ledger lists every migration that was applied. Where it does not, it holds only the heads (Alembic) or the
    /// newest (golang-migrate), and what came before them is understood.
    pub fn lists_all(self) -> bool {
        !matches!(self, Self::Alembic | Self::GolangMigrate)
    }

    /// The word shown for it everywhere.
    pub fn word(self) -> &'static str {
        match self {
            Self::Django => "django",
            Self::Rails => "rails",
            Self::Tenantry => "tenantry",
            Self::Flyway => "flyway",
            Self::Alembic => "alembic",
            Self::GolangMigrate => "golang-migrate",
            Self::Sqlx => "sqlx",
            Self::EntityFramework => "ef",
            Self::Goose => "goose",
            Self::Atlas => "atlas",
            Self::Knex => "knex",
            Self::Prisma => "prisma",
            Self::Liquibase => "liquibase",
        }
    }
}

/// Everything about one schema, read at once when a person opens it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SchemaDetail {
    /// `pg_namespace.oid` of the schema.
    pub oid: Oid,
    /// The raw name.
    pub name: String,
    /// When it was read.
    pub as_of: Timestamp,
    /// `COMMENT ON SCHEMA`, raw.
    pub comment: Option<String>,
    /// Access privileges as `\dn+` prints them, raw, one per entry; empty when only the default holds.
    pub acl: Vec<String>,
    /// The `search_path` that a session of this tenant has: the schema, then the extra ones. Raw names.
    pub search_path: Vec<String>,
    /// Its tables by name; a fault when they could not be read.
    pub tables: Result<Vec<TableFacts>, Fault>,
    /// Its ledger in the order of application; `None` when it has no ledger table.
    pub ledger: Option<Result<Vec<LedgerRow>, Fault>>,
    /// Its objects; a fault when they could not be read.
    pub structure: Result<Structure, Fault>,
}

/// One table (ordinary, partitioned, foreign or materialized view) of an opened schema.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TableFacts {
    /// `pg_class.oid`.
    pub oid: Oid,
    /// The raw name.
    pub name: String,
    /// What it is.
    pub kind: TableKind,
    /// The planner's estimate of rows; `None` when never analysed.
    pub rows: Option<u64>,
    /// Bytes on disk now with indexes and TOAST, measured by the file sizes; `None` when the table was locked just now.
    pub bytes: Option<u64>,
    /// Of which bytes in indexes.
    pub index_bytes: Option<u64>,
    /// How many indexes it has.
    pub indexes: u32,
    /// The last analyze, automatic or by hand.
    pub last_analyze: Option<Timestamp>,
    /// The last vacuum, automatic or by hand.
    pub last_vacuum: Option<Timestamp>,
}

/// What kind of relation a row of the Tables tab is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TableKind {
    /// `relkind = 'r'`.
    Table,
    /// `relkind = 'p'`.
    Partitioned,
    /// `relkind = 'f'`.
    Foreign,
    /// `relkind = 'm'`.
    MaterializedView,
}

impl TableKind {
    /// The word shown for it everywhere.
    pub fn word(self) -> &'static str {
        match self {
            Self::Table => "table",
            Self::Partitioned => "partitioned",
            Self::Foreign => "foreign",
            Self::MaterializedView => "matview",
        }
    }
}

/// One line of a ledger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LedgerRow {
    /// The application of the migration where the dialect has one (Django), raw.
    pub app: Option<String>,
    /// The name or version, raw.
    pub name: String,
    /// When it was applied, where the ledger says so.
    pub applied: Option<Timestamp>,
    /// How it ended.
    pub mark: Mark,
}
