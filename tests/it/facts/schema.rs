//! One schema in detail: complete, found by index, and not held up by somebody's lock.

use tenantry::domain::catalog::{SchemaDetail, TableKind};
use tenantry::domain::fault::FaultKind;
use tenantry::domain::roles::Policy;
use tenantry::observer::detail::schema_detail;
use tenantry::pg::catalog;

use super::{Holder, Observed};
use crate::connect::GENEROUS;
use crate::support::{Database, database, wait_for};

async fn detail_as(dsn: &str, schema: &str) -> SchemaDetail {
    let observed = Observed::open(dsn).await;
    schema_detail(&observed.session, &observed.target, schema).await.expect("a detail")
}

fn table_names(detail: &SchemaDetail) -> Vec<&str> {
    detail.tables.as_ref().expect("tables").iter().map(|table| table.name.as_str()).collect()
}

fn acme(database: &Database) {
    database.sql(
        "CREATE SCHEMA acme; SET search_path = acme;
         COMMENT ON SCHEMA acme IS 'the first one';
         CREATE TABLE customer (id int PRIMARY KEY, name text UNIQUE);
         CREATE TABLE invoice (id int PRIMARY KEY);
         CREATE TABLE part (id int) PARTITION BY RANGE (id);
         CREATE TABLE part_1 PARTITION OF part FOR VALUES FROM (0) TO (10);
         CREATE MATERIALIZED VIEW totals AS SELECT 1 AS one;
         CREATE VIEW names AS SELECT name FROM customer;
         INSERT INTO customer SELECT n, 'name ' || n FROM generate_series(1, 1000) n;
         CREATE TABLE django_migrations (id int PRIMARY KEY, app text, name text, applied timestamptz);
         INSERT INTO django_migrations VALUES (2, 'crm', '0001_initial', '2024-05-01 10:00Z'),
             (10, 'crm', '0003_last', 'infinity'), (9, 'crm', '0002_more', '2024-05-02 10:00Z');
         VACUUM ANALYZE customer",
    );
}

#[tokio::test]
async fn a_schema_is_told_in_full() {
    let database = database();
    acme(&database);
    // Before 15 the times of upkeep come late.
    let upkeep = "SELECT 1 FROM pg_stat_all_tables WHERE relid = 'acme.customer'::regclass AND last_analyze IS NOT NULL";
    wait_for("the analyze to be counted", || database.sql(upkeep).pop());
    let detail = detail_as(&database.dsn(), "acme").await;
    assert_eq!(detail.comment.as_deref(), Some("the first one"));
    assert_eq!(detail.acl, Vec::<String>::new());
    assert_eq!(table_names(&detail), ["customer", "django_migrations", "invoice", "part", "part_1", "totals"]);
    let tables = detail.tables.as_ref().unwrap();
    let customer = &tables[0];
    assert_eq!((customer.rows, customer.indexes), (Some(1000), 2));
    assert!(customer.last_analyze.is_some() && customer.last_vacuum.is_some());
    let on_disk = database.sql("SELECT pg_total_relation_size('acme.customer'), pg_indexes_size('acme.customer')");
    let sizes = format!("{}|{}", customer.bytes.unwrap(), customer.index_bytes.unwrap());
    assert_eq!(sizes, on_disk[0]);
    assert_eq!((tables[2].rows, tables[2].last_analyze), (None, None));
    assert_eq!((tables[3].kind, tables[3].bytes), (TableKind::Partitioned, Some(0)));
    assert_eq!(tables[5].kind, TableKind::MaterializedView);
    let ledger = detail.ledger.unwrap().unwrap();
    let ledger: Vec<_> = ledger
        .iter()
        .map(|row| format!("{} {} {:?}", row.app.as_deref().unwrap(), row.name, row.applied.map(|at| at.to_string())))
        .collect();
    assert_eq!(
        ledger,
        [
            "crm 0001_initial Some(\"2024-05-01T10:00:00Z\")",
            "crm 0002_more Some(\"2024-05-02T10:00:00Z\")",
            "crm 0003_last None"
        ]
    );
    assert_eq!(detail.search_path, ["acme", "public"], "a Django ledger: the shared schema is in the path");
}

