//! The strongest lock that a statement takes on a table that is there already, as the server's manual and source tell it. Must not
//! know what comes of it.

use std::collections::HashSet;

use squawk_syntax::{SyntaxKind as K, SyntaxNode};

use super::read::{Done, Read};
use crate::plan::LockLevel;

/// The strongest lock of a statement by itself; `None` where it takes none, or where nobody can see it (`DO`, `CALL`, what the parser
/// does not understand).
pub fn lock_of(sql: &str) -> Option<LockLevel> {
    of(&Read::new(sql), &HashSet::new())
}

/// The same for statements in a row: nobody else sees the tables that one of them makes.
pub fn locks_of<'a>(statements: impl IntoIterator<Item = &'a str>) -> Vec<Option<LockLevel>> {
    let mut made = HashSet::new();
    let lock = |sql: &str| {
        let read = Read::new(sql);
        let lock = of(&read, &made);
        made.extend(tables_made(&read));
        lock
    };
    statements.into_iter().map(lock).collect()
}

/// The raw names of the tables that a statement makes.
pub(super) fn tables_made(read: &Read) -> Vec<String> {
    let makes = [K::CREATE_TABLE, K::CREATE_TABLE_AS, K::SELECT_INTO, K::CREATE_MATERIALIZED_VIEW, K::CREATE_FOREIGN_TABLE];
    if !read.kind().is_some_and(|kind| makes.contains(&kind)) {
        return Vec::new();
    }
    let made = read.names().into_iter().filter(|named| named.done == Done::Made && named.schema.is_none());
    made.map(|named| named.name).collect()
}

fn of(read: &Read, made: &HashSet<String>) -> Option<LockLevel> {
    let node = read.node.as_ref()?;
    let is_new = |done: &[Done]| {
        let mut names = read.names().into_iter().filter(|named| done.contains(&named.done)).peekable();
        names.peek().is_some() && names.all(|named| named.schema.is_none() && made.contains(&named.name))
    };
    let referred = read.has(&[K::REFERENCES_CONSTRAINT, K::FOREIGN_KEY_CONSTRAINT]) && !is_new(&[Done::Referred]);
    let own = if is_new(&[Done::Changed]) { None } else { statement(read, node) };
    own.max(referred.then_some(LockLevel::ShareRowExclusive))
}

fn statement(read: &Read, node: &SyntaxNode) -> Option<LockLevel> {
    use LockLevel as L;
    let concurrently = read.says("CONCURRENTLY");
    let level = match node.kind() {
        K::CREATE_INDEX | K::DROP_INDEX | K::REINDEX if concurrently => L::ShareUpdateExclusive,
        K::REFRESH if concurrently => L::Exclusive,
        K::CREATE_INDEX => L::Share,
        K::VACUUM if read.says("FULL") => L::AccessExclusive,
        K::VACUUM | K::ANALYZE | K::COMMENT_ON | K::SECURITY_LABEL | K::CREATE_STATISTICS | K::DROP_STATISTICS => {
            L::ShareUpdateExclusive
        }
        K::ALTER_TABLE => read.actions().filter_map(|action| table_action(&action)).max()?,
        K::ALTER_INDEX if read.has(&[K::INDEX_RENAME_TO, K::SET_OPTIONS, K::RESET_OPTIONS, K::ALTER_SET_STATISTICS]) => {
            L::ShareUpdateExclusive
        }
        K::ALTER_SEQUENCE
            if read.has(&[K::SEQUENCE_RENAME_TO, K::SET_SCHEMA, K::OWNER_TO, K::SET_LOGGED, K::SET_UNLOGGED]) =>
        {
            L::AccessExclusive
        }
        K::CREATE_TRIGGER | K::ALTER_SEQUENCE => L::ShareRowExclusive,
        K::ALTER_DOMAIN if read.has(&[K::ADD_CONSTRAINT, K::SET_NOT_NULL, K::VALIDATE_CONSTRAINT]) => L::Share,
        // REINDEX lets nobody plan a query, though the table itself is only locked against writers.
        K::DROP_INDEX
        | K::REINDEX
        | K::CLUSTER
        | K::TRUNCATE
        | K::REPACK
        | K::REFRESH
        | K::ALTER_INDEX
        | K::ALTER_VIEW
        | K::ALTER_MATERIALIZED_VIEW
        | K::ALTER_FOREIGN_TABLE
        | K::ALTER_TRIGGER
        | K::ALTER_RULE
        | K::ALTER_POLICY
        | K::CREATE_POLICY
        | K::CREATE_RULE
        | K::DROP_TABLE
        | K::DROP_VIEW
        | K::DROP_MATERIALIZED_VIEW
        | K::DROP_FOREIGN_TABLE
        | K::DROP_SEQUENCE
        | K::DROP_TRIGGER
        | K::DROP_RULE
        | K::DROP_POLICY
        | K::DROP_SCHEMA => L::AccessExclusive,
        K::CREATE_TABLE if read.has(&[K::PARTITION_OF]) => L::AccessExclusive,
        K::CREATE_TABLE if read.has(&[K::INHERITS]) => L::ShareUpdateExclusive,
        K::CREATE_TABLE if read.has(&[K::LIKE_CLAUSE]) => L::AccessShare,
        K::CREATE_VIEW if read.has(&[K::OR_REPLACE]) => L::AccessExclusive,
        K::LOCK => lock_mode(read),
        _ => return rows(read),
    };
    Some(level)
}

