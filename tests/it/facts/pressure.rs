//! What wears a server, read from real ones: each reading is right, whoever asks; what a role is refused leaves the others alone.

use tenantry::capacity::gauges;
use tenantry::demo::{Cluster, ClusterOptions};
use tenantry::domain::capacity::{Gauge, GaugeId};
use tenantry::domain::fault::FaultKind;
use tenantry::domain::fleet::Severity;
use tenantry::domain::pressure::{Readings, SequenceFacts, SequenceReading};
use tenantry::domain::question::{Answer, Question};
use tenantry::observer::passes::Known;
use tenantry::observer::{Depth, Refresh, ask_once};

use super::{Holder, Observed};
use crate::connect::target;
use crate::support::{database, databases, output, own_cluster_like, run_sql, servers, settings, wait_for};

async fn observed(dsn: &str) -> Observed {
    let observed = Observed::open(dsn).await;
    Observed { known: Known::new(Depth::CAPACITY), ..observed }
}

fn readings(observed: &Observed) -> &Readings {
    observed.database().readings.as_ref().expect("pressure was asked").as_ref().expect("and told")
}

fn gauge(observed: &Observed, id: GaugeId) -> Gauge {
    gauges(observed.database()).into_iter().find(|gauge| gauge.id == id).expect("a gauge")
}

/// A server with one of everything that wears it, and two roles.
fn worn(like: &Cluster) -> Cluster {
    let settings = settings([("wal_level", "replica"), ("max_replication_slots", "4"), ("max_prepared_transactions", "5")]);
    let cluster = own_cluster_like(like, ClusterOptions { settings, ..ClusterOptions::default() });
    run_sql(
        &cluster,
        "postgres",
        "CREATE ROLE watcher LOGIN; GRANT pg_monitor TO watcher; CREATE ROLE nobody LOGIN;
         CREATE SCHEMA acme;
         CREATE TABLE acme.small (id smallint PRIMARY KEY, twice int, long text);
         INSERT INTO acme.small SELECT n, n / 2 FROM generate_series(1, 20000) n;
         CREATE TABLE acme.wide (id bigint PRIMARY KEY);
         INSERT INTO acme.wide SELECT n FROM generate_series(1, 5000) n;
         CREATE TABLE acme.part (id int) PARTITION BY RANGE (id);
         CREATE TABLE acme.part_1 PARTITION OF acme.part FOR VALUES FROM (0) TO (10);
         CREATE INDEX waiting ON ONLY acme.part (id);
         VACUUM ANALYZE acme.small; ANALYZE acme.wide;
         CREATE TABLE acme.fresh (id int);
         SELECT pg_create_physical_replication_slot('standby', true);
         SET work_mem = '64kB';
         SELECT sum(r) FROM (SELECT row_number() OVER (ORDER BY md5(n::text)) r FROM generate_series(1, 100000) n) s;",
    );
    let broken =
        output(cluster.psql("postgres").args(["-c", "CREATE UNIQUE INDEX CONCURRENTLY once ON acme.small (twice)"]));
    assert!(!broken.status.success(), "the index cannot be unique");
    let spilled = "SELECT 1 FROM pg_stat_database WHERE datname = 'postgres' AND temp_files > 0";
    wait_for("the temporary file to be counted", || run_sql(&cluster, "postgres", spilled).pop());
    cluster
}

fn one(cluster: &Cluster, sql: &str) -> String {
    run_sql(cluster, "postgres", sql).concat()
}

