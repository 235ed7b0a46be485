//! Runs on a server in good order: what applies, what fails, what halts, odd names.

use tenantry::domain::run::{CauseKind, End, Event, Halt, How, Life, Phase};
use tenantry::plan::RunPolicy;

use super::fleet::{Fleet, ONE, Run, TWO, policy};
use crate::support::wait_for;

#[test]
fn every_tenant_gets_every_migration_once() {
    let fleet = Fleet::of(20);
    let run = Run::new(&fleet, fleet.plan(&TWO, RunPolicy { canary: 1, ..policy() }));
    assert_eq!(run.finish(), 0, "{}", run.log());
    let state = run.state();
    assert_eq!((state.life.clone(), state.counts.applied, state.migrations), (Life::Ended(End::Done), 20, 40));
    run.agrees(&fleet);
    let events: Vec<Event> = run.entries().into_iter().map(|entry| entry.event).collect();
    let stages = events.iter().filter(|event| matches!(event, Event::Stage { .. })).count();
    let committed = events.iter().filter(|e| matches!(e, Event::Applied { how: How::Committed(id), .. } if *id > 0)).count();
    assert_eq!((stages, committed), (2, 40));
    assert_eq!(run.log(), "");
    // Nothing of ours is left behind.
    wait_for("the end of our sessions", || {
        (fleet.sql("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE 'tenantry/run%'") == ["0"]).then_some(())
    });
}

#[test]
fn a_run_that_is_done_can_be_taken_up_again_and_does_nothing() {
    let fleet = Fleet::of(2);
    let run = Run::new(&fleet, fleet.plan(&ONE, policy()));
    assert_eq!((run.finish(), run.finish()), (0, 0), "{}", run.log());
    assert_eq!(run.entries().iter().filter(|e| matches!(e.event, Event::Started { .. })).count(), 2);
    run.agrees(&fleet);
}

#[test]
fn one_drifted_tenant_fails_and_the_others_go_on() {
    let fleet = Fleet::of(9);
    fleet.sql("ALTER TABLE t04.customers ADD COLUMN vip text");
    let run = Run::new(&fleet, fleet.plan(&TWO, policy()));
    assert_eq!(run.finish(), 3, "{}", run.log());
    let state = run.state();
    assert_eq!((state.counts.applied, state.counts.failed), (8, 1));
    let (cause, count) = &state.causes[0];
    assert_eq!(
        (cause.kind, cause.sqlstate.as_deref(), cause.statement, *count),
        (CauseKind::Statement, Some("42701"), Some(1), 1)
    );
    assert_eq!(cause.what, "column \"vip\" of relation \"customers\" already exists");
    assert_eq!((run.phase("t04"), fleet.found("t04").0.len()), (Phase::Failed, 0));
    // Taken up again it is left as it is; who mended it tries it again.
    assert_eq!((run.finish(), run.phase("t04")), (3, Phase::Failed));
    fleet.sql("ALTER TABLE t04.customers DROP COLUMN vip");
    assert_eq!(run.retry(), 0, "{}", run.log());
    run.agrees(&fleet);
}

#[test]
fn a_statement_that_cannot_reach_another_server_fails_as_any_other() {
    let fleet = Fleet::of(2);
    let raise = "DO 'BEGIN RAISE EXCEPTION ''could not connect to server \"billing\"'' USING ERRCODE = ''08001''; END'";
    let run = Run::new(&fleet, fleet.plan(&[("0002_remote", &[raise], true)], policy()));
    assert_eq!(run.finish(), 3, "{}", run.log());
    let state = run.state();
    let (cause, count) = &state.causes[0];
    assert_eq!((cause.kind, cause.sqlstate.as_deref(), *count), (CauseKind::Statement, Some("08001"), 2));
    assert!(!run.entries().iter().any(|entry| matches!(entry.event, Event::InDoubt { .. })), "the connection stood");
}

#[test]
fn an_error_without_a_position_is_told_with_its_statement() {
    let fleet = Fleet::of(1);
    fleet.sql("INSERT INTO t00.customers VALUES (1, NULL)");
    let strict = ("0002_name", &["SELECT 1", "ALTER TABLE customers ALTER name SET NOT NULL"][..], true);
    let run = Run::new(&fleet, fleet.plan(&[strict], policy()));
    assert_eq!(run.finish(), 3);
    let state = run.state();
    assert_eq!((state.causes[0].0.statement, state.causes[0].0.kind), (Some(2), CauseKind::Statement));
}

