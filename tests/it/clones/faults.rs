//! A worker that dies at any step, and connections that are lost: what is there afterwards is whole, marked as incomplete, or absent.

use std::os::unix::process::ExitStatusExt as _;

use tenantry::demo::ClusterOptions;
use tenantry::domain::run::{CauseKind, Control, Event, How, Phase};

use super::scene::{Scene, made};
use crate::runs::fleet::Fleet;
use crate::support::{own_cluster, settings, wait_for};

const ABORTED: Option<i32> = Some(6);
const NAMES: [&str; 3] = ["acme", "bolt", "coil"];

fn dies_and_resumes(place: &str, phased: bool) {
    let scene = Scene::new();
    let run = scene.run(scene.plan(&NAMES, phased));
    assert_eq!(run.start(Some(place)).ended().signal(), ABORTED, "{place}: {}", run.log());
    for name in NAMES {
        let is_clear = || scene.is_whole(name) || scene.is_marked(name) || scene.is_absent(name);
        // What was sent may still be at work.
        wait_for(&format!("{name} after {place}"), || is_clear().then_some(()));
    }
    assert_eq!(run.finish(), 0, "{place} {phased}: {} {:?}", run.log(), run.state().causes);
    for name in NAMES {
        assert!(scene.is_whole(name), "{place} {phased} {name}");
    }
    assert_eq!(run.state().counts.applied, 3);
}

#[test]
fn a_worker_that_dies_while_a_target_is_one_transaction_leaves_nothing_or_all_of_it() {
    for place in [
        "before-started:1",
        "after-started:1",
        "after-created:1",
        "after-created:2",
        "after-verify:1",
        "answered:1",
        "before-result:1",
        "after-result:1",
        "before-ended:1",
        "sent:1",
        "sent:3",
        "sent:20",
    ] {
        dies_and_resumes(place, false);
    }
}

#[test]
fn a_worker_that_dies_while_a_target_is_several_transactions_leaves_a_mark() {
    for place in ["after-created:1", "after-structure:1", "after-rows:1", "after-rows:2", "after-verify:1", "answered:1"] {
        dies_and_resumes(place, true);
    }
}

#[test]
fn a_commit_that_nobody_heard_of_is_found() {
    for phased in [false, true] {
        let scene = Scene::new();
        let run = scene.run(scene.plan(&["acme"], phased));
        assert_eq!(run.start(Some("answered:1")).ended().signal(), ABORTED, "{}", run.log());
        assert!(scene.is_whole("acme"));
        assert_eq!(run.finish(), 0, "{}", run.log());
        let found = run.entries().iter().filter(|e| matches!(e.event, Event::Applied { how: How::Found, .. })).count();
        assert_eq!(found, 1, "{phased}");
    }
}

/// What a server that comes back may have lost of what it had confirmed; a server cannot be made to lose it at a chosen moment.
#[test]
fn what_a_server_forgot_is_made_again_and_what_a_person_changed_is_left() {
    for (phased, forgets) in [
        (false, "DROP SCHEMA acme CASCADE; DELETE FROM public.tenants WHERE schema_name = 'acme'"),
        (true, "DROP SCHEMA acme CASCADE; DELETE FROM public.tenants WHERE schema_name = 'acme'"),
        // Its last transaction alone.
        (
            true,
            "COMMENT ON SCHEMA acme IS 'tenantry: incomplete RUN'; DELETE FROM public.tenants WHERE schema_name = 'acme'",
        ),
    ] {
        let scene = Scene::new();
        let mut plan = scene.plan(&["acme", "bolt", "coil", "dale"], phased);
        plan.policy.concurrency = 1;
        let run = scene.run(plan);
        assert_eq!(run.start(Some("after-started:4")).ended().signal(), ABORTED, "{}", run.log());
        assert_eq!(run.state().counts.applied, 3, "{forgets}");
        scene.fleet.sql(&forgets.replace("RUN", &run.folder.id.0));
        scene.fleet.sql("GRANT USAGE ON SCHEMA bolt TO PUBLIC; ALTER SCHEMA coil RENAME TO core");
        assert_eq!(run.finish(), 0, "{forgets}: {} {:?}", run.log(), run.state().causes);
        assert!(scene.is_whole("acme") && scene.is_whole("dale"), "{forgets}");
        let vanished = |event: &Event| matches!(event, Event::Vanished { target, .. } if *target == 0);
        let entries = run.entries();
        assert!(entries.iter().any(|entry| vanished(&entry.event)), "{forgets}");
        let others = |event: &Event| matches!(event, Event::Vanished { target, .. } if *target != 0);
        assert!(!entries.iter().any(|entry| others(&entry.event)), "{forgets}: bolt and coil are there");
        assert_eq!(scene.fleet.sql("SELECT count(*) FROM pg_namespace WHERE nspname IN ('bolt', 'core', 'coil')"), ["2"]);
        let is_said = |event: &Event| matches!(event, Event::Noted { text } if text.contains("came back without what was applied to acme"));
        assert!(entries.iter().any(|entry| is_said(&entry.event)), "{forgets}");
    }
}

