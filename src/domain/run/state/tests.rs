//! The fold keeps its promises for every sequence of events: counts add up, what is refused changes nothing, memory stays flat.

use proptest::prelude::*;

use super::*;
use crate::domain::run::{CauseKind, Skip};

fn person() -> Person {
    Person { user: "ada".into(), host: "bastion".into() }
}

fn cause(what: &str) -> Cause {
    Cause { kind: CauseKind::Statement, sqlstate: Some("42P07".into()), what: what.into(), statement: Some(1), hint: None }
}

fn backend(pid: i32) -> Backend {
    Backend { pid, start_us: 7 }
}

fn began(targets: u32) -> Event {
    Event::Began { by: person(), pid: 1, plan: "abc".into(), targets, version: "0.1.0".into() }
}

fn started(targets: &[TargetId]) -> Event {
    Event::Started { targets: targets.to_vec(), database: 0, backend: backend(1) }
}

fn applied(target: TargetId) -> Event {
    Event::Applied { target, how: How::Committed(1), ms: 5 }
}

fn failed(target: TargetId) -> Event {
    Event::Failed { target, cause: cause("it is there already"), ms: 5 }
}

fn dirty(target: TargetId, done: u16) -> Event {
    Event::Dirty { target, done, cause: cause("it is invalid") }
}

fn retry(target: TargetId) -> Event {
    Event::Retry { target, cause: cause("locked"), wait_ms: Some(9) }
}

/// The state after these events, each of which must be legal.
fn after(state: &mut RunState, events: impl IntoIterator<Item = Event>) {
    for event in events {
        let told = format!("{event:?}");
        apply(state, event).unwrap_or_else(|illegal| panic!("{told}: {illegal}"));
    }
}

fn apply(state: &mut RunState, event: Event) -> Result<(), Illegal> {
    let at = Timestamp::from_second(i64::try_from(state.n).expect("few")).expect("a moment");
    state.apply(&Entry { n: state.n + 1, at, event })
}

/// A run of targets with so many migrations each, all in stage 0, that has begun.
fn running(steps: &[u16]) -> RunState {
    let mut state = RunState::new(steps.iter().map(|steps| (*steps, 0)));
    after(&mut state, [began(steps.len() as u32), Event::Stage { stage: 0 }]);
    state
}

/// A run with one target of two migrations that is in this phase.
fn one_in(phase: Phase) -> RunState {
    let mut state = running(&[2]);
    let events = match phase {
        Phase::Pending => vec![],
        Phase::Started => vec![started(&[0])],
        Phase::Retrying => vec![started(&[0]), retry(0)],
        Phase::Applied => vec![started(&[0]), applied(0), started(&[0]), applied(0)],
        Phase::Failed => vec![started(&[0]), failed(0)],
        Phase::InDoubt => vec![started(&[0]), Event::InDoubt { target: 0, why: "lost".into() }],
        Phase::Dirty => vec![started(&[0]), dirty(0, 1)],
        Phase::Skipped(why) => vec![Event::Skipped { target: 0, why }],
    };
    after(&mut state, events);
    assert_eq!(state.targets[0].phase, phase);
    state
}

