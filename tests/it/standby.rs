//! A standby that streams from its primary: what is read there is what is on the primary, and it is called by its name.

use std::collections::BTreeMap;

use tenantry::demo::{Cluster, ClusterOptions};
use tenantry::domain::drift::Verdict;
use tenantry::domain::fleet::Fleet;
use tenantry::domain::roles::Policy;
use tenantry::drift::judge;
use tenantry::observer::{Depth, Refresh, read_once};

use crate::connect::target;
use crate::facts::Observed;
use crate::support::{own_cluster, own_cluster_like, run_sql, servers, wait_for};

/// A primary and a standby of it, both stopped and removed with the value.
pub(crate) struct Pair {
    pub(crate) primary: Cluster,
    pub(crate) standby: Cluster,
}

impl Pair {
    /// With the programs of another cluster. The standby begins as a copy of the data folder of the stopped primary.
    pub(crate) fn like(other: &Cluster) -> Self {
        let mut primary = own_cluster_like(other, ClusterOptions::default());
        let mut standby = own_cluster_like(other, ClusterOptions::default());
        primary.stop().expect("the primary stops");
        standby.stop().expect("the standby stops");
        let settings = standby.data_dir().join("postgresql.conf");
        let own = std::fs::read_to_string(&settings).expect("its settings");
        std::fs::remove_dir_all(standby.data_dir()).expect("its data folder goes");
        let mut copy = standby.binaries().account_command("cp", standby.socket_dir());
        let copied = copy.arg("-R").arg("-p").arg(primary.data_dir()).arg("data").status().expect("cp starts");
        assert!(copied.success(), "cannot copy the data folder: {copied}");
        let upstream = primary.dsn("postgres").replace('\'', "''");
        std::fs::write(&settings, format!("{own}primary_conninfo = '{upstream}'\n")).expect("its settings");
        std::fs::write(standby.data_dir().join("standby.signal"), "").expect("its signal");
        primary.launch().expect("the primary starts");
        standby.launch().expect("the standby starts");
        Self { primary, standby }
    }

    /// Runs SQL on the primary and waits until the standby has it.
    fn sql(&self, sql: &str) {
        run_sql(&self.primary, "postgres", sql);
        self.catch_up();
    }

    /// Waits until the standby has all that was committed on the primary.
    pub(crate) fn catch_up(&self) {
        // The test servers tell of a commit before it is written.
        run_sql(&self.primary, "postgres", "SET synchronous_commit = on; SELECT pg_logical_emit_message(true, 'a', 'b')");
        let written = run_sql(&self.primary, "postgres", "SELECT pg_current_wal_flush_lsn()").concat();
        let sql = format!("SELECT 1 WHERE pg_last_wal_replay_lsn() >= '{written}'");
        wait_for("the standby to catch up", || run_sql(&self.standby, "postgres", &sql).pop());
    }
}

/// Reads and judges everything.
async fn fleet(cluster: &Cluster) -> Fleet {
    let mut fleet = read_once(vec![target("main", &cluster.dsn("postgres"))], Depth::DRIFT, |_| {}).await;
    judge(&mut fleet);
    fleet
}

fn verdicts(fleet: &Fleet) -> BTreeMap<&str, Verdict> {
    fleet.databases[0].schemas.iter().map(|schema| (schema.name.as_str(), schema.verdict)).collect()
}

/// Schemas that are right, one that is behind, one without an index.
fn tenants() -> String {
    let mut sql = String::new();
    for name in ["acme", "bolt", "cork", "dune", "elm"] {
        sql.push_str(&format!(
            "CREATE SCHEMA {name};
             SET search_path = {name};
             CREATE TABLE django_migrations (id serial PRIMARY KEY, app varchar(255), name varchar(255), applied timestamptz);
             INSERT INTO django_migrations (app, name, applied) VALUES ('crm', '0001_initial', now()), ('crm', '0002_vip', now());
             CREATE TABLE crm_customer (id serial PRIMARY KEY, name text NOT NULL DEFAULT 'nobody' CHECK (name <> ''));
             CREATE INDEX crm_customer_name ON crm_customer (lower(name));
             CREATE VIEW crm_named AS SELECT id FROM crm_customer WHERE name <> 'nobody';"
        ));
    }
    sql.push_str("DELETE FROM dune.django_migrations WHERE name = '0002_vip'; DROP INDEX elm.crm_customer_name;");
    sql
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn drift_on_a_standby_is_drift_on_its_primary() {
    for cluster in servers() {
        let pair = Pair::like(cluster);
        pair.sql(&tenants());
        let (there, here) = (fleet(&pair.primary).await, fleet(&pair.standby).await);
        assert!(here.databases[0].server.as_ref().is_some_and(|server| server.standby), "it is a standby");
        assert!(there.databases[0].server.as_ref().is_some_and(|server| !server.standby), "it is a primary");
        assert!(
            here.databases[0].drift_read.ledgers && here.databases[0].drift_read.structures,
            "{:?}",
            here.databases[0].notes
        );
        assert_eq!(here.drift, there.drift);
        assert_eq!(verdicts(&here), verdicts(&there));
        let words = |name: &str| (verdicts(&here)[name].ledger.word(), verdicts(&here)[name].shape.word());
        assert_eq!(
            [words("acme"), words("dune"), words("elm")],
            [("current", "reference"), ("behind", "reference"), ("current", "differs")]
        );

        // No counter of a standby tells what its primary wrote.
        let mut observed = Observed::open_deep(&pair.standby.dsn("postgres"), Policy::default()).await;
        observed.refresh(Refresh::Full).await;
        let of = |observed: &Observed, name: &str| {
            let schema = observed.database().schemas.iter().find(|schema| schema.name == name).expect("the schema");
            (schema.history.expect("a reading"), schema.class.expect("a class"))
        };
        let (before, untouched) = (of(&observed, "bolt"), of(&observed, "acme"));
        pair.sql(
            "DELETE FROM bolt.django_migrations WHERE name = '0002_vip';
             ALTER TABLE bolt.crm_customer ALTER name DROP NOT NULL;
             CREATE SCHEMA late;",
        );
        observed.refresh(Refresh::Full).await;
        let now = of(&observed, "bolt");
        assert!(now.0 != before.0 && now.1 != before.1, "{before:?} {now:?}");
        assert_eq!(of(&observed, "acme"), untouched);
        assert!(observed.database().schemas.iter().any(|schema| schema.name == "late"));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_standby_is_called_one_on_the_screen_and_beside_its_primary_its_twin() {
    let pair = Pair::like(&own_cluster(ClusterOptions::default()));
    pair.sql(&tenants());
    let targets = [("main", &pair.primary), ("copy", &pair.standby)];
    let targets = targets.map(|(label, cluster)| target(label, &cluster.dsn("postgres"))).to_vec();
    let mut fleet = read_once(targets, Depth::DRIFT, |_| {}).await;
    judge(&mut fleet);
    assert_eq!(fleet.twins().len(), 1, "the same database is listed twice");
    let lines = crate::console::of_fleet(fleet);
    let line = |label: &str| lines.iter().find(|line| line.contains(label)).unwrap_or_else(|| panic!("{label}: {lines:#?}"));
    assert!(line("main ").contains("primary") && line("copy ").contains("standby"), "{lines:#?}");
}
