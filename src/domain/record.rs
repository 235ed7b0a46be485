//! What a row is called in files and pipes: stable field names and raw values, the same for the headless verbs and for an export
//! of the console; JSON and CSV text of them that is safe to print. Must not know where the text goes.

pub mod capacity;
pub mod drift;
pub mod placement;
pub mod run;
pub mod session;

use std::borrow::Cow;
use std::fmt::Write as _;

use jiff::Timestamp;

use super::catalog::{ActivityKind, LedgerRow, SchemaDetail, TableFacts};
use super::drift::ShapeState;
use super::fleet::Entry;
use super::name::{SchemaPath, shown};
use super::registry::Domain;

/// One object: its fields in their order. The names are a promise to scripts.
pub type Record = Vec<(&'static str, Value)>;

/// A value as the database has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// Not known, or not there.
    Missing,
    /// Raw text.
    Text(String),
    /// A figure without unit: a count, or bytes.
    Number(u64),
    /// A figure with a fraction, as JSON writes it.
    Fraction(String),
    /// A truth.
    Flag(bool),
    /// Raw texts.
    List(Vec<String>),
    /// Figures without unit.
    Numbers(Vec<u64>),
    /// An object inside the object; left out in CSV.
    Object(Record),
    /// Objects inside the object; left out in CSV.
    Records(Vec<Record>),
}

/// The fields of [`of_entry`] in their order.
pub const ENTRY_FIELDS: &[&str] = &[
    "database",
    "schema",
    "tenant",
    "role",
    "state",
    "oddities",
    "tables",
    "indexes",
    "sequences",
    "views",
    "functions",
    "rows",
    "bytes",
    "never_analysed",
    "owner",
    "readable",
    "ledger",
    "ledger_table",
    "domains",
    "created",
    "time_zone",
    "plan",
    "activity",
    "activity_kind",
    "as_of",
    "ledger_state",
    "behind",
    "ahead",
    "shape_state",
    "differences",
    "ghosts",
    "history_cohort",
    "shape_cohort",
];

/// The fields of [`of_table`] in their order.
pub const TABLE_FIELDS: &[&str] = &[
    "database",
    "schema",
    "table",
    "kind",
    "rows",
    "bytes",
    "index_bytes",
    "indexes",
    "last_analyze",
    "last_vacuum",
    "as_of",
];

impl Value {
    /// Text that may be missing.
    pub fn text(text: Option<impl Into<String>>) -> Self {
        text.map_or(Self::Missing, |text| Self::Text(text.into()))
    }

    /// A figure with at most six decimals; what is no number is missing.
    pub fn fraction(figure: Option<f64>) -> Self {
        let text = |figure: f64| {
            let text = format!("{figure:.6}");
            Self::Fraction(text.trim_end_matches('0').trim_end_matches('.').to_owned())
        };
        figure.filter(|figure| figure.is_finite()).map_or(Self::Missing, text)
    }

    /// A figure that may be missing.
    pub fn number(number: Option<impl Into<u64>>) -> Self {
        number.map_or(Self::Missing, |number| Self::Number(number.into()))
    }

    /// A moment as RFC 3339 in UTC, to the second.
    pub fn time(at: Option<Timestamp>) -> Self {
        Self::text(at.map(|at| at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()))
    }
}

