//! The turns of several databases: a run keeps those that it needs now, and leaves the others to other runs.

use tenantry::domain::run::{Life, Pause};
use tenantry::plan::{Plan, RunPolicy, Target, Windows, Zone};

use super::faults::Open;
use super::fleet::{Fleet, ONE, Run, TWO, Written, patient, policy};
use super::windows::Clock;

/// One run over two databases.
fn both(fleet: &Fleet<'_>, other: &Fleet<'_>, written: &[Written<'_>], policy: &RunPolicy) -> Run {
    let mut plan: Plan = fleet.plan(written, policy.clone());
    let second = other.plan(written, policy.clone());
    plan.databases.extend(second.databases);
    plan.databases[1].label = "second".into();
    plan.targets.extend(second.targets.into_iter().map(|target| Target { database: 1, ..target }));
    Run::at_all(vec![("main", fleet.dsn()), ("second", other.dsn())], plan)
}

#[test]
fn a_database_that_waits_for_a_window_is_left_to_others_while_another_one_is_worked_on() {
    let (fleet, other) = (Fleet::of(3), Fleet::of(2));
    let zone = |name: &str, targets: &[u32]| Zone { name: name.into(), targets: targets.to_vec() };
    let zones = vec![zone("America/New_York", &[3, 4]), zone("Europe/Berlin", &[0, 1, 2])];
    let windows = Windows { local: "02:00-05:00".parse().expect("a window"), otherwise: None, zones };
    let run = both(&fleet, &other, &ONE, &RunPolicy { windows: Some(windows), ..patient() });
    // It is night in Berlin, and the application keeps one schema there busy.
    let clock = Clock::at("2026-11-22T01:30:00Z");
    let application = Open::new(&fleet, "LOCK TABLE t01.customers");
    let worker = clock.start(&run);
    run.wait("Berlin at work", |state| state.counts.applied == 2 && state.counts.running == 1);
    let others = Run::new(&other, other.plan(&ONE, policy()));
    assert_eq!(others.finish(), 0, "{}", others.log());
    assert_eq!(run.state().counts.running, 1, "it goes on meanwhile");
    drop(application);
    let until = "2026-11-22T07:00:00Z".parse().expect("a moment");
    run.wait("the pause", |state| state.life == Life::Paused(Pause::Window { until }));
    clock.set("2026-11-22T07:00:00Z");
    assert_eq!(worker.ended().code(), Some(0), "{}", run.log());
    assert_eq!(
        run.state().targets.iter().map(|target| target.by_another).collect::<Vec<_>>(),
        [false, false, false, true, true]
    );
}

#[test]
fn a_database_that_is_done_is_left_to_others() {
    let (fleet, other) = (Fleet::of(2), Fleet::of(2));
    let application = Open::new(&fleet, "LOCK TABLE t01.customers");
    let run = both(&fleet, &other, &ONE, &patient());
    let worker = run.start(None);
    run.wait("all but one", |state| state.counts.applied == 3 && state.counts.running == 1);
    let next = Run::new(&other, other.plan(&TWO[1..], policy()));
    assert_eq!(next.finish(), 0, "{}", next.log());
    assert_eq!(run.state().counts.running, 1, "it goes on meanwhile");
    drop(application);
    assert_eq!(worker.ended().code(), Some(0), "{}", run.log());
}

#[test]
fn who_waits_for_the_turn_of_one_database_keeps_no_other_one() {
    let (fleet, other) = (Fleet::of(2), Fleet::of(2));
    let application = Open::new(&other, "LOCK TABLE t01.customers");
    let first = Run::new(&other, other.plan(&ONE, patient()));
    let worker = first.start(None);
    first.wait("one at work", |state| state.counts.applied == 1 && state.counts.running == 1);
    let run = both(&fleet, &other, &ONE, &patient());
    let waits = run.start(None);
    run.wait("that it waits", |state| matches!(state.life, Life::Paused(Pause::Turn { .. })));
    let next = Run::new(&fleet, fleet.plan(&ONE, policy()));
    assert_eq!(next.finish(), 0, "{}", next.log());
    drop(application);
    assert_eq!((worker.ended().code(), waits.ended().code()), (Some(0), Some(0)), "{}", run.log());
    assert!(run.state().targets[2..].iter().all(|target| target.by_another), "the first run went first");
}

#[test]
fn runs_over_the_same_databases_end_one_after_the_other() {
    let (fleet, other) = (Fleet::of(2), Fleet::of(2));
    let runs = [both(&fleet, &other, &ONE, &policy()), both(&other, &fleet, &ONE, &policy())];
    let workers = [runs[0].start(None), runs[1].start(None)];
    assert_eq!(workers.map(|worker| worker.ended().code()), [Some(0), Some(0)]);
    let by_another = runs.iter().flat_map(|run| run.state().targets).filter(|target| target.by_another).count();
    assert_eq!(by_another, 4, "each schema was brought up to date once");
}
