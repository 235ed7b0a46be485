//! A small fleet with ledgers, plans for it, and workers that execute them.

use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};

use tenantry::demo::Cluster;
use tenantry::dialect::ledger;
use tenantry::domain::catalog::LedgerDialect;
use tenantry::domain::history::Migration;
use tenantry::domain::run::{Answered, CauseKind, Control, Entry, Event, Phase, RunState};
use tenantry::journal::{self, Folder, Reader, Socket};
use tenantry::plan::{
    EnvironmentName, FORMAT, Group, Kind, Ledger, Plan, PlanDatabase, RunPolicy, Stage, StageKind, Statement, Step, Target,
};
use tenantry::sqltext::{ident, literal};

use crate::connect::target;
use crate::support::{DEADLINE, Database, cluster, database, database_on, run_sql, wait_for, wait_for_or};

/// A migration of a test: its name, its statements, and whether they are one transaction.
pub(crate) type Written<'a> = (&'a str, &'a [&'a str], bool);

/// What most tests migrate: nothing of it can be done twice without a trace.
pub(crate) const TWO: [Written<'static>; 2] = [
    ("0002_vip", &["ALTER TABLE customers ADD COLUMN vip boolean", "INSERT INTO marks VALUES ('0002')"], true),
    ("0003_orders", &["CREATE TABLE orders (id int)", "INSERT INTO marks VALUES ('0003')"], true),
];

/// The first of them alone.
pub(crate) const ONE: [Written<'static>; 1] = [TWO[0]];

/// Schemas of one application, in a database of their own.
pub(crate) struct Fleet<'a> {
    pub(crate) cluster: &'a Cluster,
    pub(crate) name: String,
    pub(crate) tenants: Vec<String>,
    _database: Option<Database>,
}

impl Fleet<'static> {
    /// So many tenants on the shared cluster: `t00`, `t01` and so on.
    pub(crate) fn of(tenants: usize) -> Self {
        let names: Vec<String> = (0..tenants).map(|at| format!("t{at:02}")).collect();
        Self::named(&names.iter().map(String::as_str).collect::<Vec<_>>())
    }

    /// Tenants of these names on the shared cluster.
    pub(crate) fn named(tenants: &[&str]) -> Self {
        Self::filled(database(), tenants.iter().map(|&name| name.to_owned()).collect())
    }

    /// So many tenants in a database of their own on one of the servers that tests run on.
    pub(crate) fn on_server(cluster: &'static Cluster, tenants: usize) -> Self {
        Self::filled(database_on(cluster), (0..tenants).map(|at| format!("t{at:02}")).collect())
    }

    fn filled(database: Database, tenants: Vec<String>) -> Self {
        let (cluster, name) = (database.cluster(), database.name().to_owned());
        let fleet = Self { cluster, name, tenants, _database: Some(database) };
        fleet.fill();
        fleet
    }

    /// So many tenants in a database of the shared cluster.
    pub(crate) fn within(database: &str, tenants: usize) -> Self {
        let tenants = (0..tenants).map(|at| format!("t{at:02}")).collect();
        let fleet = Self { cluster: cluster(), name: database.to_owned(), tenants, _database: None };
        fleet.fill();
        fleet
    }
}

impl<'a> Fleet<'a> {
    /// So many tenants on a cluster of a test.
    pub(crate) fn on(cluster: &'a Cluster, tenants: usize) -> Self {
        run_sql(cluster, "postgres", "CREATE DATABASE fleet");
        let tenants = (0..tenants).map(|at| format!("t{at:02}")).collect();
        let fleet = Self { cluster, name: "fleet".into(), tenants, _database: None };
        fleet.fill();
        fleet
    }

    /// The fleet that a test filled before, on a cluster that was away for a while.
    pub(crate) fn again(cluster: &'a Cluster, tenants: Vec<String>) -> Self {
        Self { cluster, name: "fleet".into(), tenants, _database: None }
    }

    fn fill(&self) {
        let mut sql = String::from("CREATE TABLE public.countries (id int PRIMARY KEY);\n");
        for tenant in &self.tenants {
            let schema = ident(tenant);
            sql.push_str(&format!(
                "CREATE SCHEMA {schema};\nSET search_path = {schema};\n{};\nINSERT INTO tenantry_migrations VALUES \
                 ('0001_start', 'aa');\nCREATE TABLE customers (id int PRIMARY KEY, name text);\n\
                 CREATE TABLE marks (mark text);\n",
                ledger::tenantry::TABLE,
            ));
        }
        self.sql(&sql);
    }

    pub(crate) fn sql(&self, sql: &str) -> Vec<String> {
        run_sql(self.cluster, &self.name, sql)
    }

    pub(crate) fn dsn(&self) -> String {
        self.cluster.dsn(&self.name)
    }