#[test]
fn a_canary_that_fails_halts_before_anybody_else() {
    let fleet = Fleet::of(6);
    fleet.sql("DROP TABLE t00.customers");
    let run = Run::new(&fleet, fleet.plan(&ONE, RunPolicy { canary: 1, ..policy() }));
    assert_eq!(run.finish(), 3, "{}", run.log());
    let state = run.state();
    assert_eq!((state.life.clone(), state.counts.failed, state.counts.pending), (Life::Ended(End::Halted), 1, 5));
    assert!(run.entries().iter().any(|e| e.event == Event::Halted { why: Halt::Canary }));
    // It must work before the others are tried.
    fleet.sql("CREATE TABLE t00.customers (id int)");
    assert_eq!(run.finish(), 0, "{}", run.log());
    run.agrees(&fleet);
}

#[test]
fn the_same_error_everywhere_stops_the_run() {
    let fleet = Fleet::of(30);
    let wrong = ("0002_wrong", &["ALTER TABLE nobody ADD COLUMN vip boolean"][..], true);
    let run = Run::new(&fleet, fleet.plan(&[wrong], policy()));
    assert_eq!(run.finish(), 3, "{}", run.log());
    let state = run.state();
    assert_eq!(state.life, Life::Ended(End::Halted));
    assert_eq!((state.causes.len(), state.counts.applied), (1, 0), "{:?}", state.causes);
    assert!((3..=7).contains(&state.counts.failed), "what was in flight ended, nothing more: {:?}", state.counts);
    assert!(run.entries().iter().any(|e| matches!(e.event, Event::Halted { why: Halt::SameCause { .. } })));
}

#[test]
fn names_of_any_kind_are_migrated() {
    let long = "x".repeat(63);
    let names = ["Ünïcode 日本", "a\"b", "a'b\\c", "a.b", "UPPER", "%s $1 $$ --", "\u{1b}[31m", "pg", long.as_str()];
    let fleet = Fleet::named(&names);
    let run = Run::new(&fleet, fleet.plan(&TWO, policy()));
    assert_eq!(run.finish(), 0, "{} {:?}", run.log(), run.state().causes);
    run.agrees(&fleet);
}

#[test]
fn an_index_is_built_outside_of_a_transaction() {
    let fleet = Fleet::of(3);
    let index = ("0003_index", &["CREATE INDEX CONCURRENTLY by_name ON customers (name)", "ANALYZE customers"][..], false);
    let run = Run::new(&fleet, fleet.plan(&[TWO[0], index], policy()));
    assert_eq!(run.finish(), 0, "{} {:?}", run.log(), run.state().causes);
    let valid = fleet.sql(
        "SELECT count(*) FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid WHERE relname = 'by_name' AND indisvalid",
    );
    assert_eq!((valid, fleet.found("t02").0), (vec!["3".to_owned()], vec!["0002_vip".to_owned(), "0003_index".to_owned()]));
    let done = run.entries().iter().filter(|e| matches!(e.event, Event::StatementDone { .. })).count();
    assert_eq!(done, 6);
}

#[test]
fn an_index_that_cannot_be_built_leaves_its_tenant_dirty_and_says_what_to_drop() {
    let fleet = Fleet::of(2);
    fleet.sql("INSERT INTO t01.customers VALUES (1, 'x'), (2, 'x')");
    let index =
        ("0002_unique", &["ANALYZE customers", "CREATE UNIQUE INDEX CONCURRENTLY by_name ON customers (name)"][..], false);
    let run = Run::new(&fleet, fleet.plan(&[index], policy()));
    assert_eq!(run.finish(), 3, "{}", run.log());
    let state = run.state();
    assert_eq!((run.phase("t00"), run.phase("t01"), state.targets[1].statements), (Phase::Applied, Phase::Dirty, 1));
    let cause = &state.causes[0].0;
    assert_eq!(
        (cause.statement, cause.hint.as_deref()),
        (Some(2), Some("drop the invalid index before it is tried again: by_name"))
    );
    // Who mended it goes on at the statement that failed.
    fleet.sql("DROP INDEX t01.by_name");
    fleet.sql("DELETE FROM t01.customers WHERE id = 2");
    assert_eq!(run.retry(), 0, "{} {:?}", run.log(), run.state().causes);
    assert_eq!(fleet.found("t01").0, ["0002_unique"]);
    let locks = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())";
    wait_for("the locks to be given back", || (fleet.sql(locks) == ["0"]).then_some(()));
}
