//! The passes of a refresh: what they count, what they leave alone, what one that fails does to the others.

use tenantry::config::RegistrySource;
use tenantry::demo::ClusterOptions;
use tenantry::domain::catalog::ActivityKind;
use tenantry::domain::fault::FaultKind;
use tenantry::domain::roles::Policy;
use tenantry::observer::{Refresh, read_once};
use tenantry::pg::catalog;

use super::{Holder, Observed, observe, version};
use crate::connect::{GENEROUS, connect, target};
use crate::support::{Database, database, output, own_cluster, run_sql, wait_for};

/// A tenant's schema with one of everything that is counted.
fn one_of_everything(database: &Database, schema: &str) {
    database.sql(&format!(
        "CREATE SCHEMA {schema};
         SET search_path = {schema};
         CREATE TABLE customer (id int PRIMARY KEY, name text);
         CREATE TABLE part (id int NOT NULL) PARTITION BY RANGE (id);
         CREATE TABLE part_1 PARTITION OF part FOR VALUES FROM (0) TO (10);
         CREATE SEQUENCE counter;
         CREATE VIEW names AS SELECT name FROM customer;
         CREATE MATERIALIZED VIEW totals AS SELECT count(*) FROM customer;
         CREATE FUNCTION one() RETURNS int LANGUAGE sql AS 'SELECT 1';
         CREATE TABLE django_migrations (id int PRIMARY KEY, app text, name text, applied timestamptz);
         INSERT INTO customer SELECT n, repeat(md5(n::text), 300) FROM generate_series(1, 50) n;
         ALTER TABLE customer ALTER name SET STORAGE EXTERNAL;
         UPDATE customer SET name = name || '!';"
    ));
}

#[tokio::test]
async fn everything_in_a_schema_is_counted() {
    let database = database();
    one_of_everything(&database, "acme");
    let before = observe(&database.dsn()).await;
    let counts = before.database().schemas.iter().find(|s| s.name == "acme").unwrap().counts.unwrap();
    assert_eq!(
        (counts.tables, counts.indexes, counts.sequences, counts.views, counts.functions),
        (4, 2, 1, 2, 1),
        "{counts:?}"
    );
    let version = version(&database);
    assert_eq!(counts.never_analysed, if version < 140_000 { 0 } else { 3 });

    database.sql("VACUUM ANALYZE");
    // Before 15 the times of upkeep come late.
    let upkeep = "SELECT 1 FROM pg_stat_all_tables WHERE relid = 'acme.customer'::regclass AND last_analyze IS NOT NULL";
    wait_for("the analyze to be counted", || database.sql(upkeep).pop());
    let after = observe(&database.dsn()).await;
    let acme = after.database().schemas.iter().find(|s| s.name == "acme").unwrap();
    let counts = acme.counts.unwrap();
    // 50 customers, and the materialized view was filled before there were any.
    assert_eq!((counts.rows, counts.never_analysed), (51, 0));
    let on_disk = database.sql(
        "SELECT sum(pg_relation_size(oid)) FROM pg_class WHERE relnamespace = 'acme'::regnamespace
            OR oid IN (SELECT reltoastrelid FROM pg_class WHERE relnamespace = 'acme'::regnamespace)
            OR oid IN (SELECT i.indexrelid FROM pg_index i JOIN pg_class c ON i.indrelid = c.reltoastrelid
                       WHERE c.relnamespace = 'acme'::regnamespace)",
    );
    assert_eq!(counts.bytes.to_string(), on_disk[0], "TOAST is charged to the schema of its owner");
    let seen = if version < 160_000 { ActivityKind::Maintenance } else { ActivityKind::Scan };
    assert_eq!(acme.activity.unwrap().kind, seen);
    assert_eq!(acme.ledger.as_ref().unwrap().table, "django_migrations");
}

#[tokio::test]
async fn nothing_waits_for_a_locked_table() {
    let database = database();
    one_of_everything(&database, "acme");
    let holder = Holder::of(&database, "LOCK TABLE acme.customer, acme.django_migrations IN ACCESS EXCLUSIVE MODE");
    let mut observed = Observed::open(&database.dsn()).await;
    let words = observed.refresh(Refresh::Full).await;
    assert_eq!(words, ["names", "registry", "counts", "activity", "refreshed"]);
    assert_eq!(observed.notes(), Vec::<&str>::new());
    assert_eq!(observed.rows()[0], "acme tenant - 4 django");
    drop(holder);
}

