//! A worker that dies at any step of a drop, or is stopped in the middle: the next one goes on with what the catalogue says.

use std::os::unix::process::ExitStatusExt as _;

use tenantry::domain::run::{Control, Event, How, Phase};

use super::{HOSTILE, NEIGHBOUR, Scene, in_small_parts, quoted};
use crate::support::{Psql, wait_for};

const ABORTED: Option<i32> = Some(6);

/// Lets a worker die at a place, then another one finish; gives the schemas in between.
fn dies_and_resumes(place: &str, archive: bool) -> Vec<String> {
    let scene = Scene::new(&[HOSTILE, NEIGHBOUR]);
    if place.starts_with("sent") {
        scene.slow();
    }
    let run = scene.run(in_small_parts(scene.plan(&[HOSTILE], archive, false).expect("a plan")));
    assert_eq!(run.start(Some(place)).ended().signal(), ABORTED, "{place}: {} {:?}", run.log(), run.state().causes);
    let between = scene.schemas();
    assert_eq!(run.finish(), 0, "{place}: {} {:?}", run.log(), run.state().causes);
    assert_eq!(run.phase(HOSTILE), Phase::Applied, "{place}");
    assert_eq!(scene.schemas(), [NEIGHBOUR, "public"], "{place}");
    let files = std::fs::read_dir(scene.archives()).expect("a folder").flatten();
    let names: Vec<String> = files.map(|file| file.file_name().to_string_lossy().into_owned()).collect();
    assert_eq!(names.len(), usize::from(archive), "{place}: {names:?}");
    assert!(
        names.iter().all(|name| std::path::Path::new(name).extension().is_some_and(|end| end == "dump")),
        "{place}: {names:?}"
    );
    between
}

fn is_marked(schemas: &[String]) -> bool {
    schemas.iter().any(|schema| schema.starts_with("tenantry_dropped_"))
}

#[test]
fn a_worker_that_dies_before_the_mark_has_changed_nothing() {
    for (place, archive) in [("after-started:1", true), ("part:1", true), ("after-started:1", false)] {
        let between = dies_and_resumes(place, archive);
        assert!(!is_marked(&between) && between.len() == 3, "{place}: {between:?}");
    }
}

#[test]
fn a_worker_that_dies_after_the_mark_goes_on_removing() {
    for (place, archive) in [("part:2", true), ("part:1", false), ("part:3", false), ("part:9", false)] {
        let between = dies_and_resumes(place, archive);
        assert!(is_marked(&between) && between.len() == 3, "{place}: {between:?}");
    }
}

#[test]
fn a_worker_that_dies_with_a_message_on_its_way_finds_what_became_of_it() {
    // What makes or removes something takes its time, so that it is surely at work when the worker dies.
    for place in ["sent:1", "sent:2", "sent:5"] {
        dies_and_resumes(place, false);
    }
}

#[test]
fn a_worker_that_dies_with_the_last_answer_finds_the_schema_gone() {
    let scene = Scene::new(&["acme"]);
    let run = scene.run(scene.plan(&["acme"], false, false).expect("a plan"));
    assert_eq!(run.start(Some("answered:1")).ended().signal(), ABORTED, "{}", run.log());
    assert_eq!(scene.schemas(), ["public"]);
    assert_eq!(run.finish(), 0, "{}", run.log());
    let found = |event: &Event| matches!(event, Event::Applied { how: How::Found, .. });
    assert!(run.entries().iter().any(|entry| found(&entry.event)));
}

#[test]
fn what_is_stopped_half_way_keeps_its_mark_and_is_told_and_can_be_finished() {
    let scene = Scene::new(&["acme"]);
    // Somebody looks at a table, which the removal waits for.
    let plan = in_small_parts(scene.plan(&["acme"], false, false).expect("a plan"));
    let run = scene.run(tenantry::plan::Plan {
        policy: tenantry::plan::RunPolicy { lock_timeout_ms: 600_000, ..plan.policy.clone() },
        ..plan
    });
    assert_eq!(run.start(Some("part:1")).ended().signal(), ABORTED, "{}", run.log());
    let marked = scene.schemas()[1].clone();
    assert!(is_marked(std::slice::from_ref(&marked)), "{marked}");
    let open = Open::new(&scene, &format!("SELECT count(*) FROM {}.item", quoted(&marked)));
    let worker = run.start(None);
    wait_for("a removal that waits", || {
        let waits = "SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'tenantry/run/%' AND wait_event_type = 'Lock' \
                     AND datname = current_database()";
        (scene.database.sql(waits) != ["0"]).then_some(())
    });
    run.control(&Control::Stop { cancel: true });
    assert_eq!(worker.ended().code(), Some(3), "{}", run.log());
    assert_eq!(run.phase("acme"), Phase::Dirty);
    let said = run.wait_event("a note", |event| matches!(event, Event::Noted { .. }));
    assert!(matches!(&said, Event::Noted { text } if text.contains(&marked) && text.contains("acme")), "{said:?}");
    std::mem::drop(open);
    assert_eq!(run.retry(), 0, "{} {:?}", run.log(), run.state().causes);
    assert_eq!(scene.schemas(), ["public"]);
}

#[test]
fn what_is_marked_and_not_yet_removed_is_taken_back_by_a_rename() {
    let scene = Scene::new(&[HOSTILE]);
    scene.database.sql(&format!("COMMENT ON SCHEMA {} IS 'whose it is'", quoted(HOSTILE)));
    let before = scene.structure(HOSTILE);
    let run = scene.run(scene.plan(&[HOSTILE], false, false).expect("a plan"));
    assert_eq!(run.start(Some("part:1")).ended().signal(), ABORTED, "{}", run.log());
    let marked = scene.schemas()[1].clone();
    let comment = "SELECT obj_description(oid, 'pg_namespace') FROM pg_namespace WHERE nspname ~ '^(tenantry|O)'";
    let remark = scene.database.sql(comment).join("\n");
    assert!(remark.starts_with("tenantry: was \"O'Neill \"\"1\"\".*\"") && remark.ends_with("whose it is"), "{remark}");
    let back = scene.run(scene.rename(&marked, HOSTILE, false).expect("a plan"));
    assert_eq!(back.finish(), 0, "{} {:?}", back.log(), back.state().causes);
    assert_eq!((scene.structure(HOSTILE), scene.database.sql(comment).join("\n")), (before, "whose it is".to_owned()));
    // The run that had begun finds it under its old name and would begin anew: the person who took it back prunes that run.
    assert_eq!(scene.schemas(), [HOSTILE, "public"]);
}

/// A psql that keeps a transaction open until it is dropped.
pub(super) struct Open(#[expect(dead_code, reason = "it holds what it holds as long as it lives")] Psql);

impl Open {
    pub(super) fn new(scene: &Scene, sql: &str) -> Self {
        let mut psql = Psql::start(scene.database.cluster().psql(scene.database.name()));
        // Psql calls itself as our own sessions do, which are in nobody's way.
        psql.does(&format!("SET application_name = app; BEGIN; {sql}"));
        Self(psql)
    }
}
