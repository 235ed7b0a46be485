//! Drops and renames by a role that inherits nothing and may become the owner: of the schema, and of the registry.

use tenantry::plan::Kind;

use super::registry::REGISTRY;
use super::{Scene, refusals, rename_at};
use crate::connect::target;
use crate::runs::fleet::Run;

/// A schema and a registry of `owner`, and a role that may become that.
fn scene() -> (Scene, String, String) {
    let scene = Scene::new(&[]);
    let [owner, member] = ["owner", "member"].map(|name| format!("{name}_{}", scene.database.name()));
    let database = scene.database.name();
    scene.database.sql(&format!(
        "CREATE ROLE {owner}; CREATE ROLE {member} LOGIN NOINHERIT; GRANT {owner} TO {member}; GRANT CREATE ON DATABASE {database} TO {owner}; \
         GRANT ALL ON SCHEMA public TO {owner}; SET ROLE {owner}; CREATE SCHEMA acme; CREATE TABLE acme.item (id serial, name text); \
         INSERT INTO acme.item (name) VALUES ('one'); GRANT USAGE ON SCHEMA acme TO {member}; {REGISTRY} \
         GRANT SELECT ON public.client, public.domain TO {member}"
    ));
    (scene, owner, member)
}

#[test]
fn a_member_of_the_owner_does_both_as_the_owner() {
    let (scene, owner, member) = scene();
    let dsn = scene.database.dsn_as(&member);
    let at = || target("main", &dsn);
    let plan = rename_at(at(), "acme", "zebra", true).expect("a plan");
    let Kind::Rename(renaming) = &plan.kind else { panic!("a rename") };
    let both = (renaming.role.as_deref(), renaming.registrar.as_deref());
    assert_eq!((both, refusals(&plan)), ((Some(owner.as_str()), Some(owner.as_str())), vec![]));
    let run = Run::at(dsn.clone(), plan);
    assert_eq!(run.finish(), 0, "{} {:?}", run.log(), run.state().causes);
    assert_eq!(scene.database.sql("SELECT schema_name FROM public.client ORDER BY 1"), ["bolt", "zebra"]);
    let plan = scene.plan_at(at(), &["zebra"], true, true).expect("a plan");
    assert_eq!(refusals(&plan), Vec::<&str>::new());
    let run = Run::at(dsn.clone(), plan);
    assert_eq!(run.finish(), 0, "{} {:?}", run.log(), run.state().causes);
    assert_eq!(scene.schemas(), ["public"]);
    assert_eq!(scene.database.sql("SELECT schema_name FROM public.client"), ["bolt"]);
}

#[test]
fn what_a_member_may_not_change_is_refused_in_the_plan() {
    let (scene, owner, member) = scene();
    let dsn = scene.database.dsn_as(&member);
    let at = || target("main", &dsn);
    scene.database.sql("ALTER TABLE public.client OWNER TO postgres; ALTER TABLE public.domain OWNER TO postgres");
    assert_eq!(refusals(&rename_at(at(), "acme", "zebra", true).expect("a plan")), ["registry-denied"]);
    let plan = scene.plan_at(at(), &["acme"], false, true).expect("a plan");
    assert_eq!(refusals(&plan), ["registry-denied"]);
    let hint = plan.notes.iter().find(|note| note.refuses).and_then(|note| note.hint.clone()).unwrap_or_default();
    assert!(hint.contains(&format!("GRANT DELETE ON TABLE public.client TO \"{member}\"")), "{hint}");
    scene.database.sql("CREATE SEQUENCE acme.another; ALTER SEQUENCE acme.another OWNER TO postgres");
    let plan = scene.plan_at(at(), &["acme"], true, false).expect("a plan");
    assert_eq!(refusals(&plan), ["archive-denied"], "an archive holds where sequences stand");
    scene.database.sql(&format!("REVOKE CREATE ON DATABASE {} FROM {owner}", scene.database.name()));
    assert_eq!(refusals(&rename_at(at(), "acme", "zebra", false).expect("a plan")), ["no-create"]);
}
