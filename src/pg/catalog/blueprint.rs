//! One schema read to be made again: the server writes the statements, one query for each kind, all sent together. Must not know in
//! which order they are sent, nor what a clone leaves out.

use futures_util::future::join_all;

use super::objects::{changed, list, oids, vanished};
use super::template;
use crate::domain::blueprint::{Address, Blueprint, Finding, FindingKind, Need, Part, PartKind, RowTable};
use crate::domain::catalog::Oid;
use crate::domain::fault::{Fault, FaultKind};
use crate::pg::session::{Param, Reading, Row};

/// A query for objects of these kinds, as `objects_listed.sql` calls them.
struct Query {
    of: &'static [&'static str],
    sql: &'static str,
}

const RELATIONS: &[&str] = &["tables", "views", "sequences"];
const ROUTINES: &[&str] = &["functions", "aggregates"];
const TYPES: &[&str] = &["types", "domains"];
const WITH_INDEXES: &[&str] = &["tables", "views"];

const QUERIES: [Query; 28] = [
    Query { of: &["pg_namespace"], sql: include_str!("../sql/clone_schema.sql") },
    Query { of: &["tables"], sql: include_str!("../sql/clone_tables.sql") },
    Query { of: &["tables"], sql: include_str!("../sql/clone_columns.sql") },
    Query { of: WITH_INDEXES, sql: include_str!("../sql/clone_defaults.sql") },
    Query { of: WITH_INDEXES, sql: include_str!("../sql/clone_alterations.sql") },
    Query { of: &["tables"], sql: include_str!("../sql/clone_attached.sql") },
    Query { of: &["tables"], sql: include_str!("../sql/clone_constraints.sql") },
    Query { of: WITH_INDEXES, sql: include_str!("../sql/clone_indexes.sql") },
    Query { of: WITH_INDEXES, sql: include_str!("../sql/clone_index_states.sql") },
    Query { of: WITH_INDEXES, sql: include_str!("../sql/clone_triggers.sql") },
    Query { of: WITH_INDEXES, sql: include_str!("../sql/clone_rules.sql") },
    Query { of: &["tables"], sql: include_str!("../sql/clone_policies.sql") },
    Query { of: WITH_INDEXES, sql: include_str!("../sql/clone_states.sql") },
    Query { of: &["views"], sql: include_str!("../sql/clone_views.sql") },
    Query { of: &["sequences"], sql: include_str!("../sql/clone_sequences.sql") },
    Query { of: &["functions"], sql: include_str!("../sql/clone_functions.sql") },
    Query { of: &["aggregates"], sql: include_str!("../sql/clone_aggregates.sql") },
    Query { of: TYPES, sql: include_str!("../sql/clone_types.sql") },
    Query { of: TYPES, sql: include_str!("../sql/clone_casts.sql") },
    Query { of: &["pg_statistic_ext"], sql: include_str!("../sql/clone_statistics.sql") },
    Query { of: &["pg_collation"], sql: include_str!("../sql/clone_collations.sql") },
    Query { of: &["pg_ts_config"], sql: include_str!("../sql/clone_search_configurations.sql") },
    Query { of: &["pg_ts_dict"], sql: include_str!("../sql/clone_search_dictionaries.sql") },
    Query { of: &["pg_ts_parser"], sql: include_str!("../sql/clone_search_parsers.sql") },
    Query { of: &["pg_ts_template"], sql: include_str!("../sql/clone_search_templates.sql") },
    Query { of: &["pg_operator"], sql: include_str!("../sql/clone_operators.sql") },
    Query { of: &["pg_opfamily"], sql: include_str!("../sql/clone_families.sql") },
    Query { of: &["pg_opclass"], sql: include_str!("../sql/clone_classes.sql") },
];

/// Reads a schema to make it again. `version` is `server_version_num`.
///
/// Takes a short `AccessShare` lock on tables with defaults, checks, indexes and views. [`FaultKind::Busy`] when somebody works on one of
/// them, [`FaultKind::Gone`] when something vanished while it was read: ask again. Leaves the reading without a `search_path` of its own.
pub async fn read(reading: &Reading<'_>, version: u32, schema: Oid, name: &str) -> Result<Blueprint, Fault> {
    // All questions at once are a large state: it is kept apart.
    Box::pin(ask(reading, version, schema, name)).await
}

