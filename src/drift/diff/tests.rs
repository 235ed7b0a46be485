//! Differences of small structures, and what must hold of any two.

use proptest::prelude::*;

use super::*;
use crate::domain::difference::{Sign, one_line};
use crate::domain::structure::Fingerprint;

/// `table orders`, `column orders.id`, `index a on orders`, with attributes behind a bar: `column orders.id | type=integer`.
/// A name before `?` is loose.
fn object(text: &str) -> Object {
    let (label, attributes) = text.split_once(" | ").unwrap_or((text, ""));
    let (word, rest) = label.split_once(' ').unwrap();
    let kind = Kind::from_word(word).unwrap();
    let (parent, name) = match (kind, rest.split_once(" on "), rest.split_once('.')) {
        (Kind::Column, _, Some((parent, name))) | (_, Some((name, parent)), _) => (Some(parent.to_owned()), name),
        _ => (None, rest),
    };
    let (name, is_name_loose) = name.strip_suffix('?').map_or((name, false), |name| (name, true));
    let attribute = |text: &str| {
        let (name, value) = text.split_once('=').unwrap();
        let aspect = match name {
            "definition" | "default" => Aspect::Deparsed,
            "position" => Aspect::Position,
            "body" => Aspect::Body,
            "owner" => Aspect::Owner,
            "grants" => Aspect::Grants,
            "comment" => Aspect::Comment,
            _ => Aspect::Definition,
        };
        Attribute { name: name.to_owned(), value: value.to_owned(), aspect }
    };
    let mut attributes: Vec<Attribute> = attributes.split("; ").filter(|text| !text.is_empty()).map(attribute).collect();
    attributes.sort();
    Object { kind, parent, name: name.to_owned(), is_name_loose, attributes }
}

fn structure(objects: Vec<Object>, major: u32) -> Structure {
    let mut objects: Vec<Arc<Object>> = objects.into_iter().map(Arc::new).collect();
    objects.sort();
    Structure { objects, shape: Fingerprint(0), exact: Fingerprint(0), major }
}

fn of(texts: &[&str]) -> Structure {
    structure(texts.iter().map(|text| object(text)).collect(), 15)
}

fn told(differences: &[Difference]) -> Vec<String> {
    differences.iter().map(|difference| format!("{} {}", Sign::of(difference).ascii(), one_line(difference))).collect()
}

fn differences(reference: &[&str], here: &[&str]) -> Vec<String> {
    told(&diff(&of(reference), &of(here), &Comparison::default()))
}

#[test]
fn of_an_object_on_one_side_that_is_told_which_is_compared() {
    let reference = of(&["table orders | comment=of customers; grants=app=SELECT; owner=app; persistence=permanent"]);
    let here = of(&["function f() | body=BEGIN END; grants=PUBLIC=EXECUTE", "column a.b | position=2; type=text"]);
    let names = |comparison: &Comparison| {
        let all = diff(&reference, &here, comparison);
        all.iter().flat_map(|it| it.object().attributes.iter().map(|one| one.name.clone())).collect::<Vec<_>>()
    };
    assert_eq!(names(&Comparison::default()), ["comment", "persistence", "position", "type", "body"]);
    let other = Comparison { positions: false, bodies: false, comments: false, grants: true, ..Comparison::default() };
    assert_eq!(names(&other), ["grants", "persistence", "type", "grants"]);
    // Two majors write the same differently; whose it is was not asked.
    let newer = structure(vec![object("index a | definition=X; owner=me")], 18);
    let all = diff(&of(&["index a | definition=Y; owner=you"]), &newer, &Comparison::default());
    let Difference::Incomparable { here, .. } = &all[0] else { panic!("{all:?}") };
    assert_eq!(here.get("owner"), None);
}

#[test]
fn what_belongs_to_a_missing_or_extra_table_is_not_told_again() {
    let orders = ["table orders", "column orders.id", "index a? on orders", "sequence orders_id_seq? | owned by=orders.id"];
    let tags = ["table tags", "column tags.id", "trigger t on tags"];
    assert_eq!(differences(&orders, &tags), ["- table orders", "+ table tags"]);
    let quoted = ["table Or ders", "sequence s? | owned by=\"Or ders\".id"];
    assert_eq!(differences(&quoted, &[]), ["- table Or ders"]);
    assert_eq!(differences(&["domain email", "constraint c? on email"], &[]), ["- domain email"]);
}

