//! The objects of one schema as the catalogue and the server's own deparsing tell them, found by index, one query for each kind,
//! all sent together. Must not know what is canonical: names of the schema and of roles, loose names and the ways of a major are
//! [`crate::drift`]'s.

mod grants;

use futures_util::future::join_all;

use super::template;
use crate::domain::catalog::Oid;
use crate::domain::fault::{Fault, FaultKind};
use crate::domain::name::shown;
use crate::domain::structure::{Aspect, Attribute, Kind, Object};
use crate::pg::session::{Param, Reading, Row};

/// A query for objects of these kinds, as `objects_listed.sql` calls them.
struct Query {
    of: &'static [&'static str],
    sql: &'static str,
}

const QUERIES: [Query; 21] = [
    Query { of: &["pg_namespace"], sql: include_str!("../sql/objects_schema.sql") },
    Query { of: &["tables"], sql: include_str!("../sql/objects_tables.sql") },
    Query { of: &["tables"], sql: include_str!("../sql/objects_columns.sql") },
    Query { of: &["tables"], sql: include_str!("../sql/objects_constraints.sql") },
    Query { of: &["tables", "views"], sql: include_str!("../sql/objects_indexes.sql") },
    Query { of: &["tables", "views"], sql: include_str!("../sql/objects_triggers.sql") },
    Query { of: &["tables", "views"], sql: include_str!("../sql/objects_rules.sql") },
    Query { of: &["tables"], sql: include_str!("../sql/objects_policies.sql") },
    Query { of: &["views"], sql: include_str!("../sql/objects_views.sql") },
    Query { of: &["sequences"], sql: include_str!("../sql/objects_sequences.sql") },
    Query { of: &["functions"], sql: include_str!("../sql/objects_functions.sql") },
    Query { of: &["aggregates"], sql: include_str!("../sql/objects_aggregates.sql") },
    Query { of: &["domains", "types"], sql: include_str!("../sql/objects_types.sql") },
    Query { of: &["domains"], sql: include_str!("../sql/objects_domain_constraints.sql") },
    Query { of: &["pg_statistic_ext"], sql: include_str!("../sql/objects_statistics.sql") },
    Query { of: &["pg_collation"], sql: include_str!("../sql/objects_collations.sql") },
    Query { of: &["pg_ts_config"], sql: include_str!("../sql/objects_search_configurations.sql") },
    Query { of: &["pg_ts_dict"], sql: include_str!("../sql/objects_search_dictionaries.sql") },
    Query { of: &["pg_ts_parser"], sql: include_str!("../sql/objects_search_parsers.sql") },
    Query { of: &["pg_ts_template"], sql: include_str!("../sql/objects_search_templates.sql") },
    Query { of: &["pg_operator"], sql: include_str!("../sql/objects_operators.sql") },
];

/// Reads all objects of a schema, raw: [`crate::drift`] makes them canonical. `version` is `server_version_num`.
///
/// Takes a short `AccessShare` lock on tables with defaults, checks, indexes and views, so the reading's limits should be short.
/// [`FaultKind::Busy`] when somebody works on one of them, [`FaultKind::Gone`] when something vanished while it was read: ask
/// again. Leaves the reading without a `search_path` of its own.
pub async fn read(reading: &Reading<'_>, version: u32, schema: Oid, name: &str) -> Result<Vec<Object>, Fault> {
    let ((), before, listed) =
        futures_util::try_join!(reading.search_path(name), oids(reading, schema), list(reading, schema))?;
    let major = version / 10_000;
    let of = |query: &Query| -> Vec<Oid> {
        let kinds = listed.iter().filter(|(kind, _)| query.of.contains(&kind.as_str()));
        kinds.flat_map(|(_, oids)| oids.iter().copied()).collect()
    };
    let asked = QUERIES.iter().map(|query| (query.sql, of(query))).filter(|(_, oids)| !oids.is_empty());
    let asked: Vec<(String, Vec<Oid>)> = asked.map(|(sql, oids)| (template::fill(sql, major), oids)).collect();
    // What is answered is taken in while the server works on the next.
    let ask = async |(sql, oids): &(String, Vec<Oid>)| {
        let rows = reading.rows(sql, &[Param::Oids(oids)]).await.map_err(|fault| vanished(fault, name))?;
        rows.iter().map(|row| object(row)?.ok_or_else(|| changed(name))).collect::<Result<Vec<_>, Fault>>()
    };
    // What stands there is asked again at the end, so that what was made or dropped meanwhile is noticed.
    let (answers, after, _) =
        futures_util::join!(join_all(asked.iter().map(ask)), oids(reading, schema), reading.no_search_path());
    let mut objects = Vec::new();
    for answer in answers {
        objects.extend(answer?);
    }
    if after? != before {
        return Err(changed(name));
    }
    rank_columns(&mut objects);
    Ok(objects)
}

