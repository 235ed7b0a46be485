//! What a clone in another database is told of what it rests on there.

use super::*;
use crate::domain::blueprint::Address;
use crate::plan::clone::Copy;

fn found(facets: &[&str]) -> Found {
    let at = Address { class: 1, oid: 2 };
    Found { at, facets: facets.iter().map(ToString::to_string).collect() }
}

/// Something of a kind and a name that is needed with these facets.
fn needed(kind: &str, name: &str, facets: &[&str]) -> Dependency {
    Dependency {
        here: found(facets),
        ways: vec!["use".into()],
        address: (kind.into(), vec![name.into()], Vec::new()),
        what: format!("{kind} {name}"),
        keys_of: Vec::new(),
        extension: None,
        is_inside: false,
    }
}

fn recipe(copied: &[&str]) -> Recipe {
    let copy = |table: &&str| Copy { table: (*table).to_owned(), columns: vec![], rows: 1, bytes: 1, sequences: vec![] };
    Recipe { copies: copied.iter().map(copy).collect(), ..Recipe::default() }
}

fn told(those: Vec<(Dependency, Looked)>) -> Vec<Note> {
    let (needed, there) = those.into_iter().unzip();
    notes(&Outside { needed, there }, ("main", "other"), "app", &recipe(&["orders"]))
}

/// What is said, refusals with `!` before them, hints behind a bar.
fn said(those: Vec<(Dependency, Looked)>) -> Vec<String> {
    let one = |note: &Note| {
        let sign = if note.refuses { "!" } else { "" };
        let hint = note.hint.as_ref().map(|hint| format!(" | {hint}")).unwrap_or_default();
        format!("{sign}{}: {}{hint}", note.rule, note.what)
    };
    told(those).iter().map(one).collect()
}

#[test]
fn within_one_database_nothing_is_looked_for() {
    let outside = Outside { needed: vec![needed("type", "kit.mood", &["label sad"])], there: Vec::new() };
    assert_eq!(notes(&outside, ("main", "main"), "app", &recipe(&[])), []);
}

#[test]
fn what_is_there_and_has_all_that_is_used_is_no_news() {
    let more = Looked::Found(found(&["label glad", "label sad"]));
    assert_eq!(said(vec![(needed("type", "kit.mood", &["label sad"]), more)]), Vec::<String>::new());
}

#[test]
fn what_an_extension_brings_is_missed_with_it_alone() {
    let brought = |mut dependency: Dependency| {
        dependency.extension = Some("cite\"xt".into());
        dependency
    };
    let extension = || (needed("extension", "cite\"xt", &["version 1.6"]), Looked::Absent);
    let kind = || (brought(needed("type", "public.citext", &[])), Looked::Absent);
    assert_eq!(
        said(vec![kind(), extension()]),
        ["!not-there: other lacks what the source needs: extension cite\"xt | CREATE EXTENSION \"cite\"\"xt\""]
    );
    // With something else among it no statement makes all of it.
    assert_eq!(
        said(vec![kind(), extension(), (needed("table", "kit.plans", &[]), Looked::Absent)]),
        [
            "!not-there: other lacks what the source needs: extension cite\"xt, table kit.plans | make it there first, in the same schemas"
        ]
    );
    // The extension is there, in another schema.
    assert_eq!(
        said(vec![kind()]),
        ["!not-there: other lacks what the source needs: type public.citext | make it there first, in the same schemas"]
    );
}

#[test]
fn what_cannot_be_looked_at_is_not_called_missing() {
    assert_eq!(
        said(vec![(needed("type", "kit.mood", &[]), Looked::Closed)]),
        [
            "!not-seen: our role may not see in other whether there is what the source needs: type kit.mood | GRANT USAGE on their schemas \
             to our role"
        ]
    );
}

#[test]
fn what_is_otherwise_is_told_with_what_it_lacks_and_of_an_extension_warned() {
    let mood = (needed("type", "kit.mood", &["label glad", "label sad"]), Looked::Found(found(&["label glad"])));
    let plans = (needed("table", "kit.plans", &["column id integer"]), Looked::Found(found(&[])));
    let citext = (needed("extension", "citext", &["version 1.6"]), Looked::Found(found(&["version 1.4"])));
    let said = said(vec![mood, plans, citext]);
    assert_eq!(
        said,
        [
            "other-version: other has extension citext in version 1.4, main in version 1.6: what is used of it is there, and may do otherwise",
            "!not-alike: other has not all that the source uses of type kit.mood (label sad), table kit.plans (column id integer) | \
             bring both databases to the same state first, or clone within one",
        ]
    );
}

#[test]
fn who_owns_the_source_need_not_be_there() {
    let role = |name: &str| (needed("role", name, &[]), Looked::Absent);
    assert_eq!(said(vec![role("app")]), Vec::<String>::new());
    assert!(said(vec![role("app"), role("reads")])[0].contains("needs: role reads |"));
}

#[test]
fn what_stands_in_the_source_by_an_extension_is_refused_and_looked_for_nowhere() {
    let mut inside = needed("type", "acme.citext", &[]);
    inside.is_inside = true;
    let said = said(vec![(inside, Looked::Absent)]);
    let [said] = said.as_slice() else { panic!("{said:?}") };
    assert!(said.starts_with("!extension-inside: ") && said.contains("which no clone has: type acme.citext"), "{said}");
}

#[test]
fn foreign_keys_are_told_of_tables_whose_rows_are_copied() {
    let mut plans = needed("table", "kit.plans", &[]);
    plans.keys_of = vec!["orders".into(), "visits".into()];
    let said = said(vec![(plans, Looked::Found(found(&[])))]);
    let [said] = said.as_slice() else { panic!("{said:?}") };
    assert!(said.starts_with("keys-elsewhere: foreign keys lead out of the source: orders to table kit.plans; "), "{said}");
}

#[test]
fn a_long_list_ends_with_how_many_more_there_are_and_hides_nothing_behind_signs() {
    let many = (0..22).map(|at| (needed("type", &format!("kit.t{at:02}\u{1b}"), &[]), Looked::Absent)).collect();
    let said = said(many);
    assert!(said[0].contains("type kit.t00\\x1b, ") && said[0].contains("type kit.t19\\x1b and 2 more"), "{said:?}");
}
