//! What is sent to make one target of a clone: whole messages, filled for it. Pure; must not know who sends them, nor when.
//!
//! A clone in one transaction begins it apart from what follows, so that progress is seen: whoever sends these texts sends nothing after
//! a refusal but [`ROLLBACK`].

mod rows;

use sha2::{Digest as _, Sha256};

use super::{Cloning, Made, Names, Recipe};
use crate::domain::catalog::Oid;
use crate::domain::run::TargetId;
use crate::plan::message::{BUSY, GONE, LOCKS};
use crate::plan::{Plan, Target};
use crate::sqltext::{ident, literal, qualified};

/// Undoes what is open.
pub const ROLLBACK: &str = "ROLLBACK";
/// Keeps what is open.
pub const COMMIT: &str = "COMMIT";
/// So many statements go in one message.
pub const CHUNK: usize = 20;
/// What the comment of a schema begins with that is not complete. The run follows.
pub const INCOMPLETE: &str = "tenantry: incomplete";

/// Whoever works on a target does not wait for us in the middle of it; a transaction that idles for so long is lost.
const IDLE_MS: u32 = 600_000;
/// What makes values read the same in two databases.
const ALIKE: &str = "SET LOCAL timezone = 'UTC'; SET LOCAL extra_float_digits = 1; SET LOCAL bytea_output = 'hex'; \
                     SET LOCAL datestyle = ISO; SET LOCAL intervalstyle = postgres; SET LOCAL row_security = off";

/// One target of a clone.
#[derive(Debug, Clone, Copy)]
pub struct Making<'a> {
    plan: &'a Plan,
    cloning: &'a Cloning,
    id: TargetId,
    target: &'a Target,
    run: &'a str,
}

impl<'a> Making<'a> {
    /// The texts for a target; `run` is the name of the run. `None` when there is no such target.
    pub fn of(plan: &'a Plan, cloning: &'a Cloning, id: TargetId, run: &'a str) -> Option<Self> {
        Some(Self { plan, cloning, id, target: plan.targets.get(id as usize)?, run })
    }

    /// Whether source and target are in one database.
    pub fn is_within(&self) -> bool {
        self.cloning.source.database == self.target.database
    }

    /// The transaction in which all of it is made, or all of its rows: everything that it reads of the source is of one moment, which
    /// begins when no table whose rows it copies can change its shape any more.
    pub fn begin(&self) -> String {
        let begin = format!("BEGIN ISOLATION LEVEL REPEATABLE READ; {}", self.limits());
        let lock = self.lock_source().filter(|_| self.is_within());
        let lock = lock.map_or(String::new(), |lock| format!("; {lock}"));
        format!("{begin}{lock}; {ALIKE}; {}", self.settings())
    }

    /// The same on the source, where that is in another database.
    pub fn begin_source(&self) -> String {
        let lock = self.lock_source().map_or(String::new(), |lock| format!("; {lock}"));
        format!("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; {}{lock}; {ALIKE}; {SOURCE_PATH}", self.limits())
    }

    /// A transaction that only looks at the source, where its rows are not read in it.
    pub fn begin_look(&self) -> String {
        format!("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; {}; {SOURCE_PATH}", self.limits())
    }

    /// The transaction in which a target that is made in several gets its schema and its mark.
    pub fn begin_mark(&self) -> String {
        format!("BEGIN ISOLATION LEVEL READ COMMITTED; {}; {}", self.limits(), self.settings())
    }

    /// Makes the schema, within a transaction that is open. Refused with [`BUSY`] where another one makes it just now. Answers with its
    /// OID and the transaction.
    pub fn create(&self) -> String {
        let name = ident(&self.target.schema);
        let mark = if self.cloning.phased {
            format!("COMMENT ON SCHEMA {name} IS {};\n", literal(&self.mark()))
        } else {
            String::new()
        };
        format!("{}\nCREATE SCHEMA {name};\n{mark}{}", self.take_lock(), self.created())
    }

    /// Gives back what [`Self::create`] took, where that outlives the transaction.
    pub fn release(&self) -> String {
        let (class, key) = self.key();
        format!("SELECT pg_catalog.pg_advisory_unlock({class}, {key})")
    }

