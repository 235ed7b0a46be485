//! The door to plans about one server process: looks at it once more and lets the pure planner decide. Must not ask it for anything.

use jiff::Timestamp;

use super::passes::QUICK;
use super::{Target, link};
use crate::domain::fault::{Fault, FaultKind};
use crate::domain::name::shown;
use crate::pg::catalog;
use crate::plan::signal::build;
use crate::plan::{EnvironmentName, Plan, PlanDatabase};

/// The plan to cancel the query of a process, or to end it.
pub async fn plan(target: &Target, environment: EnvironmentName, pid: i32, terminate: bool) -> Result<Plan, Fault> {
    let (session, server) = link::connect(target, "plan").await?;
    let reading = session.read(QUICK).await?;
    let (facts, found) = (catalog::database(&reading).await?, catalog::backend(&reading, pid).await?);
    reading.finish().await?;
    session.close().await;
    let label = shown(&target.label).into_owned();
    let found = found.ok_or_else(|| {
        Fault::new(FaultKind::Gone, format!("there is no process {pid} on the server of {label}"))
            .hint("it has ended; screen 6 and `tenantry activity` show who is there")
    })?;
    let database = PlanDatabase {
        label: target.label.clone(),
        system_identifier: server.system_identifier,
        oid: facts.oid,
        name: server.database,
        version: server.version,
        pooler: server.pooler,
    };
    build(environment, database, &found, terminate, Timestamp::now())
}
