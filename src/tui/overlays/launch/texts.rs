//! What a person types in the lines of the dialog, as lists and back: names of schemas, tables, values of columns. Must not know what
//! they are for.

use crate::domain::fleet::Fleet;
use crate::domain::name::shown;
use crate::plan::names::{twice, wrong};

/// So many names stand in a line.
const NAMED: usize = 8;

/// Texts with commas between them, without the blanks around each. Empty ones are none.
pub(super) fn list(text: &str) -> Vec<String> {
    text.split(',').map(str::trim).filter(|part| !part.is_empty()).map(str::to_owned).collect()
}

/// The raw names of new schemas that a text has, with commas between them, or what is wrong with the first that cannot be.
pub fn names(text: &str, database: &str, fleet: &Fleet) -> Result<Vec<String>, String> {
    let there = fleet.databases.iter().find(|known| known.label == database);
    let schemas = there.map_or(&[][..], |database| &database.schemas);
    let is_taken = |name: &str| schemas.iter().any(|schema| schema.name == name);
    let names: Vec<String> = text.split(',').map(|name| name.trim().to_owned()).collect();
    for (at, name) in names.iter().enumerate() {
        let again = names[..at].contains(name).then(|| twice(name));
        if let Some(wrong) = wrong(name, is_taken).or(again) {
            return Err(wrong.what);
        }
    }
    Ok(names)
}

/// What is wrong with names as far as they are typed: one that is not begun yet is no mistake.
pub(super) fn mistake(text: &str, database: &str, fleet: &Fleet) -> Option<String> {
    let text = text.trim_end();
    let begun = text.strip_suffix(',').unwrap_or(text);
    if begun.trim().is_empty() { None } else { names(begun, database, fleet).err() }
}

/// `COLUMN=VALUE, COLUMN=VALUE`; a part without a sign belongs to the value before it, so that `name=Acme, Inc.` is one. A column with
/// nothing behind its sign is not said: `''` is the empty text, and between such quotes anything may stand, a quote twice.
pub(super) fn columns(text: &str) -> Result<Vec<(String, String)>, String> {
    let mut values: Vec<(String, Option<String>)> = Vec::new();
    let mut rest = text;
    while !rest.trim().is_empty() {
        let (part, behind) = rest.split_once(',').unwrap_or((rest, ""));
        let sign = part.find('=').filter(|at| !part[..*at].trim().is_empty() && !part[..*at].trim().contains(' '));
        let Some(sign) = sign else {
            let Some((_, value)) = values.last_mut() else { return Err("COLUMN=VALUE, with commas between".to_owned()) };
            value.get_or_insert_default().extend([",", part.trim_end()]);
            rest = behind;
            continue;
        };
        let column = part[..sign].trim().to_owned();
        if let Some((value, behind)) = quoted(&rest[sign + 1..]) {
            values.push((column, Some(value)));
            rest = behind;
        } else {
            let value = Some(part[sign + 1..].trim().to_owned()).filter(|value| !value.is_empty());
            values.push((column, value));
            rest = behind;
        }
    }
    Ok(values.into_iter().filter_map(|(column, value)| Some((column, value?))).collect())
}

/// A value between quotes and what is behind its comma; nothing where the text does not begin with one that ends there.
fn quoted(text: &str) -> Option<(String, &str)> {
    let inside = text.trim_start().strip_prefix('\'')?;
    let mut from = 0;
    let end = loop {
        let at = from + inside[from..].find('\'')?;
        if !inside[at + 1..].starts_with('\'') {
            break at;
        }
        from = at + 2;
    };
    let behind = inside[end + 1..].trim_start();
    let behind = if behind.is_empty() { behind } else { behind.strip_prefix(',')? };
    Some((inside[..end].replace("''", "'"), behind))
}

/// The same as it is typed: in quotes where it would be read as something else.
pub(super) fn assignments(values: &[(String, String)]) -> String {
    let typed = |(column, value): &(String, String)| {
        let plain = format!("{column}={value}");
        let is_plain = columns(&plain).is_ok_and(|read| read == [(column.clone(), value.clone())]);
        if is_plain { plain } else { format!("{column}='{}'", value.replace('\'', "''")) }
    };
    values.iter().map(typed).collect::<Vec<_>>().join(", ")
}

