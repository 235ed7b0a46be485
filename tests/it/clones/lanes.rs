//! The rows of one target on several connections: all of one moment, and nobody is left at work whatever happens to the worker.

use tenantry::domain::run::{Control, Phase};
use tenantry::plan::Plan;

use super::across;
use super::made::Holder;
use super::scene::{Scene, made, structure};
use crate::support::{database, wait_for};

/// Takes what a person holds, so that the rows of a table take as long as that.
const WAITED_FOR: &str = "SELECT pg_advisory_xact_lock(77, 0)";
const WAITING: &str = "SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND classid = 77 AND NOT granted AND database = (SELECT oid FROM \
                       pg_database WHERE datname = current_database())";

/// A plan of one target for which there are connections left, in which the rows of a table are waited for.
fn plan(scene: &Scene<'_>, table: &str) -> Plan {
    let mut plan = scene.plan_of(&["acme"], true, |cloning| {
        let function = "CREATE FUNCTION {s}.pause() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_advisory_xact_lock_shared(77, 0); \
                        RETURN NULL; END'";
        let trigger = format!("CREATE TRIGGER pause BEFORE INSERT ON {{s}}.{table} EXECUTE FUNCTION {{s}}.pause()");
        let paused = [("function pause", function), ("trigger pause", trigger.as_str())];
        cloning.recipe.structure.extend(paused.map(made));
        cloning.recipe.finish.insert(0, made(("function pause", "DROP FUNCTION {s}.pause() CASCADE")));
    });
    plan.policy.lock_timeout_ms = 60_000;
    plan
}

/// The server process that waits.
fn waiting(scene: &Scene<'_>) -> String {
    wait_for("the table that waits", || scene.fleet.sql(WAITING).pop())
}

#[test]
fn the_tables_of_one_target_are_copied_at_once_and_are_of_one_moment() {
    let scene = Scene::new();
    let holder = Holder::of(&scene, WAITED_FOR, "ExclusiveLock");
    let run = scene.run(plan(&scene, "customers"));
    let worker = run.start(None);
    waiting(&scene);
    let copied = || scene.fleet.sql("SELECT count(*) FROM acme.orders") == ["50"];
    wait_for("the other table, committed beside it", || copied().then_some(()));
    scene
        .fleet
        .sql("INSERT INTO reference.customers VALUES (1000, 'late'); INSERT INTO reference.orders VALUES (1000, 1000)");
    holder.end();
    assert_eq!(worker.ended().code(), Some(0), "{} {:?}", run.log(), run.state().causes);
    assert!(scene.is_whole("acme"));
}

#[test]
fn one_target_in_another_database_goes_over_several_connections_too() {
    let (scene, there) = (Scene::new(), database());
    let run = across::run(&scene, &there, across::plan(&scene, &there, &["acme"], true));
    assert_eq!(run.finish(), 0, "{} {:?}", run.log(), run.state().causes);
    assert_eq!(structure(&there.dsn(), "acme").exact, structure(&scene.fleet.dsn(), "reference").exact);
    let rows =
        there.sql("SELECT (SELECT count(*) FROM acme.customers), (SELECT count(*) FROM acme.orders WHERE moods[1] = 'sad')");
    assert_eq!(rows, ["100|50"]);
}

#[test]
fn what_a_dead_worker_left_at_work_is_ended_before_its_target_is_removed() {
    let scene = Scene::new();
    let holder = Holder::of(&scene, WAITED_FOR, "ExclusiveLock");
    let run = scene.run(plan(&scene, "orders"));
    let worker = run.start(None);
    let left = waiting(&scene);
    worker.kill();
    let worker = run.start(None);
    let is_there = || scene.fleet.sql(&format!("SELECT 1 FROM pg_stat_activity WHERE pid = {left}")) == ["1"];
    wait_for("the end of what was left at work", || (!is_there()).then_some(()));
    assert_ne!(waiting(&scene), left, "it is made again");
    holder.end();
    assert_eq!(worker.ended().code(), Some(0), "{} {:?}", run.log(), run.state().causes);
    assert!(scene.is_whole("acme"));
}

#[test]
fn a_run_that_is_cancelled_cancels_every_connection() {
    for table in ["customers", "orders"] {
        let scene = Scene::new();
        let holder = Holder::of(&scene, WAITED_FOR, "ExclusiveLock");
        let run = scene.run(plan(&scene, table));
        let worker = run.start(None);
        waiting(&scene);
        run.control(&Control::Stop { cancel: true });
        assert_eq!(worker.ended().code(), Some(3), "{table}: {}", run.log());
        assert_eq!(run.phase("acme"), Phase::Pending, "{table}");
        wait_for("its end", || scene.is_absent("acme").then_some(()));
        holder.end();
    }
}