/// A tenant, a schema, or both, as `tenants` and `schemas` give it.
///
/// `rows` and `bytes` are the planner's estimates without tables that were never analysed, of which `never_analysed` says how
/// many there are.
pub fn of_entry(entry: &Entry<'_>) -> Record {
    let (schema, tenant, counts) = (entry.schema, entry.tenant, entry.counts());
    let ledger = schema.and_then(|schema| schema.ledger.as_ref());
    let activity = schema.and_then(|schema| schema.activity);
    let verdict = entry.verdict();
    let figures = verdict.and_then(|verdict| verdict.ledger.figures());
    let is_known = |word: &&str| *word != "unknown";
    vec![
        ("database", Value::Text(entry.database.label.clone())),
        ("schema", Value::Text(entry.schema_name().to_owned())),
        ("tenant", Value::text(entry.tenant_name())),
        ("role", Value::Text(entry.row.role.word().to_owned())),
        ("state", Value::Text(entry.oddity().map_or("ok", |oddity| oddity.word()).to_owned())),
        ("oddities", Value::List(entry.row.oddities.iter().map(|oddity| oddity.word().to_owned()).collect())),
        ("tables", Value::number(counts.map(|counts| counts.tables))),
        ("indexes", Value::number(counts.map(|counts| counts.indexes))),
        ("sequences", Value::number(counts.map(|counts| counts.sequences))),
        ("views", Value::number(counts.map(|counts| counts.views))),
        ("functions", Value::number(counts.map(|counts| counts.functions))),
        ("rows", Value::number(counts.map(|counts| counts.rows))),
        ("bytes", Value::number(counts.map(|counts| counts.bytes))),
        ("never_analysed", Value::number(counts.map(|counts| counts.never_analysed))),
        ("owner", Value::text(schema.map(|schema| schema.owner.as_str()))),
        ("readable", schema.map_or(Value::Missing, |schema| Value::Flag(schema.readable))),
        ("ledger", Value::text(ledger.map(|ledger| ledger.dialect.word()))),
        ("ledger_table", Value::text(ledger.map(|ledger| ledger.table.as_str()))),
        ("domains", Value::List(tenant.map_or(Vec::new(), |tenant| tenant.domains.iter().map(Domain::address).collect()))),
        ("created", Value::text(tenant.and_then(|tenant| tenant.created.as_deref()))),
        ("time_zone", Value::text(tenant.and_then(|tenant| tenant.time_zone.as_deref()))),
        ("plan", Value::text(tenant.and_then(|tenant| tenant.plan.as_deref()))),
        ("activity", Value::time(activity.map(|activity| activity.at))),
        (
            "activity_kind",
            Value::text(activity.map(|activity| match activity.kind {
                ActivityKind::Scan => "scan",
                ActivityKind::Maintenance => "maintenance",
            })),
        ),
        ("as_of", Value::time(entry.database.as_of)),
        ("ledger_state", Value::text(verdict.map(|verdict| verdict.ledger.word()).filter(is_known))),
        ("behind", Value::number(figures.map(|(behind, _)| behind))),
        ("ahead", Value::number(figures.map(|(_, ahead)| ahead))),
        ("shape_state", Value::text(verdict.map(|verdict| verdict.shape.word()).filter(is_known))),
        ("differences", Value::number(verdict.and_then(|verdict| verdict.shape.differences()))),
        (
            "ghosts",
            Value::number(verdict.filter(|verdict| verdict.shape != ShapeState::Unknown).map(|verdict| verdict.ghosts)),
        ),
        ("history_cohort", Value::text(verdict.and_then(|verdict| Some(verdict.history_cohort?.in_full())))),
        ("shape_cohort", Value::text(verdict.and_then(|verdict| Some(verdict.shape_cohort?.in_full())))),
    ]
}

/// Whether a value is one that stands in a single cell: CSV leaves the others out.
pub fn is_flat(value: &Value) -> bool {
    !matches!(value, Value::Object(_) | Value::Records(_))
}

/// A table of an opened schema, as `tables` gives it. `bytes` is measured by the file sizes, `rows` is the planner's estimate.
pub fn of_table(path: &SchemaPath, table: &TableFacts, as_of: Timestamp) -> Record {
    vec![
        ("database", Value::Text(path.database.clone())),
        ("schema", Value::Text(path.schema.clone())),
        ("table", Value::Text(table.name.clone())),
        ("kind", Value::Text(table.kind.word().to_owned())),
        ("rows", Value::number(table.rows)),
        ("bytes", Value::number(table.bytes)),
        ("index_bytes", Value::number(table.index_bytes)),
        ("indexes", Value::Number(table.indexes.into())),
        ("last_analyze", Value::time(table.last_analyze)),
        ("last_vacuum", Value::time(table.last_vacuum)),
        ("as_of", Value::time(Some(as_of))),
    ]
}

