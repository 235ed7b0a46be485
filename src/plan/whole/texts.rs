//! What the server is asked about a schema as a whole, as pieces of statements and as guards: what depends on it from outside, who
//! has locks in it, whether the registry has the rows of the plan. Pure. Every text expects `pg_catalog` as `search_path`.

use super::RegistryChange;
use crate::domain::catalog::Oid;
use crate::plan::message::{DEPENDED_ON, IN_USE, OURS, REGISTRY_MOVED};
use crate::sqltext::{ident, literal};

/// So many are named at most.
const MOST: u8 = 20;

/// What a dump of ours calls itself, so that a worker knows those of one that died.
pub fn dump_name(run: &str, schema: Oid) -> String {
    format!("tenantry/archive/{run}/{schema}")
}

/// The query that describes what depends on a schema and is not in it, each in a row of one column. A key, a rule, a trigger belongs to its
/// table, an index to its schema, what PostgreSQL itself makes for a foreign key to that key. Rows of publications and casts go with
/// what they are about.
pub fn dependents(schema: Oid) -> String {
    format!(
        "WITH RECURSIVE touched (classid, objid, objsubid, namespace) AS (\
         SELECT 'pg_namespace'::regclass::oid, '{schema}'::oid, 0, '{schema}'::oid \
         UNION \
         SELECT d.classid, d.objid, d.objsubid, {namespace} \
         FROM touched AS t JOIN pg_depend AS d ON d.refclassid = t.classid AND d.refobjid = t.objid \
         WHERE t.namespace = '{schema}'::oid) \
         SELECT DISTINCT CASE WHEN r.oid IS NOT NULL THEN pg_describe_object('pg_class'::regclass, r.ev_class, 0) \
         ELSE pg_describe_object(t.classid, t.objid, CASE WHEN c.relkind IN ('r', 'p', 'f') THEN t.objsubid ELSE 0 END) END \
         FROM touched AS t LEFT JOIN pg_rewrite AS r ON t.classid = 'pg_rewrite'::regclass AND r.oid = t.objid \
         LEFT JOIN pg_class AS c ON t.classid = 'pg_class'::regclass AND c.oid = t.objid \
         WHERE t.namespace IS DISTINCT FROM '{schema}'::oid ORDER BY 1 LIMIT {MOST}",
        namespace = namespace(schema)
    )
}

/// The schema that what `d` names belongs to; null where it belongs to none.
fn namespace(schema: Oid) -> String {
    let mut cases = String::new();
    for (catalogue, column) in [
        ("pg_type", "typnamespace"),
        ("pg_proc", "pronamespace"),
        ("pg_constraint", "connamespace"),
        ("pg_operator", "oprnamespace"),
        ("pg_opclass", "opcnamespace"),
        ("pg_opfamily", "opfnamespace"),
        ("pg_collation", "collnamespace"),
        ("pg_conversion", "connamespace"),
        ("pg_ts_config", "cfgnamespace"),
        ("pg_ts_dict", "dictnamespace"),
        ("pg_ts_parser", "prsnamespace"),
        ("pg_ts_template", "tmplnamespace"),
        ("pg_statistic_ext", "stxnamespace"),
        ("pg_default_acl", "defaclnamespace"),
    ] {
        cases.push_str(&format!(
            "WHEN '{catalogue}'::regclass THEN (SELECT x.{column} FROM {catalogue} AS x WHERE x.oid = d.objid) "
        ));
    }
    for (catalogue, column) in [("pg_attrdef", "adrelid"), ("pg_rewrite", "ev_class"), ("pg_policy", "polrelid")] {
        cases.push_str(&format!(
            "WHEN '{catalogue}'::regclass THEN (SELECT c.relnamespace FROM {catalogue} AS x JOIN pg_class AS c ON c.oid = \
             x.{column} WHERE x.oid = d.objid) "
        ));
    }
    format!(
        "CASE d.classid \
         WHEN 'pg_class'::regclass THEN (SELECT CASE WHEN c.relkind = 't' OR n.nspname = 'pg_toast' THEN '{schema}'::oid \
         ELSE c.relnamespace END FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace WHERE c.oid = d.objid) \
         WHEN 'pg_trigger'::regclass THEN (SELECT CASE WHEN x.tgisinternal THEN '{schema}'::oid ELSE c.relnamespace END \
         FROM pg_trigger AS x JOIN pg_class AS c ON c.oid = x.tgrelid WHERE x.oid = d.objid) \
         {cases}\
         ELSE (SELECT '{schema}'::oid WHERE d.classid::regclass::text IN ('pg_amop', 'pg_amproc', 'pg_cast', 'pg_transform', \
         'pg_publication_rel', 'pg_publication_namespace')) END"
    )
}

