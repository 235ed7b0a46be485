//! What the integration tests share: one throwaway cluster for the whole binary, a database of its own for each test, clusters
//! of their own for tests that stop or reconfigure the server. Everything goes away with the process, however it ends.

use std::io::{BufRead as _, BufReader, Read, Write as _};
use std::process::{Child, ChildStdin, Command, ExitStatus, Output, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use tenantry::demo::binaries::Binaries;
use tenantry::demo::{Cluster, ClusterOptions, Demo, DemoOptions, Template};

/// A database on the shared cluster, dropped with this value.
pub(crate) struct Database {
    name: String,
    cluster: &'static Cluster,
}

/// The cluster that all tests share. Do not stop it, nor change its settings; roles are common to all, so name them uniquely.
pub(crate) fn cluster() -> &'static Cluster {
    static SHARED: OnceLock<Cluster> = OnceLock::new();
    SHARED.get_or_init(|| {
        let settings = settings([("max_connections", "200"), ("max_locks_per_transaction", "256")]);
        own_cluster(ClusterOptions { settings, ..ClusterOptions::default() })
    })
}

/// The sample fleet with every oddity, as small as it gets (48 tenants). All tests look at the same one; do not write to it.
pub(crate) fn demo_fleet() -> &'static Demo {
    static SHARED: OnceLock<Demo> = OnceLock::new();
    SHARED.get_or_init(|| Demo::start(DemoOptions { tenants: 48, tables: None }, &mut |_| ()).expect("the demo starts"))
}

/// Settings for [`ClusterOptions`].
pub(crate) fn settings<const N: usize>(pairs: [(&str, &str); N]) -> Vec<(String, String)> {
    pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec()
}

/// A cluster for one test, from the shared template; stopped and removed with the value.
pub(crate) fn own_cluster(options: ClusterOptions) -> Cluster {
    static TEMPLATE: OnceLock<Arc<Template>> = OnceLock::new();
    let template =
        TEMPLATE.get_or_init(|| Arc::new(Template::create().expect("the tests need PostgreSQL's server programs")));
    let template = options.template.clone().unwrap_or_else(|| Arc::clone(template));
    Cluster::start(quiet(ClusterOptions { template: Some(template), ..options })).expect("a cluster starts")
}

/// Nobody vacuums or analyses in the middle of a test but the test itself, although autovacuum is on.
fn quiet(options: ClusterOptions) -> ClusterOptions {
    let mut settings = settings([("autovacuum_naptime", "1d")]);
    settings.extend(options.settings);
    ClusterOptions { settings, ..options }
}

/// The servers that tests of what differs between majors run on: those of `TENANTRY_TEST_PG` (`15:/path/bin,18:/path/bin`), else
/// the shared cluster. One that is listed and absent, or of another major, is a failure.
pub(crate) fn servers() -> &'static [&'static Cluster] {
    static LISTED: OnceLock<Vec<&'static Cluster>> = OnceLock::new();
    LISTED.get_or_init(|| {
        let Ok(list) = std::env::var("TENANTRY_TEST_PG") else { return vec![cluster()] };
        list.split(',').map(listed_server).collect()
    })
}

#[expect(clippy::print_stderr, reason = "the run says on which servers it ran")]
fn listed_server(entry: &str) -> &'static Cluster {
    let (major, folder) = entry.split_once(':').expect("TENANTRY_TEST_PG is a list of MAJOR:FOLDER");
    let binaries = Binaries::of(std::path::Path::new(folder)).unwrap_or_else(|fault| panic!("{entry}: {fault}"));
    let settings = settings([("max_connections", "200"), ("max_locks_per_transaction", "256")]);
    let options = ClusterOptions { binaries: Some(binaries), settings, ..ClusterOptions::default() };
    // Lives as long as the process, which takes it along when it ends.
    let cluster: &'static Cluster = Box::leak(Box::new(Cluster::start(quiet(options)).expect("a listed server starts")));
    let version = run_sql(cluster, "postgres", "SHOW server_version").concat();
    eprintln!("PostgreSQL {version} at {folder}");
    assert_eq!(version.split('.').next(), Some(major), "{entry}");
    cluster
}

/// A new, empty database on the shared cluster.
pub(crate) fn database() -> Database {
    database_on(cluster())
}

/// A new, empty database on a cluster.
pub(crate) fn database_on(cluster: &'static Cluster) -> Database {
    database_with(cluster, "")
}

/// A new, empty database on the shared cluster with these options of `CREATE DATABASE`.
pub(crate) fn database_of(options: &str) -> Database {
    database_with(cluster(), options)
}

