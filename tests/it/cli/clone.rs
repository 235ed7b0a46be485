//! `clone` from the arguments to the last line of the run, on a real django-tenants fleet: what is told, what is refused, what is made.

use serde_json::Value;
use tempfile::TempDir;

use super::{Said, environment, home, said, tenantry};
use crate::clones::scene::structure;
use crate::fixture::django;
use crate::support::{Database, database};

/// The fleet, another database beside it, and a `fleet.toml` that names both.
struct Scene {
    fleet: Database,
    other: Database,
    home: TempDir,
}

impl Scene {
    fn new() -> Self {
        let scene = Self { fleet: django(&["tenant1"]), other: database(), home: home() };
        // Of the registry's tenants only the first few, of which the first one has a schema.
        scene.fleet.sql(
            "DELETE FROM public.customers_domain d USING public.customers_client c WHERE c.id = d.tenant_id AND c.schema_name NOT IN \
             ('tenant1', 'tenant2', 'tenant3'); DELETE FROM public.customers_client WHERE schema_name NOT IN ('tenant1', 'tenant2', 'tenant3')",
        );
        let text = format!(
            "state_dir = \"state\"\n[env.test]\ncolour = \"plain\"\naccess = \"write\"\nreference = \"tenant1\"\nseed_tables = \
             [\"crm_category\"]\n{}",
            environment("test", &[("main", &scene.fleet.dsn()), ("other", &scene.other.dsn())])
        );
        let folder = scene.home.path();
        std::fs::create_dir(folder.join("state")).expect("a folder");
        std::fs::write(folder.join("fleet.toml"), text).expect("a file");
        scene
    }

    fn run(&self, arguments: &[&str]) -> Said {
        let config = self.home.path().join("fleet.toml");
        let mut command = tenantry(self.home.path());
        said(command.arg("--config").arg(config).args(arguments))
    }

    fn is_like_the_source(&self, there: &Database, schema: &str) -> bool {
        structure(&self.fleet.dsn(), "tenant1").exact == structure(&there.dsn(), schema).exact
    }
}

fn rows(there: &Database, schema: &str, table: &str) -> String {
    there.sql(&format!("SELECT count(*) FROM {schema}.{table}")).concat()
}

#[test]
fn a_new_tenant_has_the_structure_and_the_ledger_of_the_reference() {
    let scene = Scene::new();
    let done = scene.run(&["clone", "-", "acme", "--yes"]);
    assert_eq!(done.code, 0, "{done:?}");
    assert!(done.err.contains("clone tenant1 in test\n") && done.err.contains("django_migrations"), "{}", done.err);
    assert!(done.out.contains(" is done: 1 ok, "), "{}", done.out);
    assert!(scene.is_like_the_source(&scene.fleet, "acme"));
    let of = |schema: &str, table: &str| rows(&scene.fleet, schema, table);
    assert_eq!(of("acme", "django_migrations"), of("tenant1", "django_migrations"));
    assert_eq!(of("acme", "crm_contact"), "0", "no customer's rows");
    let listed: Value = serde_json::from_str(&scene.run(&["runs", "list", "--json"]).data()).expect("JSON");
    assert_eq!(
        (&listed[0]["kind"], &listed[0]["migration"], &listed[0]["state"]),
        (&"clone".into(), &"tenant1".into(), &"done".into())
    );
    let shown = scene.run(&["runs", "show", "last"]);
    assert!(shown.out.contains("clone tenant1"), "{}", shown.out);
}

#[test]
fn tenants_without_a_schema_get_theirs() {
    let scene = Scene::new();
    let done = scene.run(&["clone", "--missing", "--yes", "-d", &scene.fleet.dsn(), "tenant1"]);
    assert_eq!(done.code, 0, "{done:?}");
    for tenant in ["tenant2", "tenant3"] {
        assert!(scene.is_like_the_source(&scene.fleet, tenant), "{tenant}");
    }
    let again = scene.run(&["clone", "--missing", "--yes", "-d", &scene.fleet.dsn(), "tenant1"]);
    assert!(again.code == 0 && again.err.contains("nothing to do"), "{again:?}");
}

