//! Objects as the catalogue tells them made canonical: own names without schema, texts as every major writes them, fingerprints.
//! Must not know how objects are read.

mod fingerprint;
mod relative;
#[cfg(test)]
mod tests;
mod version;

use std::collections::HashSet;
use std::sync::Arc;

use self::relative::{Before, Relative};
use crate::domain::roles::matches;
use crate::domain::structure::{Attribute, Comparison, Ignore, Kind, Object, Structure};

/// What is needed to know of a schema to make its objects relative to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin<'a> {
    /// The raw name of the schema.
    pub schema: &'a str,
    /// The raw name of its owner, who becomes `@owner`.
    pub owner: &'a str,
    /// The major version of the server.
    pub major: u32,
}

/// The owner of the schema.
const OWNER: &str = "@owner";

/// The canonical structure of these objects under a comparison.
pub fn structure(raw: Vec<Object>, origin: &Origin<'_>, comparison: &Comparison) -> Structure {
    let mut objects = canonical(raw, origin);
    leave_out(&mut objects, &comparison.ignore);
    objects.sort();
    let shape = fingerprint::of(&objects, comparison, fingerprint::Names::Firm);
    let exact = fingerprint::of(&objects, comparison, fingerprint::Names::All);
    Structure { objects: objects.into_iter().map(Arc::new).collect(), shape, exact, major: origin.major }
}

fn canonical(mut raw: Vec<Object>, origin: &Origin<'_>) -> Vec<Object> {
    let mut relative = Relative::new(origin.schema);
    for object in &mut raw {
        if let (Kind::Sequence, true, Some(owner)) = (object.kind, object.is_name_loose, object.get("owned by")) {
            relative.name_sequence(&object.name, owner);
        }
    }
    for object in &mut raw {
        let attributes = std::mem::take(&mut object.attributes);
        for attribute in attributes {
            let value = value(object, &attribute, origin, &relative);
            match (attribute.name.as_str(), value) {
                // Part of the name, and told apart only because it may hold the schema's name.
                (ARGUMENTS, value) => object.name = format!("{}({})", object.name, value.unwrap_or_default()),
                (_, Some(value)) => object.attributes.push(Attribute { value, ..attribute }),
                (_, None) => {}
            }
        }
        object.attributes.sort();
    }
    raw
}

/// The types of a function's arguments, as the reader tells them.
const ARGUMENTS: &str = "()";

/// The canonical value; `None` when it is the default.
fn value(object: &Object, attribute: &Attribute, origin: &Origin<'_>, relative: &Relative) -> Option<String> {
    let raw = attribute.value.as_str();
    let role = |name: &str| if name == origin.owner { OWNER.to_owned() } else { name.to_owned() };
    Some(match attribute.name.as_str() {
        "owner" => return (raw != origin.owner).then(|| raw.to_owned()),
        "grants" | "default grants" => sorted_lines(raw, |line| match line.split_once(" to ") {
            Some((privileges, grantee)) => format!("{privileges} to {}", role(grantee)),
            None => line.to_owned(),
        }),
        "roles" => sorted_lines(raw, role),
        "config" => raw.lines().map(|line| relative.setting(line)).collect::<Vec<_>>().join("\n"),
        "body" | "comment" | "column comments" | "options" | "foreign options" => relative.text(raw),
        "position" | "labels" | "language" | "server" | "owned by" | "initial value" | "moving initial value" => {
            raw.to_owned()
        }
        name => {
            let is_query = matches!(
                (object.kind, name),
                (Kind::View | Kind::MaterializedView | Kind::Rule, "definition")
                    | (_, "sql body")
                    | (Kind::Policy, "using" | "check")
            );
            let before_columns = if is_query { Before::Tables } else { Before::Nothing };
            version::normalised(object.kind, name, relative.sql(raw, before_columns))
        }
    })
}

fn sorted_lines(text: &str, of: impl Fn(&str) -> String) -> String {
    let mut lines: Vec<String> = text.lines().map(of).collect();
    lines.sort();
    lines.join("\n")
}

/// Takes the ignored objects out, and what belongs to them.
fn leave_out(objects: &mut Vec<Object>, ignore: &[Ignore]) {
    if ignore.is_empty() {
        return;
    }
    let is_ignored = |object: &Object| ignore.iter().any(|ignore| fits(ignore, object));
    let is_parent =
        |kind| !matches!(kind, Kind::Column | Kind::Constraint | Kind::Index | Kind::Trigger | Kind::Rule | Kind::Policy);
    let gone: HashSet<String> = objects
        .iter()
        .filter(|object| is_parent(object.kind) && is_ignored(object))
        .map(|object| object.name.clone())
        .collect();
    objects.retain(|object| {
        let table_of_sequence = object.get("owned by").and_then(|owner| owner.rsplit_once('.')).map(|(table, _)| table);
        !is_ignored(object)
            && object.parent.as_ref().is_none_or(|parent| !gone.contains(parent))
            && table_of_sequence.is_none_or(|table| !gone.contains(table))
    });
}

fn fits(ignore: &Ignore, object: &Object) -> bool {
    if ignore.kind.is_some_and(|kind| kind != object.kind) || object.kind == Kind::Schema {
        return false;
    }
    let pattern = ignore.pattern.as_str();
    // A function may be named without its arguments.
    let bare = object.name.split_once('(').map_or(object.name.as_str(), |(bare, _)| bare);
    let with_parent = object.parent.as_ref().map(|parent| format!("{parent}.{}", object.name));
    matches(pattern, &object.name)
        || matches(pattern, bare)
        || (pattern.contains('.') && with_parent.is_some_and(|name| matches(pattern, &name)))
}
