//! What others do to a run's schemas, ledgers and connections: nothing is lost, nothing is done twice, nobody else is hurt.

use tenantry::domain::run::{CauseKind, Control, End, Event, Halt, How, Life, Pause, Phase, Skip};
use tenantry::plan::RunPolicy;

use super::fleet::{Fleet, ONE, Run, TWO, patient, policy};
use crate::support::{Psql, wait_for};

/// A psql that keeps a transaction open until it is dropped.
pub(super) struct Open(Psql);

impl Open {
    pub(super) fn new(fleet: &Fleet<'_>, sql: &str) -> Self {
        Self::by(fleet, "postgres", sql)
    }

    /// The same as another role.
    pub(super) fn by(fleet: &Fleet<'_>, role: &str, sql: &str) -> Self {
        let mut psql = Psql::start(fleet.cluster.psql_as(role, &fleet.name));
        psql.does(&format!("BEGIN; {sql}"));
        Self(psql)
    }

    /// Keeps the migrations of these tenants waiting.
    pub(super) fn before(fleet: &Fleet<'_>, tenants: std::ops::Range<usize>) -> Self {
        let tables: Vec<String> = fleet.tenants[tenants].iter().map(|tenant| format!("{tenant}.customers")).collect();
        Self::new(fleet, &format!("LOCK TABLE {}", tables.join(", ")))
    }

    /// Goes on in the same transaction, without waiting for what comes of it.
    pub(super) fn says(&mut self, sql: &str) {
        self.0.says(sql);
    }
}

#[test]
fn a_connection_that_is_dropped_at_work_leaves_nothing_in_doubt() {
    let fleet = Fleet::of(6);
    let open = Open::before(&fleet, 0..6);
    let run = Run::new(&fleet, fleet.plan(&ONE, RunPolicy { concurrency: 2, ..patient() }));
    let worker = run.start(None);
    let pids = fleet.held_up(2);
    assert_eq!(fleet.sql(&format!("SELECT pg_terminate_backend({})", pids[0])), ["t"]);
    run.wait_event("what became of it", |event| matches!(event, Event::NotApplied { .. }));
    drop(open);
    assert_eq!(worker.ended().code(), Some(0), "{}", run.log());
    let events: Vec<Event> = run.entries().into_iter().map(|entry| entry.event).collect();
    assert!(events.iter().any(|event| matches!(event, Event::InDoubt { .. })), "{events:?}");
    assert!(events.iter().any(|event| matches!(event, Event::NotApplied { .. })), "{events:?}");
    run.agrees(&fleet);
}

#[test]
fn what_loses_its_connection_each_time_fails_and_brings_nobody_else_down() {
    let fleet = Fleet::of(4);
    let fatal = ("0002_fatal", &["SELECT pg_terminate_backend(pg_backend_pid())"][..], true);
    let run = Run::new(&fleet, fleet.plan(&[fatal], RunPolicy { canary: 1, ..policy() }));
    assert_eq!(run.finish(), 3, "{} {:?}", run.log(), run.state());
    let state = run.state();
    assert_eq!(state.life, Life::Ended(End::Halted));
    assert_eq!((run.phase("t00"), run.phase("t01"), state.counts.failed), (Phase::Failed, Phase::Pending, 1));
    assert_eq!(state.causes[0].0.what, "the connection was lost 3 times in a row while this was under way");
    let lost = run.entries().iter().filter(|entry| matches!(entry.event, Event::InDoubt { .. })).count();
    assert_eq!(lost, 3);
}

#[test]
fn a_lock_that_others_hold_is_waited_for_and_told() {
    let fleet = Fleet::of(3);
    let open = Open::new(&fleet, "LOCK TABLE t01.customers");
    // It is tried again as often as this test needs to see it wait.
    let run = Run::new(&fleet, fleet.plan(&ONE, RunPolicy { lock_timeout_ms: 2_000, retries: 250, ..policy() }));
    let worker = run.start(None);
    let flight = wait_for("whom it waits for", || {
        let tenantry::domain::run::Answered::Ok(now) = run.control(&Control::Now) else { return None };
        now.flights.into_iter().find(|flight| flight.waits_for.is_some())
    });
    let (_, _, what) = flight.waits_for.expect("somebody");
    assert!(what.contains("idle in transaction"), "{what}");
    assert_eq!(run.plan.targets[flight.target as usize].schema, "t01");
    let again = |event: &Event| matches!(event, Event::Retry { cause, .. } if cause.kind == CauseKind::Contention);
    run.wait_event("a retry", again);
    run.wait("the others", |state| state.counts.applied == 2);
    let note = run.wait_event("a note", |event| matches!(event, Event::Noted { .. }));
    assert!(matches!(&note, Event::Noted { text } if text.starts_with("t01 waited in vain for process ")), "{note:?}");
    drop(open);
    assert_eq!(worker.ended().code(), Some(0), "{}", run.log());
    run.agrees(&fleet);
}

