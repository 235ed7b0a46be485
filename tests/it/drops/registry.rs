//! The tenant and its domains in the registry: gone in the same moment as the name of its schema, or not at all.

use tenantry::domain::run::CauseKind;
use tenantry::plan::Kind;

use super::{Scene, refusals};

pub(super) const REGISTRY: &str = "
CREATE TABLE public.client (id serial PRIMARY KEY, schema_name varchar(63) UNIQUE NOT NULL, name text);
CREATE TABLE public.domain (id serial PRIMARY KEY, domain text UNIQUE NOT NULL, is_primary bool NOT NULL,
    tenant_id int NOT NULL REFERENCES public.client DEFERRABLE INITIALLY DEFERRED);
INSERT INTO public.client (schema_name, name) VALUES ('acme', 'Acme'), ('bolt', 'Bolt');
INSERT INTO public.domain (domain, is_primary, tenant_id) VALUES ('acme.test', true, 1), ('www.acme.test', false, 1), ('bolt.test', true, 2);
";

fn scene() -> Scene {
    let scene = Scene::new(&["acme", "bolt"]);
    scene.database.sql(REGISTRY);
    scene
}

fn rows(scene: &Scene) -> Vec<String> {
    scene.database.sql(
        "SELECT c.schema_name, count(d.id) FROM public.client c LEFT JOIN public.domain d ON d.tenant_id = c.id GROUP BY 1 ORDER BY 1",
    )
}

#[test]
fn a_tenant_leaves_the_registry_with_its_schema() {
    let scene = scene();
    let stays = scene.plan(&["acme"], true, false).expect("a plan");
    assert!(stays.notes.iter().any(|note| note.rule == "registry-stays"), "{:?}", stays.notes);
    let plan = scene.plan(&["acme"], true, true).expect("a plan");
    let Kind::Drop(dropping) = &plan.kind else { panic!("a drop") };
    let counts: Vec<u64> = dropping.each[0].registry.iter().map(|change| change.rows).collect();
    assert_eq!((counts, refusals(&plan)), (vec![2, 1], vec![]));
    let run = scene.run(plan);
    assert_eq!(run.start(Some("part:2")).ended().code(), None, "it dies once it is marked");
    assert_eq!(rows(&scene), ["bolt|1"], "the application stopped seeing it at that moment");
    assert_eq!(run.finish(), 0, "{} {:?}", run.log(), run.state().causes);
    assert_eq!((scene.schemas(), rows(&scene)), (vec!["bolt".to_owned(), "public".to_owned()], vec!["bolt|1".to_owned()]));
}

#[test]
fn a_registry_that_changed_since_the_plan_keeps_everything() {
    let scene = scene();
    let run = scene.run(scene.plan(&["acme"], true, true).expect("a plan"));
    scene.database.sql("INSERT INTO public.domain (domain, is_primary, tenant_id) VALUES ('new.test', false, 1)");
    assert_eq!(run.finish(), 3, "{}", run.log());
    assert_eq!(run.cause(), CauseKind::Statement);
    assert_eq!(run.state().causes[0].0.what, "the registry does not have the rows of the plan: 3 rows instead of 2");
    assert_eq!((scene.schemas().len(), rows(&scene)), (3, vec!["acme|3".to_owned(), "bolt|1".to_owned()]));
}

#[test]
fn rows_that_lead_to_the_tenant_are_told_or_keep_it() {
    let scene = scene();
    scene.database.sql(
        "CREATE TABLE public.invoice (id int, client_id int REFERENCES public.client ON DELETE CASCADE); \
         CREATE TABLE public.ticket (id int, client_id int REFERENCES public.client); INSERT INTO public.ticket VALUES (1, 1)",
    );
    let plan = scene.plan(&["acme"], false, true).expect("a plan");
    let told = plan.notes.iter().find(|note| note.rule == "registry-followers").expect("a note");
    assert_eq!(told.what, "public.invoice: rows that lead to the tenant go with it");
    let run = scene.run(plan);
    assert_eq!(run.finish(), 3, "{}", run.log());
    assert_eq!(run.state().causes[0].0.sqlstate.as_deref(), Some("23503"), "{:?}", run.state().causes);
    assert_eq!((scene.schemas().len(), rows(&scene)), (3, vec!["acme|2".to_owned(), "bolt|1".to_owned()]));
}

#[test]
fn a_rename_takes_the_tenant_along_and_back() {
    let scene = scene();
    for (from, to) in [("acme", "zebra"), ("zebra", "acme")] {
        let run = scene.run(scene.rename(from, to, true).expect("a plan"));
        assert_eq!(run.finish(), 0, "{} {:?}", run.log(), run.state().causes);
        assert_eq!(rows(&scene).iter().filter(|row| **row == format!("{to}|2")).count(), 1, "{:?}", rows(&scene));
        assert!(scene.schemas().contains(&to.to_owned()) && !scene.schemas().contains(&from.to_owned()));
    }
    let stays = scene.rename("acme", "zebra", false).expect("a plan");
    assert!(stays.notes.iter().any(|note| note.rule == "registry-stays"), "{:?}", stays.notes);
}
