//! What the integration tests share: one throwaway cluster for the whole binary, a database of its own for each test, clusters
//! of their own for tests that stop or reconfigure the server. Everything goes away with the process, however it ends.

use std::io::Write as _;
use std::process::Stdio;
use std::sync::atomic::{AtomicU32, Ordering};
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
    Cluster::start(ClusterOptions { template: Some(template), ..options }).expect("a cluster starts")
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
    let cluster: &'static Cluster = Box::leak(Box::new(Cluster::start(options).expect("a listed server starts")));
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
    Cluster::start(ClusterOptions { binaries, ..options }).expect("a cluster starts")
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
        let _best_effort =
            self.cluster.psql("postgres").arg("-c").arg(format!("DROP DATABASE {} WITH (FORCE)", self.name)).output();
    }
}

/// Runs SQL on a cluster as the superuser, each statement by itself; gives the rows, columns parted by `|`.
pub(crate) fn run_sql(cluster: &Cluster, database: &str, sql: &str) -> Vec<String> {
    let mut psql = cluster.psql(database);
    psql.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = psql.spawn().expect("psql starts");
    let mut input = child.stdin.take().expect("psql has an input");
    let sql = sql.to_owned();
    let writer = std::thread::spawn(move || input.write_all(sql.as_bytes()));
    let output = child.wait_with_output().expect("psql ends");
    let _closed_early = writer.join();
    assert!(output.status.success(), "psql: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("UTF-8").lines().map(str::to_owned).collect()
}

/// What is waited for is there long before, also on a machine that does many other things. Whoever waits for it in vain has failed.
pub(crate) const DEADLINE: Duration = Duration::from_mins(1);

/// Asks until the answer is there; fails at the [`DEADLINE`] with what was waited for.
pub(crate) fn wait_for<T>(what: &str, mut ask: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + DEADLINE;
    loop {
        if let Some(answer) = ask() {
            return answer;
        }
        assert!(Instant::now() < deadline, "waited too long for {what}");
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
        let sent = std::process::Command::new("sh").args(["-c", "kill \"$@\"", "kill", signal, &pid.to_string()]).status();
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