#[test]
fn a_column_in_the_middle_is_one_difference_and_moved_ones_are_as_few_as_can_be() {
    let columns = |names: &str| -> Vec<String> {
        let names = names.chars().enumerate();
        let columns = names.map(|(at, name)| format!("column t.{name} | type=integer; position={}", at + 1));
        ["table t".to_owned()].into_iter().chain(columns).collect()
    };
    for (reference, here, expected) in [
        ("abcd", "abxcd", vec!["+ column t.x"]),
        ("abcd", "acd", vec!["- column t.b"]),
        ("abcd", "bcda", vec!["~ column t.a: position"]),
        ("abcd", "dabc", vec!["~ column t.d: position"]),
        ("abcd", "xbacd", vec!["~ column t.a: position", "+ column t.x"]),
        ("abcd", "dcba", vec!["~ column t.a: position", "~ column t.b: position", "~ column t.c: position"]),
    ] {
        let (reference, here) = (columns(reference), columns(here));
        let texts = |list: &[String]| of(&list.iter().map(String::as_str).collect::<Vec<_>>());
        let found = diff(&texts(&reference), &texts(&here), &Comparison::default());
        // Of columns that changed places either may be called the moved one.
        assert_eq!(found.len(), expected.len(), "{:?}", told(&found));
        if expected.len() == 1 {
            assert_eq!(told(&found), expected);
        }
        let without = Comparison { positions: false, ..Comparison::default() };
        let found = diff(&texts(&reference), &texts(&here), &without);
        assert!(found.iter().all(|found| !matches!(found, Difference::Changed { .. })), "{:?}", told(&found));
    }
}

#[test]
fn loose_names_pair_by_definition_first_then_by_name_then_by_place() {
    let cases: [(&[&str], &[&str], &[&str]); 7] = [
        (&["index a? on t | definition=x"], &["index b? on t | definition=x"], &["= index a on t → b"]),
        // Swapped names mean the same.
        (
            &["index a? on t | definition=x", "index b? on t | definition=y"],
            &["index a? on t | definition=y", "index b? on t | definition=x"],
            &["= index a on t → b", "= index b on t → a"],
        ),
        (
            &["index a? on t | definition=x", "index b? on t | definition=x"],
            &["index c? on t | definition=x"],
            &["= index a on t → c", "- index b on t"],
        ),
        (&["index a? on t | definition=x"], &["index a? on t | definition=y"], &["~ index a on t: definition"]),
        (&["index a? on t | definition=x"], &["index b? on u | definition=x"], &["- index a on t", "+ index b on u"]),
        (&["sequence a? | owned by=t.id; type=integer"], &["sequence b? | owned by=t.id"], &["~ sequence a: type"]),
        (
            &["constraint a? on t | definition=PRIMARY KEY (id)"],
            &["constraint b? on t | definition=PRIMARY KEY (id, x)"],
            &["~ constraint a on t: definition"],
        ),
    ];
    for (reference, here, expected) in cases {
        assert_eq!(differences(reference, here), expected, "{reference:?}");
    }
    // A name that is not loose says what a thing is.
    assert_eq!(differences(&["table a | x=1"], &["table b | x=1"]), ["- table a", "+ table b"]);
}

#[test]
fn a_comparison_leaves_out_what_it_does_not_look_at() {
    let everything = Comparison { owners: true, grants: true, ..Comparison::default() };
    for (aspect, off) in [
        ("body", Comparison { bodies: false, ..everything.clone() }),
        ("comment", Comparison { comments: false, ..everything.clone() }),
        ("owner", Comparison { owners: false, ..everything.clone() }),
        ("grants", Comparison { grants: false, ..everything.clone() }),
    ] {
        let (one, other) = (format!("function f() | {aspect}=1"), format!("function f() | {aspect}=2"));
        let found = |comparison| told(&diff(&of(&[&one]), &of(&[&other]), comparison));
        assert_eq!(found(&everything), [format!("~ function f(): {aspect}")]);
        assert!(found(&off).is_empty());
    }
}