    /// Waits until so many connections of runs wait for locks; gives their processes. What was only noted as started may not have been
    /// sent yet.
    pub(crate) fn held_up(&self, count: usize) -> Vec<String> {
        let waits = "SELECT pid FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND application_name LIKE 'tenantry/run/%' AND \
                     datname = current_database() ORDER BY 1";
        wait_for("who waits for a lock", || Some(self.sql(waits)).filter(|pids| pids.len() == count))
    }

    /// A plan that applies these to every tenant; the first one is the canary if the policy wants one.
    pub(crate) fn plan(&self, written: &[Written<'_>], policy: RunPolicy) -> Plan {
        let [identity] = self
            .sql(
                "SELECT system_identifier, d.oid, current_setting('server_version_num') FROM pg_control_system(), pg_database d \
                 WHERE datname = current_database()",
            )
            .try_into()
            .expect("one row");
        let identity: Vec<&str> = identity.split('|').collect();
        let [identifier, oid, version] = identity.try_into().expect("three columns");
        let first = &self.tenants[0];
        let print = self.sql(&ledger::fingerprint([(LedgerDialect::Tenantry, first.as_str(), "tenantry_migrations")]));
        let print: Vec<&str> = print.last().expect("a fingerprint").split('|').collect();
        let has_canary = policy.canary > 0;
        let wave = Stage { kind: StageKind::Wave, go_ahead: policy.go_ahead };
        let canary = Stage { kind: StageKind::Canary, go_ahead: false };
        let number = |schema: &String| format!("SELECT oid FROM pg_namespace WHERE nspname = {}", literal(schema));
        let numbers: Vec<String> = self.tenants.iter().map(number).collect();
        let oids: Vec<u32> = self.sql(&numbers.join(";\n")).iter().map(|oid| oid.parse().expect("an oid")).collect();
        let target = |(at, schema): (usize, &String)| Target {
            database: 0,
            oid: oids[at],
            schema: schema.clone(),
            group: 0,
            stage: u16::from(has_canary && at > 0),
        };
        Plan {
            format: FORMAT,
            kind: Kind::Migrate { to: written.last().map_or("", |written| written.0).into() },
            environment: EnvironmentName { name: "test".into(), production: false },
            databases: vec![PlanDatabase {
                label: "main".into(),
                system_identifier: identifier.parse().ok(),
                oid: oid.parse().expect("an oid"),
                name: self.name.clone(),
                version: version.parse().expect("a version"),
                pooler: false,
            }],
            stages: if has_canary { vec![canary, wave] } else { vec![wave] },
            groups: vec![Group {
                role: None,
                ledger: Ledger { dialect: LedgerDialect::Tenantry, table: "tenantry_migrations".into() },
                lines: print[1].parse().expect("lines"),
                sum: print[2].into(),
                steps: (0..written.len() as u32).collect(),
            }],
            steps: written.iter().map(step).collect(),
            targets: self.tenants.iter().enumerate().map(target).collect(),
            policy,
            notes: Vec::new(),
            left_out: Vec::new(),
            bystanders: None,
            as_of: jiff::Timestamp::UNIX_EPOCH,
        }
    }

    /// What the database says of a tenant: its ledger's lines but the first, its marks, whether it has the column and the table.
    pub(crate) fn found(&self, tenant: &str) -> Found {
        self.found_all(&[tenant]).remove(0)
    }

    /// The same of many.
    pub(crate) fn found_all(&self, tenants: &[&str]) -> Vec<Found> {
        let one = |tenant: &&str| {
            let (schema, name) = (ident(tenant), literal(tenant));
            let has = |class: &str, column: &str| {
                format!(
                    "EXISTS (SELECT FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = \
                     c.relnamespace WHERE n.nspname = {name} AND c.relname = '{class}' AND a.attname = '{column}')"
                )
            };
            format!(
                "SELECT (SELECT string_agg(name, ',' ORDER BY name) FROM {schema}.tenantry_migrations WHERE name <> \
                 '0001_start' AND state = 'applied'), (SELECT string_agg(mark, ',' ORDER BY mark) FROM {schema}.marks), {}, {};\n",
                has("customers", "vip"),
                has("orders", "id")
            )
        };
        let list = |cell: &str| cell.split(',').filter(|part| !part.is_empty()).map(str::to_owned).collect();
        let lines = self.sql(&tenants.iter().map(one).collect::<String>());
        let read = |line: &String| {
            let cells: Vec<&str> = line.split('|').collect();
            (list(cells[0]), list(cells[1]), cells[2] == "t", cells[3] == "t")
        };
        lines.iter().map(read).collect()
    }
}

/// Lines of a ledger, marks, whether there is the column and the table.
pub(crate) type Found = (Vec<String>, Vec<String>, bool, bool);

fn step(&(name, statements, transactional): &Written<'_>) -> Step {
    Step {
        migration: Migration { app: None, name: name.into() },
        reverse: false,
        origin: format!("{name}.sql"),
        sha256: "ab".into(),
        checksum: Some("ab".into()),
        statements: statements.iter().map(|&sql| Statement { sql: sql.into(), lock: None }).collect(),
        transactional,
    }
}

/// What holds in tests: short waits, no canary, four connections.
pub(crate) fn policy() -> RunPolicy {
    RunPolicy { canary: 0, lock_timeout_ms: 200, retries: 2, ..RunPolicy::usual(false) }
}

/// What waits for locks as long as a test holds them.
pub(crate) fn patient() -> RunPolicy {
    RunPolicy { lock_timeout_ms: 600_000, ..policy() }
}

/// A run that was approved.
pub(crate) struct Run {
    pub(crate) folder: Folder,
    pub(crate) plan: Plan,
    /// Label and connection string of each database.
    dsns: Vec<(&'static str, String)>,
    _state: tempfile::TempDir,
}

/// A worker, and the folder of its run. Dropping it kills it.
pub(crate) struct Worker(pub(crate) Child, pub(crate) PathBuf);

impl Drop for Worker {
    fn drop(&mut self) {
        let _gone = self.0.kill();
        let _reaped = self.0.wait();
    }
}

/// What a worker and its journal say, for whoever looks for the cause of a failure.
fn told(folder: &Path) -> String {
    let read = |name: &str| std::fs::read_to_string(folder.join(name)).unwrap_or_default();
    format!("log: {}\njournal:\n{}", read(journal::LOG), read("journal.jsonl"))
}

impl Worker {
    /// Waits for its end.
    pub(crate) fn ended(mut self) -> ExitStatus {
        let folder = self.1.clone();
        wait_for_or("the worker's end", || told(&folder), || self.0.try_wait().expect("a child"))
    }

