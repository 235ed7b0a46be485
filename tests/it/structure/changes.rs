//! What is read again after a change: the schema in which it was, whatever it was, and no other.

use std::collections::BTreeSet;
use std::time::Instant;

use tenantry::domain::structure::Comparison;
use tenantry::observer::Refresh;

use super::{Policy, Read, tenant};
use crate::support::{DEADLINE, Database, databases};

/// A change of every kind in schema `b`.
const CHANGES: [&str; 43] = [
    "ALTER TABLE b.item ALTER label SET DEFAULT 'y'",
    "ALTER TABLE b.item ALTER label DROP DEFAULT",
    "ALTER TABLE b.item ALTER label SET NOT NULL",
    "ALTER TABLE b.item ALTER label DROP NOT NULL",
    "ALTER TABLE b.part ALTER w TYPE bigint",
    "ALTER TABLE b.item ADD late int",
    "ALTER TABLE b.item RENAME late TO later",
    "ALTER TABLE b.item DROP later",
    "ALTER TABLE b.item ALTER label SET STORAGE EXTERNAL",
    "ALTER TABLE b.item SET (fillfactor = 70)",
    "ALTER TABLE b.item DISABLE ROW LEVEL SECURITY",
    "ALTER TABLE b.item REPLICA IDENTITY FULL",
    "ALTER TABLE b.item ADD CONSTRAINT late CHECK (n > 5) NOT VALID",
    "ALTER TABLE b.item VALIDATE CONSTRAINT late",
    "ALTER TABLE b.item DROP CONSTRAINT late",
    "ALTER TABLE b.part DROP CONSTRAINT part_id_fkey",
    "CREATE INDEX late ON b.item (size)",
    "ALTER INDEX b.late RENAME TO later",
    "DROP INDEX b.later",
    "ALTER TABLE b.item DISABLE TRIGGER touch",
    "ALTER TRIGGER touch ON b.item RENAME TO touched",
    "DROP TRIGGER touched ON b.item",
    "CREATE OR REPLACE FUNCTION b.f(int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT $1 + 3'",
    "ALTER FUNCTION b.f(int) STABLE",
    "DROP FUNCTION b.touch()",
    "DROP AGGREGATE b.total (int)",
    "COMMENT ON TABLE b.item IS 'Other things'",
    "COMMENT ON COLUMN b.item.n IS NULL",
    "COMMENT ON CONSTRAINT item_pkey ON b.item IS NULL",
    "DROP POLICY glad_only ON b.item",
    "DROP RULE glad_none ON b.glad",
    "CREATE OR REPLACE VIEW b.glad AS SELECT i.id, i.m, b.g(i.n) AS fn FROM b.item i",
    "ALTER SEQUENCE b.counter INCREMENT 5",
    "ALTER SEQUENCE b.item_id_seq OWNED BY NONE",
    "DROP STATISTICS b.item_stat",
    "ALTER TYPE b.mood RENAME VALUE 'sad' TO 'gloomy'",
    "ALTER DOMAIN b.amount DROP CONSTRAINT amount_check",
    "DROP TEXT SEARCH CONFIGURATION b.words",
    "DROP OPERATOR b.=== (int, int)",
    "ALTER TABLE b.part DETACH PARTITION b.part_2024",
    "ALTER TABLE b.child NO INHERIT b.item",
    "DROP TABLE b.child",
    "DROP MATERIALIZED VIEW b.heap",
];

/// Refreshes by the counters until a change is told: they may be a second late.
async fn told(read: &mut Read, what: &str) -> BTreeSet<String> {
    let deadline = Instant::now() + DEADLINE;
    loop {
        let told = read.refresh(Refresh::Counters).await;
        if !told.is_empty() {
            return told;
        }
        assert!(Instant::now() < deadline, "{what}: nothing was told");
    }
}

fn three(database: &Database) {
    for name in ["a", "b", "c"] {
        tenant(database, name);
    }
}

