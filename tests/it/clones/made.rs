//! What is made: whole, many at once, beside people who write in the source, and beside others who want the same.

use tenantry::domain::run::{CauseKind, Event, How, Phase};

use super::scene::{Scene, made};
use crate::support::{Psql, wait_for};

#[test]
fn a_target_is_all_that_its_source_is() {
    for phased in [false, true] {
        let scene = Scene::new();
        let names = ["acme", "O'Neill \"1\"", "größe.x"];
        let run = scene.run(scene.plan(&names, phased));
        assert_eq!(run.finish(), 0, "{phased}: {} {:?}", run.log(), run.state().causes);
        for name in names {
            assert!(scene.is_whole(name), "{phased} {name}");
        }
        let created = run.entries().iter().filter(|entry| matches!(entry.event, Event::Created { .. })).count();
        assert_eq!(created, 3);
        // By its OID each is looked for when its server was lost.
        assert!(run.state().created.len() == 3 && run.state().progress.is_empty());
        let locks = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())";
        wait_for("the locks to be given back", || (scene.fleet.sql(locks) == ["0"]).then_some(()));
    }
}

#[test]
fn fifty_targets_come_from_one_recipe() {
    let scene = Scene::new();
    let names: Vec<String> = (0..50).map(|at| format!("new_{at:02}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let run = scene.run(scene.plan(&names, false));
    assert_eq!(run.finish(), 0, "{} {:?}", run.log(), run.state().causes);
    assert_eq!(run.state().counts.applied, 50);
    for name in ["new_00", "new_49"] {
        assert!(scene.is_whole(name), "{name}");
    }
    assert_eq!(scene.fleet.sql("SELECT count(*) FROM public.tenants"), ["50"]);
    assert!(run.state().backends.len() <= 2, "two workers: {:?}", run.state().backends);
}

#[test]
fn people_who_write_in_the_source_neither_wait_nor_are_waited_for() {
    let scene = Scene::new();
    let change = "UPDATE reference.customers SET name = 'x'; INSERT INTO reference.customers VALUES (1000, 'y')";
    let writer = Holder::of(&scene, change);
    let run = scene.run(scene.plan(&["acme"], false));
    assert_eq!(run.finish(), 0, "{} {:?}", run.log(), run.state().causes);
    assert!(scene.is_whole("acme"), "what is not committed is not copied");
    writer.end();
}

#[test]
fn a_pooler_in_the_way_is_no_hindrance_to_one_transaction() {
    let pooler = crate::pooler::Pooler::start();
    let scene = Scene::of(crate::runs::fleet::Fleet::within(pooler.database.name(), 1));
    let with = |phased| {
        let mut plan = scene.plan(&["acme"], phased);
        plan.databases[0].pooler = true;
        crate::runs::fleet::Run::at(pooler.dsn(), plan)
    };
    let several = with(true);
    assert_eq!(several.finish(), 3, "{}", several.log());
    assert!(several.state().causes[0].0.what.contains("a pooler stands between"), "{:?}", several.state().causes);
    assert!(scene.is_absent("acme"));
    let one = with(false);
    assert_eq!(one.finish(), 0, "{} {:?}", one.log(), one.state().causes);
    assert!(scene.is_whole("acme"));
}

#[test]
fn of_two_who_make_the_same_only_one_does() {
    let scene = Scene::new();
    let slow = |scene: &Scene<'_>| {
        scene.plan_of(&["acme"], false, |cloning| {
            cloning.recipe.finish.push(made(("pause", "SELECT pg_sleep(0.5)")));
        })
    };
    let runs = [scene.run(slow(&scene)), scene.run(slow(&scene))];
    let workers = runs.each_ref().map(|run| run.start(None));
    let codes = workers.map(|worker| worker.ended().code());
    let phases: Vec<Phase> = runs.iter().map(|run| run.phase("acme")).collect();
    assert!(phases.contains(&Phase::Applied) && phases.contains(&Phase::Failed), "{phases:?} {codes:?}");
    assert!(scene.is_whole("acme"));
    let failed = runs.iter().find(|run| run.phase("acme") == Phase::Failed).expect("one");
    let (cause, _) = &failed.state().causes[0];
    assert_eq!(cause.sqlstate.as_deref(), Some("42P06"), "{cause:?}");
}

#[test]
fn what_is_there_already_is_never_touched() {
    let scene = Scene::new();
    scene.fleet.sql("CREATE SCHEMA acme; CREATE TABLE acme.precious (id int); INSERT INTO acme.precious VALUES (1)");
    for phased in [false, true] {
        let run = scene.run(scene.plan(&["acme", "bolt"], phased));
        assert_eq!(run.finish(), 3, "{}", run.log());
        assert_eq!((run.phase("acme"), run.cause()), (Phase::Failed, CauseKind::Statement));
        assert_eq!(run.phase("bolt"), Phase::Applied);
        assert_eq!(scene.fleet.sql("SELECT count(*) FROM acme.precious"), ["1"]);
        scene.fleet.sql("DROP SCHEMA bolt CASCADE; DELETE FROM public.tenants");
    }
}

#[test]
fn what_is_not_as_its_source_is_not_kept_and_says_what_differs() {
    for phased in [false, true] {
        let scene = Scene::new();
        let plan = scene.plan_of(&["acme"], phased, |cloning| {
            cloning.recipe.finish.retain(|made| made.what != "index customers_name");
        });
        let run = scene.run(plan);
        assert_eq!(run.finish(), 3, "{}", run.log());
        let (cause, _) = &run.state().causes[0];
        assert!(cause.what.contains("index customers_name on customers is missing"), "{cause:?}");
        assert!(scene.is_absent("acme"), "{phased}");
    }
}

#[test]
fn a_statement_that_fails_is_named_and_nothing_is_left() {
    for phased in [false, true] {
        let scene = Scene::new();
        let plan = scene.plan_of(&["acme", "bolt"], phased, |cloning| {
            cloning
                .recipe
                .finish
                .insert(1, made(("view broken", "CREATE VIEW {s}.broken AS SELECT nothing FROM {s}.orders")));
        });
        let run = scene.run(plan);
        assert_eq!(run.finish(), 3, "{}", run.log());
        let (cause, count) = &run.state().causes[0];
        assert!(cause.what.starts_with("view broken: column \"nothing\" does not exist"), "{cause:?}");
        assert_eq!(*count, 2, "one cause for both");
        assert!(scene.is_absent("acme") && scene.is_absent("bolt"), "{phased}");
    }
}

#[test]
fn a_source_that_is_not_what_it_was_is_not_cloned() {
    for (change, words) in [
        ("ALTER TABLE reference.orders ADD COLUMN late int", "it is not what it was"),
        ("DROP SCHEMA reference CASCADE", "the source changed since the plan"),
        ("ALTER SCHEMA reference RENAME TO other", "the source changed since the plan"),
        ("COMMENT ON TABLE reference.orders IS 'x'", "it is not what it was"),
    ] {
        for phased in [false, true] {
            let scene = Scene::new();
            let plan = scene.plan(&["acme"], phased);
            scene.fleet.sql(change);
            let run = scene.run(plan);
            assert_eq!(run.finish(), 3, "{change}: {}", run.log());
            let (cause, _) = &run.state().causes[0];
            assert!(cause.what.contains(words) && cause.what.contains("changed since the plan"), "{change}: {cause:?}");
            assert!(scene.is_absent("acme"), "{change} {phased}");
        }
    }
}

/// What comes is not what was sent: a trigger that the recipe makes before the rows changes a value, or keeps a row back.
#[test]
fn rows_that_are_not_those_of_the_source_are_not_kept() {
    for body in ["NEW.name := NEW.name || ' '; RETURN NEW", "IF NEW.id = 7 THEN RETURN NULL; END IF; RETURN NEW"] {
        for phased in [false, true] {
            let scene = Scene::new();
            let plan = scene.plan_of(&["acme"], phased, |cloning| {
                let function = format!(
                    "CREATE FUNCTION {{s}}.spoil() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN {}; END'",
                    body.replace('\'', "''")
                );
                let trigger =
                    "CREATE TRIGGER spoil BEFORE INSERT ON {s}.customers FOR EACH ROW EXECUTE FUNCTION {s}.spoil()";
                let spoiled = [("function spoil", function.as_str()), ("trigger spoil", trigger)];
                cloning.recipe.structure.extend(spoiled.map(made));
            });
            let run = scene.run(plan);
            assert_eq!(run.finish(), 3, "{body}: {}", run.log());
            let (cause, _) = &run.state().causes[0];
            assert!(cause.what.starts_with("table customers: "), "{body}: {cause:?}");
            assert!(scene.is_absent("acme"), "{body} {phased}");
        }
    }
}

/// The first target is made, and with its line in the registry the source is changed.
#[test]
fn a_source_that_changes_between_two_targets_is_not_cloned_any_more() {
    for (change, is_told) in [
        ("ALTER TABLE reference.orders ADD COLUMN late int", true),
        ("CREATE OR REPLACE FUNCTION reference.late() RETURNS int LANGUAGE sql AS 'SELECT 1'", true),
        ("COMMENT ON COLUMN reference.orders.mood IS 'x'", true),
        // Written, and yet what it was.
        ("ALTER TABLE reference.orders RENAME mood TO x; ALTER TABLE reference.orders RENAME x TO mood", false),
        ("ANALYZE reference.orders", false),
    ] {
        let scene = Scene::new();
        let mut plan = scene.plan_of(&["acme", "bolt"], false, |cloning| cloning.registry[0].push(change.to_owned()));
        plan.policy.concurrency = 1;
        let run = scene.run(plan);
        assert_eq!(run.finish(), if is_told { 3 } else { 0 }, "{change}: {}", run.log());
        let there = scene.fleet.sql("SELECT nspname FROM pg_namespace WHERE nspname IN ('acme', 'bolt') ORDER BY 1");
        assert_eq!(there, if is_told { &["acme"][..] } else { &["acme", "bolt"] }, "{change}");
        if is_told {
            let (cause, _) = &run.state().causes[0];
            assert!(cause.what.contains("changed since the plan"), "{change}: {cause:?}");
        }
    }
}

#[test]
fn a_role_that_may_not_make_schemas_is_told_so() {
    let scene = Scene::new();
    let role = format!("{}_reader", scene.fleet.name);
    scene.fleet.sql(&format!(
        "CREATE ROLE {role} LOGIN; GRANT USAGE ON SCHEMA reference TO {role}; GRANT SELECT ON ALL TABLES IN SCHEMA reference TO {role}"
    ));
    let mut plan = scene.plan(&["acme"], false);
    plan.databases[0].system_identifier = None;
    // What was granted is a part of the source.
    if let tenantry::plan::Kind::Clone(cloning) = &mut plan.kind {
        cloning.source.exact = super::scene::structure(&scene.fleet.dsn(), "reference").exact;
    }
    let run = crate::runs::fleet::Run::at(scene.fleet.cluster.dsn_as(&role, &scene.fleet.name), plan);
    assert_eq!(run.finish(), 3, "{}", run.log());
    assert_eq!(run.cause(), CauseKind::Privilege);
    assert!(scene.is_absent("acme"));
    scene.fleet.sql(&format!("DROP OWNED BY {role}; DROP ROLE {role}"));
}

#[test]
fn a_source_that_is_locked_is_waited_for_no_longer_than_the_plan_says() {
    let scene = Scene::new();
    let mut plan = scene.plan(&["acme"], false);
    // As often as this test needs to see it.
    plan.policy.retries = 250;
    let holder = Holder::of(&scene, "LOCK TABLE reference.orders IN ACCESS EXCLUSIVE MODE");
    let run = scene.run(plan);
    let worker = run.start(None);
    run.wait_event("a try that did not get the lock", |event| matches!(event, Event::Retry { .. }));
    holder.end();
    assert_eq!(worker.ended().code(), Some(0), "{}", run.log());
    assert!(scene.is_whole("acme"));
    let how = run.wait_event("the end", |event| matches!(event, Event::Applied { .. }));
    assert!(matches!(how, Event::Applied { how: How::Committed(_), .. }), "{how:?}");
}

/// Somebody with a transaction that is not committed.
pub(super) struct Holder(Psql);

impl Holder {
    /// Does this and holds the locks that it takes.
    pub(super) fn of(scene: &Scene<'_>, sql: &str) -> Self {
        let mut psql = Psql::start(scene.fleet.cluster.psql(&scene.fleet.name));
        psql.does(&format!("BEGIN; {sql}"));
        Self(psql)
    }

    pub(super) fn end(mut self) {
        self.0.does("ROLLBACK");
        assert!(self.0.ended().success());
    }
}
