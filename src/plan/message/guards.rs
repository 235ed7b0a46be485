//! The guards of a message, as statements of the server: before anything is done, that the schema is the one of the plan, nobody
//! else works on it, and its ledger says what is expected; at the end, that nothing outside of it was touched. Their bodies are
//! literals, so that no name in them can end them early.

use super::{BUSY, FELL_THROUGH, GONE, MOVED, lock_key};
use crate::domain::catalog::Oid;
use crate::plan::parts::{RunPolicy, Target};
use crate::sqltext::literal;

/// The detail of [`GONE`] for a schema with another name.
pub(in crate::plan) const RENAMED: &str = "renamed";
/// The detail of [`GONE`] for a schema that does not lead the `search_path`.
pub(in crate::plan) const CLOSED: &str = "closed";

/// How the advisory lock of the schema is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::plan) enum Lock {
    /// At once or not at all, until the end of the transaction.
    Transaction,
    /// At once or not at all, until it is given back or the session ends: also by a transaction that fails.
    Session,
    /// As soon as whoever holds it is gone, until the end of the transaction.
    Wait,
}

/// The first guard. It leaves `search_path` as `pg_catalog`. Each of its statements reads what was committed before it began: the
/// ledger is read after the lock was taken, and never together with it.
pub(in crate::plan) fn first(target: &Target, lock: Lock, expected: Option<&str>) -> String {
    let (class, key) = lock_key(target.oid);
    let take = match lock {
        Lock::Transaction => taken(&format!("pg_try_advisory_xact_lock({class}, {key})")),
        Lock::Session => taken(&format!("pg_try_advisory_lock({class}, {key})")),
        Lock::Wait => format!("PERFORM pg_advisory_xact_lock({class}, {key});\n"),
    };
    // Where row security would hide lines, the statement fails instead of taking a part for the whole.
    let ledger = expected.map(|expected| {
        let moved = says(expected);
        format!("said := set_config('row_security', 'off', true);\n{moved}said := set_config('row_security', was_secured, true);\n")
    });
    // What is assigned is evaluated without a plan of its own, where PERFORM has one: this is sent for every target.
    let body = format!(
        "DECLARE\n\
         path pg_catalog.name[] := pg_catalog.current_schemas(false);\n\
         was_secured pg_catalog.text := pg_catalog.current_setting('row_security');\n\
         said pg_catalog.text := pg_catalog.set_config('search_path', 'pg_catalog', true);\n\
         BEGIN\n\
         {LEXER}{take}{same}{ledger}\
         END",
        same = same(&literal(&target.schema), &of(target.oid)),
        ledger = ledger.unwrap_or_default(),
    );
    format!("DO {}", literal(&body))
}

/// Another lexer than the one by which the statements were split would see other statements.
pub(super) const LEXER: &str = "IF current_setting('standard_conforming_strings') <> 'on' THEN RAISE EXCEPTION USING ERRCODE = '0A000', \
                     MESSAGE = 'standard_conforming_strings is off'; END IF;\n";

/// That the advisory lock of the schema was taken.
pub(super) fn taken(lock: &str) -> String {
    raise_unless(lock, BUSY, "another session works on this schema", None)
}

/// That the schema of this number has this name and leads the path, both in SQL. Wants the variables `said` and `path`.
pub(super) fn same(name: &str, schema: &str) -> String {
    format!(
        "SELECT CASE WHEN n.nspname <> {name} THEN '{RENAMED}' WHEN path[1] IS DISTINCT FROM n.nspname THEN '{CLOSED}' ELSE 'same' END \
         INTO said FROM pg_namespace AS n WHERE n.oid = {schema};\n\
         IF said IS DISTINCT FROM 'same' THEN RAISE EXCEPTION USING ERRCODE = '{GONE}', \
         MESSAGE = 'the schema is not the one of the plan', DETAIL = coalesce(said, 'gone'); END IF;\n"
    )
}

/// That the ledger says this.
pub(super) fn says(expected: &str) -> String {
    raise_unless(expected, MOVED, "the ledger does not say what the plan expects", None)
}

