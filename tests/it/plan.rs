//! The door to plans, on real servers: what it makes of a fleet and a folder, that what it makes is applied as it says, and that the
//! program tells it.

mod rights;

use std::path::Path;

use tenantry::domain::filter::Filter;
use tenantry::domain::history::Migration;
use tenantry::observer::Target;
use tenantry::observer::plan::{Wanted, plan};
use tenantry::plan::migrate::Selection;
use tenantry::plan::{EnvironmentName, LockLevel, Plan, RunPolicy, Why};

use crate::cli::{home, run};
use crate::connect::target;
use crate::message::Session;
use crate::support::{Database, database};

/// A folder of three migrations.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).expect("a file");
    write("0001_initial.sql", "CREATE TABLE orders (id int PRIMARY KEY);");
    write("0002_lines.sql", "CREATE TABLE lines (id int PRIMARY KEY, \"order\" int REFERENCES orders);");
    write("0002_lines.down.sql", "DROP TABLE lines;");
    write("0003_vip.sql", "ALTER TABLE orders ADD vip boolean NOT NULL DEFAULT false;\n-- done\n");
    write("0003_vip.down.sql", "ALTER TABLE orders DROP vip;");
    folder
}

/// Schemas with a ledger of tenantry's and the first migration.
fn fleet(schemas: &[&str]) -> Database {
    let database = database();
    for schema in schemas {
        database.sql(&format!(
            "CREATE SCHEMA {schema}; SET search_path = {schema}; {}",
            tenantry::dialect::ledger::tenantry::TABLE
        ));
        database.sql(&format!(
            "CREATE TABLE {schema}.orders (id int PRIMARY KEY); INSERT INTO {schema}.tenantry_migrations (name) VALUES ('0001_initial')"
        ));
    }
    database
}

fn wanted(source: &Path, selection: Selection) -> Wanted {
    Wanted {
        environment: EnvironmentName { name: "test".into(), production: false },
        source: Some(source.to_owned()),
        to: None,
        reverse: false,
        late: false,
        selection,
        policy: RunPolicy::usual(false),
        command: None,
    }
}

async fn made(target: &Target, wanted: Wanted) -> Plan {
    plan(vec![target.clone()], wanted, |_| ()).await.expect("a plan")
}

fn schemas(plan: &Plan) -> Vec<&str> {
    plan.targets.iter().map(|target| target.schema.as_str()).collect()
}

async fn apply(database: &Database, plan: &Plan) {
    apply_as(&database.dsn(), plan).await;
}

async fn apply_as(dsn: &str, plan: &Plan) {
    let session = Session::open(dsn).await;
    for target in 0..plan.targets.len() as u32 {
        let steps = plan.group(target).expect("a group").steps.len() as u16;
        for done in 0..steps {
            let message = tenantry::plan::message::message(plan, target, done, tenantry::plan::message::Guards::Spelled)
                .expect("a message");
            session.send(&message.text).await.unwrap_or_else(|refusal| panic!("{target} {done}: {refusal:?}"));
        }
    }
}

#[tokio::test]
async fn what_is_planned_is_applied_and_then_there_is_nothing_to_do() {
    let database = fleet(&["a", "b", "c"]);
    database.sql("CREATE SCHEMA bare; CREATE TABLE bare.x (id int)");
    let (folder, target) = (folder(), target("main", &database.dsn()));
    let first = made(&target, wanted(folder.path(), Selection::All)).await;
    assert_eq!(schemas(&first), ["a", "b", "c"]);
    assert_eq!((first.groups.len(), first.steps.len()), (1, 2), "what is equal is told once");
    let left_out: Vec<_> = first.left_out.iter().map(|left| (left.why, left.sample.join(" "))).collect();
    assert_eq!(left_out, [(Why::NoLedger, "bare".to_owned())]);
    let bystanders = database.sql("SELECT oid FROM pg_namespace WHERE nspname = 'bare' OR nspname = 'public'");
    let known = first.bystanders.as_ref().map(|all| all.iter().map(|of| of.iter().map(u32::to_string).collect::<Vec<_>>()));
    let known: Vec<Vec<String>> = known.into_iter().flatten().collect();
    assert!(known.len() == 1 && bystanders.iter().all(|oid| known[0].contains(oid)), "who is there did not come late");
    assert!(first.targets.iter().all(|target| !known[0].contains(&target.oid.to_string())));
    assert_eq!(first.databases[0].name, database.name());
    let oid = database.sql("SELECT oid FROM pg_database WHERE datname = current_database()");
    assert_eq!(oid, [first.databases[0].oid.to_string()]);
    assert_eq!(first.steps[1].statements[0].lock.map(LockLevel::words), Some("ACCESS EXCLUSIVE"));
    assert_eq!(
        first.hash(),
        made(&target, wanted(folder.path(), Selection::All)).await.hash(),
        "the same facts, the same plan"
    );

    apply(&database, &first).await;
    assert_eq!(
        database.sql("SELECT name, state, checksum IS NOT NULL FROM b.tenantry_migrations ORDER BY 1"),
        ["0001_initial|applied|f", "0002_lines|applied|t", "0003_vip|applied|t"]
    );
    let second = made(&target, wanted(folder.path(), Selection::All)).await;
    assert!(second.targets.is_empty() && second.databases.is_empty());
    assert!(second.left_out.iter().any(|left| left.why == Why::Nothing && left.count == 3), "{:?}", second.left_out);

    // And back again.
    let back = Wanted { to: Some("0001_initial".into()), reverse: true, ..wanted(folder.path(), Selection::All) };
    apply(&database, &made(&target, back.clone()).await).await;
    assert_eq!(database.sql("SELECT name FROM c.tenantry_migrations"), ["0001_initial"]);
    assert_eq!(database.sql("SELECT count(*) FROM pg_class WHERE relname = 'lines'"), ["0"]);
    assert!(made(&target, back).await.targets.is_empty());
}

