//! Migrations that cannot run in a transaction, on one direct session.

use super::*;
use crate::support::wait_for;

/// Other tests lock in their own databases.
const LOCKS: &str = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE \
                     datname = current_database())";

/// Sends all texts of a migration.
async fn all(session: &Session, texts: &Outside) -> Result<(), Refusal> {
    session.send(&texts.before).await?;
    for statement in &texts.statements {
        session.send(statement).await?;
    }
    session.send(&texts.after).await?;
    session.send(&texts.release).await?;
    Ok(())
}

#[tokio::test]
async fn each_statement_stands_alone_and_the_ledger_is_written_last() {
    for database in databases() {
        let session = Session::open(&database.dsn()).await;
        for (dialect, table, _) in LEDGERS {
            let name = dialect.word();
            schema(&database, name, dialect);
            database.sql(&format!("CREATE TABLE {name}.a (id int, b int)"));
            let statements: &[&str] = &["CREATE INDEX CONCURRENTLY one ON a (id)", "CREATE INDEX CONCURRENTLY two ON a (b)"];
            let plan = plan(&session, name, dialect, &[statements, &["ALTER TABLE a ADD c int"]]).await;
            all(&session, &outside_of(&plan, 0, 0, false)).await.unwrap();
            assert_eq!(session.ask(&plan, 0).await.unwrap(), LedgerSays::Done);
            assert_eq!(
                database.sql(&format!("SELECT count(*) FROM pg_indexes WHERE schemaname = '{name}' AND tablename = 'a'")),
                ["2"]
            );
            assert_eq!(database.sql(LOCKS), ["0"]);
            session.carry(&plan, 1).await.unwrap();
            assert_eq!(database.sql(&format!("SELECT count(*) FROM {name}.{table}")), ["2"]);
            // The same again is stopped before any statement.
            let refusal = all(&session, &outside_of(&plan, 0, 0, false)).await.unwrap_err();
            assert_eq!(refusal.guard(), Some(Guard::Moved));
            let released = session.send(&outside_of(&plan, 0, 0, false).release).await.unwrap();
            assert_eq!(released.last().unwrap()[0].as_deref(), Some("t"), "the guard had taken the lock of the session");
        }
    }
}

#[tokio::test]
async fn a_migration_that_ended_half_way_is_told_and_goes_on() {
    let database = database();
    let session = Session::open(&database.dsn()).await;
    schema(&database, "t", LedgerDialect::Tenantry);
    database.sql("CREATE TABLE t.a (id int, b int); INSERT INTO t.a VALUES (1, 1), (1, 2)");
    let statements: &[&str] = &["CREATE INDEX CONCURRENTLY one ON a (b)", "CREATE UNIQUE INDEX CONCURRENTLY two ON a (id)"];
    let plan = plan(&session, "t", LedgerDialect::Tenantry, &[statements]).await;
    let texts = outside_of(&plan, 0, 0, false);
    let refusal = all(&session, &texts).await.unwrap_err();
    assert_eq!(refusal.sqlstate, "23505");
    assert_eq!(session.send(&texts.invalid_indexes).await.unwrap(), [[Some("two".to_owned())]]);
    assert_eq!(database.sql("SELECT state FROM t.tenantry_migrations"), ["started"]);
    assert_eq!(session.ask(&plan, 0).await.unwrap(), LedgerSays::Moved, "it is not done, and not as before");
    session.send(&texts.release).await.unwrap();
    database.sql("DELETE FROM t.a WHERE b = 2; DROP INDEX t.two");
    // Without what is known of it, it does not begin again.
    assert_eq!(all(&session, &texts).await.unwrap_err().guard(), Some(Guard::Moved));
    session.send(&texts.release).await.unwrap();
    let rest = outside_of(&plan, 0, 1, true);
    assert_eq!(rest.statements.len(), 1);
    all(&session, &rest).await.unwrap();
    assert_eq!(database.sql("SELECT name, state FROM t.tenantry_migrations"), ["crm/0001_o'vip\\|applied"]);
    assert_eq!(session.ask(&plan, 0).await.unwrap(), LedgerSays::Done);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_else_works_on_the_schema_meanwhile() {
    let database = database();
    let (session, other, holder) =
        (Session::open(&database.dsn()).await, Session::open(&database.dsn()).await, Session::open(&database.dsn()).await);
    schema(&database, "t", LedgerDialect::Django);
    database.sql("CREATE TABLE t.a (id int)");
    let statements: &[&str] = &["CREATE INDEX CONCURRENTLY one ON a (id)"];
    let plan = plan(&session, "t", LedgerDialect::Django, &[statements]).await;
    // The index waits for this transaction.
    holder.send("BEGIN; LOCK TABLE t.a IN ROW EXCLUSIVE MODE").await.unwrap();
    let texts = outside_of(&plan, 0, 0, false);
    let working = tokio::spawn(async move { all(&session, &texts).await });
    wait_for("the index to wait", || {
        let waits = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'CREATE INDEX%' AND wait_event_type = 'Lock' AND \
                     datname = current_database()";
        (database.sql(waits) == ["1"]).then_some(())
    });
    let texts = outside_of(&plan, 0, 0, false);
    assert_eq!(other.send(&texts.before).await.unwrap_err().guard(), Some(Guard::Busy));
    assert_eq!(other.ask(&plan, 0).await.unwrap_err().sqlstate, "55P03");
    holder.send("COMMIT").await.unwrap();
    working.await.unwrap().unwrap();
    assert_eq!(other.ask(&plan, 0).await.unwrap(), LedgerSays::Done);
}
