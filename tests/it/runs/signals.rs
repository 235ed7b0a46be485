//! Server processes that are asked to end, by workers as everything that writes.

use std::process::{Child, Stdio};

use tenantry::domain::fault::FaultKind;
use tenantry::domain::run::{End, Event, How, Life};
use tenantry::plan::{EnvironmentName, Kind, Plan};

use super::fleet::{Fleet, ONE, Run, policy};
use crate::connect::target;
use crate::support::wait_for;

/// A session of psql that runs something long. Dropping it ends it.
struct Client(Child);

impl Drop for Client {
    fn drop(&mut self) {
        let _gone = self.0.kill();
        let _reaped = self.0.wait();
    }
}

/// Opens a session that sleeps twice, and gives its process.
fn sleeper(fleet: &Fleet<'_>, name: &str) -> (Client, i32) {
    let client = fleet
        .cluster
        .psql(&fleet.name)
        .env("PGAPPNAME", name)
        .args(["-v", "ON_ERROR_STOP=0", "-c", "SELECT pg_sleep(601)", "-c", "SELECT pg_sleep(602)"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("psql");
    let pid = wait_for("the session", || sleeping(fleet, name, 601));
    (Client(client), pid)
}

/// The process of a session that sleeps so long.
fn sleeping(fleet: &Fleet<'_>, name: &str, seconds: u32) -> Option<i32> {
    let sql = format!(
        "SELECT pid FROM pg_stat_activity WHERE application_name = '{name}' AND wait_event = 'PgSleep' AND query LIKE \
         '%pg_sleep({seconds})%'"
    );
    fleet.sql(&sql).first().and_then(|pid| pid.parse().ok())
}

async fn planned(fleet: &Fleet<'_>, pid: i32, terminate: bool) -> Plan {
    let environment = EnvironmentName { name: "test".into(), production: false };
    let target = target("main", &fleet.dsn());
    tenantry::observer::signal::plan(&target, environment, pid, terminate).await.expect("a plan")
}

#[tokio::test]
async fn a_query_is_cancelled_and_the_next_one_of_the_same_session_is_not() {
    let fleet = Fleet::of(1);
    let (_client, pid) = sleeper(&fleet, "reporting");
    let plan = planned(&fleet, pid, false).await;
    let Kind::Signal(signal) = &plan.kind else { panic!("{:?}", plan.kind) };
    assert!(signal.who.ends_with("reporting") && signal.query == "SELECT pg_sleep(601)", "{signal:?}");
    let run = Run::new(&fleet, plan.clone());
    assert_eq!(run.finish(), 0, "{}", run.log());
    let state = run.state();
    assert_eq!((state.life.clone(), state.counts.applied), (Life::Ended(End::Done), 1));
    assert!(run.entries().iter().any(|it| matches!(it.event, Event::Applied { how: How::Committed(_), .. })));
    assert_eq!(wait_for("the next query", || sleeping(&fleet, "reporting", 602)), pid);
    // The same plan means the query that was seen, and no other one.
    let again = Run::new(&fleet, plan);
    assert_eq!(again.finish(), 3, "{}", again.log());
    assert_eq!(again.state().causes[0].0.what, "its query had ended before");
    assert_eq!(sleeping(&fleet, "reporting", 602), Some(pid));
}

#[tokio::test]
async fn a_session_ends_and_one_that_took_its_number_would_not() {
    let fleet = Fleet::of(1);
    let (_client, pid) = sleeper(&fleet, "stuck");
    let plan = planned(&fleet, pid, true).await;
    let mut other = plan.clone();
    if let Kind::Signal(signal) = &mut other.kind {
        signal.backend.start_us -= 1;
    }
    let of_another = Run::new(&fleet, other);
    assert_eq!(of_another.finish(), 0, "who is meant is gone, which is what was wanted");
    assert!(of_another.entries().iter().any(|it| matches!(it.event, Event::Applied { how: How::Found, .. })));
    assert_eq!(sleeping(&fleet, "stuck", 601), Some(pid), "it is not the one that was meant");
    let run = Run::new(&fleet, plan);
    assert_eq!(run.finish(), 0, "{}", run.log());
    assert_eq!(fleet.sql(&format!("SELECT count(*) FROM pg_stat_activity WHERE pid = {pid}")), ["0"]);
    let environment = EnvironmentName { name: "test".into(), production: false };
    let gone = tenantry::observer::signal::plan(&target("main", &fleet.dsn()), environment, pid, true).await;
    assert_eq!(gone.map_err(|fault| fault.kind), Err(FaultKind::Gone));
}

#[tokio::test]
async fn who_blocks_a_run_is_ended_while_that_run_waits() {
    let fleet = Fleet::of(1);
    let blocker = fleet
        .cluster
        .psql(&fleet.name)
        .env("PGAPPNAME", "blocker")
        .args(["-c", "BEGIN; LOCK TABLE t00.customers; SELECT pg_sleep(601)"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("psql");
    let _blocker = Client(blocker);
    let pid = wait_for("the lock", || sleeping(&fleet, "blocker", 601));
    let run = Run::new(&fleet, fleet.plan(&ONE, tenantry::plan::RunPolicy { lock_timeout_ms: 60_000, ..policy() }));
    let worker = run.start(None);
    let waits = "SELECT 1 FROM pg_locks WHERE NOT granted AND relation = 't00.customers'::regclass";
    wait_for("the run to wait", || (!fleet.sql(waits).is_empty()).then_some(()));
    let end = Run::new(&fleet, planned(&fleet, pid, true).await);
    assert_eq!(end.finish(), 0, "{}", end.log());
    assert!(worker.ended().success(), "{}", run.log());
    run.agrees(&fleet);
}
