//! The fleet as it is known now, and the one fold that makes it: doors emit [`FleetEvent`], faces keep a [`Fleet`] and apply
//! each event. Must not know how an event came to be.

use std::collections::HashMap;
use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::capacity::Sample;
use super::catalog::{Activity, Counts, LedgerTable, Oid, SchemaFacts};
use super::drift::{Drift, ShapeState, Verdict};
use super::fault::Fault;
use super::history::{History, HistoryId, LedgerReading, Migration};
use super::name::{SchemaPath, shown};
use super::pressure::Readings;
use super::registry::{Registry, Tenant};
use super::roles::{Oddity, Policy, Role, Row, classify};
use super::structure::{ClassId, Structure};

/// The position of a database in [`Fleet::databases`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct DatabaseId(pub u16);

/// Every database of one environment.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Fleet {
    /// In the order of the configuration.
    pub databases: Vec<Database>,
    /// Ledgers and structures against what they should be, as of the last judgement.
    pub drift: Drift,
    /// Whether facts have come since the last judgement that may change it.
    pub is_unjudged: bool,
}

/// What is known of one database. Facts stay when the link is lost.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Database {
    /// The label that stands before the slash in `database/schema`.
    pub label: String,
    /// What a person said about its schemas.
    pub policy: Policy,
    /// Whether we are connected just now.
    pub link: Link,
    /// The server behind the link, since the first connection.
    pub server: Option<Server>,
    /// Who the tenants are; `None` until it was read, a fault when it could not be.
    pub registry: Option<Result<Registry, Fault>>,
    /// The schemas, sorted by raw name.
    pub schemas: Vec<SchemaFacts>,
    /// Tenants and schemas joined: derived from the three above, sorted by schema name.
    pub rows: Vec<Row>,
    /// What the running refresh does; `None` when none runs.
    pub progress: Option<Progress>,
    /// When the last complete refresh was taken, by the clock of this machine.
    pub as_of: Option<Timestamp>,
    /// How long that refresh took, in milliseconds.
    pub took_ms: Option<u64>,
    /// What the person should know about these facts: missing privileges, a standby, two registries.
    pub notes: Vec<Note>,
    /// What our own connection costs the server, as of the last refresh.
    pub backend: Option<Backend>,
    /// Every history that a ledger of this database holds.
    pub histories: HashMap<HistoryId, Arc<History>>,
    /// The structure of one schema of each class, as far as read.
    pub structures: HashMap<ClassId, Arc<Structure>>,
    /// What the configured migration source holds, in order of application; `None` when none is configured.
    pub source: Option<Result<Vec<Migration>, Fault>>,
    /// Whether the ledgers and the structures have been read completely.
    pub drift_read: DriftRead,
    /// What wears the server, as of the last refresh that asked; `None` until it was asked.
    pub readings: Option<Result<Box<Readings>, Fault>>,
    /// The number of tenants on earlier days, the oldest first, as tenantry saw it.
    pub samples: Vec<Sample>,
}

/// How far the passes that find drift have come since the console was opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct DriftRead {
    /// Whether each ledger was read once.
    pub ledgers: bool,
    /// Whether each schema has its class and each class its structure.
    pub structures: bool,
}

/// The server process that answers us.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Backend {
    /// Its process id on the server.
    pub process: i32,
    /// Its memory in bytes; `None` before PostgreSQL 14 and where the role may not ask.
    pub memory: Option<u64>,
}

/// The state of the connection to a database.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "link", rename_all = "snake_case")]
pub enum Link {
    /// The first attempt runs.
    Connecting,
    /// Connected.
    Up {
        /// The time of the last round trip in microseconds.
        round_trip_us: u64,
    },
    /// Not connected.
    Down {
        /// Since when.
        since: Timestamp,
        /// Why.
        fault: Fault,
        /// When the next attempt is made; `None` when only a person can mend it (they may press refresh).
        retry_at: Option<Timestamp>,
    },
}