/// The same with columns (raw names) that wait for their values behind them.
pub(super) fn with_unsaid(text: &str, columns: &[String]) -> String {
    let text = Some(text.to_owned()).filter(|text| !text.is_empty());
    text.into_iter().chain(columns.iter().map(|column| format!("{column}="))).collect::<Vec<_>>().join(", ")
}

/// Names in one line, safe to show.
pub(super) fn listed(names: &[String]) -> String {
    let some: Vec<_> = names.iter().take(NAMED).map(|name| shown(name)).collect();
    format!("{}{}", some.join(", "), if names.len() > some.len() { ", ..." } else { "" })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::catalog::SchemaFacts;
    use crate::domain::fleet::{DatabaseId, FleetEvent};
    use crate::domain::roles::Policy;

    fn fleet() -> Fleet {
        let mut fleet = Fleet::new(["eu", "us"].map(|label| (label.to_owned(), Policy::default())));
        fleet.apply(FleetEvent::Names(DatabaseId(0), vec![SchemaFacts::named(1, "acme", "app")]));
        fleet.apply(FleetEvent::Names(DatabaseId(1), vec![SchemaFacts::named(2, "bolt", "app")]));
        fleet
    }

    #[test]
    fn names_are_judged_before_a_plan_is_built() {
        let fleet = fleet();
        for (text, expected) in [
            // What another database has is free in this one.
            ("bolt", &["bolt"][..]),
            (" bolt ,  core,Dot dot", &["bolt", "core", "Dot dot"]),
        ] {
            assert_eq!(names(text, "eu", &fleet), Ok(expected.iter().map(ToString::to_string).collect()), "{text}");
        }
        for (text, why) in [
            ("", "a schema needs a name"),
            ("bolt,", "a schema needs a name"),
            ("bolt,,core", "a schema needs a name"),
            ("bolt, pg_mine", "pg_mine: names that begin with pg_"),
            ("bolt, core, bolt", "bolt is named twice"),
            ("core,acme", "there is a schema acme already"),
        ] {
            let found = names(text, "eu", &fleet).expect_err(text);
            assert!(found.contains(why), "{text}: {found}");
        }
        assert!(names("bolt", "us", &fleet).is_err() && names("acme", "us", &fleet).is_ok());
    }

    #[test]
    fn a_name_that_is_not_begun_is_no_mistake() {
        for text in ["", " ", "core", "core,", "core, ", "core, b"] {
            assert_eq!(mistake(text, "eu", &fleet()), None, "{text:?}");
        }
        assert_eq!(mistake("core, acme, ", "eu", &fleet()).as_deref(), Some("there is a schema acme already"));
    }

    #[test]
    fn a_value_may_have_commas() {
        for (text, expected) in [
            ("", &[][..]),
            ("name=Acme", &[("name", "Acme")]),
            ("name=Acme, Inc. , plan_id = basic", &[("name", "Acme, Inc."), ("plan_id", "basic")]),
            // What has nothing behind its sign waits for it.
            ("a=, b=x=y", &[("b", "x=y")]),
            ("a='', b = ' ' ,c='x'", &[("a", ""), ("b", " "), ("c", "x")]),
            ("a='x, b=y', b='it''s', c=''''", &[("a", "x, b=y"), ("b", "it's"), ("c", "'")]),
            // What only begins as quotes do is a name as others are.
            ("a='t Hart, b=y", &[("a", "'t Hart"), ("b", "y")]),
            ("a='x' y, b='", &[("a", "'x' y"), ("b", "'")]),
            ("a=x,", &[("a", "x")]),
        ] {
            let expected: Vec<_> = expected.iter().map(|(a, b)| (String::from(*a), String::from(*b))).collect();
            assert_eq!(columns(text), Ok(expected.clone()), "{text}");
            assert_eq!(columns(&assignments(&expected)), Ok(expected), "{text}");
        }
        assert!(columns("Acme").is_err() && columns("=x").is_err());
        for value in ["", " ", "'", "''", "x,", ", x", "a, b=c", "x ", "'x'", "Acme, Inc."] {
            let values = [("a", value), ("b", "y")].map(|(a, b)| (a.to_owned(), b.to_owned()));
            assert_eq!(columns(&assignments(&values)).as_deref(), Ok(&values[..]), "{value}");
        }
    }
}
