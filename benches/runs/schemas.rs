//! Many small schemas of one application, made in batches: a ledger and a table each. Must not know what is measured on them.

use std::path::Path;
use std::time::Instant;

use tenantry::config::RegistrySource;
use tenantry::demo::{Cluster, ClusterOptions};
use tenantry::dialect::ledger;
use tenantry::domain::fault::{Fault, FaultKind};
use tenantry::domain::units;
use tenantry::observer::{self, Target};
use tenantry::plan::migrate::Selection;
use tenantry::plan::{EnvironmentName, Plan, RunPolicy};
use tokio_postgres::{Client, NoTls};

use crate::times::{say, target};

/// The migrations that every schema has from the beginning.
pub(crate) const APPLIED: [&str; 3] = ["0001_start", "0002_names", "0003_indexes"];

const PREFIX: &str = "tenantry_bench_";
/// So many are made in one transaction: it holds some eight locks for each.
const BATCH: u32 = 100;
const LANES: u32 = 2;

/// Schemas in a database.
pub(crate) struct Schemas {
    /// How to connect.
    pub(crate) dsn: String,
    count: u32,
    /// The server, unless the database was there before.
    cluster: Option<Cluster>,
}

impl Schemas {
    /// Makes so many, in a database that is there or on a server of their own.
    pub(crate) async fn make(count: u32, dsn: Option<&str>) -> Result<Self, Fault> {
        let began = Instant::now();
        let cluster = if dsn.is_some() { None } else { Some(Cluster::start(options())?) };
        let dsn = dsn.map(str::to_owned).or_else(|| Some(cluster.as_ref()?.dsn("postgres"))).expect("one of both");
        let found = client(&dsn).await;
        let sql = format!("SELECT count(*) FROM pg_namespace WHERE starts_with(nspname, '{PREFIX}')");
        if found.query_one(&sql, &[]).await.expect("an answer").get::<_, i64>(0) > 0 {
            let what = format!("schemas named {PREFIX}... are there already");
            return Err(Fault::new(FaultKind::Usage, what).hint("drop them, or name another database"));
        }
        let lanes = (0..LANES).map(|lane| fill(&dsn, lane, count));
        futures_util::future::join_all(lanes).await;
        vacuum(&found).await;
        let (many, seconds) = (units::count(count.into()), began.elapsed().as_secs_f64());
        let whose =
            if cluster.is_some() { "a throwaway server that never waits for its disk" } else { "the given database" };
        say(&format!("{many} schemas of a ledger and a table on {whose}, made in {seconds:.0} s"));
        Ok(Self { dsn, count, cluster })
    }

    /// How they are observed.
    pub(crate) fn target(&self) -> Result<Target, Fault> {
        let query = format!("SELECT nspname AS schema_name FROM pg_namespace WHERE starts_with(nspname, '{PREFIX}')");
        Ok(Target { registry: RegistrySource::Query(query), ..target(&self.dsn)? })
    }

    /// The plan for all of them that a folder of migrations leads to.
    pub(crate) async fn plan(&self, folder: &Path, policy: RunPolicy) -> Result<Plan, Fault> {
        let wanted = observer::plan::Wanted {
            environment: EnvironmentName { name: "bench".into(), production: false },
            source: Some(folder.to_owned()),
            command: None,
            to: None,
            reverse: false,
            late: false,
            selection: Selection::All,
            policy,
        };
        let plan = observer::plan::plan(vec![self.target()?], wanted, |_| ()).await?;
        assert_eq!(plan.targets.len(), self.count as usize, "{:?}", plan.left_out);
        Ok(plan)
    }

    /// Drops them where the server stays.
    pub(crate) async fn remove(self) {
        if self.cluster.is_some() {
            return;
        }
        let client = client(&self.dsn).await;
        for from in (0..self.count).step_by(BATCH as usize) {
            let names: Vec<String> = (from..self.count.min(from + BATCH)).map(name).collect();
            client.batch_execute(&format!("DROP SCHEMA {} CASCADE", names.join(", "))).await.expect("they are dropped");
        }
    }
}

/// A connection by hand.
pub(crate) async fn client(dsn: &str) -> Client {
    let (client, connection) = tokio_postgres::connect(dsn, NoTls).await.expect("a connection");
    drop(tokio::spawn(connection));
    client
}

/// Writes the migrations that every schema has into a folder.
pub(crate) fn write_applied(folder: &Path) {
    for name in APPLIED {
        std::fs::write(folder.join(format!("{name}.sql")), "SELECT 1;").expect("a file");
    }
}

/// What a catalogue that was just filled or changed needs, so that each run begins alike. Autovacuum would come when it likes.
pub(crate) async fn vacuum(client: &Client) {
    let tables = "pg_class, pg_attribute, pg_namespace, pg_type, pg_index, pg_constraint, pg_depend, pg_statistic";
    client.batch_execute(&format!("VACUUM (ANALYZE) {tables}")).await.expect("VACUUM");
}

/// A server that is fast to fill and never waits for its disk: what we cost beside it weighs more.
pub(crate) fn options() -> ClusterOptions {
    let settings = [
        ("autovacuum", "off"),
        ("checkpoint_timeout", "1h"),
        ("jit", "off"),
        ("max_connections", "50"),
        ("max_locks_per_transaction", "512"),
        ("max_wal_size", "4GB"),
        ("shared_buffers", "256MB"),
    ];
    let settings = settings.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
    ClusterOptions { settings, ..ClusterOptions::default() }
}

fn name(at: u32) -> String {
    format!("{PREFIX}{at:05}")
}

async fn fill(dsn: &str, lane: u32, count: u32) {
    let client = client(dsn).await;
    let lines: Vec<String> = APPLIED.iter().map(|name| format!("('{name}')")).collect();
    for from in (lane * BATCH..count).step_by((BATCH * LANES) as usize) {
        let mut sql = String::from("SET client_min_messages = error;\n");
        for name in (from..count.min(from + BATCH)).map(name) {
            sql.push_str(&format!(
                "CREATE SCHEMA {name};\nSET LOCAL search_path = {name};\n{};\nINSERT INTO tenantry_migrations (name) VALUES {};\n\
                 CREATE TABLE customers (id bigint PRIMARY KEY, name text NOT NULL);\n",
                ledger::tenantry::TABLE,
                lines.join(", ")
            ));
        }
        client.batch_execute(&sql).await.expect("the schemas are made");
    }
}
