//! The door to plans of renames: reads fresh facts and lets the pure planner decide. Must not write anywhere.

use super::Target;
use super::whole::{For, read};
use crate::domain::fault::{Fault, FaultKind};
use crate::domain::fleet::FleetEvent;
use crate::plan::rename::{self, Asked};
use crate::plan::{EnvironmentName, Plan, RunPolicy};

/// What a person asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// The environment.
    pub environment: EnvironmentName,
    /// Which schema: its name, or `database/schema`. Raw.
    pub schema: String,
    /// Its new name, raw.
    pub to: String,
    /// Whether the registry's row changes, too.
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
    let read = read(targets, std::slice::from_ref(&wanted.schema), For::Rename, &mut progress).await?;
    let lost = || Fault::new(FaultKind::Server, "a database could not be read");
    let (chosen, known) = read.chosen.first().ok_or_else(lost)?;
    let facts = read.databases[chosen.database].as_ref().ok_or_else(lost)?;
    let asked = Asked { environment: wanted.environment, to: wanted.to, registry: wanted.registry, policy: wanted.policy };
    rename::build(&read.fleet, chosen, known, facts, &asked, read.as_of)
}
