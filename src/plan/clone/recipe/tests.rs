//! Recipes of small schemas: which statements there are, in which part, and what they are called.

use super::*;
use crate::plan::clone::Names;
use crate::plan::clone::sample::{blueprint, part};

/// A part's statements for the schema `b` of `boss`, each with what it is called.
fn said(made: &[Made]) -> Vec<String> {
    let names = Names { schema: "b", owner: "boss" };
    made.iter().map(|made| format!("{}: {}", made.what, made.sql.fill(&names))).collect()
}

fn written(kind: PartKind, oid: u32, what: &str, sql: &str) -> Part {
    Part { sql: Some(sql.into()), ..part(kind, oid, what) }
}

fn owned(part: Part, subject: &str, owner: &str) -> Part {
    Part { subject: Some(subject.into()), owner: Some(owner.into()), ..part }
}

fn schema(comment: Option<&str>) -> Part {
    let schema = owned(part(PartKind::Schema, 1, "schema"), "SCHEMA $", "app");
    Part { sql: None, comment: comment.map(str::to_owned), ..schema }
}

fn made(parts: Vec<Part>) -> Recipe {
    recipe(&blueprint(parts, &[]), &Rows::None, &[]).expect("a recipe")
}

#[test]
fn a_table_is_its_head_its_columns_in_their_order_and_its_tail() {
    let mut table = written(PartKind::Table, 2, "table t", "CREATE TABLE $.t");
    table.extra = Some(" WITH (fillfactor=50)".into());
    let mut parts = vec![table];
    for (place, what) in [(3, "c text"), (1, "a int")] {
        let mut column = written(PartKind::Column, 2, "column", what);
        (column.of, column.place) = (2, place);
        parts.push(column);
    }
    let mut default = written(PartKind::Default, 5, "default of t.a", " DEFAULT 7");
    (default.of, default.place) = (2, 1);
    let mut check = written(PartKind::Check, 6, "constraint k on t", "CONSTRAINT k CHECK (a > 0)");
    check.of = 2;
    parts.extend([default, check]);
    assert_eq!(
        said(&made(parts).structure),
        [
            "table t: CREATE TABLE \"b\".t (\n    a int DEFAULT 7,\n    c text,\n    CONSTRAINT k CHECK (a > 0)\n) WITH (fillfactor=50)"
        ]
    );
}

#[test]
fn who_owns_it_comes_before_what_is_granted_and_the_comment_of_the_schema_last() {
    let recipe = made(vec![
        schema(Some("of acme.t")),
        Part {
            comment: Some("mine".into()),
            ..owned(written(PartKind::Table, 2, "table t", "CREATE TABLE $.t"), "TABLE $.t", "o'neill")
        },
        written(PartKind::Grant, 2, "t", "GRANT SELECT ON TABLE $.t TO $owner"),
        written(
            PartKind::DefaultGrant,
            9,
            "default privileges",
            "ALTER DEFAULT PRIVILEGES IN SCHEMA $ GRANT SELECT ON TABLES TO x",
        ),
    ]);
    assert_eq!(
        said(&recipe.owners),
        [
            "grant on schema, lent to o'neill: GRANT CREATE ON SCHEMA \"b\" TO \"o'neill\"",
            "owner of schema: ALTER SCHEMA \"b\" OWNER TO \"boss\"",
            "owner of table t: ALTER TABLE \"b\".t OWNER TO \"o'neill\"",
        ]
    );
    assert_eq!(
        said(&recipe.last),
        [
            "grant on t: GRANT SELECT ON TABLE \"b\".t TO \"boss\"",
            "grant of default privileges: ALTER DEFAULT PRIVILEGES IN SCHEMA \"b\" GRANT SELECT ON TABLES TO x",
            "comment on table t: COMMENT ON TABLE \"b\".t IS 'mine'",
            "comment on schema: COMMENT ON SCHEMA \"b\" IS 'of \"b\".t'",
        ]
    );
    assert_eq!(recipe.kinds(), [("grant", 3), ("comment", 2), ("owner", 2), ("table", 1)]);
    assert_eq!(said(&made(vec![schema(None)]).last), ["comment on schema: COMMENT ON SCHEMA \"b\" IS NULL"]);
}