#[test]
fn what_may_follow_what_for_one_target_is_this_table() {
    let phases = [
        Phase::Pending,
        Phase::Started,
        Phase::Retrying,
        Phase::Applied,
        Phase::Failed,
        Phase::InDoubt,
        Phase::Dirty,
        Phase::Skipped(Skip::Gone),
    ];
    let in_doubt = Event::InDoubt { target: 0, why: "lost".into() };
    // One sign for each phase above: what it becomes, `.` where the event is refused.
    for (event, expected) in [
        (started(&[0]), "S.S....."),
        (applied(0), ".P...P.."),
        (retry(0), ".R...R.."),
        (failed(0), ".F...F.."),
        (in_doubt, ".I......"),
        (Event::NotApplied { target: 0 }, ".P...P.."),
        (Event::Vanished { target: 0, done: 1 }, "...P...."),
        (dirty(0, 1), ".D...D.."),
        (Event::StatementDone { target: 0, done: 1 }, ".S...I.."),
        (Event::Skipped { target: 0, why: Skip::Gone }, "kkk..k.."),
        (Event::Again { targets: vec![0], by: person() }, "....P.PP"),
        (Event::First { targets: vec![0], by: person() }, "PSR..I.."),
        (began(1), "PIPAFIDk"),
    ] {
        for (phase, expected) in phases.into_iter().zip(expected.chars()) {
            let mut state = one_in(phase);
            let before = state.clone();
            let told = apply(&mut state, event.clone());
            let became = match state.targets[0].phase {
                _ if told.is_err() => '.',
                Phase::Pending => 'P',
                Phase::Started => 'S',
                Phase::Retrying => 'R',
                Phase::Applied => 'A',
                Phase::Failed => 'F',
                Phase::InDoubt => 'I',
                Phase::Dirty => 'D',
                Phase::Skipped(_) => 'k',
            };
            assert_eq!(became, expected, "{event:?} after {phase:?}: {told:?}");
            assert!(told.is_ok() || state == before, "{event:?} after {phase:?} is refused and changes something");
            check(&state);
        }
    }
}

#[test]
fn a_target_is_applied_with_its_last_migration() {
    let mut state = running(&[2, 1]);
    after(&mut state, [started(&[0, 1]), applied(0), applied(1)]);
    assert_eq!((state.targets[0].phase, state.targets[0].done), (Phase::Pending, 1));
    assert_eq!((state.counts.applied, state.counts.pending, state.migrations), (1, 1, 2));
    after(&mut state, [started(&[0]), Event::Applied { target: 0, how: How::Another, ms: 7 }]);
    let target = state.targets[0];
    assert_eq!((target.phase, target.done, target.by_another, target.ms), (Phase::Applied, 2, true, 12));
    after(&mut state, [Event::Ended { end: End::Done }]);
    assert_eq!(state.life, Life::Ended(End::Done));
}

#[test]
fn what_vanished_from_a_ledger_is_to_be_done_again_wherever_its_target_is() {
    let in_doubt = || Event::InDoubt { target: 0, why: "lost".into() };
    for (events, became) in [
        (vec![], Some(Phase::Pending)),
        (vec![started(&[0])], None),
        (vec![started(&[0]), retry(0)], Some(Phase::Pending)),
        (vec![started(&[0]), applied(0)], Some(Phase::Pending)),
        (vec![started(&[0]), failed(0)], Some(Phase::Pending)),
        (vec![started(&[0]), in_doubt()], Some(Phase::Pending)),
        (vec![started(&[0]), dirty(0, 1)], Some(Phase::Pending)),
        (vec![Event::Skipped { target: 0, why: Skip::LedgerMoved }], Some(Phase::Pending)),
    ] {
        // A target of two migrations that has the first one.
        let mut state = running(&[2]);
        after(&mut state, [started(&[0]), applied(0)]);
        after(&mut state, events);
        let before = state.clone();
        let told = apply(&mut state, Event::Vanished { target: 0, done: 0 });
        assert_eq!(told.is_ok().then_some(state.targets[0].phase), became, "{:?}", before.targets[0]);
        assert!(told.is_ok() || state == before);
        check(&state);
        if told.is_ok() {
            let target = state.targets[0];
            assert_eq!((target.done, target.statements, target.tries, target.cause, state.migrations), (0, 0, 0, None, 0));
        }
        let more = Event::Vanished { target: 0, done: state.targets[0].done };
        assert!(apply(&mut state, more).is_err(), "nothing has vanished");
    }
}

