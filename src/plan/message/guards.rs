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
        Lock::Transaction => raise_unless(
            &format!("pg_try_advisory_xact_lock({class}, {key})"),
            BUSY,
            "another session works on this schema",
            None,
        ),
        Lock::Session => raise_unless(
            &format!("pg_try_advisory_lock({class}, {key})"),
            BUSY,
            "another session works on this schema",
            None,
        ),
        Lock::Wait => format!("PERFORM pg_advisory_xact_lock({class}, {key});\n"),
    };
    let gone = "the schema is not the one of the plan";
    // Another lexer than the one by which the statements were split would see other statements.
    let lexer = "IF current_setting('standard_conforming_strings') <> 'on' THEN RAISE EXCEPTION USING ERRCODE = '0A000', \
                 MESSAGE = 'standard_conforming_strings is off'; END IF;\n";
    let ledger = expected.map(|expected| {
        let moved = raise_unless(expected, MOVED, "the ledger does not say what the plan expects", None);
        // Where row security would hide lines, the statement fails instead of taking a part for the whole.
        format!(
            "PERFORM set_config('row_security', 'off', true);\n{moved}PERFORM set_config('row_security', was_secured, true);\n"
        )
    });
    let body = format!(
        "DECLARE\n\
         path pg_catalog.name[] := pg_catalog.current_schemas(false);\n\
         was_secured pg_catalog.text := pg_catalog.current_setting('row_security');\n\
         is_named pg_catalog.name;\n\
         BEGIN\n\
         PERFORM pg_catalog.set_config('search_path', 'pg_catalog', true);\n\
         {lexer}{take}\
         SELECT n.nspname INTO is_named FROM pg_namespace AS n WHERE n.oid = '{oid}'::oid;\n\
         {is_there}{is_same}{is_first}{ledger}\
         END",
        oid = target.oid,
        is_there = raise_unless("is_named IS NOT NULL", GONE, gone, Some("gone")),
        is_same = raise_unless(&format!("is_named = {}", literal(&target.schema)), GONE, gone, Some(RENAMED)),
        is_first = raise_unless("path[1] IS NOT DISTINCT FROM is_named", GONE, gone, Some(CLOSED)),
        ledger = ledger.unwrap_or_default(),
    );
    format!("DO {}", literal(&body))
}

