//! The rows of one target on several connections: all of one moment, and nobody is left at work whatever happens to the worker.

use tenantry::domain::run::{Control, Event, Phase};
use tenantry::plan::Plan;
use tenantry::plan::clone::Cloning;

use super::across;
use super::made::Holder;
use super::scene::{Scene, made, structure};
use crate::runs::fleet::Worker;
use crate::support::{database, wait_for};

/// Takes what a person holds, so that the rows of a table take as long as that.
const WAITED_FOR: &str = "SELECT pg_advisory_xact_lock(77, 0)";
const WAITING: &str = "SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND classid = 77 AND NOT granted AND database = (SELECT oid FROM \
                       pg_database WHERE datname = current_database())";

/// A plan of one target for which there are connections left, in which the rows of a table are waited for.
fn plan(scene: &Scene<'_>, table: &str) -> Plan {
    plan_of(scene, table, true, |_| ())
}

/// The same, in one transaction or in several, with something changed.
fn plan_of(scene: &Scene<'_>, table: &str, phased: bool, change: impl FnOnce(&mut Cloning)) -> Plan {
    let mut plan = scene.plan_of(&["acme"], phased, |cloning| {
        let function = "CREATE FUNCTION {s}.pause() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_advisory_xact_lock_shared(77, 0); \
                        RETURN NULL; END'";
        let trigger = format!("CREATE TRIGGER pause BEFORE INSERT ON {{s}}.{table} EXECUTE FUNCTION {{s}}.pause()");
        let paused = [("function pause", function), ("trigger pause", trigger.as_str())];
        cloning.recipe.structure.extend(paused.map(made));
        cloning.recipe.finish.insert(0, made(("function pause", "DROP FUNCTION {s}.pause() CASCADE")));
        change(cloning);
    });
    plan.policy.lock_timeout_ms = 600_000;
    plan
}

/// The server process that waits.
fn waiting(scene: &Scene<'_>) -> String {
    wait_for("the table that waits", || scene.fleet.sql(WAITING).pop())
}

#[test]
fn the_tables_of_one_target_are_copied_at_once_and_are_of_one_moment() {
    let scene = Scene::new();
    let holder = Holder::of(&scene, WAITED_FOR);
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
    let holder = Holder::of(&scene, WAITED_FOR);
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
        let holder = Holder::of(&scene, WAITED_FOR);
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

/// A plan in one transaction whose tables are said to be so large that another connection sums them up.
fn witnessed(scene: &Scene<'_>) -> Plan {
    plan_of(scene, "orders", false, |cloning| cloning.recipe.copies.iter_mut().for_each(|copy| copy.bytes = 1 << 30))
}

#[test]
fn a_large_table_is_summed_up_while_it_is_copied() {
    // What copies tells its own looks at the table when it is done.
    const LOOKS: &str = "SELECT seq_scan FROM pg_stat_user_tables WHERE relid = 'reference.orders'::regclass";
    let scene = Scene::new();
    let holder = Holder::of(&scene, WAITED_FOR);
    let before = scene.fleet.sql(LOOKS);
    let run = scene.run(witnessed(&scene));
    let worker = run.start(None);
    waiting(&scene);
    wait_for("somebody else's look at the source", || (scene.fleet.sql(LOOKS) != before).then_some(()));
    scene.fleet.sql("INSERT INTO reference.orders VALUES (1000, 1)");
    holder.end();
    assert_eq!(worker.ended().code(), Some(0), "{} {:?}", run.log(), run.state().causes);
    assert!(scene.is_whole("acme"), "what came after the copy began is not in it");
}

#[test]
fn who_copies_sums_up_itself_where_another_connection_gets_no_lock() {
    let scene = Scene::new();
    let mut plan = scene.plan_of(&["acme"], false, |cloning| {
        cloning.recipe.copies.iter_mut().for_each(|copy| copy.bytes = 1 << 30);
        let pause = "DO 'BEGIN PERFORM set_config(''lock_timeout'', ''0'', true), pg_advisory_xact_lock_shared(77, 0), \
                     set_config(''lock_timeout'', ''200ms'', true); END'";
        cloning.recipe.structure.push(made(("a pause", pause)));
    });
    plan.policy.lock_timeout_ms = 200;
    let holder = Holder::of(&scene, WAITED_FOR);
    let run = scene.run(plan);
    let worker = run.start(None);
    waiting(&scene);
    // Whoever asks for the source now stands behind this one, but for the copy, which has its lock.
    let mut psql = scene.fleet.cluster.psql(&scene.fleet.name);
    let queued = Worker(
        psql.args(["-c", "BEGIN; LOCK TABLE reference.orders; COMMIT"]).spawn().expect("psql starts"),
        std::path::PathBuf::new(),
    );
    let is_queued = || {
        scene.fleet.sql("SELECT count(*) FROM pg_locks WHERE mode = 'AccessExclusiveLock' AND NOT granted AND database = (SELECT oid FROM pg_database WHERE datname = current_database())") == ["1"]
    };
    wait_for("somebody who wants the source", || is_queued().then_some(()));
    holder.end();
    assert_eq!(worker.ended().code(), Some(0), "{} {:?}", run.log(), run.state().causes);
    assert_eq!(queued.ended().code(), Some(0));
    assert!(scene.is_whole("acme"));
    assert!(!run.entries().iter().any(|entry| matches!(entry.event, Event::Retry { .. })), "nothing was tried twice");
}

#[test]
fn rows_that_are_not_those_of_the_source_are_found_by_either_connection() {
    for bytes in [1, 1 << 30] {
        let scene = Scene::new();
        let plan = scene.plan_of(&["acme"], false, |cloning| {
            cloning.recipe.copies.iter_mut().for_each(|copy| copy.bytes = bytes);
            let function = "CREATE FUNCTION {s}.spoil() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.name := upper(NEW.name); RETURN NEW; END'";
            let trigger = "CREATE TRIGGER spoil BEFORE INSERT ON {s}.customers FOR EACH ROW EXECUTE FUNCTION {s}.spoil()";
            cloning.recipe.structure.extend([("function spoil", function), ("trigger spoil", trigger)].map(made));
        });
        let run = scene.run(plan);
        assert_eq!(run.finish(), 3, "{}", run.log());
        assert!(run.state().causes[0].0.what.contains("table customers: 100 rows came of 100"), "{:?}", run.state().causes);
        assert!(scene.is_absent("acme"));
    }
}
