//! `migrate` on a real django-tenants fleet with the bundle of its project: what Django would have written is written, and what is no
//! SQL is left to Django.

use tempfile::TempDir;

use super::{Said, environment, home, said, tenantry};
use crate::support::Database;

const LEDGER: &str = "SELECT app, name FROM {}.django_migrations ORDER BY id";

/// A fleet whose tenants are as the dump left them, and a `fleet.toml` that names the bundle.
struct Scene {
    fleet: Database,
    home: TempDir,
}

impl Scene {
    fn new(tenants: &[&str]) -> Self {
        let scene = Self { fleet: crate::fixture::django(tenants), home: home() };
        std::fs::create_dir(scene.home.path().join("state")).expect("a folder");
        let bundle = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/django/bundle.json");
        let text = format!(
            "state_dir = \"state\"\n[env.test]\naccess = \"write\"\nmigrations = \"{bundle}\"\n{}",
            environment("test", &[("main", &scene.fleet.dsn())])
        );
        std::fs::write(scene.home.path().join("fleet.toml"), text).expect("a file");
        scene
    }

    fn run(&self, arguments: &[&str]) -> Said {
        let config = self.home.path().join("fleet.toml");
        let mut command = tenantry(self.home.path());
        said(command.arg("--config").arg(config).args(arguments))
    }

    fn ledger(&self, schema: &str) -> Vec<String> {
        self.fleet.sql(&LEDGER.replace("{}", schema))
    }

    /// The columns of a tenant's tables, and its indexes and constraints, without the name of the tenant.
    fn shape(&self, tenant: &str) -> Vec<String> {
        self.fleet.sql(&format!(
            "SELECT c.relkind, c.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, a.atthasdef \
             FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid WHERE c.relnamespace = '{tenant}'::regnamespace AND \
             a.attnum > 0 AND NOT a.attisdropped ORDER BY 1, 2, 3; \
             SELECT conname, replace(pg_get_constraintdef(oid), '{tenant}.', '') FROM pg_constraint WHERE connamespace = \
             '{tenant}'::regnamespace ORDER BY 1"
        ))
    }
}

#[test]
fn what_is_pending_goes_over_the_fleet_and_the_ledger_is_as_django_writes_it() {
    let tenants = ["tenant1", "tenant2", "tenant3", "tenant4"];
    let scene = Scene::new(&tenants);
    let before = scene.ledger("tenant1");
    let public = scene.ledger("public");
    assert!(!before.contains(&"crm|0016_company_industry".to_owned()));
    assert!(!scene.run(&["migrate", "--plan"]).out.contains("post_migrate"), "no model is new");
    scene.fleet.sql("CREATE TABLE public.began AS SELECT clock_timestamp() AS at");
    let done = scene.run(&["migrate", "--yes"]);
    assert!(done.code == 0 && done.out.contains(" is done: 4 ok, "), "{done:?}");
    for tenant in tenants {
        let after = scene.ledger(tenant);
        assert_eq!(
            (&after[..before.len()], &after[before.len()..]),
            (&before[..], &["crm|0016_company_industry".to_owned()][..])
        );
        let row = scene.fleet.sql(&format!(
            "SELECT id = currval_of.last_value, applied BETWEEN at AND clock_timestamp(), pg_typeof(applied) \
             FROM {tenant}.django_migrations, {tenant}.django_migrations_id_seq AS currval_of, public.began \
             WHERE name = '0016_company_industry'"
        ));
        assert_eq!(row, ["t|t|timestamp with time zone"], "{tenant}");
        let column = format!(
            "SELECT count(*) FROM information_schema.columns WHERE table_schema = '{tenant}' AND table_name = 'crm_company' AND \
             column_name = 'industry' AND is_nullable = 'NO' AND column_default IS NULL"
        );
        assert_eq!(scene.fleet.sql(&column), ["1"], "{tenant}");
    }
    assert_eq!(scene.ledger("public"), public, "the tenants' applications are none of the shared schema's");
    let again = scene.run(&["migrate", "--yes"]);
    assert!(again.code == 0 && again.err.contains("nothing to do"), "{again:?}");
}

#[test]
fn a_tenant_that_is_behind_gets_tables_and_keys_and_stops_before_what_is_no_sql() {
    let scene = Scene::new(&["tenant1", "tenant2"]);
    let shape = scene.shape("tenant1");
    let ledger = scene.ledger("tenant1");
    // As it was before the release: Django's own way back, without what is no SQL.
    scene.fleet.sql(
        "SET search_path = tenant2, public; DROP VIEW crm_open_orders; DROP TABLE crm_auditevent CASCADE; ALTER TABLE crm_order \
         DROP COLUMN currency CASCADE; DELETE FROM django_migrations WHERE app = 'crm' AND name >= '0012'",
    );
    let refused = scene.run(&["migrate", "--yes", "--schemas", "tenant2"]);
    assert!(refused.code != 0 || refused.err.contains("RunPython"), "{refused:?}");
    assert!(!scene.ledger("tenant2").contains(&"crm|0012_audit".to_owned()), "nothing was done");
    let told = scene.run(&["migrate", "--plan", "--to", "crm/0013_audit_index"]).out;
    let lacks = "Django's post_migrate does not run: no content types and permissions for crm_auditevent";
    assert!(told.contains(lacks) && told.contains("run its migrate_schemas afterwards"), "{told}");
    let done = scene.run(&["migrate", "--yes", "--to", "crm/0013_audit_index"]);
    assert!(done.code == 0 && done.out.contains(" is done: 1 ok, "), "{done:?}");
    let after = scene.ledger("tenant2");
    assert_eq!(after[after.len() - 2..], ["crm|0012_audit", "crm|0013_audit_index"].map(str::to_owned));
    // Django does what is no SQL; then the rest is ours again.
    scene
        .fleet
        .sql("INSERT INTO tenant2.django_migrations (app, name, applied) VALUES ('crm', '0014_backfill_currency', now())");
    let done = scene.run(&["migrate", "--yes", "--to", "crm/0015_open_orders_view"]);
    assert!(done.code == 0 && done.out.contains(" is done: 1 ok, "), "{done:?}");
    assert_eq!(scene.shape("tenant2"), shape, "the same as if Django had done it");
    let sorted = |mut lines: Vec<String>| {
        lines.sort();
        lines
    };
    assert_eq!(sorted(scene.ledger("tenant2")), sorted(ledger));
}
