//! What the messages of a clone hold: names quoted, locks and guards at their places.

use super::*;
use crate::domain::structure::Fingerprint;
use crate::plan::clone::{Copy, Owners, Rows, Source, Template};
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
        phased,
        registry: vec![vec!["INSERT INTO public.t VALUES (1) -- one".into()]],
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
    assert_eq!(making.registry().as_deref(), Some("INSERT INTO public.t VALUES (1) -- one\n;\n"));
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
