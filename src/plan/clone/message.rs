//! What is sent to make one target of a clone: whole messages, filled for it. Pure; must not know who sends them, nor when.
//!
//! A clone in one transaction begins it apart from what follows, so that progress is seen: whoever sends these texts sends nothing after
//! a refusal but [`ROLLBACK`].
//!
//! Whatever needs rights says first as whom it is done ([`Acting`](super::Acting)). The structure of the source is looked at as our own
//! role, as it was when the plan was made.

mod rows;

use sha2::{Digest as _, Sha256};

use super::{As, Cloning, Made, Names, Recipe};
use crate::domain::catalog::Oid;
use crate::domain::run::TargetId;
pub use crate::plan::message::OURS;
use crate::plan::message::{BUSY, GONE, LOCKS};
use crate::plan::{Plan, Target};
use crate::sqltext::{ident, literal, qualified};

/// Undoes what is open.
pub const ROLLBACK: &str = "ROLLBACK";
/// Keeps what is open.
pub const COMMIT: &str = "COMMIT";
/// So many statements go in one message where what they are about is empty, or nearly so.
pub const MANY: usize = 100;
/// So many where it has many rows.
pub const FEW: usize = 20;
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
        self.begin_with("")
    }

    /// The same on another connection that copies rows beside the first one: of the source it sees what that one sees.
    pub fn begin_at(&self, snapshot: &str) -> String {
        self.begin_with(&if self.is_within() { at(snapshot) } else { String::new() })
    }

    fn begin_with(&self, snapshot: &str) -> String {
        let begin = format!("BEGIN ISOLATION LEVEL REPEATABLE READ; {snapshot}{}", self.limits());
        let lock = self.lock_source().filter(|_| self.is_within());
        let lock = lock.map_or(String::new(), |lock| format!("; {}; {lock}; {OURS}", self.as_maker()));
        format!("{begin}{lock}; {ALIKE}; {}", self.settings())
    }

    /// The same on the source, where that is in another database.
    pub fn begin_source(&self) -> String {
        self.begin_source_with("")
    }

    /// The same on another connection.
    pub fn begin_source_at(&self, snapshot: &str) -> String {
        self.begin_source_with(&at(snapshot))
    }

    fn begin_source_with(&self, snapshot: &str) -> String {
        let lock = self.lock_source().map_or(String::new(), |lock| format!("; {}; {lock}; {OURS}", self.as_reader()));
        let begin = format!("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; {snapshot}{}", self.limits());
        format!("{begin}{lock}; {ALIKE}; {SOURCE_PATH}")
    }

    /// Names what the open transaction sees, for [`Self::begin_at`] and [`Self::begin_source_at`].
    pub fn export(&self) -> &'static str {
        "SELECT pg_catalog.pg_export_snapshot()"
    }

    /// Ends what a worker that died left at work in a marked schema: connections of the same run that copied rows beside the one that
    /// is in the journal.
    pub fn end_lanes(&self, oid: Oid) -> String {
        format!(
            "SELECT pg_catalog.pg_terminate_backend(a.pid) FROM pg_catalog.pg_stat_activity a WHERE a.pid <> pg_catalog.pg_backend_pid() \
             AND pg_catalog.split_part(a.application_name, '/', 1) = 'tenantry' AND pg_catalog.split_part(a.application_name, '/', 2) = \
             'run' AND pg_catalog.split_part(a.application_name, '/', 3) = \
             pg_catalog.split_part(pg_catalog.current_setting('application_name'), '/', 3) AND EXISTS (SELECT FROM pg_catalog.pg_locks l \
             JOIN pg_catalog.pg_class c ON c.oid = l.relation WHERE l.pid = a.pid AND l.database = a.datid AND c.relnamespace = {oid}) \
             AND a.datname = pg_catalog.current_database()"
        )
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
        let (name, acting) = (ident(&self.target.schema), &self.cloning.acting);
        let mark = if self.cloning.phased {
            format!("{};\nCOMMENT ON SCHEMA {name} IS {};\n", self.as_maker(), literal(&self.mark()))
        } else {
            String::new()
        };
        // Who makes what is in it must own it, whoever makes it; a superuser gives it away last.
        let owner = match &acting.maker {
            As::Ours => String::new(),
            As::Owner | As::Role(_) => format!(" AUTHORIZATION {}", ident(self.names().owner)),
        };
        let (lock, role) = (self.take_lock(), self.role(&acting.schema));
        format!("{lock}\n{role};\nCREATE SCHEMA {name}{owner};\n{mark}{OURS};\n{}", self.created())
    }

    /// From now on in this transaction, as who makes it.
    pub fn as_maker(&self) -> String {
        self.role(&self.cloning.acting.maker)
    }

    /// From now on in this transaction of the source's connection, as who reads its rows.
    pub fn as_reader(&self) -> String {
        self.role(&self.cloning.acting.reader)
    }

    /// Takes everything away that default privileges gave or kept on what was made, whoever made it: what is granted afterwards is what the
    /// source says.
    pub fn without_default_privileges(&self, oid: Oid) -> String {
        format!("{};\n{};\n{}", self.path(), self.as_maker(), undefault(oid))
    }

    /// Gives back what [`Self::create`] took, where that outlives the transaction.
    pub fn release(&self) -> String {
        let (class, key) = self.key();
        format!("SELECT pg_catalog.pg_advisory_unlock({class}, {key})")
    }

    /// Statements within the transaction that is open.
    pub fn chunk(&self, made: &[Made]) -> String {
        format!("{};\n{};\n{}", self.path(), self.as_maker(), self.statements(made))
    }

    /// Statements in a transaction of their own: for a target that is made in several. Refused with [`GONE`] where it is not there any
    /// more. So many commands of it come before the first statement: [`Self::before_apart`].
    pub fn chunk_apart(&self, made: &[Made], oid: Oid) -> String {
        let (limits, settings, role) = (self.limits(), self.settings(), self.as_maker());
        format!("{limits};\n{settings};\n{role};\n{}\n{}", self.still_there(oid), self.statements(made))
    }

    /// How many commands of [`Self::chunk_apart`] come before its statements.
    pub fn before_apart(&self) -> u32 {
        LIMITS + Recipe::settings().len() as u32 + 2
    }

    /// The last transaction of a target that is made in several begins: it loses its mark in it.
    pub fn begin_last(&self, oid: Oid) -> String {
        format!(
            "BEGIN ISOLATION LEVEL REPEATABLE READ; {}; {};\n{}\n{};\nCOMMENT ON SCHEMA {} IS NULL",
            self.limits(),
            self.settings(),
            self.still_there(oid),
            self.as_maker(),
            ident(&self.target.schema)
        )
    }

    /// The lines of the registry. It is the application's: its triggers find what they look for.
    pub fn registry(&self) -> Option<String> {
        let lines = self.cloning.registry.get(self.id as usize).filter(|lines| !lines.is_empty())?;
        let lines = lines.iter().map(|line| format!("{line}\n;\n")).collect::<Vec<_>>().concat();
        let role = self.role(&self.cloning.acting.registrar);
        Some(format!("{role};\nSET LOCAL search_path TO DEFAULT;\n{lines}SET CONSTRAINTS ALL IMMEDIATE"))
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
        let (limits, role) = (self.limits(), self.as_maker());
        format!("{limits};\n{role};\n{}\nDROP TABLE IF EXISTS {tables} CASCADE", self.still_marked(oid))
    }

    /// Removes a marked schema with what is left in it.
    pub fn remove_schema(&self, oid: Oid) -> String {
        let (limits, role, name) = (self.limits(), self.as_maker(), ident(&self.target.schema));
        format!("{limits};\n{role};\n{}\nDROP SCHEMA {name} CASCADE", self.still_marked(oid))
    }

    fn statements(&self, made: &[Made]) -> String {
        let names = self.names();
        made.iter().map(|made| format!("{}\n;\n", made.sql.fill(&names))).collect::<Vec<_>>().concat()
    }

    fn role(&self, who: &As) -> String {
        match who {
            As::Ours => OURS.to_owned(),
            As::Owner => format!("SET LOCAL ROLE {}", ident(self.names().owner)),
            As::Role(role) => format!("SET LOCAL ROLE {}", ident(role)),
        }
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

/// Gives every object of a schema, and the schema, the privileges that its kind has where nobody ever granted any. Looks for them only where
/// there is something that grants by itself.
fn undefault(schema: Oid) -> String {
    let found = UNDEFAULT.replace("{schema}", &schema.to_string());
    let body = format!(
        "DECLARE\none pg_catalog.text;\nBEGIN\n\
         IF EXISTS (SELECT FROM pg_catalog.pg_default_acl) OR EXISTS (SELECT FROM pg_catalog.pg_event_trigger) THEN\n\
         FOR one IN EXECUTE {} LOOP\nEXECUTE one;\nEND LOOP;\nEND IF;\nEND",
        literal(&found)
    );
    format!("DO {}", literal(&body))
}

/// The statements of [`undefault`]: what is there and not usual is taken, what is usual and not there is given. The functions that come with
/// a range belong to the server's first role, whoever makes it.
const UNDEFAULT: &str = "\
WITH mine AS (SELECT d.classid, d.objid FROM pg_catalog.pg_depend d WHERE d.refclassid = 'pg_catalog.pg_namespace'::pg_catalog.regclass
AND d.refobjid = {schema} AND d.deptype = 'n'),
made (subject, kind, owner, acl) AS (
SELECT pg_catalog.format('SCHEMA %I', n.nspname), 'n', n.nspowner, n.nspacl FROM pg_catalog.pg_namespace n WHERE n.oid = {schema}
UNION ALL SELECT CASE c.relkind WHEN 'S' THEN 'SEQUENCE ' ELSE 'TABLE ' END || pg_catalog.format('%I.%I', n.nspname, c.relname),
CASE c.relkind WHEN 'S' THEN 's' ELSE 'r' END, c.relowner, c.relacl
FROM pg_catalog.pg_namespace n, mine m JOIN pg_catalog.pg_class c ON c.oid = m.objid
WHERE n.oid = {schema} AND m.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
UNION ALL SELECT 'ROUTINE ' || p.oid::pg_catalog.regprocedure::pg_catalog.text, 'f', p.proowner, p.proacl
FROM mine m JOIN pg_catalog.pg_proc p ON p.oid = m.objid WHERE m.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass
AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend i WHERE i.classid = m.classid AND i.objid = m.objid AND i.deptype = 'i')
UNION ALL SELECT pg_catalog.format('TYPE %I.%I', n.nspname, t.typname), 'T', t.typowner, t.typacl
FROM pg_catalog.pg_namespace n, mine m JOIN pg_catalog.pg_type t ON t.oid = m.objid
WHERE n.oid = {schema} AND m.classid = 'pg_catalog.pg_type'::pg_catalog.regclass AND t.typtype IN ('c', 'd', 'e', 'r'))
SELECT pg_catalog.format(CASE x.is_given WHEN true THEN 'REVOKE %s ON %s FROM %s' ELSE 'GRANT %s ON %s TO %s' END,
x.privilege_type, o.subject, CASE x.grantee WHEN 0 THEN 'PUBLIC' ELSE pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(x.grantee)) END)
FROM made o CROSS JOIN LATERAL (
SELECT true AS is_given, g.grantee, g.privilege_type FROM pg_catalog.aclexplode(o.acl) g WHERE NOT EXISTS (SELECT
FROM pg_catalog.aclexplode(pg_catalog.acldefault(o.kind::\"char\", o.owner)) u
WHERE u.grantee = g.grantee AND u.privilege_type = g.privilege_type)
UNION ALL SELECT false, u.grantee, u.privilege_type FROM pg_catalog.aclexplode(pg_catalog.acldefault(o.kind::\"char\", o.owner)) u
WHERE NOT EXISTS (SELECT FROM pg_catalog.aclexplode(o.acl) g WHERE u.grantee = g.grantee AND u.privilege_type = g.privilege_type)) x
WHERE o.acl IS NOT NULL";

/// Before anything is asked in a transaction: it sees what another one sees.
fn at(snapshot: &str) -> String {
    format!("SET TRANSACTION SNAPSHOT {}; ", literal(snapshot))
}

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