#[tokio::test]
async fn selections_take_what_they_name() {
    let database = fleet(&["a", "b", "\"b/c\""]);
    let (folder, target) = (folder(), target("main", &database.dsn()));
    let names = |names: &[&str]| Selection::Named(names.iter().map(|name| (*name).to_owned()).collect());
    let of = async |selection| {
        let plan = plan(vec![target.clone()], wanted(folder.path(), selection), |_| ()).await;
        plan.map(|plan| plan.targets.iter().map(|target| target.schema.clone()).collect::<Vec<_>>())
    };
    assert_eq!(of(names(&["main/a", "b/c"])).await.unwrap(), ["a", "b/c"]);
    assert_eq!(of(names(&["nobody"])).await.unwrap_err().what, "there is no schema nobody");
    assert_eq!(of(Selection::Filter(Filter::parse("schema:b*").unwrap())).await.unwrap(), ["b", "b/c"]);
    // These need what the schemas hold.
    assert_eq!(of(Selection::Filter(Filter::parse("tables>1 schema:a").unwrap())).await.unwrap(), ["a"]);
    assert_eq!(of(Selection::Filter(Filter::parse("ledger:current schema:a").unwrap())).await.unwrap(), ["a"]);
}

#[tokio::test]
async fn who_may_not_change_a_schema_is_told_before() {
    let database = fleet(&["a", "b"]);
    database.sql(
        "CREATE ROLE plan_guest LOGIN; GRANT USAGE ON SCHEMA a, b TO plan_guest; GRANT CREATE ON SCHEMA b TO plan_guest;
         GRANT SELECT ON a.tenantry_migrations, b.tenantry_migrations TO plan_guest",
    );
    let (folder, target) = (folder(), target("main", &database.dsn_as("plan_guest")));
    let found = made(&target, wanted(folder.path(), Selection::All)).await;
    assert_eq!(schemas(&found), ["b"]);
    assert_eq!(found.left_out.iter().map(|left| (left.why, left.count)).collect::<Vec<_>>(), [(Why::Privilege, 1)]);
    let refused: Vec<&str> = found.notes.iter().filter(|note| note.refuses).map(|note| note.what.as_str()).collect();
    assert_eq!(
        refused,
        [
            "plan_guest may not change orders, which belongs to postgres, in 1 schema: b",
            "plan_guest may not write tenantry_migrations, which belongs to postgres, in 1 schema: b"
        ]
    );
    database.sql("DROP OWNED BY plan_guest; DROP ROLE plan_guest");
}

