//! A program of the application's own for each target: what it is given, what is believed of it, and what becomes of it when its worker
//! does not live any more.

use std::path::Path;

use tenantry::domain::history::Migration;
use tenantry::domain::run::{Control, Event, How, Phase};
use tenantry::plan::{Command, CommandLine, Kind, Plan, RunPolicy};

use super::fleet::{Fleet, ONE, Run, policy};
use crate::support::wait_for;

/// What ONE does, by psql: the environment leads to the database, the argument is the schema.
const MIGRATES: &str = r#""$0" -qX -v ON_ERROR_STOP=1 -v schema="$1" <<'SQL'
SET search_path = :"schema";
BEGIN; ALTER TABLE customers ADD COLUMN vip boolean; INSERT INTO marks VALUES ('0002');
INSERT INTO tenantry_migrations VALUES ('0002_vip', 'ab'); COMMIT;
SQL
"#;

/// A plan that runs a script for each tenant.
fn plan(fleet: &Fleet<'_>, script: &str, folder: &Path, policy: RunPolicy) -> Plan {
    let mut plan = fleet.plan(&ONE, policy);
    let argv = vec!["sh".into(), "-c".into(), script.into(), psql(fleet), "{schema}".into()];
    plan.steps[0].statements.clear();
    plan.kind = Kind::Command(Box::new(Command {
        line: CommandLine { argv, folder: folder.to_string_lossy().into_owned() },
        to: "0002_vip".into(),
        leads_to: vec![vec![Migration { app: None, name: "0002_vip".into() }]],
    }));
    plan
}

/// Where psql is.
pub(crate) fn psql(fleet: &Fleet<'_>) -> String {
    fleet.cluster.binaries().psql(Path::new("/")).get_program().to_string_lossy().into_owned()
}

fn said(run: &Run, target: usize) -> String {
    std::fs::read_to_string(run.folder.path.join("output").join(format!("{target}.log"))).unwrap_or_default()
}

/// The processes that a run's commands started.
fn left(run: &Run) -> usize {
    let mark = format!("TENANTRY_RUN={}/", run.folder.path.display());
    let processes = std::fs::read_dir("/proc").expect("processes").filter_map(Result::ok);
    let environ = processes.filter_map(|process| std::fs::read(process.path().join("environ")).ok());
    environ.filter(|all| all.split(|byte| *byte == 0).any(|one| one.starts_with(mark.as_bytes()))).count()
}

#[test]
fn every_tenant_is_brought_up_to_date_by_a_program_whatever_it_is_called() {
    let fleet = Fleet::named(&["t00", "Te\"st $(touch here); --", "-x{schema}"]);
    let folder = tempfile::tempdir().expect("a folder");
    let script = format!("{MIGRATES}\necho \"$1 in $PWD on $PGDATABASE, ${{PGPASSWORD-no password}}\"");
    let run = Run::new(&fleet, plan(&fleet, &script, folder.path(), policy()));
    assert_eq!(run.finish(), 0, "{} {}", run.log(), said(&run, 0));
    run.agrees(&fleet);
    assert_eq!(said(&run, 0), format!("t00 in {} on {}, no password\n", folder.path().display(), fleet.name));
    assert_eq!(std::fs::read_dir(folder.path()).expect("a folder").count(), 0, "a name is only ever a name");
    let hows: Vec<How> = run
        .entries()
        .into_iter()
        .filter_map(|entry| match entry.event {
            Event::Applied { how, .. } => Some(how),
            _ => None,
        })
        .collect();
    assert_eq!(hows, [How::ByCommand; 3]);
    let locks = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())";
    wait_for("the locks", || (fleet.sql(locks) == ["0"]).then_some(()));
}

#[test]
fn the_ledger_is_believed_and_not_the_program() {
    let fleet = Fleet::of(4);
    let folder = tempfile::tempdir().expect("a folder");
    // The first does nothing and says that all is well, the second fails, the third does it and complains, the last has it already.
    fleet.sql("ALTER TABLE t03.customers ADD COLUMN vip boolean; INSERT INTO t03.marks VALUES ('0002')");
    let script = format!(
        "case \"$1\" in t00) exit 0;; t01) echo no such table t01.x; exit 3;; t03) exit 9;; esac\n{MIGRATES}\nexit 1"
    );
    let run = Run::new(&fleet, plan(&fleet, &script, folder.path(), RunPolicy { halt_percent: 0, ..policy() }));
    fleet.sql("INSERT INTO t03.tenantry_migrations VALUES ('0002_vip', 'ab')");
    assert_eq!(run.finish(), 3, "{}", run.log());
    let state = run.state();
    let phases = state.targets.iter().map(|target| target.phase).collect::<Vec<_>>();
    assert_eq!(phases, [Phase::Failed, Phase::Failed, Phase::Applied, Phase::Applied], "{:?}", state.causes);
    assert!(state.targets[3].by_another && !state.targets[2].by_another);
    let mut causes: Vec<&str> = state.causes.iter().map(|(cause, _)| cause.what.as_str()).collect();
    causes.sort_unstable();
    assert_eq!(
        causes,
        [
            "the command ended well, and its ledger has not what it should have",
            "the command ended with exit code 3: no such table {schema}.x"
        ]
    );
    run.agrees(&fleet);
}

#[test]
fn nothing_of_a_program_goes_on_when_its_worker_is_killed_and_the_next_one_reads_the_ledger() {
    let fleet = Fleet::of(2);
    let folder = tempfile::tempdir().expect("a folder");
    // The second one is done when its worker dies; it lingers, with a child that nobody ends with it.
    let script = format!(
        "if [ \"$1\" = t01 ]; then {MIGRATES}\nfi; touch \"at-$1\"; [ -e go-on ] || {{ setsid sleep 1000 & sleep 1000; }}\n\
         if [ \"$1\" = t00 ]; then {MIGRATES}\nfi"
    );
    let run = Run::new(&fleet, plan(&fleet, &script, folder.path(), policy()));
    let worker = run.start(None);
    wait_for("both programs", || {
        (folder.path().join("at-t00").exists() && folder.path().join("at-t01").exists()).then_some(())
    });
    wait_for("their children", || (left(&run) >= 4).then_some(()));
    worker.kill();
    std::fs::write(folder.path().join("go-on"), "").expect("a file");
    assert_eq!(run.finish(), 0, "{}", run.log());
    assert_eq!(left(&run), 0, "what they started is gone");
    run.agrees(&fleet);
    let found = run.entries().into_iter().filter(|e| matches!(e.event, Event::Applied { how: How::Found, .. })).count();
    assert_eq!(found, 1, "what the second had done was found");
}

#[test]
fn a_program_is_cancelled_with_its_run() {
    let fleet = Fleet::of(1);
    let folder = tempfile::tempdir().expect("a folder");
    let run = Run::new(&fleet, plan(&fleet, "touch begun; sleep 1000", folder.path(), policy()));
    let worker = run.start(None);
    wait_for("the program", || folder.path().join("begun").exists().then_some(()));
    run.control(&Control::Stop { cancel: true });
    assert_eq!(worker.ended().code(), Some(3), "{}", run.log());
    assert_eq!((run.phase("t00"), left(&run)), (Phase::Pending, 0));
}
