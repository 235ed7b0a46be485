//! Servers that have not enough: connections, room for locks. The run takes what there is, or says what would do.

use tenantry::demo::{Cluster, ClusterOptions};
use tenantry::domain::run::{CauseKind, Event, Life, Pause};
use tenantry::plan::{Plan, RunPolicy};

use super::faults::Open;
use super::fleet::{Fleet, ONE, Run, policy};
use crate::support::{own_cluster, run_sql, settings};

const SLOW: [(&str, &[&str], bool); 1] = [(
    "0002_vip",
    &["ALTER TABLE customers ADD COLUMN vip boolean", "INSERT INTO marks VALUES ('0002')", "SELECT pg_sleep(0.5)"],
    true,
)];

/// A server of 12 connections, of which 3 are for superusers.
fn small() -> Cluster {
    let settings = settings([("max_connections", "12"), ("superuser_reserved_connections", "3"), ("max_wal_senders", "0")]);
    own_cluster(ClusterOptions { settings, ..ClusterOptions::default() })
}

/// Gives the fleet to a role that is no superuser and may have so many connections. It may not ask who the server is.
fn belongs_to(fleet: &Fleet<'_>, role: &str, connections: i32, mut plan: Plan) -> Plan {
    fleet.sql(&format!(
        "CREATE ROLE {role} LOGIN CONNECTION LIMIT {connections}; ALTER DATABASE {} OWNER TO {role}",
        fleet.name
    ));
    for tenant in &fleet.tenants {
        fleet.sql(&format!("ALTER SCHEMA {tenant} OWNER TO {role}"));
        for table in ["customers", "marks", "tenantry_migrations"] {
            fleet.sql(&format!("ALTER TABLE {tenant}.{table} OWNER TO {role}"));
        }
    }
    plan.databases[0].system_identifier = None;
    plan
}

#[test]
fn too_few_connections_lower_the_concurrency() {
    let cluster = small();
    let fleet = Fleet::on(&cluster, 10);
    let plan = fleet.plan(&SLOW, RunPolicy { concurrency: 6, ..policy() });
    let plan = belongs_to(&fleet, "few", 3, plan);
    let run = Run::at(cluster.dsn_as("few", "fleet"), plan);
    assert_eq!(run.finish(), 0, "{}", run.log());
    let event = run.wait_event("the change", |event| matches!(event, Event::Concurrency { .. }));
    assert!(matches!(event, Event::Concurrency { now: 1..=2, .. }), "{event:?}");
    run.agrees(&fleet);
}

#[test]
fn a_server_without_a_connection_left_is_waited_for() {
    let cluster = small();
    let fleet = Fleet::on(&cluster, 4);
    let plan = belongs_to(&fleet, "last", -1, fleet.plan(&ONE, policy()));
    // The application has all of them but one. Who looks whether it is there needs that one meanwhile, so that it is taken by a superuser.
    run_sql(&cluster, "postgres", "CREATE ROLE app LOGIN");
    let mut application: Vec<Open> = (0..8).map(|_| Open::by(&fleet, "app", "SELECT 1")).collect();
    application.push(Open::new(&fleet, "SELECT 1"));
    let run = Run::at(cluster.dsn_as("last", "fleet"), plan);
    let worker = run.start(None);
    let state = run.wait("the pause", |state| matches!(state.life, Life::Paused(Pause::Server { .. })));
    let Life::Paused(Pause::Server { what }) = state.life else { panic!("{:?}", state.life) };
    assert!(what.contains("remaining connection slots are reserved"), "{what}");
    assert_eq!(state.counts.pending, 4);
    drop(application);
    assert_eq!(worker.ended().code(), Some(0), "{}", run.log());
    run.agrees(&fleet);
}

#[test]
fn lock_memory_that_does_not_suffice_lowers_the_concurrency_and_the_value_that_is_named_would_do() {
    let options = [("max_locks_per_transaction", "10"), ("max_connections", "20"), ("max_prepared_transactions", "0")];
    let mut cluster = own_cluster(ClusterOptions { settings: settings(options), ..ClusterOptions::default() });
    let many: Vec<String> = (0..2_000).map(|at| format!("CREATE TABLE x{at} (id int)")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    let run = {
        let fleet = Fleet::on(&cluster, 4);
        Run::new(&fleet, fleet.plan(&[("0002_many", &many, true)], RunPolicy { halt_same_cause: 1, ..policy() }))
    };
    assert_eq!(run.finish(), 3, "{}", run.log());
    let state = run.state();
    assert_eq!(state.concurrency, Some(1));
    let failed: Vec<_> = state.causes.iter().filter(|(_, count)| *count > 0).collect();
    let [(cause, _)] = failed.as_slice() else { panic!("{:?}", state.causes) };
    assert_eq!((cause.kind, cause.sqlstate.as_deref()), (CauseKind::Pressure, Some("53200")));
    let hint = cause.hint.as_deref().unwrap_or_default();
    let named =
        hint.strip_prefix("max_locks_per_transaction = ").and_then(|rest| rest.split(' ').next()?.parse::<u32>().ok());
    let named = named.unwrap_or_else(|| panic!("{hint}"));
    assert!((32..=512).contains(&named), "{hint}");

    // Whoever does as it says gets through.
    run_sql(&cluster, "postgres", &format!("ALTER SYSTEM SET max_locks_per_transaction = {named}"));
    cluster.restart().expect("it starts");
    assert_eq!(run.retry(), 0, "{} {:?}", run.log(), run.state().causes);
}