/// A schema with all that is known of it, as `show` gives it: the fields of its entry and those that only an opened schema has.
pub fn of_detail(entry: &Entry<'_>, detail: &SchemaDetail) -> Record {
    let path = entry.path();
    let mut record = of_entry(entry);
    record.extend([
        ("comment", Value::text(detail.comment.as_deref())),
        ("acl", Value::List(detail.acl.clone())),
        ("search_path", Value::List(detail.search_path.clone())),
        (
            "table_list",
            match &detail.tables {
                Ok(tables) => Value::Records(tables.iter().map(|table| of_table(&path, table, detail.as_of)).collect()),
                Err(_) => Value::Missing,
            },
        ),
        (
            "migrations",
            match &detail.ledger {
                Some(Ok(rows)) => Value::Records(rows.iter().map(of_migration).collect()),
                _ => Value::Missing,
            },
        ),
    ]);
    record
}

/// A migration that a ledger says was applied.
pub fn of_migration(row: &LedgerRow) -> Record {
    vec![
        ("app", Value::text(row.app.as_deref())),
        ("name", Value::Text(row.name.clone())),
        ("applied", Value::time(row.applied)),
    ]
}

/// An array of objects, one on each line. Everything that is not plainly visible is escaped as `\uXXXX`, so that the text is safe
/// on a terminal and yet gives the raw values to whoever parses it.
pub fn json(records: &[Record]) -> String {
    let mut out = String::from("[");
    for (at, record) in records.iter().enumerate() {
        out.push_str(if at == 0 { "\n" } else { ",\n" });
        push_object(&mut out, record);
    }
    out.push_str(if records.is_empty() { "]\n" } else { "\n]\n" });
    out
}

fn push_object(out: &mut String, record: &Record) {
    out.push('{');
    for (at, (name, value)) in record.iter().enumerate() {
        out.push_str(if at == 0 { "" } else { ", " });
        push_string(out, name);
        out.push_str(": ");
        match value {
            Value::Missing => out.push_str("null"),
            Value::Text(text) => push_string(out, text),
            Value::Number(number) => out.push_str(&number.to_string()),
            Value::Fraction(figure) => out.push_str(figure),
            Value::Flag(truth) => out.push_str(if *truth { "true" } else { "false" }),
            Value::List(texts) => push_array(out, texts, |out, text| push_string(out, text)),
            Value::Numbers(all) => push_array(out, all, |out, number| out.push_str(&number.to_string())),
            Value::Object(record) => push_object(out, record),
            Value::Records(records) => push_array(out, records, push_object),
        }
    }
    out.push('}');
}

fn push_array<T>(out: &mut String, items: &[T], push: impl Fn(&mut String, &T)) {
    out.push('[');
    for (at, item) in items.iter().enumerate() {
        out.push_str(if at == 0 { "" } else { ", " });
        push(out, item);
    }
    out.push(']');
}

fn push_string(out: &mut String, text: &str) {
    out.push('"');
    let mut bytes = [0; 4];
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '<' => out.push('<'),
            c if matches!(shown(c.encode_utf8(&mut bytes)), Cow::Borrowed(_)) => out.push(c),
            c => {
                for unit in c.encode_utf16(&mut [0; 2]) {
                    let written = write!(out, "\\u{unit:04x}");
                    debug_assert!(written.is_ok(), "writing to a String cannot fail");
                }
            }
        }
    }
    out.push('"');
}

