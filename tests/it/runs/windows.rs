//! Windows of local time: each target starts by the clock of its own zone, and the worker waits for that as long as it takes.

use std::path::PathBuf;
use std::process::Command;

use tenantry::domain::run::{Answered, Control, End, Life, Pause, Phase};
use tenantry::plan::{RunPolicy, Windows, Zone};

use super::faults::Open;
use super::fleet::{Fleet, ONE, Run, Worker, patient, policy};
use crate::support::wait_for;

/// A clock that shows what a test says.
pub(super) struct Clock {
    file: PathBuf,
    _folder: tempfile::TempDir,
}

impl Clock {
    pub(super) fn at(moment: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let clock = Self { file: folder.path().join("clock"), _folder: folder };
        clock.set(moment);
        clock
    }

    pub(super) fn set(&self, moment: &str) {
        // Never seen half written.
        let new = self.file.with_extension("new");
        std::fs::write(&new, moment).and_then(|()| std::fs::rename(&new, &self.file)).expect("a file");
    }

    pub(super) fn start(&self, run: &Run) -> Worker {
        let mut worker = Command::new(env!("CARGO_BIN_EXE_tenantry"));
        worker.env("TENANTRY_CLOCK", &self.file);
        run.launch(worker, None, false)
    }
}

/// From two to five at night: the first and the third tenant in Berlin, the others in New York.
fn nights() -> RunPolicy {
    let zone = |name: &str, targets: [u32; 2]| Zone { name: name.into(), targets: targets.to_vec() };
    let zones = vec![zone("America/New_York", [1, 3]), zone("Europe/Berlin", [0, 2])];
    let local = "02:00-05:00".parse().expect("a window");
    RunPolicy { windows: Some(Windows { local, otherwise: None, zones }), ..policy() }
}

fn until(moment: &str) -> Life {
    Life::Paused(Pause::Window { until: moment.parse().expect("a moment") })
}

fn connections(fleet: &Fleet<'_>) -> String {
    let sql = "SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'tenantry/run/%' AND datname = current_database()";
    fleet.sql(sql).remove(0)
}

#[test]
fn two_zones_are_served_each_in_its_own_night() {
    let fleet = Fleet::of(4);
    let run = Run::new(&fleet, fleet.plan(&ONE, nights()));
    let clock = Clock::at("2026-11-21T20:00:00Z");
    let worker = clock.start(&run);
    let state = run.wait("a pause", |state| state.life == until("2026-11-22T01:00:00Z"));
    assert_eq!(state.counts.pending, 4);
    clock.set("2026-11-22T01:00:00Z");
    let state = run.wait("the night in Berlin", |state| state.life == until("2026-11-22T07:00:00Z"));
    assert_eq!(state.counts.applied, 2);
    assert_eq!(["t00", "t02"].map(|tenant| run.phase(tenant)), [Phase::Applied; 2]);
    wait_for("connections given up", || (connections(&fleet) == "1").then_some(()));

    // Somebody in New York cannot wait.
    assert!(matches!(run.control(&Control::First { target: 3 }), Answered::Ok(_)));
    let state = run.wait("one in New York", |state| state.counts.applied == 3);
    assert_eq!((run.phase("t03"), &state.life), (Phase::Applied, &until("2026-11-22T07:00:00Z")));

    // The clock is set forward, by days.
    clock.set("2026-11-25T09:59:00Z");
    assert_eq!(worker.ended().code(), Some(0), "{}", run.log());
    assert_eq!(run.state().life, Life::Ended(End::Done));
    run.agrees(&fleet);
}

#[test]
fn what_is_in_flight_when_its_window_closes_ends_and_nothing_new_starts() {
    let fleet = Fleet::of(4);
    let open = Open::before(&fleet, 0..4);
    let run = Run::new(&fleet, fleet.plan(&ONE, RunPolicy { concurrency: 1, lock_timeout_ms: 600_000, ..nights() }));
    let clock = Clock::at("2026-11-22T03:59:59Z");
    let worker = clock.start(&run);
    fleet.held_up(1);
    clock.set("2026-11-22T04:00:00Z");
    drop(open);
    let state = run.wait("a pause", |state| state.life == until("2026-11-22T07:00:00Z"));
    assert_eq!((state.counts.applied, state.counts.pending), (1, 3), "it ended, and nothing began");
    // A worker that dies while it waits is followed by one that waits for the same.
    worker.kill();
    let worker = clock.start(&run);
    run.wait("the same pause", |state| state.workers == 2 && state.life == until("2026-11-22T07:00:00Z"));
    clock.set("2026-11-22T08:00:00Z");
    run.wait("New York", |state| state.counts.applied == 3);
    clock.set("2026-11-23T01:30:00Z");
    assert_eq!(worker.ended().code(), Some(0), "{}", run.log());
    run.agrees(&fleet);
}

#[test]
fn who_only_waits_for_a_window_leaves_the_database_to_others() {
    let fleet = Fleet::of(4);
    let waiting = Run::new(&fleet, fleet.plan(&ONE, nights()));
    let mut plan = fleet.plan(&ONE, patient());
    plan.targets.truncate(2);
    let other = Run::new(&fleet, plan);
    let clock = Clock::at("2026-11-21T20:00:00Z");
    let worker = clock.start(&waiting);
    waiting.wait("a pause", |state| state.life == until("2026-11-22T01:00:00Z"));

    // Another run works while it waits, and has to be done with one schema that the application uses.
    let application = Open::new(&fleet, "LOCK TABLE t01.customers");
    let others = other.start(None);
    other.wait("one of the other run", |state| state.counts.applied == 1 && state.counts.running == 1);
    // Somebody in New York cannot wait: one schema is in nobody's way.
    assert!(matches!(waiting.control(&Control::First { target: 3 }), Answered::Ok(_)));
    waiting.wait("one in New York", |state| state.counts.applied == 1);
    assert_eq!(waiting.phase("t03"), Phase::Applied);

    // The window opens: now the first run waits for its turn.
    clock.set("2026-11-22T01:00:00Z");
    let state = waiting.wait("that it waits", |state| matches!(state.life, Life::Paused(Pause::Turn { .. })));
    let Life::Paused(Pause::Turn { who }) = &state.life else { panic!("{:?}", state.life) };
    assert!(who.contains(other.folder.id.short()) && state.counts.pending == 3, "{who} {:?}", state.counts);
    drop(application);
    assert_eq!(others.ended().code(), Some(0), "{}", other.log());
    waiting.wait("the night in Berlin", |state| state.life == until("2026-11-22T07:00:00Z"));
    assert_eq!(["t00", "t02"].map(|tenant| waiting.phase(tenant)), [Phase::Applied; 2]);
    clock.set("2026-11-22T07:00:00Z");
    assert_eq!(worker.ended().code(), Some(0), "{}", waiting.log());
    let by_others = waiting.state().targets.iter().filter(|target| target.by_another).count();
    assert_eq!(by_others, 2, "t00 and t01 were brought up to date by the other run");
    let names: Vec<&str> = fleet.tenants.iter().map(String::as_str).collect();
    assert!(fleet.found_all(&names).iter().all(|found| found.0 == ["0002_vip"] && found.1 == ["0002"] && found.2));
}
