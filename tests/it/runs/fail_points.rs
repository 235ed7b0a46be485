//! A worker that dies at any step: the next one finds out what became of everything, and every target ends once.

use std::os::unix::process::ExitStatusExt as _;

use tenantry::domain::run::{Event, How, Phase};
use tenantry::plan::RunPolicy;

use super::fleet::{Fleet, Run, TWO, policy};
use crate::support::{servers, wait_for};

const ABORTED: Option<i32> = Some(6);

fn dies_and_resumes(place: &str) {
    let fleet = Fleet::of(8);
    let run = Run::new(&fleet, fleet.plan(&TWO, policy()));
    assert_eq!(run.start(Some(place)).ended().signal(), ABORTED, "{place}: {}", run.log());
    let before = run.state();
    assert_eq!(run.finish(), 0, "{place}: {}", run.log());
    let after = run.state();
    assert_eq!((after.counts.applied, after.workers), (8, before.workers + 1), "{place}: {:?}", after.counts);
    run.agrees(&fleet);
}

#[test]
fn a_worker_that_dies_before_a_start_is_durable_has_started_nothing() {
    dies_and_resumes("before-started:1");
    dies_and_resumes("before-started:3");
}

#[test]
fn a_worker_that_dies_after_a_start_is_durable_has_sent_nothing() {
    dies_and_resumes("after-started:1");
    dies_and_resumes("after-started:4");
}

#[test]
fn a_worker_that_dies_with_a_message_on_its_way_does_not_apply_it_twice() {
    // The statement takes its time, so that it is surely at work when the worker dies.
    let fleet = Fleet::of(3);
    let slow = (
        "0002_vip",
        &["ALTER TABLE customers ADD COLUMN vip boolean", "INSERT INTO marks VALUES ('0002')", "SELECT pg_sleep(0.3)"][..],
        true,
    );
    let run = Run::new(&fleet, fleet.plan(&[slow], policy()));
    assert_eq!(run.start(Some("sent:1")).ended().signal(), ABORTED, "{}", run.log());
    assert!(run.state().counts.running > 0);
    assert_eq!(run.finish(), 0, "{}", run.log());
    run.agrees(&fleet);
}

#[test]
fn a_worker_that_dies_between_commit_and_result_finds_the_commit() {
    dies_and_resumes("answered:3");
    let fleet = Fleet::of(2);
    let run = Run::new(&fleet, fleet.plan(&TWO, RunPolicy { concurrency: 1, ..policy() }));
    assert_eq!(run.start(Some("answered:1")).ended().signal(), ABORTED);
    assert_eq!(run.finish(), 0, "{}", run.log());
    let found = run.entries().iter().filter(|e| matches!(e.event, Event::Applied { how: How::Found, .. })).count();
    assert_eq!(found, 1, "one commit was found by its ledger");
    run.agrees(&fleet);
}

#[test]
fn a_worker_that_dies_around_a_durable_result_does_not_lose_it() {
    dies_and_resumes("before-result:2");
    dies_and_resumes("after-result:2");
}

#[test]
fn an_index_whose_end_nobody_noted_is_found_by_its_definition() {
    let index = (
        "0002_index",
        &[
            "CREATE INDEX CONCURRENTLY by_name ON customers (name)",
            "CREATE INDEX CONCURRENTLY by_both ON customers (id, name DESC) WHERE (id > 0)",
        ][..],
        false,
    );
    for server in servers() {
        let fleet = Fleet::on_server(server, 2);
        let run = Run::new(&fleet, fleet.plan(&[index], RunPolicy { concurrency: 1, ..policy() }));
        for place in ["statement:1", "statement:2", "statement:1"] {
            assert_eq!(run.start(Some(place)).ended().signal(), ABORTED, "{place}: {}", run.log());
        }
        assert_eq!(run.finish(), 0, "{} {:?}", run.log(), run.state().causes);
        for tenant in ["t00", "t01"] {
            assert_eq!(fleet.found(tenant).0, ["0002_index"]);
            let valid =
                format!("SELECT count(*) FROM pg_index WHERE indisvalid AND indrelid = '{tenant}.customers'::regclass");
            assert_eq!(fleet.sql(&valid), ["3"]);
        }
    }
}

#[test]
fn what_left_nothing_to_be_seen_was_done_where_a_later_index_is_there() {
    let fleet = Fleet::of(1);
    let statements = ["ANALYZE customers", "CREATE INDEX CONCURRENTLY by_name ON customers (name)", "ANALYZE customers"];
    let run = Run::new(&fleet, fleet.plan(&[("0002_index", &statements, false)], policy()));
    for place in ["statement:1", "statement:2", "statement:1"] {
        assert_eq!(run.start(Some(place)).ended().signal(), ABORTED, "{place}: {}", run.log());
    }
    assert_eq!(run.finish(), 0, "{} {:?}", run.log(), run.state().causes);
    assert_eq!(fleet.found("t00").0, ["0002_index"]);
}

