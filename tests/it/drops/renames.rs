//! Renames: what they refuse, what they tell, and that a worker that dies does not do them twice or by halves.

use std::os::unix::process::ExitStatusExt as _;

use tenantry::domain::run::{CauseKind, Phase, Skip};

use super::{HOSTILE, Scene, quoted, refusals};

#[test]
fn a_schema_gets_another_name_whatever_is_in_either() {
    let scene = Scene::new(&[HOSTILE]);
    let before = scene.structure(HOSTILE);
    let to = "Neu; DROP SCHEMA \"public\" --'";
    let run = scene.run(scene.rename(HOSTILE, to, false).expect("a plan"));
    assert_eq!(run.finish(), 0, "{} {:?}", run.log(), run.state().causes);
    assert_eq!(scene.schemas(), [to, "public"]);
    let back = scene.run(scene.rename(to, HOSTILE, false).expect("a plan"));
    assert_eq!(back.finish(), 0, "{} {:?}", back.log(), back.state().causes);
    assert_eq!(scene.structure(HOSTILE), before);
}

#[test]
fn what_cannot_be_or_must_not_be_is_refused() {
    let scene = Scene::new(&["acme", "reference"]);
    let fault = |to: &str| scene.rename("acme", to, false).map(drop).unwrap_err().what;
    assert_eq!(fault("reference"), "there is a schema reference already");
    assert_eq!(fault("pg_acme"), "pg_acme: names that begin with pg_ are PostgreSQL's own");
    assert!(fault(&"x".repeat(64)).starts_with("a name has 63 bytes at most, this one has 64: xxx"));
    assert_eq!(refusals(&scene.rename("reference", "other", false).expect("a plan")), ["not-a-tenant"]);
    assert_eq!(refusals(&scene.rename("public", "other", false).expect("a plan")), ["not-a-tenant"]);
    // Somebody takes the name after the plan.
    let run = scene.run(scene.rename("acme", "bolt", false).expect("a plan"));
    scene.database.sql("CREATE SCHEMA bolt");
    assert_eq!(run.finish(), 3, "{}", run.log());
    assert_eq!((run.phase("acme"), run.cause()), (Phase::Failed, CauseKind::Statement));
    scene.database.sql("ALTER SCHEMA acme RENAME TO elsewhere");
    assert_eq!(run.retry(), 3, "{}", run.log());
    assert_eq!(run.phase("acme"), Phase::Skipped(Skip::Renamed));
}

#[test]
fn what_names_it_in_its_text_is_told() {
    let scene = Scene::new(&["acme"]);
    let role = format!("reader_{}", scene.database.name());
    scene.database.sql(&format!(
        "CREATE FUNCTION public.total() RETURNS bigint LANGUAGE sql AS 'SELECT count(*) FROM acme.item'; \
         CREATE FUNCTION public.other() RETURNS int LANGUAGE sql AS 'SELECT 1 AS not_acme'; \
         CREATE VIEW public.fine AS SELECT * FROM acme.item; \
         CREATE ROLE {role}; ALTER ROLE {role} SET search_path = acme, public"
    ));
    let plan = scene.rename("acme", "bolt", false).expect("a plan");
    let told = plan.notes.iter().find(|note| note.rule == "named-in-text").expect("a note");
    assert!(told.what.contains("function public.total()") && !told.what.contains("public.other"), "{}", told.what);
    assert!(told.what.contains(&format!("a setting of role {role}")) || told.what.contains("more"), "{}", told.what);
    assert_eq!(refusals(&plan), Vec::<&str>::new());
    let run = scene.run(plan);
    assert_eq!(run.finish(), 0, "{} {:?}", run.log(), run.state().causes);
    assert_eq!(scene.database.sql("SELECT count(*) FROM public.fine"), ["0"], "views know it by its number");
    scene.database.sql(&format!("DROP ROLE {role}"));
}

#[test]
fn a_worker_that_dies_around_the_commit_finds_the_name() {
    for place in ["after-started:1", "sent:1", "answered:1"] {
        let scene = Scene::new(&["acme"]);
        scene.database.sql(&format!("COMMENT ON SCHEMA {} IS 'whose it is'", quoted("acme")));
        scene.slow();
        let run = scene.run(scene.rename("acme", "bolt", false).expect("a plan"));
        assert_eq!(run.start(Some(place)).ended().signal(), Some(6), "{place}: {}", run.log());
        assert_eq!(run.finish(), 0, "{place}: {} {:?}", run.log(), run.state().causes);
        assert_eq!((scene.schemas(), run.phase("acme")), (vec!["bolt".to_owned(), "public".to_owned()], Phase::Applied));
        assert_eq!(scene.database.sql("SELECT obj_description('bolt'::regnamespace, 'pg_namespace')"), ["whose it is"]);
    }
}