#[tokio::test]
async fn what_belongs_to_others_is_told_by_owner_with_its_grant_and_the_grant_helps() {
    let database = fleet(&["a", "b", "c", "d"]);
    database.sql(
        "CREATE ROLE plan_app LOGIN; CREATE ROLE \"Plan Old\"; CREATE ROLE plan_other; GRANT CREATE ON SCHEMA a, b, c, d TO \"Plan Old\"",
    );
    for schema in ["a", "b", "c", "d"] {
        database.sql(&format!(
            "ALTER SCHEMA {schema} OWNER TO plan_app; ALTER TABLE {schema}.orders OWNER TO plan_app; ALTER TABLE \
             {schema}.tenantry_migrations OWNER TO plan_app"
        ));
    }
    database.sql(
        "ALTER TABLE a.orders OWNER TO \"Plan Old\"; ALTER TABLE c.orders OWNER TO \"Plan Old\"; ALTER TABLE d.tenantry_migrations \
         OWNER TO plan_other; GRANT SELECT ON d.tenantry_migrations TO plan_app",
    );
    // Also a superuser works as the owner of the schema.
    for dsn in [database.dsn_as("plan_app"), database.dsn()] {
        let (folder, target) = (folder(), target("main", &dsn));
        let found = made(&target, wanted(folder.path(), Selection::All)).await;
        let told: Vec<_> = found
            .notes
            .iter()
            .filter(|note| matches!(note.rule.as_str(), "owner-needed" | "ledger-denied"))
            .map(|note| (note.refuses, note.what.as_str(), note.hint.as_deref().unwrap_or_default()))
            .collect();
        assert_eq!(
            told,
            [
                (
                    false,
                    "plan_app may not change orders, which belongs to Plan Old, in 2 schemas: a, c",
                    "GRANT \"Plan Old\" TO \"plan_app\"; or run as Plan Old"
                ),
                (
                    false,
                    "plan_app may not write tenantry_migrations, which belongs to plan_other, in 1 schema: d",
                    "GRANT \"plan_other\" TO \"plan_app\"; or run as plan_other"
                ),
            ]
        );
    }
    database.sql("GRANT \"Plan Old\", plan_other TO plan_app");
    let (folder, dsn) = (folder(), database.dsn_as("plan_app"));
    let found = made(&target("main", &dsn), wanted(folder.path(), Selection::All)).await;
    assert!(
        !found.notes.iter().any(|note| note.rule == "owner-needed" || note.rule == "ledger-denied"),
        "{:?}",
        found.notes
    );
    apply_as(&dsn, &found).await;
    database.sql("DROP OWNED BY plan_app, \"Plan Old\", plan_other CASCADE; DROP ROLE plan_app, \"Plan Old\", plan_other");
}

#[tokio::test]
async fn a_tenant_without_a_schema_is_left_out_beside_others_and_refused_alone() {
    let database = crate::fixture::django(&["tenant1"]);
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::create_dir(folder.path().join("crm")).expect("a folder");
    for (name, text) in [("0015_open_orders_view", "SELECT 1;"), ("0016_remark", "CREATE TABLE crm_remark (id int);")] {
        std::fs::write(folder.path().join(format!("crm/{name}.sql")), text).expect("a file");
    }
    let target = target("main", &database.dsn());
    let of = async |names: &[&str]| {
        let names = Selection::Named(names.iter().map(|name| (*name).to_owned()).collect());
        plan(vec![target.clone()], wanted(folder.path(), names), |_| ()).await
    };
    let found = of(&["tenant1", "tenant3", "tenant2"]).await.expect("a plan");
    let left_out: Vec<_> = found.left_out.iter().map(|left| (left.why, left.sample.join(" "))).collect();
    assert_eq!((schemas(&found), left_out), (vec!["tenant1"], vec![(Why::NoSchema, "tenant3 tenant2".to_owned())]));
    let refused = of(&["tenant2"]).await.unwrap_err();
    assert_eq!(
        (refused.what.as_str(), refused.hint.as_deref()),
        ("main/tenant2 is a tenant without a schema", Some("create its schema first"))
    );
}

#[tokio::test]
async fn what_is_made_belongs_to_the_owner_of_the_schema() {
    let database = fleet(&["a", "b"]);
    database.sql(
        "CREATE ROLE plan_owner; ALTER SCHEMA a OWNER TO plan_owner; ALTER TABLE a.orders OWNER TO plan_owner;
         ALTER TABLE a.tenantry_migrations OWNER TO plan_owner; CREATE ROLE plan_dba LOGIN NOINHERIT IN ROLE plan_owner;
         GRANT USAGE ON SCHEMA a, b TO plan_dba; GRANT SELECT ON a.tenantry_migrations, b.tenantry_migrations TO plan_dba",
    );
    let (folder, dsn) = (folder(), database.dsn_as("plan_dba"));
    let found = made(&target("main", &dsn), wanted(folder.path(), Selection::All)).await;
    assert_eq!(schemas(&found), ["a"]);
    assert_eq!(found.groups[0].role.as_deref(), Some("plan_owner"));
    apply_as(&dsn, &found).await;
    let owners = Session::open(&database.dsn()).await;
    let owners = owners.send("SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname = 'a'").await.unwrap();
    assert_eq!(owners, [[Some("plan_owner".to_owned())]]);
    database.sql("DROP OWNED BY plan_owner, plan_dba CASCADE; DROP ROLE plan_dba, plan_owner");
}