/// A line of field names, then a line for each object. Objects inside objects are left out, lists are joined by `; `.
///
/// Text is made visible by [`shown`]. One that a spreadsheet would take for a formula (`=`, `+`, `-`, `@` at its start) gets an
/// apostrophe before it; whoever needs the raw value takes the JSON.
pub fn csv(records: &[Record], fields: &[&str]) -> String {
    let mut out = fields.join(",");
    out.push('\n');
    for record in records {
        for (at, field) in fields.iter().enumerate() {
            out.push_str(if at == 0 { "" } else { "," });
            match record.iter().find(|(name, _)| name == field).map(|(_, value)| value) {
                Some(Value::Text(text)) => push_csv(&mut out, text),
                Some(Value::List(texts)) => push_csv(&mut out, &texts.join("; ")),
                Some(Value::Numbers(all)) => out.push_str(&all.iter().map(u64::to_string).collect::<Vec<_>>().join("; ")),
                Some(Value::Number(number)) => out.push_str(&number.to_string()),
                Some(Value::Fraction(figure)) => out.push_str(figure),
                Some(Value::Flag(truth)) => out.push_str(if *truth { "true" } else { "false" }),
                Some(Value::Missing | Value::Object(_) | Value::Records(_)) | None => {}
            }
        }
        out.push('\n');
    }
    out
}

fn push_csv(out: &mut String, text: &str) {
    let mut safe = shown(text);
    if safe.starts_with(['=', '+', '-', '@']) {
        safe.to_mut().insert(0, '\'');
    }
    if safe.contains(['"', ',']) || safe.starts_with(' ') || safe.ends_with(' ') {
        out.extend(["\"", &safe.replace('"', "\"\""), "\""]);
    } else {
        out.push_str(&safe);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(text: &str) -> Record {
        vec![
            ("name", Value::Text(text.into())),
            ("count", Value::Number(u64::MAX)),
            ("seen", Value::Missing),
            ("ok", Value::Flag(true)),
            ("list", Value::List(vec!["a".into(), text.into()])),
            ("inner", Value::Records(vec![vec![("x", Value::Number(1))]])),
            ("object", Value::Object(vec![("y", Value::Text(text.into()))])),
        ]
    }

    #[test]
    fn json_gives_raw_values_back_and_shows_no_hostile_character() {
        for raw in
            ["acme", "a\"b\\c<d", "<U+202E>", "red\u{1b}[31m\u{9b}\u{7f}\n", "abc\u{202e}cba", "tag\u{e0041}", "日本 ö"]
        {
            let text = json(&[record(raw), record(raw)]);
            assert!(
                text.chars().all(|c| c == '\n' || c == '<' || c == '\\' || shown(&c.to_string()) == c.to_string()),
                "{text}"
            );
            let parsed: serde_json::Value = serde_json::from_str(&text).expect("valid JSON");
            assert_eq!(parsed[1]["name"], raw);
            assert_eq!(parsed[1]["list"][1], raw);
            assert_eq!(parsed[0]["count"], u64::MAX);
            assert_eq!(parsed[0]["inner"][0]["x"], 1);
            assert_eq!(parsed[1]["object"]["y"], raw);
            assert!(parsed[0]["seen"].is_null());
        }
        assert_eq!(json(&[]), "[]\n");
    }

    #[test]
    fn csv_is_quoted_visible_and_no_formula() {
        for (raw, expected) in [
            ("acme", "acme"),
            ("a,b", "\"a,b\""),
            ("say \"hi\"", "\"say \"\"hi\"\"\""),
            ("two\nlines", "two\\nlines"),
            ("=1+1", "'=1+1"),
            ("@x", "'@x"),
            ("-2, x", "\"'-2, x\""),
            (" x", "\" x\""),
            ("\u{202e}=x", "<U+202E>=x"),
        ] {
            assert_eq!(
                csv(&[record(raw)], &["seen", "name", "ok", "inner", "object"]),
                format!("seen,name,ok,inner,object\n,{expected},true,,\n")
            );
        }
        assert_eq!(csv(&[record("x,y")], &["list"]), "list\n\"a; x,y\"\n");
    }
}
