//! A throwaway PostgreSQL server in a private folder. Must not know what is put into it, nor touch any server but its own.
//!
//! It listens on a Unix socket in the folder, which lets in whoever may enter the folder, and on a free port of the loopback
//! interface, where every role needs a password (and has none until somebody sets it). It never waits for the disk.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use super::binaries::Binaries;
use super::folder::{Folder, local};
use crate::domain::fault::{Fault, FaultKind};

/// The superuser of every throwaway cluster.
pub const SUPERUSER: &str = "postgres";

const START_DEADLINE: Duration = Duration::from_mins(1);
const STOP_DEADLINE: Duration = Duration::from_secs(30);
const POLL: Duration = Duration::from_millis(10);

/// What a cluster has beside the usual.
#[derive(Debug, Clone, Default)]
pub struct ClusterOptions {
    /// The programs to use; `None` finds them.
    pub binaries: Option<Binaries>,
    /// A data folder to copy, so that `initdb` is paid once.
    pub template: Option<Arc<Template>>,
    /// Lines of `postgresql.conf`, such as `("max_connections", "200")`; the value is quoted here.
    pub settings: Vec<(String, String)>,
    /// Lines of `pg_hba.conf` that are looked at before ours.
    pub hba: Vec<String>,
}

/// A data folder as `initdb` leaves it, to start several clusters from.
#[derive(Debug)]
pub struct Template {
    binaries: Binaries,
    folder: Folder,
}

impl Template {
    /// Runs `initdb` in a private folder.
    pub fn create() -> Result<Self, Fault> {
        let binaries = Binaries::find()?;
        let folder = Folder::create(&binaries)?;
        initdb(&binaries, folder.path())?;
        Ok(Self { binaries, folder })
    }
}

/// A running server. Dropping it stops the server and removes everything; so does the end of the process, however it ends.
#[derive(Debug)]
pub struct Cluster {
    // The order matters: the server is stopped before the folder goes.
    server: Server,
    folder: Folder,
    binaries: Binaries,
    port: u16,
    options: ClusterOptions,
}

#[derive(Debug)]
struct Server(Option<Child>);

impl Cluster {
    /// Makes the folder, starts a server in it and waits until it takes connections.
    pub fn start(options: ClusterOptions) -> Result<Self, Fault> {
        let binaries = match (&options.binaries, &options.template) {
            (Some(binaries), _) => binaries.clone(),
            (None, Some(template)) => template.binaries.clone(),
            (None, None) => Binaries::find()?,
        };
        let folder = Folder::create(&binaries)?;
        match &options.template {
            Some(template) => copy(&binaries, &template.folder.path().join("data"), folder.path())?,
            None => initdb(&binaries, folder.path())?,
        }
        let mut cluster = Self { server: Server(None), folder, binaries, port: 0, options };
        cluster.write_hba()?;
        // Somebody else may take the port between our look and the server's start.
        let mut attempts = 0..5;
        loop {
            cluster.port = free_port()?;
            cluster.write_settings()?;
            match cluster.launch() {
                Err(_) if attempts.next().is_some() && cluster.log().contains("could not bind") => cluster.clear_log(),
                result => return result.map(|()| cluster),
            }
        }
    }

    /// A conninfo string for the superuser through the socket.
    pub fn dsn(&self, database: &str) -> String {
        self.dsn_as(SUPERUSER, database)
    }

    /// A conninfo string for another role through the socket.
    pub fn dsn_as(&self, role: &str, database: &str) -> String {
        let quoted = |text: &str| format!("'{}'", text.replace('\\', "\\\\").replace('\'', "\\'"));
        format!(
            "host={} port={} user={} dbname={}",
            quoted(&self.socket_dir().display().to_string()),
            self.port,
            quoted(role),
            quoted(database)
        )
    }

    /// The folder of the Unix socket, which is the private folder.
    pub fn socket_dir(&self) -> &Path {
        self.folder.path()
    }

    /// The port, the same for the socket's name and for the loopback interface.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The folder of the server's programs.
    pub fn bin_dir(&self) -> &Path {
        self.binaries.folder()
    }

    /// The programs and the account that runs the server.
    pub fn binaries(&self) -> &Binaries {
        &self.binaries
    }