#[test]
fn after_the_rows_come_indexes_filled_views_keys_and_what_acts_by_itself() {
    let matview = |place| {
        let view = owned(
            written(PartKind::Matview, 3, "matview m", "CREATE MATERIALIZED VIEW $.m"),
            "MATERIALIZED VIEW $.m",
            "app",
        );
        Part { place, ..view }
    };
    let parts = |place| {
        let mut trigger = written(PartKind::Trigger, 7, "trigger x on t", "CREATE TRIGGER");
        trigger.extra = Some("ALTER TABLE DISABLE TRIGGER".into());
        vec![
            written(PartKind::State, 2, "table t", "ALTER TABLE ENABLE"),
            trigger,
            written(PartKind::ForeignKey, 6, "constraint f on t", "ADD FOREIGN KEY"),
            written(PartKind::IndexState, 5, "index i", "ALTER INDEX"),
            written(PartKind::Index, 5, "index i on t", "CREATE INDEX"),
            matview(place),
        ]
    };
    let expected = [
        "index i on t: CREATE INDEX",
        "state of index i: ALTER INDEX",
        "rows of matview m: REFRESH MATERIALIZED VIEW \"b\".m",
        "constraint f on t: ADD FOREIGN KEY",
        "trigger x on t: CREATE TRIGGER",
        "trigger x on t: ALTER TABLE DISABLE TRIGGER",
        "state of table t: ALTER TABLE ENABLE",
    ];
    assert_eq!(said(&made(parts(1)).finish), expected);
    let without: Vec<&str> = expected.iter().copied().filter(|line| !line.contains("REFRESH")).collect();
    assert_eq!(said(&made(parts(0)).finish), without);
}

#[test]
fn labels_are_taken_word_by_word() {
    let recipe = made(vec![written(PartKind::Enum, 2, "type mood", "CREATE TYPE $.mood AS ENUM ('acme.x')")]);
    assert_eq!(said(&recipe.structure), ["type mood: CREATE TYPE \"b\".mood AS ENUM ('acme.x')"]);
}

#[test]
fn rows_are_those_that_are_meant() {
    let table = |name: &str, parent: Option<&str>| RowTable {
        name: name.into(),
        columns: vec!["id".into()],
        rows: 1,
        bytes: 2,
        sequences: vec![format!("{name}_id_seq")],
        partition_of: parent.into_iter().map(str::to_owned).collect(),
    };
    let mut blueprint = blueprint(vec![schema(None)], &[]);
    blueprint.tables = vec![table("ledger", None), table("plans", None), table("plans_1", Some("measured"))];
    let names = |rows: Rows| {
        let copies = recipe(&blueprint, &rows, &["ledger".to_owned()]).expect("a recipe").copies;
        copies.into_iter().map(|copy| copy.table).collect::<Vec<_>>()
    };
    assert_eq!(names(Rows::None), Vec::<String>::new());
    assert_eq!(names(Rows::Seed), ["ledger"]);
    assert_eq!(names(Rows::All), ["ledger", "plans", "plans_1"]);
    assert_eq!(names(Rows::Tables(vec!["measured".into(), "nothing".into()])), ["plans_1"]);
}

#[test]
fn a_circle_that_nothing_breaks_is_named() {
    let parts = vec![part(PartKind::Type, 2, "type a"), part(PartKind::Type, 3, "type b")];
    let fault = recipe(&blueprint(parts, &[(2, 3), (3, 2)]), &Rows::None, &[]).unwrap_err();
    assert_eq!(fault.what, "these need each other, so that none can be made first: type a, type b");
}
