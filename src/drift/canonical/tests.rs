//! What a structure is made of: which attributes and names its fingerprints see, what is ignored, who owns.

use super::*;
use crate::domain::structure::{Aspect, Fingerprint};

fn object(kind: Kind, parent: Option<&str>, name: &str, attributes: &[(&str, &str, Aspect)]) -> Object {
    let attribute =
        |&(name, value, aspect): &(&str, &str, Aspect)| Attribute { name: name.into(), value: value.into(), aspect };
    Object {
        kind,
        parent: parent.map(str::to_owned),
        name: name.to_owned(),
        is_name_loose: matches!(kind, Kind::Index | Kind::Constraint),
        attributes: attributes.iter().map(attribute).collect(),
    }
}

fn canonical(objects: &[Object], comparison: &Comparison) -> Structure {
    structure(objects.to_vec(), &Origin { schema: "acme", owner: "app", major: 15 }, comparison)
}

fn orders() -> Vec<Object> {
    vec![
        object(Kind::Schema, None, "@", &[]),
        object(Kind::Table, None, "orders", &[("comment", "mine", Aspect::Comment), ("owner", "app", Aspect::Owner)]),
        object(
            Kind::Column,
            Some("orders"),
            "id",
            &[("type", "integer", Aspect::Definition), ("position", "1", Aspect::Position)],
        ),
        object(
            Kind::Column,
            Some("orders"),
            "legacy_x",
            &[("type", "text", Aspect::Definition), ("position", "2", Aspect::Position)],
        ),
        object(
            Kind::Index,
            Some("orders"),
            "orders_x",
            &[("definition", "CREATE INDEX orders_x ON orders USING btree (x)", Aspect::Deparsed)],
        ),
        object(
            Kind::Function,
            None,
            "touch",
            &[("()", "acme.mood, text", Aspect::Definition), ("body", "SELECT 1", Aspect::Body)],
        ),
    ]
}

fn fingerprints(objects: &[Object], comparison: &Comparison) -> (Fingerprint, Fingerprint) {
    let structure = canonical(objects, comparison);
    (structure.shape, structure.exact)
}

#[test]
fn neither_the_order_of_objects_nor_where_they_come_from_counts() {
    let all = Comparison::default();
    let mut turned = orders();
    turned.reverse();
    assert_eq!(canonical(&turned, &all), canonical(&orders(), &all));
    assert_eq!(canonical(&orders(), &all).objects[5].name, "touch(mood, text)");
}

#[test]
fn a_loose_name_counts_for_the_exact_fingerprint_only() {
    let all = Comparison::default();
    let mut renamed = orders();
    renamed[4].name = "ix_1".into();
    renamed[4].attributes[0].value = "CREATE INDEX ix_1 ON orders USING btree (x)".into();
    let (one, other) = (fingerprints(&orders(), &all), fingerprints(&renamed, &all));
    assert_eq!(one.0, other.0);
    assert_ne!(one.1, other.1);
}

#[test]
fn two_equal_objects_are_not_none() {
    let all = Comparison::default();
    let mut more = orders();
    let index = more[4].clone();
    more.extend([index.clone(), index]);
    assert_ne!(fingerprints(&more, &all).0, fingerprints(&orders(), &all).0);
}

#[test]
fn what_a_comparison_leaves_out_does_not_count() {
    let all = Comparison { owners: true, grants: true, ..Comparison::default() };
    let change = |at: usize, name: &str, value: &str, aspect| {
        let mut changed = orders();
        changed[at].attributes.retain(|attribute| attribute.name != name);
        changed[at].attributes.push(Attribute { name: name.into(), value: value.into(), aspect });
        changed
    };
    for (changed, without) in [
        (change(1, "comment", "yours", Aspect::Comment), Comparison { comments: false, ..all.clone() }),
        (change(1, "owner", "bob", Aspect::Owner), Comparison { owners: false, ..all.clone() }),
        (change(1, "grants", "SELECT to bob", Aspect::Grants), Comparison { grants: false, ..all.clone() }),
        (change(2, "position", "3", Aspect::Position), Comparison { positions: false, ..all.clone() }),
        (change(5, "body", "SELECT 2", Aspect::Body), Comparison { bodies: false, ..all.clone() }),
    ] {
        assert_ne!(fingerprints(&changed, &all), fingerprints(&orders(), &all));
        assert_eq!(fingerprints(&changed, &without), fingerprints(&orders(), &without));
        // It is told nevertheless.
        assert_ne!(canonical(&changed, &without).objects, canonical(&orders(), &without).objects);
    }
}

#[test]
fn what_is_ignored_goes_with_all_that_belongs_to_it() {
    let names = |kind: Option<Kind>, pattern: &str| -> Vec<String> {
        let ignore = vec![Ignore { kind, pattern: pattern.into() }];
        let structure = canonical(&orders(), &Comparison { ignore, ..Comparison::default() });
        structure.objects.iter().map(|object| object.label()).collect()
    };
    assert_eq!(names(Some(Kind::Table), "ord*"), ["schema @", "function touch(mood, text)"]);
    assert_eq!(names(None, "orders.legacy_*").len(), 5);
    assert_eq!(names(None, "touch").len(), 5);
    assert_eq!(names(Some(Kind::Index), "*").len(), 5);
    assert_eq!(names(None, "nothing").len(), 6);
}

#[test]
fn the_owner_of_the_schema_is_nobody_by_name() {
    let table = object(
        Kind::Table,
        None,
        "orders",
        &[("grants", "SELECT to bob\nINSERT, SELECT to app", Aspect::Grants), ("owner", "bob", Aspect::Owner)],
    );
    let structure = canonical(&[table], &Comparison::default());
    assert_eq!(structure.objects[0].get("grants"), Some("INSERT, SELECT to @owner\nSELECT to bob"));
    assert_eq!(structure.objects[0].get("owner"), Some("bob"));
    assert_eq!(canonical(&orders(), &Comparison::default()).objects[1].get("owner"), None);
}
