//! What of a schema depends on another one. Must not know why that is asked.

use crate::domain::catalog::Oid;
use crate::domain::fault::Fault;
use crate::pg::session::{Param, Reading};

/// What in `schema` depends on `other` or on anything in it, as the server describes both; the first few.
pub async fn leaks(reading: &Reading<'_>, schema: Oid, other: Oid) -> Result<Vec<String>, Fault> {
    let rows = reading.rows(include_str!("../sql/leaks.sql"), &[Param::Oid(schema), Param::Oid(other)]).await?;
    rows.iter().map(|row| row.get(0)).collect()
}
