//! What a server says in the middle of a clone that nobody could foresee: its disk is full, or a text has no place in another encoding.

use tenantry::domain::run::{CauseKind, Event, Phase};
use tenantry::plan::Plan;

use super::scene::{Scene, made, structure};
use crate::runs::fleet::Run;
use crate::support::{Database, database_of, wait_for};

/// From now on the disk is full for commands of these kinds.
fn fill_disk(scene: &Scene<'_>, tags: &str) {
    scene.fleet.sql(&format!(
        "CREATE FUNCTION public.full_disk() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'could not extend file \
         \"base/5/1259\": No space left on device' USING ERRCODE = '53100'; END $$; \
         CREATE EVENT TRIGGER full_disk ON ddl_command_end WHEN TAG IN ({tags}) EXECUTE FUNCTION public.full_disk()"
    ));
}

fn free_disk(scene: &Scene<'_>) {
    scene.fleet.sql("DROP EVENT TRIGGER full_disk");
}

#[test]
fn a_full_disk_is_told_leaves_nothing_and_is_waited_for() {
    for phased in [false, true] {
        let scene = Scene::new();
        let run = scene.run(scene.plan(&["acme"], phased));
        fill_disk(&scene, "'CREATE INDEX'");
        let worker = run.start(None);
        let told = run.wait_event("the full disk", |event| matches!(event, Event::Retry { .. }));
        let Event::Retry { cause, .. } = told else { panic!("{told:?}") };
        assert_eq!((cause.kind, cause.sqlstate.as_deref()), (CauseKind::Server, Some("53100")));
        assert!(cause.what.ends_with("No space left on device"), "{cause:?}");
        assert_eq!(cause.hint.as_deref(), Some("free space on the server's disk"));
        // It may be tried again just now.
        wait_for("nothing of it", || scene.is_absent("acme").then_some(()));
        free_disk(&scene);
        assert_eq!(worker.ended().code(), Some(0), "{phased}: {} {:?}", run.log(), run.state().causes);
        assert!(scene.is_whole("acme"), "{phased}");
    }
}

#[test]
fn what_cannot_be_removed_either_stays_marked_until_it_can() {
    let scene = Scene::new();
    let run = scene.run(scene.plan(&["acme"], true));
    fill_disk(&scene, "'CREATE INDEX', 'DROP TABLE', 'DROP SCHEMA'");
    let worker = run.start(None);
    let told = run.wait_event("the doubt", |event| matches!(event, Event::InDoubt { .. }));
    let Event::InDoubt { why, .. } = told else { panic!("{told:?}") };
    assert!(why.starts_with("what was made of it could not be removed: ") && why.contains("No space left"), "{why}");
    assert!(scene.is_marked("acme"));
    free_disk(&scene);
    assert_eq!(worker.ended().code(), Some(0), "{} {:?}", run.log(), run.state().causes);
    assert!(scene.is_whole("acme"));
}

/// The plan of a scene for a database beside it.
fn plan(scene: &Scene<'_>, there: &Database, phased: bool) -> Plan {
    super::across::plan(scene, there, &["acme"], phased)
}

#[test]
fn a_text_without_a_place_in_another_encoding_ends_its_target() {
    const LATIN: &str = "ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0";
    for phased in [false, true] {
        let (scene, there) = (Scene::new(), database_of(LATIN));
        let run = |plan: Plan| Run::at_all(vec![("main", scene.fleet.dsn()), ("other", there.dsn())], plan);
        let is_absent = || there.sql("SELECT count(*) FROM pg_namespace WHERE nspname = 'acme'") == ["0"];
        let fails = |plan: Plan, words: &str| {
            let run = run(plan);
            assert_eq!(run.finish(), 3, "{phased}: {}", run.log());
            assert_eq!((run.phase("acme"), run.cause()), (Phase::Failed, CauseKind::Statement));
            let (cause, _) = &run.state().causes[0];
            assert_eq!(cause.sqlstate.as_deref(), Some("22P05"), "{cause:?}");
            assert!(cause.what.starts_with(words) && cause.what.contains("LATIN1"), "{cause:?}");
            assert!(is_absent(), "{phased}");
        };
        scene.fleet.sql("UPDATE reference.customers SET name = 'Zoë' WHERE id = 2");
        let fine = plan(&scene, &there, phased);
        let mut named = fine.clone();
        if let tenantry::plan::Kind::Clone(cloning) = &mut named.kind {
            cloning.recipe.last.insert(0, made(("comment on table orders", "COMMENT ON TABLE {s}.orders IS 'in €'")));
        }
        fails(named, "");
        scene.fleet.sql("UPDATE reference.customers SET name = '5 €' WHERE id = 1");
        fails(fine.clone(), "rows of table customers: ");
        scene.fleet.sql("UPDATE reference.customers SET name = 'five' WHERE id = 1");
        let run = run(fine);
        assert_eq!(run.finish(), 0, "{phased}: {} {:?}", run.log(), run.state().causes);
        assert_eq!(structure(&there.dsn(), "acme").exact, structure(&scene.fleet.dsn(), "reference").exact);
        assert_eq!(there.sql("SELECT name FROM acme.customers WHERE id = 2"), ["Zoë"]);
    }
}