    /// The data folder.
    pub fn data_dir(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// The process id of the postmaster while it runs.
    pub fn pid(&self) -> Option<u32> {
        self.server.0.as_ref().map(Child::id)
    }

    /// What the server has written to its log since the start.
    pub fn log(&self) -> String {
        std::fs::read(self.log_path()).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default()
    }

    /// Starts the server again after [`Cluster::stop`] or [`Cluster::kill`], on the same port.
    pub fn launch(&mut self) -> Result<(), Fault> {
        let log = std::fs::OpenOptions::new().create(true).append(true).open(self.log_path());
        let log = log.map_err(|error| local("cannot write the server's log", &self.log_path(), &error))?;
        let mut command = self.binaries.command("postgres", self.folder.path());
        command.arg("-D").arg(self.data_dir()).stdout(Stdio::null()).stderr(log);
        let child = command.spawn().map_err(|error| local("cannot start postgres", self.bin_dir(), &error))?;
        self.server = Server(Some(child));
        self.wait_until_ready()
    }

    /// Stops the server in the fast mode: sessions end, data are written.
    pub fn stop(&mut self) -> Result<(), Fault> {
        self.server.end(Signal::INT)
    }

    /// Stops the server at once, as a crash would.
    pub fn kill(&mut self) -> Result<(), Fault> {
        self.server.end(Signal::QUIT)
    }

    /// Stops the server and starts it again on the same port.
    pub fn restart(&mut self) -> Result<(), Fault> {
        self.stop()?;
        self.launch()
    }

    /// A `psql` for this cluster that reads no start file and knows no variable of ours, as the superuser.
    pub fn psql(&self, database: &str) -> Command {
        self.psql_as(SUPERUSER, database)
    }

    /// The same as another role.
    pub fn psql_as(&self, role: &str, database: &str) -> Command {
        let mut command = self.binaries.psql(self.folder.path());
        command.args(["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-d"]).arg(self.dsn_as(role, database));
        command.env("PGCLIENTENCODING", "UTF8").env("PGAPPNAME", "tenantry/demo");
        command
    }

    /// From now on neither this value nor the end of the process stops the server and removes the folder. Gives the shell line
    /// that does.
    pub fn keep(&mut self) -> String {
        let _left_running = self.server.0.take();
        self.folder.keep();
        let program = quoted(&self.bin_dir().join("pg_ctl"));
        let (data, folder) = (quoted(&self.data_dir()), quoted(self.socket_dir()));
        let as_account =
            self.binaries.account().map_or_else(String::new, |account| format!("runuser -u {} -- ", account.name));
        format!("{as_account}{program} -D {data} -m immediate stop; rm -r {folder}")
    }

    fn log_path(&self) -> PathBuf {
        self.folder.path().join("server.log")
    }

    fn clear_log(&self) {
        let _absent = std::fs::remove_file(self.log_path());
    }

    fn write_hba(&self) -> Result<(), Fault> {
        let mut lines = self.options.hba.join("\n");
        lines.push_str("\nlocal all,replication all trust\nhost all,replication all 127.0.0.1/32 scram-sha-256\n");
        write(&self.data_dir().join("pg_hba.conf"), &lines)
    }

    fn write_settings(&self) -> Result<(), Fault> {
        let socket_dir = self.socket_dir().display().to_string();
        let port = self.port.to_string();
        let ours = [
            ("listen_addresses", "127.0.0.1"),
            ("port", port.as_str()),
            ("unix_socket_directories", socket_dir.as_str()),
            ("fsync", "off"),
            ("synchronous_commit", "off"),
            ("full_page_writes", "off"),
            ("logging_collector", "off"),
            ("timezone", "UTC"),
            ("log_timezone", "UTC"),
        ];
        let theirs = self.options.settings.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let line = |(name, value): (&str, &str)| {
            let quoted = value.replace('\\', "\\\\").replace('\'', "''");
            format!("{name} = '{quoted}'\n")
        };
        let text: String = ours.into_iter().chain(theirs).map(line).collect();
        write(&self.data_dir().join("postgresql.conf"), &text)
    }

    /// The postmaster writes into its lock file how far it is; `pg_ctl` waits by the same line.
    fn wait_until_ready(&mut self) -> Result<(), Fault> {
        let deadline = Instant::now() + START_DEADLINE;
        let lock_file = self.data_dir().join("postmaster.pid");
        while Instant::now() < deadline {
            let lines = std::fs::read_to_string(&lock_file).unwrap_or_default();
            let status = lines.lines().nth(7).unwrap_or_default().trim_end();
            let is_ours = lines.lines().next().and_then(|pid| pid.trim().parse().ok()) == self.pid();
            if is_ours && (status == "ready" || status == "standby") {
                return Ok(());
            }
            if let Some(child) = &mut self.server.0
                && let Ok(Some(status)) = child.try_wait()
            {
                self.server = Server(None);
                return Err(self.start_fault(&format!("the server ended at its start ({status})")));
            }
            std::thread::sleep(POLL);
        }
        Err(self.start_fault(&format!("the server was not ready after {} s", START_DEADLINE.as_secs())))
    }

    fn start_fault(&self, what: &str) -> Fault {
        let log = self.log();
        let said = log.lines().rfind(|line| line.contains("FATAL") || line.contains("ERROR")).or(log.lines().last());
        Fault::new(FaultKind::Local, format!("{what}: {}", crate::domain::name::shown(said.unwrap_or("it wrote no log"))))
    }
}

impl Server {
    /// Asks the server to end, then insists.
    fn end(&mut self, how: Signal) -> Result<(), Fault> {
        let Some(mut child) = self.0.take() else { return Ok(()) };
        for signal in [how, Signal::QUIT, Signal::KILL] {
            if let Some(pid) = i32::try_from(child.id()).ok().and_then(Pid::from_raw) {
                // It may have ended by itself; it is not reaped yet, so the id is still its own.
                let _ended = kill_process(pid, signal);
                let _ended = kill_process(pid, Signal::CONT);
            }
            let deadline = Instant::now() + STOP_DEADLINE;
            while Instant::now() < deadline {
                if matches!(child.try_wait(), Ok(Some(_))) {
                    return Ok(());
                }
                std::thread::sleep(POLL);
            }
        }
        Err(Fault::new(FaultKind::Local, "the throwaway server does not stop"))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Nothing is worth saving, so it need not write anything; what resists is left to the watchdog.
        let _watchdog_insists = self.end(Signal::QUIT);
    }
}

fn initdb(binaries: &Binaries, folder: &Path) -> Result<(), Fault> {
    let mut said = String::new();
    for locale in ["C.UTF-8", "C"] {
        let mut command = binaries.command("initdb", folder);
        // A relative path: it cannot make the folder anew when the watchdog has removed it.
        command.args(["-D", "data", "-U", SUPERUSER, "-A", "trust", "--no-sync", "-E", "UTF8"]);
        match command.arg("--locale").arg(locale).output() {
            Ok(output) if output.status.success() => return Ok(()),
            Ok(output) => {
                let text = String::from_utf8_lossy(&output.stderr);
                text.lines().find(|line| line.contains("error")).unwrap_or("it did not say why").clone_into(&mut said);
            }
            Err(error) => return Err(local("cannot run initdb", binaries.folder(), &error)),
        }
    }
    Err(Fault::new(FaultKind::Local, format!("initdb failed: {}", crate::domain::name::shown(&said))))
}

fn copy(binaries: &Binaries, from: &Path, into: &Path) -> Result<(), Fault> {
    let copied = binaries.account_command("cp", into).arg("-R").arg("-p").arg(from).arg("data").status();
    match copied {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(Fault::new(FaultKind::Local, format!("cannot copy the data folder of a cluster ({status})"))),
        Err(error) => Err(local("cannot copy the data folder of a cluster", into, &error)),
    }
}

/// A path for a shell, in quotes when it needs them.
fn quoted(path: &Path) -> String {
    let text = path.display().to_string();
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-+@".contains(c);
    if text.chars().all(plain) { text } else { format!("'{}'", text.replace('\'', "'\\''")) }
}

fn free_port() -> Result<u16, Fault> {
    let port = TcpListener::bind(("127.0.0.1", 0)).and_then(|listener| listener.local_addr()).map(|address| address.port());
    port.map_err(|error| Fault::new(FaultKind::Local, format!("no free port on the loopback interface: {error}")))
}

fn write(path: &Path, text: &str) -> Result<(), Fault> {
    std::fs::write(path, text).map_err(|error| local("cannot write a file", path, &error))
}