    /// Whether it has ended by itself.
    pub(crate) fn is_over(&mut self) -> bool {
        self.0.try_wait().expect("a child").is_some()
    }

    /// Kills it as the system does that is out of memory.
    pub(crate) fn kill(mut self) {
        self.0.kill().expect("a child");
        self.0.wait().expect("a child");
    }
}

impl Run {
    pub(crate) fn new(fleet: &Fleet<'_>, plan: Plan) -> Self {
        Self::at(fleet.dsn(), plan)
    }

    /// A run whose worker connects so.
    pub(crate) fn at(dsn: String, plan: Plan) -> Self {
        Self::at_all(vec![("main", dsn)], plan)
    }

    /// A run on several databases.
    pub(crate) fn at_all(dsns: Vec<(&'static str, String)>, plan: Plan) -> Self {
        let state = tempfile::tempdir().expect("a folder");
        let folder = journal::create(&journal::root(state.path()), journal::fresh_id(), &plan).expect("a run");
        Self { folder, plan, dsns, _state: state }
    }

    /// From now on workers connect so.
    pub(crate) fn connects_as(&mut self, dsn: String) {
        self.dsns = vec![("main", dsn)];
    }

    /// Starts a worker, which dies at a place if one is named.
    pub(crate) fn start(&self, fail_at: Option<&str>) -> Worker {
        let worker = Command::new(env!("CARGO_BIN_EXE_tenantry"));
        self.launch(worker, fail_at, false)
    }

    /// A worker that tries again what failed; gives its exit code.
    pub(crate) fn retry(&self) -> i32 {
        let worker = self.launch(Command::new(env!("CARGO_BIN_EXE_tenantry")), None, true);
        worker.ended().code().unwrap_or_else(|| panic!("killed: {}", self.log()))
    }

    /// Starts this command as a worker.
    pub(crate) fn launch(&self, mut command: Command, fail_at: Option<&str>, retry: bool) -> Worker {
        let log = journal::log(&self.folder).expect("a log");
        command.arg("worker").arg(&self.folder.path).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(log);
        if let Some(place) = fail_at {
            command.env("TENANTRY_FAIL_AT", place);
        }
        let mut child = command.spawn().expect("the worker starts");
        let handed = format!("{{\"user\":\"ann\",\"host\":\"test\",\"retry\":{retry}}}\n{}", self.secrets());
        child.stdin.take().expect("a pipe").write_all(handed.as_bytes()).expect("it is taken over");
        Worker(child, self.folder.path.clone())
    }

    /// Lets a worker do all of it; gives its exit code.
    pub(crate) fn finish(&self) -> i32 {
        self.start(None).ended().code().unwrap_or_else(|| panic!("killed: {}", self.log()))
    }

    fn secrets(&self) -> String {
        self.dsns.iter().map(|(label, dsn)| target(label, dsn).hand_over().to_string()).collect()
    }

    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path.join(journal::LOG)).unwrap_or_default()
    }

