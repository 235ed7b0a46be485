//! What is not dropped, by the plan and once more by the server.

use tenantry::domain::run::{CauseKind, Phase};
use tenantry::plan::Kind;

use super::kills::Open;
use super::{HOSTILE, Scene, quoted, refusals};

#[test]
fn what_all_use_and_what_others_depend_on_is_refused() {
    let scene = Scene::new(&[HOSTILE, "reference", "still"]);
    let of = |name: &str| refusals(&scene.plan(&[name], true, false).expect("a plan")).join(" ");
    assert_eq!((of(HOSTILE).as_str(), of("reference").as_str()), ("", "not-a-tenant"));
    assert_eq!((of("public").as_str(), of("still").as_str()), ("not-a-tenant", "not-a-tenant"));
    assert!(scene.plan(&["pg_catalog"], true, false).is_err());

    let own = quoted(HOSTILE);
    for (sql, named) in [
        (format!("CREATE VIEW public.seen AS SELECT * FROM {own}.item"), "view public.seen"),
        (format!("CREATE TABLE public.kid (id int REFERENCES {own}.item)"), "constraint kid_id_fkey on table public.kid"),
        (format!("CREATE TABLE public.typed (m {own}.mood)"), "column m of table public.typed"),
        (
            format!("CREATE TABLE public.counted (n int DEFAULT nextval('{own}.counter'))").replace("O'N", "O''N"),
            "default value for column n of table public.counted",
        ),
        (format!("CREATE FUNCTION public.f({own}.item[]) RETURNS int LANGUAGE sql AS 'SELECT 1'"), "function public.f("),
        (format!("CREATE TABLE public.heir () INHERITS ({own}.item)"), "table public.heir"),
        ("CREATE EXTENSION hstore SCHEMA still".to_owned(), ""),
    ] {
        scene.database.sql(&sql);
        let plan = scene.plan(&[HOSTILE], true, false).expect("a plan");
        if named.is_empty() {
            assert_eq!(refusals(&plan), Vec::<&str>::new(), "what is in another schema is none of its business");
            continue;
        }
        let said: Vec<&str> =
            plan.notes.iter().filter(|note| note.rule == "depended-on").map(|note| note.what.as_str()).collect();
        assert!(said.len() == 1 && said[0].contains(named), "{sql}: {said:?}");
        let undo = sql.split_whitespace().nth(1).map(|kind| match kind {
            "VIEW" => "DROP VIEW public.seen",
            "FUNCTION" => "DROP FUNCTION public.f",
            _ => "DROP TABLE IF EXISTS public.kid, public.typed, public.counted, public.heir",
        });
        scene.database.sql(undo.expect("a statement"));
    }
}

#[test]
fn an_extension_in_a_schema_keeps_it() {
    let scene = Scene::new(&[]);
    scene.database.sql("CREATE SCHEMA acme; CREATE EXTENSION hstore SCHEMA acme");
    assert!(scene.plan(&["acme"], true, false).is_err(), "it is the extension's");
}

#[test]
fn who_is_in_the_middle_of_something_keeps_a_schema() {
    let scene = Scene::new(&["acme", "bolt"]);
    let plan = scene.plan(&["acme"], false, false).expect("a plan");
    assert_eq!(refusals(&plan), Vec::<&str>::new());
    let open = Open::new(&scene, "SELECT count(*) FROM acme.item");
    let used = scene.plan(&["acme"], false, false).expect("a plan");
    assert_eq!(refusals(&used), ["in-use"], "{:?}", used.notes);
    assert_eq!(refusals(&scene.plan(&["bolt"], false, false).expect("a plan")), Vec::<&str>::new());
    // Whoever comes after the plan was approved is seen by the server.
    let run = scene.run(plan);
    assert_eq!(run.finish(), 3, "{}", run.log());
    assert_eq!((run.phase("acme"), run.cause()), (Phase::Failed, CauseKind::Contention));
    assert_eq!(run.state().causes[0].0.what, "others use the schema");
    assert_eq!(scene.schemas(), ["acme", "bolt", "public"]);
    drop(open);
    assert_eq!(run.retry(), 0, "{} {:?}", run.log(), run.state().causes);
    assert_eq!(scene.schemas(), ["bolt", "public"]);
}

