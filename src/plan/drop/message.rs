//! What is sent to drop a schema, one text for each part of the work. Each is a transaction of its own that checks before anything else
//! that the schema is the one of the plan and nobody else works on it; only the lock that an archive is written under spans two. Pure;
//! must not know who sends it.

use std::fmt::Write as _;

use super::{Dropped, Dropping, REMARK, marked_name};
use crate::domain::catalog::Oid;
use crate::domain::run::TargetId;
use crate::plan::message::guards::{self, Lock};
use crate::plan::message::{IDLE_MS, LAST, Text, lock_key};
use crate::plan::parts::{Plan, RunPolicy, Target};
use crate::plan::whole::texts;
use crate::sqltext::{ident, literal};

/// One target of a drop.
#[derive(Debug, Clone)]
pub struct Removal<'a> {
    policy: &'a RunPolicy,
    target: &'a Target,
    dropped: &'a Dropped,
    /// The run, as it is told in names.
    run: &'a str,
    /// The name that the schema has while it is removed; raw.
    pub marked: String,
}

/// How an open transaction was found: by this id it is known again.
pub type Transaction = u64;

impl<'a> Removal<'a> {
    /// That of a target. `run` is the short name of the run. `None` when there is no such target.
    pub fn of(plan: &'a Plan, dropping: &'a Dropping, id: TargetId, run: &'a str) -> Option<Self> {
        let target = plan.targets.get(id as usize)?;
        let dropped = dropping.each.get(id as usize)?;
        Some(Self { policy: &plan.policy, target, dropped, run, marked: marked_name(run, target.oid) })
    }

    /// What our dumps of it call themselves.
    pub fn dump_name(&self) -> String {
        texts::dump_name(self.run, self.target.oid)
    }

    /// The role that does it, where that is another one than ours; raw.
    pub fn role(&self) -> Option<&str> {
        self.dropped.role.as_deref()
    }

    /// Asks for the name that the schema has now: no row when there is none with its OID.
    pub fn look(&self) -> String {
        format!("SELECT nspname FROM pg_catalog.pg_namespace WHERE oid = '{}'::pg_catalog.oid", self.target.oid)
    }

    /// The same once whoever works on it has ended.
    pub fn look_after_others(&self) -> String {
        let (class, key) = lock_key(self.target.oid);
        let mut text = Text::default();
        text.command("SET TRANSACTION ISOLATION LEVEL READ COMMITTED");
        self.limits(&mut text);
        text.command(&format!("DO 'BEGIN PERFORM pg_catalog.pg_advisory_xact_lock({class}, {key}); END'"));
        text.command(&self.look());
        text.sql
    }

    /// Ends what a dump of a former worker still does.
    pub fn end_dumps(&self) -> String {
        format!(
            "SELECT pg_catalog.pg_terminate_backend(pid)::text FROM pg_catalog.pg_stat_activity WHERE application_name = {} \
             AND datname = pg_catalog.current_database()",
            literal(&self.dump_name())
        )
    }

    /// Opens a transaction in which nobody can write to the schema's tables until it ends. Its row tells the transaction. It stays open, also
    /// when it fails.
    pub fn lock(&self) -> String {
        let mut text = Text::default();
        text.command("BEGIN ISOLATION LEVEL READ COMMITTED");
        self.begins(&mut text, &self.target.schema, self.target);
        // It waits for the archive, however long that takes.
        text.command("SET LOCAL idle_in_transaction_session_timeout = 0");
        text.command(
            "SELECT set_config('transaction_timeout', '0', true) WHERE current_setting('server_version_num')::integer >= 170000",
        );
        text.command(&self.lock_tables());
        text.command(LAST);
        text.sql
    }