/// What stands in the schema by itself: kinds and the OIDs of each.
pub(super) async fn list(reading: &Reading<'_>, schema: Oid) -> Result<Vec<(String, Vec<Oid>)>, Fault> {
    let rows = reading.rows(include_str!("../sql/objects_listed.sql"), &[Param::Oid(schema)]).await?;
    let mut listed = vec![("pg_namespace".to_owned(), vec![schema])];
    for row in &rows {
        listed.push((row.get(0)?, row.get(1)?));
    }
    Ok(listed)
}

/// The OIDs of everything that stands in the schema by itself, for less than the list costs.
pub(super) async fn oids(reading: &Reading<'_>, schema: Oid) -> Result<Vec<Oid>, Fault> {
    let rows = reading.rows(include_str!("../sql/objects_oids.sql"), &[Param::Oid(schema)]).await?;
    rows.first().map_or_else(|| Ok(Vec::new()), |row| row.get(0))
}

/// Makes the numbers of columns their ranks among the columns of their table: a dropped column leaves a gap.
fn rank_columns(objects: &mut [Object]) {
    let columns = objects.iter_mut().filter(|object| object.kind == Kind::Column);
    let mut numbers: Vec<(&Option<String>, u32, &mut String)> = columns
        .filter_map(|Object { parent, attributes, .. }| {
            let position = attributes.iter_mut().find(|attribute| attribute.aspect == Aspect::Position)?;
            Some((&*parent, position.value.parse().ok()?, &mut position.value))
        })
        .collect();
    numbers.sort_by_key(|(parent, number, _)| (*parent, *number));
    for of_table in numbers.chunk_by_mut(|(one, ..), (other, ..)| one == other) {
        for (rank, (.., value)) in (1..).zip(of_table) {
            **value = rank.to_string();
        }
    }
}

pub(super) fn changed(name: &str) -> Fault {
    Fault::new(FaultKind::Gone, format!("schema {} changed while it was read", shown(name))).hint("read it again")
}

/// The server has no SQLSTATE of its own for an object that is dropped while it is being described.
pub(super) fn vanished(fault: Fault, name: &str) -> Fault {
    let is_gone = ["cache lookup failed", "could not open relation with OID", "could not find tuple for"]
        .iter()
        .any(|words| fault.what.contains(words));
    if is_gone { changed(name) } else { fault }
}

/// One row: kind, parent, name, whether the name is loose, names and values of attributes. `None` when a text that must be
/// there (its attribute's name begins with `!`) is not: the server gives null for what is gone.
fn object(row: &Row) -> Result<Option<Object>, Fault> {
    let word: String = row.get(0)?;
    let kind =
        Kind::from_word(&word).ok_or_else(|| Fault::new(FaultKind::Server, format!("no kind of objects is {word:?}")))?;
    let cells: Vec<Option<String>> = row.get(4)?;
    let mut attributes = Vec::new();
    for pair in cells.chunks_exact(2) {
        let [Some(name), value] = pair else { continue };
        let (name, is_needed) = name.strip_prefix('!').map_or((name.as_str(), false), |name| (name, true));
        let value = if name == "grants" { value.as_deref().and_then(grants::told) } else { value.clone() };
        match value {
            // A function may have no arguments; any other text that is empty says nothing.
            Some(value) if !value.is_empty() || name == "()" => {
                attributes.push(Attribute { name: name.to_owned(), value, aspect: aspect(name) });
            }
            None if is_needed => return Ok(None),
            _ => {}
        }
    }
    attributes.sort();
    Ok(Some(Object { kind, parent: row.get(1)?, name: row.get(2)?, is_name_loose: row.get(3)?, attributes }))
}

fn aspect(attribute: &str) -> Aspect {
    match attribute {
        "definition" | "default" | "generated" | "partition key" | "bound" | "using" | "check" | "arguments"
        | "column defaults" => Aspect::Deparsed,
        "position" => Aspect::Position,
        "body" | "sql body" => Aspect::Body,
        "owner" => Aspect::Owner,
        "grants" | "default grants" => Aspect::Grants,
        "comment" | "column comments" => Aspect::Comment,
        _ => Aspect::Definition,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(table: &str, number: u32) -> Object {
        let position = Attribute { name: "position".into(), value: number.to_string(), aspect: Aspect::Position };
        let parent = Some(table.to_owned());
        Object { kind: Kind::Column, parent, name: format!("c{number}"), is_name_loose: false, attributes: vec![position] }
    }

    #[test]
    fn the_place_of_a_column_is_its_rank_whatever_was_dropped_before_it() {
        let numbers = [("b", 12), ("a", 2), ("b", 3), ("a", 1), ("b", 4)];
        let mut objects: Vec<Object> = numbers.iter().map(|(table, number)| column(table, *number)).collect();
        rank_columns(&mut objects);
        let places: Vec<_> = objects.iter().map(|object| object.get("position").unwrap_or_default()).collect();
        assert_eq!(places, ["3", "2", "1", "1", "2"]);
    }
}