#[test]
fn a_lock_that_is_never_given_back_fails_its_tenant_alone() {
    let fleet = Fleet::of(3);
    let _open = Open::new(&fleet, "LOCK TABLE t01.customers");
    let run = Run::new(&fleet, fleet.plan(&ONE, RunPolicy { lock_timeout_ms: 50, retries: 1, ..policy() }));
    assert_eq!(run.finish(), 3, "{}", run.log());
    assert_eq!((run.phase("t00"), run.phase("t01"), run.phase("t02")), (Phase::Applied, Phase::Failed, Phase::Applied));
    let waits: Vec<bool> = run
        .entries()
        .iter()
        .filter_map(|e| if let Event::Retry { wait_ms, .. } = &e.event { Some(wait_ms.is_some()) } else { None })
        .collect();
    assert_eq!(waits, [true, false, true], "in a while, at the end of the stage, in a while");
}

#[test]
fn a_schema_that_another_session_of_ours_works_on_comes_last() {
    let fleet = Fleet::of(3);
    let oid: i64 = fleet.sql("SELECT oid FROM pg_namespace WHERE nspname = 't00'")[0].parse().unwrap();
    let open = Open::new(&fleet, &format!("SELECT pg_advisory_xact_lock({}, {oid})", tenantry::plan::message::LOCKS));
    let run = Run::new(&fleet, fleet.plan(&ONE, RunPolicy { retries: 250, ..policy() }));
    let worker = run.start(None);
    run.wait("the others", |state| state.counts.applied == 2 && !state.causes.is_empty());
    assert_eq!((run.cause(), run.phase("t01")), (CauseKind::Busy, Phase::Applied));
    drop(open);
    assert_eq!(worker.ended().code(), Some(0), "{}", run.log());
    run.agrees(&fleet);
}

#[test]
fn what_another_one_applied_is_not_applied_again() {
    let fleet = Fleet::of(4);
    let plan = fleet.plan(&TWO, policy());
    // The application itself was faster, with the ledger and with only the objects.
    fleet.sql("ALTER TABLE t01.customers ADD vip boolean; INSERT INTO t01.marks VALUES ('0002'); INSERT INTO t01.tenantry_migrations VALUES ('0002_vip', 'ab')");
    let run = Run::new(&fleet, plan);
    assert_eq!(run.finish(), 0, "{} {:?}", run.log(), run.state());
    let another = run.entries().iter().filter(|e| matches!(e.event, Event::Applied { how: How::Another, .. })).count();
    assert_eq!(another, 1);
    assert!(run.state().targets[1].by_another);
    run.agrees(&fleet);
}

#[test]
fn a_ledger_that_changed_otherwise_is_left_alone() {
    let fleet = Fleet::of(3);
    let plan = fleet.plan(&ONE, policy());
    fleet.sql("INSERT INTO t01.tenantry_migrations VALUES ('0001_other', 'zz')");
    let run = Run::new(&fleet, plan);
    assert_eq!(run.finish(), 3, "{}", run.log());
    assert_eq!(run.phase("t01"), Phase::Skipped(Skip::LedgerMoved));
    let (_, marks, has_column, _) = fleet.found("t01");
    assert_eq!((marks.len(), has_column, run.state().counts.applied), (0, false, 2));
}

#[test]
fn schemas_that_are_dropped_or_renamed_are_left_out() {
    let fleet = Fleet::of(5);
    let plan = fleet.plan(&ONE, policy());
    fleet.sql(
        "DROP SCHEMA t01 CASCADE; ALTER SCHEMA t02 RENAME TO elsewhere; ALTER SCHEMA t03 RENAME TO old; CREATE SCHEMA t03",
    );
    let run = Run::new(&fleet, plan);
    assert_eq!(run.finish(), 3, "{} {:?}", run.log(), run.state().causes);
    let phases: Vec<Phase> = run.state().targets.iter().map(|target| target.phase).collect();
    let skipped = Phase::Skipped;
    assert_eq!(
        phases,
        [Phase::Applied, skipped(Skip::Gone), skipped(Skip::Renamed), skipped(Skip::Renamed), Phase::Applied]
    );
}

