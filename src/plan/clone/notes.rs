//! What a clone cannot have, or has otherwise than its source, told before it is made. Pure; must not know how it was found.

use std::collections::BTreeMap;

use super::recipe::texts;
use crate::domain::blueprint::{Blueprint, Finding, FindingKind, PartKind};
use crate::domain::fleet::Severity;
use crate::domain::name::shown;
use crate::plan::Note;

/// How many objects a note names.
const NAMED: usize = 5;

/// The notes of a plan that clones this source.
pub fn notes(blueprint: &Blueprint) -> Vec<Note> {
    let mut by_kind: BTreeMap<FindingKind, Vec<String>> = BTreeMap::new();
    for finding in blueprint.findings.iter().cloned().chain(named(blueprint)) {
        by_kind.entry(finding.kind).or_default().push(finding.what);
    }
    by_kind.into_iter().map(|(kind, objects)| note(kind, &objects)).collect()
}

/// The raw names of the tables that are not logged: a standby has nothing of their rows.
pub fn unlogged(blueprint: &Blueprint) -> Vec<String> {
    let tables = blueprint.parts.iter().filter(|part| part.kind == PartKind::Table);
    let unlogged = tables.filter(|part| part.sql.iter().any(|sql| sql.starts_with("CREATE UNLOGGED ")));
    unlogged.filter_map(|part| part.what.strip_prefix("table ")).map(str::to_owned).collect()
}

/// Where the source's name stands in a way that nobody can rewrite.
fn named(blueprint: &Blueprint) -> Vec<Finding> {
    let texts = texts(blueprint);
    let mut found = Vec::new();
    for part in blueprint.parts.iter().filter(|part| part.kind != PartKind::Enum) {
        let Some(sql) = part.sql.as_deref().or(part.extra.as_deref()) else { continue };
        if texts.is_named_alone(without_settings(part.kind, sql)) {
            found.push(Finding { kind: FindingKind::NamedInText, what: part.what.clone() });
        }
        if part.kind == PartKind::Function && texts.is_named_still(sql) {
            found.push(Finding { kind: FindingKind::NamesakeInBody, what: part.what.clone() });
        }
        let is_foreign = part.kind == PartKind::Function
            && !["\n LANGUAGE sql\n", "\n LANGUAGE plpgsql\n"].iter().any(|language| sql.contains(language));
        if is_foreign && texts.is_named(without_settings(part.kind, sql)) {
            found.push(Finding { kind: FindingKind::NamedInBody, what: part.what.clone() });
        }
    }
    found
}

/// A function's `SET search_path` is understood; what comes after it is the body.
fn without_settings(kind: PartKind, sql: &str) -> &str {
    match sql.find("\nAS ").filter(|_| kind == PartKind::Function) {
        Some(at) => &sql[at..],
        None => sql,
    }
}

fn note(kind: FindingKind, objects: &[String]) -> Note {
    use Severity::{Danger, Info, Warn};
    let (rule, severity, refuses, what, hint) = match kind {
        FindingKind::Elsewhere => (
            "used-elsewhere",
            Info,
            false,
            "other schemas use objects of the source: they go on using them, not the clone's",
            "",
        ),
        FindingKind::Published => (
            "not-published",
            Warn,
            false,
            "in a publication, which the clone is not",
            "add the clone to it where it should be replicated",
        ),
        FindingKind::Extension => (
            "of-extension",
            Warn,
            false,
            "brought by an extension: the clone is without them",
            "keep extensions in a schema of their own",
        ),
        FindingKind::BaseType => (
            "base-type",
            Danger,
            true,
            "types that only C can make: they are not cloned",
            "keep them in a schema that all tenants share",
        ),
        FindingKind::Conversion => ("conversion", Warn, false, "conversions of encodings: they are not cloned", ""),
        FindingKind::UncheckedKey => (
            "unchecked-key",
            Danger,
            true,
            "foreign keys whose checks are switched off, which cannot be made so",
            "ALTER TABLE ... ENABLE TRIGGER ALL in the source, where its rows allow it",
        ),
        FindingKind::ParentElsewhere => (
            "parent-elsewhere",
            Warn,
            false,
            "tables that belong to a parent in another schema: so do the clone's, and their rows are seen there",
            "",
        ),
        FindingKind::LaterColumn => (
            "later-column",
            Danger,
            true,
            "tables whose columns are not in the order in which they would be inherited: their parents got columns later",
            "build these tables anew in the source: CREATE TABLE ... INHERITS, copy the rows, drop the old ones",
        ),
        FindingKind::ChildElsewhere => (
            "child-elsewhere",
            Info,
            false,
            "tables in other schemas inherit from the source: none inherits from the clone",
            "",
        ),
        FindingKind::GrantedByOthers => (
            "granted-by-others",
            Info,
            false,
            "privileges that others than the owner gave: in the clone the owner gives them",
            "",
        ),
        FindingKind::SecurityLabel => ("security-label", Warn, false, "security labels: the clone has none", ""),
        FindingKind::NamedInText => (
            "named-in-text",
            Warn,
            false,
            "the name of the source as a text, which stays as it is: it may be meant for SQL made at run time",
            "look at them after the clone",
        ),
        FindingKind::NamesakeInBody => (
            "namesake-in-body",
            Danger,
            true,
            "functions in which an alias, a variable or a column is called like the source and stands before a point: what of it is the \
             schema cannot be told",
            "call it otherwise there, in the source",
        ),
        FindingKind::NamedInBody => (
            "named-in-body",
            Warn,
            false,
            "functions in other languages than SQL name the source: the clone's name the clone, letter by letter",
            "look at them after the clone",
        ),
    };
    let names: Vec<String> = objects.iter().take(NAMED).map(|name| shown(name).to_string()).collect();
    let more = if objects.len() > NAMED { format!(" and {} more", objects.len() - NAMED) } else { String::new() };
    Note {
        rule: rule.to_owned(),
        severity,
        refuses,
        place: None,
        what: format!("{what}: {}{more}", names.join(", ")),
        hint: Some(hint.to_owned()).filter(|hint| !hint.is_empty()),
    }
}

#[cfg(test)]
mod tests;
