//! What the messages of a clone hold: names quoted, locks and guards at their places.

use super::*;
use crate::domain::structure::Fingerprint;
use crate::plan::clone::{Acting, Copy, Owners, Rows, Source, Template};
use crate::plan::sample;

fn cloning(phased: bool) -> Cloning {
    let mut table = Template::text("CREATE TABLE ");
    table.push_own("or\"ders").push(" (id int)");
    let copy = |table: &str| Copy {
        table: table.into(),
        columns: vec!["id".into()],
        rows: 1,
        bytes: 1,
        sequences: vec!["s".into()],
    };
    Cloning {
        source: Source { database: 0, oid: 7, schema: "o'neill".into(), owner: "app".into(), exact: Fingerprint(1) },
        rows: Rows::Tables(vec!["or\"ders".into()]),
        recipe: Recipe {
            structure: vec![Made { what: "table or\"ders".into(), sql: table }],
            copies: vec![copy("or\"ders")],
            ..Recipe::default()
        },
        owners: Owners::AsSource,
        acting: Acting::default(),
        phased,
        registry: vec![vec!["INSERT INTO public.t VALUES (1) -- one".into()]],
        unsaid: Vec::new(),
    }
}

#[test]
fn the_source_is_locked_before_the_moment_of_which_it_is_read() {
    let (plan, cloning) = (sample::plan(&["ac\"me"]), cloning(false));
    let making = Making::of(&plan, &cloning, 0, "01RUN").expect("a target");
    let begin = making.begin();
    let lock = begin.find("LOCK TABLE ONLY \"o'neill\".\"or\"\"ders\" IN ACCESS SHARE MODE").expect("a lock");
    assert!(begin.starts_with("BEGIN ISOLATION LEVEL REPEATABLE READ; SET LOCAL lock_timeout"), "{begin}");
    assert!(!begin[..lock].contains("SELECT"), "nothing is read before: {begin}");
    assert_eq!(
        making.chunk(&cloning.recipe.structure).matches("CREATE TABLE \"ac\"\"me\".\"or\"\"ders\" (id int)\n;").count(),
        1
    );
    let registry = making.registry().unwrap_or_default();
    assert!(registry.contains(";\nINSERT INTO public.t VALUES (1) -- one\n;\n"), "{registry}");
    assert_eq!(Making::of(&plan, &cloning, 1, "01RUN").map(|_| ()), None);
}

#[test]
fn a_target_in_several_transactions_is_marked_and_its_lock_outlives_them() {
    let plan = sample::plan(&["acme"]);
    let (one, several) = (cloning(false), cloning(true));
    let [one, several] = [&one, &several].map(|cloning| Making::of(&plan, cloning, 0, "01RUN").expect("a target").create());
    assert!(one.contains("pg_try_advisory_xact_lock(") && !one.contains("COMMENT"), "{one}");
    assert!(several.contains("pg_try_advisory_lock(") && several.contains("IS 'tenantry: incomplete 01RUN'"), "{several}");
}

#[test]
fn everybody_who_makes_a_schema_takes_the_same_lock() {
    let plan = sample::plan(&["acme", "bolt"]);
    let cloning = cloning(false);
    let key = |id, run| Making::of(&plan, &cloning, id, run).expect("a target").key();
    assert_eq!(key(0, "a"), key(0, "b"));
    assert_ne!(key(0, "a"), key(1, "a"));
}

#[test]
fn what_is_quoted_by_dollars_never_ends_early() {
    assert_eq!(dollar("a"), "$tenantry$");
    assert_eq!(dollar("a $tenantry$ b"), "$tenantry_$");
}

#[test]
fn each_part_says_as_whom_it_is_done() {
    let (plan, mut cloning) = (sample::plan(&["acme"]), cloning(true));
    cloning.acting = Acting {
        schema: As::Ours,
        maker: As::Owner,
        reader: As::Role("read\"er".into()),
        registrar: As::Role("clerk".into()),
    };
    let making = Making::of(&plan, &cloning, 0, "01RUN").expect("a target");
    let (maker, create) = ("SET LOCAL ROLE \"app\"", making.create());
    let at = |text: &str| create.find(text).unwrap_or_else(|| panic!("{text}: {create}"));
    assert!(at(OURS) < at("CREATE SCHEMA \"acme\" AUTHORIZATION \"app\";"), "{create}");
    assert!(at("CREATE SCHEMA") < at(maker) && at(maker) < at("COMMENT ON SCHEMA"), "{create}");
    assert_eq!(create.matches(OURS).count(), 2, "the source is looked at as our own role: {create}");
    let begin = making.begin();
    assert!(begin.contains(&format!("{maker}; LOCK TABLE")) && begin.contains(&format!("MODE; {OURS}")), "{begin}");
    for text in [
        making.chunk(&cloning.recipe.structure),
        making.chunk_apart(&cloning.recipe.structure, 7),
        making.begin_last(7),
        making.remove(7, "x.y"),
        making.remove_schema(7),
        making.without_default_privileges(7),
    ] {
        assert!(text.contains(maker), "{text}");
    }
    assert!(making.begin_source().contains("SET LOCAL ROLE \"read\"\"er\"; LOCK TABLE"));
    assert!(making.registry().is_some_and(|text| text.starts_with("SET LOCAL ROLE \"clerk\";")));
}

#[test]
fn so_many_commands_come_before_the_statements_of_a_message() {
    let (plan, cloning) = (sample::plan(&["acme"]), cloning(true));
    let making = Making::of(&plan, &cloning, 0, "01RUN").expect("a target");
    let text = making.chunk_apart(&cloning.recipe.structure, 7);
    let before = &text[..text.find("CREATE TABLE").expect("a statement")];
    let guard = before.find("DO $").expect("a guard");
    assert_eq!(before[..guard].matches(';').count() as u32 + 1, making.before_apart(), "{before}");
}
