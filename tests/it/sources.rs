//! What is said about statements, against what a server does: the locks that they take, and that a bundle of Django's migrations, cut
//! into statements, makes the schema that Django makes.

use std::path::Path;

use tenantry::plan::LockLevel;
use tenantry::plan::check::lock_of;
use tenantry::source;
use tenantry::sqltext::split;

use crate::support::{Database, databases};

const OBJECTS: &str = "
    CREATE TABLE u (id int PRIMARY KEY, a int);
    CREATE TABLE t (id int PRIMARY KEY, a int, b text);
    CREATE TABLE k (id int PRIMARY KEY, c varchar(5));
    CREATE INDEX i ON t (a);
    CREATE VIEW v AS SELECT * FROM t;
    CREATE MATERIALIZED VIEW mv AS SELECT * FROM t;
    CREATE UNIQUE INDEX mi ON mv (id);
    CREATE SEQUENCE s;
    CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN new; END';
    CREATE TRIGGER g AFTER INSERT ON t EXECUTE FUNCTION f();
    CREATE TABLE pt (a int) PARTITION BY LIST (a);
    CREATE TABLE p1 PARTITION OF pt FOR VALUES IN (1);
    CREATE TABLE p2 (a int);
    ALTER TABLE t ADD CONSTRAINT c1 CHECK (a > 0) NOT VALID;
    CREATE DOMAIN d AS int;
    CREATE TABLE dt (x d);
    CREATE RULE r AS ON DELETE TO u DO NOTHING;
    CREATE POLICY p ON t;
    CREATE STATISTICS st ON a, b FROM t";

const STATEMENTS: [&str; 74] = [
    "ALTER TABLE t ADD x int",
    "ALTER TABLE t ADD x int REFERENCES u",
    "ALTER TABLE t ADD CHECK (a > 0) NOT VALID",
    "ALTER TABLE t ADD FOREIGN KEY (a) REFERENCES u",
    "ALTER TABLE t ADD FOREIGN KEY (a) REFERENCES u NOT VALID",
    "ALTER TABLE t ADD UNIQUE (a)",
    "ALTER TABLE t VALIDATE CONSTRAINT c1",
    "ALTER TABLE t VALIDATE CONSTRAINT c1, ALTER a SET NOT NULL",
    "ALTER TABLE t DROP CONSTRAINT c1",
    "ALTER TABLE k ALTER c SET DEFAULT 'x'",
    "ALTER TABLE k ALTER c TYPE varchar(9)",
    "ALTER TABLE k DROP c",
    "ALTER TABLE t ALTER a SET STATISTICS 10",
    "ALTER TABLE t ALTER a SET (n_distinct = 3)",
    "ALTER TABLE t ALTER b SET STORAGE external",
    "ALTER TABLE t SET (fillfactor = 70)",
    "ALTER TABLE t RESET (fillfactor)",
    "ALTER TABLE t DISABLE TRIGGER g",
    "ALTER TABLE t ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE t CLUSTER ON i",
    "ALTER TABLE t SET WITHOUT CLUSTER",
    "ALTER TABLE t REPLICA IDENTITY FULL",
    "ALTER TABLE t OWNER TO CURRENT_USER",
    "ALTER TABLE t RENAME TO w",
    "ALTER TABLE t RENAME a TO w",
    "ALTER TABLE t RENAME CONSTRAINT c1 TO c2",
    "ALTER TABLE pt DETACH PARTITION p1",
    "ALTER TABLE pt ATTACH PARTITION p2 FOR VALUES IN (2)",
    "ALTER TABLE t SET UNLOGGED",
    "ALTER INDEX i RENAME TO j",
    "ALTER INDEX i SET (fillfactor = 50)",
    "ALTER SEQUENCE s RESTART",
    "ALTER SEQUENCE s INCREMENT BY 2",
    "ALTER SEQUENCE s OWNED BY t.a",
    "ALTER SEQUENCE s RENAME TO s2",
    "ALTER SEQUENCE s OWNER TO CURRENT_USER",
    "ALTER VIEW v RENAME TO v9",
    "ALTER TRIGGER g ON t RENAME TO g3",
    "ALTER POLICY p ON t USING (true)",
    "ALTER STATISTICS st SET STATISTICS 10",
    "ALTER DOMAIN d ADD CHECK (VALUE > 0)",
    "ALTER DOMAIN d SET NOT NULL",
    "CREATE INDEX ON t (b)",
    "CREATE TRIGGER g2 AFTER INSERT ON t EXECUTE FUNCTION f()",
    "CREATE RULE r2 AS ON UPDATE TO t DO ALSO NOTHING",
    "CREATE POLICY p2 ON t",
    "CREATE STATISTICS st2 ON a, b FROM t",
    "CREATE TABLE n (a int)",
    "CREATE TABLE n (a int REFERENCES u)",
    "CREATE TABLE n () INHERITS (t)",
    "CREATE TABLE n (LIKE t)",
    "CREATE TABLE n AS SELECT * FROM t",
    "CREATE TABLE p3 PARTITION OF pt FOR VALUES IN (3)",
    "CREATE VIEW v2 AS SELECT * FROM t",
    "CREATE OR REPLACE VIEW v AS SELECT * FROM t",
    "CREATE TYPE m AS ENUM ('a')",
    "DROP INDEX i",
    "DROP TABLE t CASCADE",
    "DROP VIEW v",
    "DROP SEQUENCE s",
    "DROP TRIGGER g ON t",
    "DROP RULE r ON u",
    "DROP POLICY p ON t",
    "DROP STATISTICS st",
    "REINDEX INDEX i",
    "REFRESH MATERIALIZED VIEW mv",
    "COMMENT ON COLUMN t.a IS 'x'",
    "TRUNCATE u",
    "CLUSTER t USING i",
    "ANALYZE t",
    "GRANT SELECT ON t TO CURRENT_USER",
    "WITH x AS (DELETE FROM t RETURNING *) SELECT count(*) FROM x WHERE false",
    "LOCK TABLE t IN SHARE ROW EXCLUSIVE MODE",
    "SELECT count(*) FROM (SELECT * FROM t FOR UPDATE) x",
];