#[test]
fn nothing_starts_before_its_stage_while_paused_or_after_a_halt() {
    let mut state = RunState::new([(1, 0), (1, 1)]);
    assert!(apply(&mut state, Event::Stage { stage: 0 }).is_err(), "no worker had begun");
    after(&mut state, [began(2)]);
    assert!(apply(&mut state, started(&[0])).is_err(), "no stage is open");
    after(&mut state, [Event::Stage { stage: 0 }]);
    assert!(apply(&mut state, started(&[0, 1])).is_err(), "1 has to wait");
    assert!(apply(&mut state, Event::Stage { stage: 0 }).is_err(), "it is open");
    after(&mut state, [Event::Paused { why: Pause::Person { by: person() } }]);
    assert!(apply(&mut state, started(&[0])).is_err(), "it is paused");
    after(&mut state, [Event::Resumed { by: None }]);
    assert!(apply(&mut state, Event::Resumed { by: None }).is_err(), "it is not paused");
    after(&mut state, [started(&[0]), Event::Halted { why: Halt::Canary }]);
    assert!(apply(&mut state, Event::Ended { end: End::Halted }).is_err(), "one is in flight");
    after(&mut state, [failed(0)]);
    assert!(apply(&mut state, started(&[1])).is_err(), "it halted");
    assert!(apply(&mut state, Event::Resumed { by: None }).is_err(), "a halted run is not merely paused");
    assert!(apply(&mut state, Event::Ended { end: End::Done }).is_err(), "it is not done");
    assert!(apply(&mut state, Event::Ended { end: End::DoneWithFailures }).is_err(), "one was not tried");
    after(&mut state, [Event::Ended { end: End::Halted }]);
    assert!(apply(&mut state, started(&[1])).is_err(), "the worker had ended");
    after(&mut state, [began(2), Event::Stage { stage: 1 }, started(&[1])]);
    assert_eq!((state.workers, state.counts.failed, state.counts.running), (2, 1, 1));
    // A stage lets those of the stages before it start, too.
    after(&mut state, [Event::Again { targets: vec![0], by: person() }, started(&[0])]);
}

#[test]
fn a_worker_takes_up_the_same_plan_only() {
    let mut state = running(&[1]);
    let before = state.clone();
    for (plan, targets) in [("other", 1), ("abc", 2)] {
        let other = Event::Began { by: person(), pid: 2, plan: plan.into(), targets, version: "0.1.0".into() };
        assert!(apply(&mut state, other).is_err());
        assert_eq!(state, before);
    }
    let skipped = Entry { n: state.n + 2, at: Timestamp::UNIX_EPOCH, event: began(1) };
    assert_eq!(state.apply(&skipped).expect_err("a gap").what, "number 3 was expected");
    assert_eq!(state, before);
}

#[test]
fn what_is_tried_again_is_no_longer_counted_for_its_cause() {
    let mut state = running(&[1, 1, 1, 1]);
    after(&mut state, [started(&[0, 1, 2]), failed(0), failed(1), dirty(2, 3)]);
    after(&mut state, [started(&[3]), retry(3), Event::Skipped { target: 3, why: Skip::Renamed }]);
    let counted = |state: &RunState| state.causes.iter().map(|(_, count)| *count).collect::<Vec<_>>();
    assert_eq!(counted(&state), [2, 1, 0]);
    let before = state.clone();
    for wrong in [vec![0, 9], vec![0, 1, u32::MAX]] {
        assert!(apply(&mut state, Event::Again { targets: wrong, by: person() }).is_err());
        assert_eq!(state, before, "the good ones among them did not change either");
    }
    after(&mut state, [Event::Again { targets: vec![0, 2, 0, 3, 3], by: person() }]);
    assert_eq!(counted(&state), [1, 0, 0]);
    assert_eq!((state.counts.pending, state.counts.failed, state.targets[2].statements), (3, 1, 3));
    assert!(apply(&mut state, Event::Again { targets: vec![1, 0], by: person() }).is_err(), "0 is pending");
    assert_eq!(counted(&state), [1, 0, 0]);
    assert!(apply(&mut state, started(&[0, 2, 0])).is_err(), "twice at once");
    assert_eq!(state.counts.pending, 3);
}