/// What the server tells of itself on connect.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Server {
    /// `server_version_num`, such as 150018.
    pub version: u32,
    /// `pg_control_system().system_identifier`; `None` when the role may not ask.
    pub system_identifier: Option<u64>,
    /// The name of the database there.
    pub database: String,
    /// Whether it is a standby.
    pub standby: bool,
    /// The role that we are.
    pub role: String,
    /// Whether that role is a superuser.
    pub superuser: bool,
    /// Whether a pooler such as PgBouncer stands between.
    pub pooler: bool,
}

impl Server {
    /// The version as people say it: `15.18`, `16.4`.
    pub fn version_text(&self) -> String {
        format!("{}.{}", self.version / 10_000, self.version % 10_000)
    }
}

/// The passes of a refresh, in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Pass {
    /// Names, owners and privileges of schemas.
    Names,
    /// Who the tenants are.
    Registry,
    /// Tables, indexes, rows and sizes.
    Inventory,
    /// What the ledgers record.
    Ledgers,
    /// When something last happened.
    Activity,
    /// What wears the server.
    Pressure,
    /// What is in the schemas: catalogue columns of all of them.
    Structure,
    /// What is in one schema of each class.
    Classes,
}

impl Pass {
    /// The word shown while it runs.
    pub fn word(self) -> &'static str {
        match self {
            Self::Names => "names",
            Self::Registry => "registry",
            Self::Inventory => "inventory",
            Self::Activity => "activity",
            Self::Pressure => "pressure",
            Self::Ledgers => "ledgers",
            Self::Structure => "structure",
            Self::Classes => "classes",
        }
    }
}

/// Where a running refresh is: `done` of `total` passes, doing `pass`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// What runs now.
    pub pass: Pass,
    /// Passes done.
    pub done: u8,
    /// Passes in all.
    pub total: u8,
    /// How far the pass itself is, `(done, of)`, where it can tell.
    pub part: Option<(u32, u32)>,
}

/// A sentence about the facts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    /// Whether the person should worry.
    pub severity: Severity,
    /// A lower-case fragment, safe to show.
    pub text: String,
    /// What to do about it.
    pub hint: Option<String>,
    /// The oddity of which it tells more, so that both are told as one.
    pub about: Option<Oddity>,
}

/// How much something matters. Shown as glyph, word and colour together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// As it should be.
    Ok,
    /// Worth knowing.
    Info,
    /// Worth looking at.
    Warn,
    /// Broken.
    Danger,
}

impl Severity {
    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Info => "info",
            Self::Warn => "warn",
            Self::Danger => "danger",
        }
    }
}

/// What the observer tells, in the order in which it happened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum FleetEvent {
    /// The connection changed.
    Link(DatabaseId, Link),
    /// The server told of itself.
    Server(DatabaseId, Server),
    /// The complete list of schemas, without counts: facts of schemas known before are kept.
    Names(DatabaseId, Vec<SchemaFacts>),
    /// The registry was read, or could not be.
    Registry(DatabaseId, Result<Registry, Fault>),
    /// The inventory of all schemas; one that is absent has no objects.
    Counts(DatabaseId, HashMap<Oid, (Counts, Option<LedgerTable>)>),
    /// The newest activity per schema.
    Activity(DatabaseId, HashMap<Oid, Activity>),
    /// What was read of the ledgers: may come in parts, and tells only of the schemas that it names. Histories that are new.
    Ledgers(DatabaseId, HashMap<Oid, LedgerReading>, Vec<(HistoryId, Arc<History>)>),
    /// What was read of the structures: may come in parts, and tells only of the schemas that it names. `None` means that the
    /// schema changed while it was read. Structures that are new.
    Structures(DatabaseId, HashMap<Oid, Option<ClassId>>, Vec<(ClassId, Arc<Structure>)>),
    /// What the configured migration source holds; `None` when none is configured.
    Source(DatabaseId, Option<Result<Vec<Migration>, Fault>>),
    /// How complete ledgers and structures are.
    DriftRead(DatabaseId, DriftRead),
    /// What wears the server, or why it was not read.
    Pressure(DatabaseId, Result<Box<Readings>, Fault>),
    /// The number of tenants on earlier days, all that is known, the oldest first.
    Samples(DatabaseId, Vec<Sample>),
    /// A refresh moved on.
    Progress(DatabaseId, Progress),
    /// The notes about this database, all of them.
    Notes(DatabaseId, Vec<Note>),
    /// What our own connection costs the server.
    Backend(DatabaseId, Backend),
    /// A refresh is complete, or found by the counters that nothing has changed.
    Refreshed(DatabaseId, Timestamp, u64),
}

