//! A throwaway PostgreSQL cluster with a sample fleet. Must not touch any server but its own.

pub mod binaries;
pub mod cluster;
mod folder;

pub use cluster::{Cluster, ClusterOptions, Template};

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

impl Default for DemoOptions {
    fn default() -> Self {
        Self { tenants: 240, tables: None }
    }
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
}

impl Demo {
    /// Starts a cluster and fills it. Blocks for seconds (for minutes with thousands of tenants): call it outside async tasks.
    pub fn start(_options: DemoOptions, progress: &mut dyn FnMut(DemoProgress)) -> Result<Self, Fault> {
        progress(DemoProgress::Starting);
        let cluster = Cluster::start(ClusterOptions::default())?;
        progress(DemoProgress::Ready);
        Ok(Self { cluster })
    }

    /// A conninfo string for the role that looks at the fleet. It holds no password.
    pub fn dsn(&self) -> String {
        self.cluster.dsn(DATABASE)
    }

    /// The sample fleet as an environment that a face can open.
    pub fn environment(&self) -> Environment {
        Environment {
            name: "demo".into(),
            label: "DEMO".into(),
            colour: Colour::Plain,
            access: Access::ReadOnly,
            databases: vec![DatabaseConfig { label: DATABASE.into(), dsn: self.dsn(), system_identifier: None }],
            registry: RegistrySource::Auto,
            policy: Policy::default(),
        }
    }

    /// The cluster that holds it.
    pub fn cluster(&self) -> &Cluster {
        &self.cluster
    }

    /// From now on neither this value nor the end of the process removes the fleet. Gives the shell line that does.
    pub fn keep(&mut self) -> String {
        self.cluster.keep()
    }
}