#[tokio::test]
async fn the_index_of_dependencies_knows_the_tables_of_every_schema() {
    let database = database();
    acme(&database);
    database.sql(
        "CREATE EXTENSION pg_stat_statements; CREATE TABLE public.plain (id int); CREATE SCHEMA other;
         CREATE TABLE other.moved (id int); ALTER TABLE other.moved SET SCHEMA public; CREATE TYPE public.pair AS (a int, b int);
         CREATE TEMP TABLE passing (id int)",
    );
    // What is temporary goes a moment after its session.
    let passing = "SELECT 1 FROM pg_class WHERE relpersistence = 't'";
    wait_for("the end of what is temporary", || database.sql(passing).is_empty().then_some(()));
    let observed = Observed::open(&database.dsn()).await;
    let reading = observed.session.read(GENEROUS).await.unwrap();
    for schema in catalog::names(&reading).await.unwrap() {
        let oid = schema.oid;
        let found: Vec<_> = catalog::tables(&reading, oid).await.unwrap().into_iter().map(|t| t.oid.to_string()).collect();
        let scanned = database.sql(&format!(
            "SELECT oid FROM pg_class WHERE relnamespace = {oid} AND relkind IN ('r', 'p', 'f', 'm') ORDER BY relname COLLATE \"C\""
        ));
        assert_eq!(found, scanned, "{}", schema.name);
    }
}

#[tokio::test]
async fn a_locked_table_has_no_size_and_the_others_have() {
    let database = database();
    acme(&database);
    let holder = Holder::of(&database, "LOCK TABLE acme.customer, acme.django_migrations IN ACCESS EXCLUSIVE MODE");
    let detail = detail_as(&database.dsn(), "acme").await;
    let sized: Vec<_> = detail.tables.as_ref().unwrap().iter().map(|table| table.bytes.is_some()).collect();
    assert_eq!(sized, [false, false, true, true, true, true]);
    assert_eq!(detail.ledger.unwrap().unwrap_err().kind, FaultKind::Busy);
    drop(holder);
    // A lock on an index alone is in the way of the size of its table.
    let holder = Holder::of(&database, "ALTER INDEX acme.customer_pkey RESET (fillfactor)");
    let detail = detail_as(&database.dsn(), "acme").await;
    let tables = detail.tables.unwrap();
    assert!(tables[2].bytes.is_some(), "{tables:?}");
    drop(holder);
}

#[tokio::test]
async fn a_schema_that_is_gone_is_gone() {
    let database = database();
    let observed = Observed::open(&database.dsn()).await;
    let fault = schema_detail(&observed.session, &observed.target, "no\u{1b}pe").await.unwrap_err();
    assert_eq!((fault.kind, fault.what.as_str()), (FaultKind::Gone, "there is no schema no\\x1bpe any more"));
}

#[tokio::test]
async fn a_closed_schema_shows_its_tables_and_says_why_not_its_ledger() {
    let database = database();
    acme(&database);
    let role = format!("{}_look", database.name());
    database.sql(&format!("CREATE ROLE {role} LOGIN"));
    let detail = detail_as(&database.dsn_as(&role), "acme").await;
    assert_eq!(detail.tables.as_ref().unwrap().len(), 6);
    assert_eq!(detail.ledger.unwrap().unwrap_err().kind, FaultKind::Privilege);
    database.sql(&format!("GRANT USAGE ON SCHEMA acme TO {role}"));
    let detail = detail_as(&database.dsn_as(&role), "acme").await;
    assert_eq!(detail.ledger.unwrap().unwrap_err().sqlstate.as_deref(), Some("42501"));
    assert_eq!(detail.acl, ["postgres=UC/postgres".to_owned(), format!("{role}=U/postgres")]);
    database.sql(&format!("DROP OWNED BY {role}; DROP ROLE {role}"));
}

#[tokio::test]
async fn the_ledger_of_rails_and_names_that_need_quotes() {
    let database = database();
    database.sql(
        "CREATE SCHEMA \"O'Hara \"\"x\"\"\";
         CREATE TABLE \"O'Hara \"\"x\"\"\".schema_migrations (version varchar PRIMARY KEY);
         INSERT INTO \"O'Hara \"\"x\"\"\".schema_migrations VALUES ('20240501'), ('9'), ('20230501')",
    );
    let mut observed = Observed::open(&database.dsn()).await;
    observed.target.policy = Policy { extra_search_path: vec!["ext".into()], ..Policy::default() };
    let detail = schema_detail(&observed.session, &observed.target, "O'Hara \"x\"").await.unwrap();
    let versions: Vec<_> = detail.ledger.unwrap().unwrap().into_iter().map(|row| row.name).collect();
    assert_eq!(versions, ["9", "20230501", "20240501"]);
    assert_eq!(detail.search_path, ["O'Hara \"x\"", "ext"]);
    assert_eq!(table_names(&detail_as(&database.dsn(), "pg_catalog").await).len(), {
        let count = database.sql("SELECT count(*) FROM pg_class WHERE relnamespace = 11 AND relkind = 'r'");
        count[0].parse::<usize>().unwrap()
    });
}
