//! Where tables live, read from real servers and judged: a fleet with each finding, sound fleets, a role without any privilege.

use tenantry::domain::fleet::{DatabaseId, Fleet};
use tenantry::domain::placement::{Finding, FindingKind, Place, Placement};
use tenantry::domain::question::{Answer, Question};
use tenantry::observer::{Depth, ask_once, read_once};
use tenantry::placement::judge;

use crate::connect::target;
use crate::facts::Holder;
use crate::fixture::django;
use crate::support::{Database, databases, demo_fleet, run_sql};

/// Everything of one database, as the headless verb reads it.
async fn placement(dsn: &str) -> (Fleet, Placement) {
    let target = target("main", dsn);
    let fleet = read_once(vec![target.clone()], Depth { ledgers: true, ..Depth::FACTS }, |_| ()).await;
    let Answer::Placement(facts) = ask_once(&target, &Question::Placement).await.expect("an answer") else {
        panic!("another answer")
    };
    let judged = judge(&fleet, DatabaseId(0), &facts);
    (fleet, judged)
}

/// What is found, as `severity kind tenants`.
fn told(placement: &Placement) -> Vec<String> {
    let word = |finding: &Finding| format!("{:?}", finding.severity).to_lowercase();
    placement.findings.iter().map(|it| format!("{} {} {}", word(it), it.kind.word(), it.tenants.count)).collect()
}

fn find(placement: &Placement, kind: FindingKind) -> &Finding {
    placement.findings.iter().find(|finding| finding.kind == kind).unwrap_or_else(|| panic!("{kind:?}"))
}

/// Three tenants of an application in the style of Django, each with two tables, and their registry.
fn three_tenants(database: &Database) {
    let mut sql = "CREATE TABLE client (id int PRIMARY KEY, schema_name text UNIQUE);
        CREATE TABLE domain (id int PRIMARY KEY, domain text, is_primary bool, tenant_id int REFERENCES client);
        CREATE TABLE plan (id int PRIMARY KEY);"
        .to_owned();
    for (at, tenant) in ["acme", "bolt", "cyan"].iter().enumerate() {
        sql.push_str(&format!(
            "INSERT INTO client VALUES ({at}, '{tenant}');
             INSERT INTO domain VALUES ({at}, '{tenant}.example.com', true, {at});
             CREATE SCHEMA {tenant};
             CREATE TABLE {tenant}.crm_customer (id int PRIMARY KEY);
             CREATE TABLE {tenant}.crm_order (id int PRIMARY KEY, customer_id int REFERENCES {tenant}.crm_customer) ;
             CREATE TABLE {tenant}.crm_event (id int, at date) PARTITION BY RANGE (at);
             CREATE TABLE {tenant}.crm_event_{at} PARTITION OF {tenant}.crm_event DEFAULT;\n"
        ));
    }
    database.sql(&sql);
}

#[tokio::test]
async fn a_sound_fleet_has_its_matrix_and_no_finding() {
    for database in databases() {
        three_tenants(&database);
        let (_, judged) = placement(&database.dsn()).await;
        assert_eq!(told(&judged), [""; 0]);
        let rows: Vec<_> = judged.rows.iter().map(|row| (row.table.as_str(), row.place, row.tenants)).collect();
        let expected = [
            ("client", Place::Shared, 0),
            ("domain", Place::Shared, 0),
            ("plan", Place::Shared, 0),
            ("crm_customer", Place::Tenants, 3),
            ("crm_event", Place::Tenants, 3),
            ("crm_order", Place::Tenants, 3),
        ];
        assert_eq!(rows, expected, "partitions are no tables of their own");
    }
}

