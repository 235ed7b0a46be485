//! `runs` on real runs with real workers: what is listed, followed, told to a worker and taken up again, and the exit codes of it.

use std::process::{Command, Stdio};

use tempfile::TempDir;
use tenantry::domain::run::{Life, RunId};
use tenantry::journal::Sharing;
use tenantry::plan::RunPolicy;
use tenantry::runs::{self, Place, Record, Start};

use super::{Said, clean, environment, home, said, tenantry};
use crate::connect::target;
use crate::runs::fleet::{Fleet, TWO, policy};
use crate::support::{ended, wait_for};

/// A fleet with a `fleet.toml` that names it and a place for its runs.
struct Scene {
    fleet: Fleet<'static>,
    home: TempDir,
}

impl Scene {
    fn new(tenants: usize) -> Self {
        let scene = Self { fleet: Fleet::of(tenants), home: home() };
        std::fs::create_dir(scene.home.path().join("state")).expect("a folder");
        let database = environment("test", &[("main", &scene.fleet.dsn())]);
        let text = format!("state_dir = \"state\"\n{database}[env.other]\n{}", environment("other", &[("other", "port=1")]));
        std::fs::write(scene.home.path().join("fleet.toml"), text).expect("a file");
        scene
    }

    fn place(&self) -> Place {
        Place { sharing: Sharing::Group, ..Place::own(&self.home.path().join("state")).expect("a place") }
    }

    /// Starts a run that applies two migrations everywhere.
    fn start(&self, policy: RunPolicy) -> RunId {
        let start = Start {
            plan: self.fleet.plan(&TWO, policy),
            by: runs::me(),
            secrets: target("main", &self.fleet.dsn()).hand_over(),
            program: env!("CARGO_BIN_EXE_tenantry").into(),
        };
        runs::start(&self.place(), start).expect("the run starts")
    }

    fn run(&self, arguments: &[&str]) -> Said {
        let config = self.home.path().join("fleet.toml");
        let mut command = tenantry(self.home.path());
        said(command.arg("--config").arg(config).arg("runs").args(arguments))
    }

    fn record(&self) -> Record {
        self.place().find("last").expect("a run")
    }

    fn json(&self, arguments: &[&str]) -> serde_json::Value {
        serde_json::from_str(&self.run(arguments).data()).expect("JSON")
    }
}

/// So slow that a test does something meanwhile: of 200 targets one a second, one at once.
fn slow() -> RunPolicy {
    RunPolicy { pace: Some(1), concurrency: 1, ..policy() }
}