#[test]
fn the_rate_is_that_of_the_last_ten_seconds() {
    let mut state = RunState::new((0..100).map(|_| (1, 0)));
    let at = |state: &mut RunState, second: i64, event: Event| {
        let at = Timestamp::from_second(second).expect("a moment");
        state.apply(&Entry { n: state.n + 1, at, event }).expect("legal");
    };
    at(&mut state, 100, began(100));
    at(&mut state, 100, Event::Stage { stage: 0 });
    at(&mut state, 100, started(&(0..100).collect::<Vec<_>>()));
    let rate = |state: &RunState, second: i64| state.rate(Timestamp::from_second(second).expect("a moment"));
    assert_eq!(rate(&state, 101), None);
    for target in 0..40 {
        at(&mut state, 101 + i64::from(target / 10), applied(target));
    }
    assert_eq!(rate(&state, 104), Some(10.0), "40 in the 4 seconds that there were");
    // The clock was set back: still counted, at the newest second that is known.
    at(&mut state, 50, applied(40));
    assert_eq!(rate(&state, 105), Some(41.0 / 5.0));
    assert_eq!(rate(&state, 200), None);
    for second in 0..50 {
        at(&mut state, 200 + second, applied(41 + second as u32));
    }
    assert!(state.pace.len() <= 11, "{}", state.pace.len());
    assert_eq!(rate(&state, 249), Some(1.1));
}

#[test]
fn memory_is_small_for_each_target_and_does_not_grow_with_events() {
    assert!(size_of::<TargetState>() <= 32, "{}", size_of::<TargetState>());
    let mut state = running(&[1]);
    for round in 0..2_000 {
        let lost = Event::Retry { target: 0, cause: cause(&format!("cause {round}")), wait_ms: None };
        let started = Event::Started { targets: vec![0], database: 0, backend: backend(round % 7) };
        after(&mut state, [started, lost, Event::Noted { text: format!("note {round}") }]);
    }
    assert_eq!((state.causes.len(), state.known_causes.len(), state.backends.len()), (MOST_CAUSES, MOST_CAUSES, 7));
    assert_eq!((state.notes.len(), state.targets[0].tries), (MOST_NOTES, u8::MAX));
    assert_eq!(state.notes.back().map(|(_, text)| text.as_str()), Some("note 1999"));
    after(&mut state, [started(&[0]), failed(0)]);
    assert_eq!(state.causes.last().map(|(_, count)| *count), Some(1), "what is one too many is counted with the last");
    check(&state);
}

/// What holds after every event.
fn check(state: &RunState) {
    let mut counts = Counts::default();
    let mut causes = vec![0; state.causes.len()];
    for target in &state.targets {
        *counts.of(target.phase) += 1;
        assert!(target.done <= target.steps, "{target:?}");
        assert_eq!(target.phase == Phase::Applied, target.done == target.steps, "{target:?}");
        if target.phase == Phase::Started {
            assert!(target.backend.is_some_and(|backend| usize::from(backend) < state.backends.len()), "{target:?}");
        }
        if matches!(target.phase, Phase::Failed | Phase::Dirty) {
            causes[usize::from(target.cause.expect("why"))] += 1;
        }
    }
    assert_eq!(state.counts, counts);
    assert_eq!(state.counts.total() as usize, state.targets.len());
    assert_eq!(state.causes.iter().map(|(_, count)| *count).collect::<Vec<_>>(), causes);
    assert_eq!(state.migrations, state.targets.iter().map(|target| u64::from(target.done)).sum::<u64>());
    assert!(!matches!(state.life, Life::Ended(_)) || state.counts.running == 0);
}

const TARGETS: u32 = 5;