impl Fleet {
    /// A fleet of which nothing is known but the databases' labels and policies.
    pub fn new(databases: impl IntoIterator<Item = (String, Policy)>) -> Self {
        let databases = databases.into_iter().map(|(label, policy)| Database::new(label, policy)).collect();
        Self { databases, drift: Drift::default(), is_unjudged: false }
    }

    /// Pairs of databases that are one and the same by system identifier and name: a standby and its primary, a restored copy,
    /// or one database twice. Their tenants are listed and counted twice.
    pub fn twins(&self) -> Vec<(DatabaseId, DatabaseId)> {
        let identity = |database: &Database| {
            let server = database.server.as_ref()?;
            Some((server.system_identifier?, server.database.clone()))
        };
        let mut first: HashMap<(u64, String), DatabaseId> = HashMap::new();
        let mut twins = Vec::new();
        for (at, database) in self.databases.iter().enumerate() {
            let Some(identity) = identity(database) else { continue };
            let id = DatabaseId(at as u16);
            match first.get(&identity) {
                Some(other) => twins.push((*other, id)),
                None => drop(first.insert(identity, id)),
            }
        }
        twins
    }

    /// What two twins are, in words that are safe to show.
    pub fn same_database(&self, one: DatabaseId, other: DatabaseId) -> String {
        let label = |id| self.database(id).map_or_else(String::new, |database| shown(&database.label).into_owned());
        format!("{} and {} are the same database", label(one), label(other))
    }

    /// Takes one event in. Events for databases that are not in the fleet are dropped.
    pub fn apply(&mut self, event: FleetEvent) {
        let (FleetEvent::Link(id, _)
        | FleetEvent::Server(id, _)
        | FleetEvent::Names(id, _)
        | FleetEvent::Registry(id, _)
        | FleetEvent::Counts(id, _)
        | FleetEvent::Activity(id, _)
        | FleetEvent::Ledgers(id, ..)
        | FleetEvent::Structures(id, ..)
        | FleetEvent::Source(id, _)
        | FleetEvent::DriftRead(id, _)
        | FleetEvent::Pressure(id, _)
        | FleetEvent::Samples(id, _)
        | FleetEvent::Progress(id, _)
        | FleetEvent::Notes(id, _)
        | FleetEvent::Backend(id, _)
        | FleetEvent::Refreshed(id, ..)) = event;
        if let Some(database) = self.databases.get_mut(usize::from(id.0)) {
            self.is_unjudged |= database.apply(event);
        }
    }

    /// The database at a position.
    pub fn database(&self, id: DatabaseId) -> Option<&Database> {
        self.databases.get(usize::from(id.0))
    }

    /// Every row of every database, with what it points to.
    pub fn entries(&self) -> impl Iterator<Item = Entry<'_>> {
        self.databases.iter().enumerate().flat_map(|(at, database)| database.entries(DatabaseId(at as u16)))
    }

    /// The entries whose schema has this raw name, in any database.
    pub fn find(&self, schema: &str) -> Vec<Entry<'_>> {
        self.entries().filter(|entry| entry.schema_name() == schema).collect()
    }
}