    fn lock_tables(&self) -> String {
        let body = format!(
            "DECLARE\nname pg_catalog.text;\nBEGIN\n\
             FOR name IN SELECT format('%I.%I', n.nspname, c.relname) FROM pg_class AS c \
             JOIN pg_namespace AS n ON n.oid = c.relnamespace \
             WHERE n.oid = '{}'::oid AND c.relkind IN ('r', 'p') ORDER BY c.oid LOOP\n\
             EXECUTE 'LOCK TABLE ONLY ' || name || ' IN SHARE MODE';\nEND LOOP;\nEND",
            self.target.oid
        );
        format!("DO {}", literal(&body))
    }

    /// Asks what the archive must list: catalogue, OID, whether its rows must be there, what it is.
    pub fn contents(&self) -> String {
        let oid = self.target.oid;
        format!(
            "SELECT 'pg_class'::regclass::oid, c.oid, c.relkind = 'r', pg_describe_object('pg_class'::regclass, c.oid, 0) \
             FROM pg_class AS c WHERE c.relnamespace = '{oid}'::oid AND c.relkind IN ('r', 'p', 'v', 'm', 'S', 'f') AND {not_class} \
             UNION ALL SELECT 'pg_proc'::regclass::oid, p.oid, false, pg_describe_object('pg_proc'::regclass, p.oid, 0) \
             FROM pg_proc AS p WHERE p.pronamespace = '{oid}'::oid AND {not_proc} \
             UNION ALL SELECT 'pg_type'::regclass::oid, t.oid, false, pg_describe_object('pg_type'::regclass, t.oid, 0) \
             FROM pg_type AS t LEFT JOIN pg_class AS c ON c.oid = t.typrelid WHERE t.typnamespace = '{oid}'::oid \
             AND (t.typtype IN ('d', 'e', 'r') OR c.relkind = 'c') AND {not_type}",
            not_class = not_member("pg_class", "c"),
            not_proc = not_member("pg_proc", "p"),
            not_type = not_member("pg_type", "t"),
        )
    }

    /// Gives the schema its marked name and changes the registry, as a transaction of its own.
    pub fn mark(&self) -> String {
        let mut text = Text::default();
        text.command("SET TRANSACTION ISOLATION LEVEL READ COMMITTED");
        self.begins(&mut text, &self.target.schema, self.target);
        self.marks(&mut text);
        text.command(LAST);
        text.sql
    }

    /// The same in the transaction that [`Self::lock`] opened, which it ends.
    pub fn mark_and_commit(&self, transaction: Transaction) -> String {
        let mut text = Text::default();
        // Were that one lost, each statement would commit by itself.
        let same = guards::raise_unless(
            &format!("pg_catalog.pg_current_xact_id_if_assigned()::text = '{transaction}'"),
            "25P01",
            "the transaction that the archive was written in is gone",
            None,
        );
        text.command(&format!("DO {}", literal(&format!("BEGIN\n{same}END"))));
        text.command(&format!("SET LOCAL idle_in_transaction_session_timeout = {IDLE_MS}"));
        self.marks(&mut text);
        text.command(LAST);
        text.command("COMMIT");
        text.sql
    }

    fn marks(&self, text: &mut Text) {
        let (oid, marked) = (self.target.oid, ident(&self.marked));
        text.command(&texts::nobody_uses(oid, &self.dump_name()));
        text.command(&texts::nothing_depends(oid));
        text.command(&format!("ALTER SCHEMA {} RENAME TO {marked}", ident(&self.target.schema)));
        let remark = format!("{REMARK}{}, dropped by run {}", ident(&self.target.schema), self.run);
        let body = format!(
            "BEGIN EXECUTE format('COMMENT ON SCHEMA %I IS %L', {}::text, {} || coalesce(E'\\n' || \
             obj_description('{oid}'::oid, 'pg_namespace'), '')); END",
            literal(&self.marked),
            literal(&remark)
        );
        text.command(&format!("DO {}", literal(&body)));
        if self.dropped.registry.is_empty() {
            return;
        }
        for before in texts::before_changes(self.dropped.registrar.as_deref()) {
            text.command(&before);
        }
        for change in &self.dropped.registry {
            text.command(&texts::change(change));
        }
        text.command("SET CONSTRAINTS ALL IMMEDIATE");
    }