#[tokio::test]
async fn foreign_keys_to_shared_tables_are_in_the_plan_and_let_through() {
    let database = fleet(&["a", "b"]);
    database.sql("CREATE TABLE public.users (id int PRIMARY KEY)");
    let folder = folder();
    std::fs::write(folder.path().join("0004_user.sql"), "ALTER TABLE orders ADD \"user\" int REFERENCES users;")
        .expect("a file");
    let mut target = target("main", &database.dsn());
    target.policy.extra_search_path = vec!["public".into()];
    let found = made(&target, wanted(folder.path(), Selection::All)).await;
    assert_eq!(
        (found.policy.search_path.as_slice(), found.policy.referenced.as_slice()),
        (&["public".to_owned()][..], &["public.users".to_owned()][..])
    );
    assert!(found.notes.iter().all(|note| !note.refuses), "{:?}", found.notes);
    apply(&database, &found).await;
    // What would change it is refused before anything is done.
    std::fs::write(folder.path().join("0005_fall.sql"), "ALTER TABLE users ADD fell int;").expect("a file");
    let found = made(&target, wanted(folder.path(), Selection::All)).await;
    assert!(found.notes.iter().any(|note| note.refuses && note.rule == "falls-through"), "{:?}", found.notes);
}

#[tokio::test]
async fn the_ledger_of_django_is_planned_with_its_applications() {
    let database = crate::fixture::django(&["tenant1", "tenant2"]);
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::create_dir(folder.path().join("crm")).expect("a folder");
    for (name, text) in
        [("0015_open_orders_view", "SELECT 1;"), ("0016_remark", "CREATE TABLE crm_remark (id int PRIMARY KEY);")]
    {
        std::fs::write(folder.path().join(format!("crm/{name}.sql")), text).expect("a file");
    }
    let target = target("main", &database.dsn());
    let found = made(&target, wanted(folder.path(), Selection::All)).await;
    assert_eq!(schemas(&found), ["tenant1", "tenant2"]);
    assert_eq!(found.steps[0].migration, Migration { app: Some("crm".into()), name: "0016_remark".into() });
    assert_eq!(found.policy.search_path, ["public"]);
    apply(&database, &found).await;
    assert_eq!(
        database.sql("SELECT count(*) FROM tenant2.django_migrations WHERE app = 'crm' AND name = '0016_remark'"),
        ["1"]
    );
    assert!(made(&target, wanted(folder.path(), Selection::All)).await.targets.is_empty());
}

#[test]
fn the_program_tells_the_plan_and_does_nothing() {
    let database = fleet(&["a", "b", "c"]);
    let (folder, home) = (folder(), home());
    let source = folder.path().to_str().expect("a path");
    let said = run(home.path(), &["migrate", source, "--plan", "-d", &database.dsn()]);
    assert_eq!((said.code, said.err.as_str()), (0, ""), "{}", said.out);
    for expected in [
        "migrate to 0003_vip in -\n",
        "0003_vip.sql  3 schemas\n  1. ALTER TABLE orders ADD vip boolean NOT NULL DEFAULT false  -- ACCESS EXCLUSIVE: everybody waits\n",
        "\ncanary        1  a\n",
        "\nwave          1  b\n",
        "\n4 at once, no pace; lock_timeout 2000 ms",
    ] {
        assert!(said.out.contains(expected), "{expected:?} is not in\n{}", said.out);
    }
    let json = run(home.path(), &["migrate", source, "--plan", "--json", "-d", &database.dsn()]);
    let json: serde_json::Value = serde_json::from_str(&json.out).expect("JSON");
    assert!(said.out.ends_with(&format!("\nplan {}\n", json["hash"].as_str().expect("a hash"))), "{}", said.out);
    assert_eq!(database.sql("SELECT count(*) FROM pg_class WHERE relname = 'lines'"), ["0"]);
    let nothing = run(home.path(), &["migrate", source, "--plan", "--to", "0001", "-d", &database.dsn()]);
    assert!(
        nothing.out.contains("\nnothing to do\n") && nothing.out.contains("left out      3  nothing to do: a, b, c\n"),
        "{}",
        nothing.out
    );
    for (arguments, expected) in [
        (&["migrate", source, "--plan", "--to", "0009"][..], "the source has no migration 0009"),
        (&["migrate", "--plan"], "where the migrations are is not said"),
        (&["migrate", source, "--plan", "--reverse"], "--to"),
        (&["migrate", source, "--plan", "--reverse", "--to", "0003"], "nothing comes after 0003_vip"),
        (&["migrate", source, "--plan", "--schemas", "x"], "there is no schema x"),
    ] {
        let said = run(home.path(), &[arguments, &["-d", &database.dsn()]].concat());
        assert_eq!(said.code, 2, "{}", said.err);
        assert!(said.err.contains(expected), "{}", said.err);
    }
}