#[test]
fn what_comes_to_depend_on_a_schema_after_the_plan_is_not_taken_along() {
    let scene = Scene::new(&["acme"]);
    let run = scene.run(scene.plan(&["acme"], true, false).expect("a plan"));
    scene.database.sql("CREATE VIEW public.late AS SELECT * FROM acme.item");
    assert_eq!(run.finish(), 3, "{}", run.log());
    let cause = run.state().causes[0].0.clone();
    assert!(cause.kind == CauseKind::Statement && cause.what.contains("public.late"), "{cause:?}");
    assert_eq!(scene.schemas(), ["acme", "public"]);
    assert_eq!(scene.database.sql("SELECT count(*) FROM public.late"), ["0"]);
}

#[test]
fn what_was_dropped_or_renamed_meanwhile_is_left_out() {
    use tenantry::domain::run::Skip;
    let scene = Scene::new(&["acme", "bolt"]);
    let run = scene.run(scene.plan(&["acme", "bolt"], false, false).expect("a plan"));
    scene.database.sql("DROP SCHEMA acme CASCADE; ALTER SCHEMA bolt RENAME TO other; CREATE SCHEMA bolt");
    assert_eq!(run.finish(), 3, "{}", run.log());
    assert_eq!((run.phase("acme"), run.phase("bolt")), (Phase::Skipped(Skip::Gone), Phase::Skipped(Skip::Renamed)));
    assert_eq!(scene.schemas(), ["bolt", "other", "public"]);
}

#[test]
fn keys_that_lead_out_go_and_what_they_led_to_stays() {
    let scene = Scene::new(&["acme"]);
    scene.database.sql(
        "CREATE TABLE public.country (id int PRIMARY KEY); INSERT INTO public.country VALUES (1); \
         ALTER TABLE acme.part ADD country int REFERENCES public.country",
    );
    let plan = scene.plan(&["acme"], true, false).expect("a plan");
    let Kind::Drop(dropping) = &plan.kind else { panic!("a drop") };
    assert_eq!((dropping.each[0].keys.as_slice(), refusals(&plan)), (&["public.country".to_owned()][..], vec![]));
    let run = scene.run(plan);
    assert_eq!(run.finish(), 0, "{} {:?}", run.log(), run.state().causes);
    assert_eq!(scene.schemas(), ["public"]);
    assert_eq!(scene.database.sql("SELECT count(*) FROM public.country"), ["1"]);
}

#[test]
fn who_does_not_own_a_schema_does_not_drop_it() {
    let scene = Scene::new(&["acme"]);
    let (role, member) = (format!("weak_{}", scene.database.name()), format!("owner_{}", scene.database.name()));
    scene.database.sql(&format!(
        "CREATE ROLE {member}; CREATE ROLE {role} LOGIN NOINHERIT; GRANT {member} TO {role}; \
         GRANT USAGE ON SCHEMA acme TO {role}; GRANT CREATE ON DATABASE {} TO {member}; \
         GRANT EXECUTE ON FUNCTION pg_control_system() TO {role}",
        scene.database.name()
    ));
    let dsn = scene.database.dsn_as(&role);
    let at = || crate::connect::target("main", &dsn);
    let plan = scene.plan_at(at(), &["acme"], true, false).expect("a plan");
    assert!(refusals(&plan).contains(&"not-owner"), "{:?}", plan.notes);
    // Who may become its owner does it as that role.
    scene
        .database
        .sql(&format!("ALTER SCHEMA acme OWNER TO {member}; GRANT SELECT ON ALL SEQUENCES IN SCHEMA acme TO {member}"));
    let plan = scene.plan_at(at(), &["acme"], true, false).expect("a plan");
    assert_eq!(refusals(&plan), ["archive-denied"], "the tables are another one's");
    scene.database.sql(&format!("GRANT SELECT, UPDATE ON ALL TABLES IN SCHEMA acme TO {member}"));
    let plan = scene.plan_at(at(), &["acme"], true, false).expect("a plan");
    assert_eq!(refusals(&plan), ["archive-denied"], "row security would hide rows");
    scene.database.sql("ALTER TABLE acme.item DISABLE ROW LEVEL SECURITY");
    let plan = scene.plan_at(at(), &["acme"], true, false).expect("a plan");
    let Kind::Drop(dropping) = &plan.kind else { panic!("a drop") };
    assert_eq!((dropping.each[0].role.as_deref(), refusals(&plan)), (Some(member.as_str()), vec![]), "{:?}", plan.notes);
    let run = crate::runs::fleet::Run::at(dsn.clone(), plan);
    assert_eq!(run.finish(), 0, "{} {:?}", run.log(), run.state().causes);
    assert_eq!(scene.schemas(), ["public"]);
    scene.database.sql(&format!("DROP OWNED BY {role}, {member}; DROP ROLE {role}, {member}"));
}