    /// Removes as much of the marked schema as this many locks allow: keys that lead out of it, then views, tables, all else. Its row
    /// tells how many objects are left.
    pub fn batch(&self, locks: u32) -> String {
        let marked = Target { schema: self.marked.clone(), ..self.target.clone() };
        let policy = RunPolicy { allowed: self.dropped.keys.clone(), referenced: Vec::new(), ..self.policy.clone() };
        let mut text = Text::default();
        text.command("SET TRANSACTION ISOLATION LEVEL READ COMMITTED");
        self.begins(&mut text, &self.marked, &marked);
        text.command(&texts::nothing_depends(self.target.oid));
        text.command(&guards::before(&marked, &policy));
        let body = format!(
            "DECLARE\nall_of_it pg_catalog.text[];\none pg_catalog.text;\nBEGIN\n\
             all_of_it := ARRAY({});\nFOREACH one IN ARRAY all_of_it LOOP\nEXECUTE one;\nEND LOOP;\nEND",
            next(self.target.oid, locks)
        );
        text.command(&format!("DO {}", literal(&body)));
        text.command(&guards::last(&marked, &policy));
        text.command(&self.left());
        text.sql
    }

    /// Asks how many objects are left in the schema.
    pub fn left(&self) -> String {
        format!("WITH {} SELECT count(*) FROM listed", listed(self.target.oid))
    }

    /// Removes the marked schema, of which nothing is left.
    pub fn finish(&self) -> String {
        let marked = Target { schema: self.marked.clone(), ..self.target.clone() };
        let mut text = Text::default();
        text.command("SET TRANSACTION ISOLATION LEVEL READ COMMITTED");
        self.begins(&mut text, &self.marked, &marked);
        text.command(&format!("DROP SCHEMA {} RESTRICT", ident(&self.marked)));
        text.command(LAST);
        text.sql
    }

    /// Settings and the first guard, for the schema under this name. `pg_catalog` is the `search_path` afterwards.
    fn begins(&self, text: &mut Text, name: &str, target: &Target) {
        if let Some(role) = &self.dropped.role {
            text.command(&format!("SET LOCAL ROLE {}", ident(role)));
        }
        text.command(&format!("SET LOCAL search_path = {}, pg_temp", ident(name)));
        text.command("SET LOCAL client_min_messages = error");
        self.limits(text);
        text.command(&guards::first(target, Lock::Transaction, None));
    }

    fn limits(&self, text: &mut Text) {
        text.command(&format!("SET LOCAL lock_timeout = {}", self.policy.lock_timeout_ms));
        text.command(&format!("SET LOCAL statement_timeout = {}", self.policy.statement_timeout_ms));
        text.command(&format!("SET LOCAL idle_in_transaction_session_timeout = {IDLE_MS}"));
    }

    /// How a person takes the schema back while nothing of it is removed; safe to copy.
    pub fn way_back(&self) -> String {
        format!("ALTER SCHEMA {} RENAME TO {}", ident(&self.marked), ident(&self.target.schema))
    }
}

/// What belongs to an extension is not in an archive; what PostgreSQL makes along with a range comes with that.
fn not_member(catalogue: &str, alias: &str) -> String {
    format!(
        "NOT EXISTS (SELECT FROM pg_depend AS e WHERE e.classid = '{catalogue}'::regclass AND e.objid = {alias}.oid \
         AND (e.deptype = 'e' OR (e.deptype = 'i' AND e.classid = 'pg_proc'::regclass)))"
    )
}