#[test]
fn a_ledger_that_is_gone_or_closed_since_the_plan_is_told_and_the_others_go_on() {
    let fleet = Fleet::of(5);
    let role = format!("owner_{}", fleet.name);
    fleet.sql(&format!("CREATE ROLE {role} LOGIN; GRANT EXECUTE ON FUNCTION pg_control_system() TO {role}"));
    for tenant in &fleet.tenants {
        fleet.sql(&format!(
            "ALTER SCHEMA {tenant} OWNER TO {role}; ALTER TABLE {tenant}.customers OWNER TO {role}; \
             GRANT ALL ON ALL TABLES IN SCHEMA {tenant} TO {role}"
        ));
    }
    let never = RunPolicy { halt_same_cause: 0, halt_percent: 0, ..policy() };
    let plan = fleet.plan(&ONE, never);
    fleet.sql(&format!(
        "DROP TABLE t01.tenantry_migrations; REVOKE SELECT ON t02.tenantry_migrations FROM {role}; ALTER TABLE \
         t03.tenantry_migrations RENAME TO kept"
    ));
    let run = Run::at(fleet.cluster.dsn_as(&role, &fleet.name), plan);
    assert_eq!(run.finish(), 3, "{}", run.log());
    let state = run.state();
    let phases: Vec<Phase> = state.targets.iter().map(|target| target.phase).collect();
    assert_eq!(phases, [Phase::Applied, Phase::Failed, Phase::Failed, Phase::Failed, Phase::Applied]);
    let mut causes: Vec<_> = state.causes.iter().map(|(cause, _)| cause).collect();
    causes.sort_by_key(|cause| cause.sqlstate.clone());
    let [closed, gone] = causes[..] else { panic!("{:?}", run.entries()) };
    let bring = "bring it back; in a new plan a schema without a ledger is left out";
    assert_eq!(
        (gone.kind, gone.what.as_str(), gone.hint.as_deref(), gone.statement),
        (
            CauseKind::Statement,
            "the ledger is gone: relation \"{schema}.tenantry_migrations\" does not exist",
            Some(bring),
            None
        )
    );
    assert_eq!(
        (closed.kind, closed.what.as_str()),
        (CauseKind::Privilege, "the ledger cannot be read: permission denied for table tenantry_migrations")
    );
    let has_column = |tenant: &str| {
        let sql =
            format!("SELECT count(*) FROM pg_attribute WHERE attrelid = '{tenant}.customers'::regclass AND attname = 'vip'");
        fleet.sql(&sql) == ["1"]
    };
    assert_eq!(["t00", "t01", "t02", "t03", "t04"].map(has_column), [true, false, false, false, true]);
    // What is put right is done by a retry.
    fleet.sql(&format!(
        "GRANT SELECT ON t02.tenantry_migrations TO {role}; ALTER TABLE t03.kept RENAME TO tenantry_migrations; CREATE TABLE \
         t01.tenantry_migrations (LIKE t00.tenantry_migrations INCLUDING ALL); INSERT INTO t01.tenantry_migrations VALUES \
         ('0001_start', 'aa'); GRANT ALL ON t01.tenantry_migrations TO {role}"
    ));
    assert_eq!(run.retry(), 0, "{:?}", run.state());
    run.agrees(&fleet);
    fleet.sql(&format!("DROP OWNED BY {role} CASCADE; DROP ROLE {role}"));
}

#[test]
fn a_schema_that_is_made_in_the_middle_of_a_run_is_told_at_its_end() {
    let fleet = Fleet::of(3);
    fleet.sql("CREATE SCHEMA orphan; CREATE TABLE orphan.tenantry_migrations (LIKE t00.tenantry_migrations)");
    let oids = |names: &str| -> Vec<u32> {
        let sql = format!("SELECT oid FROM pg_namespace WHERE nspname IN ({names})");
        fleet.sql(&sql).iter().map(|oid| oid.parse().expect("an oid")).collect()
    };
    let open = Open::before(&fleet, 2..3);
    let mut plan = fleet.plan(&ONE, RunPolicy { concurrency: 1, ..patient() });
    plan.bystanders = Some(vec![oids("'orphan', 'public'")]);
    let run = Run::new(&fleet, plan);
    let worker = run.start(None);
    run.wait("a start", |state| state.counts.running > 0);
    fleet.sql(
        "CREATE SCHEMA \"new co\"; CREATE TABLE \"new co\".tenantry_migrations (LIKE t00.tenantry_migrations); \
         CREATE SCHEMA no_tenant; CREATE TABLE no_tenant.x (id int)",
    );
    drop(open);
    assert_eq!(worker.ended().code(), Some(0), "{}", run.log());
    let noted = |run: &Run| -> Vec<String> {
        let text = |e: tenantry::domain::run::Entry| if let Event::Noted { text } = e.event { Some(text) } else { None };
        run.entries().into_iter().filter_map(text).collect()
    };
    assert_eq!(noted(&run), ["1 schema came after the plan and is not in this run: new co; plan again"]);
    assert_eq!(fleet.sql("SELECT count(*) FROM \"new co\".tenantry_migrations"), ["0"], "nothing is done to it");
    run.agrees(&fleet);
    // Where nobody came nothing is told.
    let mut plan = fleet.plan(&TWO[1..], policy());
    plan.bystanders = Some(vec![oids("'orphan', 'public', 'new co'")]);
    let run = Run::new(&fleet, plan);
    assert_eq!((run.finish(), noted(&run)), (0, Vec::new()), "{}", run.log());
}

