//! Facts read from real servers: what the passes of a refresh tell, who the tenants are, one schema in detail.

mod moment;
mod passes;
mod pressure;
mod registries;
mod schema;
pub(crate) mod sessions;

use std::sync::Mutex;
use std::time::Instant;

use tenantry::config::RegistrySource;
use tenantry::domain::fault::Fault;
use tenantry::domain::fleet::{DatabaseId, Fleet, FleetEvent};
use tenantry::domain::registry::Registry;
use tenantry::domain::roles::Policy;
use tenantry::observer::passes::{Known, refresh};
use tenantry::observer::{Depth, Refresh, Target};
use tenantry::pg::Session;

use crate::connect::{connect, target};
use crate::support::{DEADLINE, Database, Psql, wait_for};

/// One database that is read as the observer reads it, and what it told.
pub(crate) struct Observed {
    pub(crate) session: Session,
    pub(crate) target: Target,
    known: Known,
    fleet: Fleet,
}

impl Observed {
    pub(crate) async fn open(dsn: &str) -> Self {
        Self::open_with(dsn, Policy::default(), RegistrySource::Auto).await
    }

    /// To be read with its ledgers and structures.
    pub(crate) async fn open_deep(dsn: &str, policy: Policy) -> Self {
        let observed = Self::open_with(dsn, policy, RegistrySource::Auto).await;
        Self { known: Known::new(Depth::DRIFT), ..observed }
    }

    pub(crate) async fn open_with(dsn: &str, policy: Policy, registry: RegistrySource) -> Self {
        let target = Target { policy, registry, ..target("main", dsn) };
        let session = connect(dsn).await.expect("a connection");
        let fleet = Fleet::new([(target.label.clone(), target.policy.clone())]);
        Self { session, target, known: Known::new(Depth::FACTS), fleet }
    }

    /// Refreshes; gives the words of the events that came.
    pub(crate) async fn refresh(&mut self, how: Refresh) -> Vec<&'static str> {
        self.try_refresh(how).await.expect("a refresh")
    }

    pub(crate) async fn try_refresh(&mut self, how: Refresh) -> Result<Vec<&'static str>, Fault> {
        Ok(self.events(how).await?.iter().filter_map(word).collect())
    }

    /// Refreshes and gives what came.
    pub(crate) async fn events(&mut self, how: Refresh) -> Result<Vec<FleetEvent>, Fault> {
        let events = Mutex::new(Vec::new());
        let emit = |event| events.lock().expect("events").push(event);
        refresh(&self.session, DatabaseId(0), &self.target, &mut self.known, how, &emit).await?;
        let events = events.into_inner().expect("events");
        for event in &events {
            self.fleet.apply(event.clone());
        }
        Ok(events)
    }

    /// Refreshes until something was counted anew: the counters may be a second late.
    pub(crate) async fn until_counted(&mut self) {
        let deadline = Instant::now() + DEADLINE;
        while !self.refresh(Refresh::Counters).await.contains(&"counts") {
            assert!(Instant::now() < deadline, "nothing is counted");
        }
    }

    /// Refreshes until nothing is counted any more of what was made before. A session tells the counters of it when it ends.
    pub(crate) async fn until_quiet(&mut self, database: &Database) {
        let open = "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'tenantry/demo' AND \
                    pid <> pg_backend_pid()";
        wait_for("the end of who made it", || database.sql(open).is_empty().then_some(()));
        let deadline = Instant::now() + DEADLINE;
        self.refresh(Refresh::Counters).await;
        while self.refresh(Refresh::Counters).await.contains(&"counts") {
            assert!(Instant::now() < deadline, "it is counted again and again");
        }
    }

    pub(crate) fn database(&self) -> &tenantry::domain::fleet::Database {
        &self.fleet.databases[0]
    }

    pub(crate) fn registry(&self) -> &Registry {
        self.database().known_registry().expect("a registry")
    }

    /// `schema role state+state tables ledger` of each row, but the system's.
    pub(crate) fn rows(&self) -> Vec<String> {
        let rows = self.fleet.entries().filter(|entry| entry.row.role.word() != "system");
        rows.map(|entry| {
            let states: Vec<_> = entry.row.oddities.iter().map(|oddity| oddity.word()).collect();
            let tables = entry.counts().map_or("-".into(), |counts| counts.tables.to_string());
            let ledger = entry.schema.and_then(|schema| schema.ledger.as_ref()).map_or("-", |ledger| ledger.dialect.word());
            let states = if states.is_empty() { "-".into() } else { states.join("+") };
            format!("{} {} {states} {tables} {ledger}", entry.schema_name(), entry.row.role.word())
        })
        .collect()
    }

    /// The notes, but the one about an old server that comes always.
    pub(crate) fn notes(&self) -> Vec<&str> {
        let texts = self.database().notes.iter().map(|note| note.text.as_str());
        texts.filter(|text| !text.starts_with("PostgreSQL 13 ")).collect()
    }
}

fn word(event: &FleetEvent) -> Option<&'static str> {
    Some(match event {
        FleetEvent::Names(..) => "names",
        FleetEvent::Registry(..) => "registry",
        FleetEvent::Counts(..) => "counts",
        FleetEvent::Activity(..) => "activity",
        FleetEvent::Ledgers(..) => "ledgers",
        FleetEvent::Refreshed(..) => "refreshed",
        _ => return None,
    })
}

/// Reads a database completely.
pub(crate) async fn observe(dsn: &str) -> Observed {
    let mut observed = Observed::open(dsn).await;
    observed.refresh(Refresh::Full).await;
    observed
}

/// `server_version_num` of its server.
pub(crate) fn version(database: &Database) -> u32 {
    database.sql("SHOW server_version_num")[0].parse().expect("a number")
}

/// A session that keeps its transaction open until it is dropped.
pub(crate) struct Holder(#[expect(dead_code, reason = "it holds what it holds as long as it lives")] Psql);

impl Holder {
    /// Runs SQL in a transaction that stays open.
    pub(crate) fn of(database: &Database, sql: &str) -> Self {
        let mut psql = Psql::start(database.cluster().psql(database.name()));
        psql.does(&format!("BEGIN; {sql}"));
        Self(psql)
    }
}