fn database_with(cluster: &'static Cluster, options: &str) -> Database {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let name = format!("test_{}", NUMBER.fetch_add(1, Ordering::Relaxed));
    run_sql(cluster, "postgres", &format!("CREATE DATABASE {name} {options}"));
    Database { name, cluster }
}

/// A new, empty database on each server of [`servers`].
pub(crate) fn databases() -> impl Iterator<Item = Database> {
    servers().iter().map(|&cluster| database_on(cluster))
}

/// A cluster for one test with the same programs as another one; stopped and removed with the value.
pub(crate) fn own_cluster_like(other: &Cluster, options: ClusterOptions) -> Cluster {
    if other.bin_dir() == cluster().bin_dir() {
        return own_cluster(options);
    }
    let binaries = Some(other.binaries().clone());
    Cluster::start(quiet(ClusterOptions { binaries, ..options })).expect("a cluster starts")
}

impl Database {
    /// Where it is.
    pub(crate) fn cluster(&self) -> &'static Cluster {
        self.cluster
    }

    /// Its name.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// A conninfo string for the superuser.
    pub(crate) fn dsn(&self) -> String {
        self.cluster.dsn(&self.name)
    }

    /// A conninfo string for another role.
    pub(crate) fn dsn_as(&self, role: &str) -> String {
        self.cluster.dsn_as(role, &self.name)
    }

    /// Runs SQL as the superuser, each statement by itself; gives the rows, columns parted by `|`.
    pub(crate) fn sql(&self, sql: &str) -> Vec<String> {
        run_sql(self.cluster, &self.name, sql)
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        // A test that failed may have left the server in any state; the cluster goes away anyway.
        let mut psql = self.cluster.psql("postgres");
        psql.arg("-c").arg(format!("DROP DATABASE {} WITH (FORCE)", self.name));
        let _best_effort = output_within(&mut psql, DEADLINE);
    }
}

