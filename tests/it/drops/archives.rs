//! What an archive holds: a schema that went comes back as it was. And who may read it.

use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;

use tenantry::domain::run::{CauseKind, Event, Phase};
use tenantry::plan::Kind;

use super::{HOSTILE, NEIGHBOUR, Scene, in_small_parts, quoted, structure};
use crate::connect::target;
use crate::support::{cluster, database, output, output_of, wait_for};

#[test]
fn what_is_dropped_can_be_restored_as_it_was() {
    let scene = Scene::new(&[HOSTILE, NEIGHBOUR]);
    scene.database.sql(&format!("COMMENT ON SCHEMA {} IS 'whose it is'", quoted(HOSTILE)));
    let before = scene.structure(HOSTILE);
    let plan = in_small_parts(scene.plan(&[HOSTILE], true, false).expect("a plan"));
    let refused: Vec<_> = plan.notes.iter().filter(|note| note.refuses).collect();
    assert!(refused.is_empty(), "{refused:?}");
    let Kind::Drop(dropping) = &plan.kind else { panic!("a drop") };
    let restore = dropping.archive.as_ref().expect("an archive").restore.clone();
    let run = scene.run(plan);
    assert_eq!(run.finish(), 0, "{} {:?}", run.log(), run.state().causes);
    assert_eq!(scene.schemas(), [NEIGHBOUR, "public"]);
    assert_eq!(scene.structure(NEIGHBOUR), before, "the neighbour is as it was, and both were made alike");

    let files: Vec<_> = std::fs::read_dir(scene.archives()).expect("a folder").flatten().collect();
    assert_eq!(files.len(), 1, "{files:?}");
    assert_eq!(files[0].metadata().expect("a file").permissions().mode() & 0o777, 0o600);
    let note = run.wait_event("a note", |event| matches!(event, Event::Noted { .. }));
    let path = files[0].path();
    assert!(matches!(&note, Event::Noted { text } if text.contains(path.to_str().expect("UTF-8"))), "{note:?}");

    let other = database();
    let restored = output(Command::new(restore).args(["--exit-on-error", "-d", &other.dsn()]).arg(&path));
    assert!(restored.status.success(), "{}", String::from_utf8_lossy(&restored.stderr));
    assert_eq!(structure(&target("main", &other.dsn()), HOSTILE), before);
    assert_eq!(other.sql(&format!("SELECT w FROM {}.part", quoted(HOSTILE))), ["7"]);
    assert_eq!(
        other.sql("SELECT obj_description(oid, 'pg_namespace') FROM pg_namespace WHERE nspname LIKE 'O%'"),
        ["whose it is"]
    );
}

#[test]
fn a_password_reaches_pg_dump_and_nobody_else() {
    let scene = Scene::new(&["acme"]);
    let role = format!("dumper_{}", scene.database.name());
    scene.database.sql(&format!("CREATE ROLE {role} LOGIN SUPERUSER PASSWORD 'p:w\\d'"));
    let dsn =
        format!("host=127.0.0.1 port={} dbname={} user={role} password='p:w\\\\d'", cluster().port(), scene.database.name());
    let plan = scene.plan_at(target("main", &dsn), &["acme"], true, false).expect("a plan");
    assert!(!serde_json::to_string(&plan).expect("JSON").contains("p:w"));
    let run = crate::runs::fleet::Run::at(dsn, plan);
    assert_eq!(run.finish(), 0, "{} {:?}", run.log(), run.state().causes);
    assert_eq!(scene.schemas(), ["public"]);
    let journal = std::fs::read_to_string(run.folder.path.join("journal.jsonl")).expect("a journal");
    assert!(!journal.contains("p:w") && !run.log().contains("p:w"), "{journal}");
    scene.database.sql(&format!("DROP OWNED BY {role}; DROP ROLE {role}"));
}

#[test]
fn nothing_goes_when_the_archive_cannot_be_written() {
    let scene = Scene::new(&["acme"]);
    let mut plan = scene.plan(&["acme"], true, false).expect("a plan");
    let Kind::Drop(dropping) = &mut plan.kind else { panic!("a drop") };
    let archive = dropping.archive.as_mut().expect("an archive");
    archive.folder = "/proc/nowhere".into();
    let run = scene.run(plan);
    assert_eq!(run.finish(), 3, "{}", run.log());
    assert_eq!((run.phase("acme"), run.cause()), (Phase::Failed, CauseKind::Statement));
    assert!(run.state().causes[0].0.what.starts_with("the archive cannot be written: "), "{:?}", run.state().causes);
    assert_eq!(scene.schemas(), ["acme", "public"]);
    let open = "SELECT pid FROM pg_stat_activity WHERE application_name LIKE 'tenantry/run/%' \
                AND datname = current_database()";
    wait_for("the end of our sessions", || scene.database.sql(open).is_empty().then_some(()));
}

#[test]
fn an_archive_that_misses_something_stops_the_drop() {
    let scene = Scene::new(&["acme"]);
    let mut plan = scene.plan(&["acme"], true, false).expect("a plan");
    let Kind::Drop(dropping) = &mut plan.kind else { panic!("a drop") };
    let archive = dropping.archive.as_mut().expect("an archive");
    // A program that lists less than there is.
    let liar = scene.folder.path().join("liar");
    let text = format!("#!/bin/sh\n{} \"$@\" | grep -v ' TABLE DATA .* part_2024 '\n", archive.restore);
    // Written by another process: what this one is about to start beside us would keep the file open for a moment, and it could not run.
    let written = output_of(Command::new("sh").args(["-c", "cat > \"$0\" && chmod 755 \"$0\""]).arg(&liar), &text);
    assert!(written.status.success(), "{written:?}");
    archive.restore = liar.to_str().expect("UTF-8").to_owned();
    let run = scene.run(plan);
    assert_eq!(run.finish(), 3, "{}", run.log());
    let what = run.state().causes[0].0.what.clone();
    assert_eq!(what, "the archive misses table {schema}.part_2024");
    assert_eq!(scene.schemas(), ["acme", "public"]);
    let files: Vec<_> =
        std::fs::read_dir(scene.archives()).expect("a folder").flatten().map(|file| file.file_name()).collect();
    assert_eq!(files, ["liar"], "half an archive is of no use");
}
