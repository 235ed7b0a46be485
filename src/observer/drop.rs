//! The door to plans of drops: reads fresh facts, finds the programs that archive, and lets the pure planner decide. Must not write
//! anywhere.

use std::path::PathBuf;

use super::Target;
use super::whole::{For, read};
use crate::domain::fault::{Fault, FaultKind};
use crate::domain::fleet::FleetEvent;
use crate::pg::programs;
use crate::plan::drop::{self, Archive, Asked};
use crate::plan::{EnvironmentName, Plan, RunPolicy};

/// What a person asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// The environment.
    pub environment: EnvironmentName,
    /// Which schemas: names, or `database/schema`. Raw.
    pub schemas: Vec<String>,
    /// The folder for archives, absolute; `None` where none is wanted.
    pub archive: Option<PathBuf>,
    /// Whether the registry's rows go, too.
    pub registry: bool,
    /// How.
    pub policy: RunPolicy,
}

/// Makes the plan from what is there now. `progress` sees every event of the reading. The fault says what cannot be done, or which
/// database cannot be reached. Dropping the future cancels what runs on the servers.
pub async fn plan(
    targets: Vec<Target>,
    wanted: Wanted,
    mut progress: impl FnMut(&FleetEvent) + Send,
) -> Result<Plan, Fault> {
    let read = read(targets, &wanted.schemas, For::Drop, &mut progress).await?;
    let servers = read.chosen.iter().filter_map(|(chosen, _)| read.fleet.databases[chosen.database].server.as_ref());
    let newest = servers.map(|server| server.version / 10_000).max().unwrap_or_default();
    let archive = wanted.archive.map(|folder| archive(folder, newest)).transpose()?;
    let asked = Asked { environment: wanted.environment, archive, registry: wanted.registry, policy: wanted.policy };
    drop::build(&read.fleet, &read.chosen, &read.databases, &asked, read.as_of)
}

fn archive(folder: PathBuf, server: u32) -> Result<Archive, Fault> {
    let programs = programs::archivers(server)?;
    let text = |path: PathBuf| {
        path.into_os_string()
            .into_string()
            .map_err(|_| Fault::new(FaultKind::Usage, "the folder for archives has a name that is not UTF-8"))
    };
    Ok(Archive { folder: text(folder)?, dump: text(programs.dump)?, restore: text(programs.restore)? })
}
