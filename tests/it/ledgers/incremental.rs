//! What is read again: only what has moved, and nothing is missed.

use tenantry::demo::ClusterOptions;
use tenantry::domain::fleet::{FleetEvent, Pass};
use tenantry::domain::roles::Policy;
use tenantry::observer::Refresh;

use super::{deep, readings, tenants, told, until};
use crate::connect::connect;
use crate::facts::Observed;
use crate::support::{Database, databases, own_cluster_like, run_sql, servers, settings, wait_for};

const TWO: [(&str, &str); 2] = [("crm", "0001_initial"), ("crm", "0002_vip")];

/// How often each ledger was scanned since the start. A session that ends has its scans counted: the observer gets a new one.
async fn counted(database: &Database, observed: &mut Observed) -> Vec<String> {
    let new = connect(&database.dsn()).await.expect("a connection");
    std::mem::replace(&mut observed.session, new).close().await;
    let ours = "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()
                AND backend_type = 'client backend' HAVING count(*) = 1";
    wait_for("the old session to end", || database.sql(ours).pop());
    // Servers before 15 count late, and in the order in which they are told.
    database.sql("INSERT INTO public.last DEFAULT VALUES");
    let last = "SELECT 1 FROM pg_stat_user_tables WHERE relname = 'last' AND n_tup_ins = (SELECT count(*) FROM public.last)";
    wait_for("the scans to be counted", || database.sql(last).pop());
    database.sql(
        "SELECT schemaname || ' ' || seq_scan + coalesce(idx_scan, 0) FROM pg_stat_user_tables WHERE relname = 'django_migrations'
         ORDER BY 1",
    )
}

/// Waits until the server has counted what was written before.
fn settle(database: &Database, schema: &str, inserted: u32, deleted: u32) {
    let sql = format!(
        "SELECT 1 FROM pg_stat_user_tables WHERE schemaname = '{schema}' AND relname = 'django_migrations' AND n_tup_ins = {inserted} AND n_tup_del = {deleted}"
    );
    wait_for("the rows to be counted", || database.sql(&sql).pop());
}