/// Runs SQL on a cluster as the superuser, each statement by itself; gives the rows, columns parted by `|`.
pub(crate) fn run_sql(cluster: &Cluster, database: &str, sql: &str) -> Vec<String> {
    let output = output_of(&mut cluster.psql(database), sql);
    assert!(output.status.success(), "psql: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("UTF-8").lines().map(str::to_owned).collect()
}

/// No command of a test takes so long, also on a slow machine: one that does stands still, and is killed.
const LONGEST: Duration = Duration::from_mins(5);

/// Lets a command come to its end, as [`Command::output`] does, and fails when it does not.
pub(crate) fn output(command: &mut Command) -> Output {
    output_within(command, LONGEST).unwrap_or_else(|| panic!("it does not end: {command:?}"))
}

/// The same for one that is told something.
pub(crate) fn output_of(command: &mut Command, input: &str) -> Output {
    let child = spawn(command.stdin(Stdio::piped()));
    told(child, input, LONGEST).unwrap_or_else(|| panic!("it does not end: {command:?}"))
}

fn output_within(command: &mut Command, longest: Duration) -> Option<Output> {
    told(spawn(command.stdin(Stdio::null())), "", longest)
}

fn spawn(command: &mut Command) -> Child {
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    command.spawn().unwrap_or_else(|error| panic!("it does not start: {command:?}: {error}"))
}

fn told(mut child: Child, input: &str, longest: Duration) -> Option<Output> {
    fn all(pipe: Option<impl Read + Send + 'static>) -> Receiver<Vec<u8>> {
        let (to, from) = channel();
        std::thread::spawn(move || {
            let mut bytes = Vec::new();
            let _as_far_as_it_came = pipe.map(|mut pipe| pipe.read_to_end(&mut bytes));
            let _heard = to.send(bytes);
        });
        from
    }
    let deadline = Instant::now() + longest;
    if let Some(mut pipe) = child.stdin.take() {
        let input = input.to_owned();
        // It may end before it has read everything.
        std::thread::spawn(move || pipe.write_all(input.as_bytes()));
    }
    let (stdout, stderr) = (all(child.stdout.take()), all(child.stderr.take()));
    let left = || deadline.saturating_duration_since(Instant::now());
    let said = stdout.recv_timeout(left()).and_then(|stdout| Ok((stdout, stderr.recv_timeout(left())?)));
    let status = ended_within(&mut child, left());
    let (stdout, stderr) = said.ok()?;
    Some(Output { status: status?, stdout, stderr })
}

/// Waits for the end of a child; fails at the [`DEADLINE`].
pub(crate) fn ended(child: &mut Child) -> ExitStatus {
    ended_within(child, DEADLINE).expect("it does not end")
}

/// One that does not end is killed.
fn ended_within(child: &mut Child, longest: Duration) -> Option<ExitStatus> {
    let deadline = Instant::now() + longest;
    loop {
        if let Some(status) = child.try_wait().expect("a child") {
            return Some(status);
        }
        if Instant::now() >= deadline {
            let _gone = child.kill();
            let _reaped = child.wait();
            return None;
        }
        std::thread::sleep(Duration::from_millis(1));
    }
}

/// A psql that does one thing after the other and tells when each is done. It keeps a transaction open until it is dropped; what it
/// held is free then.
pub(crate) struct Psql {
    child: Child,
    input: Option<ChildStdin>,
    lines: Receiver<String>,
}

impl Psql {
    pub(crate) fn start(mut command: Command) -> Self {
        command.env("PGOPTIONS", "-c client_min_messages=error");
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("psql starts");
        let (input, output) = (child.stdin.take(), BufReader::new(child.stdout.take().expect("an output")));
        let (to, lines) = channel();
        std::thread::spawn(move || output.lines().map_while(Result::ok).try_for_each(|line| to.send(line)));
        Self { child, input, lines }
    }

    /// Goes on, without waiting for what comes of it.
    pub(crate) fn says(&mut self, sql: &str) {
        self.write(&format!("{sql}\n")).expect("psql reads");
    }

    /// Does this and waits until it is done.
    pub(crate) fn does(&mut self, sql: &str) {
        assert!(self.has_done(sql, DEADLINE), "psql did not do it: {sql}");
    }

    /// Waits for its end, which comes when there is nothing more to do.
    pub(crate) fn ended(mut self) -> ExitStatus {
        self.input = None;
        ended(&mut self.child)
    }

    fn write(&mut self, text: &str) -> std::io::Result<()> {
        self.input.as_mut().ok_or(std::io::ErrorKind::BrokenPipe)?.write_all(text.as_bytes())
    }

    fn has_done(&mut self, sql: &str, longest: Duration) -> bool {
        const DONE: &str = "done, and what comes now is new";
        let deadline = Instant::now() + longest;
        let left = || deadline.saturating_duration_since(Instant::now());
        self.write(&format!("{sql};\nSELECT '{DONE}';\n")).is_ok()
            && std::iter::from_fn(|| self.lines.recv_timeout(left()).ok()).any(|line| line == DONE)
    }
}

impl Drop for Psql {
    fn drop(&mut self) {
        // The server hears of the end of psql a moment after it, of this before. One that waits for somebody does not hear it.
        const SOON: Duration = Duration::from_secs(10);
        let _free = !std::thread::panicking() && self.input.is_some() && self.has_done("ROLLBACK", SOON);
        let _gone = self.child.kill();
        let _reaped = self.child.wait();
    }
}

/// What is waited for is there long before, also on a machine that does many other things. Whoever waits for it in vain has failed.
pub(crate) const DEADLINE: Duration = Duration::from_mins(2);

/// Asks until the answer is there; fails at the [`DEADLINE`] with what was waited for.
pub(crate) fn wait_for<T>(what: &str, ask: impl FnMut() -> Option<T>) -> T {
    wait_for_or(what, String::new, ask)
}

/// The same; fails with what there was instead, too.
pub(crate) fn wait_for_or<T>(what: &str, instead: impl Fn() -> String, mut ask: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + DEADLINE;
    loop {
        if let Some(answer) = ask() {
            return answer;
        }
        assert!(Instant::now() < deadline, "waited too long for {what}\n{}", instead());
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// Stops every process of the server as it stands (`SIGSTOP`): connections stay open and nobody answers.
pub(crate) fn freeze(cluster: &Cluster) {
    signal_all(cluster, "-STOP");
}

/// Lets a frozen server go on.
pub(crate) fn thaw(cluster: &Cluster) {
    signal_all(cluster, "-CONT");
}

/// The postmaster first, so that nobody is born meanwhile; a child that ends meanwhile has nothing to answer any more.
fn signal_all(cluster: &Cluster, signal: &str) {
    let send = |pid: u32| {
        let sent = Command::new("sh").args(["-c", "kill \"$@\"", "kill", signal, &pid.to_string()]).status();
        sent.expect("sh starts").success()
    };
    let postmaster = cluster.pid().expect("the server runs");
    assert!(send(postmaster), "cannot signal the postmaster {postmaster}");
    let children = std::fs::read_dir("/proc").expect("/proc").filter_map(|entry| {
        let pid: u32 = entry.ok()?.file_name().to_str()?.parse().ok()?;
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        // The second word may hold blanks and is closed by the last parenthesis; the parent is two words further.
        let parent: u32 = stat.rsplit_once(')')?.1.split_whitespace().nth(1)?.parse().ok()?;
        (parent == postmaster).then_some(pid)
    });
    for child in children {
        assert!(send(child) || !std::path::Path::new(&format!("/proc/{child}")).exists(), "cannot signal {child}");
    }
}
