//! Who the tenants are: every dialect on a small database of its form, and what stands in the way.

use tenantry::config::RegistrySource;
use tenantry::domain::fault::{Fault, FaultKind};
use tenantry::domain::registry::Registry;
use tenantry::domain::roles::Policy;
use tenantry::observer::Refresh;

use super::{Holder, Observed, observe};
use crate::support::{Database, database};

/// `schema name created zone plan domain+domain` of each tenant.
fn tenants(registry: &Registry) -> Vec<String> {
    let or = |text: &Option<String>| text.clone().unwrap_or_else(|| "-".into());
    registry
        .tenants
        .iter()
        .map(|t| {
            let domains: Vec<_> = t
                .domains
                .iter()
                .map(|d| format!("{}{}", d.name, d.folder.as_ref().map(|f| format!("/{f}")).unwrap_or_default()))
                .collect();
            let domains = if domains.is_empty() { "-".into() } else { domains.join("+") };
            format!("{} {} {} {} {} {domains}", t.schema, or(&t.name), or(&t.created), or(&t.time_zone), or(&t.plan))
        })
        .collect()
}

const DJANGO_TENANTS: &str = "
    CREATE TABLE plan (id int PRIMARY KEY, code text);
    CREATE TABLE client (id int PRIMARY KEY, schema_name varchar(63) UNIQUE NOT NULL, name text, created_on date,
                         timezone text, plan_id int REFERENCES plan);
    CREATE TABLE domain (id int PRIMARY KEY, domain text UNIQUE, is_primary bool, tenant_id int REFERENCES client);
    INSERT INTO plan VALUES (1, 'pro');
    INSERT INTO client VALUES (1, 'public', 'Home', NULL, NULL, NULL), (2, 'acme', 'Acme', '2024-05-01', 'Europe/Zurich', 1),
                              (3, 'delta', NULL, NULL, NULL, NULL);
    INSERT INTO domain VALUES (1, 'old.acme.com', false, 2), (2, 'acme.com', true, 2), (3, 'example.com', true, 1);
    CREATE SCHEMA acme; CREATE SCHEMA orphan;";

#[tokio::test]
async fn django_tenants() {
    let database = database();
    database.sql(DJANGO_TENANTS);
    database.sql("ALTER TABLE domain DISABLE TRIGGER ALL; INSERT INTO domain VALUES (4, 'lost.com', true, 99)");
    let observed = observe(&database.dsn()).await;
    let registry = observed.registry();
    assert_eq!((registry.dialect.word(), registry.source.as_str()), ("django-tenants", "public.client + public.domain"));
    assert_eq!(
        tenants(registry),
        ["acme Acme 2024-05-01 Europe/Zurich pro acme.com+old.acme.com", "delta - - - - -", "public Home - - - example.com"]
    );
    assert_eq!(registry.lost_domains[0].name, "lost.com");
    assert_eq!(
        observed.rows(),
        [
            "acme tenant empty 0 -",
            "delta tenant no-schema+no-domain - -",
            "orphan orphan empty+orphan 0 -",
            "public shared - 3 -"
        ]
    );
}