#[tokio::test]
async fn every_finding_is_found_on_every_server() {
    for database in databases() {
        three_tenants(&database);
        for tenant in ["acme", "bolt", "cyan"] {
            database.sql(&format!(
                "CREATE TABLE {tenant}.people_person (id int PRIMARY KEY);
                 CREATE TABLE {tenant}.django_content_type (id int PRIMARY KEY);
                 CREATE TABLE {tenant}.django_admin_log (id int, user_id int REFERENCES {tenant}.people_person,
                     content_type_id int REFERENCES {tenant}.django_content_type);
                 CREATE TABLE {tenant}.auth_group (id int);
                 CREATE TABLE {tenant}.django_migrations (id int PRIMARY KEY, app text, name text, applied timestamptz);
                 INSERT INTO {tenant}.django_migrations VALUES (1, 'crm', '0001', now()), (2, 'work', '0001', now());
                 ALTER TABLE {tenant}.crm_order ADD plan_id int REFERENCES plan;"
            ));
        }
        database.sql(
            "CREATE TABLE django_session (session_key text, session_data text, expire_date timestamptz);
             CREATE TABLE django_content_type (id int);
             CREATE TABLE auth_group (id int);
             CREATE TABLE acme.work_item (id int);
             CREATE TABLE bolt.work_item (id int);
             ALTER TABLE plan ADD made_for int REFERENCES bolt.crm_customer;
             ALTER TABLE cyan.crm_order ADD copied_from int REFERENCES acme.crm_customer;",
        );
        let (_, judged) = placement(&database.dsn()).await;
        assert_eq!(
            told(&judged),
            [
                "danger session-leak 3",
                "danger key-between-tenants 1",
                "danger ghost 1",
                "warn key-to-tenant 1",
                "warn content-types 3",
                "warn some-tenants 1",
                "info key-to-shared 3",
                "info both 3",
                "info ledger 3",
            ]
        );
        assert_eq!(find(&judged, FindingKind::SessionLeak).tables, ["people_person", "django_session"]);
        let between = find(&judged, FindingKind::KeyBetweenTenants);
        assert_eq!(
            (&between.tables[..], &between.tenants.schemas[..]),
            (&["crm_order -> acme.crm_customer".to_owned()][..], &["cyan".to_owned()][..])
        );
        assert_eq!(find(&judged, FindingKind::Ghost).tenants.schemas, ["cyan"]);
        assert_eq!(find(&judged, FindingKind::KeyToTenant).tenants.schemas, ["bolt"]);
        assert_eq!(find(&judged, FindingKind::SomeTenants).tenants.schemas, ["cyan"]);
        let order = judged.rows.iter().find(|row| row.table == "crm_order").unwrap();
        assert_eq!((order.app.as_deref(), order.place), (Some("crm"), Place::Tenants));
    }
}

#[tokio::test]
async fn a_real_django_fleet_and_the_sample_have_no_danger_but_the_ghost() {
    let database = django(&["tenant1", "tenant2", "tenant42"]);
    let (_, judged) = placement(&database.dsn()).await;
    assert_eq!(told(&judged), ["warn content-types 3", "info both 3", "info ledger 3", "ok sessions-safe 0"]);
    assert_eq!(find(&judged, FindingKind::SessionsSafe).tables, ["auth_user", "django_session"]);
    let (fleet, judged) = placement(&demo_fleet().dsn()).await;
    let dangers: Vec<_> = told(&judged).into_iter().filter(|it| it.starts_with("danger")).collect();
    assert_eq!(dangers, ["danger ghost 1"], "the sample has one on purpose: {:?}", judged.findings);
    assert!(judged.rows.len() > 30 && fleet.databases[0].rows.len() > 40);
}

#[tokio::test]
async fn a_role_without_privileges_reads_it_all_and_takes_no_lock_on_a_table() {
    for database in databases() {
        three_tenants(&database);
        let role = format!("placement_nobody_{}", database.name());
        run_sql(database.cluster(), "postgres", &format!("CREATE ROLE {role} LOGIN"));
        // Whoever holds a table stops no one who only looks at the catalogue.
        let _holder = Holder::of(&database, "LOCK TABLE client, acme.crm_order, acme.crm_event IN ACCESS EXCLUSIVE MODE");
        let target = target("main", &database.dsn_as(&role));
        let Answer::Placement(facts) = ask_once(&target, &Question::Placement).await.expect("an answer") else {
            panic!("another answer")
        };
        assert_eq!(facts.tables.len(), 6, "{facts:?}");
        assert_eq!((facts.sets.len(), facts.left_out, facts.are_keys_cut), (2, 0, false));
    }
}