#[tokio::test]
async fn three_hundred_schemas_are_read_in_parts_and_one_change_reads_one() {
    for database in databases() {
        let names: Vec<String> = (0..300).map(|n| format!("t{n:03}")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        tenants(&database, &names, &TWO);
        database.sql("DELETE FROM t007.django_migrations WHERE name = '0002_vip'; UPDATE t008.django_migrations SET name = '0003_other' WHERE name = '0002_vip'");
        settle(&database, "t299", 2, 0);
        let mut observed = Observed::open_deep(&database.dsn(), Policy::default()).await;
        let events = observed.events(Refresh::Full).await.unwrap();
        let parts: Vec<_> = events
            .iter()
            .filter_map(|event| match event {
                FleetEvent::Progress(_, progress) if progress.pass == Pass::Ledgers => progress.part,
                _ => None,
            })
            .collect();
        assert_eq!(parts, [(0, 300)]);
        let read = readings(&observed);
        assert_eq!(read.len(), 300);
        assert_eq!((read["t007"].as_str(), read["t008"].as_str()), ("crm 0001_initial", "crm 0001_initial, crm 0003_other"));
        assert_eq!(read.values().filter(|reading| *reading == "crm 0001_initial, crm 0002_vip").count(), 298);
        assert_eq!(observed.database().histories.len(), 3);

        // Until all that was written before has been counted a ledger may be read once more; its history is no news.
        assert_eq!(told(&mut observed, Refresh::Counters).await, (vec![], 0));
        database.sql("INSERT INTO t100.django_migrations (app, name) VALUES ('crm', '0003_new')");
        settle(&database, "t100", 3, 0);
        assert_eq!(told(&mut observed, Refresh::Counters).await, (vec!["t100".to_owned()], 1));
        assert_eq!(readings(&observed)["t100"], "crm 0001_initial, crm 0002_vip, crm 0003_new");
        // Back to a history that is known: it is not sent again.
        database.sql("DELETE FROM t100.django_migrations WHERE name = '0003_new'");
        settle(&database, "t100", 3, 1);
        assert_eq!(told(&mut observed, Refresh::Counters).await, (vec!["t100".to_owned()], 0));
        assert_eq!(readings(&observed)["t100"], "crm 0001_initial, crm 0002_vip");
        assert_eq!(told(&mut observed, Refresh::Full).await, (vec![], 0), "what is the same is no news");
    }
}

#[tokio::test]
async fn what_has_not_moved_is_not_looked_at() {
    for database in databases() {
        database.sql("CREATE TABLE public.last ()");
        tenants(&database, &["acme", "bolt", "cork"], &TWO);
        for schema in ["acme", "bolt", "cork"] {
            settle(&database, schema, 2, 0);
        }
        let mut observed = deep(&database).await;
        drop(observed.refresh(Refresh::Counters).await);
        let before = counted(&database, &mut observed).await;
        database.sql("INSERT INTO bolt.django_migrations (app, name) VALUES ('crm', '0003_new')");
        settle(&database, "bolt", 3, 0);
        assert_eq!(told(&mut observed, Refresh::Counters).await.0, ["bolt"]);
        let after = counted(&database, &mut observed).await;
        let moved: Vec<_> = before.iter().zip(&after).filter(|(a, b)| a != b).map(|(a, _)| a.as_str()).collect();
        assert!(moved.len() == 1 && moved[0].starts_with("bolt "), "{before:?} {after:?}");
    }
}

#[tokio::test]
async fn a_truncated_and_a_remade_ledger_are_noticed() {
    for database in databases() {
        tenants(&database, &["acme", "bolt"], &TWO);
        let mut observed = deep(&database).await;
        database.sql("TRUNCATE acme.django_migrations");
        assert_eq!(told(&mut observed, Refresh::Counters).await.0, ["acme"]);
        assert_eq!(readings(&observed)["acme"], "");
        database.sql("DROP SCHEMA bolt CASCADE");
        tenants(&database, &["bolt"], &TWO[..1]);
        until(&mut observed, "the new ledger", |o| readings(o).get("bolt").is_some_and(|r| r == "crm 0001_initial")).await;
    }
}

/// Its counters may be as those of the one before.
#[tokio::test]
async fn a_ledger_that_was_dropped_and_made_anew_is_another_one() {
    for database in databases() {
        tenants(&database, &["acme", "bolt"], &TWO);
        for schema in ["acme", "bolt"] {
            settle(&database, schema, 2, 0);
        }
        let mut observed = deep(&database).await;
        database.sql(
            "BEGIN;
             DROP TABLE bolt.django_migrations;
             CREATE TABLE bolt.django_migrations (id serial PRIMARY KEY, app varchar(255), name varchar(255), applied timestamptz);
             INSERT INTO bolt.django_migrations (app, name) VALUES ('crm', '0001_initial'), ('crm', '0009_other');
             COMMIT",
        );
        until(&mut observed, "the new ledger", |o| readings(o)["bolt"] == "crm 0001_initial, crm 0009_other").await;
        assert_eq!(readings(&observed)["acme"], "crm 0001_initial, crm 0002_vip");
        // Of the same name as before, and of another tool.
        database.sql(
            "BEGIN;
             DROP TABLE bolt.django_migrations;
             CREATE TABLE bolt.schema_migrations (version varchar NOT NULL PRIMARY KEY);
             INSERT INTO bolt.schema_migrations VALUES ('20240501100000');
             COMMIT",
        );
        until(&mut observed, "the ledger of the other tool", |o| readings(o)["bolt"] == "20240501100000").await;
        assert_eq!(readings(&observed)["acme"], "crm 0001_initial, crm 0002_vip");
    }
}

/// It keeps its number and its counters.
#[tokio::test]
async fn a_ledger_that_was_moved_is_the_one_of_its_new_schema() {
    for database in databases() {
        tenants(&database, &["acme", "bolt"], &TWO);
        database.sql(
            "CREATE SCHEMA cork;
             UPDATE bolt.django_migrations SET name = '0009_other' WHERE name = '0002_vip'",
        );
        let mut observed = deep(&database).await;
        database.sql("ALTER TABLE bolt.django_migrations SET SCHEMA cork");
        until(&mut observed, "the ledger in its new schema", |o| readings(o).contains_key("cork")).await;
        let read: Vec<_> = readings(&observed).into_iter().map(|(name, reading)| format!("{name}: {reading}")).collect();
        assert_eq!(read, ["acme: crm 0001_initial, crm 0002_vip", "cork: crm 0001_initial, crm 0009_other"]);
        // Two that change places are both where they are now.
        database.sql(
            "BEGIN;
             CREATE SCHEMA between;
             ALTER TABLE acme.django_migrations SET SCHEMA between;
             ALTER TABLE cork.django_migrations SET SCHEMA acme;
             ALTER TABLE between.django_migrations SET SCHEMA cork;
             DROP SCHEMA between;
             COMMIT",
        );
        until(&mut observed, "the ledgers that changed places", |o| readings(o)["acme"].ends_with("0009_other")).await;
        assert_eq!(readings(&observed)["cork"], "crm 0001_initial, crm 0002_vip");
    }
}

#[tokio::test]
async fn a_reset_of_the_statistics_reads_everything() {
    for database in databases() {
        tenants(&database, &["acme"], &TWO);
        let mut observed = deep(&database).await;
        // The counters may be as they were before a change that they have forgotten.
        database.sql("SELECT pg_stat_reset(); INSERT INTO acme.django_migrations (app, name) VALUES ('crm', '0003_new'); SELECT pg_stat_reset()");
        until(&mut observed, "the new line", |o| readings(o)["acme"].ends_with("0003_new")).await;
    }
}

#[tokio::test]
async fn where_nothing_counts_everything_is_read_when_it_is_due() {
    for cluster in servers() {
        let options = ClusterOptions { settings: settings([("track_counts", "off")]), ..ClusterOptions::default() };
        let cluster = own_cluster_like(cluster, options);
        let sql = |sql: &str| run_sql(&cluster, "postgres", sql);
        sql(
            "CREATE SCHEMA acme; CREATE TABLE acme.schema_migrations (version text); INSERT INTO acme.schema_migrations VALUES ('1')",
        );
        let mut observed = Observed::open_deep(&cluster.dsn("postgres"), Policy::default()).await;
        observed.refresh(Refresh::Full).await;
        sql("INSERT INTO acme.schema_migrations VALUES ('2')");
        assert_eq!(told(&mut observed, Refresh::Counters).await.0, Vec::<String>::new(), "it was read a moment ago");
        assert_eq!(told(&mut observed, Refresh::Full).await.0, ["acme"]);
        assert_eq!(readings(&observed)["acme"], "1, 2");
    }
}

#[tokio::test]
async fn a_ledger_in_parts_is_read_each_time() {
    for database in databases() {
        database.sql(
            "CREATE SCHEMA acme; SET search_path = acme;
             CREATE TABLE schema_migrations (version text) PARTITION BY LIST (version);
             CREATE TABLE rest PARTITION OF schema_migrations DEFAULT; INSERT INTO schema_migrations VALUES ('1')",
        );
        let mut observed = deep(&database).await;
        assert_eq!(readings(&observed)["acme"], "1");
        database.sql("INSERT INTO acme.schema_migrations VALUES ('2')");
        assert_eq!(told(&mut observed, Refresh::Counters).await.0, ["acme"]);
        assert_eq!(readings(&observed)["acme"], "1, 2");
    }
}

#[tokio::test]
async fn schemas_that_are_left_out_are_not_read() {
    for database in databases() {
        tenants(&database, &["acme", "tmp_1"], &TWO);
        let policy = Policy { leave_out: vec!["tmp_*".into()], ..Policy::default() };
        let mut observed = Observed::open_deep(&database.dsn(), policy).await;
        observed.refresh(Refresh::Full).await;
        assert_eq!(readings(&observed).keys().collect::<Vec<_>>(), ["acme"]);
    }
}