/// Whether the ledger says this, as a guard of its own.
pub(in crate::plan) fn ledger(expected: &str) -> String {
    let moved = raise_unless(expected, MOVED, "the ledger does not say what the plan expects", None);
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
const CURSOR: &str = "tenantry_before";

/// Opens a cursor that sees the catalogue as it is before the migration, and looks at the locks of this session only when it is
/// asked: it tells what the migration has dropped, as [`last`] itself tells what it has made. To be sent with `pg_catalog` as
/// `search_path`.
pub(in crate::plan) fn before(target: &Target, policy: &RunPolicy) -> String {
    format!("DECLARE {CURSOR} NO SCROLL CURSOR FOR {}", held(target.oid, policy))
}

/// The last guard: no lock with which one writes or changes outside of the schema, but those of the plan. Statements after it find
/// `pg_catalog` as `search_path`.
pub(in crate::plan) fn last(target: &Target, policy: &RunPolicy) -> String {
    let body = format!(
        "DECLARE\n\
         seen pg_catalog.refcursor := '{CURSOR}';\n\
         before pg_catalog.text;\n\
         after pg_catalog.text;\n\
         BEGIN\n\
         PERFORM pg_catalog.set_config('search_path', 'pg_catalog', true);\n\
         FETCH seen INTO before;\n\
         IF EXISTS ({outside}) THEN after := ({held}); END IF;\n\
         IF before IS NOT NULL OR after IS NOT NULL THEN RAISE EXCEPTION USING ERRCODE = '{FELL_THROUGH}', \
         MESSAGE = 'the migration took locks outside of its schema', DETAIL = coalesce(before, after); END IF;\n\
         CLOSE seen;\n\
         END",
        outside = outside(target.oid),
        held = held(target.oid, policy),
    );
    format!("DO {}", literal(&body))
}

/// A query that gives rows when this session has locked anything so outside of the schema. It is planned in a fraction of the time of
/// [`held`], which is reached only where this one finds something.
fn outside(schema: Oid) -> String {
    format!(
        "SELECT FROM (SELECT CASE l.locktype \
         WHEN 'relation' THEN (SELECT c.relnamespace FROM pg_class AS c WHERE c.oid = l.relation) \
         WHEN 'object' THEN CASE l.classid WHEN 'pg_namespace'::regclass THEN l.objid \
         WHEN 'pg_type'::regclass THEN (SELECT t.typnamespace FROM pg_type AS t WHERE t.oid = l.objid) \
         WHEN 'pg_proc'::regclass THEN (SELECT p.pronamespace FROM pg_proc AS p WHERE p.oid = l.objid) END END AS namespace \
         FROM pg_locks AS l WHERE {STRONG} OFFSET 0) AS o \
         WHERE o.namespace NOT IN ('{schema}'::oid, 'pg_catalog'::regnamespace, 'pg_toast'::regnamespace)"
    )
}

/// The locks of this session with which one writes or changes.
const STRONG: &str = "l.pid = pg_backend_pid() AND l.mode NOT IN ('AccessShareLock', 'RowShareLock')";

/// The query that names what this session has locked so and may not; null when there is nothing. A lock on an index is told as one
/// on its table. Locks on types and functions are those of statements that drop or change them.
///
/// Each lock is looked up by itself: a join of all that may be locked would take longer to plan than a migration takes.
fn held(schema: Oid, policy: &RunPolicy) -> String {
    let unless = |names: &[String], and: &str| match names {
        [] => String::new(),
        names => {
            let names: Vec<String> = names.iter().map(|name| literal(name)).collect();
            format!(" AND NOT (o.name IN ({}){and})", names.join(", "))
        }
    };
    let elsewhere = format!(
        "n.oid <> '{schema}'::oid AND n.nspname NOT IN ('pg_catalog', 'pg_toast') AND n.nspname !~ '^pg_(toast_)?temp_'"
    );
    let named = |name: &str, table: &str, namespace: &str, which: &str| {
        format!(
            "(SELECT n.nspname || '.' || e.{name} FROM {table} AS e JOIN pg_namespace AS n ON n.oid = e.{namespace} \
             WHERE {which} AND {elsewhere})"
        )
    };
    let table = "e.oid = coalesce((SELECT x.indrelid FROM pg_index AS x WHERE x.indexrelid = l.relation), l.relation)";
    format!(
        "SELECT array_to_string((array_agg(DISTINCT o.name || ' ' || o.mode))[1:{MOST}], ', ') FROM (\
         SELECT l.mode, CASE l.locktype WHEN 'relation' THEN {relation} WHEN 'object' THEN CASE l.classid \
         WHEN 'pg_namespace'::regclass THEN (SELECT n.nspname FROM pg_namespace AS n WHERE n.oid = l.objid AND {elsewhere}) \
         WHEN 'pg_type'::regclass THEN {typ} WHEN 'pg_proc'::regclass THEN {function} END END AS name \
         FROM pg_locks AS l WHERE {STRONG} OFFSET 0) AS o WHERE o.name IS NOT NULL{allowed}{referenced}",
        relation = named("relname", "pg_class", "relnamespace", table),
        // Types of tables and of arrays go with what they are of.
        typ = named("typname", "pg_type", "typnamespace", "e.oid = l.objid AND e.typrelid = 0 AND e.typelem = 0"),
        function = named("proname", "pg_proc", "pronamespace", "e.oid = l.objid"),
        allowed = unless(&policy.allowed, ""),
        referenced = unless(&policy.referenced, " AND o.mode = 'ShareRowExclusiveLock'"),
    )
}

/// So many locks are named at most.
const MOST: u8 = 5;