#[test]
fn what_failed_is_told_by_every_verb_and_tried_again() {
    let scene = Scene::new(3);
    let none = scene.run(&[]);
    assert_eq!((none.code, none.out.as_str()), (0, ""));
    assert!(none.err.starts_with("no run in "), "{}", none.err);
    scene.fleet.sql("ALTER TABLE t01.customers RENAME TO clients");
    let id = scene.start(RunPolicy { halt_percent: 0, ..policy() });
    let run = id.short();

    let attached = scene.run(&["attach", "last"]);
    assert_eq!(attached.code, 7, "{attached:?}");
    assert!(attached.out.starts_with(&format!("run {run} ended with failures: 2 ok, 1 failed, ")), "{}", attached.out);
    let failed = "failed: t01: relation \"customers\" does not exist (SQLSTATE 42P01, statement 1)\n";
    assert!(attached.err.contains("wave: 3 targets\n") && attached.err.contains(failed), "{}", attached.err);

    let listed = &scene.json(&["list", "--json"])[0];
    assert_eq!((&listed["run"], &listed["state"]), (&id.0.as_str().into(), &"failures".into()));
    assert_eq!((&listed["applied"], &listed["failed"], &listed["migrations"]), (&2.into(), &1.into(), &4.into()));
    let text = scene.run(&["list"]).data();
    assert!(text.starts_with("RUN     STATE     WHAT "), "{text}");
    assert!(text.contains(&format!("\n{run}  failures  migrate to 0003_orders  test ")), "{text}");

    let shown = scene.run(&["show", run]).data();
    assert!(shown.contains(&format!("`tenantry runs retry {run}` tries again what failed")), "{shown}");
    assert!(shown.contains("\n1 x relation \"customers\" does not exist (SQLSTATE 42P01, statement 1): t01\n"), "{shown}");
    let causes = &scene.json(&["show", run, "--json"])[0]["causes"];
    assert_eq!((&causes[0]["sqlstate"], &causes[0]["such_as"]), (&"42P01".into(), &serde_json::json!(["t01"])));

    let exported = scene.json(&["export", run]);
    let states: Vec<&str> =
        exported.as_array().expect("targets").iter().filter_map(|target| target["state"].as_str()).collect();
    assert_eq!(states, ["ok", "failed", "ok"]);
    let csv = scene.run(&["export", run, "--csv"]).data();
    assert_eq!(csv.lines().count(), 4, "{csv}");
    let events = scene.run(&["export", run, "--part", "events"]).data();
    assert!(
        events.lines().all(|line| serde_json::from_str::<serde_json::Value>(line).is_ok_and(|event| event["n"].is_u64()))
    );
    assert_eq!(scene.json(&["export", run, "--part", "plan"])["targets"].as_array().map(Vec::len), Some(3));

    scene.fleet.sql("ALTER TABLE t01.clients RENAME TO customers");
    let retried = scene.run(&["retry", run]);
    assert_eq!(retried.code, 0, "{retried:?}");
    assert!(retried.out.starts_with(&format!("run {run} is done: 3 ok, ")), "{}", retried.out);
    assert!(scene.fleet.found("t01").3, "it has the table now");

    // Nobody is told to take up what has nothing left.
    for verb in ["resume", "retry", "pause", "stop", "go-ahead"] {
        let again = scene.run(&[verb, run]);
        assert_eq!((again.code, again.out.as_str()), (2, ""), "{verb}");
        let told = format!("run {run} is done: there is nothing left to do");
        assert!(again.err.contains(&told) && !again.err.contains("resume"), "{verb}: {}", again.err);
    }
    assert_eq!(scene.run(&["show", "nothing"]).code, 2);

    // Somebody was interrupted while a run was made, and another one while it was removed.
    let runs = scene.home.path().join("state/runs");
    let lefts = [".01ARZ3NDEKTSV4RRFFQ69G5FAV.new", ".01ARZ3NDEKTSV4RRFFQ69G5FAV.old", ".mine.new"];
    for left in lefts {
        std::fs::create_dir(runs.join(left)).expect("a folder");
        std::fs::write(runs.join(left).join("plan.json"), "{").expect("a file");
    }
    assert!(!scene.run(&["prune", "--days", "0"]).out.contains("interruption"), "they may be made just now");
    let long_ago = std::time::SystemTime::now() - std::time::Duration::from_hours(2);
    for left in lefts {
        std::fs::File::open(runs.join(left)).and_then(|folder| folder.set_modified(long_ago)).expect("it is ours");
    }
    let would = scene.run(&["prune", "--days", "0"]);
    assert!(would.code == 0 && would.out.contains(&id.0) && would.err.contains("1 run would be removed"), "{would:?}");
    assert!(scene.record().folder.path.exists());
    assert!(would.out.contains(".01ARZ3NDEKTSV4RRFFQ69G5FAV.new  what an interruption left of a run\n"), "{}", would.out);
    assert!(scene.run(&["prune", "--days", "0", "--yes"]).err.contains("1 run removed"));
    let left = std::fs::read_dir(&runs).expect("a folder").map(|entry| entry.expect("an entry").file_name());
    assert_eq!(left.collect::<Vec<_>>(), [".mine.new"], "what is not ours stays");
    assert!(
        scene.run(&["list", "--csv"]).data().starts_with("run,state,") && scene.place().list().expect("none").is_empty()
    );
}

