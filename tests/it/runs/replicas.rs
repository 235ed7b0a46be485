//! A standby that lags: the run waits until it has caught up, and goes on by itself.

use tenantry::domain::run::{Event, Life, Pause};
use tenantry::plan::RunPolicy;

use super::faults::Open;
use super::fleet::{Fleet, Run, patient};
use crate::standby::Pair;
use crate::support::{cluster, run_sql, wait_for};

const SLOW: [(&str, &[&str], bool); 1] = [(
    "0002_vip",
    &["ALTER TABLE customers ADD COLUMN vip boolean", "INSERT INTO marks VALUES ('0002')", "SELECT pg_sleep(0.3)"],
    true,
)];

#[test]
fn a_replica_that_lags_holds_the_run_up_until_it_has_caught_up() {
    let pair = Pair::like(cluster());
    let fleet = Fleet::on(&pair.primary, 40);
    let tells_often = "ALTER SYSTEM SET wal_receiver_status_interval = '1s'; SELECT pg_reload_conf()";
    run_sql(&pair.standby, "postgres", tells_often);
    pair.catch_up();
    let plan = fleet.plan(&SLOW, RunPolicy { concurrency: 1, lag_seconds: Some(1), ..patient() });
    // However long the standby takes to tell that it lags, there is something left to do then.
    let open = Open::before(&fleet, 38..40);
    let run = Run::new(&fleet, plan);
    let worker = run.start(None);
    run.wait("the first", |state| state.counts.applied > 0);
    run_sql(&pair.standby, "postgres", "SELECT pg_wal_replay_pause()");
    let state = run.wait("the pause", |state| matches!(state.life, Life::Paused(Pause::Lag { .. })));
    assert!(matches!(state.life, Life::Paused(Pause::Lag { seconds: 2.. })), "{:?}", state.life);
    drop(open);
    let held = run.wait("what was in flight", |state| state.counts.running == 0).counts;
    assert!(held.applied > 0 && held.pending > 0, "{held:?}");
    // It lags more and more, and nothing starts meanwhile.
    let lag = "SELECT coalesce(max(extract(epoch FROM replay_lag)), 0) > 5 FROM pg_stat_replication";
    wait_for("more lag", || (run_sql(&pair.primary, "postgres", lag) == ["t"]).then_some(()));
    assert_eq!(run.state().counts, held);
    run_sql(&pair.standby, "postgres", "SELECT pg_wal_replay_resume()");
    run.wait_event("that it goes on", |event| matches!(event, Event::Resumed { by: None }));
    run.wait("the rest", |state| state.counts.open() == 0);
    assert_eq!(worker.ended().code(), Some(0), "{}", run.log());
    run.agrees(&fleet);
}
