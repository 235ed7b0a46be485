//! Proposals of small differences, word by word.

use std::sync::Arc;

use super::*;
use crate::domain::structure::{Aspect, Attribute, Change, Fingerprint, Object};

fn object(kind: Kind, parent: Option<&str>, name: &str, attributes: &[(&str, &str)]) -> Arc<Object> {
    let attribute = |(name, value): &(&str, &str)| Attribute {
        name: (*name).to_owned(),
        value: (*value).to_owned(),
        aspect: Aspect::Definition,
    };
    let mut attributes: Vec<Attribute> = attributes.iter().map(attribute).collect();
    attributes.sort();
    Arc::new(Object { kind, parent: parent.map(str::to_owned), name: name.to_owned(), is_name_loose: false, attributes })
}

fn reference(mut objects: Vec<Arc<Object>>) -> Structure {
    objects.extend([
        object(Kind::Table, None, "orders", &[]),
        object(Kind::Enum, None, "mood", &[]),
        object(Kind::Function, None, "next_no(integer)", &[]),
        object(Kind::Sequence, None, "orders_id_seq", &[("owned by", "orders.id")]),
        object(Kind::Sequence, None, "orders_number_seq", &[("owned by", "orders.number"), ("start", "10")]),
    ]);
    objects.sort();
    Structure { objects, shape: Fingerprint(0), exact: Fingerprint(0), major: 15 }
}

fn proposed(difference: Difference) -> String {
    let all = match &difference {
        Difference::Missing { object } => vec![Arc::clone(object)],
        _ => vec![],
    };
    let reference = reference(all);
    match &proposals("ten\"ant", &reference, &[difference])[0].1 {
        Proposal::Statement { sql, .. } => sql.clone(),
        Proposal::NotSimple(why) => format!("({why})"),
    }
}

fn missing(kind: Kind, parent: Option<&str>, name: &str, attributes: &[(&str, &str)]) -> String {
    proposed(Difference::Missing { object: object(kind, parent, name, attributes) })
}

fn changed(kind: Kind, parent: Option<&str>, name: &str, attribute: &str, from: Option<&str>, to: Option<&str>) -> String {
    let side = |value: Option<&str>| {
        let attributes: Vec<(&str, &str)> = value.map(|value| (attribute, value)).into_iter().collect();
        object(kind, parent, name, &attributes)
    };
    let change = Change { attribute: attribute.to_owned(), reference: to.map(str::to_owned), here: from.map(str::to_owned) };
    proposed(Difference::Changed { reference: side(to), here: side(from), changes: vec![change] })
}

#[test]
fn what_is_missing_is_made_with_every_name_qualified() {
    let orders = Some("orders");
    for (sql, expected) in [
        (
            missing(
                Kind::Index,
                orders,
                "By Day",
                &[("definition", "CREATE UNIQUE INDEX ON orders USING btree (next_no(day), lower(name))")],
            ),
            "CREATE UNIQUE INDEX \"By Day\" ON \"ten\"\"ant\".\"orders\" USING btree (\"ten\"\"ant\".\"next_no\"(day), lower(name));",
        ),
        (
            missing(Kind::Column, orders, "vip", &[("type", "mood[]"), ("default", "'{}'::mood[]"), ("not null", "yes")]),
            "ALTER TABLE \"ten\"\"ant\".\"orders\" ADD COLUMN \"vip\" \"ten\"\"ant\".\"mood\"[] DEFAULT '{}'::\"ten\"\"ant\".\"mood\"[] NOT NULL;",
        ),
        (
            missing(Kind::Column, orders, "id", &[("type", "integer"), ("default", "nextval(@orders.id)")]),
            "ALTER TABLE \"ten\"\"ant\".\"orders\" ADD COLUMN \"id\" integer DEFAULT nextval('\"ten\"\"ant\".\"orders_id_seq\"'::regclass);\n\
             ALTER SEQUENCE \"ten\"\"ant\".\"orders_id_seq\" OWNED BY \"ten\"\"ant\".\"orders\".\"id\";",
        ),
        (
            missing(
                Kind::Constraint,
                orders,
                "fk",
                &[("definition", "FOREIGN KEY (x) REFERENCES orders(id) ON DELETE CASCADE")],
            ),
            "ALTER TABLE \"ten\"\"ant\".\"orders\" ADD CONSTRAINT \"fk\" FOREIGN KEY (x) REFERENCES \"ten\"\"ant\".\"orders\"(id) ON DELETE CASCADE NOT VALID;\n\
             ALTER TABLE \"ten\"\"ant\".\"orders\" VALIDATE CONSTRAINT \"fk\";",
        ),
        (
            missing(Kind::Constraint, orders, "pk", &[("definition", "PRIMARY KEY (id)")]),
            "ALTER TABLE \"ten\"\"ant\".\"orders\" ADD CONSTRAINT \"pk\" PRIMARY KEY (id);",
        ),
        (
            missing(Kind::Sequence, None, "numbers", &[("increment", "5"), ("cycle", "yes")]),
            "CREATE SEQUENCE \"ten\"\"ant\".\"numbers\" INCREMENT BY 5 CYCLE;",
        ),
        (missing(Kind::Table, None, "tags", &[]), "(a whole table: take it from the migration that makes it)"),
    ] {
        assert_eq!(sql, expected);
    }
}