#[tokio::test]
async fn each_reading_is_right_for_a_superuser_a_monitor_and_a_role_that_has_nothing() {
    for server in servers() {
        let cluster = worn(server);
        let version: u32 = one(&cluster, "SHOW server_version_num").parse().expect("a number");
        let dsns = [cluster.dsn("postgres"), cluster.dsn_as("watcher", "postgres"), cluster.dsn_as("nobody", "postgres")];
        for (at, dsn) in dsns.iter().enumerate() {
            let mut observed = observed(dsn).await;
            observed.refresh(Refresh::Full).await;
            let told = readings(&observed);
            let settings = told.settings.as_ref().expect("settings");
            assert_eq!((settings.version, settings.max_prepared_transactions, settings.block_size), (version, 5, 8_192));
            assert_eq!(
                settings.shared_buffers.to_string(),
                one(&cluster, "SELECT pg_size_bytes(current_setting('shared_buffers'))")
            );
            assert_eq!((settings.freeze_max_age, settings.checkpoint_timeout > 0), (200_000_000, true));

            let relations = told.relations.as_ref().expect("relations");
            // Of five tables and partitioned tables two were analysed.
            assert_eq!(relations.tables, 5);
            let never = (version >= 140_000).then_some(3);
            assert_eq!((relations.never_analysed, relations.partitioned_never_analysed), (never, never.map_or(0, |_| 1)));
            let stored = one(&cluster, "SELECT count(*) FROM pg_class WHERE relkind IN ('r', 'i', 'S', 'm', 't')");
            assert_eq!(relations.stored.to_string(), stored);
            assert!(relations.files > relations.stored && relations.overdue == 0, "{relations:?}");
            let age: u64 = one(&cluster, "SELECT max(age(relfrozenxid)) FROM pg_class WHERE relkind IN ('r', 'm', 't')")
                .parse()
                .unwrap();
            let oldest = relations.oldest_transaction.as_ref().expect("an oldest table");
            assert!(oldest.age <= age && oldest.age + 50 > age, "{oldest:?} {age}");
            assert!(["pg_catalog", "information_schema"].contains(&oldest.schema.as_str()), "what initdb made: {oldest:?}");

            let indexes = told.indexes.as_ref().expect("indexes");
            assert_eq!((indexes.count, indexes.some.len()), (1, 1), "one that waits for parts is none");
            let index = &indexes.some[0];
            assert_eq!((index.schema.as_str(), index.table.as_str(), index.name.as_str()), ("acme", "small", "once"));
            assert!(index.is_unique);

            let keys = told.keys.as_ref().expect("keys");
            assert_eq!((keys.count, keys.some.len()), (1, 1), "{keys:?}");
            let key = &keys.some[0];
            assert_eq!((key.table.as_str(), key.column.as_str(), key.width, key.rows), ("small", "id", 2, 20_000.0));
            assert_eq!(gauge(&observed, GaugeId::Keys).severity, Severity::Warn);

            let catalogues = told.catalogues.as_ref().expect("catalogues");
            let attributes = catalogues.iter().find(|table| table.name == "pg_attribute").expect("pg_attribute");
            assert_eq!(attributes.heap.to_string(), one(&cluster, "SELECT pg_relation_size('pg_attribute')"));
            assert_eq!(attributes.indexes.to_string(), one(&cluster, "SELECT pg_indexes_size('pg_attribute')"));
            assert!(attributes.live > 1_000, "{attributes:?}");

            let ours = told.ages.as_ref().expect("ages").iter().find(|database| database.is_ours).expect("ours");
            assert_eq!(ours.name, "postgres");
            assert!(ours.transactions > 0);

            let connections = told.connections.as_ref().expect("connections");
            assert!(connections.clients >= 1 && connections.here >= 1, "{connections:?}");
            let sees_all = at < 2;
            assert_eq!(
                (connections.idle_in_transaction, connections.vacuuming.is_some()),
                (sees_all.then_some(0), sees_all)
            );

            let files = told.temp_files.as_ref().expect("temporary files");
            assert!(files.files > 0 && files.bytes > 0 && files.seconds.is_some(), "{files:?}");
            let slots = told.slots.as_ref().expect("slots");
            assert_eq!((slots.len(), slots[0].name.as_str(), slots[0].is_active), (1, "standby", false));
            assert!(slots[0].kept.is_some());
            assert!(told.checkpoints.as_ref().expect("checkpoints").seconds.is_some());
            for gauge in gauges(observed.database()) {
                let is_blind = version < 140_000 && gauge.id == GaugeId::NeverAnalysed;
                assert_eq!(gauge.unseen.is_some(), is_blind, "{gauge:?}");
                assert!(gauge.value.chars().count() <= 48 && gauge.verdict.chars().count() <= 12, "{gauge:?}");
            }
        }
        run_sql(&cluster, "postgres", "REVOKE SELECT ON pg_replication_slots, pg_stat_database FROM PUBLIC");
        let mut observed = observed(&dsns[2]).await;
        observed.refresh(Refresh::Full).await;
        let told = readings(&observed);
        assert_eq!(told.slots.as_ref().expect_err("refused").kind, FaultKind::Privilege);
        assert_eq!(told.temp_files.as_ref().expect_err("refused").kind, FaultKind::Privilege);
        let unseen: Vec<GaugeId> =
            gauges(observed.database()).iter().filter(|gauge| gauge.unseen.is_some()).map(|gauge| gauge.id).collect();
        let blind = (version < 140_000).then_some(GaugeId::NeverAnalysed);
        assert_eq!(unseen, blind.into_iter().chain([GaugeId::TempFiles, GaugeId::Slots]).collect::<Vec<_>>());
    }
}