/// What `ALTER TABLE` does, action by action; `None` for what is no action.
fn table_action(action: &SyntaxNode) -> Option<LockLevel> {
    use LockLevel as L;
    let has = |kind: K| action.descendants().any(|node| node.kind() == kind);
    Some(match action.kind() {
        K::TABLE_RELATION_NAME | K::IF_EXISTS | K::ALL_IN_TABLESPACE => return None,
        K::VALIDATE_CONSTRAINT | K::CLUSTER_ON | K::SET_WITHOUT_CLUSTER | K::SET_OPTIONS | K::RESET_OPTIONS => {
            L::ShareUpdateExclusive
        }
        K::ALTER_COLUMN if has(K::SET_STATISTICS) || has(K::SET_OPTIONS) || has(K::RESET_OPTIONS) => L::ShareUpdateExclusive,
        K::DETACH_PARTITION if has(K::DETACH_CONCURRENTLY) || has(K::DETACH_FINALIZE) => L::ShareUpdateExclusive,
        K::ENABLE_TRIGGER | K::ENABLE_ALWAYS_TRIGGER | K::ENABLE_REPLICA_TRIGGER | K::DISABLE_TRIGGER => {
            L::ShareRowExclusive
        }
        K::ADD_CONSTRAINT if has(K::FOREIGN_KEY_CONSTRAINT) => L::ShareRowExclusive,
        _ => L::AccessExclusive,
    })
}

fn lock_mode(read: &Read) -> LockLevel {
    use LockLevel as L;
    let modes = [
        (K::ACCESS_SHARE, L::AccessShare),
        (K::ROW_SHARE, L::RowShare),
        (K::ROW_EXCLUSIVE, L::RowExclusive),
        (K::SHARE_UPDATE_EXCLUSIVE, L::ShareUpdateExclusive),
        (K::SHARE_ROW_EXCLUSIVE, L::ShareRowExclusive),
        (K::SHARE, L::Share),
        (K::EXCLUSIVE, L::Exclusive),
    ];
    modes.into_iter().find(|(kind, _)| read.has(&[*kind])).map_or(L::AccessExclusive, |(_, level)| level)
}