/// The guard that nothing outside depends on a schema.
pub(in crate::plan) fn nothing_depends(schema: Oid) -> String {
    raise_with(
        &format!("SELECT string_agg(w.what, ', ') FROM ({}) AS w (what)", dependents(schema)),
        DEPENDED_ON,
        "something outside of the schema depends on it",
    )
}

/// The guard that nobody else has locks in a schema, or waits for one. Whoever waited for ours would go on in what is dropped.
/// Vacuum gives way by itself; `ours` is what our own dump calls itself.
pub(in crate::plan) fn nobody_uses(schema: Oid, ours: &str) -> String {
    raise_with(
        &format!(
            "SELECT string_agg(DISTINCT coalesce('process ' || l.pid::text, 'a prepared transaction'), ', ') \
             FROM pg_locks AS l LEFT JOIN pg_stat_activity AS a ON a.pid = l.pid \
             LEFT JOIN pg_class AS c ON l.locktype IN ('relation', 'tuple', 'page') AND c.oid = l.relation \
             WHERE l.database = (SELECT oid FROM pg_database WHERE datname = current_database()) \
             AND l.pid IS DISTINCT FROM pg_backend_pid() \
             AND (c.relnamespace = '{schema}'::oid \
             OR (l.locktype = 'object' AND l.classid = 'pg_namespace'::regclass AND l.objid = '{schema}'::oid)) \
             AND coalesce(a.backend_type, '') <> 'autovacuum worker' AND coalesce(a.application_name, '') <> {}",
            literal(ours)
        ),
        IN_USE,
        "others use the schema",
    )
}

/// A block that raises with what a query of one row and one column gives, unless that is null.
fn raise_with(query: &str, sqlstate: &str, message: &str) -> String {
    let body = format!(
        "DECLARE\nseen pg_catalog.text;\nBEGIN\nseen := ({query});\n\
         IF seen IS NOT NULL THEN RAISE EXCEPTION USING ERRCODE = '{sqlstate}', MESSAGE = {}, DETAIL = seen; END IF;\nEND",
        literal(message)
    );
    format!("DO {}", literal(&body))
}

/// What changes the registry comes after this. It is the application's: its rows are changed by who may, not by who owns the schema, and its
/// triggers find what they look for. `None` is the role that connects.
pub(in crate::plan) fn before_changes(registrar: Option<&str>) -> [String; 2] {
    let role = registrar.map_or_else(|| OURS.to_owned(), |role| format!("SET LOCAL ROLE {}", ident(role)));
    [role, "SET LOCAL search_path TO DEFAULT".to_owned()]
}

/// A change of the registry that fails unless it finds as many rows as it did when it was planned.
pub(in crate::plan) fn change(change: &RegistryChange) -> String {
    let body = format!(
        "DECLARE\nseen pg_catalog.int8;\nBEGIN\n{};\nGET DIAGNOSTICS seen = ROW_COUNT;\n\
         IF seen <> {} THEN RAISE EXCEPTION USING ERRCODE = '{REGISTRY_MOVED}', \
         MESSAGE = 'the registry does not have the rows of the plan', \
         DETAIL = seen::pg_catalog.text || ' rows instead of {}'; END IF;\nEND",
        change.sql, change.rows, change.rows
    );
    format!("DO {}", literal(&body))
}