/// The common table expression of what is in a schema and not part of something else in it: catalogue and OID. Keys that lead out of it are
/// told apart, so that what all share is locked for a moment only; where the table is another one's, they go with it.
fn listed(schema: Oid) -> String {
    let top = format!(
        "SELECT d.classid, d.objid FROM pg_depend AS d WHERE d.refclassid = 'pg_namespace'::regclass AND d.refobjid = '{schema}'::oid \
         AND d.classid <> ALL ('{{pg_default_acl,pg_extension}}'::regclass[]::oid[]) AND d.classid::regclass::text !~ '^pg_publication' \
         AND NOT EXISTS (SELECT FROM pg_depend AS i WHERE i.classid = d.classid AND i.objid = d.objid AND i.objsubid = 0 \
         AND i.deptype = 'i')"
    );
    let keys = "SELECT 'pg_constraint'::regclass::oid, k.oid FROM top AS t JOIN pg_constraint AS k ON k.conrelid = t.objid \
                JOIN pg_class AS r ON r.oid = k.confrelid JOIN pg_class AS c ON c.oid = k.conrelid \
                WHERE t.classid = 'pg_class'::regclass AND k.contype = 'f' AND k.conparentid = 0 \
                AND r.relnamespace <> c.relnamespace AND pg_has_role(c.relowner, 'USAGE')";
    format!("top AS MATERIALIZED ({top}), listed (classid, objid) AS (SELECT classid, objid FROM top UNION {keys})")
}

/// The query that gives the statements of one part of the work, in order. So many candidates are weighed at most: what each takes of the
/// lock table is told too high rather than too low.
fn next(schema: Oid, locks: u32) -> String {
    const CANDIDATES: u16 = 200;
    let mut sql = format!("WITH {}", listed(schema));
    let _always_works = write!(
        sql,
        ", ranked AS (SELECT l.classid, l.objid, CASE \
         WHEN l.classid = 'pg_constraint'::regclass THEN 0 \
         WHEN c.relkind IN ('v', 'm') THEN 1 \
         WHEN c.relkind IN ('r', 'f', 'p') AND NOT EXISTS (SELECT FROM pg_inherits AS h WHERE h.inhparent = c.oid) THEN 2 \
         WHEN c.relkind IN ('r', 'f', 'p') THEN 3 WHEN c.relkind = 'S' THEN 4 \
         WHEN l.classid = 'pg_type'::regclass THEN 6 WHEN l.classid = 'pg_proc'::regclass THEN 5 ELSE 7 END AS place \
         FROM listed AS l LEFT JOIN pg_class AS c ON l.classid = 'pg_class'::regclass AND c.oid = l.objid), \
         candidates AS MATERIALIZED (SELECT classid, objid, place FROM ranked WHERE place = (SELECT min(place) FROM ranked) \
         ORDER BY objid LIMIT {CANDIDATES}), \
         weighed AS (SELECT classid, objid, place, row_number() OVER run AS number, sum(w.weight) OVER run AS weight \
         FROM candidates AS c CROSS JOIN LATERAL (SELECT 4 + 3 * count(*) AS weight FROM pg_depend AS d \
         WHERE d.refclassid = c.classid AND d.refobjid = c.objid) AS w WINDOW run AS (ORDER BY objid)) \
         SELECT CASE WHEN w.classid = 'pg_constraint'::regclass \
         THEN (SELECT format('ALTER TABLE %I.%I DROP CONSTRAINT IF EXISTS %I', n.nspname, c.relname, k.conname) \
         FROM pg_constraint AS k JOIN pg_class AS c ON c.oid = k.conrelid JOIN pg_namespace AS n ON n.oid = c.relnamespace \
         WHERE k.oid = w.objid) \
         ELSE (SELECT format('DROP %s IF EXISTS %s CASCADE', CASE o.type WHEN 'statistics object' THEN 'statistics' ELSE o.type END, \
         o.identity) FROM pg_identify_object(w.classid, w.objid, 0) AS o) END \
         FROM weighed AS w WHERE w.number = 1 OR w.weight <= {locks} ORDER BY w.objid"
    );
    sql
}
