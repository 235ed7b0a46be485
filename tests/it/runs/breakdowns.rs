//! What breaks around a run: lines, disks, logins. It pauses or goes on, and nothing is lost.

use std::process::Command;

use tenantry::demo::ClusterOptions;
use tenantry::domain::run::{CauseKind, Control, Event, How, Life, Pause};
use tenantry::plan::RunPolicy;

use super::faults::Open;
use super::fleet::{Fleet, ONE, Run, TWO, patient, policy};
use super::proxy::Proxy;
use crate::support::own_cluster;

#[test]
fn a_line_that_breaks_after_the_commit_is_settled_by_the_ledger() {
    let fleet = Fleet::of(6);
    let proxy = Proxy::start(fleet.cluster, &fleet.name, "VALUES ('0002')", 3);
    let run = Run::at(proxy.dsn(), fleet.plan(&TWO, RunPolicy { concurrency: 2, ..policy() }));
    assert_eq!(run.finish(), 0, "{} {:?}", run.log(), run.state().causes);
    let events: Vec<Event> = run.entries().into_iter().map(|entry| entry.event).collect();
    let count = |is: fn(&Event) -> bool| events.iter().filter(|event| is(event)).count();
    let found = count(|event| matches!(event, Event::Applied { how: How::Found, .. }));
    let in_doubt = count(|event| matches!(event, Event::InDoubt { .. }));
    assert_eq!((proxy.left(), found, in_doubt), (0, 3, 3), "{events:?}");
    run.agrees(&fleet);
}

#[test]
fn a_journal_that_cannot_be_written_stops_everything_and_loses_nothing() {
    let fleet = Fleet::of(30);
    let run = Run::new(&fleet, fleet.plan(&TWO, policy()));
    // Files may have this many blocks of 512 bytes: somewhere in the middle of the journal, far from both of its ends whatever the
    // order of its lines.
    let mut limited = Command::new("sh");
    limited.args(["-c", "trap '' XFSZ; ulimit -f 10; exec \"$0\" \"$@\"", env!("CARGO_BIN_EXE_tenantry")]);
    let worker = run.launch(limited, None, false);
    assert_eq!(worker.ended().code(), Some(1), "{}", run.log());
    assert!(run.log().contains("journal"), "{}", run.log());
    let state = run.state();
    assert!(state.counts.applied > 0 && state.counts.pending > 0, "{:?}", state.counts);
    assert_eq!(run.finish(), 0, "{}", run.log());
    run.agrees(&fleet);
}

#[test]
fn a_full_disk_of_the_server_pauses_the_run_until_there_is_room() {
    let fleet = Fleet::of(4);
    fleet.sql("CREATE TABLE public.full_disk (); INSERT INTO public.full_disk DEFAULT VALUES");
    let full = "DO $$ BEGIN IF EXISTS (SELECT FROM public.full_disk) THEN RAISE EXCEPTION 'could not extend file' USING ERRCODE = \
                '53100'; END IF; END $$";
    let step =
        ("0002_vip", &["ALTER TABLE customers ADD COLUMN vip boolean", "INSERT INTO marks VALUES ('0002')", full][..], true);
    let run = Run::new(&fleet, fleet.plan(&[step], policy()));
    let worker = run.start(None);
    let what = |state: &tenantry::domain::run::RunState| match &state.life {
        Life::Paused(Pause::Server { what }) => Some(what.clone()),
        _ => None,
    };
    let state = run.wait("the pause", |state| what(state).is_some());
    assert_eq!(what(&state).as_deref(), Some("could not extend file"));
    run.wait("a try in between", |state| state.targets.iter().map(|target| target.tries).max() > Some(1));
    assert_eq!((run.cause(), run.state().counts.failed), (CauseKind::Server, 0));
    fleet.sql("DELETE FROM public.full_disk");
    // A person who made room need not wait, unless the next try came first.
    run.control_if_alive(&Control::Resume);
    assert_eq!(worker.ended().code(), Some(0), "{}", run.log());
    run.agrees(&fleet);
}