#[tokio::test]
async fn catalogues_are_scanned_again_only_when_the_inventory_was_counted_anew() {
    let database = database();
    database.sql("CREATE SCHEMA acme; CREATE TABLE acme.customer (id int PRIMARY KEY)");
    let mut observed = observed(&database.dsn()).await;
    observed.refresh(Refresh::Full).await;
    // What was created before may still be on its way to the counters.
    observed.until_quiet(&database).await;
    let (scanned_at, as_of) = (readings(&observed).scanned_at, readings(&observed).as_of);
    observed.refresh(Refresh::Counters).await;
    assert_eq!(readings(&observed).scanned_at, scanned_at);
    assert!(readings(&observed).as_of > as_of, "what is cheap is read each time");
    database.sql("CREATE TABLE acme.invoice (id int)");
    observed.until_counted().await;
    assert!(readings(&observed).scanned_at > scanned_at);
    assert_eq!(readings(&observed).relations.as_ref().expect("relations").tables, 2);
}

#[tokio::test]
async fn nothing_waits_for_a_locked_table() {
    let database = database();
    database.sql("CREATE SCHEMA acme; CREATE TABLE acme.customer (id smallint PRIMARY KEY)");
    database.sql("INSERT INTO acme.customer SELECT generate_series(1, 9000); ANALYZE acme.customer");
    let _holder = Holder::of(&database, "LOCK TABLE acme.customer IN ACCESS EXCLUSIVE MODE");
    let mut observed = observed(&database.dsn()).await;
    observed.refresh(Refresh::Full).await;
    let told = readings(&observed);
    assert_eq!(told.keys.as_ref().expect("keys").count, 1);
    assert_eq!(told.relations.as_ref().expect("relations").tables, 1);
    assert_eq!(gauges(observed.database()).iter().filter(|gauge| gauge.unseen.is_some()).count(), 0);
}

#[tokio::test]
async fn the_sequences_of_keys_near_their_end_are_read_on_demand() {
    for database in databases() {
        let role = format!("{}_blind", database.name());
        database.sql(&format!(
            "CREATE ROLE {role} LOGIN; CREATE SCHEMA acme; GRANT USAGE ON SCHEMA acme TO {role};
             CREATE TABLE acme.\"full\" (id smallint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY);
             CREATE TABLE acme.half (id smallserial PRIMARY KEY);
             CREATE TABLE acme.unused (id smallserial PRIMARY KEY);
             CREATE TABLE acme.dropped (id smallserial PRIMARY KEY);
             CREATE TABLE acme.plain (id smallint PRIMARY KEY);
             CREATE TABLE acme.few (id smallserial PRIMARY KEY);
             CREATE TABLE acme.wide (id bigserial PRIMARY KEY);
             INSERT INTO acme.\"full\" SELECT n FROM generate_series(1, 5000) n; SELECT setval('acme.full_id_seq', 32000);
             INSERT INTO acme.half SELECT n FROM generate_series(1, 5000) n; SELECT setval('acme.half_id_seq', 16384, false);
             ALTER SEQUENCE acme.half_id_seq MAXVALUE 20000;
             SELECT setval('acme.half_id_seq', 10000);
             INSERT INTO acme.unused SELECT n FROM generate_series(1, 5000) n;
             INSERT INTO acme.dropped SELECT n FROM generate_series(1, 5000) n;
             INSERT INTO acme.plain SELECT n FROM generate_series(1, 5000) n;
             INSERT INTO acme.wide SELECT n FROM generate_series(1, 5000) n;
             SELECT setval('acme.few_id_seq', 32767);
             GRANT SELECT ON acme.half_id_seq TO {role};
             ANALYZE"
        ));
        let _holder = Holder::of(&database, "DROP TABLE acme.dropped");
        let told = sequences(&database.dsn()).await;
        let lines: Vec<String> = told.sequences.iter().map(line).collect();
        let expected = [
            "full_id_seq full.id Read(Some(32000)) of 32767 0.98",
            "half_id_seq half.id Read(Some(10000)) of 20000 0.50",
            "unused_id_seq unused.id Read(None) of 32767 0.00",
            "dropped_id_seq dropped.id Busy of 32767 -",
        ];
        assert_eq!(lines, expected);
        assert_eq!(told.without, 1, "the plain key");
        let told = sequences(&database.dsn_as(&role)).await;
        let read: Vec<bool> = told.sequences.iter().map(|sequence| sequence.share().is_some()).collect();
        assert_eq!((read, told.sequences[0].name.as_str()), (vec![true, false, false, false], "half_id_seq"));
    }
}

async fn sequences(dsn: &str) -> SequenceFacts {
    match ask_once(&target("main", dsn), &Question::Sequences).await {
        Ok(Answer::Sequences(facts)) => facts,
        other => panic!("{other:?}"),
    }
}

fn line(sequence: &SequenceReading) -> String {
    let SequenceReading { name, key, value, end, .. } = sequence;
    let share = sequence.share().map_or_else(|| "-".to_owned(), |share| format!("{share:.2}"));
    format!("{name} {}.{} {value:?} of {end} {share}", key.table, key.column)
}