#[tokio::test]
async fn every_kind_of_change_is_found_in_its_schema_only() {
    for database in databases() {
        three(&database);
        let mut read = Read::open(&database.dsn()).await;
        read.refresh(Refresh::Full).await;
        let only = |name: &str| BTreeSet::from([name.to_owned()]);
        for change in CHANGES {
            let before = read.class("b");
            database.sql(change);
            assert_eq!(told(&mut read, change).await, only("b"), "{change}");
            let now = read.class("b");
            assert_ne!(now, before, "{change}");
            assert!(read.facts().structures.contains_key(&now), "{change}: no structure was read");
        }
        let by_changes = read.classes();
        read.refresh(Refresh::Full).await;
        assert_eq!(read.classes(), by_changes, "all at once they are what they were one by one");
    }
}

/// They hang on a schema, and no object shows them.
#[tokio::test]
async fn default_privileges_are_noticed_where_grants_are_compared() {
    for database in databases() {
        three(&database);
        let comparison = Comparison { grants: true, ..Comparison::default() };
        let mut read = Read::open_with(&database.dsn(), Policy { comparison, ..Policy::default() }).await;
        let mut without = Read::open(&database.dsn()).await;
        read.refresh(Refresh::Full).await;
        without.refresh(Refresh::Full).await;
        let only = |name: &str| BTreeSet::from([name.to_owned()]);
        let plain = read.class("a");
        let mut seen = BTreeSet::from([plain]);
        for change in
            ["GRANT SELECT ON TABLES", "GRANT INSERT ON TABLES", "GRANT USAGE ON SEQUENCES", "REVOKE SELECT ON TABLES"]
        {
            let whom = if change.starts_with("GRANT") { "TO" } else { "FROM" };
            database.sql(&format!("ALTER DEFAULT PRIVILEGES IN SCHEMA b {change} {whom} PUBLIC"));
            assert_eq!(told(&mut read, change).await, only("b"), "{change}");
            assert!(seen.insert(read.class("b")), "{change}: it is a class that was there before");
        }
        assert_eq!((read.class("a"), read.class("c")), (plain, plain));
        // The rows are gone with the last of them.
        for change in ["REVOKE INSERT ON TABLES", "REVOKE USAGE ON SEQUENCES"] {
            database.sql(&format!("ALTER DEFAULT PRIVILEGES IN SCHEMA b {change} FROM PUBLIC"));
            assert_eq!(told(&mut read, change).await, only("b"), "{change}");
        }
        assert_eq!(read.class("b"), plain);
        assert_eq!(without.refresh(Refresh::Counters).await, BTreeSet::new(), "nobody asked for grants");
    }
}

#[tokio::test]
async fn schemas_come_and_go_and_are_renamed() {
    for database in databases() {
        three(&database);
        let mut read = Read::open(&database.dsn()).await;
        read.refresh(Refresh::Full).await;
        tenant(&database, "d");
        assert_eq!(told(&mut read, "a new schema").await, BTreeSet::from(["d".to_owned()]));
        assert_eq!(read.class("d"), read.class("a"));
        database.sql("DROP SCHEMA c CASCADE");
        read.refresh(Refresh::Counters).await;
        assert!(!read.classes().contains_key("c"));
        // The bodies of functions still name the schema as it was.
        database.sql("ALTER SCHEMA b RENAME TO e");
        assert_eq!(told(&mut read, "a renamed schema").await, BTreeSet::from(["e".to_owned()]));
    }
}

#[tokio::test]
async fn where_nothing_moved_nothing_is_told_again() {
    for database in databases() {
        three(&database);
        let mut read = Read::open(&database.dsn()).await;
        read.refresh(Refresh::Full).await;
        database.sql("VACUUM ANALYZE; INSERT INTO a.item (n) VALUES (200000); COMMENT ON SCHEMA a IS 'whose it is'");
        assert_eq!(read.refresh(Refresh::Counters).await, BTreeSet::new());
        assert_eq!(read.refresh(Refresh::Full).await, BTreeSet::new());
    }
}
