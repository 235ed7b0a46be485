//! The door to everything that only reads: owns the observing connections (at most two per database), collects facts and emits
//! events. Must not write anywhere, nor know who listens.

use std::time::Duration;

use tokio::sync::mpsc::UnboundedSender;

use crate::config::{Environment, RegistrySource};
use crate::domain::catalog::SchemaDetail;
use crate::domain::fault::Fault;
use crate::domain::fleet::{DatabaseId, Fleet, FleetEvent};
use crate::domain::roles::Policy;
use crate::pg::Spec;

/// One database to observe.
#[derive(Debug, Clone)]
pub struct Target {
    /// The label of the database.
    pub label: String,
    /// Where and as whom.
    pub spec: Spec,
    /// What its schemas are.
    pub policy: Policy,
    /// Where its tenants are listed.
    pub registry: RegistrySource,
    /// What `pg_control_system()` must say.
    pub system_identifier: Option<u64>,
}

/// What the observer tells.
#[derive(Debug, Clone)]
pub enum Update {
    /// The fleet changed: to be applied to a [`Fleet`].
    Fleet(FleetEvent),
    /// The answer to [`Observer::open_schema`].
    Schema {
        /// The database that was asked.
        database: DatabaseId,
        /// The raw name of the schema that was asked for.
        name: String,
        /// What was found.
        detail: Box<Result<SchemaDetail, Fault>>,
    },
}

/// How thorough a refresh is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refresh {
    /// Ask the catalogue's counters first; read again only what moved.
    Counters,
    /// Read everything again.
    Full,
}

/// The running observer: background tasks on the current tokio runtime. Dropping it ends them and their connections.
#[derive(Debug)]
pub struct Observer {}

impl Observer {
    /// Starts to observe: connects to all targets in parallel, reads, keeps the links alive, refreshes at the interval.
    /// Target `n` is `DatabaseId(n)`.
    pub fn start(_targets: Vec<Target>, _interval: Option<Duration>, _updates: UnboundedSender<Update>) -> Self {
        Self {}
    }

    /// Asks for a refresh of one database, or of all; reconnects at once where the link is down.
    pub fn refresh(&self, _which: Option<DatabaseId>, _how: Refresh) {}

    /// Stops or resumes the refreshes at the interval.
    pub fn pause(&self, _paused: bool) {}

    /// Asks for one schema; the answer comes as [`Update::Schema`].
    pub fn open_schema(&self, _database: DatabaseId, _name: &str) {}

    /// Ends all tasks, cancels what runs on the servers and waits until the connections are closed.
    pub async fn close(self) {}
}

/// The targets of an environment. `ask` is called for a password where the server will want one and none is known: it gets a
/// description such as `password for user app on db1:5432` and gives the secret.
pub fn targets(_environment: &Environment) -> Result<Vec<Target>, Fault> {
    Ok(Vec::new())
}

/// Reads the fleet once: waits until each database is complete or known to be out of reach. `progress` sees every event.
pub async fn read_once(_targets: Vec<Target>, _progress: impl FnMut(&FleetEvent) + Send) -> Fleet {
    Fleet::default()
}

/// Reads one schema once.
pub async fn read_schema(_target: &Target, _name: &str) -> Result<SchemaDetail, Fault> {
    Err(Fault::new(crate::domain::fault::FaultKind::Gone, "not built yet"))
}

/// A name, or a name in a schema, as an exact quoted SQL identifier: what a person pastes into psql.
pub fn identifier(parts: &[&str]) -> String {
    parts.iter().map(|part| crate::sqltext::ident(part)).collect::<Vec<_>>().join(".")
}