#[test]
fn a_connection_that_is_lost_in_the_middle_leaves_nothing_and_the_target_is_made_again() {
    for phased in [false, true] {
        let scene = Scene::new();
        let plan = scene.plan_of(&["acme"], phased, |cloning| {
            cloning
                .recipe
                .finish
                .push(made(("pause", "SELECT pg_sleep(CASE WHEN nextval('public.tries') = 1 THEN 600 ELSE 0 END)")));
        });
        scene.fleet.sql("CREATE SEQUENCE public.tries");
        let run = scene.run(plan);
        let worker = run.start(None);
        wait_for("the pause", || {
            let ended = scene.fleet.sql(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND datname = current_database()",
            );
            (ended == ["t"]).then_some(())
        });
        assert_eq!(worker.ended().code(), Some(0), "{phased}: {} {:?}", run.log(), run.state().causes);
        assert!(run.entries().iter().any(|entry| matches!(entry.event, Event::InDoubt { .. })));
        assert!(scene.is_whole("acme"), "{phased}");
    }
}

#[test]
fn a_run_that_is_cancelled_leaves_nothing() {
    for phased in [false, true] {
        let scene = Scene::new();
        let plan = scene.plan_of(&["acme"], phased, |cloning| {
            cloning.recipe.finish.push(made(("pause", "SELECT pg_sleep(600)")));
        });
        let run = scene.run(plan);
        let worker = run.start(None);
        wait_for("the pause", || {
            let at_work = scene
                .fleet
                .sql("SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND datname = current_database()");
            (at_work == ["1"]).then_some(())
        });
        run.control(&Control::Stop { cancel: true });
        assert_eq!(worker.ended().code(), Some(3), "{phased}: {}", run.log());
        assert_eq!(run.phase("acme"), Phase::Pending, "{phased}");
        wait_for("its end", || scene.is_absent("acme").then_some(()));
    }
}

#[test]
fn somebody_elses_schema_of_the_same_name_is_not_taken_for_ours() {
    let scene = Scene::new();
    let run = scene.run(scene.plan(&["acme"], false));
    assert_eq!(run.start(Some("after-created:1")).ended().signal(), ABORTED);
    wait_for("the end of the transaction", || scene.is_absent("acme").then_some(()));
    scene.fleet.sql("CREATE SCHEMA acme; CREATE TABLE acme.precious (id int)");
    assert_eq!(run.finish(), 3, "{}", run.log());
    assert_eq!(run.phase("acme"), Phase::Failed);
    assert_eq!(scene.fleet.sql("SELECT count(*) FROM acme.precious"), ["0"]);
}

#[test]
fn locks_that_do_not_suffice_for_one_transaction_suffice_for_several() {
    let options = [("max_locks_per_transaction", "10"), ("max_connections", "20"), ("max_prepared_transactions", "0")];
    let cluster = own_cluster(ClusterOptions { settings: settings(options), ..ClusterOptions::default() });
    let scene = Scene::of(Fleet::on(&cluster, 1));
    let table = |at: usize| (format!("table many_{at}"), format!("CREATE TABLE {{s}}.many_{at} (id int PRIMARY KEY)"));
    let tables: Vec<(String, String)> = (0..900).map(table).collect();
    for tables in tables.chunks(100) {
        let text: Vec<String> = tables.iter().map(|(_, sql)| sql.replace("{s}", "reference")).collect();
        scene.fleet.sql(&text.join(";\n"));
    }
    let with_many = |phased: bool| {
        let mut plan = scene.plan_of(&["acme"], phased, |cloning| {
            cloning.recipe.structure.extend(tables.iter().map(|(what, sql)| made((what, sql))));
        });
        plan.policy.concurrency = 1;
        plan
    };
    let run = scene.run(with_many(false));
    assert_eq!(run.finish(), 3, "{}", run.log());
    assert_eq!(run.cause(), CauseKind::Pressure);
    assert!(scene.is_absent("acme"));
    let run = scene.run(with_many(true));
    assert_eq!(run.finish(), 0, "{} {:?}", run.log(), run.state().causes);
    assert!(scene.is_whole("acme"));
}
