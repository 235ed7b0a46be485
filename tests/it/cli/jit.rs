//! `migrate --jit`: one tenant of an approved run now, whether a worker lives or not, and the sweep that does the rest.

use super::Said;
use super::migrate::Scene;
use crate::support::wait_for;

fn now(scene: &Scene, schema: &str) -> Said {
    scene.run(&["migrate", "--run", "last", "--jit", schema])
}

fn json(scene: &Scene) -> serde_json::Value {
    let shown = scene.run(&["runs", "show", "last", "--json"]).data();
    serde_json::from_str::<serde_json::Value>(&shown).expect("JSON")[0].clone()
}

/// Waits until no worker has the run.
fn settled(scene: &Scene) -> serde_json::Value {
    wait_for("the worker's end", || Some(json(scene)).filter(|run| run["alive"] == false))
}

#[test]
fn a_run_just_in_time_does_who_is_asked_for_and_the_sweep_the_rest() {
    let scene = Scene::new(6, "plain", "write");
    let approved = scene.run(&["migrate", "--yes", "--just-in-time", "--canary", "2"]);
    assert_eq!(approved.code, 0, "{approved:?}");
    assert!(approved.out.contains(" waits: 6 pending, "), "{}", approved.out);
    assert!(approved.err.contains("each when it is asked for"), "{}", approved.err);
    assert!(scene.is_untouched(), "nothing starts by itself");
    let run = settled(&scene);
    assert_eq!((&run["state"], &run["pending"], &run["workers"]), (&"waiting".into(), &6.into(), &1.into()));

    // One of the last stage, which waits for no canary.
    let done = now(&scene, "t05");
    assert_eq!(done.code, 0, "{done:?}");
    assert!(done.out.starts_with("t05 is up to date: 2 migrations, "), "{}", done.out);
    assert_eq!(scene.fleet.found("t05").0, ["0002_vip", "0003_orders"]);
    let run = settled(&scene);
    assert_eq!((&run["state"], &run["applied"], &run["pending"]), (&"waiting".into(), &1.into(), &5.into()));
    let shown = scene.run(&["runs", "show", "last"]).data();
    assert!(shown.contains("STILL WAITING\nt00, t01, t02, t03, t04\n"), "{shown}");

    // With everything applied nobody connects, nor starts a worker.
    let again = now(&scene, "t05");
    assert_eq!((again.code, again.err.as_str()), (0, ""));
    assert_eq!(json(&scene)["workers"], 2);
    let unknown = now(&scene, "t5");
    assert!(unknown.code == 2 && unknown.err.contains("t5 is not in the plan of run "), "{unknown:?}");

    let swept = scene.run(&["runs", "resume", "last"]);
    assert!(swept.code == 0 && swept.out.contains(" is done: 6 ok, "), "{swept:?}");
    assert!(scene.is_migrated());
    assert_eq!(now(&scene, "t00").code, 0);
}

#[test]
fn one_that_fails_is_told_tried_again_when_asked_and_many_halt_the_run() {
    let scene = Scene::new(6, "plain", "write");
    scene.fleet.sql("ALTER TABLE t02.customers ADD COLUMN vip text; ALTER TABLE t03.customers ADD COLUMN vip text");
    scene.fleet.sql("ALTER TABLE t04.customers ADD COLUMN vip text");
    assert_eq!(scene.run(&["migrate", "--yes", "--just-in-time", "--canary", "0"]).code, 0);
    let failed = now(&scene, "t02");
    assert_eq!(failed.code, 7, "{failed:?}");
    assert!(
        failed.out.starts_with("t02 is failed: column \"vip\" of relation \"customers\" already exists"),
        "{}",
        failed.out
    );
    scene.fleet.sql("ALTER TABLE t02.customers DROP COLUMN vip");
    assert_eq!(now(&scene, "t02").code, 0, "it is tried again");
    scene.fleet.sql("ALTER TABLE t01.customers ADD COLUMN vip text");
    assert_eq!([now(&scene, "t01").code, now(&scene, "t03").code, now(&scene, "t04").code], [7, 7, 7]);
    assert_eq!(settled(&scene)["state"], "halted", "three that fail for one cause are enough");
    let refused = now(&scene, "t05");
    assert!(refused.code == 8 && refused.err.contains(" halted: nothing more is started"), "{refused:?}");
    assert_eq!(scene.fleet.found("t05").0, Vec::<String>::new());
}

#[test]
fn a_worker_that_waits_for_a_word_takes_one_before_its_stage() {
    let scene = Scene::new(4, "plain", "write");
    assert_eq!(scene.run(&["migrate", "--yes", "--detach", "--go-ahead"]).code, 0);
    wait_for("the canary", || (json(&scene)["state"] == "paused").then_some(()));
    let done = now(&scene, "main/t03");
    assert_eq!(done.code, 0, "{done:?}");
    let run = json(&scene);
    assert_eq!((&run["state"], &run["applied"], &run["workers"]), (&"paused".into(), &2.into(), &1.into()));
    for wave in ["wave 1 of 2 waits", "wave 2 of 2 waits"] {
        wait_for(wave, || scene.run(&["runs", "show", "last"]).data().contains(wave).then_some(()));
        assert_eq!(scene.run(&["runs", "go-ahead", "last"]).code, 0);
    }
    assert_eq!(scene.run(&["runs", "attach", "last"]).code, 0);
    assert!(scene.is_migrated());
}

#[test]
fn many_who_ask_at_once_are_all_served() {
    let scene = Scene::new(8, "plain", "write");
    assert_eq!(scene.run(&["migrate", "--yes", "--just-in-time"]).code, 0);
    std::thread::scope(|scope| {
        let asked: Vec<_> = scene.fleet.tenants.iter().map(|tenant| scope.spawn(|| now(&scene, tenant))).collect();
        for asked in asked {
            let said = asked.join().expect("no panic");
            assert_eq!(said.code, 0, "{said:?}");
        }
    });
    assert!(scene.is_migrated());
    assert_eq!(settled(&scene)["state"], "done");
}