impl Database {
    /// A database of which nothing is known yet.
    pub fn new(label: String, policy: Policy) -> Self {
        Self {
            label,
            policy,
            link: Link::Connecting,
            server: None,
            registry: None,
            schemas: Vec::new(),
            rows: Vec::new(),
            progress: None,
            as_of: None,
            took_ms: None,
            notes: Vec::new(),
            backend: None,
            histories: HashMap::new(),
            structures: HashMap::new(),
            source: None,
            drift_read: DriftRead::default(),
            readings: None,
            samples: Vec::new(),
        }
    }

    /// Whether the data on screen may be older than the world: the link is down.
    pub fn is_stale(&self) -> bool {
        matches!(self.link, Link::Down { .. })
    }

    /// The registry, if it was read.
    pub fn known_registry(&self) -> Option<&Registry> {
        self.registry.as_ref()?.as_ref().ok()
    }

    /// Every row with what it points to. `id` is the position of this database in its fleet.
    pub fn entries(&self, id: DatabaseId) -> impl Iterator<Item = Entry<'_>> {
        self.rows.iter().map(move |row| self.entry(id, row))
    }

    /// A row with what it points to.
    pub fn entry<'a>(&'a self, id: DatabaseId, row: &'a Row) -> Entry<'a> {
        Entry {
            id,
            database: self,
            row,
            schema: row.schema.and_then(|at| self.schemas.get(at)),
            tenant: row.tenant.and_then(|at| self.known_registry()?.tenants.get(at)),
        }
    }

    /// Takes one event in and says whether drift must be judged again. Rows follow from names, registry and counts only: the
    /// other events return before rows are made anew.
    fn apply(&mut self, event: FleetEvent) -> bool {
        match event {
            FleetEvent::Link(_, link) => {
                if matches!(link, Link::Down { .. }) {
                    self.progress = None;
                }
                self.link = link;
                return false;
            }
            FleetEvent::Server(_, server) => {
                self.server = Some(server);
                return false;
            }
            FleetEvent::Names(_, schemas) => self.take_names(schemas),
            FleetEvent::Registry(_, registry) => self.registry = Some(registry),
            FleetEvent::Counts(_, mut counts) => {
                for schema in &mut self.schemas {
                    let (counted, ledger) = counts.remove(&schema.oid).unwrap_or_default();
                    schema.counts = Some(counted);
                    // What was read of another table says nothing of this one.
                    if schema.ledger.as_ref().map(|old| old.oid) != ledger.as_ref().map(|new| new.oid) {
                        schema.history = None;
                    }
                    schema.ledger = ledger;
                }
            }
            FleetEvent::Activity(_, activity) => {
                for schema in &mut self.schemas {
                    schema.activity = activity.get(&schema.oid).copied();
                }
                return false;
            }
            FleetEvent::Ledgers(_, readings, histories) => {
                self.histories.extend(histories);
                for schema in &mut self.schemas {
                    schema.history = readings.get(&schema.oid).copied().or(schema.history);
                }
                return true;
            }
            FleetEvent::Structures(_, classes, structures) => {
                self.structures.extend(structures);
                for schema in &mut self.schemas {
                    if let Some(class) = classes.get(&schema.oid) {
                        schema.class = *class;
                    }
                }
                return true;
            }
            FleetEvent::Source(_, source) => {
                self.source = source;
                return true;
            }
            FleetEvent::DriftRead(_, read) => {
                self.drift_read = read;
                return true;
            }
            FleetEvent::Pressure(_, readings) => {
                self.readings = Some(readings);
                return false;
            }
            FleetEvent::Samples(_, samples) => {
                self.samples = samples;
                return false;
            }
            FleetEvent::Progress(_, progress) => {
                self.progress = Some(progress);
                return false;
            }
            FleetEvent::Notes(_, notes) => {
                self.notes = notes;
                return false;
            }
            FleetEvent::Backend(_, backend) => {
                self.backend = Some(backend);
                return false;
            }
            FleetEvent::Refreshed(_, as_of, took_ms) => {
                self.progress = None;
                self.as_of = Some(as_of);
                self.took_ms = Some(took_ms);
                return false;
            }
        }
        self.classify();
        true
    }

    /// Makes the rows anew.
    pub fn classify(&mut self) {
        let registry = self.registry.as_ref().and_then(|read| read.as_ref().ok());
        self.rows = classify(&self.schemas, registry, &self.policy);
    }

    /// Takes a judgement: the verdict on each schema, asked for in their order. Rows are touched only where a verdict is another
    /// one, because judgements come often and change little.
    pub fn take_verdicts(&mut self, mut verdict: impl FnMut(usize) -> Verdict) {
        let mut changed = vec![false; self.schemas.len()];
        let (mut is_any_changed, mut is_any_lost) = (false, false);
        for (at, schema) in self.schemas.iter_mut().enumerate() {
            let verdict = verdict(at);
            if schema.verdict != verdict {
                changed[at] = true;
                is_any_changed = true;
                is_any_lost |= verdict.shape == ShapeState::Unknown && schema.verdict.shape != ShapeState::Unknown;
                schema.verdict = verdict;
            }
        }
        if is_any_lost {
            // What its structure said was told instead of its number of tables, which now counts again.
            self.classify();
        } else if is_any_changed {
            for row in &mut self.rows {
                if let Some(at) = row.schema.filter(|at| changed[*at]) {
                    row.take_verdict(&self.schemas[at]);
                }
            }
        }
    }

    fn take_names(&mut self, mut schemas: Vec<SchemaFacts>) {
        let mut known: HashMap<Oid, SchemaFacts> = self.schemas.drain(..).map(|schema| (schema.oid, schema)).collect();
        for schema in &mut schemas {
            if let Some(old) = known.remove(&schema.oid) {
                schema.counts = schema.counts.or(old.counts);
                schema.ledger = schema.ledger.take().or(old.ledger);
                schema.activity = schema.activity.or(old.activity);
                schema.history = schema.history.or(old.history);
                schema.class = schema.class.or(old.class);
                schema.verdict = old.verdict;
            }
        }
        schemas.sort_by(|a, b| a.name.cmp(&b.name));
        self.schemas = schemas;
    }
}

