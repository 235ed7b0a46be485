//! Servers that restart, take no writes, or stand behind a pooler.

use tenantry::demo::ClusterOptions;
use tenantry::domain::run::{Control, End, Event, Life, Pause};
use tenantry::plan::RunPolicy;

use super::faults::Open;
use super::fleet::{Fleet, ONE, Run, TWO, patient, policy};
use crate::support::{freeze, own_cluster, run_sql, thaw, wait_for};

/// What does not end by itself.
const LONG: [(&str, &[&str], bool); 1] = [(
    "0002_vip",
    &["ALTER TABLE customers ADD COLUMN vip boolean", "INSERT INTO marks VALUES ('0002')", "SELECT pg_sleep(600)"],
    true,
)];

#[test]
fn a_server_that_restarts_is_waited_for() {
    let mut cluster = own_cluster(ClusterOptions::default());
    let (plan, dsn, tenants, open) = {
        let fleet = Fleet::on(&cluster, 8);
        let plan = fleet.plan(&ONE, RunPolicy { concurrency: 2, ..patient() });
        (plan, fleet.dsn(), fleet.tenants.clone(), Open::before(&fleet, 2..8))
    };
    let run = Run::at(dsn, plan);
    let worker = run.start(None);
    run.wait("some at work", |state| state.counts.running > 0 && state.counts.applied == 2);
    cluster.stop().expect("it stops");
    drop(open);
    run.wait("the pause", |state| matches!(state.life, Life::Paused(Pause::Server { .. })));
    cluster.restart().expect("it starts");
    assert_eq!(worker.ended().code(), Some(0), "{}", run.log());
    assert!(run.entries().iter().any(|e| matches!(e.event, Event::Resumed { by: None })));
    let fleet = Fleet::again(&cluster, tenants);
    run.agrees(&fleet);
}

#[test]
fn a_server_that_takes_no_writes_pauses_the_run() {
    let fleet = Fleet::of(4);
    let plan = fleet.plan(&ONE, policy());
    fleet.sql(&format!("ALTER DATABASE {} SET default_transaction_read_only = on", fleet.name));
    let run = Run::new(&fleet, plan);
    let worker = run.start(None);
    let state = run.wait("the pause", |state| matches!(state.life, Life::Paused(Pause::Server { .. })));
    assert!(
        matches!(&state.life, Life::Paused(Pause::Server { what }) if what.contains("takes no writes")),
        "{:?}",
        state.life
    );
    run_sql(fleet.cluster, "postgres", &format!("ALTER DATABASE {} RESET default_transaction_read_only", fleet.name));
    assert_eq!(worker.ended().code(), Some(0), "{}", run.log());
    run.agrees(&fleet);
}

#[test]
fn a_pooler_in_the_way_is_no_hindrance() {
    let pooler = crate::pooler::Pooler::start();
    let fleet = Fleet::within(pooler.database.name(), 6);
    let mut plan = fleet.plan(&TWO, RunPolicy { concurrency: 2, ..policy() });
    plan.databases[0].pooler = true;
    let run = Run::at(pooler.dsn(), plan);
    let worker = run.start(None);
    assert_eq!(worker.ended().code(), Some(0), "{} {:?}", run.log(), run.state().life);
    run.agrees(&fleet);
    // The next client of the server connection finds nothing of ours.
    let left = wait_for("no advisory lock", || {
        let left = fleet.sql("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())");
        (left == ["0"]).then_some(left)
    });
    assert_eq!(left, ["0"]);
}

#[test]
fn a_run_is_stopped_also_while_nobody_answers() {
    let mut cluster = own_cluster(ClusterOptions::default());
    let (plan, dsn) = {
        let fleet = Fleet::on(&cluster, 8);
        (fleet.plan(&LONG, RunPolicy { concurrency: 2, ..policy() }), fleet.dsn())
    };
    let run = Run::at(dsn, plan);
    let worker = run.start(None);
    run.wait("a start", |state| state.counts.running > 0);
    let at_work = "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'";
    wait_for("a statement at work", || (run_sql(&cluster, "fleet", at_work) != ["0"]).then_some(()));
    // At once, so that what is in flight is in doubt.
    cluster.kill().expect("it dies");
    let state = run.wait("the pause", |state| matches!(state.life, Life::Paused(Pause::Server { .. })));
    assert!(state.counts.in_doubt > 0, "{:?}", state.counts);
    run.control(&Control::Stop { cancel: false });
    run.wait("the stop", |state| matches!(state.life, Life::Stopping { .. }));
    // What is in doubt is found out first, for as long as a person may wait: a server that comes back is asked at once.
    cluster.restart().expect("it starts");
    assert_eq!(worker.ended().code(), Some(3), "{}", run.log());
    let state = run.state();
    assert_eq!((state.life.clone(), state.counts.in_doubt), (Life::Ended(End::Stopped), 0));
}

#[test]
fn a_frozen_server_does_not_keep_a_run_from_its_end() {
    let cluster = own_cluster(ClusterOptions::default());
    let fleet = Fleet::on(&cluster, 2);
    let run = Run::new(&fleet, fleet.plan(&LONG, RunPolicy { concurrency: 1, ..policy() }));
    let worker = run.start(None);
    let at_work = "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'";
    wait_for("a statement at work", || (run_sql(&cluster, "fleet", at_work) != ["0"]).then_some(()));
    freeze(&cluster);
    run.control(&Control::Stop { cancel: true });
    run.wait("the doubt", |state| state.counts.in_doubt == 1);
    // It answers again: what is in doubt is found out before the end.
    thaw(&cluster);
    assert_eq!(worker.ended().code(), Some(3), "{}", run.log());
    let state = run.state();
    assert_eq!((state.life.clone(), state.counts.pending), (Life::Ended(End::Stopped), 2));
    run.agrees(&fleet);
}
