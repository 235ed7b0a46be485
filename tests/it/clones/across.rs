//! Clones in another database: rows go over the wire, whatever their types, and come as they were.

use tenantry::domain::run::{Control, Phase};
use tenantry::plan::{Kind, Plan};

use super::scene::{Scene, made, structure};
use crate::runs::fleet::Run;
use crate::support::{Database, database, wait_for};

/// The plan of a scene for a database beside it.
pub(super) fn plan(scene: &Scene<'_>, there: &Database, targets: &[&str], phased: bool) -> Plan {
    let mut plan = scene.plan_of(targets, phased, |cloning| cloning.source.database = 1);
    let mut other = plan.databases[0].clone();
    other.label = "other".into();
    there.name().clone_into(&mut other.name);
    other.oid = there.sql("SELECT oid FROM pg_database WHERE datname = current_database()")[0].parse().expect("an oid");
    plan.databases.insert(0, other);
    there.sql("CREATE TABLE public.tenants (schema_name text PRIMARY KEY)");
    plan
}

pub(super) fn run(scene: &Scene<'_>, there: &Database, plan: Plan) -> Run {
    Run::at_all(vec![("main", scene.fleet.dsn()), ("other", there.dsn())], plan)
}

#[test]
fn a_target_in_another_database_is_all_that_its_source_is() {
    for phased in [false, true] {
        let (scene, there) = (Scene::new(), database());
        let run = run(&scene, &there, plan(&scene, &there, &["acme", "bolt"], phased));
        assert_eq!(run.finish(), 0, "{phased}: {} {:?}", run.log(), run.state().causes);
        let source = structure(&scene.fleet.dsn(), "reference").exact;
        for name in ["acme", "bolt"] {
            assert_eq!(structure(&there.dsn(), name).exact, source, "{phased} {name}");
            let rows = there.sql(&format!(
                "SELECT (SELECT count(*) FROM {name}.customers), (SELECT count(*) FROM {name}.orders WHERE moods[1] = 'sad'), (SELECT \
                 last_value FROM {name}.customers_id_seq), (SELECT count(*) FROM public.tenants)"
            ));
            assert_eq!(rows, ["100|50|100|2"]);
        }
        assert!(scene.is_absent("acme"), "the source's database is only read");
    }
}

#[test]
fn a_source_in_another_database_that_is_not_what_it_was_is_not_cloned() {
    let (scene, there) = (Scene::new(), database());
    let plan = plan(&scene, &there, &["acme"], false);
    assert!(matches!(&plan.kind, Kind::Clone(cloning) if cloning.source.database == 1));
    scene.fleet.sql("ALTER TABLE reference.orders ADD COLUMN late int");
    let run = run(&scene, &there, plan);
    assert_eq!(run.finish(), 3, "{}", run.log());
    assert_eq!(run.phase("acme"), Phase::Failed);
    assert!(run.state().causes[0].0.what.contains("changed since the plan"), "{:?}", run.state().causes);
    assert_eq!(there.sql("SELECT count(*) FROM pg_namespace WHERE nspname = 'acme'"), ["0"]);
}

#[test]
fn a_run_that_is_cancelled_in_the_middle_of_a_table_writes_nothing_more_on_its_connection() {
    const AT_WORK: &str =
        "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND datname = current_database()";
    for phased in [false, true] {
        let (scene, there) = (Scene::new(), database());
        let mut plan = plan(&scene, &there, &["acme"], phased);
        if let Kind::Clone(cloning) = &mut plan.kind {
            let function = "CREATE FUNCTION {s}.pause() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(600); RETURN NEW; END'";
            let trigger = "CREATE TRIGGER pause BEFORE INSERT ON {s}.orders EXECUTE FUNCTION {s}.pause()";
            cloning.recipe.structure.extend([("function pause", function), ("trigger pause", trigger)].map(made));
        }
        // All rows go over the connection that makes the rest, too.
        plan.policy.concurrency = 1;
        let run = run(&scene, &there, plan);
        let worker = run.start(None);
        wait_for("the table that takes long", || (there.sql(AT_WORK) == ["1"]).then_some(()));
        run.control(&Control::Stop { cancel: true });
        assert_eq!(worker.ended().code(), Some(3), "{phased}: {}", run.log());
        assert_eq!(run.phase("acme"), Phase::Pending, "{phased}");
        let is_absent = || there.sql("SELECT count(*) FROM pg_namespace WHERE nspname = 'acme'") == ["0"];
        wait_for("its end", || is_absent().then_some(()));
        wait_for("what the server was told to end", || (there.sql(AT_WORK) == ["0"]).then_some(()));
    }
}
