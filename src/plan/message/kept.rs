//! The guards as functions that a session keeps: the server compiles and plans them once for a session, and not again for each target,
//! which takes it longer than most migrations take. They check what the guards of [`super::guards`] check, in the same order, and are
//! gone with the session. Must not know which sessions keep them.

use super::guards::{CURSOR, LEXER, LOOKED, now, same, says, seen as query, taken, untouched};
use super::{LOCKS, lock_key};
use crate::plan::parts::{RunPolicy, Target};
use crate::sqltext::literal;

/// Whether a session may keep them, as one column of one row: our role may make what is temporary, and nobody has asked to be told
/// of what is made.
pub const MAY_KEEP: &str = "SELECT pg_catalog.has_database_privilege(pg_catalog.current_database(), 'TEMPORARY') \
                            AND NOT EXISTS (SELECT FROM pg_catalog.pg_event_trigger AS e WHERE e.evtenabled <> 'D')";

/// What the names of the functions begin with: an error that says so is about one that is not there.
pub const PREFIX: &str = "pg_temp.tenantry_";

/// The message that makes a session keep the guards of all targets that are worked on by this policy.
pub fn keep(policy: &RunPolicy) -> String {
    // The caller's path is an argument, as these have one of their own: with the caller's, each target would be planned anew.
    let settings = "SET search_path = pg_catalog, pg_temp";
    let first = format!(
        "DECLARE\n\
         said text;\n\
         as_expected boolean;\n\
         seen NO SCROLL CURSOR FOR {query};\n\
         BEGIN\n\
         {LEXER}{taken}{same}\
         EXECUTE ledger INTO as_expected;\n\
         {says}\
         seen := '{CURSOR}';\n\
         OPEN seen;\n\
         END",
        query = query("schema", policy),
        taken = taken(&format!("pg_try_advisory_xact_lock({LOCKS}, lock)")),
        same = same("wanted", "schema"),
        says = says("as_expected"),
    );
    let last = format!(
        "DECLARE\n{LOOKED}BEGIN\n{untouched}RETURN pg_current_xact_id();\nEND",
        untouched = untouched("schema", &format!("after := ({})", now("schema", policy))),
    );
    let text = [
        format!(
            "CREATE OR REPLACE FUNCTION {PREFIX}first(schema pg_catalog.oid, wanted pg_catalog.name, lock pg_catalog.int4, \
             ledger pg_catalog.text, path pg_catalog.name[]) RETURNS pg_catalog.void LANGUAGE plpgsql {settings} \
             SET row_security = off AS {}",
            literal(&first)
        ),
        format!(
            "CREATE OR REPLACE FUNCTION {PREFIX}last(schema pg_catalog.oid) RETURNS pg_catalog.xid8 LANGUAGE plpgsql {settings} AS {}",
            literal(&last)
        ),
        // The default privileges of our role may keep functions from others, and a group may have a role of its own.
        format!("GRANT EXECUTE ON FUNCTION {PREFIX}first, {PREFIX}last TO PUBLIC"),
    ];
    text.join(";\n")
}

/// The first guard of a target, with the lock until the end of the transaction, and what [`super::guards::before`] does. It leaves
/// `search_path` as it is.
pub(super) fn first(target: &Target, expected: &str) -> String {
    format!(
        "SELECT {PREFIX}first({oid}, {name}, {key}, {ledger}, pg_catalog.current_schemas(false))",
        oid = target.oid,
        name = literal(&target.schema),
        key = lock_key(target.oid).1,
        ledger = literal(&format!("SELECT {expected}")),
    )
}

/// The last guard of a target. It tells which transaction it was, as [`super::LAST`] does.
pub(super) fn last(target: &Target) -> String {
    format!("SELECT {PREFIX}last({})::text, pg_catalog.pg_backend_pid()::text", target.oid)
}
