//! What a clone in another database rests on there: what of it is missing, or is not what the source knows, told before anything is
//! made. Pure; must not know how it was looked for.

use std::collections::BTreeSet;

use super::Recipe;
use crate::domain::dependency::{Dependency, Found, Looked};
use crate::domain::fleet::Severity;
use crate::domain::name::shown;
use crate::plan::Note;
use crate::sqltext::ident;

/// How many objects a note names.
const NAMED: usize = 20;

/// What a source needs from outside of its schema.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Outside {
    /// All of it.
    pub needed: Vec<Dependency>,
    /// What the database of the targets has of each; empty where it is that of the source.
    pub there: Vec<Looked>,
}

/// What there is to say about it. Labels are raw; `owner` is who owns the source, whom the recipe does not name.
pub(super) fn notes(outside: &Outside, (from, to): (&str, &str), owner: &str, recipe: &Recipe) -> Vec<Note> {
    let mut notes: Vec<Note> = inside(&outside.needed).into_iter().collect();
    let is_named = |needed: &Dependency| needed.address.0 != "role" || needed.address.1.iter().all(|role| role != owner);
    let pairs = || outside.needed.iter().zip(&outside.there).filter(|(needed, _)| !needed.is_inside && is_named(needed));
    let those = |looked: &Looked| pairs().filter(|pair| pair.1 == looked).map(|pair| pair.0).collect::<Vec<_>>();
    notes.extend(missing(&those(&Looked::Absent), to));
    notes.extend(closed(&those(&Looked::Closed), to));
    let mut differing = Vec::new();
    for (needed, found) in pairs().filter_map(|(needed, looked)| Some((needed, looked.found()?))) {
        let lacking: Vec<String> = needed.here.facets.difference(&found.facets).map(|facet| shown(facet).into()).collect();
        match (lacking.is_empty(), is_extension(needed)) {
            (true, _) => {}
            (false, true) => notes.push(version(needed, found, (from, to))),
            (false, false) => differing.push(format!("{} ({})", shown(&needed.what), lacking.join(", "))),
        }
    }
    if !differing.is_empty() {
        let what = format!("{} has not all that the source uses of {}", shown(to), some(&differing));
        notes.push(refused("not-alike", what, "bring both databases to the same state first, or clone within one".into()));
    }
    notes.extend(rows(pairs().map(|(needed, _)| needed), to, recipe));
    notes
}

fn is_extension(dependency: &Dependency) -> bool {
    dependency.address.0 == "extension"
}

/// What an extension brought into the source is not made again.
fn inside(needed: &[Dependency]) -> Option<Note> {
    let used: Vec<String> =
        needed.iter().filter(|needed| needed.is_inside).map(|needed| shown(&needed.what).into_owned()).collect();
    let what = format!("the source uses what an extension brought into it, which no clone has: {}", some(&used));
    let hint = "ALTER EXTENSION ... SET SCHEMA: keep extensions in a schema that all tenants share";
    (!used.is_empty()).then(|| refused("extension-inside", what, hint.to_owned()))
}

/// What a missing extension would bring is told with it.
fn missing(absent: &[&Dependency], to: &str) -> Option<Note> {
    let extensions: BTreeSet<&str> = absent
        .iter()
        .filter(|needed| is_extension(needed))
        .filter_map(|needed| needed.address.1.first())
        .map(String::as_str)
        .collect();
    let is_told = |needed: &&&Dependency| needed.extension.as_deref().is_none_or(|name| !extensions.contains(name));
    let mut names: Vec<String> = absent.iter().filter(is_told).map(|needed| shown(&needed.what).into_owned()).collect();
    names.sort();
    let what = format!("{} lacks what the source needs: {}", shown(to), some(&names));
    let create: Vec<String> = extensions.iter().map(|name| format!("CREATE EXTENSION {}", ident(name))).collect();
    let hint =
        if create.len() == names.len() { create.join("; ") } else { "make it there first, in the same schemas".to_owned() };
    (!names.is_empty()).then(|| refused("not-there", what, hint))
}

/// Who cannot look cannot know.
fn closed(unseen: &[&Dependency], to: &str) -> Option<Note> {
    let names: Vec<String> = unseen.iter().map(|needed| shown(&needed.what).into_owned()).collect();
    let what = format!("our role may not see in {} whether there is what the source needs: {}", shown(to), some(&names));
    (!names.is_empty()).then(|| refused("not-seen", what, "GRANT USAGE on their schemas to our role".to_owned()))
}

fn version(needed: &Dependency, found: &Found, (from, to): (&str, &str)) -> Note {
    let of = |found: &Found| found.facets.iter().map(|facet| shown(facet).into_owned()).collect::<Vec<_>>().join(", ");
    let what = format!(
        "{} has {} in {}, {} in {}: what is used of it is there, and may do otherwise",
        shown(to),
        shown(&needed.what),
        of(found),
        shown(from),
        of(&needed.here)
    );
    Note { refuses: false, severity: Severity::Warn, hint: None, ..refused("other-version", what, String::new()) }
}

/// Foreign keys out of the schema are checked against the rows that are there.
fn rows<'a>(needed: impl Iterator<Item = &'a Dependency>, to: &str, recipe: &Recipe) -> Option<Note> {
    let copied: BTreeSet<&str> = recipe.copies.iter().map(|copy| copy.table.as_str()).collect();
    let mut leading = Vec::new();
    for needed in needed {
        let tables = needed.keys_of.iter().filter(|table| copied.contains(table.as_str()));
        leading.extend(tables.map(|table| format!("{} to {}", shown(table), shown(&needed.what))));
    }
    let what = format!(
        "foreign keys lead out of the source: {}; a row whose counterpart {} has not ends its target",
        some(&leading),
        shown(to)
    );
    let note = refused("keys-elsewhere", what, "leave these rows out, or see that the others are there".into());
    (!leading.is_empty()).then_some(Note { refuses: false, severity: Severity::Warn, ..note })
}

fn some(names: &[String]) -> String {
    let more = if names.len() > NAMED { format!(" and {} more", names.len() - NAMED) } else { String::new() };
    format!("{}{more}", names.iter().take(NAMED).map(String::as_str).collect::<Vec<_>>().join(", "))
}

fn refused(rule: &str, what: String, hint: String) -> Note {
    Note { rule: rule.into(), severity: Severity::Danger, refuses: true, place: None, what, hint: Some(hint) }
}

#[cfg(test)]
mod tests;