    /// Statements within the transaction that is open.
    pub fn chunk(&self, made: &[Made]) -> String {
        format!("{};\n{}", self.path(), self.statements(made))
    }

    /// Statements in a transaction of their own: for a target that is made in several. Refused with [`GONE`] where it is not there any
    /// more. So many commands of it come before the first statement: [`Self::before_apart`].
    pub fn chunk_apart(&self, made: &[Made], oid: Oid) -> String {
        format!("{};\n{};\n{}\n{}", self.limits(), self.settings(), self.still_there(oid), self.statements(made))
    }

    /// How many commands of [`Self::chunk_apart`] come before its statements.
    pub fn before_apart(&self) -> u32 {
        LIMITS + Recipe::settings().len() as u32 + 1
    }

    /// The last transaction of a target that is made in several begins: it loses its mark in it.
    pub fn begin_last(&self, oid: Oid) -> String {
        format!(
            "BEGIN ISOLATION LEVEL REPEATABLE READ; {}; {};\n{}\nCOMMENT ON SCHEMA {} IS NULL",
            self.limits(),
            self.settings(),
            self.still_there(oid),
            ident(&self.target.schema)
        )
    }

    /// The lines of the registry.
    pub fn registry(&self) -> Option<String> {
        let lines = self.cloning.registry.get(self.id as usize).filter(|lines| !lines.is_empty())?;
        Some(lines.iter().map(|line| format!("{line}\n;\n")).collect::<Vec<_>>().concat())
    }

    /// Keeps what is open, if it is still the transaction that it was. Answers with the transaction.
    pub fn commit(&self, xid: u64) -> String {
        format!(
            "DO $tenantry$ BEGIN IF pg_catalog.pg_current_xact_id()::text <> '{xid}' THEN RAISE EXCEPTION \
             'another transaction is open than the one that began' USING ERRCODE = 'XX000'; END IF; END $tenantry$;\n\
             SELECT pg_catalog.pg_current_xact_id()::text;\nCOMMIT"
        )
    }

