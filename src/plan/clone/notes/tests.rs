//! What is told of small schemas.

use super::*;
use crate::domain::blueprint::Part;
use crate::plan::clone::sample::{blueprint, part};

fn found(kind: FindingKind, names: &[&str]) -> Vec<Finding> {
    names.iter().map(|&what| Finding { kind, what: what.to_owned() }).collect()
}

fn told(blueprint: &Blueprint) -> Vec<String> {
    let sign = |note: &Note| if note.refuses { "!" } else { "" };
    notes(blueprint).iter().map(|note| format!("{}{}: {}", note.rule, sign(note), note.what)).collect()
}

#[test]
fn a_kind_is_one_note_that_names_a_few() {
    let mut blueprint = blueprint(vec![], &[]);
    assert_eq!(notes(&blueprint), []);
    blueprint.findings = found(FindingKind::Conversion, &["a", "b", "c", "d\u{1b}", "e", "f", "g"]);
    blueprint.findings.extend(found(FindingKind::BaseType, &["box"]));
    let mut expected = vec![
        "base-type!: types that only C can make: they are not cloned: box".to_owned(),
        format!("conversion: conversions of encodings: they are not cloned: a, b, c, {}, e and 2 more", shown("d\u{1b}")),
    ];
    let mut found = told(&blueprint);
    expected.sort();
    found.sort();
    assert_eq!(found, expected);
}

#[test]
fn the_name_of_the_source_as_a_text_is_told() {
    let function = |what: &str, language: &str, body: &str| Part {
        sql: Some(format!("CREATE OR REPLACE FUNCTION $.f()\n LANGUAGE {language}\n SET search_path TO 'acme'\nAS {body}")),
        ..part(PartKind::Function, 1, what)
    };
    let parts = vec![
        function("function plain()", "sql", "$$ SELECT acme.g() $$"),
        function("function text()", "plpgsql", "$$ BEGIN EXECUTE format('TABLE %I.x', 'acme'); END $$"),
        function("function foreign()", "plpython3u", "$$ plpy.execute('SELECT acme.g()') $$"),
        Part { sql: Some("CREATE TYPE $.e AS ENUM ('acme')".into()), ..part(PartKind::Enum, 2, "type e") },
    ];
    let told = told(&blueprint(parts, &[]));
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(told[0].starts_with("named-in-text: ") && told[0].ends_with(": function text()"), "{told:?}");
    assert!(told[1].starts_with("named-in-body: ") && told[1].ends_with(": function foreign()"), "{told:?}");
}