const MODES: [LockLevel; 8] = [
    LockLevel::AccessShare,
    LockLevel::RowShare,
    LockLevel::RowExclusive,
    LockLevel::ShareUpdateExclusive,
    LockLevel::Share,
    LockLevel::ShareRowExclusive,
    LockLevel::Exclusive,
    LockLevel::AccessExclusive,
];

/// The strongest lock that a statement takes on a relation of the user's that was there before it.
fn taken(database: &Database, statement: &str) -> Option<LockLevel> {
    let rows = database.sql(&format!(
        "BEGIN; CREATE TEMP TABLE before AS SELECT oid FROM pg_class WHERE relnamespace IN ('public'::regnamespace, 'pg_toast'::regnamespace);
         {statement};
         SELECT 'lock ' || mode FROM pg_locks
          WHERE pid = pg_backend_pid() AND locktype = 'relation' AND relation IN (SELECT oid FROM before);
         ROLLBACK"
    ));
    let names = rows.iter().filter_map(|row| row.strip_prefix("lock "));
    names.map(|name| level(name).unwrap_or_else(|| panic!("{statement}: {name}"))).max()
}

/// `AccessShareLock` is `ACCESS SHARE`.
fn level(mode: &str) -> Option<LockLevel> {
    MODES.into_iter().find(|level| format!("{}LOCK", level.words().replace(' ', "")) == mode.to_uppercase())
}

#[test]
fn the_lock_of_a_statement_is_the_one_that_the_server_takes() {
    for database in databases() {
        database.sql(OBJECTS);
        for statement in STATEMENTS {
            assert_eq!(lock_of(statement), taken(&database, statement), "{statement}");
        }
    }
}

#[test]
fn a_bundle_makes_the_schema_that_django_makes() {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/django");
    let bundle = source::load(&fixtures.join("bundle.json")).expect("a bundle");
    let text = |name: &str| std::fs::read_to_string(fixtures.join(name)).expect("a fixture");
    for database in databases() {
        database.sql(&text("shared.sql"));
        database.sql(&text("tenant.sql"));
        database.sql("CREATE SCHEMA made");
        // The dump is of the day before the last migration.
        for file in bundle.files.iter().filter(|file| file.migration.name != "0016_company_industry") {
            // What is no SQL changes rows only in this project.
            let Ok(up) = &file.up else { continue };
            let pieces = split(&up.sql).expect("statements");
            let statements: Vec<&str> = pieces.iter().map(|piece| piece.sql).chain(["COMMIT"]).collect();
            database.sql(&format!("SET search_path = made; BEGIN; {}", statements.join("\n;\n")));
        }
        let columns = |schema: &str| {
            database.sql(&format!(
                "SELECT c.relkind, c.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull
                   FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
                  WHERE c.relnamespace = '{schema}'::regnamespace AND a.attnum > 0 AND NOT a.attisdropped
                    AND c.relname NOT LIKE 'django_migrations%'
                  ORDER BY 1, 2, 3"
            ))
        };
        let made = columns("made");
        assert!(made.len() > 100, "{made:?}");
        assert_eq!(made, columns("tenant1"));
    }
}
