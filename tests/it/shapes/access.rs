//! Who looks, and when: the answer does not depend on the role and its settings, and nobody waits for long.

use std::time::Duration;

use tenantry::domain::fault::FaultKind;
use tenantry::domain::structure::Comparison;
use tenantry::pg::Limits;

use super::{ALL, base, read, read_within, ready};
use crate::connect::connect;
use crate::facts::Holder;
use crate::support::{run_sql, servers, wait_for};

#[tokio::test]
async fn a_role_without_usage_and_with_another_search_path_reads_the_same() {
    for cluster in servers() {
        let database = ready(cluster);
        // Called like the table: the hardest case, because its name stands before columns too.
        for name in ["acme", "orders", "Quoted.name"] {
            database.sql(&base(name));
            let owner = connect(&database.dsn()).await.expect("a connection");
            let theirs = read(&owner, name).await.expect("a structure");
            let dsn = format!("{} options='-c search_path=elsewhere'", database.dsn_as("shapes_reader"));
            let reader = connect(&dsn).await.expect("a connection");
            let seen = read(&reader, name).await.expect("a structure");
            let differ: Vec<_> = theirs.objects.iter().zip(&seen.objects).filter(|(one, other)| one != other).collect();
            assert!(differ.is_empty(), "{name}: {differ:#?}");
            assert_eq!((seen.shape, seen.exact), (theirs.shape, theirs.exact), "{name}");
        }
    }
}

#[tokio::test]
async fn a_table_that_somebody_has_locked_makes_it_busy_and_nobody_waits() {
    for cluster in servers() {
        let database = ready(cluster);
        database.sql(&base("acme"));
        let holder = Holder::of(&database, "LOCK TABLE acme.orders IN ACCESS EXCLUSIVE MODE");
        let session = connect(&database.dsn()).await.expect("a connection");
        let limits = Limits { lock: Duration::from_millis(100), statement: Duration::from_mins(1) };
        let fault = read_within(&session, "acme", limits, &ALL).await.expect_err("it is locked");
        assert_eq!((fault.kind, fault.sqlstate.as_deref()), (FaultKind::Busy, Some("55P03")), "{fault:?}");
        drop(holder);
        read_within(&session, "acme", limits, &Comparison::default()).await.expect("the same session reads on");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_dropped_while_it_is_read_makes_the_schema_changed() {
    for cluster in servers() {
        let database = ready(cluster);
        database.sql(&base("acme"));
        let session = connect(&database.dsn()).await.expect("a connection");
        let before = read(&session, "acme").await.expect("a structure");
        let name = database.name().to_owned();
        // Drops the table, and commits when somebody waits for it.
        let dropping = std::thread::spawn(move || {
            run_sql(
                cluster,
                &name,
                "SET client_min_messages = warning;
                 SET statement_timeout = '60s';
                 BEGIN;
                 DROP TABLE acme.orders CASCADE;
                 DO $$ BEGIN
                     WHILE NOT EXISTS (SELECT FROM pg_locks l JOIN pg_database d ON d.oid = l.database
                                       WHERE d.datname = current_database() AND NOT l.granted) LOOP
                         PERFORM pg_sleep(0.01);
                     END LOOP;
                 END $$;
                 COMMIT;",
            )
        });
        wait_for("the drop", || {
            let held = "SELECT 1 FROM pg_locks WHERE granted AND mode = 'AccessExclusiveLock' AND relation = 'acme.orders'::regclass";
            (!database.sql(held).is_empty()).then_some(())
        });
        let fault = read(&session, "acme").await.expect_err("it changes");
        assert_eq!(fault.kind, FaultKind::Gone, "{fault:?}");
        assert!(fault.what.contains("schema acme changed while it was read"), "{fault:?}");
        dropping.join().expect("it is dropped");
        let after = read(&session, "acme").await.expect("a structure");
        assert!(after.objects.len() < before.objects.len());
    }
}