#[test]
fn what_is_done_outside_of_a_transaction_is_durable_before_the_next_statement_is_sent() {
    let fleet = Fleet::of(1);
    let statements = ["ANALYZE marks", "ANALYZE customers", "CREATE INDEX CONCURRENTLY by_name ON customers (name)"];
    let run = Run::new(&fleet, fleet.plan(&[("0002_index", &statements, false)], policy()));
    for (place, done) in [("next-statement:1", 1), ("next-statement:1", 2), ("next-statement:1", 3)] {
        assert_eq!(run.start(Some(place)).ended().signal(), ABORTED, "{place}: {}", run.log());
        assert_eq!(run.state().targets[0].statements, done);
    }
    assert_eq!(run.finish(), 0, "{} {:?}", run.log(), run.state().causes);
    assert_eq!(fleet.found("t00").0, ["0002_index"]);
    // None of them was sent twice.
    let done = |event: &Event| if let Event::StatementDone { done, .. } = event { Some(*done) } else { None };
    let done: Vec<u16> = run.entries().iter().filter_map(|entry| done(&entry.event)).collect();
    assert_eq!(done, [1, 2, 3]);
}

#[test]
fn a_session_that_found_the_ledger_moved_gives_the_schema_to_the_next_one() {
    let fleet = Fleet::of(8);
    let index = ("0002_index", &["CREATE INDEX CONCURRENTLY by_name ON customers (name)"][..], false);
    let table = ("0003_more", &["CREATE TABLE more (id int)"][..], true);
    let run = Run::new(&fleet, fleet.plan(&[index, table], RunPolicy { concurrency: 4, ..policy() }));
    for tenant in &fleet.tenants {
        fleet.sql(&format!(
            "CREATE INDEX by_name ON {tenant}.customers (name); \
             INSERT INTO {tenant}.tenantry_migrations VALUES ('0002_index', 'ab')"
        ));
    }
    assert_eq!(run.finish(), 0, "{} {:?}", run.log(), run.state().causes);
}

#[test]
fn an_index_of_that_name_that_is_another_one_needs_a_person() {
    let fleet = Fleet::of(1);
    let index = ("0002_index", &["CREATE INDEX CONCURRENTLY by_name ON customers (name)"][..], false);
    let run = Run::new(&fleet, fleet.plan(&[index], policy()));
    assert_eq!(run.start(Some("statement:1")).ended().signal(), ABORTED, "{}", run.log());
    fleet.sql("DROP INDEX t00.by_name; CREATE INDEX by_name ON t00.customers (id, name)");
    assert_eq!(run.finish(), 3, "{}", run.log());
    let state = run.state();
    assert_eq!((run.phase("t00"), state.targets[0].statements), (Phase::Dirty, 0));
    assert!(state.causes[0].0.hint.as_ref().is_some_and(|hint| hint.contains("another") || hint.contains("wanted")));
    fleet.sql("DROP INDEX t00.by_name");
    assert_eq!(run.retry(), 0, "{} {:?}", run.log(), run.state().causes);
}

#[test]
fn a_worker_that_dies_before_the_end_has_nothing_left_to_do() {
    dies_and_resumes("before-ended:1");
}

#[test]
fn a_worker_that_is_killed_at_any_moment_loses_nothing() {
    let fleet = Fleet::of(16);
    let run = Run::new(&fleet, fleet.plan(&TWO, policy()));
    for more in [3, 5, 7, 9, 11] {
        let from = run.entries().len();
        let mut worker = run.start(None);
        wait_for("some entries", || (run.entries().len() >= from + more || worker.is_over()).then_some(()));
        worker.kill();
        let state = run.state();
        assert!(
            state.targets.iter().all(|target| !matches!(target.phase, Phase::Failed | Phase::Skipped(_))),
            "{:?}",
            state.causes
        );
    }
    assert_eq!(run.finish(), 0, "{}", run.log());
    assert_eq!(run.state().counts.applied, 16);
    run.agrees(&fleet);
}

#[test]
fn an_old_backend_that_still_works_is_ended_before_anything_is_decided() {
    let fleet = Fleet::of(1);
    let long = (
        "0002_vip",
        &["ALTER TABLE customers ADD COLUMN vip boolean", "INSERT INTO marks VALUES ('0002')", "SELECT pg_sleep(600)"][..],
        true,
    );
    let run = Run::new(&fleet, fleet.plan(&[long], policy()));
    let worker = run.start(None);
    wait_for("the long statement", || {
        (fleet.sql("SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND datname = current_database()")
            == ["1"])
        .then_some(())
    });
    // It stops where it stands: the server goes on and does not notice that nobody listens.
    worker.kill();
    let worker = run.start(None);
    let event = run.wait_event("the verdict about the first", |event| {
        matches!(event, Event::NotApplied { .. } | Event::Applied { .. })
    });
    assert!(matches!(event, Event::NotApplied { .. }), "{event:?}");
    worker.kill();
    fleet.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'tenantry/run/%' AND datname = current_database()");
    run.agrees(&fleet);
}