#[test]
fn a_run_is_paused_goes_on_and_is_stopped_by_other_processes() {
    let scene = Scene::new(200);
    let id = scene.start(slow());
    let run = id.short();
    assert!(scene.run(&["pause", "--last"]).data().starts_with(&format!("run {run} pauses: ")));
    wait_for("the pause", || matches!(scene.record().state.life, Life::Paused(_)).then_some(()));
    assert_eq!(scene.json(&["list", "--json"])[0]["state"], "paused");
    assert!(scene.run(&["show", run]).data().contains(": paused (by "));
    assert_eq!(scene.run(&["go-ahead", run]).code, 1, "no stage waits for that");
    assert_eq!(scene.run(&["resume", "--last", "--yes", "--detach"]).code, 0);
    wait_for("the end of the pause", || (scene.record().state.life == Life::Running).then_some(()));
    assert_eq!(scene.run(&["concurrency", run, "2"]).data(), format!("run {run} works on 2 targets at once\n"));
    assert_eq!(scene.record().state.concurrency, Some(2));
    assert_eq!(scene.run(&["prune", "--days", "0", "--yes"]).out, "", "what goes on stays");
    assert!(scene.run(&["stop", run]).data().starts_with(&format!("run {run} stops: ")));
    let attached = scene.run(&["attach", run]);
    assert_eq!(attached.code, 9, "{attached:?}");
    assert!(attached.out.starts_with(&format!("run {run} was stopped: ")), "{}", attached.out);
}

#[test]
fn ctrl_c_leaves_the_run_and_a_killed_worker_is_told_and_followed_by_another() {
    let scene = Scene::new(200);
    let id = scene.start(slow());
    let run = id.short();
    let mut command = Command::new(env!("CARGO_BIN_EXE_tenantry"));
    clean(&mut command, scene.home.path());
    command.arg("--config").arg(scene.home.path().join("fleet.toml")).args(["runs", "attach", run]);
    let mut attached =
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it starts");
    // What it tells first is told after it listens for signals.
    let mut first = String::new();
    let mut err = std::io::BufReader::new(attached.stderr.take().expect("a pipe"));
    std::io::BufRead::read_line(&mut err, &mut first).expect("a line");
    assert!(first.starts_with("a worker began for "), "{first}");
    let pid = rustix::process::Pid::from_child(&attached);
    rustix::process::kill_process(pid, rustix::process::Signal::INT).expect("it is there");
    assert_eq!(ended(&mut attached).code(), Some(130));
    let mut rest = String::new();
    std::io::Read::read_to_string(&mut err, &mut rest).expect("text");
    assert!(rest.contains(&format!("run {run} goes on\n  `tenantry runs attach {run}` follows it")), "{rest}");

    let record = scene.record();
    assert!(record.alive);
    let (worker, _) = record.state.worker.expect("a worker");
    let worker = rustix::process::Pid::from_raw(worker.cast_signed()).expect("a process");
    rustix::process::kill_process(worker, rustix::process::Signal::KILL).expect("it is there");
    wait_for("its death", || (!scene.record().alive).then_some(()));
    assert_eq!(scene.json(&["list", "--json"])[0]["state"], "interrupted");
    let interrupted = scene.run(&["attach", run]);
    assert_eq!(interrupted.code, 10, "{interrupted:?}");

    let elsewhere = scene.run(&["-e", "other", "resume", run]);
    assert_eq!(elsewhere.code, 1, "{elsewhere:?}");
    assert!(elsewhere.err.contains("nobody said how to connect to database main"), "{}", elsewhere.err);
    assert!(scene.run(&["resume", run, "--detach"]).data().starts_with(&format!("run {run} goes on\n")));
    assert_eq!(scene.record().state.workers, 2);
    assert_eq!(scene.run(&["stop", "--cancel", run]).code, 0);
    assert_eq!(scene.run(&["attach", run]).code, 9);
}