async fn ask(reading: &Reading<'_>, version: u32, schema: Oid, name: &str) -> Result<Blueprint, Fault> {
    let major = version / 10_000;
    let named = [Param::Text(name)];
    let set = reading.rows(include_str!("../sql/clone_settings.sql"), &named);
    let (_, before, listed) = futures_util::try_join!(set, oids(reading, schema), list(reading, schema))?;
    let of = |kinds: &[&str]| -> Vec<Oid> {
        let named = listed.iter().filter(|(kind, _)| kinds.contains(&kind.as_str()));
        named.flat_map(|(_, oids)| oids.iter().copied()).collect()
    };
    let asked = QUERIES.iter().map(|query| (template::fill(query.sql, major), of(query.of)));
    let asked: Vec<(String, Vec<Oid>)> = asked.filter(|(_, oids)| !oids.is_empty()).collect();
    let one = async |(sql, oids): &(String, Vec<Oid>)| reading.rows(sql, &[Param::Oids(oids)]).await;
    let (relations, routines, types, tables) = (of(RELATIONS), of(ROUTINES), of(TYPES), of(&["tables"]));
    let grants = template::fill(include_str!("../sql/clone_grants.sql"), major);
    let given = [Param::Oids(&relations), Param::Oids(&routines), Param::Oids(&types), Param::Oid(schema)];
    let findings = template::fill(include_str!("../sql/clone_findings.sql"), major);
    let of_findings = [Param::Oid(schema), Param::Oids(&relations), Param::Oids(&routines), Param::Oids(&types)];
    let of_schema = [Param::Oid(schema)];
    let of_tables = [Param::Oids(&tables)];
    let (answers, grants, needs, tables, findings, after, _) = futures_util::join!(
        join_all(asked.iter().map(one)),
        reading.rows(&grants, &given),
        reading.rows(include_str!("../sql/clone_needs.sql"), &of_schema),
        reading.rows(include_str!("../sql/clone_rows.sql"), &of_tables),
        reading.rows(&findings, &of_findings),
        oids(reading, schema),
        reading.no_search_path(),
    );
    let mut blueprint = Blueprint { schema: name.to_owned(), ..Blueprint::default() };
    for answer in answers.into_iter().chain([grants]) {
        let rows = answer.map_err(|fault| vanished(fault, name))?;
        blueprint.parts.extend(rows.iter().map(part).collect::<Result<Vec<_>, _>>()?);
    }
    if after? != before {
        return Err(changed(name));
    }
    blueprint.needs = needs?.iter().map(need).collect::<Result<_, _>>()?;
    blueprint.tables = tables?.iter().map(table).collect::<Result<_, _>>()?;
    blueprint.findings = findings?.iter().map(finding).collect::<Result<_, _>>()?;
    let itself = blueprint.parts.iter().find(|part| part.kind == PartKind::Schema);
    blueprint.owner = itself.and_then(|part| part.owner.clone()).ok_or_else(|| changed(name))?;
    Ok(blueprint)
}

fn part(row: &Row) -> Result<Part, Fault> {
    let word: &str = row.get(0)?;
    Ok(Part {
        kind: PartKind::from_word(word).ok_or_else(|| unknown(word))?,
        at: Address { class: row.get(1)?, oid: row.get(2)? },
        of: row.get(3)?,
        place: row.get(4)?,
        what: row.get(5)?,
        sql: row.get(6)?,
        extra: row.get(7)?,
        subject: row.get(8)?,
        comment: row.get(9)?,
        owner: row.get(10)?,
    })
}

fn need(row: &Row) -> Result<Need, Fault> {
    Ok(Need {
        who: Address { class: row.get(0)?, oid: row.get(1)? },
        whom: Address { class: row.get(2)?, oid: row.get(3)? },
        is_inside: row.get(4)?,
        is_owned: row.get(5)?,
    })
}

fn table(row: &Row) -> Result<RowTable, Fault> {
    Ok(RowTable {
        name: row.get(0)?,
        columns: row.get(1)?,
        rows: row.get::<i64>(2)?.cast_unsigned(),
        bytes: row.get::<i64>(3)?.cast_unsigned(),
        sequences: row.get(4)?,
        partition_of: row.get(5)?,
    })
}

fn finding(row: &Row) -> Result<Finding, Fault> {
    let word: &str = row.get(0)?;
    Ok(Finding { kind: FindingKind::from_word(word).ok_or_else(|| unknown(word))?, what: row.get(1)? })
}

fn unknown(word: &str) -> Fault {
    Fault::new(FaultKind::Server, format!("no part of a schema is {word:?}"))
}
