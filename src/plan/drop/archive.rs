//! The archive of a schema: what it is called, how `pg_dump` is told which schema, and whether an archive lists what the schema has. Pure;
//! must not run a program, nor touch a file.

use std::collections::BTreeSet;

use crate::domain::catalog::Oid;

/// The pattern that means this schema (raw name) and no other one, whatever is in its name.
pub fn pattern(schema: &str) -> String {
    format!("\"{}\"", schema.replace('"', "\"\""))
}

/// The name of the archive's file. It holds as much of the schema's name as a file may have.
pub fn file_name(schema: &str, oid: Oid, run: &str) -> String {
    const LONGEST: usize = 40;
    let is_plain = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
    let plain: String = schema.chars().map(|c| if is_plain(&c) { c } else { '_' }).take(LONGEST).collect();
    format!("{plain}-{oid}-{run}.dump")
}

/// What an archive holds, by the catalogue and the OID of each object that it makes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Listed {
    /// Catalogue and OID.
    pub objects: BTreeSet<(Oid, Oid)>,
    /// The OIDs of tables whose rows it holds.
    pub rows: BTreeSet<Oid>,
}

/// Reads what `pg_restore --list` prints: lines of `number; catalogue object KIND ...`, comments behind a semicolon. Names in it are
/// not looked at.
pub fn listed(text: &str) -> Listed {
    let mut listed = Listed::default();
    for line in text.lines().filter(|line| !line.starts_with(';')) {
        let mut words = line.split_ascii_whitespace();
        let is_entry = words.next().is_some_and(|number| number.strip_suffix(';').is_some_and(|n| n.parse::<u32>().is_ok()));
        let (Some(true), Some(catalogue), Some(object)) = (
            Some(is_entry),
            words.next().and_then(|word| word.parse().ok()),
            words.next().and_then(|word| word.parse().ok()),
        ) else {
            continue;
        };
        let kind: Vec<&str> = words.collect();
        let has_rows = kind.starts_with(&["TABLE", "DATA"]) || kind.starts_with(&["MATERIALIZED", "VIEW", "DATA"]);
        if has_rows {
            listed.rows.insert(object);
        } else {
            listed.objects.insert((catalogue, object));
        }
    }
    listed
}

/// One object of the schema that its archive must list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expected {
    /// The OID of its catalogue.
    pub catalogue: Oid,
    /// Its own.
    pub oid: Oid,
    /// Whether its rows must be there, too.
    pub rows: bool,
    /// What people call it; raw.
    pub what: String,
}

/// What an archive misses; raw.
pub fn missing(listed: &Listed, expected: &[Expected]) -> Vec<String> {
    let is_there = |object: &&Expected| {
        listed.objects.contains(&(object.catalogue, object.oid)) && (!object.rows || listed.rows.contains(&object.oid))
    };
    expected.iter().filter(|object| !is_there(object)).map(|object| object.what.clone()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIST: &str = "\
;
; Archive created at 2026-11-21 20:00:00 UTC
;     dbname: 12; 1259 3 TABLE in a name
;
3; 2615 16384 SCHEMA - a.\"b; 1 2 postgres
215; 1259 16385 TABLE a.\"b customers postgres
216; 1255 16390 FUNCTION a.\"b billing_total(integer) postgres
3341; 0 16385 TABLE DATA a.\"b customers postgres
3342; 0 16401 MATERIALIZED VIEW DATA a.\"b totals postgres
not an entry 1 2
";

    #[test]
    fn a_list_tells_objects_by_their_numbers() {
        let listed = listed(LIST);
        assert_eq!(listed.objects, BTreeSet::from([(2615, 16384), (1259, 16385), (1255, 16390)]));
        assert_eq!(listed.rows, BTreeSet::from([16385, 16401]));
        let expected = |oid, rows| Expected { catalogue: 1259, oid, rows, what: format!("table {oid}") };
        assert_eq!(missing(&listed, &[expected(16385, true)]), Vec::<String>::new());
        assert_eq!(missing(&listed, &[expected(16385, true), expected(16402, false)]), ["table 16402"]);
        let without_rows = Listed { rows: BTreeSet::new(), ..listed };
        assert_eq!(missing(&without_rows, &[expected(16385, true)]), ["table 16385"]);
    }

    #[test]
    fn names_cannot_mean_another_schema_or_another_folder() {
        assert_eq!(pattern("Acme*.\"x\"?"), "\"Acme*.\"\"x\"\"?\"");
        assert_eq!(file_name("../etc/o'neill \u{1b}[2J", 7, "F2K9X4"), "___etc_o_neill___2J-7-F2K9X4.dump");
        assert!(file_name(&"ß".repeat(63), u32::MAX, "F2K9X4").len() < 100);
    }
}