#[test]
fn a_login_that_is_taken_away_pauses_the_run_until_it_is_back() {
    let fleet = Fleet::of(5);
    let role = format!("worker_{}", fleet.name);
    fleet.sql(&format!("CREATE ROLE {role} LOGIN SUPERUSER"));
    let open = Open::before(&fleet, 0..5);
    let plan = fleet.plan(&ONE, RunPolicy { concurrency: 2, ..patient() });
    let run = Run::at(fleet.cluster.dsn_as(&role, &fleet.name), plan);
    let worker = run.start(None);
    run.wait("a start", |state| state.counts.running > 0);
    fleet.sql(&format!(
        "ALTER ROLE {role} NOLOGIN; SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '{role}'"
    ));
    let state = run.wait("the pause", |state| matches!(state.life, Life::Paused(Pause::Server { .. })));
    assert!(
        matches!(&state.life, Life::Paused(Pause::Server { what }) if what.contains("not permitted to log in")),
        "{:?}",
        state.life
    );
    drop(open);
    fleet.sql(&format!("ALTER ROLE {role} LOGIN"));
    assert_eq!(worker.ended().code(), Some(0), "{}", run.log());
    run.agrees(&fleet);
    fleet.sql(&format!("DROP OWNED BY {role}"));
}

#[test]
fn a_password_that_is_changed_in_the_middle_pauses_the_run_and_the_new_one_takes_it_up() {
    let hba = vec!["local all worker scram-sha-256".to_owned()];
    let cluster = own_cluster(ClusterOptions { hba, ..ClusterOptions::default() });
    let fleet = Fleet::on(&cluster, 6);
    fleet.sql("CREATE ROLE worker LOGIN SUPERUSER PASSWORD 'the old one'");
    let open = Open::before(&fleet, 0..6);
    let plan = fleet.plan(&ONE, RunPolicy { concurrency: 2, ..patient() });
    let with = |password: &str| format!("{} password='{password}'", cluster.dsn_as("worker", "fleet"));
    let mut run = Run::at(with("the old one"), plan);
    let worker = run.start(None);
    run.wait("a start", |state| state.counts.running > 0);
    fleet.sql(
        "ALTER ROLE worker PASSWORD 'the new one'; SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'worker'",
    );
    let state = run.wait("the pause", |state| matches!(state.life, Life::Paused(Pause::Server { .. })));
    let Life::Paused(Pause::Server { what }) = state.life else { panic!("{:?}", state.life) };
    assert!(what.contains("password authentication failed for user \"worker\""), "{what}");
    assert!(what.ends_with("stop the run and resume it with the new password"), "{what}");
    drop(open);
    run.control(&Control::Stop { cancel: false });
    assert_eq!(worker.ended().code(), Some(3), "{}", run.log());
    assert!(run.state().counts.open() > 0);
    run.connects_as(with("the new one"));
    assert_eq!(run.finish(), 0, "{} {:?}", run.log(), run.state().causes);
    run.agrees(&fleet);
    let all = std::fs::read_to_string(run.folder.path.join("journal.jsonl")).expect("a journal") + &run.log();
    assert!(!all.contains("the old one") && !all.contains("the new one"), "no secret is written down");
}

#[test]
fn what_was_never_handed_over_is_said_and_nothing_begins() {
    let fleet = Fleet::of(1);
    let mut plan = fleet.plan(&ONE, policy());
    plan.databases[0].label = "other".into();
    let run = Run::new(&fleet, plan);
    assert_eq!(run.finish(), 1);
    assert!(run.log().starts_with("nobody said how to connect to database other\nhint: "), "{}", run.log());
    assert!(run.entries().is_empty());
}

#[test]
fn a_second_worker_of_the_same_run_is_refused() {
    let fleet = Fleet::of(1);
    let open = Open::before(&fleet, 0..1);
    let run = Run::new(&fleet, fleet.plan(&ONE, patient()));
    let worker = run.start(None);
    run.wait("a start", |state| state.counts.running > 0);
    assert_eq!(run.finish(), 1);
    assert!(run.log().contains("works on run"), "{}", run.log());
    drop(open);
    assert_eq!(worker.ended().code(), Some(0), "{}", run.log());
    run.agrees(&fleet);
}