#[test]
fn who_is_asked_for_by_name_waits_for_no_stage_and_no_window() {
    let mut state = RunState::new([(1, 0), (1, 1), (1, 1)]);
    let first = |target| Event::First { targets: vec![target], by: person() };
    after(&mut state, [began(3), Event::Ended { end: End::Waiting }, began(3), first(1), started(&[1]), applied(1)]);
    assert!(apply(&mut state, started(&[2])).is_err(), "its stage is not open");
    let until = Timestamp::UNIX_EPOCH;
    after(
        &mut state,
        [Event::Paused { why: Pause::Window { until } }, first(2), started(&[2]), Event::NotApplied { target: 2 }],
    );
    assert!(apply(&mut state, started(&[0])).is_err(), "its window is not open");
    after(&mut state, [Event::Paused { why: Pause::Person { by: person() } }]);
    assert!(apply(&mut state, started(&[2])).is_err(), "a person paused all");
    after(&mut state, [Event::Ended { end: End::Waiting }, began(3)]);
    assert!(state.targets.iter().all(|target| !target.first), "another worker was not asked");
    after(&mut state, [Event::Stage { stage: 1 }, started(&[0, 2]), applied(0), applied(2)]);
    assert!(apply(&mut state, Event::Ended { end: End::Waiting }).is_err(), "nobody waits");
}

fn event() -> impl Strategy<Value = Event> {
    // One more than there are: some are unknown.
    let target = || 0..=TARGETS;
    let some = || proptest::collection::vec(target(), 0..4);
    let cause = || "[abc]".prop_map(|what| cause(&what));
    let skip = prop_oneof![Just(Skip::Gone), Just(Skip::Renamed), Just(Skip::LedgerMoved)];
    let how = prop_oneof![Just(How::Committed(4)), Just(How::Found), Just(How::Another)];
    let end =
        prop_oneof![Just(End::Done), Just(End::DoneWithFailures), Just(End::Stopped), Just(End::Halted), Just(End::Waiting)];
    let pause = || Event::Paused { why: Pause::Lag { seconds: 12 } };
    prop_oneof![
        2 => Just(began(TARGETS)),
        3 => (0_u16..3).prop_map(|stage| Event::Stage { stage }),
        9 => (some(), 1..4).prop_map(|(targets, pid)| Event::Started { targets, database: 0, backend: backend(pid) }),
        9 => (target(), how).prop_map(|(target, how)| Event::Applied { target, how, ms: u32::MAX / 2 }),
        4 => (target(), cause()).prop_map(|(target, cause)| Event::Retry { target, cause, wait_ms: None }),
        4 => (target(), cause()).prop_map(|(target, cause)| Event::Failed { target, cause, ms: 3 }),
        4 => target().prop_map(|target| Event::InDoubt { target, why: "lost".into() }),
        4 => target().prop_map(|target| Event::NotApplied { target }),
        3 => (target(), 0_u16..3).prop_map(|(target, done)| Event::Vanished { target, done }),
        3 => (target(), cause()).prop_map(|(target, cause)| Event::Dirty { target, done: 1, cause }),
        2 => target().prop_map(|target| Event::StatementDone { target, done: 2 }),
        3 => (target(), skip).prop_map(|(target, why)| Event::Skipped { target, why }),
        4 => some().prop_map(|targets| Event::Again { targets, by: person() }),
        2 => some().prop_map(|targets| Event::First { targets, by: person() }),
        1 => Just(pause()),
        2 => Just(Event::Resumed { by: None }),
        1 => Just(Event::Stopping { by: person(), cancel: false }),
        1 => Just(Event::Halted { why: Halt::Canary }),
        1 => (1_u16..9).prop_map(|now| Event::Concurrency { now, why: "pressure".into() }),
        1 => end.prop_map(|end| Event::Ended { end }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn counts_add_up_and_what_is_refused_changes_nothing(events in proptest::collection::vec(event(), 0..150)) {
        let mut state = RunState::new((0..TARGETS as u16).map(|at| (1 + at % 3, at / 2)));
        after(&mut state, [began(TARGETS)]);
        for event in events {
            let before = state.clone();
            if apply(&mut state, event).is_err() {
                prop_assert_eq!(&state, &before);
            }
            check(&state);
        }
    }
}