/// The lock of what reads and writes rows.
fn rows(read: &Read) -> Option<LockLevel> {
    if read.has(&[K::INSERT, K::UPDATE, K::DELETE, K::MERGE, K::COPY_FROM]) {
        return Some(LockLevel::RowExclusive);
    }
    if read.has(&[K::LOCKING_CLAUSE]) {
        return Some(LockLevel::RowShare);
    }
    let reads = read.names().iter().any(|named| named.done == Done::Read);
    reads.then_some(LockLevel::AccessShare)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lock_of_each_statement_is_that_of_the_manual() {
        use LockLevel as L;
        for (sql, expected) in [
            ("ALTER TABLE t ADD a int", Some(L::AccessExclusive)),
            ("ALTER TABLE t VALIDATE CONSTRAINT c", Some(L::ShareUpdateExclusive)),
            ("ALTER TABLE t ALTER a SET STATISTICS 10", Some(L::ShareUpdateExclusive)),
            ("ALTER TABLE t SET (fillfactor = 70)", Some(L::ShareUpdateExclusive)),
            ("ALTER TABLE t VALIDATE CONSTRAINT c, DROP a", Some(L::AccessExclusive)),
            ("ALTER TABLE t ADD FOREIGN KEY (a) REFERENCES u", Some(L::ShareRowExclusive)),
            ("ALTER TABLE t ADD a int REFERENCES u", Some(L::AccessExclusive)),
            ("ALTER TABLE t ADD CHECK (a > 0) NOT VALID", Some(L::AccessExclusive)),
            ("ALTER TABLE t DISABLE TRIGGER g", Some(L::ShareRowExclusive)),
            ("ALTER TABLE t DETACH PARTITION p", Some(L::AccessExclusive)),
            ("ALTER TABLE t DETACH PARTITION p CONCURRENTLY", Some(L::ShareUpdateExclusive)),
            ("ALTER TABLE t RENAME TO u", Some(L::AccessExclusive)),
            ("ALTER INDEX i RENAME TO j", Some(L::ShareUpdateExclusive)),
            ("CREATE INDEX ON t (a)", Some(L::Share)),
            ("CREATE UNIQUE INDEX CONCURRENTLY i ON t (a)", Some(L::ShareUpdateExclusive)),
            ("DROP INDEX i", Some(L::AccessExclusive)),
            ("DROP INDEX CONCURRENTLY i", Some(L::ShareUpdateExclusive)),
            ("REINDEX TABLE CONCURRENTLY t", Some(L::ShareUpdateExclusive)),
            ("REINDEX TABLE t", Some(L::AccessExclusive)),
            ("VACUUM t", Some(L::ShareUpdateExclusive)),
            ("VACUUM (FULL) t", Some(L::AccessExclusive)),
            ("CREATE TRIGGER g AFTER INSERT ON t EXECUTE FUNCTION f()", Some(L::ShareRowExclusive)),
            ("CREATE TABLE t (a int)", None),
            ("CREATE TABLE t (a int REFERENCES u)", Some(L::ShareRowExclusive)),
            ("CREATE TABLE p PARTITION OF t DEFAULT", Some(L::AccessExclusive)),
            ("CREATE TABLE t AS SELECT * FROM u", Some(L::AccessShare)),
            ("CREATE VIEW v AS SELECT 1", None),
            ("CREATE TYPE m AS ENUM ('a')", None),
            ("CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'", None),
            ("COMMENT ON TABLE t IS 'a'", Some(L::ShareUpdateExclusive)),
            ("TRUNCATE t", Some(L::AccessExclusive)),
            ("DROP TABLE t", Some(L::AccessExclusive)),
            ("UPDATE t SET a = 1", Some(L::RowExclusive)),
            ("WITH x AS (DELETE FROM t RETURNING *) SELECT * FROM x", Some(L::RowExclusive)),
            ("SELECT * FROM t FOR UPDATE", Some(L::RowShare)),
            ("SELECT * FROM t", Some(L::AccessShare)),
            ("SELECT 1", None),
            ("LOCK TABLE t", Some(L::AccessExclusive)),
            ("LOCK TABLE t IN SHARE ROW EXCLUSIVE MODE", Some(L::ShareRowExclusive)),
            ("REFRESH MATERIALIZED VIEW v", Some(L::AccessExclusive)),
            ("REFRESH MATERIALIZED VIEW CONCURRENTLY v", Some(L::Exclusive)),
            ("DO $$ BEGIN NULL; END $$", None),
            ("ALTR TABLE t", None),
        ] {
            assert_eq!(lock_of(sql), expected, "{sql}");
        }
    }

    #[test]
    fn nobody_waits_for_a_table_that_is_made_just_now() {
        let statements = [
            "CREATE TABLE t (a int)",
            "CREATE INDEX ON t (a)",
            "ALTER TABLE t ADD FOREIGN KEY (a) REFERENCES u",
            "CREATE INDEX ON u (a)",
        ];
        let expected = [None, None, Some(LockLevel::ShareRowExclusive), Some(LockLevel::Share)];
        assert_eq!(locks_of(statements), expected);
    }
}