#[test]
fn what_is_changed_is_changed_in_place_or_not_at_all() {
    let (orders, total) = (Some("orders"), "total");
    for (sql, expected) in [
        (
            changed(Kind::Column, orders, total, "default", None, Some("0")),
            "ALTER TABLE \"ten\"\"ant\".\"orders\" ALTER COLUMN \"total\" SET DEFAULT 0;",
        ),
        (
            changed(Kind::Column, orders, "number", "identity", None, Some("by default")),
            "ALTER TABLE \"ten\"\"ant\".\"orders\" ALTER COLUMN \"number\" ADD GENERATED BY DEFAULT AS IDENTITY (START WITH 10);",
        ),
        (
            changed(Kind::Column, orders, total, "not null", Some("yes"), None),
            "ALTER TABLE \"ten\"\"ant\".\"orders\" ALTER COLUMN \"total\" DROP NOT NULL;",
        ),
        (
            changed(Kind::Trigger, orders, "stamp", "enabled", Some("no"), None),
            "ALTER TABLE \"ten\"\"ant\".\"orders\" ENABLE TRIGGER \"stamp\";",
        ),
        (
            changed(Kind::Enum, None, "mood", "labels", Some("'b', 'd'"), Some("'a', 'b', 'c', 'd', 'e''s'")),
            "ALTER TYPE \"ten\"\"ant\".\"mood\" ADD VALUE 'a' BEFORE 'b';\n\
             ALTER TYPE \"ten\"\"ant\".\"mood\" ADD VALUE 'c' AFTER 'b';\n\
             ALTER TYPE \"ten\"\"ant\".\"mood\" ADD VALUE 'e''s';",
        ),
        (
            changed(Kind::Enum, None, "mood", "labels", Some("'a', 'b'"), Some("'b', 'a'")),
            "(labels can be added, never taken away or moved)",
        ),
        (
            changed(Kind::Table, None, "orders", "comment", None, Some("it's\nours")),
            "COMMENT ON TABLE \"ten\"\"ant\".\"orders\" IS 'it''s\nours';",
        ),
        (
            changed(Kind::Column, orders, total, "type", Some("integer"), Some("bigint")),
            "(another type rewrites the table and what depends on it: take it from a migration)",
        ),
        (changed(Kind::Index, orders, "i", "definition", Some("a"), Some("b")), "(it has to be dropped and made anew)"),
    ] {
        assert_eq!(sql, expected);
    }
}

#[test]
fn nothing_is_ever_dropped_and_statements_stand_in_an_order_that_runs() {
    let extra = object(Kind::Index, Some("orders"), "legacy", &[]);
    assert_eq!(proposed(Difference::Extra { object: extra }), "(extra: look before you drop)");
    let of = |kind, name: &str, attributes: &[(&str, &str)]| Difference::Missing {
        object: object(kind, Some("orders").filter(|_| kind != Kind::Sequence), name, attributes),
    };
    let differences = [
        of(Kind::Table, "tags", &[]),
        of(Kind::Index, "i", &[("definition", "CREATE INDEX ON orders USING btree (x)")]),
        of(Kind::Constraint, "fk", &[("definition", "FOREIGN KEY (x) REFERENCES orders(id)")]),
        of(Kind::Constraint, "pk", &[("definition", "PRIMARY KEY (id)")]),
        of(Kind::Column, "id", &[("type", "integer")]),
        of(Kind::Sequence, "s", &[]),
    ];
    let order = proposals("t", &reference(vec![]), &differences);
    let names: Vec<&str> = order.iter().map(|(difference, _)| difference.object().name.as_str()).collect();
    assert_eq!(names, ["s", "id", "pk", "i", "fk", "tags"]);
}
