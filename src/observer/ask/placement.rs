//! Which tables live where, read when a person asks. Must not judge it.

use jiff::Timestamp;

use super::Target;
use crate::dialect::accounts;
use crate::domain::fault::Fault;
use crate::domain::placement::PlacementFacts;
use crate::observer::passes::{QUICK, WHOLE};
use crate::pg::Session;
use crate::pg::catalog::placement;

pub(super) async fn read(session: &Session, target: &Target) -> Result<PlacementFacts, Fault> {
    let as_of = Timestamp::now();
    let policy = &target.policy;
    let shared: Vec<&str> =
        std::iter::once("public").chain(policy.shared.iter().chain(&policy.extra_search_path).map(String::as_str)).collect();
    let reading = session.read(QUICK).await?;
    let columns = placement::columns_of(&reading, &accounts::session_tables(), &shared).await?;
    let mut logged = placement::targets_of(&reading, &accounts::USER_LOGS).await?;
    logged.retain(|table| !accounts::CONTENT_TYPES.contains(&table.as_str()));
    reading.finish().await?;
    // The big ones have planner settings of their own, which end with their transaction.
    let reading = session.read(WHOLE).await?;
    let placed = placement::placed(&reading).await?;
    reading.finish().await?;
    let reading = session.read(WHOLE).await?;
    let (keys, are_keys_cut) = placement::crossing_keys(&reading).await?;
    reading.finish().await?;
    Ok(PlacementFacts {
        as_of,
        tables: placed.tables,
        sets: placed.sets,
        keys,
        columns,
        logged,
        left_out: placed.left_out,
        are_keys_cut,
    })
}