/// A row with everything that it points to.
#[derive(Debug, Clone, Copy)]
pub struct Entry<'a> {
    /// Where its database stands in the fleet.
    pub id: DatabaseId,
    /// Its database.
    pub database: &'a Database,
    /// Its role and oddities.
    pub row: &'a Row,
    /// Its schema, when there is one.
    pub schema: Option<&'a SchemaFacts>,
    /// Its tenant, when there is one.
    pub tenant: Option<&'a Tenant>,
}

impl<'a> Entry<'a> {
    /// The raw name of the schema, also when only the registry knows it.
    pub fn schema_name(&self) -> &'a str {
        self.schema.map(|s| s.name.as_str()).or_else(|| self.tenant.map(|t| t.schema.as_str())).unwrap_or_default()
    }

    /// `database/schema`.
    pub fn path(&self) -> SchemaPath {
        SchemaPath { database: self.database.label.clone(), schema: self.schema_name().to_owned() }
    }

    /// The raw human name of the tenant: its name in the registry, else its schema's.
    pub fn tenant_name(&self) -> Option<&'a str> {
        self.tenant.map(|tenant| tenant.name.as_deref().unwrap_or(&tenant.schema))
    }

    /// What the inventory counted.
    pub fn counts(&self) -> Option<Counts> {
        self.schema.and_then(|schema| schema.counts)
    }

    /// What was judged of its ledger and structure.
    pub fn verdict(&self) -> Option<&'a Verdict> {
        self.schema.map(|schema| &schema.verdict)
    }

    /// The worst oddity.
    pub fn oddity(&self) -> Option<Oddity> {
        self.row.oddities.first().copied()
    }

    /// Whether it counts as a tenant of the fleet.
    pub fn is_tenant(&self) -> bool {
        self.row.role == Role::Tenant
    }
}

#[cfg(test)]
mod tests;
