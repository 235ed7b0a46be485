//! The application at work on the same schemas: deadlocks, conflicts of concurrent transactions, isolation levels that the database
//! gives to everybody. What is undone by the server is tried again; nobody else is hurt.

use tenantry::domain::run::{CauseKind, Event};

use super::faults::Open;
use super::fleet::{Fleet, Run, TWO, patient};
use crate::support::wait_for;

/// Waits until a session of the application waits for a lock on this table.
fn waits_for(fleet: &Fleet<'_>, table: &str, application: &str) {
    let sql = format!(
        "SELECT count(*) FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid WHERE NOT l.granted AND l.relation = \
         '{table}'::regclass AND a.application_name LIKE '{application}%'"
    );
    wait_for(&format!("{application} to wait for {table}"), || (fleet.sql(&sql) == ["1"]).then_some(()));
}

/// The SQLSTATEs for which targets were tried again, in order.
fn tried_again(run: &Run) -> Vec<String> {
    let again = |event| if let Event::Retry { cause, .. } = event { Some(cause) } else { None };
    let causes = run.entries().into_iter().filter_map(|entry| again(entry.event));
    causes.filter(|cause| cause.kind == CauseKind::Contention).filter_map(|cause| cause.sqlstate).collect()
}

#[test]
fn a_deadlock_with_the_application_is_undone_and_tried_again() {
    let fleet = Fleet::of(2);
    let gate = Open::new(&fleet, "SELECT pg_advisory_xact_lock(42)");
    // This one never looks for a deadlock itself: it is the migration that is undone.
    let mut application = Open::new(&fleet, "SET deadlock_timeout = '1h'; LOCK TABLE t01.marks");
    let crossing = (
        "0002_vip",
        &[
            "ALTER TABLE customers ADD COLUMN vip boolean",
            "SELECT pg_catalog.pg_advisory_xact_lock_shared(42)",
            "INSERT INTO marks VALUES ('0002')",
        ][..],
        true,
    );
    let run = Run::new(&fleet, fleet.plan(&[crossing], patient()));
    let worker = run.start(None);
    let at_the_gate = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted AND database = (SELECT oid FROM \
                       pg_database WHERE datname = current_database())";
    wait_for("both at the gate", || (fleet.sql(at_the_gate) == ["2"]).then_some(()));
    application.says("SELECT count(*) FROM t01.customers;");
    waits_for(&fleet, "t01.customers", "tenantry/demo");
    drop(gate);
    run.wait("a deadlock", |state| state.causes.iter().any(|(cause, _)| cause.sqlstate.as_deref() == Some("40P01")));
    application.says("COMMIT;");
    assert_eq!(worker.ended().code(), Some(0), "{}", run.log());
    assert_eq!(tried_again(&run), ["40P01"]);
    run.agrees(&fleet);
}

#[test]
fn a_row_that_moved_away_meanwhile_is_tried_again() {
    let fleet = Fleet::of(2);
    fleet.sql(
        "CREATE TABLE t01.parts (id int) PARTITION BY LIST (id); CREATE TABLE t01.one PARTITION OF t01.parts FOR VALUES IN (1); \
         CREATE TABLE t01.two PARTITION OF t01.parts FOR VALUES IN (2); INSERT INTO t01.parts VALUES (1); \
         CREATE TABLE t00.parts (id int)",
    );
    let mut application = Open::new(&fleet, "UPDATE t01.parts SET id = 2");
    let conflicting = (
        "0002_vip",
        &[
            "ALTER TABLE customers ADD COLUMN vip boolean",
            "UPDATE parts SET id = id WHERE id = 1",
            "INSERT INTO marks VALUES ('0002')",
        ][..],
        true,
    );
    let run = Run::new(&fleet, fleet.plan(&[conflicting], patient()));
    let worker = run.start(None);
    let waiting = "SELECT count(*) FROM pg_locks JOIN pg_stat_activity USING (pid) WHERE locktype = 'transactionid' AND NOT granted \
                   AND datname = current_database()";
    wait_for("the migration at the row", || (fleet.sql(waiting) == ["1"]).then_some(()));
    application.says("COMMIT;");
    assert_eq!(worker.ended().code(), Some(0), "{}", run.log());
    assert_eq!(tried_again(&run), ["40001"]);
    run.agrees(&fleet);
}

#[test]
fn the_isolation_that_a_database_gives_to_everybody_is_not_that_of_a_run() {
    for isolation in ["repeatable read", "serializable"] {
        let fleet = Fleet::of(6);
        let index = ("0004_index", &["CREATE INDEX CONCURRENTLY by_name ON customers (name)"][..], false);
        let plan = fleet.plan(&[TWO[0], TWO[1], index], patient());
        fleet.sql(&format!("ALTER DATABASE {} SET default_transaction_isolation = '{isolation}'", fleet.name));
        let run = Run::new(&fleet, plan);
        // The next worker asks the ledgers what became of those that were on their way.
        assert_eq!(run.start(Some("answered:3")).ended().code(), None, "{}", run.log());
        assert_eq!(run.finish(), 0, "{isolation}: {} {:?}", run.log(), run.state().causes);
        assert_eq!((run.state().counts.applied, tried_again(&run)), (6, Vec::new()), "{isolation}");
        let names: Vec<&str> = fleet.tenants.iter().map(String::as_str).collect();
        let whole = ["0002_vip", "0003_orders", "0004_index"];
        assert!(fleet.found_all(&names).iter().all(|found| found.0 == whole && found.1 == ["0002", "0003"]), "{isolation}");
    }
}
