//! A throwaway PostgreSQL cluster with a sample fleet. Must not touch any server but its own.

mod application;
pub mod binaries;
pub mod cluster;
mod fill;
mod folder;
mod names;
mod sample;
mod statements;
mod trouble;

use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

pub use cluster::{Cluster, ClusterOptions, Template};

use application::Application;
use cluster::SUPERUSER;
use sample::{REFERENCE, STATICS, Sample};
use statements::{APPLICATION_ROLE, LOOKING_ROLE};

use crate::config::{Access, Colour, DatabaseConfig, Environment, RegistrySource};
use crate::domain::fault::Fault;
use crate::domain::roles::Policy;

/// The database that holds the sample fleet.
pub const DATABASE: &str = "fleet";

/// How large the sample fleet is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DemoOptions {
    /// How many tenants the registry has.
    pub tenants: u32,
    /// How many tables a tenant has; `None` for the sample application's own.
    pub tables: Option<u32>,
}

/// How far the preparation is, for a line of progress.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DemoProgress {
    /// The server is being made and started.
    Starting,
    /// Schemas are being made.
    Filling {
        /// Schemas done.
        done: u32,
        /// Schemas in all.
        total: u32,
    },
    /// The fleet is complete.
    Ready,
}

/// A running sample fleet. Dropping it stops the server and removes everything; so does the end of the process, however it ends.
#[derive(Debug)]
pub struct Demo {
    cluster: Cluster,
    is_kept: bool,
}

impl Demo {
    /// Starts a cluster and fills it. Blocks for seconds (for minutes with thousands of tenants): call it outside async tasks.
    pub fn start(options: DemoOptions, progress: &mut dyn FnMut(DemoProgress)) -> Result<Self, Fault> {
        progress(DemoProgress::Starting);
        let cluster = Cluster::start(ClusterOptions { settings: settings(options), ..ClusterOptions::default() })?;
        let sample = Sample::of(options);
        let application = Application::of(options);
        fill::run(&cluster, SUPERUSER, "postgres", statements::prepare_server(DATABASE))?;
        fill::run(&cluster, SUPERUSER, DATABASE, statements::prepare_database())?;
        fill::run(&cluster, APPLICATION_ROLE, DATABASE, statements::registry(&sample, &application))?;
        let total = sample.schemas.len() as u32;
        progress(DemoProgress::Filling { done: 0, total });
        let place = (APPLICATION_ROLE, DATABASE);
        fill::run_all(&cluster, place, &sample.schemas, |schema| application.schema(schema), &mut |done| {
            progress(DemoProgress::Filling { done, total });
        })?;
        let demo = Self { cluster, is_kept: false };
        demo.write_migrations(&application)?;
        let file = demo.fleet_toml();
        let state = demo.state_dir();
        let made = std::fs::DirBuilder::new().mode(0o700).create(&state);
        made.map_err(|error| folder::local("cannot make a folder", &state, &error))?;
        std::fs::write(&file, toml_of(&demo.environment(), &state))
            .map_err(|error| folder::local("cannot write", &file, &error))?;
        progress(DemoProgress::Ready);
        Ok(demo)
    }

    /// The folder of the sample application's migrations: those that every schema should have.
    fn migrations(&self) -> PathBuf {
        self.cluster.socket_dir().join("migrations")
    }

    fn write_migrations(&self, application: &Application) -> Result<(), Fault> {
        let write = || {
            self.make(&self.migrations())?;
            for (app, file, text) in application.files() {
                let folder = self.migrations().join(app);
                self.make(&folder)?;
                std::fs::write(folder.join(file), text)?;
            }
            Ok(())
        };
        write().map_err(|error| folder::local("cannot write", &self.migrations(), &error))
    }

    /// Makes a folder, if it is not there, that whoever removes the cluster can remove with all that is in it.
    fn make(&self, dir: &Path) -> std::io::Result<()> {
        use std::os::unix::fs::{MetadataExt as _, chown};
        match std::fs::create_dir(dir) {
            Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => return Err(error),
            Err(_) => return Ok(()),
            Ok(()) => {}
        }
        let owner = std::fs::metadata(self.cluster.socket_dir())?;
        chown(dir, Some(owner.uid()), Some(owner.gid()))
    }