/// The number of a schema in SQL.
fn of(schema: Oid) -> String {
    format!("'{schema}'::oid")
}

/// Whether the ledger says this, as a guard of its own.
pub(in crate::plan) fn ledger(expected: &str) -> String {
    let moved = says(expected);
    let body = format!(
        "BEGIN\nPERFORM pg_catalog.set_config('search_path', 'pg_catalog', true);\n\
         PERFORM set_config('row_security', 'off', true);\n{moved}END"
    );
    format!("DO {}", literal(&body))
}

pub(in crate::plan) fn raise_unless(condition: &str, sqlstate: &str, message: &str, detail: Option<&str>) -> String {
    let detail = detail.map(|detail| format!(", DETAIL = {}", literal(detail))).unwrap_or_default();
    format!(
        "IF ({condition}) IS NOT TRUE THEN RAISE EXCEPTION USING ERRCODE = '{sqlstate}', MESSAGE = {}{detail}; END IF;\n",
        literal(message)
    )
}

/// The name of the cursor that [`before`] opens.
pub(super) const CURSOR: &str = "tenantry_before";

/// Opens a cursor that sees the catalogue as it is before the migration, and looks at the locks of this session only when it is
/// asked: it tells what the migration has dropped, as [`last`] itself tells what it has made. To be sent with `pg_catalog` as
/// `search_path`.
pub(in crate::plan) fn before(target: &Target, policy: &RunPolicy) -> String {
    format!("DECLARE {CURSOR} NO SCROLL CURSOR FOR {}", seen(&of(target.oid), policy))
}

/// The last guard: no lock with which one writes or changes outside of the schema, but those of the plan. Statements after it find
/// `pg_catalog` as `search_path`.
pub(in crate::plan) fn last(target: &Target, policy: &RunPolicy) -> String {
    let schema = of(target.oid);
    let body = format!(
        "DECLARE\n\
         {LOOKED}\
         path pg_catalog.text := pg_catalog.set_config('search_path', 'pg_catalog', true);\n\
         BEGIN\n\
         {untouched}\
         END",
        // Not even parsed where nothing is outside.
        untouched = untouched(&schema, &format!("EXECUTE {} INTO after", literal(&now(&schema, policy)))),
    );
    format!("DO {}", literal(&body))
}

/// The variables of [`untouched`].
pub(super) const LOOKED: &str = "seen pg_catalog.refcursor := 'tenantry_before';\n\
                      before pg_catalog.text;\n\
                      after pg_catalog.text;\n\
                      kinds pg_catalog.text[];\n\
                      relations pg_catalog.oid[];\n\
                      classes pg_catalog.oid[];\n\
                      objects pg_catalog.oid[];\n";

/// That nothing is locked outside of the schema that may not be. `look` puts into `after` what [`now`] finds.
pub(super) fn untouched(schema: &str, look: &str) -> String {
    format!(
        "FETCH seen INTO before, kinds, relations, classes, objects;\n\
         IF EXISTS ({outside}) THEN {look}; END IF;\n\
         IF before IS NOT NULL OR after IS NOT NULL THEN RAISE EXCEPTION USING ERRCODE = '{FELL_THROUGH}', \
         MESSAGE = 'the migration took locks outside of its schema', DETAIL = coalesce(before, after); END IF;\n\
         CLOSE seen;\n",
        outside = outside(schema),
    )
}

/// A query that gives rows when any of the locks that [`seen`] told is on something outside of the schema as the catalogue is now. It
/// is planned in a fraction of the time of [`held`], which is reached only where this one finds something.
fn outside(schema: &str) -> String {
    format!(
        "SELECT FROM (SELECT CASE l.locktype \
         WHEN 'relation' THEN (SELECT c.relnamespace FROM pg_class AS c WHERE c.oid = l.relation) \
         ELSE CASE l.classid WHEN {SCHEMAS} THEN l.objid \
         WHEN {TYPES} THEN (SELECT t.typnamespace FROM pg_type AS t WHERE t.oid = l.objid) \
         WHEN {FUNCTIONS} THEN (SELECT p.pronamespace FROM pg_proc AS p WHERE p.oid = l.objid) END END AS namespace \
         FROM unnest(kinds, relations, classes, objects) AS l (locktype, relation, classid, objid) OFFSET 0) AS o \
         WHERE o.namespace NOT IN ({schema}, {CATALOG}, {TOAST})"
    )
}