#[tokio::test]
async fn counters_tell_whether_anything_was_created() {
    let database = database();
    one_of_everything(&database, "acme");
    let mut observed = Observed::open(&database.dsn()).await;
    observed.refresh(Refresh::Full).await;
    // What was created before may still be on its way to the counters.
    observed.until_quiet(&database).await;
    let quiet = ["names", "registry", "activity", "refreshed"];
    assert_eq!(observed.refresh(Refresh::Counters).await, quiet);
    database.sql("ANALYZE; INSERT INTO acme.customer VALUES (99, 'x'); VACUUM acme.customer");
    // Before 15 the counters come late and in any order.
    if version(&database) >= 150_000 {
        assert_eq!(observed.refresh(Refresh::Counters).await, quiet, "rows and their upkeep are no change of structure");
    }
    database.sql("CREATE TABLE acme.invoice (id int); CREATE SCHEMA bolt");
    observed.until_counted().await;
    assert_eq!(observed.rows()[..2], ["acme tenant - 5 django", "bolt tenant empty 0 -"]);
    assert!(observed.refresh(Refresh::Full).await.contains(&"counts"), "a full refresh reads everything");
}

#[tokio::test]
async fn an_empty_database_is_no_trouble() {
    let database = database();
    let observed = observe(&database.dsn()).await;
    assert_eq!(observed.rows(), ["public shared - 0 -"]);
    assert_eq!(observed.registry().dialect.word(), "every schema");
    assert_eq!(observed.notes(), Vec::<&str>::new());
}

#[tokio::test]
async fn hostile_names_come_back_as_they_are() {
    let database = database();
    let long = "x".repeat(63);
    let names =
        ["say \"hi\"", "O'Hara", "a.b", "Größe", "red\u{1b}[31m", "two\nlines", "\u{202e}evil", "back\\slash", &long];
    for name in names {
        let quoted = name.replace('"', "\"\"");
        database.sql(&format!(
            "CREATE SCHEMA \"{quoted}\"; CREATE TABLE \"{quoted}\".\"{quoted}\" (id int); COMMENT ON SCHEMA \"{quoted}\" IS 'x'"
        ));
    }
    let observed = observe(&database.dsn()).await;
    let mut expected: Vec<_> = names.iter().map(|name| format!("{name} tenant - 1 -")).collect();
    expected.push("public shared - 0 -".into());
    expected.sort();
    assert_eq!(observed.rows(), expected);
}

#[tokio::test]
async fn a_role_is_told_what_is_closed_to_it() {
    let database = database();
    let role = format!("{}_look", database.name());
    database.sql(&format!(
        "CREATE ROLE {role} LOGIN;
         CREATE SCHEMA closed; CREATE TABLE closed.t (id int); CREATE SCHEMA open; GRANT USAGE ON SCHEMA open TO {role}"
    ));
    let observed = observe(&database.dsn_as(&role)).await;
    assert_eq!(observed.rows()[..2], ["closed tenant unreadable 1 -", "open tenant empty 0 -"]);
    assert_eq!(observed.notes(), [format!("1 schema is unreadable for role {role}: closed")]);
    let hint = observed.database().notes[0].hint.as_deref().unwrap();
    assert!(hint.starts_with(&format!("GRANT USAGE ON SCHEMA \"closed\" TO \"{role}\"")), "{hint}");
    database.sql(&format!("DROP OWNED BY {role}; DROP ROLE {role}"));
}

#[tokio::test]
async fn extensions_have_their_schemas() {
    let database = database();
    database.sql("CREATE SCHEMA ext; CREATE EXTENSION pg_trgm SCHEMA ext");
    let policy = Policy { statics: vec!["www".into()], reference: Some("template".into()), ..Policy::default() };
    database.sql("CREATE SCHEMA www; CREATE SCHEMA template; CREATE SCHEMA acme");
    let mut observed = Observed::open_with(&database.dsn(), policy, RegistrySource::Auto).await;
    observed.refresh(Refresh::Full).await;
    let roles: Vec<_> = observed.rows().iter().map(|row| row.split(' ').take(2).collect::<Vec<_>>().join(" ")).collect();
    assert_eq!(roles, ["acme tenant", "ext extension", "public shared", "template reference", "www static"]);
}

#[tokio::test]
async fn a_pass_that_fails_is_a_note_and_the_others_tell_what_they_know() {
    let database = database();
    one_of_everything(&database, "acme");
    let role = format!("{}_look", database.name());
    database.sql(&format!("CREATE ROLE {role} LOGIN; REVOKE SELECT ON pg_proc FROM PUBLIC"));
    let mut observed = Observed::open(&database.dsn_as(&role)).await;
    let words = observed.refresh(Refresh::Full).await;
    assert_eq!(words, ["names", "registry", "activity", "refreshed"]);
    assert!(observed.notes()[1].starts_with("tables and sizes could not be read: "), "{:?}", observed.notes());
    assert_eq!(observed.rows()[0], "acme tenant unreadable - -");
    database.sql(&format!("GRANT SELECT ON pg_proc TO PUBLIC; GRANT USAGE ON SCHEMA acme TO {role}"));
    observed.refresh(Refresh::Counters).await;
    assert_eq!((observed.notes().len(), observed.rows()[0].as_str()), (0, "acme tenant - 4 django"));
    database.sql(&format!("DROP OWNED BY {role}; DROP ROLE {role}"));
}

