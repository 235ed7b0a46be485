//! A standby that takes over without the last commits of its primary: what the run had applied and is gone is done again, and said.

use tenantry::domain::run::{Control, Event};
use tenantry::plan::RunPolicy;

use super::faults::Open;
use super::fleet::{Fleet, Run, TWO, patient};
use super::proxy::Proxy;
use crate::standby::Pair;
use crate::support::{cluster, run_sql, wait_for};

const TENANTS: usize = 12;

/// A run on a primary whose standby has only a part of what was applied.
struct Story {
    pair: Pair,
    proxy: Proxy,
    run: Run,
    tenants: Vec<String>,
    /// Keeps those waiting that are neither among the first nor among the next.
    gates: Vec<Open>,
}

impl Story {
    fn begin() -> Self {
        let pair = Pair::like(cluster());
        let (plan, tenants, gates) = {
            let fleet = Fleet::on(&pair.primary, TENANTS);
            let plan = fleet.plan(&TWO, RunPolicy { concurrency: 2, ..patient() });
            (plan, fleet.tenants.clone(), vec![Open::before(&fleet, 2..8), Open::before(&fleet, 8..TENANTS)])
        };
        pair.catch_up();
        let proxy = Proxy::start(&pair.primary, "fleet", "nothing that is ever sent", 0);
        let run = Run::at(proxy.dsn(), plan);
        Self { pair, proxy, run, tenants, gates }
    }

    /// Waits until some are applied, stops the standby from hearing of it, and waits until more are.
    fn part(&mut self) {
        self.run.wait("the first", |state| state.counts.applied == 2 && state.counts.running > 0);
        self.run.control(&Control::Pause);
        drop(self.gates.remove(0));
        self.run.wait("a pause", |state| state.counts.running == 0);
        self.pair.catch_up();
        let deaf = "ALTER SYSTEM SET primary_conninfo = ''; SELECT pg_reload_conf()";
        run_sql(&self.pair.standby, "postgres", deaf);
        wait_for("a standby that hears nothing", || {
            (run_sql(&self.pair.standby, "postgres", "SELECT count(*) FROM pg_stat_wal_receiver") == ["0"]).then_some(())
        });
        let known = self.run.state().migrations;
        self.run.control(&Control::Resume);
        self.run.wait("more of them", |state| state.migrations >= known + 4 && state.counts.running > 0);
    }

    fn fail_over(&mut self) {
        self.pair.primary.kill().expect("it dies");
        self.gates.clear();
        run_sql(&self.pair.standby, "postgres", "SELECT pg_promote()");
        self.proxy.lead_to(&self.pair.standby);
    }

    /// How many targets lost something, of which all are as the journal says now.
    fn vanished(&self) -> usize {
        let fleet = Fleet::again(&self.pair.standby, self.tenants.clone());
        self.run.agrees(&fleet);
        assert_eq!(self.run.state().counts.applied as usize, TENANTS);
        let entries = self.run.entries();
        let vanished = entries.iter().filter(|entry| matches!(entry.event, Event::Vanished { .. })).count();
        let is_said = |event: &Event| matches!(event, Event::Noted { text } if text.contains("came back without what was"));
        assert!(entries.iter().any(|entry| is_said(&entry.event)), "{entries:?}");
        vanished
    }
}

#[test]
fn what_a_failover_forgot_is_applied_again_and_said() {
    let mut story = Story::begin();
    let worker = story.run.start(None);
    story.part();
    story.fail_over();
    assert_eq!(worker.ended().code(), Some(0), "{}", story.run.log());
    assert!(story.vanished() >= 2);
}

#[test]
fn what_a_failover_forgot_while_no_worker_lived_is_found_by_the_next_one() {
    let mut story = Story::begin();
    let worker = story.run.start(None);
    story.part();
    worker.kill();
    story.fail_over();
    assert_eq!(story.run.finish(), 0, "{}", story.run.log());
    assert!(story.vanished() >= 2);
}
