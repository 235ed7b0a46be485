//! A real django-tenants fleet: 100 tenants in the registry, of which a few have their schema.

use tenantry::demo::Cluster;
use tenantry::domain::catalog::LedgerDialect;
use tenantry::observer::detail::schema_detail;

use crate::facts::observe;
use crate::support::{Database, cluster, database_on};

const SHARED: &str = include_str!("../fixtures/django/shared.sql");
const TENANT: &str = include_str!("../fixtures/django/tenant.sql");
const TENANT_DATA: &str = include_str!("../fixtures/django/tenant_data.sql");

/// The fixture with the schemas of these tenants.
pub(crate) fn django(tenants: &[&str]) -> Database {
    django_on(cluster(), tenants)
}

/// The same on a cluster.
pub(crate) fn django_on(cluster: &'static Cluster, tenants: &[&str]) -> Database {
    let database = database_on(cluster);
    database.sql(SHARED);
    for tenant in tenants {
        let schema = |sql: &str| {
            sql.replace("tenant1.", &format!("{tenant}.")).replace("SCHEMA tenant1", &format!("SCHEMA {tenant}"))
        };
        database.sql(&schema(TENANT));
        database.sql(&schema(TENANT_DATA));
    }
    database
}

#[tokio::test]
async fn the_fleet_is_read_as_django_tenants_made_it() {
    let database = django(&["tenant1", "tenant2", "tenant42"]);
    let observed = observe(&database.dsn()).await;
    let registry = observed.registry();
    assert_eq!(registry.dialect.word(), "django-tenants");
    assert_eq!(registry.source, "public.customers_client + public.customers_domain");
    assert_eq!((registry.tenants.len(), registry.lost_domains.len()), (100, 0));
    let tenant42 = registry.tenants.iter().find(|tenant| tenant.schema == "tenant42").unwrap();
    assert_eq!(tenant42.domains[0].name, "tenant42.example.com");
    assert!(tenant42.created.as_deref().unwrap().starts_with("202"), "{tenant42:?}");

    let rows = observed.rows();
    let with_schema: Vec<_> = rows.iter().filter(|row| !row.contains("no-schema")).map(String::as_str).collect();
    assert_eq!(
        with_schema,
        [
            "public shared - 13 django",
            "tenant1 tenant - 34 django",
            "tenant2 tenant - 34 django",
            "tenant42 tenant - 34 django"
        ]
    );
    assert_eq!(rows.len(), 101);
    let counts = observed.database().schemas.iter().find(|s| s.name == "tenant1").unwrap().counts.unwrap();
    assert_eq!((counts.tables, counts.indexes), (34, 105));
}

#[tokio::test]
async fn a_tenant_is_told_with_its_ledger() {
    let database = django(&["tenant7"]);
    let observed = observe(&database.dsn()).await;
    let detail = schema_detail(&observed.session, &observed.target, "tenant7").await.unwrap();
    assert_eq!(detail.search_path, ["tenant7", "public"]);
    assert_eq!(detail.tables.unwrap().len(), 34);
    let ledger = detail.ledger.unwrap().unwrap();
    let in_file: Vec<_> = TENANT_DATA
        .lines()
        .skip_while(|line| !line.starts_with("COPY tenant1.django_migrations"))
        .skip(1)
        .take_while(|line| *line != "\\.")
        .map(|line| line.split('\t').skip(1).take(2).collect::<Vec<_>>().join(" "))
        .collect();
    let read: Vec<_> = ledger.iter().map(|row| format!("{} {}", row.app.as_deref().unwrap(), row.name)).collect();
    assert!(read.contains(&"crm 0015_open_orders_view".to_owned()));
    assert_eq!(read, in_file);
    assert!(ledger.iter().all(|row| row.applied.is_some()));
    let schema = observed.database().schemas.iter().find(|s| s.name == "tenant7").unwrap();
    assert_eq!(schema.ledger.as_ref().unwrap().dialect, LedgerDialect::Django);
}