    /// The `fleet.toml` in the cluster's folder that says what [`Demo::environment`] says: a connection string alone does not know
    /// which schemas are static or the reference.
    pub fn fleet_toml(&self) -> PathBuf {
        self.cluster.socket_dir().join("fleet.toml")
    }

    /// Where the runs on this fleet are kept: they go away with it.
    pub fn state_dir(&self) -> PathBuf {
        self.cluster.socket_dir().join("state")
    }

    /// A conninfo string for the role that looks at the fleet. It holds no password.
    pub fn dsn(&self) -> String {
        self.cluster.dsn_as(LOOKING_ROLE, DATABASE)
    }

    /// The sample fleet as an environment that a face can open.
    pub fn environment(&self) -> Environment {
        Environment {
            name: "demo".into(),
            label: "DEMO".into(),
            colour: Colour::Plain,
            access: Access::Write,
            databases: vec![DatabaseConfig { label: DATABASE.into(), dsn: self.dsn(), system_identifier: None }],
            registry: RegistrySource::Auto,
            time_zone: None,
            command: None,
            policy: Policy {
                shared: vec!["public".into()],
                statics: STATICS.map(String::from).to_vec(),
                reference: Some(REFERENCE.into()),
                seed_tables: Vec::new(),
                leave_out: Vec::new(),
                extra_search_path: vec!["public".into(), "extensions".into()],
                migrations: Some(self.migrations().to_string_lossy().into_owned()),
                ..Policy::default()
            },
        }
    }

    /// The cluster that holds it.
    pub fn cluster(&self) -> &Cluster {
        &self.cluster
    }

    /// From now on neither this value nor the end of the process removes the fleet. Gives the shell line that does.
    pub fn keep(&mut self) -> String {
        self.is_kept = true;
        self.cluster.keep()
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        if !self.is_kept {
            // Runs are ours and not of the server's account, which removes the rest.
            let _was_there = std::fs::remove_dir_all(self.state_dir());
        }
    }
}

/// An environment of one database as a `fleet.toml`; what it leaves out is the default there.
fn toml_of(environment: &Environment, state_dir: &Path) -> String {
    let text = |text: &str| toml::Value::from(text).to_string();
    let list = |items: &[String]| toml::Value::from(items.to_vec()).to_string();
    let (name, policy) = (&environment.name, &environment.policy);
    let mut lines = vec![
        "# The sample fleet of `tenantry demo`. It goes away with its server.".to_owned(),
        format!("state_dir = {}\n", text(&state_dir.to_string_lossy())),
        format!("[env.{name}]"),
        format!("label = {}", text(&environment.label)),
        format!("access = {}", text(if environment.access == Access::Write { "write" } else { "read-only" })),
        format!("shared = {}", list(&policy.shared)),
        format!("static = {}", list(&policy.statics)),
        format!("extra_search_path = {}", list(&policy.extra_search_path)),
    ];
    lines.extend(policy.migrations.iter().map(|folder| format!("migrations = {}", text(folder))));
    lines.extend(policy.reference.iter().map(|reference| format!("reference = {}", text(reference))));
    for database in &environment.databases {
        lines.push(format!("\n[[env.{name}.database]]"));
        lines.push(format!("label = {}", text(&database.label)));
        lines.push(format!("dsn = {}", text(&database.dsn)));
    }
    lines.push(String::new());
    lines.join("\n")
}

/// Settings that make filling fast. Nothing is analysed or vacuumed but by the demo itself, so that what is seen is what was made.
fn settings(options: DemoOptions) -> Vec<(String, String)> {
    // A schema is made in one transaction, which holds some twelve locks per table; the table of locks has 50 times this many.
    let locks = 128 + options.tables.unwrap_or_default() * 4;
    [
        ("autovacuum", "off"),
        ("checkpoint_timeout", "1h"),
        ("jit", "off"),
        ("max_connections", "50"),
        ("max_locks_per_transaction", &locks.to_string()),
        ("max_wal_size", "4GB"),
        ("shared_buffers", "256MB"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .to_vec()
}
