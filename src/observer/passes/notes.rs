//! The sentences that a refresh says about its facts. Pure; every name of a database passes through `shown`.

use crate::domain::catalog::SchemaFacts;
use crate::domain::fault::Fault;
use crate::domain::fleet::{Note, Severity};
use crate::domain::name::shown;
use crate::domain::roles::{Oddity, Policy, is_system};
use crate::pg::catalog::Context;
use crate::sqltext::{ident, qualified};

/// Something worth knowing.
pub(super) fn info(text: impl Into<String>) -> Note {
    Note { severity: Severity::Info, text: text.into(), hint: None, about: None }
}

/// Something worth looking at, and what to do about it.
pub(super) fn warn(text: impl Into<String>, hint: impl Into<String>) -> Note {
    Note { severity: Severity::Warn, text: text.into(), hint: Some(hint.into()), about: None }
}

/// A pass that failed.
pub(super) fn not_read(what: &str, fault: &Fault) -> Note {
    let hint = fault.hint.clone();
    Note { severity: Severity::Warn, text: format!("{what} could not be read: {fault}"), hint, about: None }
}

/// What the list of schemas tells.
pub(super) fn of_names(context: &Context, schemas: &[SchemaFacts], policy: &Policy) -> Vec<Note> {
    let mut notes = Vec::new();
    if context.standby {
        notes.push(info("a standby: the facts are as recent as its replay, and vacuum, analyze and scans are its own"));
    }
    let mut closed: Vec<&str> = schemas
        .iter()
        .filter(|schema| !schema.readable && !is_system(&schema.name) && !policy.leaves_out(&schema.name))
        .map(|schema| schema.name.as_str())
        .collect();
    closed.sort_unstable();
    if !closed.is_empty() {
        let what = if closed.len() == 1 { "1 schema is".to_owned() } else { format!("{} schemas are", closed.len()) };
        let text = format!("{what} unreadable for role {}: {}", shown(&context.role), some(&closed));
        notes.push(Note { about: Some(Oddity::Unreadable), ..warn(text, grant(context, &closed)) });
    }
    notes
}

fn grant(context: &Context, closed: &[&str]) -> String {
    let role = ident(&context.role);
    let grant = match closed {
        [one] => format!("GRANT USAGE ON SCHEMA {} TO {role}", ident(one)),
        _ if context.version >= 140_000 => format!("GRANT pg_read_all_data TO {role}"),
        _ => format!("GRANT USAGE ON SCHEMA ... TO {role}"),
    };
    format!("{} opens what is in them; counts and sizes are known without", shown(&grant))
}

/// What the ledgers tell: those that our role may not read, and those that lack columns, by raw names of schema and table.
pub(super) fn of_ledgers(context: &Context, closed: &[(&str, &str)], strange: &[(&str, &str)]) -> Vec<Note> {
    let role = ident(&context.role);
    let mut notes = Vec::new();
    if let [(schema, table), ..] = closed {
        let (what, grant) = match closed.len() {
            1 => ("1 ledger is".to_owned(), format!("GRANT SELECT ON {} TO {role}", qualified(schema, table))),
            count if context.version >= 140_000 => {
                (format!("{count} ledgers are"), format!("GRANT pg_read_all_data TO {role}"))
            }
            count => (format!("{count} ledgers are"), format!("GRANT SELECT ON ... TO {role}")),
        };
        let schemas: Vec<&str> = closed.iter().map(|(schema, _)| *schema).collect();
        let text = format!("{what} unreadable for role {}: {}", shown(&context.role), some(&schemas));
        notes.push(warn(text, format!("{} opens what has no row security; BYPASSRLS the rest", shown(&grant))));
    }
    if !strange.is_empty() {
        let what = if strange.len() == 1 { "1 ledger lacks".to_owned() } else { format!("{} ledgers lack", strange.len()) };
        let schemas: Vec<&str> = strange.iter().map(|(schema, _)| *schema).collect();
        notes.push(warn(
            format!("{what} the columns of its kind: {}", some(&schemas)),
            "a table of another program may have the name of a ledger; its schema has no history",
        ));
    }
    notes
}

/// The first few of some names.
pub(super) fn some(names: &[&str]) -> String {
    const FEW: usize = 3;
    let mut text = names.iter().take(FEW).map(|name| shown(name)).collect::<Vec<_>>().join(", ");
    if names.len() > FEW {
        text.push_str(", ...");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn schema(name: &str, readable: bool) -> SchemaFacts {
        SchemaFacts { readable, ..SchemaFacts::named(1, name, "app") }
    }

    fn check(version: u32, schemas: &[SchemaFacts], expected: &[(&str, &str)]) {
        let context = Context { version, standby: false, counts_changes: true, role: "look".into() };
        let policy = Policy { leave_out: vec!["tmp_*".into()], ..Policy::default() };
        let notes = of_names(&context, schemas, &policy);
        let notes: Vec<_> = notes.iter().map(|n| (n.text.as_str(), n.hint.as_deref().unwrap_or_default())).collect();
        assert_eq!(notes, expected);
    }

    #[test]
    fn closed_schemas_are_counted_and_the_first_are_named() {
        let rest = "opens what is in them; counts and sizes are known without";
        let (one, many) = (
            format!("GRANT USAGE ON SCHEMA \"a\" TO \"look\" {rest}"),
            format!("GRANT pg_read_all_data TO \"look\" {rest}"),
        );
        let old = format!("GRANT USAGE ON SCHEMA ... TO \"look\" {rest}");
        let system = [schema("pg_catalog", false), schema("tmp_1", false), schema("open", true)];
        check(150_000, &system, &[]);
        check(150_000, &[schema("a", false)], &[("1 schema is unreadable for role look: a", &one)]);
        let closed = ["c", "b\u{1b}", "d", "a"].map(|name| schema(name, false));
        check(150_000, &closed, &[("4 schemas are unreadable for role look: a, b\\x1b, c, ...", &many)]);
        check(130_000, &closed, &[("4 schemas are unreadable for role look: a, b\\x1b, c, ...", &old)]);
    }
}