#[test]
fn a_migration_that_falls_through_to_what_all_share_is_undone_and_halts() {
    let fleet = Fleet::of(4);
    let shared = ("0002_shared", &["ALTER TABLE countries ADD COLUMN name text"][..], true);
    let policy = RunPolicy { search_path: vec!["public".into()], concurrency: 1, ..policy() };
    let run = Run::new(&fleet, fleet.plan(&[shared], policy));
    assert_eq!(run.finish(), 3, "{}", run.log());
    let state = run.state();
    assert_eq!((state.life.clone(), state.counts.applied, state.counts.failed), (Life::Ended(End::Halted), 0, 1));
    assert_eq!(run.cause(), CauseKind::FellThrough);
    assert!(run.entries().iter().any(|e| e.event == Event::Halted { why: Halt::FellThrough }));
    assert_eq!(
        fleet.sql("SELECT count(*) FROM pg_attribute WHERE attrelid = 'public.countries'::regclass AND attname = 'name'"),
        ["0"]
    );
}

#[test]
fn another_database_behind_the_same_name_is_never_written_to() {
    let (fleet, other) = (Fleet::of(2), Fleet::of(2));
    let run = Run::at(other.dsn(), fleet.plan(&ONE, policy()));
    assert_eq!(run.finish(), 3, "{}", run.log());
    let what = run
        .entries()
        .into_iter()
        .find_map(|e| if let Event::Halted { why: Halt::WrongDatabase { what } } = e.event { Some(what) } else { None });
    assert!(what.is_some_and(|what| what.starts_with("main is another database")));
    assert_eq!((run.state().counts.pending, other.found("t00").0.len()), (2, 0));
}

#[test]
fn a_role_without_the_right_fails_and_the_cause_says_so() {
    let fleet = Fleet::of(2);
    let role = format!("weak_{}", fleet.name);
    fleet.sql(&format!("CREATE ROLE {role} LOGIN; GRANT USAGE ON SCHEMA t00, t01 TO {role}; GRANT ALL ON ALL TABLES IN SCHEMA t00, t01 TO {role}; GRANT EXECUTE ON FUNCTION pg_control_system() TO {role}"));
    let run = Run::at(fleet.cluster.dsn_as(&role, &fleet.name), fleet.plan(&ONE, policy()));
    assert_eq!(run.finish(), 3, "{}", run.log());
    assert_eq!((run.cause(), run.state().counts.failed), (CauseKind::Privilege, 2));
    fleet.sql(&format!("DROP OWNED BY {role}; DROP ROLE {role}"));
}

#[test]
fn a_second_run_waits_until_the_first_has_ended() {
    let fleet = Fleet::of(2);
    let open = Open::before(&fleet, 0..2);
    let (first, second) = (Run::new(&fleet, fleet.plan(&ONE, patient())), Run::new(&fleet, fleet.plan(&ONE, policy())));
    let worker = first.start(None);
    first.wait("a start", |state| state.counts.running > 0);
    let late = second.start(None);
    let state = second.wait("that it waits", |state| matches!(state.life, Life::Paused(_)));
    let Life::Paused(Pause::Turn { who }) = state.life else { panic!("{:?}", state.life) };
    assert!(who.contains("ann@test") && who.contains(first.folder.id.short()), "{who}");
    drop(open);
    assert_eq!((worker.ended().code(), late.ended().code()), (Some(0), Some(0)), "{}", second.log());
    assert!(second.state().targets.iter().all(|target| target.by_another && target.phase == Phase::Applied));
    first.agrees(&fleet);
}

#[test]
fn a_frozen_blocker_does_not_keep_a_stopped_run() {
    let fleet = Fleet::of(2);
    let _open = Open::new(&fleet, "LOCK TABLE t00.customers, t01.customers");
    let run = Run::new(&fleet, fleet.plan(&ONE, patient()));
    let worker = run.start(None);
    run.wait("a start", |state| state.counts.running > 0);
    for _ in 0..2 {
        run.control(&Control::Stop { cancel: false });
    }
    // Long before the lock is given up.
    assert_eq!(worker.ended().code(), Some(3), "{}", run.log());
    let state = run.state();
    assert_eq!((state.life.clone(), state.counts.pending), (Life::Ended(End::Stopped), 2));
    run.agrees(&fleet);
}