/// The query of the cursor: what [`held`] finds when it is asked, and the locks that it looked at. All locks of the server are gone
/// through once for both: its lock table may be large, and nobody takes a lock meanwhile.
pub(super) fn seen(schema: &str, policy: &RunPolicy) -> String {
    format!(
        "WITH l AS MATERIALIZED (SELECT l.mode, l.locktype, l.relation, l.classid, l.objid FROM {LOCKS}) \
         SELECT ({}), a.* FROM (SELECT array_agg(l.locktype), array_agg(l.relation), array_agg(l.classid), array_agg(l.objid) \
         FROM l) AS a",
        held(schema, policy, "l"),
    )
}

/// What [`held`] finds of the locks of this moment.
pub(super) fn now(schema: &str, policy: &RunPolicy) -> String {
    held(schema, policy, LOCKS)
}

// The numbers of these are the same in every database (pg_class.dat, pg_namespace.dat): a number costs no lookup.
const SCHEMAS: Oid = 2615;
const TYPES: Oid = 1247;
const FUNCTIONS: Oid = 1255;
const CATALOG: Oid = 11;
const TOAST: Oid = 99;

/// The locks of this session with which one writes or changes.
const LOCKS: &str = "pg_lock_status() AS l WHERE l.pid = pg_backend_pid() AND l.locktype IN ('relation', 'object') \
                     AND l.mode NOT IN ('AccessShareLock', 'RowShareLock')";

/// The query that names what of these locks this session may not have; null when there is nothing. A lock on an index is told as one
/// on its table. Locks on types and functions are those of statements that drop or change them.
///
/// Each lock is looked up by itself, and its schema only where that may be another one: a join would take longer to plan than a
/// migration takes.
fn held(schema: &str, policy: &RunPolicy, locks: &str) -> String {
    let unless = |names: &[String], and: &str| match names {
        [] => String::new(),
        names => {
            let names: Vec<String> = names.iter().map(|name| literal(name)).collect();
            format!(" AND NOT (o.name IN ({}){and})", names.join(", "))
        }
    };
    let table = "e.oid = coalesce((SELECT x.indrelid FROM pg_index AS x WHERE x.indexrelid = l.relation), l.relation)";
    // Types of tables and of arrays go with what they are of.
    let own_type = "e.oid = l.objid AND e.typrelid = 0 AND e.typelem = 0";
    format!(
        "SELECT array_to_string((array_agg(DISTINCT o.name || ' ' || o.mode))[1:{MOST}], ', ') FROM (SELECT f.mode, \
         (SELECT concat_ws('.', n.nspname, f.which[2]) FROM pg_namespace AS n WHERE n.oid = f.which[1]::oid \
         AND n.nspname !~ '^pg_(toast_)?temp_') AS name FROM (SELECT l.mode, CASE l.locktype \
         WHEN 'relation' THEN (SELECT ARRAY[e.relnamespace::text, e.relname] FROM pg_class AS e WHERE {table}) \
         WHEN 'object' THEN CASE l.classid WHEN {SCHEMAS} THEN ARRAY[l.objid::text] \
         WHEN {TYPES} THEN (SELECT ARRAY[e.typnamespace::text, e.typname] FROM pg_type AS e WHERE {own_type}) \
         WHEN {FUNCTIONS} THEN (SELECT ARRAY[e.pronamespace::text, e.proname] FROM pg_proc AS e WHERE e.oid = l.objid) END END AS which \
         FROM {locks} OFFSET 0) AS f WHERE f.which[1] NOT IN (({schema})::text, '{CATALOG}', '{TOAST}') OFFSET 0) AS o \
         WHERE o.name IS NOT NULL{allowed}{referenced}",
        allowed = unless(&policy.allowed, ""),
        referenced = unless(&policy.referenced, " AND o.mode = 'ShareRowExclusiveLock'"),
    )
}

/// So many locks are named at most.
const MOST: u8 = 5;