#[test]
fn texts_of_other_majors_are_not_comparable_and_all_else_is() {
    let view = |text: &str, major| structure(vec![object(text)], major);
    let found = |one: &str, other: &str, major| told(&diff(&view(one, 15), &view(other, major), &Comparison::default()));
    let (one, other) = ("view v | definition=SELECT t.a; columns=a", "view v | definition=SELECT a; columns=a");
    assert_eq!(found(one, other, 15), ["~ view v: definition"]);
    assert_eq!(found(one, other, 18), ["? view v: written differently by another major version"]);
    assert_eq!(found(one, "view v | definition=SELECT a; columns=b", 18), ["~ view v: columns, definition"]);
}

/// Objects of a small world, so that many of two structures are the same.
fn objects() -> impl Strategy<Value = Vec<Object>> {
    let column = ("[tu]", "[abcde]", 1..4_u8, 1..9_u8)
        .prop_map(|(table, name, kind, at)| format!("column {table}.{name} | type={kind}; position={at}"));
    let loose =
        ("[ab]", "[tu]", 1..4_u8).prop_map(|(name, table, text)| format!("index {name}? on {table} | definition={text}"));
    let sequence = ("[pq]", "[ab]").prop_map(|(name, column)| format!("sequence {name}? | owned by=t.{column}"));
    let function =
        ("[fg]", 1..3_u8, 1..3_u8).prop_map(|(name, body, cost)| format!("function {name}() | body={body}; cost={cost}"));
    let table = "[tu]".prop_map(|name| format!("table {name}"));
    let text = prop_oneof![3 => column, 2 => loose, 1 => sequence, 1 => function, 1 => table];
    proptest::collection::vec(text, 0..14).prop_map(|texts| {
        let mut objects: Vec<Object> = texts.iter().map(|text| object(text)).collect();
        objects.sort_by(|a, b| (a.kind, &a.parent, &a.name).cmp(&(b.kind, &b.parent, &b.name)));
        objects.dedup_by(|a, b| (a.kind, &a.parent, &a.name) == (b.kind, &b.parent, &b.name));
        // No two columns stand in one place.
        for (at, object) in objects.iter_mut().enumerate() {
            for attribute in object.attributes.iter_mut().filter(|attribute| attribute.aspect == Aspect::Position) {
                attribute.value = format!("{}{at:02}", attribute.value);
            }
        }
        objects
    })
}

proptest! {
    #[test]
    fn a_structure_does_not_differ_from_itself(objects in objects()) {
        let one = structure(objects, 15);
        prop_assert_eq!(diff(&one, &one, &Comparison::default()), vec![]);
    }

    #[test]
    fn what_one_side_misses_the_other_has_too_many(one in objects(), other in objects()) {
        let (one, other) = (structure(one, 15), structure(other, 15));
        let there = diff(&one, &other, &Comparison::default());
        let back = diff(&other, &one, &Comparison::default());
        let of = |differences: &[Difference], sign: Sign| {
            let told = differences.iter().filter(|difference| Sign::of(difference) == sign);
            told.map(|difference| difference.object().label()).collect::<Vec<_>>()
        };
        prop_assert_eq!(there.is_empty(), back.is_empty());
        prop_assert_eq!(of(&there, Sign::Missing).len(), of(&back, Sign::Extra).len());
        prop_assert_eq!(of(&there, Sign::Extra).len(), of(&back, Sign::Missing).len());
    }

    #[test]
    fn each_alteration_is_one_difference(objects in objects(), at in any::<prop::sample::Index>(), kind in 0..3_u8) {
        prop_assume!(!objects.is_empty());
        let at = at.index(objects.len());
        let one = structure(objects.clone(), 15);
        let mut altered = objects;
        let label = altered[at].label();
        // What goes with its table is told with it.
        let is_owner = altered[at].kind == Kind::Table;
        match kind {
            0 => drop(altered.remove(at)),
            1 => altered[at].attributes.push(Attribute { name: "zz".into(), value: "1".into(), aspect: Aspect::Definition }),
            _ => altered.push(object("view brand_new | definition=x")),
        }
        let found = diff(&one, &structure(altered, 15), &Comparison::default());
        prop_assert_eq!(found.len(), 1, "{} {}: {:?}", kind, label, told(&found));
        let expected = match kind { 0 => Sign::Missing, 1 => Sign::Changed, _ => Sign::Extra };
        prop_assert_eq!(Sign::of(&found[0]), expected);
        prop_assert!(kind == 2 || is_owner || found[0].object().label() == label || found[0].object().is_name_loose);
    }
}
