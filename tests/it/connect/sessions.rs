//! What a session may do, and what it leaves behind: nothing.

use std::time::Duration;

use tenantry::domain::fault::FaultKind;
use tenantry::pg::{Limits, Param, Session};

use super::{GENEROUS, ask, connect};
use crate::facts::Holder;
use crate::support::{Database, database, wait_for};

/// Who waits for a lock does not wait for long.
const NO_LOCK: Limits = Limits { lock: Duration::from_millis(100), statement: Duration::from_secs(20) };
/// What works for long is ended.
const NO_WORK: Limits = Limits { lock: Duration::from_secs(20), statement: Duration::from_millis(300) };

/// What the sessions of ours on this database do just now.
fn states(database: &Database) -> Vec<String> {
    let sql =
        "SELECT state FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE 'tenantry/test'";
    database.sql(sql)
}

#[tokio::test]
async fn values_arrive_with_their_types() {
    let database = database();
    let session = connect(&database.dsn()).await.unwrap();
    let reading = session.read(GENEROUS).await.unwrap();
    let sql = "SELECT $1::text, $2::int8, $3::oid, $4::oid[], $5::text[], $6::bool, NULL::text, 1.5::float8, 'c'::\"char\",
                      'infinity'::timestamptz, timestamptz '2024-02-29 12:00:00.000001+00', now()::date::text IS NOT NULL";
    let params = [
        Param::Text("it's"),
        Param::Int(-7),
        Param::Oid(u32::MAX),
        Param::Oids(&[1, 2]),
        Param::Texts(&["a", "b\u{1f600}"]),
        Param::Bool(true),
    ];
    let rows = reading.rows(sql, &params).await.unwrap();
    let row = &rows[0];
    assert_eq!(row.get::<&str>(0).unwrap(), "it's");
    assert_eq!(row.get::<i64>(1).unwrap(), -7);
    assert_eq!(row.get::<u32>(2).unwrap(), u32::MAX);
    assert_eq!(row.get::<Vec<u32>>(3).unwrap(), [1, 2]);
    assert_eq!(row.get::<Vec<String>>(4).unwrap(), ["a", "b\u{1f600}"]);
    assert!(row.get::<bool>(5).unwrap() && row.get::<bool>(11).unwrap());
    assert_eq!(row.get::<Option<String>>(6).unwrap(), None);
    assert!((row.get::<f64>(7).unwrap() - 1.5).abs() < f64::EPSILON);
    assert_eq!(row.get::<String>(8).unwrap(), "c");
    assert_eq!(row.get::<jiff::Timestamp>(9).unwrap(), jiff::Timestamp::MAX);
    assert_eq!(row.get::<jiff::Timestamp>(10).unwrap().to_string(), "2024-02-29T12:00:00.000001Z");
    let wrong = row.get::<i64>(0).unwrap_err();
    assert!(wrong.what.contains("is text, expected an integer"), "{}", wrong.what);
    assert!(row.get::<String>(6).unwrap_err().what.contains("is null"));
    assert!(row.get::<i64>(99).unwrap_err().what.contains("column 99"));
}

#[tokio::test]
async fn a_reading_cannot_write_and_leaves_no_setting() {
    let database = database();
    database.sql("CREATE TABLE t (a int)");
    let session = connect(&database.dsn()).await.unwrap();
    let settings = "SELECT concat_ws(' ', current_setting('transaction_read_only'), current_setting('lock_timeout'),
                    current_setting('statement_timeout'), current_setting('search_path'))";
    let reading = session.read(NO_LOCK).await.unwrap();
    assert_eq!(reading.texts(settings).await.unwrap()[0][0].as_deref(), Some("on 100ms 20s pg_catalog"));
    let fault = reading.texts("INSERT INTO public.t VALUES (1)").await.unwrap_err();
    assert_eq!(fault.sqlstate.as_deref(), Some("25006"));
    drop(reading);
    // Outside of a reading there is no way to ask, but what a new one starts from shows what was left.
    let reading = session.read(GENEROUS).await.unwrap();
    reading.own_search_path().await.unwrap();
    assert_eq!(reading.texts("SHOW search_path").await.unwrap()[0][0].as_deref(), Some("\"$user\", public"));
    reading.finish().await.unwrap();
    assert_eq!(database.sql("SELECT count(*) FROM t"), ["0"]);
    wait_for("an idle session", || (states(&database) == ["idle"]).then_some(()));
}

