//! What the server tells of itself and of the memory that we cost it. Must not decide whether it is the right one.

use super::only;
use crate::domain::fault::Fault;
use crate::domain::fleet::{Backend, Server};
use crate::pg::session::Reading;

/// What the server tells of itself.
pub async fn server(reading: &Reading<'_>) -> Result<Server, Fault> {
    let rows = reading.rows(include_str!("../sql/server.sql"), &[]).await?;
    let row = only(&rows)?;
    let may_ask: bool = row.get(6)?;
    let identifier: Option<i64> =
        if may_ask { only(&reading.rows(include_str!("../sql/system_identifier.sql"), &[]).await?)?.get(0)? } else { None };
    Ok(Server {
        version: row.get(0)?,
        // The catalogue has no unsigned type of this size: the bits are the identifier.
        system_identifier: identifier.map(i64::cast_unsigned),
        database: row.get(1)?,
        standby: row.get(2)?,
        role: row.get(3)?,
        superuser: row.get::<Option<bool>>(4)?.unwrap_or_default(),
        pooler: row.get::<i32>(5)? != reading.claimed_process(),
    })
}

/// Asks the backend how much memory it has.
pub async fn memory(reading: &Reading<'_>) -> Result<Backend, Fault> {
    let rows = reading.rows(include_str!("../sql/may_see_memory.sql"), &[]).await?;
    let row = only(&rows)?;
    let may_ask: bool = row.get(1)?;
    let memory = if may_ask { only(&reading.rows(include_str!("../sql/memory.sql"), &[]).await?)?.get(0)? } else { None };
    Ok(Backend { process: row.get(0)?, memory })
}
