//! What a person may ask of a worker.

use tenantry::domain::run::{Answered, Control, End, Event, Life, Pause, Phase};
use tenantry::plan::RunPolicy;

use super::faults::Open;
use super::fleet::{Fleet, ONE, Run, patient, policy};

fn now(answered: Answered) -> tenantry::domain::run::Now {
    match answered {
        Answered::Ok(now) => now,
        Answered::Refused(why) => panic!("{why}"),
    }
}

#[test]
fn a_run_pauses_goes_on_and_stops() {
    let fleet = Fleet::of(12);
    let first = Open::before(&fleet, 0..2);
    let run = Run::new(&fleet, fleet.plan(&ONE, RunPolicy { concurrency: 2, ..patient() }));
    let worker = run.start(None);
    fleet.held_up(2);
    now(run.control(&Control::Pause));
    let last = Open::before(&fleet, 3..12);
    drop(first);
    let state = run.wait("a pause", |state| state.counts.running == 0);
    assert!(matches!(&state.life, Life::Paused(Pause::Person { by }) if by.user == "bob"), "{:?}", state.life);
    let applied = state.counts.applied;
    assert_eq!(applied, 2, "what was in flight has ended");
    assert!(now(run.control(&Control::Now)).flights.is_empty());
    assert_eq!(now(run.control(&Control::Concurrency { now: 3 })).concurrency, 3);
    assert!(matches!(run.control(&Control::GoAhead), Answered::Refused(_)));
    assert!(matches!(run.control(&Control::Retry), Answered::Refused(_)));
    assert!(matches!(run.control(&Control::Concurrency { now: 0 }), Answered::Refused(_)));
    assert_eq!(run.state().counts.applied, applied);
    now(run.control(&Control::Resume));
    run.wait("another one", |state| state.counts.applied > applied && state.counts.running > 0);
    now(run.control(&Control::Stop { cancel: false }));
    drop(last);
    assert_eq!(worker.ended().code(), Some(3), "{}", run.log());
    let state = run.state();
    assert_eq!((state.life.clone(), state.counts.running, state.counts.in_doubt), (Life::Ended(End::Stopped), 0, 0));
    assert!(state.counts.pending > 0, "{:?}", state.counts);
    run.agrees(&fleet);
    assert_eq!(run.finish(), 0, "{}", run.log());
    run.agrees(&fleet);
}

#[test]
fn what_is_in_flight_is_cancelled_when_that_is_asked_for() {
    let fleet = Fleet::of(4);
    let long = [(
        "0002_vip",
        &["ALTER TABLE customers ADD COLUMN vip boolean", "INSERT INTO marks VALUES ('0002')", "SELECT pg_sleep(600)"][..],
        true,
    )];
    let run = Run::new(&fleet, fleet.plan(&long, policy()));
    let worker = run.start(None);
    run.wait("starts", |state| state.counts.running > 1);
    now(run.control(&Control::Stop { cancel: true }));
    assert_eq!(worker.ended().code(), Some(3), "{}", run.log());
    let state = run.state();
    assert_eq!((state.counts.pending, state.causes.len()), (4, 0), "{:?}", state.causes);
    run.agrees(&fleet);
}

#[test]
fn a_stage_waits_for_a_word() {
    let fleet = Fleet::of(3);
    let run = Run::new(&fleet, fleet.plan(&ONE, RunPolicy { canary: 1, go_ahead: true, ..policy() }));
    let worker = run.start(None);
    let state = run.wait("the canary", |state| state.life == Life::Paused(Pause::GoAhead { stage: 1 }));
    assert_eq!((state.counts.applied, state.counts.pending), (1, 2));
    now(run.control(&Control::GoAhead));
    assert_eq!(worker.ended().code(), Some(0), "{}", run.log());
    assert!(run.entries().iter().any(|e| matches!(&e.event, Event::Resumed { by: Some(by) } if by.user == "bob")));
    run.agrees(&fleet);
}

#[test]
fn what_failed_is_tried_again_while_the_run_goes_on() {
    let fleet = Fleet::of(8);
    fleet.sql("ALTER TABLE t00.customers ADD COLUMN vip text");
    let open = Open::before(&fleet, 7..8);
    let run = Run::new(&fleet, fleet.plan(&ONE, RunPolicy { concurrency: 1, ..patient() }));
    let worker = run.start(None);
    run.wait("a failure", |state| state.counts.failed == 1);
    fleet.sql("ALTER TABLE t00.customers DROP COLUMN vip");
    now(run.control(&Control::Retry));
    drop(open);
    assert_eq!(worker.ended().code(), Some(0), "{}", run.log());
    assert_eq!(run.phase("t00"), Phase::Applied);
    run.agrees(&fleet);
}

#[test]
fn a_machine_that_shuts_down_stops_the_run_in_order() {
    let fleet = Fleet::of(8);
    let open = Open::before(&fleet, 1..8);
    let run = Run::new(&fleet, fleet.plan(&ONE, RunPolicy { concurrency: 1, ..patient() }));
    let worker = run.start(None);
    fleet.held_up(1);
    let pid = worker.0.id().to_string();
    for signal in ["-HUP", "-TERM"] {
        assert!(
            std::process::Command::new("sh").args(["-c", "kill \"$@\"", "kill", signal, &pid]).status().unwrap().success()
        );
    }
    run.wait("that it stops", |state| matches!(state.life, Life::Stopping { cancel: false }));
    drop(open);
    assert_eq!(worker.ended().code(), Some(3), "{}", run.log());
    let state = run.state();
    assert_eq!((state.life, state.counts.applied), (Life::Ended(End::Stopped), 2), "what was in flight has ended");
    run.agrees(&fleet);
}

#[test]
fn no_more_than_so_many_start_in_a_second() {
    let fleet = Fleet::of(20);
    let run = Run::new(&fleet, fleet.plan(&ONE, RunPolicy { pace: Some(20), ..policy() }));
    assert_eq!(run.finish(), 0, "{}", run.log());
    let starts: Vec<_> = run.entries().into_iter().filter(|e| matches!(e.event, Event::Started { .. })).collect();
    let took = starts.last().unwrap().at.duration_since(starts[0].at).as_secs_f64();
    assert!(took > 0.8, "{took}");
    run.agrees(&fleet);
}