#[tokio::test]
async fn a_server_tells_of_itself() {
    let database = database();
    let role = format!("{}_plain", database.name());
    database.sql(&format!("CREATE ROLE {role} LOGIN"));
    for (dsn, name, superuser) in [(database.dsn(), "postgres", true), (database.dsn_as(&role), role.as_str(), false)] {
        let session = connect(&dsn).await.unwrap();
        let reading = session.read(GENEROUS).await.unwrap();
        let server = catalog::server(&reading).await.unwrap();
        let expected = database.sql("SELECT system_identifier FROM pg_control_system()")[0].parse().ok();
        assert_eq!((server.role.as_str(), server.superuser, server.pooler, server.standby), (name, superuser, false, false));
        assert_eq!((server.database.as_str(), server.system_identifier), (database.name(), expected));
        assert_eq!(server.version.to_string(), database.sql("SHOW server_version_num")[0]);
        let backend = observe(&dsn).await.database().backend.unwrap();
        assert_eq!(backend.memory.is_some(), superuser && server.version >= 140_000, "{backend:?}");
        assert!(backend.process > 0);
    }
    database.sql(&format!("DROP ROLE {role}"));
}

#[tokio::test]
async fn a_refresh_that_loses_its_link_says_so() {
    let database = database();
    let mut observed = observe(&database.dsn()).await;
    database.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()");
    let fault = observed.try_refresh(Refresh::Full).await.unwrap_err();
    assert_eq!(fault.kind, FaultKind::Unreachable, "{fault}");
}

#[tokio::test]
async fn a_standby_is_read_and_says_what_it_is() {
    let mut cluster = own_cluster(ClusterOptions::default());
    run_sql(&cluster, "postgres", "CREATE SCHEMA acme; CREATE TABLE acme.t (id int)");
    // Whoever wants serializable by default would be refused any query there.
    run_sql(
        &cluster,
        "postgres",
        "CREATE ROLE careful LOGIN SUPERUSER; ALTER ROLE careful SET default_transaction_isolation = serializable",
    );
    cluster.stop().unwrap();
    // A server that recovers and is told of no primary waits for one: a standby.
    std::fs::write(cluster.data_dir().join("standby.signal"), "").unwrap();
    cluster.launch().unwrap();
    let answers = |cluster: &tenantry::demo::Cluster| output(cluster.psql("postgres").args(["-c", "SELECT 1"]));
    wait_for("the standby to answer", || answers(&cluster).status.success().then_some(()));
    let dsn = format!("{} target_session_attrs=standby", cluster.dsn_as("careful", "postgres"));
    let fleet = read_once(vec![target("main", &dsn)], tenantry::observer::Depth::FACTS, |_| {}).await;
    let database = &fleet.databases[0];
    assert!(database.server.as_ref().unwrap().standby, "{:?}", database.link);
    let session = connect(&dsn).await.unwrap();
    let answers = session.each(GENEROUS, &["SELECT 1".to_owned()]).await.unwrap();
    assert_eq!(answers[0].as_ref().unwrap()[0][0].as_deref(), Some("1"));
    assert!(database.notes.iter().any(|note| note.text.starts_with("a standby: ")), "{:?}", database.notes);
    assert!(database.schemas.iter().any(|schema| schema.name == "acme" && schema.counts.unwrap().tables == 1));
}

#[tokio::test]
async fn names_alone_are_read_without_counting_anything() {
    let database = crate::support::database();
    database.sql("CREATE SCHEMA acme; CREATE TABLE acme.orders (); CREATE SCHEMA void");
    let mut passes = Vec::new();
    let fleet = read_once(vec![target("main", &database.dsn())], tenantry::observer::Depth::NAMES, |event| {
        if let tenantry::domain::fleet::FleetEvent::Progress(_, now) = event
            && !passes.contains(&now.pass)
        {
            passes.push(now.pass);
        }
    })
    .await;
    assert_eq!(passes, tenantry::observer::Depth::NAMES.passes().collect::<Vec<_>>());
    let read = &fleet.databases[0];
    assert!(read.as_of.is_some() && read.registry.is_some(), "{:?}", read.notes);
    let names: Vec<&str> = read.schemas.iter().map(|schema| schema.name.as_str()).collect();
    assert!(names.contains(&"acme") && names.contains(&"void"), "{names:?}");
    assert!(read.schemas.iter().all(|schema| schema.counts.is_none()), "nothing is counted");
}