    pub(crate) fn entries(&self) -> Vec<Entry> {
        let mut reader = Reader::open(&self.folder).expect("a journal");
        let mut all = Vec::new();
        loop {
            let more = reader.more().expect("a whole journal");
            if more.is_empty() {
                return all;
            }
            all.extend(more);
        }
    }

    pub(crate) fn state(&self) -> RunState {
        let mut state = RunState::new(self.plan.outline());
        for entry in self.entries() {
            state.apply(&entry).unwrap_or_else(|illegal| panic!("{illegal}\n{entry:?}"));
        }
        state
    }

    /// Waits until the journal says so.
    pub(crate) fn wait(&self, what: &str, is: impl Fn(&RunState) -> bool) -> RunState {
        wait_for_or(what, || told(&self.folder.path), || Some(self.state()).filter(&is))
    }

    /// Waits until there is such an event, and gives the last one.
    pub(crate) fn wait_event(&self, what: &str, is: impl Fn(&Event) -> bool) -> Event {
        wait_for_or(what, || told(&self.folder.path), || self.entries().into_iter().rev().map(|entry| entry.event).find(&is))
    }

    /// Asks the worker something.
    pub(crate) fn control(&self, control: &Control) -> Answered {
        let stream = wait_for("the socket", || UnixStream::connect(Socket::file(&self.folder.path)).ok());
        let line = ask(stream, control).expect("an answer");
        serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line:?}"))
    }

    /// Asks the worker something, unless it has ended.
    pub(crate) fn control_if_alive(&self, control: &Control) {
        let there = wait_for("the socket, or the end", || match UnixStream::connect(Socket::file(&self.folder.path)) {
            Ok(stream) => Some(Some(stream)),
            Err(_) => (!journal::is_alive(&self.folder)).then_some(None),
        });
        let _it_may_end_just_now = there.map(|stream| ask(stream, control));
    }

    /// The phases of all targets, by tenant.
    pub(crate) fn phase(&self, tenant: &str) -> Phase {
        let at = self.plan.targets.iter().position(|target| target.schema == tenant).expect("a target");
        self.state().targets[at].phase
    }

    /// The kind of the only cause.
    pub(crate) fn cause(&self) -> CauseKind {
        let state = self.state();
        assert_eq!(state.causes.len(), 1, "{:?}", state.causes);
        state.causes[0].0.kind
    }

    /// Proves that journal, ledgers and catalogue say the same: who is applied has everything once, everybody else has what is
    /// counted as done and nothing of the rest.
    pub(crate) fn agrees(&self, fleet: &Fleet<'_>) {
        let state = self.state();
        assert_eq!(state.counts.total() as usize, self.plan.targets.len());
        let entries = self.entries();
        let schemas: Vec<&str> = self.plan.targets.iter().map(|target| target.schema.as_str()).collect();
        let found = fleet.found_all(&schemas);
        assert_eq!(found.len(), schemas.len());
        for (id, ((target, known), found)) in (0..).zip(self.plan.targets.iter().zip(&state.targets).zip(found)) {
            let (ledger, marks, has_column, has_table) = found;
            let done = usize::from(known.done);
            let expected: Vec<&str> = self.plan.steps.iter().take(done).map(|step| step.migration.name.as_str()).collect();
            // Exactly once, but for what the server forgot.
            let applied = entries.iter().fold(0, |applied, entry| match &entry.event {
                Event::Applied { target, .. } if *target == id => applied + 1,
                Event::Vanished { target, done } if *target == id => usize::from(*done),
                _ => applied,
            });
            assert_eq!(
                (&ledger, applied),
                (&expected.iter().map(ToString::to_string).collect(), done),
                "{} {known:?}",
                target.schema
            );
            let marked: Vec<String> = expected.iter().map(|name| name[..4].to_owned()).collect();
            assert_eq!((marks, has_column, has_table), (marked, done > 0, done > 1), "{} {known:?}", target.schema);
            assert_eq!(known.phase == Phase::Applied, done == self.plan.steps.len(), "{} {known:?}", target.schema);
        }
    }
}

fn ask(mut stream: UnixStream, control: &Control) -> std::io::Result<String> {
    stream.set_read_timeout(Some(DEADLINE))?;
    let control = serde_json::to_string(control)?;
    stream.write_all(format!("{{\"by\":{{\"user\":\"bob\",\"host\":\"test\"}},\"control\":{control}}}\n").as_bytes())?;
    let mut line = String::new();
    BufReader::new(stream).read_line(&mut line)?;
    Ok(line)
}