    /// The transaction that is open.
    pub fn transaction(&self) -> &'static str {
        "SELECT pg_catalog.pg_current_xact_id()::text"
    }

    /// What is there now of a schema that was begun, once nobody works on it any more: waits for the lock. Answers with nothing, or with
    /// its name, the transaction that wrote it (as a number of 32 bits) and whether it has the mark of this run.
    pub fn question(&self, oid: Oid) -> String {
        let (class, key) = self.key();
        format!(
            "{};\nDO $tenantry$ BEGIN PERFORM pg_catalog.pg_advisory_xact_lock({class}, {key}); END $tenantry$;\n\
             SELECT n.nspname, n.xmin::text, coalesce(pg_catalog.obj_description(n.oid, 'pg_namespace') = {}, false)::text \
             FROM pg_catalog.pg_namespace n WHERE n.oid = {oid}",
            self.limits(),
            literal(&self.mark())
        )
    }

    /// The tables of a marked schema, a batch in each row: what is removed first, so that no transaction needs many locks.
    pub fn leftovers(&self, oid: Oid) -> String {
        format!(
            "SELECT pg_catalog.string_agg(pg_catalog.format('%I.%I', nspname, relname), ', ') FROM (SELECT n.nspname, c.relname, \
             pg_catalog.row_number() OVER (ORDER BY c.oid) / 50 AS batch FROM pg_catalog.pg_class c JOIN \
             pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE n.oid = {oid} AND c.relkind IN ('r', 'p', 'f') AND NOT \
             c.relispartition) t GROUP BY batch ORDER BY batch DESC"
        )
    }

    /// Removes a batch of [`Self::leftovers`].
    pub fn remove(&self, oid: Oid, tables: &str) -> String {
        format!("{};\n{}\nDROP TABLE IF EXISTS {tables} CASCADE", self.limits(), self.still_marked(oid))
    }

    /// Removes a marked schema with what is left in it.
    pub fn remove_schema(&self, oid: Oid) -> String {
        format!("{};\n{}\nDROP SCHEMA {} CASCADE", self.limits(), self.still_marked(oid), ident(&self.target.schema))
    }

    fn statements(&self, made: &[Made]) -> String {
        let names = self.names();
        made.iter().map(|made| format!("{}\n;\n", made.sql.fill(&names))).collect::<Vec<_>>().concat()
    }

    fn names(&self) -> Names<'a> {
        self.cloning.names(self.id, &self.target.schema)
    }

    fn limits(&self) -> String {
        let policy = &self.plan.policy;
        format!(
            "SET LOCAL lock_timeout = {}; SET LOCAL statement_timeout = {}; SET LOCAL idle_in_transaction_session_timeout = \
             {IDLE_MS}",
            policy.lock_timeout_ms, policy.statement_timeout_ms
        )
    }

    fn settings(&self) -> String {
        let names = self.names();
        Recipe::settings().iter().map(|setting| setting.fill(&names)).collect::<Vec<_>>().join("; ")
    }

    fn path(&self) -> String {
        Recipe::settings().first().map_or(String::new(), |path| path.fill(&self.names()))
    }

    /// Nobody changes the shape of what is copied, nor empties it, until the copy has ended. Nobody who reads or writes rows waits for it.
    fn lock_source(&self) -> Option<String> {
        let source = &self.cloning.source.schema;
        let tables: Vec<String> =
            self.cloning.recipe.copies.iter().map(|copy| format!("ONLY {}", qualified(source, &copy.table))).collect();
        (!tables.is_empty()).then(|| format!("LOCK TABLE {} IN ACCESS SHARE MODE", tables.join(", ")))
    }

    /// Two people may make the same target at once: the second one is told, instead of waiting for the first.
    fn take_lock(&self) -> String {
        let (class, key) = self.key();
        let take = if self.cloning.phased { "pg_try_advisory_lock" } else { "pg_try_advisory_xact_lock" };
        format!(
            "DO $tenantry$ BEGIN IF NOT pg_catalog.{take}({class}, {key}) THEN RAISE EXCEPTION 'another session makes this schema' \
             USING ERRCODE = '{BUSY}'; END IF; END $tenantry$;"
        )
    }

    /// The two numbers of the advisory lock of a schema that is not there yet: the same for everybody who wants to make it.
    fn key(&self) -> (i32, i32) {
        let database = self.plan.databases.get(usize::from(self.target.database)).map_or(0, |database| database.oid);
        let mut hash = Sha256::new();
        hash.update(database.to_be_bytes());
        hash.update(&self.target.schema);
        let first = hash.finalize().first_chunk().map_or(1, |bytes| i32::from_be_bytes(*bytes));
        // 0 is the database as a whole.
        (LOCKS, if first == 0 { 1 } else { first })
    }

    fn mark(&self) -> String {
        format!("{INCOMPLETE} {}", self.run)
    }

    fn created(&self) -> String {
        format!(
            "SELECT n.oid::text, pg_catalog.pg_current_xact_id()::text FROM pg_catalog.pg_namespace n WHERE n.nspname = {}",
            literal(&self.target.schema)
        )
    }

    fn still_there(&self, oid: Oid) -> String {
        guard(&format!("n.oid = {oid} AND n.nspname = {}", literal(&self.target.schema)))
    }

    fn still_marked(&self, oid: Oid) -> String {
        let mark = literal(&self.mark());
        let name = literal(&self.target.schema);
        guard(&format!(
            "n.oid = {oid} AND n.nspname = {name} AND pg_catalog.obj_description(n.oid, 'pg_namespace') = {mark}"
        ))
    }
}

/// The commands of [`Making::limits`].
const LIMITS: u32 = 3;
const SOURCE_PATH: &str = "SET LOCAL search_path = pg_catalog, pg_temp";

/// Refuses with [`GONE`] unless there is such a schema.
fn guard(condition: &str) -> String {
    let tag = dollar(condition);
    format!(
        "DO {tag} BEGIN IF NOT EXISTS (SELECT FROM pg_catalog.pg_namespace n WHERE {condition}) THEN RAISE EXCEPTION 'the schema \
         that was begun is not there any more' USING ERRCODE = '{GONE}'; END IF; END {tag};"
    )
}

/// A dollar quote that does not occur in a text.
fn dollar(text: &str) -> String {
    let mut tag = "$tenantry$".to_owned();
    while text.contains(&tag) {
        tag.insert(tag.len() - 1, '_');
    }
    tag
}

#[cfg(test)]
mod tests;