#[test]
fn names_come_from_a_file_and_the_registry_hears_of_each() {
    let scene = Scene::new();
    let file = scene.home.path().join("names");
    std::fs::write(&file, "acme\n\n  bolt\n").expect("a file");
    let file = file.to_str().expect("a path");
    let arguments = ["clone", "--from", file, "--register", "--domain", "{schema}.example.com", "--set", "name=Mr {schema}"];
    let refused = scene.run(&[&arguments[..], &["--plan"]].concat());
    assert!(refused.code == 1 && refused.out.contains("needs a value for on_trial"), "{refused:?}");
    let today = scene.fleet.sql("SELECT current_date").concat();
    let done = scene.run(&[&arguments[..], &["--set", "on_trial=true", "--yes"]].concat());
    assert_eq!(done.code, 0, "{done:?}");
    let rows = scene.fleet.sql(&format!(
        "SELECT c.schema_name, c.name, c.on_trial, c.created_on BETWEEN '{today}' AND current_date, d.domain, d.is_primary FROM \
         public.customers_client c JOIN public.customers_domain d ON d.tenant_id = c.id WHERE c.schema_name IN ('acme', 'bolt') ORDER BY 1",
    ));
    assert_eq!(rows, ["acme|Mr acme|t|t|acme.example.com|t", "bolt|Mr bolt|t|t|bolt.example.com|t"]);
    assert!(scene.is_like_the_source(&scene.fleet, "bolt"));
    let taken =
        ["clone", "-", "coil", "--register", "--domain", "acme.example.com", "--set", "name=Coil", "--set", "on_trial=true"];
    let refused = scene.run(&[&taken[..], &["--plan"]].concat());
    assert!(refused.code == 1 && refused.out.contains("acme.example.com is the domain of acme already"), "{refused:?}");
}

#[test]
fn all_rows_go_into_another_database() {
    let scene = Scene::new();
    scene.other.sql("CREATE EXTENSION IF NOT EXISTS pg_trgm");
    let done = scene.run(&["clone", "main/tenant1", "acme", "--rows", "all", "--to-database", "other", "--yes"]);
    assert_eq!(done.code, 0, "{done:?}");
    assert!(done.err.contains("clone main/tenant1 into other in "), "{done:?}");
    assert!(scene.is_like_the_source(&scene.other, "acme"));
    for table in ["django_migrations", "crm_contact", "crm_order"] {
        assert_eq!(rows(&scene.other, "acme", table), rows(&scene.fleet, "tenant1", table), "{table}");
    }
}

#[test]
fn what_cannot_be_is_refused_before_anything_is_done() {
    let scene = Scene::new();
    let long = "x".repeat(64);
    for (arguments, words) in [
        (&["clone", "-", "tenant1"][..], "there is a schema tenant1 already"),
        (&["clone", "-", "pg_acme"], "PostgreSQL's own"),
        (&["clone", "-", &long], "a name has 63 bytes at most, this one has 64"),
        (&["clone", "-", "acme", "acme"], "acme is named twice"),
        (&["clone", "-", "acme", "--owner", "nobody_{schema}"], "there is no role nobody_acme"),
        (&["clone", "-", "acme", "--rows", "crm_contct"], "no table crm_contct"),
    ] {
        let plan = scene.run(&[arguments, &["--plan"]].concat());
        assert!(plan.code == 1 && plan.out.contains(words), "{arguments:?}: {plan:?}");
        let run = scene.run(&[arguments, &["--yes"]].concat());
        assert!(run.code == 1 && run.err.contains(words), "{arguments:?}: {run:?}");
    }
    for (arguments, words) in [
        (&["clone", "tenant9", "acme", "--plan"][..], "there is no schema tenant9"),
        (&["clone", "-", "--plan"], "what is to be made is not said"),
        (&["clone", "-", "acme", "--to-database", "eu", "--plan"], "there is no database eu"),
    ] {
        let run = scene.run(arguments);
        assert!(run.code == 2 && run.err.contains(words), "{arguments:?}: {run:?}");
    }
    assert_eq!(scene.fleet.sql("SELECT count(*) FROM pg_namespace WHERE nspname IN ('acme', 'pg_acme')"), ["0"]);
}

