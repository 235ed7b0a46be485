//! The worker with those around it: the door that starts and follows it, several databases, what cannot run in a transaction.

use tenantry::domain::run::{Control, End, Event, Halt, Life, Person, Phase};
use tenantry::plan::RunPolicy;
use tenantry::runs::{self, Follower, Place, Start, Taking};
use zeroize::Zeroizing;

use super::faults::Open;
use super::fleet::{Fleet, ONE, Run, TWO, patient, policy};
use crate::connect::target;
use crate::support::wait_for;

const PROGRAM: &str = env!("CARGO_BIN_EXE_tenantry");

fn ann() -> Person {
    Person { user: "ann".into(), host: "test".into() }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_is_started_followed_stopped_and_taken_up_again_through_its_door() {
    let fleet = Fleet::of(6);
    fleet.sql("ALTER TABLE t00.customers ADD COLUMN vip text");
    let open = Open::before(&fleet, 2..6);
    let plan = fleet.plan(&ONE, RunPolicy { concurrency: 1, ..patient() });
    let state = tempfile::tempdir().expect("a folder");
    let place = Place::own(state.path()).expect("a place");
    let secrets = Zeroizing::new(target("main", &fleet.dsn()).hand_over().to_string());
    let start = Start { plan, by: ann(), secrets: secrets.clone(), program: PROGRAM.into() };
    let id = runs::start(&place, start).expect("it begins");
    let record = place.find(&id.0).expect("a run");
    let mut follower = Follower::open(&record).expect("a journal");
    wait_for("an applied one", || {
        follower.more().expect("a whole journal");
        (follower.state().counts.applied > 0).then_some(())
    });
    runs::control(&record.folder, &ann(), Control::Stop { cancel: false }).await.expect("it stops");
    drop(open);
    wait_for("its end", || {
        follower.more().expect("a whole journal");
        matches!(follower.state().life, Life::Ended(End::Stopped)).then_some(())
    });
    wait_for("the lock", || (!tenantry::journal::is_alive(&record.folder)).then_some(()));
    fleet.sql("ALTER TABLE t00.customers DROP COLUMN vip");
    runs::resume(&place, &id, &Taking::Failed, &secrets, &ann(), PROGRAM.into()).expect("it goes on");
    wait_for("the end of all", || {
        follower.more().expect("a whole journal");
        matches!(follower.state().life, Life::Ended(End::Done)).then_some(())
    });
    assert_eq!((follower.state().counts.applied, follower.state().workers), (6, 2));
}

#[test]
fn a_plan_of_two_databases_is_one_run() {
    let (fleet, other) = (Fleet::of(5), Fleet::of(4));
    let (mut plan, second) = (fleet.plan(&TWO, policy()), other.plan(&TWO, policy()));
    plan.databases.extend(second.databases);
    plan.databases[1].label = "second".into();
    plan.targets.extend(second.targets.into_iter().map(|target| tenantry::plan::Target { database: 1, ..target }));
    let run = Run::at_all(vec![("main", fleet.dsn()), ("second", other.dsn())], plan);
    assert_eq!(run.finish(), 0, "{}", run.log());
    assert_eq!(run.state().counts.applied, 9);
    for (fleet, count) in [(&fleet, 5), (&other, 4)] {
        let tenants: Vec<&str> = fleet.tenants.iter().map(String::as_str).collect();
        let whole =
            fleet.found_all(&tenants).iter().filter(|found| found.1 == ["0002", "0003"] && found.2 && found.3).count();
        assert_eq!(whole, count);
    }
}

#[test]
fn a_wrong_one_of_two_databases_halts_the_run() {
    let (fleet, other, third) = (Fleet::of(3), Fleet::of(3), Fleet::of(3));
    let (mut plan, second) = (fleet.plan(&ONE, policy()), other.plan(&ONE, policy()));
    plan.databases.extend(second.databases);
    plan.databases[1].label = "second".into();
    plan.targets.extend(second.targets.into_iter().map(|target| tenantry::plan::Target { database: 1, ..target }));
    let run = Run::at_all(vec![("main", fleet.dsn()), ("second", third.dsn())], plan);
    assert_eq!(run.finish(), 3, "{}", run.log());
    assert!(run.entries().iter().any(|e| matches!(e.event, Event::Halted { why: Halt::WrongDatabase { .. } })));
    assert!(third.found_all(&["t00", "t01", "t02"]).iter().all(|found| found.0.is_empty()));
}

#[test]
fn an_index_whose_worker_was_killed_is_dirty_and_nothing_works_on_behind_its_back() {
    let fleet = Fleet::of(1);
    let open = Open::new(&fleet, "INSERT INTO t00.customers VALUES (7, 'x')");
    let index = ("0002_index", &["ANALYZE marks", "CREATE INDEX CONCURRENTLY by_name ON customers (name)"][..], false);
    let run = Run::new(&fleet, fleet.plan(&[index], policy()));
    let worker = run.start(None);
    run.wait("its first statement", |state| state.targets[0].statements == 1);
    let building = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE 'CREATE INDEX%' AND datname = current_database()";
    wait_for("the index to wait", || (fleet.sql(building) == ["1"]).then_some(()));
    worker.kill();
    assert_eq!(run.finish(), 3, "{}", run.log());
    let state = run.state();
    assert_eq!(
        (run.phase("t00"), state.targets[0].statements, fleet.sql(building)),
        (Phase::Dirty, 1, vec!["0".to_owned()])
    );
    let hint = state.causes[0].0.hint.clone();
    assert_eq!(hint.as_deref(), Some("drop the invalid index before it is tried again: by_name"));
    drop(open);
    fleet.sql("DROP INDEX t00.by_name");
    assert_eq!(run.retry(), 0, "{} {:?}", run.log(), run.state().causes);
    assert_eq!(fleet.found("t00").0, ["0002_index"]);
}