#[tokio::test]
async fn looking_waits_neither_for_a_lock_nor_for_ever() {
    let database = database();
    database.sql("CREATE TABLE held (a int)");
    let holder = Holder::of(&database, "LOCK held");
    let session = connect(&database.dsn()).await.unwrap();
    let reading = session.read(NO_LOCK).await.unwrap();
    let fault = reading.texts("SELECT count(*) FROM public.held").await.unwrap_err();
    assert_eq!((fault.kind, fault.sqlstate.as_deref()), (FaultKind::Busy, Some("55P03")));
    drop(reading);
    let reading = session.read(NO_WORK).await.unwrap();
    let fault = reading.texts("SELECT pg_sleep(30)").await.unwrap_err();
    assert_eq!((fault.kind, fault.sqlstate.as_deref()), (FaultKind::Busy, Some("57014")));
    drop(holder);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_running_query_can_be_cancelled() {
    let database = database();
    let session = connect(&database.dsn()).await.unwrap();
    let reading = session.read(GENEROUS).await.unwrap();
    let (answer, cancelled) = tokio::join!(reading.texts("SELECT pg_sleep(25)"), async {
        wait_for("the query", || (states(&database) == ["active"]).then_some(()));
        session.cancel().await
    });
    cancelled.unwrap();
    assert_eq!(answer.unwrap_err().sqlstate.as_deref(), Some("57014"));
    drop(reading);
    assert_eq!(ask(&session, "SELECT 1").await.unwrap(), "1");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dropped_reading_ends_its_query_and_its_transaction_at_once() {
    let database = database();
    let session = connect(&database.dsn()).await.unwrap();
    let reading = session.read(Limits { statement: Duration::from_mins(10), ..GENEROUS }).await.unwrap();
    let asked = tokio::time::timeout(Duration::from_millis(200), reading.texts("SELECT pg_sleep(600)")).await;
    assert!(asked.is_err(), "still running");
    drop(reading);
    wait_for("an idle session", || (states(&database) == ["idle"]).then_some(()));
    assert_eq!(ask(&session, "SELECT 1").await.unwrap(), "1");
}

#[tokio::test]
async fn of_many_statements_one_that_fails_spoils_no_other() {
    let database = database();
    let session = connect(&database.dsn()).await.unwrap();
    let statements: Vec<String> =
        (0..200)
            .map(|n| {
                if n == 70 {
                    "SELECT 1/0".to_owned()
                } else {
                    format!("SELECT {n}, current_setting('transaction_read_only')")
                }
            })
            .collect();
    let answers = session.each(GENEROUS, &statements).await.unwrap();
    assert_eq!(answers.len(), 200);
    for (n, answer) in answers.into_iter().enumerate() {
        match answer {
            Ok(rows) => assert_eq!(rows, [[Some(n.to_string()), Some("on".to_owned())]]),
            Err(fault) => assert_eq!((n, fault.sqlstate.as_deref()), (70, Some("22012"))),
        }
    }
    wait_for("an idle session", || (states(&database) == ["idle"]).then_some(()));
}

#[tokio::test]
async fn readings_of_one_session_take_turns() {
    let database = database();
    let session = connect(&database.dsn()).await.unwrap();
    let one = || ask(&session, "SELECT pg_current_xact_id_if_assigned() IS NULL");
    let (first, second) = tokio::join!(one(), one());
    assert_eq!((first.unwrap().as_str(), second.unwrap().as_str()), ("t", "t"));
}

#[tokio::test]
async fn a_closed_session_is_gone_from_the_server() {
    let database = database();
    let session: Session = connect(&database.dsn()).await.unwrap();
    assert_eq!(states(&database), ["idle"]);
    session.close().await;
    wait_for("no session", || states(&database).is_empty().then_some(()));
}