#[test]
fn the_plan_is_told_and_approved_by_its_hash() {
    let scene = Scene::new();
    scene.fleet.sql(
        "GRANT SELECT ON ALL TABLES IN SCHEMA tenant1 TO PUBLIC; REVOKE INSERT ON tenant1.crm_contact FROM CURRENT_USER",
    );
    let told = scene.run(&["clone", "-", "acme", "--rows", "all", "--plan"]);
    assert_eq!(told.code, 0, "{told:?}");
    for words in ["clone tenant1 in test", "  makes ", "  rows      of every table:", "targets       1  acme", "plan "] {
        assert!(told.out.contains(words), "{words:?}: {}", told.out);
    }
    // What is made is counted by kinds, whatever it is called.
    let makes = told.out.lines().find_map(|line| line.strip_prefix("  makes ")).expect("what is made");
    let kinds: Vec<&str> = makes.split(": ").nth(1).expect("kinds").split(", ").collect();
    for kind in &kinds {
        let (word, count) = kind.split_once(' ').expect("a kind and how many");
        let known = [
            "table",
            "index",
            "constraint",
            "sequence",
            "owner",
            "comment",
            "grant",
            "trigger",
            "view",
            "function",
            "state",
        ];
        assert!(known.contains(&word) && count.replace(',', "").parse::<u32>().is_ok(), "{kind:?} of {makes}");
    }
    assert!(kinds.iter().any(|kind| kind.starts_with("grant ")), "{makes}");
    let plan: Value =
        serde_json::from_str(&scene.run(&["clone", "-", "acme", "--rows", "all", "--plan", "--json"]).data()).expect("JSON");
    assert_eq!((&plan["kind"]["kind"], &plan["targets"][0]["schema"]), (&"clone".into(), &"acme".into()));
    let hash = plan["hash"].as_str().expect("a hash");
    let wrong = scene.run(&["clone", "-", "bolt", "--rows", "all", &format!("--yes={hash}")]);
    assert!(wrong.code == 2 && wrong.err.contains("not the one that was approved"), "{wrong:?}");
    let done = scene.run(&["clone", "-", "acme", "--rows", "all", &format!("--yes={hash}")]);
    assert_eq!(done.code, 0, "{done:?}");
    // A customer's rows are not copied by a mere yes.
    let customer = scene.run(&["clone", "acme", "bolt", "--rows", "all", "--yes"]);
    assert!(customer.code == 2 && customer.err.contains("with a danger in it"), "{customer:?}");
}

#[test]
fn each_target_belongs_to_a_role_of_its_own() {
    let scene = Scene::new();
    let role = format!("{}_acme", scene.fleet.name());
    scene.fleet.sql(&format!("CREATE ROLE {role}"));
    let pattern = format!("{}_{{schema}}", scene.fleet.name());
    let done = scene.run(&["clone", "-", "acme", "--owner", &pattern, "--yes"]);
    assert_eq!(done.code, 0, "{done:?}");
    assert!(done.err.contains(&format!("  owner     {role}\n")), "{}", done.err);
    let owners = scene.fleet.sql(
        "SELECT DISTINCT pg_get_userbyid(relowner) FROM pg_class WHERE relnamespace = 'acme'::regnamespace UNION SELECT \
         pg_get_userbyid(nspowner) FROM pg_namespace WHERE nspname = 'acme'",
    );
    assert_eq!(owners, [role.as_str()]);
    assert!(scene.is_like_the_source(&scene.fleet, "acme"), "but for who owns it");
    scene.fleet.sql(&format!("DROP SCHEMA acme CASCADE; DROP OWNED BY {role}; DROP ROLE {role}"));
}