#[tokio::test]
async fn a_registry_in_a_shared_schema_whose_keys_are_no_numbers() {
    let database = database();
    database.sql(
        "CREATE SCHEMA shared; SET search_path = shared;
         CREATE TABLE \"Tenant\" (key uuid PRIMARY KEY, schema_name text UNIQUE, title text, created_at timestamptz);
         CREATE TABLE domain (domain text, is_primary bool, tenant_id uuid REFERENCES \"Tenant\");
         INSERT INTO \"Tenant\" VALUES ('00000000-0000-0000-0000-000000000001', 'acme', 'Acme', '2024-05-01 23:30-05');
         INSERT INTO domain VALUES ('acme.com', true, '00000000-0000-0000-0000-000000000001');
         ALTER DATABASE :DBNAME SET datestyle = 'German'",
    );
    let nothing = observe(&database.dsn()).await;
    assert_eq!(nothing.registry().dialect.word(), "every schema");
    let policy = Policy { shared: vec!["shared".into()], ..Policy::default() };
    let mut observed = Observed::open_with(&database.dsn(), policy, RegistrySource::Auto).await;
    observed.refresh(Refresh::Full).await;
    assert_eq!(tenants(observed.registry()), ["acme Acme 2024-05-02 - - acme.com"]);
}

#[tokio::test]
async fn django_pgschemas() {
    let database = database();
    database.sql(
        "CREATE TABLE tenant (id int PRIMARY KEY, schema_name text UNIQUE);
         CREATE TABLE domain (domain text, folder text, is_primary bool, redirect_to_primary bool,
                              tenant_id int REFERENCES tenant);
         INSERT INTO tenant VALUES (1, 'acme');
         INSERT INTO domain VALUES ('site.com', 'a', false, false, 1), ('acme.com', '', true, false, 1)",
    );
    let observed = observe(&database.dsn()).await;
    assert_eq!(observed.registry().dialect.word(), "django-pgschemas");
    assert_eq!(tenants(observed.registry()), ["acme - - - - acme.com+site.com/a"]);
}

#[tokio::test]
async fn django_tenant_schemas() {
    let database = database();
    database.sql(
        "CREATE TABLE client (id int PRIMARY KEY, domain_url text UNIQUE, schema_name text UNIQUE, name text, tier text);
         INSERT INTO client VALUES (1, 'acme.com', 'acme', 'Acme', 'gold')",
    );
    let observed = observe(&database.dsn()).await;
    assert_eq!(observed.registry().dialect.word(), "django-tenant-schemas");
    assert_eq!(tenants(observed.registry()), ["acme Acme - - gold acme.com"]);
}

#[tokio::test]
async fn apartment() {
    let database = database();
    for schema in ["public", "acme", "bolt"] {
        database.sql(&format!(
            "CREATE SCHEMA IF NOT EXISTS {schema}; CREATE TABLE {schema}.schema_migrations (version varchar PRIMARY KEY);
             CREATE TABLE {schema}.ar_internal_metadata (key varchar PRIMARY KEY, value varchar)"
        ));
    }
    database.sql("CREATE SCHEMA reports; CREATE TABLE reports.t (id int)");
    let observed = observe(&database.dsn()).await;
    assert_eq!(observed.registry().dialect.word(), "apartment");
    assert_eq!(
        observed.rows(),
        ["acme tenant - 2 rails", "bolt tenant - 2 rails", "public shared - 2 rails", "reports orphan orphan 1 -"]
    );
}

#[tokio::test]
async fn half_a_registry_is_not_guessed_at() {
    let database = database();
    database.sql("CREATE TABLE backup (schema_name text UNIQUE); CREATE SCHEMA acme");
    let observed = observe(&database.dsn()).await;
    assert_eq!(observed.rows(), ["acme tenant empty 0 -", "public shared - 1 -"]);
    assert_eq!(observed.notes(), ["public.backup has a unique schema_name, but no table of domains leads to it"]);
}

#[tokio::test]
async fn of_two_registries_the_larger_is_used_and_both_are_told() {
    let database = database();
    database.sql(DJANGO_TENANTS);
    database.sql(
        "CREATE TABLE client2 (id int PRIMARY KEY, schema_name text UNIQUE);
         CREATE TABLE domain2 (domain text, is_primary bool, tenant_id int REFERENCES client2);
         INSERT INTO client2 VALUES (1, 'test')",
    );
    let observed = observe(&database.dsn()).await;
    assert_eq!(observed.registry().source, "public.client + public.domain");
    assert_eq!(
        observed.notes(),
        ["two registries: public.client + public.domain with 3 tenants is used, \
          public.client2 + public.domain2 with 1 tenant is not"]
    );
}

#[tokio::test]
async fn a_registry_that_may_not_be_read_says_which_grant_is_missing() {
    let database = database();
    database.sql(DJANGO_TENANTS);
    let role = format!("{}_look", database.name());
    database.sql(&format!("CREATE ROLE {role} LOGIN; GRANT SELECT ON client TO {role}"));
    let mut observed = Observed::open(&database.dsn_as(&role)).await;
    observed.refresh(Refresh::Full).await;
    let fault = observed.database().registry.clone().unwrap().unwrap_err();
    assert_eq!(fault.kind, FaultKind::Privilege);
    assert_eq!(fault.what, format!("role {role} may not read the registry public.client + public.domain"));
    let grant = fault.hint.unwrap();
    assert!(grant.ends_with(&format!("GRANT SELECT ON \"public\".\"domain\" TO \"{role}\"")), "{grant}");
    assert_eq!(observed.rows()[0], "acme unknown empty+unreadable 0 -", "the rest is told");
    database.sql(&grant);
    observed.refresh(Refresh::Counters).await;
    // Without a right on the table of plans the plans are unknown, and nothing else.
    assert_eq!(tenants(observed.registry())[0], "acme Acme 2024-05-01 Europe/Zurich - acme.com+old.acme.com");
    database.sql(&format!("ALTER TABLE client ENABLE ROW LEVEL SECURITY; GRANT USAGE ON SCHEMA acme, orphan TO {role}"));
    observed.refresh(Refresh::Counters).await;
    assert_eq!(observed.notes(), [format!("row security may hide tenants from role {role}: public.client")]);
    database.sql(&format!("DROP OWNED BY {role}; DROP ROLE {role}"));
}

async fn by_query(database: &Database, query: &str) -> (Result<Registry, Fault>, Vec<String>) {
    let source = RegistrySource::Query(query.into());
    let mut observed = Observed::open_with(&database.dsn(), Policy::default(), source).await;
    observed.refresh(Refresh::Full).await;
    let notes = observed.notes().into_iter().map(str::to_owned).collect();
    (observed.database().registry.clone().expect("a registry"), notes)
}

#[tokio::test]
async fn a_query_of_the_configuration_is_the_registry() {
    let database = database();
    database.sql(DJANGO_TENANTS);
    let (registry, notes) = by_query(
        &database,
        "SELECT schema_name, name, domain, created_on AS created, client.id FROM client \
         LEFT JOIN domain ON tenant_id = client.id -- everybody;",
    )
    .await;
    assert_eq!(tenants(&registry.unwrap())[0], "acme Acme 2024-05-01 - - old.acme.com+acme.com");
    assert_eq!(notes, ["the registry query also gives columns that are not used: id"]);
    let (registry, _) = by_query(&database, "SELECT schema_name FROM client WHERE false").await;
    assert_eq!(registry.unwrap().tenants, []);
}

#[tokio::test]
async fn a_query_that_does_not_fit_says_why() {
    let database = database();
    database.sql(DJANGO_TENANTS);
    database.sql("CREATE SEQUENCE s; CREATE TABLE busy (schema_name text)");
    let _holder = Holder::of(&database, "LOCK TABLE busy");
    for (query, kind, said) in [
        (
            "SELECT name, id FROM client WHERE false",
            FaultKind::Usage,
            "the registry query gives id, name, and not schema_name",
        ),
        (
            "SELECT schema_name FROM clients",
            FaultKind::Usage,
            "the registry query failed: relation \"clients\" does not exist",
        ),
        ("SELECT 1; DROP TABLE domain", FaultKind::Usage, "the registry query failed: syntax error at or near \";\""),
        (
            "SELECT 1) AS q ON true) AS s; COMMIT; DROP TABLE domain; SELECT (((1",
            FaultKind::Usage,
            "the registry query failed: ",
        ),
        ("DELETE FROM client RETURNING schema_name", FaultKind::Usage, "the registry query failed: syntax error"),
        (
            "SELECT 'x' AS schema_name FROM nextval('s')",
            FaultKind::Usage,
            "the registry query failed: cannot execute nextval()",
        ),
        ("SELECT schema_name FROM busy", FaultKind::Busy, "the registry query failed: "),
    ] {
        let (registry, notes) = by_query(&database, query).await;
        let fault = registry.unwrap_err();
        assert_eq!(fault.kind, kind, "{query}: {fault}");
        assert!(fault.what.starts_with(said), "{query}: {fault}");
        assert_eq!(notes, [format!("the registry could not be read: {fault}")]);
    }
    assert_eq!(database.sql("SELECT count(*) FROM domain"), ["3"]);
}
